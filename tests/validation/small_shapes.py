"""Graphs and shapes from a few lines of Turtle."""

from __future__ import annotations

from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from sharewell.graph.index import TripleIndex
from sharewell.graph.terms import Term
from sharewell.validation.evaluation import Evaluator
from sharewell.validation.shapes import Shapes, read_shapes

EX = "https://example.org/"
_PREFIXES = f"""
@prefix : <{EX}> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def ex(name: str) -> NamedNode:
    """A node of the example namespace."""
    return NamedNode(EX + name)


def words(term: Term) -> str:
    """The local name of a node, or its text."""
    return str(getattr(term, "value", term)).removeprefix(EX)


def parsed(turtle: str) -> list[Triple]:
    """The triples of some Turtle."""
    return [quad.triple for quad in parse(_PREFIXES + turtle, format=RdfFormat.TURTLE)]


def shapes_of(turtle: str) -> Shapes:
    """The shapes of some Turtle."""
    return read_shapes(parsed(turtle))


def evaluator_of(data: str, shapes: str) -> Evaluator:
    """An evaluator over two pieces of Turtle."""
    return Evaluator(TripleIndex(parsed(data)), shapes_of(shapes), words)
