"""The one form of an ontology file: a function of the statements alone, and close to what a person changed."""

from __future__ import annotations

import difflib
import os
import random
from pathlib import Path

import pytest
from checkouts import PROLOGUE
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse, serialize

from sharewell.errors import InputError
from sharewell.ontology.formatting import format_files, format_turtle
from sharewell.ontology.modules import ontology_paths

TRICKY = r"""
<https://w3id.org/sharewell/t> a owl:Ontology .
share:chain a owl:ObjectProperty ; owl:propertyChainAxiom ( share:z share:a share:m ) .
share:A a owl:Class ; rdfs:label "a"@en , "A \"quoted\" one"@fr , "tab\there, back\\slash, \u0007" ;
  skos:note "two\nlines with \"quotes\" and a \\" , "ends with a quote\n\"" , "\"\"\"\n" , "carriage\r\nreturn" ;
  rdfs:subClassOf [ a owl:Restriction ; owl:onProperty share:p ; owl:someValuesFrom [ owl:unionOf ( share:B share:C ) ]
    ] , [ a owl:Restriction ; owl:onProperty share:p ; owl:allValuesFrom share:B ] .
[] a owl:AllDisjointClasses ; owl:members ( share:A share:B share:C ) .
share:n share:v 01 , 1.50 , +2 , true , "1"^^xsd:boolean , 1.0e3 , "2020-01-01"^^xsd:date , "x"^^xsd:token , "" .

<http://example.org/%C3%A9,x> a share:A .
share:empty share:list () .
"""


def form(text: str) -> str:
    return format_turtle((PROLOGUE + text).encode(), "t.ttl").decode()


def meaning(turtle: bytes) -> Dataset:
    dataset = Dataset(parse(input=turtle, format=RdfFormat.TURTLE))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def changed_lines(before: str, after: str) -> list[str]:
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in diff if line[0] in "+-" and line[:3] not in {"+++", "---"}]


def test_it_keeps_every_statement_to_the_character() -> None:
    text = (PROLOGUE + TRICKY).encode()
    formatted = format_turtle(text, "t.ttl")
    assert meaning(formatted) == meaning(text)
    assert "01 ," in formatted.decode()
    assert "1.50 ," in formatted.decode()


def test_formatting_twice_changes_nothing(shipped: Path) -> None:
    for text in [(PROLOGUE + TRICKY).encode(), *(path.read_bytes() for path in ontology_paths(shipped))]:
        once = format_turtle(text, "t.ttl")
        assert format_turtle(once, "t.ttl") == once


@pytest.mark.parametrize("seed", range(5))
def test_order_and_blank_node_labels_do_not_matter(seed: int) -> None:
    expected = format_turtle((PROLOGUE + TRICKY).encode(), "t.ttl")
    triples = [q.triple for q in parse(input=expected, format=RdfFormat.TURTLE, rename_blank_nodes=True)]
    random.Random(seed).shuffle(triples)
    shuffled = serialize(triples, format=RdfFormat.N_TRIPLES)
    assert shuffled is not None
    assert format_turtle(shuffled, "t.ttl") == expected


def test_a_changed_term_changes_only_its_own_lines(shipped: Path) -> None:
    before = format_turtle((shipped / "governance.ttl").read_bytes(), "g.ttl").decode()
    block = '\nshare:AaNew a owl:Class ; rdfs:label "New"@en ; rdfs:subClassOf [ a owl:Restriction ; ' + (
        "owl:onProperty share:party ; owl:someValuesFrom share:Agreement ] .\n"
    )
    added = changed_lines(before, format_turtle((before + block).encode(), "g.ttl").decode())
    assert len(added) == 9
    assert all(line.startswith("+") for line in added)
    label = next(line for line in before.splitlines() if line.startswith('  rdfs:label "') and line.endswith("@en ;"))
    edited = before.replace(label, label.replace('"@en', ' indeed"@en'), 1)
    assert len(changed_lines(before, format_turtle(edited.encode(), "g.ttl").decode())) == 2


def test_symmetric_axioms_stand_under_the_term_described_here_or_the_smaller() -> None:
    described = "share:B a owl:Class ; rdfs:label 'B' . "
    assert form(described + "<http://a.org/A> owl:disjointWith share:B .") == form(
        described + "share:B owl:disjointWith <http://a.org/A> ."
    )
    both = "share:p a owl:ObjectProperty ; rdfs:label 'p' . share:q a owl:ObjectProperty ; rdfs:label 'q' . "
    turned = form(both + "share:q owl:inverseOf share:p .")
    assert turned == form(both + "share:p owl:inverseOf share:q .")
    assert 'share:p\n  a owl:ObjectProperty ;\n  rdfs:label "p" ;\n  owl:inverseOf share:q .' in turned


def test_an_annotated_axiom_turns_with_its_axiom() -> None:
    axiom = (
        "share:{0} owl:disjointWith share:{1} . [] a owl:Axiom ; owl:annotatedSource share:{0} ; "
        "owl:annotatedProperty owl:disjointWith ; owl:annotatedTarget share:{1} ; rdfs:comment 'why' ."
    )
    assert form(axiom.format("A", "B")) == form(axiom.format("B", "A"))


def test_what_the_owl_api_adds_is_taken_back() -> None:
    plain = 'share:x a share:Grade ; rdfs:label "x" ; skos:related share:y . share:S owl:unionOf ( share:A share:B ) .'
    saved = (
        "@base <https://w3id.org/sharewell/t> . @prefix : <https://w3id.org/sharewell/t#> .\n"
        "@prefix xml: <http://www.w3.org/XML/1998/namespace> . @prefix unused: <http://u.org/> .\n"
        "### https://w3id.org/sharewell#x\n"
        'share:x rdf:type owl:NamedIndividual , share:Grade ; rdfs:label "x"^^xsd:string ; skos:related share:y .\n'
        "share:y a owl:NamedIndividual . share:S owl:unionOf ( share:B share:A ) .\n"
        "### Generated by the OWL API\n"
    )
    assert form(saved) == form(plain)


def test_an_individual_that_nothing_else_shows_to_be_one_stays_declared() -> None:
    assert "a owl:NamedIndividual" in form('share:x a owl:NamedIndividual ; rdfs:label "x" .')


def test_prefixes_are_those_used_and_sorted() -> None:
    head = form("@prefix zeta: <http://z.org/> . @prefix alpha: <http://a.org/> . zeta:x share:p alpha:y .")
    assert head.splitlines()[:3] == [
        "@prefix alpha: <http://a.org/> .",
        "@prefix share: <https://w3id.org/sharewell#> .",
        "@prefix zeta: <http://z.org/> .",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("share:a rdfs:seeAlso _:x . share:b rdfs:seeAlso _:x .", "more than one place"),
        ("_:a rdfs:seeAlso _:b . _:b rdfs:seeAlso _:a .", "circle"),
        ("share:a a <<( share:b share:c share:d )>> .", "statement about a statement"),
    ],
)
def test_what_has_no_stable_form_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        form(text)


def test_files_are_written_only_when_changed_and_all_or_none(tmp_path: Path) -> None:
    good, bad = tmp_path / "a.ttl", tmp_path / "b.ttl"
    good.write_text(PROLOGUE + "share:a a owl:Class .")
    bad.write_text("@prefix x: <http://x.org/> .\nx:a x:b\n")
    before = good.read_bytes()
    with pytest.raises(InputError) as raised:
        format_files([good, bad])
    assert (raised.value.file, raised.value.line) == (str(bad), 3)
    assert good.read_bytes() == before
    assert format_files([good], write=False) == [good]
    assert good.read_bytes() == before
    assert format_files([good]) == [good]
    os.utime(good, (1, 1))
    assert format_files([good]) == []
    assert good.stat().st_mtime == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.ttl", "b.ttl"]


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(PROLOGUE + "share:a a owl:Class .")
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        format_files([path])
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.ttl"]
