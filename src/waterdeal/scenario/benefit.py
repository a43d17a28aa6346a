"""The part of the inputs that describes what deliveries are worth: concave functions, and the first tangents above them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.scenario.parts_schema import DeliveryBenefit
    from waterdeal.scenario.schema import Scenario
    from waterdeal.types import Floats


#: tangents of a benefit: some stay where they are, the others move with the plan from pass to pass
STAYING, MOVING = 5, 7
#: where the first tangents touch, as shares of the most that can be delivered
SPREAD = np.concatenate([np.linspace(0, 1, STAYING), np.linspace(0, 1, MOVING + 2)[1:-1]])
#: share of the worth of the first hm3 below which a slope is none
SPECK = 1e-5


def benefit_part(scenario: Scenario, variables: dict[str, Any], years: Sequence[int]) -> dict[str, Any]:
    """Benefits by (item), an item being a demand over the horizon, in a water year of it or in one step, and tangents above them."""
    demands, required = variables["demand"].tolist(), variables["requirement"][1]
    count = required.shape[1]
    names, users, covers, forms, lines = [], [], [], [], []
    for demand, benefit in scenario.benefit.items():
        parts = {"season": [0] * count, "year": years, "step": range(1, count + 1)}[benefit.per]
        for number in sorted(set(parts)):
            span = np.array([int(part == number) for part in parts])
            most, form = float((required[demands.index(demand)] * span).sum()), quadratic_form(benefit)
            names.append(demand if benefit.per == "season" else f"{demand}_{number}")
            users.append(demand)
            covers.append(span)
            forms.append(form)
            lines.append(_pieces(benefit) if benefit.kind == "table" else tangents(form, most * SPREAD, most))
    slots = max([STAYING + MOVING, *(len(line) for line in lines)]) if lines else 0
    padded = np.array([np.vstack([line, np.repeat(line[-1:], slots - len(line), axis=0)]) for line in lines]).reshape(len(lines), slots, 2)
    return {
        "benefit": np.array(names, dtype=str),
        "benefit_demand": ("benefit", np.array(users, dtype=str)),
        "benefit_covers": (("benefit", "time"), np.array(covers, dtype=int).reshape(len(covers), count)),
        "benefit_linear": ("benefit", np.array([form[0] for form in forms])),
        "benefit_curve": ("benefit", np.array([form[1] for form in forms])),
        "tangent_intercept": (("benefit", "tangent"), padded[:, :, 0]),
        "tangent_slope": (("benefit", "tangent"), padded[:, :, 1]),
    }


def quadratic_form(benefit: DeliveryBenefit) -> tuple[float, float]:
    """Return a and b of ``a x - b x^2``; NaN for a table, which is followed by its pieces.

    Of an elastic demand the benefit is the area under the straight demand curve through its price and quantity (QDEMO7):
    ``alpha x + beta x^2 / 2`` with beta = price / (quantity elasticity), alpha = price - beta quantity.
    """
    if benefit.kind == "table":
        return np.nan, np.nan
    if benefit.kind == "quadratic":
        return float(benefit.linear or 0.0), float(benefit.curve or 0.0)
    price, quantity, elasticity = (float(value or 0.0) for value in (benefit.price, benefit.quantity, benefit.elasticity))
    beta = price / (quantity * elasticity)
    return price - beta * quantity, -beta / 2


def tangents(form: tuple[float, float], points: Floats, reach: float) -> Floats:
    """Return intercept and slope of the tangents of ``a x - b x^2`` at points."""
    linear, curve = (np.array(value) for value in form)
    return np.stack(touching_lines((linear, curve), points, np.array(reach), float(linear)), axis=1)


def touching_lines(form: tuple[Floats, Floats], points: Floats, reach: Floats, largest: float) -> tuple[Floats, Floats]:
    """Return tangents of ``a x - b x^2`` whose slopes a solver can tell from nothing.

    A benefit is flat where no more is wanted, and there rounding leaves a speck of a slope: such a line touches at the top instead.
    """
    linear, curve = form
    slope = linear - 2 * curve * points
    is_speck = np.abs(slope) < SPECK * max(1.0, abs(largest))
    turn = np.divide(linear, 2 * curve, out=np.where(linear > 0, np.inf, 0.0), where=curve > 0)
    top = np.clip(turn, 0.0, reach)
    return np.where(is_speck, linear * top - curve * top**2, curve * points**2), np.where(is_speck, 0.0, slope)


def _pieces(benefit: DeliveryBenefit) -> Floats:
    """Lines through neighbouring points of a table, and level beyond the last."""
    volume, worth = np.array(benefit.points).T
    slope = np.diff(worth) / np.diff(volume)
    return np.vstack([np.stack([worth[:-1] - slope * volume[:-1], slope], axis=1), [[worth[-1], 0.0]]])
