"""Files of RDF read into an encoded graph, however large, and where each statement stands in them.

A large file in N-Triples is cut into terms by the relational engine, on all cores, and only its distinct terms are
looked at: those in a plain form pass, the others are read by pyoxigraph. A file that is not written one statement to a
line with single spaces, or that holds anything that is no term, is read by `sharewell.graph.source` instead, which
says what is wrong with it. Lines and columns are found only for the statements that somebody asks about.
"""

from __future__ import annotations

import codecs
import hashlib
import mmap
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy
from numpy.typing import NDArray
from pyoxigraph import NamedNode

from sharewell.graph import grammar
from sharewell.graph.encoded import DEFAULT_MEMORY, EncodedGraph, read_terms
from sharewell.graph.locations import Location
from sharewell.graph.source import Source
from sharewell.graph.terms import Term
from sharewell.graph.turtle import LocatedQuad, label_scope

BULK_FROM = 2**20
"""From how many bytes on a file in N-Triples is cut by the engine; a smaller one is as quick to read with care."""

_IRI_PLAIN = (
    r"<[A-Za-z][A-Za-z0-9+.-]*:(?://[A-Za-z0-9.-]+)?(?:/[A-Za-z0-9/._~!$&'()*+,;=:@-]*)?"
    r"(?:\?[A-Za-z0-9/._~!$&'()*+,;=:@?-]*)?(?:#[A-Za-z0-9/._~!$&'()*+,;=:@?-]*)?>"
)
_PLAIN = (
    rf"{_IRI_PLAIN}|_:[0-9A-Za-z_](?:[0-9A-Za-z_.-]*[0-9A-Za-z_-])?"
    rf'|"[^"\\\x00-\x1f\x7f]*"(?:@[a-z]{{2}}(?:-[a-z]{{2}})?|\^\^{_IRI_PLAIN})?'
)
"""Terms that pyoxigraph reads and writes back as they are (a test holds it to that)."""
_NOT_AS_WRITTEN = (
    "^^<http://www.w3.org/2001/XMLSchema#string>",
    "^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>",
    "^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#dirLangString>",
)

_RDF_1_2 = re.compile(r"^<<|\"@[A-Za-z0-9-]*--[a-z]+$")
"""A term about a triple, or a text with a direction: pyoxigraph reads them, and they are not of RDF 1.1."""

# A line is one column, and a character that no text has is what separates columns: nothing is quoted or escaped.
_LINES = (
    r"read_csv(?, columns = {'line': 'VARCHAR'}, delim = '\x01', quote = '', escape = '', header = false, "
    r"auto_detect = false, strict_mode = false, max_line_size = 16777216)"
).replace(r"\x01", "\x01")
_CUT = f"""
SELECT part[1] AS s, part[2] AS p,
       CASE WHEN len(part) = 4 THEN part[3]
            ELSE substr(line, length(part[1] || part[2]) + 3, length(line) - length(part[1] || part[2]) - 4)
       END AS o,
       line IS NULL OR starts_with(line, '#') AS empty,
       coalesce(len(part) > 3 AND part[len(part)] = '.', false) AS ended
FROM (SELECT line, string_split(line, ' ') AS part FROM {_LINES})
"""


@dataclass(frozen=True, slots=True)
class _Part:
    """One file: its name in reports, its first place, and how a place in it becomes a line and a column."""

    name: str
    first: int
    located: Callable[[Sequence[int]], dict[int, Location]]


Question = tuple[Term, NamedNode | None, Term | None]
"""A node, and where a statement about it is meant, the predicate and object of that."""


class EncodedFiles:
    """Files as an encoded graph, with locations."""

    def __init__(self, graph: EncodedGraph, parts: Sequence[_Part]) -> None:
        self.graph = graph
        self._parts = parts
        self._firsts = [part.first for part in parts]

    def __enter__(self) -> EncodedFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self.graph.close()

    def locate(self, questions: Sequence[Question]) -> list[tuple[Location, ...]]:
        """For each question all locations of its statement; without one, the first that speaks of the node, or ().

        The first statement about the node comes before those that mention it as object.
        """
        if not questions:
            return []
        numbers = self.graph.intern(term for question in questions for term in question if term is not None)
        rows = [[-1 if term is None else numbers[term] for term in question] for question in questions]
        columns = numpy.array(rows, dtype=numpy.int32).T.copy()
        self.graph.create(
            "question", row=numpy.arange(len(rows), dtype=numpy.int32), s=columns[0], p=columns[1], o=columns[2]
        )
        places: dict[int, list[int]] = {}
        for table in ("triple", "repetition"):
            for row, place in self.graph.rows(f"SELECT row, place FROM question JOIN {table} USING (s, p, o)"):
                places.setdefault(row, []).append(place)
        for row, place in [*self._first("s"), *self._first("o")]:
            places.setdefault(row, [place])
        at = self.located({place for row in places.values() for place in row})
        found = (sorted(places.get(row, ())) for row in range(len(questions)))
        return [tuple(dict.fromkeys(at[place] for place in row)) for row in found]

    def _first(self, column: str) -> list[tuple[int, int]]:
        """For each question the first place that has the node in a column of the triples."""
        return self.graph.rows(
            f"SELECT row, min(place) FROM question JOIN triple ON triple.{column} = question.s GROUP BY row"
        )

    def located(self, places: Iterable[int]) -> dict[int, Location]:
        """The locations of places."""
        by_part: dict[int, list[int]] = {}
        for place in places:
            by_part.setdefault(bisect_right(self._firsts, place) - 1, []).append(place)
        found: dict[int, Location] = {}
        for number, inside in by_part.items():
            part = self._parts[number]
            located = part.located([place - part.first for place in inside])
            found |= {part.first + at: location for at, location in located.items()}
        return found


@dataclass(frozen=True, slots=True)
class File:
    """A file to read: where it is, what it is called in reports, and how it is read with care."""

    path: Path
    name: str
    read: Callable[[], Source]


def encode_files(files: Iterable[File], memory: str = DEFAULT_MEMORY, bulk_from: int = BULK_FROM) -> EncodedFiles:
    """Files as one graph. Raises InputError, as `read_source` does, for a file that cannot be used."""
    files = sorted(files, key=lambda file: file.name)
    graph = EncodedGraph(memory)
    try:
        if any(_is_large(file.path, bulk_from) for file in files):
            parts = _in_bulk(graph, files, bulk_from)
            if parts is not None:
                return EncodedFiles(graph, parts)
        sources = [file.read() for file in files]
        graph.encode(quad for source in sources for quad in source.quads)
    except BaseException:
        graph.close()
        raise
    parts, first = [], 0
    for source in sources:
        parts.append(_read_part(source, first))
        first += len(source.quads)
    return EncodedFiles(graph, parts)


def _is_large(path: Path, bulk_from: int) -> bool:
    return path.suffix.lower() == ".nt" and path.is_file() and path.stat().st_size >= bulk_from


def _read_part(source: Source, first: int) -> _Part:
    lines = numpy.fromiter((quad.line or 0 for quad in source.quads), dtype=numpy.int32, count=len(source.quads))
    columns = numpy.fromiter((quad.column or 0 for quad in source.quads), dtype=numpy.int32, count=len(source.quads))

    def located(places: Sequence[int]) -> dict[int, Location]:
        return {at: Location(source.path, int(lines[at]) or None, int(columns[at]) or None) for at in places}

    return _Part(source.path, first, located)


def _in_bulk(graph: EncodedGraph, files: Sequence[File], bulk_from: int) -> list[_Part] | None:
    """Read the files as lines of text; None where one of them is not plain enough for that."""
    parts: list[_Part] = []
    first = 0
    for number, file in enumerate(files):
        if _is_large(file.path, bulk_from):
            if not _cut(graph, file, number):
                return None
            parts.append(_Part(file.name, first, _lines_of(file)))
        else:
            source = file.read()
            _spell(graph, source.quads, number)
            parts.append(_read_part(source, first))
        ((count,),) = graph.rows(f"SELECT count(*) FROM line_{number}")
        first += count
    return parts if _encode_lines(graph, [part.first for part in parts]) else None


def _cut(graph: EncodedGraph, file: File, number: int) -> bool:
    """Make the table `line_<number>` of a file, a row for each line; false where a line is no plain statement."""
    if _has(file.path, b"\r", b"\x01"):
        return False
    try:
        graph.run(f"CREATE OR REPLACE TABLE line_{number} AS {_CUT}", [str(file.path)])
    except (duckdb.Error, UnicodeError):  # the name of a file need not be text
        return False
    ((odd, blank, some),) = graph.rows(
        "SELECT count(*) FILTER (NOT empty AND NOT (ended AND starts_with(p, '<') AND NOT starts_with(s, '\"'))), "
        f"count(*) FILTER (NOT empty AND (starts_with(s, '_') OR starts_with(o, '_'))), "
        f"count(*) FILTER (NOT empty) FROM line_{number}"
    )
    if odd or not some:
        return False
    if blank:
        scope = _scope(file)
        s, o = (f"CASE WHEN starts_with({c}, '_:') THEN '_:{scope}-' || substr({c}, 3) ELSE {c} END" for c in "so")
        graph.run(f"CREATE TABLE scoped AS SELECT {s} AS s, p, {o} AS o, empty FROM line_{number}")
        graph.run(f"DROP TABLE line_{number}")
        graph.run(f"ALTER TABLE scoped RENAME TO line_{number}")
    return True


def _has(path: Path, *marks: bytes) -> bool:
    """Whether one of some bytes is in a file: a line that is no plain line, or the mark that no line may hold."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(mark) >= 0 for mark in marks)


def _scope(file: File) -> str:
    digest = hashlib.sha256(f"{file.name}\0".encode(errors="surrogateescape"))
    with file.path.open("rb") as opened:
        while block := opened.read(1 << 20):
            digest.update(block)
    return label_scope(digest)


def _spell(graph: EncodedGraph, quads: Sequence[LocatedQuad], number: int) -> None:
    """Make the table `line_<number>` of statements that were read with care."""
    texts: dict[object, str] = {}
    columns = {
        name: numpy.array([texts.setdefault(q[at], str(q[at])) for q in quads], dtype=object)
        for at, name in enumerate("spo")
    }
    graph.create(f"line_{number}", **columns, empty=numpy.zeros(len(quads), dtype=bool))


def _encode_lines(graph: EncodedGraph, firsts: Sequence[int]) -> bool:
    """Make the tables of the graph of the tables of lines; false where something in them is no term."""
    every = " UNION ".join(
        f"SELECT {column} AS text FROM line_{number} WHERE NOT empty"
        for number in range(len(firsts))
        for column in "spo"
    )
    graph.run(f"CREATE TABLE spelled AS {every}")
    if not _respell(graph):
        return False
    graph.run(
        "CREATE TABLE term AS SELECT CAST(row_number() OVER () - 1 AS INTEGER) AS id, text, "
        "CAST(CASE left(text, 1) WHEN '<' THEN 1 WHEN '_' THEN 2 ELSE 3 END AS TINYINT) AS kind "
        "FROM (SELECT DISTINCT written AS text FROM spelling)"
    )
    graph.run("CREATE TABLE number AS SELECT spelling.text, id FROM spelling JOIN term ON term.text = spelling.written")
    graph.run("CREATE TABLE statement (s INTEGER, p INTEGER, o INTEGER, place INTEGER)")
    for number, first in enumerate(firsts):
        graph.run(
            f"INSERT INTO statement SELECT s.id, p.id, o.id, l.rowid + {first} FROM line_{number} AS l "
            "JOIN number AS s ON s.text = l.s JOIN number AS p ON p.text = l.p JOIN number AS o ON o.text = l.o "
            "WHERE NOT l.empty"
        )
        graph.run(f"DROP TABLE line_{number}")
    graph.run("DROP TABLE number; DROP VIEW spelling; DROP TABLE spelled; DROP TABLE IF EXISTS respelled")
    graph.sort()
    return True


def _respell(graph: EncodedGraph) -> bool:
    """Make the view `spelling(text, written)` from how terms stand in the files to how pyoxigraph writes them."""
    unlike = " OR ".join(f"ends_with(text, '{suffix}')" for suffix in _NOT_AS_WRITTEN)
    odd = graph.rows(f"SELECT text FROM spelled WHERE NOT regexp_full_match(text, ?) OR {unlike}", [_PLAIN])
    if not odd:
        graph.run("CREATE VIEW spelling AS SELECT text, text AS written FROM spelled")
        return True
    texts = [text for (text,) in odd]
    if any(map(_RDF_1_2.search, texts)):
        return False
    try:
        terms = read_terms(texts)
    except SyntaxError:
        return False
    if len(terms) != len(texts):
        return False
    graph.create(
        "respelled", text=numpy.array(texts, dtype=object), written=numpy.array([str(t) for t in terms], dtype=object)
    )
    graph.run(
        "CREATE VIEW spelling AS SELECT text, coalesce(written, text) AS written "
        "FROM spelled LEFT JOIN respelled USING (text)"
    )
    return True


def _lines_of(file: File) -> Callable[[Sequence[int]], dict[int, Location]]:
    starts: list[NDArray[Any]] = []

    def located(places: Sequence[int]) -> dict[int, Location]:
        found = {}
        with file.path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if not starts:
                starts.append(_line_starts(content))
            for number in places:
                start, end = starts[0][number : number + 2]
                statement = grammar.STATEMENT.match(content[start : end - 1].decode())
                found[number] = Location(file.name, number + 1, statement.start(3) + 1 if statement else None)
        return found

    return located


def _line_starts(content: mmap.mmap) -> NDArray[Any]:
    """Where the lines of a file begin, and where one after the last would."""
    ends = [
        numpy.flatnonzero(numpy.frombuffer(content[at : at + _PIECE], dtype=numpy.uint8) == _NEWLINE) + at
        for at in range(0, len(content), _PIECE)
    ]
    last = [] if content[-1:] == b"\n" else [len(content)]
    first = len(codecs.BOM_UTF8) if content[:3] == codecs.BOM_UTF8 else 0
    return numpy.concatenate(([first], *(piece + 1 for piece in ends), [at + 1 for at in last])).astype(numpy.int64)


_PIECE = 2**24
_NEWLINE = 10
