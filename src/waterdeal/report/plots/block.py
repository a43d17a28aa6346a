"""A figure as a block of a report."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from waterdeal.report.blocks import Figure
from waterdeal.report.plots.canvas import figure_bytes
from waterdeal.report.plots.river import storages, storages_shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from waterdeal.report.edition import Edition


def figure_block(draw: Callable[..., Axes], result: Any, *of: Any, lang: str, **choices: Any) -> Figure:
    """Draw a figure for a report: a function of `waterdeal.plot`, the plan, what else it takes; its title becomes the caption.

    >>> from waterdeal.report.plots.river import storage
    >>> figure_block(storage, plan, "toktogul", lang="ru")  # doctest: +SKIP
    """
    axes: Any = draw(result, *of, lang=lang, **choices)
    drawn, caption = axes.get_figure(root=True), axes.get_title(loc="left").replace("\n", " ")
    axes.set_title("", loc="left")
    width, height = drawn.get_size_inches()
    return Figure(draw.__name__, caption, partial(figure_bytes, drawn), float(height / width))


def storages_block(edition: Edition) -> tuple[Figure, ...]:
    """Draw the storages of all reservoirs with their bands for a report; nothing where there is none."""
    if not edition.results.sizes["reservoir"]:
        return ()
    shape = storages_shape(edition.results)
    draw = lru_cache(maxsize=2)(partial(storages, edition, shape))  # pages and PDF take the same
    return (Figure("storages", edition.text("annex.figure"), draw, shape),)
