"""One pass: a whole plan, all levels and the tie-break, from inputs whose lines stand still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.model.build import build_model, refresh_data
from waterdeal.passes.conflict import Excess, lines_at_concessions, relining
from waterdeal.results.extract import extract
from waterdeal.scenario.physics import physics_of
from waterdeal.solve.compile import compile_model
from waterdeal.solve.explain import explained
from waterdeal.solve.levels import own_levels
from waterdeal.solve.session import solve_following

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from waterdeal.solve.blend import Start
    from waterdeal.solve.options import SolveOptions
    from waterdeal.solve.program import Program

#: times the area lines may be moved to a plan with concessions
MOST_MOVES = 8


def judged_by_salt(inputs: xr.Dataset) -> bool:
    """Tell whether a model has rows that depend on concentrations."""
    blends = inputs.sizes["salt_node"] and np.isfinite(inputs["reuse_blend_limit"].values).any()
    return bool(inputs.sizes["salt_limit"] or blends)


@dataclass(frozen=True)
class Pass:
    """A plan of one pass, and the inputs with the lines it was made from.

    Parameters
    ----------
    inputs, results : xarray.Dataset
        Inputs and plan.
    """

    inputs: xr.Dataset
    results: xr.Dataset


@dataclass
class Passes:
    """Everything one pass needs, and how many there have been.

    Parameters
    ----------
    levels : sequence of str
        Levels of the objective.
    options : SolveOptions
        How HiGHS is run.
    progress : callable
        Called with the name of each stage.
    model : pyomo.environ.ConcreteModel or None
        A model with additions of the user's own, into which the data of each pass are put; None to build one a pass.
    bound : float
        Worth no plan passes, where benefits or costs are curved and no head is followed: the least that a pass has promised.
    count : int
        Passes made.
    start : Start or None
        Where the last plan ended, and the next begins.
    build : callable
        Builds the model of some inputs.
    """

    levels: Sequence[str]
    options: SolveOptions
    progress: Callable[[str], None] = lambda _stage: None
    model: Any = None
    bound: float = np.inf
    count: int = 0
    start: Start | None = None
    build: Callable[[xr.Dataset], Any] = build_model

    def solve(self, inputs: xr.Dataset) -> Pass:
        """Build, compile and solve the model of some inputs.

        Where there is no plan the area lines may be to blame: they are moved to the plan with the least concessions, and tried again.
        """
        self.count += 1
        self.progress("solve" if self.count == 1 else f"pass {self.count}")
        program = self.compiled(inputs)
        follows = physics_of(inputs).evaporation == "curve"
        excess = Excess()
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
            message = "the area lines of the reservoirs do not settle at a plan with concessions"
            raise SolverTrouble(message)
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
