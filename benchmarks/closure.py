"""Our closure beside a general OWL RL engine, on the shipped case: medians and their ratio.

Run with: python benchmarks/closure.py [ROUNDS]. The two take turns, so that a machine that slows down slows both.
"""

from __future__ import annotations

import platform
import statistics
import sys
import time
from collections.abc import Callable

import owlrl

from sharewell import api
from sharewell.graph.store import MergedGraph, load
from sharewell.reasoning.closure import close, read_axioms
from sharewell.validation.reference import to_rdflib


def _loaded() -> MergedGraph:
    settings = api.open().settings
    return load(settings.sources, settings.root, settings.as_of, settings.base)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _ours() -> float:
    graph = _loaded()
    return _seconds(lambda: close(graph, read_axioms(graph.store)))


def _theirs() -> float:
    graph = to_rdflib(_loaded().statements())
    return _seconds(lambda: owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph))


def main(rounds: int) -> None:
    """Print the table."""
    ours, theirs = zip(*[(_ours(), _theirs()) for _ in range(rounds)], strict=True)
    mine, other = statistics.median(ours), statistics.median(theirs)
    size = len(_loaded().store)
    print(f"{size:,} statements, {rounds} rounds, Python {platform.python_version()}, {platform.machine()}")
    print(f"sharewell  {mine:8.3f} s")
    print(f"owlrl      {other:8.3f} s   {other / mine:,.0f} times as long")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
