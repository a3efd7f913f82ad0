"""What a result says where its shape has no message of its own, and which of several messages is taken."""

from __future__ import annotations

from sharewell.validation.shapes import Shape
from sharewell.vocabulary import SH

_WORDS = {
    "Class": "not an instance of the class that is asked for",
    "Datatype": "not a well-formed literal of the datatype that is asked for",
    "NodeKind": "not of the kind of node that is asked for",
    "MinCount": "fewer values than are asked for",
    "MaxCount": "more values than are allowed",
    "MinExclusive": "not greater than the limit, or not comparable with it",
    "MinInclusive": "less than the limit, or not comparable with it",
    "MaxExclusive": "not less than the limit, or not comparable with it",
    "MaxInclusive": "greater than the limit, or not comparable with it",
    "MinLength": "shorter than is asked for",
    "MaxLength": "longer than is allowed",
    "Pattern": "does not match the pattern",
    "LanguageIn": "not in one of the languages that are asked for",
    "UniqueLang": "more than one value in the same language",
    "Equals": "a value of only one of two properties that must have the same values",
    "Disjoint": "a value of both of two properties that may not share one",
    "LessThan": "not less than a value of the other property, or not comparable with it",
    "LessThanOrEquals": "greater than a value of the other property, or not comparable with it",
    "Not": "conforms to a shape that it must not conform to",
    "And": "does not conform to all of the shapes",
    "Or": "conforms to none of the shapes",
    "Xone": "does not conform to exactly one of the shapes",
    "Node": "does not conform to the shape",
    "QualifiedMinCount": "fewer values conform to the shape than are asked for",
    "QualifiedMaxCount": "more values conform to the shape than are allowed",
    "Closed": "a property that the closed shape does not allow",
    "HasValue": "the value that is asked for is missing",
    "In": "not one of the values that are allowed",
}
_DEFAULT = {f"{SH}{name}ConstraintComponent": words for name, words in _WORDS.items()}


def message_of(shape: Shape, component: str) -> str:
    """The message of a result of SHACL Core: the shape's own, in English where there is one, else our words."""
    if shape.messages:
        ranked = sorted(shape.messages, key=lambda m: ({"en": 0, None: 1}.get(m.language, 2), m.value))
        return " ".join(ranked[0].value.split())
    return _DEFAULT.get(component, "")
