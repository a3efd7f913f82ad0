"""The evaluator gives the results that the specification demands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest
from pyoxigraph import DefaultGraph, Quad, RdfFormat, Triple, parse
from random_shapes import LITERALS, ShapeMaker, random_graph
from small_shapes import EX, evaluator_of, ex, parsed, shapes_of
from w3c_suite import cases, row

from sharewell import api
from sharewell.errors import InputError
from sharewell.graph.index import TripleIndex
from sharewell.knowledge import shapes_folder
from sharewell.validation import ValidationReport, reference
from sharewell.validation.evaluation import Evaluator
from sharewell.validation.shapes import read_shapes
from sharewell.vocabulary import RDF_TYPE, SH, XSD


def test_w3c_core(others_files: Path) -> None:
    """All core tests of the W3C suite, in focus, path, value, component, severity and source shape."""
    found = cases(others_files / "shacl" / "core")
    wrong = {}
    for case in found:
        evaluator = Evaluator(TripleIndex(case.data), read_shapes(case.shapes))
        results = Counter(map(row, evaluator.results()))
        if results != case.expected:
            wrong[case.name] = {"surplus": results - case.expected, "lacking": case.expected - results}
    assert len(found) == 98
    assert not wrong


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_the_reference(seed: int) -> None:
    """On random graphs and shapes, the same results as pyshacl, but for what the next test names."""
    random = Random(seed)
    literals = [literal for literal in LITERALS if literal.datatype.value not in (XSD + "date", XSD + "boolean")]
    for _ in range(40):
        data = random_graph(random, literals=literals)
        maker = ShapeMaker(random, inverse_sequences=False)
        for _ in range(3):
            maker.make()
        evaluator = Evaluator(TripleIndex(data), read_shapes(maker.triples))
        ours = Counter(map(row, evaluator.results()))
        theirs = Counter(map(row, _reference(data, maker.triples).results))
        assert ours == theirs, {"surplus": ours - theirs, "lacking": theirs - ours, "shapes": maker.triples}


@pytest.mark.parametrize(
    ("data", "shape"),
    [
        # SPARQL 1.1, section 9.1: a sequence is walked backwards from its last step; pyshacl keeps the order.
        (
            ":a :p :b . :b :q :c .",
            ":S sh:targetNode :c ; sh:property [ sh:path [ sh:inversePath (:p :q) ] ; sh:minCount 1 ] .",
        ),
        # SHACL section 4.3: a value that cannot be compared with the limit is a result; to pyshacl a date is small.
        (':a :p "2024-01-01"^^xsd:date .', ":S sh:targetNode :a ; sh:property [ sh:path :p ; sh:maxInclusive 5 ] ."),
        (":a :p true .", ":S sh:targetNode :a ; sh:property [ sh:path :p ; sh:maxInclusive 5 ] ."),
        # SHACL section 4.4.1: a blank node has no length, not even none.
        (":a :p [] .", ":S sh:targetNode :a ; sh:property [ sh:path :p ; sh:minLength 0 ] ."),
        # SHACL section 4.5.3: what cannot be compared is a result; pyshacl takes IRIs for texts.
        (":a :p :b ; :q :c .", ":S sh:targetNode :a ; sh:property [ sh:path :p ; sh:lessThan :q ] ."),
    ],
)
def test_where_the_reference_is_not_followed(data: str, shape: str) -> None:
    """The specification is clear, and pyshacl does otherwise."""
    evaluator = evaluator_of(data, shape)
    theirs = _reference(list(evaluator.index), parsed(shape))
    assert theirs.conforms == any(evaluator.results())


@pytest.mark.parametrize(
    ("shape", "complaint"),
    [
        (":S sh:property :P .", "a property shape needs sh:path"),
        (":S sh:property [ sh:path [ sh:inversePath 1 ] ] .", "not a SHACL property path"),
        (":S sh:property [ sh:path (:p) ] .", "two members or more"),
        (":S sh:property [ sh:path :p ; sh:minCount 1, 2 ] .", "sh:minCount has 2 values"),
        (":S sh:property [ sh:path :p ; sh:minCount -1 ] .", "sh:minCount must be a whole number"),
        (":S sh:minCount 1 .", "sh:minCount may only stand on a property shape"),
        (":S sh:nodeKind :Thing .", "is not a node kind"),
        (':S sh:pattern "(" .', "sh:pattern cannot be used"),
        (":S sh:or :loose .", "not a well-formed RDF list"),
        (":S sh:not 5 .", "must have a shape"),
        (":S sh:node :T . :T sh:property [ sh:path :p ; sh:node :S ] .", "recursive shapes"),
    ],
)
def test_ill_formed_shapes_are_refused(shape: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        shapes_of(shape)


def test_what_is_not_core_is_reported_and_never_judged() -> None:
    shapes = """
    :S sh:sparql [ sh:select "SELECT $this WHERE {}" ] ; sh:minLenght 3 ; :most 5 .
    :C a sh:ConstraintComponent ; sh:parameter [ sh:path :most ] ."""
    evaluator = evaluator_of("", shapes)
    foreign = {predicate.value for predicate, _ in evaluator.shapes[ex("S")].beyond_core}
    assert foreign == {EX + "most", SH + "minLenght", SH + "sparql"}
    with pytest.raises(InputError, match="not part of SHACL Core"):
        evaluator.conforms(ex("a"), ex("S"))


def test_a_changed_graph_is_judged_anew() -> None:
    evaluator = evaluator_of(":a a :D . :D rdfs:subClassOf :C .", ":S sh:class :C .")
    (above,) = [triple for triple in evaluator.index if triple.subject == ex("D")]
    assert evaluator.conforms(ex("a"), ex("S"))
    with evaluator.index.changed(remove=[above]):
        assert not evaluator.conforms(ex("a"), ex("S"))
    assert evaluator.conforms(ex("a"), ex("S"))
    assert len(evaluator.index) == 2


def test_pyshacl_finds_the_same_in_the_shipped_case_after_many_questions(hsi: api.Project) -> None:
    """What is remembered of as many questions as a hundred rules ask of sixty nodes changes no result."""
    statements = list(hsi.graph.statements())
    shapes = [
        quad
        for path in sorted((shapes_folder() / "model").glob("*.ttl"))
        for quad in parse(path=str(path), format=RdfFormat.TURTLE)
        if quad.predicate.value != SH + "sparql"
    ]
    evaluator = Evaluator(TripleIndex(statements), read_shapes(shapes))
    nodes = sorted(evaluator.index.subjects_of(RDF_TYPE), key=str)[:60]
    for shape in list(evaluator.shapes)[:400]:
        for node in nodes:
            evaluator.conforms(node, shape.node)
    theirs = reference.validate(reference.to_rdflib(statements), reference.to_rdflib(shapes))
    assert Counter(map(row, evaluator.results())) == Counter(map(row, theirs.results))


def _reference(data: Iterable[Triple], shapes: Iterable[Triple]) -> ValidationReport:
    return reference.validate(reference.to_rdflib(_quads(data)), reference.to_rdflib(_quads(shapes)))


def _quads(triples: Iterable[Triple]) -> list[Quad]:
    return [Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in triples]
