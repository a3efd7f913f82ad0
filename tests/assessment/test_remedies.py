"""Every remedy is applied to a copy: the result turns, no other becomes worse, and no part of it can be left out."""

from __future__ import annotations

import random

import pytest
from pyoxigraph import BlankNode, Triple

from sharewell import api
from sharewell.assessment.assessor import Assessor
from sharewell.assessment.remedies import filled
from sharewell.assessment.results import Assessment, Verdict, worst
from sharewell.graph.source import stated
from sharewell.graph.store import merge
from sharewell.reasoning.derivation import derive
from sharewell.vocabulary import SHARE

SAMPLE = 8
Key = tuple[str, str]


def by_key(assessor: Assessor) -> dict[Key, Verdict]:
    return {(d.subject.value, d.rule.identifier): d.verdict for d in assessor.decider.decide_all()}


def applied(project: api.Project, triples: list[Triple]) -> dict[Key, Verdict]:
    """All verdicts of a copy into which statements were added, closed and derived anew."""
    graph = merge((*project.graph.sources, stated("a remedy", triples)), project.graph.as_of, project.rules.statements)
    derive(graph, project.rules.derivations)
    return by_key(Assessor(graph, project.rules, str, project.settings.illustrative))


def remedies(project: api.Project) -> list[Assessment]:
    return [found for found in project.assessor.report(remedies=True).assessments if found.changes.add]


def check(project: api.Project, found: list[Assessment]) -> None:
    before = by_key(project.assessor)
    for assessment in found:
        after = applied(project, filled(assessment.changes.add, project.graph.as_of))
        key = (assessment.subject.value, assessment.rule)
        assert after.get(key) is not before[key], assessment
        for other, verdict in before.items():
            if verdict is not Verdict.not_applicable and after.get(other) not in (None, Verdict.not_applicable):
                assert worst([verdict, after[other]]) is verdict, (assessment.subject, assessment.rule, other)


@pytest.mark.parametrize("name", ["hsi", "northwater"])
def test_a_sample_of_remedies_works(name: str, hsi: api.Project, northwater: api.Project) -> None:
    project = hsi if name == "hsi" else northwater
    found = remedies(project)
    assert found
    check(project, random.Random(7).sample(found, min(SAMPLE, len(found))))


@pytest.mark.whole
@pytest.mark.parametrize("name", ["hsi", "northwater"])
def test_every_remedy_works(name: str, hsi: api.Project, northwater: api.Project) -> None:
    project = hsi if name == "hsi" else northwater
    check(project, remedies(project))


def test_a_remedy_only_adds_and_invents_no_authority(hsi: api.Project, northwater: api.Project) -> None:
    for project in (hsi, northwater):
        for found in remedies(project):
            assert found.changes.remove == ()
            for triple in found.changes.add:
                if triple.predicate.value in {SHARE + "provision", SHARE + "statesAuthority", SHARE + "reliesOn"}:
                    assert isinstance(triple.object, BlankNode), triple
