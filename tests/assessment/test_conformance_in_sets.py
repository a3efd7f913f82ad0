"""All shapes of the rules decided at once give the verdicts that they give node by node."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from sharewell import api
from sharewell.assessment.assessor import Assessor
from sharewell.graph.terms import Term

GENERATOR = Path(__file__).parents[2] / "benchmarks" / "governance.py"


@pytest.fixture
def generated(tmp_path: Path) -> api.Project:
    """An invented record of ten thousand statements, with defects."""
    names = runpy.run_path(str(GENERATOR))
    names["Generator"](10_000).write(tmp_path / "record.nt")
    (tmp_path / "sharewell.toml").write_text(
        f'name = "Invented"\nbase = "{names["BASE"]}"\nas_of = "2026-11-22"\nillustrative = true\nsources = ["*.nt"]\n'
    )
    return api.open(tmp_path)


def _decisions(assessor: Assessor) -> list[tuple[object, ...]]:
    return [
        (d.rule.identifier, d.subject, d.verdict, d.reason, d.shape, d.missing)
        for d in assessor.decider.fresh().decide_all()
    ]


@pytest.mark.parametrize("name", ["hsi", "northwater", "generated"])
def test_sets_and_single_nodes_are_decided_alike(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    project: api.Project = request.getfixturevalue(name)
    by_node, by_set = (
        Assessor(project.graph, project.rules, project.label, project.settings.illustrative) for _ in range(2)
    )
    learned: dict[tuple[Term, Term], bool] = {}
    learn = by_set.evaluator.learn

    def noted(shape: Term, answers: dict[Term, bool]) -> None:
        learned.update({(node, shape): answer for node, answer in answers.items()})
        learn(shape, answers)

    monkeypatch.setattr(by_set.evaluator, "learn", noted)
    by_set.learn_conformance()
    assert len(learned) > 1000
    assert set(learned.values()) == {True, False}
    assert learned == {(node, shape): by_node.evaluator.conforms(node, shape) for node, shape in learned}
    assert _decisions(by_set) == _decisions(by_node)


def test_a_large_graph_is_decided_in_sets_once(northwater: api.Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is large is set to nothing; the report stays the same, and a second one has nothing to learn."""
    due = Assessor(northwater.graph, northwater.rules, northwater.label, illustrative=True).report()
    monkeypatch.setattr("sharewell.assessment.assessor._LARGE", 0)
    assessor = Assessor(northwater.graph, northwater.rules, northwater.label, illustrative=True)
    learned: list[Term] = []
    learn = assessor.evaluator.learn

    def noted(shape: Term, answers: dict[Term, bool]) -> None:
        learned.append(shape)
        learn(shape, answers)

    monkeypatch.setattr(assessor.evaluator, "learn", noted)
    assert assessor.report() == due
    shapes = len(learned)
    assert shapes > 100
    assert assessor.report() == due
    assert len(learned) == shapes
