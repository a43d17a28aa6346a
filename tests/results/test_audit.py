"""The audit finds whatever is wrong with a plan, and says where."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from waterdeal.errors import AuditError
from waterdeal.results.audit import audit
from waterdeal.results.store import to_bytes

Spoil = Callable[[xr.Dataset], None]


def shift(name: str, by: float, *place: int) -> Spoil:
    """Move one figure."""

    def spoil(plan: xr.Dataset) -> None:
        plan[name].values[place] += by

    return spoil


def put(name: str, value: float, *place: int) -> Spoil:
    """Put one figure."""

    def spoil(plan: xr.Dataset) -> None:
        plan[name].values[place] = value

    return spoil


PLANTED: dict[str, tuple[Spoil, str, str]] = {
    "flow": (shift("flow", 0.01, 2, 4), "node", "upper_dam, 2026-05-D2"),
    "storage": (shift("storage", 0.01, 0, 4), "node", "upper_dam, 2026-05-D"),
    "delivery": (shift("delivery", -0.01, 1, 7), "node", "fields, 2026-06-D2"),
    "evaporation": (shift("evaporation", 0.01, 0, 3), "results: network", "upper_dam, 2026-05-D1"),
    "arrival": (shift("arrival", 0.01, 2, 5), "reach", "dam_delta, 2026-05-D3"),
    "release": (shift("release", 0.01, 0, 5), "reservoir", "upper_dam, 2026-05-D3"),
    "runoff": (shift("runoff", 1.0, 0, 0), "party", "UP, 2026-04-D1"),
    "shortage": (shift("shortage", 0.01, 1, 9), "results: users", "fields, 2026-07-D1"),
    "return flow": (shift("return_flow", 0.01, 1, 9), "results: network", "return_flow, fields, 2026-07-D1"),
    "discharge": (shift("discharge", 0.01, 0, 1), "results: network", "headwater_dam, 2026-04-D2"),
    "turbines": (shift("turbine_flow", 500, 0, 1), "turbines within flow", "dam_plant, 2026-04-D2"),
    "loss": (shift("loss", 0.01, 2, 1), "basin", "whole basin"),
    "transit": (shift("transit_final", 0.01, 0), "basin", "whole basin"),
    "nan": (put("flow", np.nan, 2, 4), "node", "upper_dam, 2026-05-D2"),
    "nan storage": (put("storage", np.nan, 0, 4), "storage within bounds", "upper_dam, 2026-05-D2"),
    "infinite": (put("delivery", np.inf, 0, 4), "delivery within requirement", "town, 2026-05-D2"),
    "negative flow": (put("flow", -1, 2, 4), "flow within capacity", "dam_delta, 2026-05-D2"),
    "canal too full": (put("flow", 1000, 1, 4), "flow within capacity", "fields_head, 2026-05-D2"),
    "too full": (put("storage", 901, 0, 4), "storage within bounds", "upper_dam, 2026-05-D2"),
    "too empty": (put("storage", 99, 0, 4), "storage within bounds", "upper_dam, 2026-05-D2"),
    "promise broken": (put("storage", 390, 0, 17), "storage at its date", "upper_dam, 2026-09-D3"),
}


@pytest.mark.parametrize("case", PLANTED)
def test_planted_faults(case: str, two_party_plan: xr.Dataset) -> None:
    """One figure is moved; the check it breaks says where."""
    spoil, name, where = PLANTED[case]
    plan = two_party_plan.copy(deep=True)
    spoil(plan)
    found = audit(plan)
    assert not found.passed
    check = {check.name: check for check in found.checks}[name]
    assert not check.passed
    assert where in check.where
    with pytest.raises(AuditError, match=name):
        found.raise_if_bad()


def test_sound_plan_passes(two_party_plan: xr.Dataset) -> None:
    """Nothing is found where nothing is wrong."""
    found = audit(two_party_plan)
    assert found.passed
    found.raise_if_bad()
    assert {check.name for check in found.checks} >= {"node", "reach", "reservoir", "party", "basin"}


def test_audit_changes_nothing(two_party_plan: xr.Dataset) -> None:
    """The plan is the same afterwards."""
    before = to_bytes(two_party_plan.copy(deep=True))
    audit(two_party_plan)
    assert to_bytes(two_party_plan) == before
