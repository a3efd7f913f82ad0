"""What a gate reports."""

from __future__ import annotations

from dataclasses import dataclass

from sharewell.errors import InputError


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong: where, what, and what to do about it.

    `file` is relative to the folder that holds `ontology/`; `line` counts from 1; either is None where unknown. A
    `warning` is shown and fails no gate.
    """

    file: str | None
    line: int | None
    message: str
    remedy: str
    warning: bool = False

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        text = f"{'warning: ' if self.warning else ''}{self.message}. {self.remedy}"
        return f"{place}: {text}" if place else text


@dataclass(frozen=True, slots=True)
class GateResult:
    """The outcome of one gate; `seconds` is wall-clock time."""

    gate: str
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether there is nothing that must be mended."""
        return all(finding.warning for finding in self.findings)


def of_error(error: InputError, remedy: str) -> Finding:
    """An input error as a finding."""
    return Finding(error.file, error.line, error.message, remedy)
