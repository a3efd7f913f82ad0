"""`sharewell ontology …`: the gates of the ontology and its one form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sharewell.cli.application import (
    FINDINGS,
    CheckFormat,
    FormatOption,
    OutputOption,
    ontology_app,
    progress,
)
from sharewell.errors import InputError


@ontology_app.command("check")
def check_ontology(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="The folder that holds ontology/, shapes/, queries/ and data/."),
    ] = None,
    output_format: FormatOption = CheckFormat.text,
    output: OutputOption = None,
) -> None:
    """Run every gate, cheapest first; each finding names the file, the line and the remedy."""
    from sharewell.knowledge import knowledge_folder
    from sharewell.ontology import gates
    from sharewell.report import checks
    from sharewell.report.output import write

    root = folder or knowledge_folder()
    if not (root / "ontology").is_dir():
        raise InputError("there is no folder ontology/ in it", file=str(root))
    with progress() as on_step:
        on_step("running the gates")
        results = gates.check(root / "ontology", root / "shapes", root / "queries", root / "data")
    text = checks.gates_text(results)
    write(checks.as_json_text(checks.gates_json(results)) if output_format is CheckFormat.json else text, output)
    if not all(result.passed for result in results):
        raise typer.Exit(FINDINGS)


@ontology_app.command("format")
def format_ontology(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="The folder of ontology files.")] = None,
) -> None:
    """Write every ontology file in its one form, and what is generated: slim imports and catalogs."""
    from sharewell.ontology.write import write_ontology
    from sharewell.report.output import write

    if folder is not None and not folder.is_dir():
        raise InputError("no such folder", file=str(folder))
    changed = write_ontology(folder)
    write("\n".join(f"written: {path}" for path in changed) or "nothing to change", None)
