"""Boxes of water and storage, the planes over a product on them, and a storage range cut into cells by whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.solve.extend import AddedRow, with_free_columns, with_rows

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.solve.program import Program

    Floats = NDArray[np.float64]
    Plane = tuple[float, float, float]


@dataclass(frozen=True)
class Box:
    """Where the energy of a plant in a step can be.

    Parameters
    ----------
    water, stored : tuple of float
        Range of the water through the turbines and of the mean storage, hm3.
    volumes, heads : numpy.ndarray
        Curve of the head at no flow, m over hm3.
    unit : float
        GWh of one hm3 falling one metre.
    wake : float
        Rise of the tailwater, m per hm3 through the turbines in the step.
    """

    water: tuple[float, float]
    stored: tuple[float, float]
    volumes: Floats
    heads: Floats
    unit: float
    wake: float


def hull_lines(box: Box, stored: tuple[float, float], *, upper: bool) -> list[tuple[float, float]]:
    """Return the lines (constant, slope) of the upper or lower hull of the head curve over a range of storage.

    Parameters
    ----------
    box : Box
        With the curve.
    stored : tuple of float
        Range of storage.
    upper : bool
        Upper hull, else lower.

    Returns
    -------
    list of tuple
        All lie above (below) the curve on the range; one line for a range of one point.
    """
    low, high = stored
    inner = box.volumes[(box.volumes > low) & (box.volumes < high)]
    at = np.unique(np.concatenate([[low], inner, [high]]))
    values = np.interp(at, box.volumes, box.heads)
    sign = 1.0 if upper else -1.0
    hull: list[int] = []
    for place in range(len(at)):
        while len(hull) > 1 and sign * _turn(at, values, hull[-2], hull[-1], place) >= 0:
            hull.pop()
        hull.append(place)
    if len(hull) == 1:
        return [(float(values[0]), 0.0)]
    slopes = [(values[b] - values[a]) / (at[b] - at[a]) for a, b in pairwise(hull)]
    return [(float(values[a] - slope * at[a]), float(slope)) for a, slope in zip(hull, slopes, strict=False)]


def _turn(at: Floats, values: Floats, first: int, middle: int, last: int) -> float:
    """Whether the path over three points turns left (above zero) or right."""
    return float((at[middle] - at[first]) * (values[last] - values[first]) - (values[middle] - values[first]) * (at[last] - at[first]))


def cell_pieces(box: Box, stored: tuple[float, float], *, upper: bool) -> list[Plane]:
    """Return the McCormick planes (constant, per water, per storage) over ``water x head`` on a cell.

    Parameters
    ----------
    box : Box
        With the range of water and the curve.
    stored : tuple of float
        Range of storage of the cell.
    upper : bool
        Planes above the product, else below.

    Returns
    -------
    list of tuple
        Two for each line of the hull of the head.
    """
    low, high = box.water
    heads = np.interp(stored, box.volumes, box.heads)
    corners = ((high, heads[0]), (low, heads[1])) if upper else ((low, heads[0]), (high, heads[1]))
    return [
        (float(water * constant - water * head), float(head), float(water * slope))
        for constant, slope in hull_lines(box, stored, upper=upper)
        for water, head in corners
    ]


def with_cells(program: Program, inputs: xr.Dataset, boxes: list[list[Box]], counts: NDArray[np.int64]) -> Program:
    """Cut the storage range of each plant and step into cells, of which a whole number chooses one.

    Parameters
    ----------
    program : Program
        Model under planes, with upper levels held.
    inputs : xarray.Dataset
        Inputs it was made from.
    boxes : list of list of Box
        Ranges by plant and step.
    counts : numpy.ndarray
        Number of cells by (plant, step); one leaves the step as it is.

    Returns
    -------
    Program
        With columns for the choice, the water and the storage of each cell, and the energy under the planes of the chosen one.
    """
    for plant in range(inputs.sizes["headed"]):
        for step in range(inputs.sizes["time"]):
            if counts[plant, step] > 1:
                program = _cut(program, inputs, (plant, step), boxes[plant][step], int(counts[plant, step]))
    return program


def _cut(program: Program, inputs: xr.Dataset, place: tuple[int, int], box: Box, count: int) -> Program:
    """Cut the range of one plant and step."""
    edges = np.linspace(*box.stored, count + 1)
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
        AddedRow("cell.water", np.append(flow, water), np.append(-1.0, ones), 0.0, 0.0),
        AddedRow("cell.stored", np.concatenate([kept, stored]), np.concatenate([np.full(len(kept), -0.5), ones]), start / 2, start / 2),
    ]
    pairs = ((water, -box.water[0], np.inf), (water, -box.water[1], -np.inf))
    for columns, edge, side in pairs:
        rows += [
            AddedRow("cell.range", np.array([z, x]), np.array([edge, 1.0]), *_sided(side)) for z, x in zip(choice, columns, strict=True)
        ]
    for cell in range(count):
        rows += [
            AddedRow("cell.range", np.array([choice[cell], stored[cell]]), np.array([-edges[cell], 1.0]), 0.0, np.inf),
            AddedRow("cell.range", np.array([choice[cell], stored[cell]]), np.array([-edges[cell + 1], 1.0]), -np.inf, 0.0),
        ]
    rows += _energy_rows(box, edges, energy, (choice, water, stored))
    return with_rows(program, rows)


def _sided(side: float) -> tuple[float, float]:
    """Bounds of a row that is at least (infinite side) or at most zero."""
    return (0.0, np.inf) if side > 0 else (-np.inf, 0.0)


def _energy_rows(box: Box, edges: Floats, energy: int, columns: tuple[NDArray[np.int64], ...]) -> list[AddedRow]:
    """Energy under the planes of the chosen cell; cells with fewer planes repeat their last."""
    planes = [cell_pieces(box, (edges[cell], edges[cell + 1]), upper=True) for cell in range(len(edges) - 1)]
    rows = []
    for number in range(max(map(len, planes))):
        table = np.array([pieces[min(number, len(pieces) - 2 + number % 2)] for pieces in planes]) * -box.unit
        values = np.concatenate([[1.0], table[:, 0], table[:, 1], table[:, 2]])
        rows.append(AddedRow("cell.energy", np.concatenate([[energy], *columns]), values, -np.inf, 0.0))
    return rows


def _columns(program: Program, inputs: xr.Dataset, place: tuple[int, int]) -> tuple[int, int, NDArray[np.int64], float]:
    """Columns of energy, water and the two storages of a plant and step, and the storage at the start in the first step."""
    plant, step = place
    steps = inputs.sizes["time"]
    name = str(inputs["headed"].values[plant])
    flow = program.columns_of("hydropower.turbine_flow").start + inputs["plant"].values.tolist().index(name) * steps + step
    energy = program.columns_of("hydropower.energy").start + plant * steps + step
    family = program.columns_of("reservoir.storage")
    body = str(inputs["headed_reservoir"].values[plant])
    kinds = inputs["node_kind"].sel(node=inputs["reservoir"].values).values
    own = family.start + inputs["reservoir"].values[kinds == "reservoir"].tolist().index(body) * steps + step
    start = float(inputs["storage_initial"].sel(reservoir=body)) if step == 0 else 0.0
    return energy, flow, np.array([own] if step == 0 else [own - 1, own]), start
