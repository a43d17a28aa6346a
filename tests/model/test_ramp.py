"""Ramps by hand: what a release may change by, what a change beyond it costs, and that a flood is never refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.drafts import draft
from waterdeal.errors import Infeasible
from waterdeal.examples import monthly
from waterdeal.lp.options import SolveOptions
from waterdeal.results.audit import audit
from waterdeal.run import solve_inputs
from waterdeal.units import HM3_PER_CUMEC_DAY

if TYPE_CHECKING:
    import xarray as xr

    from tests.drafts import Draft

LEVELS = ("safety", "spillway", "environment", "operation", "benefit")


def dam(operation: dict[str, Any], floor: float = 70.0, **tables: Any) -> Draft:
    """A dam of 1,000 hm3 with a floor below it of 10 m3/s in April and another in May, over two days of each, and worthy water."""
    return draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea",
        runoff={"spring": 10},
        scenario={
            "period": {"start": "2026-04-29", "end": "2026-05-03", "step": "day"},
            "reservoir": {"dam": {"initial": 1000, "terminal": {"rule": "value", "worth": 1}}},
            "objective": {"levels": list(LEVELS), "give": 0},
            "operation": {"ramp_share": 0, **operation},
        },
        flow_requirements=monthly("flow_requirement", "delta", "flow_m3s", [10.0] * 4 + [floor] * 8, link="out", kind="environmental"),
        **tables,
    )


def plan_of(river: Draft) -> xr.Dataset:
    """Plan a river, and audit the plan."""
    plan = solve_inputs(river.inputs(), LEVELS, SolveOptions())
    audit(plan).raise_if_bad()
    return plan


def test_a_ramp_is_kept_where_water_allows() -> None:
    """Up to 70 by 20 m3/s a day at most: the day before has 50, or more; all changes together are least where it begins at 70."""
    plan = plan_of(dam({"ramp": {"out": 20}}))
    rates = plan["discharge"].sel(link="out").values
    assert np.abs(np.diff(rates)).max() <= 20 + 1e-6
    assert plan["ramp_breach"].sum() == pytest.approx(0, abs=1e-9)


def test_a_change_beyond_it_is_told_and_never_refused() -> None:
    """A capacity of 10 m3/s until May leaves no way but a leap of 60 of which 40 are beyond the ramp."""
    river = dam({"ramp": {"out": 20}})
    inputs = river.inputs()
    most = inputs["flow_max"].copy()
    most.loc[{"link": "out"}] = np.array([10, 10, 1000, 1000]) * HM3_PER_CUMEC_DAY
    plan = solve_inputs(inputs.assign(flow_max=most), LEVELS, SolveOptions())
    audit(plan).raise_if_bad()
    assert plan["ramp_breach"].sel(link="out").values == pytest.approx([0, 0, 40 * HM3_PER_CUMEC_DAY, 0], abs=1e-6)
    level = dict(zip(plan["objective_level"].values.tolist(), plan["level_value"].values.tolist(), strict=True))
    assert level["operation"] == pytest.approx((60 + 10 * 40) * HM3_PER_CUMEC_DAY, abs=1e-6)


def test_a_hard_one_is_kept_before_a_floor() -> None:
    """From 10 at most in April to 30 on the first day of May and 50 on the second: the floor of 70 misses 40 and 20."""
    river = dam({"ramp": {"out": 20}, "hard": ["out"]})
    inputs = river.inputs()
    most = inputs["flow_max"].copy()
    most.loc[{"link": "out"}] = np.array([10, 10, 1000, 1000]) * HM3_PER_CUMEC_DAY
    plan = solve_inputs(inputs.assign(flow_max=most), LEVELS, SolveOptions())
    audit(plan).raise_if_bad()
    assert plan["flow_shortfall"].sum() == pytest.approx(60 * HM3_PER_CUMEC_DAY, abs=1e-6)


def test_a_flood_breaks_no_soft_ramp_a_plan_cannot_keep() -> None:
    """A river that leaps from 10 to 210 passes on: only a hard ramp refuses it."""
    tables = {"runoff": {"spring": 10}}
    rivers = [
        draft(
            "spring catchment; fork junction; sea outlet",
            "a spring fork; b fork sea",
            **tables,
            volumes={"spring": [0.864, 18.144, 18.144]},
            scenario={"objective": {"levels": ["operation"]}, "operation": {"ramp": {"b": 5}, "hard": hard}},
        )
        for hard in ([], ["b"])
    ]
    plan = solve_inputs(rivers[0].inputs(), ("operation",), SolveOptions())
    assert plan["ramp_breach"].sel(link="b").values == pytest.approx([0, 195 * HM3_PER_CUMEC_DAY, 0])
    with pytest.raises(Infeasible, match="fastest rise"):
        solve_inputs(rivers[1].inputs(), ("operation",), SolveOptions())


@pytest.mark.parametrize(
    ("tables", "operation", "due"),
    [
        ({}, {}, np.nan),
        ({"reservoirs": {"dam": {"release_max_m3s": 400}}}, {"ramp_share": 0.15}, 6.0),
        ({"reservoirs": {"dam": {"release_max_m3s": 400}}, "ramps": [{"link": "out", "change_m3s_per_day": 9, "kind": "soft"}]}, {"ramp_share": 0.15}, 9.0),
        ({"ramps": [{"link": "out", "change_m3s_per_day": 9, "kind": "hard"}]}, {"ramp": {"out": 4}}, 4.0),
        ({"plants": [{"plant": "works", "link": "out", "party": "A", "energy_gwh_per_hm3": 1, "turbine_max_m3s": 200}]}, {"ramp_share": 0.1}, 2.0),
    ],
)  # fmt: skip
def test_where_a_ramp_comes_from(tables: dict[str, Any], operation: dict[str, Any], due: float) -> None:
    """The scenario's, else the basin's, else a share in ten days of what outlets pass or turbines take; none on spillways."""
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea; spill dam sea spillway",
        scenario={"objective": {"levels": ["operation"]}, "operation": {"ramp_share": 0, **operation}},
        **tables,
    )
    found = dict(zip(river.inputs()["link"].values.tolist(), (river.inputs()["ramp_most"].values / HM3_PER_CUMEC_DAY).tolist(), strict=True))
    assert found == pytest.approx({"head": np.nan, "out": due, "spill": np.nan}, nan_ok=True)


def test_without_the_level_there_is_none() -> None:
    """A soft ramp counts on a level; a scenario that has it not is as it was."""
    river = dam({"ramp": {"out": 20}})
    plain = river.with_content(objective={"levels": ["environment"]})
    assert np.isnan(plain.inputs()["ramp_most"].values).all()


def test_months_may_change_by_their_days() -> None:
    """Between the middles of April and May lie 30.5 days."""
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea",
        volumes={"spring": [0, 0]},
        scenario={
            "period": {"start": "2026-04-01", "end": "2026-06-01", "step": "month"},
            "objective": {"levels": ["environment", "operation"], "give": 0},
            "operation": {"ramp": {"out": 1}, "ramp_share": 0, "hard": ["out"]},
            "reservoir": {"dam": {"initial": 1000, "terminal": {"rule": "free"}}},
        },
        flow_requirements=[
            *monthly("flow_requirement", "low", "flow_m3s", [0] * 4 + [100] * 8, link="out", kind="environmental"),
        ],
    )
    inputs = river.inputs()
    most = inputs["flow_max"].copy()
    most.loc[{"link": "out"}] = [0.0, np.inf]
    plan = solve_inputs(inputs.assign(flow_max=most), ("environment", "operation"), SolveOptions())
    assert plan["discharge"].sel(link="out").values == pytest.approx([0, 30.5], abs=1e-6)
