"""What is told beside a plan, each by solving once more: only where it is asked for, and nothing where it would say nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from waterdeal.provenance import BESIDE, BOUGHT, KEPT, OTHER
from waterdeal.solve.bought import bought
from waterdeal.solve.lookahead import kept_for_later
from waterdeal.solve.other_rule import other_deliveries

if TYPE_CHECKING:
    from collections.abc import Collection

    import xarray as xr

    from waterdeal.solve.single import Passes

_TELLERS = {OTHER: other_deliveries, KEPT: kept_for_later, BOUGHT: bought}


def told_beside(inputs: xr.Dataset, results: xr.Dataset, passes: Passes, asked: Collection[str] = BESIDE) -> dict[str, str]:
    """Return what is told beside a plan as JSON, by the attribute of the plan that holds it."""
    told = {name: _TELLERS[name](inputs, results, replace(passes)) for name in BESIDE if name in asked}  # each begins where the plan ended
    return {name: text for name, text in told.items() if text not in {"", "{}"}}
