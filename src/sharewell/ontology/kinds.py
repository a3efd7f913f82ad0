"""Each term is one kind of thing: no IRI is a class and a property, or either of them and an individual.

OWL 2 DL allows some of this ("punning"), but owlready2 refuses to load a class that is a property, and a query that
means the class gets the individual.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import NamedNode, Triple

from sharewell.graph.terms import compact_iri
from sharewell.ontology.findings import Finding
from sharewell.ontology.modules import Module, iri_of, shown
from sharewell.ontology.positions import Positions
from sharewell.vocabulary import OWL, RDF, RDF_TYPE, RDFS

_OBJECT_PROPERTY = NamedNode(OWL + "ObjectProperty")
_KINDS = {
    OWL + "Class": "a class",
    RDFS + "Class": "a class",
    RDFS + "Datatype": "a datatype",
    OWL + "ObjectProperty": "an object property",
    OWL + "DatatypeProperty": "a data property",
    OWL + "AnnotationProperty": "an annotation property",
    OWL + "Ontology": "an ontology",
}
_REMEDY = "Give each its own IRI: make the kind a class with members, or a concept in a scheme, not both"


def check_kinds(modules: Iterable[Module], folder: Path, positions: Positions) -> list[Finding]:
    """The terms that are more than one kind of thing; empty when each is one."""
    modules = list(modules)
    objects = {iri_of(t.subject) for m in modules for t in m.triples if t.object == _OBJECT_PROPERTY}
    seen: dict[str, dict[str, tuple[Path, Triple]]] = defaultdict(dict)
    for module in modules:
        for triple in module.triples:
            for term, kind in _kinds(triple, objects):
                seen[term].setdefault(kind, (module.path, triple))
    findings = []
    for term, kinds in sorted(seen.items()):
        if len(kinds) > 1:
            # The kind that was declared last is most likely the mistake; individuals come after declarations.
            path, triple = kinds[max(kinds, key=lambda kind: (kind == "an individual", kind))]
            message = f"{compact_iri(term)} is {' and '.join(sorted(kinds))}"
            findings.append(Finding(shown(path, folder), positions.line(path, triple), message, _REMEDY))
    return findings


def _kinds(triple: Triple, objects: set[str]) -> Iterator[tuple[str, str]]:
    """The kinds of thing that a statement makes of the terms in it."""
    if not isinstance(triple.subject, NamedNode) or not isinstance(triple.object, NamedNode):
        return
    if triple.predicate == RDF_TYPE:
        kind = _KINDS.get(triple.object.value)
        builtin = triple.object.value.startswith((OWL, RDF, RDFS)) and triple.object.value != OWL + "NamedIndividual"
        if kind or not builtin:
            yield triple.subject.value, kind or "an individual"
    elif triple.predicate.value in objects:
        yield triple.subject.value, "an individual"
        yield triple.object.value, "an individual"
