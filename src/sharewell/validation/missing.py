"""What is missing: the facts that would make a node conform to a shape that it does not conform to.

Each way is an alternative: the facts it expects, all of them. Where no added fact could help, because a recorded one
stands against it, the alternative is blocked and names the triples: a conflict, not a gap. The search is bounded, so
a shape with very many ways gives the smallest ones found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import Protocol

from pyoxigraph import BlankNode, NamedNode, Triple

from sharewell.graph.terms import Term
from sharewell.validation import constraints as c
from sharewell.validation.conformance import SetTest, ValueTest
from sharewell.validation.constraints import Constraint
from sharewell.validation.paths import (
    AlternativePath,
    InversePath,
    OneOrMorePath,
    Path,
    PredicatePath,
    SequencePath,
    ZeroOrMorePath,
    ZeroOrOnePath,
    path_text,
)
from sharewell.validation.shapes import Shape, Shapes
from sharewell.validation.wording import ANY_VALUE, Wording, wants
from sharewell.vocabulary import RDF_TYPE

_TYPE = PredicatePath(RDF_TYPE)


@dataclass(frozen=True, slots=True)
class Expected:
    """A fact that is not on record: `count` values at the end of `path` from `node`.

    `expected` says in plain words what a value must be; `shape` is the shape that asks, `name` its `sh:name` or that of
    the property shape around it. `template` is the fact as triples, with blank nodes for what is not known; what is
    known of one is its `rdf:type`, which for a literal is its datatype.
    """

    node: Term
    path: Path
    expected: str
    shape: Term
    name: str | None
    template: tuple[Triple, ...]
    count: int = 1

    def sort_key(self) -> tuple[str, ...]:
        """By place in the graph, then by what is expected."""
        return (str(self.node), path_text(self.path), self.expected, str(self.shape))


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to conform: all of `expected`, if it is not `blocked`.

    It is blocked where only taking back a recorded triple could help. `offending` are those triples, sorted; there are
    none where the node itself is what stands against it, as where a list of allowed terms does not have it.
    """

    expected: tuple[Expected, ...] = ()
    blocked: bool = False
    offending: tuple[Triple, ...] = ()

    @property
    def size(self) -> int:
        """How many values would have to be found."""
        return sum(expected.count for expected in self.expected)

    def rank(self) -> tuple[object, ...]:
        """What can be filled first, then the smallest, then in a stable order."""
        triples = sum(len(expected.template) for expected in self.expected)
        keys = tuple(expected.sort_key() for expected in self.expected)
        return (self.blocked, self.size, len(self.offending), triples, keys, tuple(map(str, self.offending)))


_NOTHING = Alternative()


class Asked(Protocol):
    """A graph and shapes, as they are asked: what is found depends on the answers and on nothing else."""

    @property
    def shapes(self) -> Shapes: ...
    def conforms(self, node: Term, shape: Term) -> bool: ...
    def values(self, node: Term, shape: Shape) -> Collection[Term]: ...
    def follow(self, node: Term, path: Path) -> Collection[Term]: ...
    def set_test(self, constraint: Constraint) -> SetTest: ...
    def value_test(self, constraint: Constraint) -> ValueTest | None: ...
    def counts(self, value: Term, constraint: c.QualifiedMinCount | c.QualifiedMaxCount) -> bool: ...
    def objects(self, node: Term, predicate: NamedNode) -> Collection[Term]: ...
    def knows(self, term: Term) -> bool: ...
    def why_broken(self, node: Term, shape: Shape, constraint: Constraint) -> Collection[Triple]: ...
    def label(self, term: Term) -> str: ...


def find_missing(graph: Asked, node: Term, shape: Term, limit: int) -> tuple[Alternative, ...]:
    """The ways in which a node would conform to a shape, best first, at most `limit`; none where it conforms."""
    if graph.conforms(node, shape):
        return ()
    finder = _Finder(graph, limit)
    return tuple(_renumbered(alternative, finder.placeholders) for alternative in finder.fill(node, shape, None))


class _Finder:
    def __init__(self, graph: Asked, limit: int) -> None:
        self._graph = graph
        self._limit = max(limit, 1)
        self._words = Wording(graph.shapes, graph.label)
        self.placeholders: list[BlankNode] = []
        self._asked_of: dict[Term, list[Shape]] = {}

    def fill(self, node: Term, shape_node: Term, name: str | None) -> list[Alternative]:
        """The ways to make a node conform to a shape; one that needs nothing where it does."""
        if self._graph.conforms(node, shape_node):
            return [_NOTHING]
        shape = self._graph.shapes[shape_node]
        asking = _Asking(node, shape, self._graph.values(node, shape), self._words.name_of(shape) or name)
        broken = [k for k in shape.constraints if not self._graph.set_test(k)(node, asking.values)]
        asked = self._asked_of.setdefault(node, [])
        asked.append(shape)
        ways = self._all([self._repaired(asking, constraint, broken) for constraint in broken])
        asked.pop()
        return ways

    def _wanted(self, asking: _Asking) -> list[Constraint]:
        """All that is asked at present of every value at the end of a path, by whatever shape with that path."""
        found = {asking.shape.node: asking.shape}
        for shape in self._asked_of.get(asking.node, ()):
            for constraint in self._words.of_each(shape) if shape.path is None else ():
                if isinstance(constraint, c.Property):
                    inner = self._graph.shapes[constraint.shape]
                    if inner.path == asking.shape.path:
                        found.setdefault(inner.node, inner)
        return [constraint for shape in found.values() for constraint in self._words.of_each(shape)]

    # --- putting ways together ---------------------------------------------------------------------------------------

    def _best(self, alternatives: Iterable[Alternative]) -> list[Alternative]:
        found = list(alternatives)
        return found if len(found) <= 1 else sorted(dict.fromkeys(found), key=Alternative.rank)[: self._limit]

    def _all(self, parts: Iterable[Sequence[Alternative]]) -> list[Alternative]:
        """One way of every part, together."""
        together = [_NOTHING]
        for part in parts:
            if together == [_NOTHING]:
                together = self._best(part)
            else:
                together = self._best(_merged(one, other) for one in together for other in part)
        return together

    # --- one constraint ----------------------------------------------------------------------------------------------

    def _repaired(self, asking: _Asking, constraint: Constraint, broken: list[Constraint]) -> list[Alternative]:
        """The ways to make a broken constraint be kept; always one, if only a blocked one."""
        found: list[Alternative] = []
        match constraint:
            case c.MinCount(count):
                need = count - len(asking.values) - _brought(broken, asking.values)
                if need <= 0:
                    return [_NOTHING]
                found = self._new(asking, need, self._wanted(asking))
            case c.HasValue(value):
                found = self._known_value(asking, value)
            case c.QualifiedMinCount():
                found = self._qualified(asking, constraint)
            case c.Equals():
                found = self._equal(asking, constraint)
            case _:
                found = self._each_repaired(asking, constraint)
        return self._best(found) or [self._blocked(asking, constraint)]

    def _blocked(self, asking: _Asking, constraint: Constraint) -> Alternative:
        triples = self._graph.why_broken(asking.node, asking.shape, constraint)
        return Alternative(blocked=True, offending=tuple(sorted(triples, key=str)))

    def _each_repaired(self, asking: _Asking, constraint: Constraint) -> list[Alternative]:
        test = self._graph.value_test(constraint)
        failing = [value for value in asking.values if test is not None and not test(value)]
        parts = [self._value_repaired(value, asking, constraint) for value in sorted(failing, key=str)]
        return self._all(parts) if parts and all(parts) else []

    def _value_repaired(self, value: Term, asking: _Asking, constraint: Constraint) -> list[Alternative]:
        """The ways to make one value keep a constraint; none where nothing added helps."""
        name = asking.name
        match constraint:
            case c.Class(cls) if isinstance(value, NamedNode | BlankNode):
                words = self._words.of_value([constraint])
                triples = (Triple(value, RDF_TYPE, cls),)
                return [Alternative((Expected(value, _TYPE, words, asking.shape.node, name, triples),))]
            case c.And(shapes):
                return self._all(self.fill(value, inner, name) for inner in shapes)
            case c.Or(shapes):
                return self._best(way for inner in shapes for way in self.fill(value, inner, name))
            case c.Xone(shapes) if not any(self._graph.conforms(value, inner) for inner in shapes):
                return self._best(way for inner in shapes for way in self.fill(value, inner, name))
            case c.Node(inner) | c.Property(inner):
                return self.fill(value, inner, name)
            case c.Not(inner):
                return self._best(self._unmet(value, inner, name))
        return []

    def _equal(self, asking: _Asking, constraint: c.Equals) -> list[Alternative]:
        others = self._graph.objects(asking.node, constraint.predicate)
        parts = []
        for value in sorted(set(asking.values).difference(others), key=str):
            path = PredicatePath(constraint.predicate)
            parts.append([Alternative((self._fact(asking, asking.node, path, self._words.label(value), value),))])
        for other in sorted(set(others).difference(asking.values), key=str):
            parts.append(self._known_value(asking, other))
        return self._all(parts) if all(parts) else []

    def _known_value(self, asking: _Asking, value: Term) -> list[Alternative]:
        """That a value that is known comes to be at the end of the path, and keeps what each value there must keep."""
        if asking.shape.path is None:
            return []
        words = self._words.label(value)
        ways = [Alternative((self._fact(asking, *place, words, value),)) for place in self._places(asking)]
        parts: list[Sequence[Alternative]] = [self._if_room(asking, ways, 1)]
        for constraint in asking.shape.constraints:
            test = self._graph.value_test(constraint)
            if test is not None and not test(value):
                parts.append(self._value_repaired(value, asking, constraint) or [Alternative(blocked=True)])
        return self._all(parts)

    def _fact(self, asking: _Asking, node: Term, path: Path, words: str, value: Term) -> Expected:
        triples = tuple(self._laid(node, path, value))
        return Expected(node, path, words, asking.shape.node, asking.name, triples)

    def _qualified(self, asking: _Asking, constraint: c.QualifiedMinCount) -> list[Alternative]:
        """Values that do not count yet made to, or new ones, or some of both."""
        counted = [value for value in asking.values if self._graph.counts(value, constraint)]
        need = constraint.count - len(counted)
        wanted = self._graph.shapes[constraint.shape]
        candidates = [
            ways
            for value in sorted(asking.values, key=str)
            if value not in counted and not self._graph.conforms(value, constraint.shape)
            if (ways := [way for way in self.fill(value, constraint.shape, asking.name) if not way.blocked])
        ]
        found: list[Alternative] = []
        for number in range(min(need, len(candidates)) + 1):
            new = self._new(asking, need - number, [*self._words.of_node(wanted), *self._wanted(asking)])
            for chosen in islice(combinations(candidates, number), self._limit):
                found += self._all([*chosen, new])
        return found

    def _unmet(self, node: Term, shape_node: Term, name: str | None) -> Iterator[Alternative]:
        """The ways to make a node that conforms to a shape no longer do so by adding: where silence is what it has."""
        shape = self._graph.shapes[shape_node]
        if shape.deactivated:
            return
        asking = _Asking(node, shape, self._graph.values(node, shape), self._words.name_of(shape) or name)
        for constraint in shape.constraints:
            match constraint:
                case c.MaxCount(count):
                    need = count + 1 - len(asking.values)
                    yield from self._placed(asking, need, list(self._words.of_each(shape)))
                case c.QualifiedMaxCount(inner, count, _):
                    counted = sum(self._graph.counts(value, constraint) for value in asking.values)
                    wanted = list(self._words.of_node(self._graph.shapes[inner]))
                    yield from self._placed(asking, count + 1 - counted, wanted)
                case _:
                    for value in asking.values:
                        yield from self._value_unmet(value, constraint, asking.name)

    def _value_unmet(self, value: Term, constraint: Constraint, name: str | None) -> Iterator[Alternative]:
        """The ways to make one value no longer keep a constraint that refers to other shapes."""
        match constraint:
            case c.Not(inner):
                yield from self.fill(value, inner, name)
            case c.And(shapes):
                for inner in shapes:
                    yield from self._unmet(value, inner, name)
            case c.Or(shapes):
                parts = [self._unmet_or_so(value, inner, name) for inner in shapes]
                yield from self._all(parts) if all(parts) else ()
            case c.Node(inner) | c.Property(inner):
                yield from self._unmet(value, inner, name)

    def _unmet_or_so(self, node: Term, shape: Term, name: str | None) -> list[Alternative]:
        return list(self._unmet(node, shape, name)) if self._graph.conforms(node, shape) else [_NOTHING]

    # --- new values --------------------------------------------------------------------------------------------------

    def _new(self, asking: _Asking, need: int, wanted: list[Constraint]) -> list[Alternative]:
        """New values at the end of the path, if there is room for them."""
        if need <= 0:
            return [_NOTHING]
        return self._if_room(asking, self._placed(asking, need, wanted), need)

    def _if_room(self, asking: _Asking, ways: list[Alternative], need: int) -> list[Alternative]:
        """The ways, blocked by the values there are where `sh:maxCount` lets no more be added."""
        highest = [k.count for k in asking.shape.constraints if isinstance(k, c.MaxCount)]
        if not highest or len(asking.values) + need <= highest[0]:
            return ways
        whole = replace(asking.shape, constraints=(most := c.MaxCount(0),))
        offending = self._graph.why_broken(asking.node, whole, most)
        return [replace(way, blocked=True, offending=tuple(sorted(offending, key=str))) for way in ways]

    def _placed(self, asking: _Asking, need: int, wanted: list[Constraint]) -> list[Alternative]:
        ways, words = [], self._words.of_value(wanted)
        for node, path in self._places(asking):
            triples: list[Triple] = []
            for _ in range(min(need, self._limit)):
                value, about = self._placeholder(wanted)
                triples += [*self._laid(node, path, value), *about]
            expected = Expected(node, path, words, asking.shape.node, asking.name, tuple(triples), need)
            ways.append(Alternative((expected,)))
        return ways

    def _places(self, asking: _Asking) -> list[tuple[Term, Path]]:
        """Where the path of a shape could be continued: the last nodes that it leads to, and the rest of it."""
        return [] if asking.shape.path is None else self._ends(asking.node, asking.shape.path)[: self._limit]

    def _ends(self, node: Term, path: Path) -> list[tuple[Term, Path]]:
        parts = _steps(path)
        reached = [node] if _accepts(parts[0], node) else []
        taken = 0
        for part in parts[:-1]:
            ends = {end for start in reached for end in self._graph.follow(start, part)}
            going_on = sorted((end for end in ends if _accepts(parts[taken + 1], end)), key=str)
            if not going_on:
                break
            # A path of no step leads to the node itself, which is nearest.
            reached = [*(n for n in reached if n in going_on), *(n for n in going_on if n not in reached)]
            taken += 1
        rest = parts[taken:]
        if len(rest) == 1 and isinstance(rest[0], AlternativePath):
            return [place for end in reached for branch in rest[0].paths for place in self._ends(end, branch)]
        return [(end, rest[0] if len(rest) == 1 else SequencePath(rest)) for end in reached]

    def _blank(self) -> BlankNode:
        """A blank node that the graph does not have."""
        number = len(self.placeholders) + 1
        while self._graph.knows(blank := BlankNode(f"missing{number}")) or blank in self.placeholders:
            number += 1
        self.placeholders.append(blank)
        return blank

    def _placeholder(self, wanted: Iterable[Constraint]) -> tuple[Term, list[Triple]]:
        """A value that is asked for: the only one there can be, else a blank node; and what is known about it."""
        asked = list(self._chosen(wanted))
        for constraint in asked:
            match constraint:
                case c.In((only,)) | c.HasValue(only):
                    return only, []
        blank = self._blank()
        return blank, list(dict.fromkeys(triple for constraint in asked for triple in self._about(blank, constraint)))

    def _chosen(self, wanted: Iterable[Constraint]) -> Iterator[Constraint]:
        """What a value must keep, with the first way of every choice taken."""
        for constraint in wanted:
            match constraint:
                case c.Or(shapes) | c.Xone(shapes):
                    yield from self._chosen(self._words.of_node(self._graph.shapes[shapes[0]]))
                case _:
                    yield constraint

    def _about(self, node: BlankNode, constraint: Constraint) -> Iterator[Triple]:
        match constraint:
            case c.Class(kind) | c.Datatype(kind):
                yield Triple(node, RDF_TYPE, kind)
            case c.Property(inner):
                shape = self._graph.shapes[inner]
                if shape.path is not None and not shape.deactivated:
                    yield from self._properties(node, shape, shape.path)

    def _properties(self, node: BlankNode, shape: Shape, path: Path) -> Iterator[Triple]:
        """The values that a property shape wants a placeholder to have."""
        wanting = [constraint for constraint in shape.constraints if wants(constraint)]
        known = [constraint.value for constraint in wanting if isinstance(constraint, c.HasValue)]
        for value in known:
            yield from self._laid(node, path, value)
        qualified = [constraint for constraint in wanting if isinstance(constraint, c.QualifiedMinCount)]
        each = list(self._words.of_each(shape))
        needs = [(k.count, [*self._words.of_node(self._graph.shapes[k.shape]), *each]) for k in qualified]
        lowest = max((k.count for k in wanting if isinstance(k, c.MinCount)), default=0)
        needs.append((lowest - len(known) - sum(k.count for k in qualified), each))
        for count, wanted in needs:
            for _ in range(min(count, self._limit)):
                value, about = self._placeholder(wanted)
                yield from self._laid(node, path, value)
                yield from about

    def _laid(self, start: Term, path: Path, end: Term) -> Iterator[Triple]:
        """The triples of one walk along a path, the shortest that takes a step, with placeholders on the way."""
        match path:
            case PredicatePath(predicate):
                if isinstance(start, NamedNode | BlankNode):
                    yield Triple(start, predicate, end)
            case InversePath(inner):
                yield from self._laid(end, inner, start)
            case SequencePath(parts):
                for part in parts[:-1]:
                    between = self._blank()
                    yield from self._laid(start, part, between)
                    start = between
                yield from self._laid(start, parts[-1], end)
            case AlternativePath(parts):
                yield from self._laid(start, parts[0], end)
            case ZeroOrMorePath(inner) | OneOrMorePath(inner) | ZeroOrOnePath(inner):
                yield from self._laid(start, inner, end)


@dataclass(frozen=True, slots=True)
class _Asking:
    """A shape that asks something of a node, with the values there are and the name of what it asks for."""

    node: Term
    shape: Shape
    values: Collection[Term]
    name: str | None


def _brought(broken: list[Constraint], values: Collection[Term]) -> int:
    """How many new values the other broken constraints of a shape bring anyway."""
    known = sum(isinstance(constraint, c.HasValue) for constraint in broken)
    counted = sum(constraint.count for constraint in broken if isinstance(constraint, c.QualifiedMinCount))
    return known + (counted if not values else 0)


def _merged(one: Alternative, other: Alternative) -> Alternative:
    """Both ways together; what is asked twice, or vaguely of what is known better, counts once."""
    facts = list(dict.fromkeys((*one.expected, *other.expected)))
    known = {(f.node, f.path) for f in facts if f.expected != ANY_VALUE}
    kept: dict[tuple[object, ...], Expected] = {}
    for fact in facts:
        if fact.expected == ANY_VALUE and fact.count == 1 and (fact.node, fact.path) in known:
            continue
        kept.setdefault((fact.node, fact.path, fact.expected, fact.count), fact)
    offending = dict.fromkeys((*one.offending, *other.offending))
    return Alternative(
        tuple(sorted(kept.values(), key=Expected.sort_key)),
        one.blocked or other.blocked,
        tuple(sorted(offending, key=str)),
    )


def _steps(path: Path) -> tuple[Path, ...]:
    """A path as the steps of a sequence, also where a whole sequence is walked backwards."""
    match path:
        case SequencePath(parts):
            return tuple(step for part in parts for step in _steps(part))
        case InversePath(SequencePath(parts)):
            return tuple(step for part in reversed(parts) for step in _steps(InversePath(part)))
        case _:
            return (path,)


def _accepts(path: Path, node: Term) -> bool:
    """Whether a triple could be added by which a path goes on from a node: a literal is no subject."""
    if isinstance(node, NamedNode | BlankNode):
        return True
    match path:
        case PredicatePath():
            return False
        case InversePath(inner):
            return not isinstance(inner, InversePath)
        case SequencePath(parts):
            return _accepts(parts[0], node)
        case AlternativePath(parts):
            return _accepts(parts[0], node)
        case ZeroOrMorePath(inner) | OneOrMorePath(inner) | ZeroOrOnePath(inner):
            return _accepts(inner, node)


def _renumbered(alternative: Alternative, placeholders: Sequence[BlankNode]) -> Alternative:
    """An alternative that uses the first of the placeholders, so that equal gaps read the same."""
    own, names = set(placeholders), dict[Term, BlankNode]()

    def renamed(term: Term) -> Term:
        if term in own and term not in names:
            names[term] = placeholders[len(names)]
        return names.get(term, term)

    def triple(old: Triple) -> Triple:
        subject = renamed(old.subject)
        return (
            Triple(subject, old.predicate, renamed(old.object)) if isinstance(subject, NamedNode | BlankNode) else old
        )

    facts = (replace(fact, template=tuple(map(triple, fact.template))) for fact in alternative.expected)
    return replace(alternative, expected=tuple(facts))
