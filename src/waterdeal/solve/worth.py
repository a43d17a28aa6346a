"""What a plan is worth on the levels that weigh energy and deliveries: as its lines promise, and as it truly is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.results.quantities import summed_at
from waterdeal.solve.benefits import overstated_worth
from waterdeal.solve.relations import head_energy
from waterdeal.variables import levels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.solve.single import Pass
    from waterdeal.types import Floats

#: levels on which energy is weighed
WEIGHING = ("power", "benefit")
#: share of a worth below which a gain is none
SMALLEST_GAIN = 1e-8


def true_benefit(found: Pass, level: str = "benefit") -> float:
    """Return what a pass's plan is worth on a level with the true energy and the true concave benefits."""
    headed = found.inputs.variables["headed"].values
    true = np.minimum(np.maximum(head_energy(found.inputs, found.results)[0], 0.0), found.inputs.variables["energy_max"].values)
    missed = true - found.results["energy"].sel(plant=headed).values
    if level == "power":
        return planned_benefit(found, level) + _market_correction(found, missed, counted=True)
    worth = float((found.inputs["energy_value"].sel(plant=headed).values * missed).sum())
    overstated = overstated_worth(found.inputs, found.results)
    return planned_benefit(found) + worth + _market_correction(found, missed) - overstated


def planned_benefit(found: Pass, level: str = "benefit") -> float:
    """Return what a pass's plan promises on a level."""
    return -float(levels_of(found.results)[level])


def _market_correction(found: Pass, missed: NDArray[np.float64], *, counted: bool = False) -> float:
    """Worth on the market of the energy that a plan's planes miss; with `counted` only of the markets that count on the level power."""
    inputs = found.inputs
    owners = inputs["plant_party"].sel(plant=inputs.variables["headed"].values).values
    sold, _ = resold(inputs, found.results, summed_at(missed, owners, inputs.variables["power_market"].values))
    gained = (inputs.variables["power_block_worth"].values * (sold - found.results.variables["power_sold"].values)).sum(axis=1)
    if counted and "power_counts" in inputs:
        gained = gained * inputs["power_counts"].sel(power_market=inputs.variables["power_block_party"].values).values
    return float(gained.sum())


def resold(inputs: xr.Dataset, results: xr.Dataset, more: Floats) -> tuple[Floats, Floats]:
    """Return what blocks take, and what is left over, once each market has so much more energy by (market, step).

    It fills the dearest blocks that have room and some worth; where there is less, what was left over goes first, then the cheapest sale.
    """
    sold, surplus = results.variables["power_sold"].values.copy(), results.variables["power_surplus"].values + more
    steps = np.arange(sold.shape[1])
    for market, party in enumerate(inputs.variables["power_market"].values):
        of, added = np.flatnonzero(inputs.variables["power_block_party"].values == party), np.maximum(more[market], 0.0)
        size, worth = inputs.variables["power_block_size"].values[of], inputs.variables["power_block_worth"].values[of]
        order = np.argsort(-worth, axis=0, kind="stable")
        for chosen in order:
            room = np.where(worth[chosen, steps] > 0, size[chosen, steps] - sold[of[chosen], steps], 0.0)
            taken = np.minimum(added, np.maximum(room, 0.0))
            sold[of[chosen], steps] += taken
            added -= taken
            surplus[market] -= taken
        for chosen in order[::-1]:
            given_up = np.minimum(np.maximum(-surplus[market], 0.0), sold[of[chosen], steps])
            sold[of[chosen], steps] -= given_up
            surplus[market] += given_up
    return sold, surplus


def worths(found: Pass, levels: Sequence[str], told: Callable[[Pass, str], float]) -> NDArray[np.float64]:
    """Return the worth of a pass on each of some levels."""
    return np.array([told(found, level) for level in levels])


def decisive(gains: NDArray[np.float64], best: NDArray[np.float64], smallest: float = SMALLEST_GAIN) -> float:
    """Return the gain on the first level where there is one that counts; nothing where there is none."""
    large = np.flatnonzero(np.abs(gains) > smallest * np.abs(best))
    return float(gains[large[0]]) if large.size else 0.0
