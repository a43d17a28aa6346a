"""A model kept with its solver, for other numbers in its inputs: water, storages, requirements, limits, prices.

Numbers that move bounds and costs by a factor are put into the compiled program; for others it is compiled anew, and that is told. Where
the matrix is the same even then, the solver is kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.lp.compile import compile_model
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.moving import StructureChanges, find_moving
from waterdeal.lp.session import Session
from waterdeal.model.build import build_model
from waterdeal.model.levels import own_levels
from waterdeal.results.lines import with_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import xarray as xr

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.lp.solution import Solution
    from waterdeal.types import Floats

    Numbers = Mapping[str, Floats]


class KeptModel:
    """A compiled model for many scenarios.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs to begin with; the model must have a plan with them, and no whole numbers.
    levels : sequence of str
        Goals in order of importance.
    options : SolveOptions
        How HiGHS is run.
    names : sequence of str
        Inputs whose numbers will differ.
    build : callable
        Builds the model of some inputs.

    Raises
    ------
    KeyError
        If the inputs have no such name.
    StructureChanges
        If inputs that move bounds each by itself bend them together: keep them in models of their own.
    Infeasible
        If there is no plan to begin with.

    Examples
    --------
    >>> from waterdeal.examples import two_party_inputs
    >>> from waterdeal.lp.options import SolveOptions
    >>> inputs = two_party_inputs()
    >>> kept = KeptModel(inputs, ("irrigation",), SolveOptions(), ("runoff", "requirement"))
    >>> drier = kept.solve({"runoff": 0.9 * inputs["runoff"].values})
    >>> kept.recompiled
    ''
    """

    def __init__(
        self,
        inputs: xr.Dataset,
        levels: Sequence[str],
        options: SolveOptions,
        names: Sequence[str],
        build: Callable[[xr.Dataset], Any] = build_model,
    ) -> None:
        """Compile the model, find out what follows which numbers, and solve it once."""
        self.inputs, self.options, self.build = inputs, options, build
        moving, self.structural = find_moving(self._compiled, {name: inputs[name].values for name in names})
        self.levels = own_levels(moving.program, levels)
        self.session = Session(moving.program, self.levels, options)
        #: how bounds and costs follow the numbers; `structural` says why those of some inputs change the structure
        self.moving = replace(moving, program=self.session.program)
        #: why the last program was compiled anew; empty where it was not
        self.recompiled = ""

    def program_at(self, numbers: Numbers) -> Program:
        """Return the program at other numbers.

        Parameters
        ----------
        numbers : mapping of str to numpy.ndarray
            By name, of the shape of the input; the rest stays as it was to begin with.

        Returns
        -------
        Program
            Compiled anew only where the structure changes; `recompiled` then says why.
        """
        other = [name for name in numbers if name not in self.moving.followers]
        self.recompiled = "; ".join(self.structural.get(name, f"{name} is not kept") for name in other)
        if not self.recompiled:
            try:
                return self.moving.at(numbers)
            except StructureChanges as change:
                self.recompiled = str(change)
        program, kept = self._compiled(numbers), self.session.program.matrix
        return replace(program, matrix=kept) if kept.equals(program.matrix) else program

    def learn(self, members: Iterable[Numbers]) -> None:
        """Solve the model with numbers like those to come, each of which then begins where the one most like it has ended.

        Parameters
        ----------
        members : iterable of mapping of str to numpy.ndarray
            As `solve` takes them. Where there is no plan nothing is learned.
        """
        programs = map(self.program_at, members)
        self.session.learn(program for program in programs if program.matrix is self.session.program.matrix)

    def solve(self, numbers: Numbers) -> Solution:
        """Solve the model with other numbers.

        Parameters
        ----------
        numbers : mapping of str to numpy.ndarray
            By name, of the shape of the input; the rest stays as it was to begin with.

        Returns
        -------
        Solution
            The same whatever was solved before.

        Raises
        ------
        Infeasible, Unbounded, TimeLimitReached, SolverTrouble
            Where there is no proven plan.
        """
        program = self.program_at(numbers)
        if program.matrix is not self.session.program.matrix:
            return solve_levels(program, self.levels, self.options)
        return self.session.solve(program)

    def inputs_at(self, numbers: Numbers) -> xr.Dataset:
        """Return the inputs with other numbers."""
        return with_data(self.inputs, {name: np.reshape(values, self.inputs[name].shape) for name, values in numbers.items()})

    def _compiled(self, numbers: Numbers) -> Program:
        """Compile the model with other numbers."""
        return compile_model(self.build(self.inputs_at(numbers)))
