"""The first sheet of a workbook: what each party gets by month, what is short, and charts of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.age import age_lines
from waterdeal.reports.allocation import Period, make_periods, party_limits, printed_volumes, sums_of
from waterdeal.reports.edition import VOLUME, percent, sum_cells
from waterdeal.reports.table import Body, Chart, Column, Series

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from waterdeal.reports.edition import Edition
    from waterdeal.reports.table import Table

#: months side by side, at most; else seasons
MONTHS = 12
#: column of the storage at the end of a step in the table of the regime
STORED = 9
#: reservoirs whose storage is drawn on the first sheet: those that hold most
LARGEST = 4


def overview(edition: Edition) -> Table:
    """Make the table of parties by month with its charts."""
    periods, body = _periods(edition), Body()
    volumes = printed_volumes(edition, periods)
    owned = [(party, np.flatnonzero(edition.receivers == party).tolist()) for party in edition.parties]
    for party, members in owned:
        if members:
            body.add(_cells(edition, volumes, edition.name(party), members, {party}))
    if body.rows:
        body.total(_cells(edition, volumes, edition.text("row.all_parties"), list(range(len(edition.receivers))), set(edition.parties)))
    total = len(periods)
    columns: list[Any] = [("party", "text", 22), *(Column(period.heading, "", VOLUME) for period in periods)]
    columns += [("shortage", "volume"), ("requirement", "volume"), ("supply_percent", "percent")]
    columns += [("limit", "volume"), ("counted", "volume")]
    sums = sums_of(periods) | ({total + 2: (total, total + 1)} if edition.is_requirement_met_or_missed else {})
    return edition.table("overview", "volume", columns, body, column_sums=sums, notes=age_lines(edition.results, edition.words))


def _periods(edition: Edition) -> Sequence[Period]:
    """Months with seasons and the horizon; seasons with the horizon where there are many months."""
    periods = make_periods(edition.steps, edition.words, by_step=False)
    if sum(not period.parts for period in periods) <= MONTHS:
        return periods
    seasons = [Period(period.heading, "", period.steps) for period in periods[:-1] if period.parts]
    return (*seasons, Period(periods[-1].heading, "", periods[-1].steps, tuple(range(len(seasons)))))


def _parts(periods: Sequence[Period]) -> int:
    """How many periods come before the first that is a sum of others."""
    return next((number for number, period in enumerate(periods) if period.parts), len(periods))


def _cells(edition: Edition, volumes: Any, name: str, members: list[int], parties: set[str]) -> tuple[Any, ...]:
    """Cells of those who own some demands."""
    delivered, required = (float(edition.read[key].values[members].sum()) for key in ("delivery", "requirement"))
    return (name, *sum_cells(volumes, members, VOLUME), percent(delivered, required), *party_limits(edition, parties)[:2])


def _parties_drawn(edition: Edition, columns: tuple[int, int], table: str, rows: int) -> Chart:
    """Delivered and short by party, from two columns of a table."""
    names = zip(("column.delivery", "column.shortage"), columns, strict=True)
    series = tuple(Series(edition.text(name), (0, rows - 1), (column, column), table) for name, column in names) if rows else ()
    return Chart(edition.text("chart.parties"), "column", series)


def _months_drawn(edition: Edition, months: int) -> Chart:
    """Delivered by month and party, from the table of parties by month."""
    names = [edition.name(party) for party in edition.parties if (edition.receivers == party).any()]
    series = tuple(Series(name, (row, row), (1, months), "overview") for row, name in enumerate(names)) if months > 1 else ()
    return Chart(edition.text("chart.months"), "column", series)


def _storages_drawn(edition: Edition) -> Chart:
    """Storage of the largest reservoirs by step, from the table of their regime."""
    most = edition.read["storage"].values.max(axis=1)
    kinds = dict(zip(edition.read["node"].values.tolist(), edition.read["node_kind"].values.tolist(), strict=True))
    bodies = edition.read["reservoir"].values.tolist()
    largest = sorted((k for k, name in enumerate(bodies) if kinds[name] == "reservoir"), key=lambda k: -most[k])[:LARGEST]
    return Chart(edition.text("chart.storages"), "line", tuple(_storage(edition, number) for number in sorted(largest)))


def _storage(edition: Edition, number: int) -> Series:
    """Storage of a reservoir at the ends of the steps, in the table of the regime: a block a reservoir, a row a step."""
    steps = len(edition.steps)
    first = number * (steps + 1) + 1
    return Series(edition.name(str(edition.read["reservoir"].values[number])), (first, first + steps - 1), (STORED, STORED), "reservoirs")


def with_charts(edition: Edition, tables: Iterable[Table]) -> Iterator[Table]:
    """Give the tables of parties, deliveries and reservoirs their charts, and the overview all three."""
    months = _parts(_periods(edition))
    for table in tables:
        charts: tuple[Chart, ...] = ()
        if table.name == "overview":
            total = next(number for number, column in enumerate(table.columns) if column.heading == edition.text("column.shortage"))
            charts = (_parties_drawn(edition, (total - 1, total), "", len(table.rows) - 1), _months_drawn(edition, months))
            charts = (*charts, _storages_drawn(edition))
        elif table.name == "parties":
            charts = (_parties_drawn(edition, (2, 3), "", len(table.rows) - 1),)
        elif table.name == "deliveries":
            charts = (_months_drawn(edition, months), _parties_drawn(edition, (months + 1, months + 2), "overview", len(edition.parties)))
        elif table.name == "reservoirs":
            every = (_storage(edition, number) for number in range(edition.results.sizes["reservoir"]))
            charts = tuple(Chart(f"{one.name}, {edition.unit('volume')}", "line", (one,)) for one in every)
        yield replace(table, charts=tuple(chart for chart in charts if chart.series))
