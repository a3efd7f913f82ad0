"""A project of one's own: made whole or not at all, never over something, and ready to be checked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook
from pyoxigraph import NamedNode

from sharewell import api
from sharewell.assessment.proofs import Prover
from sharewell.errors import InputError
from sharewell.ingest import starter


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sharewell.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


def test_a_new_project_is_well_formed_and_marked_as_invented(tmp_path: Path) -> None:
    done = run("init", "our-case", "--name", 'Our "first" case', cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "our-case"
    made = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert made == {
        "sharewell.toml", "inventory.xlsx", "README.md", "record/README.md", ".gitlab-ci.yml",
        ".github/workflows/sharewell.yml",
    }  # fmt: skip
    assert all(f"our-case/{name}" in done.stdout for name in made)
    project = api.open(folder)
    assert (project.settings.name, project.settings.illustrative) == ("Our 'first' case", True)
    assert project.settings.base == "https://example.org/our-first-case/"
    report = project.check()
    assert [result for result in report.validation.results if result.location] == []
    assert report.triples > 150
    assert project.intake.findings == ()


def test_every_leaf_of_every_proof_points_to_a_cell(tmp_path: Path) -> None:
    project = api.open(api.init(tmp_path / "ours"))
    prover = Prover(project.assessor)
    flow = NamedNode(project.settings.base + "flow-applications-for-housing-from-applicants-to-the-waiting-list")
    leaves = [
        leaf
        for rule in project.rules.rules
        for ground in prover.prove(rule, flow).grounds
        for statement in ground.statements
        for leaf in statement.recorded()
    ]
    rows = [leaf for leaf in leaves if str(leaf.triple.subject).startswith(f"<{project.settings.base}")]
    assert len(rows) > 3
    for leaf in rows:
        assert leaf.locations
        for place in leaf.locations:
            assert (place.file, place.line) == ("inventory.xlsx", None)
            assert place.sheet is not None
            assert place.cell is not None


def test_a_template_without_rows_is_an_empty_record(tmp_path: Path) -> None:
    folder = api.init(tmp_path / "ours")
    book = load_workbook(folder / "inventory.xlsx")
    for sheet in book.worksheets:
        if sheet.title not in ("Start here", "Lists"):
            sheet.delete_rows(2, sheet.max_row)
    book.save(folder / "inventory.xlsx")
    (folder / "~$inventory.xlsx").write_bytes(b"locked")
    settings = (folder / "sharewell.toml").read_text().replace('"inventory.xlsx"', '"*.xlsx"')
    (folder / "sharewell.toml").write_text(settings)
    report = api.open(folder).check()
    assert report.triples == 0
    assert [result for result in report.validation.results if result.location] == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("there", "file", "link"):
        done = run("init", name, cwd=tmp_path)
        assert done.returncode == 2
        assert "is there already" in done.stderr
    assert (tmp_path / "file").read_text() == "mine"
    assert list((tmp_path / "there").iterdir()) == []
    done = run("init", "no/such/place", cwd=tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_what_cannot_be_finished_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(starter, "template", broken)
    with pytest.raises(InputError, match="No space left"):
        api.init(tmp_path / "ours")
    assert list(tmp_path.iterdir()) == []


def test_the_workflows_run_the_check_and_publish_what_it_finds(tmp_path: Path) -> None:
    folder = api.init(tmp_path / "ours")
    workflow = yaml.safe_load((folder / ".github" / "workflows" / "sharewell.yml").read_text())
    steps = workflow["jobs"]["check"]["steps"]
    runs = "\n".join(step.get("run", "") for step in steps)
    pipeline = yaml.safe_load((folder / ".gitlab-ci.yml").read_text())["sharewell"]
    for script in (runs, "\n".join(pipeline["script"])):
        lines = script.splitlines()
        assert "sharewell check" in lines
        assert "sharewell check --fail-on never --format sarif -o sharewell.sarif" in lines
        assert "sharewell check --fail-on never --format junit -o sharewell.xml" in lines
    assert any("upload-sarif" in step.get("uses", "") for step in steps)
    assert pipeline["artifacts"]["reports"]["junit"] == "sharewell.xml"


def test_ingest_reports_and_writes_only_what_changed(tmp_path: Path) -> None:
    api.init(tmp_path / "ours")
    folder = tmp_path / "ours"
    done = run("ingest", "inventory.xlsx", "-o", "out.ttl", "--format", "json", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["files"][0]["file"] == "inventory.xlsx"
    assert report["files"][0]["rows"]["Organisations"] == 3
    assert report["findings"] == []
    before = (folder / "out.ttl").stat()
    assert run("ingest", "inventory.xlsx", "-o", "out.ttl", cwd=folder).returncode == 0
    assert (folder / "out.ttl").stat().st_mtime_ns == before.st_mtime_ns
    (folder / "more.csv").write_text("a,b\n1,2\n")
    wrong = run("ingest", "more.csv", cwd=folder)
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (2, 1)
    (folder / "systems.csv").write_text("Name,Owner\nNew list,Lakeside Housing Ofice\n")
    broken = run("ingest", "systems.csv", "-m", "template", cwd=folder)
    assert broken.returncode == 1
    assert "systems.csv:systems!B2: 'Lakeside Housing Ofice' is not the name of" in broken.stdout
    assert "nearest: Lakeside Housing Office (our:organisation-lakeside-housing-office)" in broken.stdout
