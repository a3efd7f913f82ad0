"""A project and what can be done with it: the Python API, which the command line mirrors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from pyoxigraph import NamedNode, Quad, Store, Triple

from sharewell import questions, validation
from sharewell.assessment.assessor import Assessor
from sharewell.assessment.maturity import AgreementMaturity, maturity
from sharewell.assessment.plans import PlanReport
from sharewell.assessment.proofs import Proof, Prover
from sharewell.assessment.proposals import ProposedFlow, read_plan
from sharewell.assessment.recommendations import outcomes
from sharewell.assessment.results import AssessmentReport, Verdict
from sharewell.assessment.rules import RuleBook, read_rules
from sharewell.assessment.whatif import WhatIf
from sharewell.collector import collector_paused
from sharewell.errors import InputError
from sharewell.graph import persistent
from sharewell.graph.bulk import File
from sharewell.graph.encoded import DEFAULT_MEMORY
from sharewell.graph.endpoint import Endpoint
from sharewell.graph.fetched import MOST_TRIPLES, fetch
from sharewell.graph.names import Match, Names
from sharewell.graph.project import Settings, TableSource, find_project, project_folder, read_settings
from sharewell.graph.source import Source, read_source, relative
from sharewell.graph.store import MergedGraph, load, load_ontology, merge
from sharewell.graph.terms import Term, compact, expand
from sharewell.ingest import starter
from sharewell.ingest.inventory import Export, export_inventory
from sharewell.ingest.reader import Intake, Setting, read_tables
from sharewell.questions import Answer, Headline, Parameter, Question
from sharewell.reasoning.derivation import derive
from sharewell.report.checks import CheckReport, RecommendationLine, RuleNote
from sharewell.report.turtle import assessment_statements
from sharewell.validation import Engine, Findings, ValidationReport, ValidationResult
from sharewell.validation.cells import cell_results
from sharewell.vocabulary import PREFIXES, RDF_TYPE, SHARE

Step = Callable[[str], None]


def _silent(_: str) -> None:
    """No progress is shown."""


class Project:
    """A folder of sources read as one graph as of one date.

    The graph is loaded, closed and derived on first use. `on_step` is told what is being done, for progress.
    """

    def __init__(
        self,
        settings: Settings,
        on_step: Step = _silent,
        store: Path | None = None,
        fetch: Callable[[], Source] | None = None,
    ) -> None:
        """`store` is a folder to keep the graph in, so that it is read and derived only when something changed.

        `fetch` gives what is recorded, in place of the files of the settings.
        """
        self.settings = settings
        self._with_assessments: Store | None = None
        self._on_step = on_step
        self._intake = Intake()
        self._store = store
        self._fetch = fetch
        self._kept: persistent.State | None = None

    @cached_property
    def graph(self) -> MergedGraph:
        """The merged graph, closed and derived. Raises InputError for a source that cannot be read."""
        if self._store is not None:
            return self._state(self._store).read()
        self._on_step("reading")
        try:
            if self._fetch is not None:
                graph = merge([self._fetch()], self.settings.as_of, self.rules.statements)
            else:
                found = self.settings
                graph = load(
                    found.sources, found.root, found.as_of, found.base, self.rules.statements, further=self._tables
                )
        except InputError as error:
            raise self._from_here(error) from None
        self._derive(graph)
        return graph

    @property
    def on_disk(self) -> bool:
        """Whether the graph is kept in a folder."""
        return self._store is not None

    def prepare(self) -> None:
        """Do what takes long: afterwards the graph is at hand, in memory or on disk. Raises InputError as `graph`."""
        if self._store is None:
            _ = self.graph
        else:
            self._state(self._store)

    def _state(self, store: Path) -> persistent.State:
        if self._kept is None:
            if self.settings.tables:
                raise InputError("a project with tables is not kept on disk: leave out --store", str(store))
            self._on_step("opening")
            found = self.settings
            inputs = persistent.Inputs(
                found.sources, found.root, found.as_of, found.base, self.rules.statements, found.rules
            )
            try:
                self._kept = persistent.prepare(store, inputs, self._derive)
            except InputError as error:
                raise self._from_here(error) from None
        return self._kept

    def _derive(self, graph: MergedGraph) -> None:
        self._on_step("deriving")
        derive(graph, self.rules.derivations)

    def _tables(self, ontology: Sequence[Quad], recorded: Sequence[Source]) -> Sequence[Source]:
        """The project's tables, read so that their cells may name what is recorded elsewhere."""
        if self.settings.tables:
            self._intake = read_tables(self.settings.tables, self._setting(ontology, recorded), self._on_step)
        return self._intake.sources

    def _setting(self, ontology: Sequence[Quad], recorded: Sequence[Source]) -> Setting:
        settings = self.settings
        return Setting(settings.root, settings.base, self.prefixes, ontology, recorded, settings.illustrative)

    @property
    def intake(self) -> Intake:
        """How the project's tables were read: a report on each, and what was found in their cells."""
        _ = self.graph
        return self._intake

    def export_inventory(self) -> Export:
        """What is recorded as a workbook after the template, with a list of what it cannot carry."""
        graph = self.graph
        return export_inventory(self._setting(graph.ontology, graph.sources))

    @cached_property
    def rules(self) -> RuleBook:
        """The rules that the project's settings name. Raises InputError for a pack or a rule that cannot be used."""
        try:
            return read_rules(self.settings.packs, self.settings.rules)
        except InputError as error:
            raise self._from_here(error) from None

    @cached_property
    def assessor(self) -> Assessor:
        """The rules held against the graph."""
        return self._assessor(self.rules)

    def label(self, term: Term) -> str:
        """The words for a node: its label in the project's language, else its short name."""
        if not isinstance(term, NamedNode):
            return compact(term, self.prefixes)
        label = self.names.label(term.value)
        # A derived node has a long IRI and often no label; within the project the end of it says enough.
        return label.strip("<>").removeprefix(self.settings.base) if label == f"<{term.value}>" else label

    def assess(self, rules: Sequence[str] = (), remedies: bool = True) -> AssessmentReport:
        """Every rule (or those named by pack, identifier or alias) held against every subject it concerns.

        With `remedies`, each finding has the smallest change that was found to turn it, where there is one. Raises
        InputError for a name that no rule has.
        """
        return self._chosen(rules).report(remedies)

    def _chosen(self, rules: Sequence[str]) -> Assessor:
        """The assessor of the rules named, of all where none is."""
        chosen = self.rules.select(rules) if rules else self.rules
        _ = self.graph
        self._on_step("assessing")
        return self._assessor(chosen) if rules else self.assessor

    def _assessor(self, book: RuleBook) -> Assessor:
        return Assessor(self.graph, book, self.label, self.settings.illustrative, prefixes=self.prefixes)

    def explain(self, node: str, rule: str | None = None, everything: bool = False) -> tuple[Proof, ...]:
        """The proofs of the assessments of a node, worst first; of one rule (by identifier or alias) where it is named.

        Without a rule, those that do not apply are left out unless `everything` is asked for. Raises InputError for a
        node or a rule that is not known, and for a rule that is not about nodes of this kind.
        """
        subject = NamedNode(self.resolve(node))
        rules = self.rules.rules if rule is None else (self.rules.find(rule),)
        assessor = self.assessor
        reached = [r for r in rules if subject in assessor.decider.subjects(r)]
        if not reached:
            about = "no rule" if rule is None else f"rule {rules[0].identifier}"
            raise InputError(f"{about} is about things of the kind of '{node}' ({self.label(subject)})")
        prover = Prover(assessor)
        proofs = [prover.prove(r, subject) for r in reached]
        shown = [p for p in proofs if rule or everything or p.assessment.verdict is not Verdict.not_applicable]
        return tuple(sorted(shown, key=lambda proof: proof.assessment.sort_key()))

    def maturity(self) -> tuple[AgreementMaturity, ...]:
        """How far each agreement that stands at the date is up the ladder of maturity, and what holds it there."""
        return maturity(self.assessor)

    def may(
        self,
        origin: str,
        destination: str,
        elements: Sequence[str],
        purposes: Sequence[str],
        programs: Sequence[str] = (),
        necessity: str | None = None,
    ) -> PlanReport:
        """May this body share this with that body, for this purpose? A proposed flow, judged on the record.

        Everything is named as people write it. Raises InputError for a name that means nothing, or several things.
        """
        flow = ProposedFlow(
            self.resolve(origin),
            self.resolve(destination),
            tuple(self.resolve(name, SHARE + "DataElement") for name in elements),
            tuple(self.resolve(name, SHARE + "Purpose") for name in purposes),
            tuple(self.resolve(name, SHARE + "Program") for name in programs),
            necessity,
        )
        return self._whatif.flow(flow)

    def plan(self, path: str | Path) -> PlanReport:
        """A described proposal (Turtle or YAML) judged on the record. Raises InputError for one that cannot be read."""
        return self._whatif.plan(read_plan(Path(path), self.settings.base, self.resolve))

    @cached_property
    def _whatif(self) -> WhatIf:
        return WhatIf(self.assessor, self.settings.base, self.settings.illustrative)

    def _from_here(self, error: InputError) -> InputError:
        """An error about a source, its path as seen from the folder we stand in and not from the project's."""
        shown = error.file
        if error.file and "://" not in error.file:  # a graph's IRI is no path
            path = self.settings.root / error.file
            with suppress(OSError, ValueError):  # a name too long for a file is none
                shown = os.path.relpath(path) if path.exists() else error.file
        return InputError(error.message, shown, error.line, error.column)

    @cached_property
    def names(self) -> Names:
        """The nodes of the graph by the names people use for them."""
        return Names(self.graph.store, self.settings.languages)

    @property
    def prefixes(self) -> Mapping[str, str]:
        """The known prefixes and the project's own."""
        return {**PREFIXES, self.settings.prefix: self.settings.base}

    def resolve(self, text: str, node_class: str | None = None) -> str:
        """The IRI of the node that a text names, of a class (by IRI) where one is given.

        Raises InputError, with the nearest names, where there is not exactly one.
        """
        return self.names.resolve(text, self.prefixes, node_class)

    def find(self, text: str) -> list[Match]:
        """Nodes and terms by label, best match first. Raises InputError where the text holds no word."""
        return self.names.find(text)

    def validate(self) -> ValidationReport:
        """Is the record well formed? The model shapes on the derived graph, and the cells of the tables."""
        graph = self.graph
        self._on_step("validating")
        report = validation.validate_model(graph, on_step=self._on_step)
        cells = cell_results(self._intake.findings, self.settings.base)
        return replace(report, results=tuple(sorted((*report.results, *cells), key=ValidationResult.sort_key)))

    @collector_paused()
    def check(self, rules: Sequence[str] = (), remedies: bool = True) -> CheckReport:
        """Load, validate, assess and summarise: the main job.

        `rules` limits the assessment to rules named by pack, identifier or alias; `remedies` finds for each finding the
        smallest change that turns it. Raises InputError for a source that cannot be read and for a name that no rule
        has.
        """
        assessor = self._chosen(rules)
        graph, assessments, report = self.graph, assessor.report(remedies), self.validate()
        self._on_step("asking")
        return CheckReport(
            project=self.settings.name,
            illustrative=self.settings.illustrative,
            as_of=graph.as_of,
            triples=graph.recorded,
            derived=len(set(graph.derived) - self._from_ontology),
            sources=len(graph.sources),
            digest=graph.digest,
            prefixes=self.prefixes,
            validation=report,
            assessments=assessments,
            headlines=self._headlines(),
            rules=self._rule_notes(assessor),
            recommendations=outcomes(assessor, assessments.assessments),
            maturity=maturity(assessor),
            base=self.settings.base,
            label=self.label,
        )

    def _rule_notes(self, assessor: Assessor) -> tuple[RuleNote, ...]:
        """What reports say of the rules that were held against the graph."""
        prover, notes = Prover(assessor), []
        for rule in assessor.book.rules:
            pack = assessor.book.pack_of(rule)
            read, day = assessor.reading(rule)
            notes.append(
                RuleNote(
                    iri=rule.iri.value,
                    identifier=rule.identifier,
                    alias=rule.alias,
                    title=rule.title,
                    kind=rule.kind.value.removesuffix("Rule").lower(),
                    pack=pack.identifier if pack else "",
                    law=pack.title if pack else self.label(rule.pack),
                    provisions=tuple(prover.provision(p, self.graph.as_of) for p in rule.provisions),
                    read=read,
                    read_as_at=day,
                    remedy=rule.remedy,
                    serves=tuple(iri.rsplit("#", 1)[-1] for iri in rule.serves),
                    principles=tuple(self.label(NamedNode(iri)) for iri in rule.principles),
                )
            )
        return tuple(notes)

    def _headlines(self) -> tuple[RecommendationLine, ...]:
        lines = []
        for question in questions.catalog():
            if question.headline is not None:
                sentence = self._sentence(question, question.headline)
                lines.append(RecommendationLine(question.headline.recommendation, sentence, question.id))
        return tuple(sorted(lines, key=lambda line: line.recommendation))

    def _sentence(self, question: Question, headline: Headline) -> str:
        over = expand(headline.over) or headline.over
        if next(self.graph.store.quads_for_pattern(None, RDF_TYPE, NamedNode(over)), None) is None:
            return f"no {self.names.label(over).lower()} is on record, so nothing can be said"
        return headline.sentence(self.ask_text(question.text, str(question.path)))

    def ask(self, question: str, /, **values: str) -> Answer:
        """The answer to a stored question (by identifier or name, with its parameters) or to a SPARQL text.

        Raises InputError for an unknown question, a parameter that does not fit, or a query that may not be run.
        """
        if "{" in question:
            if values:
                raise InputError("a query of one's own takes no parameters: write them into the query")
            return self.ask_text(question)
        stored = questions.find_question(question)
        text = self.bind(stored, values)
        if stored.needs == "assessed":
            self.add_assessments()
        return self.ask_text(text, str(stored.path))

    def add_assessments(self) -> None:
        """Have questions asked of the graph together with its assessments; once is enough.

        Raises InputError for a graph that is kept on disk, which is only read.
        """
        if self.on_disk:
            raise InputError("a graph kept in a folder holds no assessments: leave out --store to ask about them")
        if self._with_assessments is None:
            statements = assessment_statements(self.check(remedies=False))
            asked = Store()
            asked.bulk_extend(self.graph.store)
            asked.extend(Quad(t.subject, t.predicate, t.object) for t in statements)
            self._with_assessments = asked

    def ask_text(self, text: str, file: str | None = None, most: int = questions.ROW_LIMIT) -> Answer:
        """The answer to a SPARQL text on the merged graph.

        Raises InputError for one that may not be run, and for an answer of more than `most` rows or triples.
        """
        store = self._with_assessments or self.graph.store
        return questions.run(store, text, file, self.prefixes, most)

    def bind(self, question: Question, values: Mapping[str, str]) -> str:
        """The text of a stored question with parameters given as people write them.

        Raises InputError for a wrong value, and for one that is missing where the default is not in this project.
        """
        for parameter in question.parameters:
            self._require_default(question, parameter, values)
        return question.bind(self.terms(question, values))

    def _require_default(self, question: Question, parameter: Parameter, values: Mapping[str, str]) -> None:
        """A default is a node of the shipped case; elsewhere the caller has to say which node is meant."""
        if parameter.type != "iri" or parameter.default == "UNDEF" or parameter.name in values:
            return
        node = NamedNode(expand(parameter.default) or parameter.default)
        if next(self.graph.store.quads_for_pattern(node, RDF_TYPE, None), None) is None:
            raise InputError(
                f"{question.id} asks for {parameter.name}, {parameter.description}: its default {parameter.default} "
                f"is not in this project, so give {parameter.name}=NAME"
            )

    def terms(self, question: Question, values: Mapping[str, str]) -> dict[str, Term]:
        """The terms that people's words for a question's parameters stand for. Raises InputError for a wrong one."""
        return {name: self._term(question.parameter(name), text) for name, text in values.items()}

    def _term(self, parameter: Parameter, text: str) -> Term:
        node_class = expand(parameter.node_class) if parameter.node_class else None
        return questions.parse_value(parameter, text, lambda name: self.resolve(name, node_class))

    @cached_property
    def _from_ontology(self) -> frozenset[Triple]:
        """What follows from the ontology alone: true of every project, so not counted as following from its record."""
        alone = load((), self.settings.root, self.settings.as_of, rules=self.rules.statements)
        derive(alone, self.rules.derivations)
        return frozenset(alone.derived)

    def ask_endpoint(
        self, endpoint: Endpoint, question: str, values: Mapping[str, str], most: int = MOST_TRIPLES
    ) -> Answer:
        """The answer of a remote endpoint to a stored question: the rows that the graph gives here.

        It is asked there only if the endpoint says that it holds the merged graph as of this project's date (with the
        assessments, for a question about them), and its engine is not known to answer wrongly. Else its statements,
        `most` at the most, are fetched, and the rest is done here: even a question on recorded facts needs the ontology
        and what follows from it. Raises InputError where that cannot be, and for any failure of the endpoint.
        """
        stored = questions.find_question(question)
        if endpoint.known_profile().exact and self._holds(endpoint, stored):
            return questions.run_remote(endpoint, self.bind(stored, values), str(stored.path))
        return self.at(endpoint, most).ask(stored.id, **values)

    def at(self, endpoint: Endpoint, most: int = MOST_TRIPLES) -> Project:
        """A project of what is recorded at a remote endpoint, as of this project's date and with its prefixes.

        Its statements are fetched on first use; more than `most` are an InputError, as is any failure.
        """
        settings, rules = replace(self.settings, name=endpoint.where), self.rules.statements

        def fetched() -> Source:
            return fetch(endpoint, settings.as_of, rules, most, self._on_step)

        return Project(settings, self._on_step, fetch=fetched)

    def _holds(self, endpoint: Endpoint, question: Question) -> bool:
        """Whether the endpoint says that it holds what a question is about, as of this project's date."""
        assessed = "?assessment a share:Assessment ." if question.needs == "assessed" else ""
        day = self.settings.as_of
        text = f'ASK {{ {assessed} share:ThisRecord share:asOf ?date . FILTER(STR(?date) = "{day}") }}'
        return questions.run_remote(endpoint, text).boolean is True


def open(
    path: str | Path | None = None,
    as_of: str | None = None,
    on_step: Step = _silent,
    store: str | Path | None = None,
) -> Project:
    """Open a project: the folder at `path`, else the one we stand in, else the shipped HSI case.

    `as_of` is an ISO date or 'today'; without it the project's own date holds. `store` is a folder to keep the graph
    in; without one it is in memory. Raises InputError where the folder is no project or its settings are wrong.
    """
    settings = read_settings(project_folder(Path(path) if path is not None else None), as_of)
    return Project(settings, on_step, None if store is None else Path(store))


def ingest(
    files: Sequence[str | Path],
    mapping: str | None = None,
    project: str | Path | None = None,
    on_step: Step = _silent,
) -> tuple[Intake, Mapping[str, str]]:
    """Read tables by a mapping (its name, or a file): what they gave, and the prefixes of the names in it.

    Cells may name what the project at `project`, or the one we stand in, records; nothing is written. Raises
    InputError for a file or a mapping that cannot be used.
    """
    tables = [TableSource(Path(file), mapping) for file in files]
    root = project_folder(Path(project)) if project is not None else find_project(Path.cwd())
    if root is None:
        prefixes = {**PREFIXES, "our": starter.NO_PROJECT_BASE}
        return read_tables(tables, Setting(Path.cwd(), starter.NO_PROJECT_BASE, prefixes, load_ontology()), on_step), (
            prefixes
        )
    known = Project(read_settings(root), on_step)
    settings, ontology = known.settings, load_ontology()
    recorded = [read_source(path, root, base=settings.base) for path in settings.sources]
    read_now = {Path(file).resolve() for file in files}
    others = [table for table in settings.tables if table.path.resolve() not in read_now]
    if others:
        recorded += read_tables(others, known._setting(ontology, recorded), on_step).sources
    setting = replace(known._setting(ontology, recorded), root=Path.cwd())
    return read_tables(tables, setting, on_step), known.prefixes


def init(folder: str | Path, name: str | None = None) -> Path:
    """Start a project of one's own in a folder that is not there yet; finished, or not there at all.

    Raises InputError where something of that name is there already, or cannot be made.
    """
    return starter.start(Path(folder), name)


def validate(
    data: Sequence[str | Path],
    shapes: Sequence[str | Path],
    engine: str = Engine.fast,
    memory: str = DEFAULT_MEMORY,
    on_step: Step = _silent,
) -> ValidationReport:
    """Plain SHACL on anybody's files: the report of `validating`, all of it at hand."""
    with validating(data, shapes, engine, memory, on_step) as found, collector_paused():
        return ValidationReport(tuple(found.results), found.notes, found.engines)


@contextmanager
def validating(
    data: Sequence[str | Path],
    shapes: Sequence[str | Path],
    engine: str = Engine.fast,
    memory: str = DEFAULT_MEMORY,
    on_step: Step = _silent,
) -> Iterator[Findings]:
    """Plain SHACL on anybody's files, by our own engine (`fast`) or by pyshacl (`reference`): the report is the same.

    The results come one after the other, as long as the block lasts. `memory` bounds what the fast engine holds
    (`2GB`), results included; what goes beyond is written to a temporary folder. Raises InputError for a file or a
    shape that cannot be used.
    """
    if engine not in list(Engine):
        raise InputError(f"'{engine}' is not an engine: choose {' or '.join(Engine)}")
    files = [_file(Path(path)) for path in data]
    with validation.validating(files, [_read(Path(path)) for path in shapes], Engine(engine), memory, on_step) as found:
        yield found


def _file(path: Path) -> File:
    return File(path, relative(path, Path.cwd()), lambda: _read(path))


def _read(path: Path) -> Source:
    """A file of anybody's; relative IRIs in it are relative to the file."""
    return read_source(path, Path.cwd(), base=path.resolve().as_uri())
