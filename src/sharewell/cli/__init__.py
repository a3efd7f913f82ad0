"""The command line. Exit codes: 0 fine, 1 findings, 2 the input or the call is wrong, 3 our own fault."""

from __future__ import annotations

import io
import sys

import typer

from sharewell.cli import ask, check, diff, explain, export, find, ingest, init, may, ontology, serve, validate
from sharewell.cli.application import OUR_FAULT, WRONG_INPUT, app, say
from sharewell.errors import InputError

__all__ = [
    "ask",
    "check",
    "diff",
    "explain",
    "export",
    "find",
    "ingest",
    "init",
    "main",
    "may",
    "ontology",
    "serve",
    "validate",
]


def main() -> None:
    """Run the command line; every mistake in the input is one line on standard error and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What an encoding cannot write is shown as an escape, and is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    try:
        result = app(standalone_mode=False)
        code = result if isinstance(result, int) else 0
    except InputError as error:
        code = say(str(error), WRONG_INPUT)
    except typer.Abort:
        code = say("stopped", WRONG_INPUT)
    except OSError as error:
        code = say(f"{error.filename or 'output'}: {error.strerror or error}", WRONG_INPUT)
    except Exception as error:
        code = _wrong_call(error) or say(f"our own fault: {type(error).__name__}: {error}", OUR_FAULT)
    sys.exit(code)


def _wrong_call(error: Exception) -> int:
    """Exit code 2, said in one line, where the command line itself was wrong; 0 for any other error.

    Typer's parser, its own or click's, marks such an error by the message it has ready for the caller.
    """
    words = getattr(error, "format_message", None)
    if words is None:
        return 0
    context = getattr(error, "ctx", None)
    return say(f"{words()} (see: {context.command_path if context else 'sharewell'} --help)", WRONG_INPUT)
