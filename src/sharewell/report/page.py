"""`check` as one HTML page that a manager can read and print: nothing to load, no scripts, WCAG 2.1 AA."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyoxigraph import NamedNode

from sharewell.assessment.results import Assessment, Verdict
from sharewell.graph.locations import Location
from sharewell.graph.terms import compact
from sharewell.report import findings
from sharewell.report.checks import CheckReport, counted
from sharewell.report.findings import SubjectGroup
from sharewell.report.html import document, text
from sharewell.validation import ValidationResult
from sharewell.version import __version__

_MOST_PLACES = 20
_MARKS = {Verdict.violated: "✕", Verdict.not_evidenced: "?", Verdict.satisfied: "✓", Verdict.not_applicable: "–"}


def check_html(report: CheckReport, everything: bool = False) -> str:
    """The report as a page: the summary first, then by subject, then by law, then the record itself."""
    title = f"{report.project}: data sharing as of {report.as_of}"
    sections = {
        "summary": ("Summary", _summary(report)),
        "missing": ("What is missing", _missing(report)),
        "recommendations": ("Recommendations and principles", _recommendations(report)),
        "subjects": ("Findings by subject", _subjects(report, everything)),
        "laws": ("Findings by law", _laws(report, everything)),
        "unruled": ("Where no rule is loaded", _unruled(report)),
        "record": ("The record itself", _record(report)),
    }
    foot = f"""<p>{text(findings.colophon(report))}</p>
<p class="small">Sharewell {__version__}; record {text(report.digest)}.</p>"""
    lead = f"Which rules its sharing of data meets, and what is not on record, as of {report.as_of}"
    return document(title, report.project, lead, sections, foot, report.illustrative)


def _table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "summary", region: str = ""
) -> str:
    """A table of cells that are HTML already; the first cell of a row is its header.

    `region` names the box around it, where the caption would not say enough.
    """
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    lines = []
    for first, *rest in rows:
        cells = "".join(f"<td{' class=number' if cell.replace(',', '').isdigit() else ''}>{cell}</td>" for cell in rest)
        lines.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    body = "\n".join(lines)
    # A region that scrolls has to be reachable by keyboard, and so has to have a name.
    return (
        f'<div class="wide" role="region" aria-label="{region or caption}" tabindex="0">\n<table class="{kind}">\n'
        f"<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>"
    )


def _badge(verdict: Verdict) -> str:
    mark = f'<span aria-hidden="true">{_MARKS[verdict]}</span>'
    return f'<span class="verdict {verdict.value}">{mark} {verdict.words}</span>'


def _summary(report: CheckReport) -> str:
    found, validation = report.assessments, report.validation
    new = "" if report.known is None else f", new since the earlier output ({report.known:,} known findings left out)"
    about = {v: len({a.subject for a in found.assessments if a.verdict is v}) for v in Verdict}
    rows = [[_badge(v), f"{found.count(v):,}", f"{about[v]:,}"] for v in Verdict]
    unruled = len({entry.subject for entry in found.no_rule_loaded})
    rows.append(["no rule loaded", f"{len(found.no_rule_loaded):,}", f"{unruled:,}"])
    wrong, gaps = validation.count("Violation"), validation.count("NotEvidenced")
    days = findings.of_days(found.read_days)
    lines = [
        f"{report.triples:,} statements from {counted(report.sources, 'file')} were loaded; "
        f"{report.derived:,} more follow from them.",
        f"The record is {'not well formed' if wrong else 'well formed'}: {counted(wrong, 'violation')}, "
        f"{counted(gaps, 'missing fact')}.",
        f"{counted(found.rules, 'rule')} loaded, of which {found.official:,} read in an official consolidation{days}.",
    ]
    paragraphs = "".join(f"<p>{text(line)}</p>\n" for line in lines)
    table = _table(f"Results{new}", ["Result", "Number", "Things it is about"], rows)
    return paragraphs + table + _pending(report)


def _pending(report: CheckReport) -> str:
    laws = findings.pending_laws(report)
    items = "".join(f"<li>{text(report.label(p.provision))}: {counted(p.answers, 'answer')}</li>" for p in laws)
    said = "Enacted, with no first day of effect known; it would change answers:"
    return f'<p>{said}</p>\n<ul class="pending">{items}</ul>' if laws else ""


def _missing(report: CheckReport) -> str:
    rows = [[text(cause.name), f"{len(cause.subjects):,}", text(cause.kind)] for cause in report.assessments.causes]
    if not rows:
        return ""
    words = (
        "<p>The few facts behind the many findings, most frequent first. Each is to be found out and recorded.</p>\n"
    )
    return words + _table("Missing facts", ["Fact", "Number", "Kind of thing that waits for it"], rows)


def _recommendations(report: CheckReport) -> str:
    serving = findings.serving(report)
    rows = [
        [
            line.recommendation,
            text(findings.outcome_words(report, line.recommendation)),
            text(line.sentence),
            f"{serving.get(line.recommendation, 0):,}",
            f"<code>sharewell ask {text(line.question)}</code>",
        ]
        for line in report.headlines
    ]
    columns = ["Recommendation", "How far met", "On record", "Findings under rules that serve it", "To see more"]
    found = _table("Recommendations of the report", columns, rows)
    touched = [[text(name), f"{number:,}"] for name, number in findings.principles(report)]
    return found + (
        _table("Findings by principle of the framework", ["Principle", "Findings"], touched) if touched else ""
    )


def _anchors(report: CheckReport, everything: bool) -> dict[NamedNode, str]:
    groups = findings.by_subject(findings.shown(report, everything))
    return {group.subject: f"subject-{number}" for number, group in enumerate(groups, 1)}


def _subjects(report: CheckReport, everything: bool) -> str:
    anchors = _anchors(report, everything)
    groups = findings.by_subject(findings.shown(report, everything))
    return "\n".join(_subject(report, group, anchors[group.subject]) for group in groups)


def _subject(report: CheckReport, group: SubjectGroup, anchor: str) -> str:
    name = compact(group.subject, report.prefixes)
    label = text(report.label(group.subject))
    columns = ["Result", "Rule and provision", "What the record says", "What can be done", "Where"]
    rows = [
        [_badge(a.verdict), _rule(report, a), _message(a), text(a.remedy), _places(a.locations)]
        for a in group.assessments
    ]
    counts = ", ".join(f"{number} {v.words}" for v in Verdict if (number := group.count(v)))
    table = _table(counts, columns, rows, "findings", label)
    return f'<h3 id="{anchor}">{label} <code>{text(name)}</code></h3>\n{table}'


def _rule(report: CheckReport, assessment: Assessment) -> str:
    rule = report.rule(assessment.rule)
    provisions = "".join(
        f'<br><span class="small">{text(p.label)}, {text(p.standing)}'
        f"{f' since {text(p.since)}' if p.since else ''}</span>"
        for p in rule.provisions
    )
    read = f'<br><span class="small">Text {text(findings.reading(rule))}</span>'
    return f"{text(rule.short)}: {text(rule.title)}{provisions}{read}"


def _message(assessment: Assessment) -> str:
    ways = findings.missing_names(assessment)
    lines = [text(assessment.message), *map(text, assessment.notes)]
    if len(ways) > 1:
        items = "".join(f"<li>{text('; '.join(names))}</li>" for names in ways)
        return f"{'<br>'.join(lines)}<br>Any one of these would be enough:<ul>{items}</ul>"
    return "<br>".join(lines)


def _places(locations: Sequence[Location]) -> str:
    more = f"<br>and {len(locations) - _MOST_PLACES:,} more" if len(locations) > _MOST_PLACES else ""
    return "<br>".join(f"<code>{text(str(place))}</code>" for place in locations[:_MOST_PLACES]) + more


def _laws(report: CheckReport, everything: bool) -> str:
    anchors = _anchors(report, everything)
    blocks = []
    for law in findings.by_law(report, findings.shown(report, everything)):
        rows = []
        for rule, _ in findings.by_rule(report, law.assessments):
            own = [a for a in law.assessments if a.rule == rule.identifier]
            links = ", ".join(
                f'<a href="#{anchors[a.subject]}">{text(report.label(a.subject))}</a>' for a in own[:_MOST_PLACES]
            )
            more = f" and {len(own) - _MOST_PLACES:,} more" if len(own) > _MOST_PLACES else ""
            counts = [f"{sum(a.verdict is v for a in own):,}" for v in list(Verdict)[:3]]
            rows.append([f"{text(rule.short)}: {text(rule.title)}", *counts, links + more])
        columns = ["Rule", "Conflicts", "Not evidenced", "Supported", "About"]
        title = text(law.law)
        blocks.append(f"<h3>{title}</h3>\n{_table(f'Rules: {title}', columns, rows, 'findings')}")
    return "\n".join(blocks)


def _unruled(report: CheckReport) -> str:
    rows = [
        [
            text(entry.message),
            f"{len(entry.subjects):,}",
            ", ".join(text(report.label(s)) for s in entry.subjects[:_MOST_PLACES]),
        ]
        for entry in findings.unruled(report.assessments.no_rule_loaded)
    ]
    return (
        _table("Bodies whose law is not loaded", ["Why", "Number", "Takes part in"], rows, "findings") if rows else ""
    )


def _record(report: CheckReport) -> str:
    groups: dict[tuple[str, str], list[ValidationResult]] = {}
    for result in report.validation.results:
        groups.setdefault((result.severity, result.message or result.component), []).append(result)
    rows = [
        [text(message), text(severity), f"{len(members):,}", _nodes(report, members)]
        for (severity, message), members in groups.items()
    ]
    columns = ["What is wrong or missing in the record", "Severity", "Number", "Where"]
    return _table("Results of the model shapes", columns, rows, "findings") if rows else ""


def _nodes(report: CheckReport, members: Sequence[ValidationResult]) -> str:
    lines = [
        f"<code>{text(compact(m.focus, report.prefixes) + (f' at {m.location}' if m.location else ''))}</code>"
        for m in members[:_MOST_PLACES]
    ]
    more = [f"and {len(members) - _MOST_PLACES:,} more"] if len(members) > _MOST_PLACES else []
    return "<br>".join([*lines, *more])
