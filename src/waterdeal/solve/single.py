"""One pass: a whole plan, all levels and the tie-break, from inputs whose lines stand still."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.ask.bargain import Bargain
from waterdeal.ask.chosen import Chosen
from waterdeal.ask.explain import explained
from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.lp.compile import compile_model
from waterdeal.lp.session import solve_following
from waterdeal.lp.solution import Solution
from waterdeal.model.build import build_model, refresh_data
from waterdeal.model.levels import own_levels
from waterdeal.results.extract import extract
from waterdeal.results.lines import with_data, without_marks
from waterdeal.scenario.parts_schema import physics_of
from waterdeal.solve.relations import with_areas
from waterdeal.solve.trust import anywhere, stored_in
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import xarray as xr

    from waterdeal.lp.blend import Start
    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.scenario.parts_schema import Physics

#: times the area lines may be moved to a plan on the curves
MOST_MOVES = 3


@dataclass(frozen=True)
class Pass:
    """A plan of one pass, and the inputs with the lines it was made from."""

    inputs: xr.Dataset
    results: xr.Dataset
    least: Mapping[str, float] = field(default_factory=dict)  # what each level could be at least, before any tolerance is used

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
    #: worth no plan passes that is as good on the levels above, where that is proven
    bound: float = np.inf
    count: int = 0  # passes made
    start: Start | None = None  # where the last plan ended, and the next begins
    build: Callable[[xr.Dataset], Any] = build_model  # builds the model of some inputs
    weighs: bool = True  # whether passes on energy and benefits are made
    explains: bool = True  # whether what is told of no plan is why there is none
    #: first inputs whose clauses were proven too many whatever dries, their program, and what proved it
    _refuted: tuple[xr.Dataset, Program, Bargain] | None = None

    def solve(self, inputs: xr.Dataset, *, told: bool = True, refused: Infeasible | None = None) -> Pass:
        """Build, compile and solve the model of some inputs; where there is no plan the error tells why, if that is to be told.

        Where there is no plan the area lines may be to blame: they are moved to a plan on the curves, where there is one, and tried again.
        That there is none on these lines is `refused` where it is known.
        """
        self.count += 1
        self.progress("solve" if self.count == 1 else f"pass {self.count}")
        program = self._refuted[1] if self._refuted is not None and self._refuted[0] is inputs else self.compiled(inputs)
        if refused is None and self.start is None and self._are_too_many(inputs, program):
            refused = Infeasible(say("solving.no_plan"))
        for _ in range(MOST_MOVES):
            try:
                if refused is not None:
                    raise refused
                solution, self.start = solve_following(program, own_levels(program, self.levels), self.options, self.start)
                break
            except Infeasible as error:
                if not told:
                    raise
                refused = None
                self.progress("explain")
                if self._refuted is not None and self._refuted[0] is inputs:
                    model = self._refuted[2]
                else:
                    inputs = without_marks(anywhere(inputs))
                    program = self.compiled(inputs)
                    model = Bargain(program, inputs, self.options)
                plan = self.on_curves(model, program) if model.follows and not model.exceeds(model.ids) else None
                if plan is None and not self.explains:
                    if model.follows and not model.refused:
                        raise SolverTrouble(say("solving.areas_unsettled")) from None
                    raise
                explanation = explained(error, model) if plan is None else None
                if explanation is not None:
                    raise explanation from None
                plan = self.on_curves(model, program) if plan is None else plan
                if plan is None:
                    raise SolverTrouble(say("solving.areas_unsettled")) from None
                inputs = with_areas(with_data(inputs, model.marks.found()), plan)
                program = self.compiled(inputs)
        else:
            raise SolverTrouble(say("solving.areas_unsettled"))
        results = extract(inputs, program, solution)
        results.attrs["program_sha256"] = program.digest()
        return Pass(inputs, results, solution.least)

    def _are_too_many(self, inputs: xr.Dataset, program: Program) -> bool:
        """Whether clauses are proven too many at once: levels take a third of a second to find no plan for the Syr Darya."""
        if not inputs.sizes["clause"] or program.has_integers:
            return False
        model = Bargain(program, inputs, self.options)
        found = model.exceeds(model.ids) and model.cannot_hold(model.ids)
        if found and self._refuted is None and without_marks(inputs) is inputs:
            self._refuted = inputs, program, model
        return found

    def has_refuted(self, inputs: xr.Dataset) -> bool:
        """Whether it is proven of some inputs that no plan keeps their clauses, whatever dries."""
        return self._refuted is not None and self._refuted[0] is inputs

    def on_curves(self, model: Bargain, program: Program, beside: xr.Dataset | None = None) -> xr.Dataset | None:
        """Return a plan on the curves that keeps all clauses, whatever else it misses, and near a plan if told; None if there is none."""
        model.hold(model.allowed)
        start = np.zeros(len(model.cost))
        for family, stored in ({} if beside is None else stored_in(beside)).items():
            first = program.columns_of(family).start
            start[first : first + stored.size] = stored.ravel()
        values = Chosen(model, program, own_levels(program, self.levels)).plan() if beside is None else None
        if values is None:
            values = model.settled(None if beside is None else start)
        if values is None:
            return None
        return extract(model.inputs, program, Solution(values[: len(program.column_lower)], {}, is_unique=False))

    def compiled(self, inputs: xr.Dataset) -> Program:
        """Build and compile the model of some inputs, or put them into the user's."""
        if self.model is None:
            return compile_model(self.build(inputs))
        if self.count > 1:
            refresh_data(self.model, inputs)
        return compile_model(self.model)
