"""The steps of a validation plan, and the terms whose numbers they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sharewell.graph.terms import Term
from sharewell.validation import constraints as c
from sharewell.validation.algebra import Relation, Table
from sharewell.validation.constraints import Constraint
from sharewell.validation.paths import AlternativePath, Path, PredicatePath, SequencePath
from sharewell.validation.shapes import (
    SUBCLASS_OF,
    Shape,
    Target,
    TargetClass,
    TargetNode,
    TargetObjectsOf,
    TargetSubjectsOf,
)
from sharewell.vocabulary import RDF_TYPE

RESULT = ("constraint", "focus", "value", "path", "weight")
"""The columns of the table `result`; value and path can be NULL."""
FAILING = ("shape", "node")
"""The columns of the table `failing`."""


@dataclass(frozen=True, slots=True)
class Define:
    """Make a table of a relation."""

    table: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class Append:
    """Add the rows of a relation to a table that has the same columns."""

    table: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class Close:
    """Make a table (start, end) of the pairs that one or more steps of a path join, for the starts of a relation."""

    table: str
    path: Path
    starts: Relation


@dataclass(frozen=True, slots=True)
class Decide:
    """See to it that `failed(test, value)` is complete for the pairs (test, value) of a relation."""

    relation: Relation


@dataclass(frozen=True, slots=True)
class Rank:
    """See to it that `ranked(value, ordering, rank)` is complete for the values of a relation.

    Terms with the same `ordering` are comparable, and then as their ranks are.
    """

    relation: Relation


@dataclass(frozen=True, slots=True)
class Tongue:
    """See to it that `tongue(value, language)` is complete for the values of a relation that have a language."""

    relation: Relation


Step = Define | Append | Close | Decide | Rank | Tongue


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, and what the numbers in its tables mean.

    `constraints[n]` is the shape and the constraint of number n in `result`; `tests[n]` the constraint that test n
    decides about one term.
    """

    steps: tuple[Step, ...]
    constraints: tuple[tuple[Shape, Constraint], ...]
    tests: tuple[Constraint, ...]


def terms_of(shapes: Iterable[Shape]) -> Iterator[Term]:
    """The terms that a plan for these shapes needs the numbers of."""
    yield from (RDF_TYPE, SUBCLASS_OF)
    for shape in shapes:
        yield from _terms_of_path(shape.path) if shape.path else ()
        for target in shape.targets:
            yield target_term(target)
        for constraint in shape.constraints:
            yield from _terms_of_constraint(constraint)


def _terms_of_path(path: Path) -> Iterator[Term]:
    match path:
        case PredicatePath(iri):
            yield iri
        case SequencePath(parts) | AlternativePath(parts):
            for part in parts:
                yield from _terms_of_path(part)
        case _:
            yield from _terms_of_path(path.path)


def target_term(target: Target) -> Term:
    """The node, class or predicate that a target names."""
    match target:
        case TargetNode(node):
            return node
        case TargetClass(cls, _):
            return cls
        case TargetSubjectsOf(predicate) | TargetObjectsOf(predicate):
            return predicate


def _terms_of_constraint(constraint: Constraint) -> Iterator[Term]:
    match constraint:
        case c.Class(term) | c.HasValue(term):
            yield term
        case c.Equals(term) | c.Disjoint(term) | c.LessThan(term) | c.LessThanOrEquals(term):
            yield term
        case c.In(terms) | c.Closed(terms):
            yield from terms


def table(name: str, **renamed: str) -> Table:
    """A table with its columns under new names: `new="column"`."""
    return Table(name, tuple(renamed.items()))


def failing(shape: str, node: str) -> Table:
    """What does not conform, the shape and the node under names of one's own."""
    return Table("failing", ((shape, "shape"), (node, "node")))
