"""Which new statements can make a rule give something new: those that one of its triple patterns could match.

A rule is a function of the statements that its patterns match, so that a round of a fixpoint need not run it again
where none of them is new (the predicate dependency graph of Datalog; Abiteboul, Hull and Vianu, Foundations of
Databases, section 15.2, without its signs: what is denied counts as well).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from pyoxigraph import NamedNode, Triple, Variable

from sharewell.graph.paths import Alternative, Except, Inverse, Link, Path, Repeat, Sequence
from sharewell.graph.patterns import Group, Match, groups_in, read_construct
from sharewell.vocabulary import RDF_TYPE, RDFS

_SUBCLASS_OF = NamedNode(RDFS + "subClassOf")
_TO_CLASS = Sequence((Link(RDF_TYPE), Repeat(Link(_SUBCLASS_OF), "*")))

Kind = NamedNode | tuple[NamedNode, NamedNode]
"""A predicate; or `rdf:type` with a class."""


def kinds(triples: Iterable[Triple]) -> frozenset[Kind]:
    """The kinds of some statements; of an `rdf:type` both are there, the predicate and the class."""
    found: set[Kind] = set()
    for triple in triples:
        found.add(triple.predicate)
        if triple.predicate == RDF_TYPE and isinstance(triple.object, NamedNode):
            found.add((RDF_TYPE, triple.object))
    return frozenset(found)


@lru_cache(maxsize=1024)
def read_by(construct: str) -> frozenset[Kind] | None:
    """The kinds of statements that the patterns of a CONSTRUCT can match; None where any may matter.

    The graph is taken to be closed, so that an instance of a class is one of every class above it.
    """
    found: set[Kind] = set()
    for group in groups_in(read_construct(construct).where):
        for match in group.parts:
            if isinstance(match, Match):
                read = _read(match, group)
                if read is None:
                    return None
                found.update(read)
    return frozenset(found)


def _read(match: Match, group: Group) -> set[Kind] | None:
    if isinstance(match.path, Variable):
        return None
    if isinstance(match.object, NamedNode):
        if match.path == Link(RDF_TYPE):
            return {(RDF_TYPE, match.object)}
        if match.path == _TO_CLASS:
            return {(RDF_TYPE, match.object), _SUBCLASS_OF}
    if _is_nullable(match.path) and not _held_elsewhere(match, group):
        return None  # it matches every node, and so any statement about a new one
    found: set[Kind] = set()
    for predicate in _predicates(match.path):
        if predicate is None:
            return None
        found.add(predicate)
    return found


def _held_elsewhere(match: Match, group: Group) -> bool:
    """Whether another pattern of the group has to match for an end of a path, so that a new node shows there."""
    ends = {match.subject, match.object}
    if not all(isinstance(end, Variable) for end in ends):
        return True
    others = (part for part in group.parts if isinstance(part, Match) and part is not match)
    return any(
        ends & {other.subject, other.object} and (isinstance(other.path, Variable) or not _is_nullable(other.path))
        for other in others
    )


def _is_nullable(path: Path) -> bool:
    match path:
        case Repeat(inner, mark):
            return mark in "?*" or _is_nullable(inner)
        case Inverse(inner):
            return _is_nullable(inner)
        case Sequence(paths):
            return all(map(_is_nullable, paths))
        case Alternative(paths):
            return any(map(_is_nullable, paths))
        case _:
            return False


def _predicates(path: Path) -> Iterator[NamedNode | None]:
    """The predicates that a path goes along; None where it is all but some."""
    match path:
        case Link(predicate):
            yield predicate
        case Inverse(inner) | Repeat(inner, _):
            yield from _predicates(inner)
        case Sequence(paths) | Alternative(paths):
            for part in paths:
                yield from _predicates(part)
        case Except():
            yield None
