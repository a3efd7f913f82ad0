"""Laying proposals over a graph, closing and deriving anew, and asking the planner: the graph itself is not touched."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pyoxigraph import Literal, NamedNode

from sharewell.assessment.assessor import Assessor
from sharewell.assessment.plans import (
    NO_OBSTACLE,
    Planner,
    PlanReport,
    Route,
    headline,
    term,
    weight,
)
from sharewell.assessment.proposals import Proposal, ProposedFlow, flow_statements
from sharewell.graph.source import Source, stated
from sharewell.graph.store import merge
from sharewell.graph.terms import Term
from sharewell.reasoning.derivation import derive
from sharewell.vocabulary import RDF_TYPE, RDFS_LABEL

_MOST_ROUTES = 8
_CARRIES, _LEG, _DESTINATION_BODY = term("carries"), term("leg"), term("destinationBody")


class WhatIf:
    """Proposals on the graph of an assessor; `base` names what is proposed."""

    def __init__(self, assessor: Assessor, base: str, illustrative: bool = False) -> None:
        self._assessor = assessor
        self._base = base
        self._illustrative = illustrative

    def flow(self, flow: ProposedFlow) -> PlanReport:
        """A flow in one line, with the other systems that hold what it carries tried as its origin."""
        label = self._assessor.label
        main = self._name(flow)
        statements = flow_statements(flow, main, self._title(flow))
        elements = [NamedNode(element) for element in flow.elements]
        ends = [NamedNode(flow.origin), NamedNode(flow.destination)]
        others: dict[NamedNode, NamedNode] = {}
        for system in Planner(self._assessor).holders(elements, ends)[:_MOST_ROUTES]:
            other = ProposedFlow(
                system.value, flow.destination, flow.elements, flow.purposes, flow.programs, flow.necessity
            )
            others[self._name(other)] = system
            statements += flow_statements(other, self._name(other), self._title(other))
        laid = self._laid(stated("the proposal", statements))
        planner = Planner(laid)
        outcome = planner.outcome(main)
        routes = [
            Route(f"from {label(system)}", system, False, planner.outcome(node).headline)
            for node, system in others.items()
        ]
        routes += self._on_record(laid, elements, self._bodies(laid, main), main, set(others))
        found = sorted(
            (r for r in routes if r.headline == NO_OBSTACLE), key=lambda route: (not route.on_record, route.text)
        )
        return self._report(self._title(flow), laid, [outcome.subject], planner, found)

    def plan(self, proposal: Proposal) -> PlanReport:
        """A described proposal."""
        laid = self._laid(proposal.source)
        return self._report(proposal.title, laid, proposal.subjects, Planner(laid), ())

    def _laid(self, source: Source) -> Assessor:
        """The graph with a source more, closed and derived, under the same rules."""
        graph = self._assessor.graph
        book = self._assessor.book
        over = merge((*graph.sources, source), graph.as_of, book.statements)
        derive(over, book.derivations)
        labels: dict[Term, str] = {
            q.subject: q.object.value
            for q in source.quads
            if q.predicate == RDFS_LABEL and isinstance(q.object, Literal)
        }
        label = self._assessor.label
        return Assessor(over, book, lambda node: labels.get(node) or label(node), self._illustrative)

    def _report(
        self,
        title: str,
        laid: Assessor,
        subjects: Sequence[NamedNode],
        planner: Planner,
        routes: Sequence[Route],
    ) -> PlanReport:
        outcomes = tuple(planner.outcome(subject) for subject in subjects)
        worst = min((outcome.headline for outcome in outcomes), key=weight)
        readings = [laid.reading(rule) for rule in laid.book.rules]
        return PlanReport(
            title=title,
            as_of=laid.graph.as_of,
            headline=worst,
            outcomes=outcomes,
            alternatives=tuple(routes),
            rules=len(readings),
            official=sum(1 for read, _ in readings if read == "official"),
            read_days=tuple(sorted({day for read, day in readings if read == "official" and day})),
            illustrative=self._illustrative,
        )

    def _on_record(
        self, laid: Assessor, elements: Sequence[Term], bodies: set[Term], main: NamedNode, others: set[NamedNode]
    ) -> list[Route]:
        """Flows on record that bring the elements to the same body, as they are judged."""
        routes = []
        for flow in sorted(laid.index.subjects(RDF_TYPE, term("DataFlow")), key=str):
            arrives = {b for leg in laid.index.objects(flow, _LEG) for b in laid.index.objects(leg, _DESTINATION_BODY)}
            if not isinstance(flow, NamedNode) or flow == main or flow in others or not arrives & bodies:
                continue
            if set(elements) <= set(laid.index.objects(flow, _CARRIES)):
                kinds = set(laid.index.objects(flow, RDF_TYPE))
                found = [laid.assess(r, flow) for r in laid.book.rules if kinds.intersection(r.subject_classes)]
                words = headline([a.verdict for a in found], 0, False)
                routes.append(Route(laid.label(flow), flow, True, words))
        return routes

    @staticmethod
    def _bodies(laid: Assessor, flow: NamedNode) -> set[Term]:
        return {b for leg in laid.index.objects(flow, _LEG) for b in laid.index.objects(leg, _DESTINATION_BODY)}

    def _name(self, flow: ProposedFlow) -> NamedNode:
        """A name for a proposed flow that is a function of what is proposed."""
        said = "\n".join([flow.origin, flow.destination, *sorted(flow.elements), "", *sorted(flow.purposes)])
        return NamedNode(f"{self._base}proposal/flow-{hashlib.sha256(said.encode()).hexdigest()[:12]}")

    def _title(self, flow: ProposedFlow) -> str:
        label = self._assessor.label

        def names(iris: Sequence[str]) -> str:
            return ", ".join(label(NamedNode(iri)) for iri in iris)

        ends = f"{label(NamedNode(flow.origin))} to {label(NamedNode(flow.destination))}"
        return f"{names(flow.elements)}, from {ends}, for: {names(flow.purposes)}"
