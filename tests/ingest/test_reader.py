"""Rows to nodes and cells to statements, each with its cell; what cannot be used is found by name, and never used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tables import BASE, found, read, said, workbook

from sharewell import api
from sharewell.errors import InputError
from sharewell.graph.locations import Location, LocationIndex
from sharewell.ingest.writing import turtle_text
from sharewell.vocabulary import PREFIXES

ORGANISATIONS = [
    ["Name", "Kind", "Part of", "Privacy regime", "Grade"],
    ["Town of X", "Institution", None, "Municipal Freedom of Information and Protection of Privacy Act", "published"],
    ["Housing", "Division", "Town of X", None, "Published "],
    ["École publique", "Institution", None, None, None],
]


def test_names_are_matched_but_for_case_accents_and_spaces(tmp_path: Path) -> None:
    systems = [["Name", "Owner / Responsable", "Utilisé par"], ["List", "  HOUSING ", "ecole  publique; Town of X"]]
    intake = read(workbook(tmp_path / "a.xlsx", {"Organisations": ORGANISATIONS, "Systems": systems}))
    assert intake.findings == ()
    assert said(intake, "system-list", "share:owner") == ["our:organisation-housing"]
    assert said(intake, "system-list", "share:usedBy") == [
        "our:organisation-ecole-publique",
        "our:organisation-town-of-x",
    ]
    assert said(intake, "organisation-housing", "rdf:type") == ["share:Division"]
    assert said(intake, "organisation-housing", "share:grade") == ["share:Published"]
    assert said(intake, "organisation-ecole-publique", "share:grade") == ["share:Unverified"]
    assert said(intake, "organisation-ecole-publique", "share:source") == ["our:source-a-xlsx"]
    assert intake.reports[0].matches == {"exact": 7, "near": 0, "none": 0, "several": 0, "new": 0}


def test_a_near_name_is_suggested_and_never_used(tmp_path: Path) -> None:
    systems = [["Name", "Owner"], ["List", "Housng"], ["Other", "nobody here"], ["Third", "MFIPPA"]]
    intake = read(workbook(tmp_path / "a.xlsx", {"Organisations": ORGANISATIONS, "Systems": systems}))
    assert said(intake, "system-list", "share:owner") == []
    near, none, elsewhere = intake.findings
    assert str(near.location) == "a.xlsx:Systems!B2"
    assert near.suggestions == ("Housing",)
    assert "nearest: Housing (our:organisation-housing)" in near.message
    assert (none.suggestions, str(none.location)) == ((), "a.xlsx:Systems!B3")
    assert "is a legal instrument" in elsewhere.message
    assert intake.reports[0].matches["near"] == 1
    assert intake.reports[0].matches["none"] == 2


def test_what_is_recorded_elsewhere_can_be_named(tmp_path: Path) -> None:
    record = 'our:Lib a share:Institution ; rdfs:label "The Library"@en ; skos:altLabel "Lib"@en, "Biblio"@fr .'
    systems = [["Name", "Owner"], ["A", "the library"], ["B", "biblio"], ["C", "our:Lib"], ["D", f"<{BASE}Lib>"]]
    intake = read(workbook(tmp_path / "a.xlsx", {"Systems": systems}), record=record)
    assert intake.findings == ()
    assert {tuple(said(intake, f"system-{one}", "share:owner")) for one in "abcd"} == {("our:Lib",)}


def test_a_row_like_a_recorded_node_is_not_merged_without_a_word(tmp_path: Path) -> None:
    record = 'our:Lib a share:Institution ; rdfs:label "The Library"@en .'
    rows = [["Name", "Kind", "ID"], ["The Library", "Institution", None]]
    intake = read(workbook(tmp_path / "a.xlsx", {"Organisations": rows}), record=record)
    assert [(kind, place) for kind, place, _ in found(intake)] == [("same name elsewhere", "a.xlsx:Organisations!A2")]
    rows[1][2] = "Lib"
    intake = read(workbook(tmp_path / "a.xlsx", {"Organisations": rows}), record=record)
    assert intake.findings == ()
    assert said(intake, "Lib", "rdfs:label") == ["The Library@en"]


def test_two_nodes_of_one_name_are_a_question(tmp_path: Path) -> None:
    rows = [["Name", "Kind", "ID"], ["Office", "Division", "a"], ["Office", "Division", "b"]]
    systems = [["Name", "Owner"], ["List", "Office"]]
    intake = read(workbook(tmp_path / "a.xlsx", {"Organisations": rows, "Systems": systems}))
    ((kind, place, message),) = found(intake)
    assert (kind, place) == ("several matches", "a.xlsx:Systems!B2")
    assert "our:a" in message
    assert "our:b" in message


def test_findings_name_the_cell_many_at_once_the_gravest_first(tmp_path: Path) -> None:
    rows = [
        ["Name", "Kind of flow", "Colour", "Valid from", "Number of clients", "Frequency"],
        ["One", "system flow", "red", "03/04/2024", "many", "dayly"],
        ["One", "system flow", None, None, None, None],
        [None, "system flow", None, None, None, None],
        [None, None, None, None, None, None],
    ]
    path = workbook(tmp_path / "a.xlsx", {"Flows": rows, "Colours": [["a", "b"], [1, 2]]})
    intake = read(path)
    assert [(kind, place) for kind, place, _ in found(intake)] == [
        ("no match", "a.xlsx:Flows!F2"),
        ("value not understood", "a.xlsx:Flows!D2"),
        ("value not understood", "a.xlsx:Flows!E2"),
        ("same key twice", "a.xlsx:Flows!A3"),
        ("row without a name", "a.xlsx:Flows!A4"),
        ("column not known", "a.xlsx:Flows!C1"),
        ("sheet not known", "a.xlsx:Colours"),
    ]
    assert intake.findings[0].suggestions == ("daily",)
    assert said(intake, "flow-one", "share:flowKind") == ["share:SystemFlow"]
    assert said(intake, "flow-one", "share:validFrom") == []


def test_a_misspelt_heading_is_suggested(tmp_path: Path) -> None:
    intake = read(workbook(tmp_path / "a.xlsx", {"Systems": [["Name", "Ownr"], ["List", "x"]]}))
    assert intake.findings[0].suggestions == ("Owner",)


def test_hidden_sheets_are_read_and_reported(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = workbook(tmp_path / "a.xlsx", {"Start here": [["Read me"]], "Systems": [["Name"], ["List"]]})
    book = load_workbook(path)
    book["Systems"].sheet_state = "veryHidden"
    book.save(path)
    intake = read(path)
    assert [kind for kind, _, _ in found(intake)] == ["hidden sheet"]
    assert said(intake, "system-list", "rdfs:label") == ["List@en"]


def test_every_statement_has_its_cell(tmp_path: Path) -> None:
    systems = [["Systems of the Town"], [], ["Name", "Owner", "Number of users"], ["List", "Housing\nTown of X", 12]]
    intake = read(workbook(tmp_path / "a.xlsx", {"Organisations": ORGANISATIONS, "Systems": systems}))
    index = LocationIndex(intake.sources)
    for quad in intake.sources[0].quads:
        places = index.of_statement(quad.subject, quad.predicate, quad.object)
        assert all(place.file == "a.xlsx" and place.sheet and place.cell for place in places)
    place = {
        quad.predicate.value.rpartition("#")[2]: index.of_statement(quad.subject, quad.predicate, quad.object)[0].cell
        for quad in intake.sources[0].quads
        if quad.subject.value.endswith("system-list")
    }
    assert place == {
        "type": "A4",
        "label": "A4",
        "owner": "B4",
        "userCount": "C4",
        "source": "A4",
        "grade": "A4",
    }
    assert index.of_node(intake.sources[0].quads[-1].subject) == Location("a.xlsx", sheet="Organisations", cell="A1")


def test_reading_again_gives_the_same_and_a_change_only_its_own(tmp_path: Path) -> None:
    one = workbook(tmp_path / "one.xlsx", {"Organisations": ORGANISATIONS})
    two = workbook(tmp_path / "two.xlsx", {"Systems": [["Name", "Owner"], ["List", "Housing"]]})
    first, second = read(one, two), read(two, one)
    assert [source.quads for source in first.sources] == [source.quads for source in second.sources]
    workbook(two, {"Systems": [["Name", "Owner"], ["List", "Town of X"], ["New", None]]})
    third = read(one, two)
    assert third.sources[0].quads == first.sources[0].quads
    assert third.sources[0].digest == first.sources[0].digest
    assert third.sources[1].quads != first.sources[1].quads


def test_a_text_table_is_a_sheet_named_after_its_file(tmp_path: Path) -> None:
    path = tmp_path / "systems.csv"
    path.write_text("Nom anglais;Responsable;Nombre d’utilisateurs\nList;Hous;1 200\n", encoding="cp1252")
    intake = read(path)
    assert said(intake, "system-list", "share:userCount") == ["1200"]
    assert [place for _, place, _ in found(intake)] == ["systems.csv:systems!B2", "systems.csv:systems"]


def test_the_mapping_that_fits_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("system_id,system_name\nS1,One\n")
    assert read(path, mapping=None).reports[0].mapping == "inventory-of-systems"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no shipped mapping knows"):
        read(path, mapping=None)
    with pytest.raises(InputError, match="no sheet has the headings"):
        read(path)


def test_a_mapping_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text("""
language = "fr"
grade = "share:Secondary"
[[sheets]]
class = "share:System"
key = "Sigle"
iri = "sys-{key}"
constants = { "share:lifecycle" = "share:Standing", "skos:note" = "{Sigle}, tenu par {Tenu par}" }
[[sheets.columns]]
headings = ["Sigle"]
property = "dcterms:identifier"
[[sheets.columns]]
headings = ["Désignation"]
property = "rdfs:label"
[[sheets.columns]]
headings = ["Tenu par"]
property = "share:owner"
create = { class = "share:Institution", iri = "org-{key}" }
[[sheets.columns]]
headings = ["Repérage"]
property = "share:retrievalKey"
values = { "par personne" = "share:RetrievedByPerson", "néant" = "" }
[[sheets.columns]]
headings = ["Courriel"]
not_carried = "an address of a person"
""")
    path = tmp_path / "a.csv"
    path.write_text(
        "Sigle,Désignation,Tenu par,Repérage,Courriel\nAB,Liste,Ville,Par personne,a@b\nCD,Autre,Ville.,néant,\n"
    )
    intake = read(path, mapping="ours.toml")
    assert said(intake, "sys-ab", "rdfs:label") == ["Liste@fr"]
    assert said(intake, "sys-ab", "skos:note") == ["AB, tenu par Ville@fr"]
    assert said(intake, "sys-ab", "share:lifecycle") == ["share:Standing"]
    assert said(intake, "sys-ab", "share:retrievalKey") == ["share:RetrievedByPerson"]
    assert said(intake, "sys-ab", "share:grade") == ["share:Secondary"]
    assert said(intake, "org-ville", "rdf:type") == ["share:Institution"]
    assert [kind for kind, _, _ in found(intake)] == ["new, with a near match", "not carried", "not carried"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x =", "not valid TOML"),
        ('[[sheets]]\nclass = "share:System"\ncolums = []', "'colums' is not understood"),
        ('[[sheets]]\nclass = "share:System"\ncolumns = ["share:ownr"]', "share:ownr is not a property"),
        ('[[sheets]]\nclass = "System"', "neither a prefixed name"),
        ('[[sheets]]\nnames = ["A"]', "'class' is missing"),
        ("title = 'x'", "at least one"),
        ('[[sheets]]\nclass = "share:System"\ncolumns = [{ property = "share:owner", kind = "colour" }]', "not a kind"),
    ],
)
def test_a_wrong_mapping_is_told_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "ours.toml").write_text(text)
    (tmp_path / "a.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match=words):
        read(tmp_path / "a.csv", mapping="ours.toml")


def test_what_is_written_as_turtle_says_the_same(tmp_path: Path) -> None:
    from sharewell.graph.source import read_source

    notes = 'two\nlines, "quoted" \\ and é\u2028'
    systems = [["Name", "Note", "Number of users", "Valid from"], ["List", notes, 3, "2024-05"]]
    intake = read(workbook(tmp_path / "a.xlsx", {"Systems": systems}))
    (tmp_path / "a.ttl").write_text(turtle_text(intake.sources[0].quads, {**PREFIXES, "our": BASE}), encoding="utf-8")
    again = read_source(tmp_path / "a.ttl", tmp_path)
    assert {quad[:3] for quad in again.quads} == {quad[:3] for quad in intake.sources[0].quads}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one spreadsheet with a broken cell."""
    systems = [["Name", "Owner", "Grade"], ["List", "Housing", "published"], ["Other", "Housng", "published"]]
    workbook(tmp_path / "a.xlsx", {"Organisations": ORGANISATIONS, "Systems": systems})
    (tmp_path / "sharewell.toml").write_text(
        f'name = "Mine"\nbase = "{BASE}"\nprefix = "our"\nas_of = "2026-11-22"\n[[tables]]\nfile = "a.xlsx"\n'
    )
    return tmp_path


def test_a_broken_cell_of_a_project_is_a_result_with_sheet_and_cell(project: Path) -> None:
    report = json.loads(json.dumps(api.open(project).check().as_json()))
    violation = next(result for result in report["validation"]["results"] if result["location"])
    assert violation["severity"] == "Violation"
    assert violation["location"] == {"file": "a.xlsx", "sheet": "Systems", "cell": "B3"}
    assert violation["focus"] == f"{BASE}system-other"
    assert violation["path"] == "<https://w3id.org/sharewell#owner>"
    assert violation["value"] == '"Housng"'
    assert "nearest: Housing" in violation["message"]
    located = [result["location"] for result in report["validation"]["results"] if result["location"]]
    assert all(place["file"] == "a.xlsx" and place["sheet"] and place["cell"] for place in located)
    assert report["graph"]["sources"] == 1


def test_the_digest_of_a_project_follows_its_tables(project: Path) -> None:
    before = api.open(project).graph.digest
    assert api.open(project).graph.digest == before
    workbook(project / "a.xlsx", {"Organisations": ORGANISATIONS})
    assert api.open(project).graph.digest != before


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('[[tables]]\nfile = "b.xlsx"', "no file matches"),
        ('[[tables]]\nfile = "../a.xlsx"', "outside the project"),
        ('[[tables]]\nfile = "sharewell.toml"', "not a table"),
        ('[[tables]]\nfile = "a.xlsx"\nmaping = "x"', "unknown setting 'maping'"),
        ('[[tables]]\nfile = "a.xlsx"\n[[tables]]\nfile = "*.xlsx"', "named by two tables"),
        ('[[tables]]\nfile = "a.xlsx"\nmapping = "none"', "no mapping 'none'"),
        ('[[tables]]\nfile = "a.xlsx"\ngrade = "good"', "not a grade"),
        ("tables = 3", r"\[\[tables\]\]"),
    ],
)
def test_wrong_settings_of_tables_are_told_in_one_line(project: Path, lines: str, words: str) -> None:
    (project / "sharewell.toml").write_text(f'name = "Mine"\nbase = "{BASE}"\n{lines}\n')
    with pytest.raises(InputError, match=words):
        _ = api.open(project).graph


def test_many_rows_are_read(tmp_path: Path) -> None:
    rows = "".join(f"System {n},Housing;Town of X,{n},2020-01-31\n" for n in range(20_000))
    (tmp_path / "systems.csv").write_text("Name,Used by,Number of users,Valid from\n" + rows)
    one = workbook(tmp_path / "one.xlsx", {"Organisations": ORGANISATIONS})
    intake = read(tmp_path / "systems.csv", one)
    assert intake.reports[1].statements > 120_000
    assert said(intake, "system-7", "share:usedBy") == ["our:organisation-housing", "our:organisation-town-of-x"]
