"""From what a cell holds to a literal: dates as text or as numbers, decimal commas, yes and oui.

What could be read in two ways is not read at all: the caller reports the cell.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from enum import StrEnum

from pyoxigraph import Literal, NamedNode

from sharewell.graph.terms import ABSOLUTE_IRI
from sharewell.ingest.grids import Value
from sharewell.vocabulary import XSD, XSD_DATE


class Unreadable(Exception):
    """A cell that does not hold what its column asks for; the message says why, in words for its author."""


class ValueKind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    DATE = "date"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    ADDRESS = "address"
    MONTHS = "months"
    NODE = "node"


_SPACES = re.compile(r"[^\S\n]+")
_ISO = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?Z?\Z")
_NUMERIC = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\Z")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:er|st|nd|rd|th)?[ .-]+([^\W\d]+)\.?,?[ .-]+(\d{4})\Z")
_MONTH_FIRST = re.compile(r"([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})\Z")
_MONTH_ONLY = re.compile(r"([^\W\d]+)\.? (\d{4})\Z")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv",
            "february feb fevrier fevr fev",
            "march mar mars",
            "april apr avril avr",
            "may mai",
            "june jun juin",
            "july jul juillet juil",
            "august aug aout",
            "september sep sept septembre",
            "october oct octobre",
            "november nov novembre",
            "december dec decembre",
        ),
        start=1,
    )
    for name in names.split()
}
_YES = {"true", "yes", "y", "oui", "o", "vrai", "x", "1"}
_NO = {"false", "no", "n", "non", "faux", "0"}
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?\Z")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[,.]\d{3})+\Z")
_DURATION = re.compile(r"P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?\Z", re.IGNORECASE)
_YEARS = range(1800, 2200)
_LAST_SERIAL = 2_958_465


def tidy(text: str) -> str:
    """A text without stray spaces: none at the ends of lines, one where there were several, no empty lines at an end.

    Line breaks are kept; control characters and marks of direction are not.
    """
    if text.isprintable() and text.isascii() and "  " not in text and "_x" not in text:
        return text.strip()  # nearly all cells are so, and there are millions of them
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")
    text = "".join(
        c for c in unicodedata.normalize("NFC", text) if c in "\n\t" or unicodedata.category(c) not in _UNSEEN
    )
    return "\n".join(_SPACES.sub(" ", line).strip() for line in text.split("\n")).strip()


_UNSEEN = {"Cc", "Cf", "Cs"}


def folded(text: str) -> str:
    """A text for comparison: case, accents, kinds of dash and of quotation mark, and line breaks do not count."""
    text = tidy(text)
    if text.isascii():
        return " ".join(text.casefold().replace("`", "'").split())
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    bare = re.sub(r"[\u2010-\u2015\u2212]", "-", bare)
    bare = re.sub(r"[\u2018\u2019\u201B\u02BC`\u00B4]", "'", bare)
    bare = re.sub(r"[\u201C-\u201F\u00AB\u00BB]", '"', bare)
    return " ".join(bare.casefold().split())


def as_text(value: Value) -> str:
    """What a cell holds as text, as its author would write it; nothing is an empty text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(sep=" ")
    if isinstance(value, float):
        return _plain(value)
    return str(value)


def _plain(number: float) -> str:
    """A number without an exponent, and without a fraction where it is whole."""
    if not math.isfinite(number):
        raise Unreadable("not a number")
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    text = repr(number)
    return format(number, ".15f").rstrip("0") if "e" in text else text


def date_value(value: Value, starts_1904: bool = False) -> Literal:
    """A day, or a month or a year where only that is known (xsd:date, xsd:gYearMonth, xsd:gYear).

    A whole number from 1800 to 2199 is a year, any other the day that spreadsheet programs store in its place.
    Raises Unreadable, for 03/04/2024 too: nobody can tell whether that is in March or in April.
    """
    if isinstance(value, bool):
        raise Unreadable("not a date: write 2026-11-22")
    if isinstance(value, datetime):
        return _day(value.date())
    if isinstance(value, date):
        return _day(value)
    if isinstance(value, int | float):
        return _serial(value, starts_1904)
    text = as_text(value)
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        return _serial(float(text), starts_1904)
    for pattern, read in _FORMS:
        found = pattern.match(text if pattern is _ISO else folded(text))
        if found:
            try:
                return read(found)
            except (ValueError, KeyError):
                break
    raise Unreadable(f"'{text}' is not a date: write 2026-11-22, or 2026-11 or 2026 where only that is known")


def _serial(number: float, starts_1904: bool) -> Literal:
    if float(number).is_integer() and int(number) in _YEARS:
        return Literal(str(int(number)), datatype=NamedNode(XSD + "gYear"))
    if not 1 <= number <= _LAST_SERIAL:
        raise Unreadable(f"{number:g} is not a date: write 2026-11-22")
    day = int(number)
    if starts_1904:
        return _day(date(1904, 1, 1) + timedelta(days=day))
    # The system of 1900 counts 29 February 1900, a day there never was (ECMA-376 part 1, 18.17.4.1).
    return _day(date(1899, 12, 31) + timedelta(days=day if day < 60 else day - 1))


def _day(day: date) -> Literal:
    return Literal(day.isoformat(), datatype=XSD_DATE)


def _iso(found: re.Match[str]) -> Literal:
    year, month, day = found.groups()
    if day:
        return _day(date(int(year), int(month), int(day)))
    if month:
        return _month(int(year), int(month))
    return Literal(year, datatype=NamedNode(XSD + "gYear"))


def _month(year: int, month: int) -> Literal:
    date(year, month, 1)
    return Literal(f"{year:04}-{month:02}", datatype=NamedNode(XSD + "gYearMonth"))


def _numeric(found: re.Match[str]) -> Literal:
    first, second, year = map(int, found.groups())
    if first <= 12 and second <= 12 and first != second:
        raise Unreadable(f"'{found[0]}' can be read as two days: write {year}-{first:02}-{second:02} or turn it round")
    month, day = (second, first) if first > 12 else (first, second)
    return _day(date(year, month, day))


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Literal]], ...] = (
    (_ISO, _iso),
    (_NUMERIC, _numeric),
    (_DAY_FIRST, lambda found: _day(date(int(found[3]), _MONTHS[found[2]], int(found[1])))),
    (_MONTH_FIRST, lambda found: _day(date(int(found[3]), _MONTHS[found[1]], int(found[2])))),
    (_MONTH_ONLY, lambda found: _month(int(found[2]), _MONTHS[found[1]])),
)


def number_value(value: Value, whole: bool = False) -> Literal:
    """A number: xsd:integer where it is whole, else xsd:decimal; only a whole one where `whole` is asked for.

    Spaces and apostrophes between digits do not count; a comma is decimal unless a point is too. Raises Unreadable,
    for 1,234 too where both readings make sense.
    """
    if isinstance(value, bool | date):
        raise Unreadable("not a number")
    text = as_text(value) if not isinstance(value, str) else _digits(as_text(value), whole)
    if not _NUMBER.match(text):
        raise Unreadable(f"'{as_text(value)}' is not a number: write it in digits, without a unit")
    text = text.removeprefix("+")
    if "." not in text:
        return Literal(text, datatype=NamedNode(XSD + "integer"))
    if whole:
        if text.rpartition(".")[2].strip("0"):
            raise Unreadable(f"'{as_text(value)}' is not a whole number")
        return Literal(text.partition(".")[0], datatype=NamedNode(XSD + "integer"))
    return Literal(text, datatype=NamedNode(XSD + "decimal"))


def _digits(text: str, whole: bool) -> str:
    text = re.sub(r"(?<=\d)[\s'’](?=\d{3}(?:\D|\Z))", "", text).strip()
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        grouping, decimal = (".", ",") if comma > point else (",", ".")
        return text.replace(grouping, "").replace(decimal, ".")
    if _GROUPED.match(text) and (comma >= 0 or text.count(".") > 1 or whole):
        if text.count(",") + text.count(".") > 1 or whole:
            return text.replace(",", "").replace(".", "")
        raise Unreadable(f"'{text}' can be read as {text.replace(',', '')} or as {text.replace(',', '.')}: write one")
    return text.replace(",", ".") if text.count(",") == 1 else text


def boolean_value(value: Value) -> Literal:
    """Yes or no in English or French, true or false, 1 or 0. Raises Unreadable for anything else."""
    word = folded(as_text(value))
    if word in _YES or word in _NO:
        return Literal("true" if word in _YES else "false", datatype=NamedNode(XSD + "boolean"))
    raise Unreadable(f"'{as_text(value)}' is neither yes nor no")


def address_value(value: Value) -> Literal:
    """A web address (xsd:anyURI). Raises Unreadable for anything else."""
    text = as_text(value)
    if not ABSOLUTE_IRI.match(text):
        raise Unreadable(f"'{text}' is not a web address: write it in full, with https://")
    return Literal(text, datatype=NamedNode(XSD + "anyURI"))


def months_value(value: Value) -> Literal:
    """A number of months, also where it is written as a duration of ISO 8601: P3Y11M is 47."""
    found = _DURATION.match(as_text(value))
    if not found:
        return number_value(value, whole=True)
    return Literal(str(12 * int(found[1] or 0) + int(found[2] or 0)), datatype=NamedNode(XSD + "integer"))


def literal(value: Value, kind: ValueKind, language: str | None, starts_1904: bool = False) -> Literal:
    """The literal that a cell stands for. Raises Unreadable where it is not of the kind."""
    if kind is ValueKind.TEXT:
        return Literal(as_text(value), language=language) if language else Literal(as_text(value))
    if kind is ValueKind.DATE:
        return date_value(value, starts_1904)
    if kind in (ValueKind.INTEGER, ValueKind.NUMBER):
        return number_value(value, whole=kind is ValueKind.INTEGER)
    if kind is ValueKind.BOOLEAN:
        return boolean_value(value)
    return months_value(value) if kind is ValueKind.MONTHS else address_value(value)
