"""Every proof of the shipped case and of the illustrative project is sufficient, step by step."""

from __future__ import annotations

import pytest
from pyoxigraph import Triple

from sharewell import api
from sharewell.assessment.assessor import Assessor
from sharewell.assessment.decision import Decision
from sharewell.assessment.proofs import Evidence, Prover
from sharewell.graph.index import TripleIndex
from sharewell.validation.evaluation import Evaluator


def decisions(assessor: Assessor) -> list[Decision]:
    return list(assessor.decider.decide_all())


@pytest.mark.parametrize("name", ["hsi", "northwater"])
def test_the_shapes_give_the_same_on_the_proof_alone(name: str, hsi: api.Project, northwater: api.Project) -> None:
    """The derived statements of a proof taken as given; how each of them follows is tested in tests/reasoning."""
    assessor = (hsi if name == "hsi" else northwater).assessor
    tested = 0
    for decision in decisions(assessor):
        for shape in assessor.deciding_shapes(decision):
            found = assessor.neighbourhood(decision.subject, shape)
            alone = Evaluator(TripleIndex(found.triples), assessor.book.shapes)
            assert alone.conforms(decision.subject, shape) is found.conforms, (decision.subject, shape)
            tested += 1
    assert tested > 50


@pytest.mark.parametrize("name", ["hsi", "northwater"])
def test_every_proof_ends_at_recorded_statements_and_at_silence(
    name: str, hsi: api.Project, northwater: api.Project
) -> None:
    project = hsi if name == "hsi" else northwater
    recorded = {Triple(q.subject, q.predicate, q.object) for s in project.graph.sources for q in s.quads}
    prover = Prover(project.assessor)
    for decision in decisions(project.assessor):
        proof = prover.prove(decision.rule, decision.subject)
        for leaf in proof.recorded():
            assert leaf in project.assessor.index
            if leaf in recorded:
                assert project.graph.locations.of_statement(leaf.subject, leaf.predicate, leaf.object)
        for ground in proof.grounds:
            if not ground.met:
                assert ground.absences or ground.statements, (decision.subject, ground.shape)
            for evidence in ground.statements:
                unfolds(evidence)


def unfolds(evidence: Evidence) -> None:
    """A derived statement has a step, unless it was unfolded above; a recorded one has none."""
    if evidence.rule is None:
        assert not evidence.premises
    elif not evidence.again:
        assert evidence.premises or evidence.absences
        for premise in evidence.premises:
            unfolds(premise)
