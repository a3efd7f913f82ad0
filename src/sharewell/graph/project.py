"""A project: a folder with a `sharewell.toml` that says which files make up a graph and as of when it is read."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sharewell.errors import InputError
from sharewell.graph.terms import ABSOLUTE_IRI, date_literal
from sharewell.knowledge import data_folder
from sharewell.vocabulary import PREFIXES

SETTINGS_FILE = "sharewell.toml"
_KEYS = {"name", "base", "prefix", "as_of", "sources", "tables", "packs", "rules", "languages", "illustrative"}
_TABLE_KEYS = {"file", "mapping", "grade"}
TABLE_ENDINGS = (".xlsx", ".xlsm", ".csv", ".tsv")
"""The endings of the names of spreadsheets and text tables."""
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_POSITION = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)")


@dataclass(frozen=True, slots=True)
class TableSource:
    """A spreadsheet or text table that is a source: `mapping` names a shipped mapping, or is a file in the project.

    Without a mapping the shipped one that fits is taken; `grade` holds for rows that give none of their own.
    """

    path: Path
    mapping: str | None = None
    grade: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What `sharewell.toml` says. `as_of` is an ISO date; `sources` are the files, in the order of their names.

    `packs` are the names of the shipped rule packs to load, None for all; `rules` are files of the project's own rules.
    """

    root: Path
    name: str
    base: str
    prefix: str
    as_of: str
    sources: tuple[Path, ...]
    languages: tuple[str, ...]
    illustrative: bool
    packs: tuple[str, ...] | None = None
    rules: tuple[Path, ...] = ()
    tables: tuple[TableSource, ...] = ()


def find_project(start: Path) -> Path | None:
    """The nearest folder at or above `start` that holds a `sharewell.toml`, or None."""
    for folder in [start, *start.parents]:
        if (folder / SETTINGS_FILE).is_file():
            return folder
    return None


def project_folder(named: Path | None) -> Path:
    """The folder to work on: the one named, else the one we stand in, else the shipped HSI case.

    Raises InputError where a folder is named and is not a project.
    """
    if named is None:
        return find_project(Path.cwd()) or data_folder() / "hsi"
    if not named.exists():
        shipped = data_folder() / "examples" / named.name
        hint = f"; a shipped example of that name is at {shipped}" if shipped.is_dir() else ""
        raise InputError(f"no such folder{hint}", file=str(named))
    if not (named / SETTINGS_FILE).is_file():
        raise InputError(f"not a Sharewell project: there is no {SETTINGS_FILE} in it", file=str(named))
    return named


def read_settings(root: Path, as_of: str | None = None) -> Settings:
    """Read a project's settings; `as_of` (ISO date or 'today') overrides the project's own.

    Raises InputError, with file and line where there is one, for anything that is missing or of the wrong kind.
    """
    path = root / SETTINGS_FILE
    table = _parse(path)
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        raise InputError(f"unknown setting '{unknown[0]}'; known are {', '.join(sorted(_KEYS))}", file=str(path))
    base, prefix = _text(table, "base", path), _text(table, "prefix", path, "project")
    if not ABSOLUTE_IRI.match(base) or ":" not in base[:-1]:
        raise InputError(f"base: '{base}' is not an absolute IRI", file=str(path), line=_line_of(path, "base"))
    if not _PREFIX.match(prefix) or PREFIXES.get(prefix, base) != base:
        reason = "already means something else" if prefix in PREFIXES else "is not a name for a prefix"
        raise InputError(f"prefix: '{prefix}' {reason}", file=str(path), line=_line_of(path, "prefix"))
    if not isinstance(table.get("illustrative", False), bool):
        line = _line_of(path, "illustrative")
        raise InputError("'illustrative' must be true or false", file=str(path), line=line)
    return Settings(
        root=root,
        name=_text(table, "name", path),
        base=base,
        prefix=prefix,
        as_of=_project_date(table, path) if as_of is None else resolve_date(as_of),
        sources=_files(root, path, "sources", _source_patterns(table, path)),
        tables=_tables(table, root, path),
        languages=tuple(_texts(table, "languages", path, ["en"])),
        illustrative=table.get("illustrative", False) is True,
        packs=tuple(_texts(table, "packs", path, [])) if "packs" in table else None,
        rules=_files(root, path, "rules", _texts(table, "rules", path, [])) if table.get("rules") else (),
    )


def resolve_date(text: str) -> str:
    """An ISO date of what was asked: a date, or 'today'. Raises InputError for anything else."""
    if text == "today":
        return date.today().isoformat()
    return date_literal(text).value


def _project_date(table: dict[str, Any], path: Path) -> str:
    value = table.get("as_of", "today")
    try:
        return resolve_date(value.isoformat() if isinstance(value, date) else str(value))
    except InputError as error:
        raise InputError(f"as_of: {error.message}", file=str(path), line=_line_of(path, "as_of")) from None


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        position = _POSITION.search(str(error))
        last = path.read_text(encoding="utf-8-sig").count("\n") + 1
        line = int(position[1]) if position and position[1] else last
        raise InputError(_POSITION.sub("", str(error)), file=str(path), line=line) from None
    except RecursionError:
        raise InputError("too many brackets inside one another", file=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text: save the file as UTF-8", file=str(path)) from None
    except OSError as error:
        raise InputError(error.strerror or "cannot be read", file=str(path)) from None


def _text(table: dict[str, Any], key: str, path: Path, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or not value:
        line = _line_of(path, key)
        raise InputError(f"'{key}' must be given as text, for example {key} = \"…\"", file=str(path), line=line)
    return value


def _texts(table: dict[str, Any], key: str, path: Path, default: list[str]) -> list[str]:
    value = table.get(key, default)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        line = _line_of(path, key)
        raise InputError(f"'{key}' must be a list of texts", file=str(path), line=line)
    return value


def _line_of(path: Path, key: str) -> int | None:
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if re.match(rf"\s*{re.escape(key)}\s*=", line):
            return number
    return None


def _source_patterns(table: dict[str, Any], path: Path) -> list[str]:
    """The patterns of RDF files; a project of tables need not have any."""
    patterns = _texts(table, "sources", path, [] if "tables" in table else ["*.ttl"])
    if not patterns and "tables" not in table:
        raise InputError("'sources' names no file", file=str(path), line=_line_of(path, "sources"))
    return patterns


def _tables(table: dict[str, Any], root: Path, path: Path) -> tuple[TableSource, ...]:
    """The `[[tables]]` of the settings, in the order of the files' names; each file once."""
    entries = table.get("tables", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError("'tables' must be written as [[tables]], with file = \"…\"", file=str(path))
    found: dict[Path, TableSource] = {}
    for entry in entries:
        unknown = sorted(set(entry) - _TABLE_KEYS)
        if unknown:
            message = f"unknown setting '{unknown[0]}' of a table; known are {', '.join(sorted(_TABLE_KEYS))}"
            raise InputError(message, file=str(path), line=_line_of(path, unknown[0]))
        mapping, grade = (_text(entry, key, path) if key in entry else None for key in ("mapping", "grade"))
        for file in _files(root, path, "file", [_text(entry, "file", path)]):
            if file.name.startswith("~$"):
                continue  # what Excel leaves beside a workbook while it is open
            if not file.name.lower().endswith(TABLE_ENDINGS):
                message = f"'{file.name}' is not a table; the name must end in {', '.join(TABLE_ENDINGS)}"
                raise InputError(message, file=str(path), line=_line_of(path, "file"))
            if file in found:
                raise InputError(f"'{file.name}' is named by two tables", file=str(path), line=_line_of(path, "file"))
            found[file] = TableSource(file, mapping, grade)
    return tuple(found[file] for file in sorted(found))


def _files(root: Path, path: Path, key: str, patterns: list[str]) -> tuple[Path, ...]:
    """The files that the patterns name; a pattern stays inside the project, and one that names nothing is an error."""
    line = _line_of(path, key)
    found: dict[Path, Path] = {}
    for pattern in patterns:
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            raise InputError(f"{key[:-1]} '{pattern}' is outside the project", file=str(path), line=line)
        try:
            matches = sorted(root.glob(pattern))
        except ValueError:
            matches = []
        if not matches:
            raise InputError(f"no file matches {key[:-1]} '{pattern}'", file=str(path), line=line)
        # A link to a file that is a source already is the same source; a folder or a broken link is refused on reading.
        for match in matches:
            found.setdefault(_target(match, root), match)
    return tuple(sorted(found.values()))


def _target(match: Path, root: Path) -> Path:
    try:
        target = match.resolve()
    except (OSError, RuntimeError):
        raise InputError("a link that leads nowhere", file=str(match)) from None
    if not target.is_relative_to(root.resolve()):
        raise InputError("a source may not link outside the project", file=str(match))
    return target
