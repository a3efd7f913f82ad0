"""The result of `check` and of `validate`: a screen for people and an object for machines."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sharewell.assessment.results import AssessmentReport
from sharewell.graph.terms import compact, printable
from sharewell.ontology.findings import GateResult
from sharewell.validation import ValidationReport, ValidationResult
from sharewell.version import __version__
from sharewell.vocabulary import DISCLAIMER

_SHOWN = 5
_INDENT = 15
_WIDTH = 120


@dataclass(frozen=True, slots=True)
class RecommendationLine:
    """One line about a recommendation: its key, what the record says, and the question that shows more."""

    recommendation: str
    sentence: str
    question: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `check` found. `triples` and `derived` are counts of distinct statements, the ontology left out."""

    project: str
    illustrative: bool
    as_of: str
    triples: int
    derived: int
    sources: int
    digest: str
    prefixes: Mapping[str, str]
    validation: ValidationReport
    assessments: AssessmentReport
    headlines: tuple[RecommendationLine, ...]

    def as_json(self, everything: bool = False) -> dict[str, Any]:
        """The JSON contract of the command line: keys are never renamed, only added.

        Not applicable verdicts are listed only where `everything` is asked for.
        """
        return {
            "sharewell": __version__,
            "as_of": self.as_of,
            "graph": {
                "triples": self.triples,
                "derived": self.derived,
                "sources": self.sources,
                "digest": self.digest,
            },
            "rules": {
                "loaded": self.assessments.rules,
                "official": self.assessments.official,
                "read_as_at": list(self.assessments.read_days),
            },
            "validation": self.validation.as_json(),
            "verdicts": self.assessments.verdicts_json(everything),
            "no_rule_loaded": [entry.as_json() for entry in self.assessments.no_rule_loaded],
            "summary": self.assessments.summary(),
            "disclaimer": DISCLAIMER,
        }


def as_json_text(data: dict[str, Any]) -> str:
    """An object as JSON text, the same bytes for the same object."""
    return json.dumps(data, ensure_ascii=False, indent=2)


def check_text(report: CheckReport, width: int = 0) -> str:
    """The first screen of `check`; `width` is that of the terminal, 0 where the output is not one."""
    columns = min(width or _WIDTH, _WIDTH)
    kind = " · illustrative, not facts" if report.illustrative else ""
    lines = [
        f"Sharewell {__version__} · {printable(report.project)}{kind} · as of {report.as_of}",
        "",
        _entry(
            "Loaded",
            f"{report.triples:,} statements from {_number(report.sources, 'file')}; {report.derived:,} more follow",
        ),
        _entry("Record", _well_formed(report.validation)),
        *(_entry(name, "no rules loaded yet") for name in ("Rules", "Conflicts", "Not evidenced", "Supported")),
        "",
        *(_entry(line.recommendation, f"{line.sentence} ({line.question})") for line in report.headlines),
    ]
    if report.validation.results:
        lines += ["", "On the record itself:", *_findings(report.validation, report.prefixes)]
    lines += [
        "",
        _entry("Next", "sharewell ask CQ01 · sharewell ask (all questions) · sharewell find TEXT · sharewell --help"),
        DISCLAIMER,
    ]
    return "\n".join(_wrapped(line, columns) for line in lines)


def _entry(name: str, text: str) -> str:
    return f"{name:<{_INDENT}}{text}"


def _wrapped(line: str, columns: int) -> str:
    indent = " " * _INDENT if line[_INDENT - 1 :][:1] == " " else ""
    return textwrap.fill(line, columns, subsequent_indent=indent, break_on_hyphens=False)


def _well_formed(validation: ValidationReport) -> str:
    wrong, missing = validation.count("Violation"), validation.count("NotEvidenced")
    verdict = "not well formed" if wrong else "well formed"
    remarks = len(validation.results) - wrong - missing
    counts = (_number(wrong, "violation"), _number(missing, "missing fact"), _number(remarks, "remark"))
    return f"{verdict}: {', '.join(counts)}"


def _number(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _findings(validation: ValidationReport, prefixes: Mapping[str, str]) -> list[str]:
    """The most frequent messages, worst first, each with its number and one place to begin."""
    groups: dict[tuple[str, str], list[ValidationResult]] = {}
    for result in validation.results:
        groups.setdefault((result.severity, result.message), []).append(result)
    rank = {"Violation": 0, "NotEvidenced": 1, "Warning": 2, "Info": 3}
    ordered = sorted(groups.items(), key=lambda item: (rank.get(item[0][0], 4), -len(item[1]), item[0]))
    lines = [
        _entry(
            _severity_words(severity), f"{message} [{len(results):,}: {_place(results[0], prefixes)}{_more(results)}]"
        )
        for (severity, message), results in ordered[:_SHOWN]
    ]
    if len(ordered) > _SHOWN:
        lines.append(_entry("", f"{len(ordered) - _SHOWN} more kinds of finding: sharewell check --format json"))
    return lines


def _more(results: Sequence[ValidationResult]) -> str:
    return ", …" if len(results) > 1 else ""


def _severity_words(severity: str) -> str:
    return {"Violation": "Violation", "NotEvidenced": "Not evidenced"}.get(severity, severity)


def _place(result: ValidationResult, prefixes: Mapping[str, str]) -> str:
    where = f" at {result.location}" if result.location else ""
    return f"{compact(result.focus, prefixes)}{where}"


def validation_text(report: ValidationReport, files: Sequence[str]) -> str:
    """A SHACL report for people: one result a line, worst first, then a count."""
    lines = [_result_line(result) for result in report.results]
    counts = Counter(result.severity for result in report.results)
    summary = ", ".join(f"{number:,} {severity}" for severity, number in counts.items())
    verdict = "conforms" if report.conforms else f"does not conform: {summary}"
    return "\n".join([*lines, f"{', '.join(files)}: {verdict}"])


def _result_line(result: ValidationResult) -> str:
    place = f"{result.location}: " if result.location else ""
    path = f" {result.path}" if result.path else ""
    value = f" value {compact(result.value)}" if result.value is not None else ""
    message = printable(result.message or result.component)
    return f"{place}{result.severity}: {compact(result.focus)}{path}{value}: {message}"


def gates_text(results: Sequence[GateResult]) -> str:
    """The gates of the ontology: each finding on a line, then each gate with its outcome."""
    lines = [str(finding) for result in results for finding in result.findings]
    lines += [f"{'passed' if r.passed else 'FAILED'}  {r.gate}{_found(len(r.findings))}" for r in results]
    return "\n".join(lines)


def _found(number: int) -> str:
    return "" if number == 0 else f": {_number(number, 'finding')}"


def gates_json(results: Sequence[GateResult]) -> dict[str, Any]:
    """The gates of the ontology as an object: name, outcome and findings of each."""
    return {
        "gates": [
            {"gate": result.gate, "passed": result.passed, "findings": [asdict(f) for f in result.findings]}
            for result in results
        ]
    }
