"""Every rule of shapes/rules/: the fixture that makes it fire and the one that leaves it silent, verdict by verdict."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Triple

from sharewell.assessment.assessor import Assessor
from sharewell.assessment.rules import Rule, RuleKind, read_rules, shipped_packs
from sharewell.graph.index import TripleIndex
from sharewell.graph.store import load
from sharewell.graph.terms import compact
from sharewell.reasoning.derivation import derive
from sharewell.validation.evaluation import Evaluator
from sharewell.vocabulary import PREFIXES, RDF_TYPE

HERE = Path(__file__).parent / "rules"
FIXTURE = {**PREFIXES, "fix": "https://w3id.org/sharewell/fixture/"}
AS_OF = "2026-11-22"
Row = tuple[str, str, str, str]


def rules(pack: str | None = None) -> list[Rule]:
    book = read_rules()
    return [rule for rule in book.rules if pack is None or book.pack_of(rule).identifier == pack]


def fixtures(rule: Rule) -> list[Path]:
    return [HERE / f"{rule.identifier}.{kind}.ttl" for kind in ("fires", "silent")]


@cache
def verdicts(path: Path, rule: str) -> Counter[Row]:
    """The verdicts of one rule on one fixture, as rows."""
    book = read_rules()
    graph = load([path], path.parent, AS_OF, rules=book.statements)
    derive(graph)
    report = Assessor(graph, book.select([rule]), lambda term: compact(term, FIXTURE)).report(remedies=False)
    return Counter(
        (path.name.removesuffix(".ttl"), compact(found.subject, FIXTURE), found.rule, found.verdict.value)
        for found in report.assessments
        if found.rule == rule
    )


def expected(pack: str) -> Counter[Row]:
    lines = (HERE / f"{pack}.expected.tsv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "file\tsubject\trule\tverdict", pack
    assert lines[1:] == sorted(lines[1:]), f"{pack}.expected.tsv is not sorted"
    return Counter(tuple(line.split("\t")) for line in lines[1:])


@pytest.mark.parametrize("pack", shipped_packs())
def test_every_rule_gives_exactly_the_expected_verdicts(pack: str) -> None:
    found: Counter[Row] = Counter()
    for rule in rules(pack):
        for path in fixtures(rule):
            found += verdicts(path, rule.identifier)
    wanted = expected(pack)
    surplus = "\n".join(f"unexpected: {row}" for row in sorted((found - wanted).elements()))
    missing = "\n".join(f"missing: {row}" for row in sorted((wanted - found).elements()))
    assert found == wanted, f"{surplus}\n{missing}"


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.identifier)
def test_each_rule_is_seen_to_fire_and_to_be_silent(rule: Rule) -> None:
    fires, silent = ({row[3] for row in verdicts(path, rule.identifier)} for path in fixtures(rule))
    waiting = rule.identifier.startswith("mfippa-bill-97")  # enacted, commencement not known: loaded, and off
    assert waiting or fires & {"violated", "not-evidenced"}, "nothing in the first fixture makes it fire"
    assert silent <= {"satisfied", "not-applicable"}, "the second fixture does not leave it silent"
    assert waiting or "satisfied" in silent, "nothing in the second fixture satisfies it"


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.identifier)
def test_silence_decides_neither_exemption_nor_reach(rule: Rule) -> None:
    """A subject of which nothing but its class is recorded is neither exempt nor known to be reached."""
    subject = NamedNode(FIXTURE["fix"] + "bare")
    index = TripleIndex(Triple(subject, RDF_TYPE, kind) for kind in rule.subject_classes)
    evaluator = Evaluator(index, read_rules().shapes)
    if rule.exempt is not None:
        assert not evaluator.conforms(subject, rule.exempt)
    if rule.reach is not None:
        assert not evaluator.conforms(subject, rule.reach)
    if rule.evidence is not None:
        assert not evaluator.conforms(subject, rule.evidence), "satisfied by silence"
    assert rule.evidence is not None or rule.kind is not RuleKind.duty or read_rules().feeding(rule)


def test_no_fixture_is_left_over() -> None:
    known = {path.name for rule in rules() for path in fixtures(rule)}
    assert {path.name for path in HERE.glob("*.ttl")} == known
