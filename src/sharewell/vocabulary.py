"""The namespaces and the few terms that the program itself speaks of."""

from __future__ import annotations

from typing import Final

from pyoxigraph import NamedNode

SHARE: Final = "https://w3id.org/sharewell#"
SHAREWELL: Final = "https://w3id.org/sharewell"
HSI: Final = "https://w3id.org/sharewell/hsi/"
ONTARIO: Final = "https://w3id.org/sharewell/ontario/"
GUIDANCE: Final = "https://w3id.org/sharewell/guidance/"
SHAPE: Final = "https://w3id.org/sharewell/shapes#"
RULE: Final = "https://w3id.org/sharewell/rules/"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
DCTERMS: Final = "http://purl.org/dc/terms/"
DCAT: Final = "http://www.w3.org/ns/dcat#"
PROV: Final = "http://www.w3.org/ns/prov#"
ORG: Final = "http://www.w3.org/ns/org#"
DQV: Final = "http://www.w3.org/ns/dqv#"
ODRL: Final = "http://www.w3.org/ns/odrl/2/"
DPV: Final = "https://w3id.org/dpv#"
SH: Final = "http://www.w3.org/ns/shacl#"

PREFIXES: Final[dict[str, str]] = {
    "share": SHARE,
    "hsi": HSI,
    "ontario": ONTARIO,
    "guidance": GUIDANCE,
    "rule": RULE,
    "shape": SHAPE,
    "rdf": RDF,
    "rdfs": RDFS,
    "owl": OWL,
    "xsd": XSD,
    "skos": SKOS,
    "dcterms": DCTERMS,
    "dcat": DCAT,
    "prov": PROV,
    "org": ORG,
    "dqv": DQV,
    "odrl": ODRL,
    "dpv": DPV,
    "sh": SH,
}
"""The prefixes that people may type on the command line and that output is shortened with."""

RDF_TYPE: Final = NamedNode(RDF + "type")
RDF_FIRST: Final = NamedNode(RDF + "first")
RDF_REST: Final = NamedNode(RDF + "rest")
RDF_NIL: Final = NamedNode(RDF + "nil")
RDFS_LABEL: Final = NamedNode(RDFS + "label")
XSD_DATE: Final = NamedNode(XSD + "date")
XSD_STRING: Final = XSD + "string"

THIS_RECORD: Final = NamedNode(SHARE + "ThisRecord")
AS_OF: Final = NamedNode(SHARE + "asOf")

DISCLAIMER: Final = (
    "Sharewell reports what is on record and what is not; absence means not recorded, not unlawful. "
    "It is not legal advice."
)
"""Said once by every output that can travel alone."""
