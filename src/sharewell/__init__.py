"""Sharewell: a knowledge graph of trusted data sharing that answers with proof.

`sharewell.open(path)` gives a project; its `check()`, `ask()`, `find()` and `validate()` return typed results.
`sharewell.validate(data, shapes)` is plain SHACL on anybody's files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sharewell.errors import InputError
from sharewell.version import __version__

if TYPE_CHECKING:
    from sharewell.api import Project, open, validate

__all__ = ["InputError", "Project", "__version__", "open", "validate"]


def __getattr__(name: str) -> Any:
    # The engines are loaded on first use, so that `import sharewell` and `sharewell --version` stay quick.
    if name in {"Project", "open", "validate"}:
        from sharewell import api

        return getattr(api, name)
    raise AttributeError(f"module 'sharewell' has no attribute {name!r}")
