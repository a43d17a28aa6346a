"""Irrigation paths: how much of its need a crop is given in each stage, and what it yields then.

A path is a column of the linear model: an area can be split over paths, which is something farmers can do, so any response of yield to
water is planned with exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal

import numpy as np

from waterdeal.crops.yields import relative_evapotranspiration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: more paths than anyone can mean: six levels in four stages are 1296
_MOST = 5000
#: differences below this share of the largest figure are rounding
_ROUNDING = 1e-12


@dataclass(frozen=True)
class IrrigationPaths:
    """Paths of a crop, one a row.

    Parameters
    ----------
    levels : numpy.ndarray
        Share of the net requirement given, by (path, stage).
    relative_yield : numpy.ndarray
        Yield over the full one, by path.
    water : numpy.ndarray
        Net irrigation in mm, by (path, stage, step).
    """

    levels: Floats
    relative_yield: Floats
    water: Floats

    @property
    def stage_water(self) -> Floats:
        """Net irrigation in mm, by (path, stage)."""
        return np.asarray(self.water.sum(axis=2))

    @property
    def step_water(self) -> Floats:
        """Net irrigation in mm, by (path, step)."""
        return np.asarray(self.water.sum(axis=1))

    def take(self, rows: Ints) -> IrrigationPaths:
        """Return some of the paths."""
        return IrrigationPaths(self.levels[rows], self.relative_yield[rows], self.water[rows])


def make_paths(
    levels: Sequence[float], evapotranspiration: ArrayLike, requirement: ArrayLike, response: Callable[[Floats], Floats]
) -> IrrigationPaths:
    """Make every combination of supply levels over stages.

    In a stage with evapotranspiration ETc and net requirement NIR, a level l leaves ETc - (1 - l) NIR: rain and soil water are the crop's
    at any level.

    Parameters
    ----------
    levels : sequence of float
        Shares of the net requirement, 0 to 1, e.g. 0.5, 0.75, 1.
    evapotranspiration, requirement : array_like
        Unstressed evapotranspiration and net requirement in mm, by (stage, step).
    response : callable
        Relative yield by path from relative evapotranspiration by (path, stage), e.g. ``partial(additive_yield, ky)``.

    Returns
    -------
    IrrigationPaths
        Number of levels to the power of stages, in the order of the levels.

    Raises
    ------
    ValueError
        If a level is not a share or is given twice, more water is required than evaporates, or the response is negative.
    """
    needed, asked = np.asarray(requirement, dtype=float), np.asarray(evapotranspiration, dtype=float)
    if needed.ndim != 2 or needed.shape != asked.shape:
        message = "evapotranspiration and requirement must both be by (stage, step)"
        raise ValueError(message)
    if len(set(levels)) != len(levels) or not levels or min(levels) < 0.0 or max(levels) > 1.0:
        message = f"supply levels {tuple(levels)} must be shares of 0 to 1, each once"
        raise ValueError(message)
    if len(levels) ** len(needed) > _MOST:
        message = f"{len(levels)} levels in {len(needed)} stages are {len(levels) ** len(needed)} paths; {_MOST} at most"
        raise ValueError(message)
    table = np.array(list(product(levels, repeat=len(needed))), dtype=float)
    water = table[:, :, None] * needed
    left = asked.sum(axis=1) - (1.0 - table) * needed.sum(axis=1)
    if (left < -_ROUNDING * max(float(asked.sum()), 1.0)).any():
        message = "a stage requires more irrigation than its crop evaporates"
        raise ValueError(message)
    grown = np.asarray(response(relative_evapotranspiration(np.maximum(left, 0.0), asked.sum(axis=1))), dtype=float)
    if grown.shape != (len(table),) or not (grown >= 0.0).all():
        message = "the response must give one relative yield a path, 0 or more"
        raise ValueError(message)
    return IrrigationPaths(table, grown, water)


def prune(paths: IrrigationPaths, by: Literal["stage", "season"] = "stage") -> IrrigationPaths:
    """Drop paths that no plan needs.

    A path is dropped if another gives at least its yield with at most its water in every stage (hence in every step); of equal ones the
    first stays. A path without yield is dropped unless it is the driest. With ``by="season"`` only the total of the season is compared, and
    paths below the concave hull of yield over water go too: there a mix of two others yields as much with as little. That is right only
    where water of one stage is as good as water of another (a reservoir that is never full or empty); else it throws away paths that are
    needed.

    Parameters
    ----------
    paths : IrrigationPaths
        All paths.
    by : {"stage", "season"}
        What is compared.

    Returns
    -------
    IrrigationPaths
        Those that are left, in the order given.

    Raises
    ------
    ValueError
        If `by` is neither.
    """
    if by not in {"stage", "season"}:
        message = f'paths are pruned by "stage" or "season", not by "{by}"'
        raise ValueError(message)
    water = paths.stage_water if by == "stage" else paths.stage_water.sum(axis=1, keepdims=True)
    grown = paths.relative_yield
    driest = int(np.lexsort((-grown, water.sum(axis=1)))[0])
    kept = [row for row in range(len(grown)) if (grown[row] > 0.0 or row == driest) and not _dominated(row, water, grown)]
    rows = np.array(kept, dtype=np.int64)
    return paths.take(rows[_on_hull(water[rows, 0], grown[rows])] if by == "season" else rows)


def _dominated(row: int, water: Floats, grown: Floats) -> bool:
    """Whether another path gives as much with as little; of equal ones the first counts as better."""
    slack = _ROUNDING * max(float(water.max(initial=0.0)), 1.0)
    as_good = (water <= water[row] + slack).all(axis=1) & (grown >= grown[row] - _ROUNDING)
    equal = as_good & (np.abs(water - water[row]) <= slack).all(axis=1) & (np.abs(grown - grown[row]) <= _ROUNDING)
    better = as_good & ~equal
    return bool(better.any() or equal[:row].any())


def _on_hull(water: Floats, grown: Floats) -> Ints:
    """Places of the corners of the upper concave hull, from the driest to the best yielding."""
    hull: list[int] = []
    for place in np.argsort(water, kind="stable"):
        while len(hull) > 1:
            first, last = hull[-2], hull[-1]
            run, rise = water[[last, place]] - water[first], grown[[last, place]] - grown[first]
            if run[0] * rise[1] - rise[0] * run[1] < -_ROUNDING:
                break
            hull.pop()
        hull.append(int(place))
    return np.sort(np.array(hull, dtype=np.int64))
