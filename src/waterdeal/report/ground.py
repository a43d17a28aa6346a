"""Groundwater and salt: the balance of each aquifer, salt at the places with a limit and where the basin ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.report.edition import LEVEL, VOLUME, figure
from waterdeal.report.table import Cell, Column, Table
from waterdeal.results.ground_tables import aquifer_table, salt_table
from waterdeal.results.tables import round_to_total

if TYPE_CHECKING:
    from waterdeal.report.edition import Edition

#: parts of the balance of an aquifer, in the order printed, with their signs
PARTS = ("start", "recharge", "pumped", "baseflow")
SIGNS = np.array([1.0, 1.0, -1.0, -1.0])


def aquifers(edition: Edition) -> Table:
    """Make the table of aquifers: volume at start + recharge - pumped - baseflow = volume at end.

    Parameters
    ----------
    edition : Edition
        A result in a language.

    Returns
    -------
    Table
        One row an aquifer; none where groundwater is off.
    """
    text = edition.text
    rows: list[tuple[Cell, ...]] = []
    for row in aquifer_table(edition.results).to_dict("records"):
        end = figure(float(row["end"]), VOLUME)
        parts = SIGNS * round_to_total(SIGNS * np.array([float(row[name]) for name in PARTS]), VOLUME, end) + 0.0
        more = (figure(float(row["debt"]), VOLUME), figure(float(row["energy"]), VOLUME))
        rows.append((edition.name(str(row["aquifer"])), edition.name(str(row["party"])), *(float(part) for part in parts), end, *more))
    names = ("storage_start", "recharge", "pumped", "baseflow", "storage", "debt")
    columns = (
        Column(text("column.aquifer"), width=30),
        Column(text("column.party"), width=22),
        *(Column(text(f"column.{name}"), digits=VOLUME, width=14) for name in names),
        Column(text("column.pumping_energy"), digits=VOLUME, unit=text("unit.energy"), width=14),
    )
    head = (text("sheet.groundwater"), text("title.groundwater"), text("unit.volume"))
    return Table("groundwater", *head, columns, tuple(rows), column_sums={6: (2, 3, -4, -5)}, notes=(text("note.groundwater"),))


def salt(edition: Edition) -> Table:
    """Make the table of salt, with a word on whether its passes converged.

    Parameters
    ----------
    edition : Edition
        A result in a language.

    Returns
    -------
    Table
        One row a limit, and one a link into an outlet; none where salinity is off.
    """
    text = edition.text
    rows: list[tuple[Cell, ...]] = []
    for row in salt_table(edition.results).to_dict("records"):
        strong = [figure(float(row[name]), LEVEL) for name in ("limit", "mean", "most")]
        volumes = [figure(float(row[name]), VOLUME) for name in ("load", "missing")]
        rows.append((edition.name(str(row["place"])), *strong, *volumes, float(row["steps_above"])))
    salty = [
        Column(text(f"column.salt_{name}"), digits=LEVEL, unit=text("unit.salt"), summed=False, width=14)
        for name in ("limit", "mean", "most")
    ]
    columns = (
        Column(text("column.place"), width=36),
        *salty,
        Column(text("column.salt_load"), digits=VOLUME, unit=text("unit.load"), summed=False, width=14),
        Column(text("column.diluting"), digits=VOLUME, unit=text("unit.volume"), summed=False, width=18),
        Column(text("column.steps_above"), digits=0, unit=text("unit.none"), summed=False, width=14),
    )
    head = (text("sheet.salinity"), text("title.salinity"), "")
    return Table("salinity", *head, columns, tuple(rows), notes=(told_convergence(edition), text("note.salinity")))


def told_convergence(edition: Edition) -> str:
    """Say whether concentrations converged, after how many passes, and how much they still moved."""
    attrs = edition.results.attrs
    change = edition.words.number(100 * float(attrs.get("salinity_change", 0.0)), VOLUME)
    key = "note.salt_converged" if int(attrs.get("salinity_converged", 0)) else "note.salt_not_converged"
    return edition.text(key, passes=int(attrs.get("salinity_passes", 0)), change=change)


def ground_lines(edition: Edition) -> list[str]:
    """Lines for a terminal: one a table that has rows.

    Parameters
    ----------
    edition : Edition
        A result in a language.

    Returns
    -------
    list of str
        Pumped water with its debt; whether salt converged, and what is missing to dilute it. Nothing where both are off.
    """
    results, text, number = edition.results, edition.text, edition.words.number
    lines = []
    if results.sizes["aquifer"]:
        pumped, debt = (number(float(results[name].sum()), VOLUME) for name in ("pumped", "groundwater_debt"))
        lines.append(text("closing.groundwater", pumped=pumped, debt=debt, unit=text("unit.volume")))
    if results.sizes["salt_link"]:
        lines.append(told_convergence(edition))
    if results.sizes["salt_limit"]:
        lines.append(text("closing.salinity", value=number(float(results["salt_excess"].sum()), VOLUME), unit=text("unit.volume")))
    return lines
