"""What the ontology entails: what must follow, what must not, and agreement with a general OWL RL engine."""

from __future__ import annotations

import random

import owlrl
import pytest
import rdflib
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse
from rdflib.namespace import OWL, RDF, RDFS

from sharewell.graph.store import MergedGraph
from sharewell.reasoning.closure import close, read_axioms
from sharewell.validation.reference import to_rdflib
from small_graphs import GraphOf, lines

RECORD = """
fix:Unit a share:DataIntegrationUnit ; org:subOrganizationOf fix:Branch .
fix:Branch a share:Division ; org:subOrganizationOf fix:Ministry .
fix:New a share:System ; share:replaces fix:Old ; share:owner fix:Mistyped .
fix:set a dcat:Dataset ; share:heldIn fix:New ; share:containsElement fix:name .
fix:aid a share:Program ; share:deliveredBy fix:Branch .
"""


@pytest.mark.parametrize(
    "statement",
    [
        "fix:Unit rdf:type share:Division",
        "fix:Unit rdf:type org:Organization",
        "fix:Unit org:subOrganizationOf fix:Ministry",
        "fix:New rdf:type share:DataInfrastructure",
        "fix:Old share:replacedBy fix:New",
        "fix:New share:holdsDataset fix:set",
        "fix:New share:holdsElement fix:name",
        "fix:Branch share:delivers fix:aid",
    ],
)
def test_what_must_follow(statement: str, graph_of: GraphOf) -> None:
    assert statement in lines(graph_of(RECORD).derived)


@pytest.mark.parametrize(
    "statement",
    [
        "fix:Branch org:subOrganizationOf fix:Unit",
        "fix:Branch rdf:type share:DataIntegrationUnit",
        "fix:set share:holdsElement fix:name",
        # Ranges are not materialised: a misspelt owner stays what it is, nothing.
        "fix:Mistyped rdf:type org:Organization",
    ],
)
def test_what_must_not_follow(statement: str, graph_of: GraphOf) -> None:
    assert statement not in lines(graph_of(RECORD).derived)


def test_closing_twice_adds_nothing(graph_of: GraphOf) -> None:
    graph = graph_of(RECORD)
    assert close(graph, read_axioms(graph.store)) == 0


def _random_graph(seed: int) -> str:
    source = random.Random(seed)
    classes, properties = [f"ex:C{i}" for i in range(5)], [f"ex:p{i}" for i in range(5)]
    nodes = [f"ex:n{i}" for i in range(6)]

    def two(names: list[str]) -> tuple[str, str]:
        return source.choice(names), source.choice(names)

    text = ["@prefix ex: <http://example.org/> ."]
    text += [f"{c} a owl:Class ." for c in classes] + [f"{p} a owl:ObjectProperty ." for p in properties]
    text += ["{} rdfs:subClassOf {} .".format(*two(classes)) for _ in range(4)]
    text += ["{} owl:equivalentClass {} .".format(*two(classes))]
    text += ["{} rdfs:subPropertyOf {} .".format(*two(properties)) for _ in range(2)]
    text += ["{} owl:inverseOf {} .".format(*two(properties))]
    text += [f"{source.choice(properties)} a owl:{kind} ." for kind in ("TransitiveProperty", "SymmetricProperty")]
    text += ["{} owl:propertyChainAxiom ( {} {} ) .".format(source.choice(properties), *two(properties))]
    text += [f"{source.choice(nodes)} a {source.choice(classes)} ." for _ in range(4)]
    text += [f"{a} {source.choice(properties)} {b} ." for a, b in (two(nodes) for _ in range(8))]
    prefixes = f"@prefix owl: <{OWL}> . @prefix rdfs: <{RDFS}> .\n"
    return prefixes + "\n".join(text)


def _about_nodes(graph: rdflib.Graph) -> set[tuple[str, str, str]]:
    """Statements about the nodes with our own classes and properties: what both engines speak of."""
    own = "http://example.org/"
    return {
        (str(s), str(p), str(o))
        for s, p, o in graph
        if str(s).startswith(own + "n") and str(o).startswith(own) and (p == RDF.type or str(p).startswith(own))
    }


@pytest.mark.parametrize("seed", range(25))
def test_agrees_with_a_general_owl_rl_engine(seed: int) -> None:
    text = _random_graph(seed)
    store = Store()
    store.extend(parse(text.encode(), format=RdfFormat.TURTLE))
    graph = MergedGraph(store, (), "2026-11-22", (), len(store))
    close(graph, read_axioms(store))
    ours = to_rdflib(store)
    theirs = rdflib.Graph().parse(data=text, format="turtle")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(theirs)
    assert _about_nodes(ours) == _about_nodes(theirs)


def test_a_closed_statement_is_in_the_store(graph_of: GraphOf) -> None:
    graph = graph_of(RECORD)
    assert all(Quad(t.subject, t.predicate, t.object) in graph.store for t in graph.derived)
    assert NamedNode("https://w3id.org/sharewell/fixture/Unit") in {t.subject for t in graph.derived}
