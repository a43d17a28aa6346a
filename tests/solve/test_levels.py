"""Levels against hands: what the order of levels must give on rivers small enough to solve in the head."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drafts import Draft, draft, together, user

CUMEC_DAY = 0.0864


def two_users(water: float, **more: Any) -> Draft:
    """A town of 10 and fields of 10 on one river for a day."""
    tables = together(user("town", "fork", 10 / CUMEC_DAY, kind="municipal"), user("fields", "fork", 10 / CUMEC_DAY))
    return draft(
        "spring catchment; fork junction; sea outlet",
        "a spring fork; b fork sea",
        volumes={"spring": [water]},
        scenario={"period": {"start": "2026-04-01", "end": "2026-04-02", "step": "day"}, **more},
        **tables,
    )


@pytest.mark.parametrize(("water", "town", "fields"), [(0, 0, 0), (4, 4, 0), (10, 10, 0), (13, 10, 3), (25, 10, 10)])
def test_town_before_fields(water: float, town: float, fields: float) -> None:
    """Not a drop for the fields while the town is short."""
    given = two_users(water).plan()["delivery"]
    assert [float(given.sel(demand=name).sum()) for name in ("town", "fields")] == pytest.approx([town, fields], abs=1e-6)


@pytest.mark.parametrize(("water", "town", "fields"), [(4, 0, 4), (13, 3, 10)])
def test_fields_before_town(water: float, town: float, fields: float) -> None:
    """The order is the scenario's."""
    given = two_users(water).plan(levels=["irrigation", "drinking"])["delivery"]
    assert [float(given.sel(demand=name).sum()) for name in ("town", "fields")] == pytest.approx([town, fields], abs=1e-6)


def test_shortage_costs_by_steps() -> None:
    """With 7 of 10 missing: 1 at 1, 2 at 3 and 4 at 10 is 47."""
    plan = two_users(13).plan(levels=["drinking", "irrigation"])
    assert plan["level_value"].values == pytest.approx([0, 1 * 1 + 2 * 3 + 4 * 10])


def test_shortage_is_spread_over_steps() -> None:
    """A reservoir with 15 for three days of 10 gives 5 a day rather than 10, 5 and 0."""
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea",
        scenario={"reservoir": {"dam": {"initial": 15, "terminal": {"rule": "free"}}}},
        **user("fields", "dam", 10 / CUMEC_DAY),
    )
    assert river.plan()["delivery"].values[0] == pytest.approx([5, 5, 5], abs=1e-6)


def test_flow_floor_before_fields_after_town() -> None:
    """12 of water: 10 for the town, 2 of 5 for the river, none for the fields."""
    floor = [
        {"flow_requirement": "floor", "link": "b", "month": m, "flow_m3s": 5 / CUMEC_DAY, "kind": "environmental"} for m in range(1, 13)
    ]
    river = two_users(12)
    plan = Draft({**river.tables, "flow_requirements": floor}, river.content, river.volumes).plan()
    assert plan["delivery"].values[:, 0] == pytest.approx([10, 0], abs=1e-6)
    assert float(plan["flow_shortfall"].squeeze()) == pytest.approx(3)
    assert plan["level_value"].sel(objective_level="environment") == pytest.approx(3)


def test_spillway_only_in_need() -> None:
    """The spillway runs only with what the outlet cannot pass."""
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea; spill dam sea spillway",
        links={"out": {"capacity_m3s": 10 / CUMEC_DAY}},
        reservoirs={"dam": {"full_hm3": 20}},
        volumes={"spring": [30, 10, 0]},
    )
    plan = river.plan()
    assert float(plan["spill"].sum()) == pytest.approx(10)
    assert float(plan["release"].max()) == pytest.approx(10)


def test_later_levels_leave_earlier_ones_alone() -> None:
    """The value of a level is the same whatever comes after it."""
    levels = ["drinking", "irrigation", "evenness", "smoothness"]
    first = two_users(13).plan(levels=levels[:2])["level_value"].values
    assert two_users(13).plan(levels=levels)["level_value"].values[:2] == pytest.approx(first)


@pytest.mark.parametrize("method", ["simplex", "ipm"])
def test_level_without_cost(method: str) -> None:
    """A level that asks nothing decides nothing."""
    plan = two_users(25).plan(levels=["safety", "spillway", "drinking"], method=method)
    assert plan["level_value"].values == pytest.approx([0, 0, 0])
