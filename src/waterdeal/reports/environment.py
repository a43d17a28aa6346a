"""What is asked for nature and what is missing to it, by place and season: least flows, pulses, targets of lakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.reports.edition import LEVEL, VOLUME, figure
from waterdeal.results.environment import environment_table
from waterdeal.results.tables import aquifer_table, round_to_total, salt_table
from waterdeal.words import BLANK

if TYPE_CHECKING:
    from waterdeal.reports.edition import Edition
    from waterdeal.reports.table import Table

#: parts of the balance of an aquifer, in the order printed, with their signs
PARTS = ("start", "recharge", "pumped", "baseflow")
SIGNS = np.array([1.0, 1.0, -1.0, -1.0])


def aquifers(edition: Edition) -> Table:
    """Make the table of aquifers: volume at start + recharge - pumped - baseflow = volume at end."""
    rows = []
    for row in aquifer_table(edition.results).to_dict("records"):
        end, debt, energy = (figure(float(row[name]), VOLUME) for name in ("end", "debt", "energy"))
        parts = SIGNS * round_to_total(SIGNS * np.array([float(row[name]) for name in PARTS]), VOLUME, end) + 0.0
        rows.append((edition.name(str(row["aquifer"])), edition.name(str(row["party"])), *map(float, parts), end, debt, energy))
    names = ("storage_start", "recharge", "pumped", "baseflow", "storage", "debt")
    columns = (("aquifer", "text", 30), ("party", "text", 22), *((name, "volume", 14) for name in names), ("pumping_energy", "energy", 14))
    return edition.table("groundwater", "volume", columns, rows, column_sums={6: (2, 3, -4, -5)}, notes=("groundwater",))


def salt(edition: Edition) -> Table:
    """Make the table of salt, with a word on whether its passes converged."""
    rows = []
    for row in salt_table(edition.results).to_dict("records"):
        strong = [figure(float(row[name]), LEVEL) for name in ("limit", "mean", "most")]
        volumes = [figure(float(row[name]), VOLUME) for name in ("load", "missing")]
        rows.append((edition.name(str(row["place"])), *strong, *volumes, float(row["steps_above"])))
    columns = (("place", "text", 36), ("salt_limit", "salt", 14), ("salt_mean", "salt", 14), ("salt_most", "salt", 14),
               ("salt_load", "load", 14), ("diluting", "volume", 18), ("steps_above", "count", 14))  # fmt: skip
    return edition.table("salinity", "", columns, rows, notes=(told_convergence(edition), "salinity"))


def told_convergence(edition: Edition) -> str:
    """Say whether concentrations converged, after how many passes, and how much they still moved."""
    attrs = edition.results.attrs
    change = edition.words.number(100 * float(attrs.get("salinity_change", 0.0)), VOLUME)
    key = "note.salt_converged" if int(attrs.get("salinity_converged", 0)) else "note.salt_not_converged"
    return edition.text(key, passes=int(attrs.get("salinity_passes", 0)), change=change)


def ground_lines(edition: Edition) -> list[str]:
    """Lines for a terminal: one a table that has rows."""
    results, text, number = edition.results, edition.text, edition.words.number
    lines = []
    if results.sizes["aquifer"]:
        pumped, debt = (number(float(results[name].sum()), VOLUME) for name in ("pumped", "groundwater_debt"))
        lines.append(text("closing.groundwater", pumped=pumped, debt=debt, unit=edition.unit("volume")))
    if results.sizes["salt_link"]:
        lines.append(told_convergence(edition))
    if results.sizes["salt_limit"]:
        lines.append(text("closing.salinity", value=number(float(results["salt_excess"].sum()), VOLUME), unit=edition.unit("volume")))
    return lines


def least_flows(edition: Edition) -> Table:
    """Make the table of least flows, pulses and targets of lakes, and of what is missing to them, and to an unused river."""
    rows = []
    for row in environment_table(edition.results).to_dict("records"):
        kind = edition.text(f"flow_kind.{row['kind'] if row['measure'] == 'flow' else row['measure']}")
        season = edition.words.season(str(row["season"])) if row["season"] else BLANK
        volumes = [figure(float(row[name]), VOLUME) for name in ("asked", "missing", "natural_lack")]
        rows.append((edition.name(str(row["place"])), kind, season, *volumes, figure(float(row["steps_short"]), 0)))
    columns = (("place", "text", 44), ("kind", "text", 18), ("season", "text", 26), ("asked", "stored", 14), ("missing", "stored", 14),
               ("natural_lack", "stored", 18), ("steps_short", "count", 14))  # fmt: skip
    return edition.table("least_flows", "volume", columns, rows)


def missing_flows(edition: Edition) -> Table:
    """Make the table of the least flows, pulses and targets to which anything is missing as printed."""
    table = least_flows(edition)
    return table.part(range(5), [row for row, cells in enumerate(table.rows) if cells[4]])
