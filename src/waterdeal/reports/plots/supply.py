"""Figures of who gets what: deliveries, deficits, crops and energy by party."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.colours import COLOURS, PLAIN, RATIOS
from waterdeal.reports.plots.canvas import HATCHES, SIZE, dataset_of, lacking, plan_drawing
from waterdeal.reports.promises import read_promises
from waterdeal.results.quantities import summed_at
from waterdeal.results.tables import crop_table, entitlement_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from matplotlib.axes import Axes

    from waterdeal.reports.plots.canvas import Page
    from waterdeal.types import Floats

#: steps up to which the figure of a deficit is written in its field; height of a row of a map, and of its frame, inches
WRITTEN, ROW, FRAME = 40, 0.17, 1.3
#: figures of deliveries: word, colour, pattern
BARS = (
    ("plot.requirement", "#FFFFFF", ""), ("plot.delivery", "#56B4E9", ""), ("plot.entitlement", "#E69F00", "..."),
    ("plot.counted", "#0072B2", "///"),
)  # fmt: skip


def deliveries(result: Any, *, lang: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw what each party requires and gets, and its entitlement with what counts against it.

    Parameters
    ----------
    result : Result, xarray.Dataset, pathlib.Path or str
        A plan, its dataset, or the folder of a run.
    lang, ax
        As in `hydrograph`.

    Returns
    -------
    matplotlib.axes.Axes
        Million m3 of the plan's period. Not all that a party gets counts against its entitlement, so that these are two pairs of bars.

    Raises
    ------
    FileProblem
        If it is no plan, or one without users.
    """
    with plan_drawing(result, lang, ax) as page:
        if not page.read["demand"].size:
            raise lacking(page.words, "plot.no_users")
        parties, read = page.edition.parties, page.read
        owners, ids = read["demand_party"].values.astype(str), np.array(parties)
        volumes = [summed_at(read[name].values.sum(axis=1), owners, ids) for name in ("requirement", "delivery")]
        values = [*volumes, *_limits(page)]
        for place, ((label, colour, hatch), amounts) in enumerate(zip(BARS, values, strict=True)):
            if np.isfinite(amounts).any():
                at = np.arange(len(parties)) + 0.2 * (place - 1.5)
                look: dict[str, Any] = {"color": colour, "hatch": hatch, "edgecolor": "#000000", "linewidth": 0.6}
                bars = page.axes.bar(at, amounts, 0.2, label=page.text(label), **look)
                told = ["" if np.isnan(amount) else page.words.number(amount, 0 if amount >= 10 else 1) for amount in amounts]
                page.axes.bar_label(bars, told, fontsize=6, rotation=90, padding=2)
        page.axes.set_xticks(range(len(parties)), [page.name(party) for party in parties])
        page.axes.margins(y=0.16)
        page.title(page.text("plot.deliveries"))
        page.amounts(page.text("plot.volume"))
        page.legend(4)
    return page.axes


def _limits(page: Page) -> Floats:
    """Limits of the parties and what counts against them, of entitlements or of the clauses that are limits; by (figure, party)."""
    plan, parties = page.edition.results, page.edition.parties
    table = entitlement_table(plan)
    found = [(row["party"], row["entitlement_volume"], row["entitlement_delivered"])
             for row in table[table["measure"] == "limit"].to_dict("records")]  # fmt: skip
    held = {party for party, _, _ in found}
    for promise in read_promises(plan):
        party = getattr(promise.clause, "limit_of", None)
        if party and party not in held:
            found += [(party, part.promised, part.planned) for part in promise.parts]
    limits = np.full((2, len(parties)), np.nan)
    for party, volume, counted in found:
        own = parties.index(party)
        limits[:, own] = np.nan_to_num(limits[:, own]) + np.array([volume, counted], dtype=float)
    return limits


def deficits(result: Any, *, lang: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw which part of its requirement each user misses in each step.

    Parameters
    ----------
    result : Result, xarray.Dataset, pathlib.Path or str
        A plan, its dataset, or the folder of a run.
    lang, ax
        As in `hydrograph`.

    Returns
    -------
    matplotlib.axes.Axes
        A row a user, in the order of parties, a field a step; per cent of the requirement, grey where nothing is required.

    Raises
    ------
    FileProblem
        If it is no plan, or one without users.
    """
    count = dataset_of(result).sizes.get("demand", 0)
    with plan_drawing(result, lang, ax, (SIZE[0], FRAME + ROW * max(count, 6))) as page:
        if not count:
            raise lacking(page.words, "plot.no_users")
        order = [k for party in page.edition.parties for k in np.flatnonzero(page.edition.receivers == party)]
        missed = np.clip(100 * (1 - page.read["supply_ratio"].values[order]), 0, None) + 0.0
        _draw_field(page, missed)
        names = page.read["demand"].values.astype(str)[order]
        page.axes.set_yticks(np.arange(len(order)) + 0.5, [page.name(name) for name in names], fontsize=6)
        owners = page.edition.receivers[order]
        for k in np.flatnonzero(owners[1:] != owners[:-1]).tolist():
            page.axes.axhline(k + 1, color="#000000", linewidth=1.0)
        page.axes.set_ylim(len(order), 0)
        page.title(page.text("plot.deficits"), 48)
        page.calendar()
    return page.axes


def _draw_field(page: Page, missed: Floats) -> None:
    """Draw fields in the shades of their deficits, with the figure in each that misses something, and the scale beside them."""
    from matplotlib.colors import BoundaryNorm, ListedColormap

    bounds = [*(100 * least for least, _ in RATIOS), 100.0]
    shades = ListedColormap([colour for _, colour in RATIOS]).with_extremes(bad=PLAIN)
    rows = np.arange(len(missed) + 1)
    drawn = page.axes.pcolormesh(page.edges, rows, np.ma.masked_invalid(missed), cmap=shades, norm=BoundaryNorm(bounds, shades.N),
                                 edgecolors="#FFFFFF", linewidth=0.3)  # fmt: skip
    scale = page.axes.figure.colorbar(drawn, ax=page.axes, spacing="uniform", aspect=40, pad=0.01)
    scale.set_ticks(bounds, labels=[f"{page.words.number(bound, 0)}\xa0%" for bound in bounds])
    if missed.shape[1] > WRITTEN:
        return
    middles = (page.edges[1:] + page.edges[:-1]) / 2
    for row, step in zip(*np.nonzero(missed >= 0.5), strict=True):
        dark = missed[row, step] >= 100 * RATIOS[3][0]
        page.axes.text(middles[step], row + 0.5, page.words.number(missed[row, step], 0), fontsize=4.5, ha="center", va="center",
                       color="#FFFFFF" if dark else "#000000")  # fmt: skip


def energy(result: Any, *, lang: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the energy that the plants of each party make by step.

    Parameters
    ----------
    result : Result, xarray.Dataset, pathlib.Path or str
        A plan, its dataset, or the folder of a run.
    lang, ax
        As in `hydrograph`.

    Returns
    -------
    matplotlib.axes.Axes
        GWh a day, parties on one another, so that steps of other lengths compare; the sums of the plan in GWh stand in the legend.

    Raises
    ------
    FileProblem
        If it is no plan, or one without plants.
    """
    with plan_drawing(result, lang, ax) as page:
        if not page.read["plant"].size:
            raise lacking(page.words, "plot.no_plants")
        owners, made = page.read["plant_party"].values.astype(str), page.read["energy"].values
        daily = {party: made[owners == party].sum(axis=0) / page.read["step_length"].values for party in page.edition.parties}
        sums = {party: f"{page.words.number(made[owners == party].sum(), 0)}\xa0{page.text('unit.energy')}" for party in daily}
        for party, low, high, look in _stacked(page, daily):
            page.axes.stairs(high, page.edges, baseline=low, fill=True, label=f"{page.name(party)}: {sums[party]}", **look)
        page.axes.set_ylim(bottom=0)
        page.title(page.text("plot.energy"))
        page.amounts(page.text("plot.energy_daily"))
        page.calendar()
        page.legend()
    return page.axes


def crops(result: Any, *, lang: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the areas of crops by party.

    Parameters
    ----------
    result : Result, xarray.Dataset, pathlib.Path or str
        A plan made with ``[agriculture]``, its dataset, or the folder of its run.
    lang, ax
        As in `hydrograph`.

    Returns
    -------
    matplotlib.axes.Axes
        Thousand ha, a bar a crop, parties on one another; the crop with the largest area first.

    Raises
    ------
    FileProblem
        If it is no plan, or one that plans no crops.
    """
    with plan_drawing(result, lang, ax) as page:
        if not page.read["field"].size:
            raise lacking(page.words, "plot.no_crops")
        areas = crop_table(page.edition.results).pivot_table(index="crop", columns="party", values="area", aggfunc="sum", fill_value=0.0)
        areas = areas.loc[areas.sum(axis=1).sort_values(kind="stable", ascending=False).index]
        for party, low, high, look in _stacked(page, {party: areas[party].to_numpy() for party in page.edition.parties if party in areas}):
            page.axes.bar(np.arange(len(areas)), high - low, 0.7, low, label=page.name(party), **look)
        names = [page.name(str(crop)) for crop in areas.index]
        page.axes.set_xticks(range(len(areas)), names, rotation=30 if len(areas) > 4 else 0, ha="right" if len(areas) > 4 else "center")
        page.title(page.text("plot.crops"))
        page.amounts(page.text("plot.area"))
        page.legend()
    return page.axes


def _stacked(page: Page, amounts: Mapping[str, Floats]) -> Iterator[tuple[str, Floats, Floats, dict[str, Any]]]:
    """Lay parties that have something on one another: from where to where, and the look of each."""
    below = np.zeros(0)
    for order, party in enumerate(page.edition.parties):
        if party in amounts and amounts[party].any():
            low = below if below.size else np.zeros_like(amounts[party])
            below = low + amounts[party]
            look: dict[str, Any] = {"facecolor": COLOURS[order % len(COLOURS)], "hatch": HATCHES[order % len(HATCHES)]}
            yield party, low, below, {**look, "edgecolor": "#000000", "linewidth": 0.5}
