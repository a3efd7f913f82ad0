"""The located reader says what pyoxigraph says, and for every statement the line on which its object begins."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Quad, parse

from sharewell.errors import InputError
from sharewell.graph import turtle
from sharewell.graph.formats import FORMATS, LOCATED, Format
from sharewell.graph.source import decode
from sharewell.graph.turtle import LocatedQuad, read

E = "@prefix : <http://e/> . "
XSD = "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . "
_NAMES = {
    "http://e/": ":",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "http://www.w3.org/2001/XMLSchema#": "xsd:",
}


def said(quad: LocatedQuad) -> str:
    """A statement in short: `:s :p "o"`, a blank node as `_`."""
    text = re.sub(r"_:[^ ]+", "_", str(Quad(*quad[:4])))
    for namespace, prefix in _NAMES.items():
        text = re.sub(f"<{namespace}([^>]*)>", rf"{prefix}\1", text)
    return text


def located(text: str, format: Format = Format.TURTLE, base: str | None = None) -> list[tuple[int | None, str]]:
    return [(quad.line, said(quad)) for quad in read(text, format, base, "f")]


def canonical(quads: Iterable[Quad]) -> Dataset:
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def assert_same_as_pyoxigraph(text: str, format: Format, base: str | None = None) -> None:
    theirs = list(parse(text, format=format.parser, base_iri=base))
    ours = [Quad(*quad[:4]) for quad in read(text, format, base, "f")]
    assert len(ours) == len(theirs)
    assert canonical(ours) == canonical(theirs)


TURTLE_CASES = {
    "the object counts, not the subject or the dot": (E + ":s\n:p\n:o\n.\n", [(3, ":s :p :o")]),
    "semicolons and commas": (
        E + ":s :p :o1 ,\n:o2 ;\n:q\n:o3 ;\n;; :r :o4\n;.\n:s2 :p\n\n:o5.",
        [(1, ":s :p :o1"), (2, ":s :p :o2"), (4, ":s :q :o3"), (5, ":s :r :o4"), (9, ":s2 :p :o5")],
    ),
    "empty list": (E + ":s :p\n(\n) .", [(2, ":s :p rdf:nil")]),
    "list": (
        E + ":s :p\n(\n1\n'two'\n\n) .",
        [
            (2, ":s :p _"),
            (3, '_ rdf:first "1"^^xsd:integer'),
            (4, "_ rdf:rest _"),
            (4, '_ rdf:first "two"'),
            (6, "_ rdf:rest rdf:nil"),
        ],
    ),
    "nested lists": (
        E + ":s :p (\n(\n:a )\n()\n[ :q\n:b ] ) , :c .",
        [
            (1, ":s :p _"),
            (2, "_ rdf:first _"),
            (3, "_ rdf:first :a"),
            (3, "_ rdf:rest rdf:nil"),
            (4, "_ rdf:rest _"),
            (4, "_ rdf:first rdf:nil"),
            (5, "_ rdf:rest _"),
            (5, "_ rdf:first _"),
            (6, "_ :q :b"),
            (6, "_ rdf:rest rdf:nil"),
            (6, ":s :p :c"),
        ],
    ),
    "lists as subjects": (
        E + "(\n1\n) :p\n:o . () :p\n:o .",
        [
            (2, '_ rdf:first "1"^^xsd:integer'),
            (3, "_ rdf:rest rdf:nil"),
            (4, "_ :p :o"),
            (5, "rdf:nil :p :o"),
        ],
    ),
    "nested blank nodes": (
        E + ":s :p\n[ :q 'a' ;\n:r [\n:t\n[] ] ;\n] ;\n:u :o .",
        [(2, ":s :p _"), (2, '_ :q "a"'), (3, "_ :r _"), (5, "_ :t _"), (7, ":s :u :o")],
    ),
    "blank nodes as subjects": (
        E + "[] :p\n:a .\n[ :p\n:b ] .\n[ :p :c ]\n:q :d .\n_:x.y :p _:x.y, _:1 .",
        [(2, "_ :p :a"), (4, "_ :p :b"), (5, "_ :p :c"), (6, "_ :q :d"), (7, "_ :p _"), (7, "_ :p _")],
    ),
    "strings of one line": (
        E + ":s :p '', \"\",\n'''''', \"\"\"\"\"\" , 'g\\n\\u00e9\\U0001F600\\''\n, 'h' .",
        [
            (1, ':s :p ""'),
            (1, ':s :p ""'),
            (2, ':s :p ""'),
            (2, ':s :p ""'),
            (2, ':s :p "g\\n\u00e9\U0001f600\'"'),
            (3, ':s :p "h"'),
        ],
    ),
    "long strings": (
        E + ':s :p\n\'\'\'a\n\'b\'\'c\n\'\'\',\n""""d"\r\n""\\"""",\n:o .',
        [(2, ":s :p \"a\\n'b''c\\n\""), (5, ':s :p "\\"d\\"\\r\\n\\"\\"\\""'), (7, ":s :p :o")],
    ),
    "punctuation inside strings and IRIs": (
        E + ":s :p '[ ( . ; # ]',\n\"# ] ; .\" , <http://e/#.;,()*> .\n:s :p :o .",
        [(1, ':s :p "[ ( . ; # ]"'), (2, ':s :p "# ] ; ."'), (2, ":s :p :#.;,()*"), (3, ":s :p :o")],
    ),
    "languages and datatypes": (
        E
        + XSD
        + "\n:s :p 'a'@en, 'b'@en-CA ,\n'c'^^xsd:date, 'd'^^<http://e/t> ,\n'e'\n@fr , 'f' # why\n ^^ # \"\n:t .",
        [
            (2, ':s :p "a"@en'),
            (2, ':s :p "b"@en-ca'),
            (3, ':s :p "c"^^xsd:date'),
            (3, ':s :p "d"^^:t'),
            (4, ':s :p "e"@fr'),
            (5, ':s :p "f"^^:t'),
        ],
    ),
    "numbers and booleans": (
        E + ":s :p 1 , -5 , +0 ,\n1.5 , .5 ,\n-1.5e3 , 1.e5 , 1E-3 ,\n007 , true , false, 1.\n:s :p 1.0.",
        [
            *[(1, f':s :p "{number}"^^xsd:integer') for number in ("1", "-5", "+0")],
            *[(2, f':s :p "{number}"^^xsd:decimal') for number in ("1.5", ".5")],
            *[(3, f':s :p "{number}"^^xsd:double') for number in ("-1.5e3", "1.e5", "1E-3")],
            (4, ':s :p "007"^^xsd:integer'),
            (4, ':s :p "true"^^xsd:boolean'),
            (4, ':s :p "false"^^xsd:boolean'),
            (4, ':s :p "1"^^xsd:integer'),
            (5, ':s :p "1.0"^^xsd:decimal'),
        ],
    ),
    "local names": (
        E + "@prefix a.b: <http://e/ab/> .\n:s :p :a.b, :a..b.\n:s :p :c\\,d\\.,\n:%20e , :1f , :g:h , a.b:i , : .",
        [
            (2, ":s :p :a.b"),
            (2, ":s :p :a..b"),
            (3, ":s :p :c,d."),
            *[(4, f":s :p {name}") for name in (":%20e", ":1f", ":g:h", ":ab/i", ":")],
        ],
    ),
    "an empty local name, then a number": (E + ":s :-1 .", [(1, ':s : "-1"^^xsd:integer')]),
    "a": (E + ":s a\n:C ; a :D .", [(2, ":s rdf:type :C"), (2, ":s rdf:type :D")]),
    "prefixes redefined": (
        E + ":s :p :o .\n@prefix : <http://e/2/> .\n:s :p 'x'^^:t .\n"
        "PREFIX : <http://e/3/>\n:s :p :o .\nprefix q:<http://e/4/> q:s q:p\nq:o .",
        [(1, ":s :p :o"), (3, ':2/s :2/p "x"^^:2/t'), (5, ":3/s :3/p :3/o"), (7, ":4/s :4/p :4/o")],
    ),
    "bases": (
        "@base <http://e/x/> .\n<s> <../p>\n<o> .\nBASE <y/>\n<s> <#p> <?q> , <> , <//e/z> ,\n"
        "<http://e/a/../b> .\n@prefix r: <r/> . r:s r:p r:o.",
        [
            (3, ":x/s :p :x/o"),
            *[(5, f":x/y/s :x/y/#p {name}") for name in (":x/y/?q", ":x/y/", ":z")],
            (6, ":x/y/s :x/y/#p :a/../b"),
            (7, ":x/y/r/s :x/y/r/p :x/y/r/o"),
        ],
    ),
    "escapes in IRIs": (E + ":s <http://e/\\u0070>\n<http://e/\\U0000006F\u00e9> .", [(2, ":s :p :o\u00e9")]),
    "comments after everything": (
        "# 1\n@prefix # 2\n: # 3\n<http://e/> # 4\n. # 5\n:s # 6 :x :y :z .\n:p # 7\n( # 8\n1 # 9\n) # 10\n"
        "; # 11\n:q # 12\n[ # 13\n] # 14\n, # 15\n:o # 16\n. # 17",
        [
            (8, ":s :p _"),
            (9, '_ rdf:first "1"^^xsd:integer'),
            (10, "_ rdf:rest rdf:nil"),
            (13, ":s :q _"),
            (16, ":s :q :o"),
        ],
    ),
    "carriage returns": (
        E + "\r\n:s :p\r\n:o .\r# c\r:s :p '''\r\n\n\r''' ,\r\n:q .",
        [(3, ":s :p :o"), (5, ':s :p "\\r\\n\\n\\r"'), (9, ":s :p :q")],
    ),
    "the same statement twice": (E + ":s :p :o .\n:s :p :o .", [(1, ":s :p :o"), (2, ":s :p :o")]),
    "nothing but a comment at the end of the text": (E + "\n# <http://e/s> <http://e/p> :o", []),
    "other scripts": (
        "@prefix é: <http://e/> . é:日本 é:\U00020000\n'\U0001f600' , é:a·b .",
        [(2, ':日本 :\U00020000 "\U0001f600"'), (2, ":日本 :\U00020000 :a·b")],
    ),
}
TURTLE_CASES["without a space"] = (
    '@prefix :<http://e/>.<http://e/s><http://e/p>"x"@en,1;a[],(1"a"[:p[]]).[]a().',
    [
        (1, ':s :p "x"@en'),
        (1, ':s :p "1"^^xsd:integer'),
        (1, ":s rdf:type _"),
        (1, ":s rdf:type _"),
        (1, '_ rdf:first "1"^^xsd:integer'),
        (1, "_ rdf:rest _"),
        (1, '_ rdf:first "a"'),
        (1, "_ rdf:rest _"),
        (1, "_ rdf:first _"),
        (1, "_ :p _"),
        (1, "_ rdf:rest rdf:nil"),
        (1, "_ rdf:type rdf:nil"),
    ],
)

OTHER_CASES = {
    "TriG": (
        Format.TRIG,
        E + ":s :p\n:o .\n:g1 {\n:s :p :o1 .\n:s :p\n:o2 }\nGRAPH :g2 { :s :p [ :q\n:o3 ] . }\n"
        "graph\n_:g { :s :p ()\n; }\n"
        "[] { [ :p\n1 ] } {\n:s :p :o4 } :g3 {} @prefix : <http://e/2/> . :g { :s :p\n:o }",
        [
            (2, ":s :p :o"),
            (4, ":s :p :o1 :g1"),
            (6, ":s :p :o2 :g1"),
            (7, ":s :p _ :g2"),
            (8, "_ :q :o3 :g2"),
            (10, ":s :p rdf:nil _"),
            (13, '_ :p "1"^^xsd:integer _'),
            (14, ":s :p :o4"),
            (15, ":2/s :2/p :2/o :2/g"),
        ],
    ),
    "N-Triples": (
        Format.N_TRIPLES,
        '# c\n\n<http://e/s> <http://e/p> "a\\n\\u00e9" .\n  <http://e/s>\t<http://e/p>"b"@en.# <http://e/x>\r\n'
        '_:a <http://e/p> _:b.\r\r<http://e/s><http://e/p>"3"^^<http://e/t> . \n# end',
        [(3, ':s :p "a\\n\u00e9"'), (4, ':s :p "b"@en'), (5, "_ :p _"), (7, ':s :p "3"^^:t')],
    ),
    "N-Quads": (
        Format.N_QUADS,
        '<http://e/s> <http://e/p> "a" <http://e/g> .\n\n<http://e/s> <http://e/p> <http://e/o><http://e/g>.\n'
        "_:s <http://e/p> _:s _:g.h . # c\n_:s <http://e/p> _:o.k.",
        [(1, ':s :p "a" :g'), (3, ":s :p :o :g"), (4, "_ :p _ _"), (5, "_ :p _")],
    ),
}


@pytest.mark.parametrize(("text", "expected"), TURTLE_CASES.values(), ids=TURTLE_CASES)
def test_lines_of_turtle(text: str, expected: list[tuple[int, str]]) -> None:
    assert located(text) == expected
    assert_same_as_pyoxigraph(text, Format.TURTLE)
    assert located(text, Format.TRIG) == expected


@pytest.mark.parametrize(("format", "text", "expected"), OTHER_CASES.values(), ids=OTHER_CASES)
def test_lines_of_other_formats(format: Format, text: str, expected: list[tuple[int, str]]) -> None:
    assert located(text, format) == expected
    assert_same_as_pyoxigraph(text, format)


def test_columns_count_characters() -> None:
    text = "@prefix : <http://e/> .\n:s :p '\U0001f600é', ( :o )\r\n  ; :q [ :r\r1 ] ."
    assert [(quad.line, quad.column) for quad in read(text, Format.TURTLE, None, "f")] == [
        *[(2, 7), (2, 13), (2, 15), (2, 18)],
        *[(3, 8), (4, 1)],
    ]
    assert read("<x:s> <x:p> <x:o> .", Format.N_TRIPLES, None, "f")[0].column == 13


def test_base_of_the_caller() -> None:
    assert located("<> <p>\n<../o> .", base="http://e/d/f.ttl") == [(2, ":d/f.ttl :d/p :o")]


FIRST, REST, NIL = (f"<http://www.w3.org/1999/02/22-rdf-syntax-ns#{name}>" for name in ("first", "rest", "nil"))


class _Writer:
    """Writes a random document, and notes for each statement the line at which it is about to write the object."""

    def __init__(self, seed: int, format: Format) -> None:
        self.random = random.Random(seed)
        self.format = format
        self.text = ""
        self.expected: list[tuple[int, str]] = []
        self.namespaces = {"": "http://e/", "q.r": "http://e/q/", "é-": "http://e/2#"}
        self.graph = ""
        for prefix, namespace in self.namespaces.items():
            self.text += f"@prefix {prefix}: <{namespace}> .\n"
        for _ in range(self.random.randint(1, 8)):
            self.random.choice(self._statement_kinds())()
        self.gap()

    def _statement_kinds(self) -> list[Callable[[], None]]:
        kinds: list[Callable[[], None]] = [self.directive, self.triples, self.triples, self.triples]
        return [*kinds, self.block] if self.format is Format.TRIG else kinds

    def line(self) -> int:
        return 1 + len(re.findall(r"\r\n|\r|\n", self.text))

    def write(self, token: str) -> None:
        self.gap()
        self.text += token

    def gap(self) -> None:
        for _ in range(self.random.randint(1, 2)):
            self.text += self.random.choice([" ", " ", "\t", "\n", "\r\n", "\r", " # 'c' . ; [\n", "#\r\n"])

    def note(self, subject: str, predicate: str, object_: str) -> None:
        self.expected.append((self.line(), f"{subject} {predicate} {object_}{self.graph}"))

    def name(self) -> tuple[str, str]:
        """A token for an IRI and what it stands for."""
        prefix = self.random.choice(list(self.namespaces))
        local = self.random.choice(["", "x", "x.y", "1", "%2F", "a\\,b", "z\\.", "é:-", "true", "日本..x"])
        iri = self.namespaces[prefix] + local.replace("\\", "")
        return self.random.choice([(f"{prefix}:{local}", f"<{iri}>"), (f"<{iri}>", f"<{iri}>")])

    def literal(self) -> tuple[str, str]:
        token, value = self.random.choice(
            [
                ("'a'", '"a"'),
                ('"b\\"\\n"', '"b\\"\\n"'),
                ('"""\n"\r\n# ""]\\"."""', '"\\n\\"\\r\\n# \\"\\"]\\"."'),
                ("'''c\n\n'''", '"c\\n\\n"'),
                ("'\\u00E9'", '"é"'),
            ]
        )
        ending = self.random.choice(["", "@en", "@fr-ca", "^^", "^^"])
        if ending == "^^":
            token_of_type, type_ = self.name()
            return f"{token}^^{token_of_type}", f"{value}^^{type_}"
        return token + ending, value + ending

    def number(self) -> tuple[str, str]:
        token, type_ = self.random.choice(
            [("1", "integer"), ("-2.50", "decimal"), ("+.5", "decimal"), ("3.e-1", "double"), ("true", "boolean")]
        )
        return token, f'"{token}"^^<http://www.w3.org/2001/XMLSchema#{type_}>'

    def directive(self) -> None:
        prefix = self.random.choice(list(self.namespaces))
        self.namespaces[prefix] = f"http://e/{self.random.randint(3, 9)}/"
        dotted = self.random.random() < 0.5
        self.write("@prefix" if dotted else self.random.choice(["PREFIX", "prefix"]))
        self.write(f"{prefix}:")
        self.write(f"<{self.namespaces[prefix]}>")
        if dotted:
            self.write(".")

    def block(self) -> None:
        token, label = self.random.choice([("", ""), ("[ ]", "_:"), ("_:g", "_:"), self.name(), self.name()])
        if token and self.random.random() < 0.5:
            self.write("GRAPH")
        self.write(token + " {")
        self.graph = f" {label}" if label else ""
        for last in range(self.random.randint(0, 2), -1, -1):
            self.triples(dot=last > 0 or self.random.random() < 0.5)
        self.write("}")
        self.graph = ""

    def triples(self, dot: bool = True) -> None:
        kind = self.random.randint(0, 5)
        if kind == 0:
            self.write("[")
            self.properties("_:", 2)
            self.write("]")
            if self.random.random() < 0.7:
                self.properties("_:", 2)
        elif kind == 1:
            count = self.random.randint(0, 2)
            self.gap()
            self.items(count, 1)
            self.properties("_:" if count else NIL, 2)
        else:
            token, subject = self.random.choice([("_:x", "_:"), ("_:y.z", "_:"), ("[]", "_:"), self.name()])
            self.write(token)
            self.properties(subject, 3)
        if dot:
            self.write(".")

    def properties(self, subject: str, depth: int) -> None:
        for number in range(self.random.randint(1, 3)):
            if number:
                self.write(self.random.choice([";", ";;", "; ;"]))
            token, predicate = self.random.choice(
                [("a", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"), self.name(), self.name()]
            )
            self.write(token)
            for position in range(self.random.randint(1, 2)):
                if position:
                    self.write(",")
                self.gap()
                self.object(subject, predicate, depth)
        if self.random.random() < 0.3:
            self.write(";")

    def object(self, subject: str, predicate: str, depth: int) -> None:
        """Write an object right here, with no gap before it."""
        kind = self.random.randint(0, 6 if depth else 3)
        if kind <= 3:
            token, value = [self.name, self.literal, self.number, lambda: ("_:x", "_:")][kind]()
            self.note(subject, predicate, value)
            self.text += token
        elif kind <= 5:
            self.note(subject, predicate, "_:")
            self.text += "["
            if kind == 5:
                self.properties("_:", depth - 1)
            self.write("]")
        else:
            count = self.random.randint(0, 3)
            self.note(subject, predicate, "_:" if count else NIL)
            self.items(count, depth - 1)

    def items(self, count: int, depth: int) -> None:
        self.text += "("
        for number in range(count):
            self.gap()
            if number:
                self.note("_:", REST, "_:")
            self.object("_:", FIRST, depth)
        self.gap()
        if count:
            self.note("_:", REST, NIL)
        self.text += ")"


@pytest.mark.parametrize("format", [Format.TURTLE, Format.TRIG])
def test_random_documents(format: Format) -> None:
    for seed in range(250):
        writer = _Writer(seed, format)
        quads = read(writer.text, format, None, "f")
        found = [(quad.line, re.sub(r"_:[^ ]+", "_:", str(Quad(*quad[:4])))) for quad in quads]
        assert found == writer.expected, f"seed {seed}"
        assert_same_as_pyoxigraph(writer.text, format)


def test_random_lines() -> None:
    source = random.Random(7)
    for _ in range(100):
        text, expected = "", []
        for number in range(1, 12):
            subject = source.choice(["<x:a>", "_:b", "_:c.d"])
            object_ = source.choice(["<x:é>", "_:b", '"a\\n#"', '"<x> ."@en', '"\\""^^<x:t>'])
            graph = source.choice(["", "<x:g>", "_:g"])
            blank = source.choice(["", "# c <x:a> .", "\t"])
            text += blank or f"{subject} <x:p>{object_} {graph}. # c"
            text += source.choice(["\n", "\r\n", "\r"])
            expected += [] if blank else [number]
        assert [quad.line for quad in read(text, Format.N_QUADS, None, "f")] == expected
        assert_same_as_pyoxigraph(text, Format.N_QUADS)


def test_other_peoples_files(others_files: Path) -> None:
    """Every file is read as pyoxigraph reads it; those that are broken as published are refused with their line."""
    refused = {}
    for path in sorted(others_files.rglob("*")):
        format = FORMATS.get(path.suffix)
        if format is None or format not in LOCATED:
            continue
        text = decode(path.read_bytes(), path.name)
        try:
            assert_same_as_pyoxigraph(text, format, "http://e/")
        except SyntaxError:
            with pytest.raises(InputError) as error:
                read(text, format, "http://e/", path.name)
            refused[path.name] = error.value.line
    assert refused == {
        "example-bee-population-dataset-series-api.ttl": 20,
        "example-bee-population-dataset-series-combined.ttl": 32,
    }


def test_blank_nodes_keep_their_labels_and_differ_between_files() -> None:
    text = E + "_:a :p [ :q ( _:a _:b ) ] . [] :p _:1 ."

    def labels(file: str) -> set[str]:
        quads = read(text, Format.TURTLE, None, file)
        return {term.value for quad in quads for term in quad[:3] if isinstance(term, BlankNode)}

    assert len(labels("f")) == 7
    assert labels("f") == labels("f")
    assert not labels("f") & labels("g")


def test_deep_nesting_needs_no_recursion() -> None:
    depth = 5000
    quads = read(E + ":s :p " + "[ :p (\n" * depth + "1" + ")]" * depth + ".", Format.TURTLE, None, "f")
    assert len(quads) == 1 + 3 * depth
    assert quads[-1].line == depth + 1


ERRORS = {
    "unbound prefix": (E + ":s :p\n :o ; d:p 1 .", 2, 7, "The prefix d: has not been declared"),
    "missing dot": (E + ":s :p :o\n\n:s :p :o .", 3, 1, "a '.', ';' or ',' is missing before this"),
    "string not closed": (E + "\n:s :p '''a\n.\n:s :p 1 .\n", 2, 7, "what begins here is never closed"),
    "bracket not closed": (E + "\n:s :p [ :q 1 .", 2, 14, "blank node property lists should end with a ']'"),
    "cut off": (E + "\n:s :p", 2, 6, "the file ends in the middle of a statement"),
    "relative IRI without a base": (E + "\n:s :p <o> .", 2, 7, "relative IRI"),
    "space in an IRI": (E + "\n:s :p <http://e/a b> .", 2, 7, "Invalid IRI code point ' '"),
    "not Turtle at all": ("a,b\n1,2\n", 1, 1, "not valid Turtle"),
    "a very long word": (E + "\n" + "x" * 100_000, 2, 1, "not valid Turtle"),
    "a control character": (E + "\n:s :p \x1b[31m", 2, 7, "U+001B"),
    "merge conflict": (E + "\n<<<<<<< HEAD\n:s :p 1 .\n=======\n:s :p 2 .\n>>>>>>> x\n", 2, 1, "git merge"),
    "triple term": (E + "\n:s :p <<( :s :p :o )>> .", 2, 7, "RDF 1.1"),
    "nested triple terms": (E + ":s :p " + "<<( :s :p " * 50000 + "1" + ")>>" * 50000 + " .", 1, 31, "RDF 1.1"),
    "reifier": (E + "\n:s :p :o {| :q 1 |} .", 2, 10, "RDF 1.1"),
    "base direction": (E + "\n:s :p 'a'@en--ltr .", 2, 13, "RDF 1.1"),
    "version": (E + "\nVERSION '1.2' :s :p 1 .", 2, 1, "RDF 1.1"),
    "dot escaped at the very end": (E + "\n:s :p :o\\.", 2, 11, "RDF 1.1"),
}


@pytest.mark.parametrize(("text", "line", "column", "words"), ERRORS.values(), ids=ERRORS)
def test_broken_turtle(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(InputError) as error:
        read(text, Format.TURTLE, None, "d/f.ttl")
    message = str(error.value)
    assert (error.value.file, error.value.line, error.value.column) == ("d/f.ttl", line, column)
    assert message.startswith(f"d/f.ttl:{line}:{column}: ")
    assert words in message
    assert message.isprintable()
    assert len(message) < 500


def test_broken_lines() -> None:
    for text, line in (("<x:a> <x:b> 'c' .", 1), ('<x:a> <x:b> "c" .\n<x:a> <x:b>\n<x:c> .', 3), ("\n<x:a> .", 2)):
        with pytest.raises(InputError) as error:
            read(text, Format.N_TRIPLES, None, "f.nt")
        assert error.value.line == line


def test_a_reading_that_differs_from_pyoxigraphs_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    right = turtle._scan_turtle

    def wrong(text: str, terms: turtle._Terms) -> list[LocatedQuad]:
        first, *others = right(text, terms)
        return [first._replace(predicate=others[0].predicate), *others]

    monkeypatch.setattr(turtle, "_scan_turtle", wrong)
    with pytest.raises(RuntimeError, match="do not agree"):
        read(E + ":s :p 1 ; :q 1 .", Format.TURTLE, None, "f")
