"""Proofs for people: a tree from the result down to file and line, and a picture that can be pasted into a memo."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sharewell.assessment.proofs import Evidence, Ground, Proof, ProvisionNote, Silence
from sharewell.assessment.results import Assessment, Verdict
from sharewell.assessment.standing import Standing
from sharewell.graph.terms import printable
from sharewell.report.findings import READINGS, missing_names, of_days
from sharewell.report.markdown import table, text
from sharewell.report.tables import text_table
from sharewell.vocabulary import DISCLAIMER

_WIDTH = 120
_MOST_NODES = 40
_MOST_LETTERS = 90
_ROLES = {
    "exempt": "Why it does not reach",
    "reach": "What has to be known",
    "law": "What the law asks",
    "evidence": "What has to be shown",
    "shape": "Shape",
}
_SHAPES = {Verdict.violated: "violated", Verdict.not_evidenced: "open", Verdict.satisfied: "supported"}


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of a tree and the lines under it."""

    line: str
    under: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The results of a node, worst first, and the proofs to show: IRI and label, as of a day, all results, proofs."""

    name: str
    label: str
    as_of: str
    assessments: tuple[Assessment, ...]
    proofs: tuple[Proof, ...]
    everything: bool = False

    @property
    def not_applicable(self) -> int:
        """How many results say that a rule does not apply."""
        return sum(a.verdict is Verdict.not_applicable for a in self.assessments)

    def listed(self) -> tuple[Assessment, ...]:
        """The results of the table."""
        return tuple(a for a in self.assessments if self.everything or a.verdict is not Verdict.not_applicable)

    def reading(self) -> str:
        """The day of the record, and how many of the rules that are shown were read in an official consolidation."""
        official = [a for a in self.listed() if a.read == "official"]
        days = sorted({a.read_as_at for a in official if a.read_as_at})
        return (
            f"The record is that of {self.as_of}. {len(official)} of {len(self.listed())} rules shown: text read in an "
            f"official consolidation{of_days(days)}."
        )


def explanation_text(explanation: Explanation, width: int = 0) -> str:
    """The results as a table and each proof as a tree; `width` is that of the terminal, 0 where there is none."""
    columns = min(width or _WIDTH, _WIDTH)
    head = f"{printable(explanation.label)} · {explanation.name} · as of {explanation.as_of}"
    blocks = [textwrap.fill(head, columns, break_on_hyphens=False)]
    if explanation.listed():
        rows = [[a.verdict.words, a.alias or a.rule, a.title] for a in explanation.listed()]
        blocks.append(text_table(["result", "rule", "what it says"], rows, columns))
    if explanation.not_applicable and not explanation.everything:
        blocks.append(f"{_left_out(explanation)} (--all lists them)")
    blocks += ["\n".join(_drawn(_tree(proof), columns)) for proof in explanation.proofs]
    blocks.append(f"{explanation.reading()}\n{DISCLAIMER}")
    return "\n\n".join(blocks)


def _left_out(explanation: Explanation) -> str:
    number = explanation.not_applicable
    return "1 more rule does not apply" if number == 1 else f"{number:,} more rules do not apply"


def _drawn(branch: Branch, columns: int, first: str = "", rest: str = "") -> Iterator[str]:
    """A tree with box characters; what does not fit into the width goes on under its own line."""
    bar = "│  " if branch.under else "   "
    yield from textwrap.wrap(
        printable(branch.line),
        max(columns, len(first) + 40),
        initial_indent=first,
        subsequent_indent=rest + bar,
        break_on_hyphens=False,
    ) or [first.rstrip()]
    for number, below in enumerate(branch.under, 1):
        last = number == len(branch.under)
        yield from _drawn(below, columns, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "))


def _tree(proof: Proof) -> Branch:
    """A proof: the result, the provisions, the shapes with what they rest on, what is missing, and the remedy."""
    found = proof.assessment
    under = [_provision(note, found) for note in proof.provisions]
    under += [_ground(ground) for ground in proof.grounds]
    if proof.resting:
        under.append(Branch("It also rests on", tuple(map(_statement, proof.resting))))
    under += [Branch(f"Through {other.assessment.rule}", (_tree(other),)) for other in proof.through]
    under += _missing(found)
    under += [Branch(note) for note in found.notes]
    if found.remedy and found.verdict is not Verdict.satisfied:
        under.append(Branch(f"What can be done: {found.remedy}"))
    alias = f" ({found.alias})" if found.alias else ""
    title = f"{found.verdict.words.upper()}: {found.title} · {found.rule}{alias}"
    return Branch(title, (Branch(f"{found.message} Known as: {_grade(found)}."), *under))


def _grade(found: Assessment) -> str:
    return str(found.as_json()["grade"])


def _provision(note: ProvisionNote, found: Assessment) -> Branch:
    begins = "from" if note.standing == Standing.not_begun else "since"
    since = f" {begins} {note.since}" if note.since else ""
    until = f" until {note.until}" if note.until else ""
    day = f" (as at {found.read_as_at})" if found.read_as_at else ""
    under = [Branch(f"Text of the rule: {READINGS.get(found.read, found.read)}{day}")]
    under += [Branch(note.statement)] if note.statement else []
    under += [Branch(note.address)] if note.address else []
    return Branch(f"Provision: {note.label}, {note.standing}{since}{until}", tuple(under))


def _ground(ground: Ground) -> Branch:
    met = "met" if ground.met else "not met"
    under = (*map(_statement, ground.statements), *map(_absence, ground.absences))
    return Branch(f"{_ROLES.get(ground.role, ground.role)}, {met}: {ground.label}", under)


def _statement(found: Evidence) -> Branch:
    if found.rule is None:
        places = ", ".join(map(str, found.locations))
        grade = found.grade.rsplit("#", 1)[-1].lower() if found.grade else ""
        known = "; ".join(part for part in (grade, places) if part)
        return Branch(f"{found.text} [{known}]" if known else found.text)
    step = f"{found.text} [follows by: {found.rule_label}]"
    if found.again:
        return Branch(f"{step} (shown above)")
    return Branch(step, (*map(_statement, found.premises), *map(_absence, found.absences)))


def _absence(found: Silence) -> Branch:
    return Branch(f"∅ {found.text}")


def _missing(found: Assessment) -> list[Branch]:
    ways = missing_names(found)
    if len(ways) < 2:
        return [Branch("Missing", tuple(map(Branch, ways[0])))] if ways else []
    under = [Branch(f"either {' and '.join(names)}") for names in ways]
    return [Branch("Missing: any one of these would be enough", tuple(under))]


def explanation_markdown(explanation: Explanation) -> str:
    """The results as a table, then each proof as a picture (Mermaid) and a list."""
    blocks = [f"# {text(explanation.label)}, as of {explanation.as_of}"]
    if explanation.listed():
        rows = [[a.verdict.words, text(a.alias or a.rule), text(a.title)] for a in explanation.listed()]
        blocks.append(table(["Result", "Rule", "What it says"], rows))
    if explanation.not_applicable and not explanation.everything:
        blocks.append(f"{_left_out(explanation)}.")
    for proof in explanation.proofs:
        tree = _tree(proof)
        blocks += [f"## {text(tree.line)}", f"```mermaid\n{mermaid(proof)}\n```", "\n".join(_listed(tree.under))]
    blocks += ["---", f"{text(explanation.reading())} {text(DISCLAIMER)}"]
    return "\n\n".join(blocks)


def _listed(branches: Sequence[Branch], depth: int = 0) -> Iterator[str]:
    for branch in branches:
        yield f"{'  ' * depth}- {text(branch.line)}"
        yield from _listed(branch.under, depth + 1)


def mermaid(proof: Proof) -> str:
    """A proof as a Mermaid flowchart of at most 40 nodes: breadth first, so that what is cut off is deepest down."""
    lines = ["flowchart TD"]
    waiting: list[tuple[Branch, str | None]] = [(_tree(proof), None)]
    drawn = 0
    while waiting and drawn < _MOST_NODES - 1:
        branch, above = waiting.pop(0)
        name = f"n{drawn}"
        drawn += 1
        lines.append(f'  {name}["{_label(branch.line)}"]')
        if above is not None:
            lines.append(f"  {above} --> {name}")
        waiting += [(below, name) for below in branch.under]
    if waiting:
        lines.append(f'  more["and {len(waiting)} more below"]')
    kind = _SHAPES.get(proof.assessment.verdict)
    if kind:
        lines += [
            "  classDef violated fill:#fdeeee,stroke:#8a1414,color:#1b1b1b",
            "  classDef open fill:#fff5da,stroke:#5f4300,color:#1b1b1b",
            "  classDef supported fill:#e8f5ec,stroke:#15562a,color:#1b1b1b",
            f"  class n0 {kind}",
        ]
    return "\n".join(lines)


def _label(line: str) -> str:
    """Words in a Mermaid label: short, on one line, every character that is not plain as its entity code."""
    words = textwrap.shorten(printable(" ".join(line.split())), _MOST_LETTERS, placeholder=" …")
    return "".join(c if c.isalnum() or c in " .,:-…" else f"#{ord(c)};" for c in words)
