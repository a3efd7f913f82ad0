"""From tables to statements: each row a node, each cell its statements, and a finding for what cannot be used.

Tables are read in two passes, because any cell may name a node of any other row: first all rows get their IRIs and
names, then all cells are read. An IRI is a function of its row alone, so a change in one file changes only its graph.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from sharewell.collector import collector_paused
from sharewell.errors import InputError
from sharewell.graph.formats import Format
from sharewell.graph.locations import Location, cell_name
from sharewell.graph.project import TableSource
from sharewell.graph.source import Source, relative
from sharewell.graph.terms import expand
from sharewell.graph.turtle import LocatedQuad
from sharewell.ingest.findings import Finding, Kind, Severity
from sharewell.ingest.grids import Grid, Progress, Value, read_grids
from sharewell.ingest.mapping import (
    CLASS,
    IDENTIFIER,
    Column,
    Creation,
    SheetMapping,
    TableMapping,
    fill,
    holes,
    named_column,
    read_mapping,
    shipped_mappings,
    translated,
)
from sharewell.ingest.matching import NAMING, Meant, NodeIndex
from sharewell.ingest.properties import Vocabulary
from sharewell.ingest.values import Unreadable, ValueKind, as_text, folded, literal
from sharewell.vocabulary import DCTERMS, RDF_TYPE, RDFS_LABEL, SHARE

_HEADER_WITHIN = 20
LOCAL_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._~-]*[A-Za-z0-9_~-])?\Z")
"""What may stand as it is behind the base of a project."""
_WORD = re.compile(r"\w{3,}")
_LONGEST_SLUG = 80
_REPORTED_EVERY = 20_000
_SOURCE = SHARE + "source"
_GRADE = SHARE + "grade"
_ILLUSTRATIVE = SHARE + "Illustrative"


@dataclass(frozen=True, slots=True)
class TableReport:
    """One file as it was read: rows by sheet, statements, and how the names in its cells were matched.

    `matches` counts the outcomes exact, near, none, several and new, each distinct cell once.
    """

    file: str
    mapping: str
    rows: Mapping[str, int]
    statements: int
    matches: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """The report as an object."""
        return {
            "file": self.file,
            "mapping": self.mapping,
            "rows": dict(self.rows),
            "statements": self.statements,
            "matches": dict(self.matches),
        }


@dataclass(frozen=True, slots=True)
class Intake:
    """What some tables gave: sources for the graph, a report on each file, and findings, the gravest first."""

    sources: tuple[Source, ...] = ()
    reports: tuple[TableReport, ...] = ()
    findings: tuple[Finding, ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings are of a severity."""
        return sum(finding.severity is severity for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """The intake as an object: `files` and `findings`."""
        return {
            "files": [report.as_json() for report in self.reports],
            "findings": [finding.as_json() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Setting:
    """Where tables are read: the project's root and names, and what its cells may refer to."""

    root: Path
    base: str
    prefixes: Mapping[str, str]
    ontology: Sequence[Quad]
    recorded: Sequence[Source] = ()
    illustrative: bool = False


def _silent(_: str) -> None:
    """No progress is shown."""


def read_tables(tables: Sequence[TableSource], setting: Setting, on_step: Progress = _silent) -> Intake:
    """Read tables together, so that each may refer to the rows of the others.

    Raises InputError for a file that cannot be read, a mapping that is wrong, and a file that no mapping fits; what
    is wrong with a cell, column or sheet is a finding.
    """
    vocabulary = Vocabulary(setting.ontology)
    index = NodeIndex(vocabulary, setting.ontology, setting.prefixes)
    for source in setting.recorded:
        index.add_statements(source.quads)
    desk = _Desk(setting, vocabulary, index)
    with collector_paused():
        readers = [_TableReader(table, desk, on_step) for table in sorted(tables, key=lambda table: table.path)]
        for reader in readers:
            reader.name_rows()
        sources = [reader.read_cells() for reader in readers]
    findings = sorted(dict.fromkeys(desk.findings), key=Finding.sort_key)
    return Intake(tuple(sources), tuple(reader.report() for reader in readers), tuple(findings))


class _Desk:
    """What all tables of one reading share."""

    def __init__(self, setting: Setting, vocabulary: Vocabulary, index: NodeIndex) -> None:
        self.setting = setting
        self.vocabulary = vocabulary
        self.index = index
        self.findings: list[Finding] = []
        self.rows: dict[str, Location] = {}
        self.created: dict[str, str] = {}
        self.before = frozenset(q.subject.value for s in setting.recorded for q in s.quads if q.predicate == RDF_TYPE)
        self._mappings: dict[str, TableMapping] = {}
        self._nodes: dict[str, NamedNode] = {}

    def mapping(self, name: str) -> TableMapping:
        """A mapping, read once."""
        if name not in self._mappings:
            self._mappings[name] = read_mapping(name, self.setting.root, self.vocabulary)
        return self._mappings[name]

    def node(self, iri: str) -> NamedNode:
        """A node; the same object every time, because a hundred thousand rows name the same few."""
        if iri not in self._nodes:
            self._nodes[iri] = NamedNode(iri)
        return self._nodes[iri]

    def iri(self, text: str) -> str | None:
        """The IRI of a prefixed name, of `:local` in the project's own names, or of a full IRI."""
        return self.setting.base + text[1:] if text.startswith(":") else expand(text, self.setting.prefixes)


@dataclass(slots=True)
class _Row:
    number: int
    iri: str
    node_class: str
    anchor: int


@dataclass(slots=True)
class _Sheet:
    """One sheet under one mapping: where its header stands, and which of its columns is which."""

    grid: Grid
    mapping: SheetMapping
    header: int
    bound: list[tuple[int, Column]]
    by_heading: dict[str, int]
    rows: list[_Row] = field(default_factory=list)

    def text(self, row: tuple[Value, ...], heading: str) -> str:
        """The text of a row's cell under a heading; empty where there is no such column."""
        index = self.by_heading.get(folded(heading), -1)
        return as_text(row[index]) if 0 <= index < len(row) else ""


class _TableReader:
    """Reads one file."""

    def __init__(self, table: TableSource, desk: _Desk, on_step: Progress) -> None:
        self._desk = desk
        self._index = desk.index
        self._on_step = on_step
        self._name = relative(table.path, desk.setting.root)
        self._data, self._grids = read_grids(table.path, self._name, on_step)
        self._mapping = desk.mapping(table.mapping) if table.mapping else self._fitting_mapping()
        self._grade = self._given_grade(table.grade)
        self._source = desk.setting.base + "source-" + slug(table.path.name)
        self._source_used = False
        self._quads: list[LocatedQuad] = []
        self._matches: Counter[str] = Counter()
        self._seen: dict[tuple[str, str], str] = {}
        self._sheets = [sheet for grid in self._grids for sheet in self._bind(grid, self._mapping)]
        if not self._sheets:
            raise InputError(f"no sheet has the headings that mapping '{self._mapping.name}' asks for", self._name)
        for grid in self._grids:
            self._look_over(grid)

    # ---- Which mapping, which sheet, which column

    def _fitting_mapping(self) -> TableMapping:
        """The shipped mapping that knows most of the columns; the first by name where several know as many."""
        best: tuple[int, TableMapping] | None = None
        for name in shipped_mappings():
            mapping = self._desk.mapping(name)
            known = sum(len(sheet.bound) for grid in self._grids for sheet in self._bind(grid, mapping))
            if known and (best is None or known > best[0]):
                best = known, mapping
        if best is None:
            names = ", ".join(shipped_mappings())
            raise InputError(f"no shipped mapping knows its headings ({names}): name one of your own", self._name)
        return best[1]

    def _given_grade(self, text: str | None) -> str:
        if text is None:
            return _ILLUSTRATIVE if self._desk.setting.illustrative else self._mapping.grade
        meant = self._index.find(text, (SHARE + "Grade",))
        if meant.iri is None:
            raise InputError(f"'{text}' is not a grade: published, secondary, inferred, unverified or illustrative")
        return meant.iri

    def _bind(self, grid: Grid, mapping: TableMapping) -> Iterator[_Sheet]:
        if any(folded(grid.name) == folded(name) for name in mapping.ignore):
            return
        for sheet in mapping.sheets:
            if sheet.names and not sheet.answers(grid.name):
                continue
            bound = self._header(grid, sheet)
            if bound is not None:
                yield bound

    def _header(self, grid: Grid, mapping: SheetMapping) -> _Sheet | None:
        """The sheet with the row that holds most of the headings; None where what is needed is not among them."""
        best: tuple[int, _Sheet] | None = None
        for number, row in enumerate(grid.rows[:_HEADER_WITHIN], start=1):
            headings: dict[str, int] = {}
            for index, value in enumerate(row):
                if isinstance(value, str) and value.strip():
                    headings.setdefault(folded(value), index)
            bound: list[tuple[int, Column]] = []
            for column in mapping.columns:
                index = next((headings[heading] for heading in headings if column.answers(heading)), -1)
                if index >= 0 and index not in (taken for taken, _ in bound):
                    bound.append((index, column))
            found = len(bound) + sum(folded(name) in headings for name in _needed(mapping))
            if found and (best is None or found > best[0]):
                best = found, _Sheet(grid, mapping, number, sorted(bound, key=lambda pair: pair[0]), headings)
        if best is None or not self._has_key(best[1]):
            return None
        if mapping.complete:
            self._bind_properties(best[1])
        return best[1]

    def _bind_properties(self, sheet: _Sheet) -> None:
        """Take in the columns that are headed by a property's own name."""
        bound = {index for index, _ in sheet.bound}
        for index, value in enumerate(sheet.grid.rows[sheet.header - 1]):
            if index not in bound and isinstance(value, str):
                column = named_column(as_text(value), self._desk.vocabulary)
                if column is not None:
                    sheet.bound.append((index, column))

    @staticmethod
    def _has_key(sheet: _Sheet) -> bool:
        needed = _needed(sheet.mapping)
        if needed:
            return all(folded(name) in sheet.by_heading for name in needed)
        return any(_names_the_row(column) for _, column in sheet.bound)

    def _look_over(self, grid: Grid) -> None:
        """Report what of a sheet is not read: the whole of it, or columns that no mapping knows."""
        place = Location(self._name, sheet=grid.name)
        for remark in grid.remarks:
            self._find(Severity.INFO, Kind.READ_AS, remark, place)
        sheets = [sheet for sheet in self._sheets if sheet.grid is grid]
        ignored = any(folded(grid.name) == folded(name) for name in self._mapping.ignore)
        if not sheets:
            if grid.rows and not ignored:
                hidden = "a hidden sheet that " if grid.hidden else "a sheet that "
                message = f"{hidden}mapping '{self._mapping.name}' does not know: not read"
                self._find(Severity.WARNING, Kind.UNKNOWN_SHEET, message, place)
            return
        if grid.hidden:
            self._find(Severity.INFO, Kind.HIDDEN_SHEET, "this sheet is hidden; it is read like the others", place)
        known = {index for sheet in sheets for index, _ in sheet.bound}
        known |= {sheet.by_heading[folded(name)] for sheet in sheets for name in _mentioned(sheet)}
        self._report_columns(grid, sheets[0].header, known)
        for sheet in sheets:
            for index, column in sheet.bound:
                if column.not_carried is not None and (cells := _filled(grid, index, sheet.header)):
                    heading = as_text(grid.rows[sheet.header - 1][index])
                    message = f"column '{heading}' is not carried ({_number(cells, 'cell')}): {column.not_carried}"
                    self._find(Severity.INFO, Kind.NOT_CARRIED, message, self._place(grid, sheet.header, index))

    def _report_columns(self, grid: Grid, header: int, known: set[int]) -> None:
        headings = grid.rows[header - 1]
        for index in range(max(map(len, grid.rows[header - 1 :]))):
            if index in known:
                continue
            heading = as_text(headings[index]) if index < len(headings) else ""
            cells = _filled(grid, index, header)
            if not heading and not cells:
                continue
            name = f"column '{heading}'" if heading else "a column without a heading"
            message = f"{name} is not known to mapping '{self._mapping.name}': {_number(cells, 'cell')} not read"
            self._find(
                Severity.WARNING if cells else Severity.INFO,
                Kind.UNKNOWN_COLUMN,
                message,
                self._place(grid, header, index),
                suggestions=self._near_headings(heading, grid),
            )

    def _near_headings(self, heading: str, grid: Grid) -> tuple[str, ...]:
        import difflib

        bound = {id(column) for sheet in self._sheets if sheet.grid is grid for _, column in sheet.bound}
        free = {
            name
            for sheet in self._sheets
            if sheet.grid is grid
            for column in sheet.mapping.columns
            if id(column) not in bound
            for name in column.headings
        }
        by_folded = {folded(name): name for name in sorted(free)}
        return tuple(by_folded[near] for near in difflib.get_close_matches(folded(heading), by_folded, n=3))

    # ---- First pass: rows and their names

    def name_rows(self) -> None:
        """Give every row its IRI, and take its names into the index."""
        for sheet in self._sheets:
            wanted = _wanted(sheet)
            for number in range(sheet.header + 1, len(sheet.grid.rows) + 1):
                row = sheet.grid.rows[number - 1]
                if any(value is not None and value != "" for value in row) and wanted(row):
                    self._name_row(sheet, number, row)

    def _name_row(self, sheet: _Sheet, number: int, row: tuple[Value, ...]) -> None:
        if not any(as_text(value) for value in row):
            return
        anchor, iri = self._row_iri(sheet, row)
        place = self._place(sheet.grid, number, anchor)
        if iri is None:
            self._find(Severity.VIOLATION, Kind.NOT_A_ROW, "the row has no name and no identifier: not read", place)
            return
        node_class = self._row_class(sheet, number, row, iri)
        if node_class is None:
            return
        if iri in self._desk.rows:
            if sheet.mapping.once:
                return
            message = f"the row has the same key as {self._desk.rows[iri]}: not read; give it an identifier of its own"
            self._find(Severity.VIOLATION, Kind.DUPLICATE, message, place, focus=iri)
            return
        self._desk.rows[iri] = place
        self._warn_of_same_name(sheet, row, iri, node_class, place)
        sheet.rows.append(_Row(number, iri, node_class, anchor))
        self._index.add_class(iri, node_class)
        for index, column in sheet.bound:
            if column.predicate in NAMING and not column.inverse and index < len(row) and (text := as_text(row[index])):
                for part in _parts(text, column.separators):
                    self._index.add_name(iri, part, column.predicate == RDFS_LABEL.value)

    def _row_iri(self, sheet: _Sheet, row: tuple[Value, ...]) -> tuple[int, str | None]:
        """The column that gives a row its IRI, and the IRI; the first column and None where there is none."""
        base = self._desk.setting.base
        for index, column in sheet.bound:
            if column.role == IDENTIFIER and index < len(row) and (text := as_text(row[index])):
                given = self._desk.iri(text)
                return index, given or base + (text if LOCAL_NAME.match(text) else slug(text))
        found = self._key_column(sheet, row)
        key = as_text(row[found]) if found is not None else ""
        if found is None or not key:
            return (sheet.bound[0][0] if sheet.bound else 0), None
        slugs = {name: slug(sheet.text(row, name)) for name in holes(sheet.mapping.iri) if name != "key"}
        local = fill(sheet.mapping.iri, {**slugs, "key": slug(key)})
        return found, base + re.sub(r"\A([a-z]+)-\1-", r"\1-", local)  # agreement-agreement-with-x says it twice

    @staticmethod
    def _key_column(sheet: _Sheet, row: tuple[Value, ...]) -> int | None:
        if sheet.mapping.key is not None:
            index = sheet.by_heading[folded(sheet.mapping.key)]
            return index if index < len(row) else None
        labels = [index for index, column in sheet.bound if column.predicate == RDFS_LABEL.value]
        return next((index for index in labels if index < len(row) and as_text(row[index])), None)

    def _row_class(self, sheet: _Sheet, number: int, row: tuple[Value, ...], iri: str) -> str | None:
        """The class that a row names, the sheet's first where it names none; None, reported, for one not known."""
        for index, column in sheet.bound:
            if column.role == CLASS and index < len(row) and (text := as_text(row[index])):
                names = class_names(self._desk.vocabulary, sheet.mapping)
                if folded(text) in names:
                    return names[folded(text)]
                kinds = ", ".join(self._desk.vocabulary.label(name) or name for name in sheet.mapping.classes)
                message = f"'{text}' is not a kind of record of this sheet: the row is not read. Known are {kinds}"
                place = self._place(sheet.grid, number, index)
                self._find(Severity.VIOLATION, Kind.NO_MATCH, message, place, iri, RDF_TYPE.value, text)
                return None
        return sheet.mapping.classes[0]

    def _warn_of_same_name(
        self, sheet: _Sheet, row: tuple[Value, ...], iri: str, node_class: str, place: Location
    ) -> None:
        if iri in self._desk.before or not self._desk.before:
            return
        for index, column in sheet.bound:
            if column.predicate == RDFS_LABEL.value and index < len(row) and (text := as_text(row[index])):
                other = self._index.exact(text, (node_class,))
                if other in self._desk.before:
                    message = f"'{text}' is also the name of {self._index.label(other or '')}, recorded elsewhere"
                    self._find(Severity.WARNING, Kind.SAME_NAME, message, place, focus=iri, text=text)
                return

    # ---- Second pass: cells

    def read_cells(self) -> Source:
        """The statements of the file, sheet by sheet."""
        starts: list[tuple[int, str]] = []
        for grid in self._grids:
            starts.append((len(self._quads), grid.name))
            for sheet in (sheet for sheet in self._sheets if sheet.grid is grid):
                constants = self._compiled(sheet.mapping.constants)
                for count, row in enumerate(sheet.rows, start=1):
                    if count % _REPORTED_EVERY == 0:
                        self._on_step(f"reading {self._name}: {grid.name}, row {count:,} of {len(sheet.rows):,}")
                    self._read_row(sheet, row, constants)
        if self._source_used:
            self._describe_source()
            starts.append((len(self._quads) - 4, self._grids[0].name))
        digest = hashlib.sha256(self._data).hexdigest()
        return Source(self._name, digest, Format.TURTLE, tuple(self._quads), tuple(starts))

    def _describe_source(self) -> None:
        name, node = self._name.rpartition("/")[2], self._source
        self._state(node, RDF_TYPE.value, self._desk.node(SHARE + "Source"), 1, 0)
        self._state(node, RDFS_LABEL.value, Literal(name, language="en"), 1, 0)
        self._state(node, DCTERMS + "title", Literal(name, language="en"), 1, 0)
        self._state(node, _GRADE, self._desk.node(self._grade), 1, 0)

    def _read_row(self, sheet: _Sheet, row: _Row, constants: Sequence[_Constant]) -> None:
        values = sheet.grid.rows[row.number - 1]
        self._state(row.iri, RDF_TYPE.value, self._desk.node(row.node_class), row.number, row.anchor)
        said: set[str] = set()
        for index, column in sheet.bound:
            value = values[index] if index < len(values) else None
            if column.check is not None and isinstance(value, str) and value.strip():
                self._check_name(_Cell(sheet, row, index, column, value, values))
            if column.predicate is None:
                continue
            broken = sheet.grid.broken.get((row.number, index + 1))
            if broken is not None:
                place = self._place(sheet.grid, row.number, index)
                self._find(Severity.VIOLATION, Kind.NO_VALUE, broken, place, row.iri, column.predicate)
            elif value is not None and value != "":
                if not column.inverse:
                    said.add(column.predicate)
                self._read_cell(_Cell(sheet, row, index, column, value, values))
        for constant in constants:
            self._state_constant(sheet, row, values, constant)
            said.add(constant.predicate)
        if row.node_class != SHARE + "Source" and _SOURCE not in said:
            self._state_default(row.iri, _SOURCE, self._source, row.number, row.anchor)
        if _GRADE not in said:
            self._state_default(row.iri, _GRADE, self._grade, row.number, row.anchor)

    def _read_cell(self, cell: _Cell) -> None:
        column = cell.column
        if column.kind is ValueKind.NODE:
            self._read_nodes(cell)
            return
        value = cell.value
        values = _parts(value, column.separators) if isinstance(value, str) and column.separators else [value]
        for part in values:
            part = self._translated(column, part)
            if isinstance(part, str) and not as_text(part):
                continue
            try:
                term = literal(part, column.kind, column.language, cell.sheet.grid.starts_1904)
            except Unreadable as error:
                self._find(
                    Severity.VIOLATION,
                    Kind.BAD_VALUE,
                    str(error),
                    self._place(cell.sheet.grid, cell.row.number, cell.index),
                    cell.row.iri,
                    column.predicate,
                    str(part),
                )
                continue
            self._state_cell(cell, term)

    @staticmethod
    def _translated(column: Column, part: Value) -> Value:
        found = translated(column.values, as_text(part)) if column.values else None
        return part if found is None else found

    def _state_cell(self, cell: _Cell, term: NamedNode | Literal) -> None:
        properties = (cell.column.predicate or "", *cell.sheet.mapping.also.get(cell.column.predicate or "", ()))
        for name in properties:
            if cell.column.inverse and isinstance(term, NamedNode):
                self._state(term.value, name, self._desk.node(cell.row.iri), cell.row.number, cell.index)
            else:
                self._state(cell.row.iri, name, term, cell.row.number, cell.index)

    def _read_nodes(self, cell: _Cell) -> None:
        column, text = cell.column, as_text(cell.value)
        parts = [text]
        if not set(text).isdisjoint(column.separators) and self._index.exact(text, column.classes) is None:
            parts = list(_parts(text, column.separators))
        labels = self._labels(cell, len(parts))
        for part, label in zip(parts, labels, strict=True):
            if column.among and not any(fnmatchcase(part, pattern) for pattern in column.among):
                self._report_outsider(cell, part)
                continue
            found = translated(column.values, part)
            if found == "":
                self._report_no_counterpart(cell, part)
                continue
            wanted = found or part
            meant = self._index.find(wanted, column.classes)
            iri = meant.iri or (self._create(cell, part, label, meant) if column.create else None)
            if iri is not None:
                self._count(cell, part, "exact" if meant.iri else "new")
                self._state_cell(cell, self._desk.node(iri))
            else:
                self._report_no_match(cell, part, wanted, meant)

    def _count(self, cell: _Cell, text: str, outcome: str) -> None:
        self._seen.setdefault((cell.column.notation, text), outcome)

    def _report_no_counterpart(self, cell: _Cell, text: str) -> None:
        place = self._place(cell.sheet.grid, cell.row.number, cell.index)
        self._find(Severity.INFO, Kind.NOT_CARRIED, f"'{text}' has no counterpart: not carried", place, text=text)

    def _check_name(self, cell: _Cell) -> None:
        """Compare a name with the node that another column of the row names: they should have a word in common."""
        named, name = cell.sheet.text(cell.values, cell.column.check or ""), as_text(cell.value)
        iri = self._index.exact(named, ())
        recorded = self._index.name(iri) if iri is not None else None
        if recorded is None or set(_WORD.findall(folded(name))) & set(_WORD.findall(folded(recorded))):
            return
        place = self._place(cell.sheet.grid, cell.row.number, cell.index)
        message = f"'{name}' and {named}, which is recorded as '{recorded}', have no word in common: which is meant?"
        self._find(Severity.WARNING, Kind.DISAGREEMENT, message, place, cell.row.iri, text=name)

    def _report_outsider(self, cell: _Cell, text: str) -> None:
        """A code that belongs to no list the mapping names; a list whose name comes near is suggested."""
        import difflib

        head, colon, tail = text.rpartition(":")
        heads = {pattern.rpartition(":")[0]: None for pattern in cell.column.among}
        near = tuple(near + colon + tail for near in difflib.get_close_matches(head, heads, n=3, cutoff=0.7))
        hint = f"; nearest: {', '.join(near)}" if near else ""
        message = f"'{text}' belongs to no list that mapping '{self._mapping.name}' knows{hint}"
        self._count(cell, text, "near" if near else "none")
        self._report(cell, Kind.NO_MATCH, message, text, near)

    def _report_no_match(self, cell: _Cell, text: str, wanted: str, meant: Meant) -> None:
        label = self._index.label
        asked = self._asked(cell.column)
        if meant.several:
            choices = ", ".join(map(label, meant.several[:6]))
            self._count(cell, text, "several")
            message = f"'{text}' is the name of {len(meant.several)} nodes; write which is meant: {choices}"
            self._report(cell, Kind.AMBIGUOUS, message, text, meant.several[:6])
            return
        if meant.elsewhere:
            other = meant.elsewhere[0]
            kinds = sorted(self._desk.vocabulary.label(name) or name for name in self._index.classes_of(other))
            hint = f": {label(other)} is a {' and a '.join(kinds).lower()}"
        else:
            hint = f"; nearest: {', '.join(label(node) for _, node in meant.near)}" if meant.near else ""
        self._count(cell, text, "near" if meant.near else "none")
        shown = f"'{text}'" if wanted == text else f"'{text}' (read as '{wanted}')"
        message = f"{shown} is not the name of {asked}{hint}"
        self._report(cell, Kind.NO_MATCH, message, text, tuple(name for name, _ in meant.near))

    def _asked(self, column: Column) -> str:
        names = [(self._desk.vocabulary.label(name) or name).lower() for name in column.classes]
        if not names:
            return "anything on record"
        article = "an" if names[0][0] in "aeiou" else "a"
        return f"{article} {' or '.join([', '.join(names[:-1]), names[-1]] if names[1:] else names)}"

    def _report(self, cell: _Cell, kind: Kind, message: str, text: str, near: tuple[str, ...]) -> None:
        place = self._place(cell.sheet.grid, cell.row.number, cell.index)
        self._find(Severity.VIOLATION, kind, message, place, cell.row.iri, cell.column.predicate, text, near)

    # ---- Nodes that a cell makes, and statements that a mapping adds

    def _labels(self, cell: _Cell, number: int) -> list[str | None]:
        """The labels that stand beside the names of a cell in another column, if they are as many."""
        create = cell.column.create
        if create is None or create.label is None:
            return [None] * number
        labels = list(_parts(cell.sheet.text(cell.values, create.label), cell.column.separators or "\n;"))
        return [label.strip('"') for label in labels] if len(labels) == number else [None] * number

    def _create(self, cell: _Cell, text: str, label: str | None, meant: Meant) -> str:
        create = cell.column.create
        assert create is not None
        slugs = {name: slug(cell.sheet.text(cell.values, name)) for name in holes(create.iri) if name != "key"}
        iri = self._desk.setting.base + fill(create.iri, {**slugs, "key": slug(text)})
        if iri in self._desk.created or iri in self._index:
            before = self._desk.created.get(iri) or self._index.label(iri)
            place = self._place(cell.sheet.grid, cell.row.number, cell.index)
            message = f"'{text}' is taken for {before}: their addresses are the same"
            self._find(Severity.WARNING, Kind.NEW_NEAR, message, place, iri, cell.column.predicate, text)
            return iri
        self._desk.created[iri] = text
        if meant.near:
            names = ", ".join(self._index.label(node) for _, node in meant.near)
            message = f"'{text}' is taken as new; is one of these meant: {names}?"
            self._find(
                Severity.WARNING,
                Kind.NEW_NEAR,
                message,
                self._place(cell.sheet.grid, cell.row.number, cell.index),
                iri,
                cell.column.predicate,
                text,
                tuple(name for name, _ in meant.near),
            )
        self._describe(cell, create, iri, text, label)
        return iri

    def _describe(self, cell: _Cell, create: Creation, iri: str, text: str, label: str | None) -> None:
        place = (cell.row.number, cell.index)
        name = Literal(label or text, language=self._mapping.language)
        self._state(iri, RDF_TYPE.value, self._desk.node(create.node_class), *place)
        self._state(iri, RDFS_LABEL.value, name, *place)
        for constant in self._compiled(create.constants):
            for term in constant.terms({"key": text, "label": label or text}):
                self._state(iri, constant.predicate, term, *place)
        self._state_default(iri, _SOURCE, self._source, *place)
        self._state_default(iri, _GRADE, self._grade, *place)
        self._index.add_class(iri, create.node_class)
        self._index.add_name(iri, label or text, is_label=True)
        self._index.add_name(iri, text)

    def _compiled(self, constants: Iterable[tuple[str, str]]) -> list[_Constant]:
        return [_Constant(notation, template, self._desk) for notation, template in constants]

    def _state_constant(self, sheet: _Sheet, row: _Row, values: tuple[Value, ...], constant: _Constant) -> None:
        texts = {name: sheet.text(values, name) for name in constant.holes if name != "key"}
        if "key" in constant.holes:
            texts["key"] = as_text(values[row.anchor])
        index = next((sheet.by_heading[folded(name)] for name in texts if folded(name) in sheet.by_heading), row.anchor)
        for term in constant.terms(texts):
            if constant.inverse and isinstance(term, NamedNode):
                self._state(term.value, constant.predicate, self._desk.node(row.iri), row.number, index)
            else:
                self._state(row.iri, constant.predicate, term, row.number, index)
                if constant.predicate in NAMING and isinstance(term, Literal):
                    self._index.add_name(row.iri, term.value)

    def _state_default(self, subject: str, name: str, object: str, row: int, index: int) -> None:
        if object == self._source:
            self._source_used = True
        self._state(subject, name, self._desk.node(object), row, index)

    def _state(self, subject: str, name: str, object: NamedNode | Literal, row: int, index: int) -> None:
        node = self._desk.node
        self._quads.append(LocatedQuad(node(subject), node(name), object, _DEFAULT_GRAPH, row, index + 1))

    # ---- What is said about the reading

    def report(self) -> TableReport:
        """How the file was read."""
        rows: Counter[str] = Counter()
        for sheet in self._sheets:
            rows[sheet.grid.name] += len(sheet.rows)
        matches = Counter(self._seen.values())
        return TableReport(
            self._name,
            self._mapping.name,
            dict(rows),
            len(self._quads),
            {outcome: matches[outcome] for outcome in ("exact", "near", "none", "several", "new")},
        )

    def _place(self, grid: Grid, row: int, index: int) -> Location:
        return Location(self._name, sheet=grid.name, cell=cell_name(row, index + 1))

    def _find(
        self,
        severity: Severity,
        kind: Kind,
        message: str,
        location: Location,
        focus: str | None = None,
        path: str | None = None,
        text: str | None = None,
        suggestions: tuple[str, ...] = (),
    ) -> None:
        self._desk.findings.append(Finding(severity, kind, message, location, focus, path, text, suggestions))


@dataclass(frozen=True, slots=True)
class _Cell:
    sheet: _Sheet
    row: _Row
    index: int
    column: Column
    value: Value
    values: tuple[Value, ...]


class _Constant:
    """A statement that a mapping adds to each row: its property, and a template of its value."""

    def __init__(self, notation: str, template: str, desk: _Desk) -> None:
        bare, _, language = notation.removeprefix("^").partition("@")
        self.predicate = bare
        self.inverse = notation.startswith("^")
        self.holes = holes(template)
        self._language = language or None
        self._template = template
        self._desk = desk
        known = desk.vocabulary.property(bare)
        self._kind = ValueKind.NODE if self.inverse else known.kind

    def terms(self, texts: Mapping[str, str]) -> Iterator[NamedNode | Literal]:
        """The value, or nothing where a text that it needs is empty or does not make one."""
        if not all(texts.get(name) for name in self.holes):
            return
        if self._kind is ValueKind.NODE:
            filled = fill(self._template, {name: slug(text) for name, text in texts.items()})
            iri = self._desk.iri(filled)
            if iri is None:
                raise InputError(f"'{self._template}' is neither a prefixed name, nor an IRI, nor :name")
            yield self._desk.node(iri)
            return
        try:
            yield literal(fill(self._template, texts), self._kind, self._language)
        except Unreadable:
            return


_DEFAULT_GRAPH = DefaultGraph()


def slug(text: str) -> str:
    """A text as part of an IRI: small Latin letters and digits with hyphens; a checksum where there are none."""
    words = re.findall(r"[a-z0-9]+", folded(text))
    made = "-".join(words)
    if len(made) > _LONGEST_SLUG:
        made = made[:_LONGEST_SLUG].rpartition("-")[0] + "-" + hashlib.sha256(text.encode()).hexdigest()[:6]
    return made or "x" + hashlib.sha256(text.encode()).hexdigest()[:8]


def class_names(vocabulary: Vocabulary, mapping: SheetMapping) -> dict[str, str]:
    """The classes of a sheet under the folded names that a row may give them."""
    names = {}
    for iri in mapping.classes:
        local = re.sub(r"^.*[/#]", "", iri)
        for name in (vocabulary.label(iri), vocabulary.label(iri, "fr"), local, iri):
            if name:
                names[folded(name)] = iri
    return names


def _needed(mapping: SheetMapping) -> list[str]:
    """The headings without which a sheet is not what a mapping means."""
    return [name for name in (mapping.key, mapping.when, *mapping.only) if name]


def _names_the_row(column: Column) -> bool:
    return column.role == IDENTIFIER or column.predicate == RDFS_LABEL.value


def _mentioned(sheet: _Sheet) -> Iterator[str]:
    """The headings that a mapping speaks of outside its columns."""
    mapping = sheet.mapping
    templates = [mapping.iri, *(template for _, template in mapping.constants)]
    names = [mapping.key, mapping.when, *mapping.only, *(name for template in templates for name in holes(template))]
    names += [column.create.label for column in mapping.columns if column.create is not None]
    return (name for name in names if name and folded(name) in sheet.by_heading)


def _wanted(sheet: _Sheet) -> Callable[[tuple[Value, ...]], bool]:
    mapping = sheet.mapping
    if mapping.when is None and not mapping.only:
        return lambda _: True

    def wanted(row: tuple[Value, ...]) -> bool:
        if mapping.when is not None and not sheet.text(row, mapping.when):
            return False
        return all(folded(sheet.text(row, name)) in values for name, values in mapping.only.items())

    return wanted


def _filled(grid: Grid, index: int, header: int) -> int:
    return sum(index < len(row) and row[index] not in (None, "") for row in grid.rows[header:])


def _parts(text: str, separators: str) -> Iterator[str]:
    parts = re.split("[" + re.escape(separators) + "]", text) if separators else [text]
    return (part for part in map(as_text, parts) if part)


def _number(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
