"""What was found in the cells of tables, as results of a validation: a broken cell is a record that is not well formed.

The shape named is the one that says what the values of the property may be, or what every record carries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode

from sharewell.ingest.findings import Finding, Kind, Severity
from sharewell.validation.results import ValidationResult
from sharewell.vocabulary import SH, SHAPE, SHARE

_COMPONENTS: Mapping[Kind, str] = {
    Kind.NO_MATCH: "ClassConstraintComponent",
    Kind.AMBIGUOUS: "ClassConstraintComponent",
    Kind.BAD_VALUE: "DatatypeConstraintComponent",
    Kind.NO_VALUE: "MinCountConstraintComponent",
    Kind.NOT_A_ROW: "NodeKindConstraintComponent",
}


def cell_results(findings: Iterable[Finding], base: str) -> list[ValidationResult]:
    """The findings that a person must act on, each at its cell; what was only remarked is left out.

    A finding about no node speaks of its file, whose IRI begins with `base`.
    """
    results = []
    for finding in findings:
        if finding.severity is Severity.INFO:
            continue
        path = finding.path
        shape = path.removeprefix(SHARE) if path and path.startswith(SHARE) else "Instance"
        results.append(
            ValidationResult(
                focus=NamedNode(finding.focus or base + quote(finding.location.file)),
                path=f"<{path}>" if path else None,
                value=None if finding.text is None else Literal(finding.text),
                shape=NamedNode(SHAPE + shape),
                component=SH + _COMPONENTS.get(finding.kind, "NodeConstraintComponent"),
                severity=finding.severity.value,
                message=finding.message,
                location=finding.location,
                locations=(finding.location,),
            )
        )
    return results
