"""What the ontology entails about the record, found statement by statement until nothing new follows.

The axioms that our ontology uses between named terms are the OWL 2 RL rules cax-sco, prp-spo1, prp-inv1 and prp-inv2,
prp-symp, prp-trp, cax-eqc, prp-eqp and prp-spo2 for chains of two (OWL 2 Profiles, section 4.3). They are applied
semi-naively: each new statement is joined once with what is known, so that the work grows with what is added and a
later stratum pays only for its own statements. A general OWL RL engine takes more than a hundred times as long on the
shipped case (`benchmarks/closure.py`) and adds thousands of statements about the vocabulary that no question asks for.

Domains and ranges are left to the reasoner of `sharewell ontology check`: materialised, they would make a misspelt
reference a member of the very class it fails to be, and hide the mistake from the shapes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Store, Triple

from sharewell.graph.store import MergedGraph
from sharewell.vocabulary import OWL, RDF_FIRST, RDF_NIL, RDF_REST, RDF_TYPE, RDFS

_AXIOM_NAMESPACES = (OWL, RDFS)


@dataclass(frozen=True, slots=True)
class Axioms:
    """The axioms the closure applies, each a table from a term to the terms it leads to (transitively closed)."""

    superclasses: dict[NamedNode, frozenset[NamedNode]]
    superproperties: dict[NamedNode, frozenset[NamedNode]]
    inverses: dict[NamedNode, frozenset[NamedNode]]
    transitive: frozenset[NamedNode]
    chains_by_first: dict[NamedNode, tuple[tuple[NamedNode, NamedNode], ...]]
    chains_by_second: dict[NamedNode, tuple[tuple[NamedNode, NamedNode], ...]]

    def predicates(self) -> set[NamedNode]:
        """The predicates of statements from which anything follows."""
        tables = (self.superproperties, self.inverses, self.transitive, self.chains_by_first, self.chains_by_second)
        return {RDF_TYPE}.union(*tables)


def read_axioms(store: Store) -> Axioms:
    """The axioms between named terms that stand in a graph."""
    inverses = defaultdict(set)
    for quad in _named_pairs(store, OWL + "inverseOf"):
        inverses[quad[0]].add(quad[1])
        inverses[quad[1]].add(quad[0])
    for node in _instances(store, OWL + "SymmetricProperty"):
        inverses[node].add(node)
    first, second = _chains(store)
    return Axioms(
        superclasses=_reachable(store, "subClassOf", "equivalentClass"),
        superproperties=_reachable(store, "subPropertyOf", "equivalentProperty"),
        inverses={term: frozenset(others) for term, others in inverses.items()},
        transitive=frozenset(_instances(store, OWL + "TransitiveProperty")),
        chains_by_first=first,
        chains_by_second=second,
    )


def close(graph: MergedGraph, axioms: Axioms, new: Iterable[Triple] | None = None) -> int:
    """Add to the graph all that follows from the statements `new` (None: from all); gives the number added."""
    leading = axioms.predicates()
    pending = list(_statements(graph.store, leading) if new is None else new)
    added = 0
    while pending:
        found = graph.add_derived(
            follows
            for triple in pending
            if triple.predicate in leading
            for follows in consequences(graph.store, axioms, triple)
        )
        added += len(found)
        pending = found
    return added


def consequences(store: Store, axioms: Axioms, triple: Triple) -> Iterator[Triple]:
    """What one statement entails in one step, together with what is in the store."""
    subject, predicate, value = triple.subject, triple.predicate, triple.object
    if predicate == RDF_TYPE:
        if isinstance(value, NamedNode):
            for superclass in axioms.superclasses.get(value, ()):
                yield Triple(subject, RDF_TYPE, superclass)
        return
    for superproperty in axioms.superproperties.get(predicate, ()):
        yield Triple(subject, superproperty, value)
    if isinstance(value, Literal | Triple):
        return
    for inverse in axioms.inverses.get(predicate, ()):
        yield Triple(value, inverse, subject)
    yield from _joined(store, axioms, triple, value)


def _joined(store: Store, axioms: Axioms, triple: Triple, value: NamedNode | BlankNode) -> Iterator[Triple]:
    """Transitivity and chains: the statement joined with those that follow it and those that lead to it."""
    subject, predicate = triple.subject, triple.predicate
    steps = [(predicate, predicate)] if predicate in axioms.transitive else []
    for following, result in [*steps, *axioms.chains_by_first.get(predicate, ())]:
        for quad in store.quads_for_pattern(value, following, None):
            yield Triple(subject, result, quad.object)
    for leading, result in [*steps, *axioms.chains_by_second.get(predicate, ())]:
        for quad in store.quads_for_pattern(None, leading, subject):
            yield Triple(quad.subject, result, value)


def _statements(store: Store, predicates: Iterable[NamedNode]) -> Iterator[Triple]:
    for predicate in sorted(predicates, key=lambda term: term.value):
        if not predicate.value.startswith(_AXIOM_NAMESPACES):
            for quad in store.quads_for_pattern(None, predicate, None):
                yield quad.triple


def _instances(store: Store, iri: str) -> list[NamedNode]:
    quads = store.quads_for_pattern(None, RDF_TYPE, NamedNode(iri))
    return [quad.subject for quad in quads if isinstance(quad.subject, NamedNode)]


def _named_pairs(store: Store, iri: str) -> Iterator[tuple[NamedNode, NamedNode]]:
    for quad in store.quads_for_pattern(None, NamedNode(iri), None):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            yield quad.subject, quad.object


def _reachable(store: Store, up: str, same: str) -> dict[NamedNode, frozenset[NamedNode]]:
    """For each term, all terms above it, itself left out; a cycle makes its members equal."""
    above: dict[NamedNode, set[NamedNode]] = defaultdict(set)
    for low, high in _named_pairs(store, RDFS + up):
        above[low].add(high)
    for one, other in _named_pairs(store, OWL + same):
        above[one].add(other)
        above[other].add(one)
    closed = {}
    for term in list(above):
        seen: set[NamedNode] = set()
        pending = list(above[term])
        while pending:
            higher = pending.pop()
            if higher not in seen:
                seen.add(higher)
                pending += above.get(higher, ())
        closed[term] = frozenset(seen - {term})
    return closed


_ChainTable = dict[NamedNode, tuple[tuple[NamedNode, NamedNode], ...]]


def _chains(store: Store) -> tuple[_ChainTable, _ChainTable]:
    """Property chains of two named properties, by their first and by their second property."""
    first: dict[NamedNode, list[tuple[NamedNode, NamedNode]]] = defaultdict(list)
    second: dict[NamedNode, list[tuple[NamedNode, NamedNode]]] = defaultdict(list)
    for quad in store.quads_for_pattern(None, NamedNode(OWL + "propertyChainAxiom"), None):
        chain = list(_members(store, quad.object))
        if len(chain) == 2 and isinstance(quad.subject, NamedNode):
            first[chain[0]].append((chain[1], quad.subject))
            second[chain[1]].append((chain[0], quad.subject))
    return ({k: tuple(v) for k, v in first.items()}, {k: tuple(v) for k, v in second.items()})


def _members(store: Store, node: NamedNode | BlankNode | Literal | Triple) -> Iterator[NamedNode]:
    while node != RDF_NIL and isinstance(node, NamedNode | BlankNode):
        items = [quad.object for quad in store.quads_for_pattern(node, RDF_FIRST, None)]
        rest = [quad.object for quad in store.quads_for_pattern(node, RDF_REST, None)]
        if items and isinstance(items[0], NamedNode):
            yield items[0]
        if not rest:
            return
        node = rest[0]
