"""A plan with some bounds loosened: the whole scenario is solved again, pass after pass, until it is on the curves of nature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waterdeal.errors import SolveError, SolverTrouble
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Passes
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program

    Loosen = Callable[[Program], Program]


@dataclass
class _Loosened(Passes):
    """Passes whose programs are all changed in the same way."""

    loosen: Loosen = lambda program: program
    size: tuple[int, int] = (0, 0)  # columns and rows of the program that they were found in

    def compiled(self, inputs: xr.Dataset) -> Program:
        """Compile the model of some inputs, and loosen it; where other bodies dry it may have other columns, and is none to loosen."""
        program = super().compiled(inputs)
        size = len(program.column_lower), len(program.row_lower)
        if self.count <= 1:
            self.size = size
        if size != self.size:
            raise SolverTrouble(say("solving.areas_unsettled"))
        return self.loosen(program)


def settling(inputs: xr.Dataset, levels: Sequence[str], options: SolveOptions) -> Callable[[Loosen], xr.Dataset | None]:
    """Return a way to solve a scenario again with its program changed; None where no plan is found."""

    def settled(loosen: Loosen) -> xr.Dataset | None:
        try:
            return settle(inputs, _Loosened(levels, options, loosen=loosen)).results
        except SolveError:
            return None

    return settled
