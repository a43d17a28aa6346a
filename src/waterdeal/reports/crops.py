"""Crops by party: what is sown, what it yields, what water it takes, what it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.reports.edition import VOLUME, figure, round_tree, sum_cells
from waterdeal.results.held import MASKED, held_variables
from waterdeal.results.tables import crop_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.reports.edition import Edition
    from waterdeal.reports.table import Cell, Table

#: columns whose cells add up, in the order printed, and what they hold
SUMMED = {"area": "area", "output": "load", "water": "volume", "margin": "money"}


def crops(edition: Edition) -> Table:
    """Make the table of crops: every total is the sum of what is printed."""
    table = crop_table(edition.results)
    owners, yields = table["party"].to_numpy(dtype=str), table["yield"].to_numpy(dtype=float)
    shown = _shown(edition)
    printed = np.column_stack([round_tree(table[name].to_numpy(dtype=float), [owners], VOLUME) for name in shown])

    def cells(members: Sequence[int], level: int) -> tuple[Cell, ...]:
        return (*sum_cells(printed, members, VOLUME), figure(yields[members[0]], 2) if level == 2 else None)

    columns = (("party_crop", "text", 34), *((f"crop_{name}", kind, 16) for name, kind in shown.items()), ("crop_yield", "yield", 12))
    body = edition.by_party(owners, [edition.name(str(crop)) for crop in table["crop"]], cells)
    return edition.table("crops", "", columns, body, notes=("crops",))


def _shown(edition: Edition) -> dict[str, str]:
    """Return the columns that are told: no margin where a party keeps its prices at home."""
    hidden = MASKED in edition.results.attrs and "field_margin" in held_variables(edition.results)
    return {name: kind for name, kind in SUMMED.items() if name != "margin" or not hidden}


def crop_summary(edition: Edition) -> Table:
    """Make a table of a row a party; no row where no crops are planned."""
    table = crops(edition)
    return table.part(range(1 + len(_shown(edition))), [row for row in range(len(table.rows)) if table.level(row) < 2])
