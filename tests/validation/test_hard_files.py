"""Files and shapes at the edge: both engines say the same of them, or they are refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sharewell import api
from sharewell.errors import InputError

PREFIXES = (
    "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://e/> . "
    "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
)
IRIS = "ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:nodeKind sh:IRI ] ."
# More than the size from which a file is read in bulk.
TAIL = "".join(f'<http://e/s{n}> <http://e/q> "abcdefghijklmnopqrstuvwxyz" .\n' for n in range(20_000)).encode()
NUMBERS = "<http://e/a> <http://e/p> 1, 2 . <http://e/b> <http://e/p> 3, 4 ."


def reports(folder: Path, data: bytes, shapes: str, name: str = "data.ttl", often: int = 1) -> list[str]:
    """What each engine reports, as JSON without which engine ran which shape."""
    (folder / name).write_bytes(data)
    (folder / "shapes.ttl").write_text(PREFIXES + shapes)
    found = []
    for engine in ("fast", "reference"):
        report = api.validate([folder / name] * often, [folder / "shapes.ttl"], engine)
        found.append(json.dumps(report.as_json()["results"]))
    return found


@pytest.mark.parametrize(
    ("name", "data", "often"),
    [
        ("bom.nt", b'\xef\xbb\xbf<http://e/a> <http://e/p> "a" .\n' + TAIL, 1),
        ("blank.nt", b' <http://e/a> <http://e/p> "x . y" .\n' + TAIL, 1),
        ("twice.jsonld", b'[{"@id":"http://e/a","http://e/p":"x"},{"@id":"http://e/a","http://e/p":"x"}]', 1),
        ("again.ttl", NUMBERS.encode(), 2),
        ("alike.ttl", b"<http://e/a> <http://e/p> [ <http://e/v> 1 ] , [ <http://e/v> 1 ] .", 1),
        ("chain.ttl", f"<http://e/a> <http://e/p> ({'<http://e/x> ' * 400}) .".encode(), 1),
        ("\udcffnot-text.ttl", NUMBERS.encode(), 1),
    ],
)
def test_both_engines_report_the_same(name: str, data: bytes, often: int, tmp_path: Path) -> None:
    fast, reference = reports(tmp_path, data, IRIS, name, often)
    assert fast == reference
    assert fast != "[]"


def test_counts_beyond_what_any_node_has(tmp_path: Path) -> None:
    shapes = "".join(
        f"ex:S{n} a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:minCount 300000000{n} ] .\n"
        for n in range(10)
    )
    fast, reference = reports(tmp_path, NUMBERS.encode(), shapes)
    assert fast == reference
    assert len(json.loads(fast)) == 10


@pytest.mark.parametrize("datatype", ["decimal", "gYear", "duration"])
def test_a_number_without_end_is_not_comparable(datatype: str, tmp_path: Path) -> None:
    number = f"P{'9' * 5000}Y" if datatype == "duration" else "9" * 5000
    (tmp_path / "data.nt").write_text(
        f'<http://e/a> <http://e/p> "{number}"^^<http://www.w3.org/2001/XMLSchema#{datatype}> .'
    )
    shape = "ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:minInclusive 1 ] ."
    (tmp_path / "shapes.ttl").write_text(PREFIXES + shape)
    assert len(api.validate([tmp_path / "data.nt"], [tmp_path / "shapes.ttl"]).results) == 1


@pytest.mark.parametrize(
    "select",
    [
        "SELECT $this ?value WHERE { $this ex:p ?value } ORDER BY ?value LIMIT 1",
        "SELECT ?value WHERE { $this ex:p ?value }",
        "SELECT $this (MAX(?v) AS ?value) WHERE { $this ex:p ?v }",
        "SELECT $this ?value { $this ex:p ?value }",
        "SELECT $this ?value WHERE { $this ex:p ?value }",
    ],
)
def test_a_query_means_one_for_each_focus_node(select: str, tmp_path: Path) -> None:
    text = select.replace("ex:p", "<http://e/p>")
    shapes = (
        "ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:sparql ex:Q .\n"
        f'ex:Q sh:message "two  {{?value}}\\nlines" ; sh:select """{text}""" .'
    )
    fast, reference = reports(tmp_path, NUMBERS.encode(), shapes)
    assert fast == reference
    assert fast != "[]"


@pytest.mark.parametrize(
    ("name", "data", "shapes", "words"),
    [
        (
            "star.nt",
            b"<http://e/a> <http://e/p> <<( <http://e/b> <http://e/c> <http://e/d> )>> .\n" + TAIL,
            IRIS,
            "1.1",
        ),
        ("direction.nt", b'<http://e/a> <http://e/p> "x"@en--ltr .\n' + TAIL, IRIS, "RDF 1.1"),
        ("mark.nt", b'<http://e/a> <http://e/p> "a" .\x01 rest\n' + TAIL, IRIS, "not valid N-Triples"),
        ("remarks.nt", b"# comment\n" * 150_000, IRIS, "holds no statements"),
        ("long.nt", b'<http://e/a> <http://e/p> "' + b"x" * 20_000_000 + b'" .\n', IRIS, "too long to be read"),
        (
            "deep.ttl",
            NUMBERS.encode(),
            f"ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:property [ sh:minCount 1 ; "
            f"sh:path {'[ sh:inversePath ' * 400}ex:p{' ]' * 400} ] .",
            "inside one another",
        ),
        (
            "query.ttl",
            NUMBERS.encode(),
            'ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:sparql [ sh:select "SELECT $this WHERE { $this ?p" ] .',
            "cannot be used",
        ),
    ],
)
def test_what_cannot_be_used_is_one_line(name: str, data: bytes, shapes: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words) as refused:
        reports(tmp_path, data, shapes, name)
    assert "\n" not in str(refused.value)


def test_more_memory_than_there_can_be(tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text(NUMBERS)
    with pytest.raises(InputError, match="more memory than there can be"):
        api.validate([tmp_path / "data.ttl"], [tmp_path / "data.ttl"], memory="999999999TB")
