"""Concave benefits of a quantity: demand for water, power, food. Value in MUSD, quantity in hm3 (or GWh, kha, t), unless a case says else.

Every benefit has a value and a slope (marginal value) on a domain from `low` to `high`; outside it there is no benefit, and asking raises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.economics.benefit import check_domain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: what rounding may lift a slope
_ROUNDING = 1e-9
#: points at which a caller's own function is tried
_GRID = 257


@dataclass(frozen=True)
class Quadratic:
    """Benefit constant + a x - b x^2.

    Parameters
    ----------
    a, b : float
        Marginal benefit at 0, and half its fall a unit, 0 or more.
    constant : float
        Benefit of nothing.
    high : float
        End of the domain.
    """

    a: float
    b: float
    constant: float = 0.0
    high: float = np.inf
    low: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a convex parabola."""
        if not self.b >= 0.0:
            message = f"a quadratic benefit a x - b x^2 with b = {self.b} is not concave"
            raise ValueError(message)

    def value(self, quantity: ArrayLike) -> Floats:
        """Benefit of a quantity."""
        x = check_domain(self, quantity)
        return np.asarray(self.constant + self.a * x - self.b * x**2)

    def slope(self, quantity: ArrayLike) -> Floats:
        """Marginal benefit at a quantity."""
        return np.asarray(self.a - 2.0 * self.b * check_domain(self, quantity))


@dataclass(frozen=True)
class Elastic:
    """Benefit of a straight demand curve through an observed price and quantity: alpha x + beta x^2 / 2.

    beta = P / (Q eps), alpha = P - beta Q (the linear demand of QDEMO7). The domain ends where the price has fallen to 0: whoever
    demands takes no more than that.

    Parameters
    ----------
    price, quantity : float
        Observed price and quantity, above 0.
    elasticity : float
        Price elasticity of demand there, below 0.
    """

    price: float
    quantity: float
    elasticity: float
    low: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a demand that rises with the price."""
        if not (self.price > 0.0 and self.quantity > 0.0):
            message = "an elastic demand needs a price and a quantity above 0"
            raise ValueError(message)
        if not self.elasticity < 0.0:
            message = f"the price elasticity of demand is {self.elasticity}; expected below 0"
            raise ValueError(message)

    @property
    def beta(self) -> float:
        """Change of the price with one more unit."""
        return self.price / (self.quantity * self.elasticity)

    @property
    def alpha(self) -> float:
        """Price at which nothing is demanded."""
        return self.price - self.beta * self.quantity

    @property
    def high(self) -> float:
        """Quantity demanded for nothing."""
        return -self.alpha / self.beta

    def value(self, quantity: ArrayLike) -> Floats:
        """Benefit of a quantity: the area under the demand curve."""
        x = check_domain(self, quantity)
        return np.asarray(self.alpha * x + self.beta * x**2 / 2.0)

    def slope(self, quantity: ArrayLike) -> Floats:
        """Price at which a quantity is demanded."""
        return np.asarray(self.alpha + self.beta * check_domain(self, quantity))


@dataclass(frozen=True)
class Power:
    """Benefit scale x^exponent.

    Parameters
    ----------
    scale : float
        0 or more.
    exponent : float
        Above 0, 1 at most; below 1 the marginal benefit at 0 is infinite.
    high : float
        End of the domain.
    """

    scale: float
    exponent: float
    high: float = np.inf
    low: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is not concave."""
        if not (self.scale >= 0.0 and 0.0 < self.exponent <= 1.0):
            message = f"{self.scale} x^{self.exponent} is not concave: the scale must be 0 or more, the exponent above 0 and 1 at most"
            raise ValueError(message)

    def value(self, quantity: ArrayLike) -> Floats:
        """Benefit of a quantity."""
        return np.asarray(self.scale * check_domain(self, quantity) ** self.exponent)

    def slope(self, quantity: ArrayLike) -> Floats:
        """Marginal benefit at a quantity."""
        x = check_domain(self, quantity)
        if self.scale == 0.0 or self.exponent == 1.0:
            return np.full_like(x, self.scale)
        with np.errstate(divide="ignore"):
            return np.asarray(self.scale * self.exponent * x ** (self.exponent - 1.0))


@dataclass(frozen=True)
class Table:
    """Benefit linear between points.

    Parameters
    ----------
    points : sequence of (float, float)
        Quantity and benefit, by rising quantity, two or more; the domain is from the first to the last.
    """

    points: Sequence[tuple[float, float]]

    def __post_init__(self) -> None:
        """Refuse points out of order, and slopes that rise: a linear model would take the straight line above them."""
        xs, slopes = self._xs, self._slopes
        if len(xs) < 2 or not (np.diff(xs) > 0.0).all():
            message = "a table of benefits needs two points or more, by rising quantity"
            raise ValueError(message)
        if (np.diff(slopes) > _ROUNDING * np.abs(slopes).max(initial=1.0)).any():
            place = int(np.argmax(np.diff(slopes)))
            message = (
                f"the slope rises from {slopes[place]:g} to {slopes[place + 1]:g} at {xs[place + 1]:g}: "
                "non-concave tables need binaries, and would be over-stated without"
            )
            raise ValueError(message)

    @property
    def _xs(self) -> Floats:
        """Quantities of the points."""
        return np.array([point[0] for point in self.points], dtype=float)

    @property
    def _slopes(self) -> Floats:
        """Slope of each piece; none where two quantities are the same."""
        xs, ys = self._xs, np.array([point[1] for point in self.points], dtype=float)
        return np.asarray(np.diff(ys) / np.where(np.diff(xs) > 0.0, np.diff(xs), np.nan))

    @property
    def low(self) -> float:
        """Quantity of the first point."""
        return float(self.points[0][0])

    @property
    def high(self) -> float:
        """Quantity of the last point."""
        return float(self.points[-1][0])

    def value(self, quantity: ArrayLike) -> Floats:
        """Benefit of a quantity."""
        return np.asarray(np.interp(check_domain(self, quantity), self._xs, [point[1] for point in self.points]))

    def slope(self, quantity: ArrayLike) -> Floats:
        """Marginal benefit: at a point that of the piece after it, at the last of the piece before."""
        piece = np.searchsorted(self._xs, check_domain(self, quantity), side="right") - 1
        return np.asarray(self._slopes[np.minimum(piece, len(self._slopes) - 1)])


@dataclass(frozen=True)
class Function:
    """A caller's own concave benefit, tried on a grid before it is believed.

    Parameters
    ----------
    function, derivative : callable
        Value and slope of an array of quantities; the slope may be infinite at `low`.
    high : float
        End of the domain, finite.
    low : float
        Start of the domain.
    """

    function: Callable[[Floats], ArrayLike]
    derivative: Callable[[Floats], ArrayLike]
    high: float
    low: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a function that bends upwards, or whose slope is another function's.

        Of a concave function every chord is no steeper than the slope at its start and no flatter than the slope at its end.
        """
        if not (np.isfinite(self.high) and self.high > self.low):
            message = "a benefit given as functions needs a finite domain, so that it can be tried"
            raise ValueError(message)
        grid = np.linspace(self.low, self.high, _GRID)
        values, slopes = self.value(grid), self.slope(grid)
        chords = np.diff(values) / np.diff(grid)
        slack = 1e-7 * max(float(np.abs(chords).max()), 1e-12)
        if np.isnan(values).any() or np.isnan(slopes).any():
            message = "the benefit or its slope is not a number somewhere in its domain"
            raise ValueError(message)
        wrong = (chords > slopes[:-1] + slack) | (chords < slopes[1:] - slack)
        if wrong.any():
            place = int(np.argmax(wrong))
            message = f"between {grid[place]:g} and {grid[place + 1]:g} the benefit is not concave, or the slope is not its slope"
            raise ValueError(message)

    def value(self, quantity: ArrayLike) -> Floats:
        """Benefit of a quantity."""
        return np.asarray(self.function(check_domain(self, quantity)), dtype=float)

    def slope(self, quantity: ArrayLike) -> Floats:
        """Marginal benefit at a quantity."""
        with np.errstate(divide="ignore"):
            return np.asarray(self.derivative(check_domain(self, quantity)), dtype=float)
