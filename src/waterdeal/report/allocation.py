"""The allocation table: deliveries against requirements and limits by party, canal and step, in million m3 and in m3/s."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.report.edition import PERCENT, RATE, VOLUME, percent, round_rates
from waterdeal.report.table import Cell, Column, Table
from waterdeal.units import volume_to_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from waterdeal.report.edition import Edition
    from waterdeal.types import Floats
    from waterdeal.words import Words


@dataclass(frozen=True)
class Period:
    """One column of time."""

    heading: str
    group: str
    steps: tuple[int, ...]  # numbers of the steps it covers
    parts: tuple[int, ...] = ()  # numbers of the periods that add up to it; empty for a step


def make_periods(steps: pd.DataFrame, words: Words, *, by_step: bool = True) -> tuple[Period, ...]:
    """Lay the horizon out in columns."""
    periods: list[Period] = []
    months: list[int] = []
    seasons: list[Period] = []
    above = words.text("column.total") if by_step else ""
    for season, in_season in steps.groupby("season", sort=False):
        start = len(months)
        for month, rows in in_season.groupby("month", sort=False):
            _add_month(periods, str(month), rows, words, by_step)
            months.append(len(periods) - 1)
        members = tuple(int(number) for number in in_season.index)
        seasons.append(Period(words.season(str(season)), above, members, tuple(months[start:])))
    if len(seasons) > 1:
        start = len(periods)
        periods += seasons
        parts = tuple(range(start, len(periods)))
        total = words.text("column.horizon")
    else:
        parts, total = tuple(months), seasons[0].heading
    every = tuple(range(len(steps)))
    return (*periods, Period(total, above, every, parts))


def _add_month(periods: list[Period], month: str, rows: pd.DataFrame, words: Words, by_step: bool) -> None:
    """Add the steps of a month and its total; a month that is one step is its own total."""
    heading = words.month(month)
    members = tuple(int(number) for number in rows.index)
    if not by_step:
        periods.append(Period(heading, "", members))
        return
    if len(members) == 1:
        periods.append(Period(words.step_in_month(str(rows["step"].iloc[0])), heading, members))
        return
    first = len(periods)
    periods += [Period(words.step_in_month(str(rows["step"].loc[number])), heading, (number,)) for number in members]
    periods.append(Period(words.text("column.month_total"), heading, members, tuple(range(first, first + len(members)))))


@dataclass(frozen=True)
class Block:
    """Rows under one total: a party with its canals, or a canal with the parties it serves."""

    heading: str  # name of the total row
    members: tuple[int, ...]  # demands below it
    items: tuple[str, ...]  # their names
    limits: tuple[Cell, ...] = ()  # cells of the limit columns in the total row


@dataclass
class _Body:
    """Rows of a table while they are being laid out."""

    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    sums: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def add(self, cells: Sequence[Cell], level: int) -> int:
        """Add a row and return its number."""
        self.rows.append(tuple(cells))
        self.levels.append(level)
        return len(self.rows) - 1


def allocation_tables(edition: Edition) -> tuple[Table, ...]:
    """Make the allocation tables."""
    periods = make_periods(edition.steps, edition.words)
    volumes, rates = _volumes(edition, periods), _rates(edition, periods)
    parties, shared = _party_blocks(edition), _shared_blocks(edition)
    tables = [
        _make_table(edition, "deliveries", periods, volumes, parties),
        _make_table(edition, "delivery_rates", periods, rates, parties),
    ]
    if shared:
        tables.append(_make_table(edition, "shared_canals", periods, volumes, shared))
        tables.append(_make_table(edition, "shared_canal_rates", periods, rates, shared))
    return tuple(tables)


def _volumes(edition: Edition, periods: Sequence[Period]) -> Floats:
    """Printed volumes by demand: each period, the shortage, the requirement."""
    delivered = np.column_stack([edition.printed_delivery[:, list(period.steps)].sum(axis=1) for period in periods])
    short = edition.printed_shortage
    return np.asarray(np.round(np.column_stack([delivered, short, delivered[:, -1] + short]), VOLUME), dtype=float)


def _rates(edition: Edition, periods: Sequence[Period]) -> Floats:
    """Printed mean rates by demand: each period, the shortage, the requirement."""
    delivery, days = edition.results["delivery"].values, edition.steps["days"].to_numpy()
    means = [volume_to_rate(delivery[:, list(period.steps)].sum(axis=1), days[list(period.steps)].sum()) for period in periods]
    short = volume_to_rate(edition.results["shortage"].values.sum(axis=1), days.sum())
    printed = round_rates(np.column_stack([*means, short]), edition.receivers, RATE)
    return np.asarray(np.round(np.column_stack([printed, printed[:, -2] + printed[:, -1]]), RATE), dtype=float)


def _party_blocks(edition: Edition) -> list[Block]:
    """One block a party: its canals, and its limit."""
    demands = edition.results["demand"].values.astype(str)
    blocks = []
    for party in edition.parties:
        members = np.flatnonzero(edition.receivers == party)
        if members.size:
            items = tuple(edition.name(demands[member]) for member in members)
            blocks.append(Block(edition.name(party), tuple(members.tolist()), items, party_limits(edition, (party,))))
    return blocks


def party_limits(edition: Edition, parties: Sequence[str]) -> tuple[Cell, ...]:
    """Limit of parties, what was counted against it, and its share in per cent."""
    results = edition.results
    chosen = np.isin(results["entitlement_party"].values, list(parties)) & (results["entitlement_measure"].values == "limit")
    if not chosen.any():
        return None, None, None
    limits, counted = results["entitlement_volume"].values[chosen], results["entitlement_delivered"].values[chosen]
    printed = [float(np.round(np.round(values, VOLUME).sum(), VOLUME)) for values in (limits, counted)]
    return printed[0], printed[1], percent(float(counted.sum()), float(limits.sum()))


def _shared_blocks(edition: Edition) -> list[Block]:
    """One block a canal or offtake that serves several parties."""
    nodes, demands = edition.results["demand_node"].values.astype(str), edition.results["demand"].values.astype(str)
    blocks = []
    for node in dict.fromkeys(nodes.tolist()):
        members = np.flatnonzero(nodes == node)
        if len(set(edition.receivers[members].tolist())) > 1:
            served = edition.receivers[members]
            twice = [served.tolist().count(party) > 1 for party in served]
            whom = [edition.name(demands[row] if many else party) for row, party, many in zip(members, served, twice, strict=True)]
            items = tuple(edition.text("row.of_which", party=name) for name in whom)
            blocks.append(Block(edition.name(node), tuple(members.tolist()), items))
    return blocks


def _make_table(edition: Edition, name: str, periods: Sequence[Period], numbers: Floats, blocks: Sequence[Block]) -> Table:
    """Lay out a table of blocks."""
    digits = RATE if "rate" in name else VOLUME
    with_limits = name == "deliveries"
    total = len(periods)
    body = _lay_out(edition, numbers, blocks, digits)
    if with_limits or name == "delivery_rates":
        _add_grand_total(edition, body, numbers, blocks, digits)
    rows = body.rows if with_limits else [row[: total + 4] for row in body.rows]
    tail = [Column(edition.text(f"column.{key}"), digits=digits) for key in ("shortage", "requirement")]
    tail.append(Column(edition.text("column.supply_percent"), digits=PERCENT, summed=False))
    if with_limits:
        tail += [Column(edition.text(f"column.{key}"), digits=VOLUME) for key in ("limit", "counted")]
        tail.append(Column(edition.text("column.limit_percent"), digits=PERCENT, summed=False))
    first = Column(edition.text("column.shared" if name.startswith("shared") else "column.party_canal"), width=40)
    sums = {number + 1: tuple(part + 1 for part in period.parts) for number, period in enumerate(periods) if period.parts}
    notes = ("note.limit_counts",) if with_limits else ("note.rates",) if "rate" in name else ("note.shared",)
    return Table(
        name,
        edition.text(f"sheet.{name}"),
        edition.text(f"title.{name}"),
        edition.text("unit.rate" if "rate" in name else "unit.volume"),
        (first, *(Column(period.heading, period.group, digits) for period in periods), *tail),
        tuple(rows),
        tuple(body.levels),
        body.sums,
        {**({} if "rate" in name else sums), total + 2: (total, total + 1)},
        tuple(edition.text(note) for note in notes),
    )


def _lay_out(edition: Edition, numbers: Floats, blocks: Sequence[Block], digits: int) -> _Body:
    """Lay out each block: its total, then its items."""
    body = _Body()
    blank: tuple[Cell, ...] = (None, None, None)
    for block in blocks:
        head = body.add((block.heading, *_cells(edition, numbers, block.members, digits), *(block.limits or blank)), 1)
        items = [
            body.add((item, *_cells(edition, numbers, (member,), digits), *blank), 2)
            for item, member in zip(block.items, block.members, strict=True)
        ]
        body.sums[head] = tuple(items)
    return body


def _add_grand_total(edition: Edition, body: _Body, numbers: Floats, blocks: Sequence[Block], digits: int) -> None:
    """Add the total of all parties."""
    members = tuple(member for block in blocks for member in block.members)
    limits = list(party_limits(edition, edition.parties))
    for place in (0, 1):
        cells = [block.limits[place] for block in blocks]
        filled = [cell for cell in cells if isinstance(cell, float)]
        limits[place] = round(sum(filled), VOLUME) if filled else None
    row = body.add((edition.text("row.all_parties"), *_cells(edition, numbers, members, digits), *limits), 0)
    body.sums[row] = tuple(body.sums)


def _cells(edition: Edition, numbers: Floats, members: Sequence[int], digits: int) -> tuple[Cell, ...]:
    """Cells of the sum of some demands, with the share of the requirement that is supplied."""
    chosen = list(members)
    sums = np.round(numbers[chosen].sum(axis=0), digits) + 0.0
    delivered = float(edition.results.variables["delivery"].values[chosen].sum())
    required = float(edition.results.variables["requirement"].values[chosen].sum())
    return (*(float(value) for value in sums), percent(delivered, required))
