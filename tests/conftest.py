"""What several tests use: small graphs, the shipped case, and other people's files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sharewell import api
from sharewell.graph.store import MergedGraph, load
from sharewell.knowledge import data_folder
from sharewell.reasoning.derivation import derive
from small_graphs import AS_OF, TURTLE_PREFIXES, GraphOf


@pytest.fixture
def graph_of(tmp_path: Path) -> GraphOf:
    """A function from Turtle to the derived graph."""

    def make(text: str, as_of: str = AS_OF) -> MergedGraph:
        path = tmp_path / "fixture.ttl"
        path.write_text(TURTLE_PREFIXES + text, encoding="utf-8")
        graph = load([path], tmp_path, as_of)
        derive(graph)
        return graph

    return make


@pytest.fixture(scope="session")
def hsi() -> api.Project:
    """The shipped case, loaded once."""
    project = api.open(data_folder() / "hsi")
    assert project.graph.derived
    return project


@pytest.fixture(scope="session")
def others_files() -> Path:
    """Other people's real files; they are not part of the project, so a test that needs them may be skipped."""
    folder = Path(os.environ.get("SHAREWELL_FIXTURES", Path(__file__).parents[2] / "shared" / "fixtures"))
    if not folder.is_dir():
        pytest.skip(f"other people's files are not at {folder}: set SHAREWELL_FIXTURES to run this test")
    return folder
