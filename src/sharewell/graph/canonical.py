"""Canonical labels for blank nodes: RDF Dataset Canonicalization, RDFC-1.0 (W3C Recommendation, section 4).

pyoxigraph canonicalises a whole dataset but does not tell which node got which label; output needs to know just that.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from itertools import permutations

from pyoxigraph import BlankNode, Quad

from sharewell.graph.terms import Term

_WORK_LIMIT = 100_000


class _TooAlike(Exception):
    """The blank nodes are so alike that telling them apart is not worth the time."""


class _Issuer:
    """Labels in the order in which they are first asked for (section 4.5)."""

    def __init__(self, prefix: str, issued: dict[BlankNode, str] | None = None) -> None:
        self.prefix = prefix
        self.issued = dict(issued or {})

    def label(self, node: BlankNode) -> str:
        if node not in self.issued:
            self.issued[node] = f"{self.prefix}{len(self.issued)}"
        return self.issued[node]

    def copy(self) -> _Issuer:
        return _Issuer(self.prefix, self.issued)


def canonical_labels(quads: Iterable[Quad]) -> dict[Term, Term]:
    """For each blank node of a graph, the node with its canonical label (`c14n0`, `c14n1`, …).

    A graph made to be slow (many nodes alike) gives up after a bounded amount of work: its nodes keep their labels.
    """
    canonicalizer = _Canonicalizer(quads)
    try:
        labels = canonicalizer.run()
    except (_TooAlike, RecursionError):  # a long chain of them is as deep as it is long
        return {}
    return {node: BlankNode(label) for node, label in labels.items()}


class _Canonicalizer:
    def __init__(self, quads: Iterable[Quad]) -> None:
        self.mentions: dict[BlankNode, list[Quad]] = defaultdict(list)
        for quad in dict.fromkeys(quads):
            for node in {term for term in (quad.subject, quad.object) if isinstance(term, BlankNode)}:
                self.mentions[node].append(quad)
        self.canonical = _Issuer("c14n")
        self.first_degree = {node: self._first_degree(node) for node in self.mentions}
        self.work = 0

    def run(self) -> dict[BlankNode, str]:
        by_hash: dict[str, list[BlankNode]] = defaultdict(list)
        for node, digest in self.first_degree.items():
            by_hash[digest].append(node)
        for digest in sorted(by_hash):
            if len(by_hash[digest]) == 1:
                self.canonical.label(by_hash[digest][0])
        for digest in sorted(by_hash):
            if len(by_hash[digest]) > 1:
                self._label_alike(by_hash[digest])
        return self.canonical.issued

    def _label_alike(self, nodes: list[BlankNode]) -> None:
        paths = []
        for node in nodes:
            if node not in self.canonical.issued:
                issuer = _Issuer("b")
                issuer.label(node)
                paths.append(self._n_degree(node, issuer))
        for _, issuer in sorted(paths, key=lambda path: path[0]):
            for node in issuer.issued:
                self.canonical.label(node)

    def _first_degree(self, node: BlankNode) -> str:
        """Hash First Degree Quads (section 4.6)."""

        def shown(term: object) -> str:
            if isinstance(term, BlankNode):
                return "_:a" if term == node else "_:z"
            return str(term)

        lines = sorted(f"{shown(q.subject)} {q.predicate} {shown(q.object)} .\n" for q in self.mentions[node])
        return _sha256("".join(lines))

    def _related(self, related: BlankNode, quad: Quad, issuer: _Issuer, position: str) -> str:
        """Hash Related Blank Node (section 4.7)."""
        known = self.canonical.issued.get(related) or issuer.issued.get(related)
        return _sha256(f"{position}{quad.predicate}{'_:' + known if known else self.first_degree[related]}")

    def _n_degree(self, node: BlankNode, issuer: _Issuer) -> tuple[str, _Issuer]:
        """Hash N-Degree Quads (section 4.8)."""
        groups: dict[str, list[BlankNode]] = defaultdict(list)
        for quad in self.mentions[node]:
            for term, position in ((quad.subject, "s"), (quad.object, "o")):
                if isinstance(term, BlankNode) and term != node:
                    groups[self._related(term, quad, issuer, position)].append(term)
        data = ""
        for digest in sorted(groups):
            path, issuer = self._shortest_path(groups[digest], issuer)
            data += digest + path
        return _sha256(data), issuer

    def _shortest_path(self, nodes: list[BlankNode], issuer: _Issuer) -> tuple[str, _Issuer]:
        chosen: tuple[str, _Issuer] | None = None
        for order in permutations(nodes):
            self.work += 1
            if self.work > _WORK_LIMIT:
                raise _TooAlike
            found = self._path(order, issuer.copy(), chosen[0] if chosen else None)
            if found is not None and (chosen is None or found[0] < chosen[0]):
                chosen = found
        if chosen is None:
            raise _TooAlike
        return chosen

    def _path(self, order: tuple[BlankNode, ...], issuer: _Issuer, best: str | None) -> tuple[str, _Issuer] | None:
        path, pending = "", []
        for node in order:
            if node in self.canonical.issued:
                path += "_:" + self.canonical.issued[node]
            else:
                if node not in issuer.issued:
                    pending.append(node)
                path += "_:" + issuer.label(node)
            if _worse(path, best):
                return None
        for node in pending:
            digest, after = self._n_degree(node, issuer)
            path += f"_:{issuer.label(node)}<{digest}>"
            issuer = after
            if _worse(path, best):
                return None
        return path, issuer


def _worse(path: str, best: str | None) -> bool:
    return best is not None and len(path) >= len(best) and path > best


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
