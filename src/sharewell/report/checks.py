"""The results of `check`, `validate` and `ontology check`: an object for machines, and the lines of the latter two."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sharewell.assessment.maturity import AgreementMaturity
from sharewell.assessment.proofs import ProvisionNote
from sharewell.assessment.recommendations import RecommendationOutcome
from sharewell.assessment.results import Assessment, AssessmentReport, Cause
from sharewell.graph.terms import Term, compact, printable
from sharewell.ontology.findings import GateResult
from sharewell.report.identities import Identity, assessment_identity, is_finding, result_identity
from sharewell.validation import ValidationReport, ValidationResult
from sharewell.version import __version__
from sharewell.vocabulary import DISCLAIMER


@dataclass(frozen=True, slots=True)
class RecommendationLine:
    """One line about a recommendation: its key, what the record says, and the question that shows more."""

    recommendation: str
    sentence: str
    question: str


@dataclass(frozen=True, slots=True)
class RuleNote:
    """A rule as reports speak of it.

    `law` is the title of its pack; `read` and `read_as_at` tell how its text is known; `serves` are the keys of
    recommendations, `principles` the names of principles of the framework.
    """

    iri: str
    identifier: str
    alias: str | None
    title: str
    kind: str
    pack: str
    law: str
    provisions: tuple[ProvisionNote, ...]
    read: str
    read_as_at: str | None
    remedy: str
    serves: tuple[str, ...]
    principles: tuple[str, ...]

    @property
    def short(self) -> str:
        """The name that people use: the alias where there is one."""
        return self.alias or self.identifier


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `check` found. `triples` and `derived` are counts of distinct statements, the ontology left out.

    `rules` are those that were held against the graph, `recommendations` how far each is met, `maturity` how far each
    agreement has come; `base` is the namespace of the project's nodes, `label` gives the words for a node; `known` is
    the number of findings left out because an earlier output has them, None where no earlier output was named.
    """

    project: str
    illustrative: bool
    as_of: str
    triples: int
    derived: int
    sources: int
    digest: str
    prefixes: Mapping[str, str]
    validation: ValidationReport
    assessments: AssessmentReport
    headlines: tuple[RecommendationLine, ...]
    rules: tuple[RuleNote, ...] = ()
    recommendations: tuple[RecommendationOutcome, ...] = ()
    maturity: tuple[AgreementMaturity, ...] = ()
    base: str = ""
    label: Callable[[Term], str] = field(default=compact, compare=False, repr=False)
    known: int | None = None

    def rule(self, identifier: str) -> RuleNote:
        """The rule of an identifier. Raises StopIteration for one that was not held against the graph."""
        return next(rule for rule in self.rules if rule.identifier == identifier)

    def without(self, known: frozenset[Identity]) -> CheckReport:
        """The same report without the findings that are known; the other assessments stay."""
        results = tuple(r for r in self.validation.results if result_identity(r) not in known)
        kept = tuple(
            a for a in self.assessments.assessments if not is_finding(a) or assessment_identity(a) not in known
        )
        left_out = len(self.validation.results) - len(results) + len(self.assessments.assessments) - len(kept)
        return replace(
            self,
            validation=replace(self.validation, results=results),
            assessments=replace(self.assessments, assessments=kept, causes=self._causes_of(kept)),
            known=(self.known or 0) + left_out,
        )

    def _causes_of(self, kept: Sequence[Assessment]) -> tuple[Cause, ...]:
        """The causes of the findings that are left, most frequent first."""
        waiting = {(fact.name, a.subject) for a in kept if is_finding(a) for fact in a.missing}
        causes = [
            replace(cause, subjects=tuple(s for s in cause.subjects if (cause.name, s) in waiting))
            for cause in self.assessments.causes
        ]
        return tuple(sorted((c for c in causes if c.subjects), key=lambda c: (-len(c.subjects), c.name, c.kind)))

    def as_json(self, everything: bool = False) -> dict[str, Any]:
        """The JSON contract of the command line: keys are never renamed, only added.

        Not applicable verdicts are listed only where `everything` is asked for.
        """
        baseline = {} if self.known is None else {"baseline": {"known": self.known}}
        return {
            "sharewell": __version__,
            "as_of": self.as_of,
            "graph": {
                "triples": self.triples,
                "derived": self.derived,
                "sources": self.sources,
                "digest": self.digest,
            },
            "rules": {
                "loaded": self.assessments.rules,
                "official": self.assessments.official,
                "read_as_at": list(self.assessments.read_days),
            },
            "validation": self.validation.as_json(),
            "verdicts": self.assessments.verdicts_json(everything),
            "no_rule_loaded": [entry.as_json() for entry in self.assessments.no_rule_loaded],
            "summary": self.assessments.summary(),
            **baseline,
            "disclaimer": DISCLAIMER,
        }


def counted(number: int, word: str) -> str:
    """A number with its noun, in the plural where it is not one."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def as_json_text(data: dict[str, Any] | list[dict[str, Any]]) -> str:
    """An object, or a list of them, as JSON text, the same bytes for the same object."""
    return json.dumps(data, ensure_ascii=False, indent=2)


def validation_text(results: Iterable[ValidationResult], files: Sequence[str]) -> Iterator[str]:
    """A SHACL report for people, piece by piece: one result a line, worst first, then a count."""
    counts: Counter[str] = Counter()
    for result in results:
        counts[result.severity] += 1
        yield f"{_result_line(result)}\n"
    summary = ", ".join(f"{number:,} {severity}" for severity, number in counts.items())
    yield f"{', '.join(files)}: {f'does not conform: {summary}' if counts else 'conforms'}"


def validation_json(
    results: Iterator[ValidationResult], notes: Sequence[str], engines: Sequence[tuple[Term, str]]
) -> Iterator[str]:
    """The text of `ValidationReport.as_json`, piece by piece."""
    first = next(results, None)
    if first is None:
        yield as_json_text(ValidationReport((), tuple(notes), tuple(engines)).as_json())
        return
    around = as_json_text(ValidationReport((first,), tuple(notes), tuple(engines)).as_json())
    one = _indented(first)
    before, _, after = around.partition(one)
    yield f"{before}{one}"
    for result in results:
        yield f",\n    {_indented(result)}"
    yield after


def _indented(result: ValidationResult) -> str:
    return _json(result.as_json(), "\n    ")


def _json(value: Any, margin: str) -> str:
    """A value as `as_json_text` writes it, after a margin; in a quarter of the time, which counts for a million."""
    inner = f"{margin}  "
    if value and isinstance(value, dict):
        return f"{{{inner}{f',{inner}'.join([f'{_scalar(k)}: {_json(v, inner)}' for k, v in value.items()])}{margin}}}"
    if value and isinstance(value, list):
        return f"[{inner}{f',{inner}'.join([_json(item, inner) for item in value])}{margin}]"
    return _scalar(value)


_scalar = json.JSONEncoder(ensure_ascii=False).encode


def _result_line(result: ValidationResult) -> str:
    place = f"{result.location}: " if result.location else ""
    path = f" {result.path}" if result.path else ""
    value = f" value {compact(result.value)}" if result.value is not None else ""
    message = result.message or result.component
    return printable(f"{place}{result.severity}: {compact(result.focus)}{path}{value}: {message}")


def gates_text(results: Sequence[GateResult]) -> str:
    """The gates of the ontology: each finding on a line, then each gate with its outcome."""
    lines = [str(finding) for result in results for finding in result.findings]
    lines += [f"{'passed' if r.passed else 'FAILED'}  {r.gate}{_found(len(r.findings))}" for r in results]
    return "\n".join(lines)


def _found(number: int) -> str:
    return "" if number == 0 else f": {counted(number, 'finding')}"


def gates_json(results: Sequence[GateResult]) -> dict[str, Any]:
    """The gates of the ontology as an object: name, outcome and findings of each."""
    return {
        "gates": [
            {"gate": result.gate, "passed": result.passed, "findings": [asdict(f) for f in result.findings]}
            for result in results
        ]
    }
