"""How well simulated flows follow observed ones: published scores, each from its formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waterdeal.errors import refuse

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from waterdeal.types import Floats


class Scores(NamedTuple):
    """Scores of one series; NaN where a score is not defined for it."""

    compared: int  # values compared
    nse: float  # Nash and Sutcliffe (1970, J. Hydrol. 10): 1 less the squared error over the squared spread of the observed; 1 is perfect
    kge_2009: float  # Gupta et al. (2009, J. Hydrol. 377): of correlation, ratio of standard deviations and ratio of means
    kge_2012: float  # Kling et al. (2012, J. Hydrol. 424): with the ratio of coefficients of variation
    bias: float  # mean error as a share of the observed mean
    rmse: float  # root mean square error, in the unit of the series


def score(simulated: ArrayLike, observed: ArrayLike, weight: ArrayLike = 1.0) -> Scores:
    """Score a series, over the values that both have; a weight such as the days of a step counts for all scores."""
    both = np.broadcast_arrays(*(np.asarray(each, dtype=float) for each in (simulated, observed, weight)))
    refuse(both[0].ndim != 1, "hindcast.scores_shape")
    s, o, w = (each[np.isfinite(both[0]) & np.isfinite(both[1])] for each in both)
    if not len(o):
        nothing = float("nan")
        return Scores(0, nothing, nothing, nothing, nothing, nothing)
    w = w / w.sum()
    means, error = (w @ s, w @ o), w @ (s - o) ** 2
    spreads = (w @ (s - means[0]) ** 2, w @ (o - means[1]) ** 2)
    together = w @ ((s - means[0]) * (o - means[1]))
    correlation = _ratio(together, np.sqrt(spreads[0] * spreads[1]))
    beta, alpha = _ratio(means[0], means[1]), _ratio(np.sqrt(spreads[0]), np.sqrt(spreads[1]))
    kge_2009, kge_2012 = (
        float(1 - np.sqrt((correlation - 1) ** 2 + (ratio - 1) ** 2 + (beta - 1) ** 2)) for ratio in (alpha, _ratio(alpha, beta))
    )
    return Scores(len(o), 1 - _ratio(error, spreads[1]), kge_2009, kge_2012, beta - 1, float(np.sqrt(error)))


def _ratio(upper: float | Floats, lower: float | Floats) -> float:
    """A ratio; NaN over nothing."""
    return float(upper / lower) if lower > 0 else float("nan")
