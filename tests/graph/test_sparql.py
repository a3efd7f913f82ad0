"""The guard: what could reach out, in whatever disguise, never gets to an engine; what is plain SPARQL does."""

from __future__ import annotations

import pytest

from sharewell.errors import InputError
from sharewell.graph.sparql import guard, tokens
from sharewell.questions import catalog
from sharewell.vocabulary import PREFIXES

FORBIDDEN = {"SERVICE", "LOAD"}

DISGUISES = [
    "SELECT * {\nSERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT * {\nservice silent <http://x/> { ?s ?p ?o } }",
    "SELECT * {\n\\u0053ERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT * {\n\\U00000053ERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT * {\nSERVICESILENT <http://x/> { ?s ?p ?o } }",
    "SELECT * {\n?s ?p trueSERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT * {\n{} UNION { SERVICEsilent <http://x/> { ?s ?p ?o } } }",
    "PREFIX : <http://x/> SELECT * {\nSERVICE:colon { ?s ?p ?o } }",
    "PREFIX trueSERVICE: <http://x/> SELECT * {\n?s ?p trueSERVICE:x { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o\nFILTER(1<2)SERVICE#>\n<http://x/> { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o\nFILTER(1 <2)SERVICE:x#> { ?s ?p ?o } }",
    "# a comment\rSELECT * {\nSERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT * { #x\\u000D\nSERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT * {\n?s ?p 1e5SERVICE <http://x/> { ?s ?p ?o } }",
    "PREFIX a: <http://x/> SELECT * {\n?s ?p a:.SERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT * {\nLATERAL { ?s ?p ?o } }",
    "# a comment\nLOAD <file:///etc/passwd>",
    'SELECT * { VALUES ?z {\n"x\\u0022" } SERVICE <http://x/> { ?s ?p ?o } #"\n }',
    'SELECT * { VALUES ?z {\n"x\\U00000022" } SERVICE <http://x/> { ?s ?p ?o } #"\n }',
    'SELECT * { VALUES ?z {\n"x\\u005C" } SERVICE <http://x/> { ?s ?p ?o } #"\n }',
]

# What rdflib reads otherwise than the grammar: escapes of any length and case, and comments that a lone return ends.
DISGUISES_FOR_RDFLIB = [
    'SELECT $this { $this ?z ?x FILTER(?x != "x\\U0022) SERVI\\u0043E <http://x/> { ?s ?p ?o } #") }',
    'SELECT $this { $this ?z ?x FILTER(?x != "x\\u00000022) SERVICE <http://x/> { ?s ?p ?o } #") }',
    "SELECT $this { $this ?z ?x # \\U000a SERVICE <http://x/> { ?s ?p ?o }\n }",
    'SELECT $this { $this ?z ?x # \r """\n SERVICE <http://x/> { ?s ?p ?o } #"""\n }',
]


@pytest.mark.parametrize("text", DISGUISES)
def test_reaching_out_is_refused_with_the_line(text: str) -> None:
    with pytest.raises(InputError) as caught:
        guard(text, FORBIDDEN, PREFIXES, "mine.rq")
    assert str(caught.value).startswith(("mine.rq:2: ", "mine.rq:1: "))


@pytest.mark.parametrize("text", DISGUISES_FOR_RDFLIB)
def test_shapes_are_held_to_plain_text(text: str) -> None:
    with pytest.raises(InputError, match="write the character itself"):
        guard(text, FORBIDDEN, PREFIXES, plain=True)


@pytest.mark.parametrize(
    "text",
    [
        'SELECT ?service { ?service share:load "SERVICE", <http://x/SERVICE#a>, "it\'s \\"LOAD\\"" } # LOAD',
        "SELECT ?a { ?a a share:ServiceLevelAgreement ; share:x 1.5e-3, .5, true, 'x'@en-CA, '1'^^xsd:int } LIMIT 5",
        "SELECT (COUNT(DISTINCT ?a) AS ?n) { { ?a ^share:x/(share:y|share:z)* ?b } UNION { ?a !a _:b.c } }",
        "DESCRIBE hsi:SAMS",
        "SELECT ?cafe\u0301s { ?cafe\u0301s ?a·b 'caf\\u00E9' . FILTER(?a·b>-1&&?a·b<5) }",
        "PREFIX download: <http://x/> SELECT * { ?s download:address <http://x/Wards_(Toronto)#created> }",
        "SELECT ?d { VALUES ?d { " + '"2020-01-01"^^xsd:date ' * 900 + "-1 " * 1500 + "} }",
        "SELECT * { ?s ?p ?o } # a Windows line\r\nLIMIT 5",
    ],
)
def test_plain_queries_pass(text: str) -> None:
    guard(text, FORBIDDEN, PREFIXES)


@pytest.mark.parametrize("question", catalog(), ids=lambda question: question.id)
def test_stored_questions_pass(question) -> None:
    guard(question.text, FORBIDDEN, PREFIXES)


def test_an_unknown_prefix_is_named_with_its_line() -> None:
    with pytest.raises(InputError, match=r"q\.rq:2: the prefix 'nope:' is not declared"):
        guard("SELECT *\n{ nope:a ?p ?o }", FORBIDDEN, PREFIXES, "q.rq")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * {" + "{" * 5000 + "}" * 5000 + "}",
        "SELECT * { ?s " + "/".join(["a"] * 20000) + " ?o }",
        "SELECT * { ?s ?p ?o FILTER(" + "!" * 20000 + "true) }",
        "SELECT * { " + "{} UNION " * 20000 + "{} }",
        "SELECT * { ?s ?p '" + "x" * 2_000_000 + "' }",
    ],
    ids=["brackets", "path", "not", "union", "length"],
)
def test_a_query_that_would_end_the_process_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        guard(text, FORBIDDEN, PREFIXES)


def test_units_and_their_lines() -> None:
    text = "SELECT ?a # one\r\n{ ?a a:b.c . }"
    assert [(unit.kind, unit.text, unit.line) for unit in tokens(text)] == [
        ("word", "SELECT", 1),
        ("variable", "?a", 1),
        ("other", "{", 2),
        ("variable", "?a", 2),
        ("name", "a:b.c", 2),
        ("other", ".", 2),
        ("other", "}", 2),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "ASK {\n?s ?p <<( ?a ?b ?c )>> }",
        "ASK {\n<< ?s ?p ?o >> ?q ?r }",
        "ASK {\n<<?s?p?o>> ?q ?r }",
        "ASK {\n<<<http://x/s> <http://x/p> 1>> ?q ?r }",
    ],
)
def test_triple_terms_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not SPARQL") as caught:
        guard(text, FORBIDDEN, PREFIXES)
    assert caught.value.line == 2


@pytest.mark.parametrize("text", ["?a < <http://x/>", "?a<?b", "1<2", "?a <= ?b", "?a < (1)", '"<<(" = "<< "'])
def test_comparisons_are_no_triple_terms(text: str) -> None:
    guard(f"ASK {{ ?a ?p ?b FILTER({text}) # <<(\n}}", FORBIDDEN, PREFIXES)
