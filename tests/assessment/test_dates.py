"""Time: a change of one provision's dates changes exactly the results that rest on it, and nothing else."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from sharewell import api
from sharewell.assessment.assessor import Assessor
from sharewell.graph import store
from sharewell.reasoning.derivation import derive
from sharewell.vocabulary import ONTARIO, SHARE, XSD_DATE

PROVISION = NamedNode(ONTARIO + "FIPPA-38-PIA")
VALID_FROM = NamedNode(SHARE + "validFrom")


def verdicts(assessor: Assessor) -> dict[tuple[str, str], tuple[str, str]]:
    return {(d.rule.identifier, d.subject.value): (d.verdict.value, d.reason) for d in assessor.decider.decide_all()}


def test_the_start_of_one_provision_moves_only_what_rests_on_it(
    hsi: api.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = store._read_ontology(tuple(store.ontology_files()))
    later = Quad(PROVISION, VALID_FROM, Literal("2027-01-01", datatype=XSD_DATE))
    moved = [later if (q.subject, q.predicate) == (PROVISION, VALID_FROM) else q for q in read]
    assert moved != list(read)
    monkeypatch.setattr(store, "_read_ontology", lambda paths: tuple(moved))
    graph = store.merge(hsi.graph.sources, hsi.settings.as_of, hsi.rules.statements)
    derive(graph, hsi.rules.derivations)
    before, after = verdicts(hsi.assessor), verdicts(Assessor(graph, hsi.rules, str))
    changed = {key for key in before if before[key] != after[key]}
    resting = {rule.identifier for rule in hsi.rules.rules if PROVISION in rule.provisions}
    assert resting == {"fippa-38-pia", "fippa-38-pia-update"}
    # Those of the other subjects were not applicable already: no institution under FIPPA collects in them.
    was_open = {key for key in before if key[0] in resting and before[key][1] != "standing"}
    assert changed == was_open
    assert {subject.rsplit("/", 1)[1] for rule, subject in changed if before[rule, subject][0] == "not-evidenced"} == {
        "FL01", "FL02", "FL03", "FL04", "FL05", "FL06", "FL07", "FL08", "FL09", "FL10", "FL11", "FL12", "FL13",
        "FL14", "FL20", "FL21", "FL24", "FL25", "collection-notice", "collection-notice-0", "collection-notice-1",
        "collection-notice-3", "collection-notice-4", "collection-notice-5", "collection-notice-8",
        "collection-notice-9", "collection-notice-youth-justice",
    }  # fmt: skip
    assert {after[key] for key in changed} == {("not-applicable", "standing")}


@pytest.mark.parametrize(("day", "verdict"), [("2022-12-01", "not-applicable"), ("2025-08-01", "not-evidenced")])
def test_the_duty_of_an_impact_assessment_begins_on_its_day(day: str, verdict: str) -> None:
    """Before it the duty does not reach the flow of notice 4; after it nobody knows whether each quarter is new."""
    (proof,) = api.open(as_of=day).explain("hsi:FL04", "P2")
    assert proof.assessment.verdict.value == verdict
    if verdict == "not-evidenced":
        assert {fact.name for fact in proof.assessment.missing} == {
            "when the collection began, and whether each round counts as a new collection"
        }
