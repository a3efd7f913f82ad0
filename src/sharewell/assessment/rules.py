"""The rule packs as plain data: `shapes/rules/` and a project's own packs, ready to be held against a graph."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from sharewell.errors import InputError
from sharewell.graph.source import Source, read_source
from sharewell.graph.sparql import guard
from sharewell.graph.terms import Term
from sharewell.knowledge import shapes_folder
from sharewell.reasoning.derivation import DerivationRule
from sharewell.reasoning.derivation import read_rules as read_derivations
from sharewell.validation.shapes import Shapes, read_shapes
from sharewell.vocabulary import DCTERMS, PREFIXES, RDF_TYPE, RDFS, RDFS_LABEL, SH, SHARE

_TITLE = NamedNode(DCTERMS + "title")
_PREFIX = NamedNode(SH + "prefix")
_CONSTRUCT = NamedNode(SH + "construct")
_NAMES_OF_SHAPES = {SHARE + name for name in ("exempt", "reach", "law", "evidence")}
_REACHING_OUT = {"SERVICE", "FROM", "LOAD", "INSERT", "DELETE"}
READ = {
    SHARE + "ReadOfficially": "official",
    SHARE + "AmendedSinceRead": "amended-since",
    SHARE + "ReadSecondhand": "secondary",
    SHARE + "RuleNotRead": "not-read",
}


class RuleKind(StrEnum):
    """What a rule asks."""

    duty = "DutyRule"
    prohibition = "ProhibitionRule"
    permission = "PermissionRule"


@dataclass(frozen=True, slots=True)
class RulePack:
    """The rules of one body of law: the instruments it covers, and the levels of government whose bodies these bind."""

    iri: NamedNode
    identifier: str
    title: str
    covers: frozenset[Term]
    levels: frozenset[Term]


@dataclass(frozen=True, slots=True)
class Rule:
    """One duty, prohibition or permission, as `share:Rule` describes it.

    `exempt`, `reach`, `law` and `evidence` name shapes; `feeds` are the rules that this permission satisfies,
    `requires` those of which one must be satisfied first; `act` is the act that a permission allows.
    """

    iri: NamedNode
    identifier: str
    alias: str | None
    title: str
    kind: RuleKind
    pack: NamedNode
    provisions: tuple[NamedNode, ...]
    subject_classes: tuple[NamedNode, ...]
    act: Term | None
    exempt: Term | None
    reach: Term | None
    law: Term | None
    evidence: Term | None
    feeds: tuple[Term, ...]
    requires: tuple[Term, ...]
    grade: str
    read: str
    confirmed: str | None
    remedy: str
    serves: tuple[str, ...]
    principles: tuple[str, ...]

    @property
    def is_permission(self) -> bool:
        """Whether a body relies on the rule rather than follows it."""
        return self.kind is RuleKind.permission


@dataclass(frozen=True)
class RuleBook:
    """Rules in the order in which they can be decided, their packs, and the shapes they name.

    `statements` describe packs and rules, without the shapes, and give them their titles as labels: they go into the
    graph, where questions and derivation rules read them. `derivations` are the rules by which facts are derived
    before anything is judged.
    """

    rules: tuple[Rule, ...]
    packs: tuple[RulePack, ...]
    shapes: Shapes
    statements: tuple[Quad, ...]
    labels: Mapping[Term, str] = field(default_factory=dict)
    derivations: tuple[DerivationRule, ...] = ()

    def label(self, shape: Term) -> str:
        """The English label of a shape."""
        return self.labels.get(shape, str(shape))

    @cached_property
    def by_iri(self) -> Mapping[Term, Rule]:
        """The rules by their IRIs."""
        return {rule.iri: rule for rule in self.rules}

    def feeding(self, rule: Rule) -> tuple[Rule, ...]:
        """The permissions of which one has to be satisfied for a rule."""
        return self._feeding.get(rule.iri, ())

    @cached_property
    def _feeding(self) -> Mapping[Term, tuple[Rule, ...]]:
        fed = {iri for other in self.rules for iri in other.feeds}
        return {iri: tuple(other for other in self.rules if iri in other.feeds) for iri in fed}

    def pack_of(self, rule: Rule) -> RulePack | None:
        """The pack of a rule, where it is described."""
        return next((pack for pack in self.packs if pack.iri == rule.pack), None)

    def pack_name(self, rule: Rule) -> str:
        """The identifier of the pack of a rule; empty where that is not described."""
        pack = self.pack_of(rule)
        return pack.identifier if pack else ""

    def find(self, name: str) -> Rule:
        """The rule of an identifier or alias. Raises InputError, with the nearest names, where there is none."""
        found = next((rule for rule in self.rules if name in (rule.identifier, rule.alias)), None)
        if found is not None:
            return found
        names = {n.casefold(): n for rule in self.rules for n in (rule.identifier, rule.alias) if n}
        near = [names[key] for key in difflib.get_close_matches(name.casefold(), names, n=5, cutoff=0.5)]
        near += [n for key, n in sorted(names.items()) if name.casefold() in key and n not in near][: 5 - len(near)]
        hint = f"; nearest: {', '.join(near)}" if near else "; list them: sharewell check --all --format json"
        raise InputError(f"no rule is called '{name}'{hint}")

    def select(self, names: Sequence[str]) -> RuleBook:
        """The rules that are named by pack, identifier or alias, with those they rest on.

        Raises InputError for a name that none has.
        """
        wanted: set[Term] = set()
        for name in names:
            found = {r.iri for r in self.rules if name in {r.identifier, r.alias, self.pack_name(r)}}
            if not found:
                known = ", ".join(sorted(pack.identifier for pack in self.packs))
                raise InputError(f"no rule and no pack is called '{name}'; packs are {known}")
            wanted |= found
        needed = self._with_their_grounds(wanted)
        return replace(self, rules=tuple(rule for rule in self.rules if rule.iri in needed))

    def _with_their_grounds(self, wanted: set[Term]) -> set[Term]:
        needed, waiting, known = set(wanted), list(wanted), self.by_iri
        while waiting:
            rule = known[waiting.pop()]
            grounds = {r.iri for r in self.feeding(rule)} | {iri for iri in rule.requires if iri in known}
            waiting += grounds - needed
            needed |= grounds
        return needed


def shipped_packs() -> tuple[str, ...]:
    """The names of the packs that come with Sharewell."""
    return tuple(path.stem for path in sorted((shapes_folder() / "rules").glob("*.ttl")) if path.stem != "reach")


def read_rules(packs: Sequence[str] | None = None, own: Sequence[Path] = ()) -> RuleBook:
    """The rules of the shipped packs named (None: of all) and of a project's own files.

    Raises InputError for a pack that is not there and for a rule that cannot be held against anything.
    """
    known = shipped_packs()
    for name in packs or ():
        if name not in known:
            raise InputError(f"no pack of rules is called '{name}'; shipped are {', '.join(known)}")
    names = known if packs is None else tuple(sorted(set(packs)))
    return _read(names, tuple(own)) if own else _shipped(names)


@lru_cache(maxsize=8)
def _shipped(names: tuple[str, ...]) -> RuleBook:
    """Files of one's own may change between two readings; those that are shipped do not."""
    return _read(names, ())


def _read(names: tuple[str, ...], own: tuple[Path, ...]) -> RuleBook:
    folder = shapes_folder() / "rules"
    statements: list[Quad] = []
    for name in ("reach", *names):
        statements += parse(path=str(folder / f"{name}.ttl"), format=RdfFormat.TURTLE)
    for path in own:
        source = read_source(path, path.parent)
        _guard(source)
        statements += [Quad(q.subject, q.predicate, q.object) for q in source.quads]
    return replace(rule_book(statements), derivations=read_derivations(own=own))


def _guard(source: Source) -> None:
    """A pack of one's own is data: it may derive facts from the graph, and reach out to nothing."""
    prefixes = {q.object.value for q in source.quads if q.predicate == _PREFIX and isinstance(q.object, Literal)}
    for quad in source.quads:
        if quad.predicate.value in {SH + "sparql", SH + "js", SH + "select", SH + "ask"}:
            raise InputError("a rule is written in SHACL Core: no query is run", source.path, quad.line)
        if quad.predicate == _CONSTRUCT and isinstance(quad.object, Literal):
            names = {*PREFIXES, *prefixes}
            guard(quad.object.value, _REACHING_OUT, names, source.path, quad.line or 1, plain=True)


def rule_book(statements: Iterable[Quad]) -> RuleBook:
    """The rules that some statements describe, in the order in which they can be decided."""
    quads = list(statements)
    table: dict[Term, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for quad in quads:
        table[quad.subject][quad.predicate.value].append(quad.object)
    packs = [_pack(node, table[node]) for node in _instances(table, "RulePack")]
    rules = [_rule(node, table[node]) for node in _instances(table, "Rule")]
    described = {pack.iri for pack in packs} | {rule.iri for rule in rules}
    return RuleBook(
        rules=_in_order(rules),
        packs=tuple(sorted(packs, key=lambda pack: pack.identifier)),
        shapes=read_shapes(quads),
        statements=tuple(
            Quad(q.subject, predicate, q.object)
            for q in quads
            if q.subject in described and q.predicate.value not in _NAMES_OF_SHAPES
            for predicate in ((q.predicate, RDFS_LABEL) if q.predicate == _TITLE else (q.predicate,))
        ),
        labels={node: label for node, p in table.items() if (label := _text(p, RDFS + "label"))},
    )


def _instances(table: Mapping[Term, Mapping[str, list[Term]]], name: str) -> list[NamedNode]:
    kind = NamedNode(SHARE + name)
    found = [n for n, p in table.items() if kind in p.get(RDF_TYPE.value, ()) and isinstance(n, NamedNode)]
    return sorted(found, key=lambda node: node.value)


def _pack(node: NamedNode, properties: Mapping[str, list[Term]]) -> RulePack:
    return RulePack(
        iri=node,
        identifier=_text(properties, DCTERMS + "identifier") or node.value.rsplit("/", 1)[-1],
        title=_text(properties, DCTERMS + "title") or node.value,
        covers=frozenset(properties.get(SHARE + "packCovers", ())),
        levels=frozenset(properties.get(SHARE + "governmentLevel", ())),
    )


def _rule(node: NamedNode, properties: Mapping[str, list[Term]]) -> Rule:
    def named(name: str) -> tuple[NamedNode, ...]:
        values = {value for value in properties.get(SHARE + name, ()) if isinstance(value, NamedNode)}
        return tuple(sorted(values, key=lambda value: value.value))

    def one(name: str) -> NamedNode | None:
        values = named(name)
        if len(values) > 1:
            raise InputError(f"rule {node.value} has more than one share:{name}")
        return values[0] if values else None

    kind, pack, reading = one("ruleKind"), one("inPack"), one("ruleReading")
    identifier = _text(properties, DCTERMS + "identifier")
    classes = named("subjectClass")
    if kind is None or pack is None or not identifier or not classes:
        raise InputError(f"rule {node.value} lacks its identifier, kind, pack or subject class")
    return Rule(
        iri=node,
        identifier=identifier,
        alias=_text(properties, SHARE + "alias"),
        title=_text(properties, DCTERMS + "title") or identifier,
        kind=_kind(node, kind),
        pack=pack,
        provisions=named("restsOn"),
        subject_classes=classes,
        act=one("act"),
        exempt=one("exempt"),
        reach=one("reach"),
        law=one("law"),
        evidence=one("evidence"),
        feeds=named("feedsDuty"),
        requires=named("requiresRule"),
        grade=(one("grade") or NamedNode(SHARE + "Unverified")).value,
        read=READ.get(reading.value if reading else "", "not-read"),
        confirmed=_text(properties, SHARE + "lastConfirmed"),
        remedy=_text(properties, SHARE + "remedy") or "",
        serves=tuple(value.value for value in named("serves")),
        principles=tuple(value.value for value in named("embodiesPrinciple")),
    )


def _kind(node: NamedNode, kind: NamedNode) -> RuleKind:
    try:
        return RuleKind(kind.value.removeprefix(SHARE))
    except ValueError:
        raise InputError(f"rule {node.value}: {kind.value} is not a kind of rule") from None


def _text(properties: Mapping[str, list[Term]], predicate: str) -> str | None:
    texts = [value for value in properties.get(predicate, ()) if isinstance(value, Literal)]
    return min(texts, key=lambda t: ({"en": 0, None: 1}.get(t.language, 2), t.value)).value if texts else None


def _in_order(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Permissions before the rules they feed, required rules before those that require them."""
    known: dict[Term, Rule] = {rule.iri: rule for rule in rules}
    sorter: TopologicalSorter[Term] = TopologicalSorter()
    for rule in rules:
        sorter.add(rule.iri, *(iri for iri in rule.requires if iri in known))
        for fed in rule.feeds:
            if fed in known:
                sorter.add(fed, rule.iri)
    try:
        order = list(sorter.static_order())
    except CycleError as error:
        names = " → ".join(known[iri].identifier for iri in error.args[1])
        raise InputError(f"rules rest on each other in a circle: {names}") from None
    depth: dict[Term, int] = {}
    for iri in order:
        rule = known[iri]
        before = [depth[i] for i in rule.requires if i in depth]
        before += [depth[r.iri] for r in rules if iri in r.feeds and r.iri in depth]
        depth[iri] = 1 + max(before, default=0)
    return tuple(sorted(rules, key=lambda rule: (depth[rule.iri], rule.identifier)))
