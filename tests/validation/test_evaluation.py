"""The evaluator gives the results that the specification demands."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from w3c_suite import cases, row

from sharewell.errors import InputError
from sharewell.graph.index import TripleIndex
from sharewell.validation.evaluation import Evaluator
from sharewell.validation.shapes import read_shapes


def test_w3c_core(others_files: Path) -> None:
    """All core tests of the W3C suite, in focus, path, value, component, severity and source shape."""
    found = cases(others_files / "shacl" / "core")
    wrong = {}
    for case in found:
        evaluator = Evaluator(TripleIndex(case.data), read_shapes(case.shapes))
        results = Counter(map(row, evaluator.results()))
        if results != case.expected:
            wrong[case.name] = {"surplus": results - case.expected, "lacking": case.expected - results}
    assert len(found) == 98
    assert not wrong
