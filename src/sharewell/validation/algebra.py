"""A small relational algebra over integers, and its text in standard SQL.

Columns have names, and a join, semijoin or antijoin matches the columns that both sides have (the named perspective of
Abiteboul, Hull and Vianu, Foundations of Databases, section 5.1). Relations are bags: only `Distinct` removes
duplicates. Everything that validation asks of a database is said with these operators and written by `sql`, so that
another engine needs another `sql` and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the database, its columns under names of our own: pairs of (name, column of the table)."""

    name: str
    renamed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows written out: one integer for each of `names`."""

    names: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Project:
    """Columns by new names: pairs of (name, column, or a constant; None is SQL's NULL)."""

    source: Relation
    columns: tuple[tuple[str, str | int | None], ...]


@dataclass(frozen=True, slots=True)
class Where:
    """The rows in which a column compares as `operator` says with another column or a constant."""

    source: Relation
    left: str
    operator: str
    right: str | int


@dataclass(frozen=True, slots=True)
class Join:
    """Every row of the left with every row of the right that agrees with it."""

    left: Relation
    right: Relation


@dataclass(frozen=True, slots=True)
class Semi:
    """The rows of the left for which the right has one that agrees."""

    left: Relation
    right: Relation


@dataclass(frozen=True, slots=True)
class Anti:
    """The rows of the left for which the right has none that agrees."""

    left: Relation
    right: Relation


@dataclass(frozen=True, slots=True)
class Union:
    """The rows of all parts, which have the same columns; duplicates stay."""

    parts: tuple[Relation, ...]


@dataclass(frozen=True, slots=True)
class Distinct:
    """Each row once."""

    source: Relation


@dataclass(frozen=True, slots=True)
class Count:
    """For each group of rows that agree in `by`, how many they are."""

    source: Relation
    by: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Sum:
    """For each group of rows that agree in `by`, the sum of a column, which keeps its name."""

    source: Relation
    by: tuple[str, ...]
    column: str


Relation = Table | Rows | Project | Where | Join | Semi | Anti | Union | Distinct | Count | Sum


def columns(relation: Relation) -> tuple[str, ...]:
    """The names of the columns of a relation, in order."""
    match relation:
        case Table(_, renamed):
            return tuple(name for name, _ in renamed)
        case Rows(names, _):
            return names
        case Project(_, projected):
            return tuple(name for name, _ in projected)
        case Join(left, right):
            own = columns(left)
            return own + tuple(name for name in columns(right) if name not in own)
        case Semi(left, _) | Anti(left, _) | Where(left, _, _, _) | Distinct(left):
            return columns(left)
        case Union(parts):
            return columns(parts[0])
        case Count(_, by, name) | Sum(_, by, name):
            return (*by, name)


def keep(source: Relation, *names: str, **renamed: str | int | None) -> Project:
    """A projection to some columns under their own names, and others under new ones (`new=old`, or a constant)."""
    return Project(source, (*((name, name) for name in names), *renamed.items()))


def substituted(relation: Relation, new: Callable[[Rows], Relation]) -> Relation:
    """A relation with all rows that are written out in it replaced."""
    match relation:
        case Rows():
            return new(relation)
        case Table():
            return relation
        case Join(left, right) | Semi(left, right) | Anti(left, right):
            return type(relation)(substituted(left, new), substituted(right, new))
        case Union(parts):
            return Union(tuple(substituted(part, new) for part in parts))
        case _:
            return replace(relation, source=substituted(relation.source, new))


def sql(relation: Relation) -> str:
    """A relation as a SELECT of SQL:2003; NULLs occur only in results, so no comparison ever meets one."""
    match relation:
        case Table(name, renamed):
            return f"SELECT {_listed(renamed)} FROM {quoted(name)}"
        case Rows(names, rows):
            return _values(names, rows)
        case Project(source, projected):
            return f"SELECT {_listed(projected)} FROM {_nested(source, 'a')}"
        case Where(source, left, operator, right):
            return f"SELECT * FROM {_nested(source, 'a')} WHERE {quoted(left)} {operator} {_operand(right)}"
        case Join(left, right):
            return _join(left, right)
        case Semi(left, right):
            return f"SELECT * FROM {_nested(left, 'a')} WHERE EXISTS ({_agreeing(left, right)})"
        case Anti(left, right):
            return f"SELECT * FROM {_nested(left, 'a')} WHERE NOT EXISTS ({_agreeing(left, right)})"
        case Union(parts):
            listed = ", ".join(map(quoted, columns(relation)))
            return " UNION ALL ".join(f"SELECT {listed} FROM {_nested(part, 'a')}" for part in parts)
        case Distinct(source):
            return f"SELECT DISTINCT * FROM {_nested(source, 'a')}"
        case Count(source, by, name):
            return _grouped(source, by, "COUNT(*)", name)
        case Sum(source, by, column):
            return _grouped(source, by, f"SUM({quoted(column)})", column)


def quoted(name: str) -> str:
    """An identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _operand(value: str | int | None) -> str:
    if value is None:
        return "CAST(NULL AS INTEGER)"
    return str(int(value)) if isinstance(value, int) else quoted(value)


def _listed(projected: tuple[tuple[str, str | int | None], ...]) -> str:
    return ", ".join(
        quoted(name) if name == column else f"{_operand(column)} AS {quoted(name)}" for name, column in projected
    )


def _nested(relation: Relation, alias: str) -> str:
    return f"({sql(relation)}) AS {alias}"


def _values(names: tuple[str, ...], rows: tuple[tuple[int, ...], ...]) -> str:
    listed = ", ".join(map(quoted, names))
    if not rows:
        nothing = ", ".join(f"0 AS {quoted(name)}" for name in names)
        return f"SELECT * FROM (SELECT {nothing}) AS a WHERE 1 = 0"
    text = ", ".join("(" + ", ".join(str(int(value)) for value in row) + ")" for row in rows)
    return f"SELECT * FROM (VALUES {text}) AS a({listed})"


def _shared(left: Relation, right: Relation) -> list[str]:
    theirs = columns(right)
    return [quoted(name) for name in columns(left) if name in theirs]


def _join(left: Relation, right: Relation) -> str:
    shared, own = _shared(left, right), columns(left)
    listed = [f"a.{quoted(name)}" for name in own]
    listed += [f"b.{quoted(name)}" for name in columns(right) if name not in own]
    condition = " AND ".join(f"a.{name} = b.{name}" for name in shared) or "1 = 1"
    return f"SELECT {', '.join(listed)} FROM {_nested(left, 'a')} JOIN {_nested(right, 'b')} ON {condition}"


def _agreeing(left: Relation, right: Relation) -> str:
    condition = " AND ".join(f"a.{name} = b.{name}" for name in _shared(left, right)) or "1 = 1"
    return f"SELECT 1 FROM {_nested(right, 'b')} WHERE {condition}"


def _grouped(source: Relation, by: tuple[str, ...], aggregate: str, name: str) -> str:
    groups = ", ".join(map(quoted, by))
    return (
        f"SELECT {groups}, CAST({aggregate} AS INTEGER) AS {quoted(name)} FROM {_nested(source, 'a')} GROUP BY {groups}"
    )
