"""A linear aquifer by exact steps, and what rivers lose of its pumping only after the horizon.

Baseflow is alpha x storage at every moment (equations 5 and 7 of WHAT-IF), so that in a step
``V' = V e^-a + (R - P)(1 - e^-a)/a`` with a = alpha x days, and baseflow = V + R - P - V'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.science.refuse import refuse, refuse_negative, refuse_not_positive

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from waterdeal.types import Floats


def aquifer_factors(alpha: float, step_days: ArrayLike) -> tuple[Floats, Floats]:
    """Factors by step of ``V' = kept x V + fed x (R - P)``, alpha in 1/day: ``kept = e^-a``, ``fed = (1 - e^-a)/a``, 1 where alpha is 0."""
    refuse_negative(alpha=alpha)
    refuse_not_positive(step_days=step_days)
    exponent = alpha * np.atleast_1d(np.asarray(step_days, dtype=float))
    fed = np.divide(-np.expm1(-exponent), exponent, out=np.ones_like(exponent), where=exponent > 0)
    return np.exp(-exponent), fed


def aquifer_storage(initial: float, recharge: ArrayLike, pumping: ArrayLike, alpha: float, step_days: ArrayLike) -> Floats:
    """Storage at the end of each step, hm3; recharge and pumping are hm3 of each step, spread evenly over it, or one for all."""
    refuse_negative(initial=initial, recharge=recharge, pumping=pumping)
    kept, share = aquifer_factors(alpha, step_days)
    fed = np.broadcast_to(np.asarray(recharge, dtype=float) - np.asarray(pumping, dtype=float), kept.shape)
    storage, before = np.empty(len(fed)), initial
    for step in range(len(fed)):
        storage[step] = before = kept[step] * before + share[step] * fed[step]
        refuse(not before >= 0, f"pumping takes {-before:g} hm3 more than the aquifer holds in step {step + 1}; pump less or recharge more")
    return storage


def debt_shares(alpha: ArrayLike, step_days: ArrayLike) -> Floats:
    """Share of the water pumped in each step that rivers will lose only after the horizon, by (aquifer, step).

    ``fed x kept of all later steps``, what is missing in the aquifer when the horizon ends; alpha by aquifer, 1/day.
    """
    days = np.atleast_1d(np.asarray(step_days, dtype=float))
    table = np.zeros((np.size(alpha), len(days)))
    for row, value in enumerate(np.atleast_1d(np.asarray(alpha, dtype=float)).tolist()):
        kept, fed = aquifer_factors(value, days)
        table[row] = fed * np.append(np.cumprod(kept[::-1])[::-1][1:], 1.0)
    return table
