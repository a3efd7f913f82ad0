"""`sharewell validate`: plain SHACL on anybody's files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

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
    from sharewell.report.output import write

    limit_time(timeout)
    with progress() as on_step:
        report = api.validate(data, shapes, engine.value, memory, on_step)
    for note in report.notes:
        say(note, 0)
    for shape, name in report.engines:
        say(f"shape {shape} was run by {name}", 0)
    text = checks.validation_text(report, [str(path) for path in data])
    write(checks.as_json_text(report.as_json()) if output_format is CheckFormat.json else text, output)
    if report.count("Violation"):
        raise typer.Exit(FINDINGS)
