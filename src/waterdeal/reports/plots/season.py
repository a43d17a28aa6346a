"""The season of a basin as a Sankey diagram: where its water comes from and where it goes."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.colours import COLOURS, WATER
from waterdeal.reports.plots.canvas import plan_drawing
from waterdeal.results.quantities import summed_at
from waterdeal.results.tables import SMALL, party_balance_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from waterdeal.reports.plots.canvas import Page

#: bounds of the trunk across, and of the bands; distance of bands, and least distance of their labels, as shares of the height
TRUNK, REACH, GAP, APART = (-0.12, 0.12), 1.0, 0.02, 0.062
#: letters of a line of a label
LETTERS = 30
#: a flow: its name, its volume in million m3, its colour
Flow = tuple[str, float, str]


def sankey(result: Any, *, lang: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw where the water of a plan's period comes from and where it goes, as bands as broad as their volumes.

    Parameters
    ----------
    result : Result, xarray.Dataset, pathlib.Path or str
        A plan, its dataset, or the folder of a run.
    lang, ax
        As in `hydrograph`.

    Returns
    -------
    matplotlib.axes.Axes
        Left: runoff by territory, return flows, what bodies of water gave up. Right: deliveries by party, evaporation, losses, what left
        the basin, what bodies of water gained; million m3. Both sides have the same sum.

    Raises
    ------
    FileProblem
        If it is no plan.
    """
    with plan_drawing(result, lang, ax, (7.2, 5.2)) as page:
        come, go = water_account(page)
        total = sum(volume for _, volume, _ in come)
        height = 1.0 + GAP * max(len(come), len(go))
        for side, flows in ((-1, come), (1, go)):
            _draw_side(page, flows, side, total, height)
        start, end = (height - 1) / 2, (height + 1) / 2
        page.axes.fill_between(TRUNK, start, end, color=WATER, linewidth=0)
        told = page.text("plot.whole", volume=f"{page.words.number(total, 0)}\xa0{page.text('unit.volume')}")
        page.axes.text(0, height / 2, told, ha="center", va="center", fontsize=8, rotation=90)
        page.axes.set_xlim(-REACH - 0.9, REACH + 0.9)
        page.axes.set_ylim(-0.03 * height, 1.03 * height)
        page.axes.axis("off")
        page.title(page.text("plot.sankey"))
    return page.axes


def water_account(page: Page) -> tuple[list[Flow], list[Flow]]:
    """What comes and what goes over the period; a body of water that gains takes, and one that loses gives."""
    plan, read, text = page.edition.results, page.read, page.text
    parties, sums = page.edition.parties, party_balance_table(plan).sum()
    delivered = summed_at(read["delivery"].values.sum(axis=1), read["demand_party"].values.astype(str), np.array(parties))
    formed = party_balance_table(plan)["runoff"]
    come = [(text("plot.runoff", party=page.name(party)), float(formed[party]), "#0072B2") for party in parties]
    come += [(text(f"balance.{name}"), float(sums[name]), "#009E73") for name in ("return_flow", "from_ground") if name in sums]
    go = [(text("plot.users", party=page.name(party)), float(volume), COLOURS[1]) for party, volume in zip(parties, delivered, strict=True)]
    losses = [name for name in ("evaporation", "seepage", "loss", "left_basin") if name in sums]
    go += [(text(f"balance.{name}"), float(sums[name]), "#CC79A7" if name == "left_basin" else "#999999") for name in losses]
    for name in ("storage", "transit"):
        gained = float(sums[f"{name}_change"])
        (go if gained > 0 else come).append((text(f"plot.{name}_{'gained' if gained > 0 else 'given'}"), abs(gained), "#56B4E9"))
    return [flow for flow in come if flow[1] > SMALL], [flow for flow in go if flow[1] > SMALL]


def _draw_side(page: Page, flows: Sequence[Flow], side: int, total: float, height: float) -> None:
    """Draw the bands of a side from top to bottom, each from its place in the trunk to its own, and what each is."""
    inner, outer = TRUNK[side > 0], side * REACH
    ways = np.linspace(0.0, 1.0, 40)
    bend = 3 * ways**2 - 2 * ways**3
    at, near, middles = height, (height + 1) / 2, []
    spread = (height - 1) / max(len(flows), 1)
    for _, volume, colour in flows:
        broad = volume / total
        at -= spread / 2
        tops = near + (at - near) * bend
        page.axes.fill_between(inner + (outer - inner) * ways, tops - broad, tops, color=colour, alpha=0.75, linewidth=0)
        middles.append(at - broad / 2)
        at, near = at - broad - spread / 2, near - broad
    labels = _apart(middles, APART * height, height)
    for (name, volume, _), middle, place in zip(flows, middles, labels, strict=True):
        told = f"{textwrap.fill(name, LETTERS)}\n{page.words.number(volume, 0 if volume >= 10 else 1)}"
        page.axes.plot([outer, outer + side * 0.04], [middle, place], color="#000000", linewidth=0.4)
        look: dict[str, Any] = {"ha": "left" if side > 0 else "right", "va": "center", "fontsize": 6.5, "linespacing": 0.95}
        page.axes.text(outer + side * 0.05, place, told, **look)


def _apart(middles: Sequence[float], least: float, height: float) -> list[float]:
    """Move labels, from top to bottom, so far that none stands on another and all stay within the height."""
    places = list(middles)
    for k in range(1, len(places)):
        places[k] = min(places[k], places[k - 1] - least)
    low = 0.5 * least
    for k in reversed(range(len(places))):
        places[k] = max(places[k], low)
        low = places[k] + least
    return [min(place, height) for place in places]
