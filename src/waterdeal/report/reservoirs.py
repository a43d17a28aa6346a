"""The reservoir regime: inflow, release and volume at the end of each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.report.edition import LEVEL, RATE, VOLUME, figure
from waterdeal.report.table import Cell, Column, Table
from waterdeal.results.tables import reservoir_table, round_to_total

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from waterdeal.report.edition import Edition

    Floats = NDArray[np.float64]

FLOWS = ("reservoir_inflow", "release", "spill", "withdrawal", "evaporation")
SIGNS = np.array([1.0, -1.0, -1.0, -1.0, -1.0])


def regime_table(edition: Edition) -> Table:
    """Make the table of the regime of every reservoir and lake.

    Parameters
    ----------
    edition : Edition
        A result in a language.

    Returns
    -------
    Table
        One block a reservoir: the horizon, then its steps; in each row start + inflow - outflows = end, as printed.
    """
    rows: list[tuple[Cell, ...]] = []
    levels: list[int] = []
    sums: dict[int, tuple[int, ...]] = {}
    for body, steps in reservoir_table(edition.results).groupby("reservoir", sort=False):
        head = len(rows)
        rows += _block(edition, str(body), steps)
        levels += [1, *[2] * len(steps)]
        sums[head] = tuple(range(head + 1, len(rows)))
    text = edition.text
    return Table(
        "reservoirs",
        text("sheet.reservoirs"),
        text("title.reservoirs"),
        text("unit.volume"),
        _columns(edition),
        tuple(rows),
        tuple(levels),
        sums,
        {9: (3, 4, -5, -6, -7, -8)},
        (text("note.reservoirs"),),
    )


def _columns(edition: Edition) -> tuple[Column, ...]:
    """Columns of the regime."""
    text, rate, metre = edition.text, edition.text("unit.rate"), edition.text("unit.level")
    flows = [Column(text(f"column.{name}"), digits=VOLUME) for name in FLOWS]
    return (
        Column(text("column.reservoir_period"), width=34),
        Column(text("column.reservoir_inflow"), digits=RATE, unit=rate, summed=False),
        Column(text("column.release"), digits=RATE, unit=rate, summed=False),
        Column(text("column.storage_start"), digits=VOLUME, summed=False),
        *flows,
        Column(text("column.storage"), digits=VOLUME, summed=False),
        Column(text("column.level"), digits=LEVEL, unit=metre, summed=False),
    )


def _block(edition: Edition, body: str, steps: pd.DataFrame) -> list[tuple[Cell, ...]]:
    """Rows of one reservoir: the horizon first."""
    storage = np.round(np.append(steps["storage_start"].iloc[0], steps["storage"]), VOLUME) + 0.0
    flows = steps[list(FLOWS)].to_numpy()
    change = np.round(np.diff(storage), VOLUME)
    printed = np.array([round_to_total(row * SIGNS, VOLUME, float(gain)) * SIGNS for row, gain in zip(flows, change, strict=True)]) + 0.0
    days = steps["days"].sum()
    means = [(steps[name] * steps["days"]).sum() / days for name in ("inflow_rate", "release_rate")]
    sums = np.round(printed.sum(axis=0), VOLUME) + 0.0
    heading = edition.name(body)
    rows = [_row(heading, means, (storage[0], *sums, storage[-1]), steps["level"].iloc[-1])]
    rates, level = steps[["inflow_rate", "release_rate"]].to_numpy(), steps["level"].to_numpy()
    for number, step in enumerate(steps["step"]):
        volumes = (storage[number], *printed[number], storage[number + 1])
        rows.append(_row(edition.words.step(str(step)), rates[number].tolist(), volumes, level[number]))
    return rows


def _row(heading: str, rates: list[float], volumes: tuple[float, ...], level: float) -> tuple[Cell, ...]:
    """Cells of one row."""
    return (heading, *(figure(rate, RATE) for rate in rates), *(float(volume) for volume in volumes), figure(level, LEVEL))
