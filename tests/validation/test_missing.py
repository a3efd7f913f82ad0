"""What is said to be missing makes the node conform once it is there."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from random_shapes import NODES, PREDICATES, ShapeMaker, integer, random_graph
from small_shapes import evaluator_of, ex, words

from sharewell.graph.index import TripleIndex
from sharewell.graph.terms import Term
from sharewell.validation import precedents
from sharewell.validation.evaluation import Evaluator
from sharewell.validation.missing import Alternative, find_missing
from sharewell.validation.paths import path_text
from sharewell.validation.precedents import Inquiry
from sharewell.validation.shapes import read_shapes
from sharewell.vocabulary import RDF_TYPE, SH

DATA = """
:flow :basedOn :signed, :draft .
:signed a :Agreement ; :party :city .
:draft a :Agreement .
:city a :Institution .
:stray :party :nobody ; :status :Closed ; :label "x" .
"""


def _said(alternatives: Iterable[Alternative]) -> list[tuple[bool, list[tuple[str, str, str]]]]:
    return [
        (
            way.blocked,
            [(words(f.node), path_text(f.path).replace("https://example.org/", ""), f.expected) for f in way.expected],
        )
        for way in alternatives
    ]


def _missing(shape: str, node: str = "flow", data: str = DATA) -> tuple[Alternative, ...]:
    return evaluator_of(data, shape).missing(ex(node), ex("S"))


def test_the_rest_of_a_sequence_is_missing_at_the_last_nodes() -> None:
    found = _missing(
        ":S sh:property [ sh:name 'signature' ; sh:path (:basedOn :signedOn) ; sh:minCount 1 ; sh:datatype xsd:date ] ."
    )
    assert _said(found) == [
        (False, [("draft", "<signedOn>", "a date")]),
        (False, [("signed", "<signedOn>", "a date")]),
    ]
    assert found[0].expected[0].name == "signature"


def test_a_new_walk_where_nothing_leads_on() -> None:
    (way,) = _missing(":S sh:property [ sh:path (:covers :party) ; sh:minCount 1 ; sh:class :Institution ] .")
    assert _said([way]) == [(False, [("flow", "<covers>/<party>", "an Institution")])]
    agreement, body = BlankNode("missing1"), BlankNode("missing2")
    assert way.expected[0].template == (
        Triple(ex("flow"), ex("covers"), agreement),
        Triple(agreement, ex("party"), body),
        Triple(body, RDF_TYPE, ex("Institution")),
    )


def test_each_branch_of_a_path_is_an_alternative() -> None:
    found = _missing(":S sh:path [ sh:alternativePath ( :purpose ( :basedOn :purpose ) ) ] ; sh:minCount 1 .")
    assert _said(found) == [
        (False, [("draft", "<purpose>", "a value")]),
        (False, [("flow", "<purpose>", "a value")]),
        (False, [("signed", "<purpose>", "a value")]),
    ]


def test_what_another_shape_asks_of_the_same_values_is_said_too() -> None:
    (way,) = _missing(":S sh:property [ sh:path :to ; sh:minCount 1 ], [ sh:path :to ; sh:class :Institution ] .")
    assert _said([way]) == [(False, [("flow", "<to>", "an Institution")])]
    assert Triple(BlankNode("missing1"), RDF_TYPE, ex("Institution")) in way.expected[0].template


def test_each_branch_is_an_alternative_and_its_fact_is_named() -> None:
    found = _missing("""
    :S sh:or ( [ sh:property [ sh:name "consent" ; sh:path :consent ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ]
               [ sh:property [ sh:name "authority" ; sh:path :authority ; sh:minCount 1 ; sh:in ( :Act :Bylaw ) ] ;
                 sh:property [ sh:name "notice" ; sh:path :notice ; sh:minCount 1 ] ] ) .""")
    assert _said(found) == [
        (False, [("flow", "<consent>", "a node with an IRI")]),
        (False, [("flow", "<authority>", "one of Act, Bylaw"), ("flow", "<notice>", "a value")]),
    ]
    assert [[fact.name for fact in way.expected] for way in found] == [["consent"], ["authority", "notice"]]


def test_an_existing_value_made_to_count_or_a_new_one() -> None:
    found = _missing("""
    :S sh:property [ sh:path :basedOn ; sh:qualifiedMinCount 2 ; sh:qualifiedValueShape [
        sh:class :Agreement ;
        sh:property [ sh:name "party" ; sh:path :party ; sh:minCount 1 ; sh:class :Institution ] ] ] .""")
    assert _said(found) == [
        (False, [("draft", "<party>", "an Institution")]),
        (False, [("flow", "<basedOn>", "an Agreement with party (an Institution)")]),
    ]


def test_what_stands_against_it_is_a_conflict_with_its_triples() -> None:
    for shape in (
        ":S sh:property [ sh:path :status ; sh:maxCount 0 ] .",
        ":S sh:property [ sh:path :status ; sh:in ( :Open ) ] .",
        ":S sh:not [ sh:path :status ; sh:hasValue :Closed ] .",
        ":S sh:closed true ; sh:ignoredProperties ( :party :label ) .",
        ":S sh:property [ sh:path :status ; sh:maxCount 1 ; sh:hasValue :Open ] .",
    ):
        (way, *_) = _missing(shape, "stray")
        assert way.blocked
        assert way.offending == (Triple(ex("stray"), ex("status"), ex("Closed")),)


def test_a_gap_comes_before_a_conflict() -> None:
    found = _missing(
        """
    :S sh:or ( [ sh:property [ sh:path :status ; sh:maxCount 0 ] ]
               [ sh:property [ sh:path :a ; sh:minCount 1 ], [ sh:path :b ; sh:minCount 1 ] ] ) .""",
        "stray",
    )
    assert [way.blocked for way in found] == [False, True]


def test_silence_that_a_negation_forbids_is_filled() -> None:
    found = _missing(":S sh:not [ sh:property [ sh:path :consent ; sh:maxCount 0 ] ] .")
    assert _said(found) == [(False, [("flow", "<consent>", "a value")])]


def test_a_class_not_recorded_is_missing_and_a_literal_has_none() -> None:
    shape = (
        ":S sh:property [ sh:path :party ; sh:class :Institution ] ; sh:property [ sh:path :label ; sh:class :Name ] ."
    )
    (way,) = _missing(shape, "stray")
    assert way.blocked
    assert [(words(fact.node), fact.expected) for fact in way.expected] == [("nobody", "an Institution")]
    assert way.offending == (Triple(ex("stray"), ex("label"), Literal("x")),)


def test_nothing_is_missing_where_the_node_conforms() -> None:
    assert _missing(":S sh:property [ sh:path :basedOn ; sh:minCount 2 ] .") == ()


def test_the_search_is_bounded() -> None:
    choices = " ".join(f"[ sh:path :p{n} ; sh:minCount 1 ]" for n in range(12))
    evaluator = evaluator_of("", f":S {' '.join(f'sh:or ( {choices} ) ;' for _ in range(3))} sh:class :C .")
    assert len(evaluator.missing(ex("flow"), ex("S"), limit=5)) == 5


class _GrowingShapes(ShapeMaker):
    """Shapes that a node with more triples can only conform to better."""

    def _of_term(self, shape: NamedNode | BlankNode, _: int) -> None:
        if self._random.random() < 0.7 or not self._is_property(shape):
            self._say(shape, "nodeKind", NamedNode(SH + "BlankNodeOrIRI"))
        else:
            self._say(shape, "hasValue", self._random.choice(NODES[:3]))

    def _of_number(self, shape: NamedNode | BlankNode, _: int) -> None:
        self._say(shape, "minCount", integer(self._random.choice((1, 1, 2))))

    def _of_pair(self, shape: NamedNode | BlankNode, _: int) -> None:
        self._say(shape, "nodeKind", NamedNode(SH + "BlankNodeOrIRI"))

    def _of_shapes(self, shape: NamedNode | BlankNode, depth: int) -> None:
        name = self._random.choice(("node", "property", "property", "and", "or"))
        if name in ("and", "or"):
            self._say(shape, name, self._list([self._shape(depth + 1) for _ in range(2)]))
        else:
            self._say(shape, name, self._shape(depth + 1, name == "property"))

    def _of_qualified(self, shape: NamedNode | BlankNode, depth: int) -> None:
        self._say(shape, "qualifiedValueShape", self._shape(depth + 1))
        self._say(shape, "qualifiedMinCount", integer(self._random.choice((1, 2))))

    def _path(self, depth: int = 0, inverse: bool = False) -> NamedNode | BlankNode:
        if depth or self._random.random() < 0.5:
            return self._random.choice(PREDICATES)
        return self._list([self._path(1), self._path(1)])

    def _is_property(self, shape: NamedNode | BlankNode) -> bool:
        return Triple(shape, NamedNode(SH + "path"), self.triples[-1].object) in self.triples


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_what_is_missing_mends_it(seed: int) -> None:
    """Every alternative, laid over the graph by its template, makes the node conform.

    A new node that another path leads to may be asked for more, which is then missing in its turn.
    """
    random = Random(seed)
    maker = _GrowingShapes(random)
    shape = maker.make()
    links = [t for t in random_graph(random) if not isinstance(t.object, Literal)]
    evaluator = Evaluator(TripleIndex(links), read_shapes(maker.triples))
    for node in NODES[:3]:
        found = evaluator.missing(node, shape)
        assert bool(found) != evaluator.conforms(node, shape)
        for way in found:
            assert _mends(evaluator, node, shape, way, rounds=3)
        assert set(evaluator.index) == set(links)


def _mends(evaluator: Evaluator, node: Term, shape: Term, way: Alternative, rounds: int) -> bool:
    assert not way.blocked
    with evaluator.index.changed(add=[triple for fact in way.expected for triple in fact.template]):
        if evaluator.conforms(node, shape):
            return True
        further = evaluator.missing(node, shape) if rounds else ()
        return any(_mends(evaluator, node, shape, another, rounds - 1) for another in further)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_every_failure_has_a_way_or_a_conflict(seed: int) -> None:
    """All of SHACL Core: some way for every failure, gaps first, and a conflict speaks of recorded triples only."""
    random = Random(seed)
    maker = ShapeMaker(random)
    maker.make()
    evaluator = Evaluator(TripleIndex(random_graph(random)), read_shapes(maker.triples))
    recorded = set(evaluator.index)
    for shape in evaluator.shapes:
        for node in NODES[:3]:
            found = evaluator.missing(node, shape.node, limit=5)
            assert bool(found) != evaluator.conforms(node, shape.node)
            assert len(found) <= 5
            assert [way.blocked for way in found] == sorted(way.blocked for way in found)
            assert all(way.expected or way.blocked for way in found)
            assert all(recorded.issuperset(way.offending) for way in found)
            assert all(recorded.isdisjoint(fact.template) for way in found for fact in way.expected)


def _renamed(links: Iterable[Triple], random: Random) -> tuple[list[Triple], list[NamedNode]]:
    """A graph once more with other names for its nodes, in another order; and the new names of the first nodes."""
    names = {node: ex(f"node{random.random()}") for node in NODES if isinstance(node, NamedNode)}

    def renamed(triple: Triple) -> Triple:
        subject = names.get(triple.subject, triple.subject) if isinstance(triple.subject, NamedNode) else triple.subject
        value = names.get(triple.object, triple.object) if isinstance(triple.object, NamedNode) else triple.object
        return Triple(subject, triple.predicate, value)

    return [renamed(triple) for triple in links], [names[node] for node in NODES[:3] if isinstance(node, NamedNode)]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.booleans())
def test_what_is_taken_over_is_what_would_be_found(seed: int, growing: bool) -> None:
    """Nodes that are alike share what was found for the first; asked about alone, each gets the same."""
    random = Random(seed)
    maker = _GrowingShapes(random) if growing else ShapeMaker(random)
    maker.make()
    shapes = read_shapes(maker.triples)
    links = random_graph(random)
    everything, nodes = list(links), list(NODES[:3])
    for _ in range(3):
        again, names = _renamed(links, random)
        everything += again
        nodes += names
    shared = Evaluator(TripleIndex(everything), shapes)
    for shape in shapes:
        for node in nodes:
            alone = Evaluator(TripleIndex(everything), shapes)
            assert shared.missing(node, shape.node, limit=5) == alone.missing(node, shape.node, limit=5)


def test_what_is_missing_is_found_once_for_nodes_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    data = "".join(f":f{n} :basedOn :a{n} . :a{n} a :Agreement . " for n in range(9)) + ":other :basedOn :a1, :a2 ."
    shape = ":S sh:property [ sh:path (:basedOn :signedOn) ; sh:minCount 1 ; sh:datatype xsd:date ] ."
    searched: list[Term] = []

    def search(graph: Inquiry, node: Term, shape: Term, limit: int) -> tuple[Alternative, ...]:
        searched.append(node)
        return find_missing(graph, node, shape, limit)

    monkeypatch.setattr(precedents, "find_missing", search)
    evaluator = evaluator_of(data, shape)
    for n in range(9):
        (way,) = evaluator.missing(ex(f"f{n}"), ex("S"))
        assert _said([way]) == [(False, [(f"a{n}", "<signedOn>", "a date")])]
    assert len(evaluator.missing(ex("other"), ex("S"))) == 2
    assert searched == [ex("f0"), ex("other")]


def test_a_label_in_what_is_expected_is_not_taken_over() -> None:
    evaluator = evaluator_of(
        ":f1 :of :city . :f2 :of :province .", ":S sh:property [ sh:path :with ; sh:equals :of ] ."
    )
    assert [_said(evaluator.missing(ex(node), ex("S"))) for node in ("f1", "f2")] == [
        [(False, [("f1", "<with>", "city")])],
        [(False, [("f2", "<with>", "province")])],
    ]
