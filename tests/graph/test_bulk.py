"""Files as an encoded graph: the same terms and places as the careful reader, and nothing that is not valid."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from sharewell.errors import InputError
from sharewell.graph.bulk import EncodedFiles, File, encode_files
from sharewell.graph.encoded import EncodedGraph
from sharewell.graph.locations import LocationIndex
from sharewell.graph.source import read_source

LINES = r"""# a remark
<http://e/a> <http://e/p> "plain" .
<http://e/a> <http://e/p> "with spaces and a \"quote\"" .

<http://e/a> <http://e/p> "tab\there"@en-CA .
<http://e/a> <http://e/p> "accent\u00E9" .
<http://e/a> <http://e/p> "accenté" .
<http://e/a> <http://e/q> "typed"^^<http://www.w3.org/2001/XMLSchema#string> .
<http://e/a> <http://e/q> "01"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://e/a> <http://e/q> _:x .
_:x <http://e/q> <http://e/%C3%A9?q=1#part> .
<http://e/a> <http://e/p> "plain" .
<http://e/a> <http://e/p> "a dot . inside" .
"""


def encoded(folder: Path, text: str, bulk_from: int = 1) -> EncodedFiles:
    path = folder / "data.nt"
    path.write_text(text, encoding="utf-8")
    return encode_files([File(path, "data.nt", lambda: read_source(path, folder))], bulk_from=bulk_from)


def test_cut_by_the_engine_as_read_with_care(tmp_path: Path) -> None:
    with encoded(tmp_path, LINES) as bulk:
        ours = {quad.triple for quad in bulk.graph.quads()}
        assert bulk.graph.rows("SELECT count(*) FROM repetition") == [(2,)]
        source = read_source(tmp_path / "data.nt", tmp_path)
        assert ours == {Quad(q.subject, q.predicate, q.object).triple for q in source.quads}
        index = LocationIndex([source])
        questions = [(q.subject, q.predicate, q.object) for q in source.quads]
        due = [index.of_statement(*question, as_written=True) for question in questions]
        assert bulk.locate(questions) == due
        assert [place.line for place in due[0]] == [2, 12]
        nodes = [q.object for q in source.quads]
        assert bulk.locate([(node, None, None) for node in nodes]) == [(index.of_node(node),) for node in nodes]


def test_the_engine_did_cut_it(tmp_path: Path) -> None:
    """The careful reader is not asked at all for a plain file."""
    path = tmp_path / "data.nt"
    path.write_text(LINES, encoding="utf-8")
    with encode_files([File(path, "data.nt", lambda: pytest.fail("read with care"))], bulk_from=1) as bulk:
        assert bulk.graph.rows("SELECT count(*) FROM triple") == [(9,)]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("<http://e/a> <http://e/p> <relative> .", "relative IRI"),
        ('<http://e/a> <http://e/p> "open .', "not valid N-Triples"),
        ('<http://e/a> "p" <http://e/o> .', "not valid N-Triples"),
        ("<http://e/a> <http://e/p> <http://e/o>", "middle of a statement|not valid N-Triples|missing"),
        ("<http://e/a> <http://e/p> <http://e/o> <http://e/g> .", "not valid N-Triples"),
        ('<http://e/a> <http://e/p> "x"@e_n .', "not valid N-Triples"),
        ("<http://e/a> <http://e/p> <http://e/%zz> .", "not valid N-Triples"),
        ('<http://e/a> <http://e/p> "a\x01b" . .', "not valid N-Triples"),
    ],
)
def test_what_is_not_valid_is_refused_with_its_line(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as refused:
        encoded(tmp_path, LINES + line + "\n")
    # A dot that is missing is missed where the next thing stands, at the end of the file.
    last = len(LINES.splitlines()) + 1
    assert refused.value.line == (last if line.endswith(".") else last + 1)


def test_unusual_layout_is_read_with_care(tmp_path: Path) -> None:
    text = '<http://e/a> <http://e/p> "z" . # and a remark\n<http://e/a>\t<http://e/p>  "x" .\r\n<http://e/a><http://e/p>"y".\n'
    with encoded(tmp_path, text) as files:
        assert {str(quad.object) for quad in files.graph.quads()} == {'"x"', '"y"', '"z"'}


def test_several_files_are_one_graph_with_blank_nodes_apart(tmp_path: Path) -> None:
    for name, text in (("a.nt", "_:x <http://e/p> _:x .\n"), ("b.nt", "_:x <http://e/p> _:x .\n")):
        (tmp_path / name).write_text(text)
    (tmp_path / "c.ttl").write_text("<http://e/a> <http://e/p> [] .\n")
    files = [File(p, p.name, lambda p=p: read_source(p, tmp_path)) for p in sorted(tmp_path.iterdir())]
    with encode_files(files, bulk_from=1) as bulk:
        assert bulk.graph.rows("SELECT count(*), count(DISTINCT s) FROM triple") == [(3, 3)]
        (place,) = bulk.locate([(NamedNode("http://e/a"), None, None)])[0]
        assert str(place) == "c.ttl:1"


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20), st.sampled_from(["", "en", "en-ca"])
)
@settings(max_examples=60, deadline=None)
def test_texts_stay_as_they_are(text: str, language: str) -> None:
    literal = Literal(text, language=language) if language else Literal(text)
    quad = Quad(NamedNode("http://e/a"), NamedNode("http://e/p"), literal)
    with EncodedGraph() as graph:
        graph.encode([quad])
        assert [found.object for found in graph.quads()] == [literal]


def test_the_optimizer_that_loses_rows_is_off() -> None:
    """DuckDB 2.0.1 answers this query with two rows where four are due, unless `common_subplan` is off."""
    names = [NamedNode(f"http://e/{name}") for name in "abpq"]
    a, b, p, q = names
    with EncodedGraph() as graph:
        graph.encode(
            [Quad(a, p, Literal("1")), Quad(a, q, Literal("2")), Quad(b, p, Literal("3")), Quad(b, q, Literal("4"))]
        )
        number = graph.intern(names)
        graph.run("CREATE TABLE focus (shape INTEGER, focus INTEGER, weight INTEGER)")
        graph.run(f"INSERT INTO focus VALUES (2, {number[a]}, 0), (2, {number[b]}, 0)")
        pairs = f"""
            SELECT a.shape, a.predicate, a.path, a.focus, a.value, b.other FROM (
              SELECT a.shape, a.predicate, a.path, a.focus, b.value FROM (
                SELECT a.shape, a.predicate, a.path, b.focus
                FROM (SELECT * FROM (VALUES (2, {number[q]}, {number[p]})) AS a(shape, predicate, path)) AS a
                JOIN focus AS b ON a.shape = b.shape) AS a
              JOIN (SELECT p AS path, s AS focus, o AS value FROM triple) AS b
                ON a.path = b.path AND a.focus = b.focus) AS a
            JOIN (SELECT p AS predicate, s AS focus, o AS other FROM triple) AS b
              ON a.predicate = b.predicate AND a.focus = b.focus"""
        both = f"SELECT DISTINCT * FROM (SELECT value FROM ({pairs}) UNION ALL SELECT other AS value FROM ({pairs}))"
        assert len(graph.rows(both)) == 4


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    (tmp_path / f"sharewell-spill-{killed.pid}-x").mkdir()
    with EncodedGraph("200MB") as graph:
        graph.encode([Quad(BlankNode("x"), NamedNode("http://e/p"), Literal("1"))])
        assert len(list(tmp_path.iterdir())) == 1
    assert not list(tmp_path.iterdir())


def test_memory_is_bounded_and_said_in_one_line(tmp_path: Path) -> None:
    """A graph larger than the bound is written to disk; nonsense and too little are refused."""
    with pytest.raises(InputError, match="'lots' is not a size of memory"):
        EncodedGraph("lots")
    path = tmp_path / "data.nt"
    with path.open("w") as file:
        file.writelines(f'<http://e/{n}> <http://e/p{n % 9}> "the value number {n}" .\n' for n in range(400_000))
    files = [File(path, "data.nt", lambda: pytest.fail("read with care"))]
    with encode_files(files, memory="150MB") as bulk:
        assert bulk.graph.rows("SELECT count(*) FROM triple") == [(400_000,)]
    with pytest.raises(InputError, match="too little"):
        encode_files(files, memory="2MB")
