"""What becomes of a sample: by a kept solver where parameters move only bounds, else by a whole plan of its own."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import SolveError, SolverTrouble, WaterdealError
from waterdeal.lp.compile import compile_model
from waterdeal.lp.moving import Moving, StructureChanges, find_moving_within
from waterdeal.lp.session import Session
from waterdeal.model.build import build_model
from waterdeal.model.levels import own_levels
from waterdeal.results.lines import with_lines
from waterdeal.results.quantities import plan_quantities
from waterdeal.results.tables import party_order
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Passes
from waterdeal.solve.trust import anywhere
from waterdeal.studies.parameters import inputs_at, multiples
from waterdeal.unlabelled import Unlabelled
from waterdeal.variables import having, vocabulary
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from waterdeal.lp.program import Program
    from waterdeal.run import Case
    from waterdeal.studies.parameters import Parameter
    from waterdeal.types import Floats


_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Outcome:
    """What became of a sample."""

    number: int  # its place among the samples
    error: str  # why there is no plan, as `Name: sentence`; else empty
    figures: dict[str, float]  # figures by name; empty where there is no plan


@dataclass(frozen=True)
class Kept:
    """A kept solver, and how the bounds of its program follow the parameters."""

    inputs: xr.Dataset  # inputs at the lines of the scenario's own plan
    session: Session
    moving: Moving


@dataclass(frozen=True)
class Job:
    """What is solved."""

    case: Case  # the scenario
    parameters: Sequence[Parameter]  # what varies
    kept: Kept | None  # the kept program; None where each sample is planned anew


def make_job(case: Case, parameters: Sequence[Parameter], *, anew: bool = False) -> Job:
    """Find out how the samples of a study are to be solved."""
    case = case.plain(say("general.a_sensitivity_study"))
    return Job(case, tuple(parameters), None if anew else _kept(case, parameters))


def _kept(case: Case, parameters: Sequence[Parameter]) -> Kept | None:
    """Keep the program of a case, if that can be."""
    levels = case.file.scenario.levels
    try:
        inputs = anywhere(settle(case.inputs, Passes(levels, case.options)).inputs)
    except SolveError:
        return None
    program = compile_model(build_model(inputs))
    if program.has_integers:
        return None

    def compiled(numbers: Mapping[str, Floats]) -> Program:
        values = np.array([float(numbers[parameter.name][0]) if parameter.name in numbers else np.nan for parameter in parameters])
        found = _inputs(case, parameters, values, inputs)
        other = compile_model(build_model(found)) if found.sizes == inputs.sizes else None
        if other is None or other.goals.keys() != program.goals.keys():
            raise StructureChanges
        if any(not np.array_equal(cost, other.goals[name][0]) for name, (cost, _) in program.goals.items()):
            raise StructureChanges
        return replace(other, goals=program.goals)

    try:
        moving = find_moving_within(program, compiled, {parameter.name: (parameter.low, parameter.high) for parameter in parameters})
    except StructureChanges:
        return None
    session = Session(program, own_levels(program, levels), case.options)
    try:
        session.check(session.program, session.solve(session.program))
    except SolverTrouble:  # a plan on the edge of having none: each sample is planned by itself
        return None
    return Kept(inputs, session, replace(moving, program=session.program))


def _inputs(case: Case, parameters: Sequence[Parameter], values: Floats, settled: xr.Dataset) -> xr.Dataset:
    """Inputs at some values, with the lines of the scenario's own plan."""
    found = inputs_at(case, parameters, values, settled)
    return with_lines(found, settled) if found.sizes == settled.sizes else found


def solve_samples(job: Job, task: tuple[Sequence[int], Floats]) -> list[Outcome]:
    """Solve some samples."""
    with _ONE_AT_A_TIME:
        return [_solved(job, number, values) for number, values in zip(task[0], task[1], strict=True)]


def _solved(job: Job, number: int, values: Floats) -> Outcome:
    """Solve a sample."""
    try:
        if job.kept is None:
            results = job.case.with_inputs(inputs_at(job.case, job.parameters, values)).solve().dataset
            return Outcome(number, "", plan_figures(results, {name: results[name].values for name in _wanted()}))
        kept = job.kept
        given = {parameter.name: value for parameter, value in zip(job.parameters, values, strict=True) if not np.isnan(value)}
        program = kept.moving.at(given)
        solution = kept.session.solve(program)
        if all(parameter.is_multiple for parameter in job.parameters):
            inputs = Unlabelled(kept.inputs).replaced(**multiples(kept.inputs, job.parameters, values))
        else:
            inputs = Unlabelled(_inputs(job.case, job.parameters, values, kept.inputs))
        found = plan_quantities(inputs, program, solution.values)
        return Outcome(number, "", plan_figures(kept.inputs, {name: np.asarray(found[name][1]) for name in _wanted()}))
    except WaterdealError as error:
        return Outcome(number, f"{type(error).__name__}: {str(error).splitlines()[0]}", {})


def _wanted() -> list[str]:
    """Quantities that figures are made of."""
    return [*having("totalled"), "storage"]


def plan_figures(places: xr.Dataset, quantities: Mapping[str, Floats]) -> dict[str, float]:
    """Add up the quantities of a plan."""
    found: dict[str, float] = {}
    parties = party_order(places)
    for quantity in having("totalled"):
        dim, values = vocabulary()[quantity].dims[0], quantities[quantity]
        name, owners = quantity.removeprefix(f"{dim}_"), places.variables[f"{dim}_party"].values.astype(str)
        totals = values.sum(axis=tuple(range(1, values.ndim)))
        found |= {f"{party}_{name}": float(totals[owners == party].sum()) for party in parties if (owners == party).any()}
    bodies = places.variables["reservoir"].values.astype(str).tolist()
    return found | {f"{body}_storage_end": float(level) for body, level in zip(bodies, quantities["storage"][:, -1], strict=True)}
