"""Validation: is it well recorded? One front, whatever engine runs a shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse

from sharewell.errors import InputError
from sharewell.graph.canonical import canonical_labels
from sharewell.graph.locations import Location, LocationIndex
from sharewell.graph.source import Source
from sharewell.graph.store import MergedGraph
from sharewell.graph.terms import Term
from sharewell.knowledge import shapes_folder
from sharewell.validation import reference, set_based
from sharewell.validation.results import ValidationReport, ValidationResult
from sharewell.vocabulary import OWL, RDF_TYPE, RDFS, SH

__all__ = ["ValidationReport", "ValidationResult", "validate_files", "validate_model"]

_PREDICATE_PATH = re.compile(r"<([^<>]*)>\Z")


def validate_files(data: Sequence[Source], shapes: Sequence[Source]) -> ValidationReport:
    """Plain SHACL on anybody's data and shapes, each the union of its files.

    Raises InputError for shapes that cannot be used.
    """
    reference.guard_shapes(shapes)
    data_quads = _merged(data)
    shape_quads, notes = _without_dangling(_merged(shapes), LocationIndex(shapes))
    try:
        report = reference.validate(reference.to_rdflib(data_quads), reference.to_rdflib(shape_quads))
    except InputError as error:
        raise InputError(error.message, file=", ".join(source.path for source in shapes)) from None
    index = LocationIndex(data)
    found = _canonical(_located(report.results, index, index.of_node), data_quads, shape_quads)
    if not any(quad.predicate.value.startswith(SH + "target") for quad in shape_quads) and not _implicit(shape_quads):
        notes = (*notes, "the shapes have no target: nothing was validated")
    return replace(found, notes=notes)


def _implicit(quads: Iterable[Quad]) -> bool:
    """Whether a class is a shape of its own instances (SHACL section 2.1.3.3)."""
    kinds: dict[Term, set[str]] = {}
    for quad in quads:
        if quad.predicate == RDF_TYPE and isinstance(quad.object, NamedNode):
            kinds.setdefault(quad.subject, set()).add(quad.object.value)
    classes, shapes = {RDFS + "Class", OWL + "Class"}, {SH + "NodeShape", SH + "PropertyShape"}
    return any(kind & classes and kind & shapes for kind in kinds.values())


def validate_model(graph: MergedGraph, folder: Path | None = None) -> ValidationReport:
    """Is the record well formed? The shapes of `shapes/model/` on a merged graph that is closed and derived."""
    shapes = Store()
    for path in sorted((folder or shapes_folder() / "model").glob("*.ttl")):
        shapes.extend(parse(path=str(path), format=RdfFormat.TURTLE))
    results: list[ValidationResult] = []
    for shape, constraint in set_based.take_constraints(shapes):
        results += set_based.results(graph.store, shapes, shape, constraint)
    report = reference.validate(reference.to_rdflib(graph.statements()), reference.to_rdflib(shapes))
    return _canonical(
        _located([*results, *report.results], graph.locations, graph.node_location),
        graph.statements(),
        list(shapes),
    )


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


def _located(
    results: Iterable[ValidationResult], index: LocationIndex, of_node: Callable[[Term], Location | None]
) -> list[ValidationResult]:
    located = []
    for result in results:
        own = _statement_locations(result, index)
        first = own[0] if own else of_node(result.focus)
        located.append(replace(result, location=first, locations=own or ((first,) if first else ())))
    return located


def _statement_locations(result: ValidationResult, index: LocationIndex) -> tuple[Location, ...]:
    """Where the offending statement was read, if the result speaks of one: focus, a predicate path, and a value."""
    predicate = _PREDICATE_PATH.match(result.path or "")
    if predicate is None or result.value is None or isinstance(result.focus, Literal):
        return ()
    return tuple(index.of_statement(result.focus, NamedNode(predicate[1]), result.value))


def _canonical(results: Iterable[ValidationResult], data: Iterable[Quad], shapes: Iterable[Quad]) -> ValidationReport:
    """The report with canonical labels for blank nodes, so that the same files give the same text."""
    results = list(results)
    if any(isinstance(term, BlankNode) for r in results for term in (r.focus, r.value)):
        labels = canonical_labels(data)
        results = [replace(r, focus=labels.get(r.focus, r.focus), value=_relabelled(r.value, labels)) for r in results]
    if any(isinstance(r.shape, BlankNode) for r in results):
        labels = canonical_labels(shapes)
        results = [replace(r, shape=labels.get(r.shape, r.shape)) for r in results]
    return ValidationReport(tuple(sorted(results, key=ValidationResult.sort_key)))
