"""A table as it was read, before anything is known of what it means: cells in rows, and what could not be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from sharewell.errors import InputError
from sharewell.graph.source import read_bytes

Value = str | int | float | bool | date | datetime | None
"""What a cell holds; a day from a spreadsheet is a datetime, whatever it shows."""

MAX_TABLE_BYTES = 128 * 2**20
"""The largest file that is read as a table."""

MAX_ROWS = 1_048_576
"""The most rows of a sheet: what spreadsheet programs allow."""

MAX_CELLS = 20_000_000
"""The most cells of a file, empty ones between full ones included."""

Progress = Callable[[str], None]


@dataclass(slots=True)
class Grid:
    """One sheet: `rows[0]` is row 1. A text table is one sheet, named after its file as spreadsheet programs do.

    `broken` says of a cell, by row and column from 1, why its value is not known; `remarks` what was done in reading.
    """

    name: str
    rows: list[tuple[Value, ...]]
    hidden: bool = False
    starts_1904: bool = False
    broken: dict[tuple[int, int], str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def read_grids(path: Path, name: str, on_step: Progress) -> tuple[bytes, list[Grid]]:
    """The bytes of a file and its sheets. `name` is what the file is called in messages.

    Raises InputError for a file that is missing, empty, too large, damaged, or no table.
    """
    from sharewell.ingest import delimited, workbook

    data = read_bytes(path, name)
    if len(data) > MAX_TABLE_BYTES:
        raise InputError(f"larger than {MAX_TABLE_BYTES // 2**20} MiB: split the file", name)
    if not data.strip():
        raise InputError("the file is empty", name)
    on_step(f"reading {name}")
    ending = path.suffix.lower()
    if ending in (".csv", ".tsv"):
        return data, [delimited.read(data, path.stem, name, ending)]
    if ending in (".xlsx", ".xlsm"):
        return data, workbook.read(data, name, on_step)
    if ending == ".xls":
        raise InputError("an old Excel file: save it as .xlsx", name)
    raise InputError("not a table; the name must end in .xlsx, .xlsm, .csv, .tsv", name)


def within_limits(cells: int, rows: int, name: str, sheet: str) -> None:
    """Raises InputError where a sheet goes beyond what is read."""
    if rows > MAX_ROWS:
        raise InputError(f"sheet '{sheet}' has more than {MAX_ROWS:,} rows", name)
    if cells > MAX_CELLS:
        raise InputError(f"more than {MAX_CELLS:,} cells: split the file", name)
