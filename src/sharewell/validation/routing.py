"""Which engine runs each shape: SHACL Core the fast one, a query in the linted form the store, what is left pyshacl."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

from sharewell.graph.set_at_a_time import form_errors
from sharewell.graph.terms import Term
from sharewell.validation.constraints import inner_shapes
from sharewell.validation.shapes import Shape, Shapes, TargetClass, TargetNode
from sharewell.vocabulary import OWL, RDF_TYPE, RDFS, SH

PYSHACL, STORE = "pyshacl", "pyoxigraph"

_SPARQL = NamedNode(SH + "sparql")
_SELECT = NamedNode(SH + "select")
_DEACTIVATED = NamedNode(SH + "deactivated")
_TARGET = NamedNode(SH + "target")
_NO_CONSTRAINT = {NamedNode(SH + name) for name in ("rule", "condition")}
_TARGETS = {
    NamedNode(SH + name) for name in ("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf", "target")
}
_CLASSES: set[Term] = {NamedNode(RDFS + "Class"), NamedNode(OWL + "Class")}
_PREBOUND = ("$PATH", "$shapesGraph", "$currentShape", "?shapesGraph", "?currentShape")


@dataclass(frozen=True, slots=True)
class Routing:
    """Who runs what.

    `core`: the targeted shapes that the fast engine runs, each with all that it refers to. `set_based`: pairs of shape
    and SPARQL constraint that the store runs for all focus nodes at once. `alone`: the targeted shapes that pyshacl
    runs. `notes`: what no engine of ours evaluates, one line each.
    """

    core: tuple[Shape, ...]
    set_based: tuple[tuple[NamedNode, NamedNode], ...]
    alone: tuple[Shape, ...]
    notes: tuple[str, ...]

    @property
    def engines(self) -> tuple[tuple[Term, str], ...]:
        """The shapes that the fast engine does not run, or not alone, each with the engine that does."""
        named = {shape: STORE for shape, _ in self.set_based} | {shape.node: PYSHACL for shape in self.alone}
        return tuple(sorted(named.items(), key=lambda item: str(item[0])))


def route(shapes: Shapes, graph: Store, faithful: bool) -> Routing:
    """Decide about the shapes of a shapes graph; `faithful` says whether the store has all literals as written."""
    referred = {inner for shape in shapes for constraint in shape.constraints for inner in inner_shapes(constraint)}
    core: list[Shape] = []
    alone: list[Shape] = []
    set_based: list[tuple[NamedNode, NamedNode]] = []
    for shape in _starting(shapes):
        if not any(_evaluated(inner) for inner in shapes.within(shape.node)):
            core.append(shape)
            continue
        constraints = _linted(shapes, graph, shape) if faithful and shape.node not in referred else None
        if constraints is None:
            alone.append(shape)
        else:
            core.append(shape)
            set_based += constraints
    return Routing(tuple(core), tuple(set_based), tuple(alone), tuple(_notes(shapes)))


def _starting(shapes: Shapes) -> Iterator[Shape]:
    """The shapes that a validation starts from, those with a target outside Core included."""
    for shape in shapes:
        if not shape.deactivated and (shape.targets or any(p == _TARGET for p, _ in shape.beyond_core)):
            yield shape


def _evaluated(shape: Shape) -> list[NamedNode]:
    """What a shape says beyond Core that pyshacl evaluates: SPARQL, custom components, targets."""
    return [predicate for predicate, _ in shape.beyond_core if _is_evaluated(predicate)]


def _is_evaluated(predicate: NamedNode) -> bool:
    return predicate in (_SPARQL, _TARGET) or not predicate.value.startswith(SH)


def _notes(shapes: Shapes) -> Iterator[str]:
    for shape in shapes:
        for predicate in dict.fromkeys(p for p, _ in shape.beyond_core):
            if not _is_evaluated(predicate) and predicate not in _NO_CONSTRAINT:
                name = predicate.value.removeprefix(SH)
                yield f"shape {shape.node}: sh:{name} is not in SHACL Core or SPARQL: ignored"


def _linted(shapes: Shapes, graph: Store, shape: Shape) -> list[tuple[NamedNode, NamedNode]] | None:
    """The SPARQL constraints of a shape if one query for all focus nodes gives what SHACL demands, else None."""
    inside = [inner for inner in shapes.within(shape.node) if inner.node != shape.node]
    if shape.path is not None or any(_evaluated(inner) for inner in inside) or not isinstance(shape.node, NamedNode):
        return None
    if set(_evaluated(shape)) != {_SPARQL} or not all(map(_in_sparql, shape.targets)):
        return None
    constraints = [value for predicate, value in shape.beyond_core if predicate == _SPARQL]
    linted = [(shape.node, node) for node in constraints if isinstance(node, NamedNode) and _is_linted(graph, node)]
    return linted if len(linted) == len(constraints) else None


def _in_sparql(target: object) -> bool:
    """Whether a query can say a target."""
    if isinstance(target, TargetClass):
        return not target.implicit
    return not (isinstance(target, TargetNode) and isinstance(target.node, BlankNode))


def _is_linted(graph: Store, constraint: NamedNode) -> bool:
    texts = [quad.object for quad in graph.quads_for_pattern(constraint, _SELECT, None)]
    if len(texts) != 1 or not isinstance(texts[0], Literal):
        return False
    if any(True for _ in graph.quads_for_pattern(constraint, _DEACTIVATED, None)):
        return False
    return not form_errors(texts[0].value) and not any(name in texts[0].value for name in _PREBOUND)


def only_targeting(quads: Iterable[Quad], alone: Sequence[Shape]) -> list[Quad]:
    """A shapes graph in which only some shapes have targets, for pyshacl to run these alone; rules are left out."""
    kept = {shape.node for shape in alone}
    return [quad for quad in quads if quad.predicate not in _NO_CONSTRAINT and not _is_target(quad, kept)]


def _is_target(quad: Quad, kept: set[NamedNode | BlankNode]) -> bool:
    if quad.subject in kept:
        return False
    return quad.predicate in _TARGETS or (quad.predicate == RDF_TYPE and quad.object in _CLASSES)


def has_foreign_target(shapes: Iterable[Shape]) -> bool:
    """Whether a shape finds focus nodes by other means than SHACL Core (SHACL-AF section 3)."""
    return any(predicate == _TARGET for shape in shapes for predicate, _ in shape.beyond_core)
