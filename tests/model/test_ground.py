"""Groundwater, reuse and salt in plans of small rivers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.drafts import Draft, draft, together, user
from tests.published.test_groundwater import published_plan
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.results.audit import audit
from waterdeal.results.lines import with_lines
from waterdeal.results.result import Result, open_result
from waterdeal.run import solve_inputs
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.science.aquifer import aquifer_storage
from waterdeal.tracking.remainder import remaining_inputs

if TYPE_CHECKING:
    from pathlib import Path

CUMEC_DAY = 0.0864
AQUIFER = {
    "aquifer": "sands", "party": "A", "node": "mouth", "initial_hm3": 100, "alpha_per_day": 0.02, "recharge_m3s": 5,
    "lift_m": 40, "pump_efficiency": 0.6,
}  # fmt: skip
WELL = {"well": "wells", "aquifer": "sands", "demand": "fields", "capacity_m3s": 30}
#: a month, then dekads
PERIOD = {"start": "2026-03-01", "stretches": [{"until": "2026-04-01", "step": "month"}, {"until": "2026-05-01", "step": "dekad"}]}


def dry(scenario: dict[str, Any], **tables: Any) -> Draft:
    """Fields on a river that runs dry, with wells; the aquifer flows out below them."""
    return draft(
        "spring catchment; fork junction; mouth junction; sea outlet",
        "a spring fork; b fork mouth; c mouth sea",
        runoff={"spring": 4},
        scenario={"period": PERIOD, **scenario},
        **{"aquifers": [AQUIFER], "wells": [WELL], **user("fields", "fork", 20), **tables},
    )


def test_wells_make_up_for_a_dry_river() -> None:
    """Where the river has 4 of 20, wells give the other 16, whatever they cost: shortage stands above cost."""
    plan = published_plan(
        dry({"groundwater": {"on": True, "debt_price": 5, "energy_price": 3}}, aquifers=[{**AQUIFER, "initial_hm3": 300}])
    )
    days = plan["step_length"].values
    assert plan["pumped"].values[0] == pytest.approx(16 * CUMEC_DAY * days)
    assert float(plan["shortage"].sum()) == pytest.approx(0, abs=1e-6)
    assert plan["pumping_cost"].values == pytest.approx(3 * plan["pumped"].values * 9.81 / 3600 * 40 / 0.6)
    recharge, pumped = plan["recharge"].values[0], plan["pumped"].values[0]
    stored = aquifer_storage(300, recharge, pumped, 0.02, days)
    assert plan["aquifer_storage"].values[0] == pytest.approx(stored)
    assert plan["baseflow"].values[0] == pytest.approx(np.append(300, stored[:-1]) + recharge - pumped - stored)


def test_debt_is_what_rivers_lose_later() -> None:
    """Pumped water is either missing in the baseflow of the horizon, or in the debt."""
    on = {"groundwater": {"on": True, "debt_price": 0}}
    pumping, resting = published_plan(dry(on)), published_plan(dry(on, wells=[]))
    missing = float(resting["baseflow"].sum() - pumping["baseflow"].sum())
    assert missing + float(pumping["groundwater_debt"].sum()) == pytest.approx(float(pumping["pumped"].sum()))
    assert float(pumping["groundwater_debt"].sum()) > 0


@pytest.mark.parametrize(("limit", "most"), [({"safe_yield_hm3": 100}, 100 * 61 / 365), ({"initial_hm3": 90, "least_hm3": 60}, None)])
def test_caps(limit: dict[str, float], most: float | None) -> None:
    """No more is pumped than the safe yield, nor below the least storage, and the limit binds."""
    plan = published_plan(dry({"groundwater": {"on": True, "debt_price": 0}}, aquifers=[{**AQUIFER, "recharge_m3s": 20, **limit}]))
    assert float(plan["shortage"].sum()) > 1
    if most is not None:
        assert float(plan["pumped"].sum()) == pytest.approx(most)
    else:
        assert float(plan["aquifer_storage"].min()) == pytest.approx(60)


def test_the_safe_yield_counts_each_year() -> None:
    """A dry second year does not take what the first has left of its own 100 hm3; a half year has half; the rest of a season the rest."""
    river = draft(
        "spring catchment; farm junction; sea outlet",
        "a spring farm; b farm sea",
        volumes={"spring": [60] * 12 + [0] * 12 + [60] * 6},
        aquifers=[{**AQUIFER, "initial_hm3": 900, "safe_yield_hm3": 100, "node": "farm", "alpha_per_day": 0.0001, "recharge_m3s": 0}],
        wells=[{"well": "wells", "aquifer": "sands", "demand": "fields", "capacity_m3s": 20}],
        scenario={
            "period": {"start": "2026-10-01", "end": "2029-04-01", "step": "month"},
            "groundwater": {"on": True, "terminal": "free", "debt_price": 0},
        },
        **user("fields", "farm", 15),
    )
    inputs = river.inputs()
    plan = solve_inputs(inputs, USUAL_LEVELS, SolveOptions())
    audit(plan).raise_if_bad()
    assert float(plan["pumped"][0, 12:24].sum()) == pytest.approx(100)
    assert inputs["aquifer_yield_yearly"].values[0, [0, 12, 24]].tolist() == pytest.approx([100, 100, 100 * 182 / 365], rel=0.01)
    forged = plan.copy(deep=True)
    forged["aquifer_yield_yearly"].values[0, 12:24] = 90
    assert "safe yield of a year" in {check.name for check in audit(forged).checks if not check.passed}
    rest = remaining_inputs(inputs, plan, 14)
    gone = float(plan["pumped"][0, 12:14].sum())
    assert rest["aquifer_yield_yearly"].values[0, [0, 10]].tolist() == pytest.approx([100 - gone, 100 * 182 / 365], rel=0.01)


def test_ends_as_it_starts() -> None:
    """With the terminal choice as_start an aquifer is as full at the end as at the start, at the cost of fields."""
    plan = published_plan(dry({"groundwater": {"on": True, "terminal": "as_start"}}, aquifers=[{**AQUIFER, "recharge_m3s": 35}]))
    assert float(plan["aquifer_storage"][0, -1]) == pytest.approx(100)
    assert float(plan["shortage"].sum()) > 1


def test_what_percolates_is_there_again() -> None:
    """A share of what fields get, of what a dam loses and of what a canal loses reaches the aquifer, and the audit closes."""
    plan = published_plan(
        draft(
            "spring catchment; dam reservoir; farm canal; mouth junction; sea outlet",
            "a spring dam; b dam mouth; gate dam farm canal; c mouth sea",
            runoff={"spring": 100},
            links={"gate": {"efficiency": 0.8}, "b": {"loss_fraction": 0.1, "travel_time_days": 1.5}},
            past_flows=[{"link": "b", "month": month, "flow_m3s": 50} for month in range(1, 13)],
            seepage=[{"reservoir": "dam", "share_per_day": 0.001}],
            aquifers=[AQUIFER],
            percolation=[
                {"source": "fields", "kind": "demand", "aquifer": "sands", "share": 0.3},
                {"source": "dam", "kind": "reservoir", "aquifer": "sands", "share": 0.5},
                {"source": "gate", "kind": "link", "aquifer": "sands", "share": 0.9},
                {"source": "b", "kind": "link", "aquifer": "sands", "share": 0.25},
            ],
            scenario={"groundwater": {"on": True, "debt_price": 0}},
            **user("fields", "farm", 20),
        )
    )
    lost = plan["loss"]
    percolated = 0.3 * plan["delivery"].values[0] + 0.5 * plan["seepage"].values[0]
    percolated += 0.9 * lost.sel(link="gate").values + 0.25 * lost.sel(link="b").values
    assert plan["recharge"].values[0] == pytest.approx(5 * CUMEC_DAY + percolated)
    assert float(lost.sel(link="b").sum()) > 0


def drained(scenario: dict[str, Any] | None = None, **reuse: Any) -> Draft:
    """Fields whose drains could water other fields, which the river leaves dry."""
    row = {"reuse": "drain", "from_demand": "upper", "to_demand": "lower", "share": 0.5, "capacity_m3s": 40, **reuse}
    return draft(
        "spring catchment; fork junction; side catchment; farm junction; sea outlet",
        "a spring fork; b fork sea; s side farm; d farm sea",
        runoff={"spring": 100, "side": 2},
        reuse=[row],
        scenario={"reuse": {"on": True}, **(scenario or {})},
        **together(user("upper", "fork", 100, return_fraction=0.4, return_node="sea"), user("lower", "farm", 30)),
    )


@pytest.mark.parametrize(("change", "rate"), [({}, 20), ({"share": 0.3}, 12), ({"capacity_m3s": 7}, 7)])
def test_reuse(change: dict[str, float], rate: float) -> None:
    """Half of 40 that drains is used again - or a share, or what pumps take - and what reaches the sea is less by it."""
    plan = published_plan(drained(**change))
    assert plan["reused"].values[0] / CUMEC_DAY == pytest.approx(rate)
    assert plan["delivery"].sel(demand="lower").values / CUMEC_DAY == pytest.approx(2 + rate)
    assert plan["return_flow"].sel(demand="upper").values / CUMEC_DAY == pytest.approx(40 - rate)


def test_blend_limit() -> None:
    """Water of 0.5 g/l and drains of 2.5 g/l make at most 1.5 g/l half and half: of 2 from the river, 2 of the drains."""
    river = drained({"salinity": {"on": True}}, blend_limit_gl=1.5)
    salt = [{"node": "spring", "concentration_gl": 1.0}, {"node": "side", "concentration_gl": 0.5}]
    plan = published_plan(Draft({**river.tables, "salinity": salt}, river.content))
    assert plan["salinity_returned"].sel(salt_demand="upper").values == pytest.approx(2.5)
    assert plan["reused"].values[0] / CUMEC_DAY == pytest.approx(2)
    assert plan["salinity_delivered"].sel(salt_demand="lower").values == pytest.approx(1.5)
    assert plan.attrs["salinity_converged"] == 1


def evaporating(passes: int, kind: str = "soft") -> Draft:
    """A shrinking lake whose salt rises, fed by fields with saline drains, and a limit below it."""
    return draft(
        "spring catchment; dam reservoir; fork junction; mouth junction; sea outlet",
        "a spring dam; b dam fork; c fork mouth; d mouth sea",
        runoff={"spring": 30},
        curves=[{"reservoir": "dam", "level_m": 0, "volume_hm3": 0, "area_km2": 50}, {"reservoir": "dam", "level_m": 20, "volume_hm3": 2000, "area_km2": 150}],
        evaporation=[{"reservoir": "dam", "month": month, "depth_mm": 250} for month in range(1, 13)],
        reservoirs={"dam": {"evaporation": "from_area", "dead_hm3": 200}},
        salinity=[{"node": "spring", "concentration_gl": 0.4}],
        salinity_start=[
            {"place": "dam", "kind": "reservoir", "concentration_gl": 0.6},
            {"place": "upper", "kind": "demand", "concentration_gl": 2},
        ],
        salinity_limits=[{"link": "d", "limit_gl": 0.9, "kind": kind}],
        salt_returns=[{"demand": "upper", "added_gl": 0.5}],
        scenario={
            "period": {"start": "2026-04-01", "end": "2026-09-01", "step": "month"},
            "salinity": {"on": True, "passes": passes},
            "reservoir": {"dam": {"initial": 700, "terminal": {"rule": "value", "worth": 1}}},
        },
        **together(
            user("upper", "fork", 60, return_fraction=0.4, return_node="mouth", return_delay_days=12),
        ),
    )  # fmt: skip


def test_convergence_is_told() -> None:
    """Few passes leave concentrations on the move, and the plan says so; enough of them settle, and the limit is kept within the tolerance."""
    early, late = published_plan(evaporating(1)), published_plan(evaporating(20))
    assert early.attrs["salinity_passes"] <= 2
    assert late.attrs["salinity_converged"] == 1
    assert late.attrs["salinity_change"] <= 0.01
    known = late["salinity"].sel(salt_link="d").values
    missing = late["salt_excess"].values[0]
    assert (known[missing < 1e-6] <= 0.9 * 1.0001).all()
    assert float(late["salt_excess"].sum()) <= float(early["salt_excess"].sum()) * 1.02 + 1e-6


def test_one_pass_is_not_enough_to_know() -> None:
    """A plan after no pass at all knows no concentration that its rows stand on."""
    plan = published_plan(evaporating(1, "soft"))
    assert np.isfinite(plan["salt_line_link"].values).any()
    assert plan.attrs["salinity_converged"] in {0, 1}


def test_lake_grows_saltier_as_it_evaporates() -> None:
    """Evaporation leaves salt behind: what is in a reservoir is all the salt that came to it in less water, and no salt is lost."""
    plan = published_plan(evaporating(5))
    stored, came, dried = (plan[name].values[0] for name in ("salinity_stored", "reservoir_inflow", "evaporation"))
    assert stored[0] == pytest.approx((0.6 * 700 + 0.4 * came[0]) / (700 + came[0] - dried[0]))
    assert dried[0] > 1
    account = dict(zip(plan["salt_account"].values.tolist(), plan["salt_total"].values.tolist(), strict=True))
    assert account["picked_up"] > 0
    assert account["kept_by_users"] == pytest.approx(0, abs=1e-9)


def test_model_of_a_plan_can_be_built_again(tmp_path: Path) -> None:
    """The concentrations a plan was made with are in its file, and with them its model is the same program."""
    river = evaporating(2)
    plan = published_plan(river).assign_attrs(waterdeal_version="test")
    opened = open_result(Result(plan).save(tmp_path / "plan.nc")).dataset
    audit(opened).raise_if_bad()
    assert opened["salt_account"].values.tolist() == plan["salt_account"].values.tolist()
    again = compile_model(build_model(with_lines(river.inputs(), opened)))
    assert again.digest() == plan.attrs["program_sha256"]
