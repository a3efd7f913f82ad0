"""Assessing a graph: decisions with how well they are known, in words, with places, and what they have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial

from pyoxigraph import Literal, NamedNode, Triple

from sharewell.assessment.decision import Decider, Decision
from sharewell.assessment.grades import Grades
from sharewell.assessment.remedies import Remedies
from sharewell.assessment.results import (
    Assessment,
    AssessmentReport,
    Cause,
    MissingFact,
    NoRuleLoaded,
    Verdict,
)
from sharewell.assessment.rules import Rule, RuleBook
from sharewell.assessment.standing import Force, Standing, force
from sharewell.collector import collector_paused
from sharewell.graph.encoded import EncodedGraph
from sharewell.graph.index import TripleIndex
from sharewell.graph.locations import Location
from sharewell.graph.store import MergedGraph
from sharewell.graph.terms import Term
from sharewell.reasoning.premises import Provenance
from sharewell.validation.constraints import Property
from sharewell.validation.evaluation import Evaluator
from sharewell.validation.fast import nonconforming
from sharewell.validation.neighbourhood import Neighbourhood
from sharewell.validation.shapes import Shapes
from sharewell.vocabulary import PREFIXES, RDF_TYPE, SHARE, SKOS

_AMENDS = NamedNode(SHARE + "amends")
_READ_AS_AT = NamedNode(SHARE + "readAsAt")
_LEVEL = NamedNode(SHARE + "governmentLevel")
_REGIME = NamedNode(SHARE + "privacyRegime")
_BODIES = tuple(NamedNode(SHARE + n) for n in ("disclosingInstitution", "collectingInstitution", "usingInstitution"))
_NOTE = NamedNode(SKOS + "note")
_FILLED = "filled by derivation rules"
_PROCESSING = NamedNode(SHARE + "Processing")
_LARGE = 1_000_000
"""From so many statements on, deciding all shapes set at a time is quicker than node by node (measured)."""

_LABELS = 65_536
"""How many labels are remembered: the same few classes and properties are spoken of in every finding."""

Label = Callable[[Term], str]


@dataclass(frozen=True, slots=True)
class Support:
    """The statements that a decision rests on: as they stand in the graph, and the recorded ones under the derived."""

    direct: frozenset[Triple]
    recorded: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class _AboutRule:
    """How the text of a rule is known, the day whose law was read, its pack, and what is to amend it some day."""

    read: str
    day: str | None
    pack: str
    pending: tuple[NamedNode, ...]


class Assessor:
    """Rules held against a merged graph that is closed and derived. `label` gives the words for a node."""

    def __init__(
        self,
        graph: MergedGraph,
        book: RuleBook,
        label: Label,
        illustrative: bool = False,
        prefixes: Mapping[str, str] = PREFIXES,
    ) -> None:
        self.graph = graph
        self.book = book
        self.label: Label = lru_cache(maxsize=_LABELS)(label)
        with collector_paused():
            self.index = TripleIndex(graph.statements())
        self.evaluator = Evaluator(self.index, book.shapes, self.label)
        self.grades = Grades(self.index, illustrative)
        self.prefixes = prefixes
        self._rules: dict[NamedNode, _AboutRule] = {}
        self._first_places: dict[NamedNode, tuple[Location, ...]] = {}
        self._kinds: dict[frozenset[Term], str] = {}
        self._learned_at: int | None = None
        self._standing_notes: dict[tuple[Force, ...], tuple[str, ...]] = {}
        self.decider = Decider(self.evaluator, book, graph.as_of, self._derived)

    @cached_property
    def provenance(self) -> Provenance:
        """The steps of derived statements, found when first asked for."""
        return Provenance(self.graph, self.book.derivations, self.prefixes)

    @cached_property
    def _derived(self) -> frozenset[Term]:
        """The properties that people do not record, because derivation rules fill them: the ontology says so."""
        return frozenset(
            term
            for term in self.index.subjects_of(_NOTE)
            for note in self.index.objects(term, _NOTE)
            if isinstance(note, Literal) and note.value.lower().startswith(_FILLED)
        )

    @cached_property
    def _pending(self) -> Decider:
        """The same graph, with every provision in force whose commencement is not known."""
        waiting = {p for rule in self.book.rules for p in rule.provisions if self._standing(p) is Standing.pending}
        return Decider(self.evaluator, self.book, self.graph.as_of, self._derived, frozenset(waiting))

    def _standing(self, provision: NamedNode) -> Standing:
        return force(self.index, provision, self.graph.as_of).standing

    @collector_paused()
    def report(self, remedies: bool = False) -> AssessmentReport:
        """All assessments of the graph, worst first, and what keeps others from being made.

        With `remedies`, each finding has the smallest change that was found to turn it.
        """
        if len(self.index) > _LARGE and self._learned_at != self.index.version:
            self.learn_conformance()
        describe = self._with_remedy if remedies else self._described
        assessments = sorted(map(describe, list(self.decider.decide_all())), key=Assessment.sort_key)
        official = [rule for rule in self.book.rules if self.reading(rule)[0] == "official"]
        days = sorted({day for rule in official if (day := self.reading(rule)[1])})
        return AssessmentReport(
            as_of=self.graph.as_of,
            rules=len(self.book.rules),
            official=len(official),
            assessments=tuple(assessments),
            no_rule_loaded=tuple(self.no_rule_loaded()),
            causes=tuple(self._causes(assessments)),
            read_days=tuple(days),
        )

    @collector_paused()
    def learn_conformance(self) -> None:
        """Have the set-at-a-time engine decide all shapes of the rules for all their subjects, in one run.

        A shape that is not SHACL Core is left to the evaluator, which refuses it.
        """
        classes: dict[Term, set[NamedNode]] = defaultdict(set)
        answers: dict[Term, dict[Term, bool]] = defaultdict(dict)
        for rule in self.book.rules:
            concerned = self.decider.concerned(rule)
            for shape in (rule.exempt, rule.reach, rule.law, rule.evidence):
                if shape is not None and concerned and not self._goes_beyond_core(shape):
                    classes[shape].update(rule.subject_classes)
                    answers[shape] |= dict.fromkeys(concerned, True)
        with EncodedGraph() as encoded:
            encoded.encode_terms(self.index.terms())
            failing = nonconforming(encoded, self.book.shapes, classes)
        for shape, nodes in failing.items():
            self.evaluator.learn(shape, answers[shape] | dict.fromkeys(answers[shape].keys() & nodes, False))
        self._learned_at = self.index.version

    def _goes_beyond_core(self, shape: Term) -> bool:
        return any(inner.beyond_core for inner in self.book.shapes.within(shape))

    def assess(self, rule: Rule, subject: NamedNode) -> Assessment:
        """One rule held against one subject."""
        return self.describe(self.decider.decide(rule, subject))

    def reading(self, rule: Rule) -> tuple[str, str | None]:
        """How the text of a rule is known, and the day whose law was read.

        What was read officially counts as amended since where a provision that changes it is recorded as in force from
        a later day.
        """
        about = self._about(rule)
        return about.read, about.day

    def _reading(self, rule: Rule) -> tuple[str, str | None]:
        days = [d for p in rule.provisions if (d := _text(self.index, p, _READ_AS_AT))]
        day = min(days, default=None)
        if rule.read != "official":
            return rule.read, day
        for provision in rule.provisions:
            for amending in self.index.subjects(_AMENDS, provision):
                if isinstance(amending, NamedNode):
                    found = force(self.index, amending, self.graph.as_of)
                    if found.standing is Standing.in_force and found.since and (day is None or found.since > day):
                        return "amended-since", day
        return "official", day

    def describe(self, decision: Decision) -> Assessment:
        """A decision in full: graded, worded and located, and taken back where it is not known well enough."""
        found = self._described(decision)
        grade = found.grade  # now: the graph may be one that holds for a moment only
        return replace(found, graded=lambda: grade)

    def _described(self, decision: Decision) -> Assessment:
        """A decision in full, to be graded when that is asked for, while the graph is as it is."""
        rule, about = decision.rule, self._about(decision.rule)
        pending = self._would_change(decision)
        verdict, reason, missing = decision.verdict, decision.reason, decision.missing
        message = self._message(decision)
        doubts = self._doubts(decision, about.read, self.support(decision)) if verdict is Verdict.violated else ()
        if doubts:
            names = "; ".join(dict.fromkeys(fact.name for fact in doubts))
            message = f"To be confirmed: {message} This is not stated as a conflict, because it rests on {names}."
            verdict, reason, missing = Verdict.not_evidenced, "to-confirm", doubts
        places = self._located(decision)
        return Assessment(
            subject=decision.subject,
            rule=rule.identifier,
            alias=rule.alias,
            title=rule.title,
            pack=about.pack,
            provisions=rule.provisions,
            verdict=verdict,
            reason=reason,
            message=message,
            graded=partial(self._grade, decision),
            read=about.read,
            read_as_at=about.day,
            date=decision.date,
            decided_by=decision.shape,
            missing=missing,
            remedy="" if decision.verdict is Verdict.not_applicable else rule.remedy,
            through=tuple([d.rule.identifier for d in decision.through]) if decision.through else (),
            pending=pending,
            notes=self._notes(decision, pending),
            location=places[0] if places else None,
            locations=places,
        )

    def _about(self, rule: Rule) -> _AboutRule:
        known = self._rules.get(rule.iri)
        if known is None:
            read, day = self._reading(rule)
            amending = {a for p in rule.provisions for a in self.index.subjects(_AMENDS, p) if isinstance(a, NamedNode)}
            waiting = [a for a in amending if self._standing(a) is Standing.pending]
            pending = tuple(sorted(waiting, key=lambda node: node.value))
            known = self._rules[rule.iri] = _AboutRule(read, day, self.book.pack_name(rule), pending)
        return known

    def _grade(self, decision: Decision) -> str:
        """The grade of the weakest statement that a decision rests on, the rule itself among them."""
        return self.grades.weakest([decision.rule.grade, *map(self.grades.of, self.support(decision).recorded)])

    def _with_remedy(self, decision: Decision) -> Assessment:
        """A decision in full, with the smallest change that was found to turn it."""
        found = self._described(decision)
        change = next(self.remedies.of(decision), None)
        return found if change is None or found.reason == "to-confirm" else replace(found, changes=change)

    @cached_property
    def remedies(self) -> Remedies:
        """What finds the remedies of decisions."""
        return Remedies(self.decider)

    def support(self, decision: Decision) -> Support:
        """What a decision rests on: neighbourhoods of the shapes that decided, and decisions of other rules."""
        direct: set[Triple] = set(decision.resting)
        for shape in self.deciding_shapes(decision):
            direct |= self.neighbourhood(decision.subject, shape).triples
        recorded = {leaf for triple in direct for leaf in self.recorded(triple)}
        for other in decision.through:
            inner = self.support(other)
            direct |= inner.direct
            recorded |= set(inner.recorded)
        return Support(frozenset(direct), tuple(sorted(recorded, key=str)))

    @staticmethod
    def deciding_shapes(decision: Decision) -> tuple[Term, ...]:
        """The shapes that were held against the subject, the deciding one last."""
        last = (decision.shape,) if decision.shape is not None and decision.shape not in decision.passed else ()
        return (*decision.passed, *last)

    def neighbourhood(self, node: Term, shape: Term) -> Neighbourhood:
        """Why a node conforms to a shape of the book, or why not."""
        return self.evaluator.neighbourhood(node, shape)

    def recorded(self, triple: Triple) -> tuple[Triple, ...]:
        """The recorded statements under a statement: itself, or the leaves of its derivation."""
        if not self.provenance.is_derived(triple):
            return (triple,)
        return self.provenance.leaves(triple)[0]

    def _doubts(self, decision: Decision, read: str, support: Support) -> tuple[MissingFact, ...]:
        """What would have to be confirmed before a conflict is stated."""
        doubts: list[MissingFact] = []
        for rule in (decision.rule, *(d.rule for d in decision.through)):
            for provision in rule.provisions:
                uncertain = not self.decider.force(provision, decision.date).certain
                if self.reading(rule)[0] != "official" or uncertain:
                    words = f"the present text of {self.label(provision)}, to be read in an official consolidation"
                    doubts.append(MissingFact(provision, f"<{_READ_AS_AT.value}>", "the day of the text read", words))
        for triple in support.recorded:
            grade = self.grades.of(triple)
            if grade is not None and not self.grades.is_firm(grade):
                words = f"a statement that is {self._grade_word(grade)}: {self.sentence(triple)}"
                path = f"<{triple.predicate.value}>"
                doubts.append(MissingFact(triple.subject, path, f"confirmed: {self.label(triple.object)}", words))
        return tuple(dict.fromkeys(doubts))

    def sentence(self, triple: Triple) -> str:
        """A statement in words."""
        return f"{self.label(triple.subject)} – {self.label(triple.predicate)} – {self.label(triple.object)}"

    def text(self, node: NamedNode, name: str) -> str | None:
        """The value of a property of our namespace that a node has as text."""
        return _text(self.index, node, NamedNode(SHARE + name))

    def _grade_word(self, grade: str) -> str:
        return self.label(NamedNode(grade))

    def _would_change(self, decision: Decision) -> tuple[NamedNode, ...]:
        """Enacted provisions of unknown commencement that would change this assessment or the text behind it."""
        if any(f.standing is Standing.pending for f in decision.forces):
            hypothetical = self._pending.decide(decision.rule, decision.subject)
            if hypothetical.verdict in (Verdict.violated, Verdict.not_evidenced):
                return tuple(f.provision for f in decision.forces if f.standing is Standing.pending)
            return ()
        return () if decision.verdict is Verdict.not_applicable else self._about(decision.rule).pending

    def _notes(self, decision: Decision, pending: Sequence[NamedNode]) -> tuple[str, ...]:
        notes = tuple(
            f"{self.label(p)} is enacted, its commencement is not known, and it would change this." for p in pending
        )
        if decision.verdict is Verdict.not_applicable:
            return notes
        known = self._standing_notes.get(decision.forces)
        if known is None:
            known = self._standing_notes[decision.forces] = tuple(self._doubtful_standing(decision.forces))
        return (*notes, *known)

    def _doubtful_standing(self, forces: Sequence[Force]) -> Iterator[str]:
        for found in forces:
            if found.standing is Standing.in_force and not found.start_known:
                yield f"The first day of effect of {self.label(found.provision)} was not established."
            elif found.standing is Standing.not_established:
                yield f"Whether {self.label(found.provision)} has effect was not established."

    def _message(self, decision: Decision) -> str:
        match decision.verdict:
            case Verdict.not_applicable:
                return f"Does not apply: {decision.words}."
            case Verdict.satisfied:
                through = f", through: {decision.through[0].rule.title}" if decision.through else ""
                shown = self.book.label(decision.shape) if decision.shape is not None else "it holds"
                return f"Supported on record: {_lower(shown)}{_lower(through)}."
            case Verdict.violated:
                return self._conflict(decision)
        names = [fact.name for fact in decision.missing if fact.alternative == decision.missing[0].alternative]
        return f"Not on record: {'; '.join(dict.fromkeys(names))}."

    def _conflict(self, decision: Decision) -> str:
        if decision.reason in ("grounds", "required") and decision.through:
            return f"The ground relied on does not hold. {self._conflict(decision.through[0])}"
        if decision.reason == "no-ground":
            return "No ground that allows it is on record, and the record of its grounds is declared complete."
        text = self._shape_message(decision)
        if decision.reason == "complete":
            return f"{text} The record is declared complete on this."
        return text

    def _shape_message(self, decision: Decision) -> str:
        """The message of the part of the deciding shape that the subject breaks, else that of the shape."""
        if decision.shape is None:
            return f"Recorded facts go against: {decision.rule.title}."
        shapes: Shapes = self.book.shapes
        broken = [
            c.shape
            for c in shapes[decision.shape].constraints
            if isinstance(c, Property) and not self.evaluator.conforms(decision.subject, c.shape)
        ]
        for shape in [*broken, decision.shape]:
            messages = [m.value for m in shapes[shape].messages if m.language in ("en", None)]
            if messages:
                return messages[0]
        return f"Recorded facts go against: {decision.rule.title}."

    def _located(self, decision: Decision) -> tuple[Location, ...]:
        """The places of what goes against the rule; where nothing does, that of the subject."""
        if decision.verdict is Verdict.violated and decision.shape is not None:
            broken = self.neighbourhood(decision.subject, decision.shape).triples | set(decision.resting)
            own = self._places(leaf for triple in broken for leaf in self.recorded(triple))
            if own:
                return tuple(own)
        known = self._first_places.get(decision.subject)
        if known is None:
            first = self.graph.node_location(decision.subject)
            known = self._first_places[decision.subject] = (first,) if first else ()
        return known

    def _places(self, triples: Iterable[Triple]) -> list[Location]:
        of_statement = self.graph.locations.of_statement
        return sorted({p for t in triples for p in of_statement(t.subject, t.predicate, t.object)}, key=_place_order)

    def no_rule_loaded(self) -> Iterable[NoRuleLoaded]:
        """The bodies that act in a processing and are bound by a law of which no rules are loaded."""
        covered = {law for pack in self.book.packs for law in pack.covers}
        levels = {level for pack in self.book.packs for level in pack.levels}
        for subject in sorted(self.index.subjects(RDF_TYPE, _PROCESSING), key=str):
            bodies = {body for p in _BODIES for body in self.index.objects(subject, p)}
            for body in sorted(bodies, key=str):
                words = self._unruled(body, covered, levels)
                if words and isinstance(subject, NamedNode) and isinstance(body, NamedNode):
                    yield NoRuleLoaded(subject, body, words)

    def _unruled(self, body: Term, covered: set[Term], levels: set[Term]) -> str:
        """Why no rule decides for a body; empty where a pack covers its law, or where its law is not recorded."""
        laws = list(self.index.objects(body, _REGIME))
        if laws and not covered.intersection(laws):
            names = " and ".join(sorted(map(self.label, laws)))
            return f"No rules are loaded for {names}, which binds {self.label(body)}."
        own = list(self.index.objects(body, _LEVEL))
        if not laws and own and not levels.intersection(own):
            names = " and ".join(sorted(map(self.label, own)))
            return f"No rules are loaded for bodies of this level of government ({names}): {self.label(body)}."
        return ""

    def _causes(self, assessments: Sequence[Assessment]) -> Iterable[Cause]:
        """The facts that findings wait for, each with the subjects of one kind that wait, most frequent first."""
        waiting: dict[tuple[str, str], set[NamedNode]] = defaultdict(set)
        for found in assessments:
            if found.verdict is Verdict.not_evidenced and found.reason != "to-confirm":
                kind = self._kind(frozenset(self.index.objects(found.subject, RDF_TYPE)))
                for fact in found.missing:
                    if fact.alternative == found.missing[0].alternative:
                        waiting[fact.name, kind].add(found.subject)
        ordered = sorted(waiting.items(), key=lambda item: (-len(item[1]), item[0]))
        for (name, kind), subjects in ordered:
            yield Cause(name, kind, tuple(sorted(subjects, key=lambda node: node.value)))

    def _kind(self, classes: frozenset[Term]) -> str:
        """The word for what a subject is: the label of its first class among the subject classes of the rules."""
        if classes not in self._kinds:
            known = sorted(classes.intersection(c for rule in self.book.rules for c in rule.subject_classes), key=str)
            self._kinds[classes] = _lower(self.label(known[0])) if known else "subject"
        return self._kinds[classes]


def _lower(text: str) -> str:
    """A text that goes on inside a sentence; a name in capitals keeps them."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _text(index: TripleIndex, node: Term, predicate: NamedNode) -> str | None:
    values = sorted(value.value for value in index.objects(node, predicate) if isinstance(value, Literal))
    return values[0] if values else None


def _place_order(place: Location) -> tuple[str, int, int, str]:
    return place.file, place.line or 0, place.column or 0, place.cell or ""
