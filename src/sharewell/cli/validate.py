"""`sharewell validate`: plain SHACL on anybody's files."""

from __future__ import annotations

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


@app.command()
def validate(
    data: Annotated[list[Path], typer.Argument(metavar="DATA…", help="Files of RDF data.")],
    shapes: Annotated[
        list[Path],
        typer.Option("--shapes", "-s", metavar="FILE", help="A file of SHACL shapes; may be repeated."),
    ],
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
        on_step("validating")
        report = api.validate(data, shapes)
    for note in report.notes:
        say(note, 0)
    text = checks.validation_text(report, [str(path) for path in data])
    write(checks.as_json_text(report.as_json()) if output_format is CheckFormat.json else text, output)
    if report.count("Violation"):
        raise typer.Exit(FINDINGS)
