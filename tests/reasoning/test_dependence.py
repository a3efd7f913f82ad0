"""A rule is run again only where it can give more, and that is always enough."""

from __future__ import annotations

import pytest
from pyoxigraph import NamedNode, Quad

from sharewell import api
from sharewell.reasoning.dependence import read_by
from sharewell.reasoning.derivation import heads
from sharewell.vocabulary import RDF_TYPE

P, Q, C = (NamedNode(f"http://example.org/{name}") for name in "pqC")
SUBCLASS_OF = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
PREFIXES = (
    "PREFIX e: <http://example.org/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
    "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("?a e:p ?b", {P}),
        ("?a e:p ?b . FILTER NOT EXISTS { ?b ^e:q ?c }", {P, Q}),
        ("?a e:p ?b . FILTER(?b = 1 || EXISTS { ?b e:q ?c })", {P, Q}),
        ("{ SELECT ?a WHERE { ?a e:p ?b } } OPTIONAL { ?a e:q ?c }", {P, Q}),
        ("?a a e:C", {(RDF_TYPE, C)}),
        ("?a rdf:type/rdfs:subClassOf* e:C", {(RDF_TYPE, C), SUBCLASS_OF}),
        ("?a a ?kind", {RDF_TYPE}),
        ("?a e:p ?b ; e:q* ?c", {P, Q}),
        ("?a e:q* ?c", None),
        ("?a ?any ?b", None),
        ("?a !e:p ?b", None),
    ],
)
def test_the_patterns_say_what_a_rule_reads(where: str, expected: set[object] | None) -> None:
    assert read_by(f"{PREFIXES} CONSTRUCT {{ ?a e:new ?b }} WHERE {{ {where} }}") == expected


def test_a_finished_graph_gives_nothing_more(hsi: api.Project) -> None:
    store = hsi.graph.store
    for rule in hsi.rules.derivations:
        missed = [t for t in heads(store, rule) if Quad(t.subject, t.predicate, t.object) not in store]
        assert missed == [], rule.iri
