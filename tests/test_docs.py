"""Every command in the documents is run, and shows what the documents say it shows.

A document is followed from top to bottom in an empty folder. In a `console` block, `$ ` begins a command; what follows
is the beginning of its output, where a line `…` stands for any lines and `…` at the end of a line for the rest of it.
Blocks without `$ ` need what a test does not have and are shown elsewhere: a network, a file of the reader's own, or
the whole test suite. A block whose first line is `# NAME`, the name of a file, is that file.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from sharewell import api

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ([\w-]+(?:/[\w-]+)*\.(?:ttl|toml|yaml|csv))\n")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
_PATH = re.compile(r"`((?:docs|ontology|shapes|queries|data|src|tests)/[\w./-]*\w)`")


@dataclass(frozen=True)
class Step:
    """A file to write (its name and text), or a command to run and the lines it shows."""

    file: str | None
    text: str
    expected: tuple[str, ...] = ()


def _steps(document: Path) -> list[Step]:
    found = []
    for indent, language, block in _BLOCK.findall(document.read_text(encoding="utf-8")):
        lines = [line.removeprefix(indent) for line in block.splitlines(keepends=True)]
        named = _FILE.match("".join(lines))
        if named:
            found.append(Step(named[1], "".join(lines)))
        elif language == "console":
            for part in re.split(r"^\$ ", "".join(lines), flags=re.MULTILINE)[1:]:
                command, *rest = part.splitlines()
                found.append(Step(None, command, tuple(rest)))
    return found


FOLLOWED_ELSEWHERE = {"your-own-case.md"}
"""What asks its reader to fill in a spreadsheet between commands: tests/ingest/test_your_own_case.py does so."""


@pytest.mark.parametrize(
    "document", [path for path in DOCUMENTS if path.name not in FOLLOWED_ELSEWHERE], ids=lambda path: path.name
)
def test_a_document_can_be_followed(document: Path, tmp_path: Path) -> None:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "200",
    }
    for step in _steps(document):
        if step.file is not None:
            path = tmp_path / step.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text, encoding="utf-8")
            continue
        done = subprocess.run(
            step.text,
            shell=True,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{step.text}\n{done.stdout}{done.stderr}"
        assert shows(step.expected, done.stdout), f"{step.text}\n{done.stdout}"


def shows(expected: Sequence[str], output: str) -> bool:
    """Whether an output begins with what a document shows of it."""
    pattern = "".join("(?:.*\n)*?" if line == "…" else _line(line) for line in expected)
    return re.match(pattern, output) is not None


def _line(line: str) -> str:
    words = [re.escape(word) for word in line.removesuffix("…").split()]
    return r"\s*" + r"\s+".join(words) + (r".*\n" if line.endswith("…") else r"\s*\n") if words else r"\s*\n"


def test_there_are_commands_to_run() -> None:
    assert sum(step.file is None for document in DOCUMENTS for step in _steps(document)) > 8


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_points_to_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = [document.parent / link for link in _LINK.findall(text)] + [ROOT / path for path in _PATH.findall(text)]
    assert [str(target) for target in targets if not target.exists()] == []


def test_the_first_project_of_the_documents_is_well_formed(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "modelling.md").read_text(encoding="utf-8")
    for language, name in (("toml", "sharewell.toml"), ("turtle", "first.ttl")):
        blocks = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        (tmp_path / name).write_text(next(block for block in blocks if "example.org/sharing" in block))
    report = api.open(tmp_path).check()
    assert report.triples == 9
    assert report.validation.results == ()


def test_the_rule_that_the_documents_explain_is_the_shipped_one() -> None:
    text = (ROOT / "docs" / "adding-a-derivation-rule.md").read_text(encoding="utf-8")
    (rule,) = re.findall(r"^```turtle\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert rule in (ROOT / "shapes" / "derive" / "flows.ttl").read_text(encoding="utf-8")


def test_the_python_of_the_documents_runs() -> None:
    text = (ROOT / "docs" / "asking.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    assert len(names["frame"]) > 0
