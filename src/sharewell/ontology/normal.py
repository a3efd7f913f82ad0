"""One shape for statements that mean the same: what the OWL API adds or turns round when it saves, taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from sharewell.errors import InputError
from sharewell.vocabulary import OWL, RDF, RDFS, SKOS, XSD

Subject = NamedNode | BlankNode
Node = NamedNode | BlankNode | Literal


class Statement(NamedTuple):
    """A triple of RDF 1.1, its predicate as an IRI in text."""

    subject: Subject
    predicate: str
    object: Node


_TYPE = RDF + "type"
_NAMED_INDIVIDUAL = NamedNode(OWL + "NamedIndividual")
_DATATYPE = NamedNode(RDFS + "Datatype")
_ANNOTATED = OWL + "annotated"
_SYMMETRIC = frozenset(
    OWL + name
    for name in (
        "disjointWith",
        "equivalentClass",
        "equivalentProperty",
        "inverseOf",
        "propertyDisjointWith",
        "sameAs",
        "differentFrom",
    )
)
_RELATIONS = frozenset(
    SKOS + name
    for name in (
        "inScheme",
        "topConceptOf",
        "broader",
        "narrower",
        "related",
        "closeMatch",
        "exactMatch",
        "broadMatch",
        "narrowMatch",
        "relatedMatch",
    )
)


def statements(triples: Iterable[Triple], file: str) -> list[Statement]:
    """The statements of a file, in their one shape, in no particular order.

    Symmetric axioms are statements of the term that the file describes, else of the smaller IRI; an individual is
    declared (`owl:NamedIndividual`) only where nothing else shows that it is one, a datatype of XML Schema never.

    Raises InputError for a statement about a statement, which an ontology file cannot hold.
    """
    distinct = list(dict.fromkeys(_statement(triple, file) for triple in triples))
    evident = _evident_individuals(distinct)
    kept = [statement for statement in distinct if not _needless(statement, evident)]
    described = {s.subject for s in kept if s.predicate != _TYPE and s.predicate not in _SYMMETRIC}
    annotated = _annotated_symmetric(kept, described)
    return list(dict.fromkeys(annotated.get(s) or _directed(s, described) for s in kept))


def _statement(triple: Triple, file: str) -> Statement:
    if isinstance(triple.subject, Triple) or isinstance(triple.object, Triple):
        raise InputError("holds a statement about a statement (RDF 1.2), which no OWL tool reads", file=file)
    return Statement(triple.subject, triple.predicate.value, triple.object)


def _needless(statement: Statement, evident: set[Node]) -> bool:
    """Whether a declaration says nothing: of an evident individual, or of a datatype of XML Schema."""
    if statement.predicate != _TYPE or not isinstance(statement.subject, NamedNode):
        return False
    if statement.object == _NAMED_INDIVIDUAL:
        return statement.subject in evident
    return statement.object == _DATATYPE and statement.subject.value.startswith(XSD)


def _evident_individuals(distinct: Iterable[Statement]) -> set[Node]:
    """What needs no declaration: what has a class or a SKOS relation, or is used here and described elsewhere."""
    found: set[Node] = set()
    used: set[Node] = set()
    described: set[Node] = set()
    for statement in distinct:
        if statement.predicate == _TYPE and statement.object == _NAMED_INDIVIDUAL:
            continue
        described.add(statement.subject)
        used.add(statement.object)
        if statement.predicate == _TYPE:
            found.add(statement.subject)
        elif statement.predicate in _RELATIONS:
            found |= {statement.subject, statement.object}
    return found | (used - described)


def _directed(statement: Statement, described: set[Subject]) -> Statement:
    subject, predicate, other = statement
    if predicate not in _SYMMETRIC or isinstance(other, Literal) or not _turned(subject, other, described):
        return statement
    return Statement(other, predicate, subject)


def _turned(subject: Node, other: Node, described: set[Subject]) -> bool:
    """Whether a symmetric axiom belongs under its other term: the one a reader looks under."""
    if isinstance(other, NamedNode) and isinstance(subject, NamedNode):
        here, there = subject in described, other in described
        return there if here != there else other.value < subject.value
    return isinstance(other, NamedNode)


def _annotated_symmetric(kept: Sequence[Statement], described: set[Subject]) -> dict[Statement, Statement]:
    """For an annotated symmetric axiom (`owl:Axiom`), its source and target in the order of the axiom itself."""
    parts: dict[Subject, dict[str, Statement]] = defaultdict(dict)
    for statement in kept:
        if statement.predicate.startswith(_ANNOTATED):
            parts[statement.subject][statement.predicate.removeprefix(_ANNOTATED)] = statement
    turned = {}
    for part in parts.values():
        if set(part) != {"Source", "Property", "Target"} or part["Property"].object.value not in _SYMMETRIC:
            continue
        source, target = part["Source"], part["Target"]
        if _turned(source.object, target.object, described):
            turned[source] = source._replace(object=target.object)
            turned[target] = target._replace(object=source.object)
    return turned
