"""SHACL Core as relational algebra: shapes become a plan of relations, each for all focus nodes at once.

Shapes are data here, not text: all constraints of one component on shapes of one form are rows of one parameter
relation, and one expression finds the results of all of them. So a plan has about as many steps as SHACL has
components, however many shapes there are.

The order of a plan. A shape stands one level below the deepest shape that refers to it (there is no recursion). Going
down, level by level, `focus_<level>` gathers the pairs of shape and focus node: from targets, and from the value nodes
of referring shapes. Going up, constraints put their results into `result`, and `failing` says which nodes do not
conform to shapes that other shapes ask about.

A pair carries a `weight`: how often the report speaks of it. Only targets and `sh:property` (SHACL section 4.7.2) lead
to results in the report; what `sh:node`, `sh:not` and the like ask about has weight 0 and decides conformance alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sharewell.graph.terms import Term
from sharewell.validation import constraints as c
from sharewell.validation.algebra import (
    Anti,
    Distinct,
    Join,
    Relation,
    Rows,
    Semi,
    Sum,
    Table,
    Union,
    Where,
    keep,
)
from sharewell.validation.components import COMPONENTS, OWN, Form, Group, focus_table, form_of
from sharewell.validation.constraints import Constraint, inner_shapes
from sharewell.validation.path_relations import compile_path, instances
from sharewell.validation.paths import InversePath, Path, PredicatePath
from sharewell.validation.plan import FAILING, RESULT, Append, Define, Plan, Step, failing, table, target_term
from sharewell.validation.shapes import Shape, Shapes, TargetClass, TargetNode, TargetObjectsOf, TargetSubjectsOf


def compile_shapes(shapes: Shapes, targeted: Sequence[Shape], number: Mapping[Term, int]) -> Plan:
    """The plan that validates a graph against some shapes, which are followed to the shapes that they refer to.

    `number` has the numbers of the terms that `terms_of` names.
    """
    return _Compiler(shapes, targeted, number).plan()


@dataclass(slots=True)
class _Compiler:
    shapes: Shapes
    targeted: Sequence[Shape]
    number: Mapping[Term, int]
    steps: list[Step] = field(default_factory=list)
    tests: dict[Constraint, int] = field(default_factory=dict)
    shape_number: dict[Term, int] = field(default_factory=dict)
    _paths: dict[Path, int] = field(default_factory=dict)
    _constraints: list[tuple[Shape, Constraint]] = field(default_factory=list)

    def test_number(self, constraint: Constraint) -> int:
        """The number of a test; constraints that say the same are one test."""
        return self.tests.setdefault(constraint, len(self.tests))

    def inner(self, constraint: c.Not | c.Node | c.QualifiedMinCount | c.QualifiedMaxCount | c.Property) -> int:
        """The number of the one shape that a constraint asks about."""
        return self.shape_number[constraint.shape]

    def path_number(self, path: Path | None) -> int:
        """A predicate's own number where the path is one, or its inverse; else a number below zero."""
        match path:
            case PredicatePath(iri) | InversePath(PredicatePath(iri)):
                return self.number[iri]
            case None:
                raise ValueError("a node shape has no path")
            case _:
                return self._paths.setdefault(path, -1 - len(self._paths))

    def plan(self) -> Plan:
        levels = _levels(self.shapes, self.targeted)
        self.shape_number = {shape.node: at for at, shape in enumerate(shape for level in levels for shape in level)}
        referred = {
            inner for level in levels for shape in level for con in _active(shape) for inner in inner_shapes(con)
        }
        asked = _asked_about(levels)
        self._define_instances(levels)
        self.steps.append(Define("path_end", Rows(("path", "start", "end"), ())))
        self.steps.append(Define("result", Rows(RESULT, ())))
        self.steps.append(Define("failing", Rows(FAILING, ())))
        groups = [self._grouped(at, level, referred) for at, level in enumerate(levels)]
        for at, level in enumerate(levels):
            self._gather(at, level, referred, groups[:at])
        for at in reversed(range(len(levels))):
            self._judge(levels[at], groups[at], asked)
        return Plan(tuple(self.steps), tuple(self._constraints), tuple(self.tests))

    def _define_instances(self, levels: Sequence[Sequence[Shape]]) -> None:
        classes = [
            term
            for level in levels
            for shape in level
            for term in (
                *(target.cls for target in shape.targets if isinstance(target, TargetClass)),
                *(member.cls for member in _active(shape) if isinstance(member, c.Class)),
            )
        ]
        self.steps += instances((self.number[cls] for cls in classes), self.number)

    def _grouped(self, level: int, shapes: Sequence[Shape], referred: set[Term]) -> list[Group]:
        groups: dict[tuple[str, Form], Group] = {}
        for shape in shapes:
            form = form_of(shape, shape.node in referred)
            for constraint in _active(shape):
                group = groups.setdefault((constraint.component, form), Group(level, form, [], self))
                group.members.append((len(self._constraints), shape, constraint))
                self._constraints.append((shape, constraint))
        return list(groups.values())

    def _gather(self, at: int, level: Sequence[Shape], referred: set[Term], above: Sequence[list[Group]]) -> None:
        """Make `focus_<level>` of targets and of what the levels above hand down, and walk the paths from there."""
        looked_up = [shape for shape in level if form_of(shape, shape.node in referred) not in OWN]
        numbers = {self.shape_number[shape.node] for shape in looked_up}
        targets = self._targets(looked_up)
        parts: list[Relation] = [keep(Distinct(Union(targets)), "shape", "focus", weight=1)] if targets else []
        parts += [part for groups in above for group in groups for part in self._handed_down(group, numbers)]
        parts = parts or [Rows(("shape", "focus", "weight"), ())]
        everything = parts[0] if targets and len(parts) == 1 else Sum(Union(tuple(parts)), ("shape", "focus"), "weight")
        self.steps.append(Define(f"focus_{at}", everything))
        walks: dict[Path, list[int]] = defaultdict(list)
        for shape in looked_up:
            if shape.path is not None and form_of(shape, shape.node in referred) is Form.PATH:
                walks[shape.path].append(self.shape_number[shape.node])
        for path, walkers in walks.items():
            self._walk(at, path, walkers)

    def _walk(self, at: int, path: Path, walkers: Sequence[int]) -> None:
        """Add to `path_end` where a path leads from the focus nodes of the shapes that have it."""
        number = self.path_number(path)
        focus = Semi(focus_table(at), Rows(("shape",), tuple((walker,) for walker in walkers)))
        starts = f"start_{at}_{-number}"
        self.steps.append(Define(starts, Distinct(keep(focus, start="focus"))))
        known = Where(table("path_end", path="path", start="start", end="end"), "path", "=", number)
        new = Anti(table(starts, start="start"), keep(known, "start"))
        self.steps.append(Define(f"new_{starts}", new))
        steps, ends = compile_path(path, table(f"new_{starts}", start="start"), self.number, f"walk_{at}_{-number}")
        self.steps += steps
        self.steps.append(Append("path_end", keep(ends, path=number, start="start", end="end")))

    def _targets(self, level: Sequence[Shape]) -> tuple[Relation, ...]:
        """The pairs of shape and focus node that each kind of target gives (SHACL section 2.1.3)."""
        roots = {shape.node for shape in self.targeted}
        wanted: dict[type, list[tuple[int, int]]] = defaultdict(list)
        for shape in level:
            for target in shape.targets if shape.node in roots else ():
                wanted[type(target)].append((self.shape_number[shape.node], self.number[target_term(target)]))

        parts: list[Relation] = []
        for kind, rows in wanted.items():
            selected = Rows(("shape", "focus" if kind is TargetNode else "of"), tuple(rows))
            parts.append(selected if kind is TargetNode else keep(Join(selected, _SELECTED[kind]), "shape", "focus"))
        return tuple(parts)

    def _handed_down(self, group: Group, level: set[int]) -> Iterator[Relation]:
        """The value nodes of a group as focus nodes of the inner shapes that stand on a level, with their weights."""
        members = [
            (at, self.shape_number[inner])
            for at, _, constraint in group.members
            for inner in dict.fromkeys(inner_shapes(constraint))
            if self.shape_number[inner] in level and not self.shapes[inner].deactivated
        ]
        if not members:
            return
        found = Join(
            keep(group.values(), "constraint", "value", "weight"), Rows(("constraint", "inner"), tuple(members))
        )
        weight = "weight" if isinstance(group.members[0][2], c.Property) else 0
        yield keep(found, shape="inner", focus="value", weight=weight)

    def _judge(self, level: Sequence[Shape], groups: Sequence[Group], asked: set[Term]) -> None:
        """Put the results of a level into `result`, and what fails into `failing` where another shape asks."""
        for group in groups:
            component = COMPONENTS.get(type(group.members[0][2]))
            if component is not None:
                relation = component(group)
                self.steps.append(Append("result", relation))
        failures = tuple(failure for group in groups for failure in self._failures(group, asked))
        if failures:
            self.steps.append(Append("failing", Distinct(Union(failures))))

    def _failures(self, group: Group, asked: set[Term]) -> Iterator[Relation]:
        """The pairs (shape, node) that a group makes fail, where another shape asks about the shape."""
        members = [(at, self.shape_number[shape.node]) for at, shape, _ in group.members if shape.node in asked]
        if not members:
            return
        rows = Rows(("constraint", "shape"), tuple(members))
        if isinstance(group.members[0][2], c.Property):
            values = Join(keep(group.values(inner=self.inner), "constraint", "focus", "inner", "value"), rows)
            found: Relation = Semi(values, failing("inner", "value"))
        else:
            found = Join(table("result", constraint="constraint", focus="focus"), rows)
        yield keep(found, shape="shape", node="focus")


_SELECTED: dict[type, Table] = {
    TargetClass: table("instance", of="class", focus="node"),
    TargetSubjectsOf: table("triple", of="p", focus="s"),
    TargetObjectsOf: table("triple", of="p", focus="o"),
}
"""The focus nodes of each kind of target (sections 2.1.3.2 to 2.1.3.5) by the class or predicate that it names."""


def _active(shape: Shape) -> tuple[Constraint, ...]:
    """The constraints of a shape; a deactivated one has none, and every node conforms to it (section 2.1.6)."""
    return () if shape.deactivated else shape.constraints


def _levels(shapes: Shapes, targeted: Sequence[Shape]) -> list[list[Shape]]:
    """The shapes that are used, each one level below the deepest shape that refers to it."""
    used: dict[Term, Shape] = {shape.node: shape for root in targeted for shape in shapes.within(root.node)}
    depth: dict[Term, int] = dict.fromkeys(used, 0)
    for shape in _outer_first(used):
        for constraint in _active(shape):
            for inner in inner_shapes(constraint):
                depth[inner] = max(depth[inner], depth[shape.node] + 1)
    levels: list[list[Shape]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in sorted(used, key=str):
        levels[depth[node]].append(used[node])
    return levels


def _outer_first(used: Mapping[Term, Shape]) -> list[Shape]:
    """The shapes in an order in which each comes before those that it refers to (Kahn, 1962)."""
    waiting_for: dict[Term, int] = dict.fromkeys(used, 0)
    for shape in used.values():
        for inner in _inner(shape):
            waiting_for[inner] += 1
    ready = [shape for shape in used.values() if not waiting_for[shape.node]]
    for shape in ready:
        for inner in _inner(shape):
            waiting_for[inner] -= 1
            if not waiting_for[inner]:
                ready.append(used[inner])
    return ready


def _inner(shape: Shape) -> list[Term]:
    return [inner for constraint in _active(shape) for inner in inner_shapes(constraint)]


def _asked_about(levels: Sequence[Sequence[Shape]]) -> set[Term]:
    """The shapes whose conformance decides something: those that conditions name, and the property shapes of these."""
    asked: set[Term] = set()
    for level in levels:
        for shape in level:
            for constraint in _active(shape):
                if not isinstance(constraint, c.Property) or shape.node in asked:
                    asked.update(inner_shapes(constraint))
    return asked
