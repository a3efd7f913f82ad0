"""One file read: what it is, what it says, and where each statement stands in it."""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import DefaultGraph, Triple

from sharewell.errors import InputError
from sharewell.graph import documents, turtle
from sharewell.graph.cache import entry, load, save
from sharewell.graph.formats import FORMATS, LOCATED, Format
from sharewell.graph.grammar import LINE_BREAK
from sharewell.graph.turtle import LocatedQuad

MAX_BYTES = 512 * 2**20
"""The largest file that is read."""

_OTHER_ENCODINGS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file as it was read.

    `path` is relative to the project's root, with slashes; `digest` the SHA-256 of the file's bytes in hexadecimal;
    `quads` stand in the order of their lines. A table counts as Turtle; its quads stand in the order of its sheets,
    `sheets` says with which quad each begins, and line and column of a quad are row and column of its cell.
    """

    path: str
    digest: str
    format: Format
    quads: Sequence[LocatedQuad] = field(repr=False)
    sheets: tuple[tuple[int, str], ...] = ()


def read_source(path: Path, root: Path, cache: Path | None = None, *, base: str | None = None) -> Source:
    """Read a file of RDF, its format told by the ending of its name; `base` resolves relative IRIs.

    With `cache`, a folder, statements are kept there by digest, and read from there the next time.

    Raises InputError, with the path relative to `root` and the line where there is one, for a file that is missing,
    a folder, unreadable, of an unknown kind, larger than MAX_BYTES, not UTF-8, not valid, or without a statement.
    """
    name = relative(path, root)
    data = read_bytes(path, name)
    format = _format(path, name)
    digest = hashlib.sha256(data).hexdigest()
    quads: list[LocatedQuad] = []
    if not data.strip():  # no text at all is not JSON or XML, which would be said in other words
        pass
    elif cache is None:
        quads = _parse(data, format, base, name)
    else:
        quads = _read_cached(entry(cache, digest, format, base, name), data, format, base, name)
    if not quads:
        raise InputError("the file holds no statements", name)
    return Source(name, digest, format, tuple(quads))


def stated(name: str, triples: Iterable[Triple]) -> Source:
    """Statements that no file holds, as a source: a proposal that is laid over a graph. They have no lines."""
    ordered = sorted(set(triples), key=str)
    digest = hashlib.sha256("\n".join(map(str, ordered)).encode()).hexdigest()
    quads = (
        LocatedQuad(t.subject, t.predicate, t.object, DefaultGraph(), None, None)
        for t in ordered
        if not isinstance(t.subject, Triple) and not isinstance(t.object, Triple)
    )
    return Source(name, digest, Format.TURTLE, tuple(quads))


def read_digest(path: Path, root: Path) -> tuple[str, str]:
    """A file's path as `Source` has it, and the SHA-256 of its bytes; nothing else is read.

    Raises InputError for a file that is missing, unreadable or too large.
    """
    name = relative(path, root)
    return name, hashlib.sha256(read_bytes(path, name)).hexdigest()


def _parse(data: bytes, format: Format, base: str | None, name: str) -> list[LocatedQuad]:
    read = turtle.read if format in LOCATED else documents.read
    return read(decode(data, name), format, base, name)


def _read_cached(kept: Path, data: bytes, format: Format, base: str | None, name: str) -> list[LocatedQuad]:
    quads = load(kept)
    if quads is None:
        quads = _parse(data, format, base, name)
        if quads:
            save(kept, quads)
    return quads


def decode(data: bytes, file: str) -> str:
    """The text of bytes in UTF-8; a byte order mark is dropped.

    Raises InputError, with the line and column of the first byte that is wrong.
    """
    for mark, encoding in _OTHER_ENCODINGS.items():
        if data.startswith(mark):
            raise InputError(f"the text is {encoding}: save the file as UTF-8", file, 1)
    if b"\0" in data[:4]:  # no format of RDF begins so, but UTF-16 without a mark does
        raise InputError("the text is UTF-16, or no text at all: save the file as UTF-8", file, 1)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = LINE_BREAK.split(data[: error.start].decode("utf-8"))
        message = f"byte 0x{data[error.start]:02X} is not UTF-8: save the file as UTF-8"
        raise InputError(message, file, len(before), len(before[-1]) + 1) from None


def relative(path: Path, root: Path) -> str:
    """The path below the root, or as it was given where it is elsewhere; links are not followed."""
    below = Path(os.path.abspath(path))
    try:
        return below.relative_to(os.path.abspath(root)).as_posix()
    except ValueError:
        return path.as_posix()


def read_bytes(path: Path, name: str) -> bytes:
    """The bytes of a regular file that is not too large. Raises InputError, naming it as `name`, for any other."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError("a folder, where a file is needed", name)
        if not stat.S_ISREG(mode):  # reading a pipe would wait for ever
            raise InputError("not a regular file", name)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError("no such file", name) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", name) from None
    if len(data) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES // 2**20} MiB: split the file", name)
    return data


def _format(path: Path, name: str) -> Format:
    format = FORMATS.get(path.suffix.lower())
    if format is None:
        raise InputError(f"unknown kind of file; the name must end in {', '.join(FORMATS)}", name)
    return format
