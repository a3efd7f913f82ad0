"""What the ontology and the shapes say of classes and properties, so that no table has to say it again.

The shapes of `shapes/model/` have one form: a shape on the subjects of a property says what its values may be, a shape
ending in `-facts` which class has the property, a shape named after a class which properties its records must have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from sharewell.graph.terms import Term
from sharewell.ingest.values import ValueKind
from sharewell.knowledge import shapes_folder
from sharewell.vocabulary import OWL, RDF_FIRST, RDF_REST, RDF_TYPE, RDFS, RDFS_LABEL, SH, SKOS, XSD

_SUBCLASS = NamedNode(RDFS + "subClassOf")
_RANGE = NamedNode(RDFS + "range")
_DEFINITION = NamedNode(SKOS + "definition")
_EXAMPLE = NamedNode(SKOS + "example")
_NOTE = NamedNode(SKOS + "note")
_PATH = NamedNode(SH + "path")
_CLASS = NamedNode(SH + "class")
_DATATYPE = NamedNode(SH + "datatype")
_OR = NamedNode(SH + "or")
_MOST = NamedNode(SH + "maxCount")
_SUBJECTS_OF = NamedNode(SH + "targetSubjectsOf")
_TARGET = NamedNode(SH + "targetClass")
_PROPERTY = NamedNode(SH + "property")
_LANGUAGE_TEXTS = {
    RDFS_LABEL.value,
    RDFS + "comment",
    *(SKOS + name for name in ("prefLabel", "altLabel", "definition", "note", "editorialNote", "example", "scopeNote")),
}
_KINDS = {
    XSD + "date": ValueKind.DATE,
    XSD + "gYearMonth": ValueKind.DATE,
    XSD + "gYear": ValueKind.DATE,
    XSD + "integer": ValueKind.INTEGER,
    XSD + "decimal": ValueKind.NUMBER,
    XSD + "boolean": ValueKind.BOOLEAN,
    XSD + "anyURI": ValueKind.ADDRESS,
    XSD + "string": ValueKind.TEXT,
}
_DERIVED = "derivation rules, never recorded by hand"


@dataclass(frozen=True, slots=True)
class Property:
    """A property: what its values are, of which classes where they are nodes, and whether there may be several."""

    iri: str
    kind: ValueKind
    classes: tuple[str, ...]
    several: bool
    language: str | None


class Vocabulary:
    """The classes, properties and lists of the ontology, as the shapes tell them."""

    def __init__(self, ontology: Iterable[Quad], shapes: Path | None = None) -> None:
        """`ontology` are the statements of the ontology and its schemes; `shapes` a folder, else the shipped one."""
        self._ontology = Store()
        self._ontology.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in ontology)
        self._shapes = Store()
        for path in sorted((shapes or shapes_folder() / "model").glob("*.ttl")):
            self._shapes.extend(parse(path=str(path), format=RdfFormat.TURTLE))
        self._known: dict[str, Property] = {}

    def property(self, iri: str) -> Property:
        """What is known of a property."""
        if iri not in self._known:
            self._known[iri] = self._read(iri)
        return self._known[iri]

    def is_declared(self, iri: str) -> bool:
        """Whether the ontology or an import declares a term."""
        return next(self._ontology.quads_for_pattern(NamedNode(iri), RDF_TYPE, None), None) is not None

    def is_property(self, iri: str) -> bool:
        """Whether a term is declared as a property."""
        kinds = self._objects(self._ontology, NamedNode(iri), RDF_TYPE)
        return any(isinstance(kind, NamedNode) and kind.value.endswith("Property") for kind in kinds)

    def text(self, iri: str, predicate: NamedNode, language: str = "en") -> str | None:
        """The first text of a term in a language."""
        texts = self._objects(self._ontology, NamedNode(iri), predicate)
        return min((t.value for t in texts if isinstance(t, Literal) and t.language == language), default=None)

    def label(self, iri: str, language: str = "en") -> str | None:
        """The label of a term."""
        return self.text(iri, RDFS_LABEL, language)

    def help(self, iri: str) -> str:
        """The definition of a term and, where there is one, its example."""
        definition, example = self.text(iri, _DEFINITION), self.text(iri, _EXAMPLE)
        parts = [definition[:1].upper() + definition[1:] + "." if definition else "", f"Example: {example}"]
        return "\n".join(part for part in (parts if example else parts[:1]) if part)

    def below(self, classes: Iterable[str]) -> frozenset[str]:
        """Some classes and all below them."""
        found: set[str] = set()
        waiting = list(classes)
        while waiting:
            found.add(name := waiting.pop())
            for quad in self._ontology.quads_for_pattern(None, _SUBCLASS, NamedNode(name)):
                if isinstance(quad.subject, NamedNode) and quad.subject.value not in found:
                    waiting.append(quad.subject.value)
        return frozenset(found)

    def above(self, name: str) -> frozenset[str]:
        """A class and all above it."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            found.add(name := waiting.pop())
            for term in self._objects(self._ontology, NamedNode(name), _SUBCLASS):
                if isinstance(term, NamedNode) and term.value not in found:
                    waiting.append(term.value)
        return frozenset(found)

    def instances(self, classes: Iterable[str]) -> list[str]:
        """The nodes of the ontology and its schemes that are of a class or of one below it, sorted."""
        return sorted(
            {
                quad.subject.value
                for name in self.below(classes)
                for quad in self._ontology.quads_for_pattern(None, RDF_TYPE, NamedNode(name))
                if isinstance(quad.subject, NamedNode)
            }
        )

    def is_list(self, classes: Iterable[str]) -> bool:
        """Whether the values of some classes are concepts of a scheme, so that people choose from a list."""
        concept = SKOS + "Concept"
        return bool(classes) and all(concept in self.above(name) for name in classes)

    def facts_of(self, classes: Iterable[str]) -> frozenset[str]:
        """The properties that records of some classes must have, or that only they have; derived ones left out."""
        wide = set().union(*(self.above(name) for name in classes))
        facts = {iri for name in wide for iri in (*self._needed[name], *self._only[name])}
        return frozenset(iri for iri in facts if not self._is_derived(iri))

    def needed_by(self, classes: Iterable[str]) -> frozenset[str]:
        """The properties that a record of one of some classes must have, or without which answers cannot be given."""
        wide = set().union(*(self.above(name) for name in classes))
        return frozenset(iri for name in wide for iri in self._needed[name])

    def subjects_of(self, iri: str) -> tuple[str, ...]:
        """The classes that have a property, as its `-facts` shape or its domain says."""
        found = sorted(name for name, facts in self._only.items() if iri in facts)
        return tuple(found) or self._named(self._ontology, NamedNode(iri), NamedNode(RDFS + "domain"))

    @cached_property
    def _only(self) -> dict[str, set[str]]:
        facts: dict[str, set[str]] = defaultdict(set)
        for quad in self._shapes.quads_for_pattern(None, _SUBJECTS_OF, None):
            if not self._objects(self._shapes, quad.subject, _PATH) and isinstance(quad.object, NamedNode):
                for name in self._named(self._shapes, quad.subject, _CLASS):
                    facts[name].add(quad.object.value)
        return facts

    @cached_property
    def _needed(self) -> dict[str, set[str]]:
        needed: dict[str, set[str]] = defaultdict(set)
        for quad in self._shapes.quads_for_pattern(None, _TARGET, None):
            for shape in self._objects(self._shapes, quad.subject, _PROPERTY):
                if isinstance(quad.object, NamedNode):
                    needed[quad.object.value] |= set(self._named(self._shapes, shape, _PATH))
        return needed

    def _is_derived(self, iri: str) -> bool:
        return (self.text(iri, _NOTE) or "").casefold().rstrip(".").endswith(_DERIVED)

    def _read(self, iri: str) -> Property:
        classes: list[str] = []
        datatypes: list[str] = []
        several = True
        for quad in self._shapes.quads_for_pattern(None, _SUBJECTS_OF, NamedNode(iri)):
            if NamedNode(iri) not in self._objects(self._shapes, quad.subject, _PATH):
                continue
            several = several and not self._objects(self._shapes, quad.subject, _MOST)
            shapes = [quad.subject, *self._alternatives(quad.subject)]
            for shape in shapes:
                classes += self._named(self._shapes, shape, _CLASS)
                datatypes += self._named(self._shapes, shape, _DATATYPE)
        if not classes and not datatypes:
            ranges = self._named(self._ontology, NamedNode(iri), _RANGE)
            classes = [name for name in ranges if not name.startswith(XSD)]
            datatypes = [name for name in ranges if name.startswith(XSD)]
        return self._described(iri, classes, datatypes, several)

    def _described(self, iri: str, classes: list[str], datatypes: list[str], several: bool) -> Property:
        if iri in _LANGUAGE_TEXTS:
            return Property(iri, ValueKind.TEXT, (), several, "en")
        kinds = {_KINDS[name] for name in datatypes if name in _KINDS}
        if ValueKind.NUMBER in kinds:
            kinds = {ValueKind.NUMBER}
        if kinds:
            return Property(iri, min(kinds), (), several, None)
        between = NamedNode(OWL + "ObjectProperty")
        if classes or between in self._objects(self._ontology, NamedNode(iri), RDF_TYPE):
            return Property(iri, ValueKind.NODE, tuple(dict.fromkeys(classes)), several, None)
        return Property(iri, ValueKind.TEXT, (), several, None)

    def _alternatives(self, shape: Term) -> list[Term]:
        found: list[Term] = []
        for rest in self._objects(self._shapes, shape, _OR):
            while items := self._objects(self._shapes, rest, RDF_FIRST):
                found += items
                (rest,) = self._objects(self._shapes, rest, RDF_REST)
        return found

    @staticmethod
    def _objects(store: Store, subject: Term, predicate: NamedNode) -> list[Term]:
        if isinstance(subject, Literal):
            return []
        return [quad.object for quad in store.quads_for_pattern(subject, predicate, None)]

    def _named(self, store: Store, subject: Term, predicate: NamedNode) -> tuple[str, ...]:
        return tuple(sorted(t.value for t in self._objects(store, subject, predicate) if isinstance(t, NamedNode)))
