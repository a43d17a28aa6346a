"""What is asked for nature and what is missing to it, by place and season: least flows, pulses, targets of lakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.report.edition import VOLUME, figure
from waterdeal.report.table import Cell, Column, Table
from waterdeal.report.words import BLANK
from waterdeal.results.environment import environment_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.report.edition import Edition

#: a volume below this is not told as missing, hm3: it would be printed as nothing
SMALL = 0.05


def least_flows(edition: Edition) -> Table:
    """Make the table of least flows, pulses and targets of lakes, and of what is missing to them.

    Parameters
    ----------
    edition : Edition
        A result in a language.

    Returns
    -------
    Table
        One row a place and season.
    """
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
    """Headings and rows of what is missing, for a terminal.

    Parameters
    ----------
    edition : Edition
        A result in a language.

    Returns
    -------
    (list of str, list of list of str)
        Headings; one row a place and season to which something is missing.
    """
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
