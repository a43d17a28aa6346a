"""The part of the inputs that describes who takes the energy of a party."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.hydrology import mean_step_rates
from waterdeal.calendar import month_overlaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.schema import Scenario


def power_part(_basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Blocks of energy by party, dear to cheap, and the firm energy of each step.

    Parameters
    ----------
    basin : Basin
        The basin.
    scenario : Scenario
        With a ``power`` table for each party that has a market; none is the model without it.
    steps : sequence of Step
        The horizon; what is given by month is spread over its days.

    Returns
    -------
    dict
        Variables by name, as (dims, array).
    """
    blocks: list[tuple[str, str, str, NDArray[np.float64], NDArray[np.float64]]] = []
    for party, market in scenario.power.items():
        for number, block in enumerate(market.blocks, start=1):
            blocks.append((f"{party}_{number}", party, "domestic", _spread(block.size, steps), _mean(block.worth, steps)))
        if market.export is not None:
            blocks.append((f"{party}_export", party, "export", _spread(market.export.limit, steps), _mean(market.export.price, steps)))
    firm = [_spread(market.firm or (0.0,) * 12, steps) for market in scenario.power.values()]
    shape = (len(blocks), len(steps))
    return {
        "power_block": np.array([block[0] for block in blocks], dtype=str),
        "power_block_party": ("power_block", np.array([block[1] for block in blocks], dtype=str)),
        "power_block_kind": ("power_block", np.array([block[2] for block in blocks], dtype=str)),
        "power_block_size": (("power_block", "time"), np.array([block[3] for block in blocks]).reshape(shape)),
        "power_block_worth": (("power_block", "time"), np.array([block[4] for block in blocks]).reshape(shape)),
        "power_market": np.array(list(scenario.power), dtype=str),
        "power_firm": (("power_market", "time"), np.array(firm).reshape(len(firm), len(steps))),
    }


def _spread(monthly: Sequence[float], steps: Sequence[Step]) -> NDArray[np.float64]:
    """Amounts of steps, a month's amount being spread evenly over its days."""
    return np.array([sum(monthly[day.month - 1] * days / _length(day) for day, days in month_overlaps(step)) for step in steps])


def _length(day: Any) -> int:
    """Days of the month of a day."""
    from waterdeal.calendar import next_month

    first = day.replace(day=1)
    return int((next_month(first) - first).days)


def _mean(monthly: Sequence[float], steps: Sequence[Step]) -> NDArray[np.float64]:
    """Mean of a monthly value over the days of each step."""
    return np.asarray(mean_step_rates(np.array([monthly]), steps)[0])
