"""Two plain pages: the list of stored questions, and one with its answer. No script, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape
from itertools import groupby
from typing import Final

from pyoxigraph import Literal

from sharewell.api import Project
from sharewell.graph.terms import Term, compact, printable
from sharewell.questions import Answer, Parameter, Question, catalog
from sharewell.vocabulary import DISCLAIMER

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;margin:0 auto;padding:1rem;max-width:80rem}"
    "a{color:#0b4f9e}a:focus,button:focus,input:focus,div:focus{outline:3px solid #0b4f9e;outline-offset:2px}"
    "div.scroll{overflow-x:auto}table{border-collapse:collapse}caption{text-align:left;font-weight:bold}"
    "th,td{border:1px solid #767676;padding:.3rem .5rem;text-align:left;vertical-align:top}th{background:#eee}"
    "label{display:block;font-weight:bold;margin-top:.5rem}input{font:inherit;width:100%;max-width:30rem;"
    "box-sizing:border-box;border:1px solid #595959;padding:.3rem}button{font:inherit;margin-top:.5rem;"
    "padding:.3rem 1rem}.problem{border-left:.4rem solid #b00020;padding-left:.6rem}footer{margin-top:2rem}"
)
CONTENT_SECURITY: Final = (
    "default-src 'none'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; style-src "
    f"'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)
"""The Content-Security-Policy of the pages: no script, no other site, only the style they carry."""


def questions_page(project: Project) -> str:
    """The list of the stored questions by subject, each a link that asks it."""
    parts = [
        f"<h1>{escape(project.settings.name)}</h1>",
        f"<p>{len(catalog())} stored questions on the graph as of {escape(project.settings.as_of)}. Any query: SPARQL "
        '1.1 at <a href="/sparql">/sparql</a>, which describes itself.</p>',
    ]
    by_subject = sorted(catalog(), key=lambda question: question.subject)
    for subject, questions in groupby(by_subject, key=lambda question: question.subject):
        items = "".join(_item(project, question) for question in questions)
        parts.append(f"<h2>{escape(subject.capitalize())}</h2><ul>{items}</ul>")
    return _page(project, project.settings.name, "".join(parts))


def is_answered(project: Project, question: Question) -> bool:
    """Whether a question is answered here: a graph kept in a folder holds no assessments to ask about."""
    return question.needs != "assessed" or not project.on_disk


def _item(project: Project, question: Question) -> str:
    if not is_answered(project, question):
        return f"<li>{question.id}: {escape(question.question)} (not answered by a server with --store)</li>"
    return f'<li><a href="/questions/{escape(question.id)}">{question.id}: {escape(question.question)}</a></li>'


def question_page(
    project: Project,
    question: Question,
    values: Mapping[str, str],
    answer: Answer | None = None,
    problem: str | None = None,
) -> str:
    """One stored question: its parameters in a form, and its answer, or what was wrong with the parameters."""
    title = f"{question.id}: {question.question}"
    parts = [f'<p><a href="/">All questions</a></p><h1>{escape(title)}</h1><p>{escape(question.row)}</p>']
    if problem is not None:
        parts.append(f'<p class="problem" role="alert">{escape(problem)}</p>')
    if question.parameters:
        fields = "".join(_field(parameter, values.get(parameter.name, "")) for parameter in question.parameters)
        parts.append(f'<form action="/questions/{escape(question.id)}">{fields}<button>Ask</button></form>')
    if answer is not None:
        parts.append(_table(project, answer))
    return _page(project, f"{'Not answered: ' if problem else ''}{title}", "".join(parts))


def _field(parameter: Parameter, value: str) -> str:
    name, default = escape(parameter.name), "any" if parameter.default == "UNDEF" else parameter.default
    return (
        f'<label for="{name}">{name}</label><div id="{name}-about">{escape(parameter.description)}; left empty: '
        f'{escape(default)}</div><input id="{name}" name="{name}" value="{escape(value)}" '
        f'aria-describedby="{name}-about">'
    )


def _table(project: Project, answer: Answer) -> str:
    count = "1 row" if len(answer.rows) == 1 else f"{len(answer.rows):,} rows"
    if not answer.rows:
        return f"<h2>Answer</h2><p>{count}.</p>"
    heads = "".join(f'<th scope="col">{escape(column)}</th>' for column in answer.columns)
    rows = "".join(f"<tr>{_cells(row, project)}</tr>" for row in answer.rows)
    return (
        f'<h2>Answer</h2><div class="scroll" role="region" tabindex="0" aria-label="Answer"><table>'
        f"<caption>{count}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cells(row: Iterable[Term | None], project: Project) -> str:
    cells = []
    for term in row:
        language = f' lang="{escape(term.language)}"' if isinstance(term, Literal) and term.language else ""
        cells.append(f"<td{language}>{escape(compact(term, project.prefixes)) if term is not None else ''}</td>")
    return "".join(cells)


def _page(project: Project, title: str, content: str) -> str:
    illustrative = "<p><strong>Illustrative, not facts.</strong></p>" if project.settings.illustrative else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{escape(printable(title))} - Sharewell</title><style>{_STYLE}</style></head>"
        f"<body><main>{illustrative}{content}</main>"
        f"<footer><p>As of {escape(project.settings.as_of)}. {escape(DISCLAIMER)}</p></footer></body></html>\n"
    )
