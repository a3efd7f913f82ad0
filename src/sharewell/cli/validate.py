"""`sharewell validate`: plain SHACL on anybody's files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sharewell.cli.application import (
    FINDINGS,
    CheckFormat,
    FormatOption,
    OutputOption,
    TimeoutOption,
    app,
    limit_time,
    progress,
    say,
)

if TYPE_CHECKING:
    from sharewell.validation import ValidationResult

_TOLD = 50_000
"""After how many results progress is told."""


class EngineName(StrEnum):
    """Who validates."""

    fast = "fast"
    reference = "reference"


@app.command()
def validate(
    data: Annotated[list[Path], typer.Argument(metavar="DATA…", help="Files of RDF data.")],
    shapes: Annotated[
        list[Path],
        typer.Option("--shapes", "-s", metavar="FILE", help="A file of SHACL shapes; may be repeated."),
    ],
    engine: Annotated[
        EngineName, typer.Option("--engine", help="Who validates: our own engine, or pyshacl; the report is the same.")
    ] = EngineName.fast,
    memory: Annotated[
        str, typer.Option("--memory", metavar="SIZE", help="What the fast engine may hold; the rest goes to disk.")
    ] = "4GB",
    output_format: FormatOption = CheckFormat.text,
    output: OutputOption = None,
    timeout: TimeoutOption = 600,
) -> None:
    """Plain SHACL on anybody's data and shapes; exit code 1 on any violation."""
    from sharewell import api
    from sharewell.report import checks
    from sharewell.report.output import gathered, write_gathered

    limit_time(timeout)
    seen: Counter[str] = Counter()
    with ExitStack() as stack:
        with progress() as on_step, api.validating(data, shapes, engine.value, memory, on_step) as found:
            results = _counted(found.results, seen, on_step)
            if output_format is CheckFormat.json:
                pieces = checks.validation_json(results, found.notes, found.engines)
            else:
                pieces = checks.validation_text(results, [str(path) for path in data])
            text = stack.enter_context(gathered(pieces))
        for note in found.notes:
            say(note, 0)
        for shape, name in found.engines:
            say(f"shape {shape} was run by {name}", 0)
        write_gathered(text, output)
    if seen["Violation"]:
        raise typer.Exit(FINDINGS)


def _counted(
    results: Iterable[ValidationResult], seen: Counter[str], on_step: Callable[[str], None]
) -> Iterator[ValidationResult]:
    """The results, counted by severity as they go by; of millions, how far they are."""
    for number, result in enumerate(results):
        if number and not number % _TOLD:
            on_step(f"writing, {number:,} results so far")
        seen[result.severity] += 1
        yield result
