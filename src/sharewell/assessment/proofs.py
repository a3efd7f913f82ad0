"""Proofs: the tree from a result down to recorded statements with their places, and to what is not on record.

A proof holds the rule, its provision with its standing, the shapes that decided with the neighbourhood of the subject
(Delva, Dimou, Jakubowski and Van den Bussche, *Data Provenance for SHACL*, EDBT 2023), and under each derived statement
the step that derives it. What a result rests on and is not there stands as an absence, with the statement that declares
the record complete where one lets silence count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyoxigraph import NamedNode, Triple

from sharewell.assessment.assessor import Assessor
from sharewell.assessment.decision import Decision
from sharewell.assessment.results import Assessment, grade_name
from sharewell.assessment.rules import Rule
from sharewell.assessment.standing import Force
from sharewell.graph.locations import Location
from sharewell.graph.terms import Term, json_term
from sharewell.reasoning.premises import AbsencePattern
from sharewell.validation.neighbourhood import Absence
from sharewell.validation.paths import path_text


@dataclass(frozen=True, slots=True)
class Silence:
    """Something that is not on record and that a result rests on; `text` says it in words, `path` in SPARQL syntax."""

    text: str
    node: Term | None = None
    path: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The absence as the JSON output has it."""
        return {"absent": self.text, "node": json_term(self.node), "path": self.path}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A statement of the graph: recorded, with grade and places, or derived, with the step and its premises.

    `rule` is the IRI of the derivation rule or the name of the entailment; None for a recorded statement. `again` is
    whether the step was unfolded at an earlier place of the same proof, and is not repeated.
    """

    triple: Triple
    text: str
    grade: str | None
    locations: tuple[Location, ...]
    rule: str | None = None
    rule_label: str = ""
    premises: tuple[Evidence, ...] = ()
    absences: tuple[Silence, ...] = ()
    again: bool = False

    def as_json(self) -> dict[str, Any]:
        """The statement as the JSON output has it."""
        found: dict[str, Any] = {
            "triple": [json_term(self.triple.subject), json_term(self.triple.predicate), json_term(self.triple.object)],
            "text": self.text,
        }
        if self.rule is None:
            found["grade"] = grade_name(self.grade) if self.grade else None
            found["locations"] = [location.as_json() for location in self.locations]
        else:
            found["derived_by"] = self.rule
            found["derivation"] = self.rule_label
            found["premises"] = [premise.as_json() for premise in self.premises]
            found["absences"] = [absence.as_json() for absence in self.absences]
            found["shown_above"] = self.again
        return found

    def recorded(self) -> Iterator[Evidence]:
        """The recorded statements at the leaves."""
        if self.rule is None:
            yield self
        for premise in self.premises:
            yield from premise.recorded()


@dataclass(frozen=True, slots=True)
class Ground:
    """A shape that was held against the subject: what it asks, whether it is met, and by what."""

    role: str
    shape: Term
    label: str
    met: bool
    statements: tuple[Evidence, ...]
    absences: tuple[Silence, ...]

    def as_json(self) -> dict[str, Any]:
        """The ground as the JSON output has it."""
        return {
            "role": self.role,
            "shape": json_term(self.shape),
            "asks": self.label,
            "met": self.met,
            "statements": [statement.as_json() for statement in self.statements],
            "absences": [absence.as_json() for absence in self.absences],
        }


@dataclass(frozen=True, slots=True)
class ProvisionNote:
    """A provision of a proof: its name, its standing on the day, and the text it was read in."""

    provision: NamedNode
    label: str
    standing: str
    since: str | None
    until: str | None
    statement: str
    address: str | None

    def as_json(self) -> dict[str, Any]:
        """The provision as the JSON output has it."""
        return {
            "provision": self.provision.value,
            "label": self.label,
            "standing": self.standing,
            "since": self.since,
            "until": self.until,
            "says": self.statement,
            "address": self.address,
        }


@dataclass(frozen=True, slots=True)
class Proof:
    """Why an assessment is as it is. `resting` are statements it rests on beside the shapes; `through` other proofs."""

    assessment: Assessment
    provisions: tuple[ProvisionNote, ...]
    grounds: tuple[Ground, ...]
    resting: tuple[Evidence, ...]
    through: tuple[Proof, ...]

    def as_json(self) -> dict[str, Any]:
        """The proof tree as the JSON output has it."""
        return {
            **self.assessment.as_json(),
            "title": self.assessment.title,
            "proof": {
                "provisions": [note.as_json() for note in self.provisions],
                "grounds": [ground.as_json() for ground in self.grounds],
                "resting_on": [evidence.as_json() for evidence in self.resting],
                "through": [proof.as_json() for proof in self.through],
            },
        }

    def recorded(self) -> tuple[Triple, ...]:
        """All recorded statements of the proof, of those it goes through too; sorted."""
        own = {e.triple for g in self.grounds for s in g.statements for e in s.recorded()}
        own |= {e.triple for s in self.resting for e in s.recorded()}
        for proof in self.through:
            own |= set(proof.recorded())
        return tuple(sorted(own, key=str))


class Prover:
    """Makes the proofs of assessments."""

    def __init__(self, assessor: Assessor) -> None:
        self._assessor = assessor

    def prove(self, rule: Rule, subject: NamedNode) -> Proof:
        """The proof of one rule held against one subject."""
        return self._proof(self._assessor.decider.decide(rule, subject))

    def provision(self, provision: NamedNode, day: str) -> ProvisionNote:
        """A provision with its standing on a day (an ISO date)."""
        return self._provision(self._assessor.decider.force(provision, day))

    def _proof(self, decision: Decision) -> Proof:
        shown: set[Triple] = set()
        grounds = tuple(self._ground(decision, shape, shown) for shape in self._assessor.deciding_shapes(decision))
        return Proof(
            assessment=self._assessor.describe(decision),
            provisions=tuple(self._provision(found) for found in decision.forces),
            grounds=grounds,
            resting=tuple(self._evidence(triple, shown) for triple in decision.resting),
            through=tuple(self._proof(other) for other in decision.through),
        )

    def _ground(self, decision: Decision, shape: Term, shown: set[Triple]) -> Ground:
        found = self._assessor.neighbourhood(decision.subject, shape)
        statements = tuple(self._evidence(triple, shown) for triple in sorted(found.triples, key=self._order))
        return Ground(
            role=self._role(decision.rule, shape),
            shape=shape,
            label=self._assessor.book.label(shape),
            met=found.conforms,
            statements=statements,
            absences=tuple(self._absence(absence) for absence in found.absences),
        )

    @staticmethod
    def _role(rule: Rule, shape: Term) -> str:
        roles = {rule.exempt: "exempt", rule.reach: "reach", rule.law: "law", rule.evidence: "evidence"}
        return roles.get(shape, "shape")

    def _order(self, triple: Triple) -> tuple[bool, str]:
        return self._assessor.provenance.is_derived(triple), str(triple)

    def _evidence(self, triple: Triple, shown: set[Triple]) -> Evidence:
        text = self._assessor.sentence(triple)
        provenance = self._assessor.provenance
        step = provenance.step(triple) if provenance.is_derived(triple) else None
        if step is None:
            places = self._assessor.graph.locations.of_statement(triple.subject, triple.predicate, triple.object)
            return Evidence(triple, text, self._assessor.grades.of(triple), places)
        if triple in shown:
            return Evidence(triple, text, None, (), step.rule, step.label, again=True)
        shown.add(triple)
        return Evidence(
            triple=triple,
            text=text,
            grade=None,
            locations=(),
            rule=step.rule,
            rule_label=step.label,
            premises=tuple(self._evidence(premise, shown) for premise in step.premises),
            absences=tuple(_pattern(absence) for absence in step.absences),
        )

    def _absence(self, absence: Absence) -> Silence:
        label = self._assessor.label
        shape = self._assessor.book.shapes[absence.shape]
        name = next((n.value for n in shape.names if n.language in ("en", None)), None)
        path = path_text(absence.path) if absence.path is not None else None
        if absence.value is not None:
            text = f"{label(absence.node)}: not {label(absence.value)}" + (f" ({name})" if name else "")
        else:
            asked = name or (f"nothing further along {path}" if absence.found else f"nothing along {path}")
            text = f"{label(absence.node)}: not on record: {asked}"
        return Silence(text, absence.node, path)

    def _provision(self, found: Force) -> ProvisionNote:
        assessor = self._assessor
        return ProvisionNote(
            provision=found.provision,
            label=assessor.label(found.provision),
            standing=found.standing.value,
            since=found.since,
            until=found.until,
            statement=assessor.text(found.provision, "ruleStatement") or "",
            address=assessor.text(found.provision, "address"),
        )


def _pattern(absence: AbsencePattern) -> Silence:
    return Silence(f"nothing on record matches {' '.join(absence.text.split())}")
