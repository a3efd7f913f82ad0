"""The catalogs by which Protégé and other tools find an imported ontology in a file beside, not on the network.

An OASIS XML catalog (`catalog-v001.xml`) with relative paths stands in every folder that holds ontology files. Each
names all of the ontology's files, because Protégé reads only the catalog of the folder of the file it opened, and
writes one of its own into a folder that has none.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from sharewell.errors import InputError

if TYPE_CHECKING:
    from sharewell.ontology.modules import Module

CATALOG = "catalog-v001.xml"
_NAMESPACE = "urn:oasis:names:tc:entity:xmlns:xml:catalog"


def catalogs(folder: Path, modules: Iterable[Module]) -> dict[Path, bytes]:
    """What the catalog of every folder with ontology files should hold: by its path, its bytes."""
    ordered = sorted(modules, key=lambda module: module.path.relative_to(folder).as_posix())
    homes = sorted({module.path.parent for module in ordered})
    return {home / CATALOG: _catalog(home, folder, ordered) for home in homes}


def _catalog(home: Path, folder: Path, modules: Iterable[Module]) -> bytes:
    lines = [
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
        f'<catalog prefer="public" xmlns="{_NAMESPACE}">',
    ]
    for module in modules:
        uri = quoteattr(quote(Path(os.path.relpath(module.path, home)).as_posix()))
        identifier = _identifier(module.path.relative_to(folder))
        lines.append(f"    <uri id={quoteattr(identifier)} name={quoteattr(module.iri)} uri={uri}/>")
        if module.version:
            identifier = quoteattr(f"{identifier}.version")
            lines.append(f"    <uri id={identifier} name={quoteattr(module.version)} uri={uri}/>")
    return ("\n".join([*lines, "</catalog>"]) + "\n").encode()


def _identifier(relative: Path) -> str:
    """An XML name for an entry, as unique as the path it is made of."""
    parts = relative.with_suffix("").parts
    return ".".join("".join(c if c.isalnum() or c == "-" else "_" for c in part) for part in parts)


def read_catalog(path: Path) -> dict[str, Path]:
    """The file that a catalog names for each IRI, resolved against the catalog's folder.

    Raises InputError where there is no catalog or it is not well-formed XML, with the line.
    """
    try:
        root = ElementTree.fromstring(path.read_bytes())
    except FileNotFoundError as error:
        raise InputError("there is no catalog here: run `sharewell ontology format`", file=str(path)) from error
    except ElementTree.ParseError as error:
        raise InputError(f"is not well-formed XML: {error}", file=str(path), line=error.position[0]) from error
    entries = (dict(entry.attrib) for entry in root.iter(f"{{{_NAMESPACE}}}uri"))
    return {e["name"]: (path.parent / unquote(e["uri"])).resolve() for e in entries if {"name", "uri"} <= e.keys()}
