"""What a validation finds, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sharewell.graph.locations import Location
from sharewell.graph.terms import Term, json_term
from sharewell.vocabulary import SH, SHARE

_SEVERITIES = {
    SH + "Violation": "Violation",
    SHARE + "NotEvidenced": "NotEvidenced",
    SH + "Warning": "Warning",
    SH + "Info": "Info",
}
_ORDER = ("Violation", "NotEvidenced", "Warning", "Info")


def severity_name(iri: str) -> str:
    """The short name of a severity of ours or of SHACL; a foreign one stays its IRI."""
    return _SEVERITIES.get(iri, iri)


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """One result of a SHACL validation (SHACL section 3.6.2).

    `path` is in SPARQL path syntax with full IRIs, or None; `severity` a short name or a foreign IRI; `location` is
    that of the offending statement, else of the first statement about the focus node; `locations` are all of them.
    """

    focus: Term
    path: str | None
    value: Term | None
    shape: Term
    component: str
    severity: str
    message: str
    location: Location | None = None
    locations: tuple[Location, ...] = ()

    def at(self, places: tuple[Location, ...]) -> ValidationResult:
        """The same with its locations, the first of which is the one to show."""
        found = (self.focus, self.path, self.value, self.shape, self.component, self.severity, self.message)
        return ValidationResult(*found, places[0] if places else None, places)

    def sort_key(self) -> tuple[Any, ...]:
        """Worst first, then by place in the graph; the same on every engine."""
        rank = _ORDER.index(self.severity) if self.severity in _ORDER else len(_ORDER)
        parts = (self.focus, self.path, self.value, self.shape, self.component, self.message)
        return (rank, self.severity, *(str(part) if part is not None else "" for part in parts))

    def as_json(self) -> dict[str, Any]:
        """The result as the JSON contract has it."""
        return {
            "focus": json_term(self.focus),
            "path": self.path,
            "value": json_term(self.value),
            "shape": json_term(self.shape),
            "component": self.component,
            "severity": self.severity,
            "message": self.message,
            "location": self.location.as_json() if self.location else None,
            "locations": [location.as_json() for location in self.locations],
        }


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """A whole validation: it conforms when there is no result of any severity (SHACL section 3.6.1).

    `notes` says, one line each, what of the shapes could not be used. `engines` names the shapes that the engine which
    was asked for did not run, or not alone, with the engine that did.
    """

    results: tuple[ValidationResult, ...]
    notes: tuple[str, ...] = ()
    engines: tuple[tuple[Term, str], ...] = ()

    @property
    def conforms(self) -> bool:
        """Whether there is no result at all."""
        return not self.results

    def count(self, severity: str) -> int:
        """How many results have a severity."""
        return sum(result.severity == severity for result in self.results)

    def as_json(self) -> dict[str, Any]:
        """The report as the JSON contract has it."""
        results = [result.as_json() for result in self.results]
        return {
            "conforms": self.conforms,
            "results": results,
            "notes": list(self.notes),
            "engines": {json_term(shape): engine for shape, engine in self.engines},
        }
