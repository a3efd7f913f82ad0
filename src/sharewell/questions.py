"""Stored questions: SPARQL 1.1 queries in `queries/<subject>/<name>.rq` with a header that a machine can read.

The header's lines begin with `#+` (the decorator convention of grlc, Meroño-Peñuela and Hoekstra, ESWC 2016) and make
up one YAML document. A parameter stands in the text as a VALUES row of one variable, which holds its default; binding
replaces the row by the value, written by a term serialiser, so that the same text goes to every engine and a value can
never change the query.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from typing import Literal as OneOf

import yaml
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
    parse,
    parse_query_results,
    serialize,
)

from sharewell.collector import collector_paused
from sharewell.errors import InputError
from sharewell.graph.endpoint import Endpoint, Rows
from sharewell.graph.sparql import declared_prefixes, guard, tokens
from sharewell.graph.terms import Term, date_literal
from sharewell.knowledge import queries_folder
from sharewell.vocabulary import PREFIXES, XSD

if TYPE_CHECKING:
    import pandas

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader in C where it is there: several times as fast, and every `check` reads the headers."""

ROW_LIMIT = 1_000_000
"""Rows of one answer at the most: more would fill the memory before anybody could read them."""

Needs = OneOf["recorded", "derived", "assessed"]
_WRITES = {"SERVICE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "INSERT", "DELETE"}
_POSITION = re.compile(r"error at (\d+):(\d+): ?")
_INTEGER = re.compile(r"[+-]?\d+\Z")
_MOST_DIGITS = 18
"""Digits of a question's number at the most: Python refuses to read thousands of them."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A typed parameter of a question. `default` is as written in the header; 'UNDEF' means any."""

    name: str
    type: OneOf["iri", "string", "integer", "date"]
    default: str
    description: str
    node_class: str | None = None


@dataclass(frozen=True, slots=True)
class Headline:
    """What a question tells about a recommendation in one line, for the first screen of `check`.

    `count` is the column whose distinct values are counted, `over` the class of things that the count is taken over:
    where none is on record, nothing can be said.
    """

    recommendation: str
    over: str
    count: str
    none: str
    one: str
    many: str

    def sentence(self, answer: Answer) -> str:
        """The sentence for an answer; `{number}` in `many` stands for the number of distinct values."""
        position = answer.columns.index(self.count)
        number = len({row[position] for row in answer.rows} - {None})
        return self.none if number == 0 else self.one if number == 1 else self.many.replace("{number}", f"{number:,}")


@dataclass(frozen=True, slots=True)
class Question:
    """A stored question; `columns` are the variables it projects, in order, `serves` the keys F1–F5 and R1–R5."""

    id: str
    subject: str
    name: str
    path: Path
    summary: str
    question: str
    row: str
    serves: tuple[str, ...]
    needs: Needs
    columns: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    text: str
    headline: Headline | None = None

    def bind(self, values: Mapping[str, Term]) -> str:
        """The query with parameters bound; those not given keep their default.

        Raises InputError for a parameter that the question does not have.
        """
        text = self.text
        for name, value in sorted(values.items()):
            row = value_row(self.parameter(name).name)
            text = f"VALUES ?{name} {{ {value} }}".join(row.split(text))
        return text

    def parameter(self, name: str) -> Parameter:
        """The parameter of that name. Raises InputError, with the names there are, where the question has none."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        known = ", ".join(parameter.name for parameter in self.parameters) or "none"
        raise InputError(f"{self.id} has no parameter '{name}'; it has: {known}")


def value_row(name: str) -> re.Pattern[str]:
    """What the VALUES row of a parameter looks like in the text of a question."""
    return re.compile(rf"VALUES\s+\?{re.escape(name)}\s*\{{[^{{}}]*\}}", re.IGNORECASE)


def catalog(folder: Path | None = None) -> tuple[Question, ...]:
    """All stored questions, sorted by identifier. Raises InputError, with file and line, for a broken header."""
    return _catalog(folder or queries_folder())


@lru_cache(maxsize=8)
def _catalog(folder: Path) -> tuple[Question, ...]:
    questions = sorted((read_question(path) for path in folder.glob("*/*.rq")), key=lambda question: question.id)
    for one, other in pairwise(questions):
        if one.id == other.id:
            raise InputError(f"{one.id} is also the identifier of {one.path.name}", file=str(other.path))
    return tuple(questions)


def find_question(name: str, folder: Path | None = None) -> Question:
    """A question by its identifier (CQ05 or 5), its name, or `subject/name`; raises InputError where there is none."""
    key = name.casefold().removesuffix(".rq")
    if key.isdecimal() and len(key) <= _MOST_DIGITS:
        key = f"cq{int(key):02d}"
    for question in catalog(folder):
        if key in {question.id.casefold(), question.name, f"{question.subject}/{question.name}"}:
            return question
    names = [n for q in catalog(folder) for n in (q.id, q.name)]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    raise InputError(f"no question is called '{name}'{hint}; list them with: sharewell ask")


def read_question(path: Path) -> Question:
    """Read one stored question. Raises InputError, with file and line, for a header that is broken or incomplete."""
    text = path.read_text(encoding="utf-8")
    header = _header(text, path)
    try:
        return Question(
            id=str(header["id"]),
            subject=path.parent.name,
            name=path.stem,
            path=path,
            summary=str(header["summary"]),
            question=str(header["question"]),
            row=str(header["row"]),
            serves=tuple(map(str, header["serves"])),
            needs=header["needs"],
            columns=tuple(map(str, header["columns"])),
            parameters=tuple(_parameter(entry) for entry in header.get("parameters") or ()),
            text=text,
            headline=Headline(**header["headline"]) if "headline" in header else None,
        )
    except KeyError as error:
        raise InputError(f"the header lacks {error}", file=str(path), line=1) from None


def _header(text: str, path: Path) -> dict[str, Any]:
    lines = [line[2:].removeprefix(" ") for line in text.splitlines() if line.startswith("#+")]
    try:
        header = yaml.load("\n".join(lines), Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise InputError(
            f"the header is not YAML: {getattr(error, 'problem', error)}", file=str(path), line=line
        ) from None
    if not isinstance(header, dict):
        raise InputError("the file has no header of '#+' lines", file=str(path), line=1)
    return header


def _parameter(entry: dict[str, Any]) -> Parameter:
    return Parameter(
        name=str(entry["name"]),
        type=entry["type"],
        default=str(entry["default"]),
        description=str(entry["description"]),
        node_class=entry.get("class"),
    )


def parse_value(parameter: Parameter, text: str, resolve: Callable[[str], str]) -> Term:
    """The term that a person's text gives a parameter; `resolve` turns a name into the IRI of a node.

    Raises InputError where the text does not fit the parameter's type.
    """
    try:
        if parameter.type == "iri":
            return NamedNode(resolve(text))
        if parameter.type == "date":
            return date_literal(text)
        if parameter.type == "integer":
            if not _INTEGER.match(text):
                raise InputError(f"'{text}' is not a whole number")
            return Literal(text, datatype=NamedNode(XSD + "integer"))
        return Literal(text)
    except InputError as error:
        raise InputError(f"{parameter.name}: {error.message}") from None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a query: rows under columns, or yes or no, or triples. Rows hold terms, None where unbound."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Term | None, ...], ...]
    boolean: bool | None = None
    triples: tuple[Triple, ...] | None = None

    def to_dataframe(self) -> pandas.DataFrame:
        """The rows as a pandas DataFrame: IRIs and texts as str, numbers and booleans as such, unbound as None.

        A number written as none ("old"^^xsd:integer) is its text. Raises InputError where pandas is not installed, and
        for an answer that is yes or no, or triples.
        """
        if self.boolean is not None or self.triples is not None:
            raise InputError("only the rows of a SELECT make a DataFrame")
        try:
            import pandas
        except ImportError:
            raise InputError("a DataFrame needs pandas: pip install 'sharewell[pandas]'") from None
        rows = [[_python_value(term) for term in row] for row in self.rows]
        return pandas.DataFrame(rows, columns=list(self.columns))

    def as_results(self, results_format: QueryResultsFormat) -> str:
        """The answer in a SPARQL 1.1 results format (JSON, CSV, …). Raises InputError for triples."""
        if self.triples is not None:
            raise InputError("this query gives triples: use --format ttl")
        if self.boolean is not None and results_format in (QueryResultsFormat.CSV, QueryResultsFormat.TSV):
            return "true\r\n" if self.boolean else "false\r\n"
        parsed = parse_query_results(json.dumps(self._json()), format=QueryResultsFormat.JSON)
        return (parsed.serialize(format=results_format) or b"").decode()

    def as_turtle(self) -> str:
        """The triples of a CONSTRUCT or DESCRIBE, sorted, as Turtle. Raises InputError for rows."""
        if self.triples is None:
            raise InputError("this query gives no triples: use --format table, csv, json or md")
        return (serialize(self.triples, format=RdfFormat.TURTLE, prefixes=PREFIXES) or b"").decode()

    def _json(self) -> dict[str, Any]:
        if self.boolean is not None:
            return {"head": {}, "boolean": self.boolean}
        bindings = [
            {name: _json_value(term) for name, term in zip(self.columns, row, strict=True) if term is not None}
            for row in self.rows
        ]
        return {"head": {"vars": list(self.columns)}, "results": {"bindings": bindings}}


def _python_value(term: Term | None) -> str | int | float | bool | None:
    if term is None:
        return None
    if not isinstance(term, Literal):
        return term.value if isinstance(term, NamedNode) else str(term)
    kind = term.datatype.value.removeprefix(XSD)
    if kind == "boolean":
        return term.value in {"true", "1"}
    number = {"integer": int, "decimal": float, "double": float, "float": float}.get(kind)
    try:
        return number(term.value) if number else term.value
    except ValueError:
        return term.value


def _json_value(term: Term) -> dict[str, Any]:
    """A term as SPARQL 1.1 Query Results JSON has it (section 3.2.2)."""
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, Triple):
        parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
        return {"type": "triple", "value": {key: _json_value(part) for key, part in parts.items()}}
    value = {"type": "literal", "value": term.value}
    if term.language:
        return {**value, "xml:lang": term.language}
    return value if term.datatype.value == XSD + "string" else {**value, "datatype": term.datatype.value}


def run(
    store: Store,
    text: str,
    file: str | None = None,
    prefixes: Mapping[str, str] = PREFIXES,
    most: int = ROW_LIMIT,
) -> Answer:
    """Ask a query of the merged graph. Rows of a query without ORDER BY are sorted, for the same answer every day.

    `prefixes` need no declaration. Raises InputError, with the line, for a query that is not SPARQL 1.1 or may not be
    run, and for an answer of more than `most` rows or triples.
    """
    guard(text, _WRITES, prefixes, file)
    try:
        return _answer(store.query(text, prefixes=dict(prefixes)), ordered=is_ordered(text), most=most)
    except SyntaxError as error:
        raise syntax_error(str(error), file) from None
    except (RuntimeError, OSError, ValueError) as error:
        raise InputError(f"the query cannot be run: {' '.join(str(error).split())}", file=file) from None


def syntax_error(message: str, file: str | None) -> InputError:
    """An engine's complaint about a query as one clear line."""
    position = _POSITION.search(message)
    words = f"not a SPARQL query: {_POSITION.sub('', message).splitlines()[0]}"
    if position is None:
        return InputError(words, file=file)
    return InputError(words, file=file, line=int(position[1]), column=int(position[2]))


@collector_paused()
def _answer(
    result: QuerySolutions | Rows | QueryBoolean | QueryTriples, ordered: bool, most: int = ROW_LIMIT
) -> Answer:
    if isinstance(result, QueryBoolean):
        return Answer((), (), boolean=bool(result))
    if isinstance(result, QueryTriples):
        triples = list(islice(result, most + 1))
        if len(triples) > most:
            raise InputError(f"the answer has more than {most:,} triples: add a LIMIT")
        return Answer((), (), triples=_sorted_triples(triples))
    columns = tuple(variable.value for variable in result.variables)
    rows = [tuple([solution[index] for index in range(len(columns))]) for solution in islice(result, most + 1)]
    if len(rows) > most:
        raise InputError(f"the answer has more than {most:,} rows: add a LIMIT")
    return Answer(columns, tuple(rows if ordered else sort_rows(rows)))


def _sorted_triples(triples: Iterable[Triple]) -> tuple[Triple, ...]:
    """Triples in a stable order; blank nodes that a query makes get canonical labels (RDFC-1.0)."""
    dataset = Dataset(Quad(t.subject, t.predicate, t.object) for t in triples)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return tuple(sorted((quad.triple for quad in dataset), key=str))


def run_remote(
    endpoint: Endpoint, text: str, file: str | None = None, prefixes: Mapping[str, str] = PREFIXES
) -> Answer:
    """Ask a query of a remote endpoint, with the known prefixes that it uses and does not declare.

    Raises InputError for a query that may not be run and for any failure of the endpoint.
    """
    guard(text, _WRITES, prefixes, file)
    complete = _missing_prefixes(text, prefixes) + text
    form = query_form(text)
    if form in {"CONSTRUCT", "DESCRIBE"}:
        return Answer((), (), triples=_sorted_triples(_remote_triples(endpoint, complete)))
    if form == "ASK":
        return Answer((), (), boolean=endpoint.ask(complete))
    result = endpoint.select(complete)
    if isinstance(result, QueryBoolean):
        raise InputError(f"the endpoint {endpoint.url} answered yes or no where rows were asked for")
    return _answer(result, ordered=is_ordered(text))


def _remote_triples(endpoint: Endpoint, text: str) -> list[Triple]:
    try:
        # N-Triples is Turtle too, so one parser reads whichever of the two the endpoint chose.
        return [quad.triple for quad in parse(endpoint.construct(text), format=RdfFormat.TURTLE)]
    except SyntaxError as error:
        raise InputError(f"the endpoint {endpoint.url} did not answer with triples: {error}") from None


def _missing_prefixes(text: str, prefixes: Mapping[str, str]) -> str:
    """PREFIX declarations, on one line so that line numbers stay, for known prefixes used and not declared."""
    units = list(tokens(text))
    used = {unit.prefix for unit in units if unit.prefix is not None}
    wanted = sorted((used - declared_prefixes(units)) & prefixes.keys())
    return "".join(f"PREFIX {prefix}: <{prefixes[prefix]}> " for prefix in wanted)


def query_form(text: str) -> str:
    """SELECT, ASK, CONSTRUCT or DESCRIBE; empty where the text is none of them."""
    forms = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
    words = (unit.text.upper() for unit in tokens(text) if unit.kind == "word")
    return next((word for word in words if word in forms), "")


def sort_rows(rows: Iterable[tuple[Term | None, ...]]) -> list[tuple[Term | None, ...]]:
    """Rows in an order that depends on nothing but their terms."""
    return sorted(rows, key=lambda row: [str(term) if term is not None else "" for term in row])


def is_ordered(text: str) -> bool:
    """Whether a query asks for an order of its own."""
    return any(unit.kind == "word" and unit.text.upper() == "ORDER" for unit in tokens(text))
