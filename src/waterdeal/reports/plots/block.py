"""A figure as a block of a report."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.blocks import Figure
from waterdeal.reports.plots.canvas import figure_bytes, styled
from waterdeal.reports.plots.deal import draw_fan
from waterdeal.reports.plots.river import draw_bounds, draw_small, draw_storage, small_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes

    from waterdeal.reports.edition import Edition
    from waterdeal.reports.plots.canvas import Page

#: width of a line of a small figure, points
WIDTH = 1.0


def figure_block(draw: Callable[..., Axes], result: Any, *of: Any, lang: str, **choices: Any) -> Figure:
    """Draw a figure for a report: a function of `waterdeal.plot`, the plan, what else it takes; its title becomes the caption.

    It is laid out once: each time anew would move it by a hair, and no two formats, in whatever order, would show the same.

    >>> from waterdeal.reports.plots.river import storage
    >>> figure_block(storage, plan, "toktogul", lang="ru")  # doctest: +SKIP
    """
    axes: Any = draw(result, *of, lang=lang, **choices)
    drawn, caption = axes.get_figure(root=True), axes.get_title(loc="left").replace("\n", " ")
    axes.set_title("", loc="left")
    with styled():
        drawn.draw_without_rendering()
    drawn.set_layout_engine("none")
    width, height = drawn.get_size_inches()
    return Figure(draw.__name__, caption, partial(figure_bytes, drawn), float(height / width))


def storages_block(edition: Edition) -> tuple[Figure, ...]:
    """Draw the storages of all reservoirs with their bands for a report; nothing where there is none."""
    return _small_block("storages", "annex.figure", edition, range(edition.results.sizes["reservoir"]), partial(draw_storage, width=WIDTH))


def fans_block(edition: Edition, shares: Sequence[float], quantiles: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Draw the quantiles of storages over the members of an ensemble, by reservoir, share and step; nothing where there is none."""
    names = edition.read["reservoir"].values.astype(str).tolist()

    def draw(page: Page, number: int) -> None:
        draw_fan(page, shares, np.array(quantiles[names[number]], dtype=float), at_ends=True)
        draw_bounds(page, number, WIDTH)

    return _small_block("fans", "report.fans", edition, [k for k, name in enumerate(names) if name in quantiles], draw)


def _small_block(
    name: str, caption: str, edition: Edition, numbers: Sequence[int], draw: Callable[[Page, int], None]
) -> tuple[Figure, ...]:
    """Make a figure of small reservoirs; nothing where there is none."""
    if not numbers:
        return ()
    made = lru_cache(maxsize=2)(partial(draw_small, edition, numbers, draw))  # pages and PDF take the same
    return (Figure(name, edition.text(caption), made, small_shape(len(numbers))),)
