"""Nothing is satisfied by silence: take away any statement a satisfied result rests on, and it is satisfied no more,
or satisfied by another witness; it never becomes not applicable by the loss, unless what is lost is what made it a
subject: its class, that a permission is relied on, or the date by which an act that is over is judged at all."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator

import pytest
from pyoxigraph import NamedNode, Triple

from sharewell import api
from sharewell.assessment.assessor import Assessor
from sharewell.assessment.decision import Decision
from sharewell.assessment.results import Verdict
from sharewell.graph.source import Source
from sharewell.graph.store import merge
from sharewell.reasoning.derivation import derive
from sharewell.vocabulary import RDF_TYPE, SHARE

RELIANCE = {NamedNode(SHARE + "reliesOn"), NamedNode(SHARE + "provision")}
DATES = {NamedNode(SHARE + "collectedOn"), NamedNode(SHARE + "occurredOn")}
SAMPLE = 6


def statements_of_satisfied_results(project: api.Project) -> dict[Triple, list[Decision]]:
    """The recorded statements in the proofs of satisfied results, each with the results that rest on it."""
    recorded = {Triple(q.subject, q.predicate, q.object) for s in project.graph.sources for q in s.quads}
    found: dict[Triple, list[Decision]] = defaultdict(list)
    for decision in project.assessor.decider.decide_all():
        if decision.verdict is Verdict.satisfied:
            for triple in set(project.assessor.support(decision).recorded) & recorded:
                found[triple].append(decision)
    return dict(found)


def without(project: api.Project, triple: Triple) -> Assessor:
    """The project assessed anew, as if a statement had never been recorded."""
    sources = [
        Source(s.path, s.digest, s.format, tuple(q for q in s.quads if Triple(q[0], q[1], q[2]) != triple))
        for s in project.graph.sources
    ]
    graph = merge(sources, project.graph.as_of, project.rules.statements)
    derive(graph, project.rules.derivations)
    return Assessor(graph, project.rules, str, project.settings.illustrative)


def declares(triple: Triple, decision: Decision) -> bool:
    """Whether a statement is what makes the subject one: its class, of a permission that it is relied on, or a date.

    An act that is over is judged by the law of its day; with no date on record no law is known to be the one.
    """
    if triple.subject == decision.subject and triple.predicate in DATES:
        return True
    if decision.rule.is_permission and triple.predicate in RELIANCE:
        return True
    return triple.predicate == RDF_TYPE and triple.subject == decision.subject


def faults(project: api.Project, triples: list[Triple], resting: dict[Triple, list[Decision]]) -> Iterator[str]:
    for triple in triples:
        assessor = without(project, triple)
        for decision in resting[triple]:
            after = assessor.decider.decide(decision.rule, decision.subject)
            about = f"{decision.subject.value} {decision.rule.identifier} without {triple}"
            if after.verdict is Verdict.not_applicable and not declares(triple, decision):
                yield f"{about}: not applicable: {after.words}"
            if after.verdict is Verdict.satisfied and triple in assessor.support(after).recorded:
                yield f"{about}: satisfied by a statement that is gone"


def projects(hsi: api.Project, northwater: api.Project) -> dict[str, api.Project]:
    return {"hsi": hsi, "northwater": northwater}


@pytest.mark.parametrize("name", ["hsi", "northwater"])
def test_a_sample_of_statements(name: str, hsi: api.Project, northwater: api.Project) -> None:
    project = projects(hsi, northwater)[name]
    resting = statements_of_satisfied_results(project)
    assert resting, "nothing is satisfied, so nothing is tested"
    ordered = sorted(resting, key=str)
    assert list(faults(project, random.Random(7).sample(ordered, min(SAMPLE, len(ordered))), resting)) == []


@pytest.mark.whole
@pytest.mark.parametrize("name", ["hsi", "northwater"])
def test_every_statement(name: str, hsi: api.Project, northwater: api.Project) -> None:
    project = projects(hsi, northwater)[name]
    resting = statements_of_satisfied_results(project)
    assert list(faults(project, sorted(resting, key=str), resting)) == []
