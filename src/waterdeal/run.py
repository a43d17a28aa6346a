"""The pipeline in a page: data goes through once."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from waterdeal.agreement.read import all_clauses, read_agreements
from waterdeal.basin.read import read_basin
from waterdeal.errors import Infeasible
from waterdeal.provenance import place_names, run_attributes
from waterdeal.results.lines import with_lines
from waterdeal.results.result import Result
from waterdeal.scenario.inputs import make_inputs
from waterdeal.scenario.locate import find_basin
from waterdeal.scenario.physics import physics_of
from waterdeal.scenario.read import read_scenario
from waterdeal.scenario.series import read_series

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import xarray as xr

    from waterdeal.agreement.schema import Agreement
    from waterdeal.basin.schema import Basin
    from waterdeal.scenario.read import ScenarioFile
    from waterdeal.solve.explain import Explanation
    from waterdeal.solve.options import SolveOptions
    from waterdeal.solve.program import Program


@dataclass(frozen=True)
class Case:
    """A scenario with its basin and inputs, checked and ready to solve.

    Parameters
    ----------
    file : ScenarioFile
        The scenario and its texts.
    basin : Basin
        The basin it names.
    inputs : xarray.Dataset
        The inputs made from both.
    agreements : tuple of Agreement
        The agreements the scenario names, with its changes to them.
    """

    file: ScenarioFile
    basin: Basin
    inputs: xr.Dataset
    agreements: tuple[Agreement, ...] = ()

    def build(self) -> Any:
        """Build the Pyomo model; add your own constraints to it and give it to `solve`."""
        from waterdeal.model.build import build_model

        return build_model(self.inputs)

    @property
    def options(self) -> SolveOptions:
        """How HiGHS is run."""
        from waterdeal.solve.options import SolveOptions

        return SolveOptions(**self.file.scenario.solver.model_dump())

    def program(self, model: Any = None) -> Program:
        """Build the model, or take yours, and compile it to arrays."""
        from waterdeal.solve.compile import compile_model

        return compile_model(self.build() if model is None else model)

    def explain(self) -> Explanation | None:
        """Tell why there is no plan: the clauses that cannot all hold, and the menu of concessions; None where there is a plan."""
        from waterdeal.passes.single import Passes
        from waterdeal.solve.explain import explain_conflict

        try:
            Passes(self.file.scenario.objective.levels, self.options).solve(self.inputs)
        except Infeasible as error:
            return error.explanation or explain_conflict(self.program(), self.inputs, self.options)
        return None

    def set(self, key: str, value: object) -> Case:
        """Return a case with one setting changed.

        Parameters
        ----------
        key : str
            Dotted key of the scenario, e.g. ``hydrology.factor``.
        value : object
            New value, e.g. ``0.9`` or ``"6.8 km3"``.

        Returns
        -------
        Case
            A new case; this one stays as it is.
        """
        return load(self.file.path, [*self.file.overrides, f"{key}={_toml(value)}"])

    def with_inputs(self, inputs: xr.Dataset) -> Case:
        """Return a case with other inputs, for studies of your own."""
        return replace(self, inputs=inputs)

    def solve(self, model: Any = None, progress: Callable[[str], None] = lambda _stage: None) -> Result:
        """Solve the case pass by pass, replay the plan and audit it.

        Parameters
        ----------
        model : pyomo.environ.ConcreteModel, optional
            A model of `build`, with your additions; the lines of each pass are put into it.
        progress : callable
            Called with the name of each stage.

        Returns
        -------
        Result
            The plan: every result of ``variables.csv`` as xarray, proven best, replayed and audited.

        Raises
        ------
        SolveError
            Where there is no proven plan, or it does not pass its audit; `Infeasible` tells which clauses cannot all hold, and the menu
            of concessions.
        """
        progress("build")
        results = solve_inputs(self.inputs, self.file.scenario.objective.levels, self.options, progress, model)
        results.attrs.update(run_attributes(self.file, self.basin))
        progress("audit")
        result = Result(results)
        result.audit().raise_if_bad()
        return result

    def settled(self, results: xr.Dataset) -> Case:
        """Return this case with the lines of its plan: one solve of its model gives the plan again.

        Parameters
        ----------
        results : xarray.Dataset
            A plan of this case.

        Returns
        -------
        Case
            For questions about the plan: prices, margins, reasons.
        """
        return self.with_inputs(with_lines(self.inputs, results))


def solve_inputs(
    inputs: xr.Dataset,
    levels: Sequence[str],
    options: SolveOptions,
    progress: Callable[[str], None] = lambda _stage: None,
    model: Any = None,
) -> xr.Dataset:
    """Solve inputs pass by pass and replay the plan; not audited yet.

    Parameters
    ----------
    inputs : xarray.Dataset
        What the model is built from.
    levels : sequence of str
        Levels of the objective in order; a user's own come just before plans are evened out.
    options : SolveOptions
        How HiGHS is run.
    progress : callable
        Called with the name of each stage.
    model : pyomo.environ.ConcreteModel, optional
        A model of these inputs with additions.

    Returns
    -------
    xarray.Dataset
        Every result of ``variables.csv``, replayed.

    Raises
    ------
    SolveError
        Where there is no proven plan; `Infeasible` carries its explanation.
    """
    from waterdeal.passes.bound import energy_bound
    from waterdeal.passes.publish import publish
    from waterdeal.passes.settle import settle
    from waterdeal.passes.single import Passes

    passes = Passes(levels, options, progress, model)
    found = settle(inputs, passes)
    physics = physics_of(inputs)
    if physics.bound_cells and inputs.sizes["headed"] and "benefit" in levels:
        progress("bound")
        passes.bound = energy_bound(found, levels, options, physics.bound_cells).bound
    progress("replay")
    return publish(found, passes)


def load(path: Path | str, overrides: Sequence[str] = ()) -> Case:
    """Read a scenario and its basin, and make the inputs.

    Parameters
    ----------
    path : pathlib.Path or str
        Scenario file.
    overrides : sequence of str
        ``"key=value"`` changes.

    Returns
    -------
    Case
        Checked and ready to solve.

    Raises
    ------
    FileProblem, BasinDataError, ScenarioError, AgreementError
        With every problem found.
    """
    file = read_scenario(path, overrides)
    basin = read_basin(find_basin(file.scenario.basin, file.path.parent))
    return make_case(file, basin)


def make_case(file: ScenarioFile, basin: Basin) -> Case:
    """Make a case of a scenario and its basin: read its series and agreements, make the inputs.

    Parameters
    ----------
    file : ScenarioFile
        The scenario; its series and agreements stand beside it.
    basin : Basin
        The basin.

    Returns
    -------
    Case
        Checked and ready to solve.

    Raises
    ------
    FileProblem, ScenarioError, AgreementError
        With every problem found.
    """
    scenario, home = file.scenario, file.path.parent
    series = scenario.hydrology.series
    runoff = read_series(home, series, basin) if series is not None else None
    texts = dict(file.texts)
    agreements = read_agreements(scenario.agreements, home, scenario.agreement, texts)
    inputs = make_inputs(basin, scenario, file.path.name, runoff, all_clauses(agreements))
    inputs = inputs.assign_attrs(names=json.dumps(place_names(basin), ensure_ascii=False))
    return Case(replace(file, texts=texts), basin, inputs, agreements)


def _toml(value: object) -> str:
    """Write a value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
