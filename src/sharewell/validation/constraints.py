"""The constraints of SHACL Core (SHACL section 4) as plain data, one class for each constraint component.

A constraint names other shapes by their nodes; `sharewell.validation.shapes.Shapes` has the shapes themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyoxigraph import Literal, NamedNode

from sharewell.graph.terms import Term
from sharewell.vocabulary import SH


def _component(name: str) -> str:
    return f"{SH}{name}ConstraintComponent"


@dataclass(frozen=True, slots=True)
class Class:
    """Each value is a SHACL instance of a class (section 4.1.1)."""

    component: ClassVar[str] = _component("Class")
    cls: NamedNode


@dataclass(frozen=True, slots=True)
class Datatype:
    """Each value is a literal of a datatype, well formed (section 4.1.2)."""

    component: ClassVar[str] = _component("Datatype")
    datatype: NamedNode


@dataclass(frozen=True, slots=True)
class NodeKind:
    """Each value is of a kind, `sh:IRI` and so on (section 4.1.3)."""

    component: ClassVar[str] = _component("NodeKind")
    kind: NamedNode


@dataclass(frozen=True, slots=True)
class MinCount:
    """There are so many values or more (section 4.2.1)."""

    component: ClassVar[str] = _component("MinCount")
    count: int


@dataclass(frozen=True, slots=True)
class MaxCount:
    """There are so many values or fewer (section 4.2.2)."""

    component: ClassVar[str] = _component("MaxCount")
    count: int


@dataclass(frozen=True, slots=True)
class MinExclusive:
    """Each value is greater (section 4.3.1)."""

    component: ClassVar[str] = _component("MinExclusive")
    limit: Literal


@dataclass(frozen=True, slots=True)
class MinInclusive:
    """Each value is greater or equal (section 4.3.2)."""

    component: ClassVar[str] = _component("MinInclusive")
    limit: Literal


@dataclass(frozen=True, slots=True)
class MaxExclusive:
    """Each value is less (section 4.3.3)."""

    component: ClassVar[str] = _component("MaxExclusive")
    limit: Literal


@dataclass(frozen=True, slots=True)
class MaxInclusive:
    """Each value is less or equal (section 4.3.4)."""

    component: ClassVar[str] = _component("MaxInclusive")
    limit: Literal


@dataclass(frozen=True, slots=True)
class MinLength:
    """Each value has so many characters or more (section 4.4.1)."""

    component: ClassVar[str] = _component("MinLength")
    length: int


@dataclass(frozen=True, slots=True)
class MaxLength:
    """Each value has so many characters or fewer (section 4.4.2)."""

    component: ClassVar[str] = _component("MaxLength")
    length: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """Each value matches a regular expression somewhere in its text (section 4.4.3)."""

    component: ClassVar[str] = _component("Pattern")
    pattern: str
    flags: str


@dataclass(frozen=True, slots=True)
class LanguageIn:
    """Each value has a language tag that one of the basic ranges covers (section 4.4.4)."""

    component: ClassVar[str] = _component("LanguageIn")
    ranges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UniqueLang:
    """No two values have the same language tag (section 4.4.5)."""

    component: ClassVar[str] = _component("UniqueLang")


@dataclass(frozen=True, slots=True)
class Equals:
    """The values are those of another property of the focus node (section 4.5.1)."""

    component: ClassVar[str] = _component("Equals")
    predicate: NamedNode


@dataclass(frozen=True, slots=True)
class Disjoint:
    """No value is one of another property of the focus node (section 4.5.2)."""

    component: ClassVar[str] = _component("Disjoint")
    predicate: NamedNode


@dataclass(frozen=True, slots=True)
class LessThan:
    """Each value is less than each of another property of the focus node (section 4.5.3)."""

    component: ClassVar[str] = _component("LessThan")
    predicate: NamedNode


@dataclass(frozen=True, slots=True)
class LessThanOrEquals:
    """Each value is less than or equal to each of another property of the focus node (section 4.5.4)."""

    component: ClassVar[str] = _component("LessThanOrEquals")
    predicate: NamedNode


@dataclass(frozen=True, slots=True)
class Not:
    """No value conforms to a shape (section 4.6.1)."""

    component: ClassVar[str] = _component("Not")
    shape: Term


@dataclass(frozen=True, slots=True)
class And:
    """Each value conforms to all shapes (section 4.6.2)."""

    component: ClassVar[str] = _component("And")
    shapes: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Each value conforms to at least one shape (section 4.6.3)."""

    component: ClassVar[str] = _component("Or")
    shapes: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Xone:
    """Each value conforms to exactly one shape (section 4.6.4)."""

    component: ClassVar[str] = _component("Xone")
    shapes: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """Each value conforms to a node shape (section 4.7.1)."""

    component: ClassVar[str] = _component("Node")
    shape: Term


@dataclass(frozen=True, slots=True)
class Property:
    """Each value conforms to a property shape, which reports its own results (section 4.7.2)."""

    component: ClassVar[str] = _component("Property")
    shape: Term


@dataclass(frozen=True, slots=True)
class QualifiedMinCount:
    """So many values or more conform to a shape, and to none of `siblings` (section 4.7.3).

    `siblings` are the sibling shapes; empty where `sh:qualifiedValueShapesDisjoint` is not true.
    """

    component: ClassVar[str] = _component("QualifiedMinCount")
    shape: Term
    count: int
    siblings: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class QualifiedMaxCount:
    """So many values or fewer conform to a shape, and to none of `siblings` (section 4.7.3)."""

    component: ClassVar[str] = _component("QualifiedMaxCount")
    shape: Term
    count: int
    siblings: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """No value has a property other than the `allowed` ones (section 4.8.1).

    `allowed`: the paths of the shape's property shapes that are a predicate, and the ignored properties.
    """

    component: ClassVar[str] = _component("Closed")
    allowed: frozenset[NamedNode]


@dataclass(frozen=True, slots=True)
class HasValue:
    """One of the values is this term (section 4.8.2)."""

    component: ClassVar[str] = _component("HasValue")
    value: Term


@dataclass(frozen=True, slots=True)
class In:
    """Each value is a member of a list (section 4.8.3)."""

    component: ClassVar[str] = _component("In")
    values: tuple[Term, ...]


Constraint = (
    Class | Datatype | NodeKind | MinCount | MaxCount | MinExclusive | MinInclusive | MaxExclusive | MaxInclusive
    | MinLength | MaxLength | Pattern | LanguageIn | UniqueLang | Equals | Disjoint | LessThan | LessThanOrEquals
    | Not | And | Or | Xone | Node | Property | QualifiedMinCount | QualifiedMaxCount | Closed | HasValue | In
)  # fmt: skip


def inner_shapes(constraint: Constraint) -> tuple[Term, ...]:
    """The shapes that a constraint refers to."""
    match constraint:
        case Not(shape) | Node(shape) | Property(shape):
            return (shape,)
        case And(shapes) | Or(shapes) | Xone(shapes):
            return shapes
        case QualifiedMinCount(shape, _, siblings) | QualifiedMaxCount(shape, _, siblings):
            return (shape, *siblings)
        case _:
            return ()
