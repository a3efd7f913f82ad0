"""The template follows the ontology and the shapes: what they say is in it, and nothing that they do not say."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from sharewell.graph.store import load_ontology
from sharewell.ingest.mapping import TEMPLATE, read_mapping
from sharewell.ingest.properties import Vocabulary
from sharewell.ingest.template import LISTS, START, template
from sharewell.vocabulary import RDF_TYPE, RDFS_LABEL, SHARE

DEDUCED = {"delivers", "holdsDataset", "holdsElement", "hasClause", "objective", "hasStep", "inScheme"}
"""Properties that the template writes from their other end, or states itself."""


@pytest.fixture(scope="module")
def ontology() -> list[Quad]:
    return load_ontology()


@pytest.fixture(scope="module")
def vocabulary(ontology: list[Quad]) -> Vocabulary:
    return Vocabulary(ontology)


@pytest.fixture(scope="module")
def book(vocabulary: Vocabulary) -> Any:
    return load_workbook(io.BytesIO(template(read_mapping(TEMPLATE, Path(), vocabulary), vocabulary)))


def test_it_is_the_same_every_time(vocabulary: Vocabulary) -> None:
    mapping = read_mapping(TEMPLATE, Path(), vocabulary)
    assert template(mapping, vocabulary) == template(mapping, Vocabulary(load_ontology()))


def test_no_property_that_the_shapes_give_a_class_is_left_out(vocabulary: Vocabulary) -> None:
    for sheet in read_mapping(TEMPLATE, Path(), vocabulary).sheets:
        columns = {column.predicate for column in sheet.columns}
        missing = {iri for iri in vocabulary.facts_of(sheet.classes) if iri not in columns}
        assert {iri.rpartition("#")[2] for iri in missing} <= DEDUCED, sheet.names


def test_what_is_needed_for_an_answer_comes_before_what_is_not(vocabulary: Vocabulary) -> None:
    sheets = {sheet.names[0]: sheet for sheet in read_mapping(TEMPLATE, Path(), vocabulary).sheets}
    first = {name: [column.notation for column in sheet.columns] for name, sheet in sheets.items()}
    assert list(first)[:3] == ["Organisations", "Flows", "Legal bases"]
    assert first["Organisations"][2] == f"{SHARE}privacyRegime"
    assert first["Flows"][1:6] == [SHARE + p for p in ("carries", "origin", "destination", "purpose", "reliesOn")]
    assert first["Systems"][2] == f"{SHARE}owner"
    assert first["Data elements"][1] == f"{SHARE}elementCategory"
    for columns in first.values():
        assert columns[-2:] == [f"{SHARE}source", f"{SHARE}grade"]


def test_every_heading_has_two_languages_help_and_what_to_write(book: Any) -> None:
    sheets = [sheet for sheet in book.worksheets if sheet.title not in (START, LISTS)]
    assert len(sheets) >= 20
    headings = {cell.value for sheet in sheets for cell in sheet[1]}
    # What the shapes add to a class has an English heading from the first day, and a French one when it is written.
    assert len([heading for heading in headings if " / " not in heading]) < 5
    for sheet in sheets:
        for cell in sheet[1]:
            assert len(cell.comment.text) > 20, (sheet.title, cell.value)
        assert sheet.max_row >= 2, f"{sheet.title} has no worked row"
    owner = next(cell for cell in book["Systems"][1] if cell.value.startswith("Owner"))
    assert "Body that answers for data infrastructure" in owner.comment.text
    assert "Needed for an answer." in owner.comment.text
    assert "a row of Organisations" in owner.comment.text


def test_the_lists_are_those_of_the_schemes(book: Any, ontology: list[Quad]) -> None:
    labels = {quad.subject: quad.object.value for quad in ontology if quad.predicate == RDFS_LABEL}
    columns = {column[0].value: [cell.value for cell in column[1:] if cell.value] for column in book[LISTS].columns}
    assert book[LISTS].sheet_state == "hidden"
    for name in ("Frequency", "FlowKind", "ElementCategory", "LifecycleState", "Grade", "InstitutionKind", "Point"):
        node = NamedNode(SHARE + name)
        values = {labels[q.subject] for q in ontology if q.predicate == RDF_TYPE and q.object == node}
        assert set(columns[labels[node]]) == values
    rules = book["Flows"].data_validations.dataValidation
    heads = {cell.column_letter: cell.value for cell in book["Flows"][1]}
    ruled = {heads[str(rule.sqref).rstrip("0123456789:").partition("2")[0]] for rule in rules}
    assert {"Frequency / Fréquence", "Purpose / Finalité", "Grade / Degré de certitude"} <= ruled


def test_a_term_that_is_new_in_the_ontology_is_new_in_the_template(ontology: list[Quad]) -> None:
    added = """
      @prefix share: <https://w3id.org/sharewell#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
      share:Hourly a share:Frequency ; rdfs:label "hourly"@en .
      share:owner <http://www.w3.org/2004/02/skos/core#definition> "aaa first in the alphabet"@en .
    """
    changed = Vocabulary([*ontology, *parse(input=added, format=RdfFormat.TURTLE)])
    book = load_workbook(io.BytesIO(template(read_mapping(TEMPLATE, Path(), changed), changed)))
    columns = {column[0].value: [cell.value for cell in column[1:]] for column in book[LISTS].columns}
    assert "hourly" in columns["Frequency"]
    owner = next(cell for cell in book["Systems"][1] if cell.value.startswith("Owner"))
    assert "Aaa first in the alphabet" in owner.comment.text
