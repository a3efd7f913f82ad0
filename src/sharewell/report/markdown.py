"""`check` as Markdown (CommonMark with GitHub's tables), for a memo or a comment on a change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sharewell.assessment.results import Assessment, Verdict
from sharewell.graph.locations import Location
from sharewell.graph.terms import compact, printable
from sharewell.report import findings
from sharewell.report.checks import CheckReport, counted
from sharewell.version import __version__

_MARKUP = re.compile(r"([\\`*_\[\]|~$])")
_AT_THE_START = re.compile(r"([#+>=-]|\d+(?=[.)]))")
_MOST_ROWS = 50
_MOST_PLACES = 3


def text(words: str) -> str:
    """Words that Markdown shows as they are, on one line: no markup, no HTML, no character that cannot be seen."""
    words = _MARKUP.sub(r"\\\1", printable(" ".join(words.split())))
    start = _AT_THE_START.match(words)
    if start:  # a heading, a quotation, an item of a list
        cut = start.end() if start[0].isdigit() else 0
        words = f"{words[:cut]}\\{words[cut:]}"
    return words.replace("&", "&amp;").replace("<", "&lt;")


def code(words: str) -> str:
    """Words in a code span, which also a table cell may hold; the fence is longer than any run of backticks inside."""
    words = printable(" ".join(words.split())).replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", words)), default=0))
    space = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{space}{words}{space}{fence}"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def check_markdown(report: CheckReport, everything: bool = False) -> str:
    """The report as a memo: the summary first, then conflicts, then what is not evidenced, by rule."""
    kind = " (illustrative, not facts)" if report.illustrative else ""
    blocks = [
        f"# {text(report.project)}{kind}, as of {report.as_of}",
        _summary(report),
        *_missing(report),
        *_conflicts(report),
        *_not_evidenced(report),
        *_unruled(report),
        *_pending(report),
        *_recommendations(report),
        *_record(report),
        *(_listed(report, Verdict.satisfied, "Supported on record") if everything else []),
        *(_listed(report, Verdict.not_applicable, "Does not apply") if everything else []),
        "---",
        f"{text(findings.colophon(report))} Sharewell {__version__}.",
    ]
    return "\n\n".join(blocks)


def _summary(report: CheckReport) -> str:
    found = report.assessments
    validation = report.validation
    wrong, gaps = validation.count("Violation"), validation.count("NotEvidenced")
    new = "" if report.known is None else f" that {counted(report.known, 'finding')} known before leave over"
    rows = [
        [f"Conflicts on record{new}", f"{found.count(Verdict.violated):,}"],
        [f"Not evidenced{new}", f"{found.count(Verdict.not_evidenced):,}"],
        ["Supported on record", f"{found.count(Verdict.satisfied):,}"],
        ["Does not apply", f"{found.count(Verdict.not_applicable):,}"],
        ["Things for which no rule is loaded", f"{len({e.subject for e in found.no_rule_loaded}):,}"],
        ["Rules, and those read in an official consolidation", f"{found.rules:,}, {found.official:,}"],
        ["The record itself", f"{counted(wrong, 'violation')}, {counted(gaps, 'missing fact')}"],
        ["Statements", f"{report.triples:,} from {counted(report.sources, 'file')}; {report.derived:,} more follow"],
    ]
    return table(["Result", "Number"], rows)


def _missing(report: CheckReport) -> list[str]:
    causes = report.assessments.causes
    lines = [f"- {text(cause.sentence)}" for cause in causes[:_MOST_ROWS]]
    return ["## What is missing, most frequent first", "\n".join(lines)] if lines else []


def _conflicts(report: CheckReport) -> list[str]:
    members = [a for a in report.assessments.assessments if a.verdict is Verdict.violated]
    if not members:
        return []
    blocks = ["## Conflicts on record"]
    rows = [
        [_subject(report, a), _rule(report, a), text(a.message), text(a.remedy), _place(a.location)]
        for group in findings.by_subject(members)
        for a in group.assessments
    ]
    blocks.append(table(["Subject", "Rule", "What is on record", "What can be done", "Where"], rows[:_MOST_ROWS]))
    return blocks + _rest(len(rows))


def _not_evidenced(report: CheckReport) -> list[str]:
    """By rule: hundreds of findings with one cause are one row."""
    members = [a for a in report.assessments.assessments if a.verdict is Verdict.not_evidenced]
    if not members:
        return []
    blocks = ["## Not evidenced"]
    for law in findings.by_law(report, members):
        rows = []
        for rule, number in findings.by_rule(report, law.assessments):
            own = [a for a in law.assessments if a.rule == rule.identifier]
            facts = dict.fromkeys(findings.missing_sentence(a) for a in own)
            shown = "; ".join(text(fact) for fact in list(facts)[:_MOST_PLACES]) + ("; …" if len(facts) > 3 else "")
            places = ", ".join(_subject(report, a) for a in own[:_MOST_PLACES]) + (", …" if number > 3 else "")
            rows.append([f"{number:,}", _rule(report, own[0]), shown, text(rule.remedy), places])
        blocks.append(f"### {text(law.law)}")
        blocks.append(table(["Number", "Rule", "What is missing", "What can be done", "For"], rows))
    return blocks


def _unruled(report: CheckReport) -> list[str]:
    reasons = findings.unruled(report.assessments.no_rule_loaded)
    lines = [f"- {text(entry.message)} ({counted(len(entry.subjects), 'thing')})" for entry in reasons]
    return ["## No rule loaded", "\n".join(lines)] if lines else []


def _pending(report: CheckReport) -> list[str]:
    laws = findings.pending_laws(report)
    lines = [f"- {text(report.label(law.provision))}: {counted(law.answers, 'answer')}" for law in laws]
    title = "## Enacted law that would change answers, its first day not known"
    return [title, "\n".join(lines)] if lines else []


def _recommendations(report: CheckReport) -> list[str]:
    serving = findings.serving(report)
    rows = [
        [
            line.recommendation,
            text(findings.outcome_words(report, line.recommendation)),
            text(line.sentence),
            f"{serving.get(line.recommendation, 0):,}",
            code(line.question),
        ]
        for line in report.headlines
    ]
    touched = [f"{text(name)} {number:,}" for name, number in findings.principles(report)]
    blocks = [
        "## Recommendations of the report",
        table(["Key", "How far met", "On record", "Findings", "Question"], rows),
    ]
    return blocks + ([f"Findings by principle of the framework: {' · '.join(touched)}."] if touched else [])


def _record(report: CheckReport) -> list[str]:
    wrong = [r for r in report.validation.results if r.severity == "Violation"]
    if not wrong:
        return []
    rows = [[code(compact(r.focus, report.prefixes)), text(r.message), _place(r.location)] for r in wrong[:_MOST_ROWS]]
    return ["## The record itself", table(["Node", "What is wrong", "Where"], rows), *_rest(len(wrong))]


def _listed(report: CheckReport, verdict: Verdict, title: str) -> list[str]:
    members = [a for a in report.assessments.assessments if a.verdict is verdict]
    rows = [[_subject(report, a), _rule(report, a), text(a.message)] for a in members]
    return [f"## {title}", table(["Subject", "Rule", "Why"], rows)] if rows else []


def _rest(number: int) -> list[str]:
    return [f"{number - _MOST_ROWS:,} more: {code('sharewell check --format html')}"] if number > _MOST_ROWS else []


def _subject(report: CheckReport, assessment: Assessment) -> str:
    name = compact(assessment.subject, report.prefixes)
    return f"{text(report.label(assessment.subject))} ({code(name)})"


def _rule(report: CheckReport, assessment: Assessment) -> str:
    rule = report.rule(assessment.rule)
    provisions = "; ".join(f"{text(p.label)}, {p.standing}" for p in rule.provisions)
    return f"{text(rule.short)}: {text(rule.title)} ({provisions}; {text(findings.reading(rule))})"


def _place(location: Location | None) -> str:
    return code(str(location)) if location else ""
