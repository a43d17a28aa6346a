"""Water is neither made nor lost: recomputed here from the basin's tables and the plan's decisions alone."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from tests.properties.rivers import rivers
from waterdeal.results.audit import audit
from waterdeal.units import HM3_PER_CUMEC_DAY

if TYPE_CHECKING:
    import xarray as xr

    from tests.drafts import Draft
    from waterdeal.calendar import Step

ICE = {12, 1, 2, 3}


@given(river=rivers())
def test_every_node_balances(river: Draft) -> None:
    """In every node and step what comes in goes out, is stored or evaporates; the audit agrees, and the plan is the only one."""
    plan, steps = river.plan(), river.steps()
    audit(plan).raise_if_bad()
    assert plan.attrs["is_unique"] == 1
    left: dict[tuple[str, int], float] = defaultdict(float)
    _add_water(left, river, plan, steps)
    _add_links(left, river, plan, steps)
    _add_users(left, river, plan, steps)
    _add_storage(left, river, plan, steps)
    kinds = {row["node"]: row["kind"] for row in river.tables["nodes"]}
    for (node, step), residual in left.items():
        if kinds[node] == "outlet":
            assert residual >= -1e-6
        else:
            assert residual == pytest.approx(0, abs=1e-6), (node, steps[step].label)


def _add_water(left: dict[tuple[str, int], float], river: Draft, plan: xr.Dataset, steps: tuple[Step, ...]) -> None:
    """Add runoff."""
    for node in plan["node"].values.tolist():
        for t in range(len(steps)):
            left[node, t] += float(plan["runoff"].sel(node=node)[t])


def _overlap(step: Step, delay: float, later: Step) -> float:
    """Days of a step that fall, some days later, into another."""
    start, end = step.start.toordinal() + delay, step.end.toordinal() + delay
    return max(0.0, min(end, later.end.toordinal()) - max(start, later.start.toordinal()))


def _past(step_month_rates: dict[int, float], delay_of: Any, later: Step, first: Step) -> float:
    """Water of the days before the horizon that arrives in a step, day by day."""
    total = 0.0
    for back in range(1, 61):
        day = type(first.start).fromordinal(first.start.toordinal() - back)
        start = day.toordinal() + delay_of(day.month)
        days = max(0.0, min(start + 1, later.end.toordinal()) - max(start, later.start.toordinal()))
        total += step_month_rates.get(day.month, 0.0) * HM3_PER_CUMEC_DAY * days
    return total


def _add_links(left: dict[tuple[str, int], float], river: Draft, plan: xr.Dataset, steps: tuple[Step, ...]) -> None:
    """Take what enters each link from its upper node and bring what arrives to its lower one."""
    for row in river.tables["links"]:
        kept = row.get("efficiency", 1 - row.get("loss_fraction", 0.0))
        flow = plan["flow"].sel(link=row["link"]).values
        rates = {past["month"]: past["flow_m3s"] for past in river.tables["past_flows"] if past["link"] == row["link"]}

        def delay(month: int, row: dict[str, Any] = row) -> float:
            return float(row.get("travel_time_ice_days" if month in ICE else "travel_time_days", 0.0))

        for t, step in enumerate(steps):
            left[row["from_node"], t] -= float(flow[t])
            arrived = sum(flow[s] * _overlap(one, delay(one.start.month), step) / one.days for s, one in enumerate(steps))
            left[row["to_node"], t] += kept * (float(arrived) + _past(rates, delay, step, steps[0]))


def _add_users(left: dict[tuple[str, int], float], river: Draft, plan: xr.Dataset, steps: tuple[Step, ...]) -> None:
    """Take deliveries and bring what comes back of them."""
    for row in river.tables["demands"]:
        given = plan["delivery"].sel(demand=row["demand"]).values
        share, delay = row.get("return_fraction", 0.0), row.get("return_delay_days", 0.0)
        rates = {need["month"]: share * need["rate_m3s"] for need in river.tables["requirements"] if need["demand"] == row["demand"]}
        for t, step in enumerate(steps):
            left[row["node"], t] -= float(given[t])
            if share:
                back = sum(given[s] * share * _overlap(one, delay, step) / one.days for s, one in enumerate(steps))
                left[row["return_node"], t] += float(back) + _past(rates, lambda _month, days=delay: days, step, steps[0])


def _add_storage(left: dict[tuple[str, int], float], river: Draft, plan: xr.Dataset, steps: tuple[Step, ...]) -> None:
    """Take what is stored, and what evaporates from an area of 5 + 0.04 x mean storage."""
    for row in river.tables["reservoirs"]:
        name, before = row["reservoir"], float(river.content["reservoir"][row["reservoir"]]["initial"])
        depths = {one["month"]: one["depth_mm"] for one in river.tables["evaporation"] if one["reservoir"] == name}
        for t, step in enumerate(steps):
            storage = float(plan["storage"].sel(reservoir=name)[t])
            depth = depths[step.start.month] / monthrange(step.start.year, step.start.month)[1] * step.days / 1000
            area = 5 + 0.04 * (before + storage) / 2
            left[name, t] -= storage - before + (depth * area if row["evaporation"] == "from_area" else 0.0)
            before = storage
