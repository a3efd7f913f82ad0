"""A remote SPARQL endpoint, asked through SPARQLWrapper (SPARQL 1.1 Protocol, section 2.1)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    BaseHandler,
    HTTPBasicAuthHandler,
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    HTTPRedirectHandler,
    Request,
    build_opener,
)

from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolution, QuerySolutions, Variable, parse_query_results
from SPARQLWrapper import JSON, POST, SELECT, SPARQLWrapper

from sharewell.errors import InputError

SIZE_LIMIT = 256 * 1024 * 1024
"""Bytes of one answer that are read at the most."""

_NTRIPLES = "application/n-triples, text/turtle;q=0.9"
_SAID = 2000


@dataclass(frozen=True, slots=True)
class Profile:
    """In what an engine differs from the others.

    `scheme` is how it asks who one is (`basic` or `digest`; None: as its answer of 401 says). `boolean` is the variable
    in which it gives the answer to an ASK where that is not a boolean. With `outer_slice` it sorts only so many rows
    as it gives out at once, so that a page far behind has to be cut outside of the sorted rows. Where it is not
    `exact`, it does not answer as SPARQL 1.1 has it, and stored questions are asked of its statements elsewhere.
    """

    scheme: str | None = None
    boolean: str | None = None
    outer_slice: bool = False
    exact: bool = True


STANDARD: Final = Profile()
PROFILES: Final[Mapping[str, Profile]] = {
    "fuseki": Profile(scheme="basic"),
    "oxigraph": STANDARD,
    "sharewell": STANDARD,
    # Measured on Virtuoso 7.2.5 (tests/test_virtuoso.py): of the 48 questions it refuses 4 and answers 6 otherwise.
    "virtuoso": Profile(scheme="digest", boolean="__ASK_RETVAL", outer_slice=True, exact=False),
}
"""The engines that are known by name. Without a name the shape of the first answer tells."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks: a user with a password, or the bearer of a token (RFC 6750). None of it is ever shown."""

    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Credentials:
        """What SHAREWELL_ENDPOINT_USER, …_PASSWORD and …_TOKEN say. Raises InputError for half of it or too much."""
        user, password, token = (
            environment.get(f"SHAREWELL_ENDPOINT_{part}") for part in ("USER", "PASSWORD", "TOKEN")
        )
        if (user is None) != (password is None) or (user is not None and token is not None):
            raise InputError("set SHAREWELL_ENDPOINT_USER and SHAREWELL_ENDPOINT_PASSWORD, or SHAREWELL_ENDPOINT_TOKEN")
        if token is not None and not (token.isascii() and token.isprintable()):
            raise InputError("SHAREWELL_ENDPOINT_TOKEN holds more than a token")
        return cls(user, password, token)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an answer, read while they are gone through: InputError comes where one of them is broken."""

    variables: list[Variable]
    solutions: Iterator[QuerySolution]

    def __iter__(self) -> Iterator[QuerySolution]:
        return self.solutions


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint at an http or https address; `timeout` is in seconds, `graph` the IRI of the one graph to ask."""

    url: str
    timeout: int = 60
    graph: str | None = None
    profile: Profile | None = None
    credentials: Credentials = Credentials()

    @property
    def where(self) -> str:
        """What stands for the place of a statement that was read here: the graph's IRI, else the endpoint's."""
        return self.graph or self.url

    def select(self, text: str) -> Rows | QueryBoolean:
        """The answer to a SELECT or ASK. Raises InputError on any failure, for a broken row when it is come to."""
        content = self._send(text, None)
        try:
            result = parse_query_results(content, format=QueryResultsFormat.JSON)
        except (SyntaxError, ValueError) as error:
            raise self._no_results(error) from None
        return result if isinstance(result, QueryBoolean) else Rows(result.variables, self._read(result))

    def _read(self, solutions: QuerySolutions) -> Iterator[QuerySolution]:
        """The rows themselves: only their head has been looked at so far."""
        try:
            yield from solutions
        except (SyntaxError, ValueError) as error:
            raise self._no_results(error) from None

    def _no_results(self, error: Exception) -> InputError:
        return InputError(f"the endpoint {self.url} did not answer with SPARQL results: {error}")

    def ask(self, text: str) -> bool:
        """The answer to an ASK, in whatever shape this engine gives it. Raises InputError on any failure."""
        result = self.select(text)
        if isinstance(result, QueryBoolean):
            return bool(result)
        names = [variable.value for variable in result.variables]
        known = [self.profile.boolean] if self.profile else [profile.boolean for profile in PROFILES.values()]
        if len(names) != 1 or names[0] not in known:
            raise InputError(f"the endpoint {self.url} did not answer with yes or no")
        return any(getattr(solution[0], "value", "") == "1" for solution in result)  # no row at all is a no

    def known_profile(self) -> Profile:
        """The profile given, else the one that the shape of an answer tells. Raises InputError on any failure."""
        if self.profile is not None:
            return self.profile
        result = self.select("ASK {}")
        names = [] if isinstance(result, QueryBoolean) else [variable.value for variable in result.variables]
        return next((p for p in PROFILES.values() if p.boolean is not None and [p.boolean] == names), STANDARD)

    def construct(self, text: str) -> bytes:
        """The answer to a CONSTRUCT or DESCRIBE, as N-Triples or Turtle. Raises InputError on any failure."""
        return self._send(text, _NTRIPLES)

    def _send(self, text: str, accept: str | None) -> bytes:
        self._require_address()
        wrapper = _Wrapper(self.url, self._handlers())
        wrapper.setQuery(text)
        # SPARQLWrapper guesses the kind of query by words, those of comments included; only queries come here.
        wrapper.queryType = SELECT
        wrapper.setMethod(POST)
        wrapper.setTimeout(self.timeout)
        wrapper.setReturnFormat(JSON)
        if self.graph is not None:
            wrapper.addDefaultGraph(self.graph)
        if accept is not None:
            wrapper.setOnlyConneg(True)
            wrapper.addCustomHttpHeader("Accept", accept)
        if self.credentials.token is not None:
            wrapper.addCustomHttpHeader("Authorization", f"Bearer {self.credentials.token}")
        try:
            response = wrapper.query().response
            answer: bytes = response.read(SIZE_LIMIT + 1)
        except HTTPError as error:
            raise InputError(self._refusal(error)) from None
        except (OSError, HTTPException, ValueError) as error:  # timeouts and URLError are kinds of OSError
            reason = getattr(error, "reason", None) or error
            raise InputError(f"the endpoint {self.url} cannot be reached: {reason}") from None
        if len(answer) > SIZE_LIMIT:
            raise InputError(f"the endpoint {self.url} sent more than {SIZE_LIMIT // 2**20} MiB: add a LIMIT")
        if response.length:  # what it announced and did not send; triples cut off at the end of a line look whole
            raise InputError(f"the endpoint {self.url} sent only a part of its answer: the connection was cut")
        return answer

    def _require_address(self) -> None:
        try:
            parts = urlsplit(self.url)
            named = parts.username is not None or parts.password is not None
            host = parts.hostname or ""
        except ValueError:
            raise InputError(self._no_address()) from None
        if named:
            raise InputError(
                "an address of an endpoint holds no user and no password: set SHAREWELL_ENDPOINT_USER and …_PASSWORD"
            )
        # What is not ASCII would have to be written as percent escapes.
        if parts.scheme not in {"http", "https"} or not parts.netloc or not self.url.isascii():
            raise InputError(self._no_address())
        open_secret = self.credentials.token is not None or (
            self.credentials.password is not None and (self.profile or STANDARD).scheme != "digest"
        )
        if open_secret and parts.scheme == "http" and not _is_here(host):
            raise InputError(f"the endpoint {self.url} would be sent a secret that anybody could read: use https")

    def _no_address(self) -> str:
        return f"'{self.url}' is not the address of an endpoint: http:// or https://, a host, a path"

    def _handlers(self) -> list[BaseHandler]:
        handlers: list[BaseHandler] = [_NoRedirects()]
        user, password = self.credentials.user, self.credentials.password
        if user is not None and password is not None:
            known = HTTPPasswordMgrWithDefaultRealm()
            known.add_password(None, self.url, user, password)
            scheme = self.profile.scheme if self.profile else None
            # Whoever expects a digest must not be talked into sending the password itself.
            handlers += [HTTPDigestAuthHandler(known)] if scheme in {None, "digest"} else []
            handlers += [HTTPBasicAuthHandler(known)] if scheme in {None, "basic"} else []
        return handlers

    def _refusal(self, error: HTTPError) -> str:
        said = _first_line(error)
        if error.code in {301, 302, 303, 307, 308}:
            return f"the endpoint {self.url} has moved: give the new address, {error.headers.get('Location')}"
        if error.code in {401, 403}:
            hint = "set SHAREWELL_ENDPOINT_USER and …_PASSWORD, or …_TOKEN" if error.code == 401 else said
            return f"the endpoint {self.url} does not let us ask (HTTP {error.code}): {hint}"
        if error.code in {400, 500}:
            return f"the endpoint {self.url} refused the query: {said}"
        return f"the endpoint {self.url} answered HTTP {error.code}: {said}"


class _Wrapper(SPARQLWrapper):
    """SPARQLWrapper with connections of its own: it would change those of the whole process for a digest."""

    def __init__(self, url: str, handlers: list[BaseHandler]) -> None:
        super().__init__(url)
        self._opener = build_opener(*handlers)

    def _query(self) -> tuple[HTTPResponse, str]:
        return self._opener.open(self._createRequest(), timeout=self.timeout), self.returnFormat


class _NoRedirects(HTTPRedirectHandler):
    """A secret and a question go where they were sent, and nowhere else."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        raise HTTPError(req.full_url, code, msg, headers, fp)


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _first_line(error: HTTPError) -> str:
    """What the server itself says: the first line of its answer, or the words of its status."""
    try:
        words = error.read(_SAID).decode("utf-8", errors="replace")
    except (OSError, HTTPException):
        words = ""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return lines[0] if lines and not lines[0].startswith("<") else str(error.reason)
