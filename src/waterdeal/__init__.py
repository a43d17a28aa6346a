"""Water deals that states sharing a river can sign, check and keep.

>>> import waterdeal as wd
>>> sorted(wd.__all__)[:3]
['Case', 'Infeasible', 'InputError']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.guarded import homes_by_name, offered
from waterdeal.version import __version__ as __version__

if TYPE_CHECKING:
    from waterdeal import agreement as agreement
    from waterdeal import examples as examples
    from waterdeal import plot as plot
    from waterdeal import studies as studies
    from waterdeal.ask.targets import find_target as find_target
    from waterdeal.basin.make import make_basin as make_basin
    from waterdeal.basin.read import read_basin as read_basin
    from waterdeal.ensemble.run import run_ensemble as run_ensemble
    from waterdeal.errors import Infeasible as Infeasible
    from waterdeal.errors import InputError as InputError
    from waterdeal.errors import WaterdealError as WaterdealError
    from waterdeal.imports.actual import read_actual as read_actual
    from waterdeal.links.results import network_results as network_results
    from waterdeal.links.solve import build_network_model as build_network_model
    from waterdeal.links.solve import solve_network as solve_network
    from waterdeal.links.tables import read_network as read_network
    from waterdeal.model.build import materialise as materialise
    from waterdeal.model.levels import Level as Level
    from waterdeal.reports.batch_run import batch as batch
    from waterdeal.reports.kinds import report as report
    from waterdeal.results.compare import compare_plans as compare_plans
    from waterdeal.results.result import Result as Result
    from waterdeal.results.result import open_result as open_result
    from waterdeal.run import Case as Case
    from waterdeal.run import load as load
    from waterdeal.run import make_case as make_case
    from waterdeal.run_folder import open_inputs as open_inputs
    from waterdeal.run_folder import open_run as open_run
    from waterdeal.scenario.locate import bundled_folder as bundled_folder
    from waterdeal.scenario.series import read_series as read_series
    from waterdeal.solve.kept import KeptModel as KeptModel
    from waterdeal.solve.loosened import price as price
    from waterdeal.tracking.calibrate import calibrate as calibrate
    from waterdeal.tracking.follow import follow as follow
    from waterdeal.tracking.hindcast import HindcastChoices as HindcastChoices
    from waterdeal.tracking.hindcast import hindcast as hindcast
    from waterdeal.tracking.replan import replan as replan
    from waterdeal.tracking.settlement import settle as settle

#: public names by the module that they are in
_NAMES = {
    "waterdeal": "__version__ agreement examples plot studies",
    "waterdeal.ask.targets": "find_target",
    "waterdeal.basin.make": "make_basin",
    "waterdeal.basin.read": "read_basin",
    "waterdeal.ensemble.run": "run_ensemble",
    "waterdeal.errors": "Infeasible InputError WaterdealError",
    "waterdeal.imports.actual": "read_actual",
    "waterdeal.links.results": "network_results",
    "waterdeal.links.solve": "build_network_model solve_network",
    "waterdeal.links.tables": "read_network",
    "waterdeal.model.build": "materialise",
    "waterdeal.model.levels": "Level",
    "waterdeal.reports.batch_run": "batch",
    "waterdeal.reports.kinds": "report",
    "waterdeal.results.compare": "compare_plans",
    "waterdeal.results.result": "Result open_result",
    "waterdeal.run": "Case load make_case",
    "waterdeal.run_folder": "open_inputs open_run",
    "waterdeal.scenario.locate": "bundled_folder",
    "waterdeal.scenario.series": "read_series",
    "waterdeal.solve.kept": "KeptModel",
    "waterdeal.solve.loosened": "price",
    "waterdeal.tracking.calibrate": "calibrate",
    "waterdeal.tracking.follow": "follow",
    "waterdeal.tracking.hindcast": "HindcastChoices hindcast",
    "waterdeal.tracking.replan": "replan",
    "waterdeal.tracking.settlement": "settle",
}
_HOMES = homes_by_name(_NAMES)

__all__ = list(_HOMES)

if not TYPE_CHECKING:  # a type checker sees the imports above, and that nothing else is there
    __getattr__, __dir__ = offered(__name__, _HOMES)
