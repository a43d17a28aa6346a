"""A picture of a frontier, where matplotlib is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.studies.problem import refused

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from waterdeal.studies.frontier import Frontier


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
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        message = "a figure needs matplotlib, which is not installed"
        raise refused(field="figure", found=message, hint='pip install "waterdeal[studies]"') from error
    figure = Figure(figsize=(6, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(found.corners[:, 0], found.corners[:, 1], marker=".")
    axes.plot(*found.plan, marker="x", linestyle="none", color="black")
    axes.annotate("plan", found.plan, xytext=(6, -12), textcoords="offset points")
    names = (label.replace("_", ": ", 1) for label in found.labels)
    horizontal, vertical = (f"{name}, {unit}" for name, unit in zip(names, found.units, strict=True))
    axes.set(xlabel=horizontal, ylabel=vertical)
    axes.grid(visible=True, alpha=0.3)
    return figure
