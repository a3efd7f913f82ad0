"""Random graphs and random shapes of SHACL Core, for engines that must agree and for proofs that must hold."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from sharewell.graph.terms import Term
from sharewell.vocabulary import RDF, RDF_FIRST, RDF_NIL, RDF_REST, RDF_TYPE, RDFS, SH, XSD

EX = "https://example.org/"
NODES = [NamedNode(EX + name) for name in "abcdef"]
CLASSES = [NamedNode(EX + name) for name in ("C", "D", "E")]
PREDICATES = [NamedNode(EX + name) for name in ("p", "q", "r")]
NUMBERS = [NamedNode(EX + name) for name in ("n", "m")]
"""Two properties that only have integers, so that they can be compared."""
LITERALS = [
    Literal("1", datatype=NamedNode(XSD + "integer")),
    Literal("01", datatype=NamedNode(XSD + "integer")),
    Literal("2.5", datatype=NamedNode(XSD + "decimal")),
    Literal("x", datatype=NamedNode(XSD + "integer")),
    Literal("2024-02-29", datatype=NamedNode(XSD + "date")),
    Literal("true", datatype=NamedNode(XSD + "boolean")),
    Literal("abc"),
    Literal("b"),
    Literal("abc", language="en"),
    Literal("bonjour", language="fr"),
    Literal("hello", language="en-ca"),
]
_DATATYPES = [NamedNode(XSD + name) for name in ("integer", "string", "date", "decimal", "boolean")] + [
    NamedNode(RDF + "langString")
]
_KINDS = ["IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"]


def integer(number: int) -> Literal:
    """An `xsd:integer`."""
    return Literal(str(number), datatype=NamedNode(XSD + "integer"))


def random_graph(random: Random, size: int = 20, literals: Sequence[Literal] = LITERALS) -> list[Triple]:
    """A small graph with classes, links, literals and blank nodes."""
    subjects = [*NODES, BlankNode("one"), BlankNode("two")]
    triples = [Triple(CLASSES[1], NamedNode(RDFS + "subClassOf"), CLASSES[0])]
    for _ in range(size):
        subject = random.choice(subjects)
        match random.randrange(6):
            case 0:
                triples.append(Triple(subject, RDF_TYPE, random.choice(CLASSES)))
            case 1:
                triples.append(Triple(subject, random.choice(PREDICATES), random.choice(literals)))
            case 2:
                triples.append(Triple(subject, random.choice(NUMBERS), integer(random.randrange(4))))
            case _:
                triples.append(Triple(subject, random.choice(PREDICATES), random.choice(subjects)))
    return triples


class ShapeMaker:
    """Makes the triples of random shapes; none refers to itself. `inverse_sequences` as in `^(p/q)`."""

    def __init__(self, random: Random, inverse_sequences: bool = True) -> None:
        self._random = random
        self._inverse_sequences = inverse_sequences
        self.triples: list[Triple] = []
        self._number = 0

    def make(self) -> NamedNode:
        """A shape with an IRI and targets."""
        self._number += 1
        shape = NamedNode(f"{EX}shape{self._number}")
        self._fill(shape, 0, as_property=self._random.random() < 0.3)
        for node in NODES[:4]:
            self._say(shape, "targetNode", node)
        if self._random.random() < 0.3:
            self._say(shape, "targetClass", self._random.choice(CLASSES))
        if self._random.random() < 0.3:
            self._say(shape, "targetObjectsOf", self._random.choice(PREDICATES))
        return shape

    def _say(self, subject: NamedNode | BlankNode, name: str, value: Term) -> None:
        self.triples.append(Triple(subject, NamedNode(SH + name), value))

    def _blank(self) -> BlankNode:
        self._number += 1
        return BlankNode(f"s{self._number}")

    def _list(self, members: list[Term]) -> NamedNode | BlankNode:
        head: NamedNode | BlankNode = RDF_NIL
        for member in reversed(members):
            cell = self._blank()
            self.triples += [Triple(cell, RDF_FIRST, member), Triple(cell, RDF_REST, head)]
            head = cell
        return head

    def _shape(self, depth: int, as_property: bool | None = None) -> BlankNode:
        shape = self._blank()
        self._fill(shape, depth, self._random.random() < 0.5 if as_property is None else as_property)
        return shape

    def _path(self, depth: int = 0, inverse: bool = False) -> Term:
        choice = self._random.randrange(12 if depth < 2 else 4)
        if choice < 5 or (choice < 7 and inverse and not self._inverse_sequences):
            return self._random.choice(PREDICATES)
        if choice < 7:
            return self._list([self._path(depth + 1, inverse) for _ in range(2)])
        path = self._blank()
        if choice == 7:
            self._say(path, "alternativePath", self._list([self._path(depth + 1, inverse) for _ in range(2)]))
            return path
        names = ("inversePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath")
        self._say(path, names[choice - 8], self._path(depth + 1, inverse or choice == 8))
        return path

    def _fill(self, shape: NamedNode | BlankNode, depth: int, as_property: bool) -> None:
        random = self._random
        self.triples.append(Triple(shape, RDF_TYPE, NamedNode(SH + ("PropertyShape" if as_property else "NodeShape"))))
        if as_property and depth and random.random() < 0.15:
            self._say(shape, "path", NUMBERS[0])
            self._say(shape, random.choice(("lessThan", "lessThanOrEquals")), NUMBERS[1])
            return
        if as_property:
            self._say(shape, "path", self._path())
        makers = [self._of_term, self._of_pair, *([self._of_number] if as_property else [])]
        makers += [self._of_shapes] * 3 if depth < 2 else []
        makers += [self._of_qualified] if depth < 2 and as_property else []
        for maker in random.sample(makers, min(len(makers), random.choice((1, 1, 2, 3)))):
            maker(shape, depth)
        if random.random() < 0.05 and depth:
            self._say(shape, "deactivated", Literal(True))

    def _of_term(self, shape: NamedNode | BlankNode, _: int) -> None:
        random = self._random
        match random.randrange(9):
            case 0:
                self._say(shape, "class", random.choice(CLASSES))
            case 1:
                self._say(shape, "datatype", random.choice(_DATATYPES))
            case 2:
                self._say(shape, "nodeKind", NamedNode(SH + random.choice(_KINDS)))
            case 3:
                name = random.choice(("minExclusive", "minInclusive", "maxExclusive", "maxInclusive"))
                self._say(shape, name, integer(random.randrange(4)))
            case 4:
                self._say(shape, random.choice(("minLength", "maxLength")), integer(random.choice((1, 3, 20))))
            case 5:
                self._say(shape, "pattern", Literal(random.choice(("^a", "b", "c$", "(?=.*b)a", "^https"))))
            case 6:
                self._say(shape, "languageIn", self._list([Literal(random.choice(("en", "fr", "en-ca", "*")))]))
            case 7:
                self._say(shape, "in", self._list(random.sample([*NODES, *LITERALS], 6)))
            case 8:
                self._say(shape, "hasValue", random.choice([*NODES[:3], *LITERALS[:2]]))

    def _of_number(self, shape: NamedNode | BlankNode, _: int) -> None:
        match self._random.randrange(3):
            case 0:
                self._say(shape, "minCount", integer(self._random.choice((1, 1, 2))))
            case 1:
                self._say(shape, "maxCount", integer(self._random.choice((0, 1, 2))))
            case 2:
                self._say(shape, "uniqueLang", Literal(True))

    def _of_pair(self, shape: NamedNode | BlankNode, _: int) -> None:
        match self._random.randrange(3):
            case 0:
                self._say(shape, "equals", self._random.choice(PREDICATES))
            case 1:
                self._say(shape, "disjoint", self._random.choice(PREDICATES))
            case 2:
                self._say(shape, "closed", Literal(True))
                self._say(shape, "ignoredProperties", self._list([RDF_TYPE, *self._random.sample(PREDICATES, 2)]))

    def _of_shapes(self, shape: NamedNode | BlankNode, depth: int) -> None:
        name = self._random.choice(("not", "node", "property", "property", "and", "or", "xone"))
        if name in ("and", "or", "xone"):
            self._say(shape, name, self._list([self._shape(depth + 1) for _ in range(self._random.choice((1, 2, 3)))]))
        else:
            as_property = {"node": False, "property": True}.get(name)
            self._say(shape, name, self._shape(depth + 1, as_property))

    def _of_qualified(self, shape: NamedNode | BlankNode, depth: int) -> None:
        self._say(shape, "qualifiedValueShape", self._shape(depth + 1))
        name = self._random.choice(("qualifiedMinCount", "qualifiedMaxCount"))
        self._say(shape, name, integer(self._random.choice((0, 1, 2))))
        if self._random.random() < 0.5:
            self._say(shape, "qualifiedValueShapesDisjoint", Literal(True))
