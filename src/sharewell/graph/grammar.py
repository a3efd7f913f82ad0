"""The tokens of Turtle, TriG, N-Triples and N-Quads as regular expressions.

The names are those of the productions in the W3C Recommendations RDF 1.1 Turtle (section 6.5), TriG and N-Quads.
What a token may hold is checked by pyoxigraph; these expressions only have to cut a text at the same places. Hence
`<[^<>]*>` for IRIREF, and any character after a backslash. All repetitions are possessive, so a scan is linear.
"""

from __future__ import annotations

import re

_PN_CHARS_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_PN_CHARS_U = _PN_CHARS_BASE + "_"
_PN_CHARS = _PN_CHARS_U + "0-9\u00b7\u0300-\u036f\u203f-\u2040" + r"\-"
_PLX = r"%[0-9A-Fa-f]{2}|\\."
# A name may hold dots but not end with one: runs of other characters, joined by dots.
_PN_PREFIX = rf"[{_PN_CHARS_BASE}][{_PN_CHARS}]*+(?:\.++[{_PN_CHARS}]++)*+"
_PN_LOCAL = (
    rf"(?:[{_PN_CHARS_U}:0-9]|{_PLX})(?:[{_PN_CHARS}:]++|{_PLX})*+"
    rf"(?:\.++(?:[{_PN_CHARS}:]++|{_PLX})++)*+"
)
_PREFIXED_NAME = rf"(?:{_PN_PREFIX})?+:(?:{_PN_LOCAL})?+"
_BLANK_NODE_LABEL = rf"_:[{_PN_CHARS_U}0-9][{_PN_CHARS}]*+(?:\.++[{_PN_CHARS}]++)*+"
_IRIREF = "<[^<>]*+>"
_DOUBLE = r"(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)[eE][+-]?+[0-9]++"
_DECIMAL = r"[0-9]*+\.[0-9]++"
_INTEGER = "[0-9]++"
_WS = r"[ \t\r\n]*+(?:#[^\r\n]*+[ \t\r\n]*+)*+"
_LANGTAG = "@[a-zA-Z]++(?:-[a-zA-Z0-9]++)*+"


def _strings(group: str) -> str:
    """The four kinds of string, the long ones first; `group` opens the group around what is between the quotes."""
    kinds = []
    for quote in "\"'":
        kinds.append(rf"{quote * 3}{group}[^{quote}\\]*+(?:(?:\\.|{quote}(?!{quote * 2}))[^{quote}\\]*+)*+){quote * 3}")
        kinds.append(rf"{quote}{group}[^{quote}\\\r\n]*+(?:\\.[^{quote}\\\r\n]*+)*+){quote}")
    return "|".join(kinds)


_RDF_LITERAL = rf"(?:{_strings('(?:')})(?:{_WS}(?:{_LANGTAG}|\^\^{_WS}(?:{_IRIREF}|{_PREFIXED_NAME})))?+"

TOKEN = re.compile(
    rf"{_WS}({_PREFIXED_NAME}|[;,\[\](){{}}]|\.(?![0-9])|{_IRIREF}|{_RDF_LITERAL}|{_BLANK_NODE_LABEL}"
    rf"|[+-]?+(?:{_DOUBLE}|{_DECIMAL}|{_INTEGER})|@?[A-Za-z]++|\Z|.)",
    re.DOTALL,
)
"""One token of Turtle or TriG in group 1, a literal with its language or datatype as one token; "" at the end of the
text, one character where no token begins."""

STATEMENT = re.compile(
    rf"{_WS}(?:({_IRIREF}|{_BLANK_NODE_LABEL})[ \t]*+({_IRIREF})[ \t]*+({_IRIREF}|{_BLANK_NODE_LABEL}|{_RDF_LITERAL})"
    rf"[ \t]*+({_IRIREF}|{_BLANK_NODE_LABEL})?+[ \t]*+\.|\Z|.)",
    re.DOTALL,
)
"""One statement of N-Triples or N-Quads: groups subject, predicate, object, graph label; subject is None at the end
of the text, or where no statement begins."""

LITERAL = re.compile(rf"(?:{_strings('(')})(?:{_WS}(?:@(.++)|\^\^{_WS}(.++)))?+", re.DOTALL)
"""The parts of a literal token: groups 1 to 4 hold what one of the four kinds of string has between its quotes,
5 the language, 6 the datatype."""

ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
"""UCHAR in groups 1 and 2, ECHAR or PN_LOCAL_ESC in group 3."""

ABSOLUTE_IRI = re.compile("[A-Za-z][A-Za-z0-9+.-]*:")
"""The start of an IRI that needs no base."""

LINE_BREAK = re.compile(r"\r\n?|\n")
"""What ends a line."""
