"""Costs of crops calibrated so that a plan of the base year gives back the areas observed (positive mathematical programming).

Howitt (1995, AJAE 77). A crop costs alpha x + gamma x^2 / 2 on an area x: the best land first. Either both follow from the duals of a
linear program held at the observed areas, or gamma from an elasticity of supply and alpha from the first-order condition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import SolverTrouble, refuse
from waterdeal.words import say

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from waterdeal.types import Floats


#: what rounding may lift the use of the base year over land or water
_ROUNDING = 1e-9
#: share by which the linear program lets areas exceed the observed ones, so that land and water keep a price of their own
_SLACK = 1e-4


@dataclass(frozen=True)
class BaseYear:
    """Crops of a zone as they were seen."""

    price: Floats
    yield_: Floats
    cost: Floats
    area: Floats  # observed area by crop, above 0
    land: float  # land that there was
    water_use: Floats | None = None  # water of a unit of area by crop; none where water was no limit
    water: float = np.inf  # water that there was

    def __post_init__(self) -> None:
        """Refuse a base year that cannot have been: then its duals would mean nothing."""
        crops = len(self.area)
        others = {len(self.price), len(self.yield_), len(self.cost)}
        refuse(others != {crops}, "science.base_lengths", crops=crops)
        refuse(not (self.area > 0.0).all(), "science.base_area")
        refuse((self.water_use is None) != bool(np.isinf(self.water)), "science.base_water")
        for name, used, limit in zip(("land", "water"), self.rows @ self.area, self.limits, strict=False):
            if used > limit * (1.0 + _ROUNDING):
                raise ValueError(say("science.base_exceeded", used=used, name=say(f"base_year.{name}"), limit=limit))

    @property
    def rows(self) -> Floats:
        """Land, and water if it was a limit, that a unit of area of each crop takes."""
        land = np.ones(len(self.area))
        return np.vstack([land] if self.water_use is None else [land, self.water_use])

    @property
    def limits(self) -> Floats:
        """Land, and water if it was a limit."""
        return np.array([self.land] if self.water_use is None else [self.land, self.water])

    @property
    def gross_margin(self) -> Floats:
        """Revenue less cost of a unit of area, by crop."""
        return np.asarray(self.price * self.yield_ - self.cost)


@dataclass(frozen=True)
class CalibratedCosts:
    """Cost alpha x + gamma x^2 / 2 of each crop."""

    alpha: Floats
    gamma: Floats


def calibrate_by_duals(base: BaseYear) -> CalibratedCosts:
    """Calibrate by the duals of the observed areas: gamma = 2 dual / observed, alpha = cost - dual (Howitt 1995).

    The crop that earns least has the dual 0 and keeps a flat cost, so that its area jumps when prices move: where elasticities are known,
    `calibrate_by_elasticities` is better.
    """
    _, dual = base_year_duals(base)
    return CalibratedCosts(base.cost - dual, 2.0 * dual / base.area)


def calibrate_by_elasticities(base: BaseYear, elasticity: ArrayLike) -> CalibratedCosts:
    """Calibrate by elasticities of supply: gamma = p y / (eta observed), alpha from p y = alpha + gamma observed + land and water dual.

    An elasticity is the change of a crop's area in per cent when its revenue changes by one per cent, above 0, by crop or one for all.
    """
    eta = np.asarray(elasticity, dtype=float)
    refuse(not (eta > 0.0).all(), "science.elasticity")
    revenue = base.price * base.yield_
    gamma = revenue / (eta * base.area)
    paid = base.rows.T @ base_year_duals(base)[0]
    return CalibratedCosts(revenue - gamma * base.area - paid, gamma)


def base_year_duals(base: BaseYear) -> tuple[Floats, Floats]:
    """What one more unit of land (and of water, if it was a limit) was worth in the base year, and of the observed area of each crop.

    The duals of the greatest margin under ``area <= observed (1 + slack)``. A crop grown at a loss is refused: no dual explains it.
    """
    losing = np.flatnonzero(~(base.gross_margin >= 0.0)).tolist()
    refuse(losing, "science.at_a_loss", crops=losing)
    from waterdeal.lp.duals import row_duals

    rows = np.vstack([base.rows, np.eye(len(base.area))])
    limits = np.concatenate([base.limits, base.area * (1.0 + _SLACK)])
    outcome, duals = row_duals(-base.gross_margin, rows, limits)
    if outcome != "optimal":
        raise SolverTrouble(say("science.not_calibrated", reason=outcome))
    shared = len(base.rows)
    return duals[:shared], duals[shared:]
