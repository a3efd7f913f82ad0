"""Where statements were read: one location, and an index over all sources."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from pyoxigraph import Literal, NamedNode, Quad, Store

from sharewell.graph.source import Source
from sharewell.graph.terms import Term
from sharewell.vocabulary import XSD, XSD_STRING


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file: a line (and column) of a text, or a cell of a sheet; None where it is not known.

    `file` is relative to the project; `line` and `column` count from 1; `cell` is as people write it, `B7`.
    """

    file: str
    line: int | None = None
    column: int | None = None
    sheet: str | None = None
    cell: str | None = None

    def as_json(self) -> dict[str, str | int]:
        """The location as the JSON contract has it: what is not known is left out."""
        parts = {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "sheet": self.sheet,
            "cell": self.cell,
        }
        return {key: value for key, value in parts.items() if value is not None}

    def __str__(self) -> str:
        """`file:line`, or `file:sheet!cell`, or the file alone."""
        if self.line is not None:
            return f"{self.file}:{self.line}"
        cell = "!".join(part for part in (self.sheet, self.cell) if part is not None)
        return f"{self.file}:{cell}" if cell else self.file


def cell_name(row: int, column: int) -> str:
    """A cell as spreadsheet programs write it: row 7, column 28 is AB7. Both count from 1."""
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row}"


class LocationIndex:
    """The locations of all statements of some sources, whatever graph they stand in.

    A statement is five integers in arrays, about 24 bytes, beside one dictionary of terms; the sources are not kept.
    Rows stand in the order of file names, and within a file in the order of reading, which is that of the lines.
    """

    def __init__(self, sources: Iterable[Source]) -> None:
        self._terms: dict[Term, int] = {}
        self._files: list[str] = []
        self._ends: list[int] = []
        self._subjects = array("I")
        self._predicates = array("I")
        self._objects = array("I")
        self._lines = array("I")
        self._columns = array("I")
        self._sheets: list[tuple[int, str | None]] = []
        self._first_about = array("q")
        for source in sorted(sources, key=lambda source: source.path):
            self._add(source)

    def __len__(self) -> int:
        return len(self._lines)

    def of_statement(
        self, subject: Term, predicate: Term, object: Term, *, as_written: bool = False
    ) -> tuple[Location, ...]:
        """All locations of a statement, in the order of files and lines; none where no source has it.

        Statements whose objects the store does not tell apart (`1.50` and `1.5`) are the same statement here: what
        comes out of the store has lost the form in which it was written. With `as_written` they are told apart.
        """
        about, relation = self._terms.get(subject), self._terms.get(predicate)
        if about is None or relation is None:
            return ()
        alone = [self._terms[object]] if object in self._terms else []
        values = alone if as_written else self._alike.get(object, alone)
        rows = [row for value in values for row in self._rows(about, relation, value)]
        return tuple(dict.fromkeys(self._location(row) for row in sorted(rows)))

    def of_node(self, node: Term) -> Location | None:
        """The first location of a statement about a node, else of one that mentions it as object, else None."""
        number = self._terms.get(node)
        if number is None:
            return None
        row = self._first_about[number]
        if row < 0:
            row = self._first_mention[number]
        return self._location(row) if row >= 0 else None

    def _add(self, source: Source) -> None:
        number = self._number
        self._sheets += [(len(self._lines) + start, name) for start, name in source.sheets or ((0, None),)]
        for subject, predicate, object_, _, line, column in source.quads:
            about = number(subject)
            if self._first_about[about] < 0:
                self._first_about[about] = len(self._lines)
            self._subjects.append(about)
            self._predicates.append(number(predicate))
            self._objects.append(number(object_))
            self._lines.append(line or 0)
            self._columns.append(column or 0)
        self._files.append(source.path)
        self._ends.append(len(self._lines))

    def _number(self, term: Term) -> int:
        number = self._terms.setdefault(term, len(self._terms))
        if number == len(self._first_about):
            self._first_about.append(-1)
        return number

    def _location(self, row: int) -> Location:
        file = self._files[bisect_right(self._ends, row)]
        line, column = self._lines[row], self._columns[row]
        _, sheet = self._sheets[bisect_right(self._sheets, row, key=itemgetter(0)) - 1]
        if sheet is not None:
            return Location(file, sheet=sheet, cell=cell_name(line, column))
        return Location(file, line or None, column or None)

    def _rows(self, about: int, relation: int, value: int) -> Iterable[int]:
        key = _packed(about, relation, value)
        start = bisect_left(self._order, key, key=self._key)
        return self._order[start : bisect_right(self._order, key, lo=start, key=self._key)]

    def _key(self, row: int) -> int:
        return _packed(self._subjects[row], self._predicates[row], self._objects[row])

    # What is made only when it is first asked for: most runs ask for few locations or none.

    @cached_property
    def _order(self) -> array[int]:
        """The rows sorted by subject, predicate and object."""
        keys = list(map(_packed, self._subjects, self._predicates, self._objects))
        return array("I", sorted(range(len(keys)), key=keys.__getitem__))

    @cached_property
    def _first_mention(self) -> array[int]:
        """For each term the first row that has it as object, or -1."""
        first = array("q", [-1]) * len(self._terms)
        for row in range(len(self._objects) - 1, -1, -1):
            first[self._objects[row]] = row
        return first

    @cached_property
    def _alike(self) -> dict[Term, list[int]]:
        """The literals that the store writes in another form, under each of their forms."""
        store = Store()
        store.bulk_extend(
            Quad(NamedNode(f"n:{number}"), _ANY, term)
            for term, number in self._terms.items()
            if isinstance(term, Literal) and term.datatype.value.startswith(XSD) and term.datatype.value != XSD_STRING
        )
        groups: dict[Term, list[int]] = defaultdict(list)
        for quad in store:
            groups[quad.object].append(int(quad.subject.value[2:]))
        terms = list(self._terms)
        alike: dict[Term, list[int]] = {}
        for form, numbers in groups.items():
            if [terms[number] for number in numbers] != [form]:
                alike |= dict.fromkeys([form, *(terms[number] for number in numbers)], numbers)
        return alike


def _packed(subject: int, predicate: int, object: int) -> int:
    return subject << 64 | predicate << 32 | object


_ANY = NamedNode("n:any")
