"""Other people's inventories and registers: loaded, validated and asked, and what could not be carried is listed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tables import read

from sharewell import api
from sharewell.ingest.findings import Kind, Severity
from sharewell.vocabulary import SHARE

_SETTINGS = """name = "Theirs"
base = "https://example.org/theirs/"
prefix = "their"
as_of = "2026-11-22"
sources = {sources}
[[tables]]
file = "*.{ending}"
mapping = "{mapping}"
"""

OWNERS = """@prefix share: <https://w3id.org/sharewell#> . @prefix their: <https://example.org/theirs/> .
@prefix ontario: <https://w3id.org/sharewell/ontario/> .
their:a a share:Institution ; share:privacyRegime ontario:FIPPA .
their:b a share:Institution ; share:privacyRegime ontario:MFIPPA .
their:system-aus-sys-023 share:owner their:a .
their:system-aus-sys-022 share:owner their:b .
"""


@pytest.fixture
def inventory(others_files: Path, tmp_path: Path) -> Path:
    for path in (others_files / "inventory" / "coco-austin").glob("*.csv"):
        shutil.copy(path, tmp_path)
    text = _SETTINGS.format(sources="[]", ending="csv", mapping="inventory-of-systems")
    (tmp_path / "sharewell.toml").write_text(text)
    return tmp_path


def test_the_inventory_is_loaded_and_well_formed(inventory: Path) -> None:
    project = api.open(inventory)
    report = project.check()
    located = [result for result in report.validation.results if result.location]
    assert {result.severity for result in located} <= {"NotEvidenced", "Warning"}
    assert all(result.location.sheet and result.location.cell for result in located)

    def number(name: str) -> int:
        query = f"SELECT DISTINCT ?x WHERE {{ ?x a <{SHARE}{name}> }}"
        return len(project.ask(query).rows)

    assert (number("System"), number("DataFlow")) == (45, 75 + 21)  # 21 interactions go both ways


def test_the_inventory_says_what_was_not_carried_and_what_disagrees(inventory: Path) -> None:
    findings = api.open(inventory).intake.findings
    carried_not = {f.message.split("'")[1] for f in findings if f.kind is Kind.NOT_CARRIED}
    assert carried_not == {
        "business_owner", "member_system_ids", "direction", "interaction_type", "protocol", "hourly", "subsystem_id",
        "system_serial_number", "latest_patch_level", "latest_patch_date",
    }  # fmt: skip
    assert not any(f.kind in (Kind.UNKNOWN_COLUMN, Kind.UNKNOWN_SHEET) for f in findings)
    (other,) = [f for f in findings if f.kind is Kind.DISAGREEMENT]
    assert other.location.cell == "C55"
    assert "'Azure DevOps' and AUS-SYS-030, which is recorded as 'Trackwise Digital'" in other.message


def test_no_person_is_carried(inventory: Path, others_files: Path) -> None:
    text = (others_files / "inventory" / "coco-austin" / "coco_austin_subsystems.csv").read_text()
    names = [line.split('","')[3] for line in text.splitlines()[1:]]
    everything = " ".join(str(quad.object) for source in api.open(inventory).graph.sources for quad in source.quads)
    assert len(names) == 12
    assert not [name for name in names if name in everything]


def test_the_inventory_is_asked(inventory: Path) -> None:
    project = api.open(inventory)
    downstream = project.ask("CQ04", start="Rockwell FactoryTalk SCADA")
    assert {"system", "dataset"} <= {row[2].value for row in downstream.rows if row[2] is not None}
    reached = {str(row[1].value) for row in downstream.rows if row[1] is not None}
    assert {"Siemens Opcenter MES", "Apache Kafka", "CDP Edge Node"} <= reached
    hit = project.ask("CQ11", system="AUS-SYS-007")
    assert len(hit.rows) == 4
    assert project.ask("CQ06").rows == ()  # the inventory names no body, so no law


def test_with_owners_on_record_the_inventory_tells_flows_between_laws(inventory: Path) -> None:
    (inventory / "owners.ttl").write_text(OWNERS)
    text = _SETTINGS.format(sources='["owners.ttl"]', ending="csv", mapping="inventory-of-systems")
    (inventory / "sharewell.toml").write_text(text)
    flows = api.open(inventory).ask("CQ06")
    assert [str(row[0].value).rpartition("/")[2] for row in flows.rows if row[0] is not None] == ["flow-int-aus-001"]


@pytest.fixture
def register(others_files: Path, tmp_path: Path) -> Path:
    (path,) = (others_files / "register").glob("*.tsv")
    return Path(shutil.copy(path, tmp_path / "register.tsv"))


def test_in_the_register_the_misspelt_power_is_found_by_its_cell(register: Path) -> None:
    intake = read(register, mapping="register-of-agreements")
    (violation,) = [f for f in intake.findings if f.severity is Severity.VIOLATION]
    assert str(violation.location) == "register.tsv:register!E4"
    assert violation.text == "information-sharing-agreement-powers-and-objecitves-0001:2"
    assert violation.suggestions == ("information-sharing-agreement-powers-and-objectives-0001:2",)
    assert violation.path == SHARE + "provision"


def test_the_register_is_judged(register: Path) -> None:
    text = _SETTINGS.format(sources="[]", ending="tsv", mapping="register-of-agreements")
    (register.parent / "sharewell.toml").write_text(text)
    project = api.open(register.parent)
    results = project.validate().results
    violations = [str(r.location) for r in results if r.severity == "Violation" and r.location]
    assert violations == ["register.tsv:register!E4"]
    assert any("Fewer than two parties" in r.message and r.focus.value.endswith("agreement-2") for r in results)
    expired = project.ask("CQ46")
    assert len(expired.rows) == 3
    months = project.ask(f"SELECT ?m WHERE {{ ?r <{SHARE}retentionMonths> ?m }} ORDER BY ?m")
    assert [row[0].value for row in months.rows if row[0] is not None] == ["3", "24", "47"]
