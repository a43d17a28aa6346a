"""Figure of a contract: what winter energy buys, and what summer releases cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waterdeal.reports.colours import COLOURS
from waterdeal.reports.plots.canvas import plan_drawing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr
    from matplotlib.axes import Axes

    from waterdeal.studies.contract.sheet import ContractSheet

#: mark and line of each ladder
MARKED = ("o-", "s--")


def contract_ladders(sheet: ContractSheet, *, lang: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw both ladders of a contract: release of the growing season against energy.

    Parameters
    ----------
    sheet : ContractSheet
        As ``wd.studies.contract_sheet`` finds it.
    lang, ax
        As in `hydrograph`.

    Returns
    -------
    matplotlib.axes.Axes
        Release of the growing season against energy sent for it, and against energy that is missing where it is released for nothing.
    """
    return draw_ladders(sheet.record()["ladders"], sheet.worth.whole, lang, ax)


def draw_ladders(ladders: Mapping[str, Any], plan: xr.Dataset, lang: str | None, ax: Axes | None) -> Axes:
    """Draw ladders as the record of a sheet has them."""
    with plan_drawing(plan, lang, ax) as page:
        for order, (kind, points) in enumerate(ladders.items()):
            solved = [point for point in points if point["has_plan"]]
            energy = [point["asked"] if kind == "energy" else point["unserved"] - solved[0]["unserved"] for point in solved]
            page.axes.plot(energy, [point["release"] for point in solved], MARKED[order], color=COLOURS[order],
                           label=page.text(f"contract.ladder_{kind}_title"), markersize=5)  # fmt: skip
        page.title(page.text("contract.figure_title"))
        page.amounts(page.text("contract.axis"), along="x")
        page.amounts(f"{page.text('contract.summer')}, {page.text('unit.volume')}")
        page.legend(1)
    return page.axes
