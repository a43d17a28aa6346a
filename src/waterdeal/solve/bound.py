"""How good a plan with followed heads can be at all: a bound no plan passes, and so the gap that is left.

The energy of a plant is ``unit x Q x (h(m) - wake x Q)`` with Q the water through the turbines, m the mean storage, h the head at no flow.
On a box of Q and h the product lies under two planes (McCormick 1976; design/model.md, 3.1 C), h under the upper hull of its curve, and
``-wake x Q x Q`` under its tangents. A model whose energy lies under all of them has a best plan at least as good as the true one. Where
that is too loose the range of the storage is cut into cells, each with a box of its own, and a whole number says which cell it is.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waterdeal.ask.curves import Curves, hull_lines
from waterdeal.ask.marks import Marks, lowest
from waterdeal.ask.reasons import level_rows
from waterdeal.lp.compile import compile_model
from waterdeal.lp.extend import AddedRow, with_free_columns, with_rows
from waterdeal.lp.highs import Solver
from waterdeal.lp.solution import Solution
from waterdeal.model.build import build_model
from waterdeal.results.extract import extract
from waterdeal.results.lines import with_data, without_marks
from waterdeal.results.quantities import curve_of
from waterdeal.solve.relations import head_energy, with_planes
from waterdeal.solve.trust import anywhere
from waterdeal.solve.worth import true_benefit
from waterdeal.units import GWH_PER_HM3_M
from waterdeal.variables import levels_of
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.solve.single import Pass, Passes
    from waterdeal.types import Floats

    Plane = tuple[float, float, float]


class Box(NamedTuple):
    """Where the energy of a plant in a step can be."""

    water: tuple[float, float]
    stored: tuple[float, float]
    volumes: Floats
    heads: Floats
    unit: float  # GWh of one hm3 falling one metre
    wake: float  # rise of the tailwater, m per hm3 through the turbines in the step


def cell_pieces(box: Box, stored: tuple[float, float], *, upper: bool) -> list[Plane]:
    """Return the McCormick planes (constant, per water, per storage) over ``water x head`` on a cell."""
    low, high = box.water
    heads = np.interp(stored, box.volumes, box.heads)
    corners = ((high, heads[0]), (low, heads[1])) if upper else ((low, heads[0]), (high, heads[1]))
    return [
        (float(water * constant - water * head), float(head), float(water * slope))
        for constant, slope in hull_lines((box.volumes, box.heads), stored, upper=upper)
        for water, head in corners
    ]


def with_cells(program: Program, inputs: xr.Dataset, boxes: list[list[Box]], counts: NDArray[np.int64]) -> Program:
    """Cut the storage range of each plant and step into cells, of which a whole number chooses one."""
    for plant, step in np.argwhere(counts > 1).tolist():
        program = _cut(program, inputs, (plant, step), boxes[plant][step], int(counts[plant, step]))
    return program


def _cut(program: Program, inputs: xr.Dataset, place: tuple[int, int], box: Box, count: int) -> Program:
    """Cut the range of one plant and step."""
    edges: Floats = np.linspace(*box.stored, count + 1)
    first = len(program.column_lower)
    choice, water, stored = (np.arange(first + part * count, first + (part + 1) * count) for part in range(3))
    upper = np.concatenate([np.ones(count), np.full(count, box.water[1]), edges[1:]])
    lower = np.concatenate([np.zeros(2 * count), np.minimum(edges[:-1], 0.0)])
    whole = np.arange(3 * count) < count
    program = with_free_columns(program, "cell", lower, upper, whole)
    energy, flow, kept, start = _columns(program, inputs, place)
    ones = np.ones(count)
    rows = [
        AddedRow("cell.one", choice, ones, 1.0, 1.0),
        AddedRow("cell.water", [flow, *water], [-1.0, *ones], 0.0, 0.0),
        AddedRow("cell.stored", [*kept, *stored], [*(-0.5 for _ in kept), *ones], start / 2, start / 2),
    ]
    for cell, ends in enumerate(pairwise(edges.tolist())):
        for column, (least, most) in ((water[cell], box.water), (stored[cell], ends)):
            rows.append(AddedRow("cell.range", [choice[cell], column], [-least, 1.0], 0.0, np.inf))
            rows.append(AddedRow("cell.range", [choice[cell], column], [-most, 1.0], -np.inf, 0.0))
    rows += _energy_rows(box, edges, energy, (choice, water, stored))
    return with_rows(program, rows)


def _energy_rows(box: Box, edges: Floats, energy: int, columns: tuple[NDArray[np.int64], ...]) -> list[AddedRow]:
    """Energy under the planes of the chosen cell; cells with fewer planes repeat their last."""
    planes = [cell_pieces(box, (edges[cell], edges[cell + 1]), upper=True) for cell in range(len(edges) - 1)]
    rows = []
    for number in range(max(map(len, planes))):
        table = np.array([pieces[min(number, len(pieces) - 2 + number % 2)] for pieces in planes]) * -box.unit
        rows.append(AddedRow("cell.energy", np.append(energy, columns), np.append(1.0, table.T), -np.inf, 0.0))
    return rows


def _columns(program: Program, inputs: xr.Dataset, place: tuple[int, int]) -> tuple[int, int, list[int], float]:
    """Columns of energy, water and the two storages of a plant and step, and the storage at the start in the first step."""
    plant, step = (str(inputs[dim].values[at]) for dim, at in zip(("headed", "step"), place, strict=True))
    body, steps = str(inputs["headed_reservoir"].values[place[0]]), inputs["step"].values[max(place[1] - 1, 0) : place[1] + 1].tolist()
    start = float(inputs["storage_initial"].sel(reservoir=body)) if place[1] == 0 else 0.0
    energy, flow = (program.column_at(f"hydropower.{name}", plant, step) for name in ("energy", "turbine_flow"))
    return energy, flow, [program.column_at("reservoir.storage", body, label) for label in steps], start


#: points of Q at which the loss to the tailwater is touched, as shares of its range
TOUCHED = (0.0, 0.5, 1.0)
#: levels above ``benefit`` on which energy counts
ENERGY_LEVELS = ("firm_power", "power")
#: share of all that the planes miss, from which cutting a step into cells pays
SMALLEST_SHARE = 0.002


class Bound(NamedTuple):
    """What a plan is worth, and what no plan can be worth more than."""

    worth: float  # worth of the plan on the level `benefit`, with its true energy
    bound: float  # no plan that is as good on the levels above is worth more
    cells: int  # cells a storage range was cut into at most

    @property
    def gap(self) -> float:
        """Distance of the bound from the worth, as a share of the worth."""
        return (self.bound - self.worth) / max(abs(self.worth), 1e-12)


def energy_bound(found: Pass, levels: Sequence[str], options: SolveOptions, cells: int = 1, *, everywhere: bool = False) -> Bound:
    """Bound what any plan could be worth."""
    if not found.inputs.sizes["headed"] or "benefit" not in levels:
        raise ValueError(say("solving.bound_needs_heads"))
    inputs = without_marks(found.inputs)
    ranged = with_data(inputs, {"storage_min": lowest(inputs)})
    boxes = [_boxes_of(ranged.isel(headed=number)) for number in range(inputs.sizes["headed"])]
    relaxed = relaxed_inputs(inputs, boxes)
    program = compile_model(build_model(relaxed))
    above = _levels_of_water(levels[: levels.index("benefit")])
    held = _held(program, relaxed, above, found)
    bound, values = _least(held, options)
    if cells > 1:
        chosen = np.ones((len(boxes), inputs.sizes["time"]), dtype=bool)
        if not everywhere:
            chosen = _where_it_pays(extract(relaxed, program, Solution(values, {}, is_unique=False)), relaxed)
        bound = max(bound, _least(with_cells(held, relaxed, boxes, np.where(chosen, cells, 1)), options)[0])
    return Bound(true_benefit(found), -bound, cells)


def benefit_bound(found: Pass, passes: Passes) -> float:
    """Bound what any plan on the curves could be worth that is as good on the levels above ``benefit``."""
    inputs = anywhere(without_marks(found.inputs))
    return -_least(_held(passes.compiled(inputs), inputs, passes.levels[: passes.levels.index("benefit")], found), passes.options)[0]


def _held(program: Program, inputs: xr.Dataset, above: Sequence[str], found: Pass) -> Program:
    """Let areas be between hulls of their curves and dry what may, and hold levels at what a plan reaches: it is a plan of this too."""
    wider = Curves(Marks(program, inputs).freed(), inputs).program
    return with_rows(wider, level_rows(program, above, levels_of(found.results)))


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
    """Return inputs whose energy lies under planes that the true energy never passes, with no trust region."""
    pieces = [[_planes(box) for box in row] for row in boxes]
    upper, lower = (_as_many([[sides[side] for sides in row] for row in pieces]) for side in (0, 1))
    planes = np.concatenate([upper, lower], axis=2).transpose(3, 0, 2, 1)
    named = dict(zip(("energy_constant", "energy_per_flow", "energy_per_storage"), planes, strict=True))
    return with_planes(anywhere(inputs), ("at_most",) * upper.shape[2] + ("at_least",) * lower.shape[2], named)


def _as_many(pieces: list[list[list[Plane]]]) -> Floats:
    """Planes by (plant, step, plane), the last one again where others have more.

    Examples
    --------
    >>> _as_many([[[(1.0, 0.0, 0.0)], [(2.0, 0.0, 0.0), (3.0, 0.0, 0.0)]]])[0, :, :, 0].tolist()
    [[1.0, 1.0], [2.0, 3.0]]
    """
    most = max(len(planes) for row in pieces for planes in row)
    return np.array([[planes + [planes[-1]] * (most - len(planes)) for planes in row] for row in pieces])


def _boxes_of(inputs: xr.Dataset) -> list[Box]:
    """Ranges of water and of mean storage of the one plant left in `inputs`, by step, with its curve."""
    name, above = str(inputs["headed"].values), str(inputs["headed_reservoir"].values)
    body, plant = inputs.sel(reservoir=above), inputs.sel(plant=name)
    most = np.minimum(plant["turbine_max"].values, plant["flow_max"].sel(link=str(plant["plant_link"].values)).values)
    if not np.isfinite(most).all():
        raise ValueError(say("solving.bound_needs_turbine_max", name=name))
    volumes, levels = curve_of(inputs, inputs["reservoir"].values.tolist().index(above), "curve_level")
    heads = levels - float(inputs["tailwater"]) - float(inputs["head_loss"])
    unit, slope = GWH_PER_HM3_M * float(inputs["power_efficiency"]), float(inputs["tailwater_slope"])
    ranges = np.column_stack([plant["turbine_min"], most, body["storage_min"], body["storage_max"], inputs["step_length"]]).tolist()
    return [Box((low, high), (least, full), volumes, heads, unit, slope / days) for low, high, least, full, days in ranges]


def _planes(box: Box) -> tuple[list[Plane], list[Plane]]:
    """Planes (constant, per water, per storage) above the energy of a box, and below it."""
    low, high = box.water
    touched = [low + share * (high - low) for share in (TOUCHED if box.wake > 0 else TOUCHED[:1])]  # one is enough where there is no wake
    touching = [(box.wake * point * point, -2 * box.wake * point) for point in touched]
    above = [
        (box.unit * (constant + touch[0]), box.unit * (by_water + touch[1]), box.unit * by_storage)
        for constant, by_water, by_storage in cell_pieces(box, box.stored, upper=True)
        for touch in touching
    ]
    chord = box.wake * (low + high), box.wake * low * high
    below = [
        (box.unit * (constant + chord[1]), box.unit * (by_water - chord[0]), box.unit * by_storage)
        for constant, by_water, by_storage in cell_pieces(box, box.stored, upper=False)
    ]
    return above, below
