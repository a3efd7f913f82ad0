"""SHACL property paths (SHACL section 2.3.1): read from a shapes graph, written as SPARQL 1.1."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Triple

from sharewell.errors import InputError
from sharewell.graph.terms import Term
from sharewell.vocabulary import RDF_FIRST, RDF_NIL, RDF_REST, SH


@dataclass(frozen=True, slots=True)
class PredicatePath:
    """One triple, from its subject to its object."""

    iri: NamedNode


@dataclass(frozen=True, slots=True)
class InversePath:
    """A path walked backwards."""

    path: Path


@dataclass(frozen=True, slots=True)
class SequencePath:
    """Paths one after the other, two or more."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class AlternativePath:
    """Any one of two or more paths."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class ZeroOrMorePath:
    """A path any number of times."""

    path: Path


@dataclass(frozen=True, slots=True)
class OneOrMorePath:
    """A path once or more often."""

    path: Path


@dataclass(frozen=True, slots=True)
class ZeroOrOnePath:
    """A path once or not at all."""

    path: Path


Path = PredicatePath | InversePath | SequencePath | AlternativePath | ZeroOrMorePath | OneOrMorePath | ZeroOrOnePath

Objects = Callable[[Term, NamedNode], Iterable[Term]]
"""The objects of the triples of a graph that have a subject and a predicate."""

_SINGLE: tuple[tuple[NamedNode, type[InversePath | ZeroOrMorePath | OneOrMorePath | ZeroOrOnePath]], ...] = (
    (NamedNode(SH + "inversePath"), InversePath),
    (NamedNode(SH + "zeroOrMorePath"), ZeroOrMorePath),
    (NamedNode(SH + "oneOrMorePath"), OneOrMorePath),
    (NamedNode(SH + "zeroOrOnePath"), ZeroOrOnePath),
)
_DEEPEST = 100
_ALTERNATIVE = NamedNode(SH + "alternativePath")


def read_path(head: Term, objects: Objects) -> Path:
    """The path that a node of a shapes graph stands for.

    Raises InputError where the node is no path, has one of its own parts inside itself, or is a broken list.
    """
    return _read(head, objects, ())


def _read(head: Term, objects: Objects, outer: tuple[Term, ...]) -> Path:
    if isinstance(head, NamedNode):
        return PredicatePath(head)
    if isinstance(head, Literal | Triple) or head in outer:
        raise InputError("a shape has a path that is not a SHACL property path")
    if len(outer) >= _DEEPEST:
        raise InputError(f"a shape has a path in which more than {_DEEPEST} paths stand inside one another")
    inside = (*outer, head)
    # A node can have more triples than its form needs (W3C test path-strange-001): the list form comes first.
    if any(True for _ in objects(head, RDF_FIRST)):
        return SequencePath(_members(head, objects, inside))
    for alternatives in objects(head, _ALTERNATIVE):
        return AlternativePath(_members(alternatives, objects, inside))
    for predicate, form in _SINGLE:
        for inner in objects(head, predicate):
            return form(_read(inner, objects, inside))
    raise InputError("a shape has a path that is not a SHACL property path")


def _members(head: Term, objects: Objects, outer: tuple[Term, ...]) -> tuple[Path, ...]:
    members = tuple(_read(member, objects, outer) for member in read_list(head, objects))
    if len(members) < 2:
        raise InputError("a sequence or alternative path needs two members or more")
    return members


def read_list(head: Term, objects: Objects) -> tuple[Term, ...]:
    """The members of an RDF list. Raises InputError where it is broken or runs in a circle."""
    members: list[Term] = []
    seen: set[Term] = set()
    while head != RDF_NIL:
        first, rest = list(objects(head, RDF_FIRST)), list(objects(head, RDF_REST))
        if head in seen or len(first) != 1 or len(rest) != 1:
            raise InputError(f"the list at {head} in the shapes is not a well-formed RDF list")
        seen.add(head)
        members.append(first[0])
        head = rest[0]
    return tuple(members)


def path_text(path: Path) -> str:
    """A path in SPARQL 1.1 syntax with full IRIs."""
    match path:
        case PredicatePath(iri):
            return f"<{iri.value}>"
        case InversePath(inner):
            return f"^{_grouped(inner)}"
        case SequencePath(parts):
            return "/".join(_grouped(part) for part in parts)
        case AlternativePath(parts):
            return "(" + "|".join(_grouped(part) for part in parts) + ")"
        case ZeroOrMorePath(inner):
            return f"{_grouped(inner)}*"
        case OneOrMorePath(inner):
            return f"{_grouped(inner)}+"
        case ZeroOrOnePath(inner):
            return f"{_grouped(inner)}?"


def _grouped(path: Path) -> str:
    text = path_text(path)
    return text if isinstance(path, PredicatePath | AlternativePath) else f"({text})"
