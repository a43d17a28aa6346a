"""The two-party example with an agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.drafts import read_clauses, solve
from waterdeal.examples import two_party_basin, two_party_scenario
from waterdeal.scenario.inputs import make_inputs

if TYPE_CHECKING:
    import xarray as xr


@pytest.fixture(scope="session")
def deal_plan_small() -> xr.Dataset:
    """Give its plan where the limit of the lower party is a clause that binds, and the upper one lets more through than it must."""
    season = {"season": "growing", "status": "assumed", "source": "test"}
    clauses = [
        {"id": "limit_low", "kind": "max_volume", "party": "LOW", "limit_of": "LOW", "value": "650 hm3", **season},
        {"id": "through", "kind": "min_volume", "party": "UP", "to": "LOW", "at": "dam_delta", "value": "100 hm3", **season},
    ]
    return solve(make_inputs(two_party_basin(), two_party_scenario(entitlement={}), clauses=read_clauses(clauses)))
