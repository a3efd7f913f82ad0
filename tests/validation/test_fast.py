"""The fast engine finds what the specification demands, whatever the graph and the shapes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random

import numpy
import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Triple, serialize
from random_shapes import LITERALS, ShapeMaker, random_graph
from small_shapes import parsed
from w3c_suite import Case, Row, cases, row

import sharewell
from sharewell import api
from sharewell.errors import InputError
from sharewell.graph.encoded import EncodedGraph
from sharewell.graph.index import TripleIndex
from sharewell.knowledge import data_folder
from sharewell.validation import Engine, fast, reachability, reference, validate_model
from sharewell.validation.evaluation import Evaluator
from sharewell.validation.shapes import Shapes, read_shapes
from sharewell.vocabulary import XSD


def found(data: Iterable[Quad | Triple], shapes: Shapes) -> Counter[object]:
    with EncodedGraph() as graph:
        graph.encode(data)
        return Counter(map(row, fast.validate(graph, shapes, shapes.targeted())))


def by_pyshacl(data: Iterable[Triple], shapes: Iterable[Triple]) -> Counter[object]:
    report = reference.validate(reference.to_rdflib(_quads(data)), reference.to_rdflib(_quads(shapes)))
    return Counter(map(row, report.results))


def _quads(triples: Iterable[Triple]) -> list[Quad]:
    return [Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in triples]


def test_w3c_core(others_files: Path) -> None:
    """All core tests of the W3C suite, in focus, path, value, component, severity and source shape."""
    suite = cases(others_files / "shacl" / "core")
    wrong = [case.name for case in suite if found(case.data, read_shapes(case.shapes)) != case.expected]
    print(f"W3C SHACL Core: {len(suite) - len(wrong)} of {len(suite)} passed")
    assert len(suite) == 98
    assert not wrong


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.whole) for n in range(1, 4))])
def test_agrees_with_the_evaluator(seed: int) -> None:
    """Set at a time and node by node, two programs that share only the reading of shapes and of terms."""
    random = Random(1000 + seed)
    for _ in range(12):
        data = random_graph(random)
        maker = ShapeMaker(random)
        for _ in range(4):
            maker.make()
        shapes = read_shapes(maker.triples)
        theirs = Counter(map(row, Evaluator(TripleIndex(data), shapes).results()))
        ours = found(data, shapes)
        assert ours == theirs, {"surplus": ours - theirs, "lacking": theirs - ours, "shapes": maker.triples}


@pytest.mark.parametrize("seed", range(2))
def test_agrees_with_pyshacl(seed: int) -> None:
    """On random graphs and shapes, but for what `test_evaluation.test_where_the_reference_is_not_followed` names."""
    random = Random(2000 + seed)
    literals = [literal for literal in LITERALS if literal.datatype.value not in (XSD + "date", XSD + "boolean")]
    for _ in range(12):
        data = random_graph(random, literals=literals)
        maker = ShapeMaker(random, inverse_sequences=False)
        for _ in range(3):
            maker.make()
        theirs, ours = by_pyshacl(data, maker.triples), found(data, read_shapes(maker.triples))
        assert ours == theirs, {"surplus": ours - theirs, "lacking": theirs - ours, "shapes": maker.triples}


@pytest.mark.parametrize("project", ["hsi", "examples/northwater"])
def test_the_model_shapes_on_the_shipped_projects(project: str) -> None:
    """The report of `check`, located and in order, is pyshacl's to the last byte."""
    graph = api.open(data_folder() / project).graph
    ours = validate_model(graph)
    theirs = validate_model(graph, engine=Engine.reference)
    assert ours.results == theirs.results
    assert ours.results


def test_the_report_is_the_same_to_the_byte(tmp_path: Path) -> None:
    """Blank nodes, messages or none, severities, several files, lines and columns: either engine prints the same."""
    (tmp_path / "one.ttl").write_text(
        """@prefix : <https://example.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        :a a :C ; :p 1 , "x"@en , [ :p "01"^^xsd:integer ] ; :q :a .
        :b a :C ; :q "1.50"^^xsd:decimal , 1.5 ."""
    )
    (tmp_path / "two.nt").write_text("<https://example.org/a> <https://example.org/p> <https://example.org/b> .\n" * 2)
    (tmp_path / "shapes.ttl").write_text(
        """@prefix : <https://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
        @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        :S a sh:NodeShape ; sh:targetClass :C ; sh:closed true ; sh:ignoredProperties ( :q ) ;
          sh:property [ sh:path :p ; sh:datatype xsd:integer ; sh:severity sh:Info ; sh:message "fr"@fr , "en"@en ] ,
            [ sh:path ( :p :p ) ; sh:minCount 1 ; sh:nodeKind sh:IRI ] , [ sh:path :q ; sh:maxInclusive 1 ] ."""
    )
    reports = [
        json.dumps(
            sharewell.validate(
                [tmp_path / "one.ttl", tmp_path / "two.nt"], [tmp_path / "shapes.ttl"], engine=engine
            ).as_json()
        )
        for engine in Engine
    ]
    assert reports[0] == reports[1]
    assert len(json.loads(reports[0])["results"]) == 10


def test_a_property_shape_reached_twice_reports_twice() -> None:
    """Results are those of each validation (SHACL section 3.4.2): two shapes that share a property shape find two."""
    shapes = """
    :S sh:targetNode :a ; sh:property :P .  :T sh:targetNode :a ; sh:property :P ; sh:node :U .
    :U sh:property :P .  :P sh:path :p ; sh:minCount 1 ."""
    triples = list(parsed(shapes))
    ours = found(parsed(":a :q :b ."), read_shapes(triples))
    assert ours == by_pyshacl(parsed(":a :q :b ."), triples)
    assert sum(ours.values()) == 3


def test_shapes_in_sparql_run_elsewhere_and_the_report_says_so(tmp_path: Path) -> None:
    """The linted form on the store, any other through pyshacl for that shape alone, and nothing in silence."""
    (tmp_path / "data.ttl").write_text("@prefix : <https://example.org/> . :a a :C ; :p :b . :b :p 1 .")
    shapes = """@prefix : <https://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
    :Core sh:targetClass :C ; sh:property [ sh:path :p ; sh:maxCount 0 ] .
    :Set sh:targetClass :C ; sh:sparql :query .
    :query sh:message "{?value}" ; sh:select "SELECT $this ?value WHERE { $this <https://example.org/p> ?value }" .
    :Alone sh:targetClass :C ; sh:sparql [ sh:select "SELECT $this WHERE { $this ?p ?o . MINUS { ?o ?p $this } }" ] ;
      sh:minCnt 1 .
    :Other a sh:NodeShape ; sh:nodeKind sh:Literal ;
      sh:target [ a sh:SPARQLTarget ; sh:select "SELECT ?this WHERE { ?this <https://example.org/p> 1 }" ] ."""
    (tmp_path / "shapes.ttl").write_text(shapes.replace("MINUS { ?o ?p $this }", "FILTER(isIRI(?o))"))
    report = sharewell.validate([tmp_path / "data.ttl"], [tmp_path / "shapes.ttl"])
    assert [(str(shape).rpartition("/")[2][:-1], engine) for shape, engine in report.engines] == [
        ("Alone", "pyshacl"),
        ("Other", "pyshacl"),
        ("Set", "pyoxigraph"),
    ]
    reported = Counter(str(result.shape).rpartition("/")[2].rstrip(">") for result in report.results)
    assert (reported["Set"], reported["Alone"], reported["Other"]) == (1, 1, 1)
    assert any("sh:minCnt" in note for note in report.notes)
    theirs = sharewell.validate([tmp_path / "data.ttl"], [tmp_path / "shapes.ttl"], engine="reference")
    assert report.results == theirs.results


def test_a_literal_that_the_store_would_change_goes_to_pyshacl(tmp_path: Path) -> None:
    """`01` is another term than `1`, and a query may ask which it is."""
    (tmp_path / "shapes.ttl").write_text(
        """@prefix : <https://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
        :Set sh:targetSubjectsOf :p ; sh:sparql :query .
        :query sh:select '''
          SELECT $this ?value WHERE { $this <https://example.org/p> ?value FILTER(STR(?value) = "01") } ''' ."""
    )
    for number, engine in (("01", "pyshacl"), ("1", "pyoxigraph")):
        (tmp_path / "data.ttl").write_text(f"<https://example.org/a> <https://example.org/p> {number} .")
        report = sharewell.validate([tmp_path / "data.ttl"], [tmp_path / "shapes.ttl"])
        assert [name for _, name in report.engines] == [engine]
        assert len(report.results) == (number == "01")


def test_recursive_shapes_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text("<https://example.org/a> <https://example.org/p> 1 .")
    (tmp_path / "shapes.ttl").write_text(
        """@prefix : <https://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
        :S sh:targetNode :a ; sh:property [ sh:path :p ; sh:node :S ] ."""
    )
    with pytest.raises(InputError, match=r"shapes\.ttl: .*recursive shapes .*<https://example.org/S>"):
        sharewell.validate([tmp_path / "data.ttl"], [tmp_path / "shapes.ttl"])


def test_reachability_by_another_way() -> None:
    """Cycles, diamonds and loops: the pairs that a naive walk finds, condensed or not."""
    for seed in range(60):
        random = Random(seed)
        size = random.randint(1, 12)
        edges = [(random.randrange(size) * 3, random.randrange(size) * 3) for _ in range(random.randint(1, 24))]
        starts = sorted({random.randrange(size) * 3 for _ in range(3)})
        due = {(start, node) for start in starts for node in _walked(start, edges)}
        for limit in (0, 1000):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(reachability, "_WORTH_CONDENSING", limit)
                patch.setattr(reachability, "_MARKS", 20)
                pairs = reachability.reachable(
                    numpy.array(starts), *(numpy.array(ends) for ends in zip(*edges, strict=True))
                )
            found_pairs = list(zip(*(ends.tolist() for ends in pairs), strict=True))
            assert len(found_pairs) == len(set(found_pairs))
            assert set(found_pairs) == due


def _walked(start: int, edges: list[tuple[int, int]]) -> set[int]:
    seen: set[int] = set()
    waiting = [start]
    while waiting:
        node = waiting.pop()
        for tail, head in edges:
            if tail == node and head not in seen:
                seen.add(head)
                waiting.append(head)
    return seen


SPARQL_NOT_PASSED = {
    "pre-binding/shapesGraph-001": "$shapesGraph is bound by no engine here: pyshacl runs the query without it",
}
"""Tests of SHACL-SPARQL that are not passed, each with the reason."""


def test_w3c_sparql(others_files: Path, tmp_path: Path) -> None:
    """Shapes in SPARQL go to the store or to pyshacl; which tests of the W3C suite are not passed is known."""
    suite = cases(others_files / "shacl" / "sparql")
    wrong = {case.name for case in suite if not _passes(case, tmp_path)}
    print(f"W3C SHACL-SPARQL: {len(suite) - len(wrong)} of {len(suite)} passed")
    assert wrong == set(SPARQL_NOT_PASSED)


def _passes(case: Case, folder: Path) -> bool:
    for name, quads in (("data", case.data), ("shapes", case.shapes)):
        content = serialize([quad.triple for quad in quads], format=RdfFormat.TURTLE)
        (folder / f"{name}.ttl").write_bytes(content or b"")
    fails = any(quad.object == NamedNode("http://www.w3.org/ns/shacl-test#Failure") for quad in case.shapes)
    try:
        report = sharewell.validate([folder / "data.ttl"], [folder / "shapes.ttl"])
    except InputError:
        return fails
    return not fails and _plain(Counter(map(row, report.results))) == _plain(case.expected)


def _plain(rows: Counter[Row]) -> Counter[object]:
    """Rows without the labels of blank nodes."""
    return Counter(
        tuple("_:" if part and part.startswith("_:") else part for part in found) for found in rows.elements()
    )


@pytest.mark.parametrize("name", ["series", "series-issued", "series-gea-nha", "frequency"])
def test_published_shapes_on_published_data(others_files: Path, name: str) -> None:
    """DCAT-AP's own shapes on its own examples: either engine prints the same."""
    shapes = others_files / "dcat-ap" / "shapes" / "dcat-ap-SHACL.ttl"
    data = others_files / "dcat-ap" / "examples" / f"example-bee-population-dataset-{name}.ttl"
    ours, theirs = (json.dumps(sharewell.validate([data], [shapes], engine=engine).as_json()) for engine in Engine)
    assert ours == theirs
    assert json.loads(ours)["results"]
