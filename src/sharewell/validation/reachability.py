"""Which nodes a graph leads to from given nodes: cycles are condensed first, and only what is asked for is walked."""

from __future__ import annotations

from typing import Any

import numpy
from numpy.typing import NDArray

Integers = NDArray[Any]

_WORTH_CONDENSING = 10_000
_MARKS = 1 << 26
"""How many marks, a byte each, are held at a time: starts are taken in groups so that their number times the nodes
stays below."""


def reachable(starts: Integers, sources: Integers, targets: Integers) -> tuple[Integers, Integers]:
    """All pairs (start, node) such that a path of one edge or more leads from the start to the node, each pair once.

    `sources` and `targets` are the ends of the edges. The members of a strongly connected component (Tarjan, 1972)
    reach the same nodes, so the walk goes over components, level by level for many starts at once.
    """
    nodes = numpy.unique(numpy.concatenate((sources, targets)))
    starts = numpy.intersect1d(starts, nodes)
    if not len(starts):
        return starts, starts
    tails, heads = numpy.searchsorted(nodes, sources), numpy.searchsorted(nodes, targets)
    count, component = _components(tails, heads, len(nodes))
    start_component = component[numpy.searchsorted(nodes, starts)]
    origins = numpy.unique(start_component)
    above, below = _component_pairs(origins, component[tails], component[heads], count)
    from_component, start_order = _grouped(start_component, count)
    to_component, node_order = _grouped(component, count)
    row, start_places = _expanded(above, from_component)
    onward, node_places = _expanded(below[row], to_component)
    return starts[start_order[start_places[onward]]], nodes[node_order[node_places]]


def _components(tails: Integers, heads: Integers, size: int) -> tuple[int, Integers]:
    """The number of strongly connected components, and that of each node; few edges are not worth condensing."""
    if len(tails) < _WORTH_CONDENSING:
        return size, numpy.arange(size)
    # SciPy takes a tenth of a second to load, and most graphs need none of it.
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edges = coo_matrix((numpy.ones(len(tails), dtype=bool), (tails, heads)), shape=(size, size)).tocsr()
    count, component = connected_components(edges, directed=True, connection="strong")
    return int(count), component


def _component_pairs(origins: Integers, tails: Integers, heads: Integers, count: int) -> tuple[Integers, Integers]:
    """All pairs of components such that the first, one of `origins`, leads to the second by one edge or more.

    An edge inside a component makes it lead to itself.
    """
    keys = numpy.unique(tails.astype(numpy.int64) * count + heads)
    tails, heads = keys // count, keys % count
    first = numpy.searchsorted(tails, numpy.arange(count + 1))
    found = [_walk(group, first, heads, count) for group in _groups(origins, count)]
    return numpy.concatenate([a for a, _ in found]), numpy.concatenate([b for _, b in found])


def _groups(origins: Integers, count: int) -> list[Integers]:
    size = max(1, _MARKS // count)
    return [origins[at : at + size] for at in range(0, len(origins), size)]


def _walk(origins: Integers, first: Integers, heads: Integers, count: int) -> tuple[Integers, Integers]:
    """Breadth first from all origins at once; `heads[first[c]:first[c + 1]]` are the components that c leads to."""
    seen = numpy.zeros(len(origins) * count, dtype=bool)
    rows, at = numpy.arange(len(origins), dtype=numpy.int64), origins.astype(numpy.int64)
    found: list[Integers] = []
    while len(at):
        step, edge = _expanded(at, first)
        keys = rows[step] * count + heads[edge]
        keys = numpy.unique(keys[~seen[keys]])
        seen[keys] = True
        found.append(keys)
        rows, at = keys // count, keys % count
    keys = numpy.concatenate(found)
    return origins[keys // count], keys % count


def _expanded(of: Integers, first: Integers) -> tuple[Integers, Integers]:
    """For each entry c of `of` the numbers first[c] to first[c + 1]: (position in `of`, number) for all of them."""
    begins, lengths = first[of], first[of + 1] - first[of]
    position = numpy.repeat(numpy.arange(len(of)), lengths)
    offsets = numpy.arange(len(position)) - numpy.repeat(numpy.cumsum(lengths) - lengths, lengths)
    return position, begins[position] + offsets


def _grouped(labels: Integers, count: int) -> tuple[Integers, Integers]:
    """The positions of `labels` sorted by label, and for each label where its positions begin."""
    order = numpy.argsort(labels, kind="stable")
    return numpy.searchsorted(labels[order], numpy.arange(count + 1)), order
