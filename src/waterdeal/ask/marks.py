"""What may dry, as columns of a program: of each body and link whether it does in a step, from nothing to one.

Dead storage binds the outlets, not the sun, and no link loses more than there is (`solve.drying`). *Held*, each column is a mark of what
dries and what does not, and the program is that of one choice. *Free*, it holds every choice, as whole numbers or, wider still, as shares:
what has no plan then has none whatever dries.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waterdeal.ask.curves import STORAGES, sign_in
from waterdeal.lp.extend import AddedRow, with_entries, with_free_columns, with_rows
from waterdeal.scenario.parts_schema import physics_of

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats

#: a share from which a mark is set
HALF = 0.5


class _Dries(NamedTuple):
    """A body that may dry in a step."""

    body: int
    step: int
    lowest: float  # least that it may hold then
    most_lost: float  # most that it may lose in the step while it dries


class Marks:
    """A program with columns for what dries, and for what would be lost and is not there; at first nothing dries."""

    def __init__(self, program: Program, inputs: xr.Dataset) -> None:
        """Add the columns, and rows by which they open what binds the wet and close what the dry cannot do."""
        self.inputs, self._added = inputs, list[AddedRow]()
        self._bodies = _bodies(inputs)
        lost = inputs["loss_fixed"].values if "loss_dries" in inputs else np.zeros((0, 0))
        self._links = list(zip(*(part.tolist() for part in np.nonzero(lost)), strict=True))
        count, first = len(self._bodies), len(program.column_lower)
        #: whether each body is below its outlets, and empty, what would evaporate of it and is not there, and whether each link is dry
        self._below, self._empty, self._unmet = first + np.arange(3 * count).reshape(3, count)
        self._dry = first + 3 * count + np.arange(len(self._links))
        self.columns = np.concatenate([self._below, self._empty, self._dry])
        self.marked = np.zeros(len(self.columns))
        new = np.zeros(3 * count + len(self._links))
        self._lower, self._upper = np.append(program.column_lower, new), np.append(program.column_upper, new + 1)
        self._upper[self._unmet] = np.inf
        self.program = self._wider(program, new) if self.columns.size else program
        self._rows = np.arange(len(program.row_lower), len(self.program.row_lower))
        changed = (self.program.column_lower != self._lower) | (self.program.column_upper != self._upper)
        self._changed = np.flatnonzero(changed)

    def _wider(self, program: Program, new: Floats) -> Program:
        """Return the program with columns and rows; none of the rows binds while nothing dries."""
        wider = with_free_columns(program, "mark", new, new, np.zeros(len(new), dtype=bool))
        steps, water, entries = self.inputs["step"].values.tolist(), _all_water(self.inputs), list[tuple[int, int, float]]()
        balances, outlets = program.rows_of("water_balance"), _outlets(program)
        families = [family for family in program.columns if family.name in STORAGES]
        for place, dries in enumerate(self._bodies):
            label = (str(self.inputs["reservoir"].values[dries.body]), steps[dries.step])
            family = next(family for family in families if family.place_of(label) is not None)
            stored, balance = family.start + (family.place_of(label) or 0), balances.start + (balances.place_of(label) or 0)
            entries.append((balance, int(self._unmet[place]), -sign_in(program, balance, stored)))
            self._body(place, stored)
            self._close(wider, label[0], dries.step, int(self._below[place]), water)
            entries += [(row, int(self._below[place]), -_opened(wider, row)) for row in outlets.get(label, ())]
        for place, (link, step) in enumerate(self._links):
            self._link(wider, int(self._dry[place]), link, step, water)
        if entries:
            rows, columns, values = zip(*sorted(entries), strict=True)
            matrix = with_entries(wider.matrix, np.array(rows), np.array(columns), np.array(values))
            wider = replace(wider, matrix=matrix)
        return with_rows(wider, [row._replace(lower=-np.inf, upper=np.inf) for row in self._added])

    def _body(self, place: int, stored: int) -> None:
        """Open dead storage to a body that dries; one that is empty holds nothing, and only of one does less evaporate."""
        dries, below, empty, unmet = self._bodies[place], *(int(of[place]) for of in (self._below, self._empty, self._unmet))
        least, most = float(self._lower[stored]), float(self._upper[stored])
        self._lower[stored] = dries.lowest
        self._added += [
            AddedRow("dead_storage", [stored, below], [1.0, least - dries.lowest], least, np.inf),
            AddedRow("emptied_below", [below, empty], [-1.0, 1.0], -np.inf, 0.0),
            AddedRow("unmet_where_empty", [unmet, empty], [1.0, -dries.most_lost], -np.inf, 0.0),
        ]
        if dries.lowest > 0:
            self._upper[empty] = 0.0
        elif np.isfinite(most):
            self._added.append(AddedRow("emptied", [stored, empty], [1.0, most], -np.inf, most))

    def _close(self, wider: Program, name: str, step: int, mark: int, water: float) -> None:
        """Let nothing leave a body that dries, nor be delivered from it."""
        count = self.inputs.sizes["time"]
        for family, at in (("flow", "link_from"), ("demand.delivery", "demand_node")):
            for number in np.flatnonzero(self.inputs[at].values == name).tolist():
                self._none(wider.columns_of(family).start + number * count + step, mark, water)

    def _none(self, column: int, mark: int, water: float) -> None:
        """Let a column be nothing where a mark is set."""
        least, most = float(self._lower[column]), min(float(self._upper[column]), water)
        self._added.append(AddedRow("closed", [column, mark], [1.0, most], -np.inf, most))
        if least > 0:
            self._lower[column] = 0.0
            self._added.append(AddedRow("open", [column, mark], [1.0, least], least, np.inf))

    def _link(self, wider: Program, mark: int, link: int, step: int, water: float) -> None:
        """Let a link that is dry lose all that enters, and one that is not no less than its loss."""
        losing = np.flatnonzero(self.inputs["loss_fixed"].values.any(axis=1)).tolist()
        place = losing.index(link) * self.inputs.sizes["time"] + step
        unmet, left = (wider.columns_of(f"fixed_loss.{name}").start + place for name in ("unmet", "left"))
        lost = float(self.inputs["loss_fixed"].values[link, step])
        self._upper[unmet] = lost
        self._added += [
            AddedRow("unmet_where_dry", [unmet, mark], [1.0, -lost], -np.inf, 0.0),
            AddedRow("left_where_wet", [left, mark], [1.0, water], -np.inf, water),
        ]
        if str(self.inputs["link_kind"].values[link]) == "canal":
            self._none(wider.columns_of("flow").start + link * self.inputs.sizes["time"] + step, mark, water)

    def hold(self, solver: Solver) -> None:
        """Hold each at its mark."""
        self._open(solver, is_open=bool(self.marked.any()))
        solver.column_bounds.put(self.columns, self.marked, self.marked)

    def free(self, solver: Solver) -> None:
        """Let anything dry that may."""
        self._open(solver, is_open=True)

    def _open(self, solver: Solver, *, is_open: bool) -> None:
        """Let the rows bind and the bounds of what may dry be open, or leave the program as it is where nothing dries."""
        lower, upper = (self._lower, self._upper) if is_open else (self.program.column_lower, self.program.column_upper)
        solver.column_bounds.put(self._changed, lower[self._changed], upper[self._changed])
        free = np.full(len(self._rows), np.inf)
        sides = (np.array([row.lower for row in self._added]), np.array([row.upper for row in self._added])) if is_open else (-free, free)
        solver.row_bounds.put(self._rows, *sides)

    def freed(self) -> Program:
        """Return the program in which anything dries that may."""
        row_lower, row_upper = self.program.row_lower.copy(), self.program.row_upper.copy()
        row_lower[self._rows], row_upper[self._rows] = [row.lower for row in self._added], [row.upper for row in self._added]
        return replace(self.program, column_lower=self._lower, column_upper=self._upper, row_lower=row_lower, row_upper=row_upper)

    def bounds(self, *, is_open: bool | None = None) -> tuple[Floats, Floats]:
        """Return the bounds of columns where what may dry is open, as its marks ask for unless told; marks themselves apart."""
        is_open = bool(self.marked.any()) if is_open is None else is_open
        return (self._lower, self._upper) if is_open else (self.program.column_lower, self.program.column_upper)

    def whole(self, program: Program) -> Program:
        """Return a program in which each is a whole number."""
        integer = program.integer.copy() if program.integer.size else np.zeros(len(program.column_lower), dtype=bool)
        integer[self.columns] = True
        return replace(program, integer=integer if integer.any() else integer[:0])

    def mark(self, values: Floats | None) -> None:
        """Take the marks of a point where each is whole; of none, that nothing dries."""
        self.marked = np.zeros(len(self.columns)) if values is None else (values[self.columns] > HALF).astype(float)

    def take(self, marks: xr.Dataset) -> None:
        """Take the marks of some inputs."""
        self.marked = np.zeros(len(self.columns))
        count = len(self._bodies)
        for place, dries in enumerate(self._bodies):
            how = marks["storage_dries"].values[dries.body, dries.step]
            self.marked[[place, count + place]] = how >= 1, how > 1
        for place, (link, step) in enumerate(self._links):
            self.marked[2 * count + place] = marks["loss_dries"].values[link, step] == 1

    def found(self) -> dict[str, Floats]:
        """Return the marks as inputs have them."""
        if not self.columns.size:
            return {}
        marks = {name: np.zeros(self.inputs[name].shape) for name in ("storage_dries", "loss_dries")}
        below, empty, dry = np.split(self.marked, [len(self._bodies), 2 * len(self._bodies)])
        for dries, *how in zip(self._bodies, below, empty, strict=True):
            marks["storage_dries"][dries.body, dries.step] = sum(how)
        for (link, step), mark in zip(self._links, dry, strict=True):
            marks["loss_dries"][link, step] = mark
        return marks


def most_lost(inputs: xr.Dataset) -> Floats:
    """Most that each body loses in a step at its dead storage or below, hm3, by the curve of its area or by its line."""
    dead = np.repeat(inputs["storage_dead"].values[:, None], inputs.sizes["time"], axis=1)
    area = np.maximum(inputs["area_intercept"].values + inputs["area_slope"].values * dead, 0.0)
    for body in range(len(dead) if physics_of(inputs).evaporation == "curve" else 0):
        known = np.isfinite(inputs["curve_volume"].values[body])
        if known.any():
            area[body] = np.interp(dead[body], inputs["curve_volume"].values[body][known], inputs["curve_area"].values[body][known])
    return np.asarray(np.maximum(inputs["evaporation_depth"].values, 0.0) * area + inputs["seepage_share"].values * dead)


def lowest(inputs: xr.Dataset) -> Floats:
    """Least that each body may hold at the end of each step, were it never above its dead storage and filled by nothing, hm3."""
    least, dead = inputs["storage_min"].values, inputs["storage_dead"].values[:, None]
    start = np.minimum.accumulate(np.minimum(least, inputs["storage_initial"].values[:, None]), axis=1)
    return np.where(least <= dead, np.maximum(start - np.cumsum(most_lost(inputs), axis=1), 0.0), least)


def _bodies(inputs: xr.Dataset) -> list[_Dries]:
    """Bodies and steps that may fall below dead storage, or be empty; an empty one was no larger than twice what evaporates of its area."""
    if "storage_dries" not in inputs:  # runs of old tell none
        return []
    least, low, lost = inputs["storage_min"].values, lowest(inputs), np.cumsum(most_lost(inputs), axis=1)
    full = np.where(np.isfinite(inputs["storage_max"].values), inputs["storage_max"].values, 0.0)
    area = np.nan_to_num(inputs["curve_area"].values).max(axis=1, initial=0.0)[:, None]
    area = np.maximum(area, inputs["area_intercept"].values + np.maximum(inputs["area_slope"].values, 0.0) * full)
    most = 2 * np.maximum(inputs["evaporation_depth"].values, 0.0) * area
    able = (least <= inputs["storage_dead"].values[:, None]) & (lost > 0)
    return [_Dries(body, step, float(low[body, step]), float(most[body, step])) for body, step in np.argwhere(able).tolist()]


def _opened(program: Program, row: int) -> float:
    """Return by how much a line of an outlet may be below nothing."""
    inside = slice(program.matrix.start[row], program.matrix.start[row + 1])
    columns, values = program.matrix.column[inside], program.matrix.value[inside]
    upper = np.where(np.isfinite(program.column_upper[columns]), program.column_upper[columns], 0.0)
    return abs(float(program.row_upper[row])) + float(np.abs(values * upper)[np.abs(values) != 1.0].sum())


def _outlets(program: Program) -> dict[tuple[str, str], list[int]]:
    """Rows of the lines of outlets, by body and step."""
    found: dict[tuple[str, str], list[int]] = {}
    for family in program.rows:
        if family.name == "reservoir.outlet_limit":
            for place, (_, body, step) in enumerate(family.indices()):
                found.setdefault((body, step), []).append(family.start + place)
    return found


def _all_water(inputs: xr.Dataset) -> float:
    """All water that can be in the river over the horizon, hm3: more enters no link in a step."""
    known = ("storage_initial", "runoff", "arrival_past", "return_past", "requirement")
    return 1.0 + sum(float(np.maximum(inputs[name].values, 0.0).sum()) for name in known if name in inputs)
