"""Rows under columns: as a table for the terminal, as Markdown, and in the SPARQL results formats."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from pyoxigraph import QueryResultsFormat
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sharewell.errors import InputError
from sharewell.graph.terms import compact
from sharewell.questions import Answer, Question
from sharewell.vocabulary import PREFIXES

_NARROWEST = 14


def render_answer(answer: Answer, output_format: str, prefixes: Mapping[str, str] = PREFIXES, width: int = 0) -> str:
    """An answer as `table`, `csv`, `json`, `md` or `ttl`; `width` is that of the terminal, 0 for none.

    Raises InputError where the format does not fit the kind of answer.
    """
    if output_format == "json":
        return answer.as_results(QueryResultsFormat.JSON)
    if output_format == "csv":
        return answer.as_results(QueryResultsFormat.CSV)
    if output_format == "ttl" or (output_format == "table" and answer.triples is not None):
        return answer.as_turtle()
    if answer.boolean is not None:
        return "yes" if answer.boolean else "no"
    if answer.triples is not None:
        raise InputError("this query gives triples: use --format ttl")
    rows = [[compact(term, prefixes) if term is not None else "" for term in row] for row in answer.rows]
    if output_format == "md":
        return markdown_table(answer.columns, rows)
    return f"{text_table(answer.columns, rows, width)}\n{_count(len(rows))}"


def _count(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


def text_table(columns: Sequence[str], rows: Iterable[Sequence[str]], width: int = 0) -> str:
    """A table in plain text; `width` 0 lets every cell stand on one line.

    Where the columns would be too narrow to read, each row is shown as a block of its own, a line for each column.
    """
    if width and len(columns) * _NARROWEST > width:
        return _blocks(columns, rows, width)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    buffer = io.StringIO()
    console = Console(file=buffer, width=width or 100_000, color_system=None, legacy_windows=False)
    console.print(table)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines())


def _blocks(columns: Sequence[str], rows: Iterable[Sequence[str]], width: int) -> str:
    indent = max(len(column) for column in columns) + 2
    blocks = [
        "\n".join(
            textwrap.fill(f"{column:<{indent}}{cell}", max(width, indent + 20), subsequent_indent=" " * indent)
            for column, cell in zip(columns, row, strict=True)
            if cell
        )
        for row in rows
    ]
    return "\n\n".join(blocks)


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars and line ends inside cells are escaped."""

    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(columns), line("---" for _ in columns), *(line(row) for row in rows)])


def render_catalog(questions: Sequence[Question], width: int = 0) -> str:
    """The list of stored questions, as `sharewell ask` without a question shows it."""
    rows = [
        [q.id, f"{q.subject}/{q.name}", q.question, ", ".join(q.serves), q.needs, _parameters(q)] for q in questions
    ]
    table = text_table(["id", "name", "question", "serves", "needs", "parameters (default)"], rows, width)
    return f"{table}\n{len(rows)} questions. Ask one: sharewell ask CQ01. Your own SPARQL: sharewell ask FILE.rq"


def _parameters(question: Question) -> str:
    return ", ".join(f"{p.name} ({'any' if p.default == 'UNDEF' else p.default})" for p in question.parameters)
