"""One step of the closure told backward: from which statements, and by which axioms, a closed statement follows.

The kinds of step are those of `sharewell.reasoning.closure`; `entailments` finds every way in which one of them gives a
statement, whatever the order in which the closure came upon them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from sharewell.graph.paths import Alternative, Inverse, Link, Path, Repeat, shortest
from sharewell.graph.terms import compact_iri
from sharewell.reasoning.closure import Axioms
from sharewell.vocabulary import OWL, RDF_TYPE, RDFS

LABELS: Final[dict[str, str]] = {
    "subclass": "What is of a class is of every class above it",
    "subproperty": "What holds by a property holds by every property above it",
    "equivalent": "Equivalent terms say the same",
    "inverse": "What a property says, its inverse says from the other side",
    "symmetric": "A symmetric property holds both ways",
    "transitive": "A transitive property holds over any number of steps",
    "chain": "Two properties, one after the other, amount to a third",
}
"""The kinds of entailment step, in the order in which they are preferred, with an English label."""

_EQUIVALENT_CLASS = NamedNode(OWL + "equivalentClass")
_EQUIVALENT_PROPERTY = NamedNode(OWL + "equivalentProperty")
_INVERSE_OF = NamedNode(OWL + "inverseOf")


@dataclass(frozen=True, slots=True)
class Entailment:
    """A way in which a statement is entailed: the kind of step, the statements used, and the axioms.

    An axiom about a chain is a list of nodes without a name; it is given as text in `conditions`, not as statements.
    """

    kind: str
    statements: tuple[Triple, ...]
    axioms: tuple[Triple, ...]
    conditions: tuple[str, ...] = ()


def entailments(store: Store, axioms: Axioms, triple: Triple) -> Iterator[Entailment]:
    """Every way in which other statements of the store entail this one in one step; order not defined."""
    if triple.predicate == RDF_TYPE and isinstance(triple.object, NamedNode):
        yield from _by_subclass(store, axioms, triple, triple.object)
    yield from _by_superproperty(store, axioms, triple)
    yield from _by_inverse(store, axioms, triple)
    yield from _by_two(store, axioms, triple)


def _by_subclass(store: Store, axioms: Axioms, triple: Triple, above: NamedNode) -> Iterator[Entailment]:
    for quad in store.quads_for_pattern(triple.subject, RDF_TYPE, None):
        if isinstance(quad.object, NamedNode) and above in axioms.superclasses.get(quad.object, ()):
            climbed = _climbed(store, quad.object, above, NamedNode(RDFS + "subClassOf"), _EQUIVALENT_CLASS)
            kind = "equivalent" if all(axiom.predicate == _EQUIVALENT_CLASS for axiom in climbed) else "subclass"
            yield Entailment(kind, (quad.triple,), climbed)


def _by_superproperty(store: Store, axioms: Axioms, triple: Triple) -> Iterator[Entailment]:
    for quad in store.quads_for_pattern(triple.subject, None, triple.object):
        # The closure asks of a class only what is above it.
        if quad.predicate != RDF_TYPE and triple.predicate in axioms.superproperties.get(quad.predicate, ()):
            above = (NamedNode(RDFS + "subPropertyOf"), _EQUIVALENT_PROPERTY)
            climbed = _climbed(store, quad.predicate, triple.predicate, *above)
            kind = "equivalent" if all(axiom.predicate == _EQUIVALENT_PROPERTY for axiom in climbed) else "subproperty"
            yield Entailment(kind, (quad.triple,), climbed)


def _climbed(store: Store, low: NamedNode, high: NamedNode, up: NamedNode, same: NamedNode) -> tuple[Triple, ...]:
    """The fewest axioms between named terms that lead from a term to one above it."""
    path: Path = Repeat(Alternative((Link(up), Link(same), Inverse(Link(same)))), "+")

    def named(axiom: Triple) -> bool:
        return isinstance(axiom.subject, NamedNode) and isinstance(axiom.object, NamedNode)

    return shortest(store, path, low, high, named) or ()


def _by_inverse(store: Store, axioms: Axioms, triple: Triple) -> Iterator[Entailment]:
    if isinstance(triple.object, Literal | Triple):
        return
    for other in axioms.inverses.get(triple.predicate, ()):
        stated = Quad(triple.object, other, triple.subject)
        if other == RDF_TYPE or stated not in store:
            continue
        if other == triple.predicate:
            symmetric = Triple(other, RDF_TYPE, NamedNode(OWL + "SymmetricProperty"))
            kind, either = "symmetric", (symmetric, Triple(other, _INVERSE_OF, other))
        else:
            kind = "inverse"
            either = Triple(triple.predicate, _INVERSE_OF, other), Triple(other, _INVERSE_OF, triple.predicate)
        yield Entailment(kind, (stated.triple,), _first_in(store, *either))


def _first_in(store: Store, *either: Triple) -> tuple[Triple, ...]:
    return tuple(t for t in either if Quad(t.subject, t.predicate, t.object) in store)[:1]


def _by_two(store: Store, axioms: Axioms, triple: Triple) -> Iterator[Entailment]:
    result = triple.predicate
    if result in axioms.transitive:
        transitive = Triple(result, RDF_TYPE, NamedNode(OWL + "TransitiveProperty"))
        for both in _joined(store, triple, result, result):
            yield Entailment("transitive", both, (transitive,))
    for first, followers in axioms.chains_by_first.items():
        for second in sorted({second for second, made in followers if made == result}, key=str):
            names = [compact_iri(name.value) for name in (result, first, second)]
            axiom = "{} owl:propertyChainAxiom ( {} {} )".format(*names)
            for both in _joined(store, triple, first, second):
                yield Entailment("chain", both, (), (axiom,))


def _joined(store: Store, triple: Triple, first: NamedNode, second: NamedNode) -> Iterator[tuple[Triple, Triple]]:
    """The pairs of statements that lead by one property and then by another from the subject to the object."""
    for quad in store.quads_for_pattern(triple.subject, first, None):
        if not isinstance(quad.object, Literal | Triple):
            following = Quad(quad.object, second, triple.object)
            if following in store:
                yield quad.triple, following.triple
