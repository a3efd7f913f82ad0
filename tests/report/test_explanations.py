"""Proofs as people see them: the tree, the memo with its picture, and what is said of a wrong name."""

from __future__ import annotations

import re

import pytest
from pyoxigraph import NamedNode

from sharewell import api
from sharewell.assessment.proofs import Proof
from sharewell.assessment.results import Verdict
from sharewell.errors import InputError
from sharewell.report.explanations import Explanation, explanation_markdown, explanation_text, mermaid


def explanation(project: api.Project, node: str, rule: str | None = None) -> Explanation:
    proofs = project.explain(node, rule, everything=True)
    applying = tuple(p for p in proofs if rule or p.assessment.verdict is not Verdict.not_applicable)
    label = project.names.label(project.resolve(node))
    return Explanation(node, label, project.settings.as_of, tuple(p.assessment for p in proofs), applying)


def leaves(proofs: tuple[Proof, ...]) -> set[str]:
    return {str(triple) for proof in proofs for triple in proof.recorded()}


def test_the_tree_goes_from_the_result_to_file_and_line(northwater: api.Project) -> None:
    shown = explanation_text(explanation(northwater, "ex:flow-tenancy-return", "M9(d)"))
    order = ["CONFLICT ON RECORD", "Provision: ", "in force", "read in an official consolidation"]
    order += ["What has to be known, met", "What the law asks, not met", "What can be done", "not legal advice"]
    at = [shown.index(words) for words in order]
    assert at == sorted(at)
    assert "follows by: " in shown
    assert re.search(r"\[illustrative; flows\.ttl:\d+\]", shown)
    assert re.search(r"^(│  |   )*[├└]─ ", shown, re.MULTILINE)
    assert max(map(len, shown.splitlines())) <= 120


def test_every_recorded_statement_of_a_proof_is_shown_with_its_place(northwater: api.Project) -> None:
    proofs = northwater.explain("ex:flow-subsidy-match")
    ranks = [list(Verdict).index(proof.assessment.verdict) for proof in proofs]
    assert ranks == sorted(ranks)
    lines = explanation_text(explanation(northwater, "ex:flow-subsidy-match")).splitlines()
    shown = " ".join(" ".join(line.lstrip("│├└─ ") for line in lines).split())
    for proof in proofs:
        assert proof.assessment.message in shown
    index = northwater.graph.locations
    placed = [t for p in proofs for t in p.recorded() if index.of_statement(t.subject, t.predicate, t.object)]
    assert placed
    for triple in placed:
        assert str(index.of_statement(triple.subject, triple.predicate, triple.object)[0]) in shown


def test_what_does_not_apply_is_counted_and_listed_only_when_asked(northwater: api.Project) -> None:
    node = NamedNode(northwater.resolve("ex:flow-tenancy-return"))
    every = [a for a in northwater.assessor.report().assessments if a.subject == node]
    assert {p.assessment.rule for p in northwater.explain(node.value, everything=True)} == {a.rule for a in every}
    applying = {a.rule for a in every if a.verdict is not Verdict.not_applicable}
    assert {p.assessment.rule for p in northwater.explain(node.value)} == applying
    left = len(every) - len(applying)
    if left:
        assert f"{left} more rule" in explanation_text(explanation(northwater, node.value))


def test_the_memo_has_a_picture_that_labels_cannot_break(northwater: api.Project) -> None:
    memo = explanation_markdown(explanation(northwater, "ex:flow-tenancy-return"))
    assert "<script" not in memo
    pictures = re.findall(r"^```mermaid\n(.*?)\n```$", memo, re.MULTILINE | re.DOTALL)
    assert len(pictures) == len(northwater.explain("ex:flow-tenancy-return")) > 0
    line = re.compile(r'  (n\d+|more)\["[\w\s.,:…#;-]*"\]|  n\d+ --> n\d+|  classDef [\w #:,-]+|  class n0 \w+')
    for picture in pictures:
        first, *rest = picture.splitlines()
        assert first == "flowchart TD"
        assert [text for text in rest if not line.fullmatch(text)] == []
        assert sum('["' in text for text in rest) <= 40


def test_a_picture_is_cut_off_with_a_number(northwater: api.Project) -> None:
    proofs = northwater.explain("ex:flow-subsidy-match", everything=True)
    assert all(mermaid(proof).count('["') <= 40 for proof in proofs)


@pytest.mark.parametrize(
    ("node", "rule", "words"),
    [
        ("ex:flow-tenancy-return", "M9(e", "nearest: M9"),
        ("ex:flow-tenancy-return", "mfippa-32-disclosures", "mfippa-32-disclosure"),
        ("ex:flow-tenancy-retrun", None, "northwater/flow-tenancy-return"),
        ("ex:CityOfNorthwater", "M9", "is about things of the kind of"),
    ],
)
def test_a_wrong_name_is_met_with_the_nearest(northwater: api.Project, node: str, rule: str | None, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        northwater.explain(node, rule)
