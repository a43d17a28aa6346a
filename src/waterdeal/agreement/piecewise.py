"""A quantity held above or below a piecewise linear function of another: rows only where that is convex, regimes where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
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
        slopes = [(d - c) / (b - a) for (a, c), (b, d) in pairwise(self.points)]
        first, last = (slopes[0], slopes[-1]) if self.along and slopes else (0.0, 0.0)
        borders = [-np.inf, *(x for x, _ in self.points), np.inf]
        merged: list[tuple[float, float, float, float]] = []
        touched = [self.points[0], *self.points]
        for (start, end), slope, (x, y) in zip(pairwise(borders), [first, *slopes, last], touched, strict=True):
            low, high = max(start, lowest), min(end, highest)
            if merged and low < high and abs(merged[-1][2] - slope) < 1e-12:
                merged[-1] = (merged[-1][0], high, slope, merged[-1][3])
            elif low < high:
                merged.append((low, high, slope, y - slope * x))
        return merged


def scale_rows(
    part: str, kept: tuple[Term, ...], index: tuple[tuple[Term, ...], float], scale: Scale, way: tuple[Sense, float]
) -> list[Row]:
    """Return rows that hold what is kept on one side of a scale of an index."""
    (terms, known), (sense, highest) = index, way
    pieces, size = scale.pieces(0.0, highest), max(abs(y) for _, y in scale.points)
    steps = np.diff([slope for _, _, slope, _ in pieces]) * (1 if sense == "at_least" else -1)
    if (steps >= 0).all():
        return [
            Row(f"{part}_{k}" if len(pieces) > 1 else part, sense, kept + scaled(terms, -slope), intercept + slope * known,
                concession=part, scale=size)
            for k, (_, _, slope, intercept) in enumerate(pieces, start=1)
        ]  # fmt: skip
    return _regime_rows(part, kept, index, pieces, (sense, size))


def _regime_rows(
    part: str, kept: tuple[Term, ...], index: tuple[tuple[Term, ...], float],
    pieces: list[tuple[float, float, float, float]], way: tuple[Sense, float],
) -> list[Row]:  # fmt: skip
    """Return rows with one regime a piece, of which exactly one holds."""
    (terms, known), (sense, size) = index, way
    chosen, shares = ([Term(quantity, part, k, 1.0) for k in range(len(pieces))] for quantity in ("regime", "regime_index"))
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
