"""A remote SPARQL endpoint, asked through SPARQLWrapper (SPARQL 1.1 Protocol, section 2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlsplit

from SPARQLWrapper import JSON, POST, SELECT, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from sharewell.errors import InputError

SIZE_LIMIT = 256 * 1024 * 1024
"""Bytes of one answer that are read at the most."""

_NTRIPLES = "application/n-triples, text/turtle;q=0.9"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint at an http or https address; `timeout` is in seconds."""

    url: str
    timeout: int = 60

    def select(self, text: str) -> bytes:
        """The answer to a SELECT or ASK, as SPARQL 1.1 Query Results JSON. Raises InputError on any failure."""
        return self._send(text, None)

    def construct(self, text: str) -> bytes:
        """The answer to a CONSTRUCT or DESCRIBE, as N-Triples or Turtle. Raises InputError on any failure."""
        return self._send(text, _NTRIPLES)

    def _send(self, text: str, accept: str | None) -> bytes:
        if not _is_address(self.url):
            raise InputError(f"'{self.url}' is not the address of an endpoint: http:// or https://, a host, a path")
        wrapper = SPARQLWrapper(self.url)
        wrapper.setQuery(text)
        # SPARQLWrapper guesses the kind of query by words, those of comments included; only queries come here.
        wrapper.queryType = SELECT
        wrapper.setMethod(POST)
        wrapper.setTimeout(self.timeout)
        wrapper.setReturnFormat(JSON)
        if accept is not None:
            wrapper.setOnlyConneg(True)
            wrapper.addCustomHttpHeader("Accept", accept)
        try:
            answer: bytes = wrapper.query().response.read(SIZE_LIMIT + 1)
        except SPARQLWrapperException as error:
            raise InputError(f"the endpoint {self.url} refused the query: {_first_line(error)}") from None
        except HTTPError as error:
            raise InputError(f"the endpoint {self.url} answered HTTP {error.code} {error.reason}") from None
        except (OSError, HTTPException) as error:  # timeouts and URLError are kinds of OSError
            reason = getattr(error, "reason", None) or error
            raise InputError(f"the endpoint {self.url} cannot be reached: {reason}") from None
        if len(answer) > SIZE_LIMIT:
            raise InputError(f"the endpoint {self.url} sent more than {SIZE_LIMIT // 2**20} MiB: add a LIMIT")
        return answer


def _is_address(url: str) -> bool:
    """Whether a text can be sent to: what is not ASCII would have to be written as percent escapes."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc != "" and url.isascii()


def _first_line(error: Exception) -> str:
    # SPARQLWrapper puts the server's own words after a fixed sentence, as the text of a bytes object.
    words = str(error).split("Response:", 1)[-1].strip()
    if words[:2] in {"b'", 'b"'}:
        words = words[2:-1].replace("\\n", "\n")
    return next((line for line in words.splitlines() if line.strip()), type(error).__name__).strip()
