"""`sharewell ask`: stored questions and any SPARQL."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sharewell.cli.application import (
    AsOfOption,
    EndpointOption,
    GraphOption,
    MostTriplesOption,
    OutputOption,
    ProfileOption,
    ProjectOption,
    StoreOption,
    TimeoutOption,
    app,
    limit_time,
    pairs,
    progress,
    remote,
    terminal_width,
)
from sharewell.errors import InputError

if TYPE_CHECKING:
    from sharewell.api import Project
    from sharewell.graph.endpoint import Endpoint
    from sharewell.questions import Answer


_OF_ASSESSMENTS = frozenset({"Assessment", "MaturityAssessment", "RecommendationAssessment"})


class AnswerFormat(StrEnum):
    """How an answer is shown."""

    table = "table"
    csv = "csv"
    json = "json"
    md = "md"
    ttl = "ttl"


@app.command()
def ask(
    question: Annotated[
        str | None, typer.Argument(help="A stored question, a file of SPARQL, or - for standard input.")
    ] = None,
    values: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]…", help="Parameters of a stored question.")
    ] = None,
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    output_format: Annotated[
        AnswerFormat, typer.Option("--format", help="How the answer is shown.")
    ] = AnswerFormat.table,
    output: OutputOption = None,
    endpoint: EndpointOption = None,
    graph: GraphOption = None,
    profile: ProfileOption = None,
    most_triples: MostTriplesOption = 1_000_000,
    store: StoreOption = None,
    timeout: TimeoutOption = 60,
) -> None:
    """Ask a stored question or any SPARQL; without one, list them."""
    from sharewell import api
    from sharewell.report import tables
    from sharewell.report.output import write

    limit_time(timeout)
    there = remote(endpoint, graph, profile, timeout)
    if there is not None and store is not None:
        raise InputError("--store keeps a graph that is read here: leave it out, or --endpoint")
    width = terminal_width(output)
    if question is None:
        from sharewell.questions import catalog

        if project is not None or as_of is not None:  # the list needs neither, but a wrong one is said
            api.open(project, as_of)
        write(tables.render_catalog(catalog(), width), output)
        return
    with progress() as on_step:
        opened = api.open(project, as_of, on_step, store)
        answer = _answer(question, pairs(values or []), opened, there, most_triples)
    write(tables.render_answer(answer, output_format.value, opened.prefixes, width), output)


def _answer(
    question: str, values: dict[str, str], project: Project, endpoint: Endpoint | None, most_triples: int
) -> Answer:
    """Ask what was named: a file or standard input of SPARQL, else a stored question; here or at an endpoint."""
    from sharewell.questions import find_question, run_remote

    own = _own_query(question)
    if own is not None and values:
        raise InputError("a query of one's own takes no parameters: write them into the query")
    if endpoint is not None:
        return run_remote(endpoint, *own) if own else project.ask_endpoint(endpoint, question, values, most_triples)
    if own is None:
        stored = find_question(question)
        own = project.bind(stored, values), str(stored.path)
        if stored.needs == "assessed":
            project.add_assessments()
    elif _names_assessments(own[0]) if project.on_disk else "Assessment" in own[0]:
        project.add_assessments()  # which a graph kept in a folder refuses, rather than answer with nothing
    _ = project.graph  # read before the doors are shut
    with _sealed():
        return project.ask_text(*own)


def _names_assessments(text: str) -> bool:
    """Whether a query names what only a graph with its assessments holds; a privacy impact assessment is recorded."""
    from sharewell.graph.sparql import tokens

    named = (re.split("[:#/]", unit.text.rstrip(">"))[-1] for unit in tokens(text) if unit.kind in {"name", "iri"})
    return not _OF_ASSESSMENTS.isdisjoint(named)


@contextmanager
def _sealed() -> Iterator[None]:
    """A second wall behind the guard of queries: no file and no connection can be opened while one runs."""
    try:
        import resource
    except ImportError:  # Windows
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _own_query(question: str) -> tuple[str, str] | None:
    """The text of a query of one's own and where it stands; None where a stored question is named."""
    if question == "-":
        return sys.stdin.read(), "standard input"
    path = Path(question)
    if path.suffix not in {".rq", ".sparql"} and not path.is_file():
        if "{" in question:
            raise InputError("a query of one's own comes from a file or from standard input: sharewell ask -")
        return None
    try:
        return path.read_text(encoding="utf-8-sig"), question
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text: save the file as UTF-8", file=question) from None
    except OSError as error:
        raise InputError(error.strerror or "cannot be read", file=question) from None
