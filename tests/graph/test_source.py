"""Reading a file: what is refused and how it is said, what is known of it, and where its statements are found again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

from sharewell.errors import InputError
from sharewell.graph import cache, documents, source, turtle
from sharewell.graph.formats import Format
from sharewell.graph.locations import Location, LocationIndex
from sharewell.graph.source import Source, read_source

SUBJECT, PREDICATE, OBJECT = (NamedNode(f"http://e/{name}") for name in "spo")
TURTLE = b"<http://e/s> <http://e/p>\n<http://e/o> .\n"
RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://e/">\n'
XML = RDF + '<rdf:Description rdf:about="http://e/s">{}</rdf:Description>\n</rdf:RDF>'


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, name: str, content: str | bytes, base: str | None = None) -> Source:
    return read_source(written(folder, name, content), folder, base=base)


def refusal(folder: Path, name: str, content: str | bytes) -> InputError:
    with pytest.raises(InputError) as error:
        read(folder, name, content)
    assert error.value.file == name
    assert str(error.value).isprintable()
    return error.value


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("a.ttl", TURTLE, 2),
        ("a.TTL", TURTLE, 2),
        ("a.trig", b"<http://e/g> {\n\n<http://e/s> <http://e/p> <http://e/o> }", 3),
        ("a.nt", b"\n<http://e/s> <http://e/p> <http://e/o> .", 2),
        ("a.nq", b"<http://e/s> <http://e/p> <http://e/o> <http://e/g> .", 1),
        ("a.jsonld", '{"@id":"http://e/s","http://e/p":{"@id":"http://e/o"}}', None),
        (
            "a.json-ld",
            '{"@context":{"p":{"@id":"http://e/p","@type":"@id"}},"@id":"http://e/s","p":"http://e/o"}',
            None,
        ),
        ("a.rdf", XML.format('<p rdf:resource="http://e/o"/>'), None),
        ("a.owl", XML.format('<p rdf:resource="http://e/o"/>'), None),
        ("a.xml", '<?xml version="1.0"?>\n<!-- 1 < 2 -->' + XML.format('<p rdf:resource="http://e/o"/>'), None),
    ],
)
def test_formats(tmp_path: Path, name: str, content: str | bytes, line: int | None) -> None:
    found = read(tmp_path, f"d/{name}", content)
    data = (tmp_path / "d" / name).read_bytes()
    assert (found.path, found.digest) == (f"d/{name}", hashlib.sha256(data).hexdigest())
    (quad,) = found.quads
    assert (quad.subject, quad.predicate, quad.object, quad.line) == (SUBJECT, PREDICATE, OBJECT, line)


def test_a_path_outside_the_root_stays_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "a.ttl", TURTLE)
    (tmp_path / "root").mkdir()
    assert read_source(path, tmp_path / "root").path == path.as_posix()
    monkeypatch.chdir(tmp_path)
    assert read_source(Path("a.ttl"), tmp_path).path == "a.ttl"


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    (quad,) = read(tmp_path, "a.ttl", b"\xef\xbb\xbf<http://e/s> <http://e/p> 'x' .").quads
    assert (quad.line, quad.column) == (1, 27)


@pytest.mark.parametrize(
    ("content", "line", "column", "words"),
    [
        ("# é\r\n<x:s> <x:p> 'é\n".encode() + "é".encode("latin-1") + b"' .", 3, 1, "byte 0xE9"),
        ("# é\n# é \x80".encode("cp1252", "replace") + b"\xff", 1, 3, "byte 0xE9"),
        ("<x:s> <x:p> 1 .".encode("utf-16"), 1, None, "UTF-16"),
        ("<x:s> <x:p> 1 .".encode("utf-16-le"), 1, None, "UTF-16"),
        ("<x:s> <x:p> 1 .".encode("utf-16-be"), 1, None, "UTF-16"),
        ("<x:s> <x:p> 1 .".encode("utf-32"), 1, None, "UTF-32"),
        (b"<x:s> <x:p> '\xed\xa0\x80' .", 1, 14, "byte 0xED"),
    ],
)
def test_other_encodings(tmp_path: Path, content: bytes, line: int, column: int | None, words: str) -> None:
    error = refusal(tmp_path, "a.ttl", content)
    assert (error.line, error.column) == (line, column)
    assert words in error.message
    assert "save the file as UTF-8" in error.message


@pytest.mark.parametrize("content", ["", "\n", "# nothing\n", "@prefix : <http://e/> .\n"])
@pytest.mark.parametrize("name", ["a.ttl", "a.trig", "a.nt", "a.nq", "a.rdf", "a.jsonld"])
def test_no_statements(tmp_path: Path, name: str, content: str) -> None:
    if content.strip():
        content = {".rdf": RDF + "</rdf:RDF>", ".nt": "# c", ".nq": "# c", ".jsonld": "[]"}.get(name[1:], content)
    assert refusal(tmp_path, name, content).message == "the file holds no statements"


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def message(path: Path) -> str:
        with pytest.raises(InputError) as error:
            read_source(path, tmp_path)
        return str(error.value)

    assert message(tmp_path / "d" / "a.ttl") == "d/a.ttl: no such file"
    (tmp_path / "folder.ttl").mkdir()
    assert message(tmp_path / "folder.ttl") == "folder.ttl: a folder, where a file is needed"
    assert message(written(tmp_path, "a.csv", "a")).startswith(
        "a.csv: unknown kind of file; the name must end in .ttl, "
    )
    assert message(written(tmp_path, "a", "a")).startswith("a: unknown kind of file")
    assert "cannot be read" in message(tmp_path / "a" / "b.ttl")
    os.mkfifo(tmp_path / "pipe.ttl")
    assert message(tmp_path / "pipe.ttl") == "pipe.ttl: not a regular file"
    locked = written(tmp_path, "b.ttl", TURTLE)
    monkeypatch.setattr(Path, "open", _refuse_to_open)
    assert message(locked) == "b.ttl: cannot be read: Permission denied"


def _refuse_to_open(path: Path, mode: str) -> None:
    raise PermissionError(13, "Permission denied")  # the tests may run as root, whom no mode bits keep out


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", len(TURTLE))
    assert read(tmp_path, "a.ttl", TURTLE).quads
    assert "split the file" in refusal(tmp_path, "a.ttl", TURTLE + b" ").message


def test_broken_documents_tell_the_line_where_there_is_one(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a.ttl", TURTLE + b"x").line == 3
    assert refusal(tmp_path, "a.jsonld", '{"@id":"http://e/s",\n"http://e/p":x}').line == 2
    assert refusal(tmp_path, "a.rdf", XML.format("\n\n<p>1</q>")).line == 4
    assert refusal(tmp_path, "a.rdf", XML.format("\n<q:p>1</q:p>")).line == 3
    error = refusal(tmp_path, "a.owl", b"\n" + TURTLE)
    assert (error.line, "Turtle is named .ttl" in error.message) == (2, True)
    error = refusal(tmp_path, "a.owl", '<?xml version="1.0"?>\n<Ontology xmlns="http://www.w3.org/2002/07/owl#"/>')
    assert (error.line, "OWL/XML" in error.message) == (2, True)
    error = refusal(tmp_path, "a.rdf", XML.format('<p rdf:resource="relative"/>'))
    assert "relative" in error.message
    error = refusal(tmp_path, "a.rdf", '<?xml version="1.0" encoding="ISO-8859-1"?>' + XML.format("<p>1</p>"))
    assert "save the file as UTF-8" in error.message


def test_relative_iris_need_a_base(tmp_path: Path) -> None:
    content = '{"@id":"s","http://e/p":[1]}'
    assert "a relative IRI, 's', and no base" in refusal(tmp_path, "a.jsonld", content).message
    for name, text in (("a.jsonld", content), ("a.ttl", "<s> <p> 1 ."), ("a.rdf", XML.replace("http://e/s", "s"))):
        (quad,) = read(tmp_path, name, text.format("<p>1</p>") if "rdf:" in text else text, "http://e/f").quads
        assert (quad.subject, quad.predicate) == (SUBJECT, PREDICATE)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('{\n"@context":"http://e/context","http://e/p":1}', 2),
        ('{\n"@context":\n[ "http://e/context", {}],"http://e/p":1}', 2),
        ('{"@context":{\n"@import":"http://e/context"},"http://e/p":1}', 2),
        ('{"@context":\n"context.jsonld","http://e/p":1}', 1),
        ('{"@context":{"p":{"@id":"http://e/p",\n"@context":"http://e/c"}},"p":{"p":1}}', 2),
    ],
)
def test_a_context_elsewhere_is_not_fetched(tmp_path: Path, content: str, line: int) -> None:
    error = refusal(tmp_path, "a.jsonld", content)
    assert error.line == line
    assert "nothing is fetched" in error.message


def test_json_nested_too_deeply_does_not_end_the_process(tmp_path: Path) -> None:
    def nested(depth: int) -> str:
        return '{"http://e/p":\n' * depth + "1" + "}" * depth

    assert len(read(tmp_path, "a.jsonld", nested(documents.MAX_DEPTH)).quads) == documents.MAX_DEPTH
    for depth in (documents.MAX_DEPTH + 1, 100_000):
        error = refusal(tmp_path, "a.jsonld", '{"http://e/p":"[[{\\"{", "http://e/q":' + nested(depth - 1) + "}")
        assert "levels deep" in error.message
        assert error.line == documents.MAX_DEPTH


def test_entities(tmp_path: Path) -> None:
    def doctype(entities: str, used: str = "&a;") -> str:
        return f"<!DOCTYPE rdf:RDF [\n{entities}]>\n" + XML.format(f"<p>{used}</p>")

    (quad,) = read(tmp_path, "a.owl", doctype('<!ENTITY a "http://e/">\n<!ENTITY b "x" >', "&a;&b;")).quads
    assert quad.object == Literal("http://e/x")
    bomb = '<!ENTITY l0 "lol">' + "".join(f'\n<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    for entities, line in (
        (bomb, 3),
        ('<!ENTITY a SYSTEM "file:///etc/hostname">', 2),
        ('<!ENTITY % a "x">', 2),
        ("<!ENTITY a 'x'>", 2),
    ):
        error = refusal(tmp_path, "a.owl", doctype(entities))
        assert error.line == line
        assert "entity" in error.message
    many = doctype(f'<!ENTITY a "{"x" * 2**14}">', "&a;" * (2**10 + 1))
    assert "expand to more than 16 MiB" in refusal(tmp_path, "a.owl", many).message


def test_more_than_rdf_1_1_is_refused(tmp_path: Path) -> None:
    text = XML.replace("<rdf:RDF", '<rdf:RDF rdf:version="1.2"').format(
        '<p rdf:parseType="Triple"><rdf:Description rdf:about="http://e/s"><p>1</p></rdf:Description></p>'
    )
    assert "RDF 1.1" in refusal(tmp_path, "a.rdf", text).message
    value = '{"@value":"x","@language":"en","@direction":"ltr"}'
    (quad,) = read(tmp_path, "a.jsonld", '{"@id":"http://e/s","http://e/p":' + value + "}").quads
    assert quad.object == Literal("x", language="en")


def test_blank_nodes_of_json_ld_are_the_same_on_every_reading(tmp_path: Path) -> None:
    content = '{"http://e/p":[{"@id":"_:b","http://e/q":{"http://e/r":1}},{"@list":[1,2]}]}'
    first, again = (read(tmp_path, "a.jsonld", content).quads for _ in range(2))
    other = read(tmp_path, "b.jsonld", content).quads
    assert first == again
    assert not _blank(first) & _blank(other)
    assert len(_blank(first)) == 5


def _blank(quads: tuple[turtle.LocatedQuad, ...]) -> set[object]:
    return {term for quad in quads for term in quad[:3] if isinstance(term, BlankNode)}


CACHED = """@prefix : <http://e/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:g { :s :p '''a
"b"\\\\ \\u0000\\u00e9\\uFFFE\U0001f600 . \t''', "x"@en-CA , 01 , "1"^^xsd:int ;
:q [ :r ( _:a.b 1.0 [] ) ] . }
:s :p :o .
_:g { <http://e/é> a :C }
"""


def test_the_cache_gives_back_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, folder = written(tmp_path, "a.trig", CACHED), tmp_path / "cache"
    plain = read_source(path, tmp_path)
    assert read_source(path, tmp_path, folder).quads == plain.quads
    monkeypatch.setattr(turtle, "read", None)
    kept = read_source(path, tmp_path, folder)
    assert (kept.quads, kept.digest, kept.path) == (plain.quads, plain.digest, plain.path)


def test_the_cache_is_not_asked_for_anything_else(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    first = read_source(written(tmp_path, "a.trig", CACHED), tmp_path, folder).quads
    changed = read_source(written(tmp_path, "a.trig", "\n" + CACHED), tmp_path, folder).quads
    assert [quad.line for quad in changed] == [(quad.line or 0) + 1 for quad in first]
    moved = read_source(written(tmp_path, "b.trig", CACHED), tmp_path, folder).quads
    assert not _blank(first) & _blank(moved)
    relative = written(tmp_path, "c.ttl", "<s> <p> 1 .")
    for base in ("http://e/", "http://f/"):
        (quad,) = read_source(relative, tmp_path, folder, base=base).quads
        assert quad.predicate == NamedNode(base + "p")


def test_a_damaged_cache_is_read_over(tmp_path: Path) -> None:
    path, folder = written(tmp_path, "a.trig", CACHED), tmp_path / "cache"
    plain = read_source(path, tmp_path, folder)
    (kept,) = (file for file in folder.rglob("*") if file.is_file())
    good = kept.read_bytes()
    for damaged in (b"", good[:40], good[:-4], good[:-4] + b"\x63\0\0\0", good[:50] + b"?" + good[51:]):
        kept.write_bytes(damaged)
        assert read_source(path, tmp_path, folder).quads == plain.quads
        assert kept.read_bytes() == good


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    path, folder = written(tmp_path, "a.trig", CACHED), written(tmp_path, "cache", "a file, not a folder")
    assert read_source(path, tmp_path, folder).quads == read_source(path, tmp_path).quads
    assert cache.load(folder / "x") is None


def test_locations_as_text_and_json() -> None:
    assert str(Location("d/a.ttl", 3, 7)) == "d/a.ttl:3"
    assert Location("d/a.ttl", 3, 7).as_json() == {"file": "d/a.ttl", "line": 3, "column": 7}
    assert str(Location("a.jsonld")) == "a.jsonld"
    assert Location("a.jsonld").as_json() == {"file": "a.jsonld"}
    assert str(Location("a.xlsx", sheet="Flows", cell="B7")) == "a.xlsx:Flows!B7"
    assert Location("a.xlsx", sheet="Flows", cell="B7").as_json() == {"file": "a.xlsx", "sheet": "Flows", "cell": "B7"}


def test_the_index_finds_statements_and_nodes(tmp_path: Path) -> None:
    sources = [
        read(tmp_path, "b.ttl", b"# c\n" + TURTLE + TURTLE),
        read(tmp_path, "a.ttl", "\n<http://e/q> <http://e/p>\n<http://e/o> , <http://e/s> ."),
        read(tmp_path, "c.nq", "<http://e/s> <http://e/p> <http://e/o> <http://e/g> ."),
        read(tmp_path, "d.jsonld", '{"@id":"http://e/s","http://e/p":[{"@id":"http://e/o"},{"@id":"http://e/j"}]}'),
    ]
    index = LocationIndex(iter(sources))
    assert len(index) == 7
    assert index.of_statement(SUBJECT, PREDICATE, OBJECT) == (
        Location("b.ttl", 3, 1),
        Location("b.ttl", 5, 1),
        Location("c.nq", 1, 27),
        Location("d.jsonld"),
    )
    assert index.of_statement(OBJECT, PREDICATE, SUBJECT) == index.of_statement(SUBJECT, OBJECT, OBJECT) == ()
    assert index.of_statement(SUBJECT, PREDICATE, NamedNode("http://e/unknown")) == ()
    assert index.of_node(SUBJECT) == Location("b.ttl", 3, 1)
    assert index.of_node(OBJECT) == Location("a.ttl", 3, 1)
    assert index.of_node(NamedNode("http://e/j")) == Location("d.jsonld")
    assert index.of_node(NamedNode("http://e/unknown")) is None


def test_the_index_knows_statements_that_come_out_of_a_store(tmp_path: Path) -> None:
    """pyoxigraph's store writes `01` as `1` and `"5"^^xsd:int` as `"5"^^xsd:integer`."""
    head = "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    values = ["01", "1", "1.50", "'1'^^xsd:boolean", "'2026-01-01T00:00:00.0Z'^^xsd:dateTime", "'5'^^xsd:int", "'x'"]
    found = read(tmp_path, "a.ttl", head + "\n".join(f"<http://e/s> <http://e/p> {value} ." for value in values))
    index = LocationIndex([found])
    store = Store()
    store.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in found.quads)
    lines = sorted([location.line for location in index.of_statement(q.subject, q.predicate, q.object)] for q in store)
    assert lines == [[2, 3], [4], [5], [6], [7], [8]]
    assert [location.line for location in index.of_statement(SUBJECT, PREDICATE, found.quads[2].object)] == [4]
    assert found.quads[2].object.value == "1.50"
    assert found.format is Format.TURTLE
