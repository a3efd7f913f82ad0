"""What a shape asks of a value, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pyoxigraph import Literal

from sharewell.graph.terms import Term
from sharewell.validation import constraints as c
from sharewell.validation.constraints import Constraint
from sharewell.validation.paths import Path, PredicatePath, path_text
from sharewell.validation.shapes import Shape, Shapes
from sharewell.vocabulary import RDF, SH, XSD

Label = Callable[[Term], str]
"""The words for a node."""

ANY_VALUE = "a value"
_DATATYPES = {
    XSD + "string": "a text",
    RDF + "langString": "a text with its language",
    XSD + "boolean": "true or false",
    XSD + "integer": "a whole number",
    XSD + "nonNegativeInteger": "a whole number that is not negative",
    XSD + "positiveInteger": "a whole number greater than zero",
    XSD + "decimal": "a number",
    XSD + "double": "a number",
    XSD + "float": "a number",
    XSD + "date": "a date",
    XSD + "dateTime": "a date and time",
    XSD + "time": "a time of day",
    XSD + "gYear": "a year",
    XSD + "gYearMonth": "a year and month",
    XSD + "duration": "a length of time",
    XSD + "anyURI": "a web address",
}
_NODE_KINDS = {
    SH + "IRI": "a node with an IRI",
    SH + "BlankNode": "a node without an IRI",
    SH + "Literal": "a literal value",
    SH + "BlankNodeOrIRI": "a node",
    SH + "BlankNodeOrLiteral": "a literal value or a node without an IRI",
    SH + "IRIOrLiteral": "a node with an IRI or a literal value",
}


class Wording:
    """The words for the shapes of a shapes graph; `label` gives those for a node."""

    def __init__(self, shapes: Shapes, label: Label) -> None:
        self._shapes = shapes
        self.label = label

    def of_value(self, asked: Iterable[Constraint]) -> str:
        """What constraints ask of a value: "an Institution with start (a date)"."""
        nouns: list[str] = []
        additions: list[str] = []
        kinds: list[str] = []
        for constraint in asked:
            noun, addition = self._noun(constraint), self._addition(constraint)
            nouns += [noun] if noun and noun not in nouns else []
            additions += [addition] if addition and addition not in additions else []
            kinds += [_NODE_KINDS[constraint.kind.value]] if isinstance(constraint, c.NodeKind) else []
        what = ", also ".join(nouns) or (kinds[0] if kinds else ANY_VALUE)
        return " ".join((what, *additions))

    def of_each(self, shape: Shape) -> Iterator[Constraint]:
        """What a shape asks of each value node: what `sh:node` and `sh:and` refer to is gathered."""
        for constraint in () if shape.deactivated else shape.constraints:
            match constraint:
                case c.Node(inner):
                    yield from self.of_node(self._shapes[inner])
                case c.And(members):
                    for inner in members:
                        yield from self.of_node(self._shapes[inner])
                case c.HasValue() if shape.path is not None:
                    continue
                case _:
                    yield constraint

    def of_node(self, shape: Shape) -> Iterator[Constraint]:
        """What a shape asks of a node that is to conform to it."""
        if shape.path is None:
            yield from self.of_each(shape)
        else:
            yield c.Property(shape.node)

    def name_of(self, shape: Shape) -> str | None:
        """The `sh:name` of a shape, English or without a language before any other."""
        ranked = sorted(shape.names, key=lambda n: ({"en": 0, None: 1}.get(n.language, 2), n.value))
        return ranked[0].value if ranked else None

    def of_path(self, path: Path) -> str:
        """The words for a path: a label where it is a predicate."""
        return self.label(path.iri) if isinstance(path, PredicatePath) else path_text(path)

    def _noun(self, constraint: Constraint) -> str | None:
        match constraint:
            case c.Class(cls):
                return with_article(self.label(cls))
            case c.Datatype(datatype):
                return _DATATYPES.get(datatype.value) or f"a value of type {self.label(datatype)}"
            case c.In((only,)):
                return self.label(only)
            case c.In(values):
                return "one of " + ", ".join(self.label(value) for value in values)
            case c.HasValue(value):
                return self.label(value)
            case c.Or(shapes) | c.Xone(shapes):
                words = [self._alone(self._shapes[inner]) for inner in shapes]
                return " or ".join(dict.fromkeys(words)) if ANY_VALUE not in words else None
        return None

    def _alone(self, shape: Shape) -> str:
        if shape.path is None:
            return self.of_value(self.of_each(shape))
        asked = self._asked(shape)
        return f"something with {asked}" if asked else ANY_VALUE

    def _addition(self, constraint: Constraint) -> str | None:
        match constraint:
            case c.Property(inner):
                asked = self._asked(self._shapes[inner])
                return f"with {asked}" if asked else None
            case c.Pattern(pattern):
                return f"that matches {pattern}"
            case c.LanguageIn(ranges):
                return "in the language " + " or ".join(ranges)
            case c.MinLength(length):
                return f"of {length} characters or more"
            case c.MaxLength(length):
                return f"of {length} characters or fewer"
        return _limit(constraint)

    def _asked(self, shape: Shape) -> str | None:
        """What a property shape wants to be there, in words; None where it wants nothing."""
        if shape.path is None or shape.deactivated or not any(wants(constraint) for constraint in shape.constraints):
            return None
        name = self.name_of(shape) or self.of_path(shape.path)
        words = [self.label(k.value) for k in shape.constraints if isinstance(k, c.HasValue)]
        words = words or [self.of_value(self.of_each(shape))]
        return name if words == [ANY_VALUE] else f"{name} ({', '.join(words)})"


def wants(constraint: Constraint) -> bool:
    """Whether a constraint of a property shape wants a value to be there."""
    match constraint:
        case c.MinCount(count) | c.QualifiedMinCount(_, count, _):
            return count > 0
        case c.HasValue():
            return True
    return False


def _limit(constraint: Constraint) -> str | None:
    words = {
        c.MinExclusive: "greater than",
        c.MinInclusive: "of at least",
        c.MaxExclusive: "less than",
        c.MaxInclusive: "of at most",
    }.get(type(constraint))
    limit = getattr(constraint, "limit", None)
    return f"{words} {limit.value}" if words and isinstance(limit, Literal) else None


def with_article(noun: str) -> str:
    """A noun with the indefinite article of English."""
    first = noun[:1].lower()
    vowel = first in "aeio" or (first == "u" and not noun.lower().startswith(("uni", "us", "eu")))
    return f"{'an' if vowel else 'a'} {noun}"
