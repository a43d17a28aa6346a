"""What nature got, by place and season; and a plan that tells it wrong is found out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.model.test_environment import CUMEC_DAY, FIELDS, aral, pulse, river, shape
from waterdeal.examples import monthly
from waterdeal.results.audit import audit
from waterdeal.results.environment import environment_table
from waterdeal.results.indicators import plan_indicators

if TYPE_CHECKING:
    import xarray as xr


@pytest.fixture(scope="module")
def plan() -> xr.Dataset:
    """A floor of 4 and a pulse of 30 on 12 a day."""
    return river({**shape(4), **pulse(30)}).plan()


@pytest.fixture(scope="module")
def lake_plan() -> xr.Dataset:
    """A lake that cannot be full in March, over a winter, a summer and a winter."""
    return aral({"lake": "aral", "by": "2026-03-01", "volume": 1120}, {"lake": "aral", "by": "2026-07-01", "volume": 1121}).plan()


def test_table_has_a_row_a_place_and_season(plan: xr.Dataset, lake_plan: xr.Dataset) -> None:
    """Least flows by season with their short steps, pulses and targets in the season they end in."""
    table = environment_table(plan).set_index("entry")
    assert table.loc["mouth", ["measure", "place", "season"]].tolist() == ["flow", "b", "growing_2026"]
    assert table.loc["mouth", ["asked", "missing", "steps_short"]].tolist() == pytest.approx([12, 0, 0], abs=1e-6)
    assert table.loc["spawning", ["measure", "place", "kind"]].tolist() == ["pulse", "b", "environmental"]
    assert table.loc["spawning", ["asked", "missing"]].tolist() == pytest.approx([30, 6])
    targets = environment_table(lake_plan).set_index("entry")
    assert targets["season"].tolist() == ["non_growing_2026", "growing_2026"]
    assert targets["missing"].tolist() == pytest.approx([40, 0], abs=1e-6)


def test_what_an_unused_river_lacks_is_hydrology() -> None:
    """15 a day of 12 and a town that takes 2 first: 5 are missing, 3 of them to the river itself."""
    town = {
        "demands": [{**FIELDS["demands"][0], "kind": "municipal"}],
        "requirements": monthly("demand", "fields", "rate_m3s", [2 / CUMEC_DAY]),
    }
    draft = river(shape(15))
    table = environment_table(replace(draft, tables={**draft.tables, **town}).plan())
    assert table.loc[0, ["missing", "natural_lack"]].tolist() == pytest.approx([15, 9])


def test_indicators_hold_what_is_missing(plan: xr.Dataset, lake_plan: xr.Dataset) -> None:
    """Pulses and lakes are told apart from flows."""
    assert plan_indicators(plan)["pulse_shortfall"] == pytest.approx(6)
    assert plan_indicators(plan)["environmental_shortfall"] == pytest.approx(0, abs=1e-6)
    assert plan_indicators(lake_plan)["lake_target_shortfall"] == pytest.approx(40)


def check(results: xr.Dataset) -> Any:
    """Find the check of nature."""
    return next(check for check in audit(results).checks if check.name == "environment")


@pytest.mark.parametrize(
    ("name", "change", "where"),
    [
        ("flow_shortfall", -1, "flow_requirement mouth"),
        ("pulse_shortfall", -1, "pulse spawning"),
        ("pulse_shortfall", np.nan, "pulse spawning"),
    ],
)
def test_a_plan_that_tells_less_is_found_out(plan: xr.Dataset, name: str, change: float, where: str) -> None:
    """A shortfall that is told smaller than it is fails the audit, by name."""
    assert check(plan).passed
    wrong = plan.copy(deep=True)
    wrong[name].values[:] += change
    assert not check(wrong).passed
    assert check(wrong).where == where


def test_hard_means_hard(plan: xr.Dataset, lake_plan: xr.Dataset) -> None:
    """A shortfall where none may be fails the audit."""
    for results, name in ((plan, "pulse"), (lake_plan, "lake_target")):
        wrong = results.copy(deep=True)
        wrong[f"{name}_shortfall_max"].values[:] = 0
        assert not check(wrong).passed


def test_lake_told_fuller_is_found_out(lake_plan: xr.Dataset) -> None:
    """A shortfall of a lake is measured on its storage."""
    wrong = lake_plan.copy(deep=True)
    wrong["lake_target_shortfall"].values[0] = 0
    assert check(wrong).where == "lake_target aral_2026_03_01"
