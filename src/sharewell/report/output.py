"""Where output goes: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sharewell.errors import InputError
from sharewell.files import replace_file

_PIECE = 2**20
_IN_MEMORY = 2**26
_ERRORS = "backslashreplace"
"""The name of a file need not be text: what no encoding has is shown as an escape."""


def write(text: str, path: Path | None) -> None:
    """Write text, with one newline at its end, to a file or to standard output.

    Raises InputError where the file cannot be written; what was there before is then still there.
    """
    text = text.rstrip("\n") + "\n"
    if path is None:
        # In pieces: with PYTHONUNBUFFERED set, what goes beyond 2 GiB in one write is lost without a word.
        _write_out(text[start : start + _PIECE] for start in range(0, len(text), _PIECE))
        return
    write_bytes(text.encode(errors=_ERRORS), path)


@contextmanager
def gathered(pieces: Iterable[str]) -> Iterator[IO[str]]:
    """Text that comes in pieces, all of it before any is shown: on disk, where it is long."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", errors=_ERRORS, newline="") as text:
        text.writelines(pieces)
        text.write("\n")
        text.seek(0)
        yield text


def write_gathered(text: IO[str], path: Path | None) -> None:
    """Write gathered text as `write` does."""
    pieces = iter(lambda: text.read(_PIECE), "")
    if path is None:
        _write_out(pieces)
        return
    write_bytes((piece.encode(errors=_ERRORS) for piece in pieces), path)


def write_bytes(content: bytes | Iterable[bytes], path: Path) -> None:
    """Write a file, whole or not at all. Raises InputError where it cannot be written."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise InputError("is not a file: name one that may be written", file=str(path))
    try:
        replace_file(path, content)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", file=str(path)) from None


def _write_out(pieces: Iterable[str]) -> None:
    if sys.stdout is None:
        return
    try:
        sys.stdout.writelines(pieces)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough; nothing is wrong. What is still buffered would fail again at the end of the run.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
