"""A remote endpoint: a real Oxigraph server on loopback, asked through SPARQLWrapper."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat

from sharewell import api
from sharewell.errors import InputError
from sharewell.graph.endpoint import Endpoint
from sharewell.questions import catalog, run_remote

_SECONDS = 30


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _served(folder: Path) -> Iterator[str]:
    """An Oxigraph server of its own store, on loopback, until the test ends."""
    address = f"127.0.0.1:{_free_port()}"
    program = Path(sys.executable).parent / "oxigraph"
    server = subprocess.Popen(
        [program, "serve", "--location", folder, "--bind", address],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://{address}/")
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(_SECONDS)


def _wait(url: str) -> None:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"no answer from {url} in {_SECONDS} s")


def _put(server: str, project: api.Project) -> None:
    content = project.graph.store.dump(format=RdfFormat.N_TRIPLES, from_graph=_default_graph())
    request = urllib.request.Request(
        f"{server}/store?default", data=content, method="PUT", headers={"Content-Type": "application/n-triples"}
    )
    with urllib.request.urlopen(request, timeout=_SECONDS):
        pass


def _default_graph() -> object:
    from pyoxigraph import DefaultGraph

    return DefaultGraph()


@pytest.fixture(scope="module")
def empty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from _served(tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="module")
def full_server(tmp_path_factory: pytest.TempPathFactory, hsi: api.Project) -> Iterator[str]:
    for server in _served(tmp_path_factory.mktemp("full")):
        _put(server, hsi)
        yield server


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


def test_a_question_that_needs_derived_facts_is_not_asked_of_recorded_ones(empty_server: str, hsi: api.Project) -> None:
    with pytest.raises(InputError, match="does not say that it holds the merged graph"):
        hsi.ask_endpoint(Endpoint(f"{empty_server}/query"), "CQ43", {})


@pytest.mark.parametrize(
    ("path", "words"),
    [("/nothing", "HTTP 404|refused the query|Not"), ("/query", "refused the query")],
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
