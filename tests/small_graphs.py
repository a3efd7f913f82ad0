"""Small graphs for tests: made of a Turtle text, loaded, closed and derived like any project."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pyoxigraph import Triple

from sharewell.graph.store import MergedGraph
from sharewell.graph.terms import compact
from sharewell.vocabulary import PREFIXES

FIXTURE = "https://w3id.org/sharewell/fixture/"
AS_OF = "2026-11-22"
TURTLE_PREFIXES = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in {**PREFIXES, "fix": FIXTURE}.items())

GraphOf = Callable[..., MergedGraph]
"""From Turtle (prefixes known, `fix:` for the fixture's own nodes) to the derived graph."""


def lines(triples: Iterable[Triple]) -> list[str]:
    """Statements as sorted lines of prefixed names."""
    prefixes = {**PREFIXES, "fix": FIXTURE}
    return sorted(" ".join(compact(term, prefixes) for term in (t.subject, t.predicate, t.object)) for t in triples)
