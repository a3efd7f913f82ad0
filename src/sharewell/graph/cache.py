"""Statements with their places, kept on disk by the digest of the file they were read from.

Reading them back takes a sixth of the time of reading the file (measured: 0.16 s against 1.0 s for 200,000 statements
of Turtle). A file of the cache holds a checksum, the distinct terms as N-Triples, and for each statement six integers:
the numbers of its terms, line and column. The folder can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import pyoxigraph
from pyoxigraph import DefaultGraph, RdfFormat, parse

from sharewell.collector import collector_paused
from sharewell.files import replace_file
from sharewell.graph.formats import Format
from sharewell.graph.turtle import LocatedQuad

_VERSION = "1"
_CHECKSUM = 32
_COLUMNS = 6
# A term is stored as the object of a statement; the rest of the line is always this.
_BEFORE, _AFTER = "<x:s> <x:p> ", " .\n"


def entry(folder: Path, digest: str, format: Format, base: str | None, file: str) -> Path:
    """Where the statements of a file are kept; all that they depend on makes the name."""
    parts = (_VERSION, pyoxigraph.__version__, sys.byteorder, format.value, base or "", file, digest)
    name = hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()
    return folder / name[:2] / f"{name[2:]}.statements"


def load(path: Path) -> list[LocatedQuad] | None:
    """The statements kept at `path`; None where there are none, or where the file is damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    checksum, payload = data[:_CHECKSUM], memoryview(data)[_CHECKSUM:]
    if hashlib.sha256(payload).digest() != checksum:
        return None
    try:
        return _decoded(payload)
    except (ValueError, LookupError, SyntaxError):
        return None


def _decoded(payload: memoryview) -> list[LocatedQuad]:
    size = int.from_bytes(payload[:8], "little")
    if len(payload) < 8 + size:
        raise ValueError("the terms are cut off")
    numbers = array("I", payload[8 + size :].tobytes())
    count, rest = divmod(len(numbers), _COLUMNS)
    if rest:
        raise ValueError("the last statement is cut off")
    columns = [numbers[column * count : (column + 1) * count] for column in range(_COLUMNS)]
    with collector_paused():
        lines = parse(bytes(payload[8 : 8 + size]), format=RdfFormat.N_TRIPLES, lenient=True)
        terms = [DefaultGraph(), *(statement.object for statement in lines)]
        subjects, predicates, objects, graphs = (map(terms.__getitem__, column) for column in columns[:4])
        return list(map(LocatedQuad, subjects, predicates, objects, graphs, _places(columns[4]), _places(columns[5])))


def _places(column: array[int]) -> Iterable[int | None]:
    """Lines or columns; 0 stands for one that is not known."""
    return [number or None for number in column] if 0 in column else column


def save(path: Path, quads: Sequence[LocatedQuad]) -> None:
    """Keep statements at `path`, whole or not at all; a folder that cannot be written is no error."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, b"".join(_encoded(quads)))


def _encoded(quads: Sequence[LocatedQuad]) -> Iterable[bytes]:
    numbers: dict[object, int] = {DefaultGraph(): 0}
    columns = array("I")
    for position in range(4):
        columns.extend(numbers.setdefault(quad[position], len(numbers)) for quad in quads)
    columns.extend(quad.line or 0 for quad in quads)
    columns.extend(quad.column or 0 for quad in quads)
    terms = "".join(f"{_BEFORE}{term}{_AFTER}" for term, number in numbers.items() if number).encode()
    payload = len(terms).to_bytes(8, "little") + terms + columns.tobytes()
    return hashlib.sha256(payload).digest(), payload
