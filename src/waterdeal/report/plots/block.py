"""A figure as a block of a report."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from waterdeal.report.blocks import Figure
from waterdeal.report.plots.canvas import figure_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes


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
