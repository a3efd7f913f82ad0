"""A mapping as a workbook: sheets with headings, help, lists to choose from, and rows.

What is written follows from the mapping, the ontology and the shapes alone, so the same three give the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sharewell.ingest.mapping import CLASS, IDENTIFIER, Column, SheetMapping, TableMapping
from sharewell.ingest.properties import Vocabulary
from sharewell.ingest.values import ValueKind
from sharewell.vocabulary import DISCLAIMER, RDFS_LABEL, SHARE

Row = Mapping[str, str | int | float | date]
"""A row to write: what its cells hold, by the notation of their columns."""

START, LISTS = "Start here", "Lists"
_LAST_ROW = 2000
_WIDE = {SHARE + "clauseText", SHARE + "carries", "http://www.w3.org/2004/02/skos/core#note", RDFS_LABEL.value}
_MARINE, _PALE, _GREY = "1F3864", "DDE6F3", "EDEDED"
_FIXED = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")
_WELCOME = (
    "Fill one row for each thing. Sheets stand in the order in which they decide; within a sheet, the columns that "
    "decide most come first, and those with a dark heading are needed for an answer.",
    "Remplissez une ligne par fiche. Les feuilles et les colonnes suivent l’ordre de leur importance; celles dont "
    "l’en-tête est foncé sont nécessaires pour répondre.",
    "Point at a heading to see what it means. Refer to another row by its name or its ID; several in one cell stand "
    "one a line, or with a semicolon between them. Leave empty what is not known: silence decides nothing.",
    "Write a day as 2026-11-22, or 2026-11 or 2026 where only that is known. Formulas are not run.",
    "Grade each row: published (read in the source), secondary (read in an account of it), inferred (your reading), "
    "unverified (to be checked), illustrative (invented). The first rows are invented to show the way: delete them.",
    "Positions by their titles and kinds of data only: no names, numbers or facts of persons.",
    DISCLAIMER,
)


def write_workbook(
    mapping: TableMapping, vocabulary: Vocabulary, rows: Mapping[int, Sequence[Row]], further: bool = False
) -> bytes:
    """A workbook with the sheets of a mapping and some rows, by the number of the sheet from 0.

    Sheets marked as further are left out unless they have rows and `further` is asked for.
    """
    from openpyxl import Workbook

    book = Workbook()
    shown = [(n, sheet) for n, sheet in enumerate(mapping.sheets) if not sheet.further or (further and rows.get(n))]
    _write_start(book.active, mapping, [sheet for _, sheet in shown])
    lists = _Lists(vocabulary, mapping)
    for number, sheet in shown:
        _write_sheet(book.create_sheet(sheet.names[0]), sheet, vocabulary, lists, rows.get(number, ()))
    lists.write(book.create_sheet(LISTS))
    raw = io.BytesIO()
    book.save(raw)
    return _same_bytes(raw.getvalue())


def template(mapping: TableMapping, vocabulary: Vocabulary) -> bytes:
    """The template: the main sheets, with the worked rows that the mapping gives."""
    rows: dict[int, list[Row]] = {}
    for number, sheet in enumerate(mapping.sheets):
        rows[number] = [{**example, **_worked(sheet, example)} for example in sheet.examples]
    return write_workbook(mapping, vocabulary, rows)


def _worked(sheet: SheetMapping, example: Mapping[str, str]) -> dict[str, str]:
    """What every worked row says of itself: that it is invented."""
    said = {SHARE + "grade": "illustrative"}
    if SHARE + "Source" not in sheet.classes:
        said[SHARE + "source"] = "Worked example"
    return {key: text for key, text in said.items() if key not in example}


class _Lists:
    """The lists that cells choose from, each a column of a hidden sheet."""

    def __init__(self, vocabulary: Vocabulary, mapping: TableMapping) -> None:
        self._vocabulary = vocabulary
        self._mapping = mapping
        self._columns: dict[tuple[str, ...], list[str]] = {}

    def source(self, sheet: SheetMapping, column: Column) -> str | None:
        """Where the choices of a column stand, as a formula; None where it has none."""
        if column.role == CLASS:
            return self._area(sheet.classes, [self._vocabulary.label(name) or name for name in sheet.classes])
        if column.kind is ValueKind.BOOLEAN:
            return '"yes,no"'
        if column.kind is not ValueKind.NODE or column.values:
            return None
        if self._vocabulary.is_list(column.classes):
            labels = [self._vocabulary.label(iri) or iri for iri in self._vocabulary.instances(column.classes)]
            return self._area(column.classes, sorted(labels, key=str.casefold)) if labels else None
        named = self.sheets_of(column)
        return f"'{named[0].names[0]}'!$A$2:$A${_LAST_ROW}" if len(named) == 1 and not named[0].further else None

    def sheets_of(self, column: Column) -> list[SheetMapping]:
        """The sheets whose rows a column may name."""
        wanted = self._vocabulary.below(column.classes)
        return [sheet for sheet in self._mapping.sheets if wanted & set(sheet.classes)] if column.classes else []

    def _area(self, key: tuple[str, ...], labels: list[str]) -> str:
        from openpyxl.utils import get_column_letter

        self._columns.setdefault(key, labels)
        letter = get_column_letter(list(self._columns).index(key) + 1)
        return f"{LISTS}!${letter}$2:${letter}${len(labels) + 1}"

    def write(self, sheet: Any) -> None:
        sheet.sheet_state = "hidden"
        for number, (key, labels) in enumerate(self._columns.items(), start=1):
            sheet.cell(1, number, " or ".join(self._vocabulary.label(name) or name for name in key))
            for row, label in enumerate(labels, start=2):
                sheet.cell(row, number, label)


def _write_start(sheet: Any, mapping: TableMapping, sheets: Sequence[SheetMapping]) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.title = START
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 110
    sheet.cell(1, 1, mapping.title).font = Font(bold=True, size=14)
    row = 3
    for text in _WELCOME:
        sheet.cell(row, 2, text).alignment = Alignment(wrap_text=True, vertical="top")
        row += 1
    row += 1
    for one in sheets:
        sheet.cell(row, 1, " / ".join(one.names[:2])).font = Font(bold=True)
        sheet.cell(row, 2, one.about).alignment = Alignment(wrap_text=True, vertical="top")
        row += 1


def _write_sheet(sheet: Any, mapping: SheetMapping, vocabulary: Vocabulary, lists: _Lists, rows: Sequence[Row]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet.freeze_panes = "B2"
    sheet.sheet_properties.tabColor = _GREY if mapping.further else _MARINE
    needed = vocabulary.needed_by(mapping.classes)
    for number, column in enumerate(mapping.columns, start=1):
        must = column.role == CLASS or (column.predicate in needed and not column.notation.endswith("@fr"))
        cell = sheet.cell(1, number, " / ".join(column.headings[:2]))
        cell.font = Font(bold=True, color="FFFFFF" if must else "000000")
        cell.fill = PatternFill("solid", fgColor=_MARINE if must else _PALE)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.comment = Comment(_help(mapping, column, vocabulary, lists, must), "Sharewell", width=380, height=200)
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = 44 if column.predicate in _WIDE else 24
        area = lists.source(mapping, column)
        if area is not None:
            # Several values, names in another language and IDs are allowed: a list helps, it does not forbid.
            strict = not column.separators and column.role != CLASS
            rule = DataValidation(
                "list", formula1=area, allow_blank=True, showErrorMessage=strict, errorStyle="warning"
            )
            rule.add(f"{letter}2:{letter}{_LAST_ROW}")
            sheet.add_data_validation(rule)
    for number, row in enumerate(rows, start=2):
        _write_row(sheet, number, mapping, row)


def _write_row(sheet: Any, number: int, mapping: SheetMapping, row: Row) -> None:
    from openpyxl.styles import Alignment

    for index, column in enumerate(mapping.columns, start=1):
        value = row.get(column.notation)
        if value is None:
            continue
        cell = sheet.cell(number, index, value)
        if isinstance(value, str):
            cell.data_type = "s"  # a text that begins with = is a text
        elif isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _help(mapping: SheetMapping, column: Column, vocabulary: Vocabulary, lists: _Lists, must: bool) -> str:
    lines = []
    if column.role == IDENTIFIER:
        lines = ["The last part of the row's address, for example CaseFile. Without it the name makes one."]
    elif column.role == CLASS:
        for name in mapping.classes:
            lines.append(f"{vocabulary.label(name)}: {vocabulary.help(name).partition(chr(10))[0]}")
        lines.append(f"Without it: {vocabulary.label(mapping.classes[0])}.")
    elif column.predicate == RDFS_LABEL.value:
        lines = ["What people call it. Other rows refer to it by this name, so no two should share one."]
        lines += [] if column.language == "en" else ["In French."]
    elif column.predicate is not None:
        lines = [vocabulary.help(column.predicate)]
    if must:
        lines.append("Needed for an answer.")
    lines.append(_what_to_write(column, vocabulary, lists))
    if column.separators:
        lines.append(
            "Several: one a line, or with ; between them." if ";" in column.separators else "Several: one a line."
        )
    return "\n".join(line for line in lines if line)


def _what_to_write(column: Column, vocabulary: Vocabulary, lists: _Lists) -> str:
    if column.role:
        return ""
    if column.kind is ValueKind.NODE:
        if vocabulary.is_list(column.classes):
            return "Choose from the list."
        kinds = [vocabulary.label(name) or name for name in column.classes if vocabulary.is_list([name])]
        sheets = [f"a row of {sheet.names[0]}" for sheet in lists.sheets_of(column) if not sheet.further]
        choices = [*sheets, *(f"a value of the list '{kind}'" for kind in kinds)]
        return f"Write the name of {' or '.join(choices)}." if choices else "Write the name of any row."
    return {
        ValueKind.DATE: "A day (2026-11-22), a month (2026-11) or a year (2026).",
        ValueKind.INTEGER: "A whole number.",
        ValueKind.NUMBER: "A number.",
        ValueKind.BOOLEAN: "yes or no.",
        ValueKind.ADDRESS: "A web address, with https://.",
    }.get(column.kind, "")


def _same_bytes(data: bytes) -> bytes:
    """The package with fixed dates, so that the same content gives the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>" + datetime(*_FIXED).isoformat().encode() + rb"Z\g<3>", content)
            fixed = zipfile.ZipInfo(info.filename, _FIXED)
            fixed.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(fixed, content)
    return made.getvalue()
