"""What is missing to promises that was decided before the plan begins is told, and no more than that."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drafts import Draft, draft, solve, user
from waterdeal.examples import monthly
from waterdeal.reports.text import summary_text
from waterdeal.results.decided import decided_of_flows, decided_of_users, decided_of_volumes
from waterdeal.tracking.remainder import remaining_inputs

CUMEC_DAY = 0.0864
#: a travel time, and six days, of which the plan decides the last three
LAG = {"travel_time_days": 3, "travel_time_ice_days": 3}
WEEK = {"start": "2026-05-01", "end": "2026-05-07", "step": "day"}


def lagged(before: float, capacity: float = 500, **scenario: Any) -> Draft:
    """A dam three days above a town, with what it let out before, m3/s."""
    return draft(
        "spring catchment; dam reservoir; town junction; sea outlet",
        "head spring dam; out dam town; low town sea",
        runoff={"spring": 20},
        links={"out": LAG, "low": {"capacity_m3s": capacity}},
        past_flows=monthly("link", "out", "flow_m3s", [before]),
        flow_requirements=monthly("flow_requirement", "health", "flow_m3s", [0 if scenario else 10], link="low", kind="sanitary"),
        scenario={"period": WEEK, **scenario},
    )


def told(plan: Any) -> str:
    """The summary in one line."""
    return " ".join(summary_text(plan, "en").split())


@pytest.mark.parametrize(("before", "decided"), [(4, 3 * 6), (10, 0)])
def test_what_was_let_out_before_is_not_the_plans(before: float, decided: float) -> None:
    """A dam three days above a place that asks for 10 m3/s: what it let out before, 4, is all that can be there on the first three days."""
    plan = lagged(before).plan()
    assert decided_of_flows(plan).sum(axis=0) / CUMEC_DAY == pytest.approx([decided / 3] * 3 + [0] * 3, abs=1e-6)
    assert plan["flow_shortfall"].values.sum() / CUMEC_DAY == pytest.approx(decided, abs=1e-6)
    assert ("was decided by water let out before the plan begins, at: low." in told(plan)) == (decided > 0)


@pytest.mark.parametrize(
    ("kind", "last", "asked", "capacity", "missing", "decided"),
    [
        ("pulse", 4, 30, 500, 18, 18),
        ("inflow", 4, 30, 500, 18, 18),
        ("inflow", 7, 80, 20, 8, 8),
        ("pulse", 7, 130, 20, 58, 48),
    ],
)
def test_volumes_are_decided_by_what_was_let_out(
    kind: str, last: int, asked: float, capacity: float, missing: float, decided: float
) -> None:
    """Of 4 m3/s let out before, 12 come in three days; in all six days with 20 at most 72, where 120 could, and ten more never."""
    volume = {"id": "deal", "link": "low", "volume": asked * CUMEC_DAY, "start": "2026-05-01", "end": f"2026-05-{last:02d}"}
    ask = {"pulse": {"environment": {"pulse": [volume]}}, "inflow": {"entitlement": {"inflows": [{**volume, "party": "A"}]}}}
    plan = lagged(4, capacity, **ask[kind]).plan()
    name = {"pulse": "pulse", "inflow": "entitlement"}[kind]
    assert plan[f"{name}_shortfall"].values / CUMEC_DAY == pytest.approx([missing], abs=1e-5)
    assert decided_of_volumes(plan)[name] / CUMEC_DAY == pytest.approx([decided], abs=1e-5)
    line = f"Decided before the plan begins: {decided * CUMEC_DAY:.1f} million m³ of what is missing to "
    assert (line in told(plan)) == (decided > 0)


@pytest.mark.parametrize("got", [10, 4])
def test_what_was_not_delivered_of_a_limit_is_told_of_the_rest(got: float) -> None:
    """Fields that ask for 10 m3/s of six days, all of their limit, and had 4 on two: 12 cannot come any more, whatever the rest brings."""
    river = draft(
        "spring catchment; fork junction; sea outlet",
        "head spring fork; low fork sea",
        runoff={"spring": 20},
        limits=[{"limit": "a_growing", "party": "A", "season": "growing", "year": "2026", "volume_hm3": 60 * CUMEC_DAY}],
        scenario={"period": WEEK, "entitlement": {"limits": [{"limit": "a_growing", "share": 1}]}},
        **user("fields", "fork", 10),
    )
    inputs = river.inputs()
    past = solve(inputs)
    past["delivery"].values[:, :2] = got * CUMEC_DAY
    rest = solve(remaining_inputs(inputs, past, 2))
    assert decided_of_volumes(rest)["entitlement"] / CUMEC_DAY == pytest.approx([2 * (10 - got)], abs=1e-5)
    assert ("Decided before the plan begins: 1.0 million m³ of what is missing to a_growing." in told(rest)) == (got < 10)


@pytest.mark.parametrize(
    ("canal", "before", "missing", "decided"), [(0, 4, 18, 18), (500, 4, 18, 18), (0, 10, 0, 0), (500, 10, 0, 0), (7, 4, 27, 9), (3, 4, 42, 0)]
)
def test_users_below_are_decided_by_what_was_let_out(canal: float, before: float, missing: float, decided: float) -> None:
    """Fields of 10 m3/s three days below a dam, at the river or at a canal: of 4 let out before, 6 are missing on each of three days.

    Of a canal that carries 7 three are missing on all six days whatever was let out, and three more on the first three days.
    """
    river = draft(
        "spring catchment; dam reservoir; town junction; sea outlet" + ("; field canal" if canal else ""),
        "head spring dam; out dam town; low town sea" + ("; ditch town field canal" if canal else ""),
        runoff={"spring": 20},
        links={"out": LAG} | ({"ditch": {"capacity_m3s": canal}} if canal else {}),
        past_flows=monthly("link", "out", "flow_m3s", [before]),
        scenario={"period": WEEK},
        **user("fields", "field" if canal else "town", 10),
    )
    plan = river.plan()
    assert plan["shortage"].values.sum() / CUMEC_DAY == pytest.approx(missing, abs=1e-5)
    assert decided_of_users(plan)[0] / CUMEC_DAY == pytest.approx([decided / 3] * 3 + [0] * 3, abs=1e-5)
    line = f"Decided before the plan begins: {decided * CUMEC_DAY:.1f} million m³ of what is missing to fields."
    assert (line in told(plan)) == (decided > 0)


@pytest.mark.parametrize(("last", "asked", "decided"), [(3, 30, 18), (6, 30, 0), (6, 200, 0)])
def test_a_target_of_a_lake_is_decided_until_water_can_reach_it(last: int, asked: float, decided: float) -> None:
    """Of 4 m3/s let out before, 12 are in the lake after three days, where 30 are asked for; after six the dam can have brought more."""
    target = {"lake": "mere", "by": f"2026-05-{last + 1:02d}", "volume": asked * CUMEC_DAY}
    river = draft(
        "spring catchment; dam reservoir; mere lake; sea outlet",
        "head spring dam; out dam mere; low mere sea",
        runoff={"spring": 20},
        links={"out": LAG},
        past_flows=monthly("link", "out", "flow_m3s", [4]),
        scenario={
            "period": WEEK,
            "environment": {"lake_target": [target]},
            "reservoir": {name: {"initial": stored, "terminal": {"rule": "free"}} for name, stored in (("mere", 0), ("dam", 1000))},
        },
    )
    plan = river.plan()
    assert decided_of_volumes(plan)["lake_target"] / CUMEC_DAY == pytest.approx([decided], abs=1e-5)
    assert ("Decided before the plan begins: 1.6 million m³ of what is missing to mere" in told(plan)) == (decided > 0)
