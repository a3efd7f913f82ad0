"""Why a node conforms to a shape, or why it does not: the triples it rests on, and the silence it rests on.

After Delva, Dimou, Jakubowski and Van den Bussche, *Data Provenance for SHACL* (EDBT 2023), section 3. The
neighbourhood of a node that conforms holds the triples that witness it; for a node that does not conform it is the
neighbourhood for the negated shape, with negation pushed inwards. A neighbourhood suffices: in every graph between it
and the whole, the node conforms to the shape just as in the whole.

Three things are more than the paper asks, because a reader wants to see them and they change no answer: the two values
that `sh:lessThan` compared, the values there are where `sh:minCount` wants more, and the leaves of absence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pyoxigraph import BlankNode, NamedNode, Triple

from sharewell.graph.terms import Term
from sharewell.validation import constraints as c
from sharewell.validation.conformance import Conformance, repeated_languages
from sharewell.validation.constraints import Constraint
from sharewell.validation.paths import Path, PredicatePath, SequencePath, ZeroOrMorePath, path_text
from sharewell.validation.shapes import SUBCLASS_OF, Shape
from sharewell.validation.walk import trace
from sharewell.vocabulary import RDF_TYPE

CLASS_PATH = SequencePath((PredicatePath(RDF_TYPE), ZeroOrMorePath(PredicatePath(SUBCLASS_OF))))


@dataclass(frozen=True, slots=True)
class Absence:
    """Something that is not on record, and that a result rests on.

    From `node`, `path` leads to no `value` where one is given, else to `found` nodes and no more (0: to nothing; for a
    qualified constraint, nodes that count). `path` is None where a closed shape rests on there being no other property.
    `shape` and `component` are the shape and the constraint that ask.
    """

    node: Term
    path: Path | None
    value: Term | None
    found: int
    shape: Term
    component: str

    def sort_key(self) -> tuple[str, ...]:
        """By place in the graph, then by shape."""
        path = path_text(self.path) if self.path is not None else ""
        value = str(self.value) if self.value is not None else ""
        return (str(self.node), path, value, str(self.shape), self.component)


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Why a node conforms to a shape or not: what is there, and what is not there (sorted)."""

    conforms: bool
    triples: frozenset[Triple]
    absences: tuple[Absence, ...]


def find_neighbourhood(graph: Conformance, node: Term, shape: Term) -> Neighbourhood:
    """The neighbourhood of a node for a shape where it conforms, for the negated shape where it does not."""
    conforms = graph.conforms(node, shape)
    collector = _Collector(graph)
    collector.explain(node, shape)
    absences = tuple(sorted(collector.absences, key=Absence.sort_key))
    return Neighbourhood(conforms, frozenset(collector.triples), absences)


class _Collector:
    """Gathers triples and absences; each node and shape is explained once, by its own answer."""

    def __init__(self, graph: Conformance) -> None:
        self._graph = graph
        self._index = graph.index
        self._done: set[tuple[Term, Term]] = set()
        self.triples: set[Triple] = set()
        self.absences: set[Absence] = set()

    def explain(self, node: Term, shape_node: Term) -> None:
        """Add what the answer for a node and a shape rests on."""
        if (node, shape_node) in self._done:
            return
        self._done.add((node, shape_node))
        shape = self._graph.shapes[shape_node]
        if shape.deactivated:
            return
        values = self._graph.values(node, shape)
        conforms = self._graph.conforms(node, shape_node)
        for constraint in shape.constraints:
            if conforms:
                self._kept(node, shape, values, constraint)
            elif not self._graph.set_test(constraint)(node, values):
                self._broken(node, shape, values, constraint)

    # --- what a kept constraint rests on -----------------------------------------------------------------------------

    def _kept(self, node: Term, shape: Shape, values: Collection[Term], constraint: Constraint) -> None:
        match constraint:
            case c.MinCount(count):
                self._lead(node, shape, values if count else ())
            case c.MaxCount():
                self._silent(node, shape, constraint, found=len(values))
            case c.UniqueLang() | c.Disjoint():
                pass
            case c.Equals(predicate):
                self._lead(node, shape, values)
                self._other(node, predicate, values)
            case c.LessThan(predicate) | c.LessThanOrEquals(predicate):
                others = self._index.objects(node, predicate)
                self._lead(node, shape, values if others else ())
                self._other(node, predicate, others if values else ())
            case c.HasValue(value):
                self._lead(node, shape, [value])
            case c.QualifiedMinCount(_, count, _):
                self._counted(node, shape, values if count else (), constraint)
            case c.QualifiedMaxCount():
                self._uncounted(node, shape, values, constraint)
            case c.Closed():
                for value in values:
                    self._absent(value, None, None, 0, shape, constraint)
            case _:
                self._kept_by_each(node, shape, values, constraint)

    def _kept_by_each(self, node: Term, shape: Shape, values: Collection[Term], constraint: Constraint) -> None:
        if not values:
            self._silent(node, shape, constraint, found=0)
        self._lead(node, shape, values)
        for value in values:
            match constraint:
                case c.Class(cls):
                    self._class(value, cls)
                case c.Or(shapes):
                    self._explain_all(value, [inner for inner in shapes if self._graph.conforms(value, inner)])
                case c.And(shapes) | c.Xone(shapes):
                    self._explain_all(value, shapes)
                case c.Not(inner) | c.Node(inner) | c.Property(inner):
                    self.explain(value, inner)

    # --- what a broken constraint rests on ---------------------------------------------------------------------------

    def _broken(self, node: Term, shape: Shape, values: Collection[Term], constraint: Constraint) -> None:
        match constraint:
            case c.MinCount():
                self._lead(node, shape, values)
                self._silent(node, shape, constraint, found=len(values))
            case c.MaxCount():
                self._lead(node, shape, values)
            case c.UniqueLang():
                for same in repeated_languages(values).values():
                    self._lead(node, shape, same)
            case c.Equals(predicate):
                self._unequal(node, shape, values, constraint)
            case c.Disjoint(predicate):
                common = set(values).intersection(self._index.objects(node, predicate))
                self._lead(node, shape, common)
                self._other(node, predicate, common)
            case c.LessThan(predicate) | c.LessThanOrEquals(predicate):
                for value, other in self._graph.wrong_pairs(node, values, constraint):
                    self._lead(node, shape, [value])
                    self._other(node, predicate, [other])
            case c.HasValue(value):
                self._silent(node, shape, constraint, value=value)
            case c.QualifiedMinCount():
                self._uncounted(node, shape, values, constraint)
            case c.QualifiedMaxCount():
                self._counted(node, shape, values, constraint)
            case _:
                self._broken_by_some(node, shape, values, constraint)

    def _broken_by_some(self, node: Term, shape: Shape, values: Collection[Term], constraint: Constraint) -> None:
        test = self._graph.value_test(constraint)
        failing = [value for value in values if test is not None and not test(value)]
        self._lead(node, shape, failing)
        for value in failing:
            match constraint:
                case c.Class(cls):
                    self._absent(value, CLASS_PATH, cls, 0, shape, constraint)
                case c.And(shapes):
                    self._explain_all(value, [inner for inner in shapes if not self._graph.conforms(value, inner)])
                case c.Or(shapes):
                    self._explain_all(value, shapes)
                case c.Xone(shapes):
                    conforming = [inner for inner in shapes if self._graph.conforms(value, inner)]
                    self._explain_all(value, conforming or shapes)
                case c.Not(inner) | c.Node(inner) | c.Property(inner):
                    self.explain(value, inner)
                case c.Closed(allowed):
                    for predicate, other in self._index.outgoing(value):
                        if predicate not in allowed:
                            self._other(value, predicate, [other])

    def _unequal(self, node: Term, shape: Shape, values: Collection[Term], constraint: c.Equals) -> None:
        others = self._index.objects(node, constraint.predicate)
        for value in set(values).difference(others):
            self._lead(node, shape, [value])
            self._absent(node, PredicatePath(constraint.predicate), value, 0, shape, constraint)
        for other in set(others).difference(values):
            self._other(node, constraint.predicate, [other])
            self._silent(node, shape, constraint, value=other)

    # --- qualified constraints ---------------------------------------------------------------------------------------

    def _counted(
        self, node: Term, shape: Shape, values: Iterable[Term], constraint: c.QualifiedMinCount | c.QualifiedMaxCount
    ) -> None:
        """The values that count, and why each does."""
        for value in values:
            if self._graph.counts(value, constraint):
                self._lead(node, shape, [value])
                self._explain_all(value, (constraint.shape, *constraint.siblings))

    def _uncounted(
        self, node: Term, shape: Shape, values: Iterable[Term], constraint: c.QualifiedMinCount | c.QualifiedMaxCount
    ) -> None:
        """The values that do not count and why, and that there are no more of those that do."""
        counted = 0
        for value in values:
            if self._graph.counts(value, constraint):
                counted += 1
                continue
            self._lead(node, shape, [value])
            if not self._graph.conforms(value, constraint.shape):
                self.explain(value, constraint.shape)
            else:
                siblings = [sibling for sibling in constraint.siblings if self._graph.conforms(value, sibling)]
                self._explain_all(value, siblings)
        self._silent(node, shape, constraint, found=counted)

    # --- leaves ------------------------------------------------------------------------------------------------------

    def _explain_all(self, value: Term, shapes: Iterable[Term]) -> None:
        for inner in shapes:
            self.explain(value, inner)

    def _lead(self, node: Term, shape: Shape, values: Iterable[Term]) -> None:
        """The triples by which the path of a shape leads to values."""
        if shape.path is not None:
            for value in values:
                self.triples.update(trace(self._index, shape.path, node, value))

    def _other(self, node: Term, predicate: Term, values: Iterable[Term]) -> None:
        if isinstance(node, NamedNode | BlankNode) and isinstance(predicate, NamedNode):
            self.triples.update(Triple(node, predicate, value) for value in values)

    def _class(self, node: Term, cls: Term) -> None:
        """That a node is of a class: the one triple that says so, or else all that together do."""
        if self._index.contains(node, RDF_TYPE, cls):
            self._other(node, RDF_TYPE, [cls])
        else:
            self.triples.update(trace(self._index, CLASS_PATH, node, cls))

    def _silent(
        self, node: Term, shape: Shape, constraint: Constraint, value: Term | None = None, found: int = 0
    ) -> None:
        """That the path of a property shape leads no further. A node shape has no silence: its value is the node."""
        if shape.path is not None:
            self._absent(node, shape.path, value, found, shape, constraint)

    def _absent(
        self, node: Term, path: Path | None, value: Term | None, found: int, shape: Shape, constraint: Constraint
    ) -> None:
        self.absences.add(Absence(node, path, value, found, shape.node, constraint.component))


def why_broken(graph: Conformance, node: Term, shape: Shape, constraint: Constraint) -> frozenset[Triple]:
    """The triples by which one constraint of a shape is not kept."""
    collector = _Collector(graph)
    collector._broken(node, shape, graph.values(node, shape), constraint)
    return frozenset(collector.triples)
