"""Every command in the documents is run, and shows what the documents say it shows.

In a `console` block, `$ ` begins a command; what follows is the beginning of its output, where a line `…` stands for
any lines and `…` at the end of a line for the rest of it. Blocks without `$ ` need what a test does not have and are
shown elsewhere: a network, a file of the reader's own, or the whole test suite.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sharewell import api

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^( *)```console\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
_PATH = re.compile(r"`((?:docs|ontology|shapes|queries|data|src|tests)/[\w./-]*\w)`")


def _commands() -> list[tuple[str, str, list[str]]]:
    found = []
    for document in DOCUMENTS:
        for indent, block in _BLOCK.findall(document.read_text(encoding="utf-8")):
            for part in re.split(rf"^{indent}\$ ", block, flags=re.MULTILINE)[1:]:
                first, *rest = [line.removeprefix(indent) for line in part.splitlines()]
                found.append((document.name, first, rest))
    return found


@pytest.mark.parametrize(
    ("document", "command", "expected"), _commands(), ids=lambda v: v[:60] if isinstance(v, str) else None
)
def test_a_command_shows_what_the_document_says(
    document: str, command: str, expected: list[str], tmp_path: Path
) -> None:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "200",
    }
    done = subprocess.run(
        command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    pattern = "".join("(?:.*\n)*?" if line == "…" else _line(line) for line in expected)
    assert re.match(pattern, done.stdout), done.stdout


def _line(line: str) -> str:
    words = [re.escape(word) for word in line.removesuffix("…").split()]
    return r"\s*" + r"\s+".join(words) + (r".*\n" if line.endswith("…") else r"\s*\n") if words else r"\s*\n"


def test_there_are_commands_to_run() -> None:
    assert len(_commands()) > 8


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
