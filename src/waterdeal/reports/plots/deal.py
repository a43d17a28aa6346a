"""Figures of a deal: slack of every clause, ladder of a price, frontier of two parties, fans of an ensemble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.colours import COLOURS, STATES
from waterdeal.reports.plots.canvas import SIZE, dataset_of, lacking, plan_drawing
from waterdeal.reports.promises import read_promises
from waterdeal.results.quantities import summed_at
from waterdeal.variables import vocabulary
from waterdeal.words import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr
    from matplotlib.axes import Axes

    from waterdeal.ask.prices import Price
    from waterdeal.ensemble.summary import Ensemble
    from waterdeal.reports.plots.canvas import Page
    from waterdeal.reports.promises import Part
    from waterdeal.studies.frontier import Frontier
    from waterdeal.types import Floats
    from waterdeal.words import Words

#: reserve beyond which a bar is cut, per cent of the promise; least length of a bar, so that it is seen
CUT, SEEN = 100.0, 0.8
#: markers of points
MARKS = "osD^vPX*<>"
#: shares of members below a fan's edges, from the outermost inwards, and the shades between them
FAN, SHADES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95), ("#DCEBF5", "#A9CFE6", "#6FAFD6")


def slack(result: Any, *, lang: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw how much of each clause is left: the reserve of its tightest part.

    Parameters
    ----------
    result : Result, xarray.Dataset, pathlib.Path or str
        A plan with clauses, its dataset, or the folder of its run.
    lang, ax
        As in `hydrograph`.

    Returns
    -------
    matplotlib.axes.Axes
        Reserve in per cent of what is promised, below zero where the promise is not reached; beside each bar what it is in the unit of the
        clause. What is more than the promise itself is cut at 100 %.

    Raises
    ------
    FileProblem
        If it is no plan, or one without clauses.
    """
    count = dataset_of(result).sizes.get("clause", 0)
    with plan_drawing(result, lang, ax, (SIZE[0], 1.4 + 0.3 * max(count, 3))) as page:
        promises = read_promises(page.edition.results)
        if not promises:
            raise lacking(page.words, "plot.no_clauses")
        seen = set[str]()
        for row, promise in enumerate(promises):
            part = min(promise.parts, key=lambda part: part.tightness)
            state, share = promise.state(), float(np.clip(100 * part.tightness, -CUT, CUT))
            colour, hatch, _ = STATES[state]
            label = "" if state in seen else page.text(f"plot.{state}")
            least = -SEEN if state in {"conceded", "broken"} else SEEN
            look: dict[str, Any] = {"color": colour, "hatch": hatch, "edgecolor": "#000000", "linewidth": 0.5}
            page.axes.barh(row, share if abs(share) > SEEN else least, 0.6, label=label, **look)
            page.axes.annotate(_left(page, part), (max(share, SEEN), row), (4, 0), textcoords="offset points", va="center", fontsize=7)
            seen.add(state)
        page.axes.axvline(0, color="#000000", linewidth=0.8)
        page.axes.set_yticks(range(len(promises)), [f"{promise.number}. {promise.clause.id}" for promise in promises], fontsize=7)
        page.axes.set_ylim(len(promises) - 0.4, -0.6)
        page.axes.margins(x=0.25)
        page.title(page.text("plot.slack"))
        page.amounts(page.text("plot.reserve"), along="x")
        page.legend(4)
    return page.axes


def _left(page: Page, part: Part) -> str:
    """Reserve in the unit of the clause."""
    return page.edition.tell.amount(part.reserve, part.unit) if np.isfinite(part.reserve) else "–"


def ladder(result: Any, price: Price, *, lang: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw what changes of an amount are worth, each solved again, beside its price and how far that holds.

    Parameters
    ----------
    result : Result, xarray.Dataset, pathlib.Path or str
        A plan, its dataset, or the folder of a run; the inputs of a scenario will do. It gives names and language.
    price : Price
        As ``wd.price(..., ladder=True)`` finds it.
    lang, ax
        As in `hydrograph`.

    Returns
    -------
    matplotlib.axes.Axes
        The gain of the first level that changes, against the change of the amount; changes without a plan are marked at the bottom.

    Raises
    ------
    FileProblem
        If the price was found without its ladder.
    """
    with plan_drawing(result, lang, ax, planned=False) as page:
        if not price.rungs:
            raise lacking(page.words, "plot.no_ladder", name=price.name)
        levels = list(dict.fromkeys(rung.level for rung in price.rungs if not rung.infeasible))
        for order, level in enumerate(levels):
            own = [rung for rung in price.rungs if rung.level == level and not rung.infeasible]
            name = page.words.text_or(f"level.{level}", str(level)) if level else page.text("plot.no_level")
            page.axes.plot([rung.change for rung in own], [rung.gain for rung in own], MARKS[order % len(MARKS)], label=name,
                           color=COLOURS[order % len(COLOURS)], markersize=5)  # fmt: skip
        for side, sign, line in ((price.more, 1.0, "-"), (price.less, -1.0, "--")):
            if side.level is not None and not side.infeasible:
                far = min(side.holds_for, max(abs(rung.change) for rung in price.rungs))
                word = page.text("plot.more" if sign > 0 else "plot.less", worth=page.words.number(side.worth, 3))
                page.axes.plot([0, sign * far], [0, sign * side.worth * far], linestyle=line, color="#000000", linewidth=1.0, label=word)
        none = [rung.change for rung in price.rungs if rung.infeasible]
        if none:
            page.axes.plot(none, [0.0] * len(none), "x", color="#D55E00", markersize=7, label=page.text("plot.without_plan"))
        page.axes.axhline(0, color="#000000", linewidth=0.6)
        page.axes.axvline(0, color="#000000", linewidth=0.6)
        page.title(page.text("plot.ladder", name=price.name))
        page.amounts(page.text("plot.change", unit=_unit(page.words, price.unit)), along="x")
        page.amounts(page.text("plot.gain"))
        page.legend(3)
    return page.axes


def frontier(
    result: Any, found: Frontier, *, marked: Mapping[str, Any] | None = None, lang: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw what two parties can have, with the plan of the scenario and alternatives marked.

    Parameters
    ----------
    result : Result, xarray.Dataset, pathlib.Path or str
        A plan, its dataset, or the folder of a run; the inputs of a scenario will do. It gives names and language.
    found : Frontier
        As ``wd.studies.find_frontier`` finds it.
    marked : mapping, optional
        By its name, each alternative: a plan, or what both parties have by it in the units of the frontier.
    lang, ax
        As in `hydrograph`.

    Returns
    -------
    matplotlib.axes.Axes
        Every corner; between two of them one party gives to the other at one rate.

    Raises
    ------
    FileProblem
        If an alternative is told by its plan and the frontier measures what plans do not tell by party.
    """
    with plan_drawing(result, lang, ax, (6.0, 4.5), planned=False) as page:
        page.axes.plot(*found.corners.T, marker=".", color=COLOURS[0], label=page.text("plot.frontier"))
        page.axes.plot(*found.plan, marker="X", linestyle="none", color="#000000", markersize=8, label=page.text("plot.plan"))
        for order, (name, told) in enumerate((marked or {}).items()):
            point = told if isinstance(told, tuple) else _point(page, dataset_of(told), found)
            look: dict[str, Any] = {"color": COLOURS[(order + 1) % len(COLOURS)], "markeredgecolor": "#000000", "markersize": 7}
            page.axes.plot(*point, marker=MARKS[order % len(MARKS)], linestyle="none", label=clean(name), **look)
        for party, quantity, unit, along in zip(found.parties, found.of, found.units, "xy", strict=True):
            page.amounts(f"{page.name(party)}: {page.text(f'study.of_{quantity}')}, {_unit(page.words, unit)}", along=along)
        page.title(page.text("plot.frontier"))
        page.legend(3)
    return page.axes


def _point(page: Page, plan: xr.Dataset, found: Frontier) -> tuple[float, ...]:
    """What both parties have by a plan, measured as the frontier does."""
    owners = {quantity: f"{plan[quantity].dims[0]}_party" if quantity in plan else "" for quantity in found.of}
    if not all(owner in plan for owner in owners.values()):
        raise lacking(page.words, "plot.no_point", measures=", ".join(found.of))
    totals = (
        summed_at(plan[quantity].values.sum(axis=1), plan[owners[quantity]].values.astype(str), np.array([party]))
        for party, quantity in zip(found.parties, found.of, strict=True)
    )
    return tuple(float(total[0]) for total in totals)


def _unit(words: Words, unit: str) -> str:
    """Unit of an amount as an agreement or a level has it."""
    return words.text({"hm3": "unit.volume", "GWh": "unit.energy", "m3/s": "unit.rate"}.get(unit, "unit.none"))


def fan(result: Any, found: Ensemble, quantity: str, place: str, *, lang: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the spread of a quantity over the members of an ensemble that have a plan.

    Parameters
    ----------
    result : Result, xarray.Dataset, pathlib.Path or str
        A plan, its dataset, or the folder of a run; one of the same scenario. It gives names, steps and language.
    found : Ensemble
        As ``wd.studies.run_traces`` made it.
    quantity : str
        One that was kept, e.g. ``storage``.
    place : str
        Id of the reservoir, link, demand or plant.
    lang, ax
        As in `hydrograph`.

    Returns
    -------
    matplotlib.axes.Axes
        The median, and bands of half, four fifths and nine tenths of the members; storages in million m3 at the ends of the steps, water
        that flows in m3/s, energy in GWh.

    Raises
    ------
    FileProblem
        If the quantity was not kept, or has no such place, or no member is done.
    """
    kept, first = found.spec["quantities"], found.first
    with plan_drawing(result, lang, ax) as page:
        if quantity not in kept:
            raise lacking(page.words, "plot.not_kept", quantity=quantity, kept=", ".join(kept))
        dim = str(first[quantity].dims[1])
        if not (np.array_equal(first["time"], page.read["time"]) and np.array_equal(first[dim], page.read[dim])):
            raise lacking(page.words, "plot.other_ensemble")
        number = page.index(dim, place, "plot.no_place")
        values = found.quantiles(quantity, FAN).to_numpy()[:, number]
        at_ends = "ends" in vocabulary()[quantity].roles
        flows = vocabulary()[quantity].unit == "hm3" and not at_ends
        draw_fan(page, FAN, page.rates(values) if flows else values, at_ends=at_ends)
        page.title(page.text("plot.fan", place=page.name(place), count=page.words.number(found.done - len(found.failures()), 0)))
        page.amounts(page.text("plot.rate" if flows else "unit.energy" if vocabulary()[quantity].unit == "GWh" else "plot.volume"))
        page.calendar()
        page.legend(4)
    return page.axes


def draw_fan(page: Page, shares: Sequence[float], values: Floats, *, at_ends: bool) -> None:
    """Draw quantiles by share and step: bands from the outermost shares inwards, and the median in their middle."""
    middle = len(shares) // 2
    for k, (low, high) in enumerate(zip(values[:middle], values[: -middle - 1 : -1], strict=True)):
        label = page.text("plot.members", share=page.words.number(100 * (shares[-1 - k] - shares[k]), 0))
        if at_ends:
            page.axes.fill_between(page.edges[1:], low, high, color=SHADES[k], linewidth=0, label=label)
        else:
            page.axes.stairs(high, page.edges, baseline=low, fill=True, color=SHADES[k], linewidth=0, label=label)
    if at_ends:
        page.axes.plot(page.edges[1:], values[middle], color="#000000", label=page.text("plot.median"))
    else:
        page.stairs(values[middle], page.text("plot.median"), color="#000000")
