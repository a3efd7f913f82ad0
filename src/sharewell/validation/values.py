"""What a term is: kind, text, well-formedness, place in an order, matching, by the rules of XSD, XPath and SPARQL.

Every function is pure and most are cached, so that whatever engine asks decides each distinct term once. Terms keep
their exact lexical form; two terms are the same only where they are the same RDF term.

Where this differs from the letter of the specifications, on purpose:

- A date or time with a zone and one without are never comparable. XPath would give the latter an implicit zone, which
  no two engines share; XML Schema orders them only when more than 14 hours apart.
- Numbers are compared exactly, so that their order is total; XPath promotes a decimal to a double first, and then
  calls 0.1 and the double next to it equal.
- Beyond the operators of SPARQL 1.1 (section 17.3, which allows more), `xsd:date`, `xsd:time`, `xsd:gYear`,
  `xsd:gYearMonth` and durations (of months alone, or of days and less alone) have an order among themselves.
- A regular expression is run by Python's `re` after a translation: `$` and `^` mean what XPath says, `\\p{..}`, `\\i`
  and `\\c` are expanded, the flags `s`, `m`, `i`, `x` and `q` are honoured. Look-around, which XPath does not have and
  other engines do, works; character class subtraction is refused.
"""

from __future__ import annotations

import math
import re
import struct
import sys
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode

from sharewell.graph.terms import Term
from sharewell.vocabulary import RDF, SH, XSD

_CACHE: Final = 1 << 18

# --- kind and text ---------------------------------------------------------------------------------------------------

_KINDS: Final[dict[str, tuple[type, ...]]] = {
    SH + "IRI": (NamedNode,),
    SH + "BlankNode": (BlankNode,),
    SH + "Literal": (Literal,),
    SH + "BlankNodeOrIRI": (BlankNode, NamedNode),
    SH + "BlankNodeOrLiteral": (BlankNode, Literal),
    SH + "IRIOrLiteral": (NamedNode, Literal),
}


def has_kind(term: Term, kind: str) -> bool:
    """Whether a term is of a node kind, given by the IRI of `sh:IRI` and so on (SHACL section 4.1.3)."""
    return isinstance(term, _KINDS[kind])


def text_of(term: Term) -> str | None:
    """What SPARQL's `str()` gives: the IRI or the lexical form; None for a blank node."""
    return term.value if isinstance(term, NamedNode | Literal) else None


def length_of(term: Term) -> int | None:
    """How many characters the text has (SPARQL `STRLEN`); None for a blank node."""
    text = text_of(term)
    return None if text is None else len(text)


def language_of(term: Term) -> str:
    """The language tag in lower case; empty where there is none."""
    return (term.language or "").lower() if isinstance(term, Literal) else ""


@lru_cache(maxsize=_CACHE)
def language_matches(tag: str, language_range: str) -> bool:
    """SPARQL `langMatches`: basic filtering of RFC 4647, section 3.3.1. A term without a tag matches nothing."""
    tag, language_range = tag.lower(), language_range.lower()
    if not tag:
        return False
    return language_range == "*" or tag == language_range or tag.startswith(language_range + "-")


# --- datatypes -------------------------------------------------------------------------------------------------------

_INTEGERS: Final[dict[str, tuple[int | None, int | None]]] = {
    "integer": (None, None),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-128, 127),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 255),
}
_ZONE = r"(?P<zone>Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?"
_YEAR = r"(?P<year>-?(?:[1-9]\d{3,}|0\d{3}))"
_MONTH, _DAY = r"(?P<month>0[1-9]|1[0-2])", r"(?P<day>0[1-9]|[12]\d|3[01])"
_TIME = r"(?:(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d):(?P<second>[0-5]\d(?:\.\d+)?)|(?P<midnight>24:00:00(?:\.0+)?))"
_CHRONOLOGICAL: Final = {
    name: re.compile(form + _ZONE, re.ASCII)
    for name, form in {
        "dateTime": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}",
        "date": f"{_YEAR}-{_MONTH}-{_DAY}",
        "time": _TIME,
        "gYear": _YEAR,
        "gYearMonth": f"{_YEAR}-{_MONTH}",
        "gMonthDay": f"--{_MONTH}-{_DAY}",
        "gMonth": f"--{_MONTH}",
        "gDay": f"---{_DAY}",
    }.items()
}
_CHRONOLOGICAL["dateTimeStamp"] = _CHRONOLOGICAL["dateTime"]
_DURATION: Final = re.compile(
    r"(?P<sign>-?)P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)
_NAME_START = (
    "A-Z_a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f"
    "\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\U00010000-\\U000effff"
)
_NAME_CHAR = "\\-" + _NAME_START + ".0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040"
_DECIMAL: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_DOUBLE: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?INF|NaN", re.ASCII)
_PLAIN: Final = {
    "boolean": re.compile("true|false|0|1"),
    "decimal": _DECIMAL,
    "double": _DOUBLE,
    "float": _DOUBLE,
    "hexBinary": re.compile("(?:[0-9A-Fa-f]{2})*"),
    "base64Binary": re.compile(r"(?:(?:[A-Za-z0-9+/] ?){4})*(?:(?:[A-Za-z0-9+/] ?){2}[AEIMQUYcgkosw048] ?=|"
                               r"[A-Za-z0-9+/] ?[AQgw] ?= ?=)?"),
    "language": re.compile("[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*"),
    "Name": re.compile(f"[{_NAME_START}:][{_NAME_CHAR}:]*"),
    "NCName": re.compile(f"[{_NAME_START}][{_NAME_CHAR}]*"),
    "NMTOKEN": re.compile(f"[{_NAME_CHAR}:]+"),
}  # fmt: skip
_BLANKS: Final = " \t\n\r"


@lru_cache(maxsize=_CACHE)
def is_well_formed(literal: Literal) -> bool:
    """Whether the lexical form belongs to the datatype (XSD 1.1 part 2); true for datatypes that we do not know.

    A lexical form is taken as it stands but for surrounding blanks, which XML Schema collapses.
    """
    datatype = literal.datatype.value
    if datatype == RDF + "langString":
        return bool(literal.language)
    if not datatype.startswith(XSD):
        return True
    name, text = datatype[len(XSD) :], literal.value.strip(_BLANKS)
    if name in _INTEGERS:
        return _integer(name, text) is not None
    if name in _CHRONOLOGICAL:
        return _moment(name, text) is not None
    if name in ("duration", "dayTimeDuration", "yearMonthDuration"):
        return _duration(name, text) is not None
    if name in _PLAIN:
        return _PLAIN[name].fullmatch(text) is not None
    if name == "normalizedString":
        return not any(blank in literal.value for blank in "\t\n\r")
    if name == "token":
        return literal.value == " ".join(literal.value.split())
    return True


def has_datatype(term: Term, datatype: str) -> bool:
    """Whether a term is a literal of exactly a datatype (by IRI) and well formed (SHACL section 4.1.2)."""
    return isinstance(term, Literal) and term.datatype.value == datatype and is_well_formed(term)


def integer_value(term: Term) -> int | None:
    """The value of a well-formed literal of `xsd:integer` or a datatype derived from it; None for any other term."""
    if not isinstance(term, Literal) or not term.datatype.value.startswith(XSD):
        return None
    return _integer(term.datatype.value[len(XSD) :], term.value.strip(_BLANKS))


def _integer(name: str, text: str) -> int | None:
    if name not in _INTEGERS or not re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        return None
    if _is_endless(text):
        return None
    number = int(text)
    lowest, highest = _INTEGERS[name]
    fits = (lowest is None or number >= lowest) and (highest is None or number <= highest)
    return number if fits else None


# --- order -----------------------------------------------------------------------------------------------------------

OrderKey = int | float | Fraction | str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a literal stands: two are comparable when they have the same `order`, and then as their keys are."""

    order: str
    key: OrderKey


@lru_cache(maxsize=_CACHE)
def place_of(term: Term) -> Place | None:
    """The place of a term in the order of SPARQL's `<` (section 17.3); None for one that is comparable with nothing.

    Comparable with nothing are IRIs, blank nodes, texts with a language, ill-formed literals, NaN, and literals of
    datatypes without an order. The orders are "number", "boolean", "string", "dateTime", "date", "time", "gYear",
    "gYearMonth" (each of these five also with "+zone"), "months" and "seconds".
    """
    if not isinstance(term, Literal) or not term.datatype.value.startswith(XSD) or term.language:
        return None
    name = term.datatype.value[len(XSD) :]
    if name == "string":
        return Place("string", term.value)
    text = term.value.strip(_BLANKS)
    if name in _INTEGERS:
        number = _integer(name, text)
        return None if number is None else Place("number", number)
    if name in _CHRONOLOGICAL:
        return _chronological_place(name, text)
    if name in ("duration", "dayTimeDuration", "yearMonthDuration"):
        return _duration_place(name, text)
    if name in ("decimal", "double", "float", "boolean") and _PLAIN[name].fullmatch(text):
        return _plain_place(name, text)
    return None


def compare(left: Term, right: Term) -> int | None:
    """-1, 0 or 1 as the left term is less than, equal to or greater than the right one; None if not comparable."""
    a, b = place_of(left), place_of(right)
    if a is None or b is None or a.order != b.order:
        return None
    return (a.key > b.key) - (a.key < b.key)  # type: ignore[operator]


def _is_endless(text: str) -> bool:
    """Whether a number has more digits than Python reads: time would grow with their square."""
    return len(text) > sys.get_int_max_str_digits() > 0


def _plain_place(name: str, text: str) -> Place | None:
    if _is_endless(text):
        return None
    if name == "boolean":
        return Place("boolean", int(text in ("true", "1")))
    if name == "decimal":
        whole, _, fraction = text.partition(".")
        if not fraction.strip("0"):
            return Place("number", int(whole if whole.strip("+-") else "0"))
        return Place("number", Fraction(text))
    number = float(text.replace("INF", "inf"))
    if name == "float" and math.isfinite(number):
        number = _single(number)
    return None if math.isnan(number) else Place("number", number)


def _single(number: float) -> float:
    """A number as `xsd:float` holds it, in 32 bits."""
    try:
        return float(struct.unpack("f", struct.pack("f", number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)


def _chronological_place(name: str, text: str) -> Place | None:
    moment = _moment(name, text)
    if moment is None or name in ("gMonthDay", "gMonth", "gDay"):
        return None
    seconds, zoned = moment
    order = "dateTime" if name == "dateTimeStamp" else name
    return Place(order + ("+zone" if zoned else ""), seconds)


def _moment(name: str, text: str) -> tuple[int | Fraction, bool] | None:
    """Seconds since 1970 (of a proleptic Gregorian calendar with a year zero), and whether there is a zone."""
    match = None if _is_endless(text) else _CHRONOLOGICAL[name].fullmatch(text)
    if match is None or (name == "dateTimeStamp" and not match["zone"]):
        return None
    part = match.groupdict()
    # A missing part is that of a leap year, and of the first day.
    year, month, day = int(part.get("year") or 1972), int(part.get("month") or 1), int(part.get("day") or 1)
    if day > _days_in(year, month):
        return None
    seconds: int | Fraction = _days_from_1970(year, month, day) * 86400
    if part.get("midnight"):
        # 24:00:00 of a day is the first moment of the next, and of a time alone the first of the day.
        seconds += 86400 if "year" in part else 0
    elif part.get("hour"):
        second = Fraction(part["second"])
        seconds += int(part["hour"]) * 3600 + int(part["minute"]) * 60
        seconds += int(second) if second.denominator == 1 else second
    zone = part["zone"]
    return seconds - _zone_seconds(zone), zone is not None


def _zone_seconds(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
    return -seconds if zone[0] == "-" else seconds


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days_in(year: int, month: int) -> int:
    return 29 if month == 2 and _leap(year) else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def _days_from_1970(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01, for any year."""
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400
    return days + sum(_days_in(year, m) for m in range(1, month)) + day - 1 - 719162


def _duration(name: str, text: str) -> tuple[int, Fraction] | None:
    """Months, and seconds, of a duration."""
    match = None if _is_endless(text) else _DURATION.fullmatch(text)
    if match is None:
        return None
    part = match.groupdict()
    if name == "dayTimeDuration" and (part["years"] or part["months"]):
        return None
    if name == "yearMonthDuration" and (part["days"] or "T" in text):
        return None
    months = int(part["years"] or 0) * 12 + int(part["months"] or 0)
    hours = int(part["days"] or 0) * 24 + int(part["hours"] or 0)
    seconds = (hours * 60 + int(part["minutes"] or 0)) * 60 + Fraction(part["seconds"] or 0)
    return (-months, -seconds) if part["sign"] else (months, seconds)


def _duration_place(name: str, text: str) -> Place | None:
    duration = _duration(name, text)
    if duration is None or all(duration):
        return None
    months, seconds = duration
    return Place("months", months) if name == "yearMonthDuration" or months else Place("seconds", seconds)


# --- regular expressions ---------------------------------------------------------------------------------------------


@lru_cache(maxsize=_CACHE)
def matches(term: Term, pattern: str, flags: str = "") -> bool:
    """Whether the text of a term matches a regular expression somewhere (XPath `fn:matches`); never a blank node."""
    text = text_of(term)
    return text is not None and compiled(pattern, flags).search(text) is not None


def pattern_error(pattern: str, flags: str = "") -> str | None:
    """Why a regular expression cannot be used, in words; None where it can."""
    try:
        compiled(pattern, flags)
    except (re.error, ValueError, OverflowError, RecursionError) as error:
        return f"'{pattern}': {error}"
    return None


@lru_cache(maxsize=4096)
def compiled(pattern: str, flags: str = "") -> re.Pattern[str]:
    """An XPath regular expression for Python's `re`. Raises `re.error` or ValueError where it cannot be used."""
    unknown = set(flags) - set("smixq")
    if unknown:
        raise ValueError(f"unknown flag {min(unknown)!r}")
    options = (re.IGNORECASE if "i" in flags else 0) | (re.MULTILINE if "m" in flags else 0)
    options |= re.DOTALL if "s" in flags else 0
    if "q" in flags:
        return re.compile(re.escape(pattern), options)
    return re.compile(_translated(pattern, "m" in flags, "x" in flags), options)


def _translated(pattern: str, multiline: bool, spaced: bool) -> str:
    """A pattern with those parts rewritten that Python reads otherwise than XPath."""
    out: list[str] = []
    depth = position = 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\" and position + 1 < len(pattern):
            text, position = _escape(pattern, position, bool(depth))
            out.append(text)
            continue
        position += 1
        if depth and char == "[":
            if pattern[position - 2] == "-":
                raise ValueError("character class subtraction is not supported")
            char = "\\["
        elif char == "[":
            depth = 1
            if pattern[position : position + 1] == "^":
                char, position = "[^", position + 1
        elif char == "]":
            depth = 0
        elif depth and char in "&~|":
            char = "\\" + char
        elif char == "$" and not depth and not multiline:
            char = "\\Z"
        elif spaced and not depth and char in _BLANKS:
            continue
        out.append(char)
    return "".join(out)


def _escape(pattern: str, position: int, in_class: bool) -> tuple[str, int]:
    """The escape at a position, rewritten, and the position after it."""
    letter = pattern[position + 1]
    if letter in "pP":
        named = re.compile(r"\{(\w{1,2})\}").match(pattern, position + 2)
        if named is None:
            raise ValueError(f"\\{letter} is only known with a general category, as in \\{letter}{{Lu}}")
        return _bracketed(_category(named[1], letter == "P"), in_class), named.end()
    if letter in "icIC":
        characters = (_NAME_START + ":") if letter in "iI" else (_NAME_CHAR + ":")
        if letter.islower():
            return _bracketed(characters, in_class), position + 2
        if in_class:
            raise ValueError(f"\\{letter} inside a character class is not supported")
        return f"[^{characters}]", position + 2
    return pattern[position : position + 2], position + 2


def _bracketed(characters: str, in_class: bool) -> str:
    return characters if in_class else f"[{characters}]"


@lru_cache(maxsize=128)
def _category(name: str, negated: bool) -> str:
    """The characters of a Unicode general category (or of all but it) as ranges of a character class."""
    numbers = (n for n in range(sys.maxunicode + 1) if unicodedata.category(chr(n)).startswith(name) != negated)
    ranges = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        ranges.append(f"\\U{run[0]:08x}-\\U{run[-1]:08x}" if len(run) > 1 else f"\\U{run[0]:08x}")
    if not ranges:
        raise ValueError(f"unknown Unicode category {name}")
    return "".join(ranges)
