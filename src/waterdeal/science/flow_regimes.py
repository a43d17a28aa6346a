"""Flows that a river is left: Tennant's classes, flow exceeded, monthly shares, in the unit of the flow they are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from waterdeal.science.refuse import refuse, refuse_negative, refuse_outside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from waterdeal.types import Floats


PlottingRule = Literal["weibull", "hazen", "california", "cunnane", "gringorten", "blom", "linear"]

#: shares of the mean flow in the abstract of Tennant (1976) [read]
TENNANT = {"survival": 0.10, "poor": 0.10, "good": 0.30, "outstanding": 0.60}

#: Tennant (1976), shares of the mean flow in October-March and in April-September [memory: not read in the paper]
TENNANT_SEASONS: dict[str, tuple[float, float]] = {
    "flushing": (2.00, 2.00), "optimum": (0.60, 0.60), "outstanding": (0.40, 0.60), "excellent": (0.30, 0.50),
    "good": (0.20, 0.40), "fair": (0.10, 0.30), "poor": (0.10, 0.10), "severe": (0.00, 0.00),
}  # fmt: skip

#: a and b of the plotting position (i - a) / (n + 1 - a - b) of the i-th largest of n values; "linear" is numpy's own rule
PLOTTING_RULES: dict[str, tuple[float, float]] = {
    "weibull": (0.0, 0.0), "hazen": (0.5, 0.5), "california": (0.0, 1.0), "cunnane": (0.4, 0.4),
    "gringorten": (0.44, 0.44), "blom": (0.375, 0.375), "linear": (1.0, 1.0),
}  # fmt: skip


def tennant_flow(mean_flow: ArrayLike, quality: str) -> Floats:
    """Flow of a class of Tennant (a key of `TENNANT`) at a natural mean annual flow."""
    refuse_negative(mean_flow=mean_flow)
    return np.asarray(np.asarray(mean_flow, dtype=float) * _known("class of Tennant", quality, TENNANT))


def tennant_by_month(mean_flow: float, quality: str) -> Floats:
    """Twelve flows, January first, of a class of Tennant's seasonal table (a key of `TENNANT_SEASONS`).

    The table is from memory: check it against the paper before a deal rests on it.
    """
    refuse_negative(mean_flow=mean_flow)
    cold, warm = _known("class of Tennant", quality, TENNANT_SEASONS)
    return np.array([cold] * 3 + [warm] * 6 + [cold] * 3) * mean_flow


def exceeded_flow(values: ArrayLike, share: float, rule: PlottingRule) -> float:
    """Flow exceeded a share (0 to 1) of the time, e.g. Q95, of observed flows, a year, month or day each.

    By a plotting rule the i-th largest of n is exceeded ``(i - a) / (n + 1 - a - b)`` of the time, straight between values. There is no
    default, as on 20 values Q95 of one rule is twice that of another. A share beyond what so few values can tell is refused.
    """
    a, b = _known("plotting rule", rule, PLOTTING_RULES)
    refuse_negative(flow=values)
    refuse_outside(0, 1, share=share)
    falling = np.sort(np.asarray(values, dtype=float).ravel())[::-1]
    count = len(falling)
    refuse(count < 2, f"a flow exceeded needs at least two values, found {count}")
    shares = (np.arange(1, count + 1) - a) / (count + 1 - a - b)
    told = f"{count} values by the {rule} rule tell flows exceeded {shares[0]:.4g} to {shares[-1]:.4g} of the time, not {share:g}"
    refuse(not shares[0] - 1e-12 <= share <= shares[-1] + 1e-12, f"{told}; use more values or another rule")
    return float(np.interp(share, shares, falling))


def monthly_share_of_natural(natural: ArrayLike, share: ArrayLike) -> Floats:
    """Twelve flows as a share (one, or one a month) of the natural mean of each month, which keeps the shape of the year.

    Natural flows are (12,) means or (years, 12).
    """
    refuse_negative(natural=natural)
    refuse_outside(0, 1, share=share)
    table = np.atleast_2d(np.asarray(natural, dtype=float))
    found = f"natural flows of shape {np.shape(natural)} and shares of shape {np.shape(share)}"
    refuse(table.shape[-1] != 12 or np.size(share) not in {1, 12}, f"twelve months are needed, found {found}")
    return np.asarray(table.mean(axis=0) * np.asarray(share, dtype=float))


def _known(kind: str, word: str, table: Mapping[str, Any]) -> Any:
    """Look a word up; an unknown one is refused with the known ones."""
    refuse(word not in table, f'"{word}" is not a {kind}; known are {", ".join(table)}')
    return table[word]
