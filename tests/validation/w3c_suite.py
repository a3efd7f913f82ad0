"""The cases of the W3C data-shapes test suite, for whatever engine is tested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urljoin, urlparse
from urllib.request import url2pathname

from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, parse

from sharewell.graph.index import TripleIndex
from sharewell.graph.terms import Term
from sharewell.validation.paths import path_text, read_path
from sharewell.validation.results import ValidationResult, severity_name
from sharewell.vocabulary import SH

_MANIFEST = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_TEST = "http://www.w3.org/ns/shacl-test#"

Row = tuple[str, str | None, str | None, str, str, str | None]
"""Focus, path, value, component, severity and, where it has an IRI, source shape."""


@dataclass(frozen=True)
class Case:
    """A test: its data, its shapes, and the rows of the report that is due."""

    name: str
    data: tuple[Quad, ...]
    shapes: tuple[Quad, ...]
    expected: Counter[Row]


@lru_cache(maxsize=256)
def quads_of(path: Path) -> tuple[Quad, ...]:
    """A file, parsed once, so that its blank nodes are the same in data, shapes and report."""
    return tuple(parse(path=str(path), format=RdfFormat.TURTLE, base_iri=path.as_uri()))


def cases(folder: Path) -> list[Case]:
    """The approved tests of a folder and all below it that have a report."""
    return [case for path in sorted(folder.rglob("*.ttl")) for case in _cases_of(path)]


def _cases_of(path: Path) -> Iterator[Case]:
    graph = TripleIndex(quads_of(path))
    for test in graph.subjects_of(NamedNode(_MANIFEST + "action")):
        (action,) = graph.objects(test, NamedNode(_MANIFEST + "action"))
        (report,) = graph.objects(test, NamedNode(_MANIFEST + "result"))
        (data,) = graph.objects(action, NamedNode(_TEST + "dataGraph"))
        (shapes,) = graph.objects(action, NamedNode(_TEST + "shapesGraph"))
        name = f"{path.parent.name}/{path.stem}"
        yield Case(name, _graph(path, data), _graph(path, shapes), Counter(_expected(graph, report)))


def _graph(path: Path, name: Term) -> tuple[Quad, ...]:
    address = urljoin(path.as_uri(), name.value if isinstance(name, NamedNode) else "")
    return quads_of(Path(url2pathname(urlparse(address).path)))


def _expected(graph: TripleIndex, report: Term) -> Iterator[Row]:
    for result in graph.objects(report, NamedNode(SH + "result")):

        def one(name: str, result: Term = result) -> Term | None:
            return next(iter(graph.objects(result, NamedNode(SH + name))), None)

        path, value = one("resultPath"), one("value")
        severity, component = one("resultSeverity"), one("sourceConstraintComponent")
        assert isinstance(severity, NamedNode)
        assert isinstance(component, NamedNode)
        yield (
            str(one("focusNode")),
            path_text(read_path(path, graph.objects)) if path is not None else None,
            str(value) if value is not None else None,
            component.value,
            severity_name(severity.value),
            _named(one("sourceShape")),
        )


def row(result: ValidationResult) -> Row:
    """A result of ours as a row."""
    value = str(result.value) if result.value is not None else None
    shape = _named(result.shape)
    return (str(result.focus), result.path, value, result.component, result.severity, shape)


def _named(term: Term | None) -> str | None:
    return None if term is None or isinstance(term, BlankNode) else str(term)
