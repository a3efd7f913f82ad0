"""Mappings: files in TOML that say which sheet holds which class, and which column which property.

`docs/mappings.md` explains the form with examples; the shipped ones are in `mappings/`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sharewell.errors import InputError
from sharewell.graph.terms import expand
from sharewell.ingest.properties import Vocabulary
from sharewell.ingest.values import ValueKind, folded
from sharewell.knowledge import mappings_folder
from sharewell.vocabulary import PREFIXES, RDFS

IDENTIFIER = "identifier"
CLASS = "class"
TEMPLATE = "template"

_TOP = {"title", "language", "grade", "ignore", "headings", "first", "last", "complete", "left_out", "sheets"}
_SHEET = {
    "names", "class", "iri", "key", "columns", "constants", "when", "only", "also", "once", "further", "about",
    "examples",
}  # fmt: skip
_COLUMN = {
    "headings", "property", "kind", "of", "language", "separator", "values", "among", "create", "not_carried",
    "check",
}  # fmt: skip
_CREATE = {"class", "iri", "label", "constants"}
_HOLE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Creation:
    """What to make of a name that no node bears yet: a class, a template of the IRI, and further statements.

    `label` names the column that holds the labels, in the same order as the names of this one.
    """

    node_class: str
    iri: str
    label: str | None = None
    constants: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column: how it may be headed, and what its cells say of the row's node.

    `role` is empty for an ordinary property; `inverse` turns the statement round; `separators` part several values;
    `values` translates folded texts, in which `*` stands for anything, into names or terms, or into nothing for what
    has no counterpart; `not_carried` says why a known column is left out; `check` names a column whose nodes this one
    names too: the two are compared, and nothing is stated.
    """

    headings: tuple[str, ...]
    predicate: str | None = None
    role: str = ""
    inverse: bool = False
    kind: ValueKind = ValueKind.TEXT
    classes: tuple[str, ...] = ()
    language: str | None = None
    separators: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    among: tuple[str, ...] = ()
    create: Creation | None = None
    not_carried: str | None = None
    check: str | None = None

    @property
    def notation(self) -> str:
        """The column as a mapping may write it in short: `^` for inverse, `@` and a language."""
        language = f"@{self.language}" if self.language else ""
        return f"{'^' if self.inverse else ''}{self.predicate}{language}" if self.predicate else self.role

    def answers(self, heading: str) -> bool:
        """Whether a folded heading is one of this column's."""
        return any(heading == folded(one) for one in (*self.headings, " / ".join(self.headings)))


@dataclass(frozen=True, slots=True)
class SheetMapping:
    """A sheet: the classes of its rows (the first where a row names none), the template of IRIs, the columns.

    `only` keeps rows whose cell has one of some values, `when` rows whose cell is not empty; `also` states the values
    of one property with another one too; with `once` all rows make one record, the first; with `complete` a column may
    be headed by the prefixed name of any property. `examples` are rows for a template, texts by column notation.
    """

    names: tuple[str, ...]
    classes: tuple[str, ...]
    iri: str
    key: str | None
    columns: tuple[Column, ...]
    constants: tuple[tuple[str, str], ...] = ()
    when: str | None = None
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    once: bool = False
    complete: bool = False
    further: bool = False
    about: str = ""
    examples: tuple[Mapping[str, str], ...] = ()

    def answers(self, sheet: str) -> bool:
        """Whether a sheet of this name is meant; names may hold `*`."""
        return any(fnmatchcase(folded(sheet), folded(name)) for name in self.names)


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A whole mapping; `ignore` are the sheets that hold no record, `grade` that of rows which give none."""

    name: str
    title: str
    grade: str
    language: str
    ignore: tuple[str, ...]
    sheets: tuple[SheetMapping, ...]


def shipped_mappings() -> list[str]:
    """The names of the mappings that are shipped."""
    return sorted(path.stem for path in mappings_folder().glob("*.toml"))


def read_mapping(named: str, root: Path, vocabulary: Vocabulary) -> TableMapping:
    """A mapping by its name, else by its path from `root`.

    Raises InputError, with the file, for one that is not there or says something that is not understood.
    """
    shipped = mappings_folder() / f"{named}.toml"
    path = shipped if re.fullmatch(r"[\w-]+", named) and shipped.is_file() else root / named
    if not path.is_file():
        known = ", ".join(shipped_mappings())
        raise InputError(f"no mapping '{named}': shipped are {known}; or name a file that ends in .toml")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not valid TOML: {error}", str(path)) from None
    return _Reader(str(path), table, vocabulary).mapping(path.stem)


class _Reader:
    """Reads one mapping file; every mistake is told with the place in the file where it stands."""

    def __init__(self, file: str, table: dict[str, Any], vocabulary: Vocabulary) -> None:
        self._file = file
        self._table = table
        self._vocabulary = vocabulary
        self._headings = self._lists(table.get("headings", {}), "headings")
        self._language = self._text(table, "language", "mapping", "en")

    def mapping(self, name: str) -> TableMapping:
        table = self._table
        self._known(table, _TOP, "a mapping")
        sheets = table.get("sheets", [])
        if not isinstance(sheets, list) or not sheets or not all(isinstance(sheet, dict) for sheet in sheets):
            raise self._error("there must be at least one [[sheets]]")
        return TableMapping(
            name=name,
            title=self._text(table, "title", "mapping", name),
            grade=self._iri(self._text(table, "grade", "mapping", "share:Unverified"), "grade"),
            language=self._language,
            ignore=self._texts(table.get("ignore", []), "ignore"),
            sheets=tuple(self._sheet(sheet, f"sheet {number}") for number, sheet in enumerate(sheets, start=1)),
        )

    def _sheet(self, table: dict[str, Any], place: str) -> SheetMapping:
        names = self._texts(table.get("names", []), f"{place}, names")
        place = names[0] if names else place
        self._known(table, _SHEET, place)
        classes = tuple(self._iri(name, place) for name in self._texts(table.get("class", []), f"{place}, class"))
        if not classes:
            raise self._error(f"{place}: 'class' is missing")
        first, last = self._table.get("first", []), self._table.get("last", [])
        entries = (*first, *table.get("columns", []), *self._further_columns(table, classes, place), *last)
        columns = [column for entry in entries for column in self._columns(entry, place)]
        if len(classes) == 1:
            columns = [column for column in columns if column.role != CLASS]
        if "first" in self._table or "last" in self._table:  # what a sheet says for itself, it need not say again
            kept: dict[str, Column] = {}
            for column in columns:
                kept.setdefault(column.notation, column)
            columns = list(kept.values())
        return SheetMapping(
            names=names,
            classes=classes,
            iri=self._text(table, "iri", place, "{key}"),
            key=table.get("key"),
            columns=tuple(columns),
            constants=self._constants(table.get("constants", {}), place),
            when=table.get("when"),
            only={k: tuple(map(folded, v)) for k, v in self._lists(table.get("only", {}), place).items()},
            also={
                self._iri(one, place): tuple(self._iri(item, place) for item in more)
                for one, more in self._lists(table.get("also", {}), place).items()
            },
            once=table.get("once") is True,
            complete=self._table.get("complete") is True,
            further=table.get("further") is True,
            about=self._text(table, "about", place, ""),
            examples=tuple(self._examples(table.get("examples", []), place)),
        )

    def _examples(self, rows: Any, place: str) -> Iterator[dict[str, str]]:
        for row in rows if isinstance(rows, list) else [rows]:
            if not isinstance(row, dict) or not all(isinstance(text, str) for text in row.values()):
                raise self._error(f"{place}: examples are tables of texts")
            yield {self._notation(key, place): text for key, text in row.items()}

    def _notation(self, text: str, place: str) -> str:
        return text if text in (IDENTIFIER, CLASS) else self.short(text, place).notation

    def _further_columns(self, table: dict[str, Any], classes: tuple[str, ...], place: str) -> list[str]:
        """What the shapes give the classes of a sheet beyond its own columns, where the mapping asks for all of it."""
        if self._table.get("complete") is not True:
            return []
        own = (*self._table.get("first", []), *table.get("columns", []), *self._table.get("last", []))
        named = {column.predicate for entry in own for column in self._columns(entry, place)}
        named |= {self._iri(name, "left_out") for name in self._texts(self._table.get("left_out", []), "left_out")}
        return sorted(self._vocabulary.facts_of(classes) - named)

    def _columns(self, entry: Any, place: str) -> Iterator[Column]:
        """The columns of an entry: one, but one for each heading where they are not carried."""
        column = self._column(entry, place)
        if column.not_carried is None:
            yield column
        else:
            yield from (replace(column, headings=(heading,)) for heading in column.headings)

    def _column(self, entry: Any, place: str) -> Column:
        if isinstance(entry, str):
            return self.short(entry, place)
        if not isinstance(entry, dict):
            raise self._error(f"{place}: a column is a text or a table")
        self._known(entry, _COLUMN, place)
        headings = self._texts(entry.get("headings", []), f"{place}, headings")
        if "not_carried" in entry:
            return Column(headings, not_carried=self._text(entry, "not_carried", place))
        if "check" in entry:
            return Column(headings, check=self._text(entry, "check", place))
        column = self.short(self._text(entry, "property", place), place)
        kind = self._kind(entry.get("kind", column.kind), place)
        create = self._creation(entry["create"], place) if "create" in entry else None
        classes = tuple(self._iri(one, place) for one in self._texts(entry.get("of", []), place)) or column.classes
        return replace(
            column,
            headings=headings or column.headings,
            kind=kind,
            classes=classes,
            language=self._text(entry, "language", place, column.language or "") or None,
            separators=self._text(entry, "separator", place, column.separators),
            values={folded(key): text for key, text in self._pairs(entry.get("values", {}), place)},
            among=self._texts(entry.get("among", []), place),
            create=create,
        )

    def short(self, text: str, place: str) -> Column:
        """A column written as a property alone: `share:owner`, `^share:hasClause`, `rdfs:label@fr`."""
        if text in (IDENTIFIER, CLASS):
            return Column(self._headings.get(text, (text.capitalize(),)), role=text)
        bare, _, language = text.removeprefix("^").partition("@")
        iri = self._iri(bare, place)
        if not (iri.startswith(RDFS) or self._vocabulary.is_declared(iri)):
            raise self._error(f"{place}: {bare} is not a property of the ontology")
        known, inverse = self._vocabulary.property(iri), text.startswith("^")
        headings = self._headings.get(text) or self._headings.get(bare)
        label = self._vocabulary.label(iri) or bare.partition(":")[2]
        kind, classes = known.kind, known.classes
        if inverse:
            kind, classes = ValueKind.NODE, self._vocabulary.subjects_of(iri)
        several = known.several or inverse
        return Column(
            headings=headings or (label[:1].upper() + label[1:],),
            predicate=iri,
            inverse=inverse,
            kind=kind,
            classes=classes,
            language=language or (self._language if known.language else None),
            separators="\n;" if several and kind is not ValueKind.TEXT else "",
        )

    def _creation(self, table: Any, place: str) -> Creation:
        if not isinstance(table, dict):
            raise self._error(f"{place}: 'create' is a table")
        self._known(table, _CREATE, place)
        return Creation(
            self._iri(self._text(table, "class", place), place),
            self._text(table, "iri", place),
            table.get("label"),
            self._constants(table.get("constants", {}), place),
        )

    def _constants(self, table: Any, place: str) -> tuple[tuple[str, str], ...]:
        pairs = []
        for text, value in self._pairs(table, place):
            pairs.append((self.short(text, place).notation, value))
        return tuple(pairs)

    def _kind(self, name: Any, place: str) -> ValueKind:
        try:
            return ValueKind(name)
        except ValueError:
            kinds = ", ".join(kind.value for kind in ValueKind)
            raise self._error(f"{place}: '{name}' is not a kind of value; known are {kinds}") from None

    def _iri(self, text: str, place: str) -> str:
        iri = expand(text, PREFIXES)
        if iri is None:
            raise self._error(f"{place}: '{text}' is neither a prefixed name nor an IRI")
        return iri

    def _known(self, table: dict[str, Any], known: set[str], place: str) -> None:
        unknown = sorted(set(table) - known)
        if unknown:
            raise self._error(f"{place}: '{unknown[0]}' is not understood; known are {', '.join(sorted(known))}")

    def _text(self, table: dict[str, Any], key: str, place: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if not isinstance(value, str):
            raise self._error(f"{place}: '{key}' must be given as text")
        return value

    def _texts(self, value: Any, place: str) -> tuple[str, ...]:
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            raise self._error(f"{place}: a text or a list of texts is needed")
        return tuple(values)

    def _lists(self, table: Any, place: str) -> dict[str, tuple[str, ...]]:
        if not isinstance(table, dict):
            raise self._error(f"{place}: a table is needed")
        return {key: self._texts(value, f"{place}, {key}") for key, value in table.items()}

    def _pairs(self, table: Any, place: str) -> list[tuple[str, str]]:
        if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
            raise self._error(f"{place}: a table of texts is needed")
        return list(table.items())

    def _error(self, message: str) -> InputError:
        return InputError(message, self._file)


def named_column(heading: str, vocabulary: Vocabulary) -> Column | None:
    """The column that is headed by the prefixed name of a property; None for any other heading."""
    bare = heading.removeprefix("^").partition("@")[0]
    iri = expand(bare, PREFIXES) if ":" in bare and " " not in bare else None
    if iri is None or not vocabulary.is_property(iri):
        return None
    return replace(_Reader("", {}, vocabulary).short(heading, heading), headings=(heading,))


def translated(values: Mapping[str, str], text: str) -> str | None:
    """What a text is translated into: by itself, else by the first pattern that fits; None where nothing says so."""
    key = folded(text)
    if key in values:
        return values[key]
    return next((to for pattern, to in values.items() if "*" in pattern and fnmatchcase(key, pattern)), None)


def holes(template: str) -> tuple[str, ...]:
    """The names in braces of a template."""
    return tuple(_HOLE.findall(template))


def fill(template: str, values: Mapping[str, str]) -> str:
    """A template with its holes filled."""
    return _HOLE.sub(lambda hole: values[hole[1]], template)
