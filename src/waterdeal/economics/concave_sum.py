"""The concave part of an objective as one thing: values, slopes, cuts, and the best point between two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.economics.concave import Elastic, Quadratic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.economics.benefit import Benefit
    from waterdeal.economics.linear_program import LinearProgram
    from waterdeal.economics.quadratic_form import QuadraticForm

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: halvings of a search between two points
_HALVINGS = 48
#: where a slope at the end of a domain is infinite, the first tangent is drawn this far inside, and each later one at a tenth of it
_INSIDE, _NEAREST = 1e-3, 1e-12


class ConcaveSum:
    """Sum of concave terms of single columns, quadratic forms of several, and a linear cost.

    Parameters
    ----------
    program : LinearProgram
        The linear part.
    terms : sequence of (int, Benefit)
        Columns and their benefits.
    forms : sequence of QuadraticForm
        Benefits of several columns.
    """

    def __init__(self, program: LinearProgram, terms: Sequence[tuple[int, Benefit]], forms: Sequence[QuadraticForm]) -> None:
        """Narrow the columns to the domains, and put the parabolas, which are most, in arrays."""
        self.cost, self.terms, self.forms = np.asarray(program.cost, dtype=float), tuple(terms), tuple(forms)
        self.lower, self.upper = np.array(program.lower, dtype=float), np.array(program.upper, dtype=float)
        for column, benefit in self.terms:
            self.lower[column] = max(self.lower[column], benefit.low)
            self.upper[column] = min(self.upper[column], benefit.high)
        self.columns: Ints = np.array([column for column, _ in self.terms], dtype=np.int64)
        self._inside = np.full(len(self.terms), _INSIDE)
        parabolas = [_parabola(benefit) for _, benefit in self.terms]
        self._others = [place for place, parabola in enumerate(parabolas) if parabola is None]
        self._parabolas = np.array([parabola or (0.0, 0.0, 0.0) for parabola in parabolas], dtype=float).reshape(-1, 3)

    @property
    def count(self) -> int:
        """Number of terms and forms."""
        return len(self.terms) + len(self.forms)

    def endless(self, size: float) -> NDArray[np.bool_]:
        """Columns with a benefit that may go farther than a size."""
        concave = np.zeros(len(self.cost), dtype=bool)
        for columns in (self.columns, *(form.columns for form in self.forms)):
            concave[columns] = True
        return np.asarray(concave & (np.maximum(-self.lower, self.upper) > size))

    def values(self, x: Floats) -> Floats:
        """Value of each term and form."""
        constant, linear, square = self._parabolas.T
        at = x[self.columns]
        values = constant + (linear + square * at) * at
        for place in self._others:
            values[place] = self.terms[place][1].value(at[place])
        return np.concatenate([values, [form.value(x[form.columns]) for form in self.forms]])

    def total(self, x: Floats) -> float:
        """Benefits less cost."""
        return float(self.values(x).sum() - self.cost @ x)

    def slopes(self, x: Floats) -> Floats:
        """Slope of each term at its column; it may be infinite at the end of a domain."""
        _, linear, square = self._parabolas.T
        at = x[self.columns]
        slopes = np.asarray(linear + 2.0 * square * at)
        for place in self._others:
            slopes[place] = self.terms[place][1].slope(at[place])
        return slopes

    def rise(self, x: Floats, way: Floats) -> float:
        """Slope of the whole at a point, in a direction."""
        step = way[self.columns]
        moved = step != 0.0
        rise = float((self.slopes(x)[moved] * step[moved]).sum()) - float(self.cost @ way)
        return rise + sum(float(form.gradient(x[form.columns]) @ way[form.columns]) for form in self.forms)

    def best_between(self, start: Floats, end: Floats) -> Floats:
        """Point of greatest total between two: halving on the slope, which falls all the way."""
        way = end - start
        if self.rise(end, way) >= 0.0:
            return end
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            low, high = (middle, high) if self.rise(start + middle * way, way) > 0.0 else (low, middle)
        return np.asarray(start + low * way)

    def cut(self, place: int, x: Floats) -> tuple[Ints, Floats, float]:
        """Tangent of a term or form at a point: columns, slopes and intercept of the plane that it lies below."""
        if place >= len(self.terms):
            form = self.forms[place - len(self.terms)]
            at = x[form.columns]
            gradient = form.gradient(at)
            return form.columns, gradient, form.value(at) - float(gradient @ at)
        column, benefit = self.terms[place]
        point = float(x[column])
        slope = float(benefit.slope(point))
        if not np.isfinite(slope):
            point += min(self._inside[place], self.upper[column] - point) or -self._inside[place]
            self._inside[place] = max(self._inside[place] / 10.0, _NEAREST)
            slope = float(benefit.slope(point))
        return np.array([column]), np.array([slope]), float(benefit.value(point)) - slope * point


def _parabola(benefit: Benefit) -> tuple[float, float, float] | None:
    """Constant, linear and square coefficient of a benefit that is a parabola."""
    match benefit:
        case Quadratic():
            return benefit.constant, benefit.a, -benefit.b
        case Elastic():
            return 0.0, benefit.alpha, benefit.beta / 2.0
        case _:
            return None
