"""What a plan is worth on the levels that weigh energy and deliveries: as its lines promise, and as it truly is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.solve.benefits import overstated_worth
from waterdeal.solve.relations import head_energy
from waterdeal.variables import levels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from waterdeal.solve.single import Pass

#: levels on which energy is weighed
WEIGHING = ("power", "benefit")
#: share of a worth below which a gain is none
SMALLEST_GAIN = 1e-8


def true_benefit(found: Pass, level: str = "benefit") -> float:
    """Return what a pass's plan is worth on a level with the true energy and the true concave benefits."""
    headed = found.inputs["headed"].values
    true = np.minimum(np.maximum(head_energy(found.inputs, found.results)[0], 0.0), found.inputs["energy_max"].values)
    missed = true - found.results["energy"].sel(plant=headed).values
    if level == "power":
        return planned_benefit(found, level) + _market_correction(found, missed)
    worth = float((found.inputs["energy_value"].sel(plant=headed).values * missed).sum())
    overstated = overstated_worth(found.inputs, found.results)
    return planned_benefit(found) + worth + _market_correction(found, missed) - overstated


def planned_benefit(found: Pass, level: str = "benefit") -> float:
    """Return what a pass's plan promises on a level."""
    return -float(levels_of(found.results)[level])


def _market_correction(found: Pass, missed: NDArray[np.float64]) -> float:
    """Worth on the market of the energy that a plan's planes miss: blocks are filled from dear to cheap, as the plan fills them."""
    inputs, results = found.inputs, found.results
    owners = inputs["plant_party"].sel(plant=inputs["headed"].values).values
    total = 0.0
    for party in inputs["power_market"].values:
        of = np.flatnonzero(inputs["power_block_party"].values == party)
        size, worth = inputs["power_block_size"].values[of], inputs["power_block_worth"].values[of]
        taken = results["power_sold"].values[of].sum(axis=0) + results["power_surplus"].sel(power_market=party).values
        total += _worth_of(taken + missed[owners == party].sum(axis=0), size, worth) - _worth_of(taken, size, worth)
    return total


def _worth_of(energy: NDArray[np.float64], size: NDArray[np.float64], worth: NDArray[np.float64]) -> float:
    """Worth of the energy of each step when the dearest blocks are filled first; blocks of no worth are left empty."""
    total, left = 0.0, np.maximum(energy, 0.0)
    order = np.argsort(-worth, axis=0, kind="stable")
    for rank in range(len(order)):
        chosen = order[rank]
        steps = np.arange(len(left))
        filled = np.where(worth[chosen, steps] > 0, np.minimum(left, size[chosen, steps]), 0.0)
        total += float((filled * worth[chosen, steps]).sum())
        left = left - filled
    return total


def worths(found: Pass, levels: Sequence[str], told: Callable[[Pass, str], float]) -> NDArray[np.float64]:
    """Return the worth of a pass on each of some levels."""
    return np.array([told(found, level) for level in levels])


def decisive(gains: NDArray[np.float64], best: NDArray[np.float64]) -> float:
    """Return the gain on the first level where there is one that counts; nothing where there is none."""
    large = np.flatnonzero(np.abs(gains) > SMALLEST_GAIN * np.abs(best))
    return float(gains[large[0]]) if large.size else 0.0
