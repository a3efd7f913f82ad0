"""SHACL property paths (section 2.3.1) and class membership as relations, walked only from where they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pyoxigraph import NamedNode

from sharewell.graph.terms import Term
from sharewell.validation.algebra import Distinct, Join, Relation, Rows, Semi, Union, Where, keep
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
from sharewell.validation.plan import Close, Define, Step, table
from sharewell.validation.shapes import SUBCLASS_OF
from sharewell.vocabulary import RDF_TYPE


class _Paths:
    """Paths as relations (start, end), and the steps that have to be run first."""

    def __init__(self, number: Mapping[Term, int], prefix: str) -> None:
        self.steps: list[Step] = []
        self._number = number
        self._prefix = prefix
        self._tables = 0

    def pairs(self, path: Path, starts: Relation | None) -> Relation:
        """The pairs that a path joins, each once, for the starts (a relation with the column start); None: for all.

        Paths that a node without any statement has an end on need `starts`.
        """
        match path:
            case PredicatePath(iri):
                return self._triples(iri, starts, "s", "o")
            case InversePath(PredicatePath(iri)):
                return self._triples(iri, starts, "o", "s")
            case InversePath(inner):
                return self.pairs(_inverse(inner), starts)
            case AlternativePath(parts):
                return Distinct(Union(tuple(self.pairs(part, starts) for part in parts)))
            case SequencePath(parts):
                return self._sequence(parts, starts)
            case ZeroOrOnePath(inner):
                return Distinct(Union((self.pairs(inner, starts), _itself(starts))))
            case OneOrMorePath(inner):
                return self._closure(inner, starts)
            case ZeroOrMorePath(inner):
                return Distinct(Union((self._closure(inner, starts), _itself(starts))))

    def _triples(self, predicate: NamedNode, starts: Relation | None, start: str, end: str) -> Relation:
        triples = table("triple", predicate="p", start=start, end=end)
        steps = keep(Where(triples, "predicate", "=", self._number[predicate]), "start", "end")
        return steps if starts is None else Semi(steps, starts)

    def _sequence(self, parts: Sequence[Path], starts: Relation | None) -> Relation:
        """The parts one after the other, each from where the one before has led."""
        first = self._defined(self.pairs(parts[0], starts))
        for part in parts[1:]:
            middle = Distinct(keep(first, start="end"))
            following = self.pairs(part, middle)
            joined = Join(keep(first, "start", middle="end"), keep(following, "end", middle="start"))
            first = self._defined(Distinct(keep(joined, "start", "end")))
        return first

    def _closure(self, inner: Path, starts: Relation | None) -> Relation:
        name = self._name()
        self.steps.append(Close(name, inner, _required(starts)))
        return table(name, start="start", end="end")

    def _defined(self, relation: Relation) -> Relation:
        name = self._name()
        self.steps.append(Define(name, relation))
        return table(name, start="start", end="end")

    def _name(self) -> str:
        self._tables += 1
        return f"{self._prefix}_{self._tables}"


def _required(starts: Relation | None) -> Relation:
    if starts is None:
        raise ValueError("this path needs to know where it starts")
    return starts


def _itself(starts: Relation | None) -> Relation:
    return Distinct(keep(_required(starts), "start", end="start"))


def _inverse(path: Path) -> Path:
    """A path that walks another backwards, with inverses at its predicates only."""
    match path:
        case PredicatePath():
            return InversePath(path)
        case InversePath(inner):
            return inner
        case SequencePath(parts):
            return SequencePath(tuple(_inverse(part) for part in reversed(parts)))
        case AlternativePath(parts):
            return AlternativePath(tuple(_inverse(part) for part in parts))
        case ZeroOrMorePath(inner) | OneOrMorePath(inner) | ZeroOrOnePath(inner):
            return type(path)(_inverse(inner))


def compile_path(path: Path, starts: Relation, number: Mapping[Term, int], prefix: str) -> tuple[list[Step], Relation]:
    """The steps and the relation (start, end) of a path; tables are named after `prefix`."""
    paths = _Paths(number, prefix)
    relation = paths.pairs(path, starts)
    return paths.steps, relation


def instances(classes: Iterable[int], number: Mapping[Term, int]) -> list[Step]:
    """Make `instance(class, node)`: the SHACL instances (section 1.1) of some classes, each pair once."""
    wanted = Rows(("start",), tuple((cls,) for cls in sorted(set(classes))))
    steps, below = compile_path(ZeroOrMorePath(InversePath(PredicatePath(SUBCLASS_OF))), wanted, number, "subclass")
    types = Where(table("triple", predicate="p", node="s", type="o"), "predicate", "=", number[RDF_TYPE])
    typed = Join(keep(below, **{"class": "start", "type": "end"}), types)
    return [*steps, Define("instance", Distinct(keep(typed, "class", "node")))]
