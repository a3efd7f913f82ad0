"""Remedies: what a body can do about a finding, tried out before it is said.

A remedy only ever adds: what is to be found out and recorded, as a template with a typed blank for each thing that is
not known, or that a processing is stopped. It deletes and edits nothing, and it names no authority that is not on
record. Each is tried with placeholders in place of the blanks: the result must turn, no other result of what it touches
may become worse, and no part of it may be left out. What cannot be shown so is said in words alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from sharewell.assessment.decision import Decider, Decision
from sharewell.assessment.results import Change, Verdict, worst
from sharewell.graph.index import TripleIndex
from sharewell.graph.terms import Term
from sharewell.validation.missing import Alternative
from sharewell.vocabulary import OWL, RDF_TYPE, RDFS, SHARE, SHAREWELL, XSD, XSD_STRING

_RANGE = NamedNode(RDFS + "range")
_DATATYPE_PROPERTY = NamedNode(OWL + "DatatypeProperty")
_LIFECYCLE = NamedNode(SHARE + "lifecycle")
_ENDED = NamedNode(SHARE + "Ended")
_PROCESSING = NamedNode(SHARE + "Processing")
_AUTHORITIES = frozenset(NamedNode(SHARE + name) for name in ("provision", "statesAuthority", "reliesOn"))
_MOST = 8
_EXAMPLES = {
    "boolean": "true",
    "integer": "1",
    "decimal": "1.0",
    "double": "1.0",
    "anyURI": f"{SHAREWELL}/placeholder",
}

Key = tuple[str, NamedNode]


class Remedies:
    """Finds the remedies of decisions; `decider` is the one that made them, and its index is given back as it was."""

    def __init__(self, decider: Decider) -> None:
        self._decider = decider
        self._index: TripleIndex = decider.index

    def of(self, decision: Decision) -> Iterator[Change]:
        """The remedies that were found to work, smallest first; none where words must do."""
        if decision.verdict in (Verdict.violated, Verdict.not_evidenced):
            seen: set[tuple[str, ...]] = set()
            for change in sorted(self._candidates(decision), key=lambda change: len(change.add)):
                if self._turns(decision, change.add):
                    smallest = self._without_surplus(decision, change)
                    name = tuple(map(str, smallest.add))
                    if name not in seen and self._worsens_nothing(decision, smallest):
                        yield smallest
                    seen.add(name)

    def _candidates(self, decision: Decision) -> Iterator[Change]:
        ways: list[Alternative] = list(decision.alternatives)
        for other in decision.through:
            ways += other.alternatives
        for way in ways[:_MOST]:
            triples = [triple for expected in way.expected for triple in expected.template]
            if way.blocked or not triples or any(map(_names_authority, triples)):
                continue
            if not {t.predicate for t in triples} & self._decider.derived:
                yield Change(tuple(dict.fromkeys([*triples, *self._kinds(triples)])))
        if decision.verdict is Verdict.violated and self._index.contains(decision.subject, RDF_TYPE, _PROCESSING):
            yield Change((Triple(decision.subject, _LIFECYCLE, _ENDED),))

    def _kinds(self, triples: Sequence[Triple]) -> Iterator[Triple]:
        """The classes of the blanks that no shape gives one: the range of the property they are a value of."""
        typed = {triple.subject for triple in triples if triple.predicate == RDF_TYPE}
        for triple in triples:
            if isinstance(triple.object, BlankNode) and triple.object not in typed:
                kinds = sorted(self._index.objects(triple.predicate, _RANGE), key=str)
                if not kinds and self._index.contains(triple.predicate, RDF_TYPE, _DATATYPE_PROPERTY):
                    kinds = [NamedNode(XSD_STRING)]
                yield from (Triple(triple.object, RDF_TYPE, kind) for kind in kinds if isinstance(kind, NamedNode))

    def _without_surplus(self, decision: Decision, change: Change) -> Change:
        """A change from which nothing can be left out; a blank keeps its type for as long as it is used."""
        kept = list(change.add)
        for triple in change.add:
            fewer = _used([other for other in kept if other != triple])
            if triple.predicate != RDF_TYPE and fewer and self._turns(decision, fewer):
                kept = fewer
        return Change(tuple(kept))

    def _turns(self, decision: Decision, template: Sequence[Triple]) -> bool:
        """Whether the result is another once the template is filled."""
        with self._laid(filled(template, self._decider.as_of)):
            return self._decider.fresh().decide(decision.rule, decision.subject).verdict is not decision.verdict

    def _worsens_nothing(self, decision: Decision, change: Change) -> bool:
        """Whether no other result of what a change touches becomes worse."""
        triples = filled(change.add, self._decider.as_of)
        touched = {t for triple in triples for t in (triple.subject, triple.object) if isinstance(t, NamedNode)}
        before = self._results(touched | {decision.subject}, self._decider)
        with self._laid(triples):
            after = self._results(touched | {decision.subject}, self._decider.fresh())
        return all(_not_worse(before[key], after[key]) for key in before if key in after)

    def _results(self, subjects: set[NamedNode], decider: Decider) -> Mapping[Key, Verdict]:
        found: dict[Key, Verdict] = {}
        for subject in subjects:
            kinds = set(self._index.objects(subject, RDF_TYPE))
            for rule in decider.book.rules:
                if kinds.intersection(rule.subject_classes):
                    found[rule.identifier, subject] = decider.decide(rule, subject).verdict
        return found

    @contextmanager
    def _laid(self, triples: Sequence[Triple]) -> Iterator[None]:
        added = [triple for triple in triples if self._index.add(triple)]
        try:
            yield
        finally:
            for triple in added:
                self._index.discard(triple)


def filled(triples: Sequence[Triple], as_of: str) -> list[Triple]:
    """A template with a placeholder for each blank: a node of its type, or an example of its datatype."""
    kinds = {t.subject: t.object for t in triples if t.predicate == RDF_TYPE and isinstance(t.subject, BlankNode)}
    literals = {b: k for b, k in kinds.items() if isinstance(k, NamedNode) and k.value.startswith(XSD)}

    def value(term: Term) -> Term:
        if isinstance(term, BlankNode):
            kind = literals.get(term)
            return _example(kind, as_of) if kind is not None else NamedNode(f"{SHAREWELL}/placeholder/{term.value}")
        return term

    found = []
    for triple in triples:
        subject, object_ = value(triple.subject), value(triple.object)
        if isinstance(subject, NamedNode) and triple.subject not in literals:
            found.append(Triple(subject, triple.predicate, object_))
    return found


def _used(triples: Sequence[Triple]) -> list[Triple]:
    """The triples without those about blanks that nothing else speaks of."""
    found = list(triples)
    while True:
        objects = {t.object for t in found if t.predicate != RDF_TYPE}
        fewer = [t for t in found if not isinstance(t.subject, BlankNode) or t.subject in objects]
        if len(fewer) == len(found):
            return found
        found = fewer


def _example(datatype: NamedNode, as_of: str) -> Literal:
    name = datatype.value.removeprefix(XSD)
    if name in ("date", "gYearMonth", "gYear"):
        return Literal(as_of[: {"date": 10, "gYearMonth": 7, "gYear": 4}[name]], datatype=datatype)
    return Literal(_EXAMPLES.get(name, "to be found out"), datatype=datatype)


def _names_authority(triple: Triple) -> bool:
    """Whether a statement says on which law something rests: that is for the body to find out."""
    return triple.predicate in _AUTHORITIES and not isinstance(triple.object, BlankNode)


def _not_worse(before: Verdict, after: Verdict) -> bool:
    if before is after or after is Verdict.not_applicable:
        return True
    if before is Verdict.not_applicable:  # a rule that comes to bear brings a duty, and is no conflict yet
        return after is not Verdict.violated
    return worst([before, after]) is before
