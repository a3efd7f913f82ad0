"""All statements of a remote endpoint as one source: in one answer where it gives them so, else in ordered pages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, QueryBoolean, RdfFormat, Triple, parse

from sharewell.errors import InputError
from sharewell.graph.endpoint import Endpoint
from sharewell.graph.source import Source, stated
from sharewell.graph.store import ontology_files
from sharewell.vocabulary import AS_OF, THIS_RECORD

MOST_TRIPLES = 1_000_000
"""Statements that are fetched at the most, unless more are allowed."""
_PAGE = 10_000
_ALL = "?s ?p ?o"
_BLANK = "FILTER(isBlank(?s) || isBlank(?o))"
_SORTED = f"SELECT DISTINCT {_ALL} WHERE {{ {_ALL} FILTER(!isBlank(?s) && !isBlank(?o)) }} ORDER BY {_ALL}"

_MOST_DIGITS = 18
"""Digits of a number of statements at the most: Python refuses to read thousands of them."""

# What a blank node is, told without its name: a digest of what is said about it.
_Described = object


def fetch(endpoint: Endpoint, as_of: str, rules: Iterable[Quad], most: int, on_step: Callable[[str], None]) -> Source:
    """The statements of the endpoint's graph, sorted, without those of our own ontology and of the rules given.

    The place of each is the graph's IRI, or the endpoint's. Raises InputError where there are none or more than `most`,
    where the graph is a merged one as of another day than `as_of` (what was derived then may not hold), where blank
    nodes would have to be told apart over several answers, and for any failure of the endpoint.
    """
    count = _count(endpoint)
    if count == 0:
        raise InputError(f"{endpoint.where} holds no statements{'' if endpoint.graph else ': is a --graph meant?'}")
    if count > most:
        raise InputError(
            f"{endpoint.where} holds {count:,} statements, and at the most {most:,} are fetched: allow more with "
            "--max-triples, or have the merged graph loaded there"
        )
    found = _whole(endpoint, count, on_step) or _paged(endpoint, count, on_step)
    _require_same_day(endpoint, found, as_of)
    own = [quad.triple for path in ontology_files() for quad in parse(path=str(path), format=RdfFormat.TURTLE)]
    recorded = list(_without(found, [*own, *(quad.triple for quad in rules)]))
    for triple in recorded:
        if isinstance(triple.subject, Triple) or isinstance(triple.object, Triple):
            raise InputError(f"the statement {triple} is more than RDF 1.1 (what RDF 1.2 adds to it is not read)")
    return stated(endpoint.where, recorded)


def _count(endpoint: Endpoint, condition: str = "") -> int:
    result = endpoint.select(
        f"SELECT (COUNT(*) AS ?n) WHERE {{ {{ SELECT DISTINCT {_ALL} WHERE {{ {_ALL} {condition} }} }} }}"
    )
    if not isinstance(result, QueryBoolean):
        for solution in result:
            number = solution[0] if len(result.variables) == 1 else None
            if isinstance(number, Literal) and number.value.isdecimal() and len(number.value) <= _MOST_DIGITS:
                return int(number.value)
    raise InputError(f"the endpoint {endpoint.url} does not say how many statements it holds")


def _whole(endpoint: Endpoint, count: int, on_step: Callable[[str], None]) -> set[Triple]:
    """All statements in one answer; none where the endpoint does not give so many at once."""
    on_step(f"fetching {count:,} statements")
    try:
        found = _triples(endpoint, f"CONSTRUCT {{ {_ALL} }} WHERE {{ {_ALL} }}")
    except InputError:
        if count <= _PAGE:
            raise
        return set()
    return found if len(found) == count else set()


def _paged(endpoint: Endpoint, count: int, on_step: Callable[[str], None]) -> set[Triple]:
    """The statements without blank nodes in pages, and those with blank nodes, which have to come in one answer."""
    blank = _count(endpoint, _BLANK)
    found: set[Triple] = set()
    if blank:
        with suppress(InputError):  # said below
            found = _triples(endpoint, f"CONSTRUCT {{ {_ALL} }} WHERE {{ {_ALL} {_BLANK} }}")
    if len(found) != blank:
        raise InputError(
            f"{endpoint.where} does not give its {blank:,} statements with blank nodes in one answer, and their names "
            "hold within one answer only: they cannot be put together"
        )
    for page in _pages(endpoint, count - blank, on_step):
        found |= page
    if len(found) != count:
        raise InputError(
            f"{endpoint.where} gave {len(found):,} of its {count:,} statements: it changed meanwhile, or cuts answers "
            "short without saying so"
        )
    return found


def _pages(endpoint: Endpoint, count: int, on_step: Callable[[str], None]) -> Iterator[set[Triple]]:
    outer = endpoint.known_profile().outer_slice
    offset = 0
    while offset < count:
        on_step(f"fetching statements: {offset:,} of {count:,}")
        part = f"LIMIT {_PAGE} OFFSET {offset}"
        rows = f"SELECT {_ALL} WHERE {{ {{ {_SORTED} }} }} {part}" if outer else f"{_SORTED} {part}"
        page = _triples(endpoint, f"CONSTRUCT {{ {_ALL} }} WHERE {{ {{ {rows} }} }}")
        if not page:
            return
        yield page
        offset += len(page)  # an endpoint may give less at once than it was asked for


def _triples(endpoint: Endpoint, text: str) -> set[Triple]:
    try:
        # N-Triples is Turtle too, so one parser reads whichever of the two the endpoint chose.
        return {quad.triple for quad in parse(endpoint.construct(text), format=RdfFormat.TURTLE)}
    except SyntaxError as error:
        raise InputError(f"the endpoint {endpoint.url} did not answer with triples: {error}") from None


def _require_same_day(endpoint: Endpoint, found: Iterable[Triple], as_of: str) -> None:
    days = {t.object.value for t in found if _is_date_of_record(t) and isinstance(t.object, Literal)}
    if days - {as_of}:
        day = min(days - {as_of})
        raise InputError(f"{endpoint.where} holds the merged graph as of {day}, not {as_of}: ask with --as-of {day}")


def _without(found: Iterable[Triple], own: Iterable[Triple]) -> Iterator[Triple]:
    """What is left without our own statements and the as-of date, which are loaded with every graph anyway."""
    found = list(found)
    known = set(_described(own))
    for triple, described in zip(found, _described(found), strict=True):
        if described not in known and not _is_date_of_record(triple):
            yield triple


def _is_date_of_record(triple: Triple) -> bool:
    return triple.subject == THIS_RECORD and triple.predicate == AS_OF


def _described(triples: Iterable[Triple]) -> Iterator[tuple[_Described, NamedNode, _Described]]:
    """Each statement with its blank nodes told by what is said about them, so that their names do not matter."""
    triples = list(triples)
    about: dict[BlankNode, list[Triple]] = {}
    for triple in triples:
        if isinstance(triple.subject, BlankNode):
            about.setdefault(triple.subject, []).append(triple)
    known: dict[BlankNode, str] = {}
    for node in about:
        _describe(node, about, known)
    nothing = _digest(())

    def described(term: object) -> _Described:
        return known.get(term, nothing) if isinstance(term, BlankNode) else term

    for triple in triples:
        yield described(triple.subject), triple.predicate, described(triple.object)


def _describe(first: BlankNode, about: Mapping[BlankNode, list[Triple]], known: dict[BlankNode, str]) -> None:
    """Add the description of a node, after those of all that it leads to; without recursion, for long chains."""
    nothing = _digest(())
    path: set[BlankNode] = set()
    waiting = [first]
    while waiting:
        node = waiting[-1]
        if node in known:  # it was reached on another way meanwhile
            waiting.pop()
            continue
        said = about[node]
        further = [t.object for t in said if isinstance(t.object, BlankNode) and t.object in about]
        if node not in path:
            path.add(node)
            waiting += [other for other in further if other not in known and other not in path]
        else:
            words = {other: known.get(other, "a circle") for other in further}
            known[node] = _digest(
                f"{t.predicate} {words.get(t.object, nothing) if isinstance(t.object, BlankNode) else t.object}"
                for t in said
            )
            path.remove(node)
            waiting.pop()


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(set(lines))).encode()).hexdigest()
