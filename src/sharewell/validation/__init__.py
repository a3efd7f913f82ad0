"""Validation: is it well recorded? One front, whatever engine runs a shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import merge
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse

from sharewell.collector import collector_paused
from sharewell.errors import InputError
from sharewell.graph.bulk import EncodedFiles, File, Question, encode_files
from sharewell.graph.canonical import canonical_labels
from sharewell.graph.encoded import DEFAULT_MEMORY, EncodedGraph
from sharewell.graph.locations import Location, LocationIndex
from sharewell.graph.source import Source
from sharewell.graph.store import MergedGraph
from sharewell.graph.terms import Term
from sharewell.knowledge import shapes_folder
from sharewell.validation import fast, in_order, set_based
from sharewell.validation.guard import guard_shapes
from sharewell.validation.messages import message_of
from sharewell.validation.results import ValidationReport, ValidationResult
from sharewell.validation.routing import Routing, has_foreign_target, only_targeting, route
from sharewell.validation.shapes import Shapes, read_shapes
from sharewell.vocabulary import SH, XSD

__all__ = ["Engine", "Findings", "ValidationReport", "ValidationResult", "validate_model", "validating"]

_PREDICATE_PATH = re.compile(r"<([^<>]*)>\Z")
_NO_TARGET = "the shapes have no target: nothing was validated"
OnStep = Callable[[str], None]


class Engine(StrEnum):
    """Who validates: our own engine, which works on sets, or pyshacl, the reference for what a shape means."""

    fast = "fast"
    reference = "reference"


def _silent(_: str) -> None:
    """No progress is shown."""


@dataclass(frozen=True, slots=True)
class Findings:
    """A validation whose results come one after the other, in the order of a report; the rest is as in a report."""

    results: Iterator[ValidationResult]
    notes: tuple[str, ...] = ()
    engines: tuple[tuple[Term, str], ...] = ()


@contextmanager
def validating(
    data: Sequence[File],
    shapes: Sequence[Source],
    engine: Engine = Engine.fast,
    memory: str = DEFAULT_MEMORY,
    on_step: OnStep = _silent,
) -> Iterator[Findings]:
    """Plain SHACL on anybody's data and shapes, each the union of its files.

    `memory` bounds what the fast engine holds (`2GB`); what goes beyond, results included, is written to a temporary
    folder. Raises InputError for data that cannot be read and for shapes that cannot be used.
    """
    guard_shapes(shapes)
    quads, dangling = _without_dangling(_merged(shapes), LocationIndex(shapes))
    with _named(shapes):
        model = read_shapes(quads)
    on_step("reading")
    if engine is Engine.reference:
        report = _files_by_pyshacl([file.read() for file in data], shapes, quads, model)
        yield Findings(iter(report.results), (*dangling, *report.notes))
        return
    with collector_paused():
        files = encode_files(data, memory)
    with files:
        found = _files_by_sets(files, shapes, quads, model, on_step)
        yield replace(found, notes=(*dangling, *found.notes))


@contextmanager
def _named(shapes: Sequence[Source]) -> Iterator[None]:
    """Say in which files the shapes stand that cannot be used."""
    try:
        yield
    except InputError as error:
        message = error.message.removeprefix(_UNUSABLE)
        raise InputError(_UNUSABLE + message, file=", ".join(source.path for source in shapes)) from None


_UNUSABLE = "the shapes cannot be used: "


@collector_paused()
def _files_by_sets(
    files: EncodedFiles, sources: Sequence[Source], quads: list[Quad], model: Shapes, on_step: OnStep
) -> Findings:
    graph = files.graph
    shapes = Store()
    shapes.extend(quads)
    store = _faithful_store(graph) if any(shape.beyond_core for shape in model) else None
    routing = route(model, shapes, store is not None)
    others: list[ValidationResult] = []
    with _named(sources):
        plan = fast.run(graph, model, routing.core, on_step)
        if store is not None:
            others += _by_store(store, shapes, routing)
        if routing.alone:
            on_step("validating with pyshacl")
            others += _by_pyshacl(graph.quads(), only_targeting(quads, routing.alone), model, routing)
    on_step("sorting")
    others = [result.at(at) for result, at in zip(others, files.locate(list(map(_question, others))), strict=True)]
    of_shapes = canonical_labels(quads) if any(isinstance(shape.node, BlankNode) for shape in model) else {}
    about_blank = in_order.has_blank_nodes(graph) or _speak_of_blank_nodes(others)
    of_data = canonical_labels(graph.quads("s.kind = 2 OR o.kind = 2")) if about_blank else {}
    results = in_order.results_in_order(files, plan, of_data, of_shapes)
    if others:
        others = sorted((_canonical(r, of_data, of_shapes) for r in others), key=ValidationResult.sort_key)
        results = merge(results, others, key=ValidationResult.sort_key)
    return Findings(results, _notes(routing), routing.engines)


def _files_by_pyshacl(
    data: Sequence[Source], sources: Sequence[Source], quads: list[Quad], model: Shapes
) -> ValidationReport:
    routing = route(model, Store(), faithful=False)
    merged = _merged(data)
    with _named(sources):
        results = _by_pyshacl(merged, only_targeting(quads, (*routing.core, *routing.alone)), model, routing)
    index = LocationIndex(data)
    report = _report(_located(results, index, index.of_node), merged, quads)
    return replace(report, notes=_notes(routing))


def _notes(routing: Routing) -> tuple[str, ...]:
    return routing.notes if routing.core or routing.alone else (*routing.notes, _NO_TARGET)


def _by_store(store: Store, shapes: Store, routing: Routing) -> list[ValidationResult]:
    return [r for shape, constraint in routing.set_based for r in set_based.results(store, shapes, shape, constraint)]


def _by_pyshacl(
    data: Iterable[Quad], shapes: Iterable[Quad], model: Shapes, routing: Routing
) -> list[ValidationResult]:
    # Loading pyshacl and rdflib takes a quarter of a second, and most runs need neither.
    from sharewell.validation import reference

    advanced = has_foreign_target(routing.alone)
    report = reference.validate(reference.to_rdflib(data), reference.to_rdflib(shapes), advanced)
    return [_in_our_words(result, model) for result in report.results]


def _in_our_words(result: ValidationResult, model: Shapes) -> ValidationResult:
    """A result of pyshacl with the message that the fast engine gives it: pyshacl's own words name its own terms."""
    is_core = result.shape in model and result.component != SH + "SPARQLConstraintComponent"
    message = message_of(model[result.shape], result.component) if is_core else ""
    return replace(result, message=message) if message else result


def _faithful_store(graph: EncodedGraph) -> Store | None:
    """The graph as a store; None where the store would change a literal (`01` to `1`), and what a query says of it."""
    typed = graph.terms(f"SELECT id FROM term WHERE kind = 3 AND contains(text, '^^<{XSD}')")
    store = Store()
    store.bulk_extend(Quad(_TERM, _TERM, term) for term in typed.values())
    if {quad.object for quad in store} != set(typed.values()):
        return None
    store = Store()
    store.bulk_extend(graph.quads())
    return store


_TERM = NamedNode("n:term")
_SPARQL = NamedNode(SH + "sparql")


@collector_paused()
def validate_model(
    graph: MergedGraph, folder: Path | None = None, engine: Engine = Engine.fast, on_step: OnStep = _silent
) -> ValidationReport:
    """Is the record well formed? The shapes of `shapes/model/` on a merged graph that is closed and derived.

    Queries in the shapes run on the graph's own store, whichever engine runs the rest.
    """
    shapes = Store()
    for path in sorted((folder or shapes_folder() / "model").glob("*.ttl")):
        shapes.extend(parse(path=str(path), format=RdfFormat.TURTLE))
    model = read_shapes(shapes)
    routing = route(model, shapes, faithful=True)
    results = _by_store(graph.store, shapes, routing)
    alone = routing.alone
    if engine is Engine.fast:
        with EncodedGraph() as encoded:
            encoded.encode(graph.statements())
            results += fast.validate(encoded, model, routing.core, on_step)
    else:
        alone += routing.core
        for shape, constraint in routing.set_based:
            shapes.remove(Quad(shape, _SPARQL, constraint))
    if alone:
        results += _by_pyshacl(graph.statements(), only_targeting(shapes, alone), model, routing)
    located = _located(results, graph.locations, graph.node_location)
    return replace(_report(located, graph.statements(), shapes), notes=routing.notes, engines=routing.engines)


def _merged(sources: Iterable[Source]) -> list[Quad]:
    return [Quad(q.subject, q.predicate, q.object, DefaultGraph()) for source in sources for q in source.quads]


def _without_dangling(quads: list[Quad], index: LocationIndex) -> tuple[list[Quad], tuple[str, ...]]:
    """Shapes without references to property shapes that are described nowhere, and a note on each.

    Published shapes have such references (DCAT-AP 3.0.1 does). SHACL leaves what to do to the engine; a whole
    validation is not given up for a constraint that nobody wrote, and not silently either.
    """
    described = {quad.subject for quad in quads}
    dangling = {q for q in quads if q.predicate.value == SH + "property" and q.object not in described}
    notes = []
    for quad in dangling:
        place = next(iter(index.of_statement(quad.subject, quad.predicate, quad.object)), None)
        where = f"{place}: " if place else ""
        notes.append(f"{where}property shape {quad.object} is referred to but described nowhere: left out")
    return [quad for quad in quads if quad not in dangling], tuple(sorted(notes))


def _relabelled(term: Term | None, labels: Mapping[Term, Term]) -> Term | None:
    return None if term is None else labels.get(term, term)


def _question(result: ValidationResult) -> Question:
    """Which statement a result speaks of: its focus node, a predicate path, and a value; else its focus node alone."""
    predicate = _PREDICATE_PATH.match(result.path or "")
    if predicate is None or result.value is None or isinstance(result.focus, Literal):
        return result.focus, None, None
    return result.focus, NamedNode(predicate[1]), result.value


def _located(
    results: Iterable[ValidationResult], index: LocationIndex, of_node: Callable[[Term], Location | None]
) -> list[ValidationResult]:
    located = []
    for result in results:
        focus, predicate, value = _question(result)
        own: tuple[Location, ...] = ()
        if predicate is not None and value is not None:
            own = index.of_statement(focus, predicate, value, as_written=True)
        first = None if own else of_node(focus)
        located.append(result.at(own or ((first,) if first else ())))
    return located


def _speak_of_blank_nodes(results: Iterable[ValidationResult]) -> bool:
    return any(isinstance(term, BlankNode) for r in results for term in (r.focus, r.value))


def _canonical(
    result: ValidationResult, of_data: Mapping[Term, Term], of_shapes: Mapping[Term, Term]
) -> ValidationResult:
    """A result with canonical labels for blank nodes, so that the same files give the same text."""
    return replace(
        result,
        focus=of_data.get(result.focus, result.focus),
        value=_relabelled(result.value, of_data),
        shape=of_shapes.get(result.shape, result.shape),
    )


def _report(results: Sequence[ValidationResult], data: Iterable[Quad], shapes: Iterable[Quad]) -> ValidationReport:
    """The report of results that are all at hand."""
    of_data = canonical_labels(data) if _speak_of_blank_nodes(results) else {}
    of_shapes = canonical_labels(shapes) if any(isinstance(r.shape, BlankNode) for r in results) else {}
    if of_data or of_shapes:
        results = [_canonical(result, of_data, of_shapes) for result in results]
    return ValidationReport(tuple(sorted(results, key=ValidationResult.sort_key)))
