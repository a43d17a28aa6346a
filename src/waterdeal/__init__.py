"""Water deals that states sharing a river can sign, check and keep.

>>> import waterdeal as wd
>>> sorted(wd.__all__)[:3]
['Case', 'Infeasible', 'InputError']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waterdeal import agreement as agreement
    from waterdeal import examples as examples
    from waterdeal import studies as studies
    from waterdeal.ask.prices import price
    from waterdeal.ask.targets import find_target
    from waterdeal.basin.make import make_basin
    from waterdeal.basin.read import read_basin
    from waterdeal.ensemble.run import run_ensemble
    from waterdeal.errors import Infeasible, InputError, WaterdealError
    from waterdeal.imports import read_actual
    from waterdeal.links.results import network_results
    from waterdeal.links.solve import build_network_model, solve_network
    from waterdeal.links.tables import read_network
    from waterdeal.model.build import materialise
    from waterdeal.model.levels import Level
    from waterdeal.results.compare import compare_plans
    from waterdeal.results.result import Result, open_result
    from waterdeal.run import Case, load, make_case
    from waterdeal.run_folder import open_run
    from waterdeal.scenario.locate import bundled_folder
    from waterdeal.solve.kept import KeptModel
    from waterdeal.tracking.follow import follow
    from waterdeal.tracking.replan import replan

__version__ = "0.1.0"

__all__ = [
    "Case",
    "Infeasible",
    "InputError",
    "KeptModel",
    "Level",
    "Result",
    "WaterdealError",
    "__version__",
    "agreement",
    "build_network_model",
    "bundled_folder",
    "compare_plans",
    "examples",
    "find_target",
    "follow",
    "load",
    "make_basin",
    "make_case",
    "materialise",
    "network_results",
    "open_result",
    "open_run",
    "price",
    "read_actual",
    "read_basin",
    "read_network",
    "replan",
    "run_ensemble",
    "solve_network",
    "studies",
]

#: where each public name is, and what it is called there
_HOMES = {
    "Case": "waterdeal.run:Case",
    "Infeasible": "waterdeal.errors:Infeasible",
    "InputError": "waterdeal.errors:InputError",
    "KeptModel": "waterdeal.solve.kept:KeptModel",
    "Level": "waterdeal.model.levels:Level",
    "Result": "waterdeal.results.result:Result",
    "WaterdealError": "waterdeal.errors:WaterdealError",
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


def __dir__() -> list[str]:
    """Show the public names."""
    return sorted({*__all__, "__doc__", "__file__", "__name__", "__path__"})


if not TYPE_CHECKING:  # a type checker sees the imports above, and that nothing else is there

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used, so that importing the package is quick."""
        if name not in _HOMES:
            message = f"module 'waterdeal' has no attribute {name!r}"
            raise AttributeError(message)
        home, _, member = _HOMES[name].partition(":")
        return getattr(import_module(home), member) if member else import_module(home)
