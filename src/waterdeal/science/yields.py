"""How yield answers to water and salt (FAO-33, Rao, Jensen; Maas and Hoffman), and paths: how much of its need each stage is given.

Every response takes relative evapotranspiration (actual over unstressed, 0 to 1) and gives relative yield, never below 0. Stage responses
take stages on the last axis and any number of paths, zones or years before it. A response factor below 0 and a share outside 0 to 1 are
refused.

A path is a column of the linear model: an area can be split over paths, which is something farmers can do, so any response of yield to
water is planned with exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.science.refuse import refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from waterdeal.types import Floats


#: what rounding may lift a share above 1
_ROUNDING = 1e-9
#: more paths than anyone can mean: six levels in four stages are 1296
_MOST_PATHS = 5000
#: differences between paths below this share of the largest figure are rounding
_SAME = 1e-12


def relative_evapotranspiration(actual: ArrayLike, unstressed: ArrayLike) -> Floats:
    """Actual over unstressed evapotranspiration (mm, e.g. by (..., stage)); 1 where nothing is asked for."""
    used, asked = np.broadcast_arrays(np.asarray(actual, dtype=float), np.asarray(unstressed, dtype=float))
    refuse(not ((used >= 0.0) & (asked >= 0.0)).all(), "evapotranspiration is negative or not a number")
    refuse((used > asked * (1.0 + _ROUNDING) + _ROUNDING).any(), "a crop cannot evaporate more than it does unstressed")
    return np.where(asked > 0.0, np.minimum(used / np.where(asked > 0.0, asked, 1.0), 1.0), 1.0)


def seasonal_yield(ky: ArrayLike, relative: ArrayLike) -> Floats:
    """Relative yield from the evapotranspiration of the whole season: 1 - Ky (1 - w), floored at 0 (FAO-33, Doorenbos and Kassam 1979)."""
    factor, share = _checked(ky, relative)
    return np.maximum(1.0 - factor * (1.0 - share), 0.0)


def additive_yield(ky: ArrayLike, relative: ArrayLike) -> Floats:
    """Relative yield from stages in the additive form, 1 - sum Ky_s (1 - w_s), floored at 0.

    As it is published it falls below 0 where the factors add up to more than 1; a rule on areas would "buy" negative crops.
    """
    factor, share = _checked(ky, relative)
    return np.asarray(np.maximum(1.0 - (factor * (1.0 - share)).sum(axis=-1), 0.0))


def multiplicative_yield(ky: ArrayLike, relative: ArrayLike) -> Floats:
    """Relative yield from stages in the multiplicative form, product of 1 - Ky_s (1 - w_s) (Rao et al. 1988).

    Each factor is floored at 0 before the product: two failed stages must not multiply to a harvest.
    """
    factor, share = _checked(ky, relative)
    return np.asarray(np.maximum(1.0 - factor * (1.0 - share), 0.0).prod(axis=-1))


def jensen_yield(exponents: ArrayLike, relative: ArrayLike) -> Floats:
    """Relative yield from stages in Jensen's form, product of w_s to the power of lambda_s (Jensen 1968)."""
    power, share = _checked(exponents, relative)
    return np.asarray((share**power).prod(axis=-1))


def salinity_factor(ec_soil: ArrayLike, threshold: ArrayLike, slope: ArrayLike) -> Floats:
    """Share of the yield that the salt of the root zone leaves: 1 - b/100 (ECe - a), 0 to 1 (Maas and Hoffman 1977).

    ECe is the conductivity of the saturated paste, dS/m; up to the threshold a nothing is lost, above it b per cent with each dS/m.
    """
    salt, spared, loss = (np.asarray(values, dtype=float) for values in (ec_soil, threshold, slope))
    sound = (salt >= 0.0).all() and (spared >= 0.0).all() and (loss >= 0.0).all()
    refuse(not sound, "conductivity, threshold and slope must be 0 or more")
    return np.asarray(np.clip(1.0 - loss / 100.0 * (salt - spared), 0.0, 1.0))


def _checked(factors: ArrayLike, relative: ArrayLike) -> tuple[Floats, Floats]:
    """Factors and shares as arrays, once they are known to be such."""
    factor, share = np.asarray(factors, dtype=float), np.asarray(relative, dtype=float)
    refuse(not (factor >= 0.0).all(), "a response factor is negative or not a number")
    refuse(not ((share >= 0.0) & (share <= 1.0 + _ROUNDING)).all(), "relative evapotranspiration must lie between 0 and 1")
    return factor, np.minimum(share, 1.0)


@dataclass(frozen=True)
class IrrigationPaths:
    """Paths of a crop, one a row."""

    levels: Floats  # share of the net requirement given, by (path, stage)
    relative_yield: Floats  # yield over the full one, by path
    water: Floats  # net irrigation in mm, by (path, stage, step)

    @property
    def stage_water(self) -> Floats:
        """Net irrigation in mm, by (path, stage)."""
        return np.asarray(self.water.sum(axis=2))

    @property
    def step_water(self) -> Floats:
        """Net irrigation in mm, by (path, step)."""
        return np.asarray(self.water.sum(axis=1))


def make_paths(
    levels: Sequence[float], evapotranspiration: ArrayLike, requirement: ArrayLike, response: Callable[[Floats], Floats]
) -> IrrigationPaths:
    """Make every combination of supply levels (shares of the net requirement) over stages, in the order of the levels.

    Evapotranspiration ETc and net requirement NIR are mm by (stage, step). A level l leaves ETc - (1 - l) NIR in a stage: rain and soil
    water are the crop's at any level. `response` gives the relative yield by path from relative evapotranspiration by (path, stage).
    """
    needed, asked = np.asarray(requirement, dtype=float), np.asarray(evapotranspiration, dtype=float)
    refuse(needed.ndim != 2 or needed.shape != asked.shape, "evapotranspiration and requirement must both be by (stage, step)")
    usable = len(set(levels)) == len(levels) > 0 and min(levels) >= 0.0 and max(levels) <= 1.0
    refuse(not usable, f"supply levels {tuple(levels)} must be shares of 0 to 1, each once")
    count = len(levels) ** len(needed)
    refuse(count > _MOST_PATHS, f"{len(levels)} levels in {len(needed)} stages are {count} paths; {_MOST_PATHS} at most")
    table = np.array(list(product(levels, repeat=len(needed))), dtype=float)
    water = table[:, :, None] * needed
    left = asked.sum(axis=1) - (1.0 - table) * needed.sum(axis=1)
    refuse((left < -_SAME * max(float(asked.sum()), 1.0)).any(), "a stage requires more irrigation than its crop evaporates")
    grown = np.asarray(response(relative_evapotranspiration(np.maximum(left, 0.0), asked.sum(axis=1))), dtype=float)
    refuse(grown.shape != (len(table),) or not (grown >= 0.0).all(), "the response must give one relative yield a path, 0 or more")
    return IrrigationPaths(table, grown, water)


def prune(paths: IrrigationPaths) -> IrrigationPaths:
    """Drop paths that no plan needs; the others stay in their order.

    A path is dropped if another gives at least its yield with at most its water in every stage (hence in every step); of equal ones the
    first stays. A path without yield is dropped unless it is the driest.
    """
    water, grown = paths.stage_water, paths.relative_yield
    driest = int(np.lexsort((-grown, water.sum(axis=1)))[0])
    rows = [row for row in range(len(grown)) if (grown[row] > 0.0 or row == driest) and not _dominated(row, water, grown)]
    return IrrigationPaths(paths.levels[rows], grown[rows], paths.water[rows])


def _dominated(row: int, water: Floats, grown: Floats) -> bool:
    """Whether another path gives as much with as little; of equal ones the first counts as better."""
    slack = _SAME * max(float(water.max(initial=0.0)), 1.0)
    as_good = (water <= water[row] + slack).all(axis=1) & (grown >= grown[row] - _SAME)
    equal = as_good & (np.abs(water - water[row]) <= slack).all(axis=1) & (np.abs(grown - grown[row]) <= _SAME)
    return bool((as_good & ~equal).any() or equal[:row].any())
