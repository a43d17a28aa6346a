"""The summary: parties, entitlements, least flows, indicators of the plan, energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.reports.age import age_lines
from waterdeal.reports.edition import VOLUME, figure, percent
from waterdeal.reports.lookahead import lookahead_lines
from waterdeal.reports.sharing import sharing_lines
from waterdeal.reports.sureness import sure_lines
from waterdeal.reports.table import Body
from waterdeal.results.indicators import plan_indicators
from waterdeal.results.tables import entitlement_table, equal_by_construction
from waterdeal.variables import having

if TYPE_CHECKING:
    from waterdeal.reports.edition import Edition
    from waterdeal.reports.table import Cell, Table

#: supply from which a step counts as fully served
FULL = 1 - 1e-6

#: indicators of a plan that are not volumes, with their unit and factor
UNITS = {"energy": ("energy", 1.0)} | dict.fromkeys(("supply_ratio", "worst_ratio", "gini", "jain"), ("percent", 100.0))


def worst_served(edition: Edition, members: list[int]) -> tuple[float | None, str, str]:
    """Find the user among some, and the step, that gets the least of its requirement; neither is named where all are served."""
    ratio = edition.read["supply_ratio"].values[members]
    if not np.isfinite(ratio).any():
        return None, "", ""
    user, step = np.unravel_index(int(np.nanargmin(np.round(ratio, 6))), ratio.shape)
    printed = figure(100.0 * float(ratio[user, step]), VOLUME)
    if ratio[user, step] >= FULL:
        return printed, "", ""
    name = edition.name(str(edition.read["demand"].values[members[user]]))
    return printed, edition.words.step(str(edition.steps["step"].iloc[step])), name


def party_summary(edition: Edition) -> Table:
    """Make the table of parties: requirement, delivery, shortage, supply in the horizon and of the worst user in the worst step, energy."""
    body = Body()
    for party in edition.parties:
        body.add(_party_row(edition, edition.name(party), np.flatnonzero(edition.receivers == party).tolist(), [party]))
    body.total(_party_row(edition, edition.text("row.all_parties"), list(range(len(edition.receivers))), edition.parties))
    columns = (("party", "text", 22), ("requirement", "volume", 14), ("delivery", "volume", 14), ("shortage", "volume", 14),
               ("supply_percent", "percent", 14), ("worst_percent", "percent", 14), ("worst_step", "text", 22),
               ("worst_user", "text", 36), ("energy", "energy", 14))  # fmt: skip
    sums = {1: (2, 3)} if edition.is_requirement_met_or_missed else {}
    notes = (*age_lines(edition.results, edition.words), *sure_lines(edition), *sharing_lines(edition), *lookahead_lines(edition))
    return edition.table("parties", "volume", columns, body, column_sums=sums, notes=notes)


def _party_row(edition: Edition, heading: str, members: list[int], parties: list[str]) -> tuple[Cell, ...]:
    """Cells of one party, or of several together."""
    read = edition.read
    delivered = round(float(edition.printed_delivery[members].sum()), VOLUME)
    short = round(float(edition.printed_shortage[members].sum()), VOLUME) + 0.0
    required = round(float(edition.printed_requirement[members].sum()), VOLUME)
    ratio = percent(float(read["delivery"].values[members].sum()), float(read["requirement"].values[members].sum()))
    owned = np.isin(read["plant_party"].values, parties)
    made = round(float(edition.printed_energy[owned].sum()), VOLUME) if owned.any() else 0.0
    return heading, required, delivered, short, ratio, *worst_served(edition, members), made


def printed_indicators(edition: Edition) -> dict[str, float]:
    """Single numbers of a plan; those that tables have a total of as the total is printed."""
    totals = {"requirement": edition.printed_requirement, "delivery": edition.printed_delivery, "energy": edition.printed_energy}
    return plan_indicators(edition.results) | {name: float(values.sum()) for name, values in totals.items()}


def indicator_table(edition: Edition) -> Table:
    """Make the table of single numbers of the plan."""
    values, results = printed_indicators(edition), edition.results
    healthy = results.variables["flow_requirement_kind"].values == "sanitary"
    for kind, own in (("environmental", ~healthy), ("sanitary", healthy)):
        if not results.variables["flow_minimum"].values[own].any():
            values[f"{kind}_shortfall"] = np.nan  # nothing is asked for, so that nothing can be missing
    values |= {name: np.nan for name in having("missed") if not results[name].size}
    told = [(name, value, *UNITS.get(name, ("volume", 1.0))) for name, value in values.items()]
    rows = [(edition.text(f"indicator.{name}"), figure(value * factor, VOLUME), edition.unit(unit)) for name, value, unit, factor in told]
    columns = (("indicator", "text", 58), ("value", "figure", 14), ("unit", "text", 12))
    return edition.table("indicators", "", columns, rows, notes=("indicators",))


def entitlements(edition: Edition) -> Table:
    """Make the table of entitlements against what was counted towards them."""
    rows: list[tuple[Cell, ...]] = []
    table = entitlement_table(edition.results)
    table["volume"], table["counted"] = edition.printed_entitlements
    table["is_told"] = ~equal_by_construction(edition.results)
    table = table.sort_values("party", key=lambda names: names.map(edition.parties.index), kind="stable")
    for row in table.to_dict("records"):
        where = f": {edition.name(str(row['link']))}" if row["link"] else ""
        kind = edition.text(f"measure.{row['measure']}") + where
        due, given, missing = (float(row[f"entitlement_{name}"]) for name in ("volume", "delivered", "shortfall"))
        season = edition.words.season(str(row["season"])) if row["season"] else ""
        published = figure(float(row["entitlement_published"]), VOLUME)
        cut = edition.tell.share(due / published) if published and abs(due - published) > 1e-6 * published else ""
        printed = [float(row["volume"]), float(row["counted"]), figure(missing, VOLUME)]
        share = percent(given, due) if row["is_told"] else None
        rows.append((edition.name(str(row["party"])), kind, season, *printed, share, published, cut, str(row["entitlement"])))
    columns = (("party", "text", 22), ("kind", "text", 26), ("season", "text", 26), ("limit", "volume", 14), ("counted", "volume", 14),
               ("missing", "volume", 14), ("limit_percent", "percent", 14),
               ("limit_published", "volume", 14), ("limit_cut", "text", 12), ("clause", "text", 26))  # fmt: skip
    return edition.table("entitlements", "volume", columns, rows, notes=("limit_counts", *counted_lines(edition), "missing"))


def counted_lines(edition: Edition) -> list[str]:
    """Say which users' water counts against the limit of each party, where not all does; and whose requirement was made from its limit."""
    results, told = edition.results, []
    counts = results.variables["entitlement_counts"].values.sum(axis=2)
    for party in edition.parties:
        own = (results.variables["entitlement_party"].values == party) & (results.variables["entitlement_measure"].values == "limit")
        counted, all_own = np.flatnonzero(counts[own].sum(axis=0)), int((edition.receivers == party).sum())
        if own.any() and len(counted) < all_own:
            names = edition.tell.all_names(results.variables["demand"].values[counted].astype(str).tolist(), most=2)
            told.append(edition.text("row.counted", party=edition.name(party), users=names, count=len(counted), all=all_own))
    lines = [edition.text("note.counted", counted="; ".join(told))] if told else []
    same = results.variables["entitlement_party"].values[equal_by_construction(results)].astype(str)
    names = edition.tell.all_names(dict.fromkeys(same.tolist()))
    return [*lines, edition.text("note.same_as_limit", parties=names)] if same.size else lines
