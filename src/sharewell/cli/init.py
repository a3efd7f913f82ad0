"""`sharewell init`: a project of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sharewell.cli.application import app


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make; it may not be there yet.")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="What the project is called; else as its folder.")
    ] = None,
) -> None:
    """Start a project: settings, a spreadsheet template to fill in, and workflows that check every change."""
    from sharewell import api

    made = api.init(folder, name)
    for path in sorted(path for path in made.rglob("*") if path.is_file()):
        typer.echo(f"made  {folder / path.relative_to(made)}")
    typer.echo(f"Next  fill in {folder / 'inventory.xlsx'}, then: sharewell check --project {folder}")
