"""`check` as SARIF 2.1.0 (OASIS standard, 27 March 2020), so that a code host marks the line of a finding."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from sharewell.assessment.results import Assessment, Verdict
from sharewell.graph.locations import Location
from sharewell.graph.terms import compact, printable
from sharewell.report import findings, markdown
from sharewell.report.checks import CheckReport, RuleNote
from sharewell.report.identities import Identity, assessment_identity, is_finding, result_identity
from sharewell.validation import ValidationResult
from sharewell.version import __version__
from sharewell.vocabulary import DISCLAIMER

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
_FINGERPRINT = "sharewellFinding/v1"
_NO_RULE = "no-rule-loaded"
_LEVELS = {"Violation": "error", "NotEvidenced": "warning", "Warning": "warning", "Info": "note"}
_VERDICT_LEVELS = {Verdict.violated: "error", Verdict.not_evidenced: "warning"}
_KINDS = {Verdict.satisfied: "pass", Verdict.not_applicable: "notApplicable"}


def check_sarif(report: CheckReport, everything: bool = False) -> dict[str, Any]:
    """The report as a SARIF log of one run; locations are relative to the project's folder."""
    rules = [_rule(rule) for rule in report.rules]
    rules += [_shape(report, shape, members) for shape, members in _by_shape(report).items()]
    rules += [_no_rule()] if report.assessments.no_rule_loaded else []
    numbers = {rule["id"]: number for number, rule in enumerate(rules)}
    results = [_assessment(report, a) for a in findings.shown(report, everything) if everything or is_finding(a)]
    results += [_result(report, result) for result in report.validation.results]
    results += [_unruled(report, entry) for entry in findings.unruled(report.assessments.no_rule_loaded)]
    for result in results:
        result["ruleIndex"] = numbers[result["ruleId"]]
        if report.known is not None:
            result["baselineState"] = "new"
    driver = {
        "name": "Sharewell",
        "version": __version__,
        "informationUri": "https://w3id.org/sharewell",
        "fullDescription": {"text": DISCLAIMER},
        "rules": rules,
    }
    properties = {
        "project": printable(report.project),
        "asOf": report.as_of,
        "digest": report.digest,
        "illustrative": report.illustrative,
        "rulesConfirmed": findings.confirmed(report),
        "summary": report.assessments.summary(),
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder of the project, where sharewell.toml is."}}},
        "results": results,
        "properties": properties,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: RuleNote) -> dict[str, Any]:
    provisions = [f"{p.label}, {p.standing}. {p.statement}".strip() for p in rule.provisions]
    lines = [*provisions, f"Text of the rule: {findings.reading(rule)}.", f"Remedy: {rule.remedy}"]
    described: dict[str, Any] = {
        "id": rule.identifier,
        "name": rule.short,
        "shortDescription": {"text": printable(rule.title)},
        "fullDescription": {"text": printable(f"{rule.title}. {rule.law}.")},
        "help": {
            "text": printable("\n".join(lines)),
            "markdown": "\n\n".join(markdown.text(line) for line in lines),
        },
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "tags": sorted({rule.pack, rule.kind, *rule.serves}),
            "ruleRead": rule.read,
            "ruleAsAt": rule.read_as_at,
            "principles": list(rule.principles),
        },
    }
    address = next((p.address for p in rule.provisions if p.address), None)
    return described | ({"helpUri": _uri(address)} if address else {})


def _by_shape(report: CheckReport) -> dict[str, list[ValidationResult]]:
    groups: dict[str, list[ValidationResult]] = {}
    for result in report.validation.results:
        groups.setdefault(_shape_name(report, result), []).append(result)
    return dict(sorted(groups.items()))


def _shape_name(report: CheckReport, result: ValidationResult) -> str:
    return compact(result.shape, report.prefixes)


def _shape(report: CheckReport, name: str, members: Sequence[ValidationResult]) -> dict[str, Any]:
    return {
        "id": name,
        "shortDescription": {"text": f"Is it well recorded: {name}"},
        "help": {
            "text": "A shape of the model, which says how things are recorded. It is not about the law.",
            "markdown": "A shape of the model, which says how things are recorded. It is not about the law.",
        },
        "defaultConfiguration": {"level": _LEVELS.get(members[0].severity, "warning")},
        "properties": {"tags": ["record"]},
    }


def _no_rule() -> dict[str, Any]:
    return {
        "id": _NO_RULE,
        "shortDescription": {"text": "No rule is loaded for a body that takes part"},
        "help": {"text": "Nothing is said about this body: load a pack of rules for the law that binds it."},
        "defaultConfiguration": {"level": "note"},
        "properties": {"tags": ["coverage"]},
    }


def _assessment(report: CheckReport, found: Assessment) -> dict[str, Any]:
    missing = findings.missing_sentence(found)
    parts = [f"{report.label(found.subject)}: {found.verdict.words}.", found.message]
    parts += [f"What can be done: {found.remedy}"] if found.remedy else []
    level = {"level": _VERDICT_LEVELS[found.verdict]} if found.verdict in _VERDICT_LEVELS else {"level": "none"}
    kind = {"kind": _KINDS[found.verdict]} if found.verdict in _KINDS else {}
    return {
        "ruleId": found.rule,
        **level,
        **kind,
        "message": {"text": printable(" ".join([*parts, *found.notes]))},
        **_places(found.locations),
        "partialFingerprints": _fingerprint(assessment_identity(found)),
        "properties": {
            "subject": found.subject.value,
            "verdict": found.verdict.value,
            "grade": found.as_json()["grade"],
            "missing": printable(missing),
        },
    }


def _result(report: CheckReport, found: ValidationResult) -> dict[str, Any]:
    identity = result_identity(found)
    return {
        "ruleId": _shape_name(report, found),
        "level": _LEVELS.get(found.severity, "warning"),
        "message": {"text": printable(f"{compact(found.focus, report.prefixes)}: {found.message or found.component}")},
        **_places(found.locations or ((found.location,) if found.location else ())),
        "partialFingerprints": _fingerprint(identity),
        "properties": {"focus": identity[0], "path": found.path, "value": identity[2], "severity": found.severity},
    }


def _unruled(report: CheckReport, entry: findings.Unruled) -> dict[str, Any]:
    return {
        "ruleId": _NO_RULE,
        "level": "note",
        "message": {"text": printable(f"{entry.message} It takes part in {len(entry.subjects):,} things on record.")},
        "partialFingerprints": _fingerprint((_NO_RULE, entry.message)),
        "properties": {"subjects": [subject.value for subject in entry.subjects]},
    }


def _fingerprint(identity: Identity) -> dict[str, str]:
    return {_FINGERPRINT: hashlib.sha256(json.dumps(identity, ensure_ascii=False).encode()).hexdigest()}


def _places(locations: Sequence[Location]) -> dict[str, Any]:
    """The first location as the place of a result, the others as related."""
    if not locations:
        return {}
    related = [_place(location) for location in locations[1:]]
    return {"locations": [_place(locations[0])]} | ({"relatedLocations": related} if related else {})


def _place(location: Location) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(location.file), "uriBaseId": _ROOT}}
    if location.line is not None:
        column = {"startColumn": location.column} if location.column is not None else {}
        physical["region"] = {"startLine": location.line, **column}
    place: dict[str, Any] = {"physicalLocation": physical}
    if location.cell is not None:
        name = "!".join(part for part in (location.sheet, location.cell) if part is not None)
        place["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "cell"}]
    return place


def _uri(address: str) -> str:
    """An address without the characters that a URI cannot hold."""
    return quote(address, safe=":/?#[]@!$&'()*+,;=%~")
