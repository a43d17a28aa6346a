"""Water deals that states sharing a river can sign, check and keep.

>>> import waterdeal as wd
>>> sorted(wd.__all__)[:3]
['Case', 'Infeasible', 'InputError']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.guarded import offered

if TYPE_CHECKING:
    from waterdeal import agreement as agreement
    from waterdeal import examples as examples
    from waterdeal import studies as studies
    from waterdeal.ask.prices import price as price
    from waterdeal.ask.targets import find_target as find_target
    from waterdeal.basin.make import make_basin as make_basin
    from waterdeal.basin.read import read_basin as read_basin
    from waterdeal.ensemble.run import run_ensemble as run_ensemble
    from waterdeal.errors import Infeasible as Infeasible
    from waterdeal.errors import InputError as InputError
    from waterdeal.errors import WaterdealError as WaterdealError
    from waterdeal.imports import read_actual as read_actual
    from waterdeal.links.results import network_results as network_results
    from waterdeal.links.solve import build_network_model as build_network_model
    from waterdeal.links.solve import solve_network as solve_network
    from waterdeal.links.tables import read_network as read_network
    from waterdeal.model.build import materialise as materialise
    from waterdeal.model.levels import Level as Level
    from waterdeal.results.compare import compare_plans as compare_plans
    from waterdeal.results.result import Result as Result
    from waterdeal.results.result import open_result as open_result
    from waterdeal.run import Case as Case
    from waterdeal.run import load as load
    from waterdeal.run import make_case as make_case
    from waterdeal.run_folder import open_run as open_run
    from waterdeal.scenario.locate import bundled_folder as bundled_folder
    from waterdeal.solve.kept import KeptModel as KeptModel
    from waterdeal.tracking.follow import follow as follow
    from waterdeal.tracking.replan import replan as replan

__version__ = "0.1.0"

#: where each public name is, and what it is called there
_HOMES = {
    "Case": "waterdeal.run:Case",
    "Infeasible": "waterdeal.errors:Infeasible",
    "InputError": "waterdeal.errors:InputError",
    "KeptModel": "waterdeal.solve.kept:KeptModel",
    "Level": "waterdeal.model.levels:Level",
    "Result": "waterdeal.results.result:Result",
    "WaterdealError": "waterdeal.errors:WaterdealError",
    "__version__": "waterdeal:__version__",
    "agreement": "waterdeal.agreement",
    "build_network_model": "waterdeal.links.solve:build_network_model",
    "bundled_folder": "waterdeal.scenario.locate:bundled_folder",
    "compare_plans": "waterdeal.results.compare:compare_plans",
    "examples": "waterdeal.examples",
    "find_target": "waterdeal.ask.targets:find_target",
    "follow": "waterdeal.tracking.follow:follow",
    "load": "waterdeal.run:load",
    "make_basin": "waterdeal.basin.make:make_basin",
    "make_case": "waterdeal.run:make_case",
    "materialise": "waterdeal.model.build:materialise",
    "network_results": "waterdeal.links.results:network_results",
    "open_result": "waterdeal.results.result:open_result",
    "open_run": "waterdeal.run_folder:open_run",
    "price": "waterdeal.ask.prices:price",
    "read_actual": "waterdeal.imports:read_actual",
    "read_basin": "waterdeal.basin.read:read_basin",
    "read_network": "waterdeal.links.tables:read_network",
    "replan": "waterdeal.tracking.replan:replan",
    "run_ensemble": "waterdeal.ensemble.run:run_ensemble",
    "solve_network": "waterdeal.links.solve:solve_network",
    "studies": "waterdeal.studies",
}

__all__ = list(_HOMES)

if not TYPE_CHECKING:  # a type checker sees the imports above, and that nothing else is there
    __getattr__, __dir__ = offered(__name__, _HOMES)
