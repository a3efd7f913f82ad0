"""A plan for people: the first line, what the proposal waits for, on which ground it could rest, what it brings."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from pyoxigraph import NamedNode

from sharewell.assessment.plans import Gateway, PlanReport, SubjectOutcome
from sharewell.assessment.results import Assessment, MissingFact, Verdict
from sharewell.graph.terms import Term, printable
from sharewell.report.html import document, text
from sharewell.version import __version__
from sharewell.vocabulary import DISCLAIMER

_WIDTH = 120
Label = Callable[[Term], str]


def plan_text(report: PlanReport, label: Label, width: int = 0) -> str:
    """A plan as text; `width` is that of the terminal, 0 where the output is not one."""
    columns = min(width or _WIDTH, _WIDTH)
    lines: list[str] = [_capital(report.headline), report.title, ""]
    for outcome in report.outcomes:
        if len(report.outcomes) > 1:
            lines += [f"{outcome.label}: {outcome.headline}"]
        lines += _outcome_lines(outcome, label)
    lines += _section("Alternatives with no obstacle on record", [route.text for route in report.alternatives])
    lines += ["", reading_note(report), DISCLAIMER]
    return "\n".join(_wrapped(printable(line), columns) for line in lines)


def plan_markdown(report: PlanReport, label: Label) -> str:
    """A plan as Markdown, fit for a memo."""
    lines = [f"# {_md(_capital(report.headline))}", "", _md(report.title), ""]
    for outcome in report.outcomes:
        if len(report.outcomes) > 1:
            lines += [f"## {_md(outcome.label)}", "", _md(outcome.headline), ""]
        for title, items in sections(outcome, label):
            lines += [f"### {title}", "", *(f"- {_md(item)}" for item in items), ""]
    if report.alternatives:
        lines += ["### Alternatives with no obstacle on record", ""]
        lines += [f"- {_md(route.text)}" for route in report.alternatives] + [""]
    return "\n".join([*lines, f"*{_md(reading_note(report))} {_md(DISCLAIMER)}*"])


def plan_html(report: PlanReport, label: Label) -> str:
    """A plan as one page that can be read and sent on."""
    parts: dict[str, tuple[str, str]] = {}
    for number, outcome in enumerate(report.outcomes, start=1):
        lists = [(title, f"<ul>{''.join(f'<li>{text(item)}</li>' for item in items)}</ul>")
                 for title, items in sections(outcome, label)]  # fmt: skip
        if len(report.outcomes) == 1:
            parts |= {f"part-{place}": (text(title), content) for place, (title, content) in enumerate(lists, start=1)}
        else:
            inner = "\n".join(f"<h3>{text(title)}</h3>\n{content}" for title, content in lists)
            parts[f"part-{number}"] = (text(outcome.label), f"<p>{text(_capital(outcome.headline))}</p>\n{inner}")
    routes = "".join(f"<li>{text(route.text)}</li>" for route in report.alternatives)
    parts["alternatives"] = ("Alternatives with no obstacle on record", f"<ul>{routes}</ul>" if routes else "")
    foot = f'<p>{text(reading_note(report))} {text(DISCLAIMER)}</p>\n<p class="small">Sharewell {__version__}.</p>'
    heading = _capital(report.headline)
    return document(f"{heading}: {report.title}", heading, report.title, parts, foot, report.illustrative)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def reading_note(report: PlanReport) -> str:
    """The date of the record, and how many of the rules were read in an official consolidation."""
    days = " and ".join(report.read_days) or "no day"
    read = f"{report.official} of {report.rules} rules were read in an official consolidation of {days}"
    return f"Record as of {report.as_of}; {read}."


def sections(outcome: SubjectOutcome, label: Label) -> list[tuple[str, list[str]]]:
    """What is said of one proposed thing, as titled lists; empty ones are left out."""
    conflicts = [r for r in outcome.results if r.verdict is Verdict.violated]
    supported = [r for r in outcome.results if r.verdict is Verdict.satisfied]
    parts = [
        ("Conflict on record", [_result(r) for r in conflicts]),
        ("Missing: find out and record, with a source", _missing(outcome, label)),
        ("Grounds it could rest on, nearest first", _grounds(outcome.gateways, label)),
        ("Supported on record, on the grounds taken", [_result(r) for r in supported]),
        ("Duties it brings", [s.text for s in outcome.steps if s.kind == "duty"]),
        ("Agreements", [s.text for s in outcome.steps if s.kind == "agreement"]),
        ("Notices", [s.text for s in outcome.steps if s.kind == "notice"]),
        ("Would change it", _pending(outcome.results, label)),
        ("No rule loaded", sorted({entry.message for entry in outcome.no_rule_loaded})),
    ]
    return [(title, items) for title, items in parts if items]


def _outcome_lines(outcome: SubjectOutcome, label: Label) -> list[str]:
    return [line for title, items in sections(outcome, label) for line in _section(title, items)]


def _section(title: str, items: Sequence[str]) -> list[str]:
    return [title, *(f"  - {item}" for item in items)] if items else []


def _grounds(gateways: Sequence[Gateway], label: Label) -> list[str]:
    """The grounds that could carry it, the nearest first; those of which nothing is on record stand in one line."""
    near = [g for g in gateways if g.met or g.assessment.verdict is Verdict.satisfied]
    far = sorted({_cited(g, label) for g in gateways if g not in near})
    lines = [_gateway(g, label) for g in sorted(near, key=lambda g: (g.feeds, g.rank()))]
    return [*lines, f"nothing on record speaks for: {'; '.join(far)}"] if far else lines


def _cited(gateway: Gateway, label: Label) -> str:
    return ", ".join(label(provision) for provision in gateway.provisions)


def _gateway(gateway: Gateway, label: Label) -> str:
    found = gateway.assessment
    taken = "; taken as its ground" if gateway.chosen else ""
    name = f"{_cited(gateway, label)} ({gateway.rule}, for {gateway.feeds}{taken})"
    if found.verdict is Verdict.satisfied:
        return f"{name}: supported on record{_known(found)}"
    if found.verdict is Verdict.violated:
        return f"{name}: conflict on record. {found.message}"
    met = f"{gateway.met} of {gateway.asked} condition{'' if gateway.asked == 1 else 's'} met"
    return f"{name}: {met}; the record lacks {'; '.join(fact.name for fact in _first(found))}"


def _known(found: Assessment) -> str:
    grade = found.grade.rsplit("#", 1)[-1].lower()
    return "" if grade == "published" else f", as far as {grade} facts go"


def _first(found: Assessment) -> list[MissingFact]:
    """The facts of the first way to decide an assessment, each name once."""
    facts = [fact for fact in found.missing if fact.alternative == found.missing[0].alternative]
    return list({fact.name: fact for fact in facts}.values())


def _result(found: Assessment) -> str:
    alias = f" ({found.alias})" if found.alias else ""
    return f"{found.rule}{alias}: {found.message}"


def _missing(outcome: SubjectOutcome, label: Label) -> list[str]:
    """The missing facts; one about the proposed thing itself, or about its ground, needs no name for it."""
    own = outcome.subject.value
    return [
        fact.name if str(fact.node).startswith(f"<{own}") else f"{fact.name} [{label(fact.node)}]"
        for fact in outcome.missing
    ]


def _pending(results: Sequence[Assessment], label: Label) -> list[str]:
    found = sorted({provision for result in results for provision in result.pending}, key=_value)
    return [f"{label(provision)}: enacted, commencement not known" for provision in found]


def _value(node: NamedNode) -> str:
    return node.value


def _md(text: str) -> str:
    """A text in which Markdown and HTML see nothing of their own."""
    escaped = "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in printable(text))
    return escaped.replace("&", "&amp;")


def _wrapped(line: str, columns: int) -> str:
    indent = " " * (len(line) - len(line.lstrip(" -")))
    return textwrap.fill(line, columns, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)
