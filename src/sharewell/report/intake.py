"""How tables were read, and what of a graph a workbook carries, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sharewell.graph.terms import printable
from sharewell.ingest.findings import Finding, Severity
from sharewell.ingest.inventory import Export, Loss
from sharewell.ingest.reader import Intake, TableReport

_SHOWN = 20


def intake_text(intake: Intake) -> str:
    """A line for each file and sheet, then what was found, the gravest first."""
    lines = [line for report in intake.reports for line in _file_lines(report)]
    for severity in Severity:
        found = [finding for finding in intake.findings if finding.severity is severity]
        if found:
            lines += ["", f"{severity.value}: {_counted(found)}", *_shown(found)]
    if not intake.findings:
        lines += ["", "nothing to remark"]
    return "\n".join(printable(line) for line in lines)


def _file_lines(report: TableReport) -> list[str]:
    rows = sum(report.rows.values())
    words = {"exact": "exact", "near": "near only", "none": "no match", "several": "several matches", "new": "new"}
    matches = ", ".join(f"{report.matches[key]:,} {word}" for key, word in words.items() if report.matches[key])
    return [
        f"{report.file} (mapping {report.mapping}): {rows:,} records, {report.statements:,} statements",
        *(f"  {sheet}: {number:,}" for sheet, number in report.rows.items() if len(report.rows) > 1 and number),
        *([f"  names in cells: {matches}"] if matches else []),
    ]


def _counted(findings: Iterable[Finding]) -> str:
    counts = Counter(finding.kind.value for finding in findings)
    return ", ".join(f"{number:,} {kind}" for kind, number in counts.items())


def _shown(findings: list[Finding]) -> list[str]:
    lines = [f"  {finding}" for finding in findings[:_SHOWN]]
    if len(findings) > _SHOWN:
        lines.append(f"  … and {len(findings) - _SHOWN:,} more: --format json lists all")
    return lines


def export_text(export: Export, file: str) -> str:
    """How much a workbook carries, and what it does not."""
    lines = [f"{file}: {export.carried:,} of {export.recorded:,} statements"]
    if export.losses:
        lines += ["", "not carried, because the template has no row or column for it:", *_losses(export.losses)]
    if export.added:
        lines += ["", "added when it is read again:", *_losses(export.added)]
    return "\n".join(printable(line) for line in lines)


def _losses(losses: Iterable[Loss]) -> list[str]:
    return [f"  {one.number:,} × {one.subject_class} {one.predicate}, for example: {one.example}" for one in losses]
