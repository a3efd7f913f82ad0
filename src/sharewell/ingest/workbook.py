"""Excel workbooks: values as they were last saved. Formulas are never run, macros never looked at."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from sharewell.errors import InputError
from sharewell.ingest.grids import Grid, Progress, Value, within_limits

MAX_UNPACKED = 2**30
"""How many bytes the parts of a workbook may unpack to."""

MAX_RATIO = 300
"""How many times larger than packed a workbook may unpack, once it is large: sheets of real tables stay under 100."""

_LARGE = 16 * 2**20
_CHECKED = 1024
_ERRORS = {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
_AREA = re.compile(r"([A-Z]{1,3})([0-9]{1,7})(?::([A-Z]{1,3})([0-9]{1,7}))?\Z")
_MARKED = re.compile(rb"<(?:\w+:)?(?:f[\s/>]|mergeCell)")
_DAMAGED = "not an Excel workbook, or a damaged one: open it in a spreadsheet program and save it anew"
_CHECKED_EVERY = 500
_REPORTED_EVERY = 20_000


def read(data: bytes, name: str, on_step: Progress) -> list[Grid]:
    """The sheets of a workbook in their order, chart sheets left out.

    A merged cell holds in each of its rows, in its first column. Raises InputError for what is no workbook or is
    larger than it pretends.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    parts = _parts(data, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of what it does not keep; nothing is written back
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            starts_1904 = book.epoch == CALENDAR_MAC_1904
            grids, cells = [], 0
            for sheet in book.worksheets:
                rows = _rows(sheet, name, cells, on_step)
                cells += sum(map(len, rows))
                grid = Grid(sheet.title, rows, sheet.sheet_state != "visible", starts_1904)
                path = getattr(sheet, "_worksheet_path", None)
                if path in parts:
                    _annotate(grid, parts[path])
                grids.append(grid)
            book.close()
    except InputError:
        raise
    except Exception:  # a damaged workbook fails in openpyxl in many ways, none of them documented
        raise InputError(_DAMAGED, name) from None
    return grids


class _Part:
    """A part of the package that is opened when it is needed."""

    def __init__(self, package: zipfile.ZipFile, path: str) -> None:
        self._package = package
        self._path = path

    def holds(self, pattern: re.Pattern[bytes]) -> bool:
        """Whether the part holds what a pattern of a few bytes describes."""
        before = b""
        with self._package.open(self._path) as file:
            while chunk := file.read(2**20):
                if pattern.search(before + chunk):
                    return True
                before = chunk[-64:]
        return False

    def events(self) -> Iterator[tuple[str, Any]]:
        with self._package.open(self._path) as file:
            yield from ElementTree.iterparse(file, events=("start", "end"))


def _parts(data: bytes, name: str) -> dict[str, _Part]:
    """The parts of a package, once it is known that unpacking them is safe."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError("an old Excel file, or one with a password: save it as .xlsx without a password", name)
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError):
        raise InputError(_DAMAGED, name) from None
    infos = package.infolist()
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MAX_UNPACKED or (unpacked > _LARGE and unpacked > MAX_RATIO * max(1, len(data))):
        raise InputError("the workbook unpacks to far more than a table needs: it is not read", name)
    for info in infos:
        if info.filename.endswith((".xml", ".rels")):
            try:
                with package.open(info) as file:
                    start = file.read(_CHECKED)
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError):
                raise InputError(_DAMAGED, name) from None
            if b"<!DOCTYPE" in start or b"<!\0D" in start:
                raise InputError("the workbook defines entities, which no spreadsheet program does: not read", name)
    return {info.filename: _Part(package, info.filename) for info in infos}


def _rows(sheet: Any, name: str, cells: int, on_step: Progress) -> list[tuple[Value, ...]]:
    sheet.reset_dimensions()  # what the file says of its own size is often wrong
    rows: list[tuple[Value, ...]] = []
    for row in sheet.iter_rows(values_only=True):
        cells += len(row)
        rows.append(row)
        if len(rows) % _CHECKED_EVERY == 0:
            within_limits(cells, len(rows), name, sheet.title)
        if len(rows) % _REPORTED_EVERY == 0:
            on_step(f"reading {name}: {sheet.title}, row {len(rows):,}")
    within_limits(cells, len(rows), name, sheet.title)
    while rows and not any(value is not None for value in rows[-1]):
        rows.pop()
    return rows


def _annotate(grid: Grid, part: _Part) -> None:
    """What openpyxl does not hand out in this mode: formulas without a saved value, errors, and merged cells."""
    formulas, merges = _marks(part) if part.holds(_MARKED) else ([], [])
    for cell in formulas:
        _note_formula(grid, cell)
    for row, values in enumerate(grid.rows, start=1):
        for column, found in enumerate(values, start=1):
            if isinstance(found, str) and found in _ERRORS:
                grid.broken[row, column] = f"the cell shows the error {found}"
    filled = sum(_fill(grid, area) for area in merges)
    if filled:
        grid.remarks.append(f"merged cells: their value is taken for {filled:,} more rows")


def _marks(part: _Part) -> tuple[list[str], list[str]]:
    """The cells with a formula and no saved value, and the areas of merged cells."""
    formulas: list[str] = []
    merges: list[str] = []
    inside: set[str] = set()
    parents: list[Any] = []
    for event, element in part.events():
        tag = element.tag.rpartition("}")[2]
        if event == "start":
            parents.append(element)
            continue
        parents.pop()
        if tag in ("f", "is") or (tag == "v" and element.text):
            inside.add(tag)
        elif tag in ("c", "row", "mergeCell"):
            if tag == "c":
                formulas += [element.get("r") or ""] if inside == {"f"} else []
                inside.clear()
            elif tag == "mergeCell":
                merges.append(element.get("ref") or "")
            if parents:
                parents[-1].remove(element)  # else a large sheet would stay in memory
    return formulas, merges


def _note_formula(grid: Grid, cell: str) -> None:
    area = _area(cell)
    if area is not None:
        reason = "a formula without a saved value, and formulas are not run: open and save the file, or write the value"
        grid.broken[area[0], area[1]] = reason


def _fill(grid: Grid, text: str) -> int:
    area = _area(text)
    if area is None:
        return 0
    top, column, bottom, _ = area
    values = grid.rows[top - 1] if 0 < top <= len(grid.rows) else ()
    if column > len(values) or values[column - 1] is None:
        return 0
    filled = 0
    for number in range(top, min(bottom, len(grid.rows))):
        row = list(grid.rows[number])
        row += [None] * (column - len(row))
        row[column - 1] = values[column - 1]
        grid.rows[number] = tuple(row)
        filled += 1
    return filled


def _area(text: str) -> tuple[int, int, int, int] | None:
    found = _AREA.match(text)
    if found is None:
        return None
    left, top, right, bottom = found.groups()
    return int(top), _column(left), int(bottom or top), _column(right or left)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
