"""Whether a node conforms to a shape, node by node: for small graphs, and for whoever must also know why.

Answers are remembered until the graph changes, so many shapes on the same nodes cost little.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from pyoxigraph import Literal, NamedNode

from sharewell.errors import InputError
from sharewell.graph.index import TripleIndex
from sharewell.graph.terms import Term
from sharewell.validation import constraints as c
from sharewell.validation.constraints import Constraint
from sharewell.validation.paths import Path
from sharewell.validation.shapes import SUBCLASS_OF, Shape, Shapes
from sharewell.validation.values import (
    compare,
    compiled,
    has_datatype,
    has_kind,
    language_matches,
    language_of,
    length_of,
    text_of,
)
from sharewell.validation.walk import Walk, walk_along
from sharewell.vocabulary import RDF_TYPE, SH

ValueTest = Callable[[Term], bool]
"""Whether one value keeps a constraint that judges each value by itself."""

SetTest = Callable[[Term, Collection[Term]], bool]
"""Whether the focus node and all its values together keep a constraint."""

_NOT_CONSTRAINTS = {NamedNode(SH + "rule"), NamedNode(SH + "target")}


class Conformance:
    """Shapes on a graph, which may change between two questions.

    A shape that says something outside SHACL Core raises InputError when it is asked about: it is never judged by
    its Core part alone.
    """

    def __init__(self, index: TripleIndex, shapes: Shapes) -> None:
        self.index = index
        self.shapes = shapes
        self._tests: dict[Term, tuple[Walk | None, list[SetTest]]] = {}
        self._walks: dict[Path, Walk] = {}
        self._known: dict[Term, dict[Term, bool]] = {}
        self._superclasses: dict[Term, frozenset[Term]] = {}
        self._values: dict[Walk, dict[Term, Collection[Term]]] = {}
        self._version = index.version

    def conforms(self, node: Term, shape: Term) -> bool:
        """Whether a node conforms to a shape (SHACL section 3.4.2), given by the shape's own node."""
        if self._version != self.index.version:
            self._forget()
        known = self._known.get(shape)
        if known is None:
            known = self._known[shape] = {}
        answer = known.get(node)
        if answer is None:
            walk, tests = self._tests.get(shape) or self._prepare(shape)
            values = self._values_by(walk, node) if walk else (node,)
            answer = known[node] = all(test(node, values) for test in tests)
        return answer

    def learn(self, shape: Term, answers: Mapping[Term, bool]) -> None:
        """Take over which nodes conform to a shape from an engine that decided it for all of them at once.

        It is remembered, like an answer of one's own, until the graph changes.
        """
        if self._version != self.index.version:
            self._forget()
        self._known.setdefault(shape, {}).update(answers)

    def values(self, node: Term, shape: Shape) -> Collection[Term]:
        """The value nodes of a focus node: what the path leads to, or the node itself (SHACL section 3.4)."""
        return (node,) if shape.path is None else self.follow(node, shape.path)

    def follow(self, node: Term, path: Path) -> Collection[Term]:
        """What a path leads to."""
        if self._version != self.index.version:
            self._forget()
        return self._values_by(self._walk(path), node)

    def is_instance(self, node: Term, cls: Term) -> bool:
        """Whether a node is a SHACL instance of a class: `rdf:type/rdfs:subClassOf*`."""
        kinds = self.index.objects(node, RDF_TYPE)
        return cls in kinds or any(cls in self.superclasses(kind) for kind in kinds)

    def superclasses(self, cls: Term) -> frozenset[Term]:
        """A class and all classes above it."""
        if self._version != self.index.version:
            self._forget()
        found = self._superclasses.get(cls)
        if found is None:
            above, waiting = {cls}, [cls]
            while waiting:
                for parent in self.index.objects(waiting.pop(), SUBCLASS_OF):
                    if parent not in above:
                        above.add(parent)
                        waiting.append(parent)
            found = self._superclasses[cls] = frozenset(above)
        return found

    def counts(self, value: Term, constraint: c.QualifiedMinCount | c.QualifiedMaxCount) -> bool:
        """Whether a value is one that a qualified constraint counts."""
        return self.conforms(value, constraint.shape) and not any(
            self.conforms(value, sibling) for sibling in constraint.siblings
        )

    def _forget(self) -> None:
        self._known.clear()
        self._superclasses.clear()
        self._values.clear()
        self._version = self.index.version

    def _walk(self, path: Path) -> Walk:
        walk = self._walks.get(path)
        if walk is None:
            walk = self._walks[path] = walk_along(self.index, path)
        return walk

    def _values_by(self, walk: Walk, node: Term) -> Collection[Term]:
        known = self._values.get(walk)
        if known is None:
            known = self._values[walk] = {}
        values = known.get(node)
        if values is None:
            values = known[node] = walk(node)
        return values

    def _prepare(self, node: Term) -> tuple[Walk | None, list[SetTest]]:
        shape = self.shapes[node]
        foreign = [predicate for predicate, _ in shape.beyond_core if predicate not in _NOT_CONSTRAINTS]
        if foreign:
            raise InputError(f"shape {shape.node} uses {foreign[0]}, which is not part of SHACL Core")
        tests = [] if shape.deactivated else [self.set_test(constraint) for constraint in shape.constraints]
        prepared = self._tests[node] = (None if shape.path is None else self._walk(shape.path), tests)
        return prepared

    def set_test(self, constraint: Constraint) -> SetTest:
        """What decides a constraint from the focus node and its values."""
        single = self.value_test(constraint)
        if single is not None:
            return _all(single)
        match constraint:
            case c.MinCount(count):
                return lambda _, values: len(values) >= count
            case c.MaxCount(count):
                return lambda _, values: len(values) <= count
            case c.UniqueLang():
                return lambda _, values: not repeated_languages(values)
            case c.HasValue(value):
                return lambda _, values: value in values
            case c.QualifiedMinCount(_, count, _):
                return lambda _, values: sum(self.counts(value, constraint) for value in values) >= count
            case c.QualifiedMaxCount(_, count, _):
                return lambda _, values: sum(self.counts(value, constraint) for value in values) <= count
            case c.Equals(predicate):
                return lambda node, values: set(values) == set(self.index.objects(node, predicate))
            case c.Disjoint(predicate):
                return lambda node, values: set(values).isdisjoint(self.index.objects(node, predicate))
            case c.LessThan() | c.LessThanOrEquals():
                return lambda node, values: not any(self.wrong_pairs(node, values, constraint))
        raise TypeError(f"not a constraint: {constraint}")

    def wrong_pairs(
        self, node: Term, values: Iterable[Term], constraint: c.LessThan | c.LessThanOrEquals
    ) -> list[tuple[Term, Term]]:
        """The pairs of a value and one of the other property that are not in the order asked for."""
        others = self.index.objects(node, constraint.predicate)
        allowed = (-1,) if isinstance(constraint, c.LessThan) else (-1, 0)
        return [(value, other) for value in values for other in others if compare(value, other) not in allowed]

    def value_test(self, constraint: Constraint) -> ValueTest | None:
        """What decides a constraint for one value; None for one that judges all values together."""
        return _term_test(constraint) or self._graph_test(constraint)

    def _graph_test(self, constraint: Constraint) -> ValueTest | None:
        match constraint:
            case c.Class(cls):
                return lambda value: self.is_instance(value, cls)
            case c.Not(shape):
                return lambda value: not self.conforms(value, shape)
            case c.And(shapes):
                return lambda value: all(self.conforms(value, shape) for shape in shapes)
            case c.Or(shapes):
                return lambda value: any(self.conforms(value, shape) for shape in shapes)
            case c.Xone(shapes):
                return lambda value: sum(self.conforms(value, shape) for shape in shapes) == 1
            case c.Node(shape) | c.Property(shape):
                return lambda value: self.conforms(value, shape)
            case c.Closed(allowed):
                return lambda value: all(predicate in allowed for predicate in self.index.predicates(value))
        return None


def _all(single: ValueTest) -> SetTest:
    return lambda _, values: all(single(value) for value in values)


def _term_test(constraint: Constraint) -> ValueTest | None:
    """The test of a constraint that needs nothing but the term."""
    match constraint:
        case c.Datatype(datatype):
            iri = datatype.value
            return lambda value: has_datatype(value, iri)
        case c.NodeKind(kind):
            name = kind.value
            return lambda value: has_kind(value, name)
        case c.MinLength(length):
            return lambda value: (size := length_of(value)) is not None and size >= length
        case c.MaxLength(length):
            return lambda value: (size := length_of(value)) is not None and size <= length
        case c.Pattern(pattern, flags):
            search = compiled(pattern, flags).search
            return lambda value: (text := text_of(value)) is not None and search(text) is not None
        case c.LanguageIn(ranges):
            return lambda value: any(language_matches(language_of(value), one) for one in ranges)
        case c.In(members):
            member_set = frozenset(members)
            return lambda value: value in member_set
        case c.MinExclusive() | c.MinInclusive() | c.MaxExclusive() | c.MaxInclusive():
            return _range_test(constraint)
    return None


def _range_test(constraint: c.MinExclusive | c.MinInclusive | c.MaxExclusive | c.MaxInclusive) -> ValueTest:
    limit = constraint.limit
    allowed = {
        c.MinExclusive: (1,),
        c.MinInclusive: (0, 1),
        c.MaxExclusive: (-1,),
        c.MaxInclusive: (-1, 0),
    }[type(constraint)]
    return lambda value: compare(value, limit) in allowed


def repeated_languages(values: Iterable[Term]) -> dict[str, list[Term]]:
    """The language tags that more than one value has, with those values."""
    found: dict[str, list[Term]] = {}
    for value in values:
        tag = language_of(value) if isinstance(value, Literal) else ""
        if tag:
            found.setdefault(tag, []).append(value)
    return {tag: same for tag, same in found.items() if len(same) > 1}
