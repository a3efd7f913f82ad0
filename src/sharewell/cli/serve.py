"""`sharewell serve`: the graph over HTTP, for reading."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from sharewell.cli.application import AsOfOption, ProjectOption, StoreOption, app
from sharewell.errors import InputError


@app.command()
def serve(
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    store: StoreOption = None,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Where to listen; any other than this machine is open.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")] = 8040,
    cors: Annotated[
        list[str] | None,
        typer.Option("--cors", metavar="ORIGIN", help="A site whose scripts may read answers; may be repeated."),
    ] = None,
    timeout: Annotated[
        int, typer.Option("--timeout", metavar="SECONDS", min=1, max=86_400, help="Stop a query after so long.")
    ] = 30,
    most_rows: Annotated[
        int, typer.Option("--max-rows", metavar="NUMBER", min=1, help="Rows or triples of an answer at the most.")
    ] = 100_000,
    workers: Annotated[
        int, typer.Option("--workers", metavar="NUMBER", min=1, max=256, help="Queries that may run at once.")
    ] = max(2, os.cpu_count() or 1),
) -> None:
    """A SPARQL 1.1 endpoint and the stored questions over HTTP, for reading, until ctrl-C."""
    if not hasattr(os, "fork"):
        raise InputError("serve needs a system that can fork processes, such as Linux or macOS")
    try:
        from sharewell.web import server
    except ModuleNotFoundError as error:
        raise InputError(f"serve needs {error.name}: pip install 'sharewell[web]'") from None
    from sharewell import api

    limits = server.Limits(timeout, most_rows, workers)
    opened = api.open(project, as_of, store=store)
    if not opened.on_disk:
        opened.add_assessments()

    def started(address: str) -> None:
        typer.echo(f"{opened.settings.name} as of {opened.settings.as_of}: {address} (SPARQL at {address}sparql)")

    server.serve(opened, host, port, limits, cors or (), started)
