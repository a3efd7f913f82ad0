"""What is found while a table is read: one finding for each cell, column or sheet that needs a person's eye."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sharewell.graph.locations import Location


class Severity(StrEnum):
    """How grave a finding is; the names are those of SHACL."""

    VIOLATION = "Violation"
    WARNING = "Warning"
    INFO = "Info"


class Kind(StrEnum):
    """What a finding is about, the most important first: people read them in this order."""

    NO_MATCH = "no match"
    AMBIGUOUS = "several matches"
    BAD_VALUE = "value not understood"
    NO_VALUE = "no value"
    DUPLICATE = "same key twice"
    NOT_A_ROW = "row without a name"
    DISAGREEMENT = "name and identifier disagree"
    SAME_NAME = "same name elsewhere"
    NEW_NEAR = "new, with a near match"
    UNKNOWN_COLUMN = "column not known"
    UNKNOWN_SHEET = "sheet not known"
    NOT_CARRIED = "not carried"
    HIDDEN_SHEET = "hidden sheet"
    READ_AS = "read as"


_KINDS = list(Kind)
_SEVERITIES = list(Severity)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: where, what, and for a cell about which node, by which property, with which text.

    `focus` and `path` are IRIs; `suggestions` are names that come near, and are never used in place of the text.
    """

    severity: Severity
    kind: Kind
    message: str
    location: Location
    focus: str | None = None
    path: str | None = None
    text: str | None = None
    suggestions: tuple[str, ...] = ()

    def sort_key(self) -> tuple[Any, ...]:
        """Gravest first, then by kind, then by place: sheets by name, cells by row and column."""
        cell = self.location.cell or ""
        letters = cell.rstrip("0123456789")
        row = int(cell[len(letters) :] or 0)
        place = (self.location.file, self.location.sheet or "", row, len(letters), letters)
        return (_SEVERITIES.index(self.severity), _KINDS.index(self.kind), *place, self.message)

    def __str__(self) -> str:
        return f"{self.location}: {self.message}"

    def as_json(self) -> dict[str, Any]:
        """The finding as an object; what it does not have is null."""
        return {
            "severity": self.severity.value,
            "kind": self.kind.value,
            "message": self.message,
            "location": self.location.as_json(),
            "focus": self.focus,
            "path": self.path,
            "text": self.text,
            "suggestions": list(self.suggestions),
        }
