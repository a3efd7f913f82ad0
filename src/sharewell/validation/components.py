"""The constraint components of SHACL Core (section 4) as relational algebra, each for all constraints of its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Protocol

from sharewell.graph.encoded import BLANK_NODE, IRI, LITERAL
from sharewell.graph.terms import Term
from sharewell.validation import constraints as c
from sharewell.validation.algebra import (
    Anti,
    Count,
    Distinct,
    Join,
    Relation,
    Rows,
    Semi,
    Table,
    Union,
    Where,
    columns,
    keep,
)
from sharewell.validation.constraints import Constraint
from sharewell.validation.paths import InversePath, Path, PredicatePath
from sharewell.validation.plan import Decide, Rank, Step, Tongue, failing, table
from sharewell.validation.shapes import Shape, TargetObjectsOf, TargetSubjectsOf
from sharewell.vocabulary import SH

# --- value nodes (SHACL section 3.6) ---------------------------------------------------------------------------------


class Form(Enum):
    """How the value nodes of a shape come from its focus nodes."""

    SELF = "a node shape: the value node is the focus node"
    FORWARD = "the path is a predicate"
    BACKWARD = "the path is the inverse of a predicate"
    PATH = "any other path, whose pairs stand in a table"
    OWN_FORWARD = "the path is a predicate, and the focus nodes are its subjects: no focus node has to be looked up"
    OWN_BACKWARD = "the path is an inverse predicate, and the focus nodes are its objects"


OWN = {Form.OWN_FORWARD, Form.OWN_BACKWARD}
_BACKWARD = {Form.BACKWARD, Form.OWN_BACKWARD}


def form_of(shape: Shape, referred_to: bool) -> Form:
    """The form of a shape; `referred_to` says whether focus nodes can come to it from other shapes."""
    match shape.path, shape.targets:
        case None, _:
            return Form.SELF
        case PredicatePath(iri), targets:
            own = not referred_to and targets == (TargetSubjectsOf(iri),)
            return Form.OWN_FORWARD if own else Form.FORWARD
        case InversePath(PredicatePath(iri)), targets:
            own = not referred_to and targets == (TargetObjectsOf(iri),)
            return Form.OWN_BACKWARD if own else Form.BACKWARD
        case _:
            return Form.PATH


class Context(Protocol):
    """What a group has to know of the plan that it belongs to."""

    number: Mapping[Term, int]
    shape_number: dict[Term, int]
    steps: list[Step]

    def test_number(self, constraint: Constraint) -> int: ...
    def inner(self, constraint: Any) -> int: ...
    def path_number(self, path: Path | None) -> int: ...


@dataclass(slots=True)
class Group:
    """All constraints of one component on shapes of one level and form: (number, shape, constraint) of each.

    Methods give relations with the columns shape, constraint and weight, the parameters asked for, focus, and value.
    """

    level: int
    form: Form
    members: list[tuple[int, Shape, Any]]
    context: Context

    def focus_nodes(self, **parameters: Callable[[Any], int]) -> Relation:
        """A row for each constraint and focus node."""
        if self.form in OWN:
            names = [name for name in columns(self.values(**parameters)) if name != "value"]
            return Distinct(keep(self.values(**parameters), *names))
        return Join(self._parameters(parameters), focus_table(self.level))

    def values(self, **parameters: Callable[[Any], int]) -> Relation:
        """A row for each constraint, focus node and value node."""
        if self.form is Form.SELF:
            focus = self.focus_nodes(**parameters)
            return keep(focus, *columns(focus), value="focus")
        if self.form in OWN:
            found = Join(self._parameters(parameters), self.ends())
            return keep(found, *columns(found), weight=1)
        return Join(self.focus_nodes(**parameters), self.ends())

    def ends(self) -> Table:
        """Where paths lead, with the columns path, focus and value, for shapes that have a path."""
        if self.form is Form.PATH:
            return table("path_end", path="path", focus="start", value="end")
        start, end = ("o", "s") if self.form in _BACKWARD else ("s", "o")
        return table("triple", path="p", focus=start, value=end)

    def part(self, chosen: Callable[[Any], bool]) -> Group:
        """The constraints for which something holds."""
        return replace(self, members=[member for member in self.members if chosen(member[2])])

    def lists(self, name: str, of: Callable[[Any], Iterable[int]]) -> Rows:
        """The relation (constraint, name) of a parameter that is a list."""
        return Rows(("constraint", name), tuple((at, item) for at, _, member in self.members for item in of(member)))

    def _parameters(self, parameters: Mapping[str, Callable[[Any], int]]) -> Rows:
        names = ("shape", "constraint", *parameters)
        rows = []
        for at, shape, member in self.members:
            row = (self.context.shape_number[shape.node], at, *(of(member) for of in parameters.values()))
            rows.append(row if self.form is Form.SELF else (*row, self.context.path_number(shape.path)))
        return Rows(names if self.form is Form.SELF else (*names, "path"), tuple(rows))


def focus_table(level: int) -> Table:
    """The pairs of shape and focus node of a level, with their weights."""
    return table(f"focus_{level}", shape="shape", focus="focus", weight="weight")


def _results(relation: Relation, value: str | None = "value", path: str | None = None) -> Relation:
    return keep(relation, "constraint", "focus", value=value, path=path, weight="weight")


def _per_focus(relation: Relation, *more: str) -> tuple[str, ...]:
    """The columns that tell focus nodes of a constraint apart."""
    return ("constraint", "focus", "weight", *more)


# --- the components -------------------------------------------------------------------------

_Component = Callable[["Group"], Relation]
COMPONENTS: dict[type, _Component] = {}
"""For each class of constraint what gives the results of a group, with the columns of `RESULT`."""


def _component(*kinds: type) -> Callable[[_Component], _Component]:
    def register(function: _Component) -> _Component:
        COMPONENTS.update(dict.fromkeys(kinds, function))
        return function

    return register


@_component(c.Class)
def _class(group: Group) -> Relation:
    """Section 4.1.1: a result for each value that is no instance of the class."""
    number = group.context.number
    values = group.values(**{"class": lambda member: number[member.cls]})
    return _results(Anti(values, Table("instance", (("class", "class"), ("value", "node")))))


@_component(c.NodeKind)
def _node_kind(group: Group) -> Relation:
    """Section 4.1.3: a result for each value of another kind."""
    values = Join(group.values(), table("term", value="id", kind="kind"))
    return _results(Anti(values, group.lists("kind", lambda member: _KINDS[member.kind.value.removeprefix(SH)])))


_KINDS = {
    "IRI": (IRI,),
    "BlankNode": (BLANK_NODE,),
    "Literal": (LITERAL,),
    "BlankNodeOrIRI": (BLANK_NODE, IRI),
    "BlankNodeOrLiteral": (BLANK_NODE, LITERAL),
    "IRIOrLiteral": (IRI, LITERAL),
}


def _count(member: Any) -> int:
    """The number that a constraint names; the tables hold no larger one, and no node has so many values."""
    return min(int(member.count), 2**31 - 1)


@_component(c.MinCount)
def _min_count(group: Group) -> Relation:
    """Section 4.2.1: a result for each focus node with fewer values."""
    once, often = group.part(lambda member: member.count == 1), group.part(lambda member: member.count > 1)
    minimum = {"minimum": _count}
    values = often.values(**minimum)
    enough = Where(Count(values, ("constraint", "focus", "minimum"), "found"), "found", ">=", "minimum")
    wanting = (
        Anti(once.focus_nodes(), once.ends()),
        Anti(often.focus_nodes(), keep(enough, "constraint", "focus")),
    )
    return _results(Union(wanting), None)


@_component(c.MaxCount)
def _max_count(group: Group) -> Relation:
    """Section 4.2.2: a result for each focus node with more values."""
    values = group.values(maximum=_count)
    counted = Count(values, _per_focus(values, "maximum"), "found")
    return _results(Where(counted, "found", ">", "maximum"), None)


@_component(
    c.Datatype,
    c.MinExclusive,
    c.MinInclusive,
    c.MaxExclusive,
    c.MaxInclusive,
    c.MinLength,
    c.MaxLength,
    c.Pattern,
    c.LanguageIn,
)
def _decided(group: Group) -> Relation:
    """Sections 4.1.2, 4.3 and 4.4.1 to 4.4.4: what is decided by looking at one value alone."""
    values = group.values(test=group.context.test_number)
    group.context.steps.append(Decide(Distinct(keep(values, "test", "value"))))
    return _results(Semi(values, table("failed", test="test", value="value")))


@_component(c.UniqueLang)
def _unique_lang(group: Group) -> Relation:
    """Section 4.4.5: a result for each language that more than one value of a focus node has."""
    values = group.values()
    group.context.steps.append(Tongue(Distinct(keep(values, "value"))))
    spoken = Join(values, table("tongue", value="value", language="language"))
    return _results(Where(Count(spoken, _per_focus(spoken, "language"), "found"), "found", ">", 1), None)


def _others(group: Group) -> Relation:
    """The values of the other property that a property pair constraint (section 4.5) names."""
    focus = group.focus_nodes(predicate=_predicate(group))
    return Join(focus, table("triple", predicate="p", focus="s", value="o"))


def _predicate(group: Group) -> Callable[[Any], int]:
    number = group.context.number
    return lambda member: number[member.predicate]


@_component(c.Equals)
def _equals(group: Group) -> Relation:
    """Section 4.5.1: a result for each term that only one of the two sets of values has."""
    own, other = (keep(r, *_per_focus(r, "value")) for r in (group.values(), _others(group)))
    return Union((_results(Anti(own, other)), _results(Anti(other, own))))


@_component(c.Disjoint)
def _disjoint(group: Group) -> Relation:
    """Section 4.5.2: a result for each term that both sets of values have."""
    values = group.values(predicate=_predicate(group))
    return _results(Semi(values, table("triple", predicate="p", focus="s", value="o")))


@_component(c.LessThan, c.LessThanOrEquals)
def _less_than(group: Group) -> Relation:
    """Sections 4.5.3 and 4.5.4: a result for each pair of values that is not so ordered, or not comparable."""
    operator = "<" if isinstance(group.members[0][2], c.LessThan) else "<="
    values = group.values(predicate=_predicate(group))
    pairs = Join(values, table("triple", predicate="p", focus="s", other="o"))
    both = (keep(pairs, "value"), keep(pairs, value="other"))
    group.context.steps.append(Rank(Distinct(Union(both))))
    placed = Join(pairs, table("ranked", value="value", ordering="ordering", rank="rank"))
    placed = Join(placed, table("ranked", other="value", ordering="ordering", other_rank="rank"))
    ordered = Where(placed, "rank", operator, "other_rank")
    return _results(Anti(pairs, keep(ordered, "constraint", "focus", "value", "other")))


@_component(c.Not)
def _not(group: Group) -> Relation:
    """Section 4.6.1: a result for each value that conforms to the shape."""
    return _results(Anti(group.values(inner=group.context.inner), failing("inner", "value")))


@_component(c.And)
def _and(group: Group) -> Relation:
    """Section 4.6.2: a result for each value that fails one of the shapes."""
    return _results(Semi(group.values(), Join(_inner_shapes(group), failing("inner", "value"))))


@_component(c.Or)
def _or(group: Group) -> Relation:
    """Section 4.6.3: a result for each value that fails all of the shapes."""
    values = group.values(size=lambda member: len(member.shapes))
    failures = Join(Join(values, _inner_shapes(group)), failing("inner", "value"))
    counted = Count(failures, _per_focus(failures, "value", "size"), "found")
    return Union(
        (
            _results(Where(counted, "found", "=", "size")),
            _results(Where(values, "size", "=", 0)),
        )
    )


@_component(c.Xone)
def _xone(group: Group) -> Relation:
    """Section 4.6.4: a result for each value that conforms to none of the shapes, or to more than one."""
    values = group.values()
    conforming = Anti(Join(values, _inner_shapes(group)), failing("inner", "value"))
    counted = Count(conforming, ("constraint", "focus", "value"), "found")
    return _results(Anti(values, keep(Where(counted, "found", "=", 1), "constraint", "focus", "value")))


def _inner_shapes(group: Group) -> Rows:
    """The relation (constraint, inner); a shape that a list names twice is there twice."""
    number = group.context.shape_number
    return group.lists("inner", lambda member: (number[inner] for inner in member.shapes))


@_component(c.Node)
def _node(group: Group) -> Relation:
    """Section 4.7.1: a result for each value that fails the shape."""
    return _results(Semi(group.values(inner=group.context.inner), failing("inner", "value")))


@_component(c.QualifiedMinCount)
def _qualified_min_count(group: Group) -> Relation:
    """Section 4.7.3: a result for each focus node with fewer values that qualify."""
    minimum = {"limit": _count}
    enough = Where(_qualified(group), "found", ">=", "limit")
    wanting = Where(group.focus_nodes(**minimum), "limit", ">", 0)
    return _results(Anti(wanting, keep(enough, "constraint", "focus")), None)


@_component(c.QualifiedMaxCount)
def _qualified_max_count(group: Group) -> Relation:
    """Section 4.7.3: a result for each focus node with more values that qualify."""
    return _results(Where(_qualified(group), "found", ">", "limit"), None)


def _qualified(group: Group) -> Relation:
    """For each focus node how many of its values conform to the shape and to none of the sibling shapes."""
    number = group.context.shape_number
    values = group.values(inner=group.context.inner, limit=_count)
    qualified: Relation = Anti(values, failing("inner", "value"))
    siblings = group.lists("sibling", lambda member: (number[sibling] for sibling in member.siblings))
    if siblings.rows:
        elsewhere = Anti(Join(group.values(), siblings), failing("sibling", "value"))
        qualified = Anti(qualified, keep(elsewhere, "constraint", "focus", "value"))
    return Count(qualified, _per_focus(qualified, "limit"), "found")


@_component(c.Closed)
def _closed(group: Group) -> Relation:
    """Section 4.8.1: a result for each statement about a value whose predicate is not allowed, with its object."""
    number = group.context.number
    values = group.values()
    statements = Join(keep(values, *_per_focus(values, "value")), table("triple", value="s", predicate="p", object="o"))
    allowed = group.lists("predicate", lambda member: (number[predicate] for predicate in member.allowed))
    return _results(Anti(statements, allowed), "object", "predicate")


@_component(c.HasValue)
def _has_value(group: Group) -> Relation:
    """Section 4.8.2: a result for each focus node that does not have the value."""
    number = group.context.number
    having = Semi(group.values(), group.lists("value", lambda member: (number[member.value],)))
    return _results(Anti(group.focus_nodes(), keep(having, "constraint", "focus")), None)


@_component(c.In)
def _in(group: Group) -> Relation:
    """Section 4.8.3: a result for each value that is not in the list."""
    number = group.context.number
    return _results(Anti(group.values(), group.lists("value", lambda member: (number[term] for term in member.values))))
