"""A difference for people: each assessment that changed, and the statements that changed it."""

from __future__ import annotations

import textwrap

from sharewell.assessment.differences import ChangedAssessment, ChangedStatement, Difference
from sharewell.graph.terms import printable
from sharewell.vocabulary import DISCLAIMER

_WIDTH = 120


def difference_text(difference: Difference, width: int = 0) -> str:
    """A difference as text; `width` is that of the terminal, 0 where the output is not one."""
    columns = min(width or _WIDTH, _WIDTH)
    dates = difference.old_as_of
    if difference.new_as_of != dates:
        dates = f"{dates} and {difference.new_as_of}"
    number = len(difference.changed)
    lines = [f"{_counted(number, 'assessment')} changed; {_counted(difference.added, 'statement')} came, "
             f"{difference.removed:,} went. As of {dates}."]  # fmt: skip
    for change in difference.changed:
        lines += ["", *_change_lines(change)]
    lines += ["", DISCLAIMER]
    return "\n".join(textwrap.fill(printable(line), columns, subsequent_indent=_indent(line)) for line in lines)


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _change_lines(change: ChangedAssessment) -> list[str]:
    old = change.old.verdict.words if change.old else "not there"
    new = change.new.verdict.words if change.new else "not there"
    lines = [f"{change.label} · {change.rule}: {old} → {new}"]
    found = change.new or change.old
    if found is not None:
        lines.append(f"  {found.message}")
    return [*lines, *(f"  because {_statement(statement)}" for statement in change.because)]


def _statement(statement: ChangedStatement) -> str:
    place = f" ({statement.locations[0]})" if statement.locations else ""
    return f"{'recorded' if statement.added else 'no longer recorded'}: {statement.text}{place}"


def _indent(line: str) -> str:
    return " " * (len(line) - len(line.lstrip()) + 2)
