"""What-if: a proposed flow, agreement or system laid over the graph and assessed; nothing is written into it.

A proposal does not say on what ground it rests. So for each rule that some permission has to feed, every permission is
tried as if it were relied on, and what the record lacks for it is named; the proposal is then judged on the best of
them. An invented authority is never recorded: which ground a body relies on is for the body to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from pyoxigraph import NamedNode, Triple

from sharewell.assessment.assessor import Assessor
from sharewell.assessment.decision import Decider, Decision
from sharewell.assessment.results import Assessment, MissingFact, NoRuleLoaded, Verdict
from sharewell.assessment.rules import Rule, RuleKind
from sharewell.graph.terms import Term, json_term
from sharewell.validation.constraints import And, Node, Or, Property
from sharewell.vocabulary import RDF_TYPE, SHARE

NO_OBSTACLE = "no obstacle on record"
CONFLICT = "conflict on record"
CANNOT_BE_SAID = "cannot be said"
NO_RULE_LOADED = "no rule loaded"


def term(name: str) -> NamedNode:
    """A term of our vocabulary."""
    return NamedNode(SHARE + name)


_CARRIES, _PURPOSE, _PARTY = term("carries"), term("purpose"), term("party")
_COVERS_ELEMENT, _LISTS_ELEMENT = term("coversElement"), term("listsElement")
_STATES_PURPOSE, _COLLECTOR, _WITHIN = term("statesPurpose"), term("collector"), term("withinInstitution")
_HOLDS, _OWNER, _CONSISTENT = term("holdsElement"), term("owner"), term("consistentWith")
_LEG, _ORIGIN_BODY, _DESTINATION_BODY = term("leg"), term("originBody"), term("destinationBody")
_NOT_NOW = (term("PastAtDate"), term("FutureAtDate"), term("Ended"), term("Proposed"))


@dataclass(frozen=True, slots=True)
class Gateway:
    """A permission tried as the ground of a proposal: how it comes out, and what the record lacks for it.

    `met` and `asked` count the conditions of the permission: those for which the record has what is asked, and all.
    """

    rule: str
    alias: str | None
    title: str
    provisions: tuple[NamedNode, ...]
    feeds: str
    chosen: bool
    met: int
    asked: int
    assessment: Assessment

    def rank(self) -> tuple[int, float, int, str]:
        """The nearest to hold first: by verdict, by the share of its conditions that are met, by what is missing."""
        order = {Verdict.satisfied: 0, Verdict.not_evidenced: 1, Verdict.violated: 2}
        share = self.met / self.asked if self.asked else 0.0
        return order.get(self.assessment.verdict, 3), -share, len(self.assessment.missing), self.rule

    def as_json(self) -> dict[str, Any]:
        """The gateway as the JSON output has it."""
        found = self.assessment.as_json()
        return {
            "rule": self.rule,
            "alias": self.alias,
            "title": self.title,
            "provisions": [p.value for p in self.provisions],
            "feeds": self.feeds,
            "chosen": self.chosen,
            "conditions": {"met": self.met, "asked": self.asked},
            "verdict": found["verdict"],
            "message": found["message"],
            "grade": found["grade"],
            "missing": found["missing"],
        }


@dataclass(frozen=True, slots=True)
class Step:
    """Something a body would have to do: its kind (duty, agreement or notice), the words, and the node it is about."""

    kind: str
    text: str
    node: Term | None = None

    def as_json(self) -> dict[str, str | None]:
        """The step as the JSON output has it."""
        return {"kind": self.kind, "text": self.text, "node": json_term(self.node)}


@dataclass(frozen=True, slots=True)
class Route:
    """Another way to the same fact: a flow on record, or a flow from another system that holds it."""

    text: str
    node: Term
    on_record: bool
    headline: str

    def as_json(self) -> dict[str, Any]:
        """The route as the JSON output has it."""
        return {
            "text": self.text,
            "node": json_term(self.node),
            "on_record": self.on_record,
            "headline": self.headline,
        }


@dataclass(frozen=True, slots=True)
class SubjectOutcome:
    """One proposed thing judged: its headline, its results on the best grounds, and every ground that was tried."""

    subject: NamedNode
    label: str
    headline: str
    missing: tuple[MissingFact, ...]
    results: tuple[Assessment, ...]
    gateways: tuple[Gateway, ...]
    steps: tuple[Step, ...]
    no_rule_loaded: tuple[NoRuleLoaded, ...]

    def as_json(self) -> dict[str, Any]:
        """The outcome as the JSON output has it."""
        return {
            "subject": self.subject.value,
            "label": self.label,
            "headline": self.headline,
            "missing": [fact.as_json() for fact in self.missing],
            "results": [result.as_json() for result in self.results],
            "gateways": [gateway.as_json() for gateway in self.gateways],
            "steps": [step.as_json() for step in self.steps],
            "no_rule_loaded": [entry.as_json() for entry in self.no_rule_loaded],
        }


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What a proposal would mean. `headline` is never yes or no."""

    title: str
    as_of: str
    headline: str
    outcomes: tuple[SubjectOutcome, ...]
    alternatives: tuple[Route, ...]
    rules: int
    official: int
    read_days: tuple[str, ...]
    illustrative: bool = False

    def as_json(self) -> dict[str, Any]:
        """The plan as the JSON output has it."""
        return {
            "title": self.title,
            "as_of": self.as_of,
            "headline": self.headline,
            "outcomes": [outcome.as_json() for outcome in self.outcomes],
            "alternatives": [route.as_json() for route in self.alternatives],
            "rules": {"loaded": self.rules, "official": self.official, "read_as_at": list(self.read_days)},
        }


def headline(verdicts: Iterable[Verdict], missing: int, unruled: bool) -> str:
    """The first line: what the record says of a thing, from its verdicts and the number of facts it waits for."""
    found = set(verdicts)
    if Verdict.violated in found:
        return CONFLICT
    if Verdict.not_evidenced in found:
        return f"{CANNOT_BE_SAID}: {missing:,} fact{'' if missing == 1 else 's'} missing"
    if Verdict.satisfied in found and not unruled:
        return NO_OBSTACLE
    return f"{CANNOT_BE_SAID}: {NO_RULE_LOADED}" if unruled or not found else f"{CANNOT_BE_SAID}: no rule applies"


def weight(text: str) -> tuple[int, str]:
    """Headlines in order, worst first."""
    order = (CONFLICT, CANNOT_BE_SAID, NO_OBSTACLE)
    return next(i for i, start in enumerate(order) if text.startswith(start)), text


class Planner:
    """Judges proposed things on a graph into which they were laid, closed and derived."""

    def __init__(self, assessor: Assessor) -> None:
        self._assessor = assessor
        self._index = assessor.index

    def outcome(self, subject: NamedNode) -> SubjectOutcome:
        """A proposed thing on the best grounds there are for it."""
        with self._trial() as lay:
            gateways = self._try_grounds(subject, lay)
            decisions = self._decisions(subject)
            results = sorted(map(self._assessor.describe, decisions), key=Assessment.sort_key)
            applying = tuple(r for r in results if r.verdict is not Verdict.not_applicable)
            missing = self._facts(applying)
            unruled = tuple(e for e in self._assessor.no_rule_loaded() if e.subject == subject)
            return SubjectOutcome(
                subject=subject,
                label=self._assessor.label(subject),
                headline=headline([r.verdict for r in results], len(missing), bool(unruled)),
                missing=missing,
                results=applying,
                gateways=tuple(gateways),
                steps=tuple(self._steps(subject, applying)),
                no_rule_loaded=unruled,
            )

    @contextmanager
    def _trial(self) -> Iterator[Callable[[Sequence[Triple]], None]]:
        """Statements that are laid into the index for a while, and are gone afterwards."""
        laid: list[Triple] = []

        def lay(triples: Sequence[Triple]) -> None:
            laid.extend(triple for triple in triples if self._index.add(triple))

        try:
            yield lay
        finally:
            for triple in laid:
                self._index.discard(triple)

    def _decider(self) -> Decider:
        return self._assessor.decider.fresh()

    def _decisions(self, subject: NamedNode) -> list[Decision]:
        decider = self._decider()
        kinds = set(self._index.objects(subject, RDF_TYPE))
        return [decider.decide(r, subject) for r in self._assessor.book.rules if kinds.intersection(r.subject_classes)]

    def _try_grounds(self, subject: NamedNode, lay: Callable[[Sequence[Triple]], None]) -> list[Gateway]:
        """Try every permission for each rule that one has to feed; the best of them stays laid for the rules after."""
        found: list[Gateway] = []
        kinds = set(self._index.objects(subject, RDF_TYPE))
        for rule in self._assessor.book.rules:
            permissions = [p for p in self._assessor.book.feeding(rule) if kinds.intersection(p.subject_classes)]
            if not permissions or not kinds.intersection(rule.subject_classes):
                continue
            before = self._decider().decide(rule, subject)
            if before.verdict in (Verdict.not_applicable, Verdict.satisfied):
                continue
            trials = [self._tried(rule, permission, subject) for permission in permissions]
            ranked = sorted((t for t in trials if t is not None), key=Gateway.rank)
            if ranked and ranked[0].assessment.verdict is not Verdict.violated:
                ranked[0] = replace(ranked[0], chosen=True)
                best = next(p for p in permissions if p.identifier == ranked[0].rule)
                lay(self._reliance(best, subject))
            found += ranked
        return found

    def _tried(self, rule: Rule, permission: Rule, subject: NamedNode) -> Gateway | None:
        """A permission as if the subject relied on it; None where it does not apply even so."""
        before = self._conditions(permission, rule, subject)
        with self._trial() as lay:
            lay(self._reliance(permission, subject))
            found = self._assessor.describe(self._decider().decide(permission, subject))
            after = self._conditions(permission, rule, subject)
        if found.verdict is Verdict.not_applicable:
            return None
        # What is met only by relying on the permission says nothing about how near it is.
        own = [condition for condition, met in before.items() if met or not after[condition]]
        met, asked = sum(before[condition] for condition in own), len(own)
        return Gateway(
            rule=permission.identifier,
            alias=permission.alias,
            title=permission.title,
            provisions=permission.provisions,
            feeds=rule.identifier,
            chosen=False,
            met=met,
            asked=asked,
            assessment=found,
        )

    def _conditions(self, permission: Rule, fed: Rule, subject: NamedNode) -> dict[Term | Or, bool]:
        """Whether each condition of a permission is met, those that the rule it feeds has too left out."""
        shared = dict(self._met(fed.reach, subject)) if fed.reach else {}
        own = [shape for shape in (permission.reach, permission.law, permission.evidence) if shape]
        return {c: met for shape in own for c, met in self._met(shape, subject) if c not in shared}

    def _met(self, shape: Term, subject: NamedNode) -> Iterator[tuple[Term | Or, bool]]:
        """The conditions of a shape: its property shapes, and each choice between shapes."""
        conforms = self._assessor.evaluator.conforms
        for constraint in self._assessor.book.shapes[shape].constraints:
            match constraint:
                case Property(inner):
                    yield inner, conforms(subject, inner)
                case And(inners):
                    for inner in inners:
                        yield from self._met(inner, subject)
                case Node(inner):
                    yield from self._met(inner, subject)
                case Or(inners):
                    yield constraint, any(conforms(subject, inner) for inner in inners)

    def _reliance(self, permission: Rule, subject: NamedNode) -> list[Triple]:
        basis = NamedNode(f"{subject.value}/ground/{permission.identifier}")
        triples = [
            Triple(subject, term("reliesOn"), basis),
            Triple(basis, RDF_TYPE, term("PermissionBasis")),
            Triple(basis, RDF_TYPE, term("LegalBasis")),
            *(Triple(basis, term("provision"), provision) for provision in permission.provisions),
        ]
        if isinstance(permission.act, NamedNode):
            triples.append(Triple(basis, term("act"), permission.act))
            body = {"Disclosing": "disclosingInstitution", "Collecting": "collectingInstitution"}.get(
                permission.act.value.removeprefix(SHARE), "usingInstitution"
            )
            actors = [b for b in self._index.objects(subject, term(body)) if isinstance(b, NamedNode)]
            triples += [Triple(basis, term("actor"), actor) for actor in actors]
        return triples

    @staticmethod
    def _facts(results: Sequence[Assessment]) -> tuple[MissingFact, ...]:
        """The facts that the results wait for, each once: those of the first way of each."""
        found: dict[tuple[str, str], MissingFact] = {}
        for result in results:
            if result.verdict is Verdict.not_evidenced:
                for fact in result.missing:
                    if fact.alternative == result.missing[0].alternative:
                        found.setdefault((str(fact.node), fact.name), fact)
        return tuple(sorted(found.values(), key=lambda fact: (fact.name, str(fact.node))))

    def _steps(self, subject: NamedNode, results: Sequence[Assessment]) -> Iterator[Step]:
        known = {rule.identifier: rule for rule in self._assessor.book.rules}
        for result in results:
            if known[result.rule].kind is RuleKind.duty:
                yield Step("duty", f"{result.title} ({result.verdict.words}).", None)
        yield from self._agreements(subject)
        yield from self._notices(subject)

    def _ends(self, subject: NamedNode) -> tuple[set[Term], set[Term]]:
        """The bodies and institutions at the two ends of a flow."""
        legs = self._index.objects(subject, _LEG)
        sides = []
        for body in (_ORIGIN_BODY, _DESTINATION_BODY):
            bodies = {b for leg in legs for b in self._index.objects(leg, body)}
            sides.append(bodies | {i for b in bodies for i in self._index.objects(b, _WITHIN)})
        return sides[0], sides[1]

    def _agreements(self, subject: NamedNode) -> Iterator[Step]:
        """Agreements on record between the two ends, and what each would have to take in."""
        senders, receivers = self._ends(subject)
        label = self._assessor.label
        if not senders or not receivers or senders & receivers:
            return
        elements = set(self._index.objects(subject, _CARRIES))
        purposes = set(self._index.objects(subject, _PURPOSE))
        found = False
        for agreement in sorted(self._index.subjects(RDF_TYPE, term("Agreement")), key=str):
            parties = set(self._index.objects(agreement, _PARTY))
            if not parties & senders or not parties & receivers or self._is_over(agreement):
                continue
            found = True
            lacking = [label(e) for e in elements - set(self._index.objects(agreement, _COVERS_ELEMENT))]
            agreed = set(self._index.objects(agreement, _PURPOSE))
            lacking += [label(p) for p in purposes if not agreed & set(self._index.objects(p, _CONSISTENT))]
            todo = f"amend it to take in {', '.join(sorted(lacking))}" if lacking else "it takes in what is proposed"
            yield Step("agreement", f"{label(agreement)}: {todo}.", agreement)
        if not found:
            ends = f"{_names(senders, label)} and {_names(receivers, label)}"
            yield Step("agreement", f"No agreement between {ends} is on record: sign one where the ground asks for it.")

    def _is_over(self, node: Term) -> bool:
        states = {*self._index.objects(node, term("temporalStatus")), *self._index.objects(node, term("lifecycle"))}
        return bool(states.intersection(_NOT_NOW))

    def _notices(self, subject: NamedNode) -> Iterator[Step]:
        """Notices of the receiving side that tell people of such data, and what each does not name."""
        _, receivers = self._ends(subject)
        label = self._assessor.label
        elements = set(self._index.objects(subject, _CARRIES))
        purposes = set(self._index.objects(subject, _PURPOSE))
        for notice in sorted(self._index.subjects(RDF_TYPE, term("CollectionNotice")), key=str):
            if not receivers.intersection(self._index.objects(notice, _COLLECTOR)):
                continue
            stated = set(self._index.objects(notice, _STATES_PURPOSE))
            lacking = [label(e) for e in elements - set(self._index.objects(notice, _LISTS_ELEMENT))]
            lacking += [label(p) for p in purposes - stated]
            if lacking and len(lacking) < len(elements) + len(purposes):
                yield Step("notice", f"{label(notice)}: does not name {', '.join(sorted(lacking))}.", notice)

    def holders(self, elements: Iterable[Term], but: Iterable[Term]) -> list[NamedNode]:
        """Other systems that hold all of some elements and are not at one of the places `but`; sorted."""
        wanted, left_out = set(elements), set(but)
        found = []
        for system in self._index.subjects_of(_HOLDS):
            places = {system, *self._index.objects(system, _OWNER)}
            if (
                isinstance(system, NamedNode)
                and wanted <= set(self._index.objects(system, _HOLDS))
                and not places & left_out
                and not self._is_over(system)
            ):
                found.append(system)
        return sorted(found, key=lambda node: node.value)


def _names(nodes: Iterable[Term], label: Callable[[Term], str]) -> str:
    return ", ".join(sorted(map(label, nodes)))
