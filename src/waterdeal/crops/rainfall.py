"""How much of the rain a crop can use. The formula is a choice of whoever knows the place: at 30 mm a month they differ by 3.6 times."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


class RainMethod(StrEnum):
    """Formulas for the effective rain of a month."""

    #: FAO training manual (Brouwer and Heibloem 1986), for slopes under 5 %: 0.6 P - 10 up to 75 mm, 0.8 P - 25 above
    FAO = "fao"
    #: "dependable rain" of CROPWAT, for dry country: 0.6 P - 10 up to 70 mm, 0.8 P - 24 above
    FAO_DEPENDABLE = "fao_dependable"
    #: USDA Soil Conservation Service as in CROPWAT: P (125 - 0.2 P) / 125 up to 250 mm, 125 + 0.1 P above
    USDA = "usda"
    #: a share of all rain
    FIXED_SHARE = "fixed_share"
    #: rain is not counted
    NONE = "none"


def effective_rainfall(rain: ArrayLike, method: RainMethod | str, share: float | None = None) -> Floats:
    """Effective rain of months by a named formula.

    Parameters
    ----------
    rain : array_like
        Rain of each month, mm: the formulas hold for whole months only.
    method : RainMethod or str
        Which formula.
    share : float, optional
        Share of the rain that is used, 0 to 1: with ``fixed_share``, and only there.

    Returns
    -------
    numpy.ndarray
        Effective rain, mm a month.

    Raises
    ------
    ValueError
        If rain is negative, the method is unknown, or `share` is missing, superfluous or not a share.

    Examples
    --------
    >>> effective_rainfall([30, 100], "usda").tolist()
    [28.56, 84.0]
    """
    fallen, chosen = np.asarray(rain, dtype=float), RainMethod(method)
    if not (fallen >= 0.0).all():
        message = "rain is negative or not a number"
        raise ValueError(message)
    if (chosen == RainMethod.FIXED_SHARE) != (share is not None):
        message = f'a share goes with the method "fixed_share", and with no other (method is "{chosen}")'
        raise ValueError(message)
    match chosen:
        case RainMethod.FAO:
            return _two_lines(fallen, 75.0, 25.0)
        case RainMethod.FAO_DEPENDABLE:
            return _two_lines(fallen, 70.0, 24.0)
        case RainMethod.USDA:
            return np.where(fallen <= 250.0, fallen * (125.0 - 0.2 * fallen) / 125.0, 125.0 + 0.1 * fallen)
        case RainMethod.FIXED_SHARE:
            return _share_of(fallen, share)
        case RainMethod.NONE:
            return np.zeros_like(fallen)


def _two_lines(rain: Floats, border: float, loss: float) -> Floats:
    """0.6 P - 10 up to a border and 0.8 P - loss above, never below 0."""
    return np.maximum(np.where(rain <= border, 0.6 * rain - 10.0, 0.8 * rain - loss), 0.0)


def _share_of(rain: Floats, share: float | None) -> Floats:
    """A share of all rain, once it is known to be one."""
    if share is None or not 0.0 <= share <= 1.0:
        message = f"the share of rain used is {share}; expected 0 to 1"
        raise ValueError(message)
    return np.asarray(rain * share)
