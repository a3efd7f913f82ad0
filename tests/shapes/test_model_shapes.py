"""The shapes of shapes/model/: each fires on exactly its bad nodes and is silent on good ones."""

from __future__ import annotations

import pytest
from rdflib import OWL, RDF, RDFS, SH, Graph, Literal, URIRef
from shapes_at_work import (
    FIXTURE,
    HERE,
    ROOT,
    SHARE,
    close_types,
    difference,
    expected,
    focus_nodes,
    graph_of,
    results,
    shapes_that_report,
    short,
    targeted_shapes,
)

MODULES = ("party", "data", "infrastructure", "quality", "law", "governance", "evidence")
FIXTURES = HERE / "model"


@pytest.fixture(scope="module")
def ontology() -> Graph:
    folder = ROOT / "ontology"
    return graph_of(path for part in (".", "schemes", "imports") for path in sorted((folder / part).glob("*.ttl")))


@pytest.fixture(scope="module")
def shapes() -> Graph:
    # references.ttl runs in SPARQL over all nodes at once: too slow node by node, and tested with the engine it is for.
    return graph_of(ROOT / "shapes" / "model" / f"{module}.ttl" for module in MODULES)


@pytest.fixture(scope="module")
def world(ontology: Graph) -> Graph:
    return ontology + graph_of([FIXTURES / "world.ttl"])


def with_fixture(world: Graph, name: str) -> Graph:
    return close_types(world + graph_of([FIXTURES / name]))


def reporting(module: str) -> set[str]:
    return shapes_that_report(graph_of([ROOT / "shapes" / "model" / f"{module}.ttl"]))


@pytest.mark.parametrize("module", MODULES)
def test_bad_nodes_give_exactly_the_expected_results(world: Graph, shapes: Graph, module: str) -> None:
    found = results(with_fixture(world, f"{module}.fires.ttl"), shapes)
    wanted = expected(FIXTURES / f"{module}.expected.tsv")
    assert found == wanted, difference(found, wanted)


@pytest.mark.parametrize("module", MODULES)
def test_good_nodes_give_no_result(world: Graph, shapes: Graph, module: str) -> None:
    found = results(with_fixture(world, f"{module}.silent.ttl"), shapes)
    assert not found, difference(found, found - found)


@pytest.mark.parametrize("module", MODULES)
def test_every_shape_that_reports_is_seen_to_fire(module: str) -> None:
    fired = {row[0] for row in expected(FIXTURES / f"{module}.expected.tsv")}
    assert reporting(module) - fired == set()


@pytest.mark.parametrize("module", MODULES)
def test_every_shape_has_a_good_node_to_look_at(world: Graph, module: str) -> None:
    own = graph_of([ROOT / "shapes" / "model" / f"{module}.ttl"])
    data = with_fixture(world, f"{module}.silent.ttl")
    idle = {
        short(shape)
        for shape in targeted_shapes(own)
        if not any(str(node).startswith(FIXTURE) for node in focus_nodes(shape, own, data))
    }
    assert idle == set()


@pytest.mark.parametrize("module", MODULES)
def test_every_property_of_a_module_has_a_shape_for_its_values(module: str) -> None:
    declared = graph_of([ROOT / "ontology" / f"{module}.ttl"])
    shapes = graph_of([ROOT / "shapes" / "model" / f"{module}.ttl"])
    valued = {path for shape in shapes.subjects(SH.targetSubjectsOf) for path in shapes.objects(shape, SH.path)}
    properties = {
        term
        for kind in (OWL.ObjectProperty, OWL.DatatypeProperty)
        for term in declared.subjects(RDF.type, kind)
        if str(term).startswith(str(SHARE))
    }
    assert {short(term) for term in properties - valued} == set()


def test_every_class_is_reached_by_a_shape(ontology: Graph, shapes: Graph) -> None:
    reached = set(shapes.objects(None, SH.targetClass))
    # The one record of a graph is a name for the graph itself; rules and their packs are linted in shapes/meta/.
    exempt = {SHARE.Record, SHARE.Rule, SHARE.RulePack}
    missed = {
        short(term)
        for term in ontology.subjects(RDF.type, OWL.Class)
        if str(term).startswith(str(SHARE))
        and term not in exempt
        and not reached & set(ontology.transitive_objects(term, RDFS.subClassOf))
    }
    assert missed == set()


def test_every_name_of_ours_in_a_shape_is_declared(ontology: Graph, shapes: Graph) -> None:
    known = set(ontology.subjects(RDF.type)) | set(shapes.subjects(RDF.type))
    used = {term for triple in shapes for term in triple if isinstance(term, URIRef)}
    ours = (str(SHARE), "https://w3id.org/sharewell/shapes#")
    assert {short(term) for term in used - known if term.startswith(ours)} == set()


def test_no_shape_speaks_two_languages_or_none(shapes: Graph) -> None:
    for shape in set(shapes.subjects(SH.message)):
        message = shapes.value(shape, SH.message, any=False)
        assert isinstance(message, Literal)
        assert message.language == "en", short(shape)
