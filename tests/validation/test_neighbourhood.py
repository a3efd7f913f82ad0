"""A neighbourhood suffices: on it alone, and on anything between it and the whole, the answer is the same."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Triple
from random_shapes import NODES, ShapeMaker, random_graph
from small_shapes import EX, evaluator_of, ex, words
from w3c_suite import cases

from sharewell.graph.index import TripleIndex
from sharewell.graph.terms import Term
from sharewell.validation import constraints as c
from sharewell.validation.evaluation import Evaluator
from sharewell.validation.paths import Path as PropertyPath
from sharewell.validation.paths import PredicatePath, path_text
from sharewell.validation.shapes import SUBCLASS_OF, Shapes, read_shapes
from sharewell.vocabulary import RDF_TYPE


def _holds_up(evaluator: Evaluator, node: Term, shape: Term, random: Random) -> None:
    """Check everything that is said of one neighbourhood."""
    found = evaluator.neighbourhood(node, shape)
    whole = set(evaluator.index)
    assert found.triples <= whole
    assert found.conforms == evaluator.conforms(node, shape)
    beyond = sorted(whole - found.triples, key=str)
    for between in ((), random.sample(beyond, len(beyond) // 2), random.sample(beyond, len(beyond) // 4)):
        part = Evaluator(TripleIndex([*found.triples, *between]), evaluator.shapes)
        assert part.conforms(node, shape) == found.conforms
    assert {triple.predicate for triple in found.triples} <= _spoken_of(evaluator.shapes, shape, whole)
    for absence in found.absences:
        if absence.path is None:
            continue
        reached = evaluator.follow(absence.node, absence.path)
        assert absence.value not in reached if absence.value is not None else len(reached) >= absence.found


def _spoken_of(shapes: Shapes, shape: Term, whole: Iterable[Triple]) -> set[NamedNode]:
    """The predicates that a shape is about."""
    spoken = {RDF_TYPE, SUBCLASS_OF}
    for inner in shapes.within(shape):
        spoken |= _in_path(inner.path) if inner.path else set()
        for constraint in inner.constraints:
            if isinstance(constraint, c.Equals | c.Disjoint | c.LessThan | c.LessThanOrEquals):
                spoken.add(constraint.predicate)
            if isinstance(constraint, c.Closed):
                spoken |= {triple.predicate for triple in whole} - constraint.allowed
    return spoken


def _in_path(path: PropertyPath) -> set[NamedNode]:
    if isinstance(path, PredicatePath):
        return {path.iri}
    parts = path.paths if hasattr(path, "paths") else (path.path,)
    return {predicate for part in parts for predicate in _in_path(part)}


def test_w3c_nodes(others_files: Path) -> None:
    """Every focus node of the W3C core suite against its shapes."""
    checked = 0
    for case in cases(others_files / "shacl" / "core"):
        evaluator = Evaluator(TripleIndex(case.data), read_shapes(case.shapes))
        for shape in evaluator.shapes.targeted():
            for node in evaluator.focus_nodes(shape):
                _holds_up(evaluator, node, shape.node, Random(checked))
                checked += 1
    assert checked > 200


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_random_shapes(seed: int) -> None:
    """Random shapes on random graphs, the shapes inside shapes too."""
    random = Random(seed)
    maker = ShapeMaker(random)
    maker.make()
    evaluator = Evaluator(TripleIndex(random_graph(random)), read_shapes(maker.triples))
    for shape in evaluator.shapes:
        for node in NODES[:3]:
            _holds_up(evaluator, node, shape.node, random)


DATA = """
:flow :basedOn :signed, :draft ; :carries :health .
:signed a :Memorandum ; :party :city .
:draft a :Memorandum .
:Memorandum rdfs:subClassOf :Agreement .
:other :basedOn :signed .
"""


def _found(shape: str) -> tuple[bool, set[str], set[str]]:
    """Whether the flow conforms, the triples of its neighbourhood and its absences, in short."""
    found = evaluator_of(DATA, shape).neighbourhood(ex("flow"), ex("S"))
    triples = {" ".join(words(t).rpartition("#")[2] for t in (x.subject, x.predicate, x.object)) for x in found.triples}
    absences = {
        f"{words(a.node)} {path_text(a.path).replace(EX, '') if a.path else '-'} "
        f"{a.found if a.value is None else words(a.value)}"
        for a in found.absences
    }
    return found.conforms, triples, absences


def test_a_witness_and_the_silence_beside_it() -> None:
    shape = ":S sh:property [ sh:path (:basedOn :party) ; sh:minCount 1 ; sh:maxCount 1 ] ."
    assert _found(shape) == (True, {"flow basedOn signed", "signed party city"}, {"flow <basedOn>/<party> 1"})


def test_a_class_is_witnessed_by_its_chain() -> None:
    shape = ":S sh:property [ sh:path :basedOn ; sh:class :Agreement ] ."
    conforms, triples, absences = _found(shape)
    assert conforms
    assert triples == {
        "flow basedOn signed", "flow basedOn draft", "signed type Memorandum", "draft type Memorandum",
        "Memorandum subClassOf Agreement",
    }  # fmt: skip
    assert absences == set()


def test_a_failure_that_rests_on_silence() -> None:
    shape = """:S sh:or ( [ sh:path :consent ; sh:minCount 1 ] [ sh:path :carries ; sh:hasValue :none ] ) ;
        sh:property [ sh:path :basedOn ; sh:qualifiedMinCount 2 ;
            sh:qualifiedValueShape [ sh:path :party ; sh:minCount 1 ] ] ."""
    assert _found(shape) == (
        False,
        {"flow basedOn draft"},
        {"flow <consent> 0", "flow <carries> none", "draft <party> 0", "flow <basedOn> 1"},
    )


def test_a_conflict_names_its_triples() -> None:
    shape = ":S sh:closed true ; sh:ignoredProperties ( :basedOn ) ; sh:not [ sh:path :basedOn ; sh:hasValue :draft ] ."
    assert _found(shape) == (False, {"flow carries health", "flow basedOn draft"}, set())


def test_conformance_by_silence() -> None:
    shape = ":S sh:property [ sh:path :consent ; sh:class :Consent ] ; sh:not [ sh:path :refusal ; sh:minCount 1 ] ."
    assert _found(shape) == (True, set(), {"flow <consent> 0", "flow <refusal> 0"})
