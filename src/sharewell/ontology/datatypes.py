"""The datatypes that OWL 2 reasoners know, and how the others are kept from them.

Legal dates are `xsd:date` (or `xsd:gYear`, `xsd:gYearMonth`) without a zone, and these are not in the OWL 2 datatype
map: HermiT stops at the first one, and the profile forbids them. They may therefore stand in the data, where
statements with them are left out of what a reasoner reads, but in no axiom.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from sharewell.vocabulary import OWL, RDF, RDFS, XSD

_XSD_IN_MAP = (
    "decimal integer nonNegativeInteger nonPositiveInteger positiveInteger negativeInteger long int short byte "
    "unsignedLong unsignedInt unsignedShort unsignedByte double float string normalizedString token language Name "
    "NCName NMTOKEN boolean hexBinary base64Binary anyURI dateTime dateTimeStamp"
)
OWL2_DATATYPES = frozenset(
    {XSD + name for name in _XSD_IN_MAP.split()}
    | {OWL + "real", OWL + "rational", RDFS + "Literal"}
    | {RDF + name for name in ("PlainLiteral", "XMLLiteral", "langString")}
)
"""The datatype map of OWL 2 (Structural Specification, section 4)."""


def is_foreign(datatype: str) -> bool:
    """Whether an IRI is a built-in datatype that OWL 2 reasoners do not know."""
    return datatype.startswith(XSD) and datatype not in OWL2_DATATYPES


def in_axiom(triple: Triple) -> str | None:
    """The datatype unknown to OWL 2 that an axiom names or uses a value of; None for any other statement."""
    value = triple.object
    if isinstance(value, NamedNode):
        return value.value if is_foreign(value.value) and not _annotates(triple) else None
    if isinstance(value, Literal) and is_foreign(value.datatype.value) and _part_of_axiom(triple):
        return value.datatype.value
    return None


def readable(triples: Iterable[Triple]) -> Iterator[Triple]:
    """The statements that a reasoner can read: those without a value of a datatype that it does not know."""
    for triple in triples:
        value = triple.object
        if not (isinstance(value, Literal) and is_foreign(value.datatype.value)) or _part_of_axiom(triple):
            yield triple


def _part_of_axiom(triple: Triple) -> bool:
    """Whether a value belongs to a class expression, data range or list, rather than to a term."""
    return isinstance(triple.subject, BlankNode) or triple.predicate.value.startswith(OWL + "has")


def _annotates(triple: Triple) -> bool:
    """Whether an IRI is only mentioned, as the value of a property that makes no axiom."""
    return not triple.predicate.value.startswith((OWL, RDFS + "range", RDF))
