"""Reading a proposal: a flow in one line, or a short YAML file in which things are called by their names.

A proposal becomes statements under names of their own, which are laid over the graph. In YAML each section lists things
of one class, each key is a property, and each value a name, a day or a text:

    title: Receipt of Ontario Works for the subsidy
    flows:
      - name: Daily match
        from: TESS
        to: TCS
        elements: [OntarioWorksReceipt]
        purposes: [ChildCareSubsidyEligibility]
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pyoxigraph import Literal, NamedNode, Triple

from sharewell.errors import InputError
from sharewell.graph.source import MAX_BYTES, Source, decode, read_source, stated
from sharewell.graph.terms import date_literal
from sharewell.vocabulary import RDF_TYPE, RDFS_LABEL, SHARE

MAX_PLAN_BYTES = min(MAX_BYTES, 2**20)
_YAML = {".yaml", ".yml"}
_SLUG = re.compile(r"[^A-Za-z0-9]+")

Resolve = Callable[[str, str | None], str]
"""From a name and the IRI of a class (None: of any) to the IRI of the node that is meant."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a key of a plan stands for: a property, and a node of a class, a day, a text or a truth value."""

    property: str
    value: str = "node"
    node_class: str | None = None


_ELEMENTS = Key("carries", node_class="DataElement")
_PURPOSES = Key("purpose", node_class="Purpose")
_DAYS = {"starts": Key("validFrom", "date"), "ends": Key("validTo", "date")}
_SECTIONS: dict[str, tuple[str, dict[str, Key]]] = {
    "systems": (
        "System",
        {
            "owner": Key("owner"),
            "elements": Key("holdsElement", node_class="DataElement"),
            "programs": Key("supports", node_class="Program"),
            "safeguards": Key("safeguard", node_class="Safeguard"),
            "retrieval": Key("retrievalKey", node_class="RetrievalKey"),
        },
    ),
    "agreements": (
        "DataSharingAgreement",
        {
            "parties": Key("party"),
            "signed by": Key("signedBy"),
            "elements": Key("coversElement", node_class="DataElement"),
            "purposes": _PURPOSES,
            "provisions": Key("provision", node_class="Provision"),
            "impact assessment": Key("impactAssessment", node_class="PrivacyImpactAssessment"),
            "retention": Key("retentionRule", node_class="RetentionRule"),
            **_DAYS,
        },
    ),
    "notices": (
        "CollectionNotice",
        {
            "collector": Key("collector"),
            "elements": Key("listsElement", node_class="DataElement"),
            "purposes": Key("statesPurpose", node_class="Purpose"),
            "authorities": Key("statesAuthority", node_class="Provision"),
            "contact": Key("contactPosition", node_class="Position"),
            "published": Key("publishedOn", "date"),
        },
    ),
    "access": (
        "AccessGrant",
        {"post": Key("grantee", node_class="Position"), "to": Key("grantsAccessTo"), "duty": Key("duty", "text")},
    ),
    "grounds": (
        "PermissionBasis",
        {
            "act": Key("act", node_class="ProcessingAct"),
            "body": Key("actor"),
            "provisions": Key("provision", node_class="Provision"),
            "necessity": Key("necessityStatement", "text"),
        },
    ),
    "flows": (
        "DataFlow",
        {
            "from": Key("origin"),
            "to": Key("destination"),
            "elements": _ELEMENTS,
            "purposes": _PURPOSES,
            "programs": Key("forProgram", node_class="Program"),
            "kind": Key("flowKind", node_class="FlowKind"),
            "agreements": Key("underAgreement", node_class="Agreement"),
            "notices": Key("underNotice", node_class="CollectionNotice"),
            "grounds": Key("reliesOn", node_class="LegalBasis"),
            "impact assessment": Key("impactAssessment", node_class="PrivacyImpactAssessment"),
            "safeguards": Key("safeguard", node_class="Safeguard"),
            "necessity": Key("necessityStatement", "text"),
            **_DAYS,
        },
    ),
}
_ASSESSED = ("systems", "agreements", "notices", "flows")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Statements to lay over a graph, and the things among them that are to be judged, in their order."""

    title: str
    source: Source
    subjects: tuple[NamedNode, ...]


@dataclass(frozen=True, slots=True)
class ProposedFlow:
    """A flow in one line: IRIs of the two ends, elements and purposes, and of the programs it is for."""

    origin: str
    destination: str
    elements: tuple[str, ...]
    purposes: tuple[str, ...]
    programs: tuple[str, ...] = ()
    necessity: str | None = None


def flow_statements(flow: ProposedFlow, node: NamedNode, label: str) -> list[Triple]:
    """A proposed flow as statements: as if it went on, from system to system."""
    pairs = [
        ("flowKind", NamedNode(SHARE + "SystemFlow")),
        ("origin", NamedNode(flow.origin)),
        ("destination", NamedNode(flow.destination)),
        *(("carries", NamedNode(element)) for element in flow.elements),
        *(("purpose", NamedNode(purpose)) for purpose in flow.purposes),
        *(("forProgram", NamedNode(program)) for program in flow.programs),
    ]
    triples = [Triple(node, NamedNode(SHARE + name), value) for name, value in pairs]
    if flow.necessity:
        triples.append(Triple(node, NamedNode(SHARE + "necessityStatement"), Literal(flow.necessity)))
    kind = Triple(node, RDF_TYPE, NamedNode(SHARE + "DataFlow"))
    return [kind, Triple(node, RDFS_LABEL, Literal(label, language="en")), *triples]


def read_plan(path: Path, base: str, resolve: Resolve) -> Proposal:
    """A plan in Turtle (or another RDF format) or in YAML; `base` names what it proposes.

    Raises InputError, with file and line, for a file that cannot be read, a key that is not known and a name that means
    nothing, or several things.
    """
    if path.suffix.lower() not in _YAML:
        return _rdf_plan(path, base)
    return _Reader(path, base, resolve).read()


def _rdf_plan(path: Path, base: str) -> Proposal:
    source = read_source(path, Path.cwd(), base=base)
    kinds = {NamedNode(SHARE + _SECTIONS[name][0]) for name in _ASSESSED}
    kinds |= {NamedNode(SHARE + name) for name in ("Collection", "Disclosure", "Use", "Agreement", "Database")}
    found = [q.subject for q in source.quads if q.predicate == RDF_TYPE and q.object in kinds]
    subjects = tuple(dict.fromkeys(node for node in found if isinstance(node, NamedNode)))
    if not subjects:
        raise InputError(
            "the plan proposes no flow, collection, disclosure, use, agreement, system or notice", str(path)
        )
    return Proposal(path.stem, source, subjects)


@dataclass
class _Reader:
    """Reads one YAML plan, with the line of everything for what has to be said about it."""

    path: Path
    base: str
    resolve: Resolve
    own: dict[str, tuple[NamedNode, str]] = field(default_factory=dict)
    triples: list[Triple] = field(default_factory=list)

    def read(self) -> Proposal:
        top = self._entries(self._parse())
        title = self.path.stem
        subjects: list[NamedNode] = []
        if "title" in top:
            title = self._scalar(top.pop("title"))
        for name, node in top.items():
            if name not in _SECTIONS:
                raise self._error(node, f"unknown section '{name}'{_nearest(name, ['title', *_SECTIONS])}")
        for name in _SECTIONS:
            if name in top:
                found = [self._thing(name, entry) for entry in self._items(top[name])]
                subjects += found if name in _ASSESSED else []
        if not subjects:
            raise InputError("the plan proposes nothing: list flows, agreements, systems or notices", str(self.path), 1)
        source = stated(str(self.path), self.triples)
        return Proposal(title, source, tuple(subjects))

    def _parse(self) -> yaml.Node:
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise InputError(error.strerror or "cannot be read", str(self.path)) from None
        if len(data) > MAX_PLAN_BYTES:
            raise InputError(f"larger than {MAX_PLAN_BYTES // 2**20} MiB: a plan is short", str(self.path))
        text = decode(data, str(self.path))
        try:
            if any(isinstance(token, yaml.AliasToken | yaml.AnchorToken) for token in yaml.scan(text)):
                raise InputError("a plan has no anchors and aliases: write the value out", str(self.path))
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else None
            raise InputError(f"not valid YAML: {error.problem}", str(self.path), line) from None
        except (yaml.YAMLError, RecursionError) as error:
            raise InputError(f"not valid YAML: {str(error).splitlines()[0]}", str(self.path)) from None
        if node is None:
            raise InputError("the plan is empty", str(self.path))
        return node

    def _thing(self, section: str, node: yaml.Node) -> NamedNode:
        kind, keys = _SECTIONS[section]
        entries = self._entries(node)
        name = self._scalar(entries.pop("name")) if "name" in entries else f"Proposed {section} {len(self.own) + 1}"
        iri = NamedNode(f"{self.base}proposal/{_SLUG.sub('-', name).strip('-').lower() or 'thing'}")
        if name.casefold() in self.own:
            raise self._error(node, f"two things are called '{name}'")
        self.own[name.casefold()] = (iri, kind)
        self.triples.append(Triple(iri, RDF_TYPE, NamedNode(SHARE + kind)))
        self.triples.append(Triple(iri, RDFS_LABEL, Literal(name, language="en")))
        if section == "flows" and "kind" not in entries:
            self.triples.append(Triple(iri, NamedNode(SHARE + "flowKind"), NamedNode(SHARE + "SystemFlow")))
        for key, value in entries.items():
            meant = keys.get(key) or keys.get(f"{key}s")
            if meant is None:
                raise self._error(value, f"unknown key '{key}' of {section}{_nearest(key, ['name', *keys])}")
            for item in self._items(value):
                self.triples.append(Triple(iri, NamedNode(SHARE + meant.property), self._value(meant, item)))
        return iri

    def _value(self, key: Key, node: yaml.Node) -> NamedNode | Literal:
        text = self._scalar(node)
        try:
            if key.value == "date":
                return date_literal(text)
            if key.value == "text":
                return Literal(text)
            if text.casefold() in self.own:
                return self.own[text.casefold()][0]
            return NamedNode(self.resolve(text, SHARE + key.node_class if key.node_class else None))
        except InputError as error:
            raise self._error(node, error.message) from None

    def _entries(self, node: yaml.Node) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self._error(node, "keys with values are expected here, as 'from: TESS'")
        entries: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self._scalar(key)
            if name in entries:
                raise self._error(key, f"'{name}' is given twice")
            entries[name] = value
        return entries

    def _items(self, node: yaml.Node) -> list[yaml.Node]:
        return list(node.value) if isinstance(node, yaml.SequenceNode) else [node]

    def _scalar(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or not str(node.value).strip():
            raise self._error(node, "a name, a day or a text is expected here")
        return str(node.value).strip()

    def _error(self, node: yaml.Node, message: str) -> InputError:
        return InputError(message, str(self.path), node.start_mark.line + 1, node.start_mark.column + 1)


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"; nearest: {', '.join(near)}" if near else f"; known are {', '.join(known)}"
