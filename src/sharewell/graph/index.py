"""Triples in memory, found from either end: for work that asks many small questions of one graph, node by node."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from sharewell.graph.terms import Term

_Ends = dict[Term, dict[Term, dict[Term, None]]]
_NOTHING: dict[Term, dict[Term, None]] = {}
_NONE: dict[Term, None] = {}


class TripleIndex:
    """A set of triples by subject and predicate and by object and predicate. Terms are exact RDF terms.

    `version` counts the changes, so that whoever remembers an answer knows when to forget it. Collections that are
    handed out are views: do not change the index while going through one.
    """

    def __init__(self, statements: Iterable[Quad | Triple] = ()) -> None:
        self._forward: _Ends = {}
        self._backward: _Ends = {}
        self._size = 0
        self.version = 0
        for statement in statements:
            self._add(statement.subject, statement.predicate, statement.object)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Triple]:
        for subject, properties in self._forward.items():
            for predicate, objects in properties.items():
                for value in objects:
                    yield _triple(subject, predicate, value)

    def terms(self) -> Iterator[Term]:
        """Subject, predicate and object of every triple, one after the other: quicker than making triples of them."""
        for subject, properties in self._forward.items():
            for predicate, objects in properties.items():
                for value in objects:
                    yield subject
                    yield predicate
                    yield value

    def __contains__(self, triple: object) -> bool:
        return isinstance(triple, Triple) and self.contains(triple.subject, triple.predicate, triple.object)

    def knows(self, term: Term) -> bool:
        """Whether a term is the subject or the object of a triple."""
        return term in self._forward or term in self._backward

    def contains(self, subject: Term, predicate: Term, value: Term) -> bool:
        """Whether a triple is there."""
        return value in self._forward.get(subject, _NOTHING).get(predicate, _NONE)

    def objects(self, subject: Term, predicate: Term) -> Collection[Term]:
        """The objects of the triples with a subject and a predicate."""
        return self._forward.get(subject, _NOTHING).get(predicate, _NONE).keys()

    def subjects(self, predicate: Term, value: Term) -> Collection[Term]:
        """The subjects of the triples with a predicate and an object."""
        return self._backward.get(value, _NOTHING).get(predicate, _NONE).keys()

    def predicates(self, subject: Term) -> Collection[Term]:
        """The predicates of the triples with a subject."""
        return self._forward.get(subject, _NOTHING).keys()

    def outgoing(self, subject: Term) -> Iterator[tuple[Term, Term]]:
        """Predicate and object of every triple with a subject."""
        for predicate, objects in self._forward.get(subject, _NOTHING).items():
            for value in objects:
                yield predicate, value

    def subjects_of(self, predicate: Term) -> list[Term]:
        """All subjects of a predicate."""
        return [subject for subject, properties in self._forward.items() if predicate in properties]

    def objects_of(self, predicate: Term) -> list[Term]:
        """All objects of a predicate."""
        return [value for value, properties in self._backward.items() if predicate in properties]

    def add(self, triple: Triple) -> bool:
        """Add a triple; whether it was not there before."""
        added = self._add(triple.subject, triple.predicate, triple.object)
        self.version += added
        return added

    def discard(self, triple: Triple) -> bool:
        """Take a triple away; whether it was there."""
        if triple not in self:
            return False
        _remove(self._forward, triple.subject, triple.predicate, triple.object)
        _remove(self._backward, triple.object, triple.predicate, triple.subject)
        self._size -= 1
        self.version += 1
        return True

    @contextmanager
    def changed(self, add: Iterable[Triple] = (), remove: Iterable[Triple] = ()) -> Iterator[None]:
        """The graph with triples taken away and others laid over it, for as long as the block runs."""
        removed = [triple for triple in remove if self.discard(triple)]
        added = [triple for triple in add if self.add(triple)]
        try:
            yield
        finally:
            for triple in added:
                self.discard(triple)
            for triple in removed:
                self.add(triple)

    def _add(self, subject: Term, predicate: Term, value: Term) -> bool:
        objects = self._forward.setdefault(subject, {}).setdefault(predicate, {})
        if value in objects:
            return False
        objects[value] = None
        self._backward.setdefault(value, {}).setdefault(predicate, {})[subject] = None
        self._size += 1
        return True


def _remove(ends: _Ends, start: Term, predicate: Term, end: Term) -> None:
    """Remove one entry, and what is empty without it."""
    del ends[start][predicate][end]
    if not ends[start][predicate]:
        del ends[start][predicate]
    if not ends[start]:
        del ends[start]


def _triple(subject: Term, predicate: Term, value: Term) -> Triple:
    if not isinstance(subject, NamedNode | BlankNode) or not isinstance(predicate, NamedNode):
        raise TypeError(f"not a triple: {subject} {predicate} {value}")
    return Triple(subject, predicate, value)
