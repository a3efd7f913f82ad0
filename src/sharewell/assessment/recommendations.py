"""How far the recommendations of the report are met: by what is recorded as lacking, and by what is supported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pyoxigraph import NamedNode

from sharewell.assessment.assessor import Assessor
from sharewell.assessment.results import Assessment, Verdict
from sharewell.vocabulary import RDF_TYPE, SHARE

_SERVES = NamedNode(SHARE + "serves")
_RECOMMENDATION = NamedNode(SHARE + "Recommendation")
_ABSENCE = NamedNode(SHARE + "StatedAbsence")
_STATUS = NamedNode(SHARE + "temporalStatus")
_OVER = NamedNode(SHARE + "PastAtDate")


class Outcome(StrEnum):
    """How far a recommendation is met, by the names of the concepts."""

    met = "Met"
    partly = "PartlyMet"
    unmet = "Unmet"
    not_evidenced = "OutcomeNotEvidenced"


@dataclass(frozen=True, slots=True)
class RecommendationOutcome:
    """A recommendation, how far it is met, and the nodes that the answer leans on, sorted.

    `lacking` are the stated absences and the subjects in conflict; `supported` the subjects of satisfied rules; `open`
    is the number of findings that are not evidenced.
    """

    recommendation: NamedNode
    outcome: Outcome
    lacking: tuple[NamedNode, ...]
    supported: tuple[NamedNode, ...]
    open: int


def outcomes(assessor: Assessor, assessments: Sequence[Assessment]) -> tuple[RecommendationOutcome, ...]:
    """The outcome of each recommendation, from the assessments of the rules that serve it and the stated absences."""
    serving = {rule.identifier: set(rule.serves) for rule in assessor.book.rules}
    found = []
    for recommendation in sorted(assessor.index.subjects(RDF_TYPE, _RECOMMENDATION), key=str):
        if isinstance(recommendation, NamedNode):
            own = [a for a in assessments if recommendation.value in serving.get(a.rule, ())]
            found.append(_outcome(assessor, recommendation, own))
    return tuple(found)


def _outcome(assessor: Assessor, recommendation: NamedNode, own: Sequence[Assessment]) -> RecommendationOutcome:
    absences = _absences(assessor, recommendation)
    lacking = {a.subject for a in own if a.verdict is Verdict.violated} | absences
    supported = {a.subject for a in own if a.verdict is Verdict.satisfied}
    waiting = sum(a.verdict is Verdict.not_evidenced for a in own)
    outcome = Outcome.not_evidenced
    if lacking:
        outcome = Outcome.partly if supported else Outcome.unmet
    elif supported and not waiting:
        outcome = Outcome.met
    return RecommendationOutcome(recommendation, outcome, _sorted(lacking), _sorted(supported), waiting)


def _absences(assessor: Assessor, recommendation: NamedNode) -> set[NamedNode]:
    """What a source says there is none of, where that bears on a recommendation and holds at the as-of date."""
    index = assessor.index
    return {
        node
        for node in index.subjects(_SERVES, recommendation)
        if isinstance(node, NamedNode)
        and index.contains(node, RDF_TYPE, _ABSENCE)
        and not index.contains(node, _STATUS, _OVER)
    }


def _sorted(nodes: Iterable[NamedNode]) -> tuple[NamedNode, ...]:
    return tuple(sorted(nodes, key=lambda node: node.value))
