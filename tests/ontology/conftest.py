"""A small checkout, and the ontology that is shipped."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import NoReturn

import pytest
from checkouts import FILES, PROLOGUE, Checkout

from sharewell import knowledge
from sharewell.ontology.write import write_ontology


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """The small checkout, in the form that the gates ask for."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((PROLOGUE if path.suffix == ".ttl" else "") + text, encoding="utf-8")
    write_ontology(tmp_path / "ontology")
    return Checkout(tmp_path)


@pytest.fixture(scope="session")
def shipped() -> Path:
    """The ontology folder that is shipped."""
    return knowledge.ontology_folder()


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is cut: whoever opens a socket fails the test."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("something reached for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
