"""The evaluator of SHACL Core that explains itself: results, why they are so, and what is missing.

It works node by node and remembers, for a shape on a few nodes or a small graph; whole graphs are validated set at a
time elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pyoxigraph import Literal, NamedNode

from sharewell.errors import InputError
from sharewell.graph.index import TripleIndex
from sharewell.graph.terms import Term, compact
from sharewell.validation import constraints as c
from sharewell.validation.conformance import Conformance, repeated_languages
from sharewell.validation.constraints import Constraint
from sharewell.validation.missing import Alternative
from sharewell.validation.neighbourhood import Neighbourhood, find_neighbourhood
from sharewell.validation.paths import PredicatePath, path_text
from sharewell.validation.precedents import Gap, Precedents
from sharewell.validation.results import ValidationResult, severity_name
from sharewell.validation.shapes import (
    SUBCLASS_OF,
    Shape,
    Shapes,
    TargetClass,
    TargetNode,
    TargetObjectsOf,
    TargetSubjectsOf,
)
from sharewell.validation.wording import Label
from sharewell.vocabulary import RDF_TYPE, SH

_TARGET = NamedNode(SH + "target")


class Evaluator(Conformance):
    """Shapes on a graph in memory. `label` gives the words for a node in what is said to people."""

    def __init__(self, index: TripleIndex, shapes: Shapes, label: Label = compact) -> None:
        super().__init__(index, shapes)
        self.label = label
        self._precedents = Precedents(self, label)

    def neighbourhood(self, node: Term, shape: Term) -> Neighbourhood:
        """Why a node conforms to a shape, or why not: see `sharewell.validation.neighbourhood`."""
        return find_neighbourhood(self, node, shape)

    def missing(self, node: Term, shape: Term, limit: int = 8) -> tuple[Alternative, ...]:
        """What would make a node conform that does not: see `sharewell.validation.missing`."""
        return self.gap(node, shape, limit).alternatives

    def gap(self, node: Term, shape: Term, limit: int = 8) -> Gap:
        """The same, its words shared with the nodes of which the same holds."""
        return self._precedents.gap(node, shape, limit)

    def focus_nodes(self, shape: Shape) -> tuple[Term, ...]:
        """The nodes that the targets of a shape select (SHACL section 2.1.3), each once, in a stable order.

        Raises InputError for a target that is not part of SHACL Core.
        """
        if any(predicate == _TARGET for predicate, _ in shape.beyond_core):
            raise InputError(f"shape {shape.node} has a target that is not part of SHACL Core")
        found: dict[Term, None] = {}
        for target in shape.targets:
            match target:
                case TargetNode(node):
                    found[node] = None
                case TargetClass(cls):
                    found |= dict.fromkeys(self._instances(cls))
                case TargetSubjectsOf(predicate):
                    found |= dict.fromkeys(self.index.subjects_of(predicate))
                case TargetObjectsOf(predicate):
                    found |= dict.fromkeys(self.index.objects_of(predicate))
        return tuple(sorted(found, key=str))

    def _instances(self, cls: Term) -> Iterator[Term]:
        below, waiting = {cls}, [cls]
        while waiting:
            for child in self.index.subjects(SUBCLASS_OF, waiting.pop()):
                if child not in below:
                    below.add(child)
                    waiting.append(child)
        for kind in below:
            yield from self.index.subjects(RDF_TYPE, kind)

    def results(self) -> Iterator[ValidationResult]:
        """All results of validating the graph against the shapes that have a target (SHACL section 3.4)."""
        for shape in self.shapes.targeted():
            for node in self.focus_nodes(shape):
                yield from self.results_for(node, shape)

    def results_for(self, node: Term, shape: Shape) -> Iterator[ValidationResult]:
        """The results of one focus node against one shape (SHACL section 3.4.2)."""
        if self.conforms(node, shape.node):
            return
        values = sorted(self.values(node, shape), key=str)
        for constraint in shape.constraints:
            if isinstance(constraint, c.Property):
                inner = self.shapes[constraint.shape]
                for value in values:
                    yield from self.results_for(value, inner)
            else:
                for found, path in self._violations(node, values, constraint):
                    yield _result(node, path, found, shape, constraint)

    def _violations(
        self, node: Term, values: Collection[Term], constraint: Constraint
    ) -> Iterator[tuple[Term | None, Term | None]]:
        """For each result of a constraint its value, and its path where that is not the shape's."""
        test = self.value_test(constraint)
        match constraint:
            case c.Closed(allowed):
                for value in values:
                    for predicate, other in self.index.outgoing(value):
                        if predicate not in allowed:
                            yield other, predicate
            case c.Equals(predicate):
                others = self.index.objects(node, predicate)
                yield from ((value, None) for value in set(values).symmetric_difference(others))
            case c.Disjoint(predicate):
                yield from ((value, None) for value in set(values).intersection(self.index.objects(node, predicate)))
            case c.LessThan() | c.LessThanOrEquals():
                yield from ((value, None) for value, _ in self.wrong_pairs(node, values, constraint))
            case c.UniqueLang():
                yield from ((None, None) for _ in repeated_languages(values))
            case _ if test is not None:
                yield from ((value, None) for value in values if not test(value))
            case _:
                if not self.set_test(constraint)(node, values):
                    yield None, None


def _result(
    node: Term, path: Term | None, value: Term | None, shape: Shape, constraint: Constraint
) -> ValidationResult:
    own = PredicatePath(path) if isinstance(path, NamedNode) else shape.path
    return ValidationResult(
        focus=node,
        path=path_text(own) if own is not None else None,
        value=value,
        shape=shape.node,
        component=constraint.component,
        severity=severity_name(shape.severity.value),
        message=_message(shape.messages) or f"the constraint {_words(constraint)} is not kept",
    )


def _message(messages: tuple[Literal, ...]) -> str:
    """The English message before one without a language before any other."""
    ranked = sorted(messages, key=lambda m: ({"en": 0, None: 1}.get(m.language, 2), m.value))
    return " ".join(ranked[0].value.split()) if ranked else ""


def _words(constraint: Constraint) -> str:
    name = constraint.component.removeprefix(SH).removesuffix("ConstraintComponent")
    return f"sh:{name[0].lower()}{name[1:]}"
