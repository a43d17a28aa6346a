"""Studies of a scenario by many solves: ensembles, the frontier of what two parties can have, and what is not known for sure.

>>> import waterdeal as wd
>>> wd.studies.find_frontier.__name__
'find_frontier'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.guarded import homes_by_name, offered

if TYPE_CHECKING:
    from waterdeal.accounts.compensation import compensate as compensate
    from waterdeal.ensemble.position import position_traces as position_traces
    from waterdeal.ensemble.run import EnsembleChoices as EnsembleChoices
    from waterdeal.ensemble.run import run_traces as run_traces
    from waterdeal.ensemble.summary import grouped_exceedance as grouped_exceedance
    from waterdeal.studies.batch import Batch as Batch
    from waterdeal.studies.contract.assumed import Assumed as Assumed
    from waterdeal.studies.contract.assumed import Range as Range
    from waterdeal.studies.contract.sheet import SheetChoices as SheetChoices
    from waterdeal.studies.contract.sheet import contract_sheet as contract_sheet
    from waterdeal.studies.facts import Disagreement as Disagreement
    from waterdeal.studies.facts import Outcome as Outcome
    from waterdeal.studies.facts import Trial as Trial
    from waterdeal.studies.facts import Weighed as Weighed
    from waterdeal.studies.facts import weigh_facts as weigh_facts
    from waterdeal.studies.food import weigh_food as weigh_food
    from waterdeal.studies.frontier import FrontierChoices as FrontierChoices
    from waterdeal.studies.frontier import find_frontier as find_frontier
    from waterdeal.studies.nature import price_inflow as price_inflow
    from waterdeal.studies.parameters import read_parameters as read_parameters
    from waterdeal.studies.sensitivity import SensitivityChoices as SensitivityChoices
    from waterdeal.studies.sensitivity import run_sensitivity as run_sensitivity
    from waterdeal.studies.sought import seek as seek
    from waterdeal.studies.works import weigh_works as weigh_works

#: public names by the module that they are in
_NAMES = {
    "waterdeal.accounts.compensation": "compensate",
    "waterdeal.ensemble.position": "position_traces",
    "waterdeal.ensemble.run": "EnsembleChoices run_traces",
    "waterdeal.ensemble.summary": "grouped_exceedance",
    "waterdeal.studies.batch": "Batch",
    "waterdeal.studies.contract.assumed": "Assumed Range",
    "waterdeal.studies.contract.sheet": "SheetChoices contract_sheet",
    "waterdeal.studies.facts": "Disagreement Outcome Trial Weighed weigh_facts",
    "waterdeal.studies.food": "weigh_food",
    "waterdeal.studies.frontier": "FrontierChoices find_frontier",
    "waterdeal.studies.nature": "price_inflow",
    "waterdeal.studies.parameters": "read_parameters",
    "waterdeal.studies.sensitivity": "SensitivityChoices run_sensitivity",
    "waterdeal.studies.sought": "seek",
    "waterdeal.studies.works": "weigh_works",
}
_HOMES = homes_by_name(_NAMES)

__all__ = list(_HOMES)

if not TYPE_CHECKING:  # a type checker sees the imports above, and that nothing else is there
    __getattr__, __dir__ = offered(__name__, _HOMES)
