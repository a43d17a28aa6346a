"""Water balances by reach and by party; each closes as printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.report.edition import LEVEL, RATE, VOLUME, figure
from waterdeal.report.table import Cell, Column, Table
from waterdeal.results.tables import balance_items, party_balance_table, reach_table, reservoir_table, round_to_total
from waterdeal.units import volume_to_rate

if TYPE_CHECKING:
    import pandas as pd

    from waterdeal.report.edition import Edition
    from waterdeal.types import Floats

FLOWS = ("reservoir_inflow", "release", "spill", "withdrawal", "evaporation")
SIGNS = np.array([1.0, -1.0, -1.0, -1.0, -1.0])


def regime_table(edition: Edition) -> Table:
    """Make the table of the regime of every reservoir and lake."""
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


def reach_balance(edition: Edition) -> Table:
    """Make the balance of each reach: entering = lost + left on the way + arriving."""
    text, days = edition.text, float(edition.steps["days"].sum())
    rows: list[tuple[Cell, ...]] = []
    for reach in reach_table(edition.results).itertuples():
        parts = np.array([reach.loss, reach.transit_change, reach.arrival], dtype=float)
        entering = figure(float(np.asarray(reach.flow)), VOLUME)
        printed = round_to_total(parts, VOLUME, entering) + 0.0
        rates = [figure(volume_to_rate(float(np.asarray(value)), days), RATE) for value in (reach.flow, reach.arrival)]
        places = [edition.name(str(place)) for place in (reach.link, reach.link_from, reach.link_to)]
        kind = text(f"link_kind.{reach.link_kind}")
        rows.append((places[0], kind, places[1], places[2], entering, *(float(value) for value in printed), *rates))
    names = ("reach", "kind", "from", "to")
    columns = [Column(text(f"column.{name}"), width=width) for name, width in zip(names, (36, 10, 30, 30), strict=True)]
    columns += [Column(text(f"column.{name}"), digits=VOLUME, summed=False) for name in ("flow", "loss", "transit_change", "arrival")]
    unit = text("unit.rate")
    columns += [Column(text(f"column.{name}"), digits=RATE, unit=unit, summed=False) for name in ("flow", "arrival")]
    return Table(
        "reaches",
        text("sheet.reaches"),
        text("title.reaches"),
        text("unit.volume"),
        tuple(columns),
        tuple(rows),
        column_sums={4: (5, 6, 7)},
        notes=(text("note.reaches"),),
    )


def party_balance(edition: Edition) -> Table:
    """Make the water balance of each party: what comes in equals what goes out."""
    text, balance = edition.text, party_balance_table(edition.results)
    coming, going = balance_items(balance)
    totals = np.round(balance[coming].sum(axis=1).to_numpy(), VOLUME) + 0.0
    rows: list[tuple[Cell, ...]] = []
    sums: dict[int, tuple[int, ...]] = {}
    for total, items in (("total_in", coming), ("total_out", going)):
        sums[len(rows)] = tuple(range(len(rows) + 1, len(rows) + 1 + len(items)))
        rows.append(_with_basin(text(f"row.{total}"), totals))
        columns = [round_to_total(row, VOLUME, float(goal)) for row, goal in zip(balance[items].to_numpy(), totals, strict=True)]
        printed = np.array(columns).T
        rows += [_with_basin(text(f"balance.{item}"), printed[number]) for number, item in enumerate(items)]
    parties = [Column(edition.name(str(party)), digits=VOLUME, width=14) for party in balance.index]
    count = len(parties)
    return Table(
        "party_balance",
        text("sheet.party_balance"),
        text("title.party_balance"),
        text("unit.volume"),
        (Column(text("column.balance_item"), width=58), *parties, Column(text("row.basin"), digits=VOLUME, width=14)),
        tuple(rows),
        tuple(1 if row in sums else 2 for row in range(len(rows))),
        sums,
        {count + 1: tuple(range(1, count + 1))},
        (text("note.party_balance"),),
    )


def _with_basin(heading: str, values: Floats) -> tuple[Cell, ...]:
    """Cells of one item with their sum."""
    return (heading, *(float(value) + 0.0 for value in values), float(np.round(values.sum(), VOLUME)) + 0.0)
