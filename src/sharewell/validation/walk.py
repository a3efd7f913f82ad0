"""SHACL property paths on a graph in memory: where they lead, and which triples lead there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from pyoxigraph import BlankNode, NamedNode, Triple

from sharewell.graph.index import TripleIndex
from sharewell.graph.terms import Term
from sharewell.validation.paths import (
    AlternativePath,
    InversePath,
    OneOrMorePath,
    Path,
    PredicatePath,
    SequencePath,
    ZeroOrMorePath,
    ZeroOrOnePath,
)

Walk = Callable[[Term], Collection[Term]]
"""From a node to the nodes that a path leads to, each once."""


def walk_along(index: TripleIndex, path: Path) -> Walk:
    """The walk that a path stands for on a graph (SHACL section 2.3.1; SPARQL 1.1, section 9)."""
    match path:
        case PredicatePath(predicate):
            return lambda node: index.objects(node, predicate)
        case InversePath(inner):
            return walk_back(index, inner)
        case SequencePath(paths):
            return _one_after_the_other([walk_along(index, part) for part in paths])
        case AlternativePath(paths):
            return _any_of([walk_along(index, part) for part in paths])
        case ZeroOrMorePath(inner):
            return _repeated(walk_along(index, inner), own=True)
        case OneOrMorePath(inner):
            return _repeated(walk_along(index, inner), own=False)
        case ZeroOrOnePath(inner):
            return _optional(walk_along(index, inner))


def walk_back(index: TripleIndex, path: Path) -> Walk:
    """The walk from the end of a path to its starts."""
    match path:
        case PredicatePath(predicate):
            return lambda node: index.subjects(predicate, node)
        case InversePath(inner):
            return walk_along(index, inner)
        case SequencePath(paths):
            return _one_after_the_other([walk_back(index, part) for part in reversed(paths)])
        case AlternativePath(paths):
            return _any_of([walk_back(index, part) for part in paths])
        case ZeroOrMorePath(inner):
            return _repeated(walk_back(index, inner), own=True)
        case OneOrMorePath(inner):
            return _repeated(walk_back(index, inner), own=False)
        case ZeroOrOnePath(inner):
            return _optional(walk_back(index, inner))


def _one_after_the_other(walks: list[Walk]) -> Walk:
    def walk(node: Term) -> Collection[Term]:
        reached: Collection[Term] = (node,)
        for step in walks:
            reached = dict.fromkeys(end for start in reached for end in step(start))
        return reached

    return walk


def _any_of(walks: list[Walk]) -> Walk:
    return lambda node: dict.fromkeys(end for step in walks for end in step(node))


def _optional(step: Walk) -> Walk:
    return lambda node: dict.fromkeys((node, *step(node)))


def _repeated(step: Walk, own: bool) -> Walk:
    def walk(node: Term) -> Collection[Term]:
        reached: dict[Term, None] = {node: None} if own else {}
        waiting = [node]
        while waiting:
            for end in step(waiting.pop()):
                if end not in reached:
                    reached[end] = None
                    waiting.append(end)
        return reached

    return walk


def trace(index: TripleIndex, path: Path, start: Term, end: Term) -> Iterator[Triple]:
    """The triples of all walks along a path from one node to another; some may come twice.

    This is `graph(paths(E, G, a, b))` of Delva, Dimou, Jakubowski and Van den Bussche (EDBT 2023, section 3), but
    that a walk of no step is preferred where a path allows one: it needs no triple.
    """
    match path:
        case PredicatePath(predicate):
            if isinstance(start, NamedNode | BlankNode) and index.contains(start, predicate, end):
                yield Triple(start, predicate, end)
        case InversePath(inner):
            yield from trace(index, inner, end, start)
        case SequencePath(paths):
            yield from _trace_sequence(index, paths, start, end)
        case AlternativePath(paths):
            for part in paths:
                yield from trace(index, part, start, end)
        case ZeroOrOnePath(inner):
            if start != end:
                yield from trace(index, inner, start, end)
        case ZeroOrMorePath(inner):
            if start != end:
                yield from _trace_repeated(index, inner, start, end)
        case OneOrMorePath(inner):
            yield from _trace_repeated(index, inner, start, end)


def _trace_sequence(index: TripleIndex, paths: tuple[Path, ...], start: Term, end: Term) -> Iterator[Triple]:
    """Each step between those nodes that the start leads to and that lead to the end."""
    stages: list[Collection[Term]] = [(start,)]
    for part in paths:
        stages.append(_reached(walk_along(index, part), stages[-1]))
    if end not in stages[-1]:
        return
    stages[-1] = (end,)
    # Looked for among the nodes that were reached: going back from a class or a status meets half of the graph.
    for position in range(len(paths) - 1, -1, -1):
        step, ends = walk_along(index, paths[position]), stages[position + 1]
        stages[position] = [node for node in stages[position] if any(end in ends for end in step(node))]
    for position, part in enumerate(paths):
        ends = stages[position + 1]
        yield from _trace_steps(index, part, stages[position], ends)


def _trace_repeated(index: TripleIndex, path: Path, start: Term, end: Term) -> Iterator[Triple]:
    """All steps on the way from the start to the end."""
    step = walk_along(index, path)
    reached = _repeated(step, own=True)(start)
    if end not in reached:
        return
    origins: dict[Term, list[Term]] = {}
    for node in reached:
        for following in step(node):
            origins.setdefault(following, []).append(node)
    between = _repeated(lambda node: origins.get(node, ()), own=True)(end)
    yield from _trace_steps(index, path, between, between)


def _trace_steps(index: TripleIndex, path: Path, starts: Iterable[Term], ends: Collection[Term]) -> Iterator[Triple]:
    step = walk_along(index, path)
    for start in starts:
        for end in step(start):
            if end in ends:
                yield from trace(index, path, start, end)


def _reached(step: Walk, starts: Iterable[Term]) -> dict[Term, None]:
    return dict.fromkeys(end for start in starts for end in step(start))
