"""A published farmer who sows before the weather is known: extensive form, perfect foresight, the plan for the mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.published.cases import published
from waterdeal.economics.linear_program import LinearProgram
from waterdeal.economics.tangent_cuts import maximise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.economics.tangent_cuts import Maximum

    Floats = NDArray[np.float64]

#: decisions once the weather is known: wheat, corn, beet within the quota and beyond it sold; wheat and corn bought
LATER = 6


def farmer(factors: Sequence[float], sown: Floats | None = None) -> Maximum:
    """Best expected profit over years of equal chance; with the areas fixed where they are given."""
    data = published("AG-26").inputs
    sell, buy = np.array(data["sell"], dtype=float), np.array(data["buy"], dtype=float)
    count = len(factors)
    gain = np.concatenate([sell, -buy]) / count
    cost = np.concatenate([np.array(data["cost"], dtype=float), np.tile(-gain, count)])
    lower, upper = np.zeros(len(cost)), np.full(len(cost), np.inf)
    if sown is not None:
        lower[:3] = upper[:3] = sown
    rows, low = [np.append(-np.ones(3), np.zeros(LATER * count))], [-float(data["land"])]
    for year, factor in enumerate(factors):
        own = 3 + LATER * year
        upper[own + 2] = data["beet_quota"]
        harvest = factor * np.array(data["yield_"])
        for crop, need in enumerate((*data["need"], 0.0)):
            row = np.zeros(len(cost))
            row[crop], row[own + crop] = harvest[crop], -1
            if crop < 2:
                row[own + 4 + crop] = 1
            else:
                row[own + 3] = -1
            rows.append(row)
            low.append(float(need))
    return maximise(LinearProgram(cost, lower, upper, np.array(rows), np.array(low), np.full(len(rows), np.inf)))


def test_areas_before_the_weather() -> None:
    """AG-26: areas and expected profit of Birge and Louveaux' farmer."""
    case = published("AG-26")
    plan = farmer(case.inputs["factors"])
    assert plan.objective == case.near("RP")
    assert plan.values[:3] == case.near("area")


def test_what_knowing_is_worth() -> None:
    """AG-27: the plan for the mean year, perfect foresight, and what knowing and hedging are worth."""
    case, factors = published("AG-27"), published("AG-26").inputs["factors"]
    hedged, mean = farmer(factors).objective, farmer([float(np.mean(factors))])
    foreseen = float(np.mean([farmer([factor]).objective for factor in factors]))
    assert mean.objective == case.near("EV")
    assert foreseen == case.near("WS")
    assert foreseen - hedged == case.near("EVPI")
    assert hedged - farmer(factors, mean.values[:3]).objective == case.near("VSS")
    assert foreseen - hedged == pytest.approx(0.065 * hedged, rel=0.01)
