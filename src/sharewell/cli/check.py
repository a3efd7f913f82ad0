"""`sharewell check`: the main job."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from sharewell.cli.application import (
    FINDINGS,
    AsOfOption,
    CheckFormat,
    FormatOption,
    OutputOption,
    ProjectOption,
    app,
    progress,
    terminal_width,
)


class FailOn(StrEnum):
    """From which finding on `check` ends with exit code 1."""

    violated = "violated"
    not_evidenced = "not-evidenced"
    never = "never"


@app.command()
def check(
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    output_format: FormatOption = CheckFormat.text,
    output: OutputOption = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="From which finding on to exit with 1.")
    ] = FailOn.violated,
) -> None:
    """The main job: load, derive, validate and summarise a project."""
    from sharewell import api
    from sharewell.report import checks
    from sharewell.report.output import write

    width = terminal_width(output)
    with progress() as on_step:
        report = api.open(project, as_of, on_step).check()
    write(
        checks.as_json_text(report.as_json())
        if output_format is CheckFormat.json
        else checks.check_text(report, width),
        output,
    )
    counts = {
        FailOn.violated: ("Violation",),
        FailOn.not_evidenced: ("Violation", "NotEvidenced"),
        FailOn.never: (),
    }
    if any(report.validation.count(severity) for severity in counts[fail_on]):
        raise typer.Exit(FINDINGS)
