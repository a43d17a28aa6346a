"""Published network cases: delay, loss, closure."""

from __future__ import annotations

import numpy as np
import pytest

from tests.drafts import draft, together, user
from tests.published.cases import published
from waterdeal.examples import monthly
from waterdeal.results.audit import audit

CUMEC_DAY = 0.0864


def test_fractional_lag() -> None:
    """NE-08: 1.4 steps of travel, mass kept; the first steps draw on past releases."""
    case = published("NE-08")
    water, past = case.inputs["inflow"], 50 / CUMEC_DAY
    river = draft(
        "spring catchment; sea outlet",
        "reach spring sea",
        links={"reach": {"travel_time_days": case.inputs["lag_steps"]}},
        past_flows=monthly("link", "reach", "flow_m3s", [past]),
        scenario={"period": {"start": "2026-04-01", "end": "2026-04-08", "step": "day"}},
        volumes={"spring": water},
    )
    plan = river.plan()
    assert plan["arrival"].sel(link="reach").values[2:] == case.near("outflow")
    assert plan["arrival"].sel(link="reach").values[:2] == pytest.approx([50, 0.6 * 100 + 0.4 * 50])
    assert float(plan["transit_initial"].sum()) == pytest.approx(1.4 * 50)
    assert float(plan["transit_final"].sum()) == pytest.approx(1.4 * 100)


def test_losses_compound() -> None:
    """NE-09: three reaches in a row lose 152.22 of 1000, not 160."""
    case = published("NE-09")
    losses = dict(zip("abc", case.inputs["loss"], strict=True))
    river = draft(
        "spring catchment; one junction; two gauge; sea outlet",
        "a spring one; b one two; c two sea",
        links={name: {"loss_fraction": share} for name, share in losses.items()},
        volumes={"spring": [case.inputs["inflow"]] * 3},
    )
    plan = river.plan()
    assert plan["arrival"].sel(link="c").values == pytest.approx(np.full(3, case.expected["outflow"]), abs=1e-9)
    assert plan["loss"].sum("link").values == pytest.approx(np.full(3, case.expected["lost"]), abs=1e-9)


def test_closure_of_a_year() -> None:
    """NE-02: on the river of McKinney and Savitsky all inflow is released, as both reservoirs end as full as they start."""
    data, case = published("NE-01").inputs, published("NE-02")
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    rates = [(np.array(row) / days / CUMEC_DAY).tolist() for row in data["demand"]]
    share = data["return_fraction"]
    river = draft(
        "s1 catchment; s2 catchment; r1 reservoir; r2 reservoir; n1 junction; n2 junction; n3 junction; n4 junction; n5 junction; out outlet",
        "q1 s1 r1; q2 s2 r2; a r1 n1; b r2 n1; c n1 n2; d n2 n3; e n3 n4; f n4 n5; g n5 out",
        reservoirs={name: {"full_hm3": full} for name, full in zip(("r1", "r2"), data["res_cap"], strict=True)},
        flow_requirements=monthly("flow_requirement", "outlet_need", "flow_m3s", rates[2], link="g", kind="environmental"),
        **together(
            user("u1", "n2", rates[0], return_fraction=share[0], return_node="n3"),
            user("u2", "n4", rates[1], return_fraction=share[1], return_node="n5"),
        ),
        volumes={"s1": data["source1"], "s2": data["source2"]},
        scenario={
            "period": {"start": "2025-01-01", "end": "2026-01-01", "step": "month"},
            "reservoir": {
                name: {"initial": start, "terminal": {"rule": "at_least", "storage": end}}
                for name, start, end in zip(("r1", "r2"), data["res_init"], data["res_end_min"], strict=True)
            },
        },
    )
    plan = river.plan()
    assert float(plan["reservoir_inflow"].sum()) == case.near("total_inflow")
    assert float((plan["storage"].isel(time=-1) - plan["storage_initial"]).sum()) == case.near("storage_change")
    assert float(plan["release"].sum()) == case.near("total_release")
    left = float(plan["arrival"].sel(link="g").sum())
    assert left == pytest.approx(case.expected["total_inflow"] - 0.5 * float(plan["delivery"].sum()), abs=1e-4)
    assert audit(plan).passed
