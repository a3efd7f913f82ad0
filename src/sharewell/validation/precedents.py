"""What was found missing for one node, taken over for every node of which the same holds.

The ways in which a node would conform are worked out from what the graph answers to a row of questions: does this node
conform to that shape, where does this path lead. An inquiry notes the questions and the answers, and speaks of terms by
the order in which it met them. Where another node gives the same answers, the same ways come out, said of its own
terms, so they need not be worked out again (memoisation along the branches that were taken: Acar, Blelloch and Harper,
Selective Memoization, POPL 2003). Answers are asked for anew each time, so a graph that changes does no harm.

Two nodes are never alike where what is found also depends on something that no question tells: on triples that stand
against the shape, or on the label of a node.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from sharewell.graph.terms import Term
from sharewell.validation import constraints as c
from sharewell.validation.conformance import Conformance, SetTest, ValueTest
from sharewell.validation.constraints import Constraint
from sharewell.validation.missing import Alternative, find_missing
from sharewell.validation.neighbourhood import why_broken
from sharewell.validation.paths import Path
from sharewell.validation.plan import terms_of
from sharewell.validation.shapes import Shape
from sharewell.validation.wording import Label

_MOST_TERMS = 16
"""An inquiry that meets more terms is like no other: hardly ever do so many nodes stand in the same order."""
_MOST_PATTERNS = 4096
"""How many patterns are kept for a shape."""

_Answer = object
_Ask = Callable[[list[Term]], _Answer]
"""A question about terms that were met; new ones that the answer names are added to them."""


class Pattern:
    """The ways that were found for one node, and the terms that they speak of, the node first.

    `places` are the numbers of the terms of which facts are expected.
    """

    def __init__(self, alternatives: tuple[Alternative, ...], met: Sequence[Term]) -> None:
        expected = dict.fromkeys(fact.node for way in alternatives for fact in way.expected)
        self.alternatives = alternatives
        self.terms = tuple(dict.fromkeys((*met, *expected)))
        self.number = {term: at for at, term in enumerate(self.terms)}
        self.places = tuple(self.number[node] for node in expected)
        self.speaks_of_others = len(self.terms) > len(met)


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing for a node: those alternatives of a pattern that are `chosen`, said of its own terms."""

    pattern: Pattern
    terms: tuple[Term, ...]
    chosen: tuple[int, ...]

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """The alternatives, best first."""
        found = tuple(self.pattern.alternatives[at] for at in self.chosen)
        if self.terms == self.pattern.terms:
            return found
        own = dict(zip(self.pattern.terms, self.terms, strict=True))
        return tuple(_said_of(way, own) for way in found)


class Precedents:
    """The patterns known for the shapes of a graph. `label` gives the words for a node."""

    def __init__(self, graph: Conformance, label: Label) -> None:
        self._graph = graph
        self._label = label
        self._known: dict[tuple[Term, int, bool], _Known] = {}

    def gap(self, node: Term, shape: Term, limit: int) -> Gap:
        """What is missing for a node to conform to a shape, in at most `limit` alternatives."""
        key = shape, limit, isinstance(node, Literal)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _Known(_named_in(self._graph.shapes.within(shape)))
        terms: list[Term] = [node]
        fork = None if node in known.fixed else known.root.reached(terms)
        if fork is not None and fork.pattern is not None:
            return Gap(fork.pattern, tuple(terms), tuple(range(len(fork.pattern.alternatives))))
        inquiry = Inquiry(self._graph, node, known.fixed, self._label)
        inquiry.is_alike = node not in known.fixed and fork is None and known.patterns < _MOST_PATTERNS
        pattern = Pattern(find_missing(inquiry, node, shape, limit), inquiry.terms)
        if inquiry.notes:
            known.keep(inquiry.notes, None if pattern.speaks_of_others or not inquiry.is_alike else pattern)
        return Gap(pattern, pattern.terms, tuple(range(len(pattern.alternatives))))


@dataclass(slots=True)
class _Fork:
    """A question, and where each answer leads; at the end a pattern, or none where nodes are not alike."""

    ask: _Ask | None = None
    answers: dict[_Answer, _Fork] = field(default_factory=dict)
    pattern: Pattern | None = None
    is_end: bool = False

    def reached(self, terms: list[Term]) -> _Fork | None:
        """The end to which the answers of the graph lead; None where nobody has come there. Adds what is met."""
        fork: _Fork | None = self
        while fork is not None and fork.ask is not None:
            fork = fork.answers.get(fork.ask(terms))
        return fork if fork is not None and fork.is_end else None


@dataclass(slots=True)
class _Known:
    """What is known of a shape. `fixed` are the terms that it names: they are what they are, for every node."""

    fixed: frozenset[Term]
    root: _Fork = field(default_factory=_Fork)
    patterns: int = 0

    def keep(self, notes: Iterable[tuple[_Ask, _Answer]], pattern: Pattern | None) -> None:
        """Remember that these answers lead to a pattern, or to where nodes are no longer alike."""
        fork = self.root
        for ask, answer in notes:
            fork.ask = fork.ask or ask
            fork = fork.answers.setdefault(answer, _Fork())
        fork.is_end, fork.pattern = True, pattern
        self.patterns += 1


class Inquiry:
    """A graph as it is asked about one node, with a note of every question and its answer while nodes can be alike."""

    def __init__(self, graph: Conformance, node: Term, fixed: Collection[Term], label: Label) -> None:
        self.shapes = graph.shapes
        self.terms: list[Term] = [node]
        self.notes: list[tuple[_Ask, _Answer]] = []
        self.is_alike = True
        self._graph = graph
        self._fixed = fixed
        self._label = label
        self._noted: set[object] = set()

    def conforms(self, node: Term, shape: Term) -> bool:
        """Whether a node conforms to a shape."""
        conforms = self._graph.conforms
        answer = conforms(node, shape)
        self._note(shape, (node,), lambda at: lambda terms: conforms(terms[at[0]], shape), answer)
        return answer

    def values(self, node: Term, shape: Shape) -> Collection[Term]:
        """The value nodes of a focus node, in a stable order."""
        return (node,) if shape.path is None else self.follow(node, shape.path)

    def follow(self, node: Term, path: Path) -> Collection[Term]:
        """What a path leads to, in a stable order."""
        follow, fixed = self._graph.follow, self._fixed
        found = sorted(follow(node, path), key=str)

        def question(at: tuple[int, ...]) -> _Ask:
            return lambda terms: _met(follow(terms[at[0]], path), terms, fixed)

        if self.is_alike and not self._is_noted(path, (node,)):
            known = len(self.terms)
            answer = _met(found, self.terms, fixed)
            self._note(path, (node,), question, answer)
            if answer is None or len(self.terms) > _MOST_TERMS:
                del self.terms[known:]
                self.is_alike = False
        return found

    def set_test(self, constraint: Constraint) -> SetTest:
        """What decides a constraint from the focus node and its values."""
        test = self._graph.set_test(constraint)

        def question(at: tuple[int, ...]) -> _Ask:
            return lambda terms: test(terms[at[0]], [terms[value] for value in at[1:]])

        def noted(node: Term, values: Collection[Term]) -> bool:
            answer = test(node, values)
            self._note((set, id(constraint)), (node, *values), question, answer)
            return answer

        return noted

    def value_test(self, constraint: Constraint) -> ValueTest | None:
        """What decides a constraint for one value; None for one that judges all values together."""
        test = self._graph.value_test(constraint)
        return None if test is None else self._noted_test(test, constraint)

    def counts(self, value: Term, constraint: c.QualifiedMinCount | c.QualifiedMaxCount) -> bool:
        """Whether a value is one that a qualified constraint counts."""
        return self._noted_test(lambda term: self._graph.counts(term, constraint), constraint)(value)

    def _noted_test(self, test: ValueTest, constraint: Constraint) -> ValueTest:
        def noted(value: Term) -> bool:
            answer = test(value)
            self._note(id(constraint), (value,), lambda at: lambda terms: test(terms[at[0]]), answer)
            return answer

        return noted

    def knows(self, term: Term) -> bool:
        """Whether the graph has a term."""
        index = self._graph.index
        answer = index.knows(term)
        self._note((None, term), (), lambda _: lambda _: index.knows(term), answer)
        return answer

    def objects(self, node: Term, predicate: NamedNode) -> Collection[Term]:
        """The objects of the triples with a subject and a predicate."""
        self.is_alike = False
        return self._graph.index.objects(node, predicate)

    def why_broken(self, node: Term, shape: Shape, constraint: Constraint) -> Collection[Triple]:
        """The triples by which a constraint is broken."""
        self.is_alike = False
        return why_broken(self._graph, node, shape, constraint)

    def label(self, term: Term) -> str:
        """The words for a node."""
        if term not in self._fixed and term in self.terms:
            self.is_alike = False
        return self._label(term)

    def _is_noted(self, about: object, terms: Collection[Term]) -> bool:
        numbers = self._numbers(terms)
        return numbers is not None and (about, numbers) in self._noted

    def _note(
        self, about: object, terms: Collection[Term], question: Callable[[tuple[int, ...]], _Ask], answer: _Answer
    ) -> None:
        if not self.is_alike:
            return
        numbers = self._numbers(terms)
        if numbers is None:  # a term that the shape names, which nothing has led to
            self.is_alike = False
        elif (about, numbers) not in self._noted:
            self._noted.add((about, numbers))
            self.notes.append((question(numbers), answer))

    def _numbers(self, terms: Collection[Term]) -> tuple[int, ...] | None:
        try:
            return tuple(map(self.terms.index, terms))
        except ValueError:
            return None


def _met(values: Collection[Term], terms: list[Term], fixed: Collection[Term]) -> _Answer:
    """Values by the numbers of terms, with the order of all terms where new ones are met; None for too many.

    The order matters, because what is found is sorted by the text of terms; so does which are literals, of which no
    fact can be expected.
    """
    if not values:
        return ()
    if len(values) > _MOST_TERMS:
        return None
    known = len(terms)
    answer: list[object] = []
    for value in sorted(values, key=str) if len(values) > 1 else values:
        if value not in terms:
            terms.append(value)
        number = terms.index(value)
        answer.append((number, value) if value in fixed else number)
    if len(terms) > known:
        texts = list(map(str, terms))
        answer.append(tuple(sorted(range(len(texts)), key=texts.__getitem__)))
        answer.append(tuple(number for number in range(known, len(terms)) if isinstance(terms[number], Literal)))
    return tuple(answer)


def _named_in(shapes: Iterable[Shape]) -> frozenset[Term]:
    used = list(shapes)
    datatypes = (k.datatype for shape in used for k in shape.constraints if isinstance(k, c.Datatype))
    return frozenset((*terms_of(used), *datatypes))


def _said_of(way: Alternative, own: dict[Term, Term]) -> Alternative:
    """An alternative with other terms in the place of those for which it was found."""

    def triple(old: Triple) -> Triple:
        subject = own.get(old.subject, old.subject)
        value = own.get(old.object, old.object)
        return Triple(subject, old.predicate, value) if isinstance(subject, NamedNode | BlankNode) else old

    facts = (replace(fact, node=own[fact.node], template=tuple(map(triple, fact.template))) for fact in way.expected)
    return replace(way, expected=tuple(facts))
