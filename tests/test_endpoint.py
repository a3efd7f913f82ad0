"""Remote endpoints: real servers on loopback, Oxigraph's and our own, asked through SPARQLWrapper."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import pytest
from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, serialize

from servers import SECONDS, free_port, served, wait_for
from sharewell import api
from sharewell.errors import InputError
from sharewell.graph import fetched
from sharewell.graph.endpoint import PROFILES, Credentials, Endpoint, Profile
from sharewell.knowledge import data_folder
from sharewell.questions import catalog, run_remote
from sharewell.report.checks import CheckReport


def _served(folder: Path) -> Iterator[str]:
    """An Oxigraph server of its own store, on loopback, until the test ends."""
    address = f"127.0.0.1:{free_port()}"
    program = Path(sys.executable).parent / "oxigraph"
    server = subprocess.Popen(
        [program, "serve", "--location", folder, "--bind", address],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://{address}/")
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(SECONDS)


def _put(server: str, triples: Iterable[Triple], where: str = "default") -> None:
    content = serialize(triples, format=RdfFormat.N_TRIPLES)
    request = urllib.request.Request(
        f"{server}/store?{where}", data=content, method="PUT", headers={"Content-Type": "application/n-triples"}
    )
    with urllib.request.urlopen(request, timeout=SECONDS):
        pass


def _recorded(project: api.Project) -> set[Triple]:
    return {Triple(q.subject, q.predicate, q.object) for source in project.graph.sources for q in source.quads}


@pytest.fixture(scope="module")
def empty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from _served(tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="module")
def full_server(tmp_path_factory: pytest.TempPathFactory, hsi: api.Project) -> Iterator[str]:
    for server in _served(tmp_path_factory.mktemp("full")):
        _put(server, (quad.triple for quad in hsi.graph.store))
        yield server


@pytest.fixture(scope="module")
def recorded_server(tmp_path_factory: pytest.TempPathFactory, hsi: api.Project) -> Iterator[str]:
    for server in _served(tmp_path_factory.mktemp("recorded")):
        _put(server, _recorded(hsi))
        yield server


@pytest.fixture(scope="module")
def here(hsi: api.Project) -> CheckReport:
    """What is found on the files themselves."""
    return hsi.check()


@pytest.fixture(scope="module")
def recorded(recorded_server: str, hsi: api.Project) -> api.Project:
    """The recorded statements, fetched from where nothing is derived."""
    return hsi.at(Endpoint(f"{recorded_server}/query"))


@pytest.mark.parametrize("question", catalog(), ids=lambda question: question.id)
def test_the_same_question_gives_the_same_rows(question, full_server: str, hsi: api.Project) -> None:
    remote = hsi.ask_endpoint(Endpoint(f"{full_server}/query"), question.id, {})
    assert remote == hsi.ask(question.id)


def test_parameters_reach_the_endpoint(full_server: str, hsi: api.Project) -> None:
    endpoint = Endpoint(f"{full_server}/query")
    assert hsi.ask_endpoint(endpoint, "CQ19", {"element": "OEN"}) == hsi.ask("CQ19", element="OEN")


def test_asks_and_triples(full_server: str) -> None:
    endpoint = Endpoint(f"{full_server}/query")
    assert run_remote(endpoint, "ASK { hsi:SAMS a share:System }").boolean is True
    triples = run_remote(endpoint, "CONSTRUCT { ?s a share:System } WHERE { ?s share:owner hsi:TCS }").triples
    assert [t.subject.value.rsplit("/", 1)[1] for t in triples or ()] == ["MyChildCareAccount"]


def test_an_endpoint_without_statements_is_said(empty_server: str, hsi: api.Project) -> None:
    with pytest.raises(InputError, match="holds no statements"):
        hsi.ask_endpoint(Endpoint(f"{empty_server}/query"), "CQ43", {})


@pytest.mark.parametrize("question", catalog(), ids=lambda question: question.id)
def test_what_is_not_derived_there_is_derived_here(question, recorded: api.Project, hsi: api.Project) -> None:
    assert recorded.ask(question.id) == hsi.ask(question.id)


def test_a_question_that_needs_derived_facts_is_asked_of_what_is_fetched(
    recorded_server: str, hsi: api.Project
) -> None:
    endpoint = Endpoint(f"{recorded_server}/query")
    assert hsi.ask_endpoint(endpoint, "CQ43", {}) == hsi.ask("CQ43")
    assert hsi.ask_endpoint(endpoint, "CQ04", {"start": "SAMS"}) == hsi.ask("CQ04", start="SAMS")


def test_a_remote_graph_is_checked_and_its_places_are_its_address(
    recorded: api.Project, recorded_server: str, here: CheckReport
) -> None:
    there = recorded.check()
    assert (there.triples, there.derived) == (here.triples, here.derived)
    assert _findings(there) == _findings(here)
    places = {str(result.location) for result in there.validation.results if result.location}
    assert places == {f"{recorded_server}/query"}
    # What is of no file here (a rule that comes with Sharewell) is of no address there.
    assert _nowhere(there) == _nowhere(here)


def test_a_merged_graph_is_checked_alike(full_server: str, hsi: api.Project, here: CheckReport) -> None:
    there = hsi.at(Endpoint(f"{full_server}/query")).check()
    assert _findings(there) == _findings(here)
    assert there.derived == 0
    assert there.triples == len(set(hsi.graph.store) - set(hsi.graph.ontology))


def test_derived_facts_of_another_day_are_not_taken_over(full_server: str) -> None:
    other = api.open(data_folder() / "hsi", "2024-01-01")
    with pytest.raises(InputError, match="as of 2026-11-22, not 2024-01-01: ask with --as-of 2026-11-22"):
        other.at(Endpoint(f"{full_server}/query")).check()


def test_a_graph_that_is_too_large_is_refused_before_it_is_fetched(full_server: str, hsi: api.Project) -> None:
    with pytest.raises(
        InputError, match=r"holds 22,\d+ statements, and at the most 10,000 are fetched: allow more with"
    ):
        hsi.at(Endpoint(f"{full_server}/query"), 10_000).check()


def test_one_graph_of_several(tmp_path: Path, hsi: api.Project) -> None:
    for server in _served(tmp_path):
        _put(server, _recorded(hsi), "graph=http://example.org/g")
        endpoint = Endpoint(f"{server}/query", graph="http://example.org/g")
        assert hsi.ask_endpoint(endpoint, "CQ18", {}) == hsi.ask("CQ18")
        found = hsi.at(endpoint)
        assert found.ask("CQ43") == hsi.ask("CQ43")
        assert {source.path for source in found.graph.sources} == {"http://example.org/g"}


def test_what_does_not_come_in_one_answer_comes_in_pages(
    monkeypatch: pytest.MonkeyPatch, hsi: api.Project, tmp_path: Path
) -> None:
    monkeypatch.setattr(fetched, "_PAGE", 1500)
    steps: list[str] = []
    with served("--max-rows", "9000") as (_, address):
        found = api.open(data_folder() / "hsi", on_step=steps.append).at(Endpoint(f"{address}/sparql"))
        folder = f"{hsi.settings.base}assessments/"  # what is served holds the assessments as well
        assert all(triple.subject.value.startswith(folder) for triple in found.graph.derived)
    there = {quad for quad in found.graph.store if not quad.subject.value.startswith(folder)}
    assert set(found.graph.store) > there
    assert there - set(found.graph.ontology) == set(hsi.graph.store) - set(hsi.graph.ontology)
    assert len([step for step in steps if step.startswith("fetching statements: ")]) > 5


def test_blank_nodes_that_come_in_pieces_are_refused(tmp_path: Path) -> None:
    (tmp_path / "sharewell.toml").write_text('name = "B"\nbase = "http://e.org/"\nas_of = "2026-11-22"\n')
    lines = (f"<http://e.org/{n}> <http://e.org/p> [ <http://e.org/q> {n} ] ." for n in range(600))
    (tmp_path / "a.ttl").write_text("\n".join(lines))
    with (
        served("--project", tmp_path, "--max-rows", "1100") as (_, address),
        pytest.raises(InputError, match="does not give its 1,205 statements with blank nodes in one answer"),
    ):
        api.open(tmp_path).at(Endpoint(f"{address}/sparql")).check()


def test_the_commands_take_an_endpoint(recorded_server: str, here: CheckReport) -> None:
    url = f"{recorded_server}/query"
    for command, words in (
        (["check", "--fail-on", "never"], f"{here.triples:,} statements from 1 file"),
        (["ask", "CQ43", "--profile", "oxigraph"], "rows"),
    ):
        done = _run(*command, "--endpoint", url)
        assert (done.returncode, done.stderr) == (0, "")
        assert words in done.stdout
    for options, words in (
        (["--endpoint", url, "--max-triples", "10"], "at the most 10 are fetched"),
        (["--graph", "http://example.org/g"], "give --endpoint URL"),
        (["--endpoint", url, "--graph", "g"], "is not an absolute IRI"),
        (["--endpoint", url, "--store", "kept"], "leave it out, or --endpoint"),
    ):
        done = _run("check", *options)
        assert done.returncode == 2
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1


# What is broken


@contextmanager
def _answering(
    content: bytes, announced: int | None = None, kind: str = "application/sparql-results+json"
) -> Iterator[str]:
    """An endpoint that gives one answer to every question; `announced` is the length it says that the answer has."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content) if announced is None else announced))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/query"
        finally:
            server.shutdown()
            thread.join()


def _rows(*values: str) -> bytes:
    found = ", ".join(f'{{"n": {value}}}' for value in values)
    return f'{{"head": {{"vars": ["n"]}}, "results": {{"bindings": [{found}]}}}}'.encode()


@pytest.mark.parametrize(
    "content",
    [
        _rows('{"type": "literal", "value": "1"}')[:-8],
        _rows('{"type": "uri", "value": "no iri"}'),
        _rows('{"type": "literal", "value": "1", "xml:lang": "not a language"}'),
        _rows('{"type": "nothing", "value": "1"}'),
    ],
)
def test_broken_rows_are_one_line(content: bytes, hsi: api.Project) -> None:
    with _answering(content) as url:
        for act in (
            lambda: run_remote(Endpoint(url), "SELECT * { ?s ?p ?n }"),
            lambda: Endpoint(url, profile=Profile(boolean="n")).ask("ASK {}"),
            lambda: hsi.at(Endpoint(url)).graph,
        ):
            with pytest.raises(InputError, match="did not answer with SPARQL results"):
                act()


def test_an_answer_that_is_cut_is_not_taken_for_a_whole_one() -> None:
    content = b"<http://e/a> <http://e/b> <http://e/c> .\n"
    for sent in (content, b""):
        with (
            _answering(sent, 2 * len(content), "application/n-triples") as url,
            pytest.raises(InputError, match="the connection was cut"),
        ):
            run_remote(Endpoint(url), "CONSTRUCT WHERE { ?s ?p ?o }")


def test_a_number_of_statements_with_thousands_of_digits_is_none(hsi: api.Project) -> None:
    with (
        _answering(_rows(f'{{"type": "literal", "value": "{"9" * 5_000}"}}')) as url,
        pytest.raises(InputError, match="does not say how many statements"),
    ):
        _ = hsi.at(Endpoint(url)).graph


def test_yes_is_no_answer_to_a_select() -> None:
    with (
        _answering(b'{"head": {}, "boolean": true}') as url,
        pytest.raises(InputError, match="answered yes or no where rows were asked for"),
    ):
        run_remote(Endpoint(url), "SELECT * { ?s ?p ?o }")


def test_a_long_chain_of_blank_nodes_is_fetched(tmp_path: Path, hsi: api.Project) -> None:
    nodes = [BlankNode() for _ in range(5_000)]
    chain = [Triple(one, NamedNode("http://e/next"), other) for one, other in pairwise(nodes)]
    circle = [Triple(nodes[-1], NamedNode("http://e/next"), nodes[-1])]
    for server in _served(tmp_path):
        _put(server, [*chain, *circle])
        source = fetched.fetch(Endpoint(f"{server}/query"), hsi.settings.as_of, (), 10_000, lambda _: None)
        assert len(source.quads) == len(nodes)


# Who asks


SECRET = "s3cret-word"


class _Guard(BaseHTTPRequestHandler):
    """Answers ASK with yes to those who say who they are as `wanted` says, and notes what it was told."""

    wanted: ClassVar[str] = "Basic"
    told: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        told = self.headers.get("Authorization", "")
        type(self).told.append(told)
        if not told.startswith(self.wanted):
            self.send_response(401)
            realm = 'realm="r", nonce="n", qop="auth", algorithm="MD5"' if self.wanted == "Digest" else 'realm="r"'
            self.send_header("WWW-Authenticate", f"{self.wanted} {realm}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content = b'{"head": {}, "boolean": true}'
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def guard() -> Iterator[str]:
    _Guard.told = []
    with ThreadingHTTPServer(("127.0.0.1", 0), _Guard) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/query"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("wanted", "profile", "credentials"),
    [
        ("Basic", "fuseki", Credentials("me", SECRET)),
        ("Basic", None, Credentials("me", SECRET)),
        ("Digest", "virtuoso", Credentials("me", SECRET)),
        ("Digest", None, Credentials("me", SECRET)),
        ("Bearer", None, Credentials(token=SECRET)),
    ],
)
def test_an_endpoint_learns_who_asks(wanted: str, profile: str | None, credentials: Credentials, guard: str) -> None:
    _Guard.wanted = wanted
    known = PROFILES[profile] if profile else None
    assert Endpoint(guard, profile=known, credentials=credentials).ask("ASK {}") is True
    assert _Guard.told[-1].startswith(wanted)
    assert SECRET not in repr(Endpoint(guard, credentials=credentials))


@pytest.mark.parametrize(
    ("wanted", "profile", "credentials"),
    [
        ("Basic", "virtuoso", Credentials("me", SECRET)),
        ("Basic", None, Credentials()),
        ("Bearer", None, Credentials("me", SECRET)),
        ("Digest", "fuseki", Credentials("me", SECRET)),
    ],
)
def test_who_is_not_let_in_reads_so_and_gives_nothing_away(
    wanted: str, profile: str | None, credentials: Credentials, guard: str
) -> None:
    _Guard.wanted = wanted
    known = PROFILES[profile] if profile else None
    with pytest.raises(InputError) as caught:
        Endpoint(guard, profile=known, credentials=credentials).ask("ASK {}")
    assert SECRET not in str(caught.value)
    assert not any(told.startswith("Basic") for told in _Guard.told)


@pytest.mark.parametrize("credentials", [Credentials("me", SECRET), Credentials(token=SECRET)])
def test_a_secret_is_not_sent_in_the_open(credentials: Credentials) -> None:
    with pytest.raises(InputError, match="would be sent a secret that anybody could read: use https") as caught:
        Endpoint("http://example.org/query", credentials=credentials).ask("ASK {}")
    assert SECRET not in str(caught.value)


def test_a_secret_in_an_address_is_not_repeated() -> None:
    with pytest.raises(InputError, match="holds no user and no password") as caught:
        Endpoint(f"http://me:{SECRET}@127.0.0.1/query").ask("ASK {}")
    assert SECRET not in str(caught.value)


def test_secrets_come_from_the_environment(guard: str) -> None:
    _Guard.wanted = "Basic"
    names = {"SHAREWELL_ENDPOINT_USER": "me", "SHAREWELL_ENDPOINT_PASSWORD": SECRET}
    done = _run("ask", "-", "--endpoint", guard, stdin="ASK {}", environment=names)
    assert (done.stdout, done.stderr) == ("yes\n", "")
    done = _run("ask", "-", "--endpoint", guard, stdin="ASK {}", environment={"SHAREWELL_ENDPOINT_USER": "me"})
    assert done.returncode == 2
    assert "set SHAREWELL_ENDPOINT_USER and SHAREWELL_ENDPOINT_PASSWORD" in done.stderr


def test_a_question_is_not_taken_elsewhere(full_server: str) -> None:
    class Moved(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(302)
            self.send_header("Location", f"{full_server}/query")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Moved) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with pytest.raises(InputError, match=f"has moved: give the new address, {full_server}/query"):
            Endpoint(f"http://127.0.0.1:{server.server_port}/").ask("ASK {}")
        server.shutdown()
        thread.join()


def _findings(report: CheckReport) -> list[tuple[object, ...]]:
    """What was found, without where."""
    found: list[tuple[object, ...]] = [
        (r.focus, r.path, r.value, r.shape, r.severity, r.message) for r in report.validation.results
    ]
    return [*found, *((a.subject, a.rule, a.verdict) for a in report.assessments.assessments)]


def _nowhere(report: CheckReport) -> list[object]:
    return [result.focus for result in report.validation.results if result.location is None]


def _run(
    *arguments: str, stdin: str = "", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sharewell.cli", *arguments]
    variables = os.environ | (environment or {})
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, env=variables)


@pytest.mark.parametrize(
    ("path", "words"),
    [("/nothing", "HTTP 404"), ("/query", "refused the query")],
)
def test_what_an_endpoint_refuses_is_one_line(path: str, words: str, full_server: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        run_remote(Endpoint(f"{full_server}{path}"), "SELECT * { ?s ?p }")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/query", "http://127.0.0.1:a/"])
def test_an_endpoint_that_cannot_be_reached_is_one_line(url: str) -> None:
    with pytest.raises(InputError, match="cannot be reached") as caught:
        run_remote(Endpoint(url, timeout=5), "ASK { ?s ?p ?o }")
    assert url in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "nonsense", "", "http://[", "http:///query", "http://e/\u00e9"])
@pytest.mark.parametrize("query", ["ASK { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"])
def test_what_is_no_address_is_said(url: str, query: str) -> None:
    with pytest.raises(InputError, match="is not the address of an endpoint"):
        run_remote(Endpoint(url), query)
