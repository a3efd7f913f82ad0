"""The form in which a query for one focus node may be run for all at once."""

from __future__ import annotations

import pytest

from sharewell.graph.set_at_a_time import form_errors, query_for_all


@pytest.mark.parametrize(
    "text",
    [
        "CONSTRUCT { $this a ex:B } WHERE { $this a ex:A . FILTER NOT EXISTS { ?x ex:p $this } }",
        "CONSTRUCT { $this a ex:B } WHERE { { $this ex:p ?x } UNION { ?x ^ex:q $this } }",
        "CONSTRUCT { $this a ex:B } WHERE { $this ex:p ?x . { SELECT DISTINCT $this ?y WHERE { $this ex:q+ ?y } } }",
        "CONSTRUCT { $this a ex:B } WHERE { $this ex:p ?x . { SELECT ?x WHERE { ?x ex:q* ex:a } } }",
        'SELECT $this ?path ?value WHERE { $this ?path ?value . FILTER(STR(?value) = "MINUS {") }',
        "SELECT $this WHERE { $this a ex:A } # VALUES, SERVICE and ?this in a comment",
    ],
)
def test_queries_in_the_form(text: str) -> None:
    assert form_errors(text) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT $this WHERE { $this a ex:A MINUS { $this ex:p ?x } }", "MINUS is not allowed"),
        ("SELECT $this WHERE { VALUES ?x { 1 } $this ex:p ?x }", "VALUES is not allowed"),
        ("SELECT $this WHERE { SERVICE <http://e> { $this a ex:A } }", "SERVICE is not allowed"),
        ("SELECT $this WHERE { ?this a ex:A }", "written $this"),
        ("SELECT $this WHERE { ?x a ex:A . FILTER(?x = $this) }", "no triple pattern"),
        ("SELECT $this WHERE { $this a ex:A . FILTER NOT EXISTS { ?x ex:p ?y . FILTER($this = ?y) } }", "no triple"),
        ("SELECT $this WHERE { $this a ex:A . { SELECT ?y WHERE { $this ex:q ?y } } }", "does not project $this"),
    ],
)
def test_queries_out_of_the_form(text: str, reason: str) -> None:
    assert any(reason in error for error in form_errors(text))


def test_targets_are_joined_into_the_outer_group() -> None:
    query = query_for_all("CONSTRUCT { $this a ex:B } WHERE { $this a ex:A }", "?this a ex:T")
    first = "{ SELECT DISTINCT ?this WHERE { ?this a ex:T } }"
    assert query == f"CONSTRUCT {{ ?this a ex:B }} WHERE {{ {first}  ?this a ex:A }}"
