"""The pipeline in a page: data goes through once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from waterdeal.basin.read import read_basin
from waterdeal.provenance import run_attributes
from waterdeal.results.result import Result
from waterdeal.scenario.inputs import make_inputs
from waterdeal.scenario.locate import find_basin
from waterdeal.scenario.read import read_scenario
from waterdeal.scenario.series import read_series

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import xarray as xr

    from waterdeal.basin.schema import Basin
    from waterdeal.scenario.read import ScenarioFile


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
    """

    file: ScenarioFile
    basin: Basin
    inputs: xr.Dataset

    def build(self) -> Any:
        """Build the Pyomo model; add your own constraints to it and give it to `solve`."""
        from waterdeal.model.build import build_model

        return build_model(self.inputs)

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
        """Solve the case and audit the plan.

        Parameters
        ----------
        model : pyomo.environ.ConcreteModel, optional
            A model of `build`, with your additions.
        progress : callable
            Called with the name of each stage.

        Returns
        -------
        Result
            The plan: every result of ``variables.csv`` as xarray, proven best and audited.

        Raises
        ------
        SolveError
            Where there is no proven plan, or it does not pass its audit.
        """
        from waterdeal.results.extract import extract
        from waterdeal.solve.compile import compile_model
        from waterdeal.solve.levels import own_levels, solve_levels
        from waterdeal.solve.options import SolveOptions

        scenario = self.file.scenario
        progress("build")
        model = self.build() if model is None else model
        progress("compile")
        program = compile_model(model)
        progress("solve")
        levels = own_levels(program, scenario.objective.levels)
        solution = solve_levels(program, levels, SolveOptions(**scenario.solver.model_dump()))
        progress("audit")
        results = extract(self.inputs, program, solution)
        results.attrs.update(run_attributes(self.file, self.basin), program_sha256=program.digest())
        result = Result(results)
        result.audit().raise_if_bad()
        return result


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
    FileProblem, BasinDataError, ScenarioError
        With every problem found.
    """
    file = read_scenario(path, overrides)
    basin = read_basin(find_basin(file.scenario.basin, file.path.parent))
    series = file.scenario.hydrology.series
    runoff = read_series(file.path.parent, series, basin) if series is not None else None
    return Case(file, basin, make_inputs(basin, file.scenario, file.path.name, runoff))


def _toml(value: object) -> str:
    """Write a value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
