"""`sharewell explain`: why an assessment is as it is, down to file and line."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from sharewell.cli.application import AsOfOption, OutputOption, ProjectOption, app, progress, terminal_width


class ExplanationFormat(StrEnum):
    """How a proof is shown."""

    text = "text"
    json = "json"
    md = "md"


@app.command()
def explain(
    node: Annotated[str, typer.Argument(metavar="NODE", help="IRI, prefixed name, identifier or label of a node.")],
    rule: Annotated[
        str | None, typer.Option("--rule", metavar="ID", help="Only this rule, by identifier or alias.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="List what does not apply, too.")] = False,
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    output_format: Annotated[
        ExplanationFormat, typer.Option("--format", help="For people, for machines or for a memo.")
    ] = ExplanationFormat.text,
    output: OutputOption = None,
) -> None:
    """The proof of each assessment of a node: rule, provision, statements with file and line, what is missing."""
    from sharewell import api
    from sharewell.assessment.results import Verdict
    from sharewell.graph.terms import compact_iri
    from sharewell.report import checks, explanations
    from sharewell.report.output import write

    with progress() as on_step:
        opened = api.open(project, as_of, on_step)
        on_step("proving")
        every = opened.explain(node, rule, everything=True)
    applying = tuple(p for p in every if rule or p.assessment.verdict is not Verdict.not_applicable)
    if output_format is ExplanationFormat.json:
        write(checks.as_json_text([proof.as_json() for proof in (every if everything else applying)]), output)
        return
    iri = opened.resolve(node)
    explanation = explanations.Explanation(
        name=compact_iri(iri, opened.prefixes),
        label=opened.names.label(iri),
        as_of=opened.settings.as_of,
        assessments=tuple(proof.assessment for proof in every),
        proofs=applying,
        everything=everything or rule is not None,
    )
    if output_format is ExplanationFormat.md:
        write(explanations.explanation_markdown(explanation), output)
    else:
        write(explanations.explanation_text(explanation, terminal_width(output)), output)
