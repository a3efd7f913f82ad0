"""The formats of RDF that are read, and the endings of file names that tell them."""

from __future__ import annotations

from enum import Enum

from pyoxigraph import RdfFormat


class Format(Enum):
    """A serialisation of RDF 1.1; the value is its name for people."""

    TURTLE = "Turtle"
    TRIG = "TriG"
    N_TRIPLES = "N-Triples"
    N_QUADS = "N-Quads"
    JSON_LD = "JSON-LD"
    RDF_XML = "RDF/XML"

    @property
    def parser(self) -> RdfFormat:
        """pyoxigraph's name for the format."""
        return _PARSERS[self]


_PARSERS = {
    Format.TURTLE: RdfFormat.TURTLE,
    Format.TRIG: RdfFormat.TRIG,
    Format.N_TRIPLES: RdfFormat.N_TRIPLES,
    Format.N_QUADS: RdfFormat.N_QUADS,
    Format.JSON_LD: RdfFormat.JSON_LD,
    Format.RDF_XML: RdfFormat.RDF_XML,
}

LOCATED = frozenset({Format.TURTLE, Format.TRIG, Format.N_TRIPLES, Format.N_QUADS})
"""The formats whose statements are located by line; of the others only the file is known."""

FORMATS = {
    ".ttl": Format.TURTLE,
    ".trig": Format.TRIG,
    ".nt": Format.N_TRIPLES,
    ".nq": Format.N_QUADS,
    ".jsonld": Format.JSON_LD,
    ".json-ld": Format.JSON_LD,
    ".rdf": Format.RDF_XML,
    ".owl": Format.RDF_XML,
    ".xml": Format.RDF_XML,
}
"""The format of a file by the ending of its name, in lower case."""
