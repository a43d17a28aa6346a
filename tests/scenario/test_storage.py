"""Reservoirs in the inputs: the area line of a curve, evaporation by month, bounds by month."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.drafts import CURVE, Draft, draft
from waterdeal.examples import monthly


def evaporating(curve: list[dict[str, Any]], **more: Any) -> Draft:
    """A reservoir with a curve, over a year by month."""
    return draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea",
        runoff={"spring": 100},
        curves=[{"reservoir": "dam", **row} for row in curve],
        evaporation=monthly("reservoir", "dam", "depth_mm", [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]),
        **{"reservoirs": {"dam": {"evaporation": "from_area"}}, **more},
        scenario={"period": {"start": "2025-01-01", "end": "2026-01-01", "step": "month"}},
    )


def test_line_of_a_straight_curve() -> None:
    """A curve that is a line is found exactly."""
    inputs = evaporating(list(CURVE)).inputs()
    assert [float(inputs[name][0, 0]) for name in ("area_intercept", "area_slope")] == pytest.approx([20, 0.05])


def test_line_within_the_bounds() -> None:
    """Of a bent curve only the part between dead and full storage counts."""
    curve = [
        {"level_m": 0, "volume_hm3": 0, "area_km2": 0},
        {"level_m": 20, "volume_hm3": 1000, "area_km2": 100},
        {"level_m": 36, "volume_hm3": 2800, "area_km2": 125},
    ]
    inputs = evaporating(curve, reservoirs={"dam": {"evaporation": "from_area", "full_hm3": 1000}}).inputs()
    assert [float(inputs[name][0, 0]) for name in ("area_intercept", "area_slope")] == pytest.approx([0, 0.1], abs=1e-9)


def test_order_of_curve_rows_says_nothing() -> None:
    """A table that starts with the highest level is the same table."""
    river = evaporating(list(CURVE))
    turned = replace(river, tables={**river.tables, "curves": river.tables["curves"][::-1]})
    for name in ("area_intercept", "area_slope", "curve_level", "curve_volume"):
        assert turned.inputs()[name].values == pytest.approx(river.inputs()[name].values, rel=1e-9), name


def test_depth_goes_by_days() -> None:
    """A millimetre a day is a millimetre on every day of every step."""
    inputs = evaporating(list(CURVE)).inputs()
    assert inputs["evaporation_depth"].values[0] == pytest.approx(inputs["step_length"].values / 1000, rel=1e-12)


def test_a_february_of_29_days_evaporates_what_one_of_28_does() -> None:
    """The depth of a month is that of its own days, whatever the year: 28 mm in both, so less a day in the longer."""
    months = {"step": "month"}
    short, long = (
        evaporating(list(CURVE)).with_content(period={"start": f"{year}-02-01", "end": f"{year}-03-01", **months}).inputs()
        for year in (2025, 2024)
    )
    assert [float(inputs["evaporation_depth"].sum()) for inputs in (short, long)] == pytest.approx([0.028, 0.028])
    assert float(long["step_length"].sum()) == 29


def test_bounds_by_month_hold_at_the_end_of_the_step() -> None:
    """Blank months fall back to the reservoir's own bounds."""
    rows = [{"reservoir": "dam", "month": 4, "storage_min_hm3": 300, "flood_space_hm3": 50}]
    inputs = evaporating(list(CURVE), reservoir_months=rows).inputs()
    assert inputs["storage_min"].values[0].tolist() == [0, 0, 0, 300, 0, 0, 0, 0, 0, 0, 0, 0]
    assert inputs["storage_max"].values[0].tolist() == [2000] * 12
    assert np.flatnonzero(inputs["flood_space"].values[0]).tolist() == [3]


@pytest.mark.parametrize("terminal", [{"rule": "as_start"}, {"rule": "at_least", "storage": 1000.0000001}])
@pytest.mark.parametrize("initial", [1000.0000001, 99.9999999])
def test_what_rounding_puts_beyond_a_bound_stands_on_it(initial: float, terminal: dict[str, Any]) -> None:
    """What the check forgives can be planned: a start is within the storages that a reservoir can have, and so is its end."""
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea",
        runoff={"spring": 400},
        reservoirs={"dam": {"dead_hm3": 100, "full_hm3": 1000}},
        scenario={
            "period": {"start": "2026-04-01", "end": "2026-05-01", "step": "month"},
            "reservoir": {"dam": {"initial": initial, "terminal": terminal}},
        },
    )
    inputs = river.inputs()
    assert inputs["storage_initial"].item() == (1000 if initial > 1000 else 100)
    assert inputs["storage_terminal"].item() == (100 if initial < 1000 and terminal["rule"] == "as_start" else 1000)
    assert river.plan()["storage"].item() >= inputs["storage_terminal"].item() - 1e-6
