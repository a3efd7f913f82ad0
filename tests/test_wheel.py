"""The wheel carries the knowledge: installed in an empty environment, it answers in an empty folder."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def test_it_carries_every_file_of_the_knowledge(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    tracked = [
        path.relative_to(ROOT).as_posix()
        for folder in ("ontology", "shapes", "queries", "mappings", "starter", "data")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    ]
    assert tracked
    assert {f"sharewell/_knowledge/{path}" for path in tracked} <= inside


@pytest.mark.whole
def test_check_works_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    python = environment / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    constraints = ROOT / "constraints.txt"
    install = [str(python), "-m", "pip", "install", "--quiet", "--constraint", str(constraints), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    command = [str(python.parent / "sharewell"), "check", "--fail-on", "never"]
    done = subprocess.run(command, cwd=empty, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Human Services Integration" in done.stdout
    assert list(empty.iterdir()) == []
