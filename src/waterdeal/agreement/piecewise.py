"""A quantity held above or below a piecewise linear function of another: rows only where that is convex, regimes where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.agreement.rows import Row, Term, scaled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.agreement.rows import Sense


@dataclass(frozen=True)
class Scale:
    """Points (x, y) of a function, linear between them; beyond the ends constant, or along the last slope."""

    points: Sequence[tuple[float, float]]  # by rising x
    along: bool = False  # whether the last slopes go on beyond the ends

    def value(self, x: float) -> float:
        """Return y at x."""
        return next(a * x + b for low, high, a, b in self.pieces(-np.inf, np.inf) if low <= x <= high)

    def pieces(self, lowest: float, highest: float) -> list[tuple[float, float, float, float]]:
        """Return (low, high, slope, intercept) of each straight piece between two ends."""
        xs = [point[0] for point in self.points]
        ys = [point[1] for point in self.points]
        slopes = [(ys[k + 1] - ys[k]) / (xs[k + 1] - xs[k]) for k in range(len(xs) - 1)]
        ends = (slopes[0], slopes[-1]) if self.along and slopes else (0.0, 0.0)
        borders = [-np.inf, *xs, np.inf]
        lines = [(ends[0], ys[0] - ends[0] * xs[0])]
        lines += [(slope, ys[k] - slope * xs[k]) for k, slope in enumerate(slopes)]
        lines.append((ends[1], ys[-1] - ends[1] * xs[-1]))
        merged: list[tuple[float, float, float, float]] = []
        for k, (slope, intercept) in enumerate(lines):
            low, high = max(borders[k], lowest), min(borders[k + 1], highest)
            if low > high or (low == high and len(lines) > 1):
                continue
            if merged and abs(merged[-1][2] - slope) < 1e-12:
                merged[-1] = (merged[-1][0], high, slope, merged[-1][3])
            else:
                merged.append((low, high, slope, intercept))
        return merged


def scale_rows(
    part: str, kept: tuple[Term, ...], index: tuple[tuple[Term, ...], float], scale: Scale, way: tuple[Sense, float]
) -> list[Row]:
    """Return rows that hold what is kept on one side of a scale of an index."""
    terms, known = index
    sense, highest = way
    pieces = scale.pieces(0.0, highest)
    slopes = [piece[2] for piece in pieces]
    steps = np.diff(slopes) * (1 if sense == "at_least" else -1)
    size = max(abs(y) for _, y in scale.points)
    if (steps >= 0).all():
        return [
            Row(f"{part}_{k}" if len(pieces) > 1 else part, sense, kept + scaled(terms, -slope), intercept + slope * known,
                concession=part, scale=size)
            for k, (_, _, slope, intercept) in enumerate(pieces, start=1)
        ]  # fmt: skip
    return _regime_rows(part, kept, index, pieces, (sense, size))


def _regime_rows(
    part: str,
    kept: tuple[Term, ...],
    index: tuple[tuple[Term, ...], float],
    pieces: list[tuple[float, float, float, float]],
    way: tuple[Sense, float],
) -> list[Row]:
    """Return rows with one regime a piece, of which exactly one holds."""
    terms, known = index
    sense, size = way
    chosen = [Term("regime", part, k, 1.0) for k in range(len(pieces))]
    shares = [Term("regime_index", part, k, 1.0) for k in range(len(pieces))]
    rows = [
        Row(f"{part}_one_regime", "exactly", tuple(chosen), 1.0, "1", None),
        Row(f"{part}_index", "exactly", (*terms, *scaled(shares, -1.0)), -known, "hm3", None),
    ]
    promised: list[Term] = []
    for k, (low, high, slope, intercept) in enumerate(pieces):
        rows.append(Row(f"{part}_from_{k + 1}", "at_least", (shares[k], *scaled([chosen[k]], -low)), 0.0, "hm3", None))
        rows.append(Row(f"{part}_up_to_{k + 1}", "at_most", (shares[k], *scaled([chosen[k]], -high)), 0.0, "hm3", None))
        promised += [*scaled([shares[k]], -slope), *scaled([chosen[k]], -intercept)]
    held = Row(part, sense, (*kept, *(term for term in promised if term.factor)), 0.0, concession=part, scale=size)
    return [*rows, held]
