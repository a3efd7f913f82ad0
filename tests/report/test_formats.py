"""What `check` shows, in every format: complete, valid, the same bytes twice, and safe whatever a label holds."""

from __future__ import annotations

import io
import itertools
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from pyoxigraph import BlankNode, RdfFormat, parse

from sharewell import api
from sharewell.assessment.results import Verdict
from sharewell.errors import InputError
from sharewell.report import checks, findings, html, junit, markdown, page, sarif, screen, turtle
from sharewell.report.checks import CheckReport
from sharewell.report.identities import is_finding, read_baseline
from sharewell.report.output import write
from sharewell.vocabulary import DISCLAIMER, SHARE

Render = Callable[[CheckReport], str]
FORMATS: dict[str, Render] = {
    "text": screen.check_text,
    "json": lambda report: checks.as_json_text(report.as_json()),
    "html": page.check_html,
    "md": markdown.check_markdown,
    "junit": junit.check_junit,
    "sarif": lambda report: checks.as_json_text(sarif.check_sarif(report)),
    "ttl": turtle.check_turtle,
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_project_gives_the_same_bytes(name: str, northwater: api.Project, report: CheckReport) -> None:
    again = api.open(northwater.settings.root).check() if name == "ttl" else report
    assert FORMATS[name](again) == FORMATS[name](report)


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_shows_a_character_that_cannot_be_seen(name: str, report: CheckReport) -> None:
    shown = FORMATS[name](report)
    assert "onerror" in shown or name == "json"
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", shown)


@pytest.mark.parametrize("name", ["html", "md", "sarif", "ttl", "junit"])
def test_what_travels_says_what_it_is(name: str, report: CheckReport) -> None:
    shown = " ".join(FORMATS[name](report).split())
    once = re.sub(r"\\(.)", r"\1", shown) if name == "md" else shown
    suites = len(ET.fromstring(junit.check_junit(report))) if name == "junit" else 1
    assert once.count(DISCLAIMER) == suites
    assert report.as_of in once
    assert re.search(r"\d+ of \d+ rules? that spoke (was|were) read in an official consolidation", once)


def test_the_first_screen_counts_and_names(report: CheckReport) -> None:
    shown = screen.check_text(report)
    conflicts = report.assessments.count(Verdict.violated)
    assert conflicts > 0
    about = len({a.subject for a in report.assessments.assessments if a.verdict is Verdict.violated})
    assert f"Conflicts      {conflicts} on record, about {about} things" in shown
    assert "conflict.ttl" in shown or "flows.ttl:" in shown
    assert report.assessments.causes[0].sentence in shown
    assert max(map(len, shown.splitlines())) <= 120
    assert "Does not apply:" not in shown
    assert screen.check_text(report, everything=True).count("\n") > shown.count("\n")


def test_the_page_has_every_finding(report: CheckReport) -> None:
    shown = page.check_html(report)
    for assessment in filter(is_finding, report.assessments.assessments):
        assert html.text(assessment.message) in shown
        assert html.text(assessment.remedy) in shown
    assert "<script" not in shown
    assert "<img" not in shown


def test_markup_in_a_label_is_text_in_a_memo(report: CheckReport) -> None:
    shown = markdown.check_markdown(report)
    assert "<script" not in shown
    assert "<img" not in shown
    rows = [line for line in shown.splitlines() if line.startswith("|")]
    for before, after in itertools.pairwise(rows):
        if set(after) <= set("| -"):  # the line under a heading fixes the number of columns
            assert len(re.split(r"(?<!\\)\|", before)) == len(after.split("|"))
    heads = {i: len(r.split("|")) for i, r in enumerate(rows) if set(r) <= set("| -")}
    for number, row in enumerate(rows):
        columns = [heads[i] for i in heads if i <= number + 1][-1]
        assert len(re.split(r"(?<!\\)\|", row)) == columns, row


# The attributes and children that the schema of Jenkins (junit-10.xsd of its xUnit plugin) allows.
_JUNIT = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"properties", "testcase"}),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "classname", "time"}, {"skipped", "failure", "system-out"}),
    "failure": ({"type", "message"}, set()),
    "skipped": ({"type", "message"}, set()),
    "system-out": (set(), set()),
}


@pytest.mark.parametrize("strict", [False, True])
def test_junit_counts_and_keeps_to_the_schema(strict: bool, report: CheckReport) -> None:
    root = ET.fromstring(junit.check_junit(report, strict=strict))
    for element in root.iter():
        attributes, children = _JUNIT[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
    found = report.assessments
    failing = found.count(Verdict.violated) + (found.count(Verdict.not_evidenced) if strict else 0)
    laws = [suite for suite in root if suite.attrib["name"] != "The record itself"]
    assert sum(int(suite.attrib["failures"]) for suite in laws) == failing
    assert sum(len(suite.findall("testcase")) for suite in laws) == len(findings.shown(report))


def test_sarif_is_valid_and_marks_lines(report: CheckReport, hsi_report: CheckReport, northwater: api.Project) -> None:
    schema = json.loads((Path(__file__).parent / "sarif-2.1.0.json").read_text())
    for found in (report, hsi_report):
        for everything in (False, True):
            log = json.loads(checks.as_json_text(sarif.check_sarif(found, everything)))
            jsonschema.Draft4Validator(schema).validate(log)
    (run,) = sarif.check_sarif(report)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    levels = Counter(r["level"] for r in run["results"] if "verdict" in r["properties"])
    assert levels["error"] == report.assessments.count(Verdict.violated)
    assert levels["warning"] == report.assessments.count(Verdict.not_evidenced)
    prints = [result["partialFingerprints"]["sharewellFinding/v1"] for result in run["results"]]
    assert len(prints) == len(set(prints))
    for result in run["results"]:
        for place in result.get("locations", ()):
            file = northwater.settings.root / place["physicalLocation"]["artifactLocation"]["uri"]
            assert place["physicalLocation"]["region"]["startLine"] <= len(file.read_text().splitlines())


def test_turtle_is_a_source_that_the_questions_answer_from(northwater: api.Project, report: CheckReport) -> None:
    text = turtle.check_turtle(report)
    quads = list(parse(text, format=RdfFormat.TURTLE))
    assert not any(isinstance(term, BlankNode) for quad in quads for term in (quad.subject, quad.object))
    root = northwater.settings.root
    (root / "assessments.ttl").write_text(text)
    try:
        project = api.open(root)
        named = [r for r in project.validate().results if r.location and r.location.file == "assessments.ttl"]
        wrong = {str(r.value) for r in report.validation.results}
        assert [r for r in named if str(r.value) not in wrong] == []
        rows = {(row[0].value, row[2].value) for row in project.ask("CQ30").rows if row[0] and row[2]}
        waiting = [a for a in report.assessments.assessments if a.verdict is Verdict.not_evidenced]
        rules = {rule.identifier: rule.iri for rule in report.rules}
        assert rows == {(a.subject.value, rules[a.rule]) for a in waiting}
        flows = {row[0].value for row in project.ask("CQ29").rows if row[0]}
        assert f"{report.base}flow-tenancy-return" in flows
        outcomes = {row[0].value.removeprefix(SHARE) for row in project.ask("CQ48").rows if row[0]}
        assert outcomes == {"R1", "R2", "R3", "R4", "R5"}
    finally:
        (root / "assessments.ttl").unlink()


def test_only_what_is_new_is_left_beside_an_earlier_output(report: CheckReport, tmp_path: Path) -> None:
    earlier = report.as_json()
    conflict = next(v for v in earlier["verdicts"] if v["verdict"] == "violated")
    earlier["verdicts"].remove(conflict)
    for verdict in earlier["verdicts"]:
        verdict["location"] = {"file": "elsewhere.ttl", "line": 1}  # a line is no part of what a finding is
    path = tmp_path / "earlier.json"
    path.write_text(json.dumps(earlier))
    left = report.without(read_baseline(path))
    assert left.validation.results == ()
    new = [a for a in left.assessments.assessments if is_finding(a)]
    assert [(a.subject.value, a.rule) for a in new] == [(conflict["subject"], conflict["rule"])]
    assert left.assessments.causes == ()
    assert left.assessments.count(Verdict.satisfied) == report.assessments.count(Verdict.satisfied)
    assert "known before" in screen.check_text(left)
    assert left.as_json()["baseline"]["known"] > 0
    states = [result.get("baselineState") for result in sarif.check_sarif(left)["runs"][0]["results"]]
    assert set(states) == {"new"}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"verdicts": [3], "validation": {"results": []}}', b"\xff\xfe", b"[" * 99999]
)
def test_a_baseline_that_is_none_is_one_clear_line(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read_baseline(path)
    assert str(error.value).startswith(str(path))
    with pytest.raises(InputError):
        read_baseline(tmp_path / "missing.json")


def test_a_long_report_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unbuffered(io.StringIO):
        """Takes only so much at once, and does not mind losing the rest: as the file of `python -u` does at 2 GiB."""

        def write(self, text: str) -> int:
            return super().write(text[: 2**20])

    monkeypatch.setattr("sys.stdout", taken := Unbuffered())
    write(long := "é" * 3_000_000, None)
    assert taken.getvalue() == long + "\n"
