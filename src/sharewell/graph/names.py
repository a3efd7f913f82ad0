"""Nodes by the names people use for them: IRI, prefixed name, identifier, label, or the last part of the IRI."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import Literal, NamedNode, Quad, Store

from sharewell.errors import InputError
from sharewell.graph.terms import compact_iri, expand, printable
from sharewell.vocabulary import DCTERMS, OWL, PREFIXES, RDF_TYPE, RDFS, RDFS_LABEL, SHARE, SKOS

_NAMING = (
    RDFS_LABEL,
    NamedNode(SKOS + "prefLabel"),
    NamedNode(SKOS + "altLabel"),
    NamedNode(DCTERMS + "identifier"),
    NamedNode(SHARE + "alias"),
    NamedNode(SHARE + "nameText"),
)
_SUBCLASS = NamedNode(RDFS + "subClassOf")
_DEFINITION = NamedNode(SKOS + "definition")
_NAME_OF = NamedNode(SHARE + "nameOf")
_MOST_MATCHES = 50


@dataclass(frozen=True, slots=True)
class Match:
    """A node that a text was found in: its IRI, label and kinds, what matched, and its definition if it is a term."""

    iri: str
    label: str
    kinds: tuple[str, ...]
    matched: str
    definition: str | None


class Names:
    """The names of all named nodes of a graph."""

    def __init__(self, store: Store, languages: Sequence[str] = ("en",)) -> None:
        """`languages` are those to show labels in, the one liked best first."""
        self._store = store
        self._languages = languages
        self._ranks = {language: at for at, language in reversed([*enumerate([*languages, None])])}

    def label(self, iri: str) -> str:
        """The label of a node in the language liked best, else any label, else its prefixed name."""
        labels = [q.object for q in self._store.quads_for_pattern(NamedNode(iri), RDFS_LABEL, None)]
        texts = [term for term in labels if isinstance(term, Literal)]
        if not texts:
            return compact_iri(iri)
        return printable(min(texts, key=lambda t: (self._rank(t.language), t.value)).value)

    def _rank(self, language: str | None) -> int:
        return self._ranks.get(language, len(self._ranks))

    @cached_property
    def _by_name(self) -> dict[str, set[str]]:
        table: dict[str, set[str]] = defaultdict(set)
        for iri, name in self._pairs():
            table[name.casefold()].add(iri)
        return table

    def _pairs(self) -> list[tuple[str, str]]:
        pairs = []
        for predicate in _NAMING:
            for quad in self._store.quads_for_pattern(None, predicate, None):
                if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
                    pairs.append((self._named(quad.subject).value, quad.object.value))
        for iri in {iri for iri, _ in pairs}:
            pairs.append((iri, re.sub(r"^.*[/#]", "", iri)))
        return pairs

    def _named(self, node: NamedNode) -> NamedNode:
        """A name that holds for a period stands on a node of its own; it names the node that bears it."""
        for quad in self._store.quads_for_pattern(node, _NAME_OF, None):
            if isinstance(quad.object, NamedNode):
                return quad.object
        return node

    def resolve(self, text: str, prefixes: Mapping[str, str] = PREFIXES, node_class: str | None = None) -> str:
        """The IRI of the one node that a text names; where a class is given, of the one node of that class.

        A name that a thing and a term of the ontology share means the thing. Raises InputError, with the nearest
        names, where no node or more than one is meant, or where the node is not of the class.
        """
        iri = expand(text, prefixes)
        if iri is not None:
            if next(self._store.quads_for_pattern(NamedNode(iri), None, None), None) is None:
                raise InputError(f"'{text}' is not in the graph{self._hint(text)}")
            self._require_class(iri, node_class)
            return iri
        nodes = sorted(self._by_name.get(text.strip().casefold(), ()))
        if not nodes:
            raise InputError(f"nothing is called '{text}'{self._hint(text)}")
        meant = [node for node in nodes if node_class and self._is_a(node, node_class)]
        meant = meant or [node for node in nodes if not self._is_term(node)] or nodes
        if len(meant) > 1:
            choices = ", ".join(f"{compact_iri(node)} ({self.label(node)})" for node in meant[:6])
            raise InputError(f"'{text}' names {len(meant)} nodes; say which: {choices}")
        self._require_class(meant[0], node_class)
        return meant[0]

    def _is_a(self, iri: str, node_class: str) -> bool:
        return Quad(NamedNode(iri), RDF_TYPE, NamedNode(node_class)) in self._store

    def _is_term(self, iri: str) -> bool:
        kinds = self._store.quads_for_pattern(NamedNode(iri), RDF_TYPE, None)
        return any(isinstance(kind.object, NamedNode) and kind.object.value.startswith(OWL) for kind in kinds)

    def _require_class(self, iri: str, node_class: str | None) -> None:
        if node_class and not self._is_a(iri, node_class):
            raise InputError(f"{compact_iri(iri)} ({self.label(iri)}) is not a {self.label(node_class).lower()}")

    def _hint(self, text: str) -> str:
        key = re.sub(r"^.*[/#:]", "", text).casefold()
        near = difflib.get_close_matches(key, self._by_name, n=5, cutoff=0.6)
        near += [name for name in sorted(self._by_name) if key and key in name and name not in near][: 5 - len(near)]
        nodes = dict.fromkeys(node for name in near for node in sorted(self._by_name[name]))
        if not nodes:
            return "; try: sharewell find TEXT"
        return "; nearest: " + ", ".join(f"{compact_iri(node)} ({self.label(node)})" for node in list(nodes)[:5])

    def find(self, text: str) -> list[Match]:
        """Up to 50 nodes and terms whose names hold all words of a text, best first: whole name, beginning, anywhere.

        Raises InputError where the text holds no word.
        """
        words = text.casefold().split()
        if not words:
            raise InputError("give one or more words to find")
        best: dict[str, tuple[int, str]] = {}
        for iri, name in self._pairs():
            folded = name.casefold()
            if all(word in folded for word in words):
                rank = 0 if folded == text.casefold() else 1 if folded.startswith(words[0]) else 2
                best[iri] = min(best.get(iri, (9, "")), (rank, name))
        ordered = sorted(best.items(), key=lambda item: (item[1][0], len(item[1][1]), item[1][1], item[0]))
        return [self._match(iri, name) for iri, (_, name) in ordered[:_MOST_MATCHES]]

    def _match(self, iri: str, name: str) -> Match:
        node = NamedNode(iri)
        kinds = [q.object for q in self._store.quads_for_pattern(node, RDF_TYPE, None)]
        definitions = [q.object for q in self._store.quads_for_pattern(node, _DEFINITION, None)]
        texts = sorted(d.value for d in definitions if isinstance(d, Literal) and d.language in (None, "en"))
        return Match(
            iri=iri,
            label=self.label(iri),
            kinds=tuple(sorted(self._kinds([k.value for k in kinds if isinstance(k, NamedNode)]))),
            matched=name,
            definition=printable(texts[0]) if texts else None,
        )

    def _kinds(self, classes: list[str]) -> list[str]:
        """The most special of a node's classes: a class is left out where one below it is there too."""
        special = []
        for kind in classes:
            below = {
                quad.subject.value
                for quad in self._store.quads_for_pattern(None, _SUBCLASS, NamedNode(kind))
                if isinstance(quad.subject, NamedNode)
            }
            if not below & (set(classes) - {kind}):
                special.append(compact_iri(kind))
        return special
