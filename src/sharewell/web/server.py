"""The HTTP server: a SPARQL endpoint at `/sparql`, the stored questions at `/questions/CQ01`, a list of them at `/`.

It only reads. Requests come in here; queries are run by the workers, so that nothing a query does keeps `/health` from
answering.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sharewell.api import Project
from sharewell.errors import InputError
from sharewell.questions import find_question
from sharewell.web import pages
from sharewell.web.answers import HTML, Job, Reply, worker
from sharewell.web.protocol import (
    ADDRESS_LIMIT,
    FORM,
    GRAPHS,
    QUERY,
    REQUEST_LIMIT,
    UPDATE,
    Refusal,
    choose,
    decode,
    parameters,
    service_description,
    the_query,
)
from sharewell.web.workers import NoWorkerFree, TookTooLong, WorkerEnded, Workers

_DRAINED = 16 * 2**20
"""Bytes of a request that is too large which are still taken in, so that its sender gets to read the refusal."""
_READING_SECONDS = 30
_MOST_CONNECTIONS = 512
"""Connections at once: each takes a file number, and a process often has 1,024 of them. More get 503."""
_ORIGIN = re.compile(r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")
"""An origin as browsers write it (RFC 6454, section 6.2): no other text can ever be the one that they send."""
_SHUTDOWN_SECONDS = 2
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a query may take: seconds of time, rows (or triples) of its answer; and how many may run at once."""

    seconds: float = 30
    rows: int = 100_000
    workers: int = 2


def serve(
    project: Project,
    host: str,
    port: int,
    limits: Limits,
    origins: Sequence[str] = (),
    started: Callable[[str], None] = lambda _: None,
) -> None:
    """Answer requests until SIGINT or SIGTERM; then all workers are ended. To be called in the main thread.

    With `port` 0 a free one is taken; `started` is told the address. `origins` are the sites whose scripts may read
    the answers (CORS). Raises InputError where a source cannot be read or the address cannot be had.
    """
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise InputError(f"'{origin}' is not an origin: write scheme and host, for example https://example.org")
    listening = _listen(host, port)
    with listening:
        _prepare(project)
        workers = Workers(worker(project, limits.rows), limits.workers, limits.seconds)
        try:
            config = uvicorn.Config(
                application(project, workers, limits, origins, _own_names(host)),
                log_level="critical",
                access_log=False,
                lifespan="off",
                loop="asyncio",
                http="h11",
                ws="none",
                proxy_headers=False,
                server_header=False,
                limit_concurrency=_MOST_CONNECTIONS,
                timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
            )
            # The server takes these signals as a wish to stop, and gives them on when it has stopped: that is all.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: None)
            address = f"[{host}]" if ":" in host else host
            started(f"http://{address}:{listening.getsockname()[1]}/")
            uvicorn.Server(config).run(sockets=[listening])
        finally:
            workers.close()


def _prepare(project: Project) -> None:
    """Have the graph at hand. A store on disk is made in a process apart: its threads must not be here at a fork."""
    if not project.on_disk:
        project.prepare()
        return
    child = os.fork()
    if child == 0:
        try:
            project.prepare()
        except InputError:
            os._exit(1)  # it is said when it happens again below
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    project.prepare()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError, UnicodeError) as error:  # a label may be too long, or no text at all
        raise InputError(f"cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}") from None


def _own_names(host: str) -> bool:
    """Whether only this machine can ask: then a page elsewhere, whose name leads here, may not (DNS rebinding)."""
    return host == "localhost" or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def application(
    project: Project, workers: Workers, limits: Limits, origins: Sequence[str] = (), local: bool = True
) -> Starlette:
    """The routes; with `local`, only requests that name this machine itself are answered."""
    site = _Site(project, workers, limits)
    middleware = [Middleware(_Guarded, local=local)]
    if origins:
        middleware.append(Middleware(CORSMiddleware, allow_origins=list(origins), allow_methods=["GET", "POST"]))
    return Starlette(
        routes=[
            Route("/", site.list_questions),
            Route("/health", site.health),
            Route("/sparql", site.sparql, methods=["GET", "POST"]),
            Route("/questions/{name:path}", site.question),
        ],
        middleware=middleware,
        exception_handlers={
            Refusal: _refused,
            HTTPException: _http_error,
            ClientDisconnect: _nobody_there,
            Exception: _our_fault,
        },
    )


class _Guarded:
    """What holds for every answer: who may ask, and what a browser may do with it."""

    def __init__(self, app: ASGIApp, local: bool) -> None:
        self._app, self._local = app, local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", pages.CONTENT_SECURITY.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"no-referrer"),
                ]
            await send(message)

        refusal = self._refusal(Request(scope).headers.get("host", "")) if scope["type"] == "http" else None
        await (_response(refusal) if refusal else self._app)(scope, receive, send_guarded)

    def _refusal(self, named: str) -> Reply | None:
        """The answer to those who call the server by a name that it does not go by; None for all others."""
        try:
            host = urlsplit(f"//{named}").hostname
        except ValueError:
            return Reply.refused(400, "the Host header names no host")
        if self._local and host is not None and host != "localhost" and not _is_loopback(host):
            return Reply.refused(421, "this server answers only to this machine's own name")
        return None


class _Site:
    """What the routes share."""

    def __init__(self, project: Project, workers: Workers, limits: Limits) -> None:
        self._project, self._workers, self._limits = project, workers, limits

    async def list_questions(self, _: Request) -> Response:
        return Response(pages.questions_page(self._project), media_type=HTML)

    async def health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok", "as_of": self._project.settings.as_of})

    async def sparql(self, request: Request) -> Response:
        accept = _accepted(request)
        if request.method == "POST":
            query = await _posted_query(request)
        else:
            found = _address_parameters(request)
            if not found:
                return self._description(request, accept)
            query = the_query(found)
        return await self._ask(request, Job(query=query, accept=accept))

    def _description(self, request: Request, accept: str | None) -> Response:
        settings, media = self._project.settings, choose(accept, GRAPHS)
        address = str(request.url.replace(query=""))
        return _response(Reply(200, media, service_description(address, settings.name, settings.as_of, media)))

    async def question(self, request: Request) -> Response:
        try:
            question = find_question(request.path_params["name"])
        except InputError:
            raise Refusal(404, "there is no such question; / lists them all") from None
        if not pages.is_answered(self._project, question):
            raise Refusal(409, "this graph is kept in a folder and holds no assessments: serve it without --store")
        found = [(name, value) for name, value in _address_parameters(request) if value]
        if len(dict(found)) != len(found):
            raise Refusal(400, "a parameter is given twice")
        accept = _accepted(request)
        return await self._ask(request, Job(question=question.id, values=dict(found), accept=accept))

    async def _ask(self, request: Request, job: Job) -> Response:
        seconds = f"{self._limits.seconds:g} s"
        try:
            return _response(Reply.decode(await _while_connected(request, self._workers.ask(job.encode()))))
        except NoWorkerFree:
            return _later(Reply.refused(503, f"all workers were busy for {seconds}: ask again later"))
        except TookTooLong:
            return _response(Reply.refused(503, f"stopped after {seconds}: ask for less"))
        except WorkerEnded:
            message = "the query ended its worker: it took more memory than it may, or the engine failed"
            return _response(Reply.refused(500, message))


def _accepted(request: Request) -> str | None:
    """The Accept header, which may stand on several lines (RFC 9110, section 5.3)."""
    return ", ".join(request.headers.getlist("accept")) or None


def _address_parameters(request: Request) -> list[tuple[str, str]]:
    encoded: bytes = request.scope["query_string"]
    if len(encoded) > ADDRESS_LIMIT:
        raise Refusal(414, f"the address is longer than {ADDRESS_LIMIT:,} bytes: post the query")
    return parameters(encoded)


async def _posted_query(request: Request) -> str:
    kind, _, options = request.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind == UPDATE:
        raise Refusal(403, "this endpoint only reads: updates are refused")
    if kind not in {FORM, QUERY}:
        raise Refusal(415, f"post the query as {QUERY} or as {FORM}")
    named = (option.replace(" ", "").replace('"', "") for option in options.lower().split(";"))
    charsets = {option.removeprefix("charset=") for option in named if option.startswith("charset=")}
    if charsets - {"", "utf-8", "utf8", "us-ascii"}:
        raise Refusal(415, "send the query in UTF-8")
    content, found = await _content(request), _address_parameters(request)
    if kind == QUERY:
        return the_query(found, decode(content, "the query"))
    return the_query([*found, *parameters(content)])


async def _content(request: Request) -> bytes:
    """What is posted. Raises Refusal 413 for more than REQUEST_LIMIT bytes and 408 where it does not come."""
    parts, size = [], 0
    try:
        async with asyncio.timeout(_READING_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size <= REQUEST_LIMIT:
                    parts.append(part)
                elif size > _DRAINED:
                    break
    except TimeoutError:
        raise Refusal(408, f"the request was not complete after {_READING_SECONDS} s") from None
    if size > REQUEST_LIMIT:
        raise Refusal(413, f"the request is larger than {REQUEST_LIMIT:,} bytes")
    return b"".join(parts)


async def _while_connected(request: Request, work: Coroutine[Any, Any, _T]) -> _T:
    """The result of some work, which is called off where the asker goes away. Raises ClientDisconnect for that."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(gone())
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()


def _response(reply: Reply) -> Response:
    charset = "; charset=utf-8" if reply.media.startswith("text/") else ""
    headers = {"content-type": reply.media + charset, "vary": "Accept"}
    return Response(reply.content, reply.status, headers)


def _later(reply: Reply) -> Response:
    response = _response(reply)
    response.headers["retry-after"] = "5"
    return response


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _response(Reply.refused(error.status, error.message))


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = _response(Reply.refused(error.status_code, error.detail))
    response.headers.update(error.headers or {})
    return response


async def _nobody_there(_: Request, __: Exception) -> Response:
    return Response(status_code=499)


async def _our_fault(request: Request, error: Exception) -> Response:
    message = f"our own fault: {type(error).__name__}: {error}"
    print(f"{request.url.path}: {message}", file=sys.stderr)
    return _response(Reply.refused(500, message))
