"""The server as it runs: a process of its own on loopback, asked by real clients and by hostile ones."""

from __future__ import annotations

import csv
import http.client
import io
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest
import rdflib
from pyoxigraph import QueryResultsFormat, RdfFormat, parse, parse_query_results
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, POST, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from servers import served
from sharewell import api
from sharewell.graph.endpoint import Endpoint
from sharewell.questions import catalog

SECONDS = 2
CARTESIAN = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with served("--timeout", str(SECONDS), "--max-rows", "20000", "--cors", "https://example.org") as (_, address):
        yield address


def ask(
    address: str, query: str, accept: str | None = None, headers: dict[str, str] | None = None
) -> tuple[int, str, bytes]:
    """Status, media type and content for a query by GET."""
    return fetch(f"{address}/sparql?{urlencode({'query': query})}", accept, headers=headers)


def fetch(
    url: str, accept: str | None = None, data: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, str, bytes]:
    request = urllib.request.Request(url, data, headers=headers or {})
    if accept is not None:
        request.add_header("Accept", accept)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.headers.get_content_type(), response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get_content_type(), error.read()


def refusal(answer: tuple[int, str, bytes]) -> tuple[int, str]:
    """Status and text of a refusal, which is one line and no traceback."""
    status, media, content = answer
    text = content.decode()
    assert media == "text/plain"
    assert len(text.splitlines()) == 1
    assert "Traceback" not in text
    return status, text.strip()


# Real clients


@pytest.mark.parametrize("question", catalog(), ids=lambda question: question.id)
def test_the_stored_questions_asked_through_sparqlwrapper(question, server: str, hsi: api.Project) -> None:
    wrapper = SPARQLWrapper(f"{server}/sparql")
    wrapper.setMethod(POST)
    wrapper.setReturnFormat(JSON)
    wrapper.setQuery(question.text)
    expected = hsi.ask(question.id)
    assert wrapper.query().convert() == json.loads(expected.as_results(QueryResultsFormat.JSON))


def test_sparqlwrapper_in_other_formats(server: str) -> None:
    wrapper = SPARQLWrapper(f"{server}/sparql")
    wrapper.setQuery("SELECT ?s { ?s a share:System } ORDER BY ?s LIMIT 2")
    wrapper.setReturnFormat(XML)
    assert len(wrapper.query().convert().getElementsByTagName("result")) == 2
    wrapper.setReturnFormat(CSV)
    assert len(wrapper.query().convert().decode().splitlines()) == 3
    wrapper.setQuery("ASK { hsi:SAMS a share:System }")
    wrapper.setReturnFormat(JSON)
    assert wrapper.query().convert()["boolean"] is True
    wrapper.setQuery("PREFIX s: <https://w3id.org/sharewell#> CONSTRUCT { ?s a s:System } WHERE { ?s a s:System }")
    wrapper.setReturnFormat(TURTLE)
    graph = rdflib.Graph().parse(data=wrapper.query().convert(), format="turtle")
    assert len(graph) > 5


def test_what_is_refused_is_said_to_sparqlwrapper(server: str) -> None:
    wrapper = SPARQLWrapper(f"{server}/sparql")
    wrapper.setQuery("SELECT * { ?a ?b ?c . ?d ?e ?f }")
    with pytest.raises(QueryBadFormed, match="more than 20,000 rows: add a LIMIT"):
        wrapper.query()


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflibs_store(method: str, server: str, hsi: api.Project) -> None:
    graph = rdflib.Graph(SPARQLStore(f"{server}/sparql", method=method))
    share = rdflib.Namespace("https://w3id.org/sharewell#")
    systems = set(graph.subjects(rdflib.RDF.type, share.System))
    assert {str(node) for node in systems} == {row[0].value for row in hsi.ask("SELECT ?s { ?s a share:System }").rows}
    hsi.add_assessments()
    ((count,),) = hsi.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").rows
    assert len(graph) == int(count.value)
    assert graph.query("ASK { ?s a share:System }", initNs={"share": share}).askAnswer is True
    rows = graph.query("SELECT ?o { ?s share:owner ?o } LIMIT 3", initNs={"share": share})
    assert len(list(rows)) == 3
    made = graph.query("CONSTRUCT { ?s a share:System } WHERE { ?s a share:System }", initNs={"share": share})
    assert len(made.graph) == len(systems)


def test_our_own_client_learns_that_this_is_the_merged_graph(server: str, hsi: api.Project) -> None:
    assert hsi.ask_endpoint(Endpoint(f"{server}/sparql"), "CQ43", {}) == hsi.ask("CQ43")


def test_thirty_two_clients_at_once(server: str, hsi: api.Project) -> None:
    questions = catalog()[:32]
    begin = threading.Barrier(32)

    def client(number: int) -> tuple[int, str, bytes]:
        begin.wait()
        return ask(server, questions[number].text, "text/csv")

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(client, range(32)))
    for question, answer in zip(questions, answers, strict=True):
        assert answer == (200, "text/csv", hsi.ask(question.id).as_results(QueryResultsFormat.CSV).encode())


# The protocol


@pytest.mark.parametrize(
    ("media", "form"),
    [
        ("application/sparql-results+json", QueryResultsFormat.JSON),
        ("application/sparql-results+xml", QueryResultsFormat.XML),
        ("text/tab-separated-values", QueryResultsFormat.TSV),
    ],
)
def test_rows_in_every_format(media: str, form: QueryResultsFormat, server: str, hsi: api.Project) -> None:
    query = "SELECT ?s ?label ?none { ?s a share:System ; rdfs:label ?label }"
    status, found, content = ask(server, query, media)
    assert (status, found) == (200, media)
    rows = sorted(str(tuple(solution)) for solution in parse_query_results(content, format=form))
    assert rows == sorted(str(row) for row in hsi.ask(query).rows)


@pytest.mark.parametrize("media", ["application/sparql-results+json", "application/sparql-results+xml", "text/csv"])
def test_yes_and_no(media: str, server: str) -> None:
    for kind, word in (("System", b"true"), ("Agreement", b"false")):
        status, found, content = ask(server, f"ASK {{ hsi:SAMS a share:{kind} }}", media)
        assert (status, found) == (200, media)
        assert word in content


@pytest.mark.parametrize(
    ("media", "form"),
    [
        ("text/turtle", RdfFormat.TURTLE),
        ("application/n-triples", RdfFormat.N_TRIPLES),
        ("application/ld+json", RdfFormat.JSON_LD),
        ("application/rdf+xml", RdfFormat.RDF_XML),
    ],
)
def test_triples_in_every_format(media: str, form: RdfFormat, server: str, hsi: api.Project) -> None:
    query = "CONSTRUCT { ?s rdfs:label ?label } WHERE { ?s a share:System ; rdfs:label ?label }"
    status, found, content = ask(server, query, media)
    assert (status, found) == (200, media)
    assert {quad.triple for quad in parse(content, format=form)} == set(hsi.ask(query).triples or ())


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/*", "text/csv"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", "application/xml"),
        ("text/csv;q=0.1, application/sparql-results+xml;q=0.5", "application/sparql-results+xml"),
        ("application/sparql-results+json;q=0, */*", "application/json"),
        ("TEXT/CSV; charset=utf-8", "text/csv"),
    ],
)
def test_what_is_liked_best_is_sent(accept: str | None, expected: str, server: str) -> None:
    assert ask(server, "ASK {}", accept)[:2] == (200, expected)


def test_what_cannot_be_sent_is_said(server: str) -> None:
    status, text = refusal(ask(server, "ASK {}", "image/png"))
    assert status == 406
    assert "application/sparql-results+json" in text
    assert refusal(ask(server, "CONSTRUCT WHERE { ?s ?p ?o }", "text/csv"))[0] == 406


@pytest.mark.parametrize(
    ("query", "media"),
    [
        ('CONSTRUCT { <a:a> <http://e/> "a" } {}', "application/rdf+xml"),
        ('CONSTRUCT { <a:a> <a:b> "\\u0081\x01" } {}', "application/rdf+xml"),
        ('SELECT ("\x01" AS ?a) {}', "application/sparql-results+xml"),
    ],
)
def test_what_xml_cannot_hold_is_said(query: str, media: str, server: str) -> None:
    assert refusal(ask(server, query, media)) == (
        406,
        "this answer cannot be written in XML: ask for another format",
    )
    assert ask(server, query)[0] == 200


def test_the_accept_header_may_stand_on_several_lines(server: str) -> None:
    parts = urlsplit(server)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    connection.putrequest("GET", "/sparql?query=ASK%7B%7D")
    for media in ("text/turtle", "text/csv"):
        connection.putheader("Accept", media)
    connection.endheaders()
    assert connection.getresponse().headers.get_content_type() == "text/csv"
    connection.close()


@pytest.mark.parametrize("options", ["; charset=UTF-8; version=1", ";version=1", '; version=1; charset="utf-8"', ";"])
def test_other_parameters_of_a_content_type_do_no_harm(options: str, server: str) -> None:
    assert fetch(f"{server}/sparql", data=b"ASK {}", headers={"Content-Type": DIRECT + options})[0] == 200


def test_a_query_is_taken_in_all_three_ways(server: str) -> None:
    query, url = "ASK { hsi:SAMS a share:System } # é", f"{server}/sparql"
    form = urlencode({"query": query}).encode()
    direct = {"Content-Type": "application/sparql-query; charset=UTF-8"}
    answers = [
        fetch(f"{url}?{form.decode()}"),
        fetch(url, data=form),
        fetch(url, data=query.encode(), headers=direct),
    ]
    assert [json.loads(content)["boolean"] for _, _, content in answers] == [True, True, True]


def test_the_service_describes_itself(server: str, hsi: api.Project) -> None:
    for media, form in (("text/turtle", "turtle"), ("application/ld+json", "json-ld"), ("application/rdf+xml", "xml")):
        status, found, content = fetch(f"{server}/sparql", media)
        assert (status, found) == (200, media)
        graph = rdflib.Graph().parse(data=content.decode(), format=form)
        sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
        service = graph.value(predicate=rdflib.RDF.type, object=sd.Service)
        assert str(graph.value(service, sd.endpoint)) == f"{server}/sparql"
        held = graph.value(graph.value(service, sd.defaultDataset), sd.defaultGraph)
        as_of = graph.value(held, rdflib.URIRef("https://w3id.org/sharewell#asOf"))
        assert str(as_of) == hsi.settings.as_of


FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"


@pytest.mark.parametrize(
    ("url", "kind", "data", "status", "words"),
    [
        ("/sparql?other=1", None, None, 400, "give one query"),
        ("/sparql?query=ASK{}&query=ASK{}", None, None, 400, "more than one query"),
        ("/sparql?query=ASK{}", DIRECT, b"ASK {}", 400, "more than one query"),
        ("/sparql?query=", None, None, 400, "not a SPARQL query"),
        ("/sparql?query=ASK{}&default-graph-uri=http://e/g", None, None, 400, "default-graph-uri: this endpoint has"),
        ("/sparql", FORM, b"query=ASK{}&named-graph-uri=http://e/g", 400, "named-graph-uri: this endpoint has one"),
        ("/sparql", FORM, b"update=CLEAR+ALL", 403, "only reads"),
        ("/sparql", "application/sparql-update", b"CLEAR ALL", 403, "only reads"),
        ("/sparql", "text/turtle", b"<a:a> <b:b> 1 .", 415, "post the query as"),
        ("/sparql", DIRECT + "; charset=utf-16", "ASK {}".encode("utf-16"), 415, "UTF-8"),
        ("/sparql", DIRECT, b"ASK { ?s ?p '\xff' }", 400, "is not UTF-8"),
        ("/sparql", FORM, b"query=ASK+%7B%FF", 400, "not percent-encoded UTF-8"),
        ("/sparql", FORM, b"query=\xff", 400, "not percent-encoded UTF-8"),
        ("/sparql?query=%ED%A0%80", None, None, 400, "not percent-encoded UTF-8"),
        ("/sparql?query=ASK{}%00", None, None, 400, "line 1"),
        ("/sparql", FORM, b"&".join([b"a=1"] * 2000), 400, "cannot be read"),
        ("/sparql?query=" + "%20" * 20_000, None, None, 414, "post the query"),
        ("/sparql", DIRECT, b"#" * 1_048_577, 413, "larger than 1,048,576 bytes"),
        ("/sparql", DIRECT, b"#" * 8_000_000, 413, "larger than 1,048,576 bytes"),
        ("/nothing", None, None, 404, "Not Found"),
        ("/health", FORM, b"a=1", 405, "Method Not Allowed"),
        ("/questions/CQ99", None, None, 404, "no such question"),
        ("/questions/" + "9" * 5000, None, None, 404, "no such question"),
        ("/questions/..%2f..%2f..%2fetc%2fpasswd", None, None, 404, "no such question"),
        ("/questions/../../etc/passwd", None, None, 404, "no such question"),
        ("/questions/lineage%2f..%2f..%2fpyproject.toml", None, None, 404, "no such question"),
        ("/questions/%00", None, None, 404, "no such question"),
        ("/questions/CQ04?nothing=1", None, None, 400, "has no parameter 'nothing'"),
        ("/questions/CQ04?start=SAMS&start=OCCMS", None, None, 400, "given twice"),
        ("/questions/CQ04?start=Nobody%20at%20all", None, None, 400, "nothing is called 'Nobody at all'"),
    ],
)
def test_what_is_wrong_is_one_line_and_the_right_status(
    url: str, kind: str | None, data: bytes | None, status: int, words: str, server: str
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    found, text = refusal(fetch(server + url, data=data, headers=headers))
    assert (found, words in text) == (status, True), text


def test_a_deleting_client_learns_what_is_allowed(server: str) -> None:
    request = urllib.request.Request(f"{server}/sparql", method="DELETE")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)
    assert caught.value.code == 405
    assert {"GET", "POST"} <= set(caught.value.headers["Allow"].split(", "))


def test_other_sites_read_nothing_unless_named(server: str) -> None:
    allowed = {"https://example.org": "https://example.org", "https://evil.example": None}
    for origin, expected in allowed.items():
        request = urllib.request.Request(f"{server}/sparql?query=ASK%7B%7D", headers={"Origin": origin})
        with urllib.request.urlopen(request, timeout=10) as response:
            assert response.headers.get("Access-Control-Allow-Origin") == expected


def test_a_name_that_leads_here_from_elsewhere_is_not_answered(server: str) -> None:
    port = urlsplit(server).port
    for host, expected in ((f"localhost:{port}", 200), (f"[::1]:{port}", 200), ("evil.example", 421), ("[", 400)):
        assert ask(server, "ASK {}", headers={"Host": host})[0] == expected


# Hostile queries


@pytest.fixture
def listener() -> Iterator[tuple[str, list[object]]]:
    """An address on loopback, and the connections that reached it."""
    reached: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        ended = threading.Event()

        def listen() -> None:
            while not ended.is_set():
                try:
                    connection, who = listening.accept()
                except OSError:
                    continue
                reached.append(who)
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/", reached
        ended.set()
        thread.join()


def test_nothing_is_fetched(listener: tuple[str, list[object]], server: str) -> None:
    url, reached = listener
    queries = [
        f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
        f"SELECT * {{ service silent <{url}> {{ ?s ?p ?o }} }}",
        f"SELECT * {{ BIND(trueSERVICE <{url}> {{ ?s ?p ?o }} AS ?x) }}",
        f"SELECT * {{ FILTER(1<2)SERVICE<{url}>{{ ?s ?p ?o }} }}",
        f"SELECT * {{ VALUES ?u {{ <{url}> }} SERVICE ?u {{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERV\\u0049CE <{url}> {{ ?s ?p ?o }} }}",
        f"LOAD <{url}>",
        f"INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
        f"SELECT * FROM <{url}> {{ ?s ?p ?o }}",
        f"SELECT * FROM NAMED <{url}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        f"DESCRIBE <{url}> FROM <{url}>",
    ]
    assert {refusal(ask(server, query))[0] for query in queries} == {400}
    assert ask(server, f"SELECT * {{ <{url}> ?p ?o }}")[0] == 200
    assert reached == []


def test_what_takes_too_long_is_stopped_while_health_answers(server: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        began = time.monotonic()
        running = [pool.submit(ask, server, CARTESIAN) for _ in range(3)]
        slowest = 0.0
        while not all(future.done() for future in running):
            asked = time.monotonic()
            assert fetch(f"{server}/health")[0] == 200
            slowest = max(slowest, time.monotonic() - asked)
            time.sleep(0.05)
        answers = [refusal(future.result()) for future in running]
    assert {status for status, _ in answers} == {503}
    assert {text for _, text in answers} <= {
        f"stopped after {SECONDS} s: ask for less",
        f"all workers were busy for {SECONDS} s: ask again later",
    }
    assert slowest < 1
    assert time.monotonic() - began < 3 * SECONDS + 5
    assert ask(server, "ASK {}")[0] == 200


def test_huge_answers_are_refused(server: str) -> None:
    for query, words in (
        ("SELECT * { ?a ?b ?c . ?d ?e ?f }", "more than 20,000 rows"),
        ("CONSTRUCT { ?a ?b ?f } WHERE { ?a ?b ?c . ?d ?e ?f }", "more than 20,000 triples"),
    ):
        status, text = refusal(ask(server, query))
        assert status == 400
        assert words in text


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * {" + "{" * 50_000 + "}" * 50_000 + "}",
        "ASK { FILTER(" + "!" * 100_000 + "true) }",
        "ASK { ?s " + "/".join(["share:owner"] * 20_000) + " ?o }",
        "ASK { ?s ?p <<" + "<<" * 10_000,
        "ASK { ?s ?p <<( ?a ?b ?c )>> }",
        "\x00\x01\x02",
    ],
    ids=["braces", "nots", "path", "triple terms", "one triple term", "control characters"],
)
def test_what_would_bring_an_engine_down_is_refused(query: str, server: str) -> None:
    answer = fetch(f"{server}/sparql", data=urlencode({"query": query}).encode())
    assert refusal(answer)[0] == 400
    assert ask(server, "ASK {}")[0] == 200


def test_what_is_no_http_is_refused(server: str) -> None:
    parts = urlsplit(server)
    for data in (b"\x16\x03\x01nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nA" * 9000):
        with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=10) as connection:
            connection.sendall(data)
            assert b"400" in connection.recv(100)
    assert fetch(f"{server}/health")[0] == 200


# Pages


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.headings: list[str] = []
        self.labels: set[str] = set()
        self.inputs: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        if tag == "a":
            self.links.append(found["href"] or "")
        if tag in {"script", "img", "iframe", "link"}:
            self.loads.append(found.get("src") or found.get("href") or tag)
        if tag in {"h1", "h2"}:
            self.headings.append(tag)
        if tag == "label":
            self.labels.add(found["for"] or "")
        if tag == "input":
            self.inputs.add(found["id"] or "")


def page(url: str) -> tuple[int, str, _Links]:
    status, media, content = fetch(url, "text/html,application/xml;q=0.9,*/*;q=0.8")
    assert media == "text/html"
    parser = _Links()
    parser.feed(content.decode())
    assert parser.loads == ["data:,"]
    assert parser.headings[0] == "h1"
    assert parser.headings.count("h1") == 1
    assert parser.labels == parser.inputs
    assert '<html lang="en">' in content.decode()
    return status, content.decode(), parser


def test_every_question_is_a_link_that_answers(server: str) -> None:
    _, text, parser = page(f"{server}/")
    links = [link for link in parser.links if link.startswith("/questions/")]
    assert sorted(links) == sorted(f"/questions/{question.id}" for question in catalog())
    assert "not legal advice" in text
    for link in links:
        assert page(server + link)[0] == 200


def test_a_question_is_answered_in_the_form_asked_for(server: str, hsi: api.Project) -> None:
    status, media, content = fetch(f"{server}/questions/CQ04?start=SAMS", "text/csv")
    assert (status, media) == (200, "text/csv")
    assert len(list(csv.reader(io.StringIO(content.decode())))) == 1 + len(hsi.ask("CQ04", start="SAMS").rows)
    question = catalog()[0]
    assert fetch(f"{server}/questions/{question.subject}/{question.name}")[0] == 200


def test_what_is_typed_into_a_page_is_only_text(server: str) -> None:
    hostile = "\"'><script>alert(1)</script>"
    status, text, _ = page(f"{server}/questions/CQ04?start={quote(hostile)}")
    assert status == 400
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    with urllib.request.urlopen(f"{server}/", timeout=10) as response:
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_what_a_graph_says_is_only_text(tmp_path: Path) -> None:
    (tmp_path / "sharewell.toml").write_text(
        'name = "<b>Mine</b>"\nbase = "http://example.org/"\nprefix = "ex"\nas_of = "2026-11-22"\nillustrative = true\n'
    )
    (tmp_path / "a.ttl").write_text(
        "@prefix share: <https://w3id.org/sharewell#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "<http://example.org/s> a share:System ; rdfs:label '<img src=x onerror=alert(1)>'@en .\n"
    )
    with served("--project", tmp_path) as (_, address):
        _, text, _ = page(f"{address}/")
        assert "&lt;b&gt;Mine&lt;/b&gt;" in text
        assert "Illustrative, not facts" in text
        _, text, _ = page(f"{address}/questions/CQ04?start={quote('http://example.org/s')}")
        assert "<img" not in text


# How it begins and ends


def _children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in found.stdout.split()]


def _alive(pids: list[int]) -> list[int]:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = subprocess.run(
            ["ps", "-o", "pid=,stat=", "-p", ",".join(map(str, pids))], capture_output=True, text=True
        )
        alive = [int(line.split()[0]) for line in found.stdout.splitlines() if not line.split()[1].startswith("Z")]
        if not alive:
            return []
        time.sleep(0.05)
    return alive


def _busy(address: str, number: int) -> list[threading.Thread]:
    """Clients that ask for what takes for ever, and do not mind how it ends."""

    def client() -> None:
        with suppress(OSError, http.client.HTTPException):
            ask(address, CARTESIAN)

    threads = [threading.Thread(target=client) for _ in range(number)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    return threads


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_all_its_workers(number: signal.Signals) -> None:
    with served("--workers", "3", "--timeout", "60") as (process, address):
        workers = _children(process.pid)
        assert len(workers) == 3
        threads = _busy(address, 2)
        process.send_signal(number)
        _, errors = process.communicate(timeout=15)
        assert (process.returncode, errors) == (0, "")
        assert _alive(workers) == []
        for thread in threads:
            thread.join(10)


def test_workers_do_not_outlive_a_server_that_is_killed() -> None:
    with served("--workers", "2", "--timeout", "2") as (process, address):
        workers = _children(process.pid)
        _busy(address, 1)
        process.kill()
        assert _alive(workers) == []


def test_a_query_that_nobody_waits_for_is_called_off() -> None:
    with served("--workers", "1", "--timeout", "60") as (_, address):
        parts = urlsplit(address)
        request = f"GET /sparql?{urlencode({'query': CARTESIAN})} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with socket.create_connection((str(parts.hostname), parts.port or 0)) as connection:
            connection.sendall(request.encode())
            time.sleep(0.3)
        began = time.monotonic()
        assert ask(address, "ASK {}")[0] == 200
        assert time.monotonic() - began < 10


def test_a_graph_on_disk_is_served_alike(server: str, tmp_path: Path) -> None:
    with served("--store", tmp_path / "store", "--timeout", "2") as (_, address):
        for question in [q for q in catalog() if q.needs != "assessed"][::7]:
            assert ask(address, question.text) == ask(server, question.text)
        assert refusal(ask(address, CARTESIAN))[0] == 503
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: ask(address, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"), range(16)))
        assert len({content for _, _, content in answers}) == 1
        assert answers[0][0] == 200


def test_a_graph_on_disk_does_not_answer_about_assessments(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with served("--store", store) as (_, address):
        for accept in (None, "text/html"):
            status, text = refusal(fetch(f"{address}/questions/CQ45", accept))
            assert (status, "holds no assessments" in text) == (409, True)
        _, _, content = fetch(f"{address}/")
        assert b"/questions/CQ45" not in content
        assert b"not answered by a server with --store" in content
        assert b"/questions/CQ04" in content
    own = tmp_path / "own.rq"
    for query, code in (
        ("SELECT * { ?a a share:Assessment }", 2),
        ("SELECT * { ?a a <https://w3id.org/sharewell#Assessment> }", 2),
        ("SELECT * { ?a a share:PrivacyImpactAssessment ; rdfs:label 'share:Assessment' }", 0),
    ):
        own.write_text(query)
        command = [sys.executable, "-m", "sharewell.cli", "ask", str(own), "--store", str(store)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr
        assert ("a graph kept in a folder holds no assessments" in done.stderr) == (code == 2)


def test_no_worker_is_lost_when_there_are_no_file_numbers() -> None:
    program = """
import asyncio, resource, time
from sharewell.web.workers import TookTooLong, Workers

def work(job):
    time.sleep(float(job))
    return job

async def main():
    workers = Workers(lambda: work, 2, 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    found = await asyncio.gather(*(workers.ask(b"30") for _ in range(2)), return_exceptions=True)
    assert [type(error) for error in found] == [TookTooLong] * 2, found
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    began = time.monotonic()
    assert await asyncio.gather(*(workers.ask(b"0.6") for _ in range(2))) == [b"0.6"] * 2
    assert time.monotonic() - began < 1.1, "only one worker is left"
    workers.close()

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_too_many_connections_are_turned_away_and_no_harm_is_done(server: str) -> None:
    parts = urlsplit(server)
    with ExitStack() as opened:
        for _ in range(520):
            opened.enter_context(socket.create_connection((str(parts.hostname), parts.port or 0), timeout=10))
        assert fetch(f"{server}/health")[0] == 503
    end = time.monotonic() + 10
    while fetch(f"{server}/health")[0] != 200 and time.monotonic() < end:
        time.sleep(0.05)
    assert fetch(f"{server}/health")[0] == 200


def test_without_its_libraries_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['uvicorn'] = None; sys.argv = ['sharewell', 'serve']; "
        "from sharewell.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "serve needs uvicorn: pip install 'sharewell[web]'" in done.stderr


def test_what_cannot_be_served_is_one_line(server: str) -> None:
    taken = str(urlsplit(server).port)
    for options, words in (
        (["--port", taken], "cannot listen on"),
        (["--port", "0", "--cors", "example.org"], "is not an origin"),
        (["--port", "0", "--cors", "https://exa mple.org"], "is not an origin"),
        (["--port", "0", "--cors", "https://\u00e9.example"], "is not an origin"),
        (["--port", "0", "--cors", "https://example.org\x01"], "is not an origin"),
        (["--port", "0", "--host", "no.such.host.invalid"], "cannot listen on"),
        (["--port", "0", "--host", "a..b"], "cannot listen on"),
        (["--port", "0", "--host", "a" * 64 + ".example"], "cannot listen on"),
        (["--port", "0", "--host", b"\xff"], "cannot listen on"),
        (["--project", "/nowhere"], "no such folder"),
    ):
        command = [sys.executable, "-m", "sharewell.cli", "serve", *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1
