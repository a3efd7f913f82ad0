"""A graph kept on disk: the same graph, made anew only when something changed, and never half made."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sharewell import api
from sharewell.errors import InputError
from sharewell.graph import cache, documents, turtle
from sharewell.graph.store import ontology_files
from sharewell.knowledge import data_folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the HSI case, to be changed."""
    return Path(shutil.copytree(data_folder() / "hsi", tmp_path / "hsi"))


def _states(store: Path) -> list[str]:
    return sorted(path.name for path in store.iterdir() if path.is_dir())


def _read_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are parsed from now on, by name."""
    read: list[str] = []
    for module in (turtle, documents):
        real = module.read
        monkeypatch.setattr(
            module,
            "read",
            lambda text, format, base, file, real=real: (read.append(file), real(text, format, base, file))[1],
        )
    return read


def test_the_kept_graph_is_the_graph(hsi: api.Project, tmp_path: Path) -> None:
    kept = [api.open(data_folder() / "hsi", store=tmp_path / "store") for _ in range(2)]
    for project in kept:
        graph = project.graph
        assert set(graph.store) - set(graph.ontology) == set(hsi.graph.store) - set(hsi.graph.ontology)
        assert graph.derived == hsi.graph.derived
        assert (graph.recorded, graph.digest) == (hsi.graph.recorded, hsi.graph.digest)
        assert list(graph.statements())[len(graph.ontology) :] == list(hsi.graph.statements())[len(graph.ontology) :]
    assert kept[1].ask("CQ43") == hsi.ask("CQ43")


def test_only_what_changed_is_read_and_all_is_derived_anew(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "more.jsonld").write_text('{"@id": "http://example.org/a", "http://example.org/p": "x"}')
    settings = project / "sharewell.toml"
    settings.write_text(settings.read_text().replace('["*.ttl"]', '["*.ttl", "*.jsonld"]'))
    store = tmp_path / "store"
    before = api.open(project, store=store).graph
    (old,) = _states(store)
    read = _read_files(monkeypatch)
    assert len(api.open(project, store=store).graph.derived) == len(before.derived)
    assert (read, _states(store)) == ([], [old])

    flows = project / "flows.ttl"
    flows.write_text(flows.read_text() + "\n<https://w3id.org/sharewell/hsi/New> a share:DataFlow .\n")
    opened = api.open(project, store=store)
    after = opened.graph
    assert read == ["flows.ttl"]
    assert (
        opened.ask("ASK { hsi:New a share:Activity }").boolean
        is opened.ask("ASK { hsi:FL01 a share:Activity }").boolean
    )
    assert len(after.derived) > len(before.derived)
    (new,) = _states(store)
    assert new != old


def test_places_and_lines_are_kept(project: Path, tmp_path: Path) -> None:
    flows = project / "flows.ttl"
    flows.write_text(flows.read_text() + "\nhsi:FL01 share:carries hsi:Nobody .\n")
    api.open(project, store=tmp_path / "store").prepare()
    results = api.open(project, store=tmp_path / "store").validate().results
    places = {str(r.location) for r in results if "Nobody" in f"{r.focus} {r.value}"}
    assert f"flows.ttl:{len(flows.read_text().splitlines())}" in places


def test_another_day_is_another_state(project: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    days = {api.open(project, day, store=store).graph.as_of for day in ("2024-01-01", "2026-11-22")}
    assert days == {"2024-01-01", "2026-11-22"}
    assert (
        api.open(project, "2024-01-01", store=store)
        .ask("ASK { share:ThisRecord share:asOf ?d FILTER(STR(?d) = '2024-01-01') }")
        .boolean
    )


def test_a_changed_ontology_is_another_state(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sharewell.graph import persistent

    store = tmp_path / "store"
    api.open(project, store=store).prepare()
    before = _states(store)
    other = tmp_path / "other.ttl"
    other.write_text("<http://example.org/C> a <http://www.w3.org/2002/07/owl#Class> .")
    monkeypatch.setattr(persistent, "ontology_files", lambda: [*ontology_files(), other])
    api.open(project, store=store).prepare()
    assert _states(store) != before


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
def test_a_kill_in_the_middle_of_a_load_leaves_the_old_state(project: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    answer = api.open(project, store=store).ask("CQ43")
    (old,) = _states(store)
    flows = project / "flows.ttl"
    text = flows.read_text()
    flows.write_text(text + "\nhsi:New a share:DataFlow .\n")
    for pause in (0.0, 0.05, 0.1):
        _kill_while_loading(project, store, pause)
        assert old in _states(store)
    assert any(name.startswith("making-") for name in _states(store)), "no process was killed in the middle"

    flows.write_text(text)
    assert api.open(project, store=store).ask("CQ43") == answer
    assert _states(store) == [old]
    flows.write_text(text + "\nhsi:New a share:DataFlow .\n")
    assert api.open(project, store=store).ask("ASK { hsi:New a share:DataFlow }").boolean
    assert len(_states(store)) == 1


def _kill_while_loading(project: Path, store: Path, pause: float) -> None:
    program = f"from sharewell import api; api.open({str(project)!r}, store={str(store)!r}).prepare()"
    before = set(_states(store))
    process = subprocess.Popen([sys.executable, "-c", program])
    end = time.monotonic() + 30
    while not set(_states(store)) - before and process.poll() is None and time.monotonic() < end:
        time.sleep(0.001)
    time.sleep(pause)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_state_in_use_is_not_removed(project: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    used = api.open(project, "2024-01-01", store=store)
    used.prepare()
    (state,) = _states(store)
    api.open(project, "2026-11-22", store=store).prepare()
    assert state in _states(store)
    assert used.graph.as_of == "2024-01-01"


def test_processes_that_load_at_once_do_not_disturb_each_other(project: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    program = (
        "import sys; from sharewell import api; "
        "print(api.open(sys.argv[1], sys.argv[2], store=sys.argv[3]).ask('CQ04'))"
    )
    days = ["2026-11-22", "2026-11-22", "2024-01-01"]
    running = [
        subprocess.Popen([sys.executable, "-c", program, project, day, store], stdout=subprocess.PIPE, text=True)
        for day in days
    ]
    rows = [process.communicate(timeout=60)[0] for process in running]
    assert rows[0] == rows[1] != ""
    assert [process.returncode for process in running] == [0, 0, 0]


def test_a_folder_with_other_things_is_not_touched(project: Path, tmp_path: Path) -> None:
    for path in (project, project / "flows.ttl"):
        with pytest.raises(InputError, match="holds other things than a store"):
            api.open(project, store=path).prepare()
    assert not (project / "sharewell-store").exists()


def test_a_damaged_store_is_one_line(project: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    api.open(project, store=store).prepare()
    (state,) = _states(store)
    for manifest in ("{}", "[]", '{"sources": [1]}', '{"sources": [], "as_of": 1, "recorded": 0}', "[" * 100_000):
        (store / state / "manifest.json").write_text(manifest)
        with pytest.raises(InputError, match="the store is damaged"):
            _ = api.open(project, store=store).graph


def test_a_store_that_the_engine_finds_damaged_is_one_line(project: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    api.open(project, store=store).prepare()
    for path in (store / _states(store)[0] / "graph").iterdir():
        path.write_bytes(b"nonsense")
    with pytest.raises(InputError, match="the store is damaged"):
        _ = api.open(project, store=store).graph


@pytest.mark.parametrize("payload", [b"", b"\0" * 9, b"\0" * 12, b"\x09" + b"\0" * 7 + b"nonsense\n" + b"\0" * 24])
def test_damaged_statements_are_none(payload: bytes, tmp_path: Path) -> None:
    kept = tmp_path / "kept.statements"
    kept.write_bytes(hashlib.sha256(payload).digest() + payload)
    assert cache.load(kept) is None


def test_a_file_without_statements_is_kept_too(tmp_path: Path) -> None:
    cache.save(tmp_path / "kept.statements", [])
    assert cache.load(tmp_path / "kept.statements") == []


def test_a_state_of_which_only_a_part_is_left_is_made_anew(project: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    answer = api.open(project, store=store).ask("CQ43")
    (state,) = _states(store)
    (store / state / "lock").unlink()
    (store / state / "manifest.json").unlink()
    assert api.open(project, store=store).ask("CQ43") == answer
    assert _states(store) == [state]


def test_a_kill_while_a_state_is_removed_leaves_no_half_of_it(project: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    program = "import sys; from sharewell import api; api.open(*sys.argv[1:3], store=sys.argv[3]).prepare()"
    killed = (
        "import os, shutil, pathlib; "
        "shutil.rmtree = lambda path, **_: os._exit(9) if pathlib.Path(path).exists() else None; " + program
    )
    subprocess.run([sys.executable, "-c", program, project, "2024-01-01", store], check=True)
    (old,) = _states(store)
    done = subprocess.run([sys.executable, "-c", killed, project, "2026-11-22", store])
    assert done.returncode == 9
    assert f"making-{old}" in _states(store)
    assert old not in _states(store)
    subprocess.run([sys.executable, "-c", program, project, "2026-11-22", store], check=True)
    assert len(_states(store)) == 1


def test_a_source_that_cannot_be_read_leaves_nothing(project: Path, tmp_path: Path) -> None:
    (project / "broken.ttl").write_text("<a> <b")
    with pytest.raises(InputError, match=r"broken\.ttl:1"):
        api.open(project, store=tmp_path / "store").prepare()
    assert _states(tmp_path / "store") == []


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written_is_one_line(project: Path, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(InputError, match="the store cannot be used"):
        api.open(project, store=tmp_path / "closed" / "store").prepare()
