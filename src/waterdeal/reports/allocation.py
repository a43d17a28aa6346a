"""The allocation table: deliveries against requirements and limits by party, canal and step, in million m3 and in m3/s."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.controlled import Sums, round_controlled, sets_of
from waterdeal.reports.edition import KINDS, RATE, VOLUME, percent, sum_cells
from waterdeal.reports.sharing import sharing_notes
from waterdeal.reports.table import Body, Column
from waterdeal.results.tables import equal_by_construction
from waterdeal.units import volume_to_rate

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd

    from waterdeal.reports.edition import Edition
    from waterdeal.reports.table import Cell, Table
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
            whole = [Period(words.month(str(month)), "", tuple(rows.index))]
            periods += _month(len(periods), str(month), rows, words) if by_step else whole
            months.append(len(periods) - 1)
        members = tuple(int(number) for number in in_season.index)
        seasons.append(Period(words.season(str(season)), above, members, tuple(months[start:])))
    every = tuple(range(len(steps)))
    if len(seasons) == 1:
        return (*periods, Period(seasons[0].heading, above, every, tuple(months)))
    parts = tuple(range(len(periods), len(periods) + len(seasons)))
    return (*periods, *seasons, Period(words.text("column.horizon"), above, every, parts))


def _month(first: int, month: str, rows: pd.DataFrame, words: Words) -> list[Period]:
    """Steps of a month, of which the first is the period of a number, and its total; a month that is one step is its own total."""
    heading, members = words.month(month), tuple(rows.index)
    steps = [Period(words.step_in_month(str(step)), heading, (number,)) for number, step in zip(members, rows["step"], strict=True)]
    total = Period(words.text("column.month_total"), heading, members, tuple(range(first, first + len(members))))
    return [*steps, total] if len(members) > 1 else steps


def allocation_tables(edition: Edition) -> tuple[Table, ...]:
    """Make the allocation tables: by party, and by canal that serves several parties."""
    periods = make_periods(edition.steps, edition.words)
    volumes, rates = printed_volumes(edition, periods), printed_rates(edition, periods)
    items = [edition.name(demand) for demand in edition.results["demand"].values.astype(str)]

    def counted(members: Sequence[int], level: int) -> tuple[Cell, ...]:
        return (*_cells(edition, volumes, members, VOLUME), *_limits(edition, members, level))

    by_rate = edition.by_party(edition.receivers, items, lambda members, _: _cells(edition, rates, members, RATE))
    return (
        _make_table(edition, "deliveries", "volume", periods, edition.by_party(edition.receivers, items, counted)),
        _make_table(edition, "delivery_rates", "rates", periods, by_rate),
        _make_table(edition, "shared_canals", "volume", periods, _shared(edition, volumes, VOLUME)),
        _make_table(edition, "shared_canal_rates", "rates", periods, _shared(edition, rates, RATE)),
    )


def printed_volumes(edition: Edition, periods: Sequence[Period]) -> Floats:
    """Printed volumes by demand: each period, the shortage, the requirement."""
    delivered = np.column_stack([edition.printed_delivery[:, list(period.steps)].sum(axis=1) for period in periods])
    table = np.column_stack([delivered, edition.printed_shortage, edition.printed_requirement])
    return np.asarray(np.round(table, VOLUME), dtype=float)


def printed_rates(edition: Edition, periods: Sequence[Period]) -> Floats:
    """Printed mean rates by demand: each period, the shortage, the requirement."""
    delivery, days = edition.read["delivery"].values, edition.steps["days"].to_numpy()
    means = [volume_to_rate(delivery[:, list(period.steps)].sum(axis=1), days[list(period.steps)].sum()) for period in periods]
    short = volume_to_rate(edition.read["shortage"].values.sum(axis=1), days.sum())
    required = volume_to_rate(edition.read["requirement"].values.sum(axis=1), days.sum())
    if edition.is_requirement_met_or_missed:
        return _rates_that_add_up(edition, np.column_stack(means), short)
    return _rates_by_column(edition, np.column_stack([*means, short, required]))


def _rates_that_add_up(edition: Edition, means: Floats, short: Floats) -> Floats:
    """Printed rates of which that of the horizon and the shortage make the requirement."""
    last = round_controlled(np.column_stack([means[:, -1], short]), [Sums(_rows_printed(edition), sets_of(2))], RATE, edition.off)
    table = np.column_stack([_rates_by_column(edition, means[:, :-1]), last, last.sum(axis=1)])
    return np.asarray(np.round(table, RATE), dtype=float)


def _rates_by_column(edition: Edition, rates: Floats) -> Floats:
    """Printed rates of which each column adds up by itself."""
    return round_controlled(rates, [Sums(_rows_printed(edition), np.eye(rates.shape[1]))], RATE, edition.off)


def _rows_printed(edition: Edition) -> Floats:
    """Sets of demands of which sums are printed: of each party, and of each place that serves several."""
    nodes = edition.read["demand_node"].values.astype(str)
    owned = [np.flatnonzero(edition.receivers == party) for party in edition.parties]
    return sets_of(len(nodes), [*owned, *(np.flatnonzero(nodes == node) for node in dict.fromkeys(nodes.tolist()))])


def party_limits(edition: Edition, parties: Collection[str]) -> tuple[float | None, ...]:
    """Limit of parties, what was counted against it, and its share in per cent."""
    read = edition.read
    chosen = np.isin(read["entitlement_party"].values, list(parties)) & (read["entitlement_measure"].values == "limit")
    if not chosen.any():
        return None, None, None
    limits, counted = read["entitlement_volume"].values[chosen], read["entitlement_delivered"].values[chosen]
    printed = [float(np.round(values[chosen].sum(), VOLUME)) for values in edition.printed_entitlements]
    is_told = not (equal_by_construction(edition.results) & chosen).any()
    return printed[0], printed[1], percent(float(counted.sum()), float(limits.sum())) if is_told else None


def _limits(edition: Edition, members: Sequence[int], level: int) -> tuple[Cell, ...]:
    """Limit of those who own some demands; none of a single demand."""
    if level == 2:
        return None, None, None
    owners = set(edition.receivers[list(members)].tolist())
    return *party_limits(edition, owners)[:2], party_limits(edition, owners if level else edition.parties)[2]


def _shared(edition: Edition, numbers: Floats, digits: int) -> Body:
    """Lay out a block a canal or offtake that serves several parties."""
    nodes, demands = edition.read["demand_node"].values.astype(str), edition.read["demand"].values.astype(str)
    body = Body()
    for node in dict.fromkeys(nodes.tolist()):
        members = np.flatnonzero(nodes == node).tolist()
        served = edition.receivers[members].tolist()
        if len(set(served)) > 1:
            whom = [edition.name(party if served.count(party) == 1 else demands[row]) for row, party in zip(members, served, strict=True)]
            items = [
                (edition.text("row.of_which", party=name), *_cells(edition, numbers, [row], digits))
                for name, row in zip(whom, members, strict=True)
            ]
            body.block((edition.name(node), *_cells(edition, numbers, members, digits)), items)
    return body


def _make_table(edition: Edition, name: str, kind: str, periods: Sequence[Period], body: Body) -> Table:
    """Make a table of what the periods and the horizon hold."""
    total, digits = len(periods), KINDS[kind][0]
    columns: list[Any] = [("shared" if name.startswith("shared") else "party_canal", "text", 40)]
    columns += [Column(period.heading, period.group, digits) for period in periods]
    columns += [("shortage", kind), ("requirement", kind), ("supply_percent", "percent")]
    sums = {} if kind == "rates" else sums_of(periods)
    if edition.is_requirement_met_or_missed:
        sums[total + 2] = (total, total + 1)
    if name == "deliveries":
        columns += [("limit", "volume"), ("counted", "volume"), ("limit_percent", "percent")]
    note = "limit_counts" if name == "deliveries" else "rates" if kind == "rates" else "shared"
    return edition.table(name, KINDS[kind][1], columns, body, column_sums=sums, notes=(note, *sharing_notes(edition)))


def sums_of(periods: Sequence[Period]) -> dict[int, tuple[int, ...]]:
    """Columns that add up to that of a period, where a column of names stands first."""
    return {number + 1: tuple(part + 1 for part in period.parts) for number, period in enumerate(periods) if period.parts}


def _cells(edition: Edition, numbers: Floats, members: Sequence[int], digits: int) -> tuple[Cell, ...]:
    """Cells of the sum of some demands, with the share of the requirement that is supplied."""
    chosen = list(members)
    delivered, required = (float(edition.read[name].values[chosen].sum()) for name in ("delivery", "requirement"))
    return (*sum_cells(numbers, chosen, digits), percent(delivered, required))
