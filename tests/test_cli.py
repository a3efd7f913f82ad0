"""The command line, run as a person runs it: what it prints, where it writes, and how it ends."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, Store

from sharewell import cli
from sharewell.knowledge import data_folder, knowledge_folder

RECORD = """@prefix share: <https://w3id.org/sharewell#> .
@prefix ex: <http://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix dcterms: <http://purl.org/dc/terms/> .
ex:page a share:Source ; rdfs:label "Page"@en ; dcterms:title "Page" ; share:grade share:Published .
ex:body a share:Institution ;
  rdfs:label "Body"@en ;
  share:source ex:page ;
  share:grade share:Published .
"""


def run(*arguments: str | Path, cwd: Path | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sharewell.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, timeout=120)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project of one's own, well formed."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "sharewell.toml").write_text(
        'name = "Mine"\nbase = "http://example.org/"\nprefix = "ex"\nas_of = "2026-11-22"\nsources = ["*.ttl"]\n'
    )
    (folder / "record.ttl").write_text(RECORD)
    return folder


def test_check_says_what_was_loaded_and_how_well(tmp_path: Path) -> None:
    done = run("check", "--fail-on", "never", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    first = done.stdout.splitlines()
    assert "Human Services Integration" in first[0]
    assert "as of 2026-11-22" in first[0]
    order = ["Sharewell", "Loaded", "Record", "Rules", "Conflicts", "Not evidenced", "Supported", "No rule loaded"]
    order += ["R1", "R2", "R3", "R4", "R5", "Principles"]
    at = [next(n for n, line in enumerate(first) if line.startswith(word)) for word in order]
    assert at == sorted(at)
    assert "not legal advice" in first[-1]
    assert done.stdout.count("not legal advice") == 1


def test_check_json_keeps_its_contract_and_its_bytes(tmp_path: Path) -> None:
    one, other = (run("check", "--format", "json", "--fail-on", "never", cwd=tmp_path) for _ in range(2))
    assert one.stdout == other.stdout
    report = json.loads(one.stdout)
    keys = ["sharewell", "as_of", "graph", "rules", "validation", "verdicts", "no_rule_loaded", "summary", "disclaimer"]
    assert list(report) == keys
    assert report["graph"]["sources"] == len(list((data_folder() / "hsi").glob("*.ttl")))
    assert report["graph"]["triples"] > 3000
    assert report["graph"]["derived"] > 900
    assert report["graph"]["digest"].startswith("sha256:")
    listed = Counter(verdict["verdict"] for verdict in report["verdicts"])
    assert listed["not-applicable"] == 0
    assert {key: report["summary"][key] for key in listed} == listed
    assert report["summary"]["no-rule-loaded"] == len(report["no_rule_loaded"])
    everything = json.loads(run("check", "--format", "json", "--all", "--fail-on", "never").stdout)
    applied = Counter(verdict["verdict"] for verdict in everything["verdicts"])
    assert applied["not-applicable"] == everything["summary"]["not-applicable"] > 0


def test_hsi_has_no_violation() -> None:
    done = run("check", "--format", "json")
    results = json.loads(done.stdout)["validation"]["results"]
    assert [r for r in results if r["severity"] == "Violation"] == []
    assert done.returncode == 0


def test_a_finding_names_file_and_line_and_fails_the_check(project: Path) -> None:
    (project / "record.ttl").write_text(RECORD.replace("ex:page ;\n  share:grade share:Published .", "ex:pgae ."))
    done = run("check", "--project", project, "--format", "json")
    assert done.returncode == 1
    results = json.loads(done.stdout)["validation"]["results"]
    misspelt = [r for r in results if r["value"] == "http://example.org/pgae" and "described nowhere" in r["message"]]
    assert [r["location"] | {"column": 0} for r in misspelt] == [{"file": "record.ttl", "line": 7, "column": 0}]
    assert misspelt[0]["path"] == "<https://w3id.org/sharewell#source>"
    assert run("check", "--project", project, "--fail-on", "never").returncode == 0
    assert "record.ttl:7" in run("check", "--project", project).stdout


def test_not_evidenced_fails_only_when_asked(project: Path) -> None:
    done = run("check", "--project", project, "--format", "json")
    severities = {r["severity"] for r in json.loads(done.stdout)["validation"]["results"]}
    assert severities == {"NotEvidenced"}
    assert done.returncode == 0
    assert run("check", "--project", project, "--fail-on", "not-evidenced").returncode == 1


def test_the_as_of_date_can_be_another(project: Path) -> None:
    report = json.loads(run("check", "-p", project, "--as-of", "2020-01-31", "--format", "json").stdout)
    assert report["as_of"] == "2020-01-31"


def test_a_project_is_found_from_a_folder_below(project: Path) -> None:
    below = project / "notes"
    below.mkdir()
    assert "Mine" in run("check", cwd=below).stdout.splitlines()[0]


def test_ask_a_stored_question_in_every_format(tmp_path: Path) -> None:
    table = run("ask", "CQ19", cwd=tmp_path).stdout
    assert "hsi:notice-3" in table
    bindings = json.loads(run("ask", "CQ19", "--format", "json").stdout)["results"]["bindings"]
    notices = {binding["notice"]["value"].rsplit("/", 1)[1] for binding in bindings}
    assert notices == {"notice-3", "notice-4"}
    csv = run("ask", "CQ19", "--format", "csv").stdout.splitlines()
    assert len(csv) == len(bindings) + 1
    assert run("ask", "CQ19", "--format", "md").stdout.startswith("| notice")
    none = run("ask", "CQ19", "element=OEN", "--format", "json").stdout
    assert "notice-8" in none
    assert "notice-4" not in none


def test_ask_ones_own_query_from_standard_input_and_from_a_file(tmp_path: Path) -> None:
    query = "SELECT ?label { hsi:SAMS rdfs:label ?label }"
    assert "Social Assistance Management System" in run("ask", "-", stdin=query).stdout
    (tmp_path / "own.rq").write_text(query)
    out = tmp_path / "answer.csv"
    assert run("ask", tmp_path / "own.rq", "--format", "csv", "-o", out).stdout == ""
    assert out.read_text().split() == ["label", "Social", "Assistance", "Management", "System"]
    triples = run(
        "ask", "-", "--format", "ttl", stdin="CONSTRUCT { ?s a share:System } { ?s share:owner hsi:TCS }"
    ).stdout
    assert "hsi:MyChildCareAccount a share:System" in triples
    assert run("ask", "-", stdin="ASK { hsi:SAMS a share:System }").stdout == "yes\n"


def test_find_looks_in_the_graph_and_in_the_ontology() -> None:
    found = run("find", "data sharing agreement").stdout
    assert "share:DataSharingAgreement" in found
    assert "hsi:SAMS" in run("find", "social assistance management").stdout
    assert "nothing is called" in run("find", "zzzz").stdout


# ---- bad input: one clear line with file and line, exit code 2, nothing written


def wrong(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("sharewell: ")
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (RECORD.encode() + b"ex:a ex:b", ["record.ttl:9"]),
        (RECORD.encode() + b"nope:a a share:System .", ["record.ttl:9", "nope"]),
        (RECORD.replace("Body", "Café").encode("latin-1"), ["record.ttl:6", "UTF-8"]),
        (RECORD.encode("utf-16"), ["record.ttl", "UTF-8"]),
        (b"", ["record.ttl", "no statements"]),
        (
            RECORD.encode() + b"ex:o <http://www.w3.org/2002/07/owl#imports> <http://example.org/other> .",
            ["record.ttl:9", "http://example.org/other", "nothing is fetched"],
        ),
    ],
    ids=["broken Turtle", "unbound prefix", "Latin-1", "UTF-16", "empty", "missing import"],
)
def test_a_bad_source(project: Path, content: bytes, words: list[str]) -> None:
    (project / "record.ttl").write_bytes(content)
    out = project / "report.json"
    wrong(run("check", "-p", project, "--format", "json", "-o", out), *words)
    assert sorted(path.name for path in project.iterdir()) == ["record.ttl", "sharewell.toml"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("name = ", ["sharewell.toml:1"]),
        ('name = "x"\nbase = "http://e/"\nas_of = "2026-02-30"', ["sharewell.toml:3", "as_of", "2026-02-30"]),
        ('name = "x"\nbase = "http://e/"\nsources = ["missing.ttl"]', ["sharewell.toml:3", "missing.ttl"]),
        ('name = "x"\nbase = "http://e/"\nsources = ["../*.ttl"]', ["sharewell.toml:3", "outside"]),
        ('name = "x"\nbase = "http://e/"\nsorces = []', ["sorces"]),
        ("", ["sharewell.toml", "base"]),
        ('name = "x"\nbase = "not an iri"', ["sharewell.toml:2", "absolute IRI"]),
        ('name = "x"\nbase = "http://e/"\nprefix = "share"', ["sharewell.toml:3", "prefix"]),
        ('name = "x"\nbase = "http://e/"\nillustrative = "yes"', ["sharewell.toml:3", "true or false"]),
        ('name = "x"\nbase = "http://e/"\nsources = []', ["sharewell.toml:3", "no file"]),
        ('name = "x"\nbase = "http://e/"\nsources = ["**a*"]', ["sharewell.toml:3", "**a*"]),
        ("a = " + "[" * 5000, ["sharewell.toml"]),
    ],
)
def test_bad_settings(project: Path, settings: str, words: list[str]) -> None:
    (project / "sharewell.toml").write_text(settings)
    wrong(run("check", "-p", project), *words)


def test_cyclic_imports_are_no_trouble(project: Path) -> None:
    prefixes = "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix ex: <http://example.org/> .\n"
    imports = prefixes + "ex:{} a owl:Ontology ; owl:imports ex:{} .\n"
    (project / "a.ttl").write_text(imports.format("a", "b"))
    (project / "b.ttl").write_text(imports.format("b", "a"))
    assert run("check", "-p", project).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "--project", "/nowhere"], ["/nowhere"]),
        (["check", "--project", str(knowledge_folder() / "shapes")], ["sharewell.toml"]),
        (["check", "--as-of", "2026-13-01"], ["2026-13-01", "YYYY-MM-DD"]),
        (["check", "--as-of", "yesterday"], ["yesterday"]),
        (["check", "--format", "pdf"], ["pdf"]),
        (["chekc"], ["chekc"]),
        (["ask", "CQ77"], ["CQ77"]),
        (["ask", "CQ19", "element"], ["name=value"]),
        (["ask", "CQ19", "nosuch=x"], ["nosuch", "element"]),
        (["ask", "CQ19", "element=Nothing at all"], ["Nothing at all"]),
        (["ask", "CQ19", "element=SAMS"], ["hsi:SAMS", "data element"]),
        (["ask", "CQ18", "date=2026-02-30"], ["2026-02-30"]),
        (["ask", "missing.rq"], ["missing.rq"]),
        (["ask", "CQ19", "-o", "/nowhere/answer.csv"], ["/nowhere"]),
        (["validate", "missing.ttl", "--shapes", "missing.ttl"], ["missing.ttl"]),
        (["validate", ".", "--shapes", "."], ["folder"]),
        (["ontology", "check", "/nowhere"], ["/nowhere"]),
        (["check", "--as-of", ""], ["YYYY-MM-DD"]),
        (["find", " "], ["words"]),
        (["ask", "CQ19", "element=SIN", "element=OEN"], ["twice"]),
        (["ask", "--project", "/nowhere"], ["/nowhere"]),
        (["ask", "CQ04", "--project", str(data_folder() / "examples" / "northwater")], ["CQ04", "start="]),
        (["ask", "CQ19", "-o", "."], ["not a file"]),
        (["ask", "CQ19", "--endpoint", ""], ["not the address of an endpoint"]),
        (["ask", "CQ19", "element=<http://e/\udcff>"], ["nothing is called"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) and len(value) > 1 else None,
)
def test_a_wrong_call(arguments: list[str], words: list[str], tmp_path: Path) -> None:
    wrong(run(*arguments, cwd=tmp_path), *words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT ?s\nWHERE { ?s ?p }", ["standard input:2"]),
        ("SELECT *\n{ ?s nope:p ?o }", ["nope"]),
        ("LOAD <file:///etc/passwd>", ["standard input:1", "LOAD"]),
        ("INSERT DATA { <a:a> <a:b> <a:c> }", ["standard input:1", "INSERT"]),
        ("SELECT (<http://example.org/f>(1) AS ?a) {}", ["standard input", "http://example.org/f"]),
        ("SELECT * {" + "{" * 5000 + "}" * 5000 + "}", ["brackets"]),
    ],
)
def test_a_bad_query(query: str, words: list[str]) -> None:
    wrong(run("ask", "-", stdin=query), *words)


def test_a_query_that_takes_too_long_is_stopped() -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(STRLEN(STR(?c)) > STRLEN(STR(?i))) }"
    wrong(run("ask", "-", "--timeout", "1", stdin=slow), "stopped after 1 s")


def test_an_answer_of_too_many_rows_is_stopped() -> None:
    wrong(run("ask", "-", stdin="SELECT * { ?a ?b ?c . ?d ?e ?f }"), "1,000,000 rows")


# Shapes that no engine can use, each said in one line that names the file.
@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ('sh:property [ sh:path ex:p ; sh:pattern "(a+" ]', ["shapes.ttl"]),
        ('sh:sparql [ sh:select "SELECT $this { $this ?p }" ]', ["shapes.ttl"]),
        ('sh:sparql [ sh:select "SELECT $this { $this zz:p ?o }" ]', ["shapes.ttl:3", "zz:"]),
        ('sh:sparql [ sh:select "SELECT $this FROM <file:///etc/passwd> { $this ?p ?o }" ]', ["shapes.ttl:3", "FROM"]),
        (
            'sh:sparql [ sh:prefixes [ sh:declare [ sh:prefix "a: <x> #" ; sh:namespace "x" ] ] ]',
            ["shapes.ttl:3", "is not a prefix"],
        ),
        (
            'sh:sparql [ sh:prefixes [ sh:declare [ sh:prefix "a" ; sh:namespace "x> SERVICE <y" ] ] ]',
            ["shapes.ttl:3", "is not the IRI of a namespace"],
        ),
        ("sh:property [ sh:minCount 1 ]", ["shapes.ttl"]),
    ],
)
def test_bad_shapes(shape: str, words: list[str], project: Path) -> None:
    shapes = project.parent / "shapes.ttl"
    shapes.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> .\n@prefix ex: <http://example.org/> .\n"
        f"ex:S a sh:NodeShape ; sh:targetNode ex:body ; {shape} ."
    )
    wrong(run("validate", project / "record.ttl", "--shapes", shapes), *words)


def test_a_pattern_that_never_ends_is_stopped(project: Path) -> None:
    (project.parent / "data.ttl").write_text(f'<http://e/a> <http://e/p> "{"a" * 40}!" .')
    shapes = project.parent / "shapes.ttl"
    shapes.write_text(
        """@prefix sh: <http://www.w3.org/ns/shacl#> .
        <http://e/S> sh:targetNode <http://e/a> ; sh:property [ sh:path <http://e/p> ; sh:pattern "^(a+)+$" ] ."""
    )
    wrong(run("validate", project.parent / "data.ttl", "-s", shapes, "--timeout", "2"), "stopped after 2 s")


def test_shapes_without_a_target_are_not_taken_for_conformance(project: Path) -> None:
    done = run("validate", project / "record.ttl", "--shapes", project / "record.ttl")
    assert done.returncode == 0
    assert "nothing was validated" in done.stderr


def test_ill_typed_values_make_findings_and_no_noise(project: Path) -> None:
    number = 'ex:program a share:Program ; share:minimumAge "old"^^<http://www.w3.org/2001/XMLSchema#integer> .'
    (project / "record.ttl").write_text(RECORD + number)
    done = run("check", "-p", project)
    assert (done.returncode, done.stderr) == (1, "")


def test_nothing_is_said_of_what_is_not_on_record(project: Path) -> None:
    said = run("check", "-p", project).stdout
    for recommendation in ("R1", "R2", "R3", "R4", "R5"):
        (line,) = [line for line in said.splitlines() if line.startswith(recommendation)]
        assert "nothing can be said" in line


def test_a_projects_own_prefix_needs_no_declaration(project: Path) -> None:
    assert "ex:body" in run("ask", "-", "-p", project, stdin="SELECT ?a { ex:body a ?k . BIND(ex:body AS ?a) }").stdout
    assert "ex:body" in run("check", "-p", project).stdout


def test_control_characters_do_not_reach_the_terminal(project: Path) -> None:
    (project / "record.ttl").write_text(RECORD.replace('"Body"', '"Bo\\u001B[2Jdy"'))
    shown = run("ask", "-", "-p", project, stdin="SELECT ?l { ex:body rdfs:label ?l }").stdout
    assert "Bo\\u001B[2Jdy" in shown
    assert "\x1b" not in shown


def test_output_goes_through_a_link_and_replaces_no_device(project: Path) -> None:
    kept, link = project / "kept.txt", project / "link.txt"
    kept.write_text("before")
    link.symlink_to(kept)
    assert run("ask", "CQ19", "--format", "csv", "-o", link).returncode == 0
    assert link.is_symlink()
    assert kept.read_text().startswith("notice")


def test_settings_with_a_byte_order_mark_are_read(project: Path) -> None:
    settings = project / "sharewell.toml"
    settings.write_bytes(b"\xef\xbb\xbf" + settings.read_bytes())
    assert run("check", "-p", project).returncode == 0


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A port on loopback, and what came in on it."""
    came: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                came.append(str(address))
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], came
        stop.set()
        thread.join()


@pytest.mark.parametrize("word", ["SERVICE", "service silent", "\\u0053ERVICE"])
def test_service_is_refused_before_anything_is_sent(word: str, listener: tuple[int, list[str]]) -> None:
    port, came = listener
    query = f"SELECT * {{\n{word} <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}"
    wrong(run("ask", "-", stdin=query), "standard input:2")
    assert came == []


def test_behind_the_guard_nothing_can_be_opened(listener: tuple[int, list[str]]) -> None:
    port, came = listener
    store = Store()
    store.add(Quad(NamedNode("http://e/a"), NamedNode("http://e/b"), NamedNode("http://e/c")))
    with cli.ask._sealed(), pytest.raises((RuntimeError, OSError)):
        list(store.query(f"SELECT * {{ ?a ?b ?c SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}"))
    assert came == []


def test_an_interrupted_question_ends_at_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(STRLEN(STR(?c)) > STRLEN(STR(?i))) }"
    (tmp_path / "slow.rq").write_text(slow)
    command = [sys.executable, "-m", "sharewell.cli", "ask", str(tmp_path / "slow.rq")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as asking:
        time.sleep(3)
        asking.send_signal(signal.SIGINT)
        # Both pipes end only when the child process is gone too.
        out, error = asking.communicate(timeout=10)
    assert (asking.returncode, out, error) == (130, "", "sharewell: stopped\n")


def test_shapes_may_not_reach_out(project: Path, listener: tuple[int, list[str]]) -> None:
    port, came = listener
    shapes = project.parent / "shapes.ttl"
    shapes.write_text(
        f"""@prefix sh: <http://www.w3.org/ns/shacl#> .
        <http://example.org/S> a sh:NodeShape ; sh:targetNode <http://example.org/body> ; sh:sparql [
          sh:select "SELECT $this {{ SERVICE <http://127.0.0.1:{port}/> {{ $this ?p ?o }} }}" ] ."""
    )
    wrong(run("validate", project / "record.ttl", "--shapes", shapes), "SERVICE")
    assert came == []


def test_an_output_pipe_that_closes_early_is_no_error() -> None:
    command = [sys.executable, "-m", "sharewell.cli", "ask"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        assert started.stdout
        assert started.stderr
        started.stdout.close()
        assert started.stderr.read() == ""
        assert started.wait(60) == 0


@pytest.mark.whole
def test_others_files(others_files: Path, tmp_path: Path) -> None:
    """Of the DCAT-AP examples 13 of 15 Turtle files parse; the two broken ones are named with their line."""
    shapes = others_files / "dcat-ap" / "shapes" / "dcat-ap-SHACL.ttl"
    examples = sorted((others_files / "dcat-ap" / "examples").glob("*.ttl"))
    done = {path.name: run("validate", path, "--shapes", shapes, "--format", "json") for path in examples}
    assert len(done) == 15
    broken = {name: result.stderr for name, result in done.items() if result.returncode == 2}
    assert len(broken) == 2
    for name, line in broken.items():
        assert f"{name}:" in line
        assert line.split(f"{name}:")[1].split(":")[0].isdecimal()
        assert len(line.splitlines()) == 1
    for name, result in done.items():
        if name not in broken:
            results = json.loads(result.stdout)["results"]
            assert all(r["location"]["line"] > 0 for r in results)


def test_the_shipped_knowledge_is_not_written_to(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(data_folder() / "hsi", copy)
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    run("check", "-p", copy)
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def test_explain_in_every_format(tmp_path: Path) -> None:
    shown = run("explain", "FL20", "--rule", "M3").stdout
    assert "hsi:FL20" in shown
    assert "NOT EVIDENCED" in shown
    (proof,) = json.loads(run("explain", "hsi:FL20", "--rule", "M3", "--format", "json").stdout)
    assert (proof["rule"], proof["verdict"]) == ("mfippa-29-2-notice", "not-evidenced")
    assert proof["proof"]["provisions"]
    memo = tmp_path / "memo.md"
    assert run("explain", "FL20", "--rule", "M3", "--format", "md", "-o", memo).returncode == 0
    assert "```mermaid" in memo.read_text()
    wrong(run("explain", "FL20", "--rule", "nosuch"), "nosuch")


def test_check_limits_rules_and_leaves_out_what_is_known(tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.json"
    first = run("check", "--rules", "M3", "--format", "json", "-o", earlier, "--fail-on", "not-evidenced")
    assert first.returncode == 1
    report = json.loads(earlier.read_text())
    assert {verdict["rule"] for verdict in report["verdicts"]} == {"mfippa-29-2-notice"}
    again = run("check", "--rules", "M3", "--baseline", earlier, "--fail-on", "not-evidenced", "--format", "sarif")
    assert again.returncode == 0
    assert all(result["level"] != "error" for result in json.loads(again.stdout)["runs"][0]["results"])
    wrong(run("check", "--rules", "nosuch"), "nosuch")
    wrong(run("check", "--baseline", tmp_path / "none.json"), "none.json")
