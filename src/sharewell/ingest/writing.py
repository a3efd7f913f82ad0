"""Statements as Turtle: sorted, with prefixes, the same text for the same statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pyoxigraph import Literal, NamedNode

from sharewell.graph.terms import Term, compact_iri
from sharewell.graph.turtle import LocatedQuad
from sharewell.vocabulary import RDF_TYPE, RDFS_LABEL, SHARE, XSD, XSD_STRING

_FIRST = (RDF_TYPE.value, RDFS_LABEL.value)
_LAST = (SHARE + "source", SHARE + "grade")


def turtle_text(quads: Iterable[LocatedQuad], prefixes: Mapping[str, str]) -> str:
    """Statements as a Turtle document: subjects by IRI, type and label first, source and grade last."""
    about: dict[str, dict[str, set[Term]]] = defaultdict(lambda: defaultdict(set))
    for quad in quads:
        about[str(quad.subject)][quad.predicate.value].add(quad.object)
    body = []
    for subject in sorted(about):
        lines = []
        for predicate in sorted(about[subject], key=_place):
            objects = sorted(_term(term, prefixes) for term in about[subject][predicate])
            name = "a" if predicate == RDF_TYPE.value else compact_iri(predicate, prefixes)
            lines.append(f"    {name} {' , '.join(objects)}")
        node = subject if subject.startswith("_:") else compact_iri(subject[1:-1], prefixes)
        body.append(f"{node}\n" + " ;\n".join(lines) + " .\n")
    text = "\n".join(body)
    used = [f"@prefix {name}: <{iri}> .\n" for name, iri in sorted(prefixes.items()) if f"{name}:" in text]
    return "".join(used) + "\n" + text


def _place(predicate: str) -> tuple[int, str]:
    if predicate in _FIRST:
        return _FIRST.index(predicate), ""
    return (9, predicate) if predicate in _LAST else (5, predicate)


def _term(term: Term, prefixes: Mapping[str, str]) -> str:
    if isinstance(term, NamedNode):
        return compact_iri(term.value, prefixes)
    if isinstance(term, Literal) and term.datatype.value.startswith(XSD) and not term.language:
        plain = str(Literal(term.value))
        return plain if term.datatype.value == XSD_STRING else f"{plain}^^xsd:{term.datatype.value[len(XSD) :]}"
    return str(term)
