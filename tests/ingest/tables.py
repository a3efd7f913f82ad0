"""Tables for tests: written as a person's program would write them, then read like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from pyoxigraph import Literal, NamedNode

from sharewell.graph.project import TableSource
from sharewell.graph.source import Source, read_source
from sharewell.graph.store import load_ontology
from sharewell.graph.terms import compact
from sharewell.ingest.reader import Intake, Setting, read_tables
from sharewell.vocabulary import PREFIXES

BASE = "https://example.org/mine/"
NAMES = {**PREFIXES, "our": BASE}


def workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Path:
    """An Excel workbook of some sheets, each a list of rows."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def read(*paths: Path, mapping: str | None = "template", record: str | None = None, grade: str | None = None) -> Intake:
    """Read tables that lie in one folder; `record` is Turtle that the project records beside them."""
    root = paths[0].parent
    sources: list[Source] = []
    if record is not None:
        prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in NAMES.items())
        (root / "record.ttl").write_text(prefixes + record, encoding="utf-8")
        sources.append(read_source(root / "record.ttl", root))
    setting = Setting(root, BASE, NAMES, load_ontology(), sources)
    return read_tables([TableSource(path, mapping, grade) for path in paths], setting)


def said(intake: Intake, subject: str, predicate: str) -> list[str]:
    """What the statements about a node by a property say, as prefixed names and plain texts, sorted."""
    prefix, _, local = predicate.partition(":")
    wanted = NamedNode(NAMES[prefix] + local)
    node = NamedNode(BASE + subject)
    quads = [quad for source in intake.sources for quad in source.quads]
    return sorted(_shown(quad.object) for quad in quads if quad.subject == node and quad.predicate == wanted)


def _shown(term: Any) -> str:
    return f"{term.value}@{term.language}" if isinstance(term, Literal) and term.language else compact(term, NAMES)


def found(intake: Intake) -> list[tuple[str, str, str]]:
    """The findings: kind, place and message."""
    return [(finding.kind.value, str(finding.location), finding.message) for finding in intake.findings]
