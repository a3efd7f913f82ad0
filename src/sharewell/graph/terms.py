"""RDF terms as text: for machines (N-Triples syntax), for people (prefixed names), and back from what people type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from sharewell.errors import InputError
from sharewell.vocabulary import PREFIXES, XSD_DATE

Term = NamedNode | BlankNode | Literal | Triple

_UNSHOWN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
ABSOLUTE_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\\ud800-\udfff]*\Z")
_LOCAL_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?\Z")
_PREFIXED = re.compile(r"([A-Za-z][\w.-]*)?:(.*)\Z", re.DOTALL)
_XSD_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z")


def json_term(term: Term | None) -> str | None:
    """A term as the JSON contract has it: an IRI bare, anything else in N-Triples syntax, nothing as None."""
    if term is None:
        return None
    return term.value if isinstance(term, NamedNode) else str(term)


def printable(text: str) -> str:
    """A text that a terminal shows as it is: control and direction characters are written as escapes."""
    return "".join(c if c == "\n" or unicodedata.category(c) not in _UNSHOWN else f"\\u{ord(c):04X}" for c in text)


def compact(term: Term, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """A term for people: a prefixed name where one fits, a plain string without quotes, else N-Triples syntax."""
    if isinstance(term, NamedNode):
        return compact_iri(term.value, prefixes)
    if isinstance(term, Literal):
        return printable(term.value)
    return printable(str(term))


def compact_iri(iri: str, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """The prefixed name of an IRI, by the longest namespace that fits, or `<iri>`."""
    for prefix, namespace in _longest_first(tuple(prefixes.items())):
        local = iri[len(namespace) :]
        if iri.startswith(namespace) and _LOCAL_NAME.match(local):
            return f"{prefix}:{local}"
    return f"<{iri}>"


@lru_cache(maxsize=16)
def _longest_first(prefixes: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return sorted(prefixes, key=lambda item: -len(item[1]))


def expand(text: str, prefixes: Mapping[str, str] = PREFIXES) -> str | None:
    """The IRI that a person's `<iri>`, `iri` or `prefix:name` stands for; None where the text is none of them."""
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1]
        return text if ABSOLUTE_IRI.match(text) else None
    prefixed = _PREFIXED.match(text)
    if prefixed and (prefixed[1] or "") in prefixes:
        iri = prefixes[prefixed[1] or ""] + prefixed[2]
        return iri if ABSOLUTE_IRI.match(iri) else None
    return text if "://" in text and ABSOLUTE_IRI.match(text) else None


def date_literal(text: str) -> Literal:
    """An `xsd:date` literal of an ISO 8601 calendar date.

    Raises InputError where the text is not a day of the calendar written YYYY-MM-DD.
    """
    if _XSD_DATE.match(text):
        try:
            date.fromisoformat(text)
        except ValueError:
            pass
        else:
            return Literal(text, datatype=XSD_DATE)
    raise InputError(f"'{text}' is not a date: write YYYY-MM-DD, for example 2026-11-22")
