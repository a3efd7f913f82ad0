"""The Python API: typed results, and the answer as a DataFrame."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import NoReturn

import pytest

import sharewell
from sharewell import api


def test_a_question_as_a_data_frame(hsi: api.Project) -> None:
    frame = hsi.ask("CQ19").to_dataframe()
    assert set(frame["notice"].str.rsplit("/", n=1).str[1]) == {"notice-3", "notice-4"}
    numbers = hsi.ask("SELECT ?system ?users { ?system share:userCount ?users }").to_dataframe()
    assert numbers["users"].tolist() == [11000]
    typed = hsi.ask('SELECT ("old"^^xsd:integer AS ?a) ("1.5"^^xsd:decimal AS ?b) (true AS ?c) {}').to_dataframe()
    assert typed.values.tolist() == [["old", 1.5, True]]
    with pytest.raises(sharewell.InputError, match="DataFrame"):
        hsi.ask("ASK {}").to_dataframe()


def test_a_node_by_every_kind_of_name(hsi: api.Project) -> None:
    sams = "https://w3id.org/sharewell/hsi/SAMS"
    for name in (sams, f"<{sams}>", "hsi:SAMS", "SAMS", "social assistance management system"):
        assert hsi.resolve(name) == sams
    assert hsi.resolve("FL17") == "https://w3id.org/sharewell/hsi/FL17"
    assert hsi.resolve("Ministry of Community and Social Services") == "https://w3id.org/sharewell/hsi/MCCSS"
    assert hsi.resolve("Address") == "https://w3id.org/sharewell/hsi/Address"
    with pytest.raises(sharewell.InputError, match="hsi:SAMS"):
        hsi.resolve("SAMSS")
    with pytest.raises(sharewell.InputError, match="names 2 nodes"):
        hsi.resolve("not evidenced")


def test_the_record_is_sliced_at_the_as_of_date() -> None:
    duty = "SELECT ?p { ?p a share:Provision ; share:temporalStatus share:FutureAtDate }"
    before, after = (sharewell.open(as_of=day) for day in ("2025-06-30", "2025-07-01"))
    assert "FIPPA-40-1" in str(before.ask(duty).rows)
    assert "FIPPA-40-1" not in str(after.ask(duty).rows)


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("something reached for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    report = sharewell.open().check()
    assert report.triples > 3000


def test_validate_plain_files(tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text('@prefix ex: <http://example.org/> .\n[] a ex:A ;\n  ex:p "x" .\n')
    (tmp_path / "shapes.ttl").write_text(
        """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
        ex:S a sh:NodeShape ; sh:targetClass ex:A ;
          sh:property ex:nowhere , [ sh:path ex:p ; sh:nodeKind sh:IRI ] ,
            [ sh:path ( ex:q [ sh:inversePath ex:r ] ) ; sh:minCount 1 ] ."""
    )
    report = sharewell.validate([tmp_path / "data.ttl"], [tmp_path / "shapes.ttl"])
    rows = [(r.path, str(r.value), r.component.rsplit("#")[1], r.location and r.location.line) for r in report.results]
    assert sorted(rows) == [
        ("<http://example.org/p>", '"x"', "NodeKindConstraintComponent", 3),
        ("<http://example.org/q>/(^<http://example.org/r>)", "None", "MinCountConstraintComponent", 2),
    ]
    assert {str(r.focus) for r in report.results} == {"_:c14n0"}
    assert all(str(r.shape).startswith("_:c14n") for r in report.results)
    assert [note.split(": ", 1)[1] for note in report.notes] == [
        "property shape <http://example.org/nowhere> is referred to but described nowhere: left out"
    ]


def test_literals_are_validated_as_they_are_written(tmp_path: Path) -> None:
    """The store keeps numbers in a form of its own; a result must show what stands in the file."""
    (tmp_path / "sharewell.toml").write_text('name = "x"\nbase = "http://example.org/"\nas_of = "2026-11-22"\n')
    (tmp_path / "record.ttl").write_text(
        """@prefix share: <https://w3id.org/sharewell#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        <program> a share:Program ;
          share:minimumAge "020"^^xsd:nonNegativeInteger ."""
    )
    project = sharewell.open(tmp_path)
    written = [r for r in project.validate().results if r.path == "<https://w3id.org/sharewell#minimumAge>"]
    assert [(str(r.value), r.location and r.location.line) for r in written] == [
        ('"020"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger>', 3)
    ]
    assert project.graph.recorded == 2


def test_the_places_of_a_large_file_are_kept_by_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "large"
    folder.mkdir()
    (folder / "sharewell.toml").write_text('name = "x"\nbase = "http://example.org/"\nas_of = "2026-11-22"\n')
    text = "".join(
        f"<node{i}> <http://example.org/note> 'a rather long remark about number {i}' .\n" for i in range(20_000)
    )
    (folder / "record.ttl").write_text(text)

    def places() -> list[int | None]:
        return [quad.line for quad in sharewell.open(folder).graph.sources[0].quads]

    first = places()
    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert places() == first == list(range(1, 20_001))
    kept[0].write_bytes(kept[0].read_bytes()[:-7])
    assert places() == first


def test_labels_are_shown_in_the_language_of_the_project(tmp_path: Path) -> None:
    settings = 'name = "x"\nbase = "http://example.org/"\nas_of = "2026-11-22"\nlanguages = ["fr", "en"]\n'
    (tmp_path / "sharewell.toml").write_text(settings)
    (tmp_path / "record.ttl").write_text(
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . <town> rdfs:label 'Town'@en , 'Ville'@fr ."
    )
    assert sharewell.open(tmp_path).names.label("http://example.org/town") == "Ville"
