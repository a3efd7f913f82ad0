"""Why a derived statement is in the graph: the rule or axiom that gives it, and the statements that this rests on.

Each derived statement has one step, from statements that were there before it, so that unfolding ends at what is
recorded. A step is sufficient: the rule, run on its premises alone, gives the statement again. This is why-provenance
(Buneman, Khanna, Tan, *Why and Where*, ICDT 2001) of one solution, with negation as in stratified rules: what a rule
denies is an absence leaf, and where a rule denies a denial (each element is covered), the statements that meet it for
each thing asked about are premises.

A rule's pattern is run once over the finished graph. That gives every solution by which it fired: what it denies was
settled in lower strata (see `sharewell.reasoning.derivation`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, QuerySolutions, Store, Triple, Variable

from sharewell.errors import InputError
from sharewell.graph.paths import Link, shortest
from sharewell.graph.patterns import (
    Assign,
    Branch,
    Construct,
    Exists,
    Expression,
    Filter,
    Group,
    Match,
    Maybe,
    Part,
    Slot,
    Subselect,
    Union,
    Writer,
    branches_of,
    read_construct,
)
from sharewell.graph.store import MergedGraph
from sharewell.graph.terms import Term, compact_iri, printable
from sharewell.reasoning.closure import Axioms, read_axioms
from sharewell.reasoning.derivation import DerivationRule, read_rules
from sharewell.reasoning.entailment import LABELS, Entailment, entailments
from sharewell.vocabulary import PREFIXES, XSD_STRING

_Row = dict[Variable, Term]


@dataclass(frozen=True, slots=True)
class AbsencePattern:
    """What was not in the graph: a group pattern with the values of the solution in place of its variables.

    `text` is the group in SPARQL with prefixed names. `triples` are its triple patterns, those of all its branches,
    with a Variable where anything would have done and a text where a property path stands. `filters` are its conditions
    as text. `unless` are the patterns whose presence would have made up for it: the NOT EXISTS inside.
    """

    text: str
    triples: tuple[tuple[Slot, Slot | str, Slot], ...]
    filters: tuple[str, ...] = ()
    unless: tuple[AbsencePattern, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a derivation.

    `rule` is the IRI of a derivation rule or a kind of entailment (a key of `entailment.LABELS`); `label` says it in
    English. `premises` are statements of the graph, each recorded or derived before this one; `absences` what the rule
    found missing; `filters` the conditions that held, as text.
    """

    triple: Triple
    rule: str
    label: str
    premises: tuple[Triple, ...]
    absences: tuple[AbsencePattern, ...] = ()
    filters: tuple[str, ...] = ()


class Provenance:
    """The steps of all derived statements of a graph, each found when it is first asked for."""

    def __init__(
        self,
        graph: MergedGraph,
        rules: Sequence[DerivationRule] | None = None,
        prefixes: Mapping[str, str] = PREFIXES,
    ) -> None:
        """`graph` is one that `derive` has finished with these rules (None: those of `shapes/derive/`).

        `prefixes` shorten the names in absences and conditions.
        """
        self._store = graph.store
        self._rank = {triple: rank for rank, triple in enumerate(graph.derived)}
        chosen = sorted(read_rules() if rules is None else rules, key=lambda rule: (rule.stratum, rule.iri))
        self._rules = [_FiredRule(rule, graph.store, self._rank, prefixes) for rule in chosen]
        self._steps: dict[Triple, Step] = {}
        self._leaves: dict[Triple, tuple[tuple[Triple, ...], tuple[AbsencePattern, ...]]] = {}

    @cached_property
    def _by_predicate(self) -> Mapping[NamedNode | None, list[_FiredRule]]:
        """The rules, in order, by the predicates that their heads can give; None for those that can give any."""
        given = [(rule, rule.predicates) for rule in self._rules]
        named = {predicate for _, predicates in given for predicate in predicates}
        return {
            wanted: [rule for rule, predicates in given if wanted in predicates or None in predicates]
            for wanted in {*named, None}
        }

    @cached_property
    def _axioms(self) -> Axioms:
        return read_axioms(self._store)

    def is_derived(self, triple: Triple) -> bool:
        """Whether a statement follows from others and is not itself recorded."""
        return triple in self._rank

    def step(self, triple: Triple) -> Step | None:
        """The step that derives a statement; None for one that is recorded, by the project or the ontology.

        Raises InputError for a statement that is not in the graph, and for one that no rule or axiom at hand gives.
        """
        if triple not in self._rank:
            if Quad(triple.subject, triple.predicate, triple.object) not in self._store:
                raise InputError(f"{_sentence(triple)} is not in the graph")
            return None
        if triple not in self._steps:
            step = self._entailed(triple) or self._by_rule(triple)
            if step is None:
                raise InputError(f"{_sentence(triple)} follows by none of the rules given")
            self._steps[triple] = step
        return self._steps[triple]

    def leaves(self, triple: Triple) -> tuple[tuple[Triple, ...], tuple[AbsencePattern, ...]]:
        """All that a statement rests on in the end: the recorded statements and the absences, sorted.

        A recorded statement rests on itself. Raises InputError as `step` does.
        """
        if triple not in self._leaves:
            self._leaves[triple] = self._found_leaves(triple)
        return self._leaves[triple]

    def _found_leaves(self, triple: Triple) -> tuple[tuple[Triple, ...], tuple[AbsencePattern, ...]]:
        recorded: set[Triple] = set()
        absences: set[AbsencePattern] = set()
        seen, pending = {triple}, [triple]
        while pending:
            current = pending.pop()
            known = self._leaves.get(current)
            if known is not None:
                recorded.update(known[0])
                absences.update(known[1])
                continue
            step = self.step(current)
            if step is None:
                recorded.add(current)
                continue
            absences.update(step.absences)
            pending += [premise for premise in step.premises if premise not in seen]
            seen.update(step.premises)
        return tuple(sorted(recorded, key=_order)), tuple(sorted(absences, key=lambda absence: absence.text))

    def _entailed(self, triple: Triple) -> Step | None:
        limit = self._rank[triple]
        ways = [
            way
            for way in entailments(self._store, self._axioms, triple)
            if all(self._rank.get(premise, -1) < limit for premise in way.statements)
        ]
        if not ways:
            return None
        best = min(ways, key=self._directness)
        return Step(triple, best.kind, LABELS[best.kind], (*best.statements, *best.axioms), (), best.conditions)

    def _directness(self, way: Entailment) -> tuple[int, int, int, list[str]]:
        """What is recorded before what is derived, then the fewest axioms, then by kind and text."""
        derived = sum(premise in self._rank for premise in way.statements)
        kinds = list(LABELS)
        return derived, len(way.axioms), kinds.index(way.kind), [str(premise) for premise in way.statements]

    def _by_rule(self, triple: Triple) -> Step | None:
        by_predicate = self._by_predicate
        for rule in by_predicate.get(triple.predicate, by_predicate[None]):
            step = rule.step(triple)
            if step is not None:
                return step
        return None


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What a solution rests on."""

    premises: tuple[Triple, ...] = ()
    absences: tuple[AbsencePattern, ...] = ()
    filters: tuple[str, ...] = ()

    def __add__(self, other: _Grounds) -> _Grounds:
        return _Grounds(self.premises + other.premises, self.absences + other.absences, self.filters + other.filters)


class _FiredRule:
    """A rule with its solutions in the finished graph, by the statements they gave."""

    def __init__(
        self, rule: DerivationRule, store: Store, rank: Mapping[Triple, int], prefixes: Mapping[str, str]
    ) -> None:
        self._rule = rule
        self._store = store
        self._rank = rank
        self._prefixes = prefixes

    @property
    def predicates(self) -> frozenset[NamedNode | None]:
        """The predicates of the statements that the rule can give; None among them where a variable stands there."""
        paths = (pattern.path for pattern in self._construct.head)
        return frozenset(path.predicate if isinstance(path, Link) else None for path in paths)

    @cached_property
    def _construct(self) -> Construct:
        try:
            return read_construct(self._rule.construct)
        except InputError as error:
            raise InputError(f"rule {self._rule.iri}: {error}") from None

    @cached_property
    def _tracer(self) -> _Tracer:
        return _Tracer(self._store, self._rank, self._construct.prologue, self._prefixes)

    @cached_property
    def _solutions(self) -> dict[Triple, list[_Row]]:
        found: dict[Triple, list[_Row]] = defaultdict(list)
        for row in self._tracer.rows(self._construct.where, {}):
            for pattern in self._construct.head:
                triple = _ground(pattern, row)
                if triple is not None:
                    found[triple].append(row)
        return found

    def step(self, triple: Triple) -> Step | None:
        """The step by which this rule gives a statement, from the first solution that was there before it."""
        if not any(_could_give(pattern, triple) for pattern in self._construct.head):
            return None
        where = self._construct.where
        for row in _in_order(self._solutions.get(triple, ())):
            grounds = self._tracer.grounds(where, row, {}, self._rank[triple])
            if grounds is not None:
                return Step(
                    triple,
                    self._rule.iri,
                    self._rule.label,
                    tuple(dict.fromkeys(grounds.premises)),
                    tuple(dict.fromkeys(grounds.absences)),
                    tuple(dict.fromkeys(grounds.filters)),
                )
        return None


class _Tracer:
    """Traces solutions of patterns to the statements and absences that make them.

    An environment binds the variables that a group takes from outside (those of a group around an EXISTS). A `limit`
    admits only statements that are recorded or were derived before the one of that rank.
    """

    def __init__(self, store: Store, rank: Mapping[Triple, int], prologue: str, prefixes: Mapping[str, str]) -> None:
        self._store = store
        self._rank = rank
        self._prologue = prologue
        self._prefixes = prefixes
        # By the identity of the part: equal tables cost as much to compare as to look up.
        self._tables: dict[int, dict[tuple[Term | None, ...], list[_Row]]] = {}

    def rows(
        self, group: Group, environment: Mapping[Variable, Term], extra: Sequence[tuple[Expression, Variable]] = ()
    ) -> list[_Row]:
        """The solutions of a group, the tags of their branches among the variables bound."""
        writer = Writer(str, tagged=True)
        columns = [str(variable) for variable in dict.fromkeys((*group.variables, *group.tags, *environment))]
        columns += [f"({writer.expression(expression)} AS {variable})" for expression, variable in extra]
        query = f"{self._prologue} SELECT {' '.join(columns) or '*'} WHERE {writer.group(group)}"
        answers = self._store.query(query, substitutions=dict(environment) or None)
        assert isinstance(answers, QuerySolutions)
        names = answers.variables
        return [
            {name: value for name, value in zip(names, answer, strict=True) if value is not None} for answer in answers
        ]

    def grounds(
        self, group: Group, row: Mapping[Variable, Term], environment: Mapping[Variable, Term], limit: int
    ) -> _Grounds | None:
        """What a solution of a group rests on; None where it rests on something that was not there yet."""
        inside = _inside(group, row, environment)
        total = _Grounds()
        for part in group.parts:
            grounds = self._part(part, row, inside, environment, limit)
            if grounds is None:
                return None
            total += grounds
        return total

    def _part(
        self,
        part: Part,
        row: Mapping[Variable, Term],
        inside: Mapping[Variable, Term],
        environment: Mapping[Variable, Term],
        limit: int,
    ) -> _Grounds | None:
        match part:
            case Match():
                return self._match(part, inside, limit)
            case Filter():
                return self._filter(part.expression, inside, limit)
            case Assign():
                return self._assigned(part, inside, limit)
            case Exists():
                return (
                    self._fails(part.group, inside, limit) if part.negated else self._holds(part.group, inside, limit)
                )
            case Subselect():
                return self._subselect(part, inside, limit)
            case Union() | Maybe():
                return self._branches(part, row, inside, environment, limit)
            case _:
                return _Grounds()

    def _branches(
        self,
        part: Union | Maybe,
        row: Mapping[Variable, Term],
        inside: Mapping[Variable, Term],
        environment: Mapping[Variable, Term],
        limit: int,
    ) -> _Grounds | None:
        for branch in branches_of(part):
            if branch.tag in row:
                return self.grounds(branch.group, row, environment, limit)
        return self._fails(branches_of(part)[0].group, inside, limit)

    def _match(self, part: Match, inside: Mapping[Variable, Term], limit: int) -> _Grounds | None:
        def allowed(triple: Triple) -> bool:
            return self._rank.get(triple, -1) < limit

        path = part.path.predicate if isinstance(part.path, Link) else part.path
        subject, value = _value(part.subject, inside), _value(part.object, inside)
        predicate = _value(path, inside) if isinstance(path, NamedNode | Variable) else None
        if isinstance(subject, Variable) or isinstance(value, Variable):
            return None
        if not isinstance(path, NamedNode | Variable):
            walked = shortest(self._store, path, subject, value, allowed)
            return None if walked is None else _Grounds(walked)
        if not isinstance(predicate, NamedNode) or isinstance(subject, Literal):
            return None
        found = next(self._store.quads_for_pattern(subject, predicate, value), None)  # as the store writes it
        return _Grounds((found.triple,)) if found is not None and allowed(found.triple) else None

    def _filter(self, expression: Expression, inside: Mapping[Variable, Term], limit: int) -> _Grounds | None:
        within = self._exists_within(expression, inside, limit)
        return None if within is None else within + _Grounds(filters=(self._writer(inside).expression(expression),))

    def _assigned(self, part: Assign, inside: Mapping[Variable, Term], limit: int) -> _Grounds | None:
        within = self._exists_within(part.expression, inside, limit)
        if within is None or part.expression.single or part.variable not in inside:
            return within
        writer = self._writer(inside)
        return within + _Grounds(filters=(f"{writer.shown(part.variable)} = {writer.expression(part.expression)}",))

    def _exists_within(self, expression: Expression, inside: Mapping[Variable, Term], limit: int) -> _Grounds | None:
        """What keeps each EXISTS inside an expression as it is: a witness where it finds one, else the absence."""
        total = _Grounds()
        for piece in expression.pieces:
            if isinstance(piece, Exists):
                grounds = self._holds(piece.group, inside, limit) or self._fails(piece.group, inside, limit)
                if grounds is None:
                    return None
                total += grounds
        return total

    def _writer(self, bound: Mapping[Variable, Term]) -> Writer:
        return Writer(lambda slot: _shown(_value(slot, bound), self._prefixes))

    def _holds(self, group: Group, environment: Mapping[Variable, Term], limit: int) -> _Grounds | None:
        """What the first solution of a group in an environment rests on; None where there is none."""
        for row in _in_order(self.rows(group, environment)):
            grounds = self.grounds(group, row, environment, limit)
            if grounds is not None:
                return grounds
        return None

    def _fails(self, group: Group, environment: Mapping[Variable, Term], limit: int) -> _Grounds | None:
        """What it rests on that a group has no solution: its absence, and what blocks each solution it could have.

        None where it has a solution.
        """
        total = _Grounds(absences=(_absence(group, environment, self._writer(environment)),))
        if group.monotone:
            return total
        candidate = _candidates(group)
        for row in _in_order(self.rows(candidate, environment)):
            seen = self.grounds(candidate, row, environment, limit)
            if seen is None:
                continue  # one of its statements is not among those that this derivation may use
            blocked = self._blocked(group, row, environment, limit)
            if blocked is None and group.settled:
                return None
            # Whoever reads that each thing was accounted for wants to see each thing.
            total += seen if not group.settled or (blocked and blocked.premises) else _Grounds()
            total += blocked or _Grounds()
            if not group.settled:
                total += self._conditions(group, row, environment, limit)
        return total

    def _blocked(
        self, group: Group, row: Mapping[Variable, Term], environment: Mapping[Variable, Term], limit: int
    ) -> _Grounds | None:
        """Why a solution of the group without its denials is none with them; None where they allow it."""
        inside = _inside(group, row, environment)
        for part in group.parts:
            grounds = None
            if isinstance(part, Exists) and not part.monotone:
                turned = self._holds if part.negated else self._fails
                grounds = turned(part.group, inside, limit)
            elif isinstance(part, Subselect) and not part.aggregated and not part.monotone:
                grounds = self._fails(part.group, {name: inside[name] for name in part.keys if name in inside}, limit)
            for branch in branches_of(part):
                if grounds is None and isinstance(part, Union) and branch.tag in row:
                    grounds = self._blocked(branch.group, row, environment, limit)
            if grounds is not None:
                return grounds
        return None

    def _conditions(
        self, group: Group, row: Mapping[Variable, Term], environment: Mapping[Variable, Term], limit: int
    ) -> _Grounds:
        """What keeps the EXISTS inside the conditions of a group as they are."""
        inside = _inside(group, row, environment)
        total = _Grounds()
        for part in group.parts:
            if isinstance(part, Filter):
                total += self._exists_within(part.expression, inside, limit) or _Grounds()
            for branch in branches_of(part):
                if branch.tag in row:
                    total += self._conditions(branch.group, row, environment, limit)
        return total

    def _subselect(self, part: Subselect, inside: Mapping[Variable, Term], limit: int) -> _Grounds | None:
        rows = self._table(part).get(tuple(inside.get(name) for name in part.keys), [])
        total = _Grounds()
        for row in _in_order(rows):
            grounds = self.grounds(part.group, row, {}, limit)
            if grounds is None:
                continue
            if not part.aggregated:
                return grounds
            total += grounds
        return total if part.aggregated else None

    def _table(self, part: Subselect) -> dict[tuple[Term | None, ...], list[_Row]]:
        """The solutions inside a subselect by the columns they show."""
        if id(part) not in self._tables:
            table: dict[tuple[Term | None, ...], list[_Row]] = defaultdict(list)
            for row in self.rows(part.group, {}, part.computed):
                table[tuple(row.get(name) for name in part.keys)].append(row)
            self._tables[id(part)] = table
        return self._tables[id(part)]


def _candidates(group: Group) -> Group:
    """The group without what it denies: all solutions that it could have on a part of the graph.

    Where it has an OPTIONAL or counts something, its conditions are left out as well:
    on less they could turn out otherwise.
    """
    parts: list[Part] = []
    for part in group.parts:
        if isinstance(part, Union):
            parts.append(Union(tuple(Branch(_candidates(branch.group), branch.tag) for branch in part.branches)))
        elif isinstance(part, Subselect) and not part.aggregated:
            parts.append(replace(part, group=_candidates(part.group)))
        elif isinstance(part, Exists):
            parts += [part] if part.monotone else []
        elif not isinstance(part, Filter) or group.settled:
            parts.append(part)
    return Group(tuple(parts))


def _inside(group: Group, row: Mapping[Variable, Term], environment: Mapping[Variable, Term]) -> _Row:
    """The bindings that hold inside a group: those from outside and those that its own solution has."""
    return {**environment, **{name: row[name] for name in group.variables if name in row}}


def _value(slot: Slot, bound: Mapping[Variable, Term]) -> Slot:
    return bound.get(slot, slot) if isinstance(slot, Variable) else slot


def _ground(pattern: Match, row: Mapping[Variable, Term]) -> Triple | None:
    """A triple pattern of a head with the values of a solution; None where that is no statement."""
    subject, value = _value(pattern.subject, row), _value(pattern.object, row)
    path = pattern.path
    predicate = path.predicate if isinstance(path, Link) else row.get(path) if isinstance(path, Variable) else None
    if not isinstance(subject, NamedNode | BlankNode) or not isinstance(predicate, NamedNode):
        return None
    return None if isinstance(value, Variable) else Triple(subject, predicate, value)


def _could_give(pattern: Match, triple: Triple) -> bool:
    predicate = pattern.path.predicate if isinstance(pattern.path, Link) else pattern.path
    places = ((pattern.subject, triple.subject), (predicate, triple.predicate), (pattern.object, triple.object))
    return all(isinstance(slot, Variable) or slot == term for slot, term in places)


def _in_order(rows: Iterable[_Row]) -> list[_Row]:
    """Solutions in an order that is the same on every run."""
    return sorted(rows, key=lambda row: sorted((name.value, str(value)) for name, value in row.items()))


def _order(triple: Triple) -> tuple[str, str, str]:
    return str(triple.subject), str(triple.predicate), str(triple.object)


def _shown(slot: Slot, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """A term in SPARQL with prefixed names."""
    if isinstance(slot, NamedNode):
        return compact_iri(slot.value, prefixes)
    if isinstance(slot, Literal) and slot.language is None and slot.datatype.value != XSD_STRING:
        return f"{printable(str(Literal(slot.value)))}^^{compact_iri(slot.datatype.value, prefixes)}"
    return printable(str(slot))


def _sentence(triple: Triple) -> str:
    return " ".join(_shown(term) for term in (triple.subject, triple.predicate, triple.object))


def _absence(group: Group, bound: Mapping[Variable, Term], writer: Writer) -> AbsencePattern:
    parts = list(_all_parts(group))
    return AbsencePattern(
        text=writer.inside(group),
        triples=tuple(_pattern(part, bound, writer) for part in parts if isinstance(part, Match)),
        filters=tuple(writer.expression(part.expression) for part in parts if isinstance(part, Filter)),
        unless=tuple(
            _absence(part.group, bound, writer) for part in parts if isinstance(part, Exists) and part.negated
        ),
    )


def _all_parts(group: Group) -> Iterator[Part]:
    """The parts of a group and of the groups that belong to its solutions."""
    for part in group.parts:
        yield part
        inner = [branch.group for branch in branches_of(part)]
        inner += [part.group] if isinstance(part, Subselect) or (isinstance(part, Exists) and not part.negated) else []
        for nested in inner:
            yield from _all_parts(nested)


def _pattern(part: Match, bound: Mapping[Variable, Term], writer: Writer) -> tuple[Slot, Slot | str, Slot]:
    if isinstance(part.path, Variable):
        predicate: Slot | str = _value(part.path, bound)
    else:
        predicate = part.path.predicate if isinstance(part.path, Link) else writer.path(part.path)
    return _value(part.subject, bound), predicate, _value(part.object, bound)
