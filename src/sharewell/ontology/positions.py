"""Where a statement of an ontology file stands. A file is read with positions only when one is asked for."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from sharewell.graph.source import read_source
from sharewell.vocabulary import RDF_TYPE

_Key = tuple[str | None, str, str | None]


class Positions:
    """Lines, counted from 1, of the statements in files; None where a file does not have the statement."""

    def __init__(self) -> None:
        self._statements: dict[Path, dict[_Key, int]] = {}
        self._terms: dict[Path, dict[str, int]] = {}

    def line(self, path: Path, triple: Triple) -> int | None:
        """The line of a statement; of two that differ only in blank nodes, that of the first."""
        self._read(path)
        return self._statements[path].get(_key(triple.subject, triple.predicate, triple.object))

    def line_of_term(self, path: Path, term: object) -> int | None:
        """The line at which a file says what kind of thing a term is, else of the first statement about it."""
        self._read(path)
        return self._terms[path].get(str(term))

    def _read(self, path: Path) -> None:
        if path in self._statements:
            return
        statements: dict[_Key, int] = {}
        typed: dict[str, int] = {}
        first: dict[str, int] = {}
        for quad in read_source(path, path.parent).quads:
            statements.setdefault(_key(quad.subject, quad.predicate, quad.object), quad.line or 1)
            first.setdefault(str(quad.subject), quad.line or 1)
            if quad.predicate == RDF_TYPE:
                typed.setdefault(str(quad.subject), quad.line or 1)
        self._statements[path], self._terms[path] = statements, first | typed


def _key(subject: object, predicate: NamedNode, value: object) -> _Key:
    # Two readings of a file give its blank nodes different labels.
    anonymous = isinstance(subject, BlankNode), isinstance(value, BlankNode)
    return (
        None if anonymous[0] else str(subject),
        predicate.value,
        None if anonymous[1] else _text(value),
    )


def _text(value: object) -> str:
    return str(value) if isinstance(value, (NamedNode, Literal)) else repr(value)
