"""The one Turtle form of the ontology's files: modules, schemes, slim imports and alignments.

The form depends on the statements alone, never on their order in the file, on blank node labels or on who wrote
it, so a change of one term changes the lines of that term, and a file that the OWL API (Protégé) has saved comes
back to the bytes it had. What the OWL API adds or turns round without a change of meaning is taken back: the
declaration `owl:NamedIndividual` of what other statements show to be one, the direction of symmetric axioms, the
order of lists that stand for sets, `@base`, prefixes that nothing uses, `"a"^^xsd:string`.

Comments are lost: what is worth saying about a term is said in an annotation. Literals keep the characters they were
written with; language tags come out in lower case. `data/`, `shapes/` and `queries/` are not written by this module.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from sharewell.errors import InputError
from sharewell.files import replace_file
from sharewell.ontology.normal import Node, Statement, Subject, statements
from sharewell.vocabulary import DCTERMS, OWL, PREFIXES, RDF, RDF_NIL, RDFS, SKOS, XSD

Properties = dict[str, list[Node]]

_FIRST, _REST = RDF + "first", RDF + "rest"
_ONTOLOGY = OWL + "Ontology"
_SCHEME = SKOS + "ConceptScheme"

_SETS = frozenset(
    OWL + name
    for name in (
        "members",
        "distinctMembers",
        "unionOf",
        "intersectionOf",
        "oneOf",
        "disjointUnionOf",
        "hasKey",
    )
)
_KINDS = (
    (OWL + "AnnotationProperty", "Annotation properties"),
    (OWL + "ObjectProperty", "Object properties"),
    (OWL + "DatatypeProperty", "Data properties"),
    (RDFS + "Datatype", "Datatypes"),
    (OWL + "Class", "Classes"),
)
_KIND_RANK = {iri: rank for rank, (iri, _) in enumerate(_KINDS)}
_FIRST_PREDICATES = {
    iri: rank
    for rank, iri in enumerate(
        (
            RDF + "type",
            OWL + "versionIRI",
            OWL + "versionInfo",
            RDFS + "label",
            SKOS + "prefLabel",
            DCTERMS + "title",
            SKOS + "altLabel",
            SKOS + "notation",
            SKOS + "definition",
            DCTERMS + "description",
            SKOS + "example",
            RDFS + "subClassOf",
            RDFS + "subPropertyOf",
            RDFS + "domain",
            RDFS + "range",
        )
    )
}
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?\Z")
_SHORTHAND = {
    XSD + "integer": re.compile(r"[+-]?[0-9]+\Z"),
    XSD + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+\Z"),
    XSD + "boolean": re.compile(r"(?:true|false)\Z"),
}
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LINE = 100


def format_files(paths: Iterable[Path], *, write: bool = True) -> list[Path]:
    """Bring ontology files into the one form; gives back those that were not in it, sorted.

    Every file is read and formatted before the first is written, and each is replaced whole, so that an error
    leaves all of them as they were. With `write=False` nothing is written.

    Raises InputError with file and line for a file that does not parse or has no stable form.
    """
    formatted = [(path, format_turtle(path.read_bytes(), str(path))) for path in sorted(paths)]
    changed = [(path, text) for path, text in formatted if path.read_bytes() != text]
    if write:
        for path, text in changed:
            replace_file(path, text)
    return [path for path, _ in changed]


def format_turtle(content: bytes, file: str) -> bytes:
    """The one form of a Turtle document; `file` is the name that errors carry.

    Raises InputError where the text does not parse, or where a blank node stands in more than one place or in a
    circle: such a node has no place of its own to be written at.
    """
    triples, prefixes = _parse(content, file)
    return format_triples(triples, prefixes, file)


def format_triples(triples: Iterable[Triple], prefixes: Mapping[str, str], file: str) -> bytes:
    """The one form of a set of statements; `prefixes` are tried for namespaces that Sharewell has none for."""
    return _Writer(statements(triples, file), _Names(prefixes), file).document().encode()


def _parse(content: bytes, file: str) -> tuple[list[Triple], dict[str, str]]:
    reader = parse(input=content, format=RdfFormat.TURTLE)
    try:
        triples = [quad.triple for quad in reader]
    except SyntaxError as error:
        raise InputError(f"does not parse as Turtle: {error.msg}", file=file, line=error.lineno) from error
    return triples, dict(reader.prefixes)


class _Names:
    """Prefixed names, and which prefixes were used: Sharewell's own first, then those of the file."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        known = set(PREFIXES.values())
        others = {
            prefix: namespace
            for prefix, namespace in prefixes.items()
            if prefix not in {"", "xml", *PREFIXES} and namespace not in known
        }
        # Of two prefixes for one namespace the smaller name is used, whatever their order in the file.
        table = {namespace: prefix for prefix, namespace in sorted(others.items(), reverse=True)}
        table |= {namespace: prefix for prefix, namespace in PREFIXES.items()}
        self._table = sorted(table.items(), key=lambda item: (-len(item[0]), item[0]))
        self._used: dict[str, str] = {}
        self._cache: dict[str, str] = {}

    def name(self, iri: str) -> str:
        if iri not in self._cache:
            self._cache[iri] = self._compact(iri)
        return self._cache[iri]

    def _compact(self, iri: str) -> str:
        for namespace, prefix in self._table:
            if iri.startswith(namespace) and _LOCAL.match(iri, len(namespace)):
                self._used[prefix] = namespace
                return f"{prefix}:{iri[len(namespace) :]}"
        return f"<{iri}>"

    def header(self) -> str:
        return "".join(f"@prefix {prefix}: <{self._used[prefix]}> .\n" for prefix in sorted(self._used))


class _Writer:
    """Writes the statements of one file, term by term."""

    def __init__(self, stated: Iterable[Statement], names: _Names, file: str) -> None:
        self._names = names
        self._file = file
        self._properties: dict[Subject, Properties] = {}
        self._references: dict[Subject, int] = defaultdict(int)
        self._written: set[Subject] = set()
        for subject, predicate, value in stated:
            self._properties.setdefault(subject, {}).setdefault(predicate, []).append(value)
            if isinstance(value, BlankNode):
                self._references[value] += 1

    def document(self) -> str:
        sections: dict[tuple[int, int, str, str], list[tuple[str, str]]] = defaultdict(list)
        for node in self._properties:
            if isinstance(node, NamedNode):
                sections[self._section(node)].append((node.value, self._block(self._names.name(node.value), node)))
            elif not self._references[node]:
                text = self._block("[]", node)
                sections[(8, 0, "", "Axioms about several terms")].append((text, text))
        self._refuse_unwritten()
        body = "\n".join(self._titled(key[3], sorted(sections[key])) for key in sorted(sections))
        return f"{self._names.header()}\n{body}"

    @staticmethod
    def _titled(title: str, blocks: list[tuple[str, str]]) -> str:
        text = "\n".join(block for _, block in blocks)
        return f"# {title}\n\n{text}" if title else text

    def _refuse_unwritten(self) -> None:
        unwritten = [n for n in self._properties if isinstance(n, BlankNode) and n not in self._written]
        if unwritten:
            raise InputError(
                "a blank node stands in a circle of blank nodes, so there is no place to write it: give it an IRI",
                file=self._file,
            )

    def _section(self, node: NamedNode) -> tuple[int, int, str, str]:
        """Where a term stands: rank of the section, rank and name of the group in it, title."""
        types = [t.value for t in self._properties[node].get(RDF + "type", []) if isinstance(t, NamedNode)]
        if _ONTOLOGY in types:
            return (0, 0, "", "")
        kinds = sorted(_KIND_RANK[t] for t in types if t in _KIND_RANK)
        if kinds:
            bare = set(self._properties[node]) == {RDF + "type"} and len(types) == len(kinds)
            return (9, 0, "", "Declared elsewhere") if bare else (1, kinds[0], "", _KINDS[kinds[0]][1])
        if not types:
            return (7, 0, "", "Further statements")
        if _SCHEME in types:
            return (6, 0, "", "Concept schemes")
        main = min(types, key=lambda t: (t.startswith(SKOS), t))
        return (6, 1, main, f"Individuals: {self._names.name(main)}")

    def _block(self, subject: str, node: Subject) -> str:
        self._written.add(node)
        return f"{subject}\n{self._predicates(node, 1)} .\n"

    def _predicates(self, node: Subject, depth: int) -> str:
        properties = self._properties.get(node, {})
        lines = []
        for predicate in sorted(properties, key=self._predicate_order):
            verb = "a" if predicate == RDF + "type" else self._names.name(predicate)
            lines.append("  " * depth + verb + self._objects(predicate, properties[predicate], depth))
        return " ;\n".join(lines)

    def _predicate_order(self, predicate: str) -> tuple[int, str]:
        if predicate in _FIRST_PREDICATES:
            return (_FIRST_PREDICATES[predicate], "")
        return (len(_FIRST_PREDICATES), self._names.name(predicate))

    def _objects(self, predicate: str, objects: list[Node], depth: int) -> str:
        if len(objects) == 1:
            return " " + self._object(predicate, objects[0], depth)
        texts = sorted((self._object_order(o), self._object(predicate, o, depth + 1)) for o in objects)
        indent = "\n" + "  " * (depth + 1)
        return indent + f" ,{indent}".join(text for _, text in texts)

    @staticmethod
    def _object_order(node: Node) -> tuple[int, str, str, str]:
        if isinstance(node, NamedNode):
            return (0 if node.value in _KIND_RANK else 1, node.value, "", "")
        if isinstance(node, Literal):
            return (2, node.value, node.language or "", node.datatype.value)
        return (3, "", "", "")

    def _object(self, predicate: str, node: Node, depth: int) -> str:
        if isinstance(node, NamedNode):
            return "()" if node == RDF_NIL else self._names.name(node.value)
        if isinstance(node, Literal):
            return self._literal(node)
        if self._references[node] > 1:
            raise InputError(
                "a blank node stands in more than one place, so it has no stable form: give it an IRI",
                file=self._file,
            )
        self._written.add(node)
        items = self._list(node)
        if items is not None:
            return self._collection(predicate, items, depth)
        if node not in self._properties:
            return "[]"
        return f"[\n{self._predicates(node, depth + 1)}\n{'  ' * depth}]"

    def _list(self, node: BlankNode) -> list[Node] | None:
        """The members of a well-formed list, or None; marks its cells as written."""
        items: list[Node] = []
        cells: list[Subject] = []
        cell: Node = node
        while cell != RDF_NIL:
            properties = self._properties.get(cell, {}) if isinstance(cell, BlankNode) else {}
            first, rest = properties.get(_FIRST, []), properties.get(_REST, [])
            whole = len(properties) == 2 and len(first) == len(rest) == 1
            if not whole or not isinstance(cell, BlankNode) or cell in cells or self._references[cell] > 1:
                return None
            cells.append(cell)
            items.append(first[0])
            cell = rest[0]
        self._written.update(cells)
        return items

    def _collection(self, predicate: str, items: list[Node], depth: int) -> str:
        texts = [(self._object_order(item), self._object("", item, depth + 1)) for item in items]
        if predicate in _SETS:
            texts.sort()
        flat = " ".join(["(", *(text for _, text in texts), ")"])
        if "\n" not in flat and len(flat) <= _LINE:
            return flat
        indent = "\n" + "  " * (depth + 1)
        return "(" + "".join(indent + text for _, text in texts) + "\n" + "  " * depth + ")"

    def _literal(self, literal: Literal) -> str:
        datatype = literal.datatype.value
        if datatype in _SHORTHAND and _SHORTHAND[datatype].match(literal.value):
            return literal.value
        text = _quoted(literal.value)
        if literal.language:
            return f"{text}@{literal.language}"
        return text if datatype == XSD + "string" else f"{text}^^{self._names.name(datatype)}"


def _quoted(text: str) -> str:
    """A string in quotes; one of several lines in long quotes, so that a change of a line is a change of a line."""
    if "\n" not in text:
        return '"' + "".join(_ESCAPES.get(c) or _control(c) for c in text) + '"'
    # Single quote marks may stand in long quotes as they are; two together, or one at the end, may not.
    plain = "\n" if '""' in text or text.endswith('"') else '\n"'
    return '"""' + "".join(c if c in plain else _ESCAPES.get(c) or _control(c) for c in text) + '"""'


def _control(character: str) -> str:
    return character if character >= " " and character != "\x7f" else f"\\u{ord(character):04X}"
