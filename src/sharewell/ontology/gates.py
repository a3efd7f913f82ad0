"""The gates of the ontology, cheapest first: what CI asks on every change, answered with file, line and remedy."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from pyoxigraph import Store, Triple

from sharewell import knowledge
from sharewell.errors import InputError
from sharewell.graph.formats import FORMATS
from sharewell.graph.source import Source, decode, read_source
from sharewell.ontology.catalog import CATALOG, catalogs
from sharewell.ontology.consistency import check_consistency, read_entailments
from sharewell.ontology.findings import Finding, GateResult, of_error
from sharewell.ontology.formatting import format_files
from sharewell.ontology.identifiers import Query, check_identifiers, query_files
from sharewell.ontology.imports import regenerate
from sharewell.ontology.kinds import check_kinds
from sharewell.ontology.lint import check_terms, with_superclasses
from sharewell.ontology.modules import (
    ADD_OR_REMOVE,
    Module,
    by_name,
    import_line,
    ontology_paths,
    read_modules,
    shown,
    unanswered,
)
from sharewell.ontology.positions import Positions
from sharewell.ontology.profile import check_profile

QUESTIONS: Final = {
    "parse": "does every file of the ontology, shapes, questions and data parse, and is every import here?",
    "kinds": "is each term one kind of thing?",
    "format": "is every ontology file in its one form?",
    "generated": "are catalogs and slim imports what they are generated from says?",
    "names": "is every name that is used declared?",
    "terms": "is every term described as the lint shapes ask?",
    "profile": "is every file, with what it imports, inside OWL 2 DL?",
    "consistency": "is it free of contradiction, and does what must follow follow?",
}
"""The gates, cheapest first, and what each asks."""

_FORMAT = "Run: sharewell ontology format"
_POSITION = re.compile(r"error at (\d+):\d+: ?")
_LENGTH = 160
# Not .xml: an ontology folder holds catalogs.
_RDF = frozenset(FORMATS) - {".xml"}


@dataclass(frozen=True)
class _Checkout:
    """The four folders; what the gates read is read once."""

    ontology: Path
    shapes: Path
    queries: Path
    data: Path
    positions: Positions = field(default_factory=Positions)
    _read: dict[Path, Source] = field(default_factory=dict)

    def source(self, path: Path, folder: Path) -> Source:
        if path not in self._read:
            self._read[path] = read_source(path, folder.parent)
        return self._read[path]

    def sources(self, folder: Path) -> list[Source]:
        return [self.source(path, folder) for path in _rdf_paths(folder)]

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        return read_modules(self.ontology)

    @cached_property
    def core(self) -> tuple[Module, ...]:
        """The ontology without the alignments, which nothing imports."""
        return tuple(module for module in self.modules if module.path.parent.name != "alignments")

    def question(self, path: Path) -> Query:
        """A stored question. Raises InputError where it is not text in UTF-8."""
        name = shown(path, self.queries)
        return Query(name, decode(path.read_bytes(), name))


def _rdf_paths(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in _RDF)


def check(
    ontology: Path | None = None,
    shapes: Path | None = None,
    queries: Path | None = None,
    data: Path | None = None,
    only: Collection[str] = (),
) -> list[GateResult]:
    """Run every gate, or `only` those named, cheapest first; folders not given are those of the shipped knowledge.

    All are run, so that one report says all there is to mend; only where a file does not parse, or an import is not
    here, is the report of that gate the whole report.

    Raises InputError where Java is missing (the extra `ontology`), and for a name that no gate has.
    """
    unknown = sorted(set(only) - QUESTIONS.keys())
    if unknown:
        raise InputError(f"there is no gate '{unknown[0]}': the gates are {', '.join(QUESTIONS)}")
    files = _Checkout(
        (ontology or knowledge.ontology_folder()).resolve(),
        (shapes or knowledge.shapes_folder()).resolve(),
        (queries or knowledge.queries_folder()).resolve(),
        (data or knowledge.data_folder()).resolve(),
    )
    results = [_run("parse", _parse, files)]
    if not any(_stops(finding) for finding in results[0].findings):
        results += [_run(name, gate, files) for name, gate in _GATES.items() if not only or name in only]
    return [result for result in results if not only or result.gate in only or not result.passed]


def _stops(finding: Finding) -> bool:
    """Whether the other gates cannot be asked: only a question that is text and does not parse leaves them whole."""
    return Path(finding.file or "").suffix != ".rq" or "SPARQL" not in finding.message


def _run(name: str, gate: Callable[[_Checkout], Iterator[Finding]], files: _Checkout) -> GateResult:
    start = time.perf_counter()
    findings = tuple(gate(files))
    return GateResult(name, findings, time.perf_counter() - start)


def _parse(files: _Checkout) -> Iterator[Finding]:
    """Every file of the four folders can be read, and every import of an ontology file is answered by a file here."""
    broken = False
    for folder in (files.ontology, files.shapes, files.data):
        for path in _rdf_paths(folder):
            try:
                files.source(path, folder)
            except InputError as error:
                broken = True
                yield of_error(error, "Correct the line; everything before it was read")
    yield from _parse_questions(files)
    if not broken:
        yield from _imports(files)


def _parse_questions(files: _Checkout) -> Iterator[Finding]:
    for path in query_files(files.queries):
        try:
            question = files.question(path)
            Store().query(question.text)
        except InputError as error:
            yield of_error(error, "Save the file as UTF-8")
        except SyntaxError as error:
            text = str(error)
            position = _POSITION.search(text)
            line = int(position[1]) if position else None
            reason = "a prefix is not declared" if "Prefix not found" in text else _POSITION.sub("", text)[:_LENGTH]
            message = f"does not parse as SPARQL: {' '.join(reason.split())}"
            yield Finding(question.file, line, message, "Correct the query, so that any SPARQL engine can read it")


def _imports(files: _Checkout) -> Iterator[Finding]:
    try:
        known = by_name(files.modules)
    except InputError as error:
        yield of_error(error, "Correct the header of the file")
        return
    for module in files.modules:
        for iri in module.imports:
            if iri not in known:
                file, line = shown(module.path, files.ontology), import_line(module, iri)
                yield Finding(file, line, unanswered(iri), ADD_OR_REMOVE.capitalize())


def _formatted(files: _Checkout) -> Iterator[Finding]:
    for path in format_files(ontology_paths(files.ontology), write=False):
        yield Finding(shown(path, files.ontology), None, "is not in the one form of an ontology file", _FORMAT)


def _names(files: _Checkout) -> Iterator[Finding]:
    ontology, shapes, data = (files.sources(folder) for folder in (files.ontology, files.shapes, files.data))
    questions = [files.question(path) for path in query_files(files.queries)]
    yield from check_identifiers(ontology, shapes, data, questions)


def _kinds(files: _Checkout) -> Iterator[Finding]:
    # An alignment says of terms of every kind what is close to them, and nothing imports it.
    yield from check_kinds(files.core, files.ontology, files.positions)


def _generated(files: _Checkout) -> Iterator[Finding]:
    """The catalogs and slim imports hold, byte for byte, what their sources say."""
    try:
        expected = regenerate(files.ontology) | catalogs(files.ontology, files.modules)
    except InputError as error:
        yield of_error(error, "Correct the term list")
        return
    for path, content in sorted(expected.items()):
        if not path.is_file():
            yield Finding(shown(path, files.ontology), None, "is missing", _FORMAT)
        elif path.read_bytes() != content:
            yield Finding(shown(path, files.ontology), None, "is not what it is generated from says", _FORMAT)
    for path in sorted({*files.ontology.rglob(CATALOG)} - set(expected)):
        yield Finding(shown(path, files.ontology), None, "is a catalog for a folder without ontologies", "Remove it")


def _terms(files: _Checkout) -> Iterator[Finding]:
    """Each file of lint shapes, over what it speaks of: terms, shapes, or rules among both."""
    places: dict[object, tuple[str, int]] = {}
    for source in [*files.sources(files.ontology), *files.sources(files.shapes)]:
        for quad in source.quads:
            places.setdefault(quad.subject, (source.path, quad.line or 1))
    lints = sorted((files.shapes / "meta").glob("*.ttl"))
    if not lints:
        yield Finding(shown(files.shapes / "meta", files.shapes), None, "holds no lint shapes", "Put them back")
    for path in lints:
        shapes = _triples([files.source(path, files.shapes)])
        try:
            yield from check_terms(_linted(path.stem, files), shapes, lambda term: places.get(term, (None, None)))
        except InputError as error:
            yield Finding(shown(path, files.shapes), None, error.message, "Correct the shapes")


def _linted(lint: str, files: _Checkout) -> list[Triple]:
    """What the lint shapes of a file speak of, by the name of the file."""
    shapes = list(_triples(files.sources(files.shapes)))
    if lint == "shapes":
        return shapes
    all_terms = [t for module in files.core for t in module.triples]
    if lint == "rules":
        return [*shapes, *all_terms]
    # The terms of others, in the slim imports, are described as their own authors do.
    ours = [t for module in files.core if module.path.parent.name != "imports" for t in module.triples]
    return with_superclasses(ours, all_terms)


def _triples(sources: Iterable[Source]) -> Iterator[Triple]:
    return (Triple(q.subject, q.predicate, q.object) for source in sources for q in source.quads)


def _profile(files: _Checkout) -> Iterator[Finding]:
    yield from check_profile(files.modules, files.ontology, files.positions)


def _consistent(files: _Checkout) -> Iterator[Finding]:
    if check_kinds(files.core, files.ontology, files.positions):
        # owlready2 makes a Python class of every class, and cannot of one that is a property too.
        message = "no reasoner was asked, because a term is more than one kind of thing"
        yield Finding(None, None, message, "Mend what the gate 'kinds' reports")
        return
    try:
        entailments = read_entailments(files.ontology)
    except InputError as error:
        yield of_error(error, "Correct the line")
        return
    records = {path: tuple(_triples([files.source(path, files.data)])) for path in _rdf_paths(files.data)}
    yield from check_consistency(files.core, entailments, files.ontology, files.positions, records)


_GATES: dict[str, Callable[[_Checkout], Iterator[Finding]]] = {
    "kinds": _kinds,
    "format": _formatted,
    "generated": _generated,
    "names": _names,
    "terms": _terms,
    "profile": _profile,
    "consistency": _consistent,
}
