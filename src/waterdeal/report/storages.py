"""The figure of the storages: small, side by side, each with its bounds, its rule or the quantiles of an ensemble, and its line."""

from __future__ import annotations

import io
import textwrap
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waterdeal.report.blocks import Figure
from waterdeal.words import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.report.edition import Edition
    from waterdeal.types import Floats

#: small figures side by side; width of all, inches; letters of a title; days that are named below one, at most
ACROSS, WIDTH, TITLE, MONTHS = 5, 190.0 / 25.4, 34, 4
#: shades of bands from the outer to the inner
SHADES = ("0.88", "0.74")


class Panel(NamedTuple):
    """One small figure: values stand at the ends of steps, a line may begin with what was there before the first."""

    title: str
    line: Floats
    bounds: tuple[Floats, ...] = ()
    bands: tuple[tuple[Floats, Floats], ...] = ()


def panels_figure(name: str, caption: str, edition: Edition, panels: Sequence[Panel]) -> Figure:
    """Return a figure of small panels over the steps of a plan."""
    shape = 0.14 * -(-len(panels) // ACROSS)
    return Figure(name, caption, lru_cache(maxsize=2)(partial(_draw, edition, panels, shape)), shape)  # pages and PDF take the same


def _draw(edition: Edition, panels: Sequence[Panel], shape: float, form: str) -> bytes:
    """Draw small panels side by side."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as Drawn

    bounds = edition.read["time_bounds"].values.astype("datetime64[D]")
    steps = np.append(bounds[:, 0], bounds[-1:, 1])
    months = np.unique(steps.astype("datetime64[M]").astype("datetime64[D]"))
    firsts = months[months >= steps[0]][:: max(1, -(-len(months) // MONTHS))]
    numbers = mpl.ticker.FuncFormatter(lambda value, _: edition.words.number(value, 0))
    with mpl.rc_context({"svg.hashsalt": "waterdeal", "font.size": 6, "font.family": "DejaVu Sans", "axes.linewidth": 0.4}):
        drawn = Drawn(figsize=(WIDTH, WIDTH * shape), layout="constrained")
        grid = drawn.subplots(-(-len(panels) // ACROSS), ACROSS, squeeze=False).ravel()
        for axes in grid[len(panels) :]:
            axes.axis("off")
        for axes, panel in zip(grid, panels, strict=False):
            for (low, high), shade in zip(panel.bands, SHADES, strict=False):
                axes.fill_between(steps[1:], low, high, color=shade, linewidth=0)
            for bound in panel.bounds:
                axes.plot(steps[1:], bound, color="0.4", linewidth=0.5)
            axes.plot(steps[-len(panel.line) :], panel.line, color="k", linewidth=1)
            axes.set_title(textwrap.shorten(clean(panel.title), TITLE, placeholder="…"), fontsize=5, parse_math=False)
            axes.set_xticks(firsts, [f"01.{int(str(day)[5:7]):02d}" for day in firsts])
            axes.yaxis.set_major_formatter(numbers)
            axes.tick_params(width=0.4, length=2)
        buffer = io.BytesIO()
        drawn.savefig(buffer, format=form, dpi=200, metadata={"Date": None} if form == "svg" else {"Software": None})
    return buffer.getvalue()
