"""How one rule comes out for one subject: every branch of the order in which it is decided, on a pack of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from sharewell import api
from sharewell.assessment.results import Assessment
from sharewell.errors import InputError
from small_graphs import TURTLE_PREFIXES

SETTINGS = """name = "Fixture"
base = "https://w3id.org/sharewell/fixture/"
prefix = "fix"
as_of = "2026-11-22"
sources = ["record.ttl"]
packs = []
rules = ["pack.ttl"]
"""
LAW = """
fix:Act a share:LegalInstrument . fix:Act-1 a share:Provision ; share:ofInstrument fix:Act .
fix:Act-2 a share:Provision ; share:provisionStatus share:InForce ; share:validFrom "2020-01-01"^^xsd:date .
"""
FLOW = "fix:flow a share:DataFlow ; share:grade share:Published "
PACK = """
fix:pack a share:RulePack ; dcterms:identifier "pack" ; share:packCovers fix:Act .
fix:duty a share:Rule ; dcterms:identifier "act-1-duty" ; share:alias "D" ; dcterms:title "Keep a rule"@en ;
  share:ruleKind share:DutyRule ; share:inPack fix:pack ; share:restsOn fix:Act-1 ; share:grade share:Published ;
  share:ruleReading share:READING ; share:subjectClass share:DataFlow ; share:remedy "Keep a rule." ;
  share:exempt fix:exempt ; share:reach fix:reach ; share:law fix:law ; share:evidence fix:evidence .
fix:exempt a sh:NodeShape ; rdfs:label "nothing personal is in it"@en ; sh:property fix:exempt-p .
fix:exempt-p a sh:PropertyShape ; sh:path share:personalInformation ; sh:hasValue share:CarriesNoPersonalInformation .
fix:reach a sh:NodeShape ; sh:property fix:reach-p .
fix:reach-p a sh:PropertyShape ; sh:path share:purpose ; sh:minCount 1 ; sh:name "what it is for"@en .
fix:law a sh:NodeShape ; sh:property fix:law-p .
fix:law-p a sh:PropertyShape ; sh:path share:purpose ; sh:not fix:research ; sh:message "Not for research."@en .
fix:research a sh:NodeShape ; sh:in ( share:Research ) .
fix:evidence a sh:NodeShape ; rdfs:label "A rule on keeping"@en ; sh:property fix:evidence-p .
fix:evidence-p a sh:PropertyShape ; sh:path share:retentionRule ; sh:minCount 1 ; sh:name "how long it is kept"@en ;
  sh:message "No rule on keeping is on record."@en .
"""
PERMISSION = """
fix:duty share:alias "E" .
fix:leave a share:Rule ; dcterms:identifier "act-2-leave" ; dcterms:title "Leave"@en ; share:act share:Disclosing ;
  share:ruleKind share:PermissionRule ; share:inPack fix:pack ; share:restsOn fix:Act-2 ; share:grade share:Published ;
  share:ruleReading share:ReadOfficially ; share:subjectClass share:DataFlow ; share:feedsDuty fix:duty ;
  share:evidence fix:leave-evidence .
fix:leave-evidence a sh:NodeShape ; rdfs:label "A frequency"@en ; sh:property fix:leave-evidence-p .
fix:leave-evidence-p a sh:PropertyShape ; sh:path share:frequency ; sh:minCount 1 ; sh:name "how often"@en .
"""
IN_FORCE = "fix:Act-1 share:provisionStatus share:InForce ; share:validFrom '2020-01-01'^^xsd:date ."
UNKNOWN = "fix:Act-1 share:provisionStatus share:StatusNotEstablished ."
KEPT = "; share:purpose share:CaseManagement ; share:retentionRule fix:year"


def assessed(
    folder: Path, record: str, law: str = IN_FORCE, reading: str = "ReadOfficially", pack: str = PACK
) -> dict[str, Assessment]:
    """The assessments of a record under the pack, by rule."""
    (folder / "sharewell.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "record.ttl").write_text(TURTLE_PREFIXES + LAW + law + record, encoding="utf-8")
    (folder / "pack.ttl").write_text(TURTLE_PREFIXES + pack.replace("READING", reading), encoding="utf-8")
    report = api.open(folder).assess(remedies=False)
    return {found.rule: found for found in report.assessments}


def duty(
    folder: Path, record: str, law: str = IN_FORCE, reading: str = "ReadOfficially", pack: str = PACK
) -> Assessment:
    return assessed(folder, record, law, reading, pack)["act-1-duty"]


@pytest.mark.parametrize(
    ("record", "verdict", "reason"),
    [
        (FLOW + ".", "not-evidenced", "reach"),
        (FLOW + "; share:personalInformation share:CarriesNoPersonalInformation .", "not-applicable", "exempt"),
        (FLOW + "; share:purpose share:CaseManagement .", "not-evidenced", "evidence"),
        (FLOW + KEPT + ".", "satisfied", "holds"),
        (FLOW + KEPT + ", share:x ; share:purpose share:Research .", "violated", "law"),
        (FLOW + KEPT + "; share:lifecycle share:Ended .", "not-applicable", "not-going-on"),
        (FLOW + KEPT + "; share:lifecycle share:Proposed .", "not-applicable", "not-going-on"),
    ],
)
def test_the_order_in_which_a_rule_is_decided(tmp_path: Path, record: str, verdict: str, reason: str) -> None:
    found = duty(tmp_path, record)
    assert (found.verdict.value, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("law", "verdict", "note"),
    [
        (
            "fix:Act-1 share:provisionStatus share:InForce ; share:validFrom '2027-01-01'^^xsd:date .",
            "not-applicable",
            "",
        ),
        ("fix:Act-1 share:provisionStatus share:InForce ; share:validTo '2025'^^xsd:gYear .", "not-applicable", ""),
        ("fix:Act-1 share:provisionStatus share:ProposedLaw .", "not-applicable", ""),
        ("fix:Act-1 share:provisionStatus share:InForce .", "not-evidenced", "was not established"),
        ("fix:Act-1 share:provisionStatus share:EnactedCommencementNotKnown .", "not-applicable", "would change this"),
    ],
)
def test_the_standing_of_the_law_decides_whether_it_applies(tmp_path: Path, law: str, verdict: str, note: str) -> None:
    found = duty(tmp_path, FLOW + "; share:purpose share:CaseManagement .", law)
    assert found.verdict.value == verdict
    assert note in " ".join(found.notes)
    assert bool(found.pending) is (note == "would change this")


def test_a_dated_act_is_judged_by_the_law_of_its_day(tmp_path: Path) -> None:
    law = "fix:Act-1 share:provisionStatus share:InForce ; share:validFrom '2025-07-01'^^xsd:date ."
    before = duty(tmp_path, FLOW + "; share:collectedOn '2024-01-01'^^xsd:date ; share:lifecycle share:Ended .", law)
    after = duty(tmp_path, FLOW + "; share:collectedOn '2026-01-01'^^xsd:date ; share:lifecycle share:Ended .", law)
    assert (before.reason, before.date) == ("standing", "2024-01-01")
    assert (after.reason, after.date) == ("reach", "2026-01-01")


def test_a_gap_is_a_conflict_only_where_the_record_is_complete(tmp_path: Path) -> None:
    flow = FLOW + "; share:purpose share:CaseManagement ."
    none = "fix:none a share:StatedAbsence ; share:completeFor fix:flow ; share:point share:RetentionPoint "
    assert duty(tmp_path, flow).verdict.value == "not-evidenced"
    found = duty(tmp_path, flow + none + "; share:grade share:Published .")
    assert (found.verdict.value, found.reason) == ("violated", "complete")
    assert found.message == "No rule on keeping is on record. The record is declared complete on this."
    over = duty(tmp_path, flow + none + "; share:grade share:Published ; share:validTo '2020-01-01'^^xsd:date .")
    assert over.verdict.value == "not-evidenced"


@pytest.mark.parametrize(
    ("grade", "reading", "law", "verdict"),
    [
        ("Published", "ReadOfficially", IN_FORCE, "violated"),
        ("Inferred", "ReadOfficially", IN_FORCE, "not-evidenced"),
        ("Published", "ReadSecondhand", IN_FORCE, "not-evidenced"),
        (
            "Published",
            "ReadOfficially",
            "fix:Act-1 share:provisionStatus share:StatusNotEstablished .",
            "not-evidenced",
        ),
    ],
)
def test_a_conflict_is_stated_only_on_what_is_known(
    tmp_path: Path, grade: str, reading: str, law: str, verdict: str
) -> None:
    flow = f"fix:flow a share:DataFlow ; share:purpose share:Research ; share:grade share:{grade} ."
    found = duty(tmp_path, flow, law, reading)
    assert found.verdict.value == verdict
    assert (found.reason == "to-confirm") is (verdict == "not-evidenced")
    assert bool(found.missing) is (verdict == "not-evidenced")


def test_a_text_that_was_amended_since_it_was_read_supports_no_conflict(tmp_path: Path) -> None:
    amended = "fix:Act-1 share:readAsAt '2019-12-18'^^xsd:date . fix:Act-2 share:amends fix:Act-1 ."
    found = duty(tmp_path, FLOW + "; share:purpose share:Research .", IN_FORCE + amended)
    assert (found.verdict.value, found.reason, found.read) == ("not-evidenced", "to-confirm", "amended-since")


def test_a_permission_feeds_its_duty(tmp_path: Path) -> None:
    relied = "; share:reliesOn fix:basis . fix:basis a share:PermissionBasis ; share:act share:Disclosing ; "
    cites = relied + "share:provision fix:Act-2 ."
    pack = PACK + PERMISSION

    def verdicts(record: str, pack: str = pack) -> tuple[str, str]:
        found = assessed(tmp_path, record, pack=pack)
        return found["act-2-leave"].verdict.value, found["act-1-duty"].verdict.value

    bare = FLOW + "; share:purpose share:CaseManagement "
    often = bare + "; share:frequency share:Daily "
    assert verdicts(bare + ".") == ("not-applicable", "not-evidenced")
    assert verdicts(bare + cites) == ("not-evidenced", "not-evidenced")
    assert verdicts(often + cites) == ("satisfied", "satisfied")
    other_act = cites.replace("share:Disclosing", "share:Collecting")
    assert verdicts(often + other_act) == ("not-applicable", "not-evidenced")
    # Its own evidence is enough, whatever becomes of the permission.
    assert verdicts(FLOW + KEPT + cites) == ("not-evidenced", "satisfied")
    # But where its evidence is the very citation that is not shown, it is not.
    by_citing = pack.replace(
        "sh:path share:retentionRule ; sh:minCount 1", "sh:path ( share:reliesOn share:provision ) ; sh:minCount 1"
    )
    assert verdicts(bare + cites, by_citing) == ("not-evidenced", "not-evidenced")
    assert verdicts(often + cites, by_citing) == ("satisfied", "satisfied")
    # Without evidence of its own, a permission is what it needs.
    alone = pack.replace(" ; share:evidence fix:evidence .", " .", 1)
    assert verdicts(FLOW + KEPT + ".", alone) == ("not-applicable", "not-evidenced")
    assert verdicts(often + cites, alone) == ("satisfied", "satisfied")


def test_no_ground_is_a_conflict_only_where_the_record_of_grounds_is_complete(tmp_path: Path) -> None:
    pack = (PACK + PERMISSION).replace(" ; share:evidence fix:evidence .", " .", 1)
    record = FLOW + "; share:purpose share:CaseManagement . "
    (gap,) = duty(tmp_path, record, pack=pack).missing
    assert gap.name == "on which ground the body discloses"
    none = "fix:none a share:StatedAbsence ; share:completeFor fix:flow ; share:point share:AuthorityPoint ; "
    found = duty(tmp_path, record + none + "share:grade share:Published .", pack=pack)
    assert (found.verdict.value, found.reason) == ("violated", "no-ground")
    assert found.message.startswith("No ground that allows it is on record")


def test_a_rule_may_require_another(tmp_path: Path) -> None:
    requires = "share:requiresRule fix:duty ; share:feedsDuty fix:other"
    pack = PACK + PERMISSION.replace("share:feedsDuty fix:duty", requires)
    basis = "fix:basis a share:PermissionBasis ; share:provision fix:Act-2 ."
    cites = "; share:reliesOn fix:basis ; share:frequency share:Daily . " + basis
    assert assessed(tmp_path, FLOW + KEPT + cites, pack=pack)["act-2-leave"].verdict.value == "satisfied"
    lacking = assessed(tmp_path, FLOW + cites, pack=pack)["act-2-leave"]
    assert (lacking.verdict.value, lacking.reason) == ("not-evidenced", "required")


def test_rules_that_rest_on_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    circle = "share:requiresRule fix:duty ; share:feedsDuty fix:duty"
    pack = PACK + PERMISSION.replace("share:feedsDuty fix:duty", circle)
    with pytest.raises(InputError, match="in a circle"):
        assessed(tmp_path, FLOW + ".", pack=pack)


def test_a_body_under_a_law_that_is_not_loaded_is_never_shown_as_fine(tmp_path: Path) -> None:
    (tmp_path / "sharewell.toml").write_text(SETTINGS, encoding="utf-8")
    record = """fix:Elsewhere a share:Institution ; share:privacyRegime fix:Other . fix:Other a share:LegalInstrument .
    fix:City a share:Institution ; share:privacyRegime fix:Act .
    fix:flow a share:DataFlow ; share:flowKind share:SystemFlow ;
      share:personalInformation share:CarriesNoPersonalInformation ;
      share:origin fix:Elsewhere ; share:destination fix:City ."""
    (tmp_path / "record.ttl").write_text(TURTLE_PREFIXES + LAW + record, encoding="utf-8")
    (tmp_path / "pack.ttl").write_text(TURTLE_PREFIXES + PACK.replace("READING", "ReadOfficially"), encoding="utf-8")
    report = api.open(tmp_path).assess()
    (entry,) = report.no_rule_loaded
    assert entry.body.value.endswith("Elsewhere")
    assert report.overall(entry.subject) == "no-rule-loaded"
    assert report.summary()["no-rule-loaded"] == 1
