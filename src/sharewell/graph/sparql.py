"""SPARQL texts cut into their units, and the guard that every text passes before an engine sees it.

Engines differ in where they let one unit end and the next begin: some read `trueSERVICE` as two keywords, and some see
a comparison where the grammar has an IRI. The guard therefore does not look for one word. It admits only texts that can
be cut in one way: every bare word is a keyword or function of SPARQL 1.1 (section 19.8), every name has a known prefix,
and no unit hides a forbidden word in a place where an engine could cut it open.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

from sharewell.errors import InputError

LENGTH_LIMIT = 1_000_000
"""Characters of a query at the most."""
DEPTH_LIMIT = 100
"""Brackets inside brackets at the most: engines walk them by recursion and end the process when it is too deep."""
OPERATOR_LIMIT = 1_000
"""Operators, path steps and group keywords at the most, for the same reason."""

_CHARACTER = r"\w·\u0300-\u036f\u203f\u2040"
_LOCAL = rf"(?:[\w:]|%[0-9A-Fa-f]{{2}}|\\.)(?:[{_CHARACTER}\-.:]|%[0-9A-Fa-f]{{2}}|\\.)*(?<!\.)"
_TOKEN = re.compile(
    rf"""(?P<comment>\#[^\r\n]*)
      | (?P<string>\"{{3}}(?:[^"\\]|\\.|\"(?!\"\"))*\"{{3}} | '{{3}}(?:[^'\\]|\\.|'(?!''))*'{{3}}
                  | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*')
      | (?P<iri><[^<>"{{}}|^`\\\x00-\x20]*>)
      | (?P<variable>[?$][{_CHARACTER}]+)
      | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<name>(?:[^\W\d_][{_CHARACTER}\-.]*(?<!\.))?:(?:{_LOCAL})?
                | _:\w(?:[{_CHARACTER}\-.]*[{_CHARACTER}\-])? | @[A-Za-z]+(?:-[A-Za-z0-9]+)*)
      | (?P<word>[^\W\d]\w*)
      | (?P<other>\^\^ | \S)""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = frozenset(
    re.findall(
        r"\w+",
        """A ABS ADD ALL AS ASC ASK AVG BASE BIND BNODE BOUND BY CEIL CLEAR COALESCE CONCAT CONSTRUCT CONTAINS COPY
        COUNT CREATE DATA DATATYPE DAY DEFAULT DELETE DESC DESCRIBE DISTINCT DROP ENCODE_FOR_URI EXISTS FALSE FILTER
        FLOOR FROM GRAPH GROUP GROUP_CONCAT HAVING HOURS IF IN INSERT INTO IRI ISBLANK ISIRI ISLITERAL
        ISNUMERIC ISURI LANG LANGMATCHES LCASE LIMIT LOAD MAX MD5 MIN MINUS MINUTES MONTH MOVE NAMED NOT NOW
        OFFSET OPTIONAL ORDER PREFIX RAND REDUCED REGEX REPLACE ROUND SAMETERM SAMPLE SECONDS SELECT SEPARATOR
        SERVICE SHA1 SHA256 SHA384 SHA512 SILENT STR STRAFTER STRBEFORE STRDT STRENDS STRLANG STRLEN STRSTARTS
        STRUUID SUBSTR SUM TIMEZONE TO TRUE TZ UCASE UNDEF UNION URI USING UUID VALUES WHERE WITH YEAR""",
    )
)
_CALL = "SERVICE"
_GROUPS = frozenset({"UNION", "OPTIONAL", "MINUS", "FILTER", "BIND", "GRAPH", "EXISTS", "SELECT"})
_OPERATORS = frozenset("/|^!*+-=&<>")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")
_ANY_ESCAPE = re.compile(r"\\[uU]")
_LONE_RETURN = re.compile(r"\r(?!\n)")


@dataclass(frozen=True, slots=True)
class Token:
    """A lexical unit of a SPARQL text. `kind` is one of string, iri, variable, number, name, word, other."""

    kind: str
    text: str
    start: int
    line: int

    @property
    def prefix(self) -> str | None:
        """The prefix of a prefixed name; None for any other unit."""
        if self.kind != "name" or self.text.startswith(("_:", "@")):
            return None
        return self.text.split(":", 1)[0]


def tokens(text: str) -> Iterator[Token]:
    """The units of a SPARQL text, comments left out; lines count from 1."""
    line, position = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        if match.lastgroup != "comment":
            yield Token(match.lastgroup or "other", match[0], match.start(), line)


def declared_prefixes(units: Collection[Token]) -> set[str]:
    """The prefixes that a text declares."""
    declared, expecting = set(), False
    for unit in units:
        if expecting and unit.prefix is not None:
            declared.add(unit.prefix)
        expecting = unit.kind == "word" and unit.text.upper() == "PREFIX"
    return declared


def guard(
    text: str,
    forbidden: Collection[str],
    prefixes: Collection[str],
    file: str | None = None,
    first_line: int = 1,
    *,
    plain: bool = False,
) -> None:
    """Refuse a text that holds a forbidden keyword (upper case), could be cut in two ways, or is too large to be safe.

    `prefixes` are those known without a declaration; `first_line` is the line of `file` at which the text begins. With
    `plain` no code point escape and no carriage return of its own may stand in it: rdflib reads both in its own way.
    Raises InputError with the line.
    """

    def refuse(line: int, reason: str) -> None:
        raise InputError(reason, file=file, line=first_line + line - 1)

    if len(text) > LENGTH_LIMIT:
        raise InputError(f"the query is longer than {LENGTH_LIMIT:,} characters", file=file)
    hidden = _hidden(text, plain)
    if hidden is not None:
        refuse(text.count("\n", 0, hidden) + 1, "write the character itself here, not an escape or a lone return")
    units = list(tokens(text))
    for unit in units:
        reason = _forbidden(unit, forbidden)
        if reason:
            refuse(unit.line, reason)
    for unit, following in pairwise(units):
        if _begins_triple_term(unit, following):
            refuse(unit.line, "'<<' is not SPARQL 1.1: write a comparison with an IRI apart, and no triple terms")
    known = declared_prefixes(units) | set(prefixes)
    for unit in units:
        if unit.prefix is not None and unit.prefix not in known:
            refuse(unit.line, f"the prefix '{unit.prefix}:' is not declared")
        if unit.kind == "word" and unit.text.upper() not in _WORDS:
            refuse(unit.line, f"'{unit.text}' is not a word of SPARQL 1.1")
    _require_small(units, file)


def _hidden(text: str, plain: bool) -> int | None:
    """Where an escape stands that one engine reads before it cuts the text and another after, if anywhere.

    An escape of an ASCII character could end a string, an IRI or a comment for one of them (section 19.2 says before).
    """
    if plain:
        found = _ANY_ESCAPE.search(text) or _LONE_RETURN.search(text)
        return found.start() if found else None
    codes = ((match.start(), int(match[1] or match[2], 16)) for match in _ESCAPE.finditer(text))
    return next((start for start, code in codes if code < 0x80 or code > 0x10FFFF), None)


def _forbidden(unit: Token, forbidden: Collection[str]) -> str | None:
    text = unit.text.upper()
    if unit.kind == "word" and text in forbidden:
        return f"{text} is not allowed here: a query may only read this graph"
    # `trueSERVICE`, the prefix `SERVICE:`, and `1<2)SERVICE#>`, which is an IRI to one engine and not to another.
    glued = unit.kind == "word" and _CALL in text and text not in _WORDS
    prefix = unit.prefix is not None and _CALL in unit.prefix.upper()
    split = unit.kind == "iri" and _CALL in text and ")" in text.split(_CALL)[0]
    if _CALL in forbidden and (glued or prefix or split):
        return f"'{unit.text}' could be read as {_CALL}, which is not allowed: write it apart, or name it otherwise"
    return None


def _begins_triple_term(unit: Token, following: Token) -> bool:
    """Whether two units make up `<<`: `<<?s?p?o>>` has an IRI in it for one engine and a triple for another."""
    adjacent = following.start == unit.start + 1
    return unit.kind == "other" and unit.text == "<" and adjacent and following.text.startswith("<")


def _require_small(units: Collection[Token], file: str | None) -> None:
    depth = deepest = operators = 0
    for unit in units:
        if unit.kind == "other" and unit.text in "{([":
            depth += 1
            deepest = max(deepest, depth)
        elif unit.kind == "other" and unit.text in "})]":
            depth -= 1
        elif unit.text.upper() in _GROUPS or (unit.kind == "other" and unit.text in _OPERATORS):
            operators += 1
    if deepest > DEPTH_LIMIT:
        raise InputError(f"the query has more than {DEPTH_LIMIT} brackets inside one another", file=file)
    if operators > OPERATOR_LIMIT:
        raise InputError(f"the query has more than {OPERATOR_LIMIT:,} operators and groups", file=file)
