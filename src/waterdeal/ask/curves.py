"""A program that follows the area curves of nature: on lines that touch a plan, or between hulls that hold every true plan.

On *lines* evaporation is that of a tangent, and a plan that misses nothing is a true one. Between *hulls* evaporation lies anywhere between
the lower and the upper hull of its curve over the storages that are possible, so every true plan is among the plans of that program: what
has none there has none at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.lp.extend import AddedRow, with_entries, with_free_columns, with_rows
from waterdeal.scenario.parts_schema import physics_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats

#: evaporation a plan may miss, hm3 in all, to be on the curves
SMALLEST_MISS = 1e-8
#: evaporation that a plan may miss in a step of a body, as solvers of some versions leave it: half of what the audit allows
BEARABLE_MISS = 5e-7
#: by how much hulls are wider than the curves, hm3
OUTWARD = 1e-9
#: lines of each hull a step is held between
SIDES = 3


def hull_lines(curve: tuple[Floats, Floats], stored: tuple[float, float], *, upper: bool) -> list[tuple[float, float]]:
    """Return the lines (constant, slope) of the upper or lower hull of a curve of volumes and values over a range of storage."""
    (volumes, heights), (low, high) = curve, stored
    inner = volumes[(volumes > low) & (volumes < high)]
    at = np.unique(np.concatenate([[low], inner, [high]]))
    values = np.interp(at, volumes, heights)
    sign = 1.0 if upper else -1.0
    hull: list[int] = []
    for place in range(len(at)):
        while len(hull) > 1 and sign * _turn(at, values, hull[-2], hull[-1], place) >= 0:
            hull.pop()
        hull.append(place)
    if len(hull) == 1:
        return [(float(values[0]), 0.0)]
    slopes = [(values[b] - values[a]) / (at[b] - at[a]) for a, b in pairwise(hull)]
    return [(float(values[a] - slope * at[a]), float(slope)) for a, slope in zip(hull, slopes, strict=False)]


def _turn(at: Floats, values: Floats, first: int, middle: int, last: int) -> float:
    """Whether the path over three points turns left (above zero) or right."""
    return float((at[middle] - at[first]) * (values[last] - values[first]) - (values[middle] - values[first]) * (at[last] - at[first]))


#: columns of what bodies of water hold
STORAGES = ("reservoir.storage", "lake.storage")


@dataclass(frozen=True)
class Lake:
    """A body of water in a step."""

    balance: int  # row of its balance
    stored: list[int]  # columns of its storages at the end of the step, and of the one before where that is none of the data
    start: float  # storage at the start of the first step, else zero
    depth: float  # net evaporation, hm3 a km2
    curve: tuple[Floats, Floats]  # volumes and areas
    line: tuple[float, float]  # constant and slope of the area in the program

    def mean(self, values: Floats) -> float:
        """Return its mean storage."""
        return (sum(float(values[column]) for column in self.stored) + self.start) / 2

    def bend(self, values: Floats) -> float:
        """Return what its curve evaporates beyond the line of the program."""
        at, (constant, slope) = self.mean(values), self.tangent(values)
        return self.depth * (constant + slope * at - self.line[0] - self.line[1] * at)

    def row(self, line: tuple[float, float]) -> tuple[float, float]:
        """Return the same of a line: by storage in each of its columns, and a constant."""
        slope = self.depth * (line[1] - self.line[1]) / 2
        return slope, self.depth * (line[0] - self.line[0]) + slope * self.start

    def tangent(self, values: Floats) -> tuple[float, float]:
        """Return the line that touches its curve at a plan, level beyond the ends."""
        at, (volumes, areas) = self.mean(values), self.curve
        if not volumes[0] <= at <= volumes[-1]:
            return float(np.interp(at, volumes, areas)), 0.0
        piece = min(max(int(np.searchsorted(volumes, at)) - 1, 0), len(volumes) - 2)
        slope = float((areas[piece + 1] - areas[piece]) / (volumes[piece + 1] - volumes[piece]))
        return float(areas[piece]) - slope * float(volumes[piece]), slope

    def hull(self, stored: tuple[float, float]) -> tuple[list[tuple[float, float]], ...]:
        """Return lines below and above its evaporation over a range of mean storage."""
        if not np.isfinite(stored).all():
            return [(float(self.curve[1].min()), 0.0)] * SIDES, [(float(self.curve[1].max()), 0.0)] * SIDES
        found = [hull_lines(self.curve, stored, upper=upper) for upper in (self.depth < 0, self.depth > 0)]
        return tuple([lines[place] for place in np.linspace(0, len(lines) - 1, SIDES).round().astype(int)] for lines in found)


def lakes_of(program: Program, inputs: xr.Dataset) -> list[Lake]:
    """Return each body and step whose evaporation follows a curve."""
    if physics_of(inputs).evaporation != "curve":
        return []
    found, balances, labels = list[Lake](), program.rows_of("water_balance"), inputs["step"].values.tolist()
    families = [family for family in program.columns if family.name in STORAGES]
    for body, name in enumerate(inputs["reservoir"].values.tolist()):
        known = np.isfinite(inputs["curve_volume"].values[body])
        if known.sum() < 2:
            continue
        curve = inputs["curve_volume"].values[body][known], inputs["curve_area"].values[body][known]
        storage = next(family for family in families if family.place_of((name, labels[0])) is not None)
        columns = [storage.start + (storage.place_of((name, label)) or 0) for label in labels]
        depths = inputs["evaporation_depth"].values[body]
        lines = np.column_stack([inputs[f"area_{part}"].values[body] for part in ("intercept", "slope")])
        for step in np.flatnonzero(depths).tolist():
            balance = balances.start + (balances.place_of((name, labels[step])) or 0)
            start = 0.0 if step else float(inputs["storage_initial"].values[body])
            line = float(lines[step, 0]), float(lines[step, 1])
            found.append(Lake(balance, columns[max(step - 1, 0) : step + 1], start, float(depths[step]), curve, line))
    return found


class Curves:
    """A program with a column for what each curve evaporates beyond its line, and the rows that hold it on a line or between hulls."""

    def __init__(self, program: Program, inputs: xr.Dataset, bounds: tuple[Floats, Floats] | None = None) -> None:
        """Add the columns, then a row for the line of each, and its hulls over the storages that bounds allow: the program's, or others."""
        self.lakes = lakes_of(program, inputs)
        count, first = len(self.lakes), len(program.column_lower)
        self.bends = np.arange(first, first + count)
        #: by how much each is above and below its line: nothing, unless plans are sought from lines on which there is none
        self.off = np.arange(first + count, first + 3 * count)
        least, most = np.repeat([-np.inf, 0.0, 0.0], count), np.repeat([np.inf, 0.0, 0.0], count)
        wider = with_free_columns(program, "bend", least, most, np.zeros(3 * count, dtype=bool))
        if count:
            balances = np.array([lake.balance for lake in self.lakes])
            signs = [sign_in(program, lake.balance, lake.stored[-1]) for lake in self.lakes]
            wider = replace(wider, matrix=with_entries(wider.matrix, balances, self.bends, np.array(signs)))
        self.line_rows = len(program.row_lower) + np.arange(count)
        storages = (program.column_lower, program.column_upper) if bounds is None else bounds
        self.ranges = [(lake.mean(storages[0]), lake.mean(storages[1])) for lake in self.lakes]
        rows = [self._line(place, lake.line) for place, lake in enumerate(self.lakes)]
        rows += [row for place in range(count) for row in self._hull(place)]
        self.program = with_rows(wider, rows)
        self._most = np.full(count, np.inf)
        self._stored = np.unique(np.array([column for lake in self.lakes for column in lake.stored], dtype=np.int64))

    def _line(self, place: int, line: tuple[float, float]) -> AddedRow:
        """Row that holds a body on a line, when it is held."""
        lake = self.lakes[place]
        slope, _ = lake.row(line)
        columns = [*lake.stored, self.bends[place], self.off[place], self.off[place + len(self.lakes)]]
        return AddedRow("on_line", columns, [*(-slope for _ in lake.stored), 1.0, -1.0, 1.0], -np.inf, np.inf)

    def _hull(self, place: int) -> list[AddedRow]:
        """Rows that hold a body between its hulls."""
        lake, rows = self.lakes[place], list[AddedRow]()
        for sign, lines in zip((-1.0, 1.0), lake.hull(self.ranges[place]), strict=True):
            for line in lines:
                slope, most = lake.row(line)
                sides = (-np.inf, most + OUTWARD) if sign > 0 else (most - OUTWARD, np.inf)
                rows.append(AddedRow("in_hull", [*lake.stored, self.bends[place]], [*(-slope for _ in lake.stored), 1.0], *sides))
        return rows

    def misses(self, values: Floats) -> Floats:
        """Return the evaporation that a plan misses, by body and step."""
        return np.array([abs(lake.bend(values) - values[bend]) for lake, bend in zip(self.lakes, self.bends, strict=True)])

    def missed(self, values: Floats) -> float:
        """Return the evaporation that a plan misses in all."""
        return float(self.misses(values).sum())

    def near(self, solver: Solver, bounds: tuple[Floats, Floats], values: Floats, radius: float = np.inf) -> None:
        """Hold storages between bounds near those of a plan."""
        at, low, high = (of[self._stored] for of in (values, *bounds))
        solver.column_bounds.put(self._stored, np.maximum(low, at - radius), np.minimum(high, at + radius))

    @property
    def has_lines(self) -> bool:
        """Whether its lines touch a plan."""
        return bool(np.isfinite(self._most).all())

    def touch(self, solver: Solver, values: Floats) -> None:
        """Hold every body on the line that touches its curve at a plan."""
        self.draw(solver, [lake.tangent(values) for lake in self.lakes])

    def draw(self, solver: Solver, lines: Sequence[tuple[float, float]]) -> None:
        """Hold every body on a line."""
        for place, (lake, line) in enumerate(zip(self.lakes, lines, strict=True)):
            slope, self._most[place] = lake.row(line)
            solver.change(int(self.line_rows[place]), lake.stored, [-slope] * len(lake.stored))
        self.hold(solver, on_lines=True)

    def hold(self, solver: Solver, *, on_lines: bool) -> None:
        """Hold every body on its line, or between its hulls alone."""
        free = np.full(len(self.lakes), np.inf)
        solver.row_bounds.put(self.line_rows, *((self._most, self._most) if on_lines else (-free, free)))

    def open(self, solver: Solver, most: float) -> None:
        """Let evaporation be off its line by so much."""
        solver.column_bounds.put(self.off, np.zeros(len(self.off)), np.full(len(self.off), most))


def sign_in(program: Program, balance: int, stored: int) -> float:
    """Which way water that leaves a body counts in its balance: as what it keeps."""
    inside = slice(program.matrix.start[balance], program.matrix.start[balance + 1])
    return float(np.sign(program.matrix.value[inside][program.matrix.column[inside] == stored][0]))
