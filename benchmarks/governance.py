"""Invented governance graphs of any size in our own vocabulary, with a known number of defects of each kind.

A graph is made of offices of one city: each has systems, datasets, data elements, flows, an agreement with a neighbour,
a service level agreement and measurements; datasets derive from those of other offices, in layers and with some cycles.
The same seed and size give the same file. Defects are put into one in a hundred of the nodes that can have them, and
each gives known results, which `DEFECTS` names.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

SHARE = "https://w3id.org/sharewell#"
SHAPE = "https://w3id.org/sharewell/shapes#"
BASE = "https://w3id.org/sharewell/examples/benchmark/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"
DCTERMS = "http://purl.org/dc/terms/"
DCAT = "http://www.w3.org/ns/dcat#"
DQV = "http://www.w3.org/ns/dqv#"
PROV = "http://www.w3.org/ns/prov#"
ORG = "http://www.w3.org/ns/org#"

RATE = 0.01
_LAYERS = 12
_PRIVACY_ACT = "https://w3id.org/sharewell/ontario/MFIPPA"


@dataclass(frozen=True)
class Defect:
    """A kind of defect: its name, and shape and constraint component of each result that it gives about its node."""

    name: str
    results: tuple[tuple[str, str], ...]


DEFECTS = {
    defect.name: defect
    for defect in (
        Defect("flow without an origin", (("DataFlow-origin", "MinCount"),)),
        Defect("agreement with one party", (("Agreement-parties", "MinCount"),)),
        Defect("system used by what is no body", (("usedBy", "Or"),)),
        Defect("two grades", (("grade", "MaxCount"),)),
        Defect("number of users in words", (("userCount", "Datatype"), ("userCount", "MinInclusive"))),
        Defect("platform left empty", (("platform", "MinLength"),)),
        Defect("last day before the first", (("validFrom-order", "Or"),)),
        Defect("objective without a value", (("ServiceLevelObjective-value", "MinCount"),)),
        Defect("clause of no agreement", (("Clause-agreement", "MinCount"),)),
        Defect("number of a person in a name", (("label-number", "Not"),)),
        Defect("day with a time zone", (("lastReviewed", "Pattern"),)),
    )
}


class Generator:
    """Writes a graph of about `size` triples; afterwards `injected` has for each kind of defect its focus nodes."""

    def __init__(self, size: int, seed: int = 1) -> None:
        self.size = size
        self.injected: dict[str, list[str]] = {name: [] for name in DEFECTS}
        self._random = random.Random(seed)
        self._written = 0
        self._datasets: list[list[str]] = [[] for _ in range(_LAYERS)]

    def write(self, path: Path) -> int:
        """Write N-Triples; gives the number of triples."""
        with path.open("w", encoding="ascii") as file:
            for line in self._lines():
                file.write(line)
        return self._written

    def _lines(self) -> Iterator[str]:
        yield from map(self._counted, self._frame())
        office = 0
        while self._written < self.size:
            yield from map(self._counted, self._office(office))
            office += 1

    def _counted(self, line: str) -> str:
        self._written += 1
        return line

    def _defective(self, name: str, focus: str) -> bool:
        if self._random.random() >= RATE:
            return False
        self.injected[name].append(focus[1:-1])
        return True

    def _frame(self) -> Iterator[str]:
        yield from self._node("source", SHARE + "Source", "Invented for the benchmark")
        yield _line(_iri("source"), DCTERMS + "title", '"Invented for the benchmark"@en')
        yield from self._node("city", SHARE + "Institution", "City of the benchmark")
        yield _line(_iri("city"), SHARE + "institutionKind", f"<{SHARE}Municipality>")
        yield _line(_iri("city"), SHARE + "governmentLevel", f"<{SHARE}MunicipalGovernment>")
        yield _line(_iri("city"), SHARE + "privacyRegime", f"<{_PRIVACY_ACT}>")
        yield from self._node("metric", DQV + "Metric", "Share of the records that agree")
        yield _line(_iri("metric"), DQV + "inDimension", f"<{SHARE}Accuracy>")
        yield _line(_iri("metric"), SHARE + "unit", '"share of the records"')

    def _node(self, name: str, kind: str, label: str) -> Iterator[str]:
        node = _iri(name)
        if kind != SHARE + "Source" and self._defective("number of a person in a name", node):
            label += " 046-454-286"
        yield _line(node, RDF + "type", f"<{kind}>")
        yield _line(node, RDFS + "label", f'"{label}"@en')
        if kind != SHARE + "Source":
            yield _line(node, SHARE + "source", _iri("source"))
        yield _line(node, SHARE + "grade", f"<{SHARE}Illustrative>")
        if kind != SHARE + "Source" and self._defective("two grades", node):
            yield _line(node, SHARE + "grade", f"<{SHARE}Unverified>")

    def _office(self, at: int) -> Iterator[str]:
        office = f"office-{at}"
        yield from self._node(office, SHARE + "Division", f"Office {at}")
        yield _line(_iri(office), ORG + "subOrganizationOf", _iri("city"))
        elements = [f"element-{at}-{n}" for n in range(6)]
        for element in elements:
            yield from self._node(element, SHARE + "DataElement", f"Element {element}")
            yield _line(_iri(element), SHARE + "elementCategory", f"<{SHARE}FinancialInformation>")
        for n in range(2):
            yield from self._system(at, n)
            yield from self._dataset(at, n, elements)
        for n in range(3):
            yield from self._flow(at, n, elements)
        yield from self._agreement(at, elements)
        yield from self._service_level(at)
        for n in range(2):
            yield from self._measurement(at, n)

    def _system(self, at: int, n: int) -> Iterator[str]:
        name = f"system-{at}-{n}"
        system = _iri(name)
        yield from self._node(name, SHARE + "System", f"System {at} {n}")
        yield _line(system, SHARE + "owner", _iri(f"office-{at}"))
        yield _line(system, SHARE + "retrievalKey", f"<{SHARE}RetrievedByPerson>")
        wrong = self._defective("system used by what is no body", system)
        yield _line(system, SHARE + "usedBy", _iri("metric" if wrong else f"office-{at}"))
        words = self._defective("number of users in words", system)
        yield _line(system, SHARE + "userCount", '"many"' if words else _typed(10 + at % 90, "integer"))
        empty = self._defective("platform left empty", system)
        yield _line(system, SHARE + "platform", '""' if empty else f'"Platform {at % 7}"')

    def _dataset(self, at: int, n: int, elements: list[str]) -> Iterator[str]:
        name = f"dataset-{at}-{n}"
        layer = (at * 2 + n) % _LAYERS
        yield from self._node(name, DCAT + "Dataset", f"Dataset {at} {n}")
        yield _line(_iri(name), SHARE + "heldIn", _iri(f"system-{at}-{n}"))
        yield _line(_iri(name), SHARE + "steward", _iri(f"office-{at}"))
        for element in elements[:4]:
            yield _line(_iri(name), SHARE + "containsElement", _iri(element))
        for above in self._origins(layer):
            yield _line(_iri(name), PROV + "wasDerivedFrom", _iri(above))
        if layer == 0 and at and self._random.random() < 0.1:
            # A cycle: the bottom of the lineage feeds the top again.
            yield _line(_iri(name), PROV + "wasDerivedFrom", _iri(f"dataset-{at - 1}-1"))
        self._datasets[layer].append(name)

    def _origins(self, layer: int) -> list[str]:
        above = self._datasets[layer - 1] if layer else []
        return sorted({self._random.choice(above[-50:]) for _ in range(2)}) if above else []

    def _flow(self, at: int, n: int, elements: list[str]) -> Iterator[str]:
        name = f"flow-{at}-{n}"
        flow = _iri(name)
        yield from self._node(name, SHARE + "DataFlow", f"Flow {at} {n}")
        yield _line(flow, SHARE + "flowKind", f"<{SHARE}SystemFlow>")
        yield _line(flow, SHARE + "lifecycle", f"<{SHARE}Standing>")
        if not self._defective("flow without an origin", flow):
            yield _line(flow, SHARE + "origin", _iri(f"system-{at}-0"))
        yield _line(flow, SHARE + "destination", _iri(f"system-{max(0, at - 1 - n)}-1"))
        for element in elements[n : n + 3]:
            yield _line(flow, SHARE + "carries", _iri(element))
        yield _line(flow, SHARE + "purpose", f"<{SHARE}VerifyIncome>")
        if at:
            yield _line(flow, SHARE + "underAgreement", _iri(f"agreement-{at}"))

    def _agreement(self, at: int, elements: list[str]) -> Iterator[str]:
        name = f"agreement-{at}"
        agreement = _iri(name)
        first = date(2015, 1, 1) + timedelta(days=self._random.randrange(3000))
        last = first + timedelta(days=self._random.randrange(100, 3000))
        if self._defective("last day before the first", agreement):
            first, last = last, first
        yield from self._node(name, SHARE + "DataSharingAgreement", f"Agreement {at}")
        yield _line(agreement, SHARE + "party", _iri(f"office-{at}"))
        if not self._defective("agreement with one party", agreement):
            yield _line(agreement, SHARE + "party", _iri(f"office-{at - 1}" if at else "city"))
        yield _line(agreement, SHARE + "signedOn", _typed("2014-06-30", "date"))
        yield _line(agreement, SHARE + "validFrom", _typed(first, "date"))
        yield _line(agreement, SHARE + "validTo", _typed(last, "date"))
        zone = "Z" if self._defective("day with a time zone", agreement) else ""
        yield _line(agreement, SHARE + "lastReviewed", _typed(f"2026-01-{1 + at % 28:02}{zone}", "date"))
        yield _line(agreement, SHARE + "lifecycle", f"<{SHARE}Standing>")
        yield _line(agreement, SHARE + "purpose", f"<{SHARE}VerifyIncome>")
        for element in elements:
            yield _line(agreement, SHARE + "coversElement", _iri(element))
        for n in range(2):
            clause = f"clause-{at}-{n}"
            yield from self._node(clause, SHARE + "Clause", f"Clause {at} {n}")
            yield _line(_iri(clause), SHARE + "clauseKind", f"<{SHARE}RolesClause>")
            if not self._defective("clause of no agreement", _iri(clause)):
                yield _line(agreement, SHARE + "hasClause", _iri(clause))

    def _service_level(self, at: int) -> Iterator[str]:
        name = f"service-level-{at}"
        agreement = _iri(name)
        yield from self._node(name, SHARE + "ServiceLevelAgreement", f"Service level agreement {at}")
        for party in (f"office-{at}", f"office-{at - 1}" if at else "city"):
            yield _line(agreement, SHARE + "party", _iri(party))
        yield _line(agreement, SHARE + "coversSystem", _iri(f"system-{at}-0"))
        for n in range(2):
            objective = f"objective-{at}-{n}"
            yield from self._node(objective, SHARE + "ServiceLevelObjective", f"Objective {at} {n}")
            yield _line(agreement, SHARE + "objective", _iri(objective))
            yield _line(_iri(objective), SHARE + "metric", _iri("metric"))
            if not self._defective("objective without a value", _iri(objective)):
                yield _line(_iri(objective), SHARE + "minimumValue", _typed(f"0.{901 + 2 * (at % 49)}", "decimal"))

    def _measurement(self, at: int, n: int) -> Iterator[str]:
        name = f"measurement-{at}-{n}"
        yield from self._node(name, DQV + "QualityMeasurement", f"Measurement {at} {n}")
        yield _line(_iri(name), DQV + "isMeasurementOf", _iri("metric"))
        yield _line(_iri(name), DQV + "computedOn", _iri(f"dataset-{at}-{n}"))
        yield _line(_iri(name), DQV + "value", _typed(f"0.{501 + 2 * ((7 * at + n) % 249)}", "decimal"))
        yield _line(_iri(name), DCTERMS + "created", _typed(date(2026, 1, 1) + timedelta(days=at % 300), "date"))


def _iri(name: str) -> str:
    return f"<{BASE}{name}>"


def _typed(value: object, datatype: str) -> str:
    return f'"{value}"^^<{XSD}{datatype}>'


def _line(subject: str, predicate: str, value: str) -> str:
    return f"{subject} <{predicate}> {value} .\n"
