"""Text tables: CSV and TSV in whatever encoding and with whatever separator spreadsheet programs write them."""

from __future__ import annotations

import codecs
import csv
import io
import re

from sharewell.errors import InputError
from sharewell.ingest.grids import Grid, within_limits

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_LONGEST_CELL = 2**20
_SAMPLE = 64 * 1024


def read(data: bytes, sheet: str, name: str, ending: str) -> Grid:
    """The one sheet of a text table. Rows count as spreadsheet programs count them: a quoted line break does not.

    Raises InputError for a text in no known encoding, and for quotes that do not close.
    """
    text, remarks = _decode(data, name)
    separator = "\t" if ending == ".tsv" else ""
    named = _SEPARATOR_LINE.match(text)
    skipped = 1 if named else 0
    if named:
        separator, text = named[1], text[named.end() :]
    separator = separator or _separator(text)
    csv.field_size_limit(_LONGEST_CELL)
    rows: list[tuple[str, ...]] = [()] * skipped
    cells = 0
    try:
        # A TSV has no quotes by its definition, but programs write them where a cell holds a tab or a line break.
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            rows.append(tuple(row))
            cells += len(row)
            within_limits(cells, len(rows), name, sheet)
    except csv.Error as error:
        reason = "a quotation mark is opened and never closed" if "unexpected end" in str(error) else str(error)
        raise InputError(f"not a table: {reason}", name, len(rows) + 1) from None
    return Grid(sheet, list(rows), remarks=remarks)


def _decode(data: bytes, name: str) -> tuple[str, list[str]]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], encoding, name), []
    if b"\0" in data[:_SAMPLE]:
        # Text in Latin letters has its zero bytes second in UTF-16 LE, first in UTF-16 BE.
        sample = data[:_SAMPLE]
        encoding = "utf-16-le" if sample[1::2].count(0) > sample[0::2].count(0) else "utf-16-be"
        return _strictly(data, encoding, name), [f"the text has no byte order mark: read as {encoding.upper()}"]
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        text = _strictly(data, "cp1252", name)
        return text, ["the text is not UTF-8: read as Windows-1252; look whether accented letters are right"]


def _strictly(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError("the text is in no encoding that is known: save the file as UTF-8", name, line) from None


def _separator(text: str) -> str:
    """The separator that the first line with any has most of, outside quotes; a comma where there is none."""
    for line in text[:_SAMPLE].splitlines():
        bare = re.sub(r'"[^"]*"', "", line)
        counts = {separator: bare.count(separator) for separator in (",", ";", "\t")}
        if any(counts.values()):
            return max(counts, key=lambda separator: counts[separator])
    return ","
