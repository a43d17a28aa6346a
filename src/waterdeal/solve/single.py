"""One pass: a whole plan, all levels and the tie-break, from inputs whose lines stand still."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.ask.explain import explained
from waterdeal.ask.menu import with_share
from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.lp.compile import compile_model
from waterdeal.lp.highs import solved_for_last
from waterdeal.lp.options import Outcome
from waterdeal.lp.session import solve_following
from waterdeal.lp.solution import Solution
from waterdeal.model.build import build_model, refresh_data
from waterdeal.model.levels import own_levels
from waterdeal.results.extract import extract
from waterdeal.scenario.parts_schema import physics_of
from waterdeal.solve.relations import evaporation_miss, with_areas
from waterdeal.solve.salinity import judged_by_salt
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from waterdeal.lp.blend import Start
    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.scenario.parts_schema import Physics
    from waterdeal.types import Floats

#: evaporation that the lines of a plan with concessions may miss, hm3 in a step of a body
SMALL_MISS = 1e-7
#: change of the largest excess, as a share of the promise, that is none
SMALL_CHANGE = 1e-9


def settles(excess: Sequence[float]) -> bool:
    """Whether moving the lines no longer changes how far clauses go beyond what they may concede, as a share of the promise."""
    return len(excess) > 1 and abs(excess[-1] - excess[-2]) <= SMALL_CHANGE


def lines_at_concessions(program: Program, inputs: xr.Dataset, options: SolveOptions, excess: list[float]) -> xr.Dataset | None:
    """Return inputs whose area lines touch the curves at the plan whose clauses go least beyond what they may concede."""
    if not inputs.sizes["clause"]:
        return None
    values = _least_excess(program, inputs, options)
    if values is None:
        return None
    excess.append(float(values[-1]))
    plan = _plan(program, inputs, values[:-1])
    return None if settles(excess) or evaporation_miss(inputs, plan) <= SMALL_MISS else with_areas(inputs, plan)


def _least_excess(program: Program, inputs: xr.Dataset, options: SolveOptions) -> Floats | None:
    """Plan whose clauses go least beyond what they may concede, with the largest share at its end; None where that does not help."""
    first = program.columns_of("clause.conceded").start
    most = program.column_upper[first : first + inputs.sizes["clause"]]
    chosen = np.flatnonzero((inputs["clause_negotiable"].values == 1) & np.isfinite(most))
    columns = first + chosen
    upper = program.column_upper.copy()
    upper[columns] = np.inf
    wider = with_share(replace(program, column_upper=upper), columns, inputs["clause_scale"].values[chosen], most[chosen])
    solver, outcome = solved_for_last(wider, options)
    return solver.values() if outcome == Outcome.OPTIMAL else None


def relining(inputs: xr.Dataset, program: Program, compiled: Callable[[xr.Dataset], Program]) -> Callable[[Floats], Program]:
    """Return what moves the area lines of a model to a plan."""
    return lambda values: compiled(with_areas(inputs, _plan(program, inputs, values)))


def _plan(program: Program, inputs: xr.Dataset, values: Floats) -> xr.Dataset:
    """Read the plan of some values."""
    return extract(inputs, program, Solution(values, {}, is_unique=False))


#: times the area lines may be moved to a plan with concessions
MOST_MOVES = 8


@dataclass(frozen=True)
class Pass:
    """A plan of one pass, and the inputs with the lines it was made from."""

    inputs: xr.Dataset
    results: xr.Dataset

    @cached_property
    def physics(self) -> Physics:
        """What the scenario chose of the relations that are not lines."""
        return physics_of(self.inputs)

    @property
    def follows_areas(self) -> bool:
        """Whether evaporation is that of the curves."""
        return self.physics.evaporation == "curve"


@dataclass
class Passes:
    """Everything one pass needs, and how many there have been."""

    levels: Sequence[str]  # levels of the objective
    options: SolveOptions  # how HiGHS is run
    progress: Callable[[str], None] = lambda _stage: None  # called with the name of each stage
    model: Any = None  # A model with additions of the user's own, into which the data of each pass are put; None to build one a pass
    #: worth no plan passes, where benefits or costs are curved and no head is followed: the least that a pass has promised
    bound: float = np.inf
    count: int = 0  # passes made
    start: Start | None = None  # where the last plan ended, and the next begins
    build: Callable[[xr.Dataset], Any] = build_model  # builds the model of some inputs

    def solve(self, inputs: xr.Dataset) -> Pass:
        """Build, compile and solve the model of some inputs.

        Where there is no plan the area lines may be to blame: they are moved to the plan with the least concessions, and tried again.
        """
        self.count += 1
        self.progress("solve" if self.count == 1 else f"pass {self.count}")
        program = self.compiled(inputs)
        follows = physics_of(inputs).evaporation == "curve"
        excess: list[float] = []
        for _ in range(MOST_MOVES):
            try:
                solution, self.start = solve_following(program, own_levels(program, self.levels), self.options, self.start)
                break
            except Infeasible as error:
                self.progress("explain")
                moved = lines_at_concessions(program, inputs, self.options, excess) if follows else None
                if moved is None:
                    reline = relining(inputs, program, self.compiled) if follows else None
                    raise explained(error, program, inputs, self.options, reline) from None
                inputs, program = moved, self.compiled(moved)
        else:
            raise SolverTrouble(say("solving.areas_unsettled"))
        results = extract(inputs, program, solution)
        results.attrs["program_sha256"] = program.digest()
        found = Pass(inputs, results)
        curved = inputs.sizes["benefit"] or inputs.sizes["costed"]
        if "benefit" in self.levels and curved and not inputs.sizes["headed"] and not judged_by_salt(inputs):
            self.bound = min(self.bound, -solution.levels["benefit"])
        return found

    def compiled(self, inputs: xr.Dataset) -> Program:
        """Build and compile the model of some inputs, or put them into the user's."""
        if self.model is None:
            return compile_model(self.build(inputs))
        if self.count > 1:
            refresh_data(self.model, inputs)
        return compile_model(self.model)
