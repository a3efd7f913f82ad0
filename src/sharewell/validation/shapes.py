"""A shapes graph as plain data that every engine of ours reads: SHACL Core, and a note of whatever is not Core."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from sharewell.errors import InputError
from sharewell.graph.terms import Term
from sharewell.validation import constraints as c
from sharewell.validation.constraints import Constraint, inner_shapes
from sharewell.validation.paths import Path, read_list, read_path
from sharewell.validation.values import has_datatype, integer_value, pattern_error
from sharewell.vocabulary import OWL, RDF_TYPE, RDFS, SH, XSD

SUBCLASS_OF = NamedNode(RDFS + "subClassOf")
VIOLATION = NamedNode(SH + "Violation")


@dataclass(frozen=True, slots=True)
class TargetNode:
    """A node itself (SHACL section 2.1.3.1)."""

    node: Term


@dataclass(frozen=True, slots=True)
class TargetClass:
    """All SHACL instances of a class; `implicit` where the class is the shape itself (sections 2.1.3.2, 2.1.3.3)."""

    cls: Term
    implicit: bool = False


@dataclass(frozen=True, slots=True)
class TargetSubjectsOf:
    """All subjects of a predicate (section 2.1.3.4)."""

    predicate: NamedNode


@dataclass(frozen=True, slots=True)
class TargetObjectsOf:
    """All objects of a predicate (section 2.1.3.5)."""

    predicate: NamedNode


Target = TargetNode | TargetClass | TargetSubjectsOf | TargetObjectsOf


@dataclass(frozen=True, slots=True)
class Shape:
    """A node shape (`path` is None) or a property shape (SHACL sections 2.2 and 2.3).

    `beyond_core` holds the (predicate, value) pairs of the shape that say something outside SHACL Core: constraints
    in SPARQL or JavaScript, custom components, SPARQL targets, rules, and terms of the SHACL namespace that the
    specification does not know. No engine may pass over them in silence.
    """

    node: NamedNode | BlankNode
    path: Path | None
    targets: tuple[Target, ...]
    constraints: tuple[Constraint, ...]
    deactivated: bool = False
    severity: NamedNode = VIOLATION
    messages: tuple[Literal, ...] = ()
    names: tuple[Literal, ...] = ()
    beyond_core: tuple[tuple[NamedNode, Term], ...] = ()


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes of a shapes graph by their nodes, in a stable order. None of them refers to itself."""

    by_node: Mapping[Term, Shape] = field(default_factory=dict)

    def __getitem__(self, node: Term) -> Shape:
        """The shape of a node. Raises InputError for a node that is not a shape."""
        found = self.by_node.get(node)
        if found is None:
            raise InputError(f"{node} is not a shape of the shapes graph")
        return found

    def __contains__(self, node: object) -> bool:
        return node in self.by_node

    def __iter__(self) -> Iterator[Shape]:
        return iter(self.by_node.values())

    def __len__(self) -> int:
        return len(self.by_node)

    def targeted(self) -> tuple[Shape, ...]:
        """The shapes that a validation starts from: with a target, not deactivated."""
        return tuple(shape for shape in self if shape.targets and not shape.deactivated)

    def within(self, node: Term) -> tuple[Shape, ...]:
        """A shape and all shapes that it refers to, directly or not, each once."""
        found: dict[Term, Shape] = {}
        waiting = [node]
        while waiting:
            shape = self[waiting.pop()]
            if shape.node not in found:
                found[shape.node] = shape
                waiting += [inner for constraint in shape.constraints for inner in inner_shapes(constraint)]
        return tuple(found.values())


def read_shapes(statements: Iterable[Quad | Triple]) -> Shapes:
    """The shapes of a shapes graph, given as quads or triples (a `Store` is an iterable of quads).

    Raises InputError for a shape that is ill-formed (SHACL section 2.1) or that refers to itself: recursion has no
    meaning in the specification (section 3.4.3).
    """
    graph = _ShapesGraph(statements)
    shapes = {node: _read_shape(graph, node) for node in sorted(graph.shape_nodes(), key=str)}
    _refuse_recursion(shapes)
    return Shapes(shapes)


class _ShapesGraph:
    """The triples of a shapes graph by subject and predicate, and what they say about all shapes together."""

    def __init__(self, statements: Iterable[Quad | Triple]) -> None:
        self._objects: dict[Term, dict[Term, dict[Term, None]]] = defaultdict(lambda: defaultdict(dict))
        self.parents: dict[Term, list[Term]] = defaultdict(list)
        for statement in statements:
            self._objects[statement.subject][statement.predicate][statement.object] = None
        for subject, properties in self._objects.items():
            for child in properties.get(_PROPERTY, ()):
                self.parents[child].append(subject)
        self.custom = self._custom_parameters()

    def objects(self, subject: Term, predicate: NamedNode) -> tuple[Term, ...]:
        """The objects, sorted."""
        return tuple(sorted(self._objects.get(subject, {}).get(predicate, ()), key=str))

    def named(self, subject: Term, name: str) -> tuple[Term, ...]:
        """The values of a property of the SHACL namespace, sorted."""
        return self.objects(subject, NamedNode(SH + name))

    def predicates(self, subject: Term) -> list[Term]:
        """The predicates that a node has."""
        return sorted(self._objects.get(subject, ()), key=str)

    def instance_of(self, node: Term, classes: set[Term]) -> bool:
        """Whether a node is a SHACL instance of one of the classes."""
        waiting, seen = list(self.objects(node, RDF_TYPE)), set[Term]()
        while waiting:
            kind = waiting.pop()
            if kind in classes:
                return True
            if kind not in seen:
                seen.add(kind)
                waiting += self.objects(kind, SUBCLASS_OF)
        return False

    def shape_nodes(self) -> set[Term]:
        """All nodes that are shapes (SHACL section 2.1)."""
        found: set[Term] = set()
        for subject, properties in list(self._objects.items()):
            if self.instance_of(subject, _SHAPE_CLASSES) or any(p in _MAKES_A_SHAPE for p in properties):
                found.add(subject)
            for predicate in _EXPECTS_SHAPE:
                found.update(properties.get(predicate, ()))
            for predicate in _EXPECTS_SHAPES:
                for head in properties.get(predicate, ()):
                    found.update(read_list(head, self.objects))
        return found

    def _custom_parameters(self) -> set[Term]:
        """The predicates that constraint components declared in the shapes graph take (SHACL section 6.2)."""
        return {
            path
            for properties in list(self._objects.values())
            for parameter in properties.get(NamedNode(SH + "parameter"), ())
            for path in self.objects(parameter, _PATH)
        }


def _terms(names: str) -> tuple[NamedNode, ...]:
    """Terms of the SHACL namespace."""
    return tuple(NamedNode(SH + name) for name in names.split())


_PATH = NamedNode(SH + "path")
_PROPERTY = NamedNode(SH + "property")
_SHAPE_CLASSES: set[Term] = {*_terms("NodeShape PropertyShape")}
_CLASSES: set[Term] = {NamedNode(RDFS + "Class"), NamedNode(OWL + "Class")}
_TARGETS = _terms("targetNode targetClass targetSubjectsOf targetObjectsOf")
_PARAMETERS = _terms(
    "class datatype nodeKind minCount maxCount minExclusive minInclusive maxExclusive maxInclusive minLength maxLength "
    "pattern languageIn uniqueLang equals disjoint lessThan lessThanOrEquals not and or xone node property "
    "qualifiedValueShape closed hasValue in"
)
_MAKES_A_SHAPE = {*_TARGETS, *_PARAMETERS, NamedNode(SH + "sparql")}
_EXPECTS_SHAPE = _terms("not node property qualifiedValueShape")
_EXPECTS_SHAPES = _terms("and or xone")
_CORE = {
    *_TARGETS,
    *_PARAMETERS,
    *_terms(
        "path deactivated severity message name description order group defaultValue flags ignoredProperties "
        "qualifiedMinCount qualifiedMaxCount qualifiedValueShapesDisjoint shapesGraph entailment "
        "suggestedShapesGraph prefixes declare"
    ),
}
_NODE_KINDS = _terms("IRI BlankNode Literal BlankNodeOrIRI BlankNodeOrLiteral IRIOrLiteral")
_PROPERTY_ONLY = _terms("minCount maxCount uniqueLang lessThan lessThanOrEquals qualifiedValueShape")


def _read_shape(graph: _ShapesGraph, node: Term) -> Shape:
    if not isinstance(node, NamedNode | BlankNode):
        raise InputError(f"{node} stands where the shapes graph must have a shape")
    reader = _Reader(graph, node)
    path = reader.path()
    return Shape(
        node=node,
        path=path,
        targets=tuple(reader.targets()),
        constraints=tuple(reader.constraints(path)),
        deactivated=reader.truth("deactivated"),
        severity=reader.iri("severity") or VIOLATION,
        messages=reader.texts("message"),
        names=reader.texts("name"),
        beyond_core=tuple(reader.beyond_core()),
    )


class _Reader:
    """Reads one shape; every complaint names it."""

    def __init__(self, graph: _ShapesGraph, node: NamedNode | BlankNode) -> None:
        self._graph = graph
        self._node = node

    def _wrong(self, what: str) -> InputError:
        return InputError(f"shape {self._node}: {what}")

    def _one(self, name: str) -> Term | None:
        values = self._graph.named(self._node, name)
        if len(values) > 1:
            raise self._wrong(f"sh:{name} has {len(values)} values where it may have one")
        return values[0] if values else None

    def iri(self, name: str) -> NamedNode | None:
        """The only value, an IRI."""
        value = self._one(name)
        if value is not None and not isinstance(value, NamedNode):
            raise self._wrong(f"sh:{name} must be an IRI, not {value}")
        return value

    def truth(self, name: str) -> bool:
        """Whether the only value is the term `true`; "1" is a Boolean too but is not it (W3C test uniqueLang-002)."""
        value = self._one(name)
        if value is None:
            return False
        if not (isinstance(value, Literal) and has_datatype(value, XSD + "boolean")):
            raise self._wrong(f"sh:{name} must be true or false, not {value}")
        return value.value == "true"

    def count(self, name: str) -> int | None:
        """The only value, an integer that is not negative."""
        value = self._one(name)
        if value is None:
            return None
        number = integer_value(value)
        if number is None or number < 0:
            raise self._wrong(f"sh:{name} must be a whole number that is not negative, not {value}")
        return number

    def texts(self, name: str) -> tuple[Literal, ...]:
        """All values that are literals."""
        values = self._graph.named(self._node, name)
        if not all(isinstance(value, Literal) for value in values):
            raise self._wrong(f"sh:{name} must be a text")
        return tuple(value for value in values if isinstance(value, Literal))

    def _iris(self, name: str) -> Iterator[NamedNode]:
        for value in self._graph.named(self._node, name):
            if not isinstance(value, NamedNode):
                raise self._wrong(f"sh:{name} must be an IRI, not {value}")
            yield value

    def _list(self, head: Term) -> tuple[Term, ...]:
        try:
            return read_list(head, self._graph.objects)
        except InputError as error:
            raise self._wrong(error.message) from None

    def path(self) -> Path | None:
        """The path; None for a node shape."""
        head = self._one("path")
        if head is None:
            is_property = self._graph.instance_of(self._node, {NamedNode(SH + "PropertyShape")})
            if is_property or self._graph.parents.get(self._node):
                raise self._wrong("a property shape needs sh:path")
            return None
        try:
            return read_path(head, self._graph.objects)
        except InputError as error:
            raise self._wrong(error.message) from None

    def targets(self) -> Iterator[Target]:
        """All targets, the implicit class target included."""
        for value in self._graph.named(self._node, "targetNode"):
            yield TargetNode(value)
        for cls in self._iris("targetClass"):
            yield TargetClass(cls)
        if self._graph.instance_of(self._node, _CLASSES) and self._graph.instance_of(self._node, _SHAPE_CLASSES):
            yield TargetClass(self._node, implicit=True)
        for predicate in self._iris("targetSubjectsOf"):
            yield TargetSubjectsOf(predicate)
        for predicate in self._iris("targetObjectsOf"):
            yield TargetObjectsOf(predicate)

    def beyond_core(self) -> Iterator[tuple[NamedNode, Term]]:
        """What the shape says outside SHACL Core."""
        for predicate in self._graph.predicates(self._node):
            foreign = predicate in self._graph.custom
            if not foreign and isinstance(predicate, NamedNode):
                foreign = predicate.value.startswith(SH) and predicate not in _CORE
            if foreign and isinstance(predicate, NamedNode):
                yield from ((predicate, value) for value in self._graph.objects(self._node, predicate))

    def constraints(self, path: Path | None) -> Iterator[Constraint]:
        """All Core constraints, in the order of the specification."""
        if path is None:
            for predicate in _PROPERTY_ONLY:
                if self._graph.objects(self._node, predicate):
                    raise self._wrong(f"sh:{predicate.value[len(SH) :]} may only stand on a property shape")
        yield from self._about_type()
        yield from self._about_number()
        yield from self._about_range()
        yield from self._about_text()
        yield from self._about_pairs()
        yield from self._about_shapes()
        yield from self._about_qualified()
        yield from self._others()

    def _about_type(self) -> Iterator[Constraint]:
        for cls in self._iris("class"):
            yield c.Class(cls)
        datatype = self.iri("datatype")
        if datatype:
            yield c.Datatype(datatype)
        kind = self.iri("nodeKind")
        if kind and kind not in _NODE_KINDS:
            raise self._wrong(f"{kind} is not a node kind")
        if kind:
            yield c.NodeKind(kind)

    def _about_number(self) -> Iterator[Constraint]:
        lowest, highest = self.count("minCount"), self.count("maxCount")
        if lowest is not None:
            yield c.MinCount(lowest)
        if highest is not None:
            yield c.MaxCount(highest)

    def _about_range(self) -> Iterator[Constraint]:
        for name, form in _RANGES:
            limit = self._one(name)
            if limit is None:
                continue
            if not isinstance(limit, Literal):
                raise self._wrong(f"sh:{name} must be a literal, not {limit}")
            yield form(limit)

    def _about_text(self) -> Iterator[Constraint]:
        shortest, longest = self.count("minLength"), self.count("maxLength")
        if shortest is not None:
            yield c.MinLength(shortest)
        if longest is not None:
            yield c.MaxLength(longest)
        flags = self._one("flags")
        for pattern in self.texts("pattern"):
            text = flags.value if isinstance(flags, Literal) else ""
            wrong = pattern_error(pattern.value, text)
            if wrong:
                raise self._wrong(f"sh:pattern cannot be used: {wrong}")
            yield c.Pattern(pattern.value, text)
        languages = self._one("languageIn")
        if languages is not None:
            ranges = self._list(languages)
            if not all(isinstance(member, Literal) for member in ranges):
                raise self._wrong("sh:languageIn must be a list of language tags")
            yield c.LanguageIn(tuple(member.value for member in ranges if isinstance(member, Literal)))
        if self.truth("uniqueLang"):
            yield c.UniqueLang()

    def _about_pairs(self) -> Iterator[Constraint]:
        for name, form in _PAIRS:
            for predicate in self._iris(name):
                yield form(predicate)

    def _about_shapes(self) -> Iterator[Constraint]:
        for name, single in _SINGLE:
            for shape in self._graph.named(self._node, name):
                yield single(shape)
        for name, several in _SEVERAL:
            for head in self._graph.named(self._node, name):
                yield several(self._list(head))

    def _about_qualified(self) -> Iterator[Constraint]:
        shape = self._one("qualifiedValueShape")
        lowest, highest = self.count("qualifiedMinCount"), self.count("qualifiedMaxCount")
        if shape is None:
            return
        siblings = self._siblings(shape) if self.truth("qualifiedValueShapesDisjoint") else ()
        if lowest is not None:
            yield c.QualifiedMinCount(shape, lowest, siblings)
        if highest is not None:
            yield c.QualifiedMaxCount(shape, highest, siblings)

    def _siblings(self, own: Term) -> tuple[Term, ...]:
        """The sibling shapes (SHACL section 4.7.3): the other qualified value shapes of the same parents."""
        found = {
            shape
            for parent in self._graph.parents.get(self._node, ())
            for child in self._graph.named(parent, "property")
            for shape in self._graph.named(child, "qualifiedValueShape")
        }
        return tuple(sorted(found - {own}, key=str))

    def _others(self) -> Iterator[Constraint]:
        ignored = self._one("ignoredProperties")
        if self.truth("closed"):
            members = self._list(ignored) if ignored is not None else ()
            if not all(isinstance(member, NamedNode) for member in members):
                raise self._wrong("sh:ignoredProperties must be a list of IRIs")
            paths = (
                p for child in self._graph.named(self._node, "property") for p in self._graph.objects(child, _PATH)
            )
            yield c.Closed(frozenset(p for p in (*members, *paths) if isinstance(p, NamedNode)))
        for value in self._graph.named(self._node, "hasValue"):
            yield c.HasValue(value)
        values = self._one("in")
        if values is not None:
            yield c.In(self._list(values))


_RANGES: tuple[tuple[str, Callable[[Literal], Constraint]], ...] = (
    ("minExclusive", c.MinExclusive),
    ("minInclusive", c.MinInclusive),
    ("maxExclusive", c.MaxExclusive),
    ("maxInclusive", c.MaxInclusive),
)
_PAIRS: tuple[tuple[str, Callable[[NamedNode], Constraint]], ...] = (
    ("equals", c.Equals),
    ("disjoint", c.Disjoint),
    ("lessThan", c.LessThan),
    ("lessThanOrEquals", c.LessThanOrEquals),
)
_SINGLE: tuple[tuple[str, Callable[[Term], Constraint]], ...] = (
    ("not", c.Not),
    ("node", c.Node),
    ("property", c.Property),
)
_SEVERAL: tuple[tuple[str, Callable[[tuple[Term, ...]], Constraint]], ...] = (
    ("and", c.And),
    ("or", c.Or),
    ("xone", c.Xone),
)


def _refuse_recursion(shapes: Mapping[Term, Shape]) -> None:
    """Raises InputError naming the shapes of a circle, found by a depth-first walk without recursion of our own."""
    done: set[Term] = set()
    for start in shapes:
        trail: list[Term] = []
        on_trail: set[Term] = set()
        waiting: list[tuple[Term, bool]] = [(start, False)]
        while waiting:
            node, leaving = waiting.pop()
            if leaving:
                on_trail.discard(trail.pop())
                done.add(node)
                continue
            if node in on_trail:
                circle = " -> ".join(str(n) for n in (*trail[trail.index(node) :], node))
                raise InputError(f"recursive shapes have no meaning in SHACL and are refused: {circle}")
            if node in done or node not in shapes:
                continue
            trail.append(node)
            on_trail.add(node)
            waiting.append((node, True))
            waiting += [(i, False) for constraint in shapes[node].constraints for i in inner_shapes(constraint)]
