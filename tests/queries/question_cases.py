"""The cases of the stored questions: a folder for each, with a fixture that fires, one that stays silent, and rows.

`fires.ttl` gives exactly the rows of `expected.csv`; `silent.ttl` holds near misses and gives none. Where a question
is answered by the facts of the HSI case, `golden/<id>.csv` holds that answer, checked by hand against the published
facts. The files hold prefixed names, and leave out the columns of labels, which are checked against the graph instead.
`parameters.json` binds parameters for the fixtures.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import rdflib
from pyoxigraph import RdfFormat, Store, Triple, serialize

from sharewell.graph.store import MergedGraph, load
from sharewell.graph.terms import Term, compact, expand
from sharewell.knowledge import data_folder
from sharewell.questions import Answer, Question, catalog, parse_value
from sharewell.reasoning.derivation import derive
from sharewell.vocabulary import PREFIXES
from small_graphs import AS_OF, FIXTURE

FOLDER = Path(__file__).parent
HSI_FILES = tuple(sorted((data_folder() / "hsi").glob("*.ttl")))
KNOWN_PREFIXES = {**PREFIXES, "fix": FIXTURE}

IDS = tuple(f"CQ{number:02d}" for number in range(1, 49))
# Printed bold in the dossier: the facts of the case must answer them.
ANSWERED_BY_THE_CASE = tuple(f"CQ{n:02d}" for n in (1, 3, 4, 5, 6, 8, 12, 15, 16, 18, 19, 20, 34, 37, 41, 43, 44))
FIRING = tuple(identifier for identifier in IDS if (FOLDER / identifier / "fires.ttl").is_file())

Rows = list[dict[str, str]]
MergedStore = Callable[..., Store]


def question(identifier: str) -> Question:
    """The stored question of an identifier; KeyError where there is none."""
    return {question.id: question for question in catalog()}[identifier]


def fixture_path(identifier: str, kind: str) -> Path:
    """The fixture of a question, `fires` or `silent`."""
    return FOLDER / identifier / f"{kind}.ttl"


def bound(identifier: str, kind: str) -> str:
    """The text of a question with its parameters bound for a fixture."""
    path = FOLDER / identifier / "parameters.json"
    given = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    values = given.get(kind, {}) if set(given) <= {"fires", "silent"} else given
    return with_values(question(identifier), values)


def with_values(asked: Question, values: Mapping[str, str]) -> str:
    """The text of a question with parameters bound to what people write: prefixed names, dates, texts."""
    parameters = {parameter.name: parameter for parameter in asked.parameters}
    return asked.bind({name: parse_value(parameters[name], text, _iri) for name, text in values.items()})


def _iri(name: str) -> str:
    iri = expand(name, KNOWN_PREFIXES)
    assert iri is not None, name
    return iri


def without_labels(answer: Answer) -> Rows:
    """The rows of an answer as texts, in their order, without the columns of labels."""
    return [
        {name: text(term) for name, term in zip(answer.columns, row, strict=True) if not is_label(name, answer)}
        for row in answer.rows
    ]


def is_label(column: str, answer: Answer) -> bool:
    """Whether a column only names what another column holds."""
    return column.endswith("Label") and column.removesuffix("Label") in answer.columns


def text(term: Term | None) -> str:
    """A term as the files of rows hold it."""
    return "" if term is None else compact(term, KNOWN_PREFIXES)


def read_rows(path: Path) -> Rows:
    """The rows of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def merged(paths: Sequence[Path], *, rules: bool = True) -> MergedGraph:
    """The ontology and some files as one graph, closed and, unless `rules` is false, derived."""
    graph = load(list(paths), FOLDER.parents[1], AS_OF)
    derive(graph, None if rules else ())
    return graph


class SecondEngine:
    """rdflib over the ontology, to which the statements of one store are added for one query at a time.

    The two engines share no code, so that a query which gives the same on both leans on the standard alone.
    """

    def __init__(self, base: Store) -> None:
        rdflib.NORMALIZE_LITERALS = False
        self._base = {quad.triple for quad in base}
        self._graph = _parsed(self._base)

    def rows(self, store: Store, text: str) -> list[tuple[str, ...]]:
        """The rows of a query as texts, sorted; an unbound variable is an empty text."""
        added = list(_parsed({quad.triple for quad in store} - self._base))
        for triple in added:
            self._graph.add(triple)
        try:
            result = self._graph.query(text)
            return sorted(tuple("" if term is None else str(term) for term in row) for row in result)
        finally:
            for triple in added:
                self._graph.remove(triple)


def _parsed(triples: set[Triple]) -> rdflib.Graph:
    graph = rdflib.Graph()
    graph.parse(data=serialize(triples, format=RdfFormat.N_TRIPLES).decode(), format="nt")
    return graph
