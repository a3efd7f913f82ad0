"""A graph as integers: a dictionary of terms and a table of triples in an embedded relational engine (DuckDB).

Tables: `term(id, text, kind)`, where the text is the term in the N-Triples that pyoxigraph writes, so that equal terms
have equal texts and keep their exact lexical form; `triple(s, p, o, place)`, each triple once, sorted by predicate,
subject and object; `repetition(s, p, o, place)`, the same triples where they are read again. A place is the number of
a statement in the order of reading; `sharewell.graph.bulk` tells file and line.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import duckdb
import numpy
from numpy.typing import NDArray
from pyoxigraph import Quad, RdfFormat, parse

from sharewell.collector import collector_paused
from sharewell.errors import InputError
from sharewell.graph.terms import Term

_PREFIX = "sharewell-spill-"
_BATCH = 50_000
_SIZE = re.compile(r"[1-9][0-9]*(?:\.[0-9]+)? ?[KMGT]i?B", re.IGNORECASE)

IRI, BLANK_NODE, LITERAL = 1, 2, 3
"""The kinds of term in the dictionary."""

DEFAULT_MEMORY = "4GB"
"""What the engine may hold in memory; what goes beyond is written to a temporary folder."""


class Statement(Protocol):
    """A quad, a triple or a located quad."""

    @property
    def subject(self) -> Any: ...
    @property
    def predicate(self) -> Any: ...
    @property
    def object(self) -> Any: ...


class EncodedGraph:
    """The tables and what reads and writes them. To be closed, which removes the temporary folder.

    Raises InputError where `memory` is not a size, or too little even with the disk.
    """

    def __init__(self, memory: str = DEFAULT_MEMORY) -> None:
        if not _SIZE.fullmatch(memory):
            raise InputError(f"'{memory}' is not a size of memory: write it like 500MB or 4GB")
        self._memory = memory
        _sweep()
        self._spill = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")
        config: dict[str, Any] = {
            "memory_limit": memory,
            "temp_directory": self._spill,
            "autoinstall_known_extensions": False,
        }
        try:
            self.connection = duckdb.connect(config=config)
        except duckdb.Error:
            shutil.rmtree(self._spill, ignore_errors=True)
            raise InputError(f"'{memory}' is more memory than there can be") from None
        # This one loses rows: in DuckDB 2.0.1 a UNION ALL of two projections of one join gives the second part twice,
        # or once under DISTINCT (test_encoded.py has the query).
        if self.rows("SELECT 1 FROM duckdb_optimizers() WHERE name = 'common_subplan'"):
            self.run("SET disabled_optimizers = 'common_subplan'")

    def close(self) -> None:
        """Give back memory and disk."""
        self.connection.close()
        shutil.rmtree(self._spill, ignore_errors=True)

    def __enter__(self) -> EncodedGraph:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, text: str, parameters: Sequence[object] = ()) -> duckdb.DuckDBPyConnection:
        """Run one statement of SQL."""
        with self._within_memory():
            return self.connection.execute(text, list(parameters))

    @contextmanager
    def _within_memory(self) -> Iterator[None]:
        try:
            yield
        except duckdb.OutOfMemoryException:
            raise InputError(f"{self._memory} of memory are too little for this graph: allow more") from None

    def rows(self, text: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._within_memory():
            return self.run(text, parameters).fetchall()

    def batches(self, text: str) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a query, some at a time; meanwhile others may be asked."""
        reader = self.connection.cursor()
        with self._within_memory():
            reader.execute(text)
            while rows := reader.fetchmany(_BATCH):
                yield rows

    def arrays(self, text: str) -> tuple[NDArray[Any], ...]:
        """The columns of a query without NULLs, in order."""
        return tuple(self.run(text).fetchnumpy().values())

    def create(self, table: str, **columns: NDArray[Any]) -> None:
        """Make a table of columns."""
        self.connection.register("incoming", columns)
        self.run(f'CREATE OR REPLACE TABLE "{table}" AS SELECT * FROM incoming')
        self.connection.unregister("incoming")

    def encode(self, statements: Iterable[Statement]) -> None:
        """Fill the tables with statements of Python terms; a statement's place is its number in this order."""
        self.encode_terms(term for q in statements for term in (q.subject, q.predicate, q.object))

    def encode_terms(self, terms: Iterable[Term]) -> None:
        """Fill the tables with statements of which subject, predicate and object come one after the other."""
        numbers: dict[object, int] = {}
        number = numbers.setdefault
        with collector_paused():
            flat = numpy.fromiter((number(term, len(numbers)) for term in terms), dtype=numpy.int32)
        self._create_terms("term", [str(term) for term in numbers])
        s, p, o = (numpy.ascontiguousarray(flat[at::3]) for at in range(3))
        self.create("statement", s=s, p=p, o=o, place=numpy.arange(len(s), dtype=numpy.int32))
        self.sort()

    def _create_terms(self, table: str, texts: list[str], first: int = 0) -> None:
        kinds = {"<": IRI, "_": BLANK_NODE}
        self.create(
            table,
            id=numpy.arange(first, first + len(texts), dtype=numpy.int32),
            text=numpy.array(texts, dtype=object),
            kind=numpy.fromiter((kinds.get(text[0], LITERAL) for text in texts), dtype=numpy.int8, count=len(texts)),
        )

    def sort(self) -> None:
        """Make `triple` and `repetition` of the table `statement(s, p, o, place)`, which is dropped."""
        self.run(
            "CREATE OR REPLACE TABLE triple AS "
            "SELECT s, p, o, min(place) AS place FROM statement GROUP BY s, p, o ORDER BY p, s, o"
        )
        (((once,),), ((all_,),)) = (self.rows(f"SELECT count(*) FROM {name}") for name in ("triple", "statement"))
        nowhere = "WHERE 1 = 0" if once == all_ else ""
        self.run(
            "CREATE OR REPLACE TABLE repetition AS SELECT s, p, o, place FROM statement "
            f"{nowhere or 'EXCEPT ALL SELECT s, p, o, place FROM triple'}"
        )
        self.run("DROP TABLE statement")

    def intern(self, terms: Iterable[Term]) -> dict[Term, int]:
        """The numbers of terms; those that the graph does not have are put into the dictionary."""
        distinct = list(dict.fromkeys(terms))
        texts = [str(term) for term in distinct]
        self.create("wanted", text=numpy.array([*texts, ""], dtype=object))
        known = dict(self.rows("SELECT text, id FROM term JOIN wanted USING (text)"))
        ((highest,),) = self.rows("SELECT coalesce(max(id), -1) FROM term")
        new = [text for text in texts if text not in known]
        known |= {text: highest + 1 + at for at, text in enumerate(new)}
        if new:
            self._create_terms("added", new, highest + 1)
            self.run("INSERT INTO term SELECT id, text, kind FROM added")
        return {term: known[text] for term, text in zip(distinct, texts, strict=True)}

    def quads(self, which: str = "1 = 1") -> Iterator[Quad]:
        """The triples in the order of reading: those for which an SQL condition on subject `s` and object `o` holds.

        Both are rows of `term`.
        """
        for rows in self.batches(
            "SELECT s.text, p.text, o.text FROM triple JOIN term AS s ON s.id = triple.s "
            f"JOIN term AS p ON p.id = triple.p JOIN term AS o ON o.id = triple.o WHERE {which} ORDER BY triple.place"
        ):
            document = "".join(f"{s} {p} {o} .\n" for s, p, o in rows)
            yield from parse(document, format=RdfFormat.N_TRIPLES)

    def terms(self, query: str) -> dict[int, Term]:
        """The terms whose numbers are the first column of a query."""
        found = self.rows(f"SELECT id, text FROM term WHERE id IN (SELECT * FROM ({query}) AS wanted)")
        return dict(zip((number for number, _ in found), read_terms(text for _, text in found), strict=True))


def _sweep() -> None:
    """Remove the temporary folders of processes that were killed: they had no time to do it."""
    if not hasattr(os, "fork"):  # elsewhere, asking whether a process lives would end it
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        number = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if number.isdecimal() and not _is_alive(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return True


def read_terms(texts: Iterable[str]) -> list[Term]:
    """The terms that N-Triples texts stand for. Raises SyntaxError where one is not valid."""
    document = "".join(f"<x:s> <x:p> {text} .\n" for text in texts)
    with collector_paused():
        return [quad.object for quad in parse(document, format=RdfFormat.N_TRIPLES)]
