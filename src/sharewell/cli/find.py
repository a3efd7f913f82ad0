"""`sharewell find`: nodes and terms by label."""

from __future__ import annotations

from typing import Annotated

import typer

from sharewell.cli.application import (
    AsOfOption,
    CheckFormat,
    FormatOption,
    OutputOption,
    ProjectOption,
    StoreOption,
    app,
    progress,
    terminal_width,
)


@app.command()
def find(
    text: Annotated[str, typer.Argument(help="Words of a label, an identifier or a name.")],
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    output_format: FormatOption = CheckFormat.text,
    output: OutputOption = None,
    store: StoreOption = None,
) -> None:
    """Find nodes and terms by label, in the graph and in the ontology."""
    from dataclasses import asdict

    from sharewell import api
    from sharewell.graph.terms import compact_iri, printable
    from sharewell.report import checks, tables
    from sharewell.report.output import write

    with progress() as on_step:
        opened = api.open(project, as_of, on_step, store)
        matches = opened.find(text)
    if output_format is CheckFormat.json:
        write(checks.as_json_text({"matches": [asdict(match) for match in matches]}), output)
        return
    rows = [[compact_iri(m.iri, opened.prefixes), m.label, ", ".join(m.kinds), m.definition or ""] for m in matches]
    found = tables.text_table(["node", "label", "kind", "definition"], rows, terminal_width(output)) if rows else ""
    write(found or f"nothing is called like '{printable(text)}'", output)
