"""The audit of fields: what is spoiled by hand is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.model.smallest import SMALLEST
from waterdeal.results.audit import audit

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr


def _plan() -> xr.Dataset:
    """A plan of the smallest farm."""
    return SMALLEST["crops"][0].plan(levels=("benefit",))


SPOILED: dict[str, tuple[str, Callable[[xr.Dataset], None]]] = {
    "water of crops within delivery": ("delivery", lambda plan: plan["delivery"].values.__imul__(0.9)),
    "results: fields": ("crop_water", lambda plan: plan["crop_water"].values.__iadd__(1)),
    "area within bounds": ("field_area", lambda plan: plan["field_area"].values.__iadd__(20)),
    "fields on their land": ("land_area", lambda plan: plan["land_area"].values.__imul__(0.5)),
    "yield not negative": ("field_output", lambda plan: plan["field_output"].values.__imul__(-1)),
    "food grown": ("food_least", lambda plan: plan["food_least"].values.__iadd__(9)),
    "rotation": ("rotation_least", lambda plan: plan["rotation_least"].values.__iadd__(0.4)),
    "results: network": ("return_flow", lambda plan: plan["return_flow"].values.__iadd__(0.1)),
    "delivery within requirement": ("delivery_most", lambda plan: plan["delivery_most"].values.__imul__(0.1)),
}


def test_a_plan_passes() -> None:
    """Untouched it passes."""
    assert audit(_plan()).passed


@pytest.mark.parametrize("name", SPOILED)
def test_spoiled_plans_are_found(name: str) -> None:
    """One figure changed fails the check that is about it."""
    plan = _plan().copy(deep=True)
    SPOILED[name][1](plan)
    failed = {check.name for check in audit(plan).checks if not check.passed}
    assert name in failed
