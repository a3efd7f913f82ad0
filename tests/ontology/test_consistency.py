"""HermiT through owlready2: what is asked of it, and each trap on the way."""

from __future__ import annotations

import tempfile
from pathlib import Path

import owlready2
import pytest
from checkouts import AT, PROLOGUE, Checkout
from pyoxigraph import RdfFormat, parse, serialize

from sharewell.errors import InputError
from sharewell.ontology.consistency import (
    Inconsistent,
    classify,
    read_entailments,
    reasoner_input,
)
from sharewell.ontology.modules import read_module, read_modules


def n_triples(turtle: str) -> bytes:
    triples = [quad.triple for quad in parse(input=PROLOGUE + turtle, format=RdfFormat.TURTLE)]
    return serialize(triples, format=RdfFormat.N_TRIPLES) or b""


# ---- what the gate finds


def test_an_individual_in_two_disjoint_classes_is_named_with_its_statements(checkout: Checkout) -> None:
    checkout.edit("data/case/bodies.ttl", "hsi:Centre a share:Agency ;", "hsi:Centre a share:Agency , share:Office ;")
    (finding,) = checkout.findings("consistency")
    assert finding.message == (
        "hsi:Centre contradicts itself: it falls under both share:Agency and share:Office, which are disjoint, "
        "by 'hsi:Centre rdf:type share:Agency' and 'hsi:Centre rdf:type share:Office'"
    )
    assert (finding.file, finding.line) == (
        "data/case/bodies.ttl",
        checkout.line("data/case/bodies.ttl", "hsi:Centre a"),
    )


def test_a_value_outside_the_range_of_its_property_is_named(checkout: Checkout) -> None:
    checkout.add("data/case/bodies.ttl", 'hsi:Centre share:staff "40" .\nhsi:North share:staff 12 , 3.0 .\n')
    (finding,) = checkout.findings("consistency")
    assert finding.message == "'hsi:Centre share:staff 40' contradicts the range of the property, which is xsd:integer"
    assert (finding.file, finding.line) == ("data/case/bodies.ttl", checkout.line("data/case/bodies.ttl", '"40"'))


def test_a_value_that_is_none_of_its_datatype_is_a_finding_and_no_crash(checkout: Checkout) -> None:
    checkout.add("data/case/bodies.ttl", 'hsi:Centre share:staff "many"^^xsd:integer .\n')
    (finding,) = checkout.findings("consistency")
    assert "'many'" in finding.message


def test_a_class_under_two_disjoint_classes_and_a_property_of_nothing_are_named(checkout: Checkout) -> None:
    checkout.add(
        "ontology/party.ttl",
        'share:Hybrid a owl:Class ; rdfs:label "Hybrid"@en ; rdfs:subClassOf share:Agency , share:Office .\n'
        'share:oddly a owl:ObjectProperty ; rdfs:label "oddly"@en ; rdfs:domain share:Agency , share:Office .\n',
    )
    hybrid, oddly = checkout.findings("consistency")
    assert hybrid.message.startswith(
        "share:Hybrid can have no member: it falls under both share:Agency and share:Office"
    )
    assert (hybrid.file, hybrid.line) == ("ontology/party.ttl", checkout.line("ontology/party.ttl", "share:Hybrid a"))
    assert oddly.message == "share:oddly can hold between no two things"
    assert oddly.line == checkout.line("ontology/party.ttl", "share:oddly a")


def test_what_must_follow_and_does_not_and_the_reverse_are_named(checkout: Checkout) -> None:
    checkout.edit(
        "ontology/party.ttl", "  rdfs:domain share:Body ;\n  rdfs:range share:Office .", "  rdfs:domain share:Office ."
    )
    checkout.edit(
        "ontology/party.ttl", "    owl:ObjectProperty ,\n    owl:TransitiveProperty ;", "    owl:ObjectProperty ;"
    )
    lost, gained = checkout.findings("consistency")
    assert lost.message == "'ex:c share:hasPart ex:a' does not follow and must: Parts of parts are parts"
    assert (lost.file, lost.line) == ("ontology/entailments.tsv", 2)
    assert gained.message == "'ex:a a share:Office' follows and must not: An agency may be near an office"
    assert gained.line == 3


def test_facts_given_that_contradict_the_ontology_are_named(checkout: Checkout) -> None:
    checkout.add(
        "ontology/entailments.tsv", "must\tex:a a share:Agency , share:Office\tex:a a share:Body\tOf course.\n"
    )
    (finding,) = checkout.findings("consistency")
    assert (finding.file, finding.line) == ("ontology/entailments.tsv", 4)
    assert "which are disjoint" in finding.message


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("maybe\t\tshare:a a share:B\tWhy.", "'must' or 'must not'"),
        ("must\t\tshare:a a share:B , share:C\tWhy.", "exactly one fact"),
        ("must\t\tshare:a a share:B\t", "a sentence"),
        ("must\tex:a a\tex:a a share:B\tWhy.", "is not Turtle"),
    ],
)
def test_an_entailment_that_cannot_be_read_is_named_with_its_line(checkout: Checkout, line: str, reason: str) -> None:
    checkout.add("ontology/entailments.tsv", line + "\n")
    with pytest.raises(InputError, match=reason) as raised:
        read_entailments(checkout.root / "ontology")
    assert (raised.value.file, raised.value.line) == ("ontology/entailments.tsv", 4)


def test_the_shipped_entailments_are_enough_to_mean_something(shipped: Path) -> None:
    entailments = read_entailments(shipped)
    assert sum(entailment.must for entailment in entailments) >= 12
    assert sum(not entailment.must for entailment in entailments) >= 8


# ---- the traps


def test_hermit_stops_at_a_date_so_dates_are_left_out(checkout: Checkout) -> None:
    dated = "share:foundedOn a owl:DatatypeProperty . share:Ward share:foundedOn '1834-03-06'^^xsd:date ."
    with pytest.raises(InputError, match=r"UnsupportedDatatypeException.*XMLSchema#date"):
        classify(n_triples(dated))
    given = reasoner_input(read_modules(checkout.root / "ontology"))
    assert b"XMLSchema#integer" in given
    assert b"XMLSchema#date" not in given


def test_a_date_in_an_axiom_is_not_hidden_from_hermit(checkout: Checkout) -> None:
    checkout.edit("ontology/party.ttl", 'rdfs:label "founded on"@en .', 'rdfs:label "f"@en ; rdfs:range xsd:date .')
    (finding,) = checkout.findings("consistency")
    assert "UnsupportedDatatypeException" in finding.message


def test_owlready2_reads_no_turtle_and_gets_n_triples(tmp_path: Path, checkout: Checkout) -> None:
    path = checkout.root / "ontology/party.ttl"
    with pytest.raises(owlready2.OwlReadyOntologyParsingError):
        owlready2.World().get_ontology(f"{AT}/party").load(fileobj=path.open("rb"), only_local=True)
    lines = reasoner_input([read_module(path)]).decode().splitlines()
    assert lines == sorted(set(lines))
    assert all(line.endswith(" .") and line[0] in "<_" for line in lines)


def test_owlready2_would_fetch_imports_and_is_given_none(checkout: Checkout, no_network: None) -> None:
    imports = n_triples(f"<{AT}/x> a owl:Ontology ; owl:imports <http://w3id.org/elsewhere/0.1.0> .")
    with pytest.raises((AssertionError, InputError, owlready2.OwlReadyOntologyParsingError)):
        # Even with only_local=True, an imported ontology is loaded from the web.
        classify(imports)
    modules = read_modules(checkout.root / "ontology")
    assert b"imports" not in reasoner_input(modules).replace(b"/imports/", b"")
    assert classify(reasoner_input(modules)).impossible == frozenset()


def test_a_class_that_is_a_property_is_a_finding_and_no_crash(checkout: Checkout) -> None:
    checkout.edit(
        "ontology/party.ttl", "share:Body\n  a owl:Class ;", "share:Body\n  a owl:Class , owl:ObjectProperty ;"
    )
    (kind,) = checkout.findings("kinds")
    assert kind.message == "share:Body is a class and an object property"
    assert (kind.file, kind.line) == (
        "ontology/party.ttl",
        checkout.line("ontology/party.ttl", "a owl:Class , owl:Obj"),
    )
    (skipped,) = checkout.findings("consistency")
    assert "no reasoner was asked" in skipped.message


def test_a_class_that_is_an_individual_is_found(checkout: Checkout) -> None:
    checkout.edit("ontology/schemes/codes.ttl", "skos:broader share:City", "skos:broader share:Body")
    (kind,) = checkout.findings("kinds")
    assert kind.message == "share:Body is a class and an individual"
    line = checkout.line("ontology/schemes/codes.ttl", "skos:broader share:Body")
    assert (kind.file, kind.line) == ("ontology/schemes/codes.ttl", line)


def test_hermit_names_a_pair_only_under_the_most_special_property(checkout: Checkout) -> None:
    checkout.add("ontology/party.ttl", "share:seatOf a owl:ObjectProperty ; rdfs:subPropertyOf share:level .\n")
    checkout.add(
        "ontology/entailments.tsv", "must\tex:a share:seatOf ex:b\tex:a share:level ex:b\tA seat is a level.\n"
    )
    assert checkout.findings("consistency") == []


def test_nothing_is_left_behind_or_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = owlready2.JAVA_EXE, len(owlready2.default_world.ontologies)
    impossible = "share:A a owl:Class ; owl:disjointWith share:B . share:B a owl:Class . share:x a share:A , share:B ."
    with pytest.raises(Inconsistent):
        classify(n_triples(impossible))
    classify(n_triples("share:A a owl:Class ."))
    assert tempfile.tempdir == str(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert (owlready2.JAVA_EXE, len(owlready2.default_world.ontologies)) == before
    assert capfd.readouterr() == ("", "")
