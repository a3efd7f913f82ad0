"""All gates together: green on what is shipped and on a sound checkout, red with file and line on a broken one."""

from __future__ import annotations

import pytest
import rdflib
from checkouts import Checkout

from sharewell.errors import InputError
from sharewell.ontology.findings import GateResult


@pytest.mark.usefixtures("no_network")
def test_a_sound_checkout_passes_every_gate_with_the_network_cut(checkout: Checkout) -> None:
    assert checkout.findings() == []


def test_a_class_without_a_label_is_found(checkout: Checkout) -> None:
    checkout.edit("ontology/party.ttl", '  a owl:Class ;\n  rdfs:label "Body"@en .', "  a owl:Class .")
    found = {finding.file: finding for finding in checkout.findings("terms", "format")}
    lint = found["ontology/party.ttl"]
    assert lint.message == "share:Body: this class has no name"
    assert lint.remedy == "Write one (rdfs:label)"
    assert lint.line == next(
        number
        for number, line in enumerate((checkout.root / "ontology/party.ttl").read_text().splitlines(), start=1)
        if line == "  a owl:Class ."
    )


def test_the_lint_leaves_literals_as_they_are_written(checkout: Checkout) -> None:
    rdflib.NORMALIZE_LITERALS = True
    checkout.findings("terms")
    assert rdflib.NORMALIZE_LITERALS is False
    assert rdflib.Literal("01", datatype=rdflib.XSD.integer).n3() == '"01"^^<http://www.w3.org/2001/XMLSchema#integer>'


def test_a_file_that_is_not_in_its_form_is_named(checkout: Checkout) -> None:
    checkout.add("ontology/party.ttl", "# a remark\n")
    (finding,) = checkout.findings("format")
    assert (finding.file, finding.message) == ("ontology/party.ttl", "is not in the one form of an ontology file")
    assert finding.remedy == "Run: sharewell ontology format"


def test_a_file_that_does_not_parse_is_the_whole_report(checkout: Checkout) -> None:
    checkout.add("data/case/bodies.ttl", "hsi:x a .\n")
    (finding,) = checkout.findings()
    assert (finding.file, finding.line) == ("data/case/bodies.ttl", checkout.line("data/case/bodies.ttl", "hsi:x a ."))


def test_a_question_that_is_not_text_is_named(checkout: Checkout) -> None:
    (checkout.root / "queries/parties/offices.rq").write_bytes(b"SELECT * {}\n# \xe9\n")
    (finding,) = checkout.findings()
    assert (finding.file, finding.line, finding.remedy) == ("queries/parties/offices.rq", 2, "Save the file as UTF-8")


def test_a_warning_is_shown_and_fails_nothing(checkout: Checkout) -> None:
    checkout.edit("shapes/meta/terms.ttl", "sh:severity sh:Violation", "sh:severity sh:Warning")
    checkout.edit("ontology/party.ttl", '  a owl:Class ;\n  rdfs:label "Body"@en .', "  a owl:Class .")
    (finding,) = checkout.findings("terms")
    assert finding.warning
    assert GateResult("terms", (finding,), 0.0).passed
    assert str(finding).startswith("ontology/party.ttl:")
    assert ": warning: share:Body" in str(finding)


def test_a_gate_that_does_not_exist_is_refused(checkout: Checkout) -> None:
    with pytest.raises(InputError, match="there is no gate 'spelling': the gates are parse, kinds, "):
        checkout.findings("spelling")
