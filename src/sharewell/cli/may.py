"""`sharewell may` and `sharewell plan`: what a proposal would mean, with nothing written into the record."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sharewell.cli.application import (
    AsOfOption,
    OutputOption,
    ProjectOption,
    StoreOption,
    app,
    progress,
    terminal_width,
)

if TYPE_CHECKING:
    from sharewell.api import Project
    from sharewell.assessment.plans import PlanReport


class PlanFormat(StrEnum):
    """How a plan is shown."""

    text = "text"
    json = "json"
    html = "html"
    md = "md"


PlanFormatOption = Annotated[PlanFormat, typer.Option("--format", help="For people, for machines or for a memo.")]


@app.command()
def may(
    origin: Annotated[str, typer.Option("--from", metavar="NODE", help="The body or system that would share.")],
    destination: Annotated[str, typer.Option("--to", metavar="NODE", help="The body or system that would receive.")],
    elements: Annotated[list[str], typer.Option("--element", metavar="NODE", help="A data element; may be repeated.")],
    purposes: Annotated[list[str], typer.Option("--for", metavar="NODE", help="A purpose; may be repeated.")],
    programs: Annotated[
        list[str] | None, typer.Option("--program", metavar="NODE", help="A program it is for; may be repeated.")
    ] = None,
    necessity: Annotated[
        str | None, typer.Option("--necessity", metavar="TEXT", help="Why each element is needed for the purpose.")
    ] = None,
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    output_format: PlanFormatOption = PlanFormat.text,
    output: OutputOption = None,
    store: StoreOption = None,
) -> None:
    """May this body share this with that body, for this purpose? What the record says, and what it lacks."""
    from sharewell import api

    with progress() as on_step:
        opened = api.open(project, as_of, on_step, store)
        report = opened.may(origin, destination, elements, purposes, programs or (), necessity)
    _write(report, opened, output_format, output)


@app.command()
def plan(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A proposal in Turtle, or in YAML with labels.")],
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    output_format: PlanFormatOption = PlanFormat.text,
    output: OutputOption = None,
    store: StoreOption = None,
) -> None:
    """The same for a described proposal: its results, the duties it brings, what to sign or publish."""
    from sharewell import api

    with progress() as on_step:
        opened = api.open(project, as_of, on_step, store)
        report = opened.plan(file)
    _write(report, opened, output_format, output)


def _write(report: PlanReport, opened: Project, output_format: PlanFormat, output: Path | None) -> None:
    from sharewell.report import checks, plans
    from sharewell.report.output import write
    from sharewell.version import __version__
    from sharewell.vocabulary import DISCLAIMER

    if output_format is PlanFormat.json:
        write(checks.as_json_text({"sharewell": __version__, **report.as_json(), "disclaimer": DISCLAIMER}), output)
    elif output_format is PlanFormat.html:
        write(plans.plan_html(report, opened.label), output)
    elif output_format is PlanFormat.md:
        write(plans.plan_markdown(report, opened.label), output)
    else:
        write(plans.plan_text(report, opened.label, terminal_width(output)), output)
