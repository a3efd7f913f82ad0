"""The merged graph: ontology, recorded statements and what follows from them, in one embedded store.

Questions, shapes and rules see one default graph in which a statement stands once, however many files record it
(a union of named graphs would count it once for each). Where a statement was read is kept beside it, in the index.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple, parse

from sharewell.collector import collector_paused
from sharewell.errors import InputError
from sharewell.graph.locations import Location, LocationIndex
from sharewell.graph.source import Source, read_source
from sharewell.graph.terms import Term, date_literal
from sharewell.graph.turtle import LocatedQuad
from sharewell.knowledge import knowledge_folder, ontology_folder
from sharewell.vocabulary import AS_OF, OWL, RDF_TYPE, THIS_RECORD

_IMPORTS = NamedNode(OWL + "imports")
_ONTOLOGY = NamedNode(OWL + "Ontology")
_VERSION = NamedNode(OWL + "versionIRI")
_WORTH_KEEPING = 2**20


@dataclass
class MergedGraph:
    """One store of everything that is known as of a date.

    `ontology` are the ontology's own statements, the as-of date among them; `recorded` is the number of distinct
    statements in `sources`, which are sorted by path; `as_of` is an ISO date.
    """

    store: Store
    sources: tuple[Source, ...]
    as_of: str
    ontology: tuple[Quad, ...]
    recorded: int
    derived: list[Triple] = field(default_factory=list)

    def statements(self) -> Iterator[Quad]:
        """All statements, those that were read with the exact text of their literals.

        The store keeps numbers and dates in a form of its own: 01 becomes 1. Validation needs what was written.
        """
        yield from self.ontology
        for source in self.sources:
            yield from (Quad(q.subject, q.predicate, q.object) for q in source.quads)
        yield from (Quad(t.subject, t.predicate, t.object) for t in self.derived)

    def add_derived(self, triples: Iterable[Triple]) -> list[Triple]:
        """Add triples that follow from the graph, once all are found; gives back those that were new."""
        store = self.store
        new = [t for t in dict.fromkeys(triples) if Quad(t.subject, t.predicate, t.object) not in store]
        store.extend(Quad(t.subject, t.predicate, t.object) for t in new)
        self.derived += new
        return new

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the sorted lines `path, sha256 of the file's bytes` of the sources."""
        lines = sorted(f"{source.path}, {source.digest}\n" for source in self.sources)
        return "sha256:" + hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()

    @cached_property
    def locations(self) -> LocationIndex:
        """Where each recorded statement was read."""
        return LocationIndex(self.sources)

    def node_location(self, node: Term) -> Location | None:
        """The first statement about a node: in the project's files, else in the ontology's."""
        return self.locations.of_node(node) or self._ontology_locations.of_node(node)

    @cached_property
    def _ontology_locations(self) -> LocationIndex:
        # Read only when a result is about a node of the ontology itself, which is rare.
        root = knowledge_folder()
        return LocationIndex([read_source(path, root) for path in ontology_files()])


def ontology_files() -> list[Path]:
    """The files of the ontology's import closure: slim imports, modules, schemes (never the alignments)."""
    folder = ontology_folder()
    return [path for part in ("imports", ".", "schemes") for path in sorted((folder / part).glob("*.ttl"))]


Further = Callable[[Sequence[Quad], Sequence[Source]], Sequence[Source]]
"""Sources of another kind: read with the ontology and the RDF sources at hand, because they refer to both."""


def _nothing_further(_: Sequence[Quad], __: Sequence[Source]) -> Sequence[Source]:
    return ()


def load(
    paths: Sequence[Path],
    root: Path,
    as_of: str,
    base: str | None = None,
    rules: Iterable[Quad] = (),
    cache: Path | None = None,
    further: Further = _nothing_further,
) -> MergedGraph:
    """Load the ontology and the files of a project, as recorded; nothing is closed or derived yet.

    `base` resolves relative IRIs; `rules` describe the rules that are loaded, and are read like the ontology. `cache`
    is a folder for the statements of every file; without it only those of large files are kept, in the user's cache.
    `further` reads the sources that are not RDF. Raises InputError with file and line for a file that cannot be read
    or an import that cannot be found.
    """
    sources = [read_source(path, root, cache or _cache_folder(path), base=base) for path in paths]
    sources += further(load_ontology(), sources)
    return merge(sorted(sources, key=lambda source: source.path), as_of, rules)


def load_ontology() -> tuple[Quad, ...]:
    """The statements of the ontology and its schemes."""
    return _read_ontology(tuple(ontology_files()))


@collector_paused()
def merge(sources: Sequence[Source], as_of: str, rules: Iterable[Quad] = ()) -> MergedGraph:
    """The graph of the ontology and of sources that were read; nothing is closed or derived yet.

    Raises InputError with file and line for an import that cannot be found.
    """
    ontology = [*load_ontology(), Quad(THIS_RECORD, AS_OF, date_literal(as_of)), *rules]
    recorded = {Triple(q.subject, q.predicate, q.object) for source in sources for q in source.quads}
    _require_imports(sources, ontology)
    store = Store()
    store.extend(ontology)
    store.extend(Quad(t.subject, t.predicate, t.object) for t in recorded)
    return MergedGraph(store, tuple(sources), as_of, tuple(ontology), len(recorded))


@lru_cache(maxsize=1)
def _read_ontology(paths: tuple[Path, ...]) -> tuple[Quad, ...]:
    return tuple(quad for path in paths for quad in parse(path=str(path), format=RdfFormat.TURTLE))


def _cache_folder(path: Path) -> Path | None:
    """Where the statements of a large file are kept for the next time; a small one is as quick to read anew."""
    if not path.is_file() or path.stat().st_size < _WORTH_KEEPING:
        return None
    named = os.environ.get("XDG_CACHE_HOME", "")
    try:
        return (Path(named) if Path(named).is_absolute() else Path.home() / ".cache") / "sharewell"
    except RuntimeError:  # there is no home
        return None


def _require_imports(sources: Iterable[Source], ontology: Iterable[Quad]) -> None:
    """Imports are never fetched: each must be shipped or be one of the project's own files."""
    known = set(_ontology_names(ontology))
    for source in sources:
        known.update(_ontology_names(source.quads))
    for source in sources:
        for quad in source.quads:
            if quad.predicate == _IMPORTS and quad.object not in known:
                raise InputError(
                    f"imports {quad.object}, which is neither shipped nor among the project's sources: "
                    "add the file to the sources; nothing is fetched from the network",
                    file=source.path,
                    line=quad.line,
                )


def _ontology_names(quads: Iterable[Quad | LocatedQuad]) -> Iterator[Term]:
    for quad in quads:
        if quad.predicate == RDF_TYPE and quad.object == _ONTOLOGY:
            yield quad.subject
        elif quad.predicate == _VERSION:
            yield quad.object
