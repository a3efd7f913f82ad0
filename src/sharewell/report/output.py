"""Where output goes: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sharewell.errors import InputError
from sharewell.files import replace_file

_PIECE = 2**20


def write(text: str, path: Path | None) -> None:
    """Write text, with one newline at its end, to a file or to standard output.

    Raises InputError where the file cannot be written; what was there before is then still there.
    """
    text = text.rstrip("\n") + "\n"
    if path is None:
        if sys.stdout is not None:
            _write_out(text)
        return
    write_bytes(text.encode(), path)


def write_bytes(content: bytes, path: Path) -> None:
    """Write a file, whole or not at all. Raises InputError where it cannot be written."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise InputError("is not a file: name one that may be written", file=str(path))
    try:
        replace_file(path, content)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", file=str(path)) from None


def _write_out(text: str) -> None:
    try:
        # In pieces: with PYTHONUNBUFFERED set, what goes beyond 2 GiB in one write is lost without a word.
        for start in range(0, len(text), _PIECE):
            sys.stdout.write(text[start : start + _PIECE])
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough; nothing is wrong. What is still buffered would fail again at the end of the run.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
