"""Assessments put in the order in which people read them: by law and by subject, worst first, counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode

from sharewell.assessment.results import Assessment, NoRuleLoaded, Verdict, worst
from sharewell.report.checks import CheckReport, RuleNote, counted
from sharewell.report.identities import is_finding
from sharewell.vocabulary import DISCLAIMER, SHARE

READINGS = {
    "official": "read in an official consolidation",
    "amended-since": "read in an official consolidation, and amended since",
    "secondary": "known only from what others say of it",
    "not-read": "not read",
}


@dataclass(frozen=True, slots=True)
class LawGroup:
    """The assessments made under one body of law."""

    law: str
    assessments: tuple[Assessment, ...]

    def count(self, verdict: Verdict) -> int:
        """How many of them have a verdict."""
        return sum(a.verdict is verdict for a in self.assessments)


@dataclass(frozen=True, slots=True)
class SubjectGroup:
    """The assessments of one subject, worst first."""

    subject: NamedNode
    assessments: tuple[Assessment, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of them."""
        return worst([a.verdict for a in self.assessments]) or Verdict.not_applicable

    def count(self, verdict: Verdict) -> int:
        """How many of them have a verdict."""
        return sum(a.verdict is verdict for a in self.assessments)


@dataclass(frozen=True, slots=True)
class Unruled:
    """One reason why no rule is loaded, with how many subjects it keeps from being judged."""

    message: str
    subjects: tuple[NamedNode, ...]


@dataclass(frozen=True, slots=True)
class PendingLaw:
    """An enacted provision whose first day of effect is not known, with the number of answers it would change."""

    provision: NamedNode
    answers: int


def shown(report: CheckReport, everything: bool = False) -> tuple[Assessment, ...]:
    """The assessments to list: those that do not apply only where everything is asked for."""
    return tuple(a for a in report.assessments.assessments if everything or a.verdict is not Verdict.not_applicable)


def by_law(report: CheckReport, assessments: Iterable[Assessment]) -> tuple[LawGroup, ...]:
    """Assessments by body of law: most conflicts first, then most that is not evidenced."""
    laws = {rule.identifier: rule.law for rule in report.rules}
    groups: dict[str, list[Assessment]] = defaultdict(list)
    for assessment in assessments:
        groups[laws.get(assessment.rule, assessment.pack)].append(assessment)
    found = [LawGroup(law, tuple(members)) for law, members in groups.items()]
    return tuple(sorted(found, key=lambda g: (*_severity(g), g.law)))


def by_subject(assessments: Iterable[Assessment]) -> tuple[SubjectGroup, ...]:
    """Assessments by subject: most conflicts first, then most that is not evidenced."""
    groups: dict[NamedNode, list[Assessment]] = defaultdict(list)
    for assessment in assessments:
        groups[assessment.subject].append(assessment)
    found = [SubjectGroup(s, tuple(sorted(members, key=Assessment.sort_key))) for s, members in groups.items()]
    return tuple(sorted(found, key=lambda g: (*_severity(g), g.subject.value)))


def _severity(group: LawGroup | SubjectGroup) -> tuple[int, int]:
    return -group.count(Verdict.violated), -group.count(Verdict.not_evidenced)


def by_rule(report: CheckReport, assessments: Sequence[Assessment]) -> tuple[tuple[RuleNote, int], ...]:
    """The rules of assessments with how often each spoke, most often first."""
    counts = Counter(a.rule for a in assessments)
    return tuple((report.rule(name), n) for name, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def unruled(entries: Iterable[NoRuleLoaded]) -> tuple[Unruled, ...]:
    """Why no rule is loaded, most frequent reason first."""
    groups: dict[str, set[NamedNode]] = defaultdict(set)
    for entry in entries:
        groups[entry.message].add(entry.subject)
    found = [Unruled(message, tuple(sorted(s, key=lambda n: n.value))) for message, s in groups.items()]
    return tuple(sorted(found, key=lambda entry: (-len(entry.subjects), entry.message)))


def pending_laws(report: CheckReport) -> tuple[PendingLaw, ...]:
    """The enacted law of unknown commencement that would change answers, most answers first."""
    counts = Counter(provision for a in report.assessments.assessments for provision in a.pending)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0].value))
    return tuple(PendingLaw(provision, answers) for provision, answers in ordered)


def serving(report: CheckReport) -> Mapping[str, int]:
    """For each recommendation, the number of findings under rules that serve it."""
    serves = {rule.identifier: rule.serves for rule in report.rules}
    return Counter(key for a in report.assessments.assessments if is_finding(a) for key in serves.get(a.rule, ()))


def outcome_words(report: CheckReport, key: str) -> str:
    """How far a recommendation is met, in words; empty where that was not asked."""
    iri = f"{SHARE}{key}"
    outcomes = [o.outcome for o in report.recommendations if o.recommendation.value == iri]
    return report.label(NamedNode(SHARE + outcomes[0].value)) if outcomes else ""


def principles(report: CheckReport) -> tuple[tuple[str, int], ...]:
    """The principles of the framework that findings touch, with the number of findings, most first."""
    embodied = {rule.identifier: rule.principles for rule in report.rules}
    counts = Counter(p for a in report.assessments.assessments if is_finding(a) for p in embodied.get(a.rule, ()))
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def confirmed(report: CheckReport) -> str:
    """How many of the rules that spoke were read in an official consolidation, and of which day."""
    spoke = {a.rule for a in report.assessments.assessments if a.verdict is not Verdict.not_applicable}
    rules = [rule for rule in report.rules if rule.identifier in spoke]
    official = [rule for rule in rules if rule.read == "official"]
    days = sorted({rule.read_as_at for rule in official if rule.read_as_at})
    return (
        f"{len(official)} of {counted(len(rules), 'rule')} that spoke "
        f"{'was' if len(official) == 1 else 'were'} read in an official consolidation{of_days(days)}."
    )


def of_days(days: Sequence[str]) -> str:
    """The day or days whose law was read, as the end of a sentence."""
    if not days:
        return ""
    return f" of {days[0]}" if len(days) == 1 else f", the oldest of {days[0]}, the newest of {days[-1]}"


def colophon(report: CheckReport) -> str:
    """What every output that can travel alone says once."""
    kind = " The data is illustrative, not facts." if report.illustrative else ""
    return f"{DISCLAIMER} The record is that of {report.as_of}.{kind} {confirmed(report)}"


def reading(rule: RuleNote) -> str:
    """How the text of a rule is known, in words."""
    words = READINGS.get(rule.read, rule.read)
    return f"{words} (as at {rule.read_as_at})" if rule.read_as_at else words


def missing_names(assessment: Assessment) -> tuple[tuple[str, ...], ...]:
    """The names of the missing facts of an assessment, an inner tuple for each alternative that would be enough."""
    groups: dict[int, dict[str, None]] = defaultdict(dict)
    for fact in assessment.missing:
        groups[fact.alternative][fact.name] = None
    return tuple(dict.fromkeys(tuple(names) for _, names in sorted(groups.items())))


def missing_sentence(assessment: Assessment) -> str:
    """The missing facts of an assessment in one phrase, alternatives joined by "or"; empty where nothing is."""
    ways = ["; ".join(names) for names in missing_names(assessment)]
    return ", or: ".join(ways)
