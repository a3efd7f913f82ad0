"""`sharewell check`: the main job."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sharewell.cli.application import (
    FINDINGS,
    AsOfOption,
    EndpointOption,
    GraphOption,
    MostTriplesOption,
    OutputOption,
    ProfileOption,
    ProjectOption,
    StoreOption,
    app,
    progress,
    remote,
    terminal_width,
)
from sharewell.collector import collector_paused
from sharewell.errors import InputError

if TYPE_CHECKING:
    from sharewell.report.checks import CheckReport


class FailOn(StrEnum):
    """From which finding on `check` ends with exit code 1."""

    violated = "violated"
    not_evidenced = "not-evidenced"
    never = "never"


class ReportFormat(StrEnum):
    """How the result of `check` is shown."""

    text = "text"
    json = "json"
    html = "html"
    md = "md"
    junit = "junit"
    sarif = "sarif"
    ttl = "ttl"


@app.command()
def check(
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    store: StoreOption = None,
    endpoint: EndpointOption = None,
    graph: GraphOption = None,
    profile: ProfileOption = None,
    most_triples: MostTriplesOption = 1_000_000,
    rules: Annotated[
        list[str] | None,
        typer.Option("--rules", metavar="NAME", help="Only the rules of this pack, identifier or alias; repeatable."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="List what does not apply, too.")] = False,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="From which finding on to exit with 1.")
    ] = FailOn.violated,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="An earlier JSON output: only what is new counts."),
    ] = None,
    output_format: Annotated[
        ReportFormat, typer.Option("--format", help="For people, for a page or a memo, or for machines.")
    ] = ReportFormat.text,
    output: OutputOption = None,
) -> None:
    """The main job: load, derive, validate, assess and summarise a project."""
    from sharewell import api
    from sharewell.report.identities import read_baseline
    from sharewell.report.output import write

    known = None if baseline is None else read_baseline(baseline)
    width = terminal_width(output)
    there = remote(endpoint, graph, profile)
    if there is not None and store is not None:
        raise InputError("--store keeps a graph that is read here: leave it out, or --endpoint")
    with collector_paused():
        with progress() as on_step:
            opened = api.open(project, as_of, on_step, store)
            asked = opened if there is None else opened.at(there, most_triples)
            report = asked.check(rules or (), remedies=output_format is not ReportFormat.text)
        if known is not None:
            report = report.without(known)
        write(_rendered(report, output_format, everything, fail_on is FailOn.not_evidenced, width), output)
    if _fails(report, fail_on):
        raise typer.Exit(FINDINGS)


def _rendered(report: CheckReport, output_format: ReportFormat, everything: bool, strict: bool, width: int) -> str:
    """The report in a format; `strict` is whether what is not evidenced fails the check."""
    from sharewell.report import checks, junit, markdown, page, sarif, screen, turtle

    match output_format:
        case ReportFormat.text:
            return screen.check_text(report, width, everything)
        case ReportFormat.json:
            return checks.as_json_text(report.as_json(everything))
        case ReportFormat.html:
            return page.check_html(report, everything)
        case ReportFormat.md:
            return markdown.check_markdown(report, everything)
        case ReportFormat.junit:
            return junit.check_junit(report, everything, strict)
        case ReportFormat.sarif:
            return checks.as_json_text(sarif.check_sarif(report, everything))
        case ReportFormat.ttl:
            return turtle.check_turtle(report, everything)


def _fails(report: CheckReport, fail_on: FailOn) -> bool:
    """Whether a verdict or a result of a model shape is at or above the finding to fail on."""
    from sharewell.assessment.results import Verdict

    counts = {
        FailOn.violated: (("Violation", Verdict.violated),),
        FailOn.not_evidenced: (("Violation", Verdict.violated), ("NotEvidenced", Verdict.not_evidenced)),
        FailOn.never: (),
    }
    return any(
        report.validation.count(severity) or report.assessments.count(verdict) for severity, verdict in counts[fail_on]
    )
