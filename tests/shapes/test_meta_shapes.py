"""The shapes of shapes/meta/: each fires on its bad fixture; the ontology, shapes and rules we ship are clean."""

from __future__ import annotations

import pytest
from rdflib import RDF, SH, Graph
from shapes_at_work import (
    HERE,
    ROOT,
    close_types,
    difference,
    expected,
    focus_nodes,
    graph_of,
    results,
    shapes_that_report,
    short,
    targeted_shapes,
)

SUBJECTS = ("terms", "shapes", "rules")
FIXTURES = HERE / "meta"


def lint(subject: str) -> Graph:
    return graph_of([ROOT / "shapes" / "meta" / f"{subject}.ttl"])


def fixture(name: str) -> Graph:
    return graph_of([FIXTURES / name])


def ontology(*parts: str) -> Graph:
    return graph_of(path for part in parts for path in sorted((ROOT / "ontology" / part).glob("*.ttl")))


def all_shapes() -> Graph:
    return graph_of(sorted((ROOT / "shapes").rglob("*.ttl")))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_bad_forms_give_exactly_the_expected_results(subject: str) -> None:
    found = results(fixture(f"{subject}.fires.ttl"), lint(subject))
    wanted = expected(FIXTURES / f"{subject}.expected.tsv")
    assert found == wanted, difference(found, wanted)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_good_forms_give_no_result(subject: str) -> None:
    found = results(fixture(f"{subject}.silent.ttl"), lint(subject))
    assert not found, difference(found, found - found)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_lint_that_reports_is_seen_to_fire(subject: str) -> None:
    fired = {row[0] for row in expected(FIXTURES / f"{subject}.expected.tsv")}
    assert shapes_that_report(lint(subject)) - fired == set()


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_lint_has_a_good_form_to_look_at(subject: str) -> None:
    shapes, data = lint(subject), fixture(f"{subject}.silent.ttl")
    idle = {short(shape) for shape in targeted_shapes(shapes) if not focus_nodes(shape, shapes, data)}
    # A list of disjoint classes is wrong in any form.
    assert idle - {"shape:LintDisjointClasses"} == set()


def test_the_ontology_is_clean() -> None:
    found = results(close_types(ontology(".", "schemes")), lint("terms"))
    assert not found, difference(found, found - found)


def test_the_shapes_are_clean() -> None:
    found = results(all_shapes(), lint("shapes"))
    assert not found, difference(found, found - found)


def test_the_rules_are_clean() -> None:
    found = results(close_types(all_shapes() + ontology(".", "schemes", "imports")), lint("rules"))
    assert not found, difference(found, found - found)


def test_no_two_shapes_share_a_name() -> None:
    """Files are loaded together: a name used twice would merge two shapes into one that neither file means."""
    owners: dict[str, str] = {}
    for path in sorted((ROOT / "shapes").rglob("*.ttl")):
        graph = graph_of([path])
        for shape in {short(s) for kind in (SH.NodeShape, SH.PropertyShape) for s in graph.subjects(RDF.type, kind)}:
            assert owners.setdefault(shape, str(path)) == str(path), f"{shape} stands in two files"
