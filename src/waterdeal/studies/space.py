"""The plans among which a frontier lies: levels held above, and what the others keep."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.results.tables import party_order
from waterdeal.solve.extend import AddedRow
from waterdeal.solve.solution import worth
from waterdeal.studies.measures import has_measure, make_measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.solve.program import Program

    Floats = NDArray[np.float64]

#: levels on which parties compete; those above the first of them are held
COMPETING = ("entitlement", "firm_power", "power", "irrigation", "benefit")
#: what the others keep at least of the plan, where they have it, and the level that stands for nature
KEPT, NATURE = ("delivery", "shortfall", "energy", "irrigation"), "environment"
#: by how much what others keep may be less than in the plan, by rounding: a cubic metre
ROUNDING = 1e-6


def levels_above(levels: Sequence[str]) -> tuple[str, ...]:
    """Return the levels above the first on which parties compete.

    Parameters
    ----------
    levels : sequence of str
        Levels of a scenario in order.

    Returns
    -------
    tuple of str
        All of them where parties compete on none.
    """
    first = next((place for place, level in enumerate(levels) if level in COMPETING), len(levels))
    return tuple(levels[:first])


def with_whole_held(program: Program, plan: Floats) -> Program:
    """Return a program whose whole numbers are those of a plan: with them free, a frontier has gaps that no line bridges.

    Parameters
    ----------
    program : Program
        The compiled model.
    plan : numpy.ndarray
        A value a column.

    Returns
    -------
    Program
        Without whole numbers.
    """
    if not program.has_integers:
        return program
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    lower[program.integer] = upper[program.integer] = np.rint(plan[program.integer])
    return replace(program, column_lower=lower, column_upper=upper, integer=program.integer[:0])


def kept_rows(program: Program, inputs: xr.Dataset, parties: tuple[str, str], plan: Floats, *, nature: bool) -> list[AddedRow]:
    """Make rows that keep what a plan gives to the other parties, and to nature.

    Parameters
    ----------
    program : Program
        The compiled model.
    inputs : xarray.Dataset
        Inputs it was built from.
    parties : tuple of str
        The two that trade.
    plan : numpy.ndarray
        A value a column.
    nature : bool
        Whether nature is among the others.

    Returns
    -------
    list of AddedRow
        One a party and figure that it has any of.
    """
    sums = [
        (f"kept_{name}_{party}", make_measure(program, inputs, party, name).good)
        for party in party_order(inputs)
        for name in KEPT
        if party not in parties and has_measure(program, inputs, party, name)
    ]
    if nature:
        sums.append(("kept_nature", -program.goals[NATURE][0]))
    rows = []
    for name, good in sums:
        columns = np.flatnonzero(good)
        if columns.size:
            rows.append(AddedRow(name, columns, good[columns], worth(good, plan) - ROUNDING, np.inf))
    return rows
