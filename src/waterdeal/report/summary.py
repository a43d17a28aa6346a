"""The summary: parties, entitlements, least flows, indicators of the plan, energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.report.edition import PERCENT, VOLUME, figure, percent
from waterdeal.report.energy import energy_by_plant, printed_energy
from waterdeal.report.environment import least_flows
from waterdeal.report.table import Cell, Column, Table
from waterdeal.results.indicators import plan_indicators
from waterdeal.results.tables import entitlement_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.report.edition import Edition

#: supply from which a step counts as fully served
FULL = 1 - 1e-6

#: indicators of a plan that are not volumes, with their unit and factor
UNITS = {"energy": ("energy", 1.0)} | dict.fromkeys(("supply_ratio", "worst_ratio", "gini", "jain"), ("percent", 100.0))


def summary_tables(edition: Edition) -> tuple[Table, ...]:
    """Make the tables of the summary."""
    tables = (party_summary(edition), indicator_table(edition), entitlements(edition), least_flows(edition), energy_by_plant(edition))
    return tuple(table for table in tables if table.rows)


def worst_step(edition: Edition, members: Sequence[int]) -> tuple[float | None, str]:
    """Find the step in which some demands together get the least of their requirement."""
    chosen = list(members)
    required = edition.results["requirement"].values[chosen].sum(axis=0)
    given = edition.results["delivery"].values[chosen].sum(axis=0)
    if not (required > 1e-9).any():
        return None, ""
    ratio = np.where(required > 1e-9, given / np.where(required > 1e-9, required, 1.0), np.inf)
    worst = int(np.argmin(np.round(ratio, 6)))
    when = edition.words.step(str(edition.steps["step"].iloc[worst])) if ratio[worst] < FULL else ""
    return percent(float(given[worst]), float(required[worst])), when


def party_summary(edition: Edition) -> Table:
    """Make the table of parties: requirement, delivery, shortage, supply in the horizon and in the worst step, energy."""
    text = edition.text
    groups = [(edition.name(party), np.flatnonzero(edition.receivers == party).tolist(), [party]) for party in edition.parties]
    groups.append((text("row.all_parties"), list(range(len(edition.receivers))), edition.parties))
    rows = [_party_row(edition, *group) for group in groups]
    last = len(rows) - 1
    numbers = [Column(text(f"column.{name}"), digits=VOLUME, width=14) for name in ("requirement", "delivery", "shortage")]
    columns = (
        Column(text("column.party"), width=22),
        *numbers,
        Column(text("column.supply_percent"), digits=PERCENT, summed=False, width=14),
        Column(text("column.worst_percent"), digits=PERCENT, summed=False, width=14),
        Column(text("column.worst_step"), width=22),
        Column(text("column.energy"), digits=VOLUME, unit=text("unit.energy"), width=14),
    )
    return Table(
        "parties",
        text("sheet.parties"),
        text("title.parties"),
        text("unit.volume"),
        columns,
        tuple(rows),
        (*[2] * last, 0),
        {last: tuple(range(last))},
        {1: (2, 3)},
    )


def _party_row(edition: Edition, heading: str, members: list[int], parties: list[str]) -> tuple[Cell, ...]:
    """Cells of one party, or of several together."""
    results = edition.results
    delivered = round(float(edition.printed_delivery[members].sum()), VOLUME)
    short = round(float(edition.printed_shortage[members].sum()), VOLUME) + 0.0
    ratio = percent(float(results["delivery"].values[members].sum()), float(results["requirement"].values[members].sum()))
    worst, when = worst_step(edition, members)
    owned = np.isin(results["plant_party"].values, parties)
    made = round(float(printed_energy(edition)[owned].sum()), VOLUME) if owned.any() else 0.0
    return heading, round(delivered + short, VOLUME), delivered, short, ratio, worst, when, made


def indicator_table(edition: Edition) -> Table:
    """Make the table of single numbers of the plan."""
    text = edition.text
    told = [(name, value, *UNITS.get(name, ("volume", 1.0))) for name, value in plan_indicators(edition.results).items()]
    rows = [(text(f"indicator.{name}"), figure(value * factor, VOLUME), text(f"unit.{unit}")) for name, value, unit, factor in told]
    columns = (
        Column(text("column.indicator"), width=58),
        Column(text("column.value"), digits=VOLUME, summed=False, width=14),
        Column(text("column.unit"), width=12),
    )
    head = (text("sheet.indicators"), text("title.indicators"), "")
    return Table("indicators", *head, columns, tuple(rows), notes=(text("note.indicators"),))


def entitlements(edition: Edition) -> Table:
    """Make the table of entitlements against what was counted towards them."""
    text = edition.text
    rows: list[tuple[Cell, ...]] = []
    table = entitlement_table(edition.results)
    for row in table.sort_values("party", key=lambda names: names.map(edition.parties.index), kind="stable").itertuples():
        where = edition.name(str(row.link)) if row.link else ""
        kind = text(f"measure.{row.measure}") + (f": {where}" if where else "")
        volumes = [float(np.asarray(value)) for value in (row.entitlement_volume, row.entitlement_delivered, row.entitlement_shortfall)]
        season = edition.words.season(str(row.season)) if row.season else ""
        printed = [figure(volume, VOLUME) for volume in volumes]
        rows.append((edition.name(str(row.party)), kind, season, *printed, percent(volumes[1], volumes[0]), str(row.entitlement)))
    columns = (
        Column(text("column.party"), width=22),
        Column(text("column.kind"), width=26),
        Column(text("column.season"), width=26),
        *(Column(text(f"column.{name}"), digits=VOLUME, width=14) for name in ("limit", "counted", "missing")),
        Column(text("column.limit_percent"), digits=PERCENT, summed=False, width=14),
        Column(text("column.clause"), width=26),
    )
    notes = (text("note.limit_counts"), text("note.missing"))
    head = (text("sheet.entitlements"), text("title.entitlements"), text("unit.volume"))
    return Table("entitlements", *head, columns, tuple(rows), notes=notes)
