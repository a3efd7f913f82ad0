"""SHACL queries that speak of one focus node, run for all focus nodes at once.

SHACL evaluates `sh:construct` and `sh:select` once per focus node with `$this` bound beforehand (SHACL section 5.3,
SHACL-AF section 8). Where `$this` stands in a triple pattern of every group that uses it, subselects project it, and
there is no MINUS, VALUES, SERVICE, LIMIT or OFFSET, joining the targets into the query gives the same solutions in one
evaluation.
`form_errors` holds a query to that form; `query_for_all` makes the one query.
"""

from __future__ import annotations

import re
from itertools import takewhile

from pyoxigraph import BlankNode, Literal, NamedNode, Store

from sharewell.errors import InputError
from sharewell.graph.sparql import Token, tokens
from sharewell.graph.terms import Term
from sharewell.vocabulary import OWL, RDF, RDFS, SH

_FORBIDDEN = {"MINUS", "VALUES", "SERVICE", "LIMIT", "OFFSET"}
_AGGREGATES = {"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"}


def form_errors(text: str) -> list[str]:
    """What keeps a query out of the form in which a set-at-a-time run equals SHACL's own; empty when nothing does."""
    units = list(tokens(text))
    words = {unit.text.upper() for unit in units if unit.kind == "word"}
    errors = [f"{word} is not allowed" for word in sorted(_FORBIDDEN & words)]
    if words & _AGGREGATES and "GROUP" not in words:
        errors.append("an aggregate over all focus nodes is not one for each: it needs GROUP BY")
    head = list(takewhile(lambda unit: unit.text.upper() != "WHERE", units))
    if len(head) == len(units) or any(unit.text == "{" for unit in head if "CONSTRUCT" not in words):
        errors.append("the query needs the word WHERE")
    elif "SELECT" in words and "CONSTRUCT" not in words and not any(unit.text in {"$this", "*"} for unit in head):
        errors.append("the query does not select $this")
    if any(unit.text == "?this" for unit in units):
        errors.append("the focus node is written $this, not ?this")
    errors += _group_errors(units)
    return errors


def head_errors(construct: str) -> list[str]:
    """What a rule's head may not do: make a blank node, which would be another node at every run."""
    head = (unit for unit in takewhile(lambda unit: unit.text.upper() != "WHERE", tokens(construct)))
    made = any(unit.text in {"[", "("} or unit.text.startswith("_:") for unit in head)
    return ["the head makes a blank node"] if made else []


def _group_errors(units: list[Token]) -> list[str]:
    """Check every group that itself mentions $this against the form; a nested group is checked on its own."""
    errors: list[str] = []
    stack: list[list[Token]] = [[]]
    for unit in units:
        if unit.text == "{" and unit.kind == "other":
            stack.append([])
        elif unit.text == "}" and unit.kind == "other" and len(stack) > 1:
            group = stack.pop()
            errors += _one_group(group)
            if any(part.text == "$this" for part in group):
                stack[-1].append(Token("inner", "$this", unit.start, unit.line))
        else:
            stack[-1].append(unit)
    return errors


def _one_group(group: list[Token]) -> list[str]:
    mentions = [position for position, unit in enumerate(group) if unit.text == "$this" and unit.kind != "inner"]
    if any(unit.kind == "word" and unit.text.upper() == "SELECT" for unit in group):
        within = any(unit.kind == "inner" for unit in group)
        return [] if mentions or not within else [f"line {group[0].line}: the subselect does not project $this"]
    if not mentions or any(_in_triple_pattern(group, position) for position in mentions):
        return []
    return [f"line {group[0].line}: $this stands in no triple pattern of a group that uses it"]


def _in_triple_pattern(group: list[Token], position: int) -> bool:
    """Whether the $this at `position` is a subject (a predicate follows) or an object (a predicate stands before)."""
    after = group[position + 1] if position + 1 < len(group) else None
    before = group[position - 1] if position else None
    return _stands(after, {"a", "^", "(", "!"}) or _stands(before, {"a", ")", "*", "+", "?"})


def _stands(unit: Token | None, marks: set[str]) -> bool:
    return unit is not None and (unit.kind in {"name", "iri", "variable"} or unit.text in marks)


def query_for_all(text: str, targets: str) -> str:
    """The query over all focus nodes: `targets` is a group pattern that binds ?this, put first in the outer WHERE."""
    depth, seen_where = 0, False
    for unit in tokens(text):
        if unit.kind == "word" and unit.text.upper() == "WHERE" and depth == 0:
            seen_where = True
        elif unit.text == "{" and unit.kind == "other":
            if depth == 0 and seen_where:
                opened = (
                    text[: unit.start + 1]
                    + f" {{ SELECT DISTINCT ?this WHERE {{ {targets} }} }} "
                    + text[unit.start + 1 :]
                )
                return re.sub(r"\$this\b", "?this", opened)
            depth += 1
        elif unit.text == "}" and unit.kind == "other":
            depth -= 1
    raise InputError("the query of a rule or constraint needs the word WHERE")


def target_pattern(shapes: Store, shape: NamedNode) -> str:
    """The focus nodes of a shape as a group pattern that binds ?this (SHACL section 2.1.3)."""
    groups = []
    for quad in shapes.quads_for_pattern(shape, None, None):
        value = quad.object
        if quad.predicate.value == SH + "targetNode":
            groups.append(f"VALUES ?this {{ {value} }}")
        elif quad.predicate.value == SH + "targetClass":
            groups.append(f"?this <{RDF}type>/<{RDFS}subClassOf>* {value}")
        elif quad.predicate.value == SH + "targetSubjectsOf":
            groups.append(f"?this {value} ?targetObject")
        elif quad.predicate.value == SH + "targetObjectsOf":
            groups.append(f"?targetSubject {value} ?this")
    if not groups:
        raise InputError(f"shape {shape.value} has no target")
    return " UNION ".join(f"{{ {group} }}" for group in sorted(groups))


def prologue(shapes: Store, node: NamedNode) -> str:
    """The PREFIX lines of a rule or constraint, from `sh:prefixes` (SHACL section 5.2.1).

    Raises InputError for a declaration without exactly one prefix and one namespace.
    """
    lines: set[str] = set()
    pending = [quad.object for quad in shapes.quads_for_pattern(node, NamedNode(SH + "prefixes"), None)]
    seen = set()
    while pending:
        owner = pending.pop()
        if owner in seen or isinstance(owner, Literal):
            continue
        seen.add(owner)
        pending += [q.object for q in shapes.quads_for_pattern(owner, NamedNode(OWL + "imports"), None)]
        for quad in shapes.quads_for_pattern(owner, NamedNode(SH + "declare"), None):
            prefix, namespace = _declared(shapes, quad.object, "prefix"), _declared(shapes, quad.object, "namespace")
            lines.add(f"PREFIX {prefix}: <{namespace}>")
    return "\n".join(sorted(lines)) + "\n"


def _declared(shapes: Store, declaration: Term, name: str) -> str:
    """The one text that a prefix declaration has for `sh:prefix` or `sh:namespace`."""
    values: list[Term] = []
    if isinstance(declaration, NamedNode | BlankNode):
        values += [q.object for q in shapes.quads_for_pattern(declaration, NamedNode(SH + name), None)]
    if len(values) != 1 or not isinstance(values[0], Literal):
        raise InputError(f"a prefix declaration needs exactly one sh:{name}")
    return values[0].value
