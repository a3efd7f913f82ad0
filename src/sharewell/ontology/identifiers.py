"""No name is used that nobody declared: in the ontology, the shapes, the questions and the data.

A name of ours (under https://w3id.org/sharewell) is declared by a type, in the ontology, the shapes or the data. A
name of another vocabulary that is used as a property, as a class or in a query is declared in a slim import. The
names of RDF, RDFS, OWL, XSD and SHACL are held to what these vocabularies define.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import rdflib
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from sharewell.graph.set_at_a_time import prologue
from sharewell.graph.source import Source
from sharewell.graph.sparql import Token, tokens
from sharewell.graph.terms import compact_iri
from sharewell.ontology.findings import Finding
from sharewell.vocabulary import OWL, RDF, RDF_TYPE, RDFS, SH, SHAREWELL, XSD

_BUILT_IN = {RDF: rdflib.RDF, RDFS: rdflib.RDFS, OWL: rdflib.OWL, XSD: rdflib.XSD, SH: rdflib.SH}
_QUERIES = frozenset(SH + name for name in ("select", "ask", "construct", "update"))
# The values of these are names of versions and documents, which no file here need describe.
_ELSEWHERE = frozenset(
    OWL + name for name in ("versionIRI", "priorVersion", "backwardCompatibleWith", "incompatibleWith", "imports")
)
# Statements whose value is a term of some vocabulary: axioms, and what shapes speak of.
_SPEAKS_OF_TERMS = frozenset(
    {RDF + "type", RDF + "first"}
    | {RDFS + name for name in ("subClassOf", "subPropertyOf", "domain", "range")}
    | {SH + name for name in ("path", "class", "targetClass", "targetSubjectsOf", "targetObjectsOf", "datatype")}
    | {SH + name for name in ("inversePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath")}
    | {SH + name for name in ("equals", "disjoint", "lessThan", "lessThanOrEquals", "predicate", "ignoredProperties")}
)


@dataclass(frozen=True, slots=True)
class Query:
    """The text of a stored question: its file, as people are shown it, and its SPARQL."""

    file: str
    text: str


@dataclass(frozen=True)
class _Declared:
    """The names that are declared, and which declared name a misspelt one may have meant."""

    names: frozenset[str]
    _nearest: dict[str, str | None] = field(default_factory=dict)

    @cached_property
    def _compact(self) -> dict[str, str]:
        return {compact_iri(name): name for name in sorted(self.names)}

    def nearest(self, iri: str) -> str | None:
        """The declared name that looks most like this one, in its prefixed form."""
        if iri not in self._nearest:
            close = difflib.get_close_matches(compact_iri(iri), self._compact, n=1, cutoff=0.75)
            self._nearest[iri] = close[0] if close else None
        return self._nearest[iri]


def check_identifiers(
    ontology: Sequence[Source], shapes: Sequence[Source], data: Sequence[Source], queries: Sequence[Query]
) -> list[Finding]:
    """The names that are used and not declared, the first use in each file; empty when all are declared."""
    declared = _Declared(_declared([*ontology, *shapes, *data]))
    vocabulary = _Declared(_declared(ontology))
    uses = [
        *(use for source in [*ontology, *data] for use in _in_statements(source)),
        *(use for source in shapes for use in _in_statements(source)),
        *_in_shape_queries(shapes),
        *(use for query in queries for use in _in_query(query.text, query.file, 1)),
    ]
    first: dict[tuple[str, str], tuple[int, int]] = {}
    for use in uses:
        if not _known(use.iri, declared, vocabulary):
            line, count = first.get((use.file, use.iri), (use.line, 0))
            first[use.file, use.iri] = (min(line, use.line), count + 1)
    return sorted(
        _finding(iri, file, line, count, declared if _ours(iri) else vocabulary)
        for (file, iri), (line, count) in first.items()
    )


@dataclass(frozen=True, slots=True)
class _Use:
    iri: str
    file: str
    line: int


def _declared(sources: Iterable[Source]) -> frozenset[str]:
    return frozenset(
        quad.subject.value
        for source in sources
        for quad in source.quads
        if quad.predicate == RDF_TYPE and isinstance(quad.subject, NamedNode)
    )


def _ours(iri: str) -> bool:
    return iri == SHAREWELL or iri.startswith((SHAREWELL + "#", SHAREWELL + "/"))


def _known(iri: str, declared: _Declared, vocabulary: _Declared) -> bool:
    for namespace, terms in _BUILT_IN.items():
        if iri.startswith(namespace):
            # A bare namespace stands in sh:declare and the like; container properties rdf:_1, rdf:_2 … are endless.
            return iri == namespace or iri in terms or iri.startswith(RDF + "_")
    return iri in (declared if _ours(iri) else vocabulary).names


def _in_statements(source: Source) -> Iterator[_Use]:
    """The names in a file's statements that must be declared somewhere."""
    for quad in source.quads:
        predicate = quad.predicate.value
        yield _Use(predicate, source.path, quad.line or 1)
        if isinstance(quad.subject, NamedNode) and _ours(quad.subject.value):
            yield _Use(quad.subject.value, source.path, quad.line or 1)
        value = quad.object
        if not isinstance(value, NamedNode) or predicate in _ELSEWHERE:
            continue
        if _ours(value.value) or _speaks_of_terms(predicate):
            yield _Use(value.value, source.path, quad.line or 1)


def _speaks_of_terms(predicate: str) -> bool:
    return predicate in _SPEAKS_OF_TERMS or (predicate.startswith(OWL) and predicate not in _ELSEWHERE)


def _in_shape_queries(shapes: Sequence[Source]) -> Iterator[_Use]:
    """The names in the SPARQL that shapes and rules hold, each query with the prefixes that it declares."""
    store = Store()
    for source in shapes:
        store.extend(Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in source.quads)
    for source in shapes:
        for quad in source.quads:
            if quad.predicate.value in _QUERIES and isinstance(quad.object, Literal):
                lines = prologue(store, quad.subject) if isinstance(quad.subject, NamedNode) else ""
                first = (quad.line or 1) - lines.count("\n")
                yield from _in_query(lines + quad.object.value, source.path, first)


def _in_query(text: str, file: str, first: int) -> Iterator[_Use]:
    """The names in a SPARQL text whose first line is line `first` of a file."""
    prefixes: dict[str, str] = {}
    units = list(tokens(text))
    position = 0
    while position < len(units):
        unit = units[position]
        if unit.kind == "word" and unit.text.upper() == "PREFIX" and position + 2 < len(units):
            prefixes[units[position + 1].text.removesuffix(":")] = units[position + 2].text[1:-1]
            position += 3
            continue
        iri = _iri(unit, prefixes)
        if iri is not None:
            yield _Use(iri, file, max(1, first + unit.line - 1))
        position += 1


def _iri(unit: Token, prefixes: dict[str, str]) -> str | None:
    """The IRI of a token; a name whose prefix is not declared stays as it is, and so is unknown."""
    if unit.kind == "iri":
        return unit.text[1:-1]
    if unit.prefix is None:
        return None
    local = unit.text.partition(":")[2]
    return prefixes[unit.prefix] + local.replace("\\", "") if unit.prefix in prefixes else unit.text


def _finding(iri: str, file: str, line: int, count: int, names: _Declared) -> Finding:
    more = f" (and {count - 1} more times in this file)" if count > 1 else ""
    near = names.nearest(iri)
    meant = f"Did you mean {near}? Else " if near else ""
    how = (
        "declare it with a type, a label and a definition"
        if _ours(iri)
        else "add it to the term list of its vocabulary in ontology/imports/terms, with the reason, "
        "and run: sharewell ontology format"
    )
    remedy = meant + how if meant else how[0].upper() + how[1:]
    return Finding(file, line, f"{compact_iri(iri)} is used but declared nowhere{more}", remedy)


def query_files(folder: Path) -> list[Path]:
    """The stored questions under a folder, sorted."""
    return sorted(folder.rglob("*.rq"))
