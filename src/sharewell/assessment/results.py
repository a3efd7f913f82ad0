"""What an assessment says, as plain data: verdicts, missing facts, and the report of a whole graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pyoxigraph import NamedNode, Triple

from sharewell.graph.locations import Location
from sharewell.graph.terms import Term, json_term


class Verdict(StrEnum):
    """How one rule comes out for one subject at one date, worst first."""

    violated = "violated"
    not_evidenced = "not-evidenced"
    satisfied = "satisfied"
    not_applicable = "not-applicable"

    @property
    def words(self) -> str:
        """The verdict as people read it."""
        return _WORDS[self]


_WORDS = {
    Verdict.violated: "conflict on record",
    Verdict.not_evidenced: "not evidenced",
    Verdict.satisfied: "supported on record",
    Verdict.not_applicable: "does not apply",
}
_RANK = {verdict: rank for rank, verdict in enumerate(Verdict)}


def worst(verdicts: Sequence[Verdict]) -> Verdict | None:
    """The overall result: the worst of them; not applicable where all are, None of none."""
    return min(verdicts, key=_RANK.__getitem__, default=None)


@dataclass(frozen=True, slots=True)
class MissingFact:
    """A fact to find out and record before an assessment can be decided.

    `path` is in SPARQL path syntax with full IRIs and leads from `node`; `expected` says in words what value would
    do; `name` is the fact as people speak of it. Facts of one assessment that share `alternative` belong together:
    all facts of one alternative would be enough.
    """

    node: Term
    path: str
    expected: str
    name: str
    alternative: int = 0

    def as_json(self) -> dict[str, Any]:
        """The fact as the JSON contract has it."""
        return {
            "node": json_term(self.node),
            "path": self.path,
            "expected": self.expected,
            "alternative": self.alternative,
            "name": self.name,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """Acts that would change a result: statements to add, with typed blanks for what is to be found out."""

    add: tuple[Triple, ...] = ()
    remove: tuple[Triple, ...] = ()

    def as_json(self) -> dict[str, list[str]]:
        """The statements in N-Triples syntax."""
        return {"add": [f"{t} ." for t in self.add], "remove": [f"{t} ." for t in self.remove]}


@dataclass(frozen=True, slots=True)
class Assessment:
    """One rule held against one subject at one date.

    `decided_by` is the shape that decided, None where the standing of the law or a missing reliance did; `reason` is
    one of the words of `Reason`; `graded` gives the grade, which few readers of many assessments ask for; `read` and
    `read_as_at` tell how the text of the rule is known; `through` are the assessments of other rules on which this one
    rests, by identifier; `pending` are enacted provisions of unknown commencement that would change it.
    """

    subject: NamedNode
    rule: str
    alias: str | None
    title: str
    pack: str
    provisions: tuple[NamedNode, ...]
    verdict: Verdict
    reason: str
    message: str
    graded: Callable[[], str] = field(compare=False, repr=False)
    read: str
    read_as_at: str | None
    date: str
    decided_by: Term | None = None
    missing: tuple[MissingFact, ...] = ()
    remedy: str = ""
    changes: Change = field(default_factory=Change)
    through: tuple[str, ...] = ()
    pending: tuple[NamedNode, ...] = ()
    notes: tuple[str, ...] = ()
    location: Location | None = None
    locations: tuple[Location, ...] = ()

    @property
    def grade(self) -> str:
        """The grade of the weakest premise, as an IRI."""
        return self.graded()

    def sort_key(self) -> tuple[int, str, str]:
        """Worst first, then by subject and rule."""
        return _RANK[self.verdict], self.subject.value, self.rule

    def as_json(self) -> dict[str, Any]:
        """The verdict as the JSON contract has it."""
        return {
            "subject": self.subject.value,
            "rule": self.rule,
            "alias": self.alias,
            "provision": self.provisions[0].value if self.provisions else None,
            "provisions": [provision.value for provision in self.provisions],
            "verdict": self.verdict.value,
            "reason": self.reason,
            "grade": grade_name(self.grade),
            "rule_read": self.read,
            "rule_as_at": self.read_as_at,
            "date": self.date,
            "message": self.message,
            "missing": [fact.as_json() for fact in self.missing],
            "remedy": self.remedy,
            "changes": self.changes.as_json(),
            "through": list(self.through),
            "pending": [provision.value for provision in self.pending],
            "notes": list(self.notes),
            "location": self.location.as_json() if self.location else None,
            "locations": [location.as_json() for location in self.locations],
        }


@dataclass(frozen=True, slots=True)
class NoRuleLoaded:
    """A body that takes part in a subject and is bound by a law of which no rules are loaded."""

    subject: NamedNode
    body: NamedNode
    message: str

    def as_json(self) -> dict[str, str]:
        """Subject, body and message."""
        return {"subject": self.subject.value, "body": self.body.value, "message": self.message}


@dataclass(frozen=True, slots=True)
class Cause:
    """A fact that many findings wait for: its name, the kind of subject, and the subjects."""

    name: str
    kind: str
    subjects: tuple[NamedNode, ...]

    @property
    def sentence(self) -> str:
        """The cause with its count, as "which elements it carries: 15 data flows"."""
        plural = "" if len(self.subjects) == 1 else "es" if self.kind.endswith("s") else "s"
        return f"{self.name}: {len(self.subjects):,} {self.kind}{plural}"


@dataclass(frozen=True, slots=True)
class AssessmentReport:
    """All assessments of a graph at a date, worst first.

    `rules` is the number of rules loaded and `official` how many of them rest on a text read in an official
    consolidation, whose days are `read_days`; `causes` are the missing facts behind the findings, most frequent first.
    """

    as_of: str
    rules: int
    official: int
    assessments: tuple[Assessment, ...]
    no_rule_loaded: tuple[NoRuleLoaded, ...] = ()
    causes: tuple[Cause, ...] = ()
    read_days: tuple[str, ...] = ()

    def count(self, verdict: Verdict) -> int:
        """The number of assessments with a verdict."""
        return sum(1 for assessment in self.assessments if assessment.verdict is verdict)

    def summary(self) -> dict[str, int]:
        """The counts of the JSON contract."""
        counts = {verdict.value: self.count(verdict) for verdict in Verdict}
        return {**counts, "no-rule-loaded": len(self.no_rule_loaded)}

    def of(self, subject: NamedNode) -> tuple[Assessment, ...]:
        """The assessments of one subject."""
        return tuple(a for a in self.assessments if a.subject == subject)

    def overall(self, subject: NamedNode) -> str:
        """The result of a subject over all rules; `no-rule-loaded` where no rule decides it and a law is not loaded."""
        result = worst([a.verdict for a in self.of(subject)])
        unruled = any(entry.subject == subject for entry in self.no_rule_loaded)
        if unruled and result in (None, Verdict.not_applicable):
            return "no-rule-loaded"
        return (result or Verdict.not_applicable).value

    def verdicts_json(self, everything: bool = False) -> list[dict[str, Any]]:
        """The verdicts as the JSON contract has them; not applicable ones only where everything is asked for."""
        return [a.as_json() for a in self.assessments if everything or a.verdict is not Verdict.not_applicable]


def grade_name(iri: str) -> str:
    """A grade as the JSON contract has it: the last part of its IRI, in small letters."""
    return iri.rsplit("#", 1)[-1].lower()


def by_key(assessments: Sequence[Assessment]) -> Mapping[tuple[str, str], Assessment]:
    """Assessments by subject and rule identifier."""
    return {(a.subject.value, a.rule): a for a in assessments}
