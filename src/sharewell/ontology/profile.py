"""Is every file, with what it imports, inside OWL 2 DL? Asked of the OWL API.

A reasoner is no substitute: the OWL API quietly drops or retypes what is not DL before a reasoner sees it. The old
Turtle reader of the OWL API 3.4 loses escaped line breaks, so files are handed over as RDF/XML, and every import is
mapped to one of these files: nothing is fetched.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, RdfFormat, Triple, serialize

from sharewell.graph.terms import compact_iri
from sharewell.ontology.datatypes import in_axiom, readable
from sharewell.ontology.findings import Finding
from sharewell.ontology.java import owl_api
from sharewell.ontology.modules import Module, iri_of, shown
from sharewell.ontology.positions import Positions

_MODEL = "org.semanticweb.owlapi.model"
_IRI = re.compile(r"<([^<>\s]+)>")
_REMEDIES = {
    "UseOfUndeclared": "Declare the term or import the file that does; list one of another vocabulary in imports/terms",
    "UseOfNonSimpleProperty": "Say it with a simple property: none that is transitive or has a chain may stand here",
    "IllegalPunning": "Give the two kinds of thing an IRI each",
    "UseOfReservedVocabulary": "Use a term of our own: the names of OWL, RDF and RDFS are reserved",
}
_DATE_REMEDY = (
    "Name no datatype in the axiom and check the form of the value in a shape: reasoners do not know this one"
)


def check_profile(modules: Sequence[Module], folder: Path, positions: Positions) -> list[Finding]:
    """What keeps each file with its import closure out of OWL 2 DL; empty when nothing does.

    `folder` is the ontology folder, whose files `modules` are; the closure must be whole. Raises InputError where the
    extra `ontology` is not installed.
    """
    own = [*_foreign_datatypes(modules, folder, positions), *_self_named(modules, folder, positions)]
    named = {finding.message.rsplit(" ", 1)[-1] for finding in own}
    found = {
        finding: None
        for finding in _violations(modules, folder, positions)
        if not any(name in finding.message for name in named)
    }
    return sorted([*own, *found], key=lambda f: (f.file or "", f.line or 0, f.message))


def _foreign_datatypes(modules: Sequence[Module], folder: Path, positions: Positions) -> Iterator[Finding]:
    for module in modules:
        for triple in module.triples:
            datatype = in_axiom(triple)
            if datatype:
                line = positions.line(module.path, triple) or positions.line_of_term(module.path, triple.subject)
                message = f"an axiom names a datatype that is not in the OWL 2 datatype map: {compact_iri(datatype)}"
                yield Finding(shown(module.path, folder), line, message, _DATE_REMEDY)


def _self_named(modules: Sequence[Module], folder: Path, positions: Positions) -> Iterator[Finding]:
    """Headers with an annotation whose value is the ontology itself.

    Where a file has imports, the OWL API takes an ontology IRI that is such a value for one mentioned in passing, and
    gives the file the IRI of one of its imports instead: Protégé would open it under a wrong name.
    """
    for module in modules:
        for triple in module.triples:
            if iri_of(triple.subject) == module.iri == iri_of(triple.object):
                place = shown(module.path, folder), positions.line(module.path, triple)
                predicate = compact_iri(triple.predicate.value)
                message = (
                    f"the header names its own ontology by {predicate}, so the OWL API reads the file under another IRI"
                )
                yield Finding(*place, message, "Give another value, for example a name in quotes")


def _violations(modules: Sequence[Module], folder: Path, positions: Positions) -> Iterator[Finding]:
    jpype = owl_api()
    with tempfile.TemporaryDirectory() as temporary:
        ontologies = _load(jpype, modules, Path(temporary))
        profile = jpype.JClass("org.semanticweb.owlapi.profiles.OWL2DLProfile")()
        for ontology in ontologies.values():
            for violation in profile.checkOntology(ontology).getViolations():
                yield _finding(violation, ontologies, folder, positions)


def _load(jpype: Any, modules: Sequence[Module], temporary: Path) -> dict[Path, Any]:
    """The modules as ontologies of one OWL API manager, by the path of their file."""
    iri = jpype.JClass(f"{_MODEL}.IRI")
    mapper = jpype.JClass("org.semanticweb.owlapi.util.SimpleIRIMapper")
    manager = jpype.JClass("org.semanticweb.owlapi.apibinding.OWLManager").createOWLOntologyManager()
    for number, module in enumerate(modules):
        file = temporary / f"{number}.rdf"
        file.write_bytes(rdf_xml(module.triples))
        for name in module.names:
            manager.addIRIMapper(mapper(iri.create(name), iri.create(file.as_uri())))
    return {module.path: manager.loadOntology(iri.create(module.iri)) for module in modules}


def rdf_xml(triples: Sequence[Triple]) -> bytes:
    """Statements as RDF/XML, without values of datatypes that OWL 2 does not have."""
    return serialize(readable(triples), format=RdfFormat.RDF_XML) or b""


def _finding(violation: Any, ontologies: Mapping[Path, Any], folder: Path, positions: Positions) -> Finding:
    kind = str(violation.getClass().getSimpleName())
    axiom = violation.getAxiom()
    text = str(axiom.toString()) if axiom is not None else str(violation.toString())
    homes = [path for path, ontology in ontologies.items() if axiom is not None and ontology.containsAxiom(axiom)]
    path = homes[0] if homes else None
    file, line = _place(path, text, folder, positions)
    remedy = next((words for start, words in _REMEDIES.items() if kind.startswith(start)), "Rewrite the axiom")
    return Finding(file, line, f"{_words(kind)}: {plain(text)}", remedy)


def _place(path: Path | None, text: str, folder: Path, positions: Positions) -> tuple[str | None, int | None]:
    if path is None:
        return None, None
    lines = (positions.line_of_term(path, NamedNode(iri)) for iri in _IRI.findall(text))
    return shown(path, folder), next((line for line in lines if line is not None), None)


def _words(name: str) -> str:
    """The class name of a violation as words: `UseOfUndeclaredClass` is `use of undeclared class`."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[0-9]+", name.removesuffix("Violation"))
    return "outside OWL 2 DL, " + " ".join(word if word.isupper() else word.lower() for word in words)


def plain(axiom: str) -> str:
    """An axiom in functional syntax with prefixed names."""
    return _IRI.sub(lambda match: compact_iri(match[1]), axiom)
