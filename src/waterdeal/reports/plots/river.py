"""Figures of the river: flow at a place, storage of a reservoir, a plan beside what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.plots.canvas import SIZE, Page, blank_figure, dataset_of, figure_bytes, lacking, plan_drawing, styled
from waterdeal.reports.quantity import agency_name
from waterdeal.units import volume_to_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes

    from waterdeal.reports.edition import Edition
    from waterdeal.types import Floats

#: reservoirs side by side in a figure of all; months named below each
ACROSS, FEW = 5, 4
#: settings of small figures side by side
SMALL: dict[str, Any] = {"font.size": 6, "axes.titlesize": 6, "axes.linewidth": 0.4}
#: colour and line of a limit, and of what is asked
LIMIT: dict[str, Any] = {"color": "#D55E00", "linestyle": ":"}
ASKED: dict[str, Any] = {"color": "#000000", "linestyle": "--", "linewidth": 1.0}


def hydrograph(result: Any, place: str, *, lang: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the flow at a place by step with what is required there and its limits.

    Parameters
    ----------
    result : Result, xarray.Dataset, pathlib.Path or str
        A plan, its dataset, or the folder of a run.
    place : str
        Id or name of a link, a demand (its delivery and requirement), a reservoir (its inflow and release) or another node (what leaves it
        down the river, else what reaches it).
    lang : str, optional
        ``en``, ``ru``, ``kk`` or ``uz``; the attribute ``language`` of the dataset unless told, else English.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure unless told.

    Returns
    -------
    matplotlib.axes.Axes
        Mean rates of the steps in m3/s, each step as long as it is.

    Raises
    ------
    FileProblem
        If there is no such place, or no plan.
    """
    with plan_drawing(result, lang, ax) as page:
        dim, number = _place(page, place)
        for order, (label, values, look) in enumerate(_lines(page, dim, number)):
            page.stairs(values, label, order, **look)
        page.title(page.name(str(page.read[dim].values[number])))
        page.amounts(page.text("plot.rate"))
        page.axes.set_ylim(bottom=0)
        page.calendar()
        page.legend()
    return page.axes


def _place(page: Page, place: str) -> tuple[str, int]:
    """Dimension and number of a place; what is a link and a node by one name is the link."""
    known = {dim: page.read[dim].values.astype(str).tolist() for dim in ("link", "demand", "reservoir", "node")}
    for dim, ids in known.items():
        if place in ids:
            return dim, ids.index(place)
    called = {name.casefold(): (dim, k) for dim, ids in reversed(known.items()) for k, each in enumerate(ids)
              for name in page.edition.tell.names.get(each, {}).values()}  # fmt: skip
    if place.casefold() not in called:
        from waterdeal.basin.cells import did_you_mean

        every = list(dict.fromkeys(name for ids in known.values() for name in ids))
        raise lacking(page.words, "plot.no_place", place=place, did_you_mean=did_you_mean(place, every))
    return called[place.casefold()]


def _lines(page: Page, dim: str, number: int) -> Iterator[tuple[str, Floats, dict[str, Any]]]:
    """What is drawn of a place: label, rates and look."""
    read, text = page.read, page.text
    if dim == "demand":
        yield text("column.delivery"), page.rates(read["delivery"].values[number]), {}
        yield text("column.requirement"), page.rates(read["requirement"].values[number]), ASKED
    elif dim == "reservoir":
        yield text("column.reservoir_inflow"), page.rates(read["reservoir_inflow"].values[number]), {}
        yield text("column.release"), page.rates(read["release"].values[number] + read["spill"].values[number]), {}
        most = read["release_max"].values[number]
        if np.isfinite(most).any():
            yield text("plot.outlets"), page.rates(most), LIMIT
    else:
        links = [number] if dim == "link" else _through(read, str(read["node"].values[number]))
        yield text("plot.flow"), read["discharge"].values[links].sum(axis=0), {}
        yield from _asked(page, links)


def _through(read: Any, node: str) -> list[int]:
    """Numbers of the links by which water leaves a node down the river, else by canals, else by which it comes."""
    starts, ends, kinds = (read[name].values.astype(str) for name in ("link_from", "link_to", "link_kind"))
    ways = ((starts == node) & (kinds != "canal"), starts == node, ends == node)
    return next((np.flatnonzero(way).tolist() for way in ways if way.any()), [])


def _asked(page: Page, links: list[int]) -> Iterator[tuple[str, Floats, dict[str, Any]]]:
    """Least flow asked for on links, and what they carry at most."""
    read, names = page.read, page.read["link"].values.astype(str)[links]
    asked = np.isin(read["flow_requirement_link"].values.astype(str), names)
    if asked.any():
        yield page.text("plot.least_flow"), page.rates(read["flow_minimum"].values[asked].sum(axis=0)), ASKED
    for own in np.flatnonzero(np.isin(read["channel_link"].values.astype(str), names)) if len(links) == 1 else ():
        limit = read["channel_limit"].values[own]
        if np.isfinite(limit).any():
            yield page.text("plot.channel"), page.rates(np.where(np.isfinite(limit), limit, np.nan)), LIMIT
    most = read["flow_max"].values[links].sum(axis=0)
    if np.isfinite(most).any() and len(links) == 1:
        yield page.text("plot.capacity"), page.rates(most), {**LIMIT, "linestyle": "-."}


def storage(result: Any, reservoir: str, *, lang: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the storage of a reservoir at the ends of the steps, with its rule band and its dead and full storage.

    Parameters
    ----------
    result : Result, xarray.Dataset, pathlib.Path or str
        A plan, its dataset, or the folder of a run.
    reservoir : str
        Id or name of a reservoir or lake.
    lang, ax
        As in `hydrograph`.

    Returns
    -------
    matplotlib.axes.Axes
        Million m3; the first point is the start of the plan, and each other the end of its step.

    Raises
    ------
    FileProblem
        If there is no such reservoir, or no plan.
    """
    with plan_drawing(result, lang, ax) as page:
        number = page.index("reservoir", reservoir, "plot.no_reservoir")
        draw_storage(page, number, 1.8)
        page.title(page.name(str(page.read["reservoir"].values[number])))
        page.amounts(page.text("plot.volume"))
        page.calendar()
        page.legend()
    return page.axes


def draw_storage(page: Page, number: int, width: float) -> None:
    """Draw band, bounds and storage; what stands at the end of a step is drawn there, bounds from the start on."""
    axes, edges, read, text = page.axes, page.edges, page.read, page.text
    low, high, due = (read[name].values[number] for name in ("storage_rule_low", "storage_rule_high", "storage_terminal"))
    if np.isfinite(low).any():
        axes.fill_between(edges[1:], low, high, color="#D9D9D9", linewidth=0, label=text("plot.rule"))
    draw_bounds(page, number, width)
    values = [read["storage_initial"].values[number], *read["storage"].values[number]]
    axes.plot(edges, values, color="#0072B2", linewidth=width, label=text("plot.storage"))
    if np.isfinite(due).any():
        look: dict[str, Any] = {"color": "#000000", "marker": "v", "linestyle": "none", "markersize": 3 * width, "clip_on": False}
        axes.plot(edges[1:], due, label=text("plot.terminal"), **look)
    axes.set_ylim(bottom=0)


def draw_bounds(page: Page, number: int, width: float) -> None:
    """Draw full and dead storage of a reservoir, and the least its operator keeps where that is more."""
    least, most = (page.read[name].values[number] for name in ("storage_min", "storage_max"))
    dead = np.broadcast_to(page.read["storage_dead"].values[number] if "storage_dead" in page.read else least, least.shape)
    bounds = [("plot.full", most, "#D55E00", ":"), ("plot.dead", dead, "#000000", "--")]
    bounds += [("plot.least", least, "#009E73", "-.")] if (least > dead + 1e-6).any() else []
    for label, bound, color, line in bounds:
        page.axes.plot(page.edges, [bound[0], *bound], color=color, linestyle=line, linewidth=0.6 * width, label=page.text(label))


def small_shape(count: int) -> float:
    """Height of a figure of small reservoirs as a share of its width: the rows and the legend below them."""
    return 0.14 * -(-count // ACROSS) + 0.03


def draw_small(edition: Edition, numbers: Sequence[int], draw: Callable[[Page, int], None], form: str) -> bytes:
    """Draw some reservoirs of a plan, small and side by side, as a file as broad as a page."""
    names = edition.read["reservoir"].values.astype(str)
    with styled(**SMALL):
        drawn = blank_figure((SIZE[0], SIZE[0] * small_shape(len(numbers))))
        grid = drawn.subplots(-(-len(numbers) // ACROSS), ACROSS, squeeze=False).ravel()
        for axes in grid[len(numbers) :]:
            axes.axis("off")
        for number, axes in zip(numbers, grid, strict=False):
            page = Page(axes, edition, own=False)
            draw(page, number)
            page.amounts()
            page.title(page.name(names[number]), 20)
            page.calendar(FEW)
            axes.tick_params(width=0.4, length=2)
        told = {label: handle for axes in grid for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
        drawn.legend(told.values(), told, loc="outside lower center", ncols=len(told), frameon=False, fontsize=6)
    return figure_bytes(drawn, form)


def track(
    result: Any,
    place: str,
    *,
    actual: pd.DataFrame | None = None,
    last_year: Any = None,
    lang: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what a plan gives at a place beside what was measured so far and the same days of last year.

    Parameters
    ----------
    result : Result, xarray.Dataset, pathlib.Path or str
        A plan, its dataset, or the folder of a run.
    place : str
        Id or name of a reservoir (storage), a demand (delivery) or a link (flow).
    actual : pandas.DataFrame, optional
        Readings as ``read_actual(...).readings`` has them; each agency has a line of its own.
    last_year : pandas.DataFrame, Result, xarray.Dataset, pathlib.Path or str, optional
        Readings of last year, or a plan of it with steps of the same days.
    lang, ax
        As in `hydrograph`.

    Returns
    -------
    matplotlib.axes.Axes
        m3/s by step, storages in million m3 at the ends of the steps; a step of which a day was not measured is blank.

    Raises
    ------
    FileProblem
        If there is no such place, or nothing to compare with, or nothing of it that is of this place.
    """
    with plan_drawing(result, lang, ax) as page:
        plan = page.edition.results
        dim, number = _measured_place(page, place)
        quantity = {"reservoir": "storage", "demand": "delivery", "link": "flow"}[dim]
        name = str(page.read[dim].values[number])
        lines = {page.text("plot.plan"): page.read[quantity].values[number]}
        if actual is not None:
            lines |= _named(page, "plot.actual", _laid(plan, actual, quantity, name))
        if last_year is not None:
            lines |= _named(page, "plot.last_year", _year_before(plan, last_year, quantity, name))
        if len(lines) == 1:
            raise lacking(page.words, "plot.nothing_measured", place=page.name(name))
        for order, (label, values) in enumerate(lines.items()):
            if quantity == "storage":
                page.axes.plot(page.edges[1:], values, label=label, **_look(order))
            else:
                page.stairs(page.rates(values), label, **_look(order))
        page.title(page.name(name))
        page.amounts(page.text("plot.volume" if quantity == "storage" else "plot.rate"))
        page.axes.set_ylim(bottom=0)
        page.calendar()
        page.legend()
    return page.axes


def _named(page: Page, key: str, lines: dict[str, Floats]) -> dict[str, Floats]:
    """Lines by what they are and whose."""
    return {page.text(key, source=agency_name(source, page.words)): values for source, values in lines.items()}


def _measured_place(page: Page, place: str) -> tuple[str, int]:
    """Dimension and number of a place that can be measured: a reservoir before the node of its name."""
    if place in page.read["reservoir"].values.astype(str).tolist():
        return "reservoir", page.index("reservoir", place, "plot.no_reservoir")
    dim, number = _place(page, place)
    if dim == "node":
        raise lacking(page.words, "plot.not_measured", place=page.name(str(page.read["node"].values[number])))
    return dim, number


def _look(order: int) -> dict[str, Any]:
    """Colour and line of a series among several; the plan is the broadest."""
    from waterdeal.reports.colours import COLOURS
    from waterdeal.reports.plots.canvas import LINES

    return {"color": COLOURS[order % len(COLOURS)], "linestyle": LINES[order % len(LINES)], "linewidth": 1.4 if order else 2.2}


def _laid(plan: xr.Dataset, readings: pd.DataFrame, quantity: str, place: str) -> dict[str, Floats]:
    """Readings of a place on the steps of a plan, by agency."""
    from waterdeal.tracking.follow import lay_on_steps

    laid = lay_on_steps(readings, plan)
    keys = [key for key in laid.index.tolist() if key[:2] == (quantity, place)]
    return {str(key[2]): laid.loc[key].to_numpy(dtype=float) for key in keys}


def _year_before(plan: xr.Dataset, before: Any, quantity: str, place: str) -> dict[str, Floats]:
    """What was a year before on the days of the steps: readings moved by a year, or the steps of another plan with the same days."""
    import pandas as pd

    if isinstance(before, pd.DataFrame):
        moved = before.copy()
        for column in ("start", "end"):
            moved[column] = pd.to_datetime(moved[column]) + pd.DateOffset(years=1)
        return _laid(plan, moved, quantity, place)
    other = dataset_of(before)
    dim = other[quantity].dims[0]
    names = other[dim].values.astype(str).tolist()
    if place not in names:
        return {}
    own = {str(label)[4:]: value for label, value in zip(other["step"].values, other[quantity].values[names.index(place)], strict=True)}
    days = {str(label)[4:]: length for label, length in zip(other["step"].values, other["step_length"].values, strict=True)}
    lengths = zip(plan["step"].values, plan["step_length"].values, strict=True)
    values = [_as_long(own.get(str(label)[4:], np.nan), days.get(str(label)[4:], 1.0), length, quantity) for label, length in lengths]
    title = str(other.attrs.get("title", ""))
    return {title: np.array(values)} if np.isfinite(values).any() else {}


def _as_long(value: float, days: float, length: float, quantity: str) -> float:
    """Volume of a step as if it were as long as another: the last dekad of February has eight or nine days."""
    return value if quantity == "storage" else float(volume_to_rate(value, days) / volume_to_rate(1.0, length))
