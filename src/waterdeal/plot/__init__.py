"""Figures of a plan and of what was found with it, in four languages; each function returns the Axes it has drawn on.

>>> import waterdeal as wd
>>> wd.plot.storage.__name__
'storage'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.guarded import homes_by_name, offered

if TYPE_CHECKING:
    from waterdeal.report.plots.canvas import save as save
    from waterdeal.report.plots.contract import contract_ladders as contract_ladders
    from waterdeal.report.plots.deal import fan as fan
    from waterdeal.report.plots.deal import frontier as frontier
    from waterdeal.report.plots.deal import ladder as ladder
    from waterdeal.report.plots.deal import slack as slack
    from waterdeal.report.plots.hindcast import hindcast as hindcast
    from waterdeal.report.plots.river import hydrograph as hydrograph
    from waterdeal.report.plots.river import storage as storage
    from waterdeal.report.plots.river import track as track
    from waterdeal.report.plots.season import sankey as sankey
    from waterdeal.report.plots.supply import crops as crops
    from waterdeal.report.plots.supply import deficits as deficits
    from waterdeal.report.plots.supply import deliveries as deliveries
    from waterdeal.report.plots.supply import energy as energy

#: public names by the module that they are in
_NAMES = {
    "waterdeal.report.plots.canvas": "save",
    "waterdeal.report.plots.contract": "contract_ladders",
    "waterdeal.report.plots.deal": "fan frontier ladder slack",
    "waterdeal.report.plots.hindcast": "hindcast",
    "waterdeal.report.plots.river": "hydrograph storage track",
    "waterdeal.report.plots.season": "sankey",
    "waterdeal.report.plots.supply": "crops deficits deliveries energy",
}
_HOMES = homes_by_name(_NAMES)
__all__ = list(_HOMES)

if not TYPE_CHECKING:  # a type checker sees the imports above, and that nothing else is there
    __getattr__, __dir__ = offered(__name__, _HOMES)
