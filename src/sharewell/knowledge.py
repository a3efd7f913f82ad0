"""Where the knowledge is: ontology, shapes, queries, mappings and data.

In a checkout the folders stand beside `src/`; in an installed wheel they are inside the package. Both hold
the same files, so nothing else in the program needs to know which it is.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def knowledge_folder() -> Path:
    """The folder that holds `ontology/`, `shapes/`, `queries/`, `mappings/`, `starter/` and `data/`."""
    installed = _PACKAGE / "_knowledge"
    return installed if installed.is_dir() else _PACKAGE.parent.parent


def ontology_folder() -> Path:
    """The OWL modules, concept schemes, slim imports and alignments."""
    return knowledge_folder() / "ontology"


def shapes_folder() -> Path:
    """The SHACL shapes: `model/`, `derive/`, `meta/`."""
    return knowledge_folder() / "shapes"


def queries_folder() -> Path:
    """The stored questions, a folder for each subject."""
    return knowledge_folder() / "queries"


def mappings_folder() -> Path:
    """The mappings of tables: which sheet holds which class, and which column which property."""
    return knowledge_folder() / "mappings"


def starter_folder() -> Path:
    """The files that a new project begins with."""
    return knowledge_folder() / "starter"


def data_folder() -> Path:
    """The projects that are shipped: `hsi/` and `examples/`."""
    return knowledge_folder() / "data"
