"""The stored questions: all 48 are there, well formed, and right wherever they are asked."""

from __future__ import annotations

import random
import re
import time

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store
from question_cases import (
    ANSWERED_BY_THE_CASE,
    FIRING,
    FOLDER,
    IDS,
    MergedStore,
    SecondEngine,
    bound,
    fixture_path,
    is_label,
    question,
    read_rows,
    text,
    with_values,
    without_labels,
)
from rdflib.plugins.sparql import prepareQuery

from sharewell.graph.sparql import Token, tokens
from sharewell.graph.terms import Term, expand
from sharewell.questions import catalog, run
from sharewell.vocabulary import PREFIXES, PROV, RDFS_LABEL, SHARE
from small_graphs import FIXTURE

SUBJECTS = {"lineage", "compliance", "quality", "agreements"}
KEYS = {f"{letter}{number}" for letter in "FR" for number in range(1, 6)}
# What would reach out, or give another answer on another day.
UNSTABLE = {"SERVICE", "NOW", "RAND", "UUID", "STRUUID", "BNODE", "FROM"}
ASKING_WHAT_IS_ABSENT = [f"CQ{n:02d}" for n in (2, 9, 15, 17, 22, 24, 25, 26, 27, 28, 31, 33, 38, 42, 43, 44, 47)]
# It takes about three; with the path left to the planner the same question does not end.
SECONDS_ON_A_LARGE_LINEAGE = 20


def test_every_question_of_the_dossier_is_stored_once() -> None:
    assert tuple(stored.id for stored in catalog()) == IDS
    assert {stored.subject for stored in catalog()} == SUBJECTS
    assert set(FIRING) | set(ANSWERED_BY_THE_CASE) == set(IDS)
    assert [identifier for identifier in IDS if not fixture_path(identifier, "silent").is_file()] == []


@pytest.mark.parametrize("identifier", IDS)
def test_the_header_says_what_a_person_and_a_machine_need(identifier: str) -> None:
    stored = question(identifier)
    assert stored.summary
    assert stored.question.endswith("?")
    assert stored.row.endswith(".")
    assert stored.serves
    assert set(stored.serves) <= KEYS
    assert stored.needs in {"recorded", "derived", "assessed"}
    assert len(set(stored.columns)) == len(stored.columns) > 0
    assert {parameter.type for parameter in stored.parameters} <= {"iri", "string", "integer", "date"}
    assert all(parameter.description for parameter in stored.parameters)


@pytest.mark.parametrize("identifier", ASKING_WHAT_IS_ABSENT)
def test_a_question_about_absence_says_that_it_speaks_of_the_record(identifier: str) -> None:
    assert "not recorded" in question(identifier).row.lower()


@pytest.mark.parametrize("identifier", IDS)
def test_each_parameter_stands_in_the_text_with_the_default_of_the_header(identifier: str) -> None:
    stored = question(identifier)
    for parameter in stored.parameters:
        rows = re.findall(rf"VALUES \?{parameter.name} \{{ (.*?) \}}", stored.text)
        quoted = f'"{parameter.default}"'
        written = {"date": f"{quoted}^^xsd:date", "string": quoted}.get(parameter.type, parameter.default)
        assert set(rows) == {"UNDEF" if parameter.default == "UNDEF" else written}, parameter.name


@pytest.mark.parametrize("identifier", IDS)
def test_the_text_is_stable_standard_sparql(identifier: str) -> None:
    stored = question(identifier)
    assert tuple(str(v) for v in prepareQuery(stored.text).algebra.PV) == stored.columns
    units = list(tokens(stored.text))
    assert {unit.text.upper() for unit in units if unit.kind == "word"} & UNSTABLE == set()
    # Rows stand in one order only if every column takes part in it.
    order = max(n for n, unit in enumerate(units) if unit.text.upper() == "ORDER")
    assert {unit.text for unit in units[order:] if unit.kind == "variable"} == {f"?{name}" for name in stored.columns}


@pytest.mark.parametrize("identifier", IDS)
def test_prefixes_are_declared_and_every_iri_is_known(identifier: str, hsi_store: Store) -> None:
    units = list(tokens(question(identifier).text))
    declarations = _declarations(units)
    assert {prefix: PREFIXES[prefix] for prefix in declarations} == declarations
    names = [unit.text for n, unit in enumerate(units) if unit.kind == "name" and units[n - 1].text != "PREFIX"]
    assert {name.split(":")[0] for name in names} == set(declarations)
    iris = [NamedNode(expand(name, declarations) or "") for name in names]
    # Of RDF and XML Schema only datatypes and rdfs:label are used, which no file of ours has to describe.
    ours = [iri for iri in iris if not iri.value.startswith((PREFIXES["xsd"], PREFIXES["rdfs"]))]
    assert [iri.value for iri in ours if not any(hsi_store.quads_for_pattern(iri, None, None))] == []


def _declarations(units: list[Token]) -> dict[str, str]:
    found = (n for n, unit in enumerate(units) if unit.text == "PREFIX")
    return {units[n + 1].text.removesuffix(":"): units[n + 2].text.strip("<>") for n in found}


@pytest.mark.parametrize("identifier", FIRING)
def test_it_fires_on_what_it_is_about(identifier: str, merged_store: MergedStore) -> None:
    answer = run(merged_store([fixture_path(identifier, "fires")]), bound(identifier, "fires"))
    assert answer.columns == question(identifier).columns
    assert without_labels(answer) == read_rows(FOLDER / identifier / "expected.csv")


@pytest.mark.parametrize("identifier", IDS)
def test_it_stays_silent_on_near_misses(identifier: str, merged_store: MergedStore) -> None:
    answer = run(merged_store([fixture_path(identifier, "silent")]), bound(identifier, "silent"))
    assert without_labels(answer) == []


@pytest.mark.parametrize("identifier", ANSWERED_BY_THE_CASE)
def test_the_facts_of_the_case_give_the_golden_answer(identifier: str, hsi_store: Store) -> None:
    answer = run(hsi_store, question(identifier).text)
    assert without_labels(answer) == read_rows(FOLDER / "golden" / f"{identifier}.csv")


@pytest.mark.parametrize("identifier", IDS)
def test_a_label_names_what_stands_beside_it(identifier: str, hsi_store: Store, merged_store: MergedStore) -> None:
    asked = [(hsi_store, question(identifier).text)]
    if identifier in FIRING:
        asked.append((merged_store([fixture_path(identifier, "fires")]), bound(identifier, "fires")))
    for store, query in asked:
        answer = run(store, query)
        for row in answer.rows:
            cells = dict(zip(answer.columns, row, strict=True))
            labels = [name for name in answer.columns if is_label(name, answer)]
            wrong = [name for name in labels if cells[name] not in _labels(store, cells[name.removesuffix("Label")])]
            assert wrong == [], [text(term) for term in row]


def _labels(store: Store, node: Term | None) -> set[Term | None]:
    """The English labels of a node; of nothing, or of a node without a label, only the empty cell."""
    if not isinstance(node, NamedNode):
        return {None}
    labels = {q.object for q in store.quads_for_pattern(node, RDFS_LABEL, None)}
    return {label for label in labels if getattr(label, "language", "") == "en"} or {None}


@pytest.mark.parametrize("identifier", FIRING)
def test_a_label_in_another_language_adds_no_row(identifier: str, merged_store: MergedStore) -> None:
    store = merged_store([fixture_path(identifier, "fires")])
    both = Store()
    both.bulk_extend(store)
    labels = list(store.quads_for_pattern(None, RDFS_LABEL, None))
    both.bulk_extend(Quad(quad.subject, RDFS_LABEL, Literal("nom", language="fr")) for quad in labels)
    assert run(both, bound(identifier, "fires")) == run(store, bound(identifier, "fires"))


@pytest.mark.whole
@pytest.mark.parametrize("identifier", IDS)
def test_another_engine_gives_the_same_rows(
    identifier: str, hsi_store: Store, merged_store: MergedStore, second_engine: SecondEngine
) -> None:
    asked = [(merged_store([fixture_path(identifier, "silent")]), bound(identifier, "silent"))]
    if identifier in FIRING:
        asked.append((merged_store([fixture_path(identifier, "fires")]), bound(identifier, "fires")))
    if identifier in ANSWERED_BY_THE_CASE:
        asked.append((hsi_store, question(identifier).text))
    for store, query in asked:
        answer = run(store, query)
        rows = sorted(tuple("" if term is None else getattr(term, "value", "") for term in row) for row in answer.rows)
        assert second_engine.rows(store, query) == rows


@pytest.mark.parametrize("identifier", [stored.id for stored in catalog() if stored.needs == "recorded"])
def test_a_question_on_the_record_needs_no_derived_fact(identifier: str, merged_store: MergedStore) -> None:
    """Closing the graph over the ontology is enough for those that say `needs: recorded`."""
    if identifier in FIRING:
        paths, query = [fixture_path(identifier, "fires")], bound(identifier, "fires")
        assert run(merged_store(paths, rules=False), query) == run(merged_store(paths), query)
    silent = merged_store([fixture_path(identifier, "silent")], rules=False)
    assert run(silent, bound(identifier, "silent")).rows == ()


def _node_parameters() -> list[tuple[str, tuple[str, ...]]]:
    """Each parameter that takes a node; the element and the purpose of CQ34 are alternatives, so they go together."""
    found = [
        (stored.id, (parameter.name,))
        for stored in catalog()
        for parameter in stored.parameters
        if parameter.type == "iri" and stored.id != "CQ34"
    ]
    return [*found, ("CQ34", ("element", "purpose"))]


@pytest.mark.parametrize(("identifier", "names"), _node_parameters())
def test_a_parameter_reaches_every_place_it_is_used_in(
    identifier: str, names: tuple[str, ...], hsi_store: Store, merged_store: MergedStore
) -> None:
    """Bound to a node that nothing is known of, it leaves no row of an answer that had some."""
    firing = identifier in FIRING
    store = merged_store([fixture_path(identifier, "fires")]) if firing else hsi_store
    asked = bound(identifier, "fires") if firing else question(identifier).text
    assert run(store, asked).rows
    unknown = dict.fromkeys(names, "fix:NothingIsKnownOfThis")
    assert run(store, with_values(question(identifier), unknown)).rows == ()


def test_a_date_asks_of_another_day(hsi_store: Store) -> None:
    answer = run(hsi_store, with_values(question("CQ18"), {"date": "2022-06-01"}))
    covered = {row["notice"] for row in without_labels(answer) if row["status"] == "covers the date"}
    assert covered == {"hsi:notice-3", "hsi:notice-4", "hsi:notice-5"}


@pytest.mark.parametrize(("identifier", "start"), [("CQ04", "start"), ("CQ05", "dataset"), ("CQ10", "target")])
def test_a_lineage_question_ends_on_a_large_graph(identifier: str, start: str) -> None:
    """120,000 statements in ten layers: seconds in the form the engines can plan, hours in the naive one."""
    store = Store()
    store.bulk_extend(_layers(flows=30_000, width=500, depth=10))
    began = time.monotonic()
    answer = run(store, with_values(question(identifier), {start: "fix:node-5-0"}))
    assert time.monotonic() - began < SECONDS_ON_A_LARGE_LINEAGE
    assert len(answer.rows) > 1_000


def _layers(flows: int, width: int, depth: int) -> list[Quad]:
    """Flows from nodes of each layer to nodes of the next, each also a derivation; the same on every run.

    The keeper of one node of layer 5 gets an element of it from the last layer, as CQ05 looks for.
    """
    chance = random.Random(48)

    def node(layer: int, number: int) -> NamedNode:
        return NamedNode(f"{FIXTURE}node-{layer}-{number % width}")

    def statement(subject: NamedNode, predicate: str, value: NamedNode) -> Quad:
        return Quad(subject, NamedNode(predicate), value, DefaultGraph())

    start, keeper, letter = node(5, 0), NamedNode(FIXTURE + "keeper"), NamedNode(FIXTURE + "letter")
    element = NamedNode(FIXTURE + "element")
    quads = [
        statement(start, SHARE + "steward", keeper),
        statement(start, SHARE + "containsElement", element),
        statement(letter, SHARE + "destination", keeper),
        statement(letter, SHARE + "carries", element),
        statement(letter, SHARE + "origin", node(depth, 1)),
    ]
    for number in range(flows):
        flow, layer = NamedNode(f"{FIXTURE}flow-{number}"), number % depth
        one, other = node(layer, number // depth), node(layer + 1, chance.randrange(width))
        quads += [
            statement(flow, SHARE + "origin", one),
            statement(flow, SHARE + "destination", other),
            statement(flow, SHARE + "degradedBy", NamedNode(SHARE + "BatchDelay")),
            statement(other, PROV + "wasDerivedFrom", one),
        ]
    return quads
