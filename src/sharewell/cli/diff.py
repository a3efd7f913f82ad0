"""`sharewell diff`: two states of a project, and which assessments changed between them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from sharewell.cli.application import (
    AsOfOption,
    CheckFormat,
    FormatOption,
    OutputOption,
    ProjectOption,
    app,
    progress,
    terminal_width,
)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A project folder, or a git revision of the project.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same, for the later state.")],
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    output_format: FormatOption = CheckFormat.text,
    output: OutputOption = None,
) -> None:
    """Two states of a project: every assessment that changed, and the statement that changed it."""
    from sharewell import api
    from sharewell.assessment.differences import compare
    from sharewell.graph.project import project_folder
    from sharewell.graph.revisions import at_revision
    from sharewell.report import checks
    from sharewell.report.differences import difference_text
    from sharewell.report.output import write

    with ExitStack() as stack, progress() as on_step:
        folders = [
            Path(name) if Path(name).is_dir() else stack.enter_context(at_revision(name, project_folder(project)))
            for name in (old, new)
        ]
        first, second = (api.open(folder, as_of, on_step).assessor for folder in folders)
        difference = compare(first, second)
    if output_format is CheckFormat.json:
        write(checks.as_json_text(difference.as_json()), output)
    else:
        write(difference_text(difference, terminal_width(output)), output)
