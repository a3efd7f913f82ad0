"""What makes a finding the same finding in another run: never a line, so that an edit above it changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sharewell.assessment.results import Assessment, Verdict
from sharewell.errors import InputError
from sharewell.graph.terms import json_term
from sharewell.validation import ValidationResult

Identity = tuple[str | None, ...]
"""Subject, rule and verdict; or focus, path, value, component and shape, as the JSON output writes them."""

_FINDINGS = (Verdict.violated, Verdict.not_evidenced)
_VERDICT_KEYS = ("subject", "rule", "verdict")
_RESULT_KEYS = ("focus", "path", "value", "component", "shape")


def is_finding(assessment: Assessment) -> bool:
    """Whether an assessment asks somebody to do something."""
    return assessment.verdict in _FINDINGS


def assessment_identity(assessment: Assessment) -> Identity:
    """The identity of an assessment."""
    return assessment.subject.value, assessment.rule, assessment.verdict.value


def result_identity(result: ValidationResult) -> Identity:
    """The identity of a result of a model shape."""
    focus, value, shape = map(json_term, (result.focus, result.value, result.shape))
    return focus, result.path, value, result.component, shape


def read_baseline(path: Path) -> frozenset[Identity]:
    """The identities of the findings in an earlier output of `sharewell check --format json`.

    Raises InputError where the file cannot be read or is not such an output.
    """
    file = str(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(error.strerror or "cannot be read", file=file) from None
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text: name an earlier output of sharewell check --format json", file=file) from None
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg}", file=file, line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise InputError("not an earlier output of sharewell check --format json", file=file) from None
    try:
        verdicts = [_identity(entry, _VERDICT_KEYS) for entry in found["verdicts"]]
        results = [_identity(entry, _RESULT_KEYS) for entry in found["validation"]["results"]]
    except (KeyError, TypeError):
        raise InputError("not an earlier output of sharewell check --format json", file=file) from None
    return frozenset(verdicts + results)


def _identity(entry: dict[str, Any], keys: tuple[str, ...]) -> Identity:
    values = tuple(entry[key] for key in keys)
    if any(value is not None and not isinstance(value, str) for value in values):
        raise TypeError
    return values
