"""Results come as a report has them, sorted and placed, however they are read."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, serialize
from random_shapes import ShapeMaker, random_graph

from sharewell import api
from sharewell.graph.bulk import File, Question, encode_files
from sharewell.graph.source import read_source
from sharewell.report import checks
from sharewell.validation import ValidationResult, fast, in_order
from sharewell.validation.shapes import read_shapes
from sharewell.vocabulary import SH


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("bulk_from", [1, 2**20])
def test_they_are_sorted_and_have_all_their_places(
    seed: int, bulk_from: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some statements stand in several files, and the results come in several batches."""
    monkeypatch.setattr("sharewell.graph.encoded._BATCH", 7)
    random = Random(3000 + seed)
    data = [Quad(t.subject, t.predicate, t.object) for t in random_graph(random, size=60)]
    maker = ShapeMaker(random)
    for _ in range(10):
        maker.make()
    shapes = read_shapes(maker.triples)
    for name, part in (("a.nt", data), ("b.nt", data[::3]), ("c.ttl", data[::4])):
        form = RdfFormat.TURTLE if name.endswith(".ttl") else RdfFormat.N_TRIPLES
        triples = list(dict.fromkeys(quad.triple for quad in part))
        (tmp_path / name).write_bytes(serialize(triples, format=form) or b"")
    files = [File(p, p.name, lambda p=p: read_source(p, tmp_path)) for p in sorted(tmp_path.iterdir())]
    with encode_files(files, bulk_from=bulk_from) as encoded:
        graph = encoded.graph
        unsorted = list(fast.validate(graph, shapes, shapes.targeted()))
        placed = zip(unsorted, encoded.locate([_statement(result) for result in unsorted]), strict=True)
        due = sorted((result.at(places) for result, places in placed), key=ValidationResult.sort_key)
        plan = fast.run(graph, shapes, shapes.targeted())
        assert list(in_order.results_in_order(encoded, plan, {}, {})) == due
    assert any(len(result.locations) > 1 for result in due)
    assert len(due) > 7


def _statement(result: ValidationResult) -> Question:
    """The statement that a result is about, where its path is a predicate and it has a value."""
    path = result.path or ""
    if result.value is None or isinstance(result.focus, Literal) or path.count("<") != 1 or path[0] + path[-1] != "<>":
        return result.focus, None, None
    return result.focus, NamedNode(path[1:-1]), result.value


def test_the_pieces_are_the_text_of_the_report(tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text(
        '@prefix : <https://example.org/> . :é a :K ; :p "\\"quoted\\"\\n" , [ a :K ] . :z a :K ; :q 1 .'
    )
    (tmp_path / "shapes.ttl").write_text(
        f"@prefix : <https://example.org/> . @prefix sh: <{SH}> .\n"
        ":S a sh:NodeShape ; sh:targetClass :K ; sh:closed true ; sh:message 'Ça'@fr ;\n"
        "  sh:property [ sh:path :p ; sh:maxCount 1 ], [ sh:path ( :p [ sh:inversePath :p ] ) ; sh:minCount 3 ] .\n"
        ":T a sh:NodeShape ; sh:targetNode :nowhere ; sh:class :K ."
    )
    for shapes in ("shapes.ttl", "data.ttl"):
        report = api.validate([tmp_path / "data.ttl"], [tmp_path / shapes])
        with api.validating([tmp_path / "data.ttl"], [tmp_path / shapes]) as found:
            text = "".join(checks.validation_json(found.results, found.notes, found.engines))
        assert text == checks.as_json_text(report.as_json())
        assert report.conforms is (shapes == "data.ttl")
    by_reference = api.validate([tmp_path / "data.ttl"], [tmp_path / "shapes.ttl"], engine="reference")
    assert by_reference.results == api.validate([tmp_path / "data.ttl"], [tmp_path / "shapes.ttl"]).results
