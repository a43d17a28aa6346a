"""Studies of a scenario by many solves: ensembles, the frontier of what two parties can have, and what is not known for sure.

>>> import waterdeal as wd
>>> wd.studies.find_frontier.__name__
'find_frontier'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waterdeal.accounts.compensation import compensate
    from waterdeal.ensemble.position import position_traces
    from waterdeal.ensemble.run import Choices as EnsembleChoices
    from waterdeal.ensemble.run import run_traces
    from waterdeal.ensemble.summary import grouped_exceedance
    from waterdeal.studies.figure import frontier_figure
    from waterdeal.studies.frontier import FrontierChoices, find_frontier
    from waterdeal.studies.parameters import read_parameters
    from waterdeal.studies.sensitivity import SensitivityChoices, run_sensitivity

__all__ = [
    "EnsembleChoices",
    "FrontierChoices",
    "SensitivityChoices",
    "compensate",
    "find_frontier",
    "frontier_figure",
    "grouped_exceedance",
    "position_traces",
    "read_parameters",
    "run_sensitivity",
    "run_traces",
]

#: where each public name is, and what it is called there
_HOMES = {
    "EnsembleChoices": "waterdeal.ensemble.run:Choices",
    "FrontierChoices": "waterdeal.studies.frontier:FrontierChoices",
    "SensitivityChoices": "waterdeal.studies.sensitivity:SensitivityChoices",
    "compensate": "waterdeal.accounts.compensation:compensate",
    "find_frontier": "waterdeal.studies.frontier:find_frontier",
    "frontier_figure": "waterdeal.studies.figure:frontier_figure",
    "grouped_exceedance": "waterdeal.ensemble.summary:grouped_exceedance",
    "position_traces": "waterdeal.ensemble.position:position_traces",
    "read_parameters": "waterdeal.studies.parameters:read_parameters",
    "run_sensitivity": "waterdeal.studies.sensitivity:run_sensitivity",
    "run_traces": "waterdeal.ensemble.run:run_traces",
}


def __dir__() -> list[str]:
    """Show the public names."""
    return sorted({*__all__, "__doc__", "__file__", "__name__", "__path__"})


if not TYPE_CHECKING:  # a type checker sees the imports above, and that nothing else is there

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used."""
        if name not in _HOMES:
            message = f"module 'waterdeal.studies' has no attribute {name!r}"
            raise AttributeError(message)
        home, _, member = _HOMES[name].partition(":")
        return getattr(import_module(home), member)
