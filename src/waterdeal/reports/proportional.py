"""A proportional cut as a basin organisation makes it by hand: one share of what everybody requires, beside what the plan gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.blocks import Paragraph
from waterdeal.reports.calculator import LEAST, WORKED, Worked
from waterdeal.reports.edition import PERCENT, VOLUME, percent, sum_cells
from waterdeal.reports.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xarray as xr

    from waterdeal.reports.edition import Edition
    from waterdeal.reports.table import Cell

#: items of the balance that are known before a plan is made
KNOWN = ("runoff", "stored_before", "past")


def balance(results: xr.Dataset) -> dict[str, float]:
    """Return what comes into a basin less what does not reach its users, over the whole of a plan: all that can be delivered, by item.

    Water that users leave and others take again counts each time it is taken, as deliveries do.
    """
    read = results.variables
    kinds = dict(zip(*(read[name].values.astype(str).tolist() for name in ("node", "node_kind")), strict=True))
    inside = np.array([kind != "outlet" for kind in kinds.values()], dtype=bool)
    lakes = np.array([kinds[body] == "lake" for body in read["reservoir"].values.astype(str).tolist()], dtype=bool)
    lost = (read["evaporation"].values + read["seepage"].values).sum(axis=1)
    stored = read["storage"].values[:, -1] if read["storage"].values.size else np.zeros(0)
    gained = stored - read["storage_initial"].values
    beyond = np.array([kinds[node] == "outlet" for node in read["link_to"].values.astype(str).tolist()], dtype=bool)
    flow, loss, arrival = (read[name].values.sum(axis=1) for name in ("flow", "loss", "arrival"))
    past = float(read["arrival_past"].values.sum())
    return {
        "runoff": float(read["runoff"].values[inside].sum()),
        "stored_before": float(read["storage_initial"].values[~lakes].sum()),
        "past": past,
        "returned": float(read["inflow_returned"].values[inside].sum()),
        "ground": float(read["inflow_ground"].values[inside].sum()),
        "stored_after": -float(stored[~lakes].sum()),
        "lost": -float(loss.sum()),
        "evaporated": -float(lost[~lakes].sum()),
        "under_way": -float((flow - loss - arrival).sum()) - past,
        "lakes": -float((gained + lost)[lakes].sum()),
        "beyond": -float(arrival[beyond].sum()),
    }


def cut_blocks(edition: Edition) -> Iterator[Any]:
    """Work the share, then set what it gives each party and canal beside the plan."""
    asked = edition.printed_requirement
    if not asked.size or asked.sum() <= 0:
        return
    working, share = _share(edition)
    yield from (working, _table(edition, share))
    yield Paragraph(edition.text("method.cut_blind"))


def _share(edition: Edition) -> tuple[Table, float]:
    """Work what there is to give out, what is required, and the share; and the share of others where towns are served in full."""
    worked, text, read = Worked(edition), edition.text, edition.read
    required, towns = edition.printed_requirement, read["demand_kind"].values == "municipal"
    total = None
    for key, value in balance(edition.results).items():
        if abs(value) <= LEAST:
            continue
        label = text("method.cut_item", item=text(f"cut.{key}"), origin=text("cut.input" if key in KNOWN else "cut.plan"))
        part = worked.line(label, worked.number(abs(value), VOLUME), "volume", digits=VOLUME)
        total = part if total is None else total + part if value > 0 else total - part
    there = worked.line(text("method.cut_there"), total or worked.number(0, VOLUME), "volume", digits=VOLUME)
    needed = worked.line(text("method.cut_required"), worked.number(required.sum(), VOLUME), "volume", "requirement", VOLUME)
    whole = worked.short(100)
    share = worked.line(text("method.cut_share"), there / needed * whole, "percent")
    if towns.any() and not towns.all():
        given = worked.number(required[towns].sum(), VOLUME)
        worked.line(text("method.cut_towns"), (there - given) / (needed - given) * whole, "percent", digits=PERCENT)
    return worked.table("cut_share", text("method.cut")), min(share.value, 100.0)


def _table(edition: Edition, share: float) -> Table:
    """Make the table of the cut beside the plan, by party and canal; a share of more than all is all."""
    required, given = edition.printed_requirement, edition.printed_delivery.sum(axis=1)
    by_hand = np.round(required * share / 100.0, VOLUME)
    columns = np.column_stack([required, by_hand, given, given - by_hand])

    def cells(members: Sequence[int], _: int) -> tuple[Cell, ...]:
        sums = sum_cells(columns, members, VOLUME)
        return (*sums, percent(float(given[list(members)].sum()), float(required[list(members)].sum())))

    names = list(map(edition.name, edition.read["demand"].values.astype(str).tolist()))
    body = edition.by_party(edition.receivers, names, cells)
    heads = {"requirement": True, "by_hand": True, "planned": True, "apart_hand": True, "supply_percent": False}
    told = [Column(edition.text(f"column.{key}"), digits=VOLUME, width=15, summed=summed) for key, summed in heads.items()]
    note = edition.text("method.cut_note", share=edition.words.number(share, WORKED))
    first = Column(edition.text("column.party_canal"), width=44)
    return Table("cut", edition.text("sheet.cut"), edition.text("method.cut_beside"), edition.unit("volume"), (first, *told),
                 tuple(body.rows), tuple(body.levels), body.sums, {4: (3, -2)}, (note,))  # fmt: skip
