"""One member after another: the water of a trace put into a kept program, solved, and read off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.ask.bargain import Bargain
from waterdeal.ask.clauses import conflicting_clauses
from waterdeal.ask.floods import MOST, flooded
from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import Infeasible, Problem, ScenarioError, SolveError, SolverTrouble
from waterdeal.lp.compile import compile_model
from waterdeal.results.lines import with_data, without_marks
from waterdeal.results.lookahead import BEYOND, season_levels
from waterdeal.results.quantities import plan_quantities
from waterdeal.solve.kept import KeptModel
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Passes
from waterdeal.solve.trust import anywhere
from waterdeal.unlabelled import Unlabelled
from waterdeal.variables import levels_of, setting
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from waterdeal.run import Case
    from waterdeal.types import Floats


#: what is kept of each member unless told
QUANTITIES = (
    "flow", "storage", "spill", "evaporation", "delivery", "shortage", "energy", "flow_shortfall", "entitlement_shortfall",
)  # fmt: skip
#: what a problem with the choices of an ensemble is told of
FILE = "ensemble"
#: every so many members one is solved from nothing too, and compared
CHECKED = 500


@dataclass(frozen=True)
class Member:
    """What became of one member."""

    number: int  # its place among the traces
    error: str  # else empty: `Infeasible` where it is proven that there is no plan, another name where none was found and nothing proves it
    conflict: tuple[str, ...]  # clauses that cannot all hold
    levels: Floats  # value of each level; NaN where there is no plan
    quantities: dict[str, Floats]  # arrays by name; NaN where there is no plan
    fell_back: bool = False  # whether it was solved from nothing after trouble with its start


class Solvers:
    """A kept model and all it takes to solve members; goes to other processes as arrays and names."""

    def __init__(self, case: Case, names: Sequence[str] = QUANTITIES, waters: Sequence[Floats] = ()) -> None:
        """Settle the scenario on its curves, compile it at their lines, and learn which bounds follow the water."""
        inputs = _settled(case, waters)
        self.kept = KeptModel(inputs, case.file.scenario.levels, case.options, ("runoff",))
        self.session = self.kept.session
        self.names = tuple(names)
        #: whether a flood goes over a dam although clauses are held: each member is then planned with what its own water brings there
        self.is_flooded = bool(inputs.sizes["clause_row"] and inputs[MOST].values.any())
        self._read = Unlabelled(inputs)
        first = plan_quantities(self._read, self.session.program, self.session.first.values)
        _refuse_unknown(self.names, first)
        self.dims = {name: (first[name][0],) if isinstance(first[name][0], str) else tuple(first[name][0]) for name in self.names}
        self.shapes: dict[str, tuple[int, ...]] = {name: np.shape(first[name][1]) for name in self.names}

    def solve(self, number: int, water: Floats) -> Member:
        """Solve a member."""
        if self.is_flooded:
            return self._settled(number, water)
        try:
            solution = self.kept.solve({"runoff": water})
            if number % CHECKED == 0:
                self.session.check(self.kept.program_at({"runoff": water}), solution)
        except (Infeasible, SolverTrouble):
            return self._settled(number, water)
        except SolveError as error:
            return self._failed(number, error)
        found = plan_quantities(self._read.replaced(runoff=water), self.session.program, solution.values, self.names)
        kept = {name: np.asarray(found[name][1], dtype=float) for name in self.names}
        levels = np.array(list(season_levels(self.session.program, solution).values()))
        return Member(number, "", (), levels, kept, self.session.fell_back)

    def _settled(self, number: int, water: Floats) -> Member:
        """Plan a member by itself: it has no plan on the lines of the kept model, or with what is dry there, or not twice the same."""
        inputs = with_data(without_marks(self.kept.inputs), {"runoff": water})
        if self.is_flooded:
            inputs = with_data(inputs, {MOST: np.zeros(inputs[MOST].shape)})
        try:
            return self._member(number, settle(inputs, Passes(self.kept.levels, self.session.options, explains=False)).results)
        except Infeasible as error:
            return self._failed(number, error, self._conflict(inputs))
        except SolveError as error:  # neither a plan nor a proof that there is none
            return self._failed(number, error)

    def _conflict(self, inputs: xr.Dataset) -> tuple[str, ...]:
        """Name the clauses of which it is proven that they cannot all hold, and that all are needed for it."""
        if not inputs.sizes["clause"]:
            return ()
        program, inputs = flooded(inputs, lambda made: compile_model(self.kept.build(made)), self.kept.levels, self.session.options)
        model = Bargain(program, inputs, self.session.options)
        found = conflicting_clauses(model) or ()
        return () if model.unsure else found

    def _member(self, number: int, results: xr.Dataset) -> Member:
        """Keep what was asked of a plan."""
        kept = {name: np.asarray(results[name].values, dtype=float) for name in self.names}
        beyond = setting(results, BEYOND, {})
        levels = np.array([value - beyond.get(level, 0.0) for level, value in levels_of(results).items()])
        return Member(number, "", (), levels, kept)

    def _failed(self, number: int, error: SolveError, conflict: tuple[str, ...] = ()) -> Member:
        """Keep the error of a member, and the clauses that cannot all hold."""
        blank = {name: np.full(self.shapes[name], np.nan) for name in self.names}
        return Member(number, type(error).__name__, conflict, np.full(len(self.session.levels), np.nan), blank)


def _settled(case: Case, waters: Sequence[Floats]) -> xr.Dataset:
    """Inputs at the lines of the first plan that is found, with its water, and storages free to move."""
    levels = case.file.scenario.levels
    trouble: list[Infeasible] = []
    for water in (case.inputs["runoff"].values, *waters):
        try:
            return anywhere(settle(with_data(case.inputs, {"runoff": water}), Passes(levels, case.options)).inputs)
        except Infeasible as error:
            trouble.append(error)
    raise trouble[-1]


def _refuse_unknown(names: Sequence[str], found: dict[str, Any]) -> None:
    """Refuse quantities that a plan has none of."""
    numbers = sorted(name for name, held in found.items() if isinstance(held, tuple) and np.asarray(held[1]).dtype.kind == "f")
    unknown = [name for name in names if name not in numbers]
    if unknown:
        problems = [Problem(FILE, None, "quantities", say("members.is_none", name=name), did_you_mean(name, numbers)) for name in unknown]
        raise ScenarioError(FILE, problems)
