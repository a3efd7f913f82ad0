"""Is the ontology consistent, can every class have a member, and does what must follow follow? Asked of HermiT.

HermiT is run through owlready2, which reads no Turtle, would fetch imports from the network, and whose HermiT stops at
datatypes outside the OWL 2 map. So the whole closure is handed over as one set of N-Triples, without headers, imports
and values of such datatypes, in a world of its own.

`entailments.tsv`, in the ontology folder, says what must and what must not follow, each with a sentence for its
readers. The facts given in one line are about probes, whose names no other line shares.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, parse, serialize

from sharewell.errors import InputError
from sharewell.graph.terms import Term, compact, compact_iri
from sharewell.ontology.clashes import Clash, clashes, misfits
from sharewell.ontology.datatypes import readable
from sharewell.ontology.findings import Finding
from sharewell.ontology.java import java_command
from sharewell.ontology.modules import Module, iri_of, shown
from sharewell.ontology.positions import Positions
from sharewell.vocabulary import OWL, PREFIXES, RDF_TYPE, RDFS, SHAREWELL

ENTAILMENTS = "entailments.tsv"
_COLUMNS = ["expected", "given", "then", "because"]
_PROBE = f"{SHAREWELL}/probe/"
_USERS = f"{SHAREWELL}/users-of/"
_UNTANGLE = "Remove one of the statements named, or the disjointness if both classes may share members"
_EXPLAIN = "Undo the last change, or open the file in Protégé and ask its reasoner for an explanation"
_LENGTH = 300
_NOTHING = OWL + "Nothing"
_SUBCLASS = RDFS + "subClassOf"


@dataclass(frozen=True, slots=True)
class Entailment:
    """One line of `entailments.tsv`: from the facts given, `then` must follow, or must not."""

    must: bool
    given: tuple[Triple, ...]
    then: Triple
    because: str
    shown: str
    file: str
    line: int


def read_entailments(folder: Path) -> list[Entailment]:
    """The entailments of an ontology folder; none where there is no such file.

    Raises InputError with the line for one that cannot be read.
    """
    path = folder / ENTAILMENTS
    if not path.is_file():
        return []
    name = shown(path, folder)
    lines = list(csv.reader(path.read_text(encoding="utf-8").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    if not lines or lines[0] != _COLUMNS:
        raise InputError(f"the first line must name the columns {' '.join(_COLUMNS)}", file=name, line=1)
    return [_entailment(cells, name, number) for number, cells in enumerate(lines[1:], start=2) if any(cells)]


def _entailment(cells: Sequence[str], file: str, line: int) -> Entailment:
    if len(cells) != len(_COLUMNS) or cells[0] not in {"must", "must not"}:
        raise InputError("needs four cells: 'must' or 'must not', facts given, one fact, a sentence", file, line)
    given, then = _facts(cells[1], file, line), _facts(cells[2], file, line)
    if len(then) != 1 or not cells[3].strip():
        raise InputError("needs exactly one fact in the third cell and a sentence in the fourth", file, line)
    return Entailment(cells[0] == "must", given, then[0], cells[3].strip(), cells[2].strip(), file, line)


def _facts(text: str, file: str, line: int) -> tuple[Triple, ...]:
    """The statements of a cell, written in Turtle; `ex:` is the namespace of this line's probes."""
    prefixes = {**PREFIXES, "ex": f"{_PROBE}{line}#"}
    prologue = "".join(f"@prefix {prefix}: <{namespace}> . " for prefix, namespace in prefixes.items())
    document = f"{prologue}{text.strip().removesuffix('.')} ." if text.strip() else ""
    try:
        return tuple(q.triple for q in parse(input=document.encode(), format=RdfFormat.TURTLE))
    except SyntaxError as error:
        raise InputError(f"'{text}' is not Turtle: {error.msg}", file, line) from error


def reasoner_input(modules: Iterable[Module], facts: Iterable[Triple] = ()) -> bytes:
    """The statements of files, and further facts, as N-Triples that HermiT can read; each once, sorted.

    Headers, imports and values of datatypes that it does not know are left out.
    """
    modules = list(modules)
    headers = {name for module in modules for name in module.names}
    stated = [t for module in modules for t in module.triples if iri_of(t.subject) not in headers]
    lines = serialize(readable([*stated, *facts]), format=RdfFormat.N_TRIPLES) or b""
    return b"".join(sorted(set(lines.splitlines(keepends=True))))


class Inconsistent(Exception):
    """HermiT found that the statements contradict each other."""


@dataclass(frozen=True, slots=True)
class Classified:
    """What HermiT concluded: the classes that can have no member, and the world to ask."""

    impossible: frozenset[str]
    world: Any

    def holds(self, triple: Triple) -> bool:
        """Whether a statement about named things follows: a subclass, a class of an individual, or a property."""
        name, meant = iri_of(triple.subject), iri_of(triple.object)
        if triple.predicate.value == _SUBCLASS and (meant == _NOTHING or name in self.impossible):
            return name in self.impossible
        subject, value = self.world[name], self.world[meant]
        if subject is None or value is None:
            return False
        if triple.predicate.value == _SUBCLASS:
            return value in subject.ancestors()
        if triple.predicate == RDF_TYPE:
            return any(value in parent.ancestors() for parent in subject.is_a if hasattr(parent, "ancestors"))
        predicate = self.world[triple.predicate.value]
        # HermiT names a pair only under the most special of the properties that hold between the two.
        return predicate is not None and any(value in below[subject] for below in predicate.descendants())


def classify(statements: bytes, *, properties: bool = True) -> Classified:
    """Run HermiT on N-Triples; with `properties`, also what follows about object properties of individuals.

    Raises Inconsistent, and InputError where HermiT cannot read the statements or Java is not installed.
    """
    java = java_command()
    import owlready2

    world = owlready2.World()
    with _quiet(owlready2, java):
        try:
            world.get_ontology(f"{SHAREWELL}/closure#").load(fileobj=io.BytesIO(statements), only_local=True)
            owlready2.sync_reasoner_hermit(world, infer_property_values=properties, debug=0)
            impossible = {thing.iri for thing in world.inconsistent_classes()} - {_NOTHING}
        except owlready2.OwlReadyInconsistentOntologyError as error:
            raise Inconsistent from error
        except owlready2.OwlReadyJavaError as error:
            raise InputError(f"HermiT cannot read the ontology: {_reason(str(error))}") from error
        except (owlready2.OwlReadyOntologyParsingError, TypeError, ValueError) as error:
            # owlready2 makes Python classes of classes and Python values of literals, where it can.
            raise InputError(f"owlready2 cannot read the ontology: {error.__context__ or error}") from error
    return Classified(frozenset(impossible), world)


@contextlib.contextmanager
def _quiet(owlready2: Any, java: str) -> Iterator[None]:
    """owlready2 with this Java, silent, its temporary files (which it leaves behind on errors) cleared away."""
    before = owlready2.JAVA_EXE, tempfile.tempdir
    out, err = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    with tempfile.TemporaryDirectory() as temporary, out, err:
        owlready2.JAVA_EXE, tempfile.tempdir = java, temporary
        try:
            yield
        finally:
            owlready2.JAVA_EXE, tempfile.tempdir = before


def _reason(error: str) -> str:
    """What a Java error says, without the lines that say where in the program."""
    said = re.split(r"\s+at [\w.$]+\(", error.partition("Exception in thread")[2] or error)[0]
    return " ".join(said.removeprefix(' "main" ').split())[:_LENGTH]


def check_consistency(
    modules: Sequence[Module],
    entailments: Sequence[Entailment],
    folder: Path,
    positions: Positions,
    records: Mapping[Path, Sequence[Triple]] | None = None,
) -> list[Finding]:
    """Contradictions, classes and properties that can have no member, and entailments that fail; empty when none.

    `modules` are the files of one closure; `records` the statements of data files that must be consistent with them.
    Raises InputError where Java is missing.
    """
    java_command()
    files = _Files({module.path: module.triples for module in modules}, folder, positions)
    facts = [triple for entailment in entailments for triple in entailment.given]
    try:
        classified = classify(reasoner_input(modules, [*facts, *_use_probes(modules)]))
    except Inconsistent:
        return _contradictions(files, facts, entailments)
    except InputError as error:
        return [_unreadable(error)]
    found = [*_impossible(classified, files), *_failed(classified, entailments)]
    return found or _records(modules, files, records or {})


def _records(modules: Sequence[Module], files: _Files, records: Mapping[Path, Sequence[Triple]]) -> list[Finding]:
    if not records:
        return []
    facts = [triple for triples in records.values() for triple in triples]
    try:
        classify(reasoner_input(modules, facts), properties=False)
    except Inconsistent:
        both = _Files({**files.statements, **records}, files.folder, files.positions)
        return _contradictions(both, [], [])
    except InputError as error:
        return [_unreadable(error)]
    return []


def _unreadable(error: InputError) -> Finding:
    return Finding(None, None, error.message, "Mend what the other gates report; a value must be one of its datatype")


@dataclass(frozen=True, slots=True)
class _Files:
    """The statements of files, to say where one of them stands."""

    statements: Mapping[Path, Sequence[Triple]]
    folder: Path
    positions: Positions

    def place(self, triple: Triple) -> tuple[str | None, int | None]:
        for path, triples in self.statements.items():
            if triple in triples:
                return shown(path, self.folder), self.positions.line(path, triple)
        return None, None

    def place_of_term(self, iri: str) -> tuple[str | None, int | None]:
        term = NamedNode(iri)
        for path, triples in self.statements.items():
            if any(t.subject == term and t.predicate == RDF_TYPE for t in triples):
                return shown(path, self.folder), self.positions.line_of_term(path, term)
        return None, None

    def all(self) -> list[Triple]:
        return [triple for triples in self.statements.values() for triple in triples]


def _use_probes(modules: Iterable[Module]) -> Iterator[Triple]:
    """For each object property, a class of the things that have it: impossible where the property cannot be used."""
    kind, thing = NamedNode(OWL + "ObjectProperty"), NamedNode(OWL + "Thing")
    properties = {iri_of(t.subject) for m in modules for t in m.triples if t.predicate == RDF_TYPE and t.object == kind}
    for number, iri in enumerate(sorted(properties)):
        users, restriction = NamedNode(f"{_USERS}{iri}"), BlankNode(f"users{number}")
        yield Triple(users, RDF_TYPE, NamedNode(OWL + "Class"))
        yield Triple(users, NamedNode(_SUBCLASS), restriction)
        yield Triple(restriction, RDF_TYPE, NamedNode(OWL + "Restriction"))
        yield Triple(restriction, NamedNode(OWL + "onProperty"), NamedNode(iri))
        yield Triple(restriction, NamedNode(OWL + "someValuesFrom"), thing)


def _impossible(classified: Classified, files: _Files) -> Iterator[Finding]:
    """The terms of the ontology, probes left out, that nothing can fall under."""
    why = {clash.term: clash for clash in clashes(files.all())}
    for iri in sorted(classified.impossible):
        term = iri.removeprefix(_USERS)
        if term.startswith(_PROBE):
            continue
        what = "can have no member" if term == iri else "can hold between no two things"
        clash = why.get(term)
        because = f": {_because(clash)}" if clash else ""
        file, line = files.place_of_term(term)
        yield Finding(file, line, f"{compact_iri(term)} {what}{because}", _UNTANGLE)


def _contradictions(files: _Files, facts: Sequence[Triple], entailments: Iterable[Entailment]) -> list[Finding]:
    given = {triple: entailment for entailment in entailments for triple in entailment.given}
    found = []
    for clash in clashes([*files.all(), *facts]):
        row = next((given[reason] for reason in clash.reasons if reason in given), None)
        file, line = (row.file, row.line) if row else files.place(clash.reasons[1])
        found.append(Finding(file, line, f"{compact_iri(clash.term)} contradicts itself: {_because(clash)}", _UNTANGLE))
    for misfit in misfits([*files.all(), *facts]):
        said = " ".join(compact(term) for term in _parts(misfit.statement))
        message = f"'{said}' contradicts the range of the property, which is {compact_iri(misfit.range)}"
        found.append(Finding(*files.place(misfit.statement), message, "Write the value with the datatype of the range"))
    return found or [
        Finding(None, None, "the ontology contradicts itself, not only by disjoint classes or values", _EXPLAIN)
    ]


def _because(clash: Clash) -> str:
    one, other = (compact_iri(name) for name in clash.classes)
    reasons = " and ".join(f"'{' '.join(compact(t) for t in _parts(r))}'" for r in dict.fromkeys(clash.reasons))
    return f"it falls under both {one} and {other}, which are disjoint, by {reasons}"


def _parts(triple: Triple) -> tuple[Term, Term, Term]:
    return triple.subject, triple.predicate, triple.object


def _failed(classified: Classified, entailments: Iterable[Entailment]) -> Iterator[Finding]:
    for entailment in entailments:
        if classified.holds(entailment.then) != entailment.must:
            verb = "does not follow and must" if entailment.must else "follows and must not"
            remedy = "Look at the axioms of the terms named, or, if the meaning has changed, at this line"
            message = f"'{entailment.shown}' {verb}: {entailment.because.rstrip('.')}"
            yield Finding(entailment.file, entailment.line, message, remedy)
