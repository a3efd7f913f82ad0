"""The maturity of agreements, read from the rules of the ladder: how far up each stands, and what holds it there.

A rule of the ladder says which level it tests (`share:testsLevel`); its evidence shape holds the tests of the step, one
property shape each. The ladder is cumulative: a level is reached when its own rule and those of all lower levels are
satisfied, as in the Data Interoperability Maturity Model of the National Archives of Australia.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode

from sharewell.assessment.assessor import Assessor
from sharewell.assessment.results import Verdict
from sharewell.assessment.rules import Rule
from sharewell.graph.terms import Term
from sharewell.validation.constraints import HasValue, Property
from sharewell.validation.paths import PredicatePath
from sharewell.vocabulary import RDF_TYPE, SHARE, SKOS

_TESTS_LEVEL = NamedNode(SHARE + "testsLevel")
_MATURITY_LEVEL = NamedNode(SHARE + "MaturityLevel")
_RANK = NamedNode(SHARE + "rank")
_NOTATION = NamedNode(SKOS + "notation")
_SETTLES = PredicatePath(NamedNode(SHARE + "settles"))
_LEAVES_OPEN = NamedNode(SHARE + "leavesOpen")
_WITHOUT_NUMBER = 1_000


@dataclass(frozen=True, slots=True)
class LadderTest:
    """One thing that a step of the ladder asks for: its name in words, and the kind of clause where it is one."""

    name: str
    clause: NamedNode | None
    shape: Term


@dataclass(frozen=True, slots=True)
class Step:
    """A level above the lowest, the rule that tests it, and its tests: clauses first, in the order of the list."""

    rank: int
    level: NamedNode
    rule: Rule
    tests: tuple[LadderTest, ...]


@dataclass(frozen=True, slots=True)
class AgreementMaturity:
    """How far up the ladder an agreement stands at a date, so far as the record shows.

    `rank` is 0 to the number of steps. `failing` are the tests of the next step that do not hold on record, the first
    one first; none at the top. `missing` are the kinds of clause that any step asks for and that are not on record, in
    the order of the list; `left_open` are those among them that the agreement is known not to have, because its clauses
    are declared to be all on record.
    """

    agreement: NamedNode
    rank: int
    level: NamedNode
    failing: tuple[LadderTest, ...]
    missing: tuple[NamedNode, ...]
    left_open: tuple[NamedNode, ...]

    @property
    def first_failing(self) -> LadderTest | None:
        """The test that holds the agreement at its level; None at the top."""
        return self.failing[0] if self.failing else None

    def as_json(self) -> dict[str, Any]:
        """Agreement, level, first failing test and clauses, as IRIs and words."""
        first = self.first_failing
        return {
            "agreement": self.agreement.value,
            "level": self.level.value,
            "rank": self.rank,
            "first_failing_test": first.name if first else None,
            "first_failing_clause": first.clause.value if first and first.clause else None,
            "failing": [test.name for test in self.failing],
            "missing_clauses": [kind.value for kind in self.missing],
            "clauses_left_open": [kind.value for kind in self.left_open],
        }


def ladder(assessor: Assessor) -> tuple[Step, ...]:
    """The steps that the loaded rules test, lowest first; none where no loaded rule tests a level."""
    known = assessor.book.by_iri
    steps = []
    for quad in assessor.book.statements:
        rule = known.get(quad.subject)
        if quad.predicate == _TESTS_LEVEL and rule is not None and isinstance(quad.object, NamedNode):
            steps.append(Step(_rank(assessor, quad.object), quad.object, rule, tuple(_tests(assessor, rule))))
    return tuple(sorted(steps, key=lambda step: (step.rank, step.rule.identifier)))


def maturity(assessor: Assessor) -> tuple[AgreementMaturity, ...]:
    """The maturity of every agreement that the ladder is about and that stands at the date, highest first.

    Agreements to which a step does not apply (ended, not begun, service level agreements) have none.
    """
    steps = ladder(assessor)
    if not steps:
        return ()
    levels = {_rank(assessor, level): level for level in _nodes(assessor, _MATURITY_LEVEL)}
    found = [
        _placed(assessor, subject, steps, levels)
        for subject in _subjects(assessor, steps)
        if all(assessor.decider.decide(s.rule, subject).verdict is not Verdict.not_applicable for s in steps)
    ]
    return tuple(sorted(found, key=lambda one: (-one.rank, one.agreement.value)))


def _placed(
    assessor: Assessor, subject: NamedNode, steps: Sequence[Step], levels: dict[int, NamedNode]
) -> AgreementMaturity:
    rank, failing = 0, tuple[LadderTest, ...]()
    for step in steps:
        if assessor.decider.decide(step.rule, subject).verdict is not Verdict.satisfied:
            failing = tuple(test for test in step.tests if not assessor.evaluator.conforms(subject, test.shape))
            break
        rank = step.rank
    asked = {test.clause: test for step in steps for test in step.tests if test.clause is not None}
    missing = [
        kind
        for kind in sorted(asked, key=lambda kind: _number(assessor, kind))
        if not assessor.evaluator.conforms(subject, asked[kind].shape)
    ]
    left_open = tuple(kind for kind in missing if assessor.index.contains(subject, _LEAVES_OPEN, kind))
    return AgreementMaturity(subject, rank, levels[rank], failing, tuple(missing), left_open)


def _tests(assessor: Assessor, rule: Rule) -> Iterator[LadderTest]:
    """The property shapes of the evidence of a rule, then those of its reach: each is one test of its step."""
    for shape in (rule.evidence, rule.reach):
        if shape is not None:
            inner = [c.shape for c in assessor.book.shapes[shape].constraints if isinstance(c, Property)]
            tests = [_test(assessor, node) for node in inner]
            yield from sorted(tests, key=lambda test: (_number(assessor, test.clause), test.name))


def _test(assessor: Assessor, node: Term) -> LadderTest:
    shape = assessor.book.shapes[node]
    kinds = [c.value for c in shape.constraints if isinstance(c, HasValue) and shape.path == _SETTLES]
    clause = next((kind for kind in kinds if isinstance(kind, NamedNode)), None)
    name = next((text.value for text in shape.names if text.language in ("en", None)), assessor.book.label(node))
    return LadderTest(name, clause, node)


def _subjects(assessor: Assessor, steps: Sequence[Step]) -> list[NamedNode]:
    kinds = {kind for step in steps for kind in step.rule.subject_classes}
    return sorted({node for kind in kinds for node in _nodes(assessor, kind)}, key=lambda node: node.value)


def _nodes(assessor: Assessor, kind: NamedNode) -> Iterator[NamedNode]:
    return (node for node in assessor.index.subjects(RDF_TYPE, kind) if isinstance(node, NamedNode))


def _rank(assessor: Assessor, level: NamedNode) -> int:
    ranks = [int(value.value) for value in assessor.index.objects(level, _RANK) if isinstance(value, Literal)]
    return min(ranks, default=0)


def _number(assessor: Assessor, clause: NamedNode | None) -> int:
    """The place of a kind of clause in the list, from its notation (`C20`); what is no clause comes last."""
    notations = assessor.index.objects(clause, _NOTATION) if clause is not None else ()
    numbers = [int(value.value[1:]) for value in notations if isinstance(value, Literal) and value.value[1:].isdigit()]
    return min(numbers, default=_WITHOUT_NUMBER)
