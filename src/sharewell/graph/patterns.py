"""The WHERE clause of a SPARQL text taken apart, so that a solution can be traced to the statements that make it.

Reads the grammar of group graph patterns (SPARQL 1.1, section 19.8, rules 7 to 106) but for MINUS, GRAPH and SERVICE,
which rules and constraints may not use. Expressions are kept as they were written. Patterns can be written back in two
ways: as a query in which every branch that was taken binds a variable of its own, and for people, with the values of a
solution in place of the variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pyoxigraph import Literal, NamedNode, RdfFormat, Variable, parse

from sharewell.errors import InputError
from sharewell.graph.paths import Alternative, Except, Inverse, Link, Path, Repeat, Sequence, path_text
from sharewell.graph.sparql import Token, tokens
from sharewell.graph.terms import Term
from sharewell.vocabulary import RDF_FIRST, RDF_NIL, RDF_REST, RDF_TYPE

Slot = Term | Variable
"""What stands in a place of a triple pattern; a blank node of the text is a variable."""
Bindings = Mapping[Variable, Term]
Shown = Callable[[Slot], str]

_AGGREGATES = {"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"}
_UNKNOWN = {"MINUS", "GRAPH", "SERVICE"}


@dataclass(frozen=True)
class Match:
    """A triple pattern; a path that is one property is a Link."""

    subject: Slot
    path: Path | Variable
    object: Slot

    @property
    def variables(self) -> Iterator[Variable]:
        for slot in (self.subject, self.path, self.object):
            if isinstance(slot, Variable):
                yield slot

    @property
    def monotone(self) -> bool:
        """Whether a solution stays one, whatever is added to the graph."""
        return True


@dataclass(frozen=True)
class Expression:
    """An expression as it was written: texts, and between them the terms and the EXISTS that stand in it."""

    pieces: tuple[str | Slot | Exists, ...]

    @property
    def plain(self) -> bool:
        """Whether it holds no EXISTS."""
        return not any(isinstance(piece, Exists) for piece in self.pieces)

    @property
    def single(self) -> bool:
        """Whether it is one variable or term."""
        return sum(not (isinstance(piece, str) and not piece.strip("() ")) for piece in self.pieces) == 1 and any(
            isinstance(piece, NamedNode | Literal | Variable) for piece in self.pieces
        )


@dataclass(frozen=True)
class Filter:
    """`FILTER(…)`; an EXISTS that is the whole filter is an Exists."""

    expression: Expression

    @property
    def monotone(self) -> bool:
        """Whether a solution stays one, whatever is added to the graph."""
        return self.expression.plain


@dataclass(frozen=True)
class Exists:
    """`EXISTS {…}` or `NOT EXISTS {…}`."""

    negated: bool
    group: Group

    @property
    def monotone(self) -> bool:
        """Whether a solution stays one, whatever is added to the graph."""
        return not self.negated and self.group.monotone


@dataclass(frozen=True)
class Assign:
    """`BIND(… AS ?variable)`."""

    expression: Expression
    variable: Variable

    @property
    def monotone(self) -> bool:
        """Whether a solution stays one, whatever is added to the graph."""
        return self.expression.plain


@dataclass(frozen=True)
class Inline:
    """`VALUES …`, as it was written, and its variables."""

    expression: Expression
    variables: tuple[Variable, ...]

    @property
    def monotone(self) -> bool:
        """Whether a solution stays one, whatever is added to the graph."""
        return True


@dataclass(frozen=True)
class Branch:
    """A group that may or may not be part of a solution; `tag` is bound where it is."""

    group: Group
    tag: Variable


@dataclass(frozen=True)
class Union:
    """Groups of which each solution takes one; a group that stands alone is a union of one."""

    branches: tuple[Branch, ...]

    @property
    def monotone(self) -> bool:
        """Whether a solution stays one, whatever is added to the graph."""
        return all(branch.group.monotone for branch in self.branches)


@dataclass(frozen=True)
class Maybe:
    """`OPTIONAL {…}`."""

    branch: Branch

    @property
    def monotone(self) -> bool:
        """Whether a solution stays one, whatever is added to the graph."""
        return False


@dataclass(frozen=True)
class Subselect:
    """`{ SELECT … }`: a table of its own. `keys` are its columns but for those an aggregate computes."""

    select: Expression
    group: Group
    modifiers: Expression
    variables: tuple[Variable, ...]
    keys: tuple[Variable, ...]
    computed: tuple[tuple[Expression, Variable], ...]
    aggregated: bool

    @property
    def monotone(self) -> bool:
        """Whether a solution stays one, whatever is added to the graph."""
        return not self.aggregated and self.group.monotone


Part = Match | Filter | Exists | Assign | Inline | Union | Maybe | Subselect


@dataclass(frozen=True)
class Group:
    """A group graph pattern."""

    parts: tuple[Part, ...]

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """The variables that a solution of the group can bind, in the order met."""
        return tuple(dict.fromkeys(variable for part in self.parts for variable in _bound_by(part)))

    @cached_property
    def tags(self) -> tuple[Variable, ...]:
        """The tags of the branches in the group."""
        return tuple(
            tag for part in self.parts for branch in branches_of(part) for tag in (branch.tag, *branch.group.tags)
        )

    @cached_property
    def monotone(self) -> bool:
        """Whether a solution of the group stays one, whatever is added to the graph."""
        return all(part.monotone for part in self.parts)

    @cached_property
    def settled(self) -> bool:
        """Whether its conditions depend on its solution alone: no OPTIONAL, no aggregate, no EXISTS in a condition."""
        return all(_settled(part) for part in self.parts)


def branches_of(part: Part) -> tuple[Branch, ...]:
    """The branches of a union or an OPTIONAL; none for any other part."""
    if isinstance(part, Union):
        return part.branches
    return (part.branch,) if isinstance(part, Maybe) else ()


def _bound_by(part: Part) -> Iterator[Variable]:
    if isinstance(part, Match | Inline | Subselect):
        yield from part.variables
    elif isinstance(part, Assign):
        yield part.variable
    for branch in branches_of(part):
        yield from branch.group.variables


def _settled(part: Part) -> bool:
    if isinstance(part, Filter | Assign):
        return part.expression.plain
    if isinstance(part, Subselect):
        return not part.aggregated and part.group.settled
    return not isinstance(part, Maybe) and all(branch.group.settled for branch in branches_of(part))


@dataclass(frozen=True)
class Construct:
    """A CONSTRUCT taken apart: its PREFIX lines, the triple patterns of its head, and its WHERE clause."""

    prologue: str
    head: tuple[Match, ...]
    where: Group


@lru_cache(maxsize=1024)
def read_construct(text: str) -> Construct:
    """Take a CONSTRUCT apart.

    Raises InputError for a form that no rule may have: MINUS, GRAPH, SERVICE, or no head.
    """
    return _Parser(text).construct()


def groups_in(group: Group) -> Iterator[Group]:
    """A group and all groups inside it, those of what it denies and of the conditions in it among them."""
    yield group
    for part in group.parts:
        for inner in _inner_groups(part):
            yield from groups_in(inner)


def _inner_groups(part: Part) -> Iterator[Group]:
    expressions: tuple[Expression, ...] = ()
    match part:
        case Exists(_, group):
            yield group
        case Filter(expression) | Assign(expression):
            expressions = (expression,)
        case Subselect():
            yield part.group
            expressions = (part.select, part.modifiers)
    for branch in branches_of(part):
        yield branch.group
    for expression in expressions:
        for piece in expression.pieces:
            if isinstance(piece, Exists):
                yield piece.group


class _Parser:
    """Recursive descent over the units of a text that an engine has already accepted."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._units = list(tokens(text))
        self._at = 0
        self._made = 0
        self._prologue = ""
        self._terms: dict[str, Term] = {}
        self._blanks: dict[str, Variable] = {}

    def construct(self) -> Construct:
        while not self._is_word("CONSTRUCT"):
            self._next()
        self._prologue = self._text[: self._next().start]
        head: list[Part] = []
        self._require("{")
        while not self._is("}"):
            self._triples(head)
        self._next()
        self._require_word("WHERE")
        where = self._group()
        if self._at < len(self._units):
            raise self._error("nothing may follow the WHERE clause of a rule")
        return Construct(self._prologue, tuple(part for part in head if isinstance(part, Match)), where)

    # Units of the text

    def _peek(self) -> Token:
        if self._at >= len(self._units):
            raise InputError("the query ends too early")
        return self._units[self._at]

    def _next(self) -> Token:
        unit = self._peek()
        self._at += 1
        return unit

    def _is(self, *marks: str) -> bool:
        unit = self._peek()
        return unit.kind == "other" and unit.text in marks

    def _is_word(self, *words: str) -> bool:
        unit = self._peek()
        return unit.kind == "word" and unit.text.upper() in words

    def _require(self, mark: str) -> None:
        if not self._is(mark):
            raise self._error(f"'{mark}' is expected before '{self._peek().text}'")
        self._next()

    def _require_word(self, word: str) -> None:
        if not self._is_word(word):
            raise self._error(f"{word} is expected before '{self._peek().text}'")
        self._next()

    def _error(self, reason: str) -> InputError:
        unit = self._units[min(self._at, len(self._units) - 1)]
        return InputError(f"line {unit.line} of the query: {reason}")

    # Groups

    def _group(self) -> Group:
        self._require("{")
        parts: list[Part] = []
        if self._is_word("SELECT"):
            parts.append(self._subselect())
        while not self._is("}"):
            self._part(parts)
        self._next()
        return Group(tuple(parts))

    def _part(self, parts: list[Part]) -> None:
        unit = self._peek()
        word = unit.text.upper() if unit.kind == "word" else ""
        if word in _UNKNOWN:
            raise self._error(f"{word} is not allowed")
        if self._is("."):
            self._next()
        elif self._is("{"):
            parts.append(self._union())
        elif word in {"FILTER", "BIND", "OPTIONAL", "VALUES"}:
            self._next()
            parts.append(self._keyword(word))
        else:
            self._triples(parts)

    def _keyword(self, word: str) -> Part:
        if word == "FILTER":
            expression = self._constraint()
            only = expression.pieces[0] if len(expression.pieces) == 1 else None
            return only if isinstance(only, Exists) else Filter(expression)
        if word == "BIND":
            return self._assignment()
        return Maybe(self._branch()) if word == "OPTIONAL" else self._values()

    def _branch(self) -> Branch:
        return Branch(self._group(), self._fresh("taken"))

    def _union(self) -> Part:
        branches = [self._branch()]
        while self._is_word("UNION"):
            self._next()
            branches.append(self._branch())
        parts = branches[0].group.parts
        if len(branches) == 1 and len(parts) == 1 and isinstance(parts[0], Subselect):
            return parts[0]
        return Union(tuple(branches))

    def _values(self) -> Inline:
        start = self._at
        while not self._is("{"):
            self._next()
        variables = [Variable(u.text[1:]) for u in self._units[start : self._at] if u.kind == "variable"]
        while not self._is("}"):
            self._next()
        self._next()
        text = self._text[self._units[start].start : self._units[self._at - 1].start + 1]
        return Inline(Expression((text,)), tuple(variables))

    def _subselect(self) -> Subselect:
        start = self._at
        columns: list[Variable] = []
        computed: list[tuple[Expression, Variable]] = []
        everything = False
        self._next()
        while not self._is("{") and not self._is_word("WHERE"):
            if self._is("("):
                assigned = self._assignment()
                computed.append((assigned.expression, assigned.variable))
            else:
                unit = self._next()
                everything = everything or unit.text == "*"
                columns += [Variable(unit.text[1:])] if unit.kind == "variable" else []
        select = self._written(start, self._at)
        if self._is_word("WHERE"):
            self._next()
        group = self._group()
        start = self._at
        self._to_end()
        modifiers = self._units[start : self._at]
        grouped = any(unit.kind == "word" and unit.text.upper() == "GROUP" for unit in modifiers)
        aggregated = grouped or any(_aggregates(expression) for expression, _ in computed)
        keys = tuple(group.variables) if everything else tuple(columns)
        if not aggregated:
            keys += tuple(variable for _, variable in computed)
        return Subselect(
            select,
            group,
            self._written(start, self._at),
            tuple(dict.fromkeys([*keys, *(variable for _, variable in computed)])),
            keys,
            () if aggregated else tuple(computed),
            aggregated,
        )

    def _to_end(self) -> None:
        depth = 0
        while depth or not self._is("}"):
            unit = self._next()
            if unit.kind == "other":
                depth += {"{": 1, "}": -1}.get(unit.text, 0)

    # Expressions

    def _assignment(self) -> Assign:
        self._require("(")
        expression = self._expression(lambda: self._is_word("AS"))
        self._next()
        variable = Variable(self._next().text[1:])
        self._require(")")
        return Assign(expression, variable)

    def _constraint(self) -> Expression:
        """What follows FILTER: an expression in brackets, a call, or EXISTS."""
        seen_bracket = False
        depth = 0

        def ended() -> bool:
            nonlocal seen_bracket, depth
            if seen_bracket and depth == 0:
                return True
            if self._is("("):
                seen_bracket, depth = True, depth + 1
            elif self._is(")"):
                depth -= 1
            return False

        if self._is_word("NOT", "EXISTS"):
            return Expression((self._exists(),))
        return self._expression(ended)

    def _exists(self) -> Exists:
        negated = self._is_word("NOT")
        if negated:
            self._next()
        self._require_word("EXISTS")
        return Exists(negated, self._group())

    def _expression(self, ended: Callable[[], bool]) -> Expression:
        pieces: list[str | Slot | Exists] = []
        while not ended():
            before = self._at
            if self._is_word("EXISTS") or (self._is_word("NOT") and self._follows("EXISTS")):
                pieces.append(self._exists())
            else:
                pieces.append(self._piece(self._next()))
            if self._at < len(self._units) and self._gap(before, self._at):
                pieces.append(" ")
        return Expression(tuple(pieces))

    def _follows(self, word: str) -> bool:
        after = self._units[self._at + 1] if self._at + 1 < len(self._units) else None
        return after is not None and after.kind == "word" and after.text.upper() == word

    def _piece(self, unit: Token) -> str | Slot:
        if unit.kind == "variable":
            return Variable(unit.text[1:])
        if unit.kind == "iri" or (unit.kind == "name" and unit.prefix is not None):
            return self._term(unit.text)
        return unit.text

    def _gap(self, before: int, after: int) -> bool:
        last = self._units[after - 1]
        return after > before and last.start + len(last.text) < self._units[after].start

    def _written(self, start: int, end: int) -> Expression:
        pieces: list[str | Slot | Exists] = []
        for unit in self._units[start:end]:
            pieces += [self._piece(unit), " "]
        return Expression(tuple(pieces))

    # Triple patterns

    def _triples(self, parts: list[Part]) -> None:
        """One subject with its properties."""
        if self._is("."):
            self._next()
            return
        lone = self._is("[", "(")
        subject = self._node(parts)
        if not (lone and self._is(".", "}")):
            self._properties(subject, parts)

    def _properties(self, subject: Slot, parts: list[Part]) -> None:
        while True:
            verb = self._verb()
            parts.append(Match(subject, verb, self._node(parts)))
            while self._is(","):
                self._next()
                parts.append(Match(subject, verb, self._node(parts)))
            if not self._is(";"):
                return
            while self._is(";"):
                self._next()
            if self._is(".", "}", "]") or self._is_word("FILTER", "BIND", "OPTIONAL", "VALUES"):
                return

    def _verb(self) -> Path | Variable:
        if self._peek().kind == "variable":
            return Variable(self._next().text[1:])
        return self._alternatives()

    def _alternatives(self) -> Path:
        paths = self._separated("|", self._sequence)
        return paths[0] if len(paths) == 1 else Alternative(paths)

    def _sequence(self) -> Path:
        paths = self._separated("/", self._element)
        return paths[0] if len(paths) == 1 else Sequence(paths)

    def _separated(self, mark: str, one: Callable[[], Path]) -> tuple[Path, ...]:
        paths = [one()]
        while self._is(mark):
            self._next()
            paths.append(one())
        return tuple(paths)

    def _element(self) -> Path:
        if self._is("^"):
            self._next()
            return Inverse(self._element())
        if self._is("("):
            self._next()
            path = self._alternatives()
            self._require(")")
        elif self._is("!"):
            self._next()
            path = self._excluded()
        else:
            path = Link(self._property())
        return Repeat(path, self._next().text) if self._is("*", "+", "?") else path

    def _excluded(self) -> Path:
        several = self._is("(")
        forward: list[NamedNode] = []
        backward: list[NamedNode] = []
        while True:
            if self._is("(", "|"):
                self._next()
            inverse = self._is("^")
            if inverse:
                self._next()
            (backward if inverse else forward).append(self._property())
            if not self._is("|"):
                break
        if several:
            self._require(")")
        return Except(tuple(forward), tuple(backward))

    def _property(self) -> NamedNode:
        unit = self._next()
        if unit.kind == "word" and unit.text == "a":
            return RDF_TYPE
        term = self._term(unit.text)
        if not isinstance(term, NamedNode):
            raise self._error(f"'{unit.text}' is not a property")
        return term

    def _node(self, parts: list[Part]) -> Slot:
        unit = self._next()
        if unit.kind == "variable":
            return Variable(unit.text[1:])
        if unit.text.startswith("_:"):
            return self._blanks.setdefault(unit.text, self._fresh("blank"))
        if unit.kind == "other" and unit.text == "[":
            node = self._fresh("blank")
            if not self._is("]"):
                self._properties(node, parts)
            self._require("]")
            return node
        if unit.kind == "other" and unit.text == "(":
            return self._collection(parts)
        return self._constant(unit)

    def _collection(self, parts: list[Part]) -> Slot:
        items = []
        while not self._is(")"):
            items.append(self._node(parts))
        self._next()
        rest: Slot = RDF_NIL
        for item in reversed(items):
            cell = self._fresh("blank")
            parts += [Match(cell, Link(RDF_FIRST), item), Match(cell, Link(RDF_REST), rest)]
            rest = cell
        return rest

    def _constant(self, unit: Token) -> Term:
        text = unit.text.lower() if unit.kind == "word" else unit.text
        if unit.kind == "string":
            if self._peek().kind == "name" and self._peek().text.startswith("@"):
                text += self._next().text
            elif self._is("^^"):
                text += self._next().text + self._next().text
        return self._term(text)

    def _term(self, text: str) -> Term:
        if text not in self._terms:
            turtle = f"{self._prologue}\n<urn:s> <urn:p> {text} ."
            try:
                self._terms[text] = next(iter(parse(turtle, format=RdfFormat.TURTLE))).object
            except SyntaxError:
                raise self._error(f"'{text}' is not a term") from None
        return self._terms[text]

    def _fresh(self, name: str) -> Variable:
        while True:
            self._made += 1
            variable = Variable(f"{name}{self._made}_")
            if variable.value not in self._text:
                return variable


def _aggregates(expression: Expression) -> bool:
    return any(isinstance(piece, str) and piece.upper() in _AGGREGATES for piece in expression.pieces)


@dataclass(frozen=True)
class Writer:
    """Writes patterns as SPARQL. `shown` writes a term or variable; with `tagged`, each branch taken binds its tag."""

    shown: Shown
    tagged: bool = False

    def group(self, group: Group) -> str:
        """A group with its braces."""
        return f"{{ {self.inside(group)} }}"

    def inside(self, group: Group) -> str:
        """A group without its braces."""
        return " ".join(self.part(part) for part in group.parts)

    def part(self, part: Part) -> str:
        """One part of a group."""
        match part:
            case Match():
                return f"{self.shown(part.subject)} {self.path(part.path)} {self.shown(part.object)} ."
            case Filter():
                return f"FILTER {self.expression(part.expression)}"
            case Exists():
                return f"FILTER {self.exists(part)}"
            case Assign():
                return f"BIND({self.expression(part.expression)} AS {self.shown(part.variable)})"
            case Inline():
                return f"VALUES {self.expression(part.expression)}"
            case Union():
                return " UNION ".join(self._branch(branch) for branch in part.branches)
            case Maybe():
                return f"OPTIONAL {self._branch(part.branch)}"
            case Subselect():
                return self._subselect(part)

    def _subselect(self, part: Subselect) -> str:
        # A table of its own: its branches are none of this solution's.
        inner = Writer(self.shown)
        modifiers = self.expression(part.modifiers)
        return f"{{ {self.expression(part.select)} WHERE {inner.group(part.group)} {modifiers} }}"

    def _branch(self, branch: Branch) -> str:
        tag = f" BIND(true AS {branch.tag})" if self.tagged else ""
        return f"{{ {self.inside(branch.group)}{tag} }}"

    def exists(self, part: Exists) -> str:
        """`EXISTS {…}` or `NOT EXISTS {…}`."""
        return ("NOT " if part.negated else "") + "EXISTS " + Writer(self.shown).group(part.group)

    def path(self, path: Path | Variable) -> str:
        """A path or the variable in its place."""
        return self.shown(path) if isinstance(path, Variable) else path_text(path, self.shown)

    def expression(self, expression: Expression) -> str:
        """An expression as it was written, but for its terms."""
        return "".join(
            piece if isinstance(piece, str) else self.exists(piece) if isinstance(piece, Exists) else self.shown(piece)
            for piece in expression.pieces
        ).strip()
