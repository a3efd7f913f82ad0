"""Which node a text in a cell means: by name, exactly but for case, accents and spaces; near names are only shown."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pyoxigraph import Literal, NamedNode, Quad

from sharewell.graph.terms import compact_iri, expand
from sharewell.graph.turtle import LocatedQuad
from sharewell.ingest.properties import Vocabulary
from sharewell.ingest.values import folded
from sharewell.vocabulary import DCTERMS, OWL, RDF_TYPE, RDFS_LABEL, SHARE, SKOS

NAMING = {
    RDFS_LABEL.value,
    SKOS + "prefLabel",
    SKOS + "altLabel",
    SKOS + "notation",
    DCTERMS + "identifier",
    SHARE + "alias",
    SHARE + "nameText",
}
"""The properties whose values are names of a node."""

_NAME_OF = SHARE + "nameOf"
_BUDGET = 2_000_000
_CUTOFF = 0.78
_MOST = 3


@dataclass(frozen=True, slots=True)
class Meant:
    """What a text means: the one node; or none, with nodes of the name that are no choice, or several that are.

    `near` are names that come near, each with its node, the nearest first.
    """

    iri: str | None
    several: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    near: tuple[tuple[str, str], ...] = ()


class NodeIndex:
    """The nodes that a cell may mean, under their names."""

    def __init__(self, vocabulary: Vocabulary, ontology: Iterable[Quad], prefixes: Mapping[str, str]) -> None:
        self._vocabulary = vocabulary
        self._prefixes = prefixes
        self._by_name: dict[str, dict[str, None]] = defaultdict(dict)
        self._names: dict[str, set[str]] = defaultdict(set)
        self._labels: dict[str, str] = {}
        self._labelled: set[str] = set()
        self._classes: dict[str, set[str]] = defaultdict(set)
        self._allowed: dict[tuple[str, ...], frozenset[str]] = {}
        self._found: dict[tuple[str, tuple[str, ...]], Meant] = {}
        self._compared = 0
        self.add_statements(ontology)
        self._terms = {iri for iri, names in self._classes.items() if any(name.startswith(OWL) for name in names)}
        self._shipped = set(self._classes)

    def add_statements(self, quads: Iterable[Quad | LocatedQuad]) -> None:
        """Take in the names and classes that some statements give."""
        quads = list(quads)
        bearers = {
            quad.subject: quad.object.value
            for quad in quads
            if quad.predicate.value == _NAME_OF and isinstance(quad.object, NamedNode)
        }
        for quad in quads:
            if not isinstance(quad.subject, NamedNode):
                continue
            if quad.predicate == RDF_TYPE and isinstance(quad.object, NamedNode):
                self.add_class(quad.subject.value, quad.object.value)
            elif quad.predicate.value in NAMING and isinstance(quad.object, Literal):
                is_label = quad.predicate == RDFS_LABEL
                self.add_name(bearers.get(quad.subject, quad.subject.value), quad.object.value, is_label)

    def add_class(self, iri: str, name: str) -> None:
        """Say that a node is of a class."""
        if iri not in self._classes:
            self._by_name[folded(re.sub(r"^.*[/#]", "", iri))][iri] = None
        self._classes[iri].add(name)
        self._found.clear()

    def add_name(self, iri: str, name: str, is_label: bool = False) -> None:
        """Say that a node is called by a name; its first label is the one that it is shown with."""
        self._by_name[folded(name)][iri] = None
        self._names[iri].add(_without_numbers(folded(name)))
        if is_label and iri not in self._labelled:
            self._labelled.add(iri)
            self._labels[iri] = name
        self._labels.setdefault(iri, name)
        self._found.clear()

    def __contains__(self, iri: str) -> bool:
        return iri in self._classes

    def classes_of(self, iri: str) -> frozenset[str]:
        """The classes that are recorded of a node."""
        return frozenset(self._classes.get(iri, ()))

    def name(self, iri: str) -> str | None:
        """The label of a node, else the first name that was taken in for it."""
        return self._labels.get(iri)

    def label(self, iri: str) -> str:
        """A node for people: its first name and its prefixed name."""
        short = compact_iri(iri, self._prefixes)
        return f"{self._labels[iri]} ({short})" if iri in self._labels else short

    def find(self, text: str, classes: tuple[str, ...]) -> Meant:
        """What a text means where a node of one of some classes is asked for, or of any class where none is given."""
        key = (text, classes)
        if key not in self._found:
            meant = self._named(text, classes)
            if meant.iri is None and not meant.several:
                meant = replace(meant, near=self.near(text, classes))
            self._found[key] = meant
        return self._found[key]

    def exact(self, text: str, classes: tuple[str, ...]) -> str | None:
        """The one node that a text names, without a search for near names where there is none."""
        found = self._found.get((text, classes))
        return (found or self._named(text, classes)).iri

    def _named(self, text: str, classes: tuple[str, ...]) -> Meant:
        iri = expand(text, self._prefixes)
        named = [iri] if iri is not None and iri in self._classes else list(self._by_name.get(folded(text), ()))
        meant = [node for node in named if self._fits(node, classes)]
        meant = [node for node in meant if node not in self._shipped] or meant
        if len(meant) == 1:
            return Meant(meant[0])
        if meant:
            return Meant(None, several=tuple(sorted(meant)))
        return Meant(None, elsewhere=tuple(sorted(node for node in named if node not in self._terms)))

    def _fits(self, iri: str, classes: tuple[str, ...]) -> bool:
        if not classes:
            return iri not in self._terms
        if classes not in self._allowed:
            self._allowed[classes] = self._vocabulary.below(classes)
        return not self._allowed[classes].isdisjoint(self._classes.get(iri, ()))

    def near(self, text: str, classes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """Names like a text, of nodes that fit. After some millions of comparisons the search is given up."""
        wanted = folded(text)
        ranked: list[tuple[float, str, str]] = []
        matcher = difflib.SequenceMatcher(autojunk=False)
        matcher.set_seq2(wanted)
        for name, nodes in self._by_name.items():
            self._compared += 1
            if self._compared > _BUDGET:
                break
            if 2 * min(len(name), len(wanted)) < _CUTOFF * (len(name) + len(wanted)):
                continue
            fitting = [
                node for node in nodes if self._fits(node, classes) and not self._differs_in_number(node, wanted)
            ]
            if not fitting:
                continue
            matcher.set_seq1(name)
            if matcher.quick_ratio() >= _CUTOFF and (ratio := matcher.ratio()) >= _CUTOFF:
                ranked += [(-ratio, name, node) for node in fitting]
        best: dict[str, str] = {}
        for _, _, node in sorted(ranked):
            best.setdefault(node, self._labels.get(node, compact_iri(node, self._prefixes)))
        return tuple((label, node) for node, label in list(best.items())[:_MOST])

    def _differs_in_number(self, iri: str, wanted: str) -> bool:
        """Whether a node is called like a text but for its digits: D2 and D25 are two codes, not one misspelt."""
        return wanted != (bare := _without_numbers(wanted)) and bare in self._names[iri]


def _without_numbers(text: str) -> str:
    return re.sub(r"\d+", "", text)
