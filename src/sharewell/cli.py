"""The command line. Exit codes: 0 fine, 1 findings, 2 the input or the call is wrong, 3 our own fault."""

from __future__ import annotations

import io
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
    from sharewell.api import Project
    from sharewell.graph.endpoint import Endpoint
    from sharewell.questions import Answer

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


class FailOn(StrEnum):
    """From which finding on `check` ends with exit code 1."""

    violated = "violated"
    not_evidenced = "not-evidenced"
    never = "never"


class CheckFormat(StrEnum):
    """How `check` and `validate` are shown."""

    text = "text"
    json = "json"


class AnswerFormat(StrEnum):
    """How an answer is shown."""

    table = "table"
    csv = "csv"
    json = "json"
    md = "md"
    ttl = "ttl"


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
FormatOption = Annotated[CheckFormat, typer.Option("--format", help="For people or for machines.")]
TimeoutOption = Annotated[
    int, typer.Option("--timeout", metavar="SECONDS", min=1, help="Stop after so long, loading included.")
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
def _progress() -> Iterator[Callable[[str], None]]:
    """Say on a terminal what is being done; say nothing in a pipe."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(file=sys.stderr).status("starting") as status:
        yield lambda step: status.update(f"{step} …")


def _limit_time(seconds: int) -> None:
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
                os._exit(
                    code if code >= 0 else _say(f"our own fault: an engine was ended by signal {-code}", OUR_FAULT)
                )
            time.sleep(0.01)
    except KeyboardInterrupt:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os._exit(_say("stopped", INTERRUPTED))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os._exit(
        _say(f"stopped after {seconds} s, loading included: ask for less, or allow more with --timeout", WRONG_INPUT)
    )


@app.command()
def check(
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    output_format: FormatOption = CheckFormat.text,
    output: OutputOption = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="From which finding on to exit with 1.")
    ] = FailOn.violated,
) -> None:
    """The main job: load, derive, validate and summarise a project."""
    from sharewell import api
    from sharewell.report import checks
    from sharewell.report.output import write

    width = _terminal_width(output)
    with _progress() as on_step:
        report = api.open(project, as_of, on_step).check()
    write(
        checks.as_json_text(report.as_json())
        if output_format is CheckFormat.json
        else checks.check_text(report, width),
        output,
    )
    counts = {
        FailOn.violated: ("Violation",),
        FailOn.not_evidenced: ("Violation", "NotEvidenced"),
        FailOn.never: (),
    }
    if any(report.validation.count(severity) for severity in counts[fail_on]):
        raise typer.Exit(FINDINGS)


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
    endpoint: Annotated[
        str | None,
        typer.Option("--endpoint", metavar="URL", help="Ask this SPARQL endpoint instead of the project."),
    ] = None,
    timeout: TimeoutOption = 60,
) -> None:
    """Ask a stored question or any SPARQL; without one, list them."""
    from sharewell import api
    from sharewell.graph.endpoint import Endpoint
    from sharewell.report import tables
    from sharewell.report.output import write

    _limit_time(timeout)
    width = _terminal_width(output)
    if question is None:
        from sharewell.questions import catalog

        if project is not None or as_of is not None:  # the list needs neither, but a wrong one is said
            api.open(project, as_of)
        write(tables.render_catalog(catalog(), width), output)
        return
    with _progress() as on_step:
        opened = api.open(project, as_of, on_step)
        answer = _answer(
            question, _pairs(values or []), opened, None if endpoint is None else Endpoint(endpoint, timeout)
        )
    write(tables.render_answer(answer, output_format.value, opened.prefixes, width), output)


def _answer(question: str, values: dict[str, str], project: Project, endpoint: Endpoint | None) -> Answer:
    """Ask what was named: a file or standard input of SPARQL, else a stored question; here or at an endpoint."""
    from sharewell.questions import find_question, run_remote

    own = _own_query(question)
    if own is not None and values:
        raise InputError("a query of one's own takes no parameters: write them into the query")
    if endpoint is not None:
        return run_remote(endpoint, *own) if own else project.ask_endpoint(endpoint, question, values)
    if own is None:
        stored = find_question(question)
        own = project.bind(stored, values), str(stored.path)
    _ = project.graph  # read before the doors are shut
    with _sealed():
        return project.ask_text(*own)


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


@app.command()
def find(
    text: Annotated[str, typer.Argument(help="Words of a label, an identifier or a name.")],
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    output_format: FormatOption = CheckFormat.text,
    output: OutputOption = None,
) -> None:
    """Find nodes and terms by label, in the graph and in the ontology."""
    from dataclasses import asdict

    from sharewell import api
    from sharewell.graph.terms import compact_iri, printable
    from sharewell.report import checks, tables
    from sharewell.report.output import write

    with _progress() as on_step:
        opened = api.open(project, as_of, on_step)
        matches = opened.find(text)
    if output_format is CheckFormat.json:
        write(checks.as_json_text({"matches": [asdict(match) for match in matches]}), output)
        return
    rows = [[compact_iri(m.iri, opened.prefixes), m.label, ", ".join(m.kinds), m.definition or ""] for m in matches]
    found = tables.text_table(["node", "label", "kind", "definition"], rows, _terminal_width(output)) if rows else ""
    write(found or f"nothing is called like '{printable(text)}'", output)


@app.command()
def validate(
    data: Annotated[list[Path], typer.Argument(metavar="DATA…", help="Files of RDF data.")],
    shapes: Annotated[
        list[Path],
        typer.Option("--shapes", "-s", metavar="FILE", help="A file of SHACL shapes; may be repeated."),
    ],
    output_format: FormatOption = CheckFormat.text,
    output: OutputOption = None,
    timeout: TimeoutOption = 600,
) -> None:
    """Plain SHACL on anybody's data and shapes; exit code 1 on any violation."""
    from sharewell import api
    from sharewell.report import checks
    from sharewell.report.output import write

    _limit_time(timeout)
    with _progress() as on_step:
        on_step("validating")
        report = api.validate(data, shapes)
    for note in report.notes:
        _say(note, 0)
    text = checks.validation_text(report, [str(path) for path in data])
    write(checks.as_json_text(report.as_json()) if output_format is CheckFormat.json else text, output)
    if report.count("Violation"):
        raise typer.Exit(FINDINGS)


@ontology_app.command("check")
def check_ontology(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="The folder that holds ontology/, shapes/, queries/ and data/."),
    ] = None,
    output_format: FormatOption = CheckFormat.text,
    output: OutputOption = None,
) -> None:
    """Run every gate, cheapest first; each finding names the file, the line and the remedy."""
    from sharewell.knowledge import knowledge_folder
    from sharewell.ontology import gates
    from sharewell.report import checks
    from sharewell.report.output import write

    root = folder or knowledge_folder()
    if not (root / "ontology").is_dir():
        raise InputError("there is no folder ontology/ in it", file=str(root))
    with _progress() as on_step:
        on_step("running the gates")
        results = gates.check(root / "ontology", root / "shapes", root / "queries", root / "data")
    text = checks.gates_text(results)
    write(checks.as_json_text(checks.gates_json(results)) if output_format is CheckFormat.json else text, output)
    if not all(result.passed for result in results):
        raise typer.Exit(FINDINGS)


@ontology_app.command("format")
def format_ontology(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="The folder of ontology files.")] = None,
) -> None:
    """Write every ontology file in its one form, and what is generated: slim imports and catalogs."""
    from sharewell.ontology.write import write_ontology
    from sharewell.report.output import write

    if folder is not None and not folder.is_dir():
        raise InputError("no such folder", file=str(folder))
    changed = write_ontology(folder)
    write("\n".join(f"written: {path}" for path in changed) or "nothing to change", None)


def _pairs(values: list[str]) -> dict[str, str]:
    pairs = {}
    for value in values:
        name, sign, text = value.partition("=")
        if not sign or not name:
            raise InputError(f"'{value}' is not a parameter: write name=value")
        if name in pairs:
            raise InputError(f"{name} is given twice")
        pairs[name] = text
    return pairs


def _terminal_width(output: Path | None) -> int:
    """The width of the terminal, or 0 where the output goes elsewhere: then nothing is wrapped."""
    if output is not None or sys.stdout is None or not sys.stdout.isatty():
        return 0
    return os.get_terminal_size(sys.stdout.fileno()).columns


def main() -> None:
    """Run the command line; every mistake in the input is one line on standard error and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What an encoding cannot write is shown as an escape, and is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    try:
        result = app(standalone_mode=False)
        code = result if isinstance(result, int) else 0
    except InputError as error:
        code = _say(str(error), WRONG_INPUT)
    except typer.Abort:
        code = _say("stopped", WRONG_INPUT)
    except OSError as error:
        code = _say(f"{error.filename or 'output'}: {error.strerror or error}", WRONG_INPUT)
    except Exception as error:
        code = _wrong_call(error) or _say(f"our own fault: {type(error).__name__}: {error}", OUR_FAULT)
    sys.exit(code)


def _say(message: str, code: int) -> int:
    from sharewell.graph.terms import printable

    if sys.stderr is not None:
        print(f"sharewell: {printable(' '.join(message.split()))}", file=sys.stderr, flush=True)
    return code


def _wrong_call(error: Exception) -> int:
    """Exit code 2, said in one line, where the command line itself was wrong; 0 for any other error.

    Typer's parser, its own or click's, marks such an error by the message it has ready for the caller.
    """
    words = getattr(error, "format_message", None)
    if words is None:
        return 0
    context = getattr(error, "ctx", None)
    return _say(f"{words()} (see: {context.command_path if context else 'sharewell'} --help)", WRONG_INPUT)


if __name__ == "__main__":
    main()
