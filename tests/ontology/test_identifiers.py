"""No name is used that nobody declared."""

from __future__ import annotations

import pytest
from checkouts import Checkout

from sharewell.ontology.findings import Finding


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, [str(finding) for finding in findings]
    return findings[0]


@pytest.mark.parametrize(
    ("file", "old", "new", "name", "near"),
    [
        ("queries/parties/offices.rq", "share:partOf+", "share:partof+", "share:partof", "share:partOf"),
        (
            "queries/parties/offices.rq",
            "share:partOf+",
            "<http://purl.org/dc/terms/titel>+",
            "dcterms:titel",
            "dcterms:title",
        ),
        (
            "shapes/model/party.ttl",
            "$this share:partOf $this",
            "$this share:hasParts $this",
            "share:hasParts",
            "share:hasPart",
        ),
        (
            "shapes/model/party.ttl",
            "sh:targetClass share:Body",
            "sh:targetClass share:Bodi",
            "share:Bodi",
            "share:Body",
        ),
        ("shapes/meta/terms.ttl", "sh:minCount 1", "sh:minCound 1", "sh:minCound", None),
        ("shapes/meta/terms.ttl", "sh:path rdfs:label", "sh:path skos:prefLabel", "skos:prefLabel", None),
        ("data/case/bodies.ttl", "share:level share:City", "share:level share:Town", "share:Town", None),
        ("data/case/bodies.ttl", "share:partOf hsi:Centre", "share:partOf hsi:Center", "hsi:Center", "hsi:Centre"),
        ("data/case/bodies.ttl", "share:level share:City", "dcterms:subject 'x'", "dcterms:subject", None),
        (
            "ontology/party.ttl",
            "rdfs:subClassOf share:Body ;",
            "rdfs:subClassOf <http://www.w3.org/2004/02/skos/core#Collection> ;",
            "skos:Collection",
            None,
        ),
        ("ontology/party.ttl", "owl:TransitiveProperty", "owl:TransitivProperty", "owl:TransitivProperty", None),
    ],
)
def test_an_unknown_name_is_found_where_it_stands(
    checkout: Checkout, file: str, old: str, new: str, name: str, near: str | None
) -> None:
    checkout.edit(file, old, new)
    finding = only(checkout.findings("names"))
    assert finding.file == file
    assert finding.line == checkout.line(file, new)
    assert finding.message == f"{name} is used but declared nowhere"
    assert near is None or f"Did you mean {near}?" in finding.remedy


def test_names_in_comments_and_strings_are_no_names(checkout: Checkout) -> None:
    checkout.add("data/case/bodies.ttl", "# hsi:Nowhere\nhsi:Centre rdfs:label 'share:Nothing'@en .\n")
    assert checkout.findings("names") == []


def test_a_prefix_that_a_query_does_not_declare_is_found(checkout: Checkout) -> None:
    checkout.edit("queries/parties/offices.rq", "?office a share:Office", "?office a hsi:Office")
    finding = checkout.findings("parse")[0]
    assert (finding.file, finding.line) == ("queries/parties/offices.rq", 4)
    assert "a prefix is not declared" in finding.message


def test_many_uses_make_one_finding_for_each_file(checkout: Checkout) -> None:
    checkout.add("data/case/bodies.ttl", "hsi:A a share:Huis .\nhsi:B a share:Huis .\n")
    finding = only(checkout.findings("names"))
    assert finding.message == "share:Huis is used but declared nowhere (and 1 more times in this file)"
