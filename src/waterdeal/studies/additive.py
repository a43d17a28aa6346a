"""Bounds of a program as sums of lines, one a parameter, found by trying both ends of each range and proven inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.lp.compile import compile_model
from waterdeal.model.build import build_model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from waterdeal.lp.program import Program
    from waterdeal.types import Floats

    Bounds = tuple[Floats, Floats, Floats, Floats]

#: values at which the sum of lines is compared with the model itself
PROOFS = 2
#: largest difference of a proof, hm3 and as a share of the bound
ROUNDING = 1e-9


@dataclass(frozen=True)
class AdditiveBounds:
    """Bounds that are sums of lines."""

    still: Bounds  # lower and upper bounds of rows, lower and upper bounds of columns, with nothing changed
    at_low: tuple[Bounds, ...]
    rise: tuple[Bounds, ...]
    low: tuple[float, ...]  # low ends

    def at(self, values: Floats) -> Bounds:
        """Return all bounds at some values."""
        found = [array.copy() for array in self.still]
        for place in np.flatnonzero(~np.isnan(values)).tolist():
            above = float(values[place]) - self.low[place]
            parts = zip(found, self.at_low[place], self.rise[place], strict=True)
            found = [array + start + above * slope for array, start, slope in parts]
        row_lower, row_upper, column_lower, column_upper = found
        return row_lower, row_upper, column_lower, column_upper


def find_additive_bounds(
    program: Program, inputs_at: Callable[[Floats], xr.Dataset | None], ranges: Sequence[tuple[float, float]]
) -> AdditiveBounds | None:
    """Find out how the bounds of a program follow parameters."""
    still, count = _bounds(program), len(ranges)

    def bounds_at(values: Floats) -> Bounds | None:
        inputs = inputs_at(values)
        other = None if inputs is None else compile_model(build_model(inputs))
        return _bounds(other) if other is not None and _differs_in_bounds_only(program, other) else None

    at_low: list[Bounds] = []
    rise: list[Bounds] = []
    for place, (low, high) in enumerate(ranges):
        ends = [bounds_at(np.where(np.arange(count) == place, end, np.nan)) for end in (low, high)]
        if ends[0] is None or ends[1] is None:
            return None
        starts, slopes = _changes(still, ends[0]), _changes(ends[0], ends[1])
        if starts is None or slopes is None:
            return None
        at_low.append(starts)
        rise.append(_scaled(slopes, 1.0 / (high - low)))
    found = AdditiveBounds(still, tuple(at_low), tuple(rise), tuple(low for low, _ in ranges))
    drawn, width = np.random.default_rng(0), np.array(ranges)
    for _ in range(PROOFS):
        values = drawn.uniform(width[:, 0], width[:, 1])
        true = bounds_at(values)
        if true is None or not all(_same(told, held) for told, held in zip(found.at(values), true, strict=True)):
            return None
    return found


def _bounds(program: Program) -> Bounds:
    """Bounds in the order of `AdditiveBounds`."""
    return program.row_lower, program.row_upper, program.column_lower, program.column_upper


def _differs_in_bounds_only(one: Program, other: Program) -> bool:
    """Whether two programs have the same matrix and goals."""
    if one.goals.keys() != other.goals.keys() or not one.matrix.equals(other.matrix):
        return False
    return all(np.array_equal(one.goals[name][0], other.goals[name][0]) for name in one.goals)


def _changes(before: Bounds, after: Bounds) -> Bounds | None:
    """Difference of all bounds; None where one is there at one end and not at the other."""
    found = []
    for first, second in zip(before, after, strict=True):
        same = first == second
        if not (np.isfinite(first[~same]).all() and np.isfinite(second[~same]).all()):
            return None
        found.append(np.subtract(second, first, out=np.zeros_like(first), where=~same))
    row_lower, row_upper, column_lower, column_upper = found
    return row_lower, row_upper, column_lower, column_upper


def _scaled(bounds: Bounds, factor: float) -> Bounds:
    """All bounds times a factor."""
    row_lower, row_upper, column_lower, column_upper = (factor * array for array in bounds)
    return row_lower, row_upper, column_lower, column_upper


def _same(told: Floats, held: Floats) -> bool:
    """Whether bounds agree."""
    finite = np.isfinite(held)
    size = np.abs(held[finite])
    return bool((np.isfinite(told) == finite).all() and (np.abs(told[finite] - held[finite]) <= ROUNDING * (1 + size)).all())
