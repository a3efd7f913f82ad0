"""`check` as Turtle: a SHACL validation report for the record, and the assessments in our own terms.

Every node has an IRI that is a function of what it says and of the as-of date, so that two runs give the same graph.
The file can be a source of the project itself: the questions about assessments (CQ29, CQ30, CQ48) answer from it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from itertools import takewhile

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from sharewell.assessment.results import Assessment, MissingFact, Verdict
from sharewell.graph.terms import Term, date_literal
from sharewell.report import findings
from sharewell.report.checks import CheckReport
from sharewell.report.identities import is_finding, result_identity
from sharewell.validation import ValidationResult
from sharewell.vocabulary import AS_OF, DCTERMS, RDF_TYPE, RDFS, RDFS_LABEL, SH, SHARE, XSD

VERDICTS = {
    Verdict.violated: "Violated",
    Verdict.not_evidenced: "NotEvidenced",
    Verdict.satisfied: "Satisfied",
    Verdict.not_applicable: "NotApplicable",
}
_SEVERITIES = {
    "Violation": SH + "Violation",
    "NotEvidenced": SHARE + "NotEvidenced",
    "Warning": SH + "Warning",
    "Info": SH + "Info",
}
_PREDICATE_PATH = re.compile(r"<([^<>]*)>\Z")
_PLAIN = re.compile(r"[A-Za-z0-9_-]+\Z")
_RUN = NamedNode(SHARE + "partOfRun")


def check_turtle(report: CheckReport, everything: bool = False) -> str:
    """The report as Turtle, without blank nodes; what does not apply only where everything is asked for."""
    writer = _Writer(report)
    ordered = sorted(
        set(writer.triples(everything)),
        key=lambda t: (str(t.subject), t.predicate != RDF_TYPE, str(t.predicate), str(t.object)),
    )
    prefixes = {"assessment": writer.folder, **report.prefixes}
    lines = (serialize(ordered, format=RdfFormat.TURTLE, prefixes=prefixes) or b"").decode().splitlines()
    head = list(takewhile(lambda line: line.startswith("@prefix "), lines))
    return "\n".join([*sorted(head), "", *lines[len(head) :]])


def assessment_statements(report: CheckReport) -> list[Triple]:
    """The assessments alone, without those that do not apply, as the questions about assessments read them; sorted."""
    return sorted(set(_Writer(report).assessments(False)), key=str)


class _Writer:
    """Makes the statements of one report."""

    def __init__(self, report: CheckReport) -> None:
        self._report = report
        self.folder = f"{report.base}assessments/{report.as_of}/"
        self._run = self._node("run")
        self._rules = {rule.identifier: rule for rule in report.rules}

    def _node(self, *parts: str) -> NamedNode:
        return NamedNode(self.folder + "--".join(parts))

    def triples(self, everything: bool) -> Iterator[Triple]:
        """All statements of the report."""
        yield from self.assessments(everything)
        yield from self._validation()

    def assessments(self, everything: bool) -> Iterator[Triple]:
        """The run, its assessments, and how far recommendations and the maturity of agreements have come."""
        yield from self._about_the_run()
        for assessment in findings.shown(self._report, everything):
            yield from self._assessment(assessment)
        yield from self._recommendations()
        yield from self._maturity()

    def _maturity(self) -> Iterator[Triple]:
        for found in self._report.maturity:
            node = self._node("maturity", self._local(found.agreement))
            label = f"Maturity of {self._report.label(found.agreement)} as of {self._report.as_of}"
            yield Triple(node, RDF_TYPE, _term("MaturityAssessment"))
            yield Triple(node, RDFS_LABEL, Literal(label, language="en"))
            yield Triple(node, _RUN, self._run)
            yield Triple(node, _term("assessedAgreement"), found.agreement)
            yield Triple(node, _term("maturityLevel"), found.level)
            first = next((test.clause for test in found.failing if test.clause is not None), None)
            if first is not None:
                yield Triple(node, _term("firstFailingTest"), first)
            for clause in found.missing:
                yield Triple(node, _term("missingClause"), clause)

    def _about_the_run(self) -> Iterator[Triple]:
        report = self._report
        yield Triple(self._run, RDF_TYPE, NamedNode(SHARE + "AssessmentRun"))
        yield Triple(
            self._run, RDFS_LABEL, Literal(f"Assessment of {report.project} as of {report.as_of}", language="en")
        )
        yield Triple(self._run, AS_OF, date_literal(report.as_of))
        yield Triple(self._run, NamedNode(RDFS + "comment"), Literal(findings.colophon(report), language="en"))
        yield Triple(self._run, NamedNode(DCTERMS + "identifier"), Literal(report.digest))

    def _assessment(self, found: Assessment) -> Iterator[Triple]:
        node = self._node(found.rule, self._local(found.subject))
        rule = self._rules[found.rule]
        label = f"{rule.short} for {self._report.label(found.subject)}: {found.verdict.words}"
        yield Triple(node, RDF_TYPE, _term("Assessment"))
        yield Triple(node, RDFS_LABEL, Literal(label, language="en"))
        yield Triple(node, _RUN, self._run)
        yield Triple(node, _term("assesses"), found.subject)
        yield Triple(node, _term("assessedBy"), NamedNode(rule.iri))
        yield Triple(node, _term("verdict"), _term(VERDICTS[found.verdict]))
        yield Triple(node, _term("message"), Literal(found.message))
        yield Triple(node, _term("grade"), NamedNode(found.grade))
        if found.date != self._report.as_of:
            yield Triple(node, NamedNode(DCTERMS + "temporal"), Literal(found.date))
        if found.remedy and is_finding(found):
            yield Triple(node, _term("remedy"), Literal(found.remedy))
        for provision in found.pending:
            yield Triple(node, _term("pendingProvision"), provision)
        for fact in found.missing:
            yield from self._missing(node, fact)

    def _missing(self, assessment: NamedNode, fact: MissingFact) -> Iterator[Triple]:
        key = _digest(str(fact.node), fact.path, fact.expected, str(fact.alternative))
        node = NamedNode(f"{assessment.value}--{key}")
        yield Triple(assessment, _term("missingFact"), node)
        yield Triple(node, RDF_TYPE, _term("MissingFact"))
        yield Triple(node, RDFS_LABEL, Literal(fact.name, language="en"))
        yield Triple(node, _term("missingFor"), _named(fact.node, assessment))
        yield Triple(node, _term("expectedPath"), Literal(fact.path))
        yield Triple(node, _term("expectedValue"), Literal(fact.expected))
        yield Triple(node, _term("alternative"), Literal(str(fact.alternative), datatype=NamedNode(XSD + "integer")))

    def _local(self, subject: NamedNode) -> str:
        """The last part of an IRI of the project where it is plain, else a digest of the whole."""
        local = subject.value.removeprefix(self._report.base)
        return local if local != subject.value and _PLAIN.match(local) else f"node-{_digest(subject.value)}"

    def _recommendations(self) -> Iterator[Triple]:
        for found in self._report.recommendations:
            key = found.recommendation.value.removeprefix(SHARE)
            node = self._node("recommendation", key)
            yield Triple(node, RDF_TYPE, _term("RecommendationAssessment"))
            yield Triple(node, RDFS_LABEL, Literal(f"{key} as of {self._report.as_of}", language="en"))
            yield Triple(node, _RUN, self._run)
            yield Triple(node, _term("assessedRecommendation"), found.recommendation)
            yield Triple(node, _term("outcome"), _term(found.outcome.value))
            for evidence in found.lacking or found.supported:
                yield Triple(node, _term("supportedBy"), evidence)

    def _validation(self) -> Iterator[Triple]:
        report, node = self._report.validation, self._node("validation")
        conforms = Literal("true" if report.conforms else "false", datatype=NamedNode(XSD + "boolean"))
        yield Triple(node, RDF_TYPE, NamedNode(SH + "ValidationReport"))
        yield Triple(node, NamedNode(SH + "conforms"), conforms)
        for result in report.results:
            yield from self._result(node, result)

    def _result(self, report: NamedNode, found: ValidationResult) -> Iterator[Triple]:
        node = NamedNode(f"{report.value}--{_digest(*map(str, result_identity(found)), found.message)}")
        yield Triple(report, NamedNode(SH + "result"), node)
        yield Triple(node, RDF_TYPE, NamedNode(SH + "ValidationResult"))
        yield Triple(node, NamedNode(SH + "focusNode"), _named(found.focus, node))
        path = _PREDICATE_PATH.match(found.path or "")
        if path:  # any other path would need nodes of its own, and SHACL gives them no names
            yield Triple(node, NamedNode(SH + "resultPath"), NamedNode(path[1]))
        if found.value is not None:
            yield Triple(node, NamedNode(SH + "value"), _named(found.value, node))
        if isinstance(found.shape, NamedNode):
            yield Triple(node, NamedNode(SH + "sourceShape"), found.shape)
            yield Triple(found.shape, RDF_TYPE, NamedNode(SH + "Shape"))
        severity = _SEVERITIES.get(found.severity, found.severity)
        yield Triple(node, NamedNode(SH + "sourceConstraintComponent"), NamedNode(found.component))
        yield Triple(node, NamedNode(SH + "resultSeverity"), NamedNode(severity))
        yield Triple(node, NamedNode(SH + "resultMessage"), Literal(found.message, language="en"))


def _term(name: str) -> NamedNode:
    return NamedNode(SHARE + name)


def _named(term: Term, near: NamedNode) -> NamedNode | Literal:
    """A term as it is; a node without a name as an IRI made of the label that it has in this report."""
    if isinstance(term, NamedNode | Literal):
        return term
    return NamedNode(f"{near.value}--{_digest(str(term))}")


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:16]
