"""What a scenario and a basin say about groundwater, reuse and salt: made into inputs, or refused with every problem."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.drafts import Draft, draft, together, user
from waterdeal.errors import BasinDataError, ScenarioError

AQUIFER = {
    "aquifer": "sands", "party": "A", "node": "fork", "initial_hm3": 100, "alpha_per_day": 0.01, "recharge_m3s": 2,
    "lift_m": 60, "pump_efficiency": 0.5,
}  # fmt: skip
ON = {"groundwater": {"on": True, "debt_price": 1}}


def river(scenario: dict[str, Any] | None = None, **tables: Any) -> Draft:
    """Fields that return half of their water, and a town that returns none."""
    users = together(user("fields", "fork", 20, return_fraction=0.5, return_node="fork"), user("town", "fork", 1, kind="municipal"))
    return draft(
        "spring catchment; fork junction; pond lake; sea outlet",
        "a spring fork; b fork pond; c pond sea",
        runoff={"spring": 50},
        scenario=scenario or {},
        **{**users, **tables},
    )


def test_off_by_default() -> None:
    """Tables alone switch nothing on."""
    inputs = river(
        aquifers=[AQUIFER],
        wells=[{"well": "w", "aquifer": "sands", "demand": "town", "capacity_m3s": 1}],
        percolation=[{"source": "fields", "kind": "demand", "aquifer": "sands", "share": 0.2}],
        reuse=[{"reuse": "r", "from_demand": "fields", "to_demand": "town", "share": 1, "capacity_m3s": 1}],
        salinity=[{"node": "spring", "concentration_gl": 1}],
        salinity_limits=[{"link": "b", "limit_gl": 1, "kind": "hard"}],
    ).inputs()
    names = ("aquifer", "well", "percolation", "reuse", "salt_node", "salt_link", "salt_demand", "salt_body", "salt_limit", "salt_account")
    assert {inputs.sizes[name] for name in names} == {0}


def test_figures_of_an_aquifer() -> None:
    """Volumes are of the step, the yield of the horizon, energy of the lift: 60 m at 0.5 is 0.327 GWh a hm3."""
    period = {"start": "2026-01-01", "end": "2027-01-01", "step": "month"}
    tables = {
        "aquifers": [{**AQUIFER, "safe_yield_hm3": 40}],
        "wells": [{"well": "w", "aquifer": "sands", "demand": "town", "capacity_m3s": 1}],
    }
    inputs = river({**ON, "period": period}, **tables).inputs()
    assert float(inputs["aquifer_yield"][0]) == pytest.approx(40)
    assert float(inputs["well_energy"][0]) == pytest.approx(9.81 / 3600 * 60 / 0.5)
    assert inputs["recharge_natural"].values[0] == pytest.approx(2 * 0.0864 * inputs["step_length"].values)
    assert inputs["well_energy_price"].values == pytest.approx(1)
    half = river({**ON, "period": {**period, "end": "2026-07-02", "step": "day"}}, **tables).inputs()
    assert float(half["aquifer_yield"][0]) == pytest.approx(40 * 182 / 365)
    assert not np.isfinite(river(ON, aquifers=[AQUIFER]).inputs()["aquifer_yield"].values).any()


def test_free_depletion_needs_a_price() -> None:
    """Where an aquifer may end lower, somebody says what that costs."""
    with pytest.raises(ValueError, match="needs debt_price"):
        river({"groundwater": {"on": True}}, aquifers=[AQUIFER]).scenario()
    assert river({"groundwater": {"on": True, "terminal": "as_start"}}, aquifers=[AQUIFER]).scenario().groundwater.on


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"aquifers": [{**AQUIFER, "least_hm3": 200}]}, "sands starts with less than least_hm3"),
        ({"aquifers": [{**AQUIFER, "node": "nowhere"}]}, '"nowhere" is not a node'),
        ({"percolation": [{"source": "fields", "kind": "demand", "aquifer": "sands", "share": 0.6}]}, "add up to 1.1, above 1"),
        ({"percolation": [{"source": "feilds", "kind": "demand", "aquifer": "sands", "share": 0.1}]}, 'Did you mean "fields"'),
        ({"percolation": [{"source": "pond", "kind": "reservoir", "aquifer": "sands", "share": 0.1}]}, "reservoir pond loses no water"),
        ({"percolation": [{"source": "a", "kind": "link", "aquifer": "sands", "share": 0.1}]}, "link a loses no water"),
        ({"reuse": [{"reuse": "r", "from_demand": "town", "to_demand": "fields", "share": 1, "capacity_m3s": 1}]}, "town returns no water"),
        ({"reuse": [{"reuse": "r", "from_demand": "fields", "to_demand": "fields", "share": 1, "capacity_m3s": 1}]}, "where it comes from"),
        ({"salinity_start": [{"place": "pond", "kind": "reservoir", "concentration_gl": 1}]}, '"pond" is not a reservoir'),
        ({"salinity_limits": [{"link": "b", "limit_gl": 1, "kind": "hard", "months": "4-9"}]}, 'b: "4-9" is not a list of months'),
        ({"salt_returns": [{"demand": "town", "added_gl": 1}]}, "town returns no water"),
    ],
)
def test_bad_tables(tables: dict[str, Any], words: str) -> None:
    """Each fault is told with its table."""
    with pytest.raises(BasinDataError, match=words):
        river(**{"aquifers": [AQUIFER], **tables}).basin()


def test_every_problem_at_once() -> None:
    """Two faults of two tables are told together."""
    tables = {
        "aquifers": [{**AQUIFER, "least_hm3": 200}],
        "salt_returns": [{"demand": "town", "added_gl": 1}],
    }
    with pytest.raises(BasinDataError) as found:
        river(**tables).basin()
    assert len(found.value.problems) == 2


@pytest.mark.parametrize(
    ("scenario", "tables", "words"),
    [
        (ON, {}, "the basin has no aquifers.csv"),
        ({"reuse": {"on": True}}, {}, "the basin has no reuse.csv"),
        ({"groundwater": {"on": True, "terminal": "as_start"}}, {"aquifers": [{**AQUIFER, "recharge_m3s": 0}]}, "even if nobody pumps"),
        ({"salinity": {"on": True}}, {"salinity": [{"node": "spring", "concentration_gl": 1}]}, "lake pond has no row"),
        ({"salinity": {"on": True}}, {"salinity_start": [{"place": "pond", "kind": "lake", "concentration_gl": 1}]}, "spring has runoff"),
        (
            {"reuse": {"on": True}},
            {"reuse": [{"reuse": "r", "from_demand": "fields", "to_demand": "town", "share": 1, "capacity_m3s": 1, "blend_limit_gl": 1}]},
            "has blend limits, and salinity is off",
        ),
    ],
)
def test_bad_scenarios(scenario: dict[str, Any], tables: dict[str, Any], words: str) -> None:
    """What is switched on has what it needs."""
    with pytest.raises(ScenarioError, match=words):
        river(scenario, **tables).inputs()


def test_months_of_a_limit() -> None:
    """A limit holds in its months; two limits of a link have names of their own."""
    salt = {
        "salinity": [{"node": "spring", "concentration_gl": 1}],
        "salinity_start": [{"place": "pond", "kind": "lake", "concentration_gl": 1}],
        "salinity_limits": [
            {"link": "b", "limit_gl": 1, "kind": "hard", "months": "4 5"},
            {"link": "b", "limit_gl": 1.5, "kind": "soft"},
        ],
    }
    period = {"start": "2026-03-01", "end": "2026-07-01", "step": "month"}
    inputs = river({"salinity": {"on": True}, "period": period}, **salt).inputs()
    assert inputs["salt_limit"].values.tolist() == ["b_1", "b_2"]
    assert inputs["salt_limit_season"].values.tolist() == [[0, 1, 1, 0], [1, 1, 1, 1]]
    assert inputs["salt_excess_max"].values.tolist() == [0.0, np.inf]
