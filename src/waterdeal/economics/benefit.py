"""What a concave benefit is: a value and a slope on a domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: what rounding may shift a quantity over the end of a domain
_ROUNDING = 1e-9


class Benefit(Protocol):
    """What the engine asks of a concave benefit."""

    @property
    def low(self) -> float:
        """Least quantity it is defined for."""

    @property
    def high(self) -> float:
        """Greatest quantity it is defined for."""

    def value(self, quantity: ArrayLike) -> Floats:
        """Benefit of a quantity."""

    def slope(self, quantity: ArrayLike) -> Floats:
        """Marginal benefit at a quantity; at a kink that of one more unit, at an end it may be infinite."""


def check_domain(benefit: Benefit, quantity: ArrayLike) -> Floats:
    """Return quantities as an array, once they are known to lie in the domain of a benefit.

    Parameters
    ----------
    benefit : Benefit
        The benefit.
    quantity : array_like
        Quantities.

    Returns
    -------
    numpy.ndarray
        The same; what rounding has put over an end is set on it.

    Raises
    ------
    ValueError
        If a quantity is outside.
    """
    asked = np.asarray(quantity, dtype=float)
    slack = _ROUNDING * np.maximum(np.abs(asked), 1.0)
    if not ((asked >= benefit.low - slack) & (asked <= benefit.high + slack)).all():
        message = f"a quantity lies outside the domain of its benefit, {benefit.low:g} to {benefit.high:g}"
        raise ValueError(message)
    return np.asarray(np.clip(asked, benefit.low, benefit.high))
