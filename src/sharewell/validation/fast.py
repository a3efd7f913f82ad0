"""The fast engine: a plan of relations run on DuckDB, with Python asked only what a term is, once for each term."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy
from pyoxigraph import BlankNode, NamedNode

from sharewell.graph.encoded import EncodedGraph, read_terms
from sharewell.graph.terms import Term
from sharewell.validation import constraints as c
from sharewell.validation.algebra import (
    Anti,
    Distinct,
    Relation,
    Rows,
    Table,
    Where,
    columns,
    keep,
    quoted,
    sql,
    substituted,
)
from sharewell.validation.compilation import compile_shapes
from sharewell.validation.constraints import Constraint
from sharewell.validation.messages import message_of
from sharewell.validation.path_relations import compile_path
from sharewell.validation.paths import path_text
from sharewell.validation.plan import Append, Close, Decide, Define, Plan, Rank, Step, Tongue, terms_of
from sharewell.validation.reachability import reachable
from sharewell.validation.results import ValidationResult, severity_name
from sharewell.validation.shapes import Shape, Shapes, TargetClass
from sharewell.validation.values import (
    compare,
    compiled,
    has_datatype,
    language_matches,
    place_of,
    text_of,
)
from sharewell.vocabulary import XSD_STRING

_WRITTEN_OUT = 8
"""Up to how many rows of parameters stand in the text of a query."""


def _silent(_: str) -> None:
    """No progress is shown."""


def validate(
    graph: EncodedGraph, shapes: Shapes, targeted: Sequence[Shape], on_step: Callable[[str], None] = _silent
) -> Iterator[ValidationResult]:
    """The results of SHACL Core for some of the shapes and the shapes that they refer to, in no particular order.

    The graph's dictionary gains the terms that the shapes name, and the database tables of the run.
    """
    yield from _reported(graph, run(graph, shapes, targeted, on_step))


def nonconforming(
    graph: EncodedGraph, shapes: Shapes, asked: Mapping[Term, Collection[NamedNode]]
) -> dict[Term, frozenset[Term]]:
    """For each shape that is asked about, those instances of its classes that do not conform to it.

    `asked` has the classes for each shape node. It is one validation, in which a shape of our own has the classes for
    targets and says `sh:node`. Tables as in `validate`.
    """
    roots: dict[Term, Shape] = {
        (root := BlankNode(f"asked{at}")): Shape(root, None, tuple(map(TargetClass, classes)), (c.Node(shape),))
        for at, (shape, classes) in enumerate(asked.items())
    }
    together = Shapes({**shapes.by_node, **roots})
    plan = run(graph, together, tuple(roots.values()))
    rows = graph.rows('SELECT DISTINCT "constraint", focus FROM result WHERE weight > 0')
    terms = graph.terms("SELECT focus FROM result WHERE weight > 0")
    found: dict[Term, set[Term]] = {shape: set() for shape in asked}
    for number, focus in rows:
        constraint = plan.constraints[number][1]
        assert isinstance(constraint, c.Node)
        found[constraint.shape].add(terms[focus])
    return {shape: frozenset(nodes) for shape, nodes in found.items()}


def run(
    graph: EncodedGraph, shapes: Shapes, targeted: Sequence[Shape], on_step: Callable[[str], None] = _silent
) -> Plan:
    """Fill the tables of a run, `result` among them, whose constraints the plan names."""
    used = {shape.node: shape for root in targeted for shape in shapes.within(root.node)}
    number = graph.intern(terms_of(used.values()))
    plan = compile_shapes(shapes, targeted, number)
    running = _Run(graph, number, plan.tests)
    for at, step in enumerate(_with_stored_rows(graph, plan.steps)):
        on_step(f"validating, step {at + 1} of {len(plan.steps)}")
        running.step(step)
    return plan


def _with_stored_rows(graph: EncodedGraph, steps: Sequence[Step]) -> list[Step]:
    """The steps with the parameters of many constraints in tables: planning goes over written-out rows one by one.

    All relations with n columns stand in one table, `rows_<n>`, told apart by its first column.
    """
    stored: dict[int, dict[Rows, int]] = defaultdict(dict)

    def store(rows: Rows) -> Relation:
        width = len(rows.names)
        if len(rows.rows) <= _WRITTEN_OUT:
            return rows
        number = stored[width].setdefault(rows, len(stored[width]))
        table = Table(
            f"rows_{width}", (("relation", "c0"), *((name, f"c{at + 1}") for at, name in enumerate(rows.names)))
        )
        return keep(Where(table, "relation", "=", number), *rows.names)

    found: list[Step] = []
    for step in steps:
        match step:
            case Define() | Append() | Decide() | Rank() | Tongue():
                found.append(replace(step, relation=substituted(step.relation, store)))
            case Close():
                found.append(step)
    for width, relations in stored.items():
        listed = [(number, *row) for rows, number in relations.items() for row in rows.rows]
        array = numpy.array(listed, dtype=numpy.int32)
        graph.create(f"rows_{width}", **{f"c{at}": numpy.ascontiguousarray(array[:, at]) for at in range(width + 1)})
    return found


class _Run:
    """Runs steps on an encoded graph."""

    def __init__(self, graph: EncodedGraph, number: Mapping[Term, int], tests: Sequence[Constraint]) -> None:
        self._graph = graph
        self._number = number
        self._tests = tests
        self._closures = 0
        for table, names in _DECISIONS.items():
            listed = ", ".join(f"{quoted(name)} INTEGER" for name in names)
            graph.run(f"CREATE OR REPLACE TABLE {table} ({listed})")
        self._orders: dict[str, dict[int, Any]] = defaultdict(dict)
        self._languages: dict[str, int] = {}

    def step(self, step: Step) -> None:
        """Run one step."""
        match step:
            case Define(table, relation):
                self._graph.run(f"CREATE OR REPLACE TABLE {quoted(table)} AS {sql(relation)}")
            case Append(table, relation):
                names = ", ".join(map(quoted, columns(relation)))
                self._graph.run(f"INSERT INTO {quoted(table)} ({names}) {sql(relation)}")
            case Close():
                self._close(step)
            case Decide(relation):
                self._decide(relation)
            case Rank(relation):
                self._rank(relation)
            case Tongue(relation):
                self._tell_language(relation)

    def _close(self, step: Close) -> None:
        """Find the edges of the inner path as far as the starts lead, then walk them (`reachability`)."""
        self._closures += 1
        name = f"closure_{self._closures}"
        edges, seen, front = f"{name}_edge", f"{name}_seen", f"{name}_front"
        self.step(Define(front, Distinct(keep(step.starts, start="start"))))
        self._graph.run(f'CREATE OR REPLACE TABLE {edges} (start INTEGER, "end" INTEGER)')
        self.step(Define(seen, _starts(front)))
        while self._graph.rows(f"SELECT 1 FROM {front} LIMIT 1"):
            steps, pairs = compile_path(step.path, _starts(front), self._number, f"{name}_inner")
            for inner in steps:
                self.step(inner)
            ends = f"{name}_pairs"
            self.step(Define(ends, pairs))
            self.step(Append(edges, Table(ends, (("start", "start"), ("end", "end")))))
            self.step(Define(front, Anti(Distinct(Table(ends, (("start", "end"),))), _starts(seen))))
            self.step(Append(seen, _starts(front)))
        (starts,) = self._graph.arrays(sql(Distinct(keep(step.starts, start="start"))))
        origins, ends_found = reachable(starts, *self._graph.arrays(f'SELECT start, "end" FROM {edges}'))
        self._graph.create(step.table, start=origins.astype(numpy.int32), end=ends_found.astype(numpy.int32))

    def _undecided(self, relation: Relation, table: str) -> list[tuple[Any, ...]]:
        """The rows of a relation that a table of decisions does not have yet, with the text of the value at the end.

        They are put into the table.
        """
        names = columns(relation)
        new = f"new_{table}"
        self.step(Define(new, Anti(relation, Table(table, tuple((name, name) for name in names)))))
        self._graph.run(f"INSERT INTO {table} SELECT * FROM {new}")
        listed = ", ".join(f"w.{name}" for name in names)
        return self._graph.rows(f"SELECT {listed}, text FROM {new} AS w JOIN term ON term.id = w.value")

    def _decide(self, relation: Relation) -> None:
        rows = self._undecided(relation, "decided")
        tests = {test: _test(self._tests[test]) for test in {row[0] for row in rows}}
        terms = _Terms(text for test, _, text in rows if tests[test][0] is _term)
        failed = []
        for test, value, text in rows:
            view, holds = tests[test]
            if not holds(terms[text] if view is _term else view(text)):
                failed.append((test, value))
        self._add("failed", failed)

    def _rank(self, relation: Relation) -> None:
        """Rank all terms met so far anew: ranks are dense, so a new term moves the others."""
        rows = self._undecided(relation, "seen_for_rank")
        terms = _Terms(text for _, text in rows)
        for value, text in rows:
            place = place_of(terms[text])
            if place is not None:
                self._orders[place.order][value] = place.key
        ranked: list[tuple[int, ...]] = []
        for at, keys in enumerate(self._orders.values()):
            rank = {key: position for position, key in enumerate(sorted(set(keys.values())))}
            ranked += [(value, at, rank[key]) for value, key in keys.items()]
        self._graph.run("DELETE FROM ranked")
        self._add("ranked", ranked)

    def _tell_language(self, relation: Relation) -> None:
        spoken = [(value, _tag(text)) for value, text in self._undecided(relation, "seen_for_tongue")]
        for _, language in spoken:
            self._languages.setdefault(language, len(self._languages))
        self._add("tongue", [(value, self._languages[language]) for value, language in spoken if language])

    def _add(self, table: str, rows: Sequence[tuple[int, ...]]) -> None:
        if rows:
            names = _DECISIONS[table]
            array = numpy.array(rows, dtype=numpy.int32)
            self._graph.create(
                "found", **{name: numpy.ascontiguousarray(array[:, at]) for at, name in enumerate(names)}
            )
            self._graph.run(f"INSERT INTO {table} SELECT * FROM found")


_DECISIONS = {
    "decided": ("test", "value"),
    "failed": ("test", "value"),
    "seen_for_rank": ("value",),
    "ranked": ("value", "ordering", "rank"),
    "seen_for_tongue": ("value",),
    "tongue": ("value", "language"),
}


def _starts(table: str) -> Table:
    return Table(table, (("start", "start"),))


class _Terms(dict[str, Term]):
    """Terms by their texts, all of them read at once."""

    def __init__(self, texts: Iterable[str]) -> None:
        distinct = list(dict.fromkeys(texts))
        super().__init__(zip(distinct, read_terms(distinct), strict=True))


def _term(text: str) -> Term:
    """The term of an N-Triples text."""
    return read_terms([text])[0]


def _lexical(text: str) -> str | None:
    """What SPARQL's `str()` gives of the term of an N-Triples text; None for a blank node."""
    if text[0] == "<":
        return text[1:-1]
    if "\\" in text or text[0] != '"':
        return text_of(_term(text))
    return text[1 : text.rindex('"')]


def _tag(text: str) -> str:
    """The language tag in the N-Triples text of a term; empty where there is none."""
    return text[text.rindex('"') + 2 :] if text[0] == '"' and text[text.rindex('"') + 1 :].startswith("@") else ""


_View = Callable[[str], Any]


def _test(constraint: Constraint) -> tuple[_View, Callable[[Any], bool]]:
    """What decides a constraint that looks at one value alone (SHACL sections 4.1.2, 4.3, 4.4), and of what part of it.

    The part is the term itself, or what can be cut out of its text without making a term, which takes a fifth of the
    time.
    """
    match constraint:
        case c.Datatype(datatype):
            name = datatype.value
            if name == XSD_STRING:
                return str, lambda text: text[0] == text[-1] == '"'
            return _term, lambda term: has_datatype(term, name)
        case c.MinLength(length):
            return _lexical, lambda text: text is not None and len(text) >= length
        case c.MaxLength(length):
            return _lexical, lambda text: text is not None and len(text) <= length
        case c.Pattern(pattern, flags):
            search = compiled(pattern, flags).search
            return _lexical, lambda text: text is not None and search(text) is not None
        case c.LanguageIn(ranges):
            covered = lru_cache(lambda tag: any(language_matches(tag, wanted) for wanted in ranges))
            return _tag, covered
        case c.MinExclusive(limit) | c.MinInclusive(limit) | c.MaxExclusive(limit) | c.MaxInclusive(limit):
            accepted = _ACCEPTED[type(constraint)]
            return _term, lambda term: compare(term, limit) in accepted
        case _:
            raise TypeError(f"{constraint.component} looks at more than one value")


_ACCEPTED: dict[type, tuple[int, ...]] = {
    c.MinExclusive: (1,),
    c.MinInclusive: (0, 1),
    c.MaxExclusive: (-1,),
    c.MaxInclusive: (-1, 0),
}


def _reported(graph: EncodedGraph, plan: Plan) -> Iterator[ValidationResult]:
    """The rows of `result` that the report speaks of, as results."""
    graph.run("CREATE OR REPLACE TABLE reported AS SELECT * FROM result WHERE weight > 0")
    terms = graph.terms(
        " UNION ".join(f"SELECT {name} FROM reported WHERE {name} IS NOT NULL" for name in ("focus", "value", "path"))
    )
    said = {number: _said(*plan.constraints[number]) for (number,) in graph.rows(_REPORTED)}
    for rows in graph.batches('SELECT "constraint", focus, value, path, weight FROM reported'):
        for number, focus, value, predicate, weight in rows:
            path, shape, component, severity, message = said[number]
            if predicate is not None:  # what `sh:closed` found
                path = str(terms[predicate])
            found = None if value is None else terms[value]
            yield from [ValidationResult(terms[focus], path, found, shape, component, severity, message)] * weight


_REPORTED = 'SELECT DISTINCT "constraint" FROM reported'


def _said(shape: Shape, constraint: Constraint) -> tuple[str | None, Term, str, str, str]:
    """What is the same for all results of a constraint: path, shape, component, severity and message."""
    path = path_text(shape.path) if shape.path is not None else None
    severity, component = severity_name(shape.severity.value), constraint.component
    return path, shape.node, component, severity, message_of(shape, component)
