"""The slim imports: of each vocabulary that we use, the terms we use and no more, with definitions of our own.

As published, hardly any W3C vocabulary is inside OWL 2 DL, and importing them whole would fetch them from the
network. `ontology/imports/terms/<vocabulary>.tsv` lists the terms with the reason for each; from the lists,
`ontology/imports/<vocabulary>.ttl` is generated. A term of another vocabulary that a file mentions is declared in
that file too, so that each is inside OWL 2 DL by itself.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Triple

from sharewell.errors import InputError
from sharewell.ontology.formatting import format_triples
from sharewell.ontology.modules import read_module, shown
from sharewell.version import __version__
from sharewell.vocabulary import DCTERMS, OWL, PREFIXES, RDF, RDF_TYPE, RDFS, SHAREWELL, SKOS, XSD

_VOCABULARIES = "vocabularies.tsv"
_LICENCE = NamedNode("https://creativecommons.org/licenses/by/4.0/")
_BUILT_IN = (OWL, RDF, RDFS, XSD)
_KINDS = frozenset({"Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty", "Datatype"})
_VOCABULARY_COLUMNS = ("vocab", "prefix", "namespace", "title", "version", "licence", "source")
_TERM_COLUMNS = (
    "iri", "kind", "label", "gloss", "parents", "domain", "range", "inverse", "characteristics", "reason",
)  # fmt: skip
_AXIOMS = {
    "parents": "",  # subClassOf or subPropertyOf, as the kind of the term has it
    "domain": RDFS + "domain",
    "range": RDFS + "range",
    "inverse": OWL + "inverseOf",
}
_AXIOM_PREDICATES = frozenset({RDFS + "subClassOf", RDFS + "subPropertyOf", *_AXIOMS.values()})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a term list or of the list of vocabularies: the cells by column, and where it stands."""

    cells: Mapping[str, str]
    file: str
    line: int

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


@dataclass(frozen=True, slots=True)
class _Names:
    """The prefixes that lists may use, and the kind of every term that is in one of them."""

    prefixes: Mapping[str, str]
    kinds: Mapping[str, str]

    def term(self, text: str, row: Row) -> NamedNode:
        """The term that a cell names. Raises InputError where no list has it."""
        prefix, _, local = text.partition(":")
        iri = self.prefixes[prefix] + local if prefix in self.prefixes else text
        if iri not in self.kinds and not iri.startswith(_BUILT_IN):
            raise InputError(f"mentions {text}, which no term list here has", row.file, row.line)
        return NamedNode(iri)


def regenerate(folder: Path) -> dict[Path, bytes]:
    """What every slim import should hold: by its path, its bytes. An ontology folder without term lists has none.

    Raises InputError with file and line for a list that is not as it should be.
    """
    lists = folder / "imports" / "terms"
    if not (lists / _VOCABULARIES).is_file():
        return {}
    vocabularies = _rows(lists / _VOCABULARIES, folder, _VOCABULARY_COLUMNS)
    terms = {row["vocab"]: _rows(lists / f"{row['vocab']}.tsv", folder, _TERM_COLUMNS) for row in vocabularies}
    names = _Names(
        {**PREFIXES, **{row["prefix"]: row["namespace"] for row in vocabularies}},
        {row["iri"]: _kind(row) for rows in terms.values() for row in rows},
    )
    release = _release(folder)
    documents = {}
    for row in vocabularies:
        own = terms[row["vocab"]]
        statements = [*_header(row, release), *_terms(own, row["namespace"], names)]
        path = folder / "imports" / f"{row['vocab']}.ttl"
        statements += _declarations(statements, own, names)
        documents[path] = format_triples(statements, names.prefixes, shown(path, folder))
    return documents


def _rows(path: Path, folder: Path, columns: tuple[str, ...]) -> list[Row]:
    name = shown(path, folder)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=name) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8", file=name) from error
    lines = list(csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    if not lines or tuple(lines[0]) != columns:
        raise InputError(f"the first line must name the columns {' '.join(columns)}", file=name, line=1)
    rows = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cells):
            continue
        if len(cells) != len(columns):
            raise InputError(f"has {len(cells)} cells where the header has {len(columns)}", name, number)
        rows.append(Row(dict(zip(columns, (cell.strip() for cell in cells), strict=True)), name, number))
    return rows


def _release(folder: Path) -> str:
    """The version of the ontology: that of the aggregate, which every file shares."""
    aggregate = folder / "sharewell.ttl"
    triples = read_module(aggregate, shown(aggregate, folder)).triples if aggregate.is_file() else ()
    info = OWL + "versionInfo"
    found = (t.object.value for t in triples if t.predicate.value == info and isinstance(t.object, Literal))
    return next(found, __version__)


def _kind(row: Row) -> str:
    if row["kind"] not in _KINDS:
        raise InputError(f"kind '{row['kind']}' is none of {', '.join(sorted(_KINDS))}", row.file, row.line)
    if not row["reason"]:
        raise InputError("says no reason: why does Sharewell need this term?", row.file, row.line)
    return (RDFS if row["kind"] == "Datatype" else OWL) + row["kind"]


def _header(row: Row, release: str) -> Iterator[Triple]:
    ontology = NamedNode(f"{SHAREWELL}/imports/{row['vocab']}")
    description = (
        f"Generated from terms/{row['vocab']}.tsv: the terms of {row['title']} that Sharewell uses, with definitions "
        f"in our own words. Upstream version: {row['version']}. Upstream licence: {row['licence']}"
    )
    yield Triple(ontology, RDF_TYPE, NamedNode(OWL + "Ontology"))
    yield Triple(ontology, NamedNode(OWL + "versionIRI"), NamedNode(f"{ontology.value}/{release}"))
    yield Triple(ontology, NamedNode(OWL + "versionInfo"), Literal(release))
    yield Triple(ontology, NamedNode(DCTERMS + "title"), Literal(f"Slim import of {row['title']}", language="en"))
    yield Triple(ontology, NamedNode(DCTERMS + "description"), Literal(description, language="en"))
    yield Triple(ontology, NamedNode(DCTERMS + "creator"), Literal("The Sharewell project", language="en"))
    yield Triple(ontology, NamedNode(DCTERMS + "license"), _LICENCE)
    yield Triple(ontology, NamedNode(DCTERMS + "source"), NamedNode(row["source"]))


def _terms(rows: Iterable[Row], namespace: str, names: _Names) -> Iterator[Triple]:
    for row in rows:
        term = names.term(row["iri"], row)
        yield Triple(term, RDF_TYPE, NamedNode(_kind(row)))
        yield Triple(term, NamedNode(RDFS + "label"), Literal(row["label"], language="en"))
        yield Triple(term, NamedNode(SKOS + "definition"), Literal(row["gloss"], language="en"))
        yield Triple(term, NamedNode(RDFS + "isDefinedBy"), NamedNode(namespace))
        for characteristic in row["characteristics"].split():
            yield Triple(term, RDF_TYPE, NamedNode(OWL + characteristic))
        parent = "subClassOf" if row["kind"] == "Class" else "subPropertyOf"
        for column, predicate in _AXIOMS.items():
            for text in row[column].split():
                yield Triple(term, NamedNode(predicate or RDFS + parent), names.term(text, row))


def _declarations(statements: Iterable[Triple], own: Iterable[Row], names: _Names) -> list[Triple]:
    """The kind of each term of another vocabulary that these statements mention."""
    mentioned: set[str] = set()
    for triple in statements:
        mentioned.add(triple.predicate.value)
        if triple.predicate.value in _AXIOM_PREDICATES and isinstance(triple.object, NamedNode):
            mentioned.add(triple.object.value)
    elsewhere = mentioned - {row["iri"] for row in own}
    return [
        Triple(NamedNode(iri), RDF_TYPE, NamedNode(names.kinds[iri])) for iri in sorted(elsewhere) if iri in names.kinds
    ]
