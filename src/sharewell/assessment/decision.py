"""Deciding: one rule held against one subject, in the order that the design sets down.

Not in force, not relied on (a permission) or exempt: not applicable. A reach that is not known: not evidenced. The law
broken: violated. Evidence lacking: not evidenced, or violated where the record is declared complete on every fact that
could fill the gap. Otherwise satisfied, if a permission feeds the rule and each rule it requires are satisfied too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from pyoxigraph import BlankNode, NamedNode, Triple

from sharewell.assessment.results import MissingFact, Verdict
from sharewell.assessment.rules import Rule, RuleBook
from sharewell.assessment.standing import Force, Standing, force
from sharewell.graph.index import TripleIndex
from sharewell.graph.terms import Term
from sharewell.validation.constraints import Or
from sharewell.validation.evaluation import Evaluator
from sharewell.validation.missing import Alternative, Expected
from sharewell.validation.paths import AlternativePath, InversePath, Path, PredicatePath, SequencePath, path_text
from sharewell.validation.precedents import Gap, Pattern
from sharewell.vocabulary import RDF_TYPE, SHARE

_RELIES_ON = NamedNode(SHARE + "reliesOn")
_PROVISION = NamedNode(SHARE + "provision")
_ACT = NamedNode(SHARE + "act")
_COMPLETE_ON = NamedNode(SHARE + "completeOn")
_POINT_PROPERTY = NamedNode(SHARE + "pointProperty")
_LIFECYCLE = NamedNode(SHARE + "lifecycle")
_TEMPORAL_STATUS = NamedNode(SHARE + "temporalStatus")
_DATED = (NamedNode(SHARE + "collectedOn"), NamedNode(SHARE + "occurredOn"))
_NOT_STANDING: dict[Term, str] = {
    NamedNode(SHARE + "Ended"): "it has ended",
    NamedNode(SHARE + "Proposed"): "it is only proposed",
    NamedNode(SHARE + "PastAtDate"): "it was over at the as-of date",
    NamedNode(SHARE + "FutureAtDate"): "it had not begun at the as-of date",
}
_GROUNDS: dict[Term, str] = {
    NamedNode(SHARE + "Disclosing"): "on which ground the body discloses",
    NamedNode(SHARE + "Collecting"): "on which ground the body collects",
    NamedNode(SHARE + "Using"): "on which ground the institution uses the data",
}
_ALTERNATIVES = 8
_OPEN = (Verdict.violated, Verdict.not_evidenced)


@dataclass(frozen=True, slots=True)
class Decision:
    """How a rule comes out for a subject, before grades and words.

    `reason` is one of: standing (of the law), not-going-on, not-relied-on, exempt, reach, law, evidence, complete (the
    record is declared complete on what is missing), grounds (of the permissions that feed it), no-ground (none, and the
    record of grounds is declared complete), required (rules), holds.
    `shape` decided, `passed` are shapes that had to be passed first; `resting` are statements that the decision rests
    on beside the neighbourhoods of those shapes; `through` are decisions of other rules.
    """

    rule: Rule
    subject: NamedNode
    date: str
    verdict: Verdict
    reason: str
    words: str = ""
    shape: Term | None = None
    passed: tuple[Term, ...] = ()
    resting: tuple[Triple, ...] = ()
    missing: tuple[MissingFact, ...] = ()
    gap: Gap | None = None
    through: tuple[Decision, ...] = ()
    forces: tuple[Force, ...] = ()

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """The ways in which the shape that decided would be met."""
        return () if self.gap is None else self.gap.alternatives


@dataclass(frozen=True, slots=True)
class _Circumstances:
    """What is the same for every rule about a subject: the day it is judged by, why it is not going on, its bases."""

    day: str
    over: Triple | None
    bases: tuple[Term, ...]


@dataclass
class Decider:
    """Holds the rules of a book against a graph as of a date (ISO). `derived` are the properties that rules fill.

    `assume_in_force` are provisions that are taken as in force whatever is recorded of them.
    """

    evaluator: Evaluator
    book: RuleBook
    as_of: str
    derived: frozenset[Term] = frozenset()
    assume_in_force: frozenset[NamedNode] = frozenset()
    _done: dict[tuple[Term, Term], Decision] = field(default_factory=dict)
    _circumstances: dict[Term, _Circumstances] = field(default_factory=dict)
    _forces: dict[tuple[Term, str], tuple[Force, ...]] = field(default_factory=dict)
    _subjects: dict[tuple[NamedNode, ...], list[NamedNode]] = field(default_factory=dict)
    _facts: dict[tuple[Pattern, tuple[int, ...], bool], tuple[MissingFact, ...]] = field(default_factory=dict)

    def fresh(self) -> Decider:
        """The same without what it remembers, for a graph into which something was laid."""
        return Decider(self.evaluator, self.book, self.as_of, self.derived, self.assume_in_force)

    @property
    def index(self) -> TripleIndex:
        """The graph that is read."""
        return self.evaluator.index

    def decide_all(self) -> Iterator[Decision]:
        """Every rule for every member of its subject classes, permissions first."""
        for rule in self.book.rules:
            for subject in self.subjects(rule):
                yield self.decide(rule, subject)

    def subjects(self, rule: Rule) -> list[NamedNode]:
        """The members of the subject classes of a rule, sorted."""
        known = self._subjects.get(rule.subject_classes)
        if known is None:
            found = {s for kind in rule.subject_classes for s in self.index.subjects(RDF_TYPE, kind)}
            known = sorted((s for s in found if isinstance(s, NamedNode)), key=lambda node: node.value)
            self._subjects[rule.subject_classes] = known
        return known

    def concerned(self, rule: Rule) -> list[NamedNode]:
        """The subjects for which the shapes of a rule can matter: of a permission, those that rely on it."""
        found = self.subjects(rule)
        return [subject for subject in found if self.grounds(rule, subject)] if rule.is_permission else found

    def decide(self, rule: Rule, subject: NamedNode) -> Decision:
        """How a rule comes out for a subject; decisions of the rules it rests on are made first."""
        key = (rule.iri, subject)
        if key not in self._done:
            self._done[key] = self._decide(rule, subject)
        return self._done[key]

    def date_of(self, subject: NamedNode) -> str:
        """A dated act is judged by the law of its day, anything else by that of the as-of date."""
        days = sorted(str(getattr(v, "value", "")) for p in _DATED for v in self.index.objects(subject, p))
        return days[0] if days and len(days[0]) == len(self.as_of) else self.as_of

    def _decide(self, rule: Rule, subject: NamedNode) -> Decision:
        about = self._circumstances.get(subject) or self._look_at(subject)
        forces = self._forces.get((rule.iri, about.day))
        if forces is None:
            forces = tuple(self.force(provision, about.day) for provision in rule.provisions)
            self._forces[rule.iri, about.day] = forces

        def undecided(reason: str, words: str = "", resting: tuple[Triple, ...] = ()) -> Decision:
            return Decision(
                rule, subject, about.day, Verdict.not_applicable, reason, words, resting=resting, forces=forces
            )

        for standing in forces:
            if not standing.applies:
                return undecided("standing", _standing_words(self.evaluator, standing))
        if about.over is not None:
            return undecided("not-going-on", _NOT_STANDING[about.over.object], (about.over,))
        grounds = self._grounds(rule, subject, about.bases) if rule.is_permission else ()
        if rule.is_permission and not grounds:
            return undecided("not-relied-on", "nothing on record relies on it")
        return self._by_shapes(rule, subject, undecided("", resting=grounds))

    def _look_at(self, subject: NamedNode) -> _Circumstances:
        day = self.date_of(subject)
        about = _Circumstances(day, self._not_going_on(subject, day), tuple(self.index.objects(subject, _RELIES_ON)))
        self._circumstances[subject] = about
        return about

    def force(self, provision: NamedNode, day: str) -> Force:
        """The standing of a provision on a day, or in force where that is assumed."""
        found = force(self.index, provision, day)
        return Force(provision, Standing.in_force, False) if provision in self.assume_in_force else found

    def _by_shapes(self, rule: Rule, subject: NamedNode, bare: Decision) -> Decision:
        if rule.exempt is not None and self.evaluator.conforms(subject, rule.exempt):
            return replace(bare, reason="exempt", shape=rule.exempt, words=self._exemption(rule.exempt, subject))
        passed: list[Term] = []
        if rule.reach is not None:
            if not self.evaluator.conforms(subject, rule.reach):
                return self._lacking(bare, "reach", rule.reach)
            passed.append(rule.reach)
        if rule.law is not None:
            if not self.evaluator.conforms(subject, rule.law):
                return replace(bare, verdict=Verdict.violated, reason="law", shape=rule.law, passed=tuple(passed))
            passed.append(rule.law)
        so_far = replace(bare, passed=tuple(passed), shape=rule.law)
        if rule.evidence is not None and self._shown(rule, subject, rule.evidence):
            so_far = replace(so_far, passed=(*passed, rule.evidence), shape=rule.evidence)
        elif self.book.feeding(rule):
            return self._by_permission(rule, subject, so_far)
        elif rule.evidence is not None:
            return self._lacking(so_far, "evidence", rule.evidence)
        return self._by_required(rule, subject, so_far)

    def _shown(self, rule: Rule, subject: NamedNode, evidence: Term) -> bool:
        """Whether the evidence of a rule is there, without the citation of a permission that is not itself shown."""
        if not self.evaluator.conforms(subject, evidence):
            return False
        decisions = [self.decide(other, subject) for other in self.book.feeding(rule)]
        cited = {t for d in decisions if d.verdict in _OPEN for t in d.resting if t.predicate == _PROVISION}
        if not cited:
            return True
        with self.index.changed(remove=cited):
            return self.evaluator.conforms(subject, evidence)

    def _by_permission(self, rule: Rule, subject: NamedNode, so_far: Decision) -> Decision:
        """Where its own evidence does not show it, a rule is satisfied when a permission that feeds it is."""
        decisions = [self.decide(other, subject) for other in self.book.feeding(rule)]
        satisfied = next((d for d in decisions if d.verdict is Verdict.satisfied), None)
        if satisfied is not None:
            return self._by_required(rule, subject, replace(so_far, through=(satisfied,)))
        relied = any(d.verdict in _OPEN for d in decisions)
        if rule.evidence is not None and not relied:
            return self._lacking(so_far, "evidence", rule.evidence)
        return self._ungrounded(so_far, "grounds", decisions)

    def _by_required(self, rule: Rule, subject: NamedNode, so_far: Decision) -> Decision:
        """Of the rules that a rule requires, one has to be satisfied."""
        known = self.book.by_iri
        required = [self.decide(known[iri], subject) for iri in rule.requires if iri in known]
        satisfied = next((d for d in required if d.verdict is Verdict.satisfied), None)
        if required and satisfied is None:
            return self._ungrounded(so_far, "required", required)
        through = so_far.through if satisfied is None else (*so_far.through, satisfied)
        return replace(so_far, verdict=Verdict.satisfied, reason="holds", through=through)

    def _ungrounded(self, so_far: Decision, reason: str, decisions: Sequence[Decision]) -> Decision:
        open_ones = tuple(d for d in decisions if d.verdict is Verdict.not_evidenced)
        closing = self._no_more_grounds(so_far.subject) if reason == "grounds" else ()
        broken = tuple(d for d in decisions if d.verdict is Verdict.violated)
        if broken and not open_ones:
            return replace(so_far, verdict=Verdict.violated, reason=reason, through=broken)
        if closing and not open_ones:
            return replace(so_far, verdict=Verdict.violated, reason="no-ground", resting=(*so_far.resting, *closing))
        missing = _renumbered([d.missing for d in open_ones]) or (self._unknown_ground(so_far, reason),)
        return replace(
            so_far, verdict=Verdict.not_evidenced, reason=reason, through=(*open_ones, *broken), missing=missing
        )

    def _no_more_grounds(self, subject: NamedNode) -> tuple[Triple, ...]:
        """What declares the record of the grounds of a subject complete."""
        points = self.index.objects(subject, _COMPLETE_ON)
        closing = [p for p in points if self.index.contains(p, _POINT_PROPERTY, _RELIES_ON)]
        return tuple(Triple(subject, _COMPLETE_ON, point) for point in sorted(closing, key=str))

    def _unknown_ground(self, so_far: Decision, reason: str) -> MissingFact:
        """Nothing known is relied on: the ground itself is missing."""
        if reason == "required":
            names = " or ".join(
                other.title for other in map(self.book.by_iri.get, so_far.rule.requires) if other is not None
            )
            return MissingFact(so_far.subject, f"<{_RELIES_ON.value}>", names, f"what this rests on: {names}")
        path = f"<{_RELIES_ON.value}>/<{_PROVISION.value}>"
        acts = {other.act for other in self.book.feeding(so_far.rule)}
        name = next((words for act, words in _GROUNDS.items() if act in acts), "on which ground it rests")
        return MissingFact(so_far.subject, path, "a provision that allows it, and what it asks for", name)

    def grounds(self, rule: Rule, subject: NamedNode) -> tuple[Triple, ...]:
        """The statements by which a subject relies on a permission: its basis, and the provision that this cites."""
        return self._grounds(rule, subject, tuple(self.index.objects(subject, _RELIES_ON)))

    def _grounds(self, rule: Rule, subject: NamedNode, bases: Sequence[Term]) -> tuple[Triple, ...]:
        found: list[Triple] = []
        for basis in bases:
            cited = [p for p in rule.provisions if self.index.contains(basis, _PROVISION, p)]
            acts = self.index.objects(basis, _ACT)
            if not isinstance(basis, NamedNode | BlankNode) or not cited:
                continue
            if rule.act is None or not acts or rule.act in acts:
                found += [Triple(subject, _RELIES_ON, basis), *(Triple(basis, _PROVISION, p) for p in cited)]
        return tuple(sorted(set(found), key=str))

    def _lacking(self, bare: Decision, reason: str, shape: Term) -> Decision:
        """A shape of what must be known or shown is not met: a gap, or a conflict where the record is complete."""
        gap = self.evaluator.gap(bare.subject, shape, _ALTERNATIVES)
        closable = self._is_closable(gap)
        ways = gap.alternatives if closable else gap.pattern.alternatives
        open_ways = tuple(n for n, way in enumerate(ways) if not way.blocked and not (closable and self.closed(way)))
        if reason == "evidence" and ways and len(ways) < _ALTERNATIVES and not open_ways:
            closing = {t for way in ways for t in self._closing(way)} if closable else ()
            resting = (*bare.resting, *sorted(closing, key=str))
            return replace(bare, verdict=Verdict.violated, reason="complete", shape=shape, gap=gap, resting=resting)
        missing = self._missing(replace(gap, chosen=open_ways) if open_ways else gap, reason == "reach")
        found = replace(gap, chosen=open_ways)
        return replace(bare, verdict=Verdict.not_evidenced, reason=reason, shape=shape, gap=found, missing=missing)

    def _is_closable(self, gap: Gap) -> bool:
        """Whether the record of one of the nodes of which facts are expected is declared complete on anything."""
        return any(self.index.objects(gap.terms[at], _COMPLETE_ON) for at in gap.pattern.places)

    def closed(self, alternative: Alternative) -> bool:
        """Whether a way to fill a gap needs a value where the record is declared complete."""
        return any(True for _ in self._closing(alternative))

    def _closing(self, alternative: Alternative) -> Iterator[Triple]:
        for expected in alternative.expected:
            node = expected.node
            for point in self.index.objects(node, _COMPLETE_ON):
                predicates = self.index.objects(point, _POINT_PROPERTY)
                if isinstance(node, NamedNode | BlankNode) and _first_predicate(expected.path) in predicates:
                    yield Triple(node, _COMPLETE_ON, point)

    def _missing(self, gap: Gap, reach: bool) -> tuple[MissingFact, ...]:
        """The facts of each alternative; in a reach, a derived one only where nothing that people record is missing."""
        known = self._facts.get((gap.pattern, gap.chosen, reach))
        if known is None:
            found: list[MissingFact] = []
            for number, way in enumerate(gap.pattern.alternatives[at] for at in gap.chosen):
                facts = self._recorded_only(way.expected) if reach else way.expected
                found += [_missing_fact(expected, number) for expected in facts]
            known = self._facts[gap.pattern, gap.chosen, reach] = tuple(dict.fromkeys(found))
        if gap.terms == gap.pattern.terms:
            return known
        number_of, terms = gap.pattern.number, gap.terms
        return tuple(MissingFact(terms[number_of[f.node]], f.path, f.expected, f.name, f.alternative) for f in known)

    def _recorded_only(self, expected: Sequence[Expected]) -> Sequence[Expected]:
        recorded = [e for e in expected if not _predicates(e.path) & self.derived]
        return recorded or expected

    def _not_going_on(self, subject: NamedNode, day: str) -> Triple | None:
        if day != self.as_of:
            return None
        for predicate in (_LIFECYCLE, _TEMPORAL_STATUS):
            for value in self.index.objects(subject, predicate):
                if value in _NOT_STANDING:
                    return Triple(subject, predicate, value)
        return None

    def _exemption(self, shape: Term, subject: NamedNode) -> str:
        """The label of the branch of an exemption that holds."""
        for constraint in self.book.shapes[shape].constraints:
            if isinstance(constraint, Or):
                for branch in constraint.shapes:
                    if self.evaluator.conforms(subject, branch):
                        return self.book.label(branch)
        return self.book.label(shape)


def _standing_words(evaluator: Evaluator, standing: Force) -> str:
    since = f" (it is from {standing.since})" if standing.standing is Standing.not_begun else ""
    return f"{evaluator.label(standing.provision)} is {standing.standing.value}{since}"


def _renumbered(groups: Sequence[tuple[MissingFact, ...]]) -> tuple[MissingFact, ...]:
    """The missing facts of several decisions, each of which would be enough, as alternatives of one."""
    found: list[MissingFact] = []
    start = 0
    for group in groups:
        found += [replace(fact, alternative=start + fact.alternative) for fact in group]
        start += 1 + max((fact.alternative for fact in group), default=-1)
    return tuple(found)


def _missing_fact(expected: Expected, number: int) -> MissingFact:
    name = expected.name or expected.expected
    return MissingFact(expected.node, path_text(expected.path), expected.expected, name, number)


def _first_predicate(path: Path) -> Term | None:
    match path:
        case PredicatePath(predicate):
            return predicate
        case InversePath(PredicatePath(predicate)):
            return predicate
        case SequencePath(paths):
            return _first_predicate(paths[0])
    return None


def _predicates(path: Path) -> set[Term]:
    """All predicates that a path goes along."""
    match path:
        case PredicatePath(predicate):
            return {predicate}
        case SequencePath(paths) | AlternativePath(paths):
            return {p for part in paths for p in _predicates(part)}
        case _:
            return _predicates(path.path)
