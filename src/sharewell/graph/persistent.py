"""A merged graph kept on disk: opened in an instant while nothing changed, made anew beside the old one when it did.

What stands where, in the folder given as `--store`:

- `sharewell-store`: says what the folder is, and is locked while a state is made;
- `state-<key>/`: one state. `graph/` is the store with all statements, derived ones included; `ontology.nt` and
  `derived.nt` are the parts of it that no source holds; `statements/` are the sources' statements with their places;
  `manifest.json` says which sources; `lock` is held while a process uses the state;
- `making-…/`: a state being made or removed, or what a process that was killed left of one.

The key is a digest over all that a state depends on: the as-of date, the base, the bytes of every source, of the
ontology and of the shapes, and the versions of the programs. A state gets its name only when it is whole, so a process
killed at any moment leaves the state before it as it was; only then is that one removed, unless somebody uses it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import pyoxigraph
from pyoxigraph import Quad, RdfFormat, Store, Triple, parse, serialize

from sharewell.errors import InputError
from sharewell.graph import cache
from sharewell.graph.formats import Format
from sharewell.graph.source import Source, read_digest
from sharewell.graph.store import MergedGraph, load, ontology_files
from sharewell.graph.turtle import LocatedQuad
from sharewell.knowledge import shapes_folder
from sharewell.version import __version__

_LAYOUT = "1"
_MARK = "sharewell-store"
_MARK_TEXT = "A graph kept by `sharewell --store`. The folder can be deleted when nothing uses it.\n"
_STATE, _MAKING = "state-", "making-"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a graph is made of: the files below `root`, the as-of date (ISO), the base of relative IRIs, and rules.

    `rules` are statements that describe the rules that are loaded; `own_rules` the project's own files of them.
    """

    paths: tuple[Path, ...]
    root: Path
    as_of: str
    base: str | None
    rules: tuple[Quad, ...] = ()
    own_rules: tuple[Path, ...] = ()

    def key(self) -> str:
        """SHA-256 over all that the graph depends on, in hexadecimal. Raises InputError for an unreadable source."""
        shapes = sorted(shapes_folder().rglob("*.ttl"))
        own = [f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in [*ontology_files(), *shapes]]
        sources = [" ".join(read_digest(path, self.root)) for path in (*self.paths, *self.own_rules)]
        rules = sorted({str(quad.subject) for quad in self.rules})  # which of them; what they say is in the files
        versions = [_LAYOUT, __version__, pyoxigraph.__version__]
        return hashlib.sha256(json.dumps([versions, self.as_of, self.base, own, rules, sources]).encode()).hexdigest()


class State:
    """A whole state on disk, at `path`. It is not removed while this object lives."""

    def __init__(self, path: Path) -> None:
        fcntl = _locks()
        self.path = path
        handle = os.open(path / "lock", os.O_RDONLY)
        weakref.finalize(self, os.close, handle)
        fcntl.flock(handle, fcntl.LOCK_SH)

    def read(self) -> MergedGraph:
        """The graph, its store read-only. Raises InputError where the files are damaged."""
        try:
            manifest = json.loads((self.path / "manifest.json").read_text(encoding="utf-8"))
            return MergedGraph(
                Store.read_only(str(self.path / "graph")),
                tuple(self._source(entry) for entry in manifest["sources"]),
                _text(manifest, "as_of"),
                tuple(_read_quads(self.path / "ontology.nt")),
                manifest["recorded"],
                [quad.triple for quad in _read_quads(self.path / "derived.nt")],
            )
        # Corruption found by the engine is a RuntimeError; so is RecursionError, for a manifest nested without end.
        except (OSError, ValueError, LookupError, TypeError, AttributeError, SyntaxError, RuntimeError) as error:
            raise InputError(f"the store is damaged ({error}): delete the folder", str(self.path)) from None

    def _source(self, entry: dict[str, Any]) -> Source:
        quads = _KeptStatements(self.path / "statements" / _text(entry, "statements"))
        return Source(_text(entry, "path"), _text(entry, "digest"), Format(entry["format"]), quads)


def _text(entry: dict[str, Any], key: str) -> str:
    value = entry[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is no text")
    return value


class _KeptStatements(Sequence[LocatedQuad]):
    """The statements of a source, read when they are first asked for: most questions need none of them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _quads(self) -> list[LocatedQuad]:
        quads = cache.load(self._path)
        if quads is None:
            raise InputError("the store is damaged: delete the folder", str(self._path))
        return quads

    def __len__(self) -> int:
        return len(self._quads)

    @overload
    def __getitem__(self, index: int) -> LocatedQuad: ...
    @overload
    def __getitem__(self, index: slice) -> list[LocatedQuad]: ...
    def __getitem__(self, index: int | slice) -> LocatedQuad | list[LocatedQuad]:
        return self._quads[index]

    def __iter__(self) -> Iterator[LocatedQuad]:
        return iter(self._quads)


def prepare(folder: Path, inputs: Inputs, derive: Callable[[MergedGraph], None]) -> State:
    """The state for these inputs: the one there is, else one made now, by reading what changed and deriving anew.

    Raises InputError where the folder is something else or cannot be written, and for a source that cannot be read.
    """
    try:
        with _alone(folder):
            key = inputs.key()
            target = folder / f"{_STATE}{key}"
            if not (target / "lock").is_file():  # none, or what is left of one
                _discard(target)
                _make(folder, target, inputs, key, derive)
            state = State(target)
            _remove_others(folder, target)
            return state
    except OSError as error:
        raise InputError(f"the store cannot be used: {error.strerror or error}", str(folder)) from None


def _make(folder: Path, target: Path, inputs: Inputs, key: str, derive: Callable[[MergedGraph], None]) -> None:
    making = Path(tempfile.mkdtemp(prefix=_MAKING, dir=folder))
    try:
        statements = making / "statements"
        _take_over(folder, statements)
        graph = load(inputs.paths, inputs.root, inputs.as_of, inputs.base, inputs.rules, statements)
        derive(graph)
        _write(making, graph, inputs.base)
        if inputs.key() != key:
            raise InputError("a source changed while it was being read: run again", str(inputs.root))
        _settle(making)
        os.rename(making, target)
        _settle_folder(folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _take_over(folder: Path, statements: Path) -> None:
    """What earlier states hold of the sources' statements is used again, by digest; nothing is copied."""
    for kept in sorted(folder.glob(f"{_STATE}*/statements/*/*")):
        new = statements / kept.parent.name / kept.name
        new.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # it is there already, or the file system has no links: then the source is read
            os.link(kept, new)


def _write(making: Path, graph: MergedGraph, base: str | None) -> None:
    store = Store(str(making / "graph"))
    store.bulk_extend(graph.store)
    store.optimize()
    store.flush()
    del store  # closes it
    _write_quads(making / "ontology.nt", graph.ontology)
    _write_quads(making / "derived.nt", (Quad(t.subject, t.predicate, t.object) for t in graph.derived))
    statements = making / "statements"
    entries = []
    for source in graph.sources:
        entry = cache.entry(statements, source.digest, source.format, base, source.path)
        if not entry.exists():  # a full disk is no error to the cache, but it is one here
            raise InputError("the statements of this source could not be kept", source.path)
        entries.append(
            {
                "path": source.path,
                "digest": source.digest,
                "format": source.format.value,
                "statements": str(entry.relative_to(statements)),
            }
        )
    used = {statements / entry["statements"] for entry in entries}
    for kept in statements.glob("*/*"):
        if kept not in used:
            kept.unlink()
    manifest = {"as_of": graph.as_of, "recorded": graph.recorded, "sources": entries}
    (making / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    (making / "lock").touch()


def _write_quads(path: Path, quads: Iterable[Quad]) -> None:
    triples = (Triple(quad.subject, quad.predicate, quad.object) for quad in quads)
    serialize(triples, output=str(path), format=RdfFormat.N_TRIPLES)


def _read_quads(path: Path) -> Iterator[Quad]:
    return parse(path=str(path), format=RdfFormat.N_TRIPLES)


def _settle(folder: Path) -> None:
    """Have all files on the disk itself before the state gets its name: a power cut must not leave a hollow one."""
    for path in [*folder.rglob("*"), folder]:
        _settle_folder(path)


def _settle_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_others(folder: Path, target: Path) -> None:
    """Remove what is neither the state wanted nor in use by another process."""
    for path in folder.glob(f"{_MAKING}*"):
        shutil.rmtree(path, ignore_errors=True)
    for path in folder.glob(f"{_STATE}*"):
        if path != target and _unused(path):
            with suppress(OSError):  # the next change tries again
                _discard(path)


def _discard(state: Path) -> None:
    """Remove a state, if it is there. Its name goes first: a kill in the middle must not leave half under that name."""
    gone = state.with_name(f"{_MAKING}{state.name}")
    shutil.rmtree(gone, ignore_errors=True)
    with suppress(FileNotFoundError):
        os.rename(state, gone)
    shutil.rmtree(gone, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one process at a time chooses, makes or removes a state; the others wait."""
    fcntl = _locks()
    mark = folder / _MARK
    if folder.exists() and not mark.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("holds other things than a store: name a new or an empty folder", str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    with mark.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if file.tell() == 0:
            file.write(_MARK_TEXT)
            file.flush()
        yield


def _unused(state: Path) -> bool:
    fcntl = _locks()
    try:
        handle = os.open(state / "lock", os.O_RDONLY)
    except OSError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def _locks() -> Any:
    try:
        import fcntl
    except ImportError:
        raise InputError("a store on disk needs the file locks of Unix, which this system does not have") from None
    return fcntl
