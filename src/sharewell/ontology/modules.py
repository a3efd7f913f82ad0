"""The ontology's files, each a module with an IRI, and what it imports: from local files only, never the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from sharewell.errors import InputError
from sharewell.graph.source import read_source
from sharewell.ontology.catalog import CATALOG, read_catalog
from sharewell.vocabulary import OWL, RDF_TYPE

ONTOLOGY = NamedNode(OWL + "Ontology")
IMPORTS = NamedNode(OWL + "imports")
VERSION = NamedNode(OWL + "versionIRI")
ADD_OR_REMOVE = "add the file, or remove the import, and run: sharewell ontology format"


@dataclass(frozen=True, slots=True)
class Module:
    """One ontology file: its IRI, version IRI, the IRIs it imports (sorted) and its statements in file order."""

    path: Path
    iri: str
    version: str | None
    imports: tuple[str, ...]
    triples: tuple[Triple, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The IRIs that this file can be imported by."""
        return (self.iri,) if self.version is None else (self.iri, self.version)


def iri_of(term: object) -> str:
    """The IRI of a term that has one, else the empty text."""
    return term.value if isinstance(term, NamedNode) else ""


def ontology_paths(folder: Path) -> list[Path]:
    """The Turtle files under an ontology folder, sorted: modules, schemes, slim imports, alignments."""
    return sorted(folder.rglob("*.ttl"))


def shown(path: Path, folder: Path) -> str:
    """How a file is named to people: from the folder that holds the ontology folder on."""
    root = folder.resolve().parent
    full = path.resolve()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else str(path)


def read_module(path: Path, name: str | None = None) -> Module:
    """Read one ontology file; `name` is how errors call it.

    Raises InputError with file and line where it does not parse, and where it has no ontology header or several.
    """
    try:
        return module_of(path, path.read_bytes(), name or str(path))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=name or str(path)) from error


def module_of(path: Path, content: bytes, name: str) -> Module:
    """The same, of a file that holds (or is to hold) these bytes."""
    try:
        # Two files may use one label for two blank nodes.
        quads = parse(input=content, format=RdfFormat.TURTLE, rename_blank_nodes=True)
        triples = tuple(quad.triple for quad in quads)
    except SyntaxError as error:
        raise InputError(f"does not parse as Turtle: {error.msg}", file=name, line=error.lineno) from error
    headers = {iri_of(t.subject) for t in triples if t.predicate == RDF_TYPE and t.object == ONTOLOGY}
    if len(headers) != 1:
        count = "no ontology header" if not headers else "more than one ontology header"
        raise InputError(f"{count}: an ontology file has one statement `<IRI> a owl:Ontology`", file=name)
    iri = headers.pop()
    about = [
        (t.predicate, t.object.value) for t in triples if iri_of(t.subject) == iri and isinstance(t.object, NamedNode)
    ]
    version = next((value for predicate, value in about if predicate == VERSION), None)
    imports = tuple(sorted(value for predicate, value in about if predicate == IMPORTS))
    return Module(path, iri, version, imports, triples)


def read_modules(folder: Path) -> tuple[Module, ...]:
    """Every ontology file under a folder, sorted by path.

    Raises InputError for a file that cannot be read, and where two files have the same ontology or version IRI.
    """
    modules = tuple(read_module(path, shown(path, folder)) for path in ontology_paths(folder))
    seen: dict[str, Module] = {}
    for module in modules:
        for name in module.names:
            if name in seen:
                first = shown(seen[name].path, folder)
                raise InputError(
                    f"has the IRI <{name}> of {first}: give each file its own",
                    file=shown(module.path, folder),
                )
            seen[name] = module
    return modules


def by_name(modules: Iterable[Module]) -> dict[str, Module]:
    """Modules by ontology IRI and version IRI."""
    return {name: module for module in modules for name in module.names}


def closure(module: Module, known: Mapping[str, Module]) -> tuple[Module, ...]:
    """A module after everything it imports, directly or not; each file once, also where imports go in a circle.

    Raises InputError with the file and line of an import that none of the known modules answers.
    """
    return _close(module, known.get)


def load_closure(path: Path) -> tuple[Module, ...]:
    """The same, from one file: imports are found through the catalog of its folder, as Protégé finds them.

    Raises InputError where the catalog is missing or damaged, or names no file for an import.
    """
    files = read_catalog(path.parent / CATALOG)
    loaded: dict[Path, Module] = {}

    def find(iri: str) -> Module | None:
        target = files.get(iri)
        if target is None:
            return None
        return loaded.setdefault(target, loaded.get(target) or read_module(target))

    start = read_module(path.resolve())
    loaded[start.path] = start
    return _close(start, find)


def _close(start: Module, find: Callable[[str], Module | None]) -> tuple[Module, ...]:
    ordered: list[Module] = []
    seen: set[Path] = set()

    def visit(module: Module) -> None:
        if module.path in seen:
            return
        seen.add(module.path)
        for iri in module.imports:
            target = find(iri)
            if target is None:
                raise missing_import(module, iri)
            visit(target)
        ordered.append(module)

    visit(start)
    return tuple(ordered)


def missing_import(module: Module, iri: str) -> InputError:
    """The error of an import that no local file answers, with the line of its `owl:imports` statement."""
    return InputError(f"{unanswered(iri)}: {ADD_OR_REMOVE}", file=str(module.path), line=import_line(module, iri))


def unanswered(iri: str) -> str:
    """What is wrong with an import that no local file answers."""
    return f"imports <{iri}>, which is the IRI or version IRI of no file here; nothing is fetched from the network"


def import_line(module: Module, iri: str) -> int | None:
    """The line of an `owl:imports` statement in its file, counted from 1."""
    source = read_source(module.path, module.path.parent)
    target = NamedNode(iri)
    return next((q.line for q in source.quads if q.predicate == IMPORTS and q.object == target), None)
