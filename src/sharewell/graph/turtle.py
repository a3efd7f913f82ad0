"""Turtle, TriG, N-Triples and N-Quads with the place of every statement.

pyoxigraph decides what is a valid document and what it says, but does not tell where. So a second, light pass cuts the
text into tokens (`grammar`), follows the productions of the grammar (RDF 1.1 Turtle section 6.5, RDF 1.1 TriG section
4.4, N-Quads) and notes where each object begins. That both passes read the same statements is not assumed: every
reading compares them, blank nodes left out, and refuses to go on where they differ.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, NoReturn

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, RdfFormat, parse

from sharewell.collector import collector_paused
from sharewell.errors import InputError
from sharewell.graph import grammar
from sharewell.graph.formats import LOCATED, Format
from sharewell.graph.syntax import input_error
from sharewell.vocabulary import RDF_FIRST, RDF_NIL, RDF_REST, RDF_TYPE, XSD


class LocatedQuad(NamedTuple):
    """One statement as it was read; `line` and `column` (from 1, in characters) are where its object begins.

    Where only the file is known, line and column are None. A tuple: millions of them are made.
    """

    subject: NamedNode | BlankNode
    predicate: NamedNode
    object: NamedNode | BlankNode | Literal
    graph_name: NamedNode | BlankNode | DefaultGraph
    line: int | None
    column: int | None


def read(text: str, format: Format, base: str | None, file: str) -> list[LocatedQuad]:
    """The statements of a document in the order in which their objects begin.

    The same statement written twice is there twice. For a list, `rdf:first` is where the item begins, `rdf:rest` where
    the next item or the closing parenthesis stands; for a blank node with properties the outer statement is at its
    opening bracket. Blank node labels depend on `file` and `text` alone and differ between files. IRIs and literals
    keep their exact form (but pyoxigraph writes language tags in lower case). `base` resolves relative IRIs.

    Raises InputError, with line and column, for a text that is not valid or goes beyond RDF 1.1.
    """
    if format not in LOCATED:
        raise ValueError(f"{format.value} has no lines to tell")
    terms = _Terms(base, file, text)
    scan = _scan_lines if format in (Format.N_TRIPLES, Format.N_QUADS) else _scan_turtle
    try:
        with collector_paused():
            quads = scan(text, terms)
            _require_same(quads, text, format, base, file)
    except _Unreadable as error:
        _refuse(error.offset, text, format, base, file)
    return quads


def blank_node_scope(text: str, file: str) -> str:
    """What the labels of a file's blank nodes begin with: the same on every reading, another for every file."""
    return label_scope(hashlib.sha256(f"{file}\0{text}".encode(errors="surrogateescape")))


def label_scope(digest: hashlib._Hash) -> str:
    """The scope of a file's blank nodes from the SHA-256 of its name, a NUL and its text in UTF-8."""
    return "b" + digest.hexdigest()[:16]


def _refuse(offset: int, text: str, format: Format, base: str | None, file: str) -> NoReturn:
    """Say what is wrong: pyoxigraph's word, or else that the text at `offset` is more than RDF 1.1."""
    line, column = _Lines(text).at(offset)
    if text.startswith("<" * 7, offset):
        raise InputError("a conflict that a git merge left behind: choose one side", file, line, column)
    # Deeply nested triple terms end the process inside pyoxigraph (0.5.13), so it never gets to see one.
    if not text.startswith("<<", offset):
        _drain(text, format, base, file)
    message = f"not valid {format.value} of RDF 1.1 (what RDF 1.2 adds to it is not read)"
    raise InputError(message, file, line, column)


def _drain(text: str, format: Format, base: str | None, file: str) -> tuple[int, int]:
    """How many statements pyoxigraph reads, and their checksum. Raises InputError for a text that is not valid."""
    try:
        return _checksum(map(str, parse(text, format=format.parser, base_iri=base)))
    except SyntaxError as error:
        raise input_error(error, format, file) from None
    except MemoryError:
        raise InputError("holds a term that is too long to be read (16 MiB is the most)", file) from None


def _require_same(quads: list[LocatedQuad], text: str, format: Format, base: str | None, file: str) -> None:
    default = DefaultGraph()
    ours = (f"{s} {p} {o}" if g == default else f"{s} {p} {o} {g}" for s, p, o, g, _, _ in quads)
    if _checksum(ours) != _drain(text, format, base, file):
        raise RuntimeError(f"{file}: the statements and their places do not agree; please report this file")


def _checksum(statements: Iterable[str]) -> tuple[int, int]:
    """The number of statements and a sum over them that is blind to their order and to labels of blank nodes."""
    count = total = 0
    for statement in statements:
        total += hash(_LABEL.sub("_:", statement) if "_:" in statement else statement)
        count += 1
    return count, total


_LABEL = re.compile(r"_:[^ ]+")


# What making a term of a token that is none can raise.
_NONSENSE = (KeyError, ValueError, IndexError, OverflowError)


class _Unreadable(Exception):
    """The text cannot go on like this at `offset`."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class _Lines:
    """Line and column of ever larger offsets."""

    def __init__(self, text: str) -> None:
        self._breaks = grammar.LINE_BREAK.finditer(text)
        self._line = 0
        self._start = 0
        self._next = 0
        self._end = len(text) + 1
        self._advance()

    def at(self, offset: int) -> tuple[int, int]:
        while offset >= self._next:
            self._advance()
        return self._line, offset - self._start + 1

    def _advance(self) -> None:
        line_break = next(self._breaks, None)
        self._line += 1
        self._start = self._next
        self._next = line_break.end() if line_break else self._end


class _Terms:
    """The terms that the tokens of one document stand for. `known` holds those that were made, by token."""

    def __init__(self, base: str | None, file: str, text: str) -> None:
        self._base = base
        self._scope = blank_node_scope(text, file)
        self._prefixes: dict[str, str] = {}
        self._blank_nodes = 0
        self.known: dict[str, Any] = {}
        self._forget()

    def _forget(self) -> None:
        # The same dictionary: the scanner holds on to it.
        self.known.clear()
        self.known.update({"a": RDF_TYPE, "true": _TRUE, "false": _FALSE})

    def bind(self, prefix: str, token: str) -> None:
        namespace = self._iri(token)
        if self._prefixes.get(prefix, namespace) != namespace:
            self._forget()
        self._prefixes[prefix] = namespace

    def rebase(self, token: str) -> None:
        self._base = self._iri(token)
        self._forget()

    def blank(self) -> BlankNode:
        """A node for brackets. No label begins with a hyphen, so it is never one that the document names."""
        self._blank_nodes += 1
        return BlankNode(f"{self._scope}--{self._blank_nodes}")

    def make(self, token: str) -> Any:
        """The term of a token that is not yet known. Raises KeyError or ValueError for what is no term."""
        first = token[0]
        if first == "<":
            term: Any = NamedNode(self._iri(token))
        elif first in "\"'":
            term = self._literal(token)
        elif first == "_":
            term = BlankNode(f"{self._scope}-{token[2:]}")
        elif ":" in token:
            prefix, _, local = token.partition(":")
            term = NamedNode(self._prefixes[prefix] + _unescape(local))
        else:
            term = Literal(token, datatype=_number_type(token))
        self.known[token] = term
        return term

    def _literal(self, token: str) -> Literal:
        parts = grammar.LITERAL.fullmatch(token)
        if parts is None:
            raise ValueError(token)
        value = _unescape(next(part for part in parts.group(1, 2, 3, 4) if part is not None))
        language, datatype = parts.group(5, 6)
        if datatype is not None:
            return Literal(value, datatype=self.known.get(datatype) or self.make(datatype))
        return Literal(value, language=language) if language else Literal(value)

    def _iri(self, token: str) -> str:
        iri = _unescape(token[1:-1])
        if grammar.ABSOLUTE_IRI.match(iri):
            return iri
        # pyoxigraph resolves as RFC 3986 has it; urllib.parse does not.
        try:
            statement = next(parse(f"<{iri}> a 0 .", format=RdfFormat.TURTLE, base_iri=self._base), None)
        except SyntaxError as error:
            raise ValueError(token) from error
        if statement is None or not isinstance(statement.subject, NamedNode):
            raise ValueError(token)
        return statement.subject.value


_TRUE = Literal("true", datatype=NamedNode(XSD + "boolean"))
_FALSE = Literal("false", datatype=NamedNode(XSD + "boolean"))
_INTEGER = NamedNode(XSD + "integer")
_DECIMAL = NamedNode(XSD + "decimal")
_DOUBLE = NamedNode(XSD + "double")


def _number_type(token: str) -> NamedNode:
    if not "0" <= token[-1] <= "9":
        raise ValueError(token)
    if "e" in token or "E" in token:
        return _DOUBLE
    return _DECIMAL if "." in token else _INTEGER


_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def _unescape(text: str) -> str:
    return grammar.ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(escape: re.Match[str]) -> str:
    short, long, char = escape.groups()
    return _ESCAPED.get(char, char) if char else chr(int(short or long, 16))


def _scan_lines(text: str, terms: _Terms) -> list[LocatedQuad]:
    """N-Triples and N-Quads: a statement is one match. Raises _Unreadable where none begins."""
    known, make = terms.known.get, terms.make
    place = _Lines(text).at
    default = DefaultGraph()
    quads = []
    for match in grammar.STATEMENT.finditer(text):
        tokens = match.groups()
        if tokens[0] is None:
            if match.end() < len(text):
                raise _Unreadable(match.end() - 1)
            break
        try:
            found: list[Any] = [token and (known(token) or make(token)) for token in tokens]
        except _NONSENSE as error:
            raise _Unreadable(match.start(1)) from error
        subject, predicate, object_, graph = found
        line, column = place(match.start(3))
        quads.append(LocatedQuad(subject, predicate, object_, graph or default, line, column))
    return quads


def _scan_turtle(text: str, terms: _Terms) -> list[LocatedQuad]:
    return _Scanner(text, terms).run()


# What comes next: takes a token and where it begins, and gives what comes after it.
_Step = Callable[[str, int], Any]


class _Scanner:
    """Turtle and TriG as a machine with a stack: each step takes one token and names the next step.

    The stack holds what surrounds an open bracket: subject, predicate, and the step that follows an object there; the
    predicate is None where the bracket is itself the subject.
    """

    def __init__(self, text: str, terms: _Terms) -> None:
        self._text = text
        self._terms = terms
        self._known = terms.known
        self._place = _Lines(text).at
        self._quads: list[LocatedQuad] = []
        self._default = DefaultGraph()
        self._graph: Any = self._default
        self._subject: Any = None
        self._predicate: Any = None
        self._after: _Step = self._after_object
        self._stack: list[tuple[Any, Any, _Step]] = []
        self._opened = 0
        self._prefix = ""
        self._directive_end: _Step = self._statement

    def run(self) -> list[LocatedQuad]:
        """The statements of the text. Raises _Unreadable for what the grammar has no place for."""
        step: _Step = self._statement
        at = 0
        try:
            for match in grammar.TOKEN.finditer(self._text):
                token, at = match[1], match.start(1)
                if not token:
                    break
                step = step(token, at)
        except _NONSENSE as error:
            raise _Unreadable(at) from error
        if step != self._statement:
            raise _Unreadable(at)
        return self._quads

    def _emit(self, node: Any, at: int) -> None:
        line, column = self._place(at)
        self._quads.append(LocatedQuad(self._subject, self._predicate, node, self._graph, line, column))

    # directives, graphs, subjects: Turtle productions 2 to 6 and 10, TriG 2g to 7g

    def _statement(self, token: str, at: int) -> _Step:
        self._predicate = None
        node = self._known.get(token)
        if node is None:
            if token in "[(":
                return self._open(token, at)
            if token in "{}":
                self._graph = self._default
                return self._statement
            if token.upper() in _KEYWORDS:
                return self._keyword(token)
            node = self._terms.make(token)
        self._subject = node
        return self._verb

    def _keyword(self, token: str) -> _Step:
        """`@prefix`, `@base` and their SPARQL forms without a dot; GRAPH, after which a label comes as without it."""
        word = token.upper()
        if word == "GRAPH":
            return self._statement
        self._directive_end = self._dot if token[0] == "@" else self._statement
        return self._prefix_name if word.endswith("PREFIX") else self._base_iri

    def _prefix_name(self, token: str, at: int) -> _Step:
        self._prefix = token[:-1]
        return self._prefix_iri

    def _prefix_iri(self, token: str, at: int) -> _Step:
        self._terms.bind(self._prefix, token)
        return self._directive_end

    def _base_iri(self, token: str, at: int) -> _Step:
        self._terms.rebase(token)
        return self._directive_end

    def _dot(self, token: str, at: int) -> _Step:
        if token != ".":
            raise _Unreadable(at)
        return self._statement

    # predicateObjectList, objectList: Turtle productions 7 to 9, 11, 12

    def _verb(self, token: str, at: int) -> _Step:
        node = self._known.get(token)
        if node is None:
            if token in ".;]}":
                return self._after_object(token, at)
            if token == "{":
                self._graph = self._subject
                return self._statement
            node = self._terms.make(token)
        self._predicate = node
        return self._object

    def _object(self, token: str, at: int) -> _Step:
        node = self._known.get(token)
        if node is None:
            if token in "[(":
                return self._open(token, at)
            node = self._terms.make(token)
        self._emit(node, at)
        return self._after

    def _after_object(self, token: str, at: int) -> _Step:
        if token == ";":
            return self._verb
        if token == ",":
            return self._object
        if token == "]":
            return self._close()
        if token not in ".}" or self._stack:
            raise _Unreadable(at)
        if token == "}":
            self._graph = self._default
        return self._statement

    # blankNodePropertyList, collection: Turtle productions 14, 15

    def _open(self, bracket: str, at: int) -> _Step:
        self._stack.append((self._subject, self._predicate, self._after))
        if bracket == "(":
            self._opened = at
            return self._first_item
        node = self._terms.blank()
        self._stand_for_brackets(node, at)
        self._subject, self._after = node, self._after_object
        return self._verb

    def _stand_for_brackets(self, node: Any, at: int) -> None:
        """What the brackets opened at `at` stand for: an object of what surrounds them, or a subject."""
        subject, predicate, after = self._stack[-1]
        if predicate is None:
            self._stack[-1] = node, None, after
        else:
            self._subject, self._predicate = subject, predicate
            self._emit(node, at)

    def _close(self) -> _Step:
        self._subject, self._predicate, self._after = self._stack.pop()
        return self._verb if self._predicate is None else self._after

    def _first_item(self, token: str, at: int) -> _Step:
        node = RDF_NIL if token == ")" else self._terms.blank()
        self._stand_for_brackets(node, self._opened)
        return self._close() if token == ")" else self._item(node, token, at)

    def _next_item(self, token: str, at: int) -> _Step:
        node = RDF_NIL if token == ")" else self._terms.blank()
        self._predicate = RDF_REST
        self._emit(node, at)
        return self._close() if token == ")" else self._item(node, token, at)

    def _item(self, node: Any, token: str, at: int) -> _Step:
        self._subject, self._predicate, self._after = node, RDF_FIRST, self._next_item
        return self._object(token, at)


_KEYWORDS = frozenset({"@PREFIX", "@BASE", "PREFIX", "BASE", "GRAPH"})
