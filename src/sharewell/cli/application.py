"""What the commands share: the application, its options, progress, limits and how an error is said."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import sharewell
from sharewell.errors import InputError

if TYPE_CHECKING:
    from sharewell.graph.endpoint import Endpoint

app = typer.Typer(
    name="sharewell",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    help="A knowledge graph of trusted data sharing: what is on record, what is missing, and where it was read.",
)
ontology_app = typer.Typer(no_args_is_help=True, help="The gates of the ontology: its form and its logic.")
app.add_typer(ontology_app, name="ontology")

FINDINGS = 1
WRONG_INPUT = 2
OUR_FAULT = 3
INTERRUPTED = 130


class CheckFormat(StrEnum):
    """How `check` and `validate` are shown."""

    text = "text"
    json = "json"


class EngineName(StrEnum):
    """The engines of endpoints that are known by name."""

    fuseki = "fuseki"
    oxigraph = "oxigraph"
    sharewell = "sharewell"
    virtuoso = "virtuoso"


ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        "-p",
        metavar="DIR",
        help="The project's folder; without it the one you stand in, else HSI.",
    ),
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Answer as of a day (YYYY-MM-DD) or 'today'.")
]
StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store", metavar="DIR", help="Keep the graph in this folder; read and derive only when something changed."
    ),
]
FormatOption = Annotated[CheckFormat, typer.Option("--format", help="For people or for machines.")]
TimeoutOption = Annotated[
    int, typer.Option("--timeout", metavar="SECONDS", min=1, help="Stop after so long, loading included.")
]
EndpointOption = Annotated[
    str | None,
    typer.Option("--endpoint", metavar="URL", help="Use the graph of this SPARQL endpoint, not the project's files."),
]
GraphOption = Annotated[
    str | None, typer.Option("--graph", metavar="IRI", help="The graph of the endpoint; without it its default one.")
]
ProfileOption = Annotated[
    EngineName | None, typer.Option("--profile", help="The endpoint's engine; without it its answers tell.")
]
MostTriplesOption = Annotated[
    int, typer.Option("--max-triples", metavar="NUMBER", min=1, help="Statements to fetch from it at the most.")
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file, whole or not at all.")
]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sharewell {sharewell.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """A knowledge graph of trusted data sharing: what is on record, what is missing, and where it was read."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Say on a terminal what is being done; say nothing in a pipe."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(file=sys.stderr).status("starting") as status:
        yield lambda step: status.update(f"{step} …")


def limit_time(seconds: int) -> None:
    """Go on in a child process; this one waits, and ends it after so many seconds, with nothing written.

    Neither a query that the store runs nor a regular expression can be called off from within. A child that an engine
    brings down ends in one line too. Where there are no child processes of this kind (Windows), there is no limit.
    """
    if not hasattr(os, "fork"):
        return
    child = os.fork()
    if child == 0:
        # Only the parent answers to ctrl-C: here the engine would not let go before it is done.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                os._exit(code if code >= 0 else say(f"our own fault: an engine was ended by signal {-code}", OUR_FAULT))
            time.sleep(0.01)
    except KeyboardInterrupt:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os._exit(say("stopped", INTERRUPTED))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os._exit(
        say(f"stopped after {seconds} s, loading included: ask for less, or allow more with --timeout", WRONG_INPUT)
    )


def remote(url: str | None, graph: str | None, profile: EngineName | None, timeout: int = 60) -> Endpoint | None:
    """The endpoint that the options describe, and the environment who asks it; None where no address is given.

    Raises InputError for options and variables that do not go together.
    """
    from sharewell.graph.endpoint import PROFILES, Credentials, Endpoint
    from sharewell.graph.terms import ABSOLUTE_IRI

    if url is None:
        if graph is not None or profile is not None:
            raise InputError("--graph and --profile are about an endpoint: give --endpoint URL")
        return None
    if graph is not None and not ABSOLUTE_IRI.match(graph):
        raise InputError(f"--graph: '{graph}' is not an absolute IRI")
    known = None if profile is None else PROFILES[profile.value]
    return Endpoint(url, timeout, graph, known, Credentials.from_environment(os.environ))


def pairs(values: list[str]) -> dict[str, str]:
    pairs = {}
    for value in values:
        name, sign, text = value.partition("=")
        if not sign or not name:
            raise InputError(f"'{value}' is not a parameter: write name=value")
        if name in pairs:
            raise InputError(f"{name} is given twice")
        pairs[name] = text
    return pairs


def terminal_width(output: Path | None) -> int:
    """The width of the terminal, or 0 where the output goes elsewhere: then nothing is wrapped."""
    if output is not None or sys.stdout is None or not sys.stdout.isatty():
        return 0
    return os.get_terminal_size(sys.stdout.fileno()).columns


def say(message: str, code: int) -> int:
    from sharewell.graph.terms import printable

    if sys.stderr is not None:
        print(f"sharewell: {printable(' '.join(message.split()))}", file=sys.stderr, flush=True)
    return code
