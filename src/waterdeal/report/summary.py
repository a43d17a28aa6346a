"""The summary: parties, entitlements, least flows, indicators of the plan, energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.report.edition import VOLUME, figure, percent
from waterdeal.report.energy import printed_energy
from waterdeal.report.sharing import sharing_lines
from waterdeal.report.table import Body
from waterdeal.results.indicators import plan_indicators
from waterdeal.results.tables import entitlement_table

if TYPE_CHECKING:

    from waterdeal.report.edition import Edition
    from waterdeal.report.table import Cell, Table

#: supply from which a step counts as fully served
FULL = 1 - 1e-6

#: indicators of a plan that are not volumes, with their unit and factor
UNITS = {"energy": ("energy", 1.0)} | dict.fromkeys(("supply_ratio", "worst_ratio", "gini", "jain"), ("percent", 100.0))


def worst_step(edition: Edition, members: list[int]) -> tuple[float | None, str]:
    """Find the step in which some demands together get the least of their requirement."""
    required, given = (edition.results[name].values[members].sum(axis=0) for name in ("requirement", "delivery"))
    asked = required > 1e-9
    if not asked.any():
        return None, ""
    ratio = np.divide(given, required, out=np.full(len(given), np.inf), where=asked)
    worst = int(np.argmin(np.round(ratio, 6)))
    when = edition.words.step(str(edition.steps["step"].iloc[worst])) if ratio[worst] < FULL else ""
    return percent(float(given[worst]), float(required[worst])), when


def party_summary(edition: Edition) -> Table:
    """Make the table of parties: requirement, delivery, shortage, supply in the horizon and in the worst step, energy."""
    body = Body()
    for party in edition.parties:
        body.add(_party_row(edition, edition.name(party), np.flatnonzero(edition.receivers == party).tolist(), [party]))
    body.total(_party_row(edition, edition.text("row.all_parties"), list(range(len(edition.receivers))), edition.parties))
    columns = (("party", "text", 22), ("requirement", "volume", 14), ("delivery", "volume", 14), ("shortage", "volume", 14),
               ("supply_percent", "percent", 14), ("worst_percent", "percent", 14), ("worst_step", "text", 22),
               ("energy", "energy", 14))  # fmt: skip
    return edition.table("parties", "volume", columns, body, column_sums={1: (2, 3)}, notes=tuple(sharing_lines(edition)))


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
    told = [(name, value, *UNITS.get(name, ("volume", 1.0))) for name, value in plan_indicators(edition.results).items()]
    rows = [(edition.text(f"indicator.{name}"), figure(value * factor, VOLUME), edition.unit(unit)) for name, value, unit, factor in told]
    columns = (("indicator", "text", 58), ("value", "figure", 14), ("unit", "text", 12))
    return edition.table("indicators", "", columns, rows, notes=("indicators",))


def entitlements(edition: Edition) -> Table:
    """Make the table of entitlements against what was counted towards them."""
    rows: list[tuple[Cell, ...]] = []
    table = entitlement_table(edition.results).sort_values("party", key=lambda names: names.map(edition.parties.index), kind="stable")
    for row in table.to_dict("records"):
        where = f": {edition.name(str(row['link']))}" if row["link"] else ""
        kind = edition.text(f"measure.{row['measure']}") + where
        due, given, missing = (float(row[f"entitlement_{name}"]) for name in ("volume", "delivered", "shortfall"))
        season = edition.words.season(str(row["season"])) if row["season"] else ""
        printed = [figure(volume, VOLUME) for volume in (due, given, missing)]
        rows.append((edition.name(str(row["party"])), kind, season, *printed, percent(given, due), str(row["entitlement"])))
    columns = (("party", "text", 22), ("kind", "text", 26), ("season", "text", 26), ("limit", "volume", 14), ("counted", "volume", 14),
               ("missing", "volume", 14), ("limit_percent", "percent", 14), ("clause", "text", 26))  # fmt: skip
    return edition.table("entitlements", "volume", columns, rows, notes=("limit_counts", "missing"))
