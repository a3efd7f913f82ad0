"""Shapes, fixtures and pyshacl for the tests of this folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyshacl
import rdflib
from rdflib import RDF, RDFS, SH, BNode, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SHARE = rdflib.Namespace("https://w3id.org/sharewell#")
FIXTURE = "https://w3id.org/sharewell/fixture/"
PREFIXES = {
    "share": str(SHARE),
    "shape": "https://w3id.org/sharewell/shapes#",
    "fix": FIXTURE,
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": str(RDF),
    "rdfs": str(RDFS),
    "sh": str(SH),
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)

Row = tuple[str, str, str, str]
"""Shape, focus node, path or -, severity; all as prefixed names, a blank node as `_:`."""


def graph_of(paths: Iterable[Path]) -> Graph:
    """The union of Turtle files, every literal as it is written."""
    # pyshacl sets this back to True whenever it has run.
    rdflib.NORMALIZE_LITERALS = False
    graph = Graph()
    for path in paths:
        graph.parse(path, format="turtle")
    return graph


def close_types(graph: Graph) -> Graph:
    """Give every node the superclasses of its classes, as the closure of the main job does."""
    classes = set(graph.subjects(RDFS.subClassOf))
    above = {c: set(graph.transitive_objects(c, RDFS.subClassOf)) - {c} for c in classes}
    for node, kind in list(graph.subject_objects(RDF.type)):
        for superclass in above.get(kind, ()):
            graph.add((node, RDF.type, superclass))
    return graph


def results(data: Graph, shapes: Graph) -> Counter[Row]:
    """What pyshacl finds, each result as a row."""
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inplace=True, advanced=False)
    rdflib.NORMALIZE_LITERALS = False
    return Counter(
        (
            short(report.value(result, SH.sourceShape)),
            short(report.value(result, SH.focusNode)),
            path_text(shapes, shapes.value(report.value(result, SH.sourceShape), SH.path)),
            short(report.value(result, SH.resultSeverity)),
        )
        for result in report.objects(None, SH.result)
    )


def expected(path: Path) -> Counter[Row]:
    """The rows of an `.expected.tsv` file."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    rows = [tuple(line.split("\t")) for line in lines]
    assert all(len(row) == 4 for row in rows), f"{path}: four columns in every line"
    return Counter(rows)


def difference(found: Counter[Row], wanted: Counter[Row]) -> str:
    """What is too much and what is missing, for a failing test to say."""
    surplus = [f"unexpected: {row}" for row in sorted((found - wanted).elements())]
    return "\n".join(surplus + [f"missing: {row}" for row in sorted((wanted - found).elements())])


def shapes_that_report(shapes: Graph) -> set[str]:
    """The shapes that have a message of their own."""
    return {short(shape) for shape in shapes.subjects(SH.message)}


def targeted_shapes(shapes: Graph) -> set[Node]:
    """The shapes that look for focus nodes of their own."""
    return {shape for predicate in TARGETS for shape in shapes.subjects(predicate)}


def focus_nodes(shape: Node, shapes: Graph, data: Graph) -> set[Node]:
    """The focus nodes of a shape (SHACL section 2.1.3) in a graph whose types are closed."""
    found: set[Node] = set(shapes.objects(shape, SH.targetNode))
    for kind in shapes.objects(shape, SH.targetClass):
        found |= set(data.subjects(RDF.type, kind))
    for predicate in shapes.objects(shape, SH.targetSubjectsOf):
        found |= set(data.subjects(predicate))
    for predicate in shapes.objects(shape, SH.targetObjectsOf):
        found |= set(data.objects(None, predicate))
    return found


def short(node: Node | None) -> str:
    """A node as a prefixed name; a blank node as `_:`, whatever its label."""
    if isinstance(node, BNode):
        return "_:"
    if isinstance(node, URIRef):
        for prefix, namespace in PREFIXES.items():
            if node.startswith(namespace):
                return f"{prefix}:{node[len(namespace) :]}"
    return str(node)


def path_text(graph: Graph, path: Node | None) -> str:
    """A path of a shape in SPARQL path syntax with prefixed names; `-` where there is none."""
    if path is None:
        return "-"
    if isinstance(path, URIRef):
        return short(path)
    inverse, alternatives = graph.value(path, SH.inversePath), graph.value(path, SH.alternativePath)
    if inverse is not None:
        return f"^{path_text(graph, inverse)}"
    if alternatives is not None:
        parts = [path_text(graph, part) for part in Collection(graph, alternatives)]
        return "|".join(f"({part})" if "/" in part else part for part in parts)
    return "/".join(path_text(graph, part) for part in Collection(graph, path))
