"""A picture of a frontier, where matplotlib is installed."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from waterdeal.studies.problem import refused

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from waterdeal.studies.frontier import Frontier


def check_figure(file: Path) -> None:
    """Refuse a file for a picture before anything is solved: without matplotlib, of no known kind, or there already."""
    if file.suffix.lower()[1:] not in blank_figure().canvas.get_supported_filetypes():
        raise refused(field="figure", key="studying.picture_kind", name=file.name)
    if file.exists():
        raise refused(field="figure", key="studying.picture_there", file=file)


def frontier_figure(found: Frontier) -> Figure:
    """Draw a frontier with its corners, and the plan of the scenario.

    Parameters
    ----------
    found : Frontier
        The frontier.

    Returns
    -------
    matplotlib.figure.Figure
        Save it with ``savefig``.

    Raises
    ------
    ScenarioError
        If matplotlib is missing; it comes with the extra ``studies``.
    """
    figure = blank_figure()
    axes = figure.subplots()
    axes.plot(found.corners[:, 0], found.corners[:, 1], marker=".")
    axes.plot(*found.plan, marker="x", linestyle="none", color="black")
    axes.annotate("plan", found.plan, xytext=(6, -12), textcoords="offset points")
    names = (label.replace("_", ": ", 1) for label in found.labels)
    horizontal, vertical = (f"{name}, {unit}" for name, unit in zip(names, found.units, strict=True))
    axes.set(xlabel=horizontal, ylabel=vertical)
    axes.grid(visible=True, alpha=0.3)
    return figure


def figure_bytes(found: Frontier, suffix: str) -> bytes:
    """Draw a frontier as a file with this suffix."""
    buffer = BytesIO()
    frontier_figure(found).savefig(buffer, format=suffix.lower()[1:], dpi=200)
    return buffer.getvalue()


def blank_figure() -> Figure:
    """A figure with nothing on it."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise refused(field="figure", key="studying.no_matplotlib") from error
    return Figure(figsize=(6, 4.5), layout="constrained")
