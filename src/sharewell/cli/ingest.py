"""`sharewell ingest`: tables into the graph's language, with a report of what was understood."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sharewell.cli.application import FINDINGS, CheckFormat, FormatOption, ProjectOption, app, progress


@app.command()
def ingest(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Tables: .xlsx, .xlsm, .csv or .tsv.")],
    mapping: Annotated[
        str | None,
        typer.Option(
            "--mapping",
            "-m",
            metavar="NAME|FILE",
            help="A shipped mapping, or a file; without it the shipped one that fits.",
        ),
    ] = None,
    project: ProjectOption = None,
    output_format: FormatOption = CheckFormat.text,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE.ttl", help="Write the statements as Turtle.")
    ] = None,
) -> None:
    """Read tables by a mapping and report what was understood; exit code 1 where a cell was not."""
    from sharewell import api
    from sharewell.ingest.findings import Severity
    from sharewell.ingest.writing import turtle_text
    from sharewell.report import checks
    from sharewell.report.intake import intake_text
    from sharewell.report.output import write

    with progress() as on_step:
        intake, prefixes = api.ingest(files, mapping, project, on_step)
    if output is not None:
        text = turtle_text((quad for source in intake.sources for quad in source.quads), prefixes)
        if not output.is_file() or output.read_bytes() != text.encode():
            write(text, output)
    report = checks.as_json_text(intake.as_json()) if output_format is CheckFormat.json else intake_text(intake)
    write(report, None)
    if intake.count(Severity.VIOLATION):
        raise typer.Exit(FINDINGS)
