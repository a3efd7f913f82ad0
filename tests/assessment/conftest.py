"""Projects that are assessed once for all tests of this folder."""

from __future__ import annotations

import pytest

from sharewell import api
from sharewell.knowledge import data_folder


@pytest.fixture(scope="session")
def northwater() -> api.Project:
    """The illustrative project, in which every verdict can be shown."""
    return api.open(data_folder() / "examples" / "northwater")
