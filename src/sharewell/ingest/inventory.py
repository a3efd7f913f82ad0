"""The graph back into the template: what a workbook can carry, and a list of what it cannot.

What was carried is not assumed but read: the workbook is read with the same reader as any other, and every statement
that does not come back is a loss.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from sharewell.graph.project import TableSource
from sharewell.graph.terms import Term, compact_iri
from sharewell.ingest.mapping import (
    CLASS,
    IDENTIFIER,
    TEMPLATE,
    Column,
    SheetMapping,
    TableMapping,
    named_column,
    read_mapping,
)
from sharewell.ingest.matching import NodeIndex
from sharewell.ingest.properties import Vocabulary
from sharewell.ingest.reader import LOCAL_NAME, Setting, read_tables
from sharewell.ingest.template import Row, write_workbook
from sharewell.ingest.values import ValueKind, tidy
from sharewell.vocabulary import PREFIXES, RDF_TYPE, XSD

_NATIVE = {XSD + "integer", XSD + "decimal"}
_LONGEST = 32_767


@dataclass(frozen=True, slots=True)
class Loss:
    """Statements of one kind that the template cannot carry: class and property as prefixed names, how many, one."""

    subject_class: str
    predicate: str
    number: int
    example: str


@dataclass(frozen=True, slots=True)
class Export:
    """A workbook, how many distinct statements it carries of how many, and what it does not carry or adds."""

    workbook: bytes
    carried: int
    recorded: int
    losses: tuple[Loss, ...]
    added: tuple[Loss, ...]

    def as_json(self) -> dict[str, Any]:
        """The export without the workbook, as an object."""

        def rows(losses: Iterable[Loss]) -> list[dict[str, Any]]:
            return [
                {"class": one.subject_class, "property": one.predicate, "number": one.number, "example": one.example}
                for one in losses
            ]

        return {
            "recorded": self.recorded,
            "carried": self.carried,
            "lost": rows(self.losses),
            "added": rows(self.added),
        }


def export_inventory(setting: Setting) -> Export:
    """The recorded statements of a project as a workbook after the template."""
    vocabulary = Vocabulary(setting.ontology)
    mapping = read_mapping(TEMPLATE, setting.root, vocabulary)
    recorded = {Triple(q.subject, q.predicate, q.object) for source in setting.recorded for q in source.quads}
    rows = _Rows(setting, vocabulary, mapping, recorded)
    mapping = replace(mapping, sheets=tuple(map(rows.widened, mapping.sheets)))
    filled = {number: rows.of(sheet) for number, sheet in enumerate(mapping.sheets)}
    workbook = write_workbook(mapping, vocabulary, filled, further=True)
    carried = _read_back(workbook, setting)
    shown = _Shown(setting, recorded | carried)
    return Export(
        workbook,
        len(recorded & carried),
        len(recorded),
        shown.losses(recorded - carried),
        shown.losses(carried - recorded),
    )


def _read_back(workbook: bytes, setting: Setting) -> set[Triple]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inventory.xlsx"
        path.write_bytes(workbook)
        alone = Setting(path.parent, setting.base, setting.prefixes, setting.ontology)
        intake = read_tables([TableSource(path, TEMPLATE)], alone)
    return {Triple(q.subject, q.predicate, q.object) for source in intake.sources for q in source.quads}


class _Rows:
    """The nodes of a graph as rows."""

    def __init__(
        self, setting: Setting, vocabulary: Vocabulary, mapping: TableMapping, recorded: Iterable[Triple]
    ) -> None:
        self._setting = setting
        self._told_by_others = {c.predicate or "" for sheet in mapping.sheets for c in sheet.columns if c.inverse}
        self._vocabulary = vocabulary
        self._about: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self._naming: dict[tuple[str, str], list[Term]] = defaultdict(list)
        self._of_class: dict[str, list[str]] = defaultdict(list)
        self._taken: set[str] = set()
        for triple in sorted(recorded, key=str):
            if isinstance(triple.subject, NamedNode):
                self._about[triple.subject.value][triple.predicate.value].append(triple.object)
                if triple.predicate == RDF_TYPE and isinstance(triple.object, NamedNode):
                    self._of_class[triple.object.value].append(triple.subject.value)
                if isinstance(triple.object, NamedNode):
                    self._naming[triple.predicate.value, triple.object.value].append(triple.subject)
        self._index = NodeIndex(vocabulary, setting.ontology, setting.prefixes)
        for source in setting.recorded:
            self._index.add_statements(source.quads)

    def widened(self, sheet: SheetMapping) -> SheetMapping:
        """A sheet with a column more for each property that a record of its classes has and no column is there for."""
        told = {column.predicate for column in sheet.columns} | {notation for notation, _ in sheet.constants}
        told |= {name for names in sheet.also.values() for name in names} | {RDF_TYPE.value} | self._told_by_others
        nodes = {iri for name in sheet.classes for iri in self._of_class.get(name, ())}
        names = sorted({name for iri in nodes for name in self._about[iri]} - told)
        more = [named_column(compact_iri(name, PREFIXES), self._vocabulary) for name in names]
        return replace(sheet, columns=(*sheet.columns, *(column for column in more if column is not None)))

    def of(self, sheet: SheetMapping) -> list[Row]:
        """The rows of a sheet, sorted by class and IRI; a node stands on one sheet only."""
        rows: list[Row] = []
        for name in sheet.classes:
            for iri in self._of_class.get(name, ()):
                if iri not in self._taken and self._fits(sheet, iri):
                    self._taken.add(iri)
                    rows.append(self._row(sheet, iri, name))
        return rows

    def _fits(self, sheet: SheetMapping, iri: str) -> bool:
        """Whether what the sheet states of each row is recorded of this node; else reading would add it."""
        for notation, value in sheet.constants:
            node = self._setting.prefixes.get(value.partition(":")[0], "") + value.partition(":")[2]
            if NamedNode(node) not in self._about[iri].get(notation, ()):
                return False
        return True

    def _row(self, sheet: SheetMapping, iri: str, name: str) -> Row:
        row: dict[str, str | int | float | date] = {}
        for column in sheet.columns:
            value = self._cell(column, iri, name)
            if value is not None and value != "":
                row[column.notation] = value
        return row

    def _cell(self, column: Column, iri: str, name: str) -> str | int | float | date | None:
        if column.role == IDENTIFIER:
            return self._identifier(iri)
        if column.role == CLASS:
            return self._vocabulary.label(name) or name
        if column.predicate is None:
            return None
        if column.inverse:
            terms = self._naming.get((column.predicate, iri), [])
        else:
            terms = self._about[iri].get(column.predicate, [])
        if column.kind is ValueKind.NODE:
            nodes = [term.value for term in terms if isinstance(term, NamedNode)]
            return "\n".join(sorted(self._reference(node, column) for node in nodes))
        literals = [t for t in terms if isinstance(t, Literal) and (t.language or None) == column.language]
        if not column.separators:
            return self._literal(min(literals, key=str), column) if literals else None
        return "\n".join(literal.value for literal in sorted(literals, key=str))

    def _identifier(self, iri: str) -> str:
        local = iri.removeprefix(self._setting.base)
        return local if local != iri and LOCAL_NAME.match(local) else compact_iri(iri, self._setting.prefixes)

    def _reference(self, iri: str, column: Column) -> str:
        """A node as people name it, where the name means this node alone; else its prefixed name or IRI."""
        label = self._index.name(iri)
        if label and not set(label) & set("\n;") and self._index.find(label, column.classes).iri == iri:
            return label
        return compact_iri(iri, self._setting.prefixes)

    def _literal(self, term: Literal, column: Column) -> str | int | float | date:
        text, datatype = term.value, term.datatype.value
        if column.kind is ValueKind.BOOLEAN:
            return {"true": "yes", "false": "no"}.get(text, text)
        if datatype == XSD + "date" and len(text) == 10 and text >= "1900-03-01":
            return date.fromisoformat(text)
        if datatype in _NATIVE and column.kind is not ValueKind.TEXT and len(text) < 15:
            number = float(text)
            native = int(number) if number.is_integer() else number
            if str(native) == text:
                return native
        return tidy(text)[:_LONGEST]


class _Shown:
    """Statements grouped for people."""

    def __init__(self, setting: Setting, known: Iterable[Triple]) -> None:
        self._prefixes: Mapping[str, str] = setting.prefixes
        self._classes: dict[Term, str] = {}
        for triple in sorted(known, key=str):
            if triple.predicate == RDF_TYPE and isinstance(triple.object, NamedNode):
                self._classes.setdefault(triple.subject, compact_iri(triple.object.value, self._prefixes))

    def losses(self, triples: Iterable[Triple]) -> tuple[Loss, ...]:
        """Triples by class and property, the most frequent first."""
        groups: dict[tuple[str, str], list[Triple]] = defaultdict(list)
        for triple in sorted(triples, key=str):
            name = self._classes.get(triple.subject, "untyped")
            groups[name, compact_iri(triple.predicate.value, self._prefixes)].append(triple)
        counts = Counter({key: len(found) for key, found in groups.items()})
        ordered: Sequence[tuple[tuple[str, str], int]] = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return tuple(Loss(*key, number, self._statement(groups[key][0])) for key, number in ordered)

    def _statement(self, triple: Triple) -> str:
        parts = (triple.subject, triple.predicate, triple.object)
        return " ".join(compact_iri(t.value, self._prefixes) if isinstance(t, NamedNode) else str(t) for t in parts)
