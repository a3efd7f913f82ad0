"""Reports to show: the shipped case, and the illustrative project with conflicts and with names that mean harm."""

from __future__ import annotations

import shutil

import pytest

from sharewell import api
from sharewell.knowledge import data_folder
from sharewell.report.checks import CheckReport

# A ground that serves only inside one institution, relied on for a flow between two.
_CONFLICT = """@prefix share: <https://w3id.org/sharewell#> .
@prefix ex: <https://w3id.org/sharewell/examples/northwater/> .
ex:flow-tenancy-return share:reliesOn ex:basis-match-disclose .
"""
HOSTILE = (
    "</script><script>alert(1)</script> | `a` ``b`` ]]> <img src=x onerror=alert(2)> & "
    r"""\"'{}%%; \u0007 \u202E \uFFFE"""
)
"""A text as Turtle writes it, with markup of every format and characters that cannot be seen."""


@pytest.fixture(scope="session")
def hsi_report(hsi: api.Project) -> CheckReport:
    return hsi.check()


@pytest.fixture(scope="session")
def northwater(tmp_path_factory: pytest.TempPathFactory) -> api.Project:
    """The illustrative project with a conflict, the label of one of its flows full of markup."""
    folder = tmp_path_factory.mktemp("illustrative") / "northwater"
    shutil.copytree(data_folder() / "examples" / "northwater", folder)
    (folder / "conflict.ttl").write_text(_CONFLICT)
    flows = folder / "flows.ttl"
    label = '"Weekly changes of address and rent, from the tenant ledger to the waiting list"@en'
    text = flows.read_text()
    assert label in text
    flows.write_text(text.replace(label, f'"{HOSTILE}"@en'))
    return api.open(folder)


@pytest.fixture(scope="session")
def report(northwater: api.Project) -> CheckReport:
    return northwater.check()
