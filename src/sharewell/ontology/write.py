"""Writing what is not written by hand: the slim imports, the one form of every ontology file, the catalogs."""

from __future__ import annotations

from pathlib import Path

from sharewell import knowledge
from sharewell.files import replace_file
from sharewell.ontology.catalog import catalogs
from sharewell.ontology.formatting import format_turtle
from sharewell.ontology.imports import regenerate
from sharewell.ontology.modules import module_of, ontology_paths, shown


def write_ontology(folder: Path | None = None) -> list[Path]:
    """Bring an ontology folder (the shipped one by default) into the form that the gates ask for.

    Gives back the files that changed, sorted; done a second time, none. Everything is worked out before anything is
    written, and each file is replaced whole.

    Raises InputError with file and line where a file or a term list cannot be read.
    """
    folder = (folder or knowledge.ontology_folder()).resolve()
    texts = {path: format_turtle(path.read_bytes(), shown(path, folder)) for path in ontology_paths(folder)}
    texts |= regenerate(folder)
    texts |= catalogs(folder, [module_of(path, text, shown(path, folder)) for path, text in texts.items()])
    changed = sorted(path for path, text in texts.items() if not path.is_file() or path.read_bytes() != text)
    for path in changed:
        replace_file(path, texts[path])
    return changed
