"""In, out and in again: a graph in the template says what it said, and what it cannot carry is listed."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pyoxigraph import Literal, NamedNode, Triple
from tables import BASE, NAMES, read

from sharewell import api
from sharewell.graph.formats import Format
from sharewell.graph.source import Source
from sharewell.graph.store import load_ontology
from sharewell.graph.turtle import LocatedQuad
from sharewell.graph.turtle import read as read_turtle
from sharewell.ingest.inventory import Export, export_inventory
from sharewell.ingest.reader import Setting
from sharewell.knowledge import data_folder
from sharewell.vocabulary import RDF_TYPE, SHARE

ONTOLOGY = load_ontology()


@pytest.fixture(scope="module")
def northwater() -> api.Project:
    return api.open(data_folder() / "examples" / "northwater")


@pytest.fixture(scope="module")
def export(northwater: api.Project) -> Export:
    return northwater.export_inventory()


def _recorded(project: api.Project) -> set[Triple]:
    return {Triple(q.subject, q.predicate, q.object) for source in project.graph.sources for q in source.quads}


def test_the_illustrative_project_comes_back_whole_but_for_what_it_says_of_shipped_terms(
    northwater: api.Project, export: Export, tmp_path: Path
) -> None:
    (tmp_path / "all.xlsx").write_bytes(export.workbook)
    base = northwater.settings.base
    (tmp_path / "sharewell.toml").write_text(
        f'name = "Again"\nbase = "{base}"\nprefix = "ex"\nas_of = "2026-11-22"\nillustrative = true\n'
        '[[tables]]\nfile = "all.xlsx"\nmapping = "template"\n'
    )
    again = api.open(tmp_path)
    lost, added = _recorded(northwater) - _recorded(again), _recorded(again) - _recorded(northwater)
    # What is said of a purpose of the shipped list, or of a provision, has no row of its own.
    described = {triple.subject for triple in _recorded(northwater) if triple.predicate == RDF_TYPE}
    assert [triple for triple in lost if triple.subject in described] == []
    assert added == set()
    assert again.intake.findings == ()
    assert sum(loss.number for loss in export.losses) == len(lost)
    assert "share:notConsistentWith" in {loss.predicate for loss in export.losses}
    assert (export.carried, export.recorded) == (len(_recorded(again)), len(_recorded(northwater)))
    once_more = again.export_inventory()
    assert once_more.losses == once_more.added == ()
    assert once_more.workbook == export.workbook


def test_the_shipped_case_comes_back_but_for_what_it_says_of_shipped_terms(hsi: api.Project) -> None:
    export = hsi.export_inventory()
    assert export.added == ()
    assert {loss.subject_class for loss in export.losses} == {"untyped"}
    assert export.carried / export.recorded > 0.97


def test_rows_refer_to_each_other_by_name(export: Export) -> None:
    book = load_workbook(io.BytesIO(export.workbook))
    rows = [[cell.value for cell in row] for row in book["Systems"].rows]
    row = dict(zip(rows[0], next(row for row in rows if row[0] == "Northwater child care registry"), strict=True))
    assert row["Owner / Responsable"] == "Northwater Children's Services Division"
    assert row["ID / Identifiant"] == "ChildCareRegistry"
    assert row["Number of users / Nombre d’utilisateurs"] == 60


def test_what_has_no_row_is_listed_and_not_lost_silently() -> None:
    text = f"""
      <{BASE}s> a <{SHARE}System> ; <http://www.w3.org/2000/01/rdf-schema#label> "S"@en, "T"@en, "Ü"@de ;
        <{SHARE}source> <{BASE}src> ; <{SHARE}grade> <{SHARE}Published> ; <http://example.org/p> 1 ;
        <{SHARE}ageLimitMonths> 18 .
      <{BASE}odd> a <http://example.org/Odd> .
    """
    quads = tuple(read_turtle(text, Format.TURTLE, None, "a.ttl"))
    export = export_inventory(Setting(Path(), BASE, NAMES, ONTOLOGY, [Source("a.ttl", "", Format.TURTLE, quads)]))
    lost = {(loss.subject_class, loss.predicate): loss.number for loss in export.losses}
    assert lost == {
        ("share:System", "rdfs:label"): 2,
        ("share:System", "<http://example.org/p>"): 1,
        ("share:System", "share:source"): 1,
        ("<http://example.org/Odd>", "rdf:type"): 1,
    }
    assert export.added == ()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=8),
    counts=st.lists(st.integers(min_value=0, max_value=10**12), min_size=1, max_size=8),
)
def test_what_comes_back_from_a_cell_is_what_was_written_or_is_listed(texts: list[str], counts: list[int]) -> None:
    def quad(node: str, name: str, term: NamedNode | Literal) -> LocatedQuad:
        return LocatedQuad(NamedNode(BASE + node), NamedNode(name), term, None, 1, 1)  # type: ignore[arg-type]

    quads = []
    for number, text in enumerate(texts):
        quads += [
            quad(f"s{number}", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", NamedNode(SHARE + "System")),
            quad(f"s{number}", "http://www.w3.org/2000/01/rdf-schema#label", Literal(f"S{number}", language="en")),
            quad(f"s{number}", SHARE + "platform", Literal(text)),
            quad(f"s{number}", SHARE + "userCount", Literal(counts[number % len(counts)])),
            quad(f"s{number}", SHARE + "grade", NamedNode(SHARE + "Published")),
            quad(f"s{number}", SHARE + "source", NamedNode(BASE + "src")),
        ]
    quads += [
        quad("src", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", NamedNode(SHARE + "Source")),
        quad("src", SHARE + "grade", NamedNode(SHARE + "Published")),
    ]
    recorded = [Source("a.ttl", "", Format.TURTLE, tuple(quads))]
    export = export_inventory(Setting(Path(), BASE, NAMES, ONTOLOGY, recorded))
    lost = sum(loss.number for loss in export.losses)
    assert {loss.predicate for loss in export.losses} <= {"share:platform"}
    assert export.carried + lost == export.recorded
    assert sum(loss.number for loss in export.added) <= lost


def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path: Path) -> None:
    text = f"""<{BASE}s> a <{SHARE}System> ; <http://www.w3.org/2000/01/rdf-schema#label> "=1+1"@en ."""
    quads = tuple(read_turtle(text, Format.TURTLE, None, "a.ttl"))
    export = export_inventory(Setting(Path(), BASE, NAMES, ONTOLOGY, [Source("a.ttl", "", Format.TURTLE, quads)]))
    (tmp_path / "a.xlsx").write_bytes(export.workbook)
    assert any(quad.object == Literal("=1+1", language="en") for quad in read(tmp_path / "a.xlsx").sources[0].quads)


def test_the_command_writes_a_workbook_and_says_what_it_does_not_carry(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sharewell.cli", "export", "inventory", "-p"]
    done = subprocess.run(
        [*command, str(data_folder() / "examples" / "northwater")], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    carried, recorded = re.match(r"inventory\.xlsx: ([\d,]+) of ([\d,]+) statements\n", done.stdout).groups()
    assert int(recorded.replace(",", "")) - int(carried.replace(",", "")) < 5
    assert "share:notConsistentWith" in done.stdout
    again = subprocess.run([*command, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True)
    assert again.returncode == 2
    assert "not a Sharewell project" in again.stderr or "is there already" in again.stderr
