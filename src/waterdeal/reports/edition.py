"""One result in one language: what every table of a report starts from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.controlled import Sums, round_controlled, sets_of
from waterdeal.reports.quantity import Teller
from waterdeal.reports.table import Body, Column, Table
from waterdeal.results.records import held_against_record
from waterdeal.results.tables import party_order, round_to_total, step_table
from waterdeal.variables import names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    import pandas as pd
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.reports.table import Cell
    from waterdeal.results.records import Held
    from waterdeal.types import Floats
    from waterdeal.words import Words


def round_tree(values: Floats, levels: Sequence[NDArray[np.str_]], digits: int, total: float | None = None) -> Floats:
    """Round values whose group totals are printed as well: first the total, then the groups, then the values.

    Examples
    --------
    >>> round_tree(np.array([0.34, 0.34, 0.34]), [np.array(["a", "a", "b"])], 1).tolist()
    [0.4, 0.3, 0.3]
    """
    if not levels:
        return round_to_total(values, digits, total)
    groups = list(dict.fromkeys(levels[0].tolist()))
    members = [levels[0] == group for group in groups]
    sums = round_to_total(np.array([values[member].sum() for member in members]), digits, total)
    rounded = np.zeros(len(values))
    for member, group_sum in zip(members, sums, strict=True):
        rounded[member] = round_tree(values[member], [level[member] for level in levels[1:]], digits, float(group_sum))
    return rounded


def round_rates(values: Floats, groups: NDArray[np.str_], digits: int) -> Floats:
    """Round rates by (item, column): in each column, the total and those of groups are sums of what is printed."""
    return np.array([round_tree(column, [groups], digits) for column in values.T]).reshape(values.T.shape).T


#: decimals of volumes (million m3, GWh), rates (m3/s), percentages and water levels (m)
VOLUME, RATE, PERCENT, LEVEL = 1, 1, 1, 2
#: what can stand in a column: decimals, unit (a key of ``unit.*``), and whether cells add up down the rows; rates of several steps
#: (`rate`; those of one step are `rates`), percentages and levels do not
KINDS: dict[str, tuple[int | None, str, bool]] = {
    "text": (None, "", True), "figure": (VOLUME, "", False), "percent": (PERCENT, "", False),
    "count": (0, "none", False), "volume": (VOLUME, "volume", True), "stored": (VOLUME, "volume", False), "level": (LEVEL, "level", False),
    "rate": (RATE, "rate", False), "rates": (RATE, "rate", True), "energy": (VOLUME, "energy", True), "salt": (LEVEL, "salt", False),
    "load": (VOLUME, "load", True), "area": (VOLUME, "area", True), "money": (VOLUME, "money", True), "yield": (LEVEL, "yield", False),
}  # fmt: skip


@dataclass(frozen=True)
class Edition:
    """A result to be printed in a language."""

    results: xr.Dataset  # results of a plan
    words: Words  # the language
    off: list[float] = field(default_factory=list, compare=False)  # sums that no rounding brings within one unit, in units

    def round_volumes(self, values: Floats, groups: Sequence[NDArray[np.str_]], beside: Floats | None = None) -> Floats:
        """Round volumes by (item, step): the totals of groups, items, seasons and months, each with each, are near what they are of.

        Beside the steps may stand a last column, e.g. of shortages, whose sum with all of them is printed as well.
        """
        table = values if beside is None else np.column_stack([values, beside])
        named = (self.steps[span].to_numpy(dtype=str) for span in ("season", "month"))
        spans = [np.flatnonzero(names == name) for names in named for name in dict.fromkeys(names.tolist())]
        members = [np.flatnonzero(names == name) for names in groups for name in dict.fromkeys(names.tolist())]
        columns = sets_of(table.shape[1], [*spans, np.arange(len(self.steps))])
        return round_controlled(table, [Sums(sets_of(len(table), members), columns)], VOLUME, self.off)

    @cached_property
    def read(self) -> Mapping[Any, xr.Variable]:
        """Results without their labels, which take xarray a fifth of a millisecond each time."""
        return self.results.variables

    @cached_property
    def tell(self) -> Teller:
        """Teller of names and quantities in the language."""
        return Teller(self.words, names_of(self.results))

    @cached_property
    def steps(self) -> pd.DataFrame:
        """Steps of the horizon."""
        return step_table(self.results)

    @cached_property
    def held(self) -> Held:
        """The plan beside what was ever recorded."""
        return held_against_record(self.results)

    @cached_property
    def parties(self) -> list[str]:
        """Parties in the order of the basin."""
        return party_order(self.results)

    @cached_property
    def receivers(self) -> NDArray[np.str_]:
        """Party that receives each delivery."""
        return self.read["demand_party"].values.astype(str)

    @cached_property
    def printed_use(self) -> Floats:
        """Deliveries by (demand, step), and in a last column shortages over the horizon; all totals printed are sums of these."""
        read = self.read
        nodes = read["demand_node"].values.astype(str)
        return self.round_volumes(read["delivery"].values, [self.receivers, nodes], read["shortage"].values.sum(axis=1))

    @property
    def printed_delivery(self) -> Floats:
        """Deliveries by (demand, step) as printed."""
        return self.printed_use[:, :-1]

    @property
    def printed_shortage(self) -> Floats:
        """Shortage of each demand over the horizon as printed; with what is delivered it makes the requirement."""
        return self.printed_use[:, -1]

    @cached_property
    def is_requirement_met_or_missed(self) -> bool:
        """Whether what is delivered and what is short make up every requirement; fields may get more than theirs."""
        read = self.results
        return bool(np.abs(read["delivery"] + read["shortage"] - read["requirement"]).max() < 1e-6) if read.sizes["demand"] else True

    @cached_property
    def printed_requirement(self) -> Floats:
        """Requirement of each demand as printed: the sum of delivery and shortage as printed, wherever it is their sum."""
        if self.is_requirement_met_or_missed:
            return np.asarray(np.round(self.printed_use.sum(axis=1), VOLUME))
        return round_tree(self.read["requirement"].values.sum(axis=1), [self.receivers], VOLUME)

    @cached_property
    def printed_energy(self) -> Floats:
        """Energy by (plant, step), rounded so that every total printed is the sum of what is printed."""
        return self.round_volumes(self.read["energy"].values, [self.read["plant_party"].values.astype(str)])

    @cached_property
    def printed_entitlements(self) -> tuple[Floats, Floats]:
        """Volume of each entitlement, and what was counted against it, as printed: those of each party and kind add up."""
        read = self.read
        owners = np.char.add(np.char.add(read["entitlement_measure"].values.astype(str), " "), read["entitlement_party"].values.astype(str))
        volume, counted = (round_tree(read[f"entitlement_{name}"].values, [owners], VOLUME) for name in ("volume", "delivered"))
        return volume, counted

    def name(self, key: str) -> str:
        """Name of a place in the language."""
        return self.tell.name(key)

    def text(self, key: str, **values: object) -> str:
        """Text in the language."""
        return self.words.text(key, **values)

    def unit(self, name: str) -> str:
        """Unit in the language; nothing where it has no name."""
        return self.text(f"unit.{name}") if name else ""

    def table(self, name: str, unit: str, columns: Iterable[Any], body: Body | Iterable[Sequence[Cell]], **more: Any) -> Table:
        """Make a table.

        A column is declared by its key among ``column.*``, its kind and its width, from which heading, unit and decimals follow; it may
        be told already, as may a note, else a key among ``note.*``.
        """
        made = tuple(column if isinstance(column, Column) else self._column(unit, *column) for column in columns)
        laid = body if isinstance(body, Body) else Body([tuple(cells) for cells in body])
        sheet = self.text(f"sheet.{name}")
        head = (sheet, self.words.text_or(f"title.{name}", sheet), self.unit(unit))
        notes = tuple(self.words.text_or(f"note.{note}", note) for note in more.pop("notes", ()))
        if self.off:
            notes = (*notes, self.text("rounding.off", units=self.words.number(max(self.off))))
        return Table(name, *head, made, tuple(laid.rows), tuple(laid.levels), laid.sums, notes=notes, **more)

    def _column(self, of_table: str, key: str, kind: str = "text", width: int = 0) -> Column:
        """Make a column; its unit is told where it is not that of the table."""
        digits, unit, summed = KINDS[kind]
        return Column(self.text(f"column.{key}"), "", digits, "" if unit in {of_table, "none"} else self.unit(unit), width, summed)

    def by_party(self, owners: NDArray[np.str_], items: Sequence[str], cells: Callable[[Sequence[int], int], Iterable[Cell]]) -> Body:
        """Lay out a block for each party that owns something, its sum (level 1) before its items (2), and the sum of all (0)."""
        body = Body()
        for party in self.parties:
            members = np.flatnonzero(owners == party).tolist()
            if members:
                body.block((self.name(party), *cells(members, 1)), [(items[member], *cells([member], 2)) for member in members])
        if body.rows:
            body.total((self.text("row.all_parties"), *cells(range(len(owners)), 0)))
        return body


def sum_cells(values: Floats, members: Sequence[int], digits: int) -> tuple[float, ...]:
    """Cells of the sum of some rows as printed."""
    return tuple((np.round(values[list(members)].sum(axis=0), digits) + 0.0).tolist())


def printed_rows(edition: Edition, table: Table, places: Iterable[int], levels: Container[int] = (0, 1, 2)) -> list[list[str]]:
    """Rows of a table as text: some columns, some levels, numbers as the language writes them."""
    shown = [(place, table.columns[place].digits or 0) for place in places]
    return [
        [cell if isinstance(cell := cells[place], str) else edition.words.number(cell, digits) for place, digits in shown]
        for row, cells in enumerate(table.rows)
        if table.level(row) in levels
    ]


def percent(part: float, whole: float) -> float | None:
    """Part of a whole in per cent as printed; None where the whole is nothing."""
    return round(100.0 * part / whole, PERCENT) + 0.0 if whole > 1e-9 else None


def figure(value: float | None, digits: int) -> float | None:
    """Round a figure as printed; None where there is none."""
    return None if value is None or not np.isfinite(value) else round(float(value), digits) + 0.0
