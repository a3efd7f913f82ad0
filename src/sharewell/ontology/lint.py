"""The term lint: the shapes of `shapes/meta/`, which say how a term, a scheme, a shape or a rule is to be described."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable

import pyshacl
import rdflib
from pyoxigraph import NamedNode, RdfFormat, Triple, serialize
from pyshacl.errors import ReportableRuntimeError, ShapeLoadError
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from sharewell.errors import InputError
from sharewell.graph.terms import Term, compact_iri
from sharewell.ontology.findings import Finding
from sharewell.vocabulary import RDF_TYPE, RDFS

Locate = Callable[[NamedNode], tuple[str | None, int | None]]
_REMEDY = "Describe the term as its neighbours in the file are described, or say why not in shapes/meta"
_SUBCLASS = NamedNode(RDFS + "subClassOf")
_LOGGER = logging.getLogger("sharewell.ontology.lint")
_LOGGER.setLevel(logging.CRITICAL)


def check_terms(statements: Iterable[Triple], shapes: Iterable[Triple], locate: Locate) -> list[Finding]:
    """The results of validating statements with lint shapes, as findings, sorted by place.

    A result's message is taken as a sentence that says what is wrong, and one that says what to do. `locate` gives the
    file and line of a term. Raises InputError for shapes that cannot be used.
    """
    shapes_graph = _graph(shapes)
    try:
        _, report, text = pyshacl.validate(
            _graph(statements), shacl_graph=shapes_graph, inplace=True, inference="none", logger=_LOGGER
        )
    except (ReportableRuntimeError, ShapeLoadError) as error:
        raise InputError(f"the shapes of shapes/meta cannot be used: {error.message}") from error
    finally:
        # pyshacl sets it back for the whole process when it is done, and rdflib would then rewrite literals.
        rdflib.NORMALIZE_LITERALS = False
    if not isinstance(report, rdflib.Graph):
        raise InputError(f"the shapes of shapes/meta cannot be used: {text}")
    found = {_finding(report, node, locate) for node in report.subjects(RDF.type, SH.ValidationResult)}
    return sorted(found, key=lambda f: (f.file or "", f.line or 0, f.message))


def with_superclasses(triples: Iterable[Triple], axioms: Iterable[Triple]) -> list[Triple]:
    """Statements, and for each thing in them the classes above those that it has, by the subclass axioms given."""
    above: dict[Term, set[Term]] = defaultdict(set)
    for axiom in axioms:
        if axiom.predicate == _SUBCLASS:
            above[axiom.subject].add(axiom.object)
    closed = dict.fromkeys(triples)
    pending = [t for t in closed if t.predicate == RDF_TYPE]
    while pending:
        triple = pending.pop()
        for parent in above.get(triple.object, ()):
            if isinstance(parent, NamedNode):
                new = Triple(triple.subject, RDF_TYPE, parent)
                if new not in closed:
                    closed[new] = None
                    pending.append(new)
    return list(closed)


def _graph(triples: Iterable[Triple]) -> rdflib.Graph:
    """An rdflib graph of statements, each literal with the characters it was written with."""
    rdflib.NORMALIZE_LITERALS = False
    text = serialize(triples, format=RdfFormat.N_TRIPLES)
    return rdflib.Graph().parse(data=text or b"", format="nt")


def _finding(report: rdflib.Graph, node: Node, locate: Locate) -> Finding:
    focus = report.value(node, SH.focusNode)
    messages = sorted(" ".join(str(message).split()) for message in report.objects(node, SH.resultMessage))
    said, _, remedy = (messages[0] if messages else "It is not as the shape asks").partition(". ")
    named = isinstance(focus, rdflib.URIRef)
    name = compact_iri(str(focus)) if named else "a node without a name"
    place = locate(NamedNode(str(focus))) if named else (None, None)
    warning = report.value(node, SH.resultSeverity) != SH.Violation
    message = f"{name}: {said[:1].lower()}{said[1:].removesuffix('.')}"
    return Finding(*place, message, remedy.removesuffix(".") or _REMEDY, warning)
