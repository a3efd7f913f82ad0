"""The first screen of `check`: what was loaded, how it comes out, what is missing, and what to type next."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from sharewell.assessment.results import Assessment, Verdict
from sharewell.graph.terms import compact, printable
from sharewell.report import findings
from sharewell.report.checks import CheckReport, counted
from sharewell.report.findings import SubjectGroup
from sharewell.validation import ValidationReport, ValidationResult
from sharewell.version import __version__
from sharewell.vocabulary import DISCLAIMER

_SHOWN = 5
_INDENT = 15
_WIDTH = 120
_DEEPER = 2
_MORE = "sharewell check --format html -o report.html"


def check_text(report: CheckReport, width: int = 0, everything: bool = False) -> str:
    """The first screen of `check`, and the detail below it.

    `width` is that of the terminal, 0 where the output is not one; `everything` also lists what does not apply.
    """
    columns = min(width or _WIDTH, _WIDTH)
    kind = " · illustrative, not facts" if report.illustrative else ""
    blocks = [
        [f"Sharewell {__version__} · {printable(report.project)}{kind} · as of {report.as_of}"],
        [
            _entry(
                "Loaded",
                f"{report.triples:,} statements from {counted(report.sources, 'file')}; {report.derived:,} more follow",
            ),
            _entry("Record", _well_formed(report.validation)),
            *_counts(report),
        ],
        [*_recommendations(report), *_principles(report), *_pending(report)],
        _conflicts(report),
        _open(report),
        _on_the_record(report),
        _not_applicable(report) if everything else [],
        [_entry("Next", _next(report)), DISCLAIMER],
    ]
    lines = [line for block in blocks if block for line in ["", *block]][1:]
    return "\n".join(_wrapped(line, columns) for line in lines)


def _entry(name: str, text: str) -> str:
    return f"{name:<{_INDENT}}{text}"


def _wrapped(line: str, columns: int) -> str:
    indent = " " * _INDENT if line[_INDENT - 1 :][:1] == " " else ""
    text = line[_INDENT:] if indent else line
    deeper = len(text) - len(text.lstrip())
    indent += " " * (deeper + _DEEPER if deeper else 0)
    return textwrap.fill(printable(line), columns, subsequent_indent=indent, break_on_hyphens=False)


def _well_formed(validation: ValidationReport) -> str:
    wrong, missing = validation.count("Violation"), validation.count("NotEvidenced")
    verdict = "not well formed" if wrong else "well formed"
    remarks = len(validation.results) - wrong - missing
    counts = (counted(wrong, "violation"), counted(missing, "missing fact"), counted(remarks, "remark"))
    return f"{verdict}: {', '.join(counts)}"


def _counts(report: CheckReport) -> list[str]:
    found = report.assessments
    number = found.count
    if not found.rules:
        return [_entry("Rules", "no rules are loaded, so nothing was assessed")]
    packs = len({rule.pack for rule in report.rules})
    lines = [
        _entry(
            "Rules",
            f"{counted(found.rules, 'rule')} from {counted(packs, 'pack')}; "
            f"{found.official:,} read in an official consolidation{findings.of_days(found.read_days)}",
        )
    ]
    if report.known is not None:
        lines.append(_entry("Baseline", f"{counted(report.known, 'finding')} known before; below is what is new"))
    lines.append(_entry("Conflicts", _on_subjects(report, Verdict.violated, " on record")))
    lines += _not_evidenced(report)
    aside = f"; {number(Verdict.not_applicable):,} do not apply (--all lists them)"
    lines.append(_entry("Supported", f"{number(Verdict.satisfied):,} on record{aside}"))
    return lines + _unruled(report)


def _on_subjects(report: CheckReport, verdict: Verdict, where: str = "") -> str:
    """The number of assessments with a verdict, and of how many things."""
    members = [a for a in report.assessments.assessments if a.verdict is verdict]
    subjects = len({a.subject for a in members})
    return f"{len(members):,}{where}" + (f", about {counted(subjects, 'thing')}" if members else "")


def _not_evidenced(report: CheckReport) -> list[str]:
    """The number, and the few facts behind it."""
    causes = report.assessments.causes
    number = report.assessments.count(Verdict.not_evidenced)
    if not number:
        return [_entry("Not evidenced", "0")]
    doubtful = sum(a.reason == "to-confirm" for a in report.assessments.assessments)
    words = f", {doubtful:,} of them to be confirmed" if doubtful else ""
    said = "; missing, most frequent first:" if causes else ""
    lines = [_entry("Not evidenced", f"{_on_subjects(report, Verdict.not_evidenced)}{words}{said}")]
    lines += [_entry("", f"{' ' * _DEEPER}{cause.sentence}") for cause in causes[:_SHOWN]]
    if len(causes) > _SHOWN:
        lines.append(_entry("", f"{' ' * _DEEPER}and {counted(len(causes) - _SHOWN, 'fact')} more"))
    return lines


def _unruled(report: CheckReport) -> list[str]:
    reasons = findings.unruled(report.assessments.no_rule_loaded)
    if not reasons:
        return [_entry("No rule loaded", "0")]
    subjects = {entry.subject for entry in report.assessments.no_rule_loaded}
    bodies = {entry.body for entry in report.assessments.no_rule_loaded}
    names = sorted(report.label(body) for body in bodies)
    named = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    return [_entry("No rule loaded", f"{counted(len(subjects), 'thing')} in which these bodies act: {named}")]


def _recommendations(report: CheckReport) -> list[str]:
    serving = findings.serving(report)
    lines = []
    for line in report.headlines:
        number = serving.get(line.recommendation, 0)
        found = f" · {counted(number, 'finding')}" if number else ""
        lines.append(_entry(line.recommendation, f"{line.sentence} ({line.question}){found}"))
    return lines


def _principles(report: CheckReport) -> list[str]:
    touched = findings.principles(report)
    return [_entry("Principles", " · ".join(f"{name} {number:,}" for name, number in touched))] if touched else []


def _pending(report: CheckReport) -> list[str]:
    laws = findings.pending_laws(report)
    if not laws:
        return []
    names = "; ".join(f"{report.label(law.provision)}: {counted(law.answers, 'answer')}" for law in laws[:_SHOWN])
    more = f"; and {len(laws) - _SHOWN} more" if len(laws) > _SHOWN else ""
    return [_entry("Pending law", f"enacted, its first day not known, and would change answers: {names}{more}")]


def _conflicts(report: CheckReport) -> list[str]:
    """Conflicts by law and by subject, a few of each shown with their places."""
    members = [a for a in report.assessments.assessments if a.verdict is Verdict.violated]
    if not members:
        return []
    lines = ["Conflicts on record, by law and subject:"]
    laws = findings.by_law(report, members)
    for law in laws[:_SHOWN]:
        subjects = findings.by_subject(law.assessments)
        lines.append(f"{law.law}: {counted(len(law.assessments), 'conflict')}, about {counted(len(subjects), 'thing')}")
        for group in subjects[:_SHOWN]:
            lines.append(_entry("", f"{_subject(report, group)}: {_rules(report, group.assessments)}"))
            lines.append(_entry("", f"{' ' * _DEEPER}{group.assessments[0].message}"))
        if len(subjects) > _SHOWN:
            lines.append(_entry("", f"and about {len(subjects) - _SHOWN:,} more: {_MORE}"))
    if len(laws) > _SHOWN:
        lines.append(f"and under {counted(len(laws) - _SHOWN, 'more law')}: {_MORE}")
    return lines


def _open(report: CheckReport) -> list[str]:
    """What is not evidenced: a line for each law, and the subjects of which most is open."""
    members = [a for a in report.assessments.assessments if a.verdict is Verdict.not_evidenced]
    if not members:
        return []
    lines = ["Not evidenced, by law:"]
    for law in findings.by_law(report, members):
        rule, often = findings.by_rule(report, law.assessments)[0]
        lines.append(
            _entry(f"{len(law.assessments):>9,}", f"{law.law}; most often {rule.short} ({often:,}): {rule.title}")
        )
    lines.append("Not evidenced, most for:")
    groups = findings.by_subject(members)
    for group in groups[:_SHOWN]:
        text = f"{_subject(report, group)}: {_rules(report, group.assessments)}"
        lines.append(_entry(f"{len(group.assessments):>9,}", text))
    if len(groups) > _SHOWN:
        lines.append(_entry("", f"{len(groups) - _SHOWN:,} more: {_MORE}"))
    return lines


def _subject(report: CheckReport, group: SubjectGroup) -> str:
    place = group.assessments[0].location
    where = f" at {place}" if place else ""
    return f"{compact(group.subject, report.prefixes)} ({report.label(group.subject)}){where}"


def _rules(report: CheckReport, assessments: Sequence[Assessment]) -> str:
    names = [report.rule(a.rule).short for a in assessments]
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _on_the_record(report: CheckReport) -> list[str]:
    if not report.validation.results:
        return []
    return ["On the record itself:", *_results(report.validation, report.prefixes)]


def _results(validation: ValidationReport, prefixes: Mapping[str, str]) -> list[str]:
    """The most frequent messages, worst first, each with its number and one place to begin."""
    groups: dict[tuple[str, str], list[ValidationResult]] = {}
    for result in validation.results:
        groups.setdefault((result.severity, result.message), []).append(result)
    rank = {"Violation": 0, "NotEvidenced": 1, "Warning": 2, "Info": 3}
    ordered = sorted(groups.items(), key=lambda item: (rank.get(item[0][0], 4), -len(item[1]), item[0]))
    lines = [
        _entry(
            {"NotEvidenced": "Not evidenced"}.get(severity, severity),
            f"{message} [{len(results):,}: {_place(results[0], prefixes)}{', …' if len(results) > 1 else ''}]",
        )
        for (severity, message), results in ordered[:_SHOWN]
    ]
    if len(ordered) > _SHOWN:
        lines.append(_entry("", f"{len(ordered) - _SHOWN} more kinds of finding: sharewell check --format json"))
    return lines


def _place(result: ValidationResult, prefixes: Mapping[str, str]) -> str:
    where = f" at {result.location}" if result.location else ""
    return f"{compact(result.focus, prefixes)}{where}"


def _not_applicable(report: CheckReport) -> list[str]:
    members = [a for a in report.assessments.assessments if a.verdict is Verdict.not_applicable]
    lines = ["Does not apply:"] if members else []
    for assessment in members:
        rule = report.rule(assessment.rule)
        lines.append(_entry(rule.short, f"{compact(assessment.subject, report.prefixes)}: {assessment.message}"))
    return lines


def _next(report: CheckReport) -> str:
    groups = findings.by_subject(findings.shown(report))
    first = [f"sharewell explain {compact(groups[0].subject, report.prefixes)}"] if groups else []
    return " · ".join([*first, "sharewell ask CQ01", "sharewell ask (all questions)", _MORE, "sharewell --help"])
