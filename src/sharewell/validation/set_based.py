"""SPARQL constraints of our own shapes, run for all focus nodes at once on the embedded store.

A constraint in the form of `sharewell.graph.set_at_a_time` gives the same results in one query as in one query for
each focus node (SHACL section 5), and rdflib takes seconds for the latter.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from sharewell.errors import InputError
from sharewell.graph.set_at_a_time import prologue, query_for_all, target_pattern
from sharewell.graph.terms import Term
from sharewell.validation.results import ValidationResult, severity_name
from sharewell.vocabulary import SH

_COMPONENT = SH + "SPARQLConstraintComponent"


def results(store: Store, shapes: Store, shape: NamedNode, constraint: NamedNode) -> Iterator[ValidationResult]:
    """The results of one constraint on the merged graph (SHACL section 5.3.2). Raises InputError for a bad query."""
    select = _value(shapes, constraint, "select")
    if not isinstance(select, Literal):
        raise InputError(f"constraint {constraint.value} has no sh:select")
    text = prologue(shapes, constraint) + query_for_all(select.value, target_pattern(shapes, shape))
    try:
        solutions = store.query(text)
    except (SyntaxError, RuntimeError, ValueError, OSError) as error:
        words = " ".join(str(error).split())
        raise InputError(f"the query of constraint {constraint.value} cannot be run: {words}") from None
    if not isinstance(solutions, QuerySolutions):
        raise InputError(f"constraint {constraint.value}: sh:select must be a SELECT query")
    names = {variable.value for variable in solutions.variables}
    severity = _value(shapes, shape, "severity")
    message = _message(shapes, constraint) or _message(shapes, shape)
    for solution in solutions:
        path = solution["path"] if "path" in names else None
        # Without a ?value it is the value node, which is the focus node of a node shape (W3C test sparql-003).
        value = (solution["value"] if "value" in names else None) or solution["this"]
        yield ValidationResult(
            focus=solution["this"],
            path=f"<{path.value}>" if isinstance(path, NamedNode) else None,
            value=value,
            shape=shape,
            component=_COMPONENT,
            severity=severity_name(severity.value if isinstance(severity, NamedNode) else SH + "Violation"),
            message=_filled(message, {**{name: solution[name] for name in names}, "value": value}),
        )


def _filled(message: Literal | None, values: dict[str, Term | None]) -> str:
    """A message with its {?variable} places filled (SHACL section 5.3.2)."""
    text = " ".join(message.value.split()) if message is not None else ""
    for name, value in values.items():
        if value is None:
            continue
        words = value.value if isinstance(value, NamedNode | Literal) else str(value)
        text = text.replace(f"{{?{name}}}", words).replace(f"{{${name}}}", words)
    return text


def _message(shapes: Store, node: NamedNode) -> Literal | None:
    """The message of a node: in English before without a language before in any other."""
    found = [q.object for q in shapes.quads_for_pattern(node, NamedNode(SH + "message"), None)]
    texts = [term for term in found if isinstance(term, Literal)]
    return min(texts, key=lambda t: ({"en": 0, None: 1}.get(t.language, 2), t.value), default=None)


def _value(shapes: Store, node: NamedNode, name: str) -> Term | None:
    values = [q.object for q in shapes.quads_for_pattern(node, NamedNode(SH + name), None)]
    return values[0] if values else None
