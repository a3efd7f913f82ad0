"""JSON-LD and RDF/XML: read whole by pyoxigraph, located by file only, and guarded against what would harm.

Nothing is ever fetched: pyoxigraph (0.5.13) has no loader for remote contexts and none for external entities. Two
things it does not guard against are stopped before it sees the text: JSON nested so deeply that it ends the process,
and XML entities that expand to more than memory holds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any
from xml.parsers import expat

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple, parse

from sharewell.errors import InputError
from sharewell.graph.formats import Format
from sharewell.graph.grammar import LINE_BREAK
from sharewell.graph.syntax import input_error
from sharewell.graph.turtle import LocatedQuad, blank_node_scope

MAX_DEPTH = 128
"""How deeply JSON may be nested; pyoxigraph overflows a stack of 8 MiB at some thousands, and stacks can be smaller."""

MAX_EXPANSION = 16 * 2**20
"""How many characters the entities of an XML document may expand to."""

_NO_BASE = "no-base://here/"
_JSON_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)
_CONTEXT_ELSEWHERE = re.compile(r'"@(?:context|import)"\s*:\s*(?:\[\s*)?"')
_ENTITY = re.compile(r'<!ENTITY(?:\s+([^\s"\'%&;]+)\s+"([^"&%]*)"\s*>)?')
_PROLOG = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)*+", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)(?=[\s/>])[^>]*")
_REFERENCE = re.compile(r"&([^\s;&<#]+);")


def read(text: str, format: Format, base: str | None, file: str) -> list[LocatedQuad]:
    """The statements of a JSON-LD or RDF/XML document, without lines; labels of blank nodes as `turtle.read` has them.

    `base` resolves relative IRIs; without it they are refused. A JSON-LD base direction is left out, as JSON-LD 1.1
    has it (`rdfDirection` null). Raises InputError, with a line where one can be told.
    """
    if format is Format.JSON_LD:
        _guard_json(text, file)
        quads = _parse(text, format, base or _NO_BASE, file)
    else:
        _guard_xml(text, file)
        quads = _parse(text, format, base, file)
    nodes = _Nodes(text, format, file)
    return [
        LocatedQuad(nodes.of(q.subject), q.predicate, nodes.of(q.object), nodes.of(q.graph_name), None, None)
        for q in quads
    ]


class _Nodes:
    """The terms of one document as they are kept: blank nodes labelled in the order in which they are met."""

    def __init__(self, text: str, format: Format, file: str) -> None:
        self._scope = blank_node_scope(text, file)
        self._blank: dict[BlankNode, BlankNode] = {}
        self._format = format
        self._file = file

    def of(self, term: Any) -> Any:
        if isinstance(term, BlankNode):
            return self._blank.setdefault(term, BlankNode(f"{self._scope}--{len(self._blank) + 1}"))
        if isinstance(term, Literal) and term.direction is not None and self._format is Format.JSON_LD:
            return Literal(term.value, language=term.language)
        if isinstance(term, Triple) or (isinstance(term, Literal) and term.direction is not None):
            message = f"not valid {self._format.value} of RDF 1.1 (what RDF 1.2 adds to it is not read)"
            raise InputError(message, self._file)
        if isinstance(term, NamedNode) and term.value.startswith(_NO_BASE):
            relative = term.value.removeprefix(_NO_BASE)
            raise InputError(f"a relative IRI, '{relative}', and no base: write the full IRI or @base", self._file)
        return term


def _parse(text: str, format: Format, base: str | None, file: str) -> Iterable[Quad]:
    try:
        return list(parse(text, format=format.parser, base_iri=base))
    except SyntaxError as error:
        if "LoadDocumentCallback" in error.msg or "remote context" in error.msg:
            found = _CONTEXT_ELSEWHERE.search(text)
            line = _line(text, found.start()) if found else None
            message = "the @context is another document, and nothing is fetched: put the context itself into the file"
            raise InputError(message, file, line) from None
        problem = input_error(error, format, file)
        if format is Format.RDF_XML:
            problem.line, problem.column = _xml_place(text)
        raise problem from None


def _guard_json(text: str, file: str) -> None:
    depth = 0
    for match in _JSON_TOKEN.finditer(text):
        bracket = match[0]
        if bracket in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                message = f"nested more than {MAX_DEPTH} levels deep"
                raise InputError(message, file, _line(text, match.start()))
        elif bracket in "]}":
            depth -= 1


def _guard_xml(text: str, file: str) -> None:
    """Refuse what is no XML, OWL/XML, entities defined by others or from elsewhere, and those that grow too large."""
    prolog = _PROLOG.match(text)
    start = prolog.end() if prolog else 0
    root = _ROOT.match(text, start)
    if root is None:
        raise InputError("not valid RDF/XML: no XML begins here; Turtle is named .ttl", file, _line(text, start))
    if root[1] == "Ontology" and ":about" not in root[0]:
        message = "OWL/XML, which is another format than RDF/XML: save it as RDF/XML or Turtle"
        raise InputError(message, file, _line(text, start))
    lengths: dict[str, int] = {}
    for match in _ENTITY.finditer(text):
        if match[1] is None:
            message = "an entity that is not plain text in double quotes is not read: write its value out"
            raise InputError(message, file, _line(text, match.start()))
        lengths[match[1]] = max(len(match[2]), lengths.get(match[1], 0))
    if lengths:
        uses = Counter(match[1] for match in _REFERENCE.finditer(text))
        if sum(uses[name] * length for name, length in lengths.items()) > MAX_EXPANSION:
            raise InputError(f"its entities expand to more than {MAX_EXPANSION // 2**20} MiB", file)


def _xml_place(text: str) -> tuple[int | None, int | None]:
    """Line and column where the text stops being XML with namespaces; pyoxigraph does not tell."""
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        return error.lineno, error.offset + 1
    return None, None


def _line(text: str, offset: int) -> int:
    return 1 + sum(1 for _ in LINE_BREAK.finditer(text, 0, offset))
