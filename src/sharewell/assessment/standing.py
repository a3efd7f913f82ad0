"""Whether a provision of law has effect on a day: its status and dates, as recorded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pyoxigraph import Literal, NamedNode

from sharewell.graph.index import TripleIndex
from sharewell.graph.terms import Term
from sharewell.vocabulary import SHARE

_STATUS = NamedNode(SHARE + "provisionStatus")
_FROM = NamedNode(SHARE + "validFrom")
_TO = NamedNode(SHARE + "validTo")


class Standing(StrEnum):
    """What a provision is on a day."""

    in_force = "in force"
    not_begun = "not yet in force"
    ended = "no longer in force"
    pending = "enacted, and its first day of effect is not known"
    proposed = "only proposed"
    not_established = "of a standing that was not established"


@dataclass(frozen=True, slots=True)
class Force:
    """The standing of a provision on a day; `start_known` is whether its first day of effect is recorded."""

    provision: NamedNode
    standing: Standing
    start_known: bool
    since: str | None = None
    until: str | None = None

    @property
    def applies(self) -> bool:
        """Whether rules that rest on it are applied: in force, also from an unknown day; or not established."""
        return self.standing in (Standing.in_force, Standing.not_established)

    @property
    def certain(self) -> bool:
        """Whether a conflict may be stated on it."""
        return self.standing is Standing.in_force


def force(index: TripleIndex, provision: NamedNode, day: str) -> Force:
    """The standing of a provision on a day (an ISO date). A month or a year that is recorded counts as a whole."""
    status = {value.value for value in index.objects(provision, _STATUS) if isinstance(value, NamedNode)}
    since, until = _text(index, provision, _FROM), _text(index, provision, _TO)
    standing = _standing(status, since, until, day)
    return Force(provision, standing, since is not None, since, until)


def _standing(status: set[str], since: str | None, until: str | None, day: str) -> Standing:
    if SHARE + "ProposedLaw" in status:
        return Standing.proposed
    if SHARE + "EnactedCommencementNotKnown" in status:
        return Standing.pending
    if since is not None and since > day:
        return Standing.not_begun
    if until is not None and until < day[: len(until)]:
        return Standing.ended
    if SHARE + "RepealedLaw" in status and until is None:
        return Standing.ended
    if SHARE + "InForce" in status or SHARE + "RepealedLaw" in status:
        return Standing.in_force
    return Standing.not_established


def _text(index: TripleIndex, node: Term, predicate: NamedNode) -> str | None:
    values = sorted(value.value for value in index.objects(node, predicate) if isinstance(value, Literal))
    return values[0] if values else None
