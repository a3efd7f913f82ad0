"""How well a statement is known: its own grade where one is recorded, else that of the node it is about."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import NamedNode, Triple

from sharewell.graph.index import TripleIndex
from sharewell.graph.terms import Term
from sharewell.vocabulary import SHARE

PUBLISHED = SHARE + "Published"
ILLUSTRATIVE = SHARE + "Illustrative"
UNVERIFIED = SHARE + "Unverified"
_ORDER = (UNVERIFIED, SHARE + "Inferred", SHARE + "Secondary", PUBLISHED)
_GRADE = NamedNode(SHARE + "grade")
_GRADED_NODE = NamedNode(SHARE + "gradedNode")
_GRADED_VALUE = NamedNode(SHARE + "gradedValue")
_POINT = NamedNode(SHARE + "point")
_POINT_PROPERTY = NamedNode(SHARE + "pointProperty")


class Grades:
    """The grades of statements in a graph.

    An illustrative statement is the weakest. In a project that is marked illustrative it is firm all the same: a
    conflict is shown as it would be shown of published facts, and the project says that it is invented.
    """

    def __init__(self, index: TripleIndex, illustrative: bool = False) -> None:
        self._index = index
        self._illustrative = illustrative
        self._notes: dict[tuple[Term, Term], list[tuple[frozenset[Term], str]]] = {}
        for note in index.subjects_of(_GRADED_NODE):
            grade = self._own(note)
            values = frozenset(index.objects(note, _GRADED_VALUE))
            for node in index.objects(note, _GRADED_NODE):
                for point in index.objects(note, _POINT):
                    for predicate in index.objects(point, _POINT_PROPERTY):
                        self._notes.setdefault((node, predicate), []).append((values, grade))

    def of(self, triple: Triple) -> str | None:
        """The grade of a recorded statement, as an IRI; None where neither it nor its node has one."""
        for values, grade in self._notes.get((triple.subject, triple.predicate), ()):
            if not values or triple.object in values:
                return grade
        return self._own(triple.subject) or None

    def weakest(self, grades: Iterable[str | None]) -> str:
        """The weakest of some grades; published where there is none to weaken it."""
        return min((grade for grade in grades if grade), key=self.rank, default=PUBLISHED)

    def rank(self, grade: str) -> int:
        """The place of a grade, weakest first."""
        if grade == ILLUSTRATIVE:
            return -1
        return _ORDER.index(grade) if grade in _ORDER else 0

    def is_firm(self, grade: str) -> bool:
        """Whether a conflict may rest on a statement of this grade."""
        return grade == PUBLISHED or (grade == ILLUSTRATIVE and self._illustrative)

    def _own(self, node: Term) -> str:
        grades = [value.value for value in self._index.objects(node, _GRADE) if isinstance(value, NamedNode)]
        return min(grades, key=self.rank, default="")
