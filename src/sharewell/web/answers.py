"""What a worker does: a job in, a reply out. A job is a query or a stored question, and what its asker accepts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from sharewell.api import Project
from sharewell.errors import InputError
from sharewell.questions import Question, catalog, find_question
from sharewell.web import pages
from sharewell.web.protocol import RESULTS, Refusal, check, choose, write
from sharewell.web.workers import ANSWER_LIMIT

HTML = "text/html"


@dataclass(frozen=True, slots=True)
class Job:
    """A SPARQL text, or the identifier of a stored question with the values of its parameters as people write them.

    `accept` is the asker's Accept header.
    """

    query: str | None = None
    question: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    accept: str | None = None

    def encode(self) -> bytes:
        """The job as bytes for a worker."""
        return json.dumps(asdict(self)).encode()


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP status, a media type, and the content."""

    status: int
    media: str
    content: bytes

    def encode(self) -> bytes:
        """The reply as bytes from a worker: one line of JSON, then the content."""
        return json.dumps([self.status, self.media]).encode() + b"\n" + self.content

    @classmethod
    def decode(cls, data: bytes) -> Reply:
        """The reply that `encode` made into bytes."""
        head, _, content = data.partition(b"\n")
        status, media = json.loads(head)
        return cls(status, media, content)

    @classmethod
    def refused(cls, status: int, message: str) -> Reply:
        """A reply that says in one line of plain text why there is no other."""
        return cls(status, "text/plain", f"{' '.join(message.split())}\n".encode())


def worker(project: Project, most_rows: int) -> Callable[[], Callable[[bytes], bytes]]:
    """What each worker begins with: it opens the graph and gives the function that answers jobs."""

    def begin() -> Callable[[bytes], bytes]:
        catalog()  # all files that an answer needs are read before the doors are shut
        _ = project.graph, project.names

        def work(job: bytes) -> bytes:
            return answer(project, Job(**json.loads(job)), most_rows).encode()

        return work

    return begin


def answer(project: Project, job: Job, most_rows: int) -> Reply:
    """The reply to a job; whatever goes wrong is one line of text."""
    try:
        reply = _stored(project, job, most_rows) if job.query is None else _query(project, job, job.query, most_rows)
    except Refusal as refusal:
        return Reply.refused(refusal.status, refusal.message)
    except InputError as error:
        return Reply.refused(400, f"line {error.line}: {error.message}" if error.line else error.message)
    except Exception as error:
        return Reply.refused(500, f"our own fault: {type(error).__name__}: {error}")
    if len(reply.content) > ANSWER_LIMIT:
        return Reply.refused(400, f"the answer is larger than {ANSWER_LIMIT // 2**20} MiB: add a LIMIT")
    return reply


def _query(project: Project, job: Job, text: str, most_rows: int) -> Reply:
    media = check(text, project.prefixes, job.accept)
    return Reply(200, media, write(project.ask_text(text, most=most_rows), media))


def _stored(project: Project, job: Job, most_rows: int) -> Reply:
    question = find_question(job.question or "")
    media = choose(job.accept, (*RESULTS, HTML))
    if media == HTML:
        return _page(project, question, job, most_rows)
    found = project.ask_text(project.bind(question, job.values), question.id, most_rows)
    return Reply(200, media, write(found, media))


def _page(project: Project, question: Question, job: Job, most_rows: int) -> Reply:
    """A question's page; where a parameter does not fit, it says so beside the form in which it can be mended."""
    try:
        found = project.ask_text(project.bind(question, job.values), question.id, most_rows)
    except InputError as error:
        return Reply(400, HTML, pages.question_page(project, question, job.values, problem=error.message).encode())
    return Reply(200, HTML, pages.question_page(project, question, job.values, found).encode())
