"""SHACL by pyshacl, the reference for what a shape means."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import pyshacl
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Quad
from pyshacl.errors import ValidationFailure
from rdflib.namespace import SH
from rdflib.plugins.sparql import evaluate
from rdflib.term import Node

from sharewell.errors import InputError
from sharewell.graph.terms import Term
from sharewell.validation.paths import path_text, read_path
from sharewell.validation.results import ValidationReport, ValidationResult, severity_name

_LOGGER = logging.getLogger("sharewell.validation.reference")
_LOGGER.setLevel(logging.CRITICAL)
_DEPTH = 100


def to_rdflib(quads: Iterable[Quad]) -> rdflib.Graph:
    """An rdflib graph of the triples, each term with its exact lexical form."""
    graph = rdflib.Graph()
    cache: dict[object, Node] = {}
    with _quiet():
        graph.addN((_node(q.subject, cache), _node(q.predicate, cache), _node(q.object, cache), graph) for q in quads)
    return graph


def _node(term: object, cache: dict[object, Node]) -> Node:
    node = cache.get(term)
    if node is None:
        node = cache[term] = _convert(term)
    return node


def _convert(term: object) -> Node:
    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, Literal):
        if term.language:
            return rdflib.Literal(term.value, lang=term.language)
        # A plain string has no datatype in rdflib; typed, it would not equal the shapes' own plain strings.
        datatype = None if term.datatype.value == str(rdflib.XSD.string) else rdflib.URIRef(term.datatype.value)
        return rdflib.Literal(term.value, datatype=datatype, normalize=False)
    raise InputError("a statement about a statement (RDF-star) cannot be validated")


def _term(node: Node) -> Term:
    if isinstance(node, rdflib.URIRef):
        return NamedNode(str(node))
    if isinstance(node, rdflib.BNode):
        return BlankNode(str(node))
    if not isinstance(node, rdflib.Literal):
        raise TypeError(f"not an RDF term: {node!r}")
    if node.language:
        return Literal(str(node), language=node.language)
    return Literal(str(node), datatype=NamedNode(str(node.datatype)) if node.datatype else None)


def validate(data: rdflib.Graph, shapes: rdflib.Graph, advanced: bool = False) -> ValidationReport:
    """Validate a data graph against a shapes graph: SHACL Core and SHACL-SPARQL constraints, nothing fetched.

    `advanced` adds the targets of SHACL-AF; the shapes may then hold no rules, which would change the data. The shapes
    are guarded (`guard_shapes`) by the caller. Raises InputError for shapes that are not well formed.
    """
    with _quiet():
        try:
            _, report, text = pyshacl.validate(
                data, shacl_graph=shapes, inplace=True, inference="none", meta_shacl=False, logger=_LOGGER,
                max_validation_depth=_DEPTH, advanced=advanced,
            )  # fmt: skip
        except Exception as error:
            # pyshacl, rdflib and the regex engine each raise what they like at a shape they cannot use.
            reason = getattr(error, "message", None) or str(error) or type(error).__name__
            raise InputError(f"the shapes cannot be used: {_first_line(reason)}") from None
    if isinstance(report, ValidationFailure):
        raise InputError(f"the shapes cannot be used: {_first_line(report.message or text)}")
    try:
        results = [_result(report, shapes, node) for node in report.objects(None, SH.result)]
    except ValueError as error:
        raise InputError(f"the shapes cannot be used: a result holds what is no term of RDF ({error})") from None
    return ValidationReport(tuple(sorted(results, key=ValidationResult.sort_key)))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the engine's remarks off the terminal, and its settings from the rest of the process."""
    terms, service = logging.getLogger("rdflib.term"), evaluate.evalServiceQuery
    level, disabled = terms.level, logging.root.manager.disable
    # Its own loggers write where standard error was when it was loaded.
    logging.disable(logging.CRITICAL)
    terms.setLevel(logging.CRITICAL)
    rdflib.NORMALIZE_LITERALS = False
    try:
        with warnings.catch_warnings(), redirect_stderr(io.StringIO()), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            # A second wall behind the guard of the shapes: whatever got past it reaches nobody.
            evaluate.evalServiceQuery = _refuse_service
            yield
    finally:
        evaluate.evalServiceQuery = service
        terms.setLevel(level)
        logging.disable(disabled)
        # pyshacl sets it back for the whole process when it is done.
        rdflib.NORMALIZE_LITERALS = False


def _refuse_service(ctx: object, part: object) -> Any:
    raise InputError("SERVICE is not allowed: shapes may only read the data graph")


def _first_line(text: object) -> str:
    return next((line.strip() for line in str(text).splitlines() if line.strip()), "unknown reason")


def _result(report: rdflib.Graph, shapes: rdflib.Graph, node: Node) -> ValidationResult:
    def one(predicate: rdflib.URIRef) -> Node | None:
        return report.value(node, predicate)

    focus, shape, value, path = one(SH.focusNode), one(SH.sourceShape), one(SH.value), one(SH.resultPath)
    messages = sorted((m for m in report.objects(node, SH.resultMessage)), key=_message_rank)
    return ValidationResult(
        focus=_term(_required(focus)),
        path=_path_of(report, shapes, shape, path) if path is not None else None,
        value=_term(value) if value is not None else None,
        shape=_term(_required(shape)),
        component=str(one(SH.sourceConstraintComponent)),
        severity=severity_name(str(one(SH.resultSeverity))),
        message=" ".join(str(messages[0]).split()) if messages else "",
    )


def _required(node: Node | None) -> Node:
    if node is None:
        raise TypeError("a validation result lacks its focus node or shape")
    return node


def _message_rank(message: Node) -> tuple[int, str]:
    language = message.language if isinstance(message, rdflib.Literal) else None
    return ({"en": 0, None: 1}.get(language, 2), str(message))


def _path_of(report: rdflib.Graph, shapes: rdflib.Graph, shape: Node | None, path: Node) -> str:
    """The path of a result. A long one is read from the shape: pyshacl copies paths into its report to some depth."""
    declared = shapes.value(shape, SH.path)
    if isinstance(path, rdflib.BNode) and declared is not None:
        return _path_text(shapes, declared)
    return _path_text(report, path)


def _path_text(graph: rdflib.Graph, path: Node) -> str:
    """A path of an rdflib graph in SPARQL syntax. Raises InputError where it is no SHACL property path."""

    def objects(subject: Term, predicate: NamedNode) -> list[Term]:
        return [_term(node) for node in graph.objects(_convert(subject), rdflib.URIRef(predicate.value))]

    return path_text(read_path(_term(path), objects))
