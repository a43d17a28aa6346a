"""Energy by plant and month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.report.allocation import make_periods
from waterdeal.report.edition import VOLUME, round_volumes
from waterdeal.report.table import Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.report.edition import Edition


def printed_energy(edition: Edition) -> NDArray[np.float64]:
    """Energy by (plant, step), rounded so that every total printed is the sum of what is printed."""
    return round_volumes(edition.results["energy"].values, edition.results["plant_party"].values.astype(str), edition.steps, VOLUME)


def energy_by_plant(edition: Edition) -> Table:
    """Make the table of energy by plant and month."""
    text, periods = edition.text, make_periods(edition.steps, edition.words, by_step=False)
    printed = printed_energy(edition)
    by_period = np.column_stack([printed[:, list(period.steps)].sum(axis=1) for period in periods])
    plants = edition.results["plant"].values.astype(str).tolist()
    owners = edition.results["plant_party"].values.astype(str)
    rows: list[tuple[Cell, ...]] = []
    levels: list[int] = []
    sums: dict[int, tuple[int, ...]] = {}
    for party in edition.parties:
        members = np.flatnonzero(owners == party).tolist()
        if members:
            sums[len(rows)] = tuple(range(len(rows) + 1, len(rows) + 1 + len(members)))
            rows.append(_row(edition.name(party), by_period, members))
            rows += [_row(edition.name(plants[member]), by_period, [member]) for member in members]
            levels += [1, *[2] * len(members)]
    if rows:
        sums[len(rows)] = tuple(sums)
        rows.append(_row(text("row.all_parties"), by_period, range(len(plants))))
        levels.append(0)
    columns = (Column(text("column.plant"), width=34), *(Column(period.heading, period.group, VOLUME) for period in periods))
    parts = {number + 1: tuple(part + 1 for part in period.parts) for number, period in enumerate(periods) if period.parts}
    head = (text("sheet.energy"), text("title.energy"), text("unit.energy"))
    return Table("energy", *head, columns, tuple(rows), tuple(levels), sums, parts)


def _row(heading: str, values: NDArray[np.float64], members: Sequence[int]) -> tuple[Cell, ...]:
    """Cells of the sum of some plants."""
    return (heading, *(float(value) for value in np.round(values[list(members)].sum(axis=0), VOLUME) + 0.0))
