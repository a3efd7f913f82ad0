"""Two states of a project side by side: which assessments changed, and which statements changed them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import NamedNode, Triple

from sharewell.assessment.assessor import Assessor
from sharewell.assessment.decision import Decision
from sharewell.assessment.results import Assessment
from sharewell.graph.locations import Location

_Key = tuple[str, NamedNode]


@dataclass(frozen=True, slots=True)
class ChangedStatement:
    """A recorded statement that one state has and the other has not; `text` says it in words."""

    triple: Triple
    added: bool
    text: str
    locations: tuple[Location, ...]

    def as_json(self) -> dict[str, Any]:
        """The statement as the JSON output has it."""
        return {
            "statement": f"{self.triple} .",
            "change": "added" if self.added else "removed",
            "text": self.text,
            "locations": [location.as_json() for location in self.locations],
        }


@dataclass(frozen=True, slots=True)
class ChangedAssessment:
    """An assessment that came out otherwise; None on the side where the subject or the rule is not there."""

    subject: NamedNode
    rule: str
    label: str
    old: Assessment | None
    new: Assessment | None
    because: tuple[ChangedStatement, ...]

    def as_json(self) -> dict[str, Any]:
        """The change as the JSON output has it."""
        return {
            "subject": self.subject.value,
            "label": self.label,
            "rule": self.rule,
            "old": self.old.verdict.value if self.old else None,
            "new": self.new.verdict.value if self.new else None,
            "message": "".join([found.message for found in (self.new, self.old) if found][:1]),
            "because": [statement.as_json() for statement in self.because],
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two states: assessments, and how many statements came and went."""

    old_as_of: str
    new_as_of: str
    added: int
    removed: int
    changed: tuple[ChangedAssessment, ...]

    def as_json(self) -> dict[str, Any]:
        """The difference as the JSON output has it."""
        return {
            "old_as_of": self.old_as_of,
            "new_as_of": self.new_as_of,
            "added": self.added,
            "removed": self.removed,
            "changed": [change.as_json() for change in self.changed],
        }


def compare(old: Assessor, new: Assessor) -> Difference:
    """The assessments that differ between two states of a graph, each with the statements that made the difference."""
    before, after = _recorded(old), _recorded(new)
    gone, come = before - after, after - before
    first, second = _decisions(old), _decisions(new)
    changed = []
    for key in sorted(set(first) | set(second), key=lambda key: (key[1].value, key[0])):
        one = old.describe(first[key]) if key in first else None
        other = new.describe(second[key]) if key in second else None
        if _said(one) != _said(other):
            because = _because(old, first.get(key), gone, False) + _because(new, second.get(key), come, True)
            because = because or _about(key[1], old, gone, False) + _about(key[1], new, come, True)
            label = (new if key in second else old).label(key[1])
            changed.append(ChangedAssessment(key[1], key[0], label, one, other, tuple(because)))
    return Difference(old.graph.as_of, new.graph.as_of, len(come), len(gone), tuple(changed))


def _said(found: Assessment | None) -> tuple[object, ...] | None:
    """What makes two assessments the same for whoever acts on them."""
    return None if found is None else (found.verdict, found.reason, tuple(fact.name for fact in found.missing))


def _recorded(assessor: Assessor) -> set[Triple]:
    return {Triple(q.subject, q.predicate, q.object) for s in assessor.graph.sources for q in s.quads}


def _decisions(assessor: Assessor) -> Mapping[_Key, Decision]:
    return {(d.rule.identifier, d.subject): d for d in assessor.decider.decide_all()}


def _because(
    assessor: Assessor, decision: Decision | None, changed: set[Triple], added: bool
) -> list[ChangedStatement]:
    """The changed statements among those that a decision rests on, or that say whether its law has effect."""
    if decision is None:
        return []
    support = set(assessor.support(decision).recorded) & changed
    laws = {triple for triple in changed if triple.subject in decision.rule.provisions}
    return _statements(assessor, support | laws, added)


def _about(subject: NamedNode, assessor: Assessor, changed: set[Triple], added: bool) -> list[ChangedStatement]:
    """Where no statement of the proof changed: the changed statements about the subject."""
    return _statements(assessor, (triple for triple in changed if triple.subject == subject), added)


def _statements(assessor: Assessor, triples: Iterable[Triple], added: bool) -> list[ChangedStatement]:
    ordered: Sequence[Triple] = sorted(triples, key=str)
    of_statement = assessor.graph.locations.of_statement
    return [
        ChangedStatement(t, added, assessor.sentence(t), of_statement(t.subject, t.predicate, t.object))
        for t in ordered
    ]
