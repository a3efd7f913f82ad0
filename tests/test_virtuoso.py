"""Virtuoso, which differs from the standard: by recorded answers always, by the real server where it is installed.

`data/virtuoso.json` holds what Virtuoso 7.2.5 answered to the session below on a small invented graph, with its limits
set low (40 rows an answer, 40 rows sorted). With SHAREWELL_RECORD=1 and the server installed, it is written anew.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from servers import free_port, wait_for
from sharewell import api
from sharewell.errors import InputError
from sharewell.graph import fetched
from sharewell.graph.endpoint import PROFILES, STANDARD, Credentials, Endpoint
from sharewell.questions import catalog, run_remote
from small_graphs import AS_OF

RECORDED = Path(__file__).parent / "data" / "virtuoso.json"
GRAPH, PASSWORD = "http://example.org/small", "small-secret"
_SYSTEM, _LABEL = NamedNode("https://w3id.org/sharewell#System"), "http://www.w3.org/2000/01/rdf-schema#label"
_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_XSD = "http://www.w3.org/2001/XMLSchema#"
needs_virtuoso = pytest.mark.skipif(shutil.which("virtuoso-t") is None, reason="Virtuoso is not installed")


def small() -> set[Triple]:
    """A hundred invented statements and a few with literals that engines like to rewrite."""
    found = set()
    for number in range(50):
        system = NamedNode(f"http://example.org/s{number:02}")
        found.add(Triple(system, _TYPE, _SYSTEM))
        found.add(Triple(system, NamedNode(_LABEL), Literal(f"System {number} – é", language="en")))
    for kind, value in (("date", "2024-02-29"), ("string", "plain"), ("boolean", "true"), ("decimal", "1.50")):
        value_of = NamedNode(f"http://example.org/{kind}")
        found.add(
            Triple(NamedNode("http://example.org/s00"), value_of, Literal(value, datatype=NamedNode(_XSD + kind)))
        )
    return found


class _Between(BaseHTTPRequestHandler):
    """Stands between our client and Virtuoso, and either passes on and records, or answers from what was recorded."""

    real: str | None = None
    exchanges: list[dict[str, Any]]

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        form = parse_qs(content.decode())
        who = self.headers.get("Authorization", "").split(" ")[0]
        asked = {
            "path": self.path,
            "query": form["query"][0],
            "graph": form.get("default-graph-uri", [None])[0],
            "accept": self.headers["Accept"],
            "who": who,
        }
        answer = next((known for known in self.exchanges if known.items() >= asked.items()), None)
        if answer is None and self.real is not None:
            answer = asked | self._pass_on(content)
            self.exchanges.append(answer)
        if answer is None:
            self.send_error(599, "not recorded")
            return
        body = answer["body"].encode()
        self.send_response(answer["status"])
        self.send_header("Content-Type", answer["type"])
        if answer["challenge"]:
            self.send_header("WWW-Authenticate", answer["challenge"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _pass_on(self, content: bytes) -> dict[str, Any]:
        names = ("Accept", "Content-Type", "Authorization")
        headers = {name: self.headers[name] for name in names if name in self.headers}
        request = urllib.request.Request(f"{self.real}{self.path}", content, headers)
        try:
            response = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            body = response.read().decode()
            # What the server says besides is not needed, and holds numbers that change with every run.
            return {
                "status": response.status,
                "type": response.headers["Content-Type"],
                "challenge": response.headers.get("WWW-Authenticate"),
                "body": body,
            }

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def between(real: str | None, exchanges: list[dict[str, Any]]) -> Iterator[str]:
    handler = type("_Handler", (_Between,), {"real": real, "exchanges": exchanges})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def session(address: str) -> None:
    """What our client does with Virtuoso, and what has to come of it."""
    endpoint = Endpoint(f"{address}/sparql", graph=GRAPH)
    # The answer to an ASK is a row, or none; that tells the engine.
    assert endpoint.known_profile() is PROFILES["virtuoso"]
    assert endpoint.ask("ASK { ?s a <https://w3id.org/sharewell#System> }") is True
    assert endpoint.ask("ASK { ?s a <https://w3id.org/sharewell#Nothing> }") is False
    assert run_remote(endpoint, "ASK { ?s a share:Nothing }").boolean is False
    # An answer is cut without a word, and a page far behind is refused where the rows are cut where they are sorted.
    source = fetched.fetch(endpoint, AS_OF, (), 1000, lambda _: None)
    assert {Triple(q.subject, q.predicate, q.object) for q in source.quads} >= {
        triple for triple in small() if not triple.predicate.value.endswith(("boolean", "decimal"))
    }
    assert len(source.quads) == len(small())
    with pytest.raises(InputError, match="refused the query: Virtuoso 22023 Error SR353"):
        fetched.fetch(Endpoint(endpoint.url, graph=GRAPH, profile=STANDARD_BY_ROWS), AS_OF, (), 1000, lambda _: None)
    # Who asks is told by a digest.
    guarded = Endpoint(f"{address}/sparql-auth", graph=GRAPH)
    with pytest.raises(InputError, match="does not let us ask"):
        guarded.ask("ASK {}")


STANDARD_BY_ROWS = type(STANDARD)(boolean=PROFILES["virtuoso"].boolean)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetched, "_PAGE", 30)


def test_the_session_with_recorded_answers(small_pages: None) -> None:
    with between(None, json.loads(RECORDED.read_text(encoding="utf-8"))) as address:
        session(address)


def test_a_recorded_challenge_is_met_by_a_digest(small_pages: None) -> None:
    exchanges = json.loads(RECORDED.read_text(encoding="utf-8"))
    yes = next(known for known in exchanges if known["query"] == "ASK {}" and known["status"] == 200)
    exchanges.append(yes | {"path": "/sparql-auth", "who": "Digest"})
    with between(None, exchanges) as address:
        for profile in (None, PROFILES["virtuoso"]):
            url = f"{address}/sparql-auth"
            assert Endpoint(url, 60, GRAPH, profile, Credentials("dba", PASSWORD)).ask("ASK {}") is True


def test_stored_questions_are_not_left_to_virtuoso(small_pages: None, tmp_path: Path) -> None:
    settings = f'name = "N"\nbase = "http://example.org/"\nas_of = "{AS_OF}"\nsources = ["*.nt"]\n'
    (tmp_path / "sharewell.toml").write_text(settings)
    (tmp_path / "a.nt").write_bytes(serialize(small(), format=RdfFormat.N_TRIPLES) or b"")
    project = api.open(tmp_path)
    with between(None, json.loads(RECORDED.read_text(encoding="utf-8"))) as address:
        endpoint = Endpoint(f"{address}/sparql", graph=GRAPH)
        for identifier in ("CQ38", "CQ18"):
            assert project.ask_endpoint(endpoint, identifier, {}) == project.ask(identifier)


# The real server


_SETTINGS = """[Database]
DatabaseFile = {folder}/v.db
ErrorLogFile = {folder}/v.log
LockFile = {folder}/v.lck
TransactionFile = {folder}/v.trx
xa_persistent_file = {folder}/v.pxa
[TempDatabase]
DatabaseFile = {folder}/t.db
TransactionFile = {folder}/t.trx
[Parameters]
ServerPort = 127.0.0.1:{port}
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
MaxSortedTopRows = {rows}
DirsAllowed = {folder}
[HTTPServer]
ServerPort = 127.0.0.1:{web}
ServerRoot = {folder}
[SPARQL]
ResultSetMaxRows = {rows}
"""


@contextmanager
def virtuoso(folder: Path, rows: int, graphs: dict[str, set[Triple]]) -> Iterator[str]:
    """A real Virtuoso on loopback that gives out so many rows at once and holds these graphs."""
    port, web = free_port(), free_port()
    settings = folder / "virtuoso.ini"
    settings.write_text(_SETTINGS.format(folder=folder, port=port, web=web, rows=rows))
    command = ["virtuoso-t", "+foreground", "+configfile", str(settings)]
    # The first run sets the password and ends.
    subprocess.run([*command, "+pwdold", "dba", "+pwddba", PASSWORD], cwd=folder, capture_output=True, timeout=60)
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{web}/sparql")
        for number, (graph, triples) in enumerate(graphs.items()):
            file = folder / f"{number}.nt"
            serialize(triples, output=str(file), format=RdfFormat.N_TRIPLES)
            load = f"DB.DBA.TTLP_MT(file_to_string_output('{file}'), '', '{graph}');"
            isql = ["isql-vt", f"127.0.0.1:{port}", "dba", PASSWORD, f"exec={load}"]
            subprocess.run(isql, capture_output=True, check=True, timeout=60)
        yield f"http://127.0.0.1:{web}"
    finally:
        server.kill()
        server.wait(30)


@pytest.mark.whole
@needs_virtuoso
def test_the_recorded_answers_are_those_of_the_real_server(small_pages: None, tmp_path: Path) -> None:
    exchanges: list[dict[str, Any]] = []
    with virtuoso(tmp_path, 40, {GRAPH: small()}) as real:
        with between(real, exchanges) as address:
            session(address)
        who = Credentials("dba", PASSWORD)
        assert Endpoint(f"{real}/sparql-auth", 60, GRAPH, PROFILES["virtuoso"], who).ask("ASK {}") is True
    exchanges.sort(key=lambda exchange: (exchange["path"], exchange["query"], exchange["accept"]))
    if os.environ.get("SHAREWELL_RECORD"):
        RECORDED.write_text(json.dumps(exchanges, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    known = json.loads(RECORDED.read_text(encoding="utf-8"))
    assert [_told(exchange) for exchange in exchanges] == [_told(exchange) for exchange in known]


def _told(exchange: dict[str, Any]) -> dict[str, Any]:
    """An exchange without what changes with every run; lines of triples come in any order."""
    return exchange | {"challenge": bool(exchange["challenge"]), "body": sorted(exchange["body"].splitlines())}


@pytest.mark.whole
@needs_virtuoso
def test_every_question_has_the_same_rows_with_the_real_server(hsi: api.Project, tmp_path: Path) -> None:
    merged = {quad.triple for quad in hsi.graph.store}
    recorded = {Triple(q.subject, q.predicate, q.object) for source in hsi.graph.sources for q in source.quads}
    graphs = {"http://example.org/merged": merged, "http://example.org/recorded": recorded}
    with virtuoso(tmp_path, 10_000, graphs) as real:
        for graph in graphs:
            endpoint = Endpoint(f"{real}/sparql", graph=graph)
            found = hsi.at(endpoint)
            assert [q.id for q in catalog() if found.ask(q.id) != hsi.ask(q.id)] == []
        assert hsi.ask_endpoint(endpoint, "CQ43", {}) == hsi.ask("CQ43")
