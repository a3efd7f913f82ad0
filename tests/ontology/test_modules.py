"""Ontology files find each other through catalogs, with the network cut; what is generated is generated alike."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from checkouts import AT, PROLOGUE, Checkout

from sharewell.errors import InputError
from sharewell.ontology.catalog import CATALOG, catalogs, read_catalog
from sharewell.ontology.imports import regenerate
from sharewell.ontology.modules import by_name, closure, load_closure, ontology_paths, read_module, read_modules
from sharewell.ontology.write import write_ontology


@pytest.mark.usefixtures("no_network")
def test_the_shipped_closure_loads_with_the_network_cut(shipped: Path) -> None:
    whole = load_closure(shipped / "sharewell.ttl")
    assert whole[-1].iri == AT
    parts = {module.path.parent.name for module in whole}
    assert parts == {"ontology", "schemes", "imports"}
    for path in ontology_paths(shipped):
        assert load_closure(path)[-1].path == path


def test_each_file_is_loaded_once_also_in_a_circle(checkout: Checkout) -> None:
    loaded = [module.iri for module in load_closure(checkout.root / "ontology/sharewell.ttl")]
    assert loaded == [f"{AT}/imports/skos", f"{AT}/schemes/codes", f"{AT}/party", AT]
    modules = by_name(read_modules(checkout.root / "ontology"))
    assert [module.iri for module in closure(modules[AT], modules)] == loaded
    assert closure(modules[f"{AT}/0.1.0"], modules) == closure(modules[AT], modules)


def test_a_missing_import_is_named_with_its_line(checkout: Checkout) -> None:
    (checkout.root / "ontology/imports/skos.ttl").unlink()
    (checkout.root / "ontology/imports/terms/vocabularies.tsv").unlink()
    write_ontology(checkout.root / "ontology")
    for file in ("ontology/party.ttl", "ontology/schemes/codes.ttl"):
        with pytest.raises(InputError, match=f"{AT}/imports/skos.*nothing is fetched") as raised:
            load_closure(checkout.root / file)
        assert raised.value.file is not None
        assert raised.value.file.endswith(file)
        assert raised.value.line == checkout.line(file, "imports/skos>")
    finding = checkout.findings("parse")[0]
    assert (finding.file, finding.line) == ("ontology/party.ttl", checkout.line("ontology/party.ttl", "imports/skos>"))
    assert "nothing is fetched from the network" in finding.message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("share:a a owl:Class .", "no ontology header"),
        (f"<{AT}/a> a owl:Ontology . <{AT}/b> a owl:Ontology .", "more than one ontology header"),
        ("share:a a", "does not parse as Turtle"),
    ],
)
def test_a_file_that_is_no_ontology_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(PROLOGUE + text)
    with pytest.raises(InputError, match=reason):
        read_module(path, "a.ttl")


def test_two_files_with_one_iri_are_refused(checkout: Checkout) -> None:
    shutil.copy(checkout.root / "ontology/party.ttl", checkout.root / "ontology/copy.ttl")
    finding = checkout.findings("parse")[0]
    assert finding.file == "ontology/party.ttl"
    assert f"has the IRI <{AT}/party> of ontology/copy.ttl" in finding.message


def test_every_folder_of_ontologies_has_a_catalog_of_all_with_relative_paths(shipped: Path) -> None:
    modules = read_modules(shipped)
    written = catalogs(shipped, modules)
    assert {path.parent for path in written} == {module.path.parent for module in modules}
    names = {name for module in modules for name in module.names}
    assert len(names) == 2 * len(modules)
    for path in written:
        entries = ElementTree.parse(path).getroot()
        assert entries.tag == "{urn:oasis:names:tc:entity:xmlns:xml:catalog}catalog"
        assert not any(":" in entry.attrib["uri"] or entry.attrib["uri"].startswith("/") for entry in entries)
        assert len({entry.attrib["id"] for entry in entries}) == len(entries)
        assert {name: read_module(file).names for name, file in read_catalog(path).items()}.keys() == names
        assert all(name in read_module(file).names for name, file in read_catalog(path).items())


def test_catalogs_and_imports_regenerate_to_the_bytes_shipped(shipped: Path, tmp_path: Path) -> None:
    copy = tmp_path / "ontology"
    shutil.copytree(shipped, copy)
    for path in [*copy.rglob(CATALOG), *(copy / "imports").glob("*.ttl")]:
        path.unlink()
    write_ontology(copy)
    assert len(regenerate(copy)) >= 6
    for path in copy.rglob("*.*"):
        if path.is_file():
            assert path.read_bytes() == (shipped / path.relative_to(copy)).read_bytes(), path.name


def test_what_is_generated_and_stale_is_found(checkout: Checkout) -> None:
    checkout.edit("ontology/imports/terms/skos.tsv", "unit of thought", "unit of meaning")
    (checkout.root / "ontology/schemes" / CATALOG).unlink()
    found = {finding.file: finding for finding in checkout.findings("generated")}
    assert set(found) == {"ontology/imports/skos.ttl", "ontology/schemes/catalog-v001.xml"}
    assert all("sharewell ontology format" in finding.remedy for finding in found.values())
    assert len(write_ontology(checkout.root / "ontology")) == 2
    assert checkout.findings("generated", "format") == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("\tClass\tConcept", "\tKlass\tConcept", "kind 'Klass' is none of"),
        ("unit of thought\t\t\t\t\t\tcodes", "unit of thought\t\t\t\t\t\t", "says no reason"),
        ("\tskos:Concept\t", "\tskos:Conzept\t", "mentions skos:Conzept, which no term list here has"),
        (
            "\tcodes\nhttp://www.w3.org/2004/02/skos/core#broader",
            "\nhttp://www.w3.org/2004/02/skos/core#broader",
            "9 cells",
        ),
    ],
)
def test_a_wrong_term_list_is_named_with_its_line(checkout: Checkout, old: str, new: str, reason: str) -> None:
    line = checkout.line("ontology/imports/terms/skos.tsv", old.split("\n", 1)[0])
    checkout.edit("ontology/imports/terms/skos.tsv", old, new)
    finding = checkout.findings("generated")[0]
    assert (finding.file, finding.line) == ("ontology/imports/terms/skos.tsv", line)
    assert reason in finding.message


def test_a_catalog_that_is_missing_or_damaged_is_named(checkout: Checkout) -> None:
    catalog = checkout.root / "ontology" / CATALOG
    catalog.write_text("<catalog>\n<uri")
    with pytest.raises(InputError, match="not well-formed XML") as raised:
        load_closure(checkout.root / "ontology/party.ttl")
    assert raised.value.line == 2
    catalog.unlink()
    with pytest.raises(InputError, match="there is no catalog here"):
        load_closure(checkout.root / "ontology/party.ttl")
