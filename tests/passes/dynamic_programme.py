"""The best operation of one dam with one plant, by dynamic programming on a grid of storages: slow, simple, and sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


#: points of a grid around a path, on either side, and how much finer each is than the one before
BESIDE, FINER = 60, 4.0


def best_worth(inputs: xr.Dataset, points: int = 401, rounds: int = 6) -> float:
    """Return the worth of the best path over grids of storages: one over the whole range, then finer ones around the path found.

    Parameters
    ----------
    inputs : xarray.Dataset
        One reservoir without evaporation, one plant with a head, which pays or costs by ``energy_value``; ends at least as full as asked.
    points : int
        Points of the first grid between dead and full storage.
    rounds : int
        Finer grids after it.

    Returns
    -------
    float
        Worth of a path that can be gone, and so no more than the best there is.
    """
    low, high = float(inputs["storage_min"].min()), float(inputs["storage_max"].max())
    spacing, count = (high - low) / (points - 1), inputs.sizes["time"]
    asked = np.nan_to_num(inputs["storage_terminal"].values[0, -1], nan=low)
    worth, path = _best_path(inputs, [np.unique(np.append(np.linspace(low, high, points), asked))] * count)
    for _ in range(rounds):
        spacing /= FINER
        around = spacing * np.arange(-BESIDE, BESIDE + 1)
        worth, path = _best_path(inputs, [np.unique(np.clip(stored + around, low, high)) for stored in path])
    return worth


def _best_path(inputs: xr.Dataset, grids: list[Floats]) -> tuple[float, list[float]]:
    """Worth and storages of the best path over a grid at the end of each step."""
    start = [np.array([float(inputs["storage_initial"][0])]), *grids[:-1]]
    left = np.where(grids[-1] >= np.nan_to_num(inputs["storage_terminal"].values[0, -1], nan=-np.inf) - 1e-9, 0.0, -np.inf)
    choices = []
    for step in reversed(range(len(grids))):
        table = _worth_of_step(inputs, step, start[step], grids[step]) + left
        choices.insert(0, table.argmax(axis=1))
        left = table.max(axis=1)
    place, path = 0, []
    for grid, choice in zip(grids, choices, strict=True):
        place = int(choice[place])
        path.append(float(grid[place]))
    return float(left[0]), path


def _worth_of_step(inputs: xr.Dataset, step: int, start: Floats, end: Floats) -> Floats:
    """Worth of going from each storage to each other in a step; minus infinity where that cannot be."""
    before, after = start[:, None], end[None, :]
    let_out = before + float(inputs["runoff"].values[:, step].sum()) - after
    known = np.isfinite(inputs["curve_volume"].values[0])
    level = np.interp((before + after) / 2, inputs["curve_volume"].values[0][known], inputs["curve_level"].values[0][known])
    still = level - float(inputs["tailwater"][0]) - float(inputs["head_loss"][0])
    wake = float(inputs["tailwater_slope"][0]) / float(inputs["step_length"][step])
    price = float(inputs["energy_value"].values[0, step])
    least, most = float(inputs["turbine_min"].values[0, step]), float(inputs["turbine_max"].values[0, step])
    top = np.minimum(let_out, most)
    wanted = top if price > 0 else np.full_like(top, least)
    if wake > 0 and price > 0:
        wanted = np.minimum(wanted, still / (2 * wake))
    water = np.maximum(wanted, least)
    energy = 9.81 / 3600 * float(inputs["power_efficiency"][0]) * water * (still - wake * water)
    energy = np.clip(energy, 0.0, float(inputs["energy_max"].values[0, step]))
    return np.where(top >= least, price * energy, -np.inf)
