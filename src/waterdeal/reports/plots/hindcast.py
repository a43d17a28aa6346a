"""A hindcast: what was measured at a gauge, the model, and forecasts that need none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.reports.colours import COLOURS
from waterdeal.reports.edition import Edition
from waterdeal.reports.plots.canvas import LINES, MONTHS, Page, blank_figure, figure_bytes, lacking, styled
from waterdeal.tracking.hindcast import FORECASTS
from waterdeal.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from waterdeal.tracking.hindcast import Hindcast

#: height of a gauge's panel, inches
PANEL = 2.4


def hindcast(found: Hindcast, gauge: str, *, lang: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw what was measured at a gauge, what the model gives there, and what forecasts without a model give.

    Parameters
    ----------
    found : Hindcast
        As ``wd.hindcast`` finds it.
    gauge : str
        Id of a gauge that it judges.
    lang : str, optional
        ``en`` unless told.
    ax
        As in `hydrograph`.

    Returns
    -------
    matplotlib.axes.Axes
        Mean flows of the steps, m3/s; bars span what the agencies of the gauge measured.

    Raises
    ------
    FileProblem
        If the hindcast has no such gauge.
    """
    words = Words(lang or "en")
    gauges = list(dict.fromkeys(found.series["gauge"].tolist()))
    if gauge not in gauges:
        raise lacking(words, "plot.no_gauge", gauge=gauge, known=", ".join(gauges))
    with styled():
        page = _page(found, words, blank_figure().subplots() if ax is None else ax, own=ax is None)
        _draw(page, found, gauge)
        page.amounts(page.text("plot.rate"))
        page.legend()
    return page.axes


def hindcast_figure(found: Hindcast, lang: str, form: str) -> bytes:
    """Draw every gauge of a hindcast, one below the other, as a file."""
    gauges, words = list(dict.fromkeys(found.series["gauge"].tolist())), Words(lang)
    with styled():
        drawn = blank_figure((8.0, PANEL * len(gauges)))
        panels = drawn.subplots(len(gauges), squeeze=False)[:, 0]
        for axes, gauge in zip(panels, gauges, strict=True):
            page = _page(found, words, axes, own=False)
            _draw(page, found, gauge)
            page.amounts(page.text("plot.rate"))
        handles, labels = panels[0].get_legend_handles_labels()
        drawn.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return figure_bytes(drawn, form)


def _page(found: Hindcast, words: Words, axes: Axes, *, own: bool) -> Page:
    """Axes for a hindcast, which is no plan but has names."""
    return Page(axes, Edition(xr.Dataset(attrs={"names": json.dumps(found.names)}), words), own)


def _draw(page: Page, found: Hindcast, gauge: str) -> None:
    """Draw a gauge; a forecast that cannot be made there is left out."""
    table = found.series[found.series["gauge"] == gauge]
    labels = table["step"].astype(str).tolist()
    at = np.arange(len(labels))
    look: dict[str, Any] = {"color": "#000000", "marker": "o", "markersize": 2.5, "linewidth": 1.2, "capsize": 2}
    page.axes.errorbar(at, table["observed"], yerr=table["spread"], label=page.text("hindcast.observed"), **look)
    for order, forecast in enumerate(FORECASTS):
        if table[forecast].notna().any():
            page.axes.plot(at, table[forecast], label=page.text(f"hindcast.{forecast}"), color=COLOURS[order], linestyle=LINES[order],
                           linewidth=1.6 if forecast == "model" else 0.9)  # fmt: skip
    months = [k for k in range(len(labels)) if not k or labels[k][:7] != labels[k - 1][:7]]
    shown = months[:: max(1, -(-len(months) // MONTHS))]
    page.axes.set_xticks(shown, [page.month(labels[k], with_year=not k or labels[k][5:7] == "01") for k in shown])
    page.axes.set_ylim(bottom=0)
    page.title(page.name(gauge))
