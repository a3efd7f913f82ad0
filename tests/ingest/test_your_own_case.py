"""The document on a case of one's own, followed word for word; and the mapping that the document on mappings shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from openpyxl import load_workbook
from tables import found, read, said

from test_docs import shows

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"^\| Sheet \| Cell \| Write \|\n\|[ |-]+\|\n((?:\|.*\|\n)+)", re.MULTILINE)


def _steps() -> list[tuple[int, str, str]]:
    """The consoles and the tables of cells, in the order of the page."""
    text = (DOCS / "your-own-case.md").read_text(encoding="utf-8")
    steps = [(block.start(), "console", block[1]) for block in _BLOCK.finditer(text)]
    return sorted([*steps, *((table.start(), "cells", table[1]) for table in _TABLE.finditer(text))])


def _write(path: Path, table: str) -> None:
    book = load_workbook(path)
    for line in table.splitlines():
        sheet, cell, text = (part.strip() for part in line.strip("|").split("|"))
        book[sheet][cell] = text
    book.save(path)


def test_the_document_is_followed_word_for_word(tmp_path: Path) -> None:
    folder = tmp_path
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = os.environ | {"PATH": path, "COLUMNS": "200"}
    followed = 0
    for _, kind, text in _steps():
        if kind == "cells":
            _write(folder / "inventory.xlsx", text)
            continue
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, *expected = part.splitlines()
            followed += 1
            if command.startswith("cd "):
                folder = folder / command.removeprefix("cd ")
                continue
            done = subprocess.run(
                command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
            )
            assert done.returncode in (0, 1), done.stderr
            assert shows(expected, done.stdout), f"{command}\n{done.stdout}"
    assert followed >= 9


def test_the_mapping_of_the_documents_reads_the_table_of_the_documents(tmp_path: Path) -> None:
    text = (DOCS / "mappings.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"^```csv\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    mapping = next(block for block in re.findall(r"^```toml\n(.*?)^```", text, re.M | re.S) if "[[sheets]]" in block)
    (tmp_path / "offices.csv").write_text(table, encoding="utf-8")
    (tmp_path / "offices.toml").write_text(mapping, encoding="utf-8")
    intake = read(tmp_path / "offices.csv", mapping="offices.toml", grade="secondary")
    assert said(intake, "bureau-log", "rdfs:label") == ["Logement@fr"]
    assert said(intake, "bureau-log", "org:subOrganizationOf") == ["our:ville"]
    assert said(intake, "outil-baux", "share:owner") == ["our:bureau-log"]
    assert said(intake, "outil-places", "share:grade") == ["share:Secondary"]
    assert [kind for kind, _, _ in found(intake)] == ["not carried", "not carried"]
