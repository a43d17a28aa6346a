"""How good a plan with followed heads can be at all: a bound no plan passes, and so the gap that is left.

The energy of a plant is ``unit x Q x (h(m) - wake x Q)`` with Q the water through the turbines, m the mean storage, h the head at no flow.
On a box of Q and h the product lies under two planes (McCormick 1976; design/model.md, 3.1 C), h under the upper hull of its curve, and
``-wake x Q x Q`` under its tangents. A model whose energy lies under all of them has a best plan at least as good as the true one. Where
that is too loose the range of the storage is cut into cells, each with a box of its own, and a whole number says which cell it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.model.build import build_model
from waterdeal.passes.cells import Box, cell_pieces, with_cells
from waterdeal.passes.relations import head_energy, with_planes
from waterdeal.passes.trust import anywhere
from waterdeal.passes.worth import true_benefit
from waterdeal.results.extract import extract
from waterdeal.solve.compile import compile_model
from waterdeal.solve.highs import Solver
from waterdeal.solve.levels import decide
from waterdeal.solve.solution import Solution
from waterdeal.units import GWH_PER_HM3_M

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.passes.single import Pass
    from waterdeal.solve.options import SolveOptions
    from waterdeal.solve.program import Program

    Floats = NDArray[np.float64]

#: points of Q at which the loss to the tailwater is touched, as shares of its range
TOUCHED = (0.0, 0.5, 1.0)
#: levels above ``benefit`` on which energy counts
ENERGY_LEVELS = ("firm_power", "power")
#: share of all that the planes miss, from which cutting a step into cells pays
SMALLEST_SHARE = 0.002


@dataclass(frozen=True)
class Bound:
    """What a plan is worth, and what no plan can be worth more than.

    Parameters
    ----------
    worth : float
        Worth of the plan on the level ``benefit``, with its true energy.
    bound : float
        No plan that is as good on the levels above is worth more, at the area lines of this one.
    cells : int
        Cells a storage range was cut into at most.
    """

    worth: float
    bound: float
    cells: int

    @property
    def gap(self) -> float:
        """Distance of the bound from the worth, as a share of the worth."""
        return (self.bound - self.worth) / max(abs(self.worth), 1e-12)


def energy_bound(found: Pass, levels: Sequence[str], options: SolveOptions, cells: int = 1, *, everywhere: bool = False) -> Bound:
    """Bound what any plan could be worth.

    Parameters
    ----------
    found : Pass
        A plan with followed heads, and its inputs.
    levels : sequence of str
        Levels of the objective; those above ``benefit`` are held at their best, down to the first that counts energy, whose best no true
        plan may reach (where clauses have whole numbers all are left open). What is left open makes the bound looser, and true all the
        same.
    options : SolveOptions
        How HiGHS is run; its time limit ends a search with cells early, with a bound that is then looser but true.
    cells : int
        Into how many cells the range of each storage is cut; 1 needs no whole numbers and one solve.
    everywhere : bool
        Whether every plant and step is cut; else only where the planes miss something.

    Returns
    -------
    Bound
        Worth, bound and gap.

    Raises
    ------
    ValueError
        If the plan follows no head, or ``benefit`` is not among the levels.
    """
    if not found.inputs.sizes["headed"] or "benefit" not in levels:
        message = "a bound on energy needs plants whose head is followed (physics.head) and the level benefit"
        raise ValueError(message)
    inputs = found.inputs
    boxes = plant_boxes(inputs)
    relaxed = relaxed_inputs(inputs, boxes)
    program = compile_model(build_model(relaxed))
    above = _levels_of_water(levels[: levels.index("benefit")])
    held = program if program.has_integers else decide(program, above, options)
    bound, values = _least(held, options)
    if cells > 1:
        chosen = np.ones((len(boxes), inputs.sizes["time"]), dtype=bool)
        if not everywhere:
            chosen = _where_it_pays(extract(relaxed, program, Solution(values, {}, is_unique=False)), relaxed)
        bound = max(bound, _least(with_cells(held, relaxed, boxes, np.where(chosen, cells, 1)), options)[0])
    return Bound(true_benefit(found), -bound, cells)


def _levels_of_water(levels: Sequence[str]) -> Sequence[str]:
    """Levels up to the first on which energy counts: the planes promise more of it than there is."""
    counting = [place for place, level in enumerate(levels) if level in ENERGY_LEVELS]
    return levels[: counting[0]] if counting else levels


def _least(program: Program, options: SolveOptions) -> tuple[float, Floats]:
    """Least value of the level benefit, or what it is at least where time runs out, and the values there."""
    cost, offset = program.goals["benefit"]
    solver = Solver(program, options)
    solver.minimise(cost)
    info = solver.highs.getInfo()
    return float(info.mip_dual_bound if program.has_integers else info.objective_function_value) + offset, solver.values()


def _where_it_pays(results: xr.Dataset, inputs: xr.Dataset) -> NDArray[np.bool_]:
    """Plants and steps in which the planes promise clearly more than there is at the relaxed plan."""
    promised = results["energy"].sel(plant=inputs["headed"].values).values
    missed = np.maximum(promised - head_energy(inputs, results)[0], 0.0)
    return np.asarray(missed > SMALLEST_SHARE * missed.sum())


def relaxed_inputs(inputs: xr.Dataset, boxes: list[list[Box]]) -> xr.Dataset:
    """Return inputs whose energy lies under planes that the true energy never passes, with no trust region.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs with followed heads.
    boxes : list of list of Box
        Ranges by plant and step.

    Returns
    -------
    xarray.Dataset
        Planes from above everywhere, and from below for energy of negative worth.
    """
    pieces = [[_planes(box) for box in row] for row in boxes]
    longest = max(len(planes) for row in pieces for planes, _ in row)
    upper = np.array([[planes + [planes[-1]] * (longest - len(planes)) for planes, _ in row] for row in pieces])
    lower = np.array([[planes for _, planes in row] for row in pieces])
    planes = np.concatenate([upper, lower], axis=2).transpose(3, 0, 2, 1)
    named = dict(zip(("energy_constant", "energy_per_flow", "energy_per_storage"), planes, strict=True))
    return with_planes(anywhere(inputs), ("at_most",) * longest + ("at_least",) * lower.shape[2], named)


def plant_boxes(inputs: xr.Dataset) -> list[list[Box]]:
    """Return the ranges of water and of mean storage of each plant in each step, with its curve.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs with followed heads.

    Returns
    -------
    list of list of Box
        By plant and step.

    Raises
    ------
    ValueError
        If nothing limits the water through the turbines.
    """
    return [_boxes_of(inputs.isel(headed=number)) for number in range(inputs.sizes["headed"])]


def _boxes_of(inputs: xr.Dataset) -> list[Box]:
    """Ranges of the one plant left in `inputs`, by step."""
    name = str(inputs["headed"].values)
    body, plant = inputs.sel(reservoir=str(inputs["headed_reservoir"].values)), inputs.sel(plant=name)
    most = np.minimum(plant["turbine_max"].values, plant["flow_max"].sel(link=str(plant["plant_link"].values)).values)
    if not np.isfinite(most).all():
        message = f"{name}: a bound needs turbine_max_m3s in plants.csv"
        raise ValueError(message)
    known = np.isfinite(body["curve_volume"].values)
    volumes = body["curve_volume"].values[known]
    heads = body["curve_level"].values[known] - float(inputs["tailwater"]) - float(inputs["head_loss"])
    unit, slope = GWH_PER_HM3_M * float(inputs["power_efficiency"]), float(inputs["tailwater_slope"])
    ranges = zip(
        np.column_stack([plant["turbine_min"].values, most]).tolist(),
        np.column_stack([body["storage_min"].values, body["storage_max"].values]).tolist(),
        inputs["step_length"].values.tolist(),
        strict=True,
    )
    return [Box((low, high), (least, full), volumes, heads, unit, slope / days) for (low, high), (least, full), days in ranges]


def _planes(box: Box) -> tuple[list[tuple[float, float, float]], list[tuple[float, float, float]]]:
    """Planes (constant, per water, per storage) above the energy of a box, and below it."""
    above = [
        (box.unit * (constant + touch[0]), box.unit * (by_water + touch[1]), box.unit * by_storage)
        for constant, by_water, by_storage in cell_pieces(box, box.stored, upper=True)
        for touch in _wake_tangents(box)
    ]
    chord = box.wake * (box.water[0] + box.water[1]), box.wake * box.water[0] * box.water[1]
    below = [
        (box.unit * (constant + chord[1]), box.unit * (by_water - chord[0]), box.unit * by_storage)
        for constant, by_water, by_storage in cell_pieces(box, box.stored, upper=False)
    ]
    return above, below


def _wake_tangents(box: Box) -> list[tuple[float, float]]:
    """Tangents (constant, per water) above ``-wake x Q x Q``; one is enough where there is no wake."""
    low, high = box.water
    shares = TOUCHED if box.wake > 0 else TOUCHED[:1]
    touched = [low + share * (high - low) for share in shares]
    return [(box.wake * point * point, -2 * box.wake * point) for point in touched]
