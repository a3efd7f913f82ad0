"""What the tests of the stored questions use: merged stores of fixtures and of the case, and a second engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pyoxigraph import Store
from question_cases import HSI_FILES, MergedStore, SecondEngine, merged


@pytest.fixture(scope="session")
def merged_store() -> MergedStore:
    """A function from files to the merged store; the same files are read once."""
    made: dict[tuple[tuple[Path, ...], bool], Store] = {}

    def make(paths: Sequence[Path], *, rules: bool = True) -> Store:
        key = (tuple(paths), rules)
        if key not in made:
            made[key] = merged(paths, rules=rules).store
        return made[key]

    return make


@pytest.fixture(scope="session")
def hsi_store(merged_store: MergedStore) -> Store:
    """The merged store of the shipped case."""
    return merged_store(HSI_FILES)


@pytest.fixture(scope="session")
def second_engine(merged_store: MergedStore) -> SecondEngine:
    """rdflib, holding the ontology."""
    return SecondEngine(merged_store(()))
