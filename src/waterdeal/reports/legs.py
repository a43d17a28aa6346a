"""The legs of contracts month by month: who sends what to whom, in energy, water, goods and money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.reports.edition import VOLUME
from waterdeal.reports.table import Body, Column
from waterdeal.results.legs import Leg, contract_legs
from waterdeal.results.tables import round_to_total

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waterdeal.reports.edition import Edition
    from waterdeal.reports.table import Cell, Table
    from waterdeal.types import Floats

#: decimals of money, and width of a column
MONEY, WIDTH = 2, 14


@dataclass(frozen=True)
class LegColumn:
    """A leg by month, or what is paid for it."""

    leg: Leg
    heading: str
    unit: str
    cells: tuple[float | None, ...]  # by month, as printed
    total: float | None  # None where months do not add up
    digits: int = VOLUME


def leg_columns(edition: Edition) -> tuple[list[str], list[LegColumn]]:
    """Return the months in which a leg speaks, and the legs by month as planned; of those that no row carries what is agreed."""
    steps = edition.steps["month"].to_numpy(dtype=str)
    months = list(dict.fromkeys(steps.tolist()))
    members = [np.flatnonzero(steps == month) for month in months]
    columns = [column for leg in contract_legs(edition.results) for column in _columns(edition, leg, members)]
    columns = [column for column in columns if any(cell is not None for cell in column.cells)]
    told = [place for place in range(len(months)) if any(column.cells[place] is not None for column in columns)]
    return [months[place] for place in told], [replace(one, cells=tuple(one.cells[place] for place in told)) for one in columns]


def _columns(edition: Edition, leg: Leg, members: Sequence[np.ndarray[tuple[int], np.dtype[np.int64]]]) -> Iterator[LegColumn]:
    """Columns of a leg: its amounts, and money where it has a price."""
    past = len(leg.planned) - len(edition.steps)
    amount = (leg.planned if leg.quantity else leg.due())[past:]
    open_steps = np.isin(np.arange(len(amount)) + past, leg.speaks())
    heading, unit = leg_heading(edition, leg), edition.unit({"GWh": "energy", "hm3": "volume", "t": "tonnes"}.get(leg.unit, ""))
    unit = unit or edition.text("settlement.millions", currency=leg.unit)
    if leg.quantity == "storage":
        ends = [round(float(amount[inside[-1]]), VOLUME) for inside in members]
        yield LegColumn(leg, heading, unit, tuple(ends), None)
        return
    yield _added(leg, heading, unit, np.where(open_steps, amount, np.nan), members)
    price = leg.price[past:]
    if np.isfinite(price).any() and leg.quantity:
        paid = edition.text("settlement.paid", party=edition.tell.all_names(leg.takers))
        yield _added(leg, paid, edition.unit("money"), np.where(open_steps, amount * price, np.nan), members, MONEY)


def _added(
    leg: Leg, heading: str, unit: str, values: Floats, members: Sequence[np.ndarray[tuple[int], np.dtype[np.int64]]], digits: int = VOLUME
) -> LegColumn:  # fmt: skip
    """Make a column of sums of months, whose total is what is printed of them."""
    sums = np.array([np.nansum(values[inside]) if np.isfinite(values[inside]).any() else np.nan for inside in members])
    known = np.isfinite(sums)
    printed = round_to_total(sums[known], digits, None)
    cells = np.full(len(sums), np.nan)
    cells[known] = printed
    told = tuple(None if np.isnan(cell) else float(cell) for cell in cells)
    return LegColumn(leg, heading, unit, told, round(float(printed.sum()), digits), digits)


def leg_heading(edition: Edition, leg: Leg) -> str:
    """Name a leg: what goes from whom to whom, and that it is not in the balance where that is so."""
    name, text = edition.tell.all_names, edition.text
    sides = " → ".join(filter(None, (name(leg.givers), name(leg.takers))))
    told = f"{text(f'part.{leg.name}')}: {sides}" if sides else text(f"part.{leg.name}")
    return told if leg.carried else text("settlement.not_in_balance", leg=told)


def contract_table(edition: Edition) -> Table:
    """Make the table of all legs by month."""
    months, columns = leg_columns(edition)
    body = Body()
    if columns:
        for place, month in enumerate(months):
            body.add((edition.words.month(month), *(column.cells[place] for column in columns)))
        total: list[Cell] = [edition.text("row.total"), *(column.total for column in columns)]
        body.total(total)
    group = dict.fromkeys(column.leg.contract for column in columns)
    several = len(group) > 1
    told = (Column(column.heading, column.leg.contract if several else "", column.digits, column.unit, WIDTH, column.total is not None)
            for column in columns)  # fmt: skip
    return edition.table("contract", "", [("month", "text", 18), *told], body, notes=("contract",))
