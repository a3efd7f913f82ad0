"""Each alignment says the same as a table (SSSOM) and as Turtle, and its own terms are declared."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pyoxigraph import NamedNode, RdfFormat, parse

from sharewell.graph.store import ontology_files
from sharewell.graph.terms import expand
from sharewell.knowledge import ontology_folder
from sharewell.vocabulary import PREFIXES, SHARE, SKOS

TABLES = sorted((ontology_folder() / "alignments").glob("*.sssom.tsv"))


def _rows(path: Path) -> tuple[dict[str, str], list[dict[str, str]]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    header = yaml.safe_load("\n".join(line[1:] for line in lines if line.startswith("#")))
    columns, *rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return header["curie_map"], [dict(zip(columns, row, strict=False)) for row in rows]


def test_there_are_alignments() -> None:
    assert {path.name.split(".")[0] for path in TABLES} >= {"dpv", "iso5087", "cudr"}


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.name)
def test_table_and_turtle_say_the_same(table: Path) -> None:
    prefixes, rows = _rows(table)
    prefixes = {**PREFIXES, **prefixes}
    said = {tuple(expand(row[f"{part}_id"], prefixes) for part in ("subject", "predicate", "object")) for row in rows}
    turtle = table.with_name(table.name.replace(".sssom.tsv", ".ttl"))
    mapped = {
        (quad.subject.value, quad.predicate.value, quad.object.value)
        for quad in parse(path=str(turtle), format=RdfFormat.TURTLE)
        if quad.predicate.value.startswith(SKOS) and quad.predicate.value.endswith("Match")
    }
    assert said == mapped


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.name)
def test_every_term_of_ours_is_declared(table: Path) -> None:
    prefixes, rows = _rows(table)
    declared = {q.subject for path in ontology_files() for q in parse(path=str(path), format=RdfFormat.TURTLE)}
    subjects = {NamedNode(expand(row["subject_id"], {**PREFIXES, **prefixes}) or "") for row in rows}
    assert {subject for subject in subjects if subject.value.startswith(SHARE)} <= declared
    assert subjects
