"""The pipeline in a page: data goes through once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.agreement.forms import add_kinds, told_kinds
from waterdeal.agreement.read import all_clauses, read_agreements, told_in_files
from waterdeal.basin.read import read_basin
from waterdeal.documents import toml_text
from waterdeal.errors import InputError, ScenarioError, make_problem
from waterdeal.provenance import BESIDE, inputs_digest, place_names, run_attributes
from waterdeal.results.given import tell
from waterdeal.results.lines import with_lines, without_marks
from waterdeal.results.result import Result
from waterdeal.scenario.dated import read_requirements
from waterdeal.scenario.facts import Laid
from waterdeal.scenario.given import fitted
from waterdeal.scenario.inputs import make_inputs
from waterdeal.scenario.locate import find_basin
from waterdeal.scenario.memory import Memory
from waterdeal.scenario.own import Own
from waterdeal.scenario.parts_schema import physics_of
from waterdeal.scenario.ranks import level_parts, with_ranks
from waterdeal.scenario.read import ScenarioFile, as_overrides, is_workbook, make_scenario, read_scenario
from waterdeal.scenario.series import scenario_series
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import pandas as pd

    from waterdeal.agreement.read import AgreementText
    from waterdeal.agreement.schema import Agreement
    from waterdeal.ask.explain import Explanation
    from waterdeal.ask.moves import Moves
    from waterdeal.basin.schema import Basin
    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.model.additions import Additions
    from waterdeal.model.levels import Level
    from waterdeal.scenario.schema import Scenario
    from waterdeal.solve.single import Passes


@dataclass
class _Held:
    """What a case has read and made, for those that are set from it: no file is read again."""

    basin_named: bool = False
    series: dict[str, xr.DataArray] = field(default_factory=dict)
    agreements: dict[str, AgreementText] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    dated: dict[str, pd.DataFrame] = field(default_factory=dict)
    laid: Laid = field(default_factory=Laid)

    def requirements(self, name: str, home: Path, basin: Basin) -> pd.DataFrame:
        """Return the requirements by date of a file, read once."""
        if name not in self.dated:
            self.dated[name] = read_requirements(home, name, basin)
        return self.dated[name]


@dataclass(frozen=True)
class Case:
    """A scenario with its basin and inputs, checked and ready to solve.

    A case is a value: `set`, `with_inputs` and `with_model` return another one, which keeps whatever this one was given.

    Parameters
    ----------
    file : ScenarioFile
        The scenario and its texts.
    basin : Basin
        The basin it names, or one that was given.
    inputs : xarray.Dataset
        The inputs made from both, with those that `with_inputs` gave.
    agreements : tuple of Agreement
        The agreements the scenario names, with its changes to them.
    additions : Additions
        What `with_model` adds to the model.
    """

    file: ScenarioFile
    basin: Basin
    inputs: xr.Dataset
    agreements: tuple[Agreement, ...] = ()
    additions: Additions | None = None
    _made: xr.Dataset | None = field(default=None, repr=False)
    _held: _Held = field(default_factory=_Held, repr=False, compare=False)

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels of the objective in order, with those that `with_model` added."""
        given = self.file.scenario.levels
        levels = given if self.additions is None else self.additions.levels_in(given)
        return with_ranks(levels, level_parts(self.basin.table("demands")))

    def build(self, level: str | None = None, *, at: Result | xr.Dataset | None = None) -> Any:
        """Build the Pyomo model, an ordinary one with one active objective; add constraints to it and give it to `solve`.

        Parameters
        ----------
        level : str, optional
            The level whose goal is active; the first with anything to decide unless named. `solve` takes all levels in turn.
        at : Result or xarray.Dataset, optional
            A plan of this case, whose lines of areas, heads and benefits the model gets. Without one it has the first lines, on which there
            may be no plan though the case has one.

        Returns
        -------
        pyomo.environ.ConcreteModel
            With whatever `with_model` added; ``model.name`` tells whose lines it has, ``model.doc`` the active level too.
        """
        from waterdeal.model.additions import activate

        model = activate(self._build(_inputs_at(self, at)), self.levels, level)
        lines = "first lines, not the plan's" if at is None else "lines of the plan"
        model.name, model.doc = lines, f"{model.doc} It holds the {lines}."
        return model

    def _build(self, inputs: xr.Dataset) -> Any:
        """Build the model of some inputs with all additions."""
        from waterdeal.model.build import build_model

        return build_model(inputs) if self.additions is None else self.additions.build(inputs)

    @property
    def options(self) -> SolveOptions:
        """How HiGHS is run."""
        from waterdeal.lp.options import SolveOptions

        return SolveOptions(**self.file.scenario.solver.model_dump())

    def program(self, model: Any = None, *, at: Result | xr.Dataset | None = None) -> Program:
        """Build the model, or take yours, and compile it to arrays; with the lines of the plan `at`, else the first ones."""
        from waterdeal.lp.compile import compile_model

        return compile_model(self._build(_inputs_at(self, at)) if model is None else model)

    def explain(self, rounds: int = 0) -> Explanation | None:
        """Tell why there is no plan: the clauses that cannot all hold, and the menu of concessions; None where there is a plan.

        Parameters
        ----------
        rounds : int
            All but 1 % of each concession is proven to be needed, each round ten times closer; one takes a minute for a large basin.
        """
        from waterdeal.ask.explain import explain_conflict

        return explain_conflict(*_wet(self), self.options, rounds)

    def moves(self) -> Moves:
        """Return a way to try concessions of clauses: at once on the lines of a plan, and then proven on the curves of nature."""
        from waterdeal.ask.moves import Moves

        return Moves(*_wet(self), self.options)

    def set(self, key: str | Mapping[str, object] = "", value: object = None, /, **more: object) -> Case:
        """Return a case with some settings changed, all at once; no file is read again.

        Parameters
        ----------
        key : str or mapping
            Dotted key of the scenario, e.g. ``hydrology.factor``; or new values by key; or ``"hydrology.factor=0.9"``, as ``--set`` has it.
        value : object
            New value where one key is given, e.g. ``0.9`` or ``"6.8 km3"``.
        **more
            New values of keys without a dot, e.g. ``breach="priced"``.

        Raises
        ------
        InputError
            With every problem; among them inputs of `with_inputs` that the change would touch, by name.
        """
        changes = ({key: value} if key or value is not None else {}) if isinstance(key, str) else dict(key)
        told = as_overrides(self.file.path.name, {**changes, **more})
        file, basin, held = self.file.changed(told), self.basin, self._held
        if file.scenario.basin != self.file.scenario.basin:
            if not held.basin_named:
                raise ScenarioError(file.path.name, [make_problem(file.path.name, None, "basin", "general.would_replace_basin_case")])
            basin = read_basin(find_basin(file.scenario.basin, file.path.parent))
            held = replace(held, series={}, memory=Memory(), dated={}, laid=Laid())
        case = replace(_assembled(file, basin, held), additions=self.additions)
        made = self._inputs_made()
        own = Own.of(self.inputs, made)
        return replace(case, inputs=own.over(case.inputs, made, file.path.name), _made=case.inputs) if own else case

    def _inputs_made(self) -> xr.Dataset:
        """Return the inputs as the scenario and the basin give them."""
        return _assembled(self.file, self.basin, self._held).inputs if self._made is None else self._made

    def with_inputs(self, inputs: xr.Dataset) -> Case:
        """Return a case with other inputs, for studies of your own.

        Parameters
        ----------
        inputs : xarray.Dataset
            A changed copy of ``case.inputs``. What differs from the scenario's own is kept through every further `set`, and a `set` that
            would change one of these is refused. It is named in the plan's provenance, and in its hash. Dimensions and labels may stand in
            any order.

        Raises
        ------
        InputError
            With every input that is missing, unknown, of other dimensions, labels or units, has gaps, or cannot be.
        """
        return replace(self, inputs=fitted(inputs, self.inputs, self.file.path.name), _made=self._inputs_made())

    def with_model(
        self, add: Callable[[Any], object] | None = None, /, *, components: Sequence[Any] = (), levels: Sequence[Level | str] = ()
    ) -> Case:
        """Return a case whose model has additions; they are kept through every further change, and named in the plan's provenance.

        Parameters
        ----------
        add : callable, optional
            Called with each model that is built; adds variables and constraints to it.
        components : sequence
            Components from outside: modules or objects with ``add(model, inputs)``, or names of entry points ``waterdeal.components``.
        levels : sequence of Level or str
            Levels of the objective, or names of entry points ``waterdeal.levels``.
        """
        from waterdeal.model.additions import Additions

        return replace(self, additions=(self.additions or Additions()).more(add, components, levels))

    def plain(self, what: str) -> Case:
        """Return this case where it has no additions to its model, which a study that builds its own models would lose."""
        if self.additions is not None:
            told = {"what": what, "value": ", ".join(self.additions.names)}
            problem = make_problem(self.file.path.name, None, "with_model", "general.does_not_know_additions", **told)
            raise ScenarioError(self.file.path.name, [problem])
        return self

    def solve(self, model: Any = None, progress: Callable[[str], None] = lambda _: None, *, after: Result | None = None) -> Result:
        """Solve the case pass by pass, replay the plan and audit it.

        Parameters
        ----------
        model : pyomo.environ.ConcreteModel, optional
            A model of `build`, with your additions; the lines of each pass are put into it.
        progress : callable
            Called with the name of each stage.
        after : Result, optional
            A plan of the same rows, from whose end it is sought: sooner found, and the same.

        Returns
        -------
        Result
            The plan: every result of ``variables.csv`` as xarray, proven best, replayed and audited.

        Raises
        ------
        SolveError
            Where no plan is proven, or it fails its audit; `Infeasible` tells which clauses cannot all hold, and the concessions.
        """
        progress("build")
        added, passes = _added(self, model), replace(_passes(self, after), progress=progress, model=model)
        results = solve_passes(self.inputs, passes)
        if added:
            added["program_sha256"] = results.attrs["program_sha256"]
        tell(results, run_attributes(self.file, self.basin, self.inputs, self.levels, _own(self) | added))
        progress("audit")
        result = Result(results, passes.start)
        result.audit().raise_if_bad()
        return result

    def beside(self, plan: Result, asked: Collection[str] = BESIDE) -> dict[str, str]:
        """Tell as JSON, by attribute, what the other rule of sharing would give, what the look-ahead keeps, and what tolerance bought."""
        from waterdeal.solve.beside import told_beside

        return told_beside(self.inputs, plan.dataset, _passes(self, plan), asked)

    def own(self) -> dict[str, Any]:
        """Tell what this case holds beside its files: inputs and a basin (SHA-256), kinds of clauses, additions to the model."""
        return _own(self) | _added(self, None)

    def settled(self, results: xr.Dataset) -> Case:
        """Return this case with the lines of its plan, for prices, margins and reasons: one solve of its model gives the plan again."""
        return replace(self, inputs=with_lines(self.inputs, results), _made=self._inputs_made())


def made_from(case: Case) -> dict[str, str]:
    """Tell what a plan of a case is made from, as the attributes of its file do."""
    return run_attributes(case.file, case.basin, case.inputs, case.levels, case.own())


def _inputs_at(case: Case, plan: Result | xr.Dataset | None) -> xr.Dataset:
    """Return the inputs of a case, with the lines of a plan where one is given."""
    return case.inputs if plan is None else with_lines(case.inputs, plan.dataset if isinstance(plan, Result) else plan)


def _wet(case: Case) -> tuple[Program, xr.Dataset]:
    """Return the program and the inputs of a case in which nothing is marked to dry."""
    from waterdeal.ask.floods import flooded

    return flooded(without_marks(case.inputs), lambda inputs: replace(case, inputs=inputs).program(), case.levels, case.options)


def _passes(case: Case, after: Result | None = None) -> Passes:
    """Passes of a case, none of them made, from where a plan has ended."""
    from waterdeal.solve.single import Passes

    return Passes(case.levels, case.options, build=case._build, start=None if after is None else after.ended_at)


def _own(case: Case) -> dict[str, Any]:
    """Tell what the inputs of a case were made from beside its files."""
    told: dict[str, Any] = {}
    if case._made is not None:
        told["inputs"] = Own.of(case.inputs, case._made).digests()
    if not case.basin.digests:
        tables = [case.basin.table(name).to_csv() for name in sorted(case.basin.tables)]
        told["basin"] = hashlib.sha256("".join([*tables, case.basin.runoff.to_series().to_csv()]).encode()).hexdigest()
    told["clause_kinds"] = told_kinds(all_clauses(case.agreements))
    return {name: value for name, value in told.items() if value}


def _added(case: Case, model: Any) -> dict[str, Any]:
    """Tell what the model of a case, or one that is given, has beyond that of the inputs."""
    from waterdeal.model.additions import strange_names

    told = {} if case.additions is None else case.additions.told()
    if model is not None:
        names = strange_names(model, case.inputs)
        if names or case.program(model).digest() != replace(case, additions=None).program().digest():
            told["model"] = [*told.get("model", []), *(names or [say("solving.model_changed")])]
    return told


def solve_inputs(inputs: xr.Dataset, levels: Sequence[str], options: SolveOptions) -> xr.Dataset:
    """Solve inputs pass by pass and replay the plan; not audited yet."""
    from waterdeal.solve.single import Passes

    return solve_passes(inputs, Passes(levels, options))


def solve_passes(inputs: xr.Dataset, passes: Passes) -> xr.Dataset:
    """Solve inputs by passes that have not begun and replay the plan; not audited yet."""
    from waterdeal.solve.bound import energy_bound
    from waterdeal.solve.publish import publish
    from waterdeal.solve.settle import settle

    found = settle(inputs, passes)
    physics = physics_of(inputs)
    if physics.bound_cells and inputs.sizes["headed"] and "benefit" in passes.levels:
        passes.progress("bound")
        passes.bound = energy_bound(found, passes.levels, passes.options, physics.bound_cells).bound
    passes.progress("replay")
    return publish(found, passes)


def load(path: Path | str, overrides: Sequence[str] = (), *, basin: Basin | None = None, clause_kinds: Sequence[Any] = ()) -> Case:
    """Read a scenario and its basin, and make the inputs.

    Parameters
    ----------
    path : pathlib.Path or str
        Scenario file, or a workbook that a scenario was written to: what differs in it is laid over the scenario.
    overrides : sequence of str
        ``"key=value"`` changes.
    basin : Basin, optional
        A basin to take instead of the one that the scenario names.
    clause_kinds : sequence of modules
        Kinds of clauses from outside that its agreements use; this process then knows them, as it knows entry points
        ``waterdeal.clause_kinds``.

    Returns
    -------
    Case
        Checked and ready to solve.

    Raises
    ------
    FileProblem, BasinDataError, ScenarioError, AgreementError
        With every problem found.
    """
    add_kinds(clause_kinds)
    if is_workbook(path):
        return _of_workbook(Path(path), overrides, basin)
    file = read_scenario(path, overrides)
    if basin is not None:
        return make_case(file, basin)
    return _assembled(file, read_basin(find_basin(file.scenario.basin, file.path.parent)), _Held(basin_named=True))


def _of_workbook(path: Path, overrides: Sequence[str], basin: Basin | None) -> Case:
    """Make the case of a workbook: its scenario, with the cells that differ laid over it; problems are told by cell."""
    from waterdeal.scenario.edits import read_edits
    from waterdeal.scenario.pages import make_pages
    from waterdeal.scenario.workbook import open_workbook

    book = open_workbook(path)
    base = load(book.scenario, book.identity.overrides, basin=basin)
    scenario = base.file.scenario
    if scenario.scenario.id != book.identity.id:
        told = {"found": scenario.scenario.id, "due": book.identity.id}
        raise ScenarioError(book.name, [make_problem(book.name, None, "", "workbook.other_scenario", **told)])
    pages, moved = make_pages(base.basin, scenario, base.inputs, base.agreements), inputs_digest(base.inputs) != book.identity.inputs_sha256
    edits = read_edits(book, pages, scenario, base.agreements, moved=moved)
    if moved:
        edits.told.insert(0, say("workbook.scenario_moved", scenario=base.file.path.name))
    try:
        file = replace(base.file.changed([*edits.overrides, *overrides]), workbook=edits.edited())
        if file.scenario.basin != scenario.basin:
            return _assembled(file, read_basin(find_basin(file.scenario.basin, file.path.parent)), _Held(basin_named=True))
        return _assembled(file, base.basin, base._held)
    except InputError as error:
        raise type(error)(book.name, edits.at_cells(error.problems)) from error


def told_of_workbook(case: Case) -> list[str]:
    """Return the cells of the workbook of a case that differ from its scenario, and what else is told of it; nothing without one."""
    book = case.file.workbook
    if book is None:
        return []
    told = {"file": book.name, "count": len(book.edits), "scenario": case.file.path.name}
    head = say("workbook.edited" if book.edits else "workbook.untouched", **told)
    return [head, *(edit.told() for edit in book.edits), *book.told]


def make_case(file: ScenarioFile | Mapping[str, Any], basin: Basin) -> Case:
    """Make a case of a scenario and its basin: read its series and agreements, make the inputs.

    Parameters
    ----------
    file : ScenarioFile or mapping
        The scenario, or the content of a scenario file; its series and agreements stand beside it.
    basin : Basin
        The basin, also one made in code.

    Returns
    -------
    Case
        Checked and ready to solve.

    Raises
    ------
    FileProblem, ScenarioError, AgreementError
        With every problem found.
    """
    if not isinstance(file, ScenarioFile):
        content: dict[str, Any] = dict(file)
        name = f"{content.get('scenario', {}).get('id', 'scenario')}.toml"
        file = make_scenario(content, Path(name), {name: toml_text(content)})
    return _assembled(file, basin, _Held())


def _assembled(file: ScenarioFile, basin: Basin, held: _Held) -> Case:
    """Make a case of what is read already; only what a change newly names is read from files."""
    scenario, home = file.scenario, file.path.parent
    basin = held.laid.over(basin, file)
    series, key = scenario.hydrology.series, _series_key(scenario)
    if series is not None and key not in held.series:
        held.series[key] = scenario_series(home, series, basin, scenario.hydrology)
    held.memory.requirements = None if scenario.requirement.series is None else held.requirements(scenario.requirement.series, home, basin)
    texts = {name: text for name, text in file.texts.items() if name not in {read.key for read in held.agreements.values()}}
    agreements = read_agreements(scenario.agreements, home, scenario.agreement, texts, held.agreements)
    runoff = None if series is None else held.series[key]
    with told_in_files(held.agreements, scenario.agreement):
        inputs = make_inputs(basin, scenario, file.path.name, runoff, all_clauses(agreements), held.memory)
    inputs.attrs["names"] = held.memory.part(_names_text, basin, scenario)
    if len(aliases := basin.table("aliases")):
        inputs.attrs["aliases"] = json.dumps(aliases[["alias", "id"]].to_numpy().tolist(), ensure_ascii=False)
    for variable in inputs.variables.values():
        if not isinstance(variable, xr.IndexVariable) and isinstance(variable.data, np.ndarray):
            variable.data.flags.writeable = False  # a case is a value: whoever writes into its inputs is told to copy them
    return Case(replace(file, texts=texts), basin, inputs, agreements, _made=inputs, _held=held)


def told_of_series(case: Case) -> list[str]:
    """Return what was guessed of the series that a case brings, and what of it comes from a class of year."""
    from waterdeal.scenario.horizon import horizon_steps
    from waterdeal.scenario.series import tell_series

    scenario = case.file.scenario
    series = case._held.series.get(_series_key(scenario))
    return [] if series is None else tell_series(case.basin, scenario, series, horizon_steps(scenario.period))


def _series_key(scenario: Scenario) -> str:
    """Tell one way of reading a series from another."""
    hydrology = scenario.hydrology
    return f"{hydrology.series}|{hydrology.stamp}|{bool(hydrology.complete_from)}|{hydrology.mapping!r}"


def _names_text(basin: Basin, _scenario: Scenario) -> str:
    """Write the names people read as JSON."""
    return json.dumps(place_names(basin), ensure_ascii=False)
