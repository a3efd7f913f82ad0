"""Canonical labels agree with pyoxigraph's own canonicalisation of the whole graph."""

from __future__ import annotations

import random

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Literal, NamedNode, Quad

from sharewell.graph.canonical import canonical_labels


def _relabelled(quads: list[Quad]) -> set[str]:
    labels = canonical_labels(quads)
    return {str(Quad(labels.get(q.subject, q.subject), q.predicate, labels.get(q.object, q.object))) for q in quads}


def _by_pyoxigraph(quads: list[Quad]) -> set[str]:
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def test_labels_equal_those_of_a_whole_canonicalisation() -> None:
    source = random.Random(11)
    predicates = [NamedNode(f"http://example.org/p{i}") for i in range(2)]
    for _ in range(300):
        nodes = [BlankNode(f"n{i}") for i in range(source.randint(1, 6))]
        ends = [*nodes, NamedNode("http://example.org/a"), Literal('a "b"\n', language="en")]
        quads = [
            Quad(source.choice(nodes), source.choice(predicates), source.choice(ends))
            for _ in range(source.randint(1, 9))
        ]
        assert _relabelled(quads) == _by_pyoxigraph(quads)


def test_a_graph_made_to_be_slow_keeps_its_labels() -> None:
    p = NamedNode("http://example.org/p")
    nodes = [BlankNode(f"n{i}") for i in range(12)]
    clique = [Quad(a, p, b) for a in nodes for b in nodes if a != b]
    assert canonical_labels(clique) == {}
