"""Every derived statement follows again from the premises of its step alone, and from nothing that came after it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple, Variable, parse

from sharewell import api
from sharewell.errors import InputError
from sharewell.graph.paths import Alternative, Except, Inverse, Link, Path, Repeat, path_text, shortest
from sharewell.graph.paths import Sequence as PathSequence
from sharewell.graph.store import MergedGraph
from sharewell.knowledge import data_folder
from sharewell.reasoning.closure import consequences, read_axioms
from sharewell.reasoning.derivation import DerivationRule, derive, heads, read_rules
from sharewell.reasoning.entailment import LABELS
from sharewell.reasoning.premises import Provenance, Step
from sharewell.vocabulary import RDF_TYPE, SHARE
from small_graphs import AS_OF, FIXTURE, TURTLE_PREFIXES, GraphOf, lines


def _check_steps(graph: MergedGraph, rules: Sequence[DerivationRule]) -> list[Step]:
    """Each derived statement has a step; it rests on what was there before; its rule gives it from its premises."""
    provenance = Provenance(graph, rules)
    axioms = read_axioms(graph.store)
    by_iri = {rule.iri: rule for rule in rules}
    rank = {triple: position for position, triple in enumerate(graph.derived)}
    steps = []
    for triple in graph.derived:
        step = provenance.step(triple)
        assert step is not None
        assert provenance.is_derived(triple)
        assert step.triple == triple
        assert all(_quad(premise) in graph.store for premise in step.premises)
        assert all(rank.get(premise, -1) < rank[triple] for premise in step.premises), step
        alone = _store(map(_quad, step.premises))
        if step.rule in LABELS:
            again = {t for premise in step.premises for t in consequences(alone, axioms, premise)}
        else:
            again = set(heads(alone, by_iri[step.rule]))
        assert triple in again, step
        steps.append(step)
    return steps


def _store(quads: Iterable[Quad]) -> Store:
    store = Store()
    store.extend(quads)
    return store


def _quad(triple: Triple) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object)


@pytest.mark.parametrize("project", ["hsi", "examples/northwater"])
def test_every_derived_statement_follows_by_its_own_rule_from_its_own_premises(project: str) -> None:
    graph = api.open(data_folder() / project).graph
    steps = _check_steps(graph, read_rules())
    assert len(steps) == len(graph.derived) > 1000


def test_named_axioms_are_premises_too() -> None:
    """With the axioms of the step alone, the closure comes to the same: only chains are nameless lists."""
    graph = api.open(data_folder() / "hsi").graph
    provenance = Provenance(graph)
    kinds = set()
    for triple in graph.derived:
        step = provenance.step(triple)
        if step is not None and step.rule in LABELS and step.rule != "chain":
            kinds.add(step.rule)
            alone = _store(map(_quad, step.premises))
            axioms = read_axioms(alone)
            assert triple in {t for premise in step.premises for t in consequences(alone, axioms, premise)}, step
    assert {"subclass", "inverse", "transitive", "symmetric"} <= kinds


def test_leaves_are_recorded_statements_only(hsi: api.Project) -> None:
    provenance = Provenance(hsi.graph)
    for triple in hsi.graph.derived:
        recorded, _ = provenance.leaves(triple)
        assert recorded
        assert not any(provenance.is_derived(leaf) for leaf in recorded)
        assert list(recorded) == sorted(recorded, key=lambda t: (str(t.subject), str(t.predicate), str(t.object)))


def test_two_runs_give_the_same_steps() -> None:
    first, second = (api.open(data_folder() / "examples/northwater").graph for _ in range(2))
    one, other = Provenance(first), Provenance(second)
    # Asked in another order, the answers are the same.
    backward = {triple: other.step(triple) for triple in reversed(second.derived)}
    assert [one.step(triple) for triple in first.derived] == [backward[triple] for triple in first.derived]


COVERED = """
fix:City a share:Institution . fix:Ministry a share:Institution .
fix:name a share:DataElement . fix:birth a share:DataElement .
fix:flow a share:DataFlow ; share:origin fix:City ; share:destination fix:Ministry ;
  share:carries fix:name , fix:birth ; share:purpose share:VerifyIncome ; share:underAgreement fix:deal .
fix:deal a share:DataSharingAgreement ; share:party fix:City , fix:Ministry ; share:signedBy fix:City ;
  share:coversElement fix:name , fix:birth ; share:purpose share:DetermineEligibility ;
  share:validFrom "2024-01-01"^^xsd:date .
"""


def _step(graph: MergedGraph, statement: str) -> Step:
    provenance = Provenance(graph, prefixes={"fix": FIXTURE, "share": SHARE})
    (triple,) = [triple for triple in graph.derived if lines([triple]) == [statement]]
    step = provenance.step(triple)
    assert step is not None
    return step


def test_a_rule_that_says_each_shows_each(graph_of: GraphOf) -> None:
    step = _step(graph_of(COVERED), "fix:flow share:agreementCoverage share:CoveredByAgreement")
    assert step.rule == "https://w3id.org/sharewell/shapes#CoveredFlows-rule"
    assert step.label == "A flow is covered by an agreement"
    shown = lines(step.premises)
    for element in ("fix:birth", "fix:name"):
        assert f"fix:flow share:carries {element}" in shown
        assert f"fix:deal share:coversElement {element}" in shown
    assert "share:VerifyIncome share:consistentWith share:DetermineEligibility" in shown
    each = next(absence for absence in step.absences if "share:carries" in absence.text)
    assert each.text == (
        "fix:flow share:carries ?element . FILTER NOT EXISTS { fix:deal share:coversElement ?element . }"
    )
    flow, deal = NamedNode(FIXTURE + "flow"), NamedNode(FIXTURE + "deal")
    element = Variable("element")
    assert each.triples == ((flow, NamedNode(SHARE + "carries"), element),)
    assert [inner.triples for inner in each.unless] == [((deal, NamedNode(SHARE + "coversElement"), element),)]


def test_the_conditions_that_held_are_told_with_their_values(graph_of: GraphOf) -> None:
    graph = graph_of('fix:thing a share:RoleHolding ; share:validFrom "2026-12-01"^^xsd:date .')
    step = _step(graph, "fix:thing share:temporalStatus share:FutureAtDate")
    assert len(step.filters) == 1
    assert step.filters[0].startswith('(STR("2026-12-01"^^')
    current = graph_of('fix:thing a share:RoleHolding ; share:validFrom "2026-01-01"^^xsd:date .')
    step = _step(current, "fix:thing share:temporalStatus share:CurrentAtDate")
    assert step.absences[0].filters[0].startswith("(STR(?first) > STR(")


def test_a_path_is_shown_by_its_shortest_witness(graph_of: GraphOf) -> None:
    graph = graph_of(
        "fix:a a share:Purpose ; skos:broader fix:b , fix:x . fix:x skos:broader fix:y . fix:y skos:broader fix:c ."
        "fix:b a share:Purpose ; skos:broader fix:c . fix:c a share:Purpose ."
    )
    step = _step(graph, "fix:a share:consistentWith fix:c")
    assert [line for line in lines(step.premises) if "broader" in line] == [
        "fix:a skos:broader fix:b",
        "fix:b skos:broader fix:c",
    ]


def test_a_recorded_statement_has_no_step_and_an_absent_one_is_an_error(graph_of: GraphOf) -> None:
    graph = graph_of(COVERED)
    provenance = Provenance(graph)
    recorded = Triple(NamedNode(FIXTURE + "City"), RDF_TYPE, NamedNode(SHARE + "Institution"))
    assert provenance.step(recorded) is None
    assert not provenance.is_derived(recorded)
    assert provenance.leaves(recorded) == ((recorded,), ())
    with pytest.raises(InputError, match="is not in the graph"):
        provenance.step(Triple(NamedNode(FIXTURE + "City"), RDF_TYPE, NamedNode(SHARE + "System")))
    with pytest.raises(InputError, match="follows by none of the rules given"):
        Provenance(graph, ()).step(next(t for t in graph.derived if "legOf" in str(t.predicate)))


# Small random graphs, closed and derived with rules that use the whole form

FORMS = [
    (0, "?this fix:near ?x", "?this fix:p|^fix:q ?x . FILTER(?this != ?x)"),
    (0, "?this fix:far ?x", "?this (fix:p/fix:q)*|fix:r+ ?x . ?x a fix:Kind ."),
    (0, "?this fix:odd ?x", "?this !(fix:p|rdf:type|^fix:q) ?x . ?x fix:p? ?this ."),
    (0, "?this fix:any ?property", "?this ?property fix:n1 . FILTER(?property IN (fix:p, fix:q))"),
    (0, "?this fix:blank true", "?this fix:p [ fix:q ?x ; fix:r _:y ] . _:y fix:p ?this ."),
    (
        0,
        "?this fix:either ?x",
        "{ ?this fix:p ?y . BIND(?y AS ?x) } UNION { { ?this fix:q ?x } UNION { ?x fix:r ?this } }",
    ),
    (0, "?this fix:some ?x", "?this fix:p ?x . { SELECT DISTINCT ?this WHERE { ?this fix:r|fix:q ?x . } }"),
    (
        0,
        "?this fix:made ?name",
        '?this fix:p ?x . BIND(IRI(CONCAT(STR(?this), "-", STRAFTER(STR(?x), "fixture/"))) AS ?name)',
    ),
    (1, "?this fix:far ?x", "?this fix:far ?y . ?y fix:near ?x ."),
    (
        2,
        "?this fix:all true",
        "?this fix:p ?some . FILTER NOT EXISTS { ?this fix:p ?x . FILTER NOT EXISTS { ?x fix:q ?y } }",
    ),
    (
        2,
        "?this fix:deep true",
        "?this fix:p ?some . FILTER NOT EXISTS { ?this fix:near ?x . FILTER(?x != fix:n0) FILTER NOT EXISTS "
        "{ { ?x fix:q ?y } UNION { ?x fix:r ?y } FILTER NOT EXISTS { ?y fix:far ?this } } "
        "FILTER NOT EXISTS { ?x a fix:Kind } }",
    ),
    (
        2,
        "?this fix:branch true",
        "?this fix:p ?some . FILTER NOT EXISTS { { ?this fix:p ?x . FILTER NOT EXISTS { ?x fix:r ?this } } UNION "
        "{ ?this fix:q ?x . FILTER NOT EXISTS { ?x (fix:p/fix:p)|fix:r ?z } } }",
    ),
    (
        2,
        "?this fix:bare ?x",
        "?this fix:p ?x . OPTIONAL { ?x fix:q ?y . FILTER NOT EXISTS { ?y fix:r ?x } } "
        "FILTER(!BOUND(?y) || ?y = ?this)",
    ),
    (
        2,
        "?this fix:unless true",
        "?this fix:p ?some . FILTER NOT EXISTS { ?this fix:p ?x OPTIONAL { ?x fix:q ?y } FILTER(!BOUND(?y)) }",
    ),
    (
        2,
        "?this fix:many ?n",
        "{ SELECT ?this (COUNT(DISTINCT ?x) AS ?n) WHERE { ?this fix:p ?x } GROUP BY ?this } FILTER(?n > 1)",
    ),
    (
        2,
        "?this fix:few true",
        "?this a fix:Kind . FILTER NOT EXISTS "
        "{ { SELECT ?this (COUNT(?x) AS ?n) WHERE { ?this fix:p ?x } GROUP BY ?this } FILTER(?n < 2) }",
    ),
    (
        2,
        "?this fix:or ?x",
        "?this fix:p ?x . FILTER(?x = fix:n2 || EXISTS { ?x fix:q ?y } || NOT EXISTS { ?x fix:r ?y })",
    ),
    (
        2,
        "?this fix:twice ?x",
        "?this fix:p ?x . FILTER EXISTS { ?x fix:q|fix:r ?y . FILTER NOT EXISTS { ?y fix:p ?y } }",
    ),
    (
        2,
        "?this fix:hidden true",
        "?this fix:p ?some . FILTER NOT EXISTS { ?this fix:q ?x . { SELECT ?x WHERE { ?x fix:p|fix:q|fix:r ?y . "
        "FILTER NOT EXISTS { ?y fix:r ?x } } } }",
    ),
    (
        2,
        "?this fix:condition true",
        "?this fix:p ?some . FILTER NOT EXISTS { ?this fix:p ?x . FILTER(!EXISTS { ?x fix:q ?y }) }",
    ),
]
PREFIX_LINES = f"PREFIX fix: <{FIXTURE}>\nPREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>\n"
RULES = tuple(
    DerivationRule(
        f"{FIXTURE}rule-{number}",
        stratum,
        f"{PREFIX_LINES}CONSTRUCT {{ {head} . }} WHERE {{ {{ SELECT DISTINCT ?this WHERE "
        f"{{ {{ ?this fix:p ?targetObject }} UNION {{ ?this rdf:type fix:Kind }} }} }} {where} }}",
        f"rule {number}",
    )
    for number, (stratum, head, where) in enumerate(FORMS)
)
ONTOLOGY = """
fix:Kin rdfs:subClassOf fix:Kind . fix:Kindred owl:equivalentClass fix:Kin .
fix:r rdfs:subPropertyOf fix:q . fix:s owl:inverseOf fix:p . fix:t a owl:TransitiveProperty , owl:SymmetricProperty .
fix:q owl:propertyChainAxiom ( fix:p fix:t ) .
"""
_NODES = st.sampled_from([f"fix:n{number}" for number in range(4)])
_STATEMENT = st.one_of(
    st.tuples(_NODES, st.sampled_from(["fix:p", "fix:q", "fix:r", "fix:s", "fix:t"]), _NODES),
    st.tuples(_NODES, st.just("a"), st.sampled_from(["fix:Kind", "fix:Kin", "fix:Kindred"])),
)


def _derived(statements: Sequence[tuple[str, str, str]]) -> MergedGraph:
    text = TURTLE_PREFIXES + ONTOLOGY + "".join(f"{' '.join(statement)} .\n" for statement in statements)
    store = _store(parse(text, format=RdfFormat.TURTLE))
    graph = MergedGraph(store, (), AS_OF, (), len(store))
    derive(graph, RULES)
    return graph


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_STATEMENT, min_size=1, max_size=10, unique=True))
def test_steps_are_sufficient_on_random_graphs(statements: list[tuple[str, str, str]]) -> None:
    _check_steps(_derived(statements), RULES)


def test_every_form_of_rule_and_kind_of_entailment_is_met() -> None:
    """So that the random test cannot pass by never reaching a form."""
    fired: set[str] = set()
    for seed in range(30):
        source = random.Random(seed)
        nodes = [f"fix:n{number}" for number in range(4)]
        statements = [
            (source.choice(nodes), source.choice(["fix:p", "fix:q", "fix:r", "fix:s", "fix:t"]), source.choice(nodes))
            for _ in range(source.randint(2, 10))
        ]
        statements += [(source.choice(nodes), "a", kind) for kind in ("fix:Kind", "fix:Kin", "fix:Kindred")]
        fired.update(step.rule for step in _check_steps(_derived(statements), RULES))
    assert fired == {rule.iri for rule in RULES} | set(LABELS)


_LINKS = st.sampled_from([Link(NamedNode(FIXTURE + name)) for name in "pqr"])
_PATHS: st.SearchStrategy[Path] = st.recursive(
    st.one_of(
        _LINKS,
        st.just(Except((NamedNode(FIXTURE + "p"),), (NamedNode(FIXTURE + "q"),))),
        st.just(Except((), (NamedNode(FIXTURE + "r"),))),
    ),
    lambda inner: st.one_of(
        st.builds(Inverse, inner),
        st.builds(Repeat, inner, st.sampled_from("*+?")),
        st.builds(lambda *paths: PathSequence(paths), inner, inner),
        st.builds(lambda *paths: Alternative(paths), inner, inner),
    ),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    _PATHS,
    st.lists(
        st.tuples(_NODES, st.sampled_from(["fix:p", "fix:q", "fix:r"]), _NODES), min_size=1, max_size=8, unique=True
    ),
)
def test_a_path_has_a_witness_exactly_where_the_engine_finds_one(
    path: Path, statements: list[tuple[str, str, str]]
) -> None:
    # A path of no steps is asked about nodes of the graph only: engines differ about others.
    nodes = [NamedNode(f"{FIXTURE}n{number}") for number in range(4)]
    known = [Quad(node, RDF_TYPE, NamedNode(FIXTURE + "Node")) for node in nodes]
    text = TURTLE_PREFIXES + "".join(f"{' '.join(statement)} .\n" for statement in statements)
    store = _store([*known, *parse(text, format=RdfFormat.TURTLE)])
    written = path_text(path, str)
    for start, end in product(nodes, nodes):
        question = f"ASK {{ {start} {written} {end} }}"
        walked = shortest(store, path, start, end, lambda _: True)
        assert (walked is not None) == bool(store.query(question)), written
        assert walked is None or _store([*known, *map(_quad, walked)]).query(question), written
