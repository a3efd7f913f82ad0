"""Property paths (SPARQL 1.1, section 9) and the shortest way through a graph that one of them matches.

A path is turned into an automaton, and the graph is searched breadth first for the nearest accepting state, so that a
path with any number of steps is shown by the fewest statements that make it hold.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from pyoxigraph import Literal, NamedNode, Store, Triple

from sharewell.graph.terms import Term


@dataclass(frozen=True, slots=True)
class Link:
    """One statement with this property."""

    predicate: NamedNode


@dataclass(frozen=True, slots=True)
class Inverse:
    """`^path`: the path from its end to its beginning."""

    path: Path


@dataclass(frozen=True, slots=True)
class Sequence:
    """`one/other`."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """`one|other`."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`path?`, `path*` or `path+`, as `mark` says."""

    path: Path
    mark: str


@dataclass(frozen=True, slots=True)
class Except:
    """`!(a|^b)`: one statement with a property that is not among these, forward or backward."""

    forward: tuple[NamedNode, ...]
    backward: tuple[NamedNode, ...]


Path = Link | Inverse | Sequence | Alternative | Repeat | Except

Allowed = Callable[[Triple], bool]
"""Whether the search may use a statement."""


def path_text(path: Path, shown: Callable[[NamedNode], str]) -> str:
    """A path in SPARQL syntax, its properties written as `shown` says."""
    match path:
        case Link():
            return shown(path.predicate)
        case Inverse():
            return f"^({path_text(path.path, shown)})" if _composed(path.path) else f"^{path_text(path.path, shown)}"
        case Sequence() | Alternative():
            mark = "/" if isinstance(path, Sequence) else "|"
            parts = (path_text(part, shown) for part in path.paths)
            return mark.join(
                f"({text})" if isinstance(part, Sequence | Alternative) else text
                for part, text in zip(path.paths, parts, strict=True)
            )
        case Repeat():
            inner = path_text(path.path, shown)
            return f"{inner}{path.mark}" if isinstance(path.path, Link) else f"({inner}){path.mark}"
        case Except():
            steps = [shown(node) for node in path.forward] + [f"^{shown(node)}" for node in path.backward]
            return f"!({'|'.join(steps)})"


def _composed(path: Path) -> bool:
    return isinstance(path, Sequence | Alternative | Inverse)


_Step = tuple[Link | Except, bool]


@dataclass(frozen=True)
class _Automaton:
    """States from 0, where it begins, to `end`; a step is an elementary path and whether it is walked backward."""

    free: dict[int, tuple[int, ...]]
    steps: dict[int, tuple[tuple[_Step, int], ...]]
    end: int

    def reachable(self, state: int) -> list[int]:
        """The states reached without a statement, the state itself among them."""
        found, pending = [state], [state]
        while pending:
            for after in self.free.get(pending.pop(), ()):
                if after not in found:
                    found.append(after)
                    pending.append(after)
        return sorted(found)


class _Builder:
    """Thompson's construction of an automaton from a regular expression."""

    def __init__(self) -> None:
        self.free: dict[int, tuple[int, ...]] = {}
        self.steps: dict[int, tuple[tuple[_Step, int], ...]] = {}
        self.states = 1

    def state(self) -> int:
        self.states += 1
        return self.states - 1

    def jump(self, start: int, end: int) -> None:
        self.free[start] = (*self.free.get(start, ()), end)

    def add(self, path: Path, start: int, backward: bool) -> int:
        """Add a path that begins in a state; gives the state in which it ends."""
        match path:
            case Link() | Except():
                end = self.state()
                self.steps[start] = (*self.steps.get(start, ()), ((path, backward), end))
                return end
            case Inverse():
                return self.add(path.path, start, not backward)
            case Sequence():
                for part in reversed(path.paths) if backward else path.paths:
                    start = self.add(part, start, backward)
                return start
            case Alternative():
                end = self.state()
                for part in path.paths:
                    self.jump(self.add(part, start, backward), end)
                return end
            case Repeat():
                return self._repeat(path, start, backward)

    def _repeat(self, path: Repeat, start: int, backward: bool) -> int:
        inside, end = self.state(), self.state()
        self.jump(start, inside)
        last = self.add(path.path, inside, backward)
        self.jump(last, end)
        if path.mark in "*+":
            self.jump(last, inside)
        if path.mark in "*?":
            self.jump(start, end)
        return end


@lru_cache(maxsize=256)
def _automaton(path: Path) -> _Automaton:
    builder = _Builder()
    end = builder.add(path, 0, False)
    return _Automaton(builder.free, builder.steps, end)


def shortest(store: Store, path: Path, start: Term, end: Term, allowed: Allowed) -> tuple[Triple, ...] | None:
    """The fewest allowed statements by which the path leads from one term to another, in the order walked.

    Of several as short, the first by the text of the properties and terms passed. None where there is no way; no
    statement at all where the path may have no step and the terms are one.
    """
    machine = _automaton(path)
    parents: dict[tuple[Term, int], tuple[tuple[Term, int], Triple] | None] = {}
    queue: deque[tuple[Term, int]] = deque()

    def reach(node: Term, state: int, parent: tuple[tuple[Term, int], Triple] | None) -> None:
        if (node, state) not in parents:
            parents[node, state] = parent
            queue.append((node, state))

    reach(start, 0, None)
    while queue:
        place = queue.popleft()
        node, states = place[0], machine.reachable(place[1])
        if node == end and machine.end in states:
            return _walked(parents, place)
        for step, after in (step for state in states for step in machine.steps.get(state, ())):
            for triple, following in _moves(store, step, node):
                if allowed(triple):
                    reach(following, after, (place, triple))
    return None


def _walked(
    parents: dict[tuple[Term, int], tuple[tuple[Term, int], Triple] | None], place: tuple[Term, int]
) -> tuple[Triple, ...]:
    walked = []
    while (parent := parents[place]) is not None:
        place, triple = parent
        walked.append(triple)
    return tuple(reversed(walked))


def _moves(store: Store, step: _Step, node: Term) -> list[tuple[Triple, Term]]:
    """The statements one elementary step can use from a node, each with the node it leads to, sorted."""
    path, backward = step
    if isinstance(path, Link):
        found = list(_along(store, node, path.predicate, backward))
    else:
        ways = [(path.forward, False)] if path.forward or not path.backward else []
        ways += [(path.backward, True)] if path.backward else []
        found = [
            (triple, after)
            for excluded, inverse in ways
            for triple, after in _along(store, node, None, inverse != backward)
            if triple.predicate not in excluded
        ]
    return sorted(found, key=lambda move: (str(move[0].predicate), str(move[1])))


def _along(store: Store, node: Term, predicate: NamedNode | None, backward: bool) -> Iterator[tuple[Triple, Term]]:
    if backward:
        for quad in store.quads_for_pattern(None, predicate, node):
            yield quad.triple, quad.subject
    elif not isinstance(node, Literal | Triple):
        for quad in store.quads_for_pattern(node, predicate, None):
            yield quad.triple, quad.object
