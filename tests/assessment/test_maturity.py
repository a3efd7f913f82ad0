"""The ladder of agreements: read from the rules, in step with the scheme, and right on the two cases."""

from __future__ import annotations

import pytest
from pyoxigraph import NamedNode

from sharewell import api
from sharewell.assessment.assessor import Assessor
from sharewell.assessment.maturity import AgreementMaturity, Step, ladder, maturity
from sharewell.assessment.rules import read_rules
from sharewell.vocabulary import RDF_TYPE, SHARE
from small_graphs import FIXTURE, GraphOf

REQUIRES = NamedNode(SHARE + "requiresClause")


@pytest.fixture(scope="module")
def steps(northwater: api.Project) -> tuple[Step, ...]:
    return ladder(northwater.assessor)


def by_name(found: tuple[AgreementMaturity, ...]) -> dict[str, AgreementMaturity]:
    return {one.agreement.value.rsplit("/", 1)[-1]: one for one in found}


def short(kinds: tuple[NamedNode, ...]) -> list[str]:
    return [kind.value.removeprefix(SHARE) for kind in kinds]


def test_rules_and_scheme_say_the_same_of_every_level(steps: tuple[Step, ...], northwater: api.Project) -> None:
    index = northwater.assessor.index
    assert [step.rank for step in steps] == [1, 2, 3, 4, 5]
    for step in steps:
        asked = {test.clause for test in step.tests if test.clause is not None}
        assert asked == set(index.objects(step.level, REQUIRES)), step.rule.identifier


def test_every_kind_of_clause_is_asked_for_by_a_rule(northwater: api.Project) -> None:
    book = read_rules(["agreements"])
    kinds = {str(node) for node in northwater.assessor.index.subjects(RDF_TYPE, NamedNode(SHARE + "ClauseKind"))}
    asked = {text for shape in book.shapes for constraint in shape.constraints for text in kinds
             if str(getattr(constraint, "value", None)) == text}  # fmt: skip
    assert len(kinds) == 29
    assert asked == kinds


def test_the_illustrative_agreements(northwater: api.Project) -> None:
    found = by_name(northwater.maturity())
    assert {name: one.rank for name, one in found.items()} == {
        "dsa-housing": 3,
        "dsa-child-care": 1,
        "mou-museum": 1,
        "framework": 0,
    }
    housing = found["dsa-housing"]
    assert housing.level == NamedNode(SHARE + "MaturitySafeguarded")
    assert [test.name for test in housing.failing] == ["the source of truth of each element"]
    assert short(housing.missing) == short(housing.left_open) == ["PublicSummaryClause"]
    museum = found["mou-museum"]
    assert museum.first_failing is not None
    assert museum.first_failing.clause == NamedNode(SHARE + "RolesClause")
    assert museum.failing[-1].name == "who signed it on each side"
    assert len(museum.missing) == 25
    assert museum.left_open == ()
    assert museum.as_json()["first_failing_clause"] == SHARE + "RolesClause"


def test_agreements_of_which_only_the_parties_are_published_are_not_known_to_stand_anywhere(hsi: api.Project) -> None:
    found = by_name(hsi.maturity())
    assert len(found) == 11
    assert {name for name, one in found.items() if one.rank > 0} == {"ISA_MCCSS_ESDC"}
    assert all(one.left_open == () for one in found.values())


WHOLE = """
fix:City a share:Institution ; share:privacyRegime ontario:MFIPPA .
fix:Board a share:Institution ; share:privacyRegime ontario:MFIPPA .
fix:partners a share:PartyGroup ; share:groupMember fix:City , fix:Board .
fix:agreement a share:DataSharingAgreement ; share:party fix:City , fix:Board ; share:signedBy fix:City , fix:Board ;
  share:lastReviewed "2026-02-20"^^xsd:date ; share:reviewDate "2027-02-20"^^xsd:date ;
  share:encodedIn "https://example.org/policy.ttl"^^xsd:anyURI .
fix:levels a share:ServiceLevelAgreement ; share:partOfAgreement fix:agreement ; share:coversDataset fix:extract ;
  share:objective fix:promise .
fix:promise a share:ServiceLevelObjective ; share:metric fix:metric ; share:minimumValue 0.9 .
fix:measured a dqv:QualityMeasurement ; dqv:isMeasurementOf fix:metric ; dqv:computedOn fix:extract ; dqv:value 0.95 ;
  dcterms:created "2026-10-01"^^xsd:date .
fix:audit a share:AuditFinding ; share:concerns fix:agreement .
"""


def placed(graph_of: GraphOf, kinds: list[NamedNode], record: str = WHOLE) -> AgreementMaturity:
    """The agreement of a record, with a clause of each of some kinds."""
    clauses = [
        f"fix:agreement share:hasClause fix:c{n} . fix:c{n} a share:Clause ; share:clauseKind <{kind.value}> ."
        for n, kind in enumerate(kinds)
    ]
    book = read_rules(["agreements"])
    (one,) = maturity(Assessor(graph_of("\n".join([record, *clauses])), book, str))
    assert one.agreement.value == f"{FIXTURE}agreement"
    return one


def kinds_of(steps: tuple[Step, ...]) -> list[NamedNode]:
    return list(dict.fromkeys(test.clause for step in steps for test in step.tests if test.clause is not None))


@pytest.mark.parametrize(
    ("lost", "rank"),
    [("Purpose", 0), ("Roles", 1), ("Minimisation", 2), ("SourceOfTruth", 3), ("Termination", 4), ("Dispute", 5)],
)
def test_a_level_is_reached_only_over_all_lower_ones(
    lost: str, rank: int, graph_of: GraphOf, steps: tuple[Step, ...]
) -> None:
    """An agreement with everything, but for one clause, stands just below the step that asks for the clause."""
    clause = NamedNode(f"{SHARE}{lost}Clause")
    one = placed(graph_of, [kind for kind in kinds_of(steps) if kind != clause])
    assert one.rank == rank
    assert one.first_failing == next((t for s in steps for t in s.tests if t.clause == clause), None)
    assert one.missing == ((clause,) if rank < 5 else ())


@pytest.mark.parametrize(
    ("lost", "rank", "test"),
    [
        ("share:signedBy fix:City , fix:Board", 1, "who signed it on each side"),
        ("share:privacyRegime ontario:MFIPPA", 1, "the privacy law of each party"),
        ("share:partOfAgreement fix:agreement", 3, "a service level agreement under it, with metrics"),
        ("share:groupMember fix:City , fix:Board", 3, "a framework to which all partners are party"),
        ("dqv:value 0.95", 4, "that each promised quality was met last"),
        ("share:concerns fix:agreement", 4, "the result of an audit or review by an overseer"),
        ('share:encodedIn "https://example.org/policy.ttl"^^xsd:anyURI', 4, "the policy as tested code"),
    ],
)
def test_what_is_no_clause_holds_an_agreement_too(
    lost: str, rank: int, test: str, graph_of: GraphOf, steps: tuple[Step, ...]
) -> None:
    assert lost in WHOLE
    one = placed(graph_of, kinds_of(steps), WHOLE.replace(lost, "dcterms:description 'lost'"))
    assert (one.rank, one.missing) == (rank, ())
    assert test in [failing.name for failing in one.failing]
    assert one.first_failing is not None
    assert one.first_failing.clause is None


def test_without_the_pack_nothing_is_said(graph_of: GraphOf) -> None:
    assert maturity(Assessor(graph_of(WHOLE), read_rules(["mfippa"]), str)) == ()
