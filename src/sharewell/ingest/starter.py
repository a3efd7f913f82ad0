"""A project to begin with: settings, a spreadsheet template, and what checks every change."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from sharewell.errors import InputError
from sharewell.graph.store import load_ontology
from sharewell.ingest.mapping import TEMPLATE, read_mapping
from sharewell.ingest.properties import Vocabulary
from sharewell.ingest.reader import slug
from sharewell.ingest.template import template
from sharewell.knowledge import starter_folder

NO_PROJECT_BASE = "https://example.org/inventory/"
"""What IRIs begin with where there is no project to say it: a name that is reserved for examples (RFC 2606)."""

INVENTORY = "inventory.xlsx"


def start(folder: Path, name: str | None = None) -> Path:
    """Make a project in a folder that is not there yet, whole or not at all; gives back the folder.

    Raises InputError where something is there already, or where the folder cannot be made.
    """
    folder = Path(os.path.abspath(folder))
    if folder.exists() or folder.is_symlink():
        raise InputError("is there already: nothing is overwritten; name a folder that is not there yet", str(folder))
    if not folder.parent.is_dir():
        raise InputError("no such folder to make it in", str(folder.parent))
    name = " ".join((name or folder.name).replace('"', "'").replace("\\", "/").split()) or "Our sharing"
    values = {"{name}": name, "{base}": f"https://example.org/{slug(name)}/"}
    try:
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror}", str(folder)) from None
    try:
        _fill(made, values)
        made.chmod(0o777 & ~_umask())
        made.rename(folder)
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror}", str(folder)) from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _fill(folder: Path, values: dict[str, str]) -> None:
    for path in sorted(starter_folder().rglob("*")):
        target = folder / path.relative_to(starter_folder())
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        text = path.read_text(encoding="utf-8")
        for hole, value in values.items():
            text = text.replace(hole, value)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    vocabulary = Vocabulary(load_ontology())
    (folder / INVENTORY).write_bytes(template(read_mapping(TEMPLATE, folder, vocabulary), vocabulary))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
