"""Crops by party: what is sown, what it yields, what water it takes, what it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.report.edition import VOLUME, figure, round_tree
from waterdeal.report.table import Cell, Column, Table
from waterdeal.results.tables import crop_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from waterdeal.report.edition import Edition
    from waterdeal.types import Floats


#: columns whose cells add up, in the order printed
SUMMED = ("area", "output", "water", "margin")
UNITS = ("unit.area", "unit.load", "unit.volume", "unit.money")


def crops(edition: Edition) -> Table:
    """Make the table of crops."""
    table, printed = _printed(edition)
    owners = table["party"].to_numpy(dtype=str)
    rows: list[tuple[Cell, ...]] = []
    levels: list[int] = []
    sums: dict[int, tuple[int, ...]] = {}
    for party in [name for name in edition.parties if name in owners]:
        members = np.flatnonzero(owners == party).tolist()
        sums[len(rows)] = tuple(range(len(rows) + 1, len(rows) + 1 + len(members)))
        rows.append(_row(edition.name(party), printed, members, None))
        yields = [figure(value, 2) for value in table["yield"].to_numpy(dtype=float)[members].tolist()]
        names = [edition.name(str(crop)) for crop in table["crop"].iloc[members]]
        rows += [_row(name, printed, [member], grown) for name, member, grown in zip(names, members, yields, strict=True)]
        levels += [1, *[2] * len(members)]
    if rows:
        sums[len(rows)] = tuple(sums)
        rows.append(_row(edition.text("row.all_parties"), printed, range(len(table)), None))
        levels.append(0)
    head = (edition.text("sheet.crops"), edition.text("title.crops"), "")
    return Table("crops", *head, _columns(edition), tuple(rows), tuple(levels), sums, notes=(edition.text("note.crops"),))


def _columns(edition: Edition) -> tuple[Column, ...]:
    """Headings with the unit of each."""
    text = edition.text
    numbers = [
        Column(text(f"column.crop_{name}"), digits=VOLUME, unit=text(unit), width=16) for name, unit in zip(SUMMED, UNITS, strict=True)
    ]
    yields = Column(text("column.crop_yield"), digits=2, unit=text("unit.yield"), summed=False, width=12)
    return (Column(text("column.party_crop"), width=34), *numbers, yields)


def crop_grid(edition: Edition) -> tuple[list[str], list[list[str]]]:
    """Headings and a row a party, for a terminal; no row where no crops are planned."""
    table, number = crops(edition), edition.words.number
    headings = [table.columns[0].heading, *(f"{column.heading}, {column.unit}" for column in table.columns[1:5])]
    rows = [
        [str(cells[0]), *(number(cell if isinstance(cell, float) else None) for cell in cells[1:5])]
        for place, cells in enumerate(table.rows)
        if table.level(place) < 2
    ]
    return headings, rows


def _printed(edition: Edition) -> tuple[pd.DataFrame, Floats]:
    """Crops, and what of them is printed: every total is the sum of what is printed."""
    table = crop_table(edition.results)
    owners = table["party"].to_numpy(dtype=str)
    return table, np.column_stack([round_tree(table[name].to_numpy(dtype=float), [owners], VOLUME) for name in SUMMED])


def _row(heading: str, printed: Floats, members: Sequence[int], grown: float | None) -> tuple[Cell, ...]:
    """Cells of the sum of some crops."""
    sums = np.round(printed[list(members)].sum(axis=0), VOLUME) + 0.0
    return (heading, *(float(value) for value in sums), grown)
