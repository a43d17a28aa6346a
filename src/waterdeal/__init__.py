"""Water deals that states sharing a river can sign, check and keep.

>>> import waterdeal as wd
>>> sorted(wd.__all__)[:3]
['Case', 'Infeasible', 'InputError']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from waterdeal.basin.make import make_basin
    from waterdeal.basin.read import read_basin
    from waterdeal.ensemble.run import run_ensemble
    from waterdeal.errors import Infeasible, InputError, WaterdealError
    from waterdeal.results.compare import compare_plans
    from waterdeal.results.result import Result, open_result
    from waterdeal.run import Case, load
    from waterdeal.scenario.locate import bundled_folder

__version__ = "0.1.0"

__all__ = [
    "Case",
    "Infeasible",
    "InputError",
    "Result",
    "WaterdealError",
    "__version__",
    "bundled_folder",
    "compare_plans",
    "load",
    "make_basin",
    "open_result",
    "read_basin",
    "run_ensemble",
]

_HOMES = {
    "Case": "waterdeal.run",
    "Infeasible": "waterdeal.errors",
    "InputError": "waterdeal.errors",
    "Result": "waterdeal.results.result",
    "WaterdealError": "waterdeal.errors",
    "bundled_folder": "waterdeal.scenario.locate",
    "compare_plans": "waterdeal.results.compare",
    "load": "waterdeal.run",
    "make_basin": "waterdeal.basin.make",
    "open_result": "waterdeal.results.result",
    "read_basin": "waterdeal.basin.read",
    "run_ensemble": "waterdeal.ensemble.run",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that importing the package is quick."""
    if name not in _HOMES:
        message = f"module 'waterdeal' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name]), name)
