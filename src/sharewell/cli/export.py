"""`sharewell export`: the graph in the forms of others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sharewell.cli.application import AsOfOption, CheckFormat, FormatOption, ProjectOption, app, progress
from sharewell.errors import InputError

export_app = typer.Typer(no_args_is_help=True, help="The graph in other forms, with a list of what they cannot carry.")
app.add_typer(export_app, name="export")


@export_app.command()
def inventory(
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    output_format: FormatOption = CheckFormat.text,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE.xlsx", help="The workbook; inventory.xlsx, if there is none."),
    ] = None,
) -> None:
    """Write what is recorded as a spreadsheet after the template; list what it cannot carry."""
    from sharewell import api
    from sharewell.report import checks
    from sharewell.report.intake import export_text
    from sharewell.report.output import write, write_bytes

    path = output or Path("inventory.xlsx")
    if output is None and path.exists():
        raise InputError("is there already: name the file to write with -o", str(path))
    with progress() as on_step:
        export = api.open(project, as_of, on_step).export_inventory()
    write_bytes(export.workbook, path)
    as_json = output_format is CheckFormat.json
    write(checks.as_json_text(export.as_json()) if as_json else export_text(export, path.name), None)
