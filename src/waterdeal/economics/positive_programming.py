"""Costs of crops calibrated so that a plan of the base year gives back the areas observed (positive mathematical programming).

Howitt (1995, AJAE 77). A crop costs alpha x + gamma x^2 / 2 on an area x: the best land first. Either both follow from the duals of a
linear program held at the observed areas, or gamma from an elasticity of supply and alpha from the first-order condition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.economics.concave import Quadratic
from waterdeal.economics.linear_program import LinearProgram
from waterdeal.economics.tangent_cuts import maximise

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from waterdeal.economics.tangent_cuts import Maximum

    Floats = NDArray[np.float64]

#: what rounding may lift the use of the base year over land or water
_ROUNDING = 1e-9
#: share by which the first step lets areas exceed the observed ones, so that land and water keep a price of their own
_SLACK = 1e-4


@dataclass(frozen=True)
class BaseYear:
    """Crops of a zone as they were seen.

    Parameters
    ----------
    price, yield_, cost : numpy.ndarray
        By crop: price of a unit of output, output of a unit of area, cost of a unit of area without water.
    area : numpy.ndarray
        Observed area by crop, above 0.
    land : float
        Land that there was.
    water_use : numpy.ndarray, optional
        Water of a unit of area by crop; none where water was no limit.
    water : float, optional
        Water that there was.
    """

    price: Floats
    yield_: Floats
    cost: Floats
    area: Floats
    land: float
    water_use: Floats | None = None
    water: float = np.inf

    def __post_init__(self) -> None:
        """Refuse a base year that cannot have been: then its duals would mean nothing."""
        crops = len(self.area)
        if {len(self.price), len(self.yield_), len(self.cost)} != {crops}:
            message = f"price, yield and cost must be given for the {crops} crops that have an area"
            raise ValueError(message)
        if not (self.area > 0.0).all():
            message = "every crop must have an observed area above 0; leave out crops that were not grown"
            raise ValueError(message)
        if (self.water_use is None) != bool(np.isinf(self.water)):
            message = "water use of the crops and the water there was go together"
            raise ValueError(message)
        limits = [self.land] if self.water_use is None else [self.land, self.water]
        for name, used, limit in zip(("land", "water"), self.rows @ self.area, limits, strict=False):
            if used > limit * (1.0 + _ROUNDING):
                message = f"the observed areas use {used:g} of {name}, and there was {limit:g}: no price explains them"
                raise ValueError(message)

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
    """Cost alpha x + gamma x^2 / 2 of each crop, and the prices it was found with.

    Parameters
    ----------
    alpha, gamma : numpy.ndarray
        By crop.
    land_dual, water_dual : float
        What one more unit of land and of water was worth in the base year; water 0 where it was no limit.
    calibration_dual : numpy.ndarray
        By crop: what one more unit of its observed area was worth.
    """

    alpha: Floats
    gamma: Floats
    land_dual: float
    water_dual: float
    calibration_dual: Floats


def calibration_duals(base: BaseYear, slack: float = _SLACK) -> Maximum:
    """First step: the linear program held at the observed areas, a <= observed (1 + slack).

    Parameters
    ----------
    base : BaseYear
        The base year.
    slack : float
        Share by which an area may exceed the observed one.

    Returns
    -------
    Maximum
        Areas, and shadow values of land, water if it was a limit, and the observed area of each crop.

    Raises
    ------
    ValueError
        If a crop was grown at a loss: no dual of an upper bound explains that.
    """
    if not (base.gross_margin >= 0.0).all():
        losing = np.flatnonzero(base.gross_margin < 0.0).tolist()
        message = f"crops {losing} were grown at a loss: mend price, yield or cost, or count what else they give"
        raise ValueError(message)
    crops = len(base.area)
    rows = np.vstack([base.rows, np.eye(crops)])
    upper = np.concatenate([base.limits, base.area * (1.0 + slack)])
    program = LinearProgram(-base.gross_margin, np.zeros(crops), np.full(crops, np.inf), rows, np.full(len(rows), -np.inf), upper)
    return maximise(program)


def calibrate_by_duals(base: BaseYear, slack: float = _SLACK) -> CalibratedCosts:
    """Calibrate by the duals of the observed areas: gamma = 2 dual / observed, alpha = cost - dual (Howitt 1995).

    The crop that earns least has the dual 0 and keeps a flat cost, so that its area jumps when prices move: where elasticities are known,
    `calibrate_by_elasticities` is better.

    Parameters
    ----------
    base : BaseYear
        The base year.
    slack : float
        Share by which the first step lets an area exceed the observed one.

    Returns
    -------
    CalibratedCosts
        Costs by crop.

    Raises
    ------
    ValueError
        If a crop was grown at a loss.
    """
    land, water, dual = _duals(base, slack)
    return CalibratedCosts(base.cost - dual, 2.0 * dual / base.area, land, water, dual)


def calibrate_by_elasticities(base: BaseYear, elasticity: ArrayLike, slack: float = _SLACK) -> CalibratedCosts:
    """Calibrate by elasticities of supply: gamma = p y / (eta observed), alpha from p y = alpha + gamma observed + land and water dual.

    Parameters
    ----------
    base : BaseYear
        The base year.
    elasticity : array_like
        Change of a crop's area in per cent when its revenue changes by one per cent, above 0, by crop or one for all.
    slack : float
        Share by which the first step lets an area exceed the observed one.

    Returns
    -------
    CalibratedCosts
        Costs by crop.

    Raises
    ------
    ValueError
        If an elasticity is not above 0, or a crop was grown at a loss.
    """
    eta = np.asarray(elasticity, dtype=float)
    if not (eta > 0.0).all():
        message = "an elasticity of supply must be above 0"
        raise ValueError(message)
    land, water, dual = _duals(base, slack)
    revenue = base.price * base.yield_
    gamma = revenue / (eta * base.area)
    paid = base.rows.T @ np.array([land, water][: len(base.rows)])
    return CalibratedCosts(revenue - gamma * base.area - paid, gamma, land, water, dual)


def calibrated_areas(base: BaseYear, costs: CalibratedCosts) -> Maximum:
    """Last step: areas of greatest margin under the calibrated costs; for the base year itself the observed ones.

    Parameters
    ----------
    base : BaseYear
        Prices, yields, land and water: those of the base year, or others (the areas in it are not used).
    costs : CalibratedCosts
        Costs of a base year.

    Returns
    -------
    Maximum
        Areas, margin, and shadow values of land, and of water if it is a limit.
    """
    crops = len(base.area)
    margins = base.price * base.yield_ - costs.alpha
    benefits = [Quadratic(float(margin), float(gamma) / 2.0) for margin, gamma in zip(margins, costs.gamma, strict=True)]
    program = LinearProgram(
        np.zeros(crops), np.zeros(crops), np.full(crops, np.inf), base.rows, np.full(len(base.rows), -np.inf), base.limits
    )  # fmt: skip
    return maximise(program, list(enumerate(benefits)), tolerance=1e-12)


def _duals(base: BaseYear, slack: float) -> tuple[float, float, Floats]:
    """Shadow value of land, of water, and of the observed area of each crop."""
    found, shared = calibration_duals(base, slack).shadow_values, len(base.rows)
    return float(found[0]), float(found[1]) if shared > 1 else 0.0, found[shared:]
