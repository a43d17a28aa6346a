"""Figures of a plan and of what was found with it, in four languages; each function returns the Axes it has drawn on.

>>> import waterdeal as wd
>>> wd.plot.storage.__name__
'storage'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.guarded import homes_by_name, offered

if TYPE_CHECKING:
    from waterdeal.reports.plots.canvas import save as save
    from waterdeal.reports.plots.contract import contract_ladders as contract_ladders
    from waterdeal.reports.plots.deal import fan as fan
    from waterdeal.reports.plots.deal import frontier as frontier
    from waterdeal.reports.plots.deal import ladder as ladder
    from waterdeal.reports.plots.deal import slack as slack
    from waterdeal.reports.plots.hindcast import hindcast as hindcast
    from waterdeal.reports.plots.river import hydrograph as hydrograph
    from waterdeal.reports.plots.river import storage as storage
    from waterdeal.reports.plots.river import track as track
    from waterdeal.reports.plots.season import sankey as sankey
    from waterdeal.reports.plots.supply import crops as crops
    from waterdeal.reports.plots.supply import deficits as deficits
    from waterdeal.reports.plots.supply import deliveries as deliveries
    from waterdeal.reports.plots.supply import energy as energy

#: public names by the module that they are in
_NAMES = {
    "waterdeal.reports.plots.canvas": "save",
    "waterdeal.reports.plots.contract": "contract_ladders",
    "waterdeal.reports.plots.deal": "fan frontier ladder slack",
    "waterdeal.reports.plots.hindcast": "hindcast",
    "waterdeal.reports.plots.river": "hydrograph storage track",
    "waterdeal.reports.plots.season": "sankey",
    "waterdeal.reports.plots.supply": "crops deficits deliveries energy",
}
_HOMES = homes_by_name(_NAMES)
__all__ = list(_HOMES)

if not TYPE_CHECKING:  # a type checker sees the imports above, and that nothing else is there
    __getattr__, __dir__ = offered(__name__, _HOMES)
