"""Water balances by reach and by party; each closes as printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.reports.controlled import Sums, round_controlled, sets_of
from waterdeal.reports.edition import LEVEL, RATE, VOLUME, figure, sum_cells
from waterdeal.reports.table import Body, Column
from waterdeal.results.tables import balance_items, party_balance_table, reach_table, reservoir_table, round_to_total
from waterdeal.units import volume_to_rate

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from waterdeal.reports.edition import Edition
    from waterdeal.reports.table import Cell, Table
    from waterdeal.types import Floats

FLOWS = ("reservoir_inflow", "release", "spill", "withdrawal", "evaporation")
SIGNS = np.array([1.0, -1.0, -1.0, -1.0, -1.0])


def regime_table(edition: Edition) -> Table:
    """Make the table of the regime of every reservoir and lake."""
    body = Body()
    for name, steps in reservoir_table(edition.results).groupby("reservoir", sort=False):
        head, *rows = _block(edition, str(name), steps)
        body.block(head, rows)
    columns = (("reservoir_period", "text", 34), ("reservoir_inflow", "rate"), ("release", "rate"), ("storage_start", "stored"),
               *((name, "volume") for name in FLOWS), ("storage", "stored"), ("level", "level"))  # fmt: skip
    notes, sums = ("reservoirs", *depth_notes(edition)), {9: (3, 4, -5, -6, -7, -8)}
    return edition.table("reservoirs", "volume", columns, body, column_sums=sums, notes=notes)


def depth_notes(edition: Edition) -> list[str]:
    """Name the bodies whose curve begins at no level: their levels are depths."""
    bodies, levels = edition.read["reservoir"].values.astype(str), edition.read["curve_level"].values
    lowest = np.where(np.isnan(levels), np.inf, levels).min(axis=1, initial=np.inf)
    names = edition.tell.all_names(bodies[lowest == 0.0].tolist())
    return [edition.text("note.depths", places=names)] if (lowest == 0.0).any() else []


def _block(edition: Edition, name: str, steps: pd.DataFrame) -> list[tuple[Cell, ...]]:
    """Rows of one reservoir: the horizon first."""
    count, flows = len(steps), steps[list(FLOWS)].to_numpy() * SIGNS
    start = np.array([[steps["storage_start"].iloc[0], *[0.0] * (len(FLOWS) - 1)]])
    ends, outlets = np.tril(np.ones((count + 1, count + 1))), sets_of(len(FLOWS), [(1, 2)])
    whole = sets_of(count + 1, [range(1, count + 1)])
    table = round_controlled(np.vstack([start, flows]), [Sums(ends, np.ones((1, len(FLOWS)))), Sums(whole, outlets)], VOLUME, edition.off)
    storage, printed = np.round(table.sum(axis=1).cumsum(), VOLUME) + 0.0, table[1:] * SIGNS + 0.0
    rates, level, days = steps[["inflow_rate", "release_rate"]].to_numpy(), steps["level"].to_numpy(), steps["days"].to_numpy()
    means = days @ rates / days.sum()
    horizon = (storage[0], *sum_cells(printed, range(len(steps)), VOLUME), storage[-1])
    return [
        _row(edition.name(name), means, horizon, level[-1]),
        *(
            _row(edition.words.step(str(step)), rates[number], (storage[number], *printed[number], storage[number + 1]), level[number])
            for number, step in enumerate(steps["step"])
        ),
    ]


def _row(heading: str, rates: Iterable[float], volumes: Iterable[float], level: float) -> tuple[Cell, ...]:
    """Cells of one row."""
    return (heading, *(figure(rate, RATE) for rate in rates), *map(float, volumes), figure(level, LEVEL))


def reach_balance(edition: Edition) -> Table:
    """Make the balance of each reach: entering = lost + left on the way + arriving."""
    days, rows = float(edition.steps["days"].sum()), []
    for reach in reach_table(edition.results).to_dict("records"):
        entering = figure(reach["flow"], VOLUME)
        printed = round_to_total(np.array([reach[name] for name in ("loss", "transit_change", "arrival")]), VOLUME, entering) + 0.0
        rates = [figure(volume_to_rate(reach[name], days), RATE) for name in ("flow", "arrival")]
        first, above, below = (edition.name(str(reach[name])) for name in ("link", "link_from", "link_to"))
        kind = edition.text(f"link_kind.{reach['link_kind']}")
        rows.append((first, kind, above, below, entering, *map(float, printed), *rates))
    columns = (("reach", "text", 36), ("kind", "text", 10), ("from", "text", 30), ("to", "text", 30),
               *((name, "stored") for name in ("flow", "loss", "transit_change", "arrival")), ("flow", "rate"),
               ("arrival", "rate"))  # fmt: skip
    return edition.table("reaches", "volume", columns, rows, column_sums={4: (5, 6, 7)}, notes=("reaches",))


def party_balance(edition: Edition) -> Table:
    """Make the water balance of each party: what comes in equals what goes out."""
    text, balance = edition.text, party_balance_table(edition.results)
    coming, going = balance_items(balance)
    came, went = _rounded_balance(balance[coming].to_numpy(), balance[going].to_numpy(), edition.off)
    body = Body()
    for total, items, printed in (("total_in", coming, came), ("total_out", going, went)):
        rows = [_with_basin(text(f"balance.{item}"), values) for item, values in zip(items, printed.T, strict=True)]
        body.block(_with_basin(text(f"row.{total}"), np.round(printed.sum(axis=1), VOLUME)), rows)
    heads = [*(edition.name(str(party)) for party in balance.index), text("row.basin")]
    numbers = [Column(head, digits=VOLUME, width=14) for head in heads]
    columns, sums = (("balance_item", "text", 58), *numbers), {len(heads): tuple(range(1, len(heads)))}
    return edition.table("party_balance", "volume", columns, body, column_sums=sums, notes=("party_balance",))


def _rounded_balance(coming: Floats, going: Floats, off: list[float]) -> tuple[Floats, Floats]:
    """Round what comes in and what goes out by (party, item): the sums of the basin are near, and both sides of a party are the same."""
    first, count = coming.shape[1], coming.shape[1] + going.shape[1]
    columns = sets_of(count, [range(first), range(first, count)])
    table = round_controlled(np.hstack([coming, -going]), [Sums(sets_of(len(coming)), columns)], VOLUME, off)
    came, went = table[:, :first], -table[:, first:]
    goals = came.sum(axis=1)
    return came + 0.0, np.array([round_to_total(row, VOLUME, goal) for row, goal in zip(went, goals.tolist(), strict=True)]) + 0.0


def _with_basin(heading: str, values: Floats) -> tuple[Cell, ...]:
    """Cells of one item with their sum."""
    return (heading, *(float(value) + 0.0 for value in values), float(np.round(values.sum(), VOLUME)) + 0.0)
