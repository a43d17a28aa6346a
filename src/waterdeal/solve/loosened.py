"""A plan with some bounds loosened, and prices proven by it: the scenario is solved again, pass after pass, until it is on the curves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from waterdeal.ask.anew import priced
from waterdeal.ask.bargain import OnCurves
from waterdeal.ask.floods import flooded
from waterdeal.ask.prices import Pricer
from waterdeal.ask.respond import Anew
from waterdeal.errors import SolveError, SolverTrouble
from waterdeal.results.lines import without_marks
from waterdeal.scenario.parts_schema import physics_of
from waterdeal.solve.salinity import judged_by_salt
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Pass, Passes
from waterdeal.solve.worth import WEIGHING
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from waterdeal.ask.prices import Price
    from waterdeal.ask.respond import Target
    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program

    Loosen = Callable[[Program], Program]


def is_on_lines(inputs: xr.Dataset) -> bool:
    """Whether a program of some inputs is of lines that passes move: of areas, heads, benefits, or salt."""
    curved = inputs.sizes["headed"] or inputs.sizes["benefit"] or inputs.sizes["costed"]
    return physics_of(inputs).evaporation == "curve" or bool(curved) or judged_by_salt(inputs)


@dataclass
class _Loosened(Passes):
    """Passes whose programs are all changed in the same way."""

    loosen: Loosen = lambda program: program
    first: tuple[xr.Dataset, Program] | None = None  # inputs whose program is known, and that program

    def compiled(self, inputs: xr.Dataset) -> Program:
        """Compile the model of some inputs, and loosen it; where other bodies dry it may have other columns, and is none to loosen."""
        if self.first is not None and self.first[0] is inputs:
            return self.loosen(self.first[1])
        program = super().compiled(inputs)
        if self.first is None:
            self.first = inputs, program
        sizes = [(len(of.column_lower), len(of.row_lower)) for of in (program, self.first[1])]
        if sizes[0] != sizes[1]:
            raise SolverTrouble(say("solving.areas_unsettled"))
        return self.loosen(program)


class Settling:
    """A scenario whose plan is known, solved again with its program changed: each time from where the plan as it is has ended.

    The inputs have the lines of that plan.
    """

    def __init__(self, inputs: xr.Dataset, levels: Sequence[str], options: SolveOptions) -> None:
        """Solve the plan as it is: one pass, as its lines are those of the plan."""
        self._inputs = inputs
        self._passes = _Loosened(levels, options, explains=False)
        #: the plan as it is
        self.before = self._told(self._passes.solve(inputs))
        weighing = [place for place, level in enumerate(levels) if level in WEIGHING]
        self._above = levels[: weighing[0]] if weighing else levels  # levels that no pass on energy or benefits changes
        #: the last of them, which decide who gets how much in all; None where there is none
        self.water = self._above[-1] if self._above else None

    def __call__(self, loosen: Loosen, level: str | None = None) -> Anew | None:
        """Solve again, until all is settled that a level depends on; None where no plan is found."""
        passes = replace(self._passes, loosen=loosen, count=0, weighs=level not in self._above)
        try:
            return self._told(settle(self._inputs, passes))
        except SolveError:
            return None

    def refuses(self, loosen: Loosen) -> bool:
        """Whether it is proven that there is no plan, whatever lines and whatever dries; energy of followed heads is not looked at."""
        if self._inputs.sizes["headed"] and "GWh" in self._inputs["clause_unit"].values:
            return False
        passes = replace(self._passes, loosen=loosen)
        try:
            program, wet = flooded(without_marks(self._inputs), passes.compiled, passes.levels, passes.options)
            model = OnCurves(program, wet, passes.options)
            return model.lowest(model.cost) is None
        except SolveError:
            return False

    def _told(self, plan: Pass) -> Anew:
        """Tell a plan with the least that each level could be."""
        return Anew(plan.results, plan.least, plan.inputs is self._inputs)


def price(
    program: Program, levels: Sequence[str], target: Target, options: SolveOptions, *, ladder: bool = True, inputs: xr.Dataset | None = None
) -> Price:
    """Price one amount; of the least that a level can be, before any tolerance that a plan uses for levels below.

    Parameters
    ----------
    program : Program
        The compiled model; it must have a plan.
    levels : sequence of str
        Goals in order of importance.
    target : Target
        What is priced.
    options : SolveOptions
        How HiGHS is run.
    ladder : bool
        Whether larger changes are solved too.
    inputs : xarray.Dataset, optional
        Inputs of the program with the lines of its plan, as those of ``wd.open_run``. With them the ends of both ranges are solved anew
        with all passes where the program is of lines that touch curves; without them prices are of the program alone.

    Returns
    -------
    Price
        Both sides, their ranges, and the ladder. `proven` of each side is None where nothing was solved anew, and `settled` tells of each
        end that was what the least of its level gains (`gain`) and what the plan comes to (`reached`).
    """
    settling = Settling(inputs, levels, options) if inputs is not None and is_on_lines(inputs) else None
    return priced(Pricer(program, levels, options), target, settling, ladder=ladder)
