"""`check` as JUnit XML, in the form of the schema that Jenkins, GitLab and others read.

A suite for each body of law and one for the record itself; a case for each subject under each rule. A conflict fails;
what is not evidenced is skipped with its message, or fails where the check is to fail on it.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from sharewell.assessment.results import Assessment, Verdict
from sharewell.graph.terms import compact, printable
from sharewell.report import findings
from sharewell.report.checks import CheckReport
from sharewell.validation import ValidationResult
from sharewell.version import __version__
from sharewell.vocabulary import DISCLAIMER

_NOT_XML = re.compile("[\ufffe\uffff]")


def check_junit(report: CheckReport, everything: bool = False, strict: bool = False) -> str:
    """The report as JUnit XML; `strict` is whether what is not evidenced fails."""
    root = ET.Element("testsuites", {"name": _text(f"Sharewell: {report.project}")})
    for law in findings.by_law(report, findings.shown(report, everything)):
        suite = _suite(root, report, law.law)
        for assessment in law.assessments:
            _case(suite, report, assessment, strict)
        _count(suite)
    suite = _suite(root, report, "The record itself")
    for result in report.validation.results:
        _result(suite, report, result, strict)
    if not report.validation.results:
        ET.SubElement(suite, "testcase", {"classname": "record", "name": "the record is well formed"})
    _count(suite)
    suites = list(root)
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in suites)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _suite(root: ET.Element, report: CheckReport, name: str) -> ET.Element:
    suite = ET.SubElement(root, "testsuite", {"name": _text(name)})
    properties = ET.SubElement(suite, "properties")
    said = {
        "sharewell": __version__,
        "as_of": report.as_of,
        "digest": report.digest,
        "rules": findings.confirmed(report),
        "illustrative": "yes" if report.illustrative else "no",
        "disclaimer": DISCLAIMER,
    }
    for key, value in said.items():
        ET.SubElement(properties, "property", {"name": key, "value": _text(value)})
    return suite


def _count(suite: ET.Element) -> None:
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", "0")
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))


def _case(suite: ET.Element, report: CheckReport, assessment: Assessment, strict: bool) -> None:
    rule = report.rule(assessment.rule)
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": _text(compact(assessment.subject, report.prefixes)),
            "name": _text(f"{rule.short}: {rule.title}"),
        },
    )
    lines = [
        report.label(assessment.subject),
        assessment.message,
        *(f"Missing: {names}" for names in [findings.missing_sentence(assessment)] if names),
        *(f"Remedy: {assessment.remedy}" for _ in [0] if assessment.remedy),
        *(f"Provision: {p.label}, {p.standing}" for p in rule.provisions),
        f"Text of the rule: {findings.reading(rule)}",
        *assessment.notes,
        *(f"At {location}" for location in assessment.locations),
    ]
    outcome = {
        Verdict.violated: "failure",
        Verdict.not_evidenced: "failure" if strict else "skipped",
        Verdict.not_applicable: "skipped",
        Verdict.satisfied: None,
    }[assessment.verdict]
    _outcome(case, outcome, assessment.verdict.words, assessment.message, lines)


def _result(suite: ET.Element, report: CheckReport, result: ValidationResult, strict: bool) -> None:
    name = f"{compact(result.shape, report.prefixes)} {compact(result.value) if result.value is not None else ''}"
    attributes = {"classname": _text(compact(result.focus, report.prefixes)), "name": _text(name.strip())}
    case = ET.SubElement(suite, "testcase", attributes)
    outcome = {"Violation": "failure", "NotEvidenced": "failure" if strict else "skipped"}.get(result.severity)
    places = [f"At {location}" for location in result.locations]
    _outcome(case, outcome, result.severity, result.message, [result.message, *places])


def _outcome(case: ET.Element, outcome: str | None, kind: str, message: str, lines: Sequence[str]) -> None:
    """The outcome of a case with its text; a case that passed says its text as output."""
    if outcome is None:
        ET.SubElement(case, "system-out").text = _text("\n".join(lines))
        return
    found = ET.SubElement(case, outcome, {"type": _text(kind), "message": _text(" ".join(message.split()))})
    found.text = _text("\n".join(lines))


def _text(words: str) -> str:
    """Words without the characters that XML 1.0 cannot hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", printable(words))
