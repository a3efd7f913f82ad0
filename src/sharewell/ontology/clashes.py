"""Why something is impossible: two disjoint classes that it falls under, or a value outside the range of its property.

HermiT says that there is a contradiction, not where. Most come from these two patterns, looked for here by reading
asserted classes, domains and ranges upwards; what this does not find needs a reasoner with explanations (Protégé).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from pyoxigraph import Literal, NamedNode, Triple

from sharewell.ontology.datatypes import OWL2_DATATYPES
from sharewell.vocabulary import OWL, RDF, RDFS, XSD

_WHOLE = re.compile(r"[+-]?[0-9]+(?:\.0*)?")


@dataclass(frozen=True, slots=True)
class Clash:
    """A term under two disjoint classes; `reasons` are the statements that say so, one for each class."""

    term: str
    classes: tuple[str, str]
    reasons: tuple[Triple, Triple]


def clashes(triples: Iterable[Triple]) -> list[Clash]:
    """The classes, properties and individuals that fall under two disjoint classes, sorted, one clash for each."""
    reader = _Reader(triples)
    return sorted(reader.clashes(), key=lambda clash: (clash.term, clash.classes))


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value whose datatype is not the one that its property has as range."""

    statement: Triple
    range: str


def misfits(triples: Iterable[Triple]) -> list[Misfit]:
    """The values of data properties that may be outside the range of their property, in reading order.

    A number of one decimal datatype where another is the range is left out: its value may fit all the same.
    """
    triples = list(triples)
    stated = ((t.subject, t.object) for t in triples if t.predicate.value == RDFS + "range")
    ranges = {
        name.value: value.value
        for name, value in stated
        if isinstance(name, NamedNode) and isinstance(value, NamedNode) and value.value in OWL2_DATATYPES
    }
    return [
        Misfit(triple, expected)
        for triple in triples
        if (expected := ranges.get(triple.predicate.value))
        and isinstance(triple.object, Literal)
        and not _fits(triple.object, expected)
    ]


def _fits(value: Literal, expected: str) -> bool:
    datatype = value.datatype.value
    numbers = {XSD + "decimal", XSD + "integer"}
    if expected in numbers and datatype in numbers:
        return expected == XSD + "decimal" or _WHOLE.fullmatch(value.value) is not None
    return datatype == expected or expected == RDFS + "Literal"


class _Reader:
    def __init__(self, triples: Iterable[Triple]) -> None:
        self.named = [
            (t.subject.value, t.predicate.value, t.object.value, t)
            for t in triples
            if isinstance(t.subject, NamedNode) and isinstance(t.object, NamedNode)
        ]
        self.up: dict[str, dict[str, Triple]] = defaultdict(dict)
        self.domain: dict[str, list[str]] = defaultdict(list)
        self.range: dict[str, list[str]] = defaultdict(list)
        self.disjoint: set[frozenset[str]] = set()
        for subject, predicate, value, triple in self.named:
            self._axiom(subject, predicate, value, triple)

    def _axiom(self, subject: str, predicate: str, value: str, triple: Triple) -> None:
        match predicate.removeprefix(RDFS).removeprefix(OWL):
            case "subClassOf" | "subPropertyOf":
                self.up[subject][value] = triple
            case "domain":
                self.domain[subject].append(value)
            case "range":
                self.range[subject].append(value)
            case "disjointWith":
                self.disjoint.add(frozenset({subject, value}))

    def clashes(self) -> Iterator[Clash]:
        for term, placed in self._placed().items():
            clash = self._clash(term, placed)
            if clash:
                yield clash

    def _placed(self) -> dict[str, list[tuple[str, Triple]]]:
        """The classes that each term is put under, with the statement that puts it there."""
        placed: dict[str, list[tuple[str, Triple]]] = defaultdict(list)
        for subject, predicate, value, triple in self.named:
            if predicate == RDF + "type" or predicate == RDFS + "subClassOf":
                placed[subject].append((value, triple))
            for above in self._above(predicate):
                placed[subject] += [(name, triple) for name in self.domain[above]]
                placed[value] += [(name, triple) for name in self.range[above]]
        return placed

    def _above(self, term: str) -> set[str]:
        found, pending = {term}, [term]
        while pending:
            new = set(self.up.get(pending.pop(), ())) - found
            found |= new
            pending += new
        return found

    def _clash(self, term: str, placed: list[tuple[str, Triple]]) -> Clash | None:
        above = [(name, triple) for start, triple in placed for name in sorted(self._above(start))]
        if self.up.get(term):
            above += [(term, triple) for _, triple in placed[:1]]
        for (one, first), (other, second) in combinations(above, 2):
            if frozenset({one, other}) in self.disjoint:
                return Clash(term, (one, other), (first, second))
        return None
