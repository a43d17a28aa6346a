"""One plan, whatever the order of rows, the options of the solver or the number of threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from tests.drafts import solve
from tests.thorough import diagonal
from waterdeal.examples import two_party_inputs
from waterdeal.run import load
from waterdeal.scenario.locate import bundled_folder

OPTIONS: tuple[dict[str, Any], ...] = (
    {"presolve": False},
    {"seed": 1},
    {"seed": 987_654},
    {"threads": 2},
    {"method": "simplex"},
    {"method": "ipm"},
    {"method": "ipm", "presolve": False},
)
DRY = ("period={start=2026-06-01, end=2026-08-01, step='dekad'}", "entitlement.limits=[{limit='uz_growing_2025', share=0.3}]",
       "reservoir.toktogul.terminal={rule='at_least', storage=7000}", "reservoir.charvak.terminal={rule='at_least', storage=600}")  # fmt: skip


@pytest.fixture(scope="module")
def dry_inputs() -> xr.Dataset:
    """Two summer months of the bundled river."""
    return load(bundled_folder("scenarios") / "syrdarya-growing-dry.toml", DRY).inputs


@pytest.fixture(scope="module")
def dry_plan(dry_inputs: xr.Dataset) -> xr.Dataset:
    """Their plan."""
    return solve(dry_inputs)


def same_plan(one: xr.Dataset, other: xr.Dataset) -> None:
    """Assert that two plans agree within 1e-6 on every river, reservoir and user, by name."""
    for name in ("flow", "storage", "delivery"):
        xr.testing.assert_allclose(one[name], other[name].reindex_like(one[name]), rtol=0, atol=1e-6)


@pytest.mark.parametrize("options", diagonal(OPTIONS, OPTIONS[-1]), ids=str)
def test_options_do_not_matter(options: dict[str, Any], two_party_plan: xr.Dataset, dry_plan: xr.Dataset, dry_inputs: xr.Dataset) -> None:
    """The example and the bundled river have one plan each."""
    for inputs, plan in ((two_party_inputs(), two_party_plan), (dry_inputs, dry_plan)):
        other = solve(inputs, **options)
        same_plan(plan, other)
        assert other.attrs["is_unique"] == 1


@pytest.mark.parametrize("seed", diagonal([1, 2, 3], 1))
def test_order_does_not_matter(seed: int, dry_plan: xr.Dataset, dry_inputs: xr.Dataset) -> None:
    """Nodes, links, users, plants and promises in any order give the same plan."""
    rng = np.random.default_rng(seed)
    order = {str(dim): rng.permutation(size) for dim, size in dry_inputs.sizes.items() if dim in
             {"node", "link", "lagged_link", "reservoir", "demand", "plant", "flow_requirement", "channel", "entitlement"}}  # fmt: skip
    same_plan(dry_plan, solve(dry_inputs.isel(order)))


def test_twice_is_the_same_to_the_bit(two_party_plan: xr.Dataset) -> None:
    """The same machine gives the same bits."""
    assert solve(two_party_inputs()).identical(two_party_plan)
