"""Shapes of anybody's are held to what they may do before an engine runs their queries."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode

from sharewell.errors import InputError
from sharewell.graph.source import Source
from sharewell.graph.sparql import guard
from sharewell.vocabulary import PREFIXES, SH

_QUERIES = {NamedNode(SH + name) for name in ("select", "ask", "construct", "update")}
_REACHING_OUT = {"SERVICE", "FROM", "LOAD", "INSERT", "DELETE"}
_SH_PREFIX = NamedNode(SH + "prefix")
_SH_NAMESPACE = NamedNode(SH + "namespace")
_PREFIX = re.compile(r"(?:[^\W\d_][\w.-]*)?(?<!\.)\Z")
_NAMESPACE = re.compile(r"[^\x00-\x20<>\"{}|^`\\]*\Z")


def guard_shapes(sources: Iterable[Source]) -> None:
    """Refuse shapes whose queries would reach out: rdflib follows SERVICE and FROM to the network or to a file.

    A prefix declaration is pasted before a query, so it is held to its grammar too. Raises InputError with file and
    line.
    """
    for source in sources:
        prefixes = {q.object.value for q in source.quads if q.predicate == _SH_PREFIX and isinstance(q.object, Literal)}
        for quad in source.quads:
            if not isinstance(quad.object, Literal):
                continue
            text = quad.object.value
            if quad.predicate in _QUERIES:
                guard(text, _REACHING_OUT, {*PREFIXES, *prefixes}, source.path, quad.line or 1, plain=True)
            elif quad.predicate == _SH_PREFIX and not _PREFIX.match(text):
                raise InputError(f"'{text}' is not a prefix", file=source.path, line=quad.line)
            elif quad.predicate == _SH_NAMESPACE and not _NAMESPACE.match(text):
                raise InputError(f"'{text}' is not the IRI of a namespace", file=source.path, line=quad.line)
