"""The results of a run in the order of a report, each with its places, a batch at a time.

Sorting, spelling and placing are joins, which go to disk where memory is short: only a batch is ever in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray
from pyoxigraph import NamedNode

from sharewell.graph.bulk import EncodedFiles
from sharewell.graph.encoded import BLANK_NODE, EncodedGraph
from sharewell.graph.locations import Location
from sharewell.graph.terms import Term
from sharewell.validation.constraints import Constraint
from sharewell.validation.messages import message_of
from sharewell.validation.paths import PredicatePath, path_text
from sharewell.validation.plan import Plan
from sharewell.validation.results import ValidationResult, severity_name
from sharewell.validation.shapes import Shape

# Only numbers are sorted and joined: terms by the rank of their texts, the rest by its rank in the order of a report.
_IN_ORDER = """
SELECT r."constraint", r.focus, r.value, r.path, r.weight, r.place, first_place.place
FROM reported AS r
JOIN said ON said."constraint" = r."constraint"
JOIN ranked_term AS f ON f.id = r.focus
LEFT JOIN ranked_term AS v ON v.id = r.value
LEFT JOIN closed_path ON closed_path.predicate = r.path
LEFT JOIN first_place ON first_place.node = r.focus
ORDER BY said.worst, f.rank, coalesce(closed_path.rank, said.path), coalesce(v.rank, 0), said.tail
"""


@dataclass(frozen=True, slots=True)
class _Said:
    """What is the same for all results of a constraint."""

    path: str | None
    shape: Term
    component: str
    severity: str
    message: str


def has_blank_nodes(graph: EncodedGraph) -> bool:
    """Whether a result speaks of a blank node of the data."""
    found = "SELECT 1 FROM result JOIN term ON (term.id = focus OR term.id = value)"
    return bool(graph.rows(f"{found} WHERE weight > 0 AND term.kind = {BLANK_NODE} LIMIT 1"))


def results_in_order(
    files: EncodedFiles, plan: Plan, of_data: Mapping[Term, Term], of_shapes: Mapping[Term, Term]
) -> Iterator[ValidationResult]:
    """The results as `ValidationResult.sort_key` has them, with canonical labels for blank nodes."""
    graph = files.graph
    numbers = [number for (number,) in graph.rows('SELECT DISTINCT "constraint" FROM result WHERE weight > 0')]
    said = {number: _about(plan.constraints[number], of_shapes) for number in numbers}
    closed = graph.terms("SELECT DISTINCT path FROM result WHERE weight > 0 AND path IS NOT NULL")
    _create_said(graph, said, plan, closed)
    _create_reported(graph)
    _create_ranked_terms(graph, of_data)
    again = _again(graph)
    for rows in graph.batches(_IN_ORDER):
        yield from _results(files, said, again, of_data, rows)


def _results(
    files: EncodedFiles,
    said: Mapping[int, _Said],
    again: Mapping[int, tuple[int, ...]],
    of_data: Mapping[Term, Term],
    rows: Sequence[tuple[Any, ...]],
) -> Iterator[ValidationResult]:
    numbers = {number for row in rows for number in row[1:4] if number is not None}
    files.graph.create("batch", id=numpy.fromiter(numbers, dtype=numpy.int32, count=len(numbers)))
    terms = {number: of_data.get(term, term) for number, term in files.graph.terms("SELECT id FROM batch").items()}
    placed = [_places(place, first, again) for *_, place, first in rows]
    locations = files.located({place for places in placed for place in places})
    known: dict[tuple[int, ...], tuple[Location, ...]] = {}
    for (number, focus, value, predicate, weight, *_), places in zip(rows, placed, strict=True):
        at = known.get(places)
        if at is None:
            at = known[places] = tuple(dict.fromkeys(locations[place] for place in places))
        about = said[number]
        path = about.path if predicate is None else str(terms[predicate])  # what `sh:closed` found
        result = ValidationResult(
            terms[focus], path, None if value is None else terms[value], about.shape, about.component, about.severity,
            about.message, at[0] if at else None, at,
        )  # fmt: skip
        yield from [result] * weight


def _places(place: int | None, first: int | None, again: Mapping[int, tuple[int, ...]]) -> tuple[int, ...]:
    """All places of the statement that a result is about, else the first that speaks of its focus node."""
    if place is not None:
        return (place, *again.get(place, ()))
    return () if first is None else (first,)


def _about(asking: tuple[Shape, Constraint], labels: Mapping[Term, Term]) -> _Said:
    shape, constraint = asking
    path = path_text(shape.path) if shape.path is not None else None
    node, component = labels.get(shape.node, shape.node), constraint.component
    return _Said(path, node, component, severity_name(shape.severity.value), message_of(shape, component))


def _create_said(graph: EncodedGraph, said: Mapping[int, _Said], plan: Plan, closed: Mapping[int, Term]) -> None:
    """Make `said(constraint, predicate, worst, path, tail)` and `closed_path(predicate, rank)`.

    Worst, path and tail are ranks in the order of a report; a predicate is there where it is the path.
    """
    keys = {number: _sort_key(about) for number, about in said.items()}
    worst = _ranks(key[:2] for key in keys.values())
    tail = _ranks(key[-3:] for key in keys.values())
    path = _ranks((text,) for text in (*map(str, closed.values()), *(about.path or "" for about in said.values())))
    paths = {number: plan.constraints[number][0].path for number in said}
    predicates = {number: path.iri for number, path in paths.items() if isinstance(path, PredicatePath)}
    numbers = graph.intern(predicates.values())
    graph.create(
        "said",
        constraint=_column(said),
        predicate=_column(numbers[predicates[number]] if number in predicates else -1 for number in said),
        worst=_column(worst[key[:2]] for key in keys.values()),
        path=_column(path[(about.path or "",)] for about in said.values()),
        tail=_column(tail[key[-3:]] for key in keys.values()),
    )
    ranks = (path[(str(term),)] for term in closed.values())
    graph.create("closed_path", predicate=_column(closed), rank=_column(ranks))


def _column(numbers: Iterable[int]) -> NDArray[Any]:
    return numpy.fromiter(numbers, dtype=numpy.int32)


def _sort_key(about: _Said) -> tuple[object, ...]:
    nowhere = NamedNode("n:")
    return ValidationResult(
        nowhere, about.path, None, about.shape, about.component, about.severity, about.message
    ).sort_key()


def _ranks(keys: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], int]:
    return {key: rank for rank, key in enumerate(sorted(set(keys)))}


def _create_reported(graph: EncodedGraph) -> None:
    """Make `reported`, the results with the first place of the statement that each is about.

    And `first_place(node, place)` of the focus nodes, as subject before as object.
    """
    graph.run(
        'CREATE OR REPLACE TABLE reported AS SELECT r."constraint", r.focus, r.value, r.path, r.weight, triple.place '
        'FROM result AS r JOIN said ON said."constraint" = r."constraint" LEFT JOIN triple '
        "ON triple.s = r.focus AND triple.p = coalesce(r.path, said.predicate) AND triple.o = r.value "
        "WHERE r.weight > 0"
    )
    graph.run("CREATE OR REPLACE TABLE focus_node AS SELECT DISTINCT focus AS node FROM reported")
    of = "SELECT node, min(place) AS place FROM focus_node JOIN triple ON triple.{} = focus_node.node GROUP BY node"
    graph.run(f"CREATE OR REPLACE TABLE first_place AS {of.format('s')}")
    others = "SELECT * FROM focus_node WHERE node NOT IN (SELECT node FROM first_place)"
    graph.run(f"CREATE OR REPLACE TABLE focus_node AS {others}")
    graph.run(f"INSERT INTO first_place {of.format('o')}")


def _create_ranked_terms(graph: EncodedGraph, of_data: Mapping[Term, Term]) -> None:
    """Make `ranked_term(id, rank)`: where the terms that results speak of stand among one another by their texts.

    Texts sort by their bytes in UTF-8, which is the order of Python's characters; blank nodes have canonical labels.
    """
    new = {str(old): str(label) for old, label in of_data.items()}
    graph.create(
        "relabelled", old=numpy.array([*new, ""], dtype=object), new=numpy.array([*new.values(), ""], dtype=object)
    )
    graph.run(
        "CREATE OR REPLACE TABLE ranked_term AS SELECT id, "
        "CAST(row_number() OVER (ORDER BY coalesce(new, text)) AS INTEGER) AS rank "
        "FROM term LEFT JOIN relabelled ON old = text "
        "WHERE id IN (SELECT focus FROM reported UNION SELECT value FROM reported)"
    )


def _again(graph: EncodedGraph) -> dict[int, tuple[int, ...]]:
    """For the first places of statements that are read again the other places."""
    found: dict[int, tuple[int, ...]] = {}
    for first, place in graph.rows(
        "SELECT triple.place, repetition.place FROM repetition JOIN triple USING (s, p, o) "
        "WHERE triple.place IN (SELECT place FROM reported) ORDER BY repetition.place"
    ):
        found[first] = (*found.get(first, ()), place)
    return found
