"""What is asked for nature and what is missing to it, by place and season: least flows, pulses, targets of lakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.report.edition import LEVEL, VOLUME, figure
from waterdeal.report.table import Cell, Column, Table
from waterdeal.results.environment import environment_table
from waterdeal.results.tables import aquifer_table, round_to_total, salt_table
from waterdeal.words import BLANK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.report.edition import Edition

#: parts of the balance of an aquifer, in the order printed, with their signs
PARTS = ("start", "recharge", "pumped", "baseflow")
SIGNS = np.array([1.0, 1.0, -1.0, -1.0])


def aquifers(edition: Edition) -> Table:
    """Make the table of aquifers: volume at start + recharge - pumped - baseflow = volume at end."""
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
    """Make the table of salt, with a word on whether its passes converged."""
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
    """Lines for a terminal: one a table that has rows."""
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


#: a volume below this is not told as missing, hm3: it would be printed as nothing
SMALL = 0.05


def least_flows(edition: Edition) -> Table:
    """Make the table of least flows, pulses and targets of lakes, and of what is missing to them."""
    text = edition.text
    columns = (
        Column(text("column.place"), width=44),
        Column(text("column.kind"), width=18),
        Column(text("column.season"), width=26),
        Column(text("column.asked"), digits=VOLUME, summed=False, width=14),
        Column(text("column.missing"), digits=VOLUME, summed=False, width=14),
        Column(text("column.natural_lack"), digits=VOLUME, summed=False, width=18),
        Column(text("column.steps_short"), digits=0, unit=text("unit.none"), summed=False, width=14),
    )
    rows: list[tuple[Cell, ...]] = [
        (*words, *(figure(volume, VOLUME) for volume in volumes), figure(steps, 0)) for words, volumes, steps in _rows(edition)
    ]
    return Table("least_flows", text("sheet.least_flows"), text("title.least_flows"), text("unit.volume"), columns, tuple(rows))


def missing_grid(edition: Edition) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of what is missing, for a terminal."""
    number = edition.words.number
    rows = [[*words, *(number(volume, VOLUME) for volume in volumes[:2])] for words, volumes, _ in _rows(edition) if volumes[1] >= SMALL]
    return [edition.text(f"column.{key}") for key in ("place", "kind", "season", "asked", "missing")], rows


def _rows(edition: Edition) -> Iterator[tuple[tuple[str, str, str], tuple[float, float, float], float]]:
    """Yield (place, kind, season) in words; what is asked, missing, and missing to an unused river; steps that are short."""
    for row in environment_table(edition.results).to_dict("records"):
        kind = str(row["kind"] if row["measure"] == "flow" else row["measure"])
        season = edition.words.season(str(row["season"])) if row["season"] else BLANK
        words = edition.name(str(row["place"])), edition.text(f"flow_kind.{kind}"), season
        yield words, (float(row["asked"]), float(row["missing"]), float(row["natural_lack"])), float(row["steps_short"])
