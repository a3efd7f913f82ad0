"""Facts that join several others, derived by the SHACL rules in `shapes/derive/`.

Each rule is a `sh:SPARQLRule` (SHACL-AF section 8) in the form that `sharewell.graph.set_at_a_time` describes, run for
all its focus nodes at once. Rules of one `sh:order` form a stratum, which is repeated, and closed, until nothing new
follows; a rule may deny only what lower strata have settled, so the order of rules inside a stratum does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from pyoxigraph import Literal, NamedNode, QueryTriples, RdfFormat, Store, Triple, parse

from sharewell.collector import collector_paused
from sharewell.errors import InputError
from sharewell.graph.set_at_a_time import form_errors, head_errors, prologue, query_for_all, target_pattern
from sharewell.graph.store import MergedGraph
from sharewell.knowledge import shapes_folder
from sharewell.reasoning.closure import Axioms, close, read_axioms
from sharewell.reasoning.dependence import Kind, kinds, read_by
from sharewell.vocabulary import RDF_TYPE, RDFS_LABEL, SH

_RULE = NamedNode(SH + "rule")
_CONSTRUCT = NamedNode(SH + "construct")
_ORDER = NamedNode(SH + "order")
_DEACTIVATED = NamedNode(SH + "deactivated")


@dataclass(frozen=True, slots=True)
class DerivationRule:
    """A rule ready to run: its IRI, its stratum, one CONSTRUCT over all its focus nodes, and its English label."""

    iri: str
    stratum: float
    construct: str
    label: str


def read_rules(folder: Path | None = None, own: Sequence[Path] = ()) -> tuple[DerivationRule, ...]:
    """The active rules of `shapes/derive/` (or of another folder) and of a project's own files, by stratum and IRI.

    Raises InputError for a rule that is not in the form a set-at-a-time run needs.
    """
    paths = sorted((folder or shapes_folder() / "derive").glob("*.ttl"))
    return _read_rules(tuple(paths), tuple(own))


@lru_cache(maxsize=8)
def _read_rules(shipped: tuple[Path, ...], own: tuple[Path, ...]) -> tuple[DerivationRule, ...]:
    rules = []
    for path in (*shipped, *own):
        shapes = Store()
        try:
            shapes.extend(parse(path=str(path), format=RdfFormat.TURTLE))
        except (SyntaxError, OSError) as error:
            raise InputError(f"cannot be read: {error}", file=str(path)) from None
        for quad in shapes.quads_for_pattern(None, _RULE, None):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
                rules.append(_rule(shapes, quad.subject, quad.object, path))
    active = [rule for rule in rules if rule is not None]
    return tuple(sorted(active, key=lambda rule: (rule.stratum, rule.iri)))


def _rule(shapes: Store, shape: NamedNode, rule: NamedNode, path: Path) -> DerivationRule | None:
    if any(
        isinstance(q.object, Literal) and q.object.value == "true"
        for q in shapes.quads_for_pattern(rule, _DEACTIVATED, None)
    ):
        return None
    text = _literal(shapes, rule, _CONSTRUCT, path)
    errors = form_errors(text) + head_errors(text)
    if errors:
        raise InputError(f"rule {rule.value}: {errors[0]}", file=str(path))
    try:
        query = prologue(shapes, rule) + query_for_all(text, target_pattern(shapes, shape))
        Store().query(query)
    except (InputError, SyntaxError) as error:
        raise InputError(f"rule {rule.value}: {error}", file=str(path)) from None
    return DerivationRule(rule.value, float(_literal(shapes, rule, _ORDER, path)), query, _label(shapes, rule))


def _label(shapes: Store, rule: NamedNode) -> str:
    """The English label, else any other, else the IRI."""
    labels = [quad.object for quad in shapes.quads_for_pattern(rule, RDFS_LABEL, None)]
    texts = sorted((term.language != "en", term.value) for term in labels if isinstance(term, Literal))
    return texts[0][1] if texts else rule.value


def _literal(shapes: Store, node: NamedNode, predicate: NamedNode, path: Path) -> str:
    values = [quad.object for quad in shapes.quads_for_pattern(node, predicate, None)]
    if len(values) != 1 or not isinstance(values[0], Literal):
        raise InputError(f"rule {node.value} needs exactly one {predicate.value}", file=str(path))
    return values[0].value


@collector_paused()
def derive(graph: MergedGraph, rules: Sequence[DerivationRule] | None = None) -> None:
    """Close the graph and derive, stratum by stratum, each to its fixpoint (steps 2 and 3 of the design)."""
    axioms = read_axioms(graph.store)
    close(graph, axioms)
    ordered = sorted(read_rules() if rules is None else rules, key=lambda rule: rule.stratum)
    for _, stratum in groupby(ordered, key=lambda rule: rule.stratum):
        _to_fixpoint(graph, axioms, list(stratum))


def _to_fixpoint(graph: MergedGraph, axioms: Axioms, rules: list[DerivationRule]) -> None:
    due = rules
    while due:
        # All rules of a round read the same graph; only then is what they found added.
        found = {triple for rule in due for triple in heads(graph.store, rule)}
        start = len(graph.derived)
        new = graph.add_derived(_in_order(found))
        close(graph, axioms, new)
        changed = kinds(graph.derived[start:])
        due = [rule for rule in rules if _may_give_more(rule, changed)]


def _may_give_more(rule: DerivationRule, changed: frozenset[Kind]) -> bool:
    if not changed:
        return False
    read = read_by(rule.construct)
    return read is None or not read.isdisjoint(changed)


def heads(store: Store, rule: DerivationRule) -> Iterable[Triple]:
    """The statements one rule gives on a graph."""
    answers = store.query(rule.construct)
    if not isinstance(answers, QueryTriples):
        raise InputError(f"rule {rule.iri}: sh:construct must be a CONSTRUCT query")
    return answers


def _in_order(triples: Iterable[Triple]) -> list[Triple]:
    # The order of additions must not depend on the engine's own order of answers.
    return sorted(triples, key=lambda t: (str(t.subject), t.predicate != RDF_TYPE, str(t.predicate), str(t.object)))
