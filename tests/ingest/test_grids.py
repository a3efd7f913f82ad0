"""Files as programs write them: encodings, separators, merged cells, formulas, and files that are out to harm."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from sharewell.errors import InputError
from sharewell.ingest.grids import Grid, read_grids

TEXT = "Name;Note\r\nÉcole;élève, « ici »\r\n"


def _grids(path: Path) -> list[Grid]:
    return read_grids(path, path.name, lambda _: None)[1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
def test_a_text_table_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "Systems.csv"
    path.write_bytes(TEXT.encode(encoding))
    (grid,) = _grids(path)
    assert grid.rows == [("Name", "Note"), ("École", "élève, « ici »")]
    assert grid.name == "Systems"
    assert bool(grid.remarks) == (encoding in ("cp1252", "utf-16-le", "utf-16-be"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'a,b\n"x,1","two\nlines"\n'),
        ("a.csv", 'sep=|\na|b\nx,1|"two\nlines"\n'),
        ("a.csv", 'a\tb\nx,1\t"two\nlines"\n'),
        ("a.tsv", 'a\tb\nx,1\t"two\nlines"\n'),
    ],
)
def test_separators_and_quotes(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    (grid,) = _grids(tmp_path / name)
    assert [row for row in grid.rows if row] == [("a", "b"), ("x,1", "two\nlines")]


def test_a_text_table_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n"never closed,1\n')
    with pytest.raises(InputError, match=r"a\.csv:2: .*never closed"):
        _grids(path)
    path.write_bytes(b"a,b\n\x81\x8d,1\n")
    with pytest.raises(InputError, match=r"a\.csv:2: .*UTF-8"):
        _grids(path)


def test_a_workbook_with_all_that_people_do(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.title = "Systems"
    sheet.append(["Name", "Owner", "Users"])
    sheet.append(["One", "Town", 1])
    sheet.append(["Two", None, "=1+1"])
    sheet.append(["Three", None, "#REF!"])
    sheet.merge_cells("B2:B4")
    book.create_sheet("Notes").sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    systems, notes = _grids(tmp_path / "a.xlsx")
    assert [row[1] for row in systems.rows[1:]] == ["Town", "Town", "Town"]
    assert systems.rows[2][2] is None
    assert "formulas are not run" in systems.broken[3, 3]
    assert "#REF!" in systems.broken[4, 3]
    assert (systems.hidden, notes.hidden) == (False, True)
    assert systems.remarks == ["merged cells: their value is taken for 2 more rows"]


def test_a_formula_gives_the_value_that_was_saved_with_it(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["=6*7"])
    made = io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<v></v>", b"<v>42</v>").replace(b"<v />", b"<v>42</v>"))
    (grid,) = _grids(tmp_path / "a.xlsx")
    assert (grid.rows, grid.broken) == ([(42,)], {})


def test_both_date_systems(tmp_path: Path) -> None:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.save(tmp_path / "a.xlsx")
    assert [grid.starts_1904 for grid in _grids(tmp_path / "a.xlsx")] == [True]
    assert load_workbook(tmp_path / "a.xlsx").epoch == CALENDAR_MAC_1904


def _package(path: Path, parts: dict[str, bytes]) -> Path:
    book = Workbook()
    book.active.append(["Name"])
    made = io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name, old.read(name)))
        for name in parts.keys() - set(old.namelist()):
            new.writestr(name, parts[name])
    return path


def test_a_workbook_that_unpacks_to_far_more_is_refused(tmp_path: Path) -> None:
    path = _package(tmp_path / "a.xlsx", {"xl/media/image1.png": b"\0" * 60 * 2**20})
    with pytest.raises(InputError, match="unpacks to far more"):
        _grids(path)


def test_a_workbook_with_entities_is_refused(tmp_path: Path) -> None:
    sheet = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'
    path = _package(tmp_path / "a.xlsx", {"xl/worksheets/sheet1.xml": sheet})
    with pytest.raises(InputError, match="entities"):
        _grids(path)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xlsx", b"no workbook", "not an Excel workbook"),
        ("a.xlsx", b"PK\x03\x04 cut off", "not an Excel workbook"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0old", "save it as .xlsx"),
        ("a.csv", b"\n", "the file is empty"),
        ("a.xls", b"\xd0\xcf\x11\xe0old", "save it as .xlsx"),
        ("a.ods", b"x", "must end in"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=words):
        _grids(tmp_path / name)


def test_a_damaged_sheet_is_refused_in_one_line(tmp_path: Path) -> None:
    path = _package(tmp_path / "a.xlsx", {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row>"})
    with pytest.raises(InputError, match="damaged"):
        _grids(path)
