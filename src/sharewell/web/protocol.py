"""SPARQL 1.1 Protocol for queries (W3C Recommendation, section 2.1): what is asked, and how it is answered."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl
from xml.parsers import expat

from pyoxigraph import Literal, NamedNode, QueryResultsFormat, RdfFormat, Triple, serialize

from sharewell.graph.sparql import guard
from sharewell.graph.terms import date_literal
from sharewell.questions import Answer, query_form
from sharewell.vocabulary import AS_OF, DCTERMS, PREFIXES, RDF_TYPE, THIS_RECORD

REQUEST_LIMIT: Final = 2**20
"""Bytes of a request's content at the most."""
ADDRESS_LIMIT: Final = 32 * 1024
"""Bytes of a query in an address at the most; a longer one is to be posted."""

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"

RESULTS: Final = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "application/xml": QueryResultsFormat.XML,
    "text/csv": QueryResultsFormat.CSV,
    "text/tab-separated-values": QueryResultsFormat.TSV,
}
"""The media types of rows, and of yes or no, the one given to those who name none first."""
GRAPHS: Final = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/rdf+xml": RdfFormat.RDF_XML,
}
"""The media types of triples, the one given to those who name none first."""

_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_WEIGHT = re.compile(r"\s*[qQ]\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*\Z")
_ELSEWHERE = frozenset({"default-graph-uri", "named-graph-uri"})


class Refusal(Exception):
    """A request that cannot be answered: the HTTP status, and one line that says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def decode(data: bytes, what: str) -> str:
    """Text that was sent in UTF-8. Raises Refusal 400 where it is not."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(400, f"{what} is not UTF-8 (byte {error.start})") from None


def parameters(encoded: bytes) -> list[tuple[str, str]]:
    """The parameters of an address or a form, in their order. Raises Refusal 400 for what is not UTF-8."""
    try:
        return parse_qsl(encoded.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=1000)
    except UnicodeDecodeError:
        raise Refusal(400, "the parameters are not percent-encoded UTF-8") from None
    except ValueError as error:
        raise Refusal(400, f"the parameters cannot be read: {error}") from None


def the_query(found: Sequence[tuple[str, str]], direct: str | None = None) -> str:
    """The one query among the parameters, or the one sent directly.

    Raises Refusal for an update, for none or more than one, and for a data set of the caller's own.
    """
    names = {name for name, _ in found}
    if "update" in names:
        raise Refusal(403, "this endpoint only reads: updates are refused")
    if names & _ELSEWHERE:
        name = min(names & _ELSEWHERE)
        raise Refusal(400, f"{name}: this endpoint has one graph, the default graph; leave the parameter out")
    queries = [value for name, value in found if name == "query"] + ([] if direct is None else [direct])
    if len(queries) != 1:
        raise Refusal(400, "give one query" if not queries else "more than one query is given: give one")
    return queries[0]


def check(text: str, prefixes: Mapping[str, str], accept: str | None) -> str:
    """The media type in which a query will be answered.

    The data set is the merged graph: FROM would silently ask an empty one. All else that a query may not hold is
    refused where it is run. Raises InputError for FROM, and Refusal for a media type that will not do.
    """
    guard(text, {"FROM"}, prefixes)
    form = query_form(text)
    return choose(accept, GRAPHS if form in {"CONSTRUCT", "DESCRIBE"} else RESULTS)


def choose(accept: str | None, offered: Collection[str]) -> str:
    """The media type liked best among those offered (RFC 9110, section 12.5.1), the first for those who do not say.

    Raises Refusal 406 where none is acceptable.
    """
    if accept is None or not accept.strip():
        return next(iter(offered))
    ranges = _ranges(accept)
    weights = {media: _weight(media, ranges) for media in offered}
    best = max(offered, key=lambda media: weights[media])  # the first of those liked alike
    if weights[best] == 0:
        raise Refusal(406, f"this is answered as {', '.join(offered)}")
    return best


def _ranges(accept: str) -> dict[str, float]:
    ranges = {}
    for entry in accept.split(","):
        media, *rest = entry.split(";")
        weights = [float(found[1]) for part in rest if (found := _WEIGHT.match(part))]
        ranges[media.strip().lower()] = weights[0] if weights else 1.0
    return ranges


def _weight(media: str, ranges: Mapping[str, float]) -> float:
    """The weight of the most specific range that a media type falls in."""
    candidates = (media, f"{media.split('/')[0]}/*", "*/*")
    return next((ranges[candidate] for candidate in candidates if candidate in ranges), 0.0)


def write(answer: Answer, media: str) -> bytes:
    """An answer in one of the media types for its kind. Raises Refusal 406 for one that XML cannot hold."""
    if answer.triples is None:
        content = answer.as_results(RESULTS[media]).encode()
        return _well_formed(content) if RESULTS[media] == QueryResultsFormat.XML else content
    return _serialized(answer.triples, media)


def service_description(address: str, name: str, as_of: str, media: str) -> bytes:
    """What the endpoint is and holds (SPARQL 1.1 Service Description), the as-of date of its graph included.

    `address` is the endpoint's own. Raises Refusal 400 where the address that the caller used is no IRI.
    """
    try:
        service, data, graph = (NamedNode(address + part) for part in ("", "#dataset", "#graph"))
    except ValueError:
        raise Refusal(400, "the address that was asked is not an IRI") from None
    forms = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
    graphs = ("Turtle", "N-Triples", "JSON-LD", "RDF_XML")
    title = NamedNode(DCTERMS + "title")
    triples = [
        Triple(service, RDF_TYPE, _sd("Service")),
        Triple(service, _sd("endpoint"), service),
        Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query")),
        *(Triple(service, _sd("resultFormat"), NamedNode(_FORMATS + form)) for form in (*forms, *graphs)),
        Triple(service, _sd("defaultDataset"), data),
        Triple(data, RDF_TYPE, _sd("Dataset")),
        Triple(data, _sd("defaultGraph"), graph),
        Triple(graph, RDF_TYPE, _sd("Graph")),
        Triple(graph, title, Literal(name)),
        Triple(graph, AS_OF, date_literal(as_of)),
        Triple(THIS_RECORD, AS_OF, date_literal(as_of)),
    ]
    return _serialized(triples, media)


def _sd(name: str) -> NamedNode:
    return NamedNode(_SD + name)


def _serialized(triples: Sequence[Triple], media: str) -> bytes:
    form = GRAPHS[media]
    known = None if form == RdfFormat.N_TRIPLES else {**PREFIXES, "sd": _SD}
    content = serialize(triples, format=form, prefixes=known) or b""
    return _well_formed(content) if form == RdfFormat.RDF_XML else content


def _well_formed(content: bytes) -> bytes:
    """XML as it is, once it was seen to be that: some control characters and predicates have no place in it."""
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(content, True)
    except expat.ExpatError:
        raise Refusal(406, "this answer cannot be written in XML: ask for another format") from None
    return content
