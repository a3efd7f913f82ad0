"""A small checkout whose ontology passes every gate, for tests to break in one place at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sharewell.ontology import gates
from sharewell.ontology.findings import Finding
from sharewell.vocabulary import PREFIXES

PROLOGUE = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())
AT = "https://w3id.org/sharewell"

FILES = {
    "ontology/sharewell.ttl": f"""
<{AT}> a owl:Ontology ; owl:versionIRI <{AT}/0.1.0> ; owl:versionInfo "0.1.0" ;
  owl:imports <{AT}/party> , <{AT}/schemes/codes> .
""",
    "ontology/party.ttl": f"""
<{AT}/party> a owl:Ontology ; owl:versionIRI <{AT}/party/0.1.0> ;
  owl:imports <{AT}/imports/skos> , <{AT}/schemes/codes> .
share:Body a owl:Class ; rdfs:label "Body"@en .
share:Office a owl:Class ; rdfs:label "Office"@en ; rdfs:subClassOf share:Body ; owl:disjointWith share:Agency .
share:Agency a owl:Class ; rdfs:label "Agency"@en ; rdfs:subClassOf share:Body .
share:partOf a owl:ObjectProperty , owl:TransitiveProperty ; rdfs:label "part of"@en ; rdfs:domain share:Body .
share:hasPart a owl:ObjectProperty ; rdfs:label "has part"@en ; owl:inverseOf share:partOf .
share:nearOffice a owl:ObjectProperty ; rdfs:label "near"@en ; rdfs:domain share:Body ; rdfs:range share:Office .
share:level a owl:ObjectProperty ; rdfs:label "level"@en .
share:foundedOn a owl:DatatypeProperty ; rdfs:label "founded on"@en .
share:staff a owl:DatatypeProperty ; rdfs:label "staff"@en ; rdfs:range xsd:integer .
""",
    # It imports the module that imports it: a circle.
    "ontology/schemes/codes.ttl": f"""
<{AT}/schemes/codes> a owl:Ontology ; owl:versionIRI <{AT}/schemes/codes/0.1.0> ;
  owl:imports <{AT}/imports/skos> , <{AT}/party> .
share:Level a owl:Class ; rdfs:label "Level"@en ; rdfs:subClassOf skos:Concept .
share:City a share:Level ; rdfs:label "City"@en ; share:foundedOn "1834-03-06"^^xsd:date .
share:Ward a share:Level ; rdfs:label "Ward"@en ; skos:broader share:City .
""",
    "ontology/imports/terms/vocabularies.tsv": (
        "vocab\tprefix\tnamespace\ttitle\tversion\tlicence\tsource\n"
        "skos\tskos\thttp://www.w3.org/2004/02/skos/core#\tSKOS\t2009\thttps://example.org/l\thttps://www.w3.org/skos\n"
        "dcterms\tdcterms\thttp://purl.org/dc/terms/\tDCMI\t2020\thttps://example.org/l\thttps://example.org/dc\n"
    ),
    "ontology/imports/terms/skos.tsv": (
        "iri\tkind\tlabel\tgloss\tparents\tdomain\trange\tinverse\tcharacteristics\treason\n"
        "http://www.w3.org/2004/02/skos/core#Concept\tClass\tConcept\tunit of thought\t\t\t\t\t\tcodes\n"
        "http://www.w3.org/2004/02/skos/core#broader\tObjectProperty\tbroader\tstep up\t\tskos:Concept\t\t\t\tcodes\n"
        "http://www.w3.org/2004/02/skos/core#definition\tAnnotationProperty\tdefinition\tmeaning\t\t\t\t\t\tcodes\n"
    ),
    "ontology/imports/terms/dcterms.tsv": (
        "iri\tkind\tlabel\tgloss\tparents\tdomain\trange\tinverse\tcharacteristics\treason\n"
        + "".join(
            f"http://purl.org/dc/terms/{name}\tAnnotationProperty\t{name}\t{name}\t\t\t\t\t\theaders\n"
            for name in ("title", "description", "creator", "license", "source")
        )
    ),
    "ontology/entailments.tsv": (
        "expected\tgiven\tthen\tbecause\n"
        "must\tex:a share:partOf ex:b . ex:b share:partOf ex:c\tex:c share:hasPart ex:a\tParts of parts are parts.\n"
        "must not\tex:a share:nearOffice ex:b\tex:a a share:Office\tAn agency may be near an office.\n"
    ),
    "shapes/meta/terms.ttl": """
shape:Labelled a sh:NodeShape ; sh:targetClass owl:Class ; sh:property shape:Labelled-label .
shape:Labelled-label a sh:PropertyShape ; sh:path rdfs:label ; sh:minCount 1 ; sh:severity sh:Violation ;
  sh:message "This class has no name. Write one (rdfs:label)."@en .
""",
    "shapes/model/party.ttl": f"""
<{AT}/shapes/model/party> a owl:Ontology ;
  sh:declare [ sh:prefix "share" ; sh:namespace "https://w3id.org/sharewell#"^^xsd:anyURI ] .
shape:Part a sh:NodeShape ; sh:targetClass share:Body ; sh:sparql shape:Part-query .
shape:Part-query a sh:SPARQLConstraint ; sh:prefixes <{AT}/shapes/model/party> ;
  sh:select \"\"\"
    SELECT $this
    WHERE {{ $this share:partOf $this }}
  \"\"\" .
""",
    "queries/parties/offices.rq": """#+ id: Q1
PREFIX share: <https://w3id.org/sharewell#>
# Not a name: share:Nonsense
SELECT ?office WHERE { ?office a share:Office ; share:partOf+ ?body . FILTER("share:Nonsense" != "") }
""",
    "data/case/bodies.ttl": """
hsi:North a share:Office ; share:partOf hsi:Centre ; share:foundedOn "1998-01-01"^^xsd:date .
hsi:Centre a share:Agency ; share:level share:City .
""",
}


@dataclass(frozen=True)
class Checkout:
    """A folder with the four folders of the knowledge."""

    root: Path

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands once in a file."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (file, old)
        path.write_text(text.replace(old, new), encoding="utf-8")

    def add(self, file: str, text: str) -> None:
        """Add lines to the end of a file."""
        path = self.root / file
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")

    def findings(self, *only: str) -> list[Finding]:
        """What the gates named find (all of them by default)."""
        folders = (self.root / name for name in ("ontology", "shapes", "queries", "data"))
        return [finding for result in gates.check(*folders, only=only) for finding in result.findings]

    def line(self, file: str, text: str) -> int:
        """The line of a file, from 1, on which a text first stands."""
        lines = (self.root / file).read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, start=1) if text in line)
