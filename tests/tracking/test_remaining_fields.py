"""Fields in the rest of a season: they keep the water they have got, and yield by all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.farms import farm
from tests.model.test_crops import LEVELS, farms
from tests.thorough import examples
from waterdeal.basin.tables import STAGES
from waterdeal.lp.options import SolveOptions
from waterdeal.results.audit import audit
from waterdeal.results.clauses import measure_clauses
from waterdeal.run import solve_inputs
from waterdeal.tracking.remainder import remaining_inputs

if TYPE_CHECKING:
    import xarray as xr

    from tests.drafts import Draft

OF_THE_SEASON = ("field_area", "field_output", "field_margin")


def planned(inputs: xr.Dataset) -> xr.Dataset:
    """Plan, and audit the plan."""
    plan = solve_inputs(inputs, LEVELS, SolveOptions())
    audit(plan).raise_if_bad()
    return plan


@examples(2, 75)
@given(farms(), st.integers(1, 5), st.integers(1, 4))
def test_whoever_follows_a_farm_gets_it_back(draft: Draft, count: int, more: int) -> None:
    """Also from the rest of a rest."""
    inputs = draft.inputs()
    plan = planned(inputs)
    rest_inputs = remaining_inputs(inputs, plan, count)
    rest = planned(rest_inputs)
    assert np.abs(rest["delivery"].values - plan["delivery"].values[:, count:]).max() < 1e-5
    for name in OF_THE_SEASON:
        assert rest[name].values == pytest.approx(plan[name].values, abs=1e-5)
    if more < rest.sizes["time"]:
        again = planned(remaining_inputs(rest_inputs, rest, more))
        for name in OF_THE_SEASON:
            assert again[name].values == pytest.approx(plan[name].values, abs=1e-5)


def best_yields(inputs: xr.Dataset) -> list[float]:
    """The most that each field can still yield, by its paths."""
    return inputs["path_yield"].to_series().groupby(inputs["path_field"].values).max().tolist()


@examples(2, 50)
@given(farms(), st.integers(1, 5), st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)))
def test_less_water_in_the_past_yields_no_more(draft: Draft, count: int, parts: tuple[float, float]) -> None:
    """The rest of a season that was short of water passes the audit, and the shorter it was, the less can still be grown."""
    inputs = draft.inputs()
    plan, yields = planned(inputs), list[list[float]]()
    for part in sorted(parts):
        past = plan.copy(deep=True)
        past["delivery"].values[:, :count] *= part
        rest = remaining_inputs(inputs, past, count)
        planned(rest)
        yields.append(best_yields(rest))
    assert (np.array(yields[0]) <= np.array(yields[1]) + 1e-9).all()


#: 30 days each of two stages, each with a need of 800 mm, from 1 April
STAGES_TWO = {"initial_days": 30, "development_days": 30, "ky_total": 0.8, "ky_initial": 0.2, "ky_development": 0.6, "ky_mid": 0, "ky_late": 0}
MONTHS = {"start": "2026-04-01", "end": "2026-06-01", "step": "month"}


@pytest.mark.parametrize(
    ("response", "yields"),
    [
        ("seasonal", 3 * (1 - 0.8 * 400 / 1625.8)),
        pytest.param("additive", 3 * (1 - 0.2 * 0.5), marks=pytest.mark.thorough),
        ("multiplicative", 3 * (1 - 0.2 * 0.5)),
    ],
)
def test_half_the_water_of_april_by_hand(response: str, yields: float) -> None:
    """Of 800 mm in April 400 came; May is watered in full."""
    river = farm({"wheat": STAGES_TWO}, land=10, water=400, period=MONTHS, agriculture={"response": response})
    inputs = river.inputs()
    past = planned(inputs).copy(deep=True)
    assert past["field_yield"].item() == pytest.approx(3)
    past["delivery"].values[0, 0] /= 2
    rest = planned(remaining_inputs(inputs, past, 1))
    asked = inputs["field_evaporates"].values.sum()
    assert asked == pytest.approx(1600, abs=60)
    expected = 3 * (1 - 0.8 * 400 / asked) if response == "seasonal" else yields
    assert rest["field_yield"].item() == pytest.approx(expected, rel=1e-6)


def table_farm(**more: Any) -> Draft:
    """A field that follows a table: a tenth of the yield with no water, 0.7 with 800 mm, all of it with 1600."""
    rows = [{"crop": "wheat", "water_mm": water, "yield_share": share} for water, share in ((0, 0.1), (800, 0.7), (1600, 1))]
    return farm({"wheat": STAGES_TWO}, land=10, period=MONTHS, responses=rows, **more)


def test_a_table_by_hand() -> None:
    """Whoever got half in April cannot get beyond the point of what April and May have brought."""
    inputs = table_farm(water=400).inputs()
    past = planned(inputs).copy(deep=True)
    share = inputs["response_consumption"].values[0, 0]  # of April
    past["delivery"].values[0, 0] /= 2
    rest = planned(remaining_inputs(inputs, past, 1))
    water = past["season_water"].item() / past["field_area"].item() / 0.01
    came = water * share / 2
    most = np.interp(water, [0, 800, 1600], [0.1, 0.7, 1.0])
    held = np.interp(came + rest["season_water"].item() / rest["field_area"].item() / 0.01, [0, 800, 1600], [0.1, 0.7, 1.0])
    assert rest["field_yield"].item() == pytest.approx(3 * held)
    assert held < most or water >= 1600


def two_crops(*clauses: dict[str, Any]) -> Draft:
    """Wheat at 100 and rice at 400 USD/t, 3 t/ha each, drink 8 hm3 a kha in three stages of ten days; 100 hm3 come."""
    stages = {"initial_days": 10, "development_days": 10, "mid_days": 10, **{f"ky_{stage}": 1 for stage in STAGES}}
    months = {"start": "2026-04-01", "end": "2026-05-01", "step": "dekad"}
    one = farm(
        {"wheat": {"price_usd_t": 100, **stages}, "rice": {"price_usd_t": 400, **stages}}, land=20, water=100,
        period=months, agriculture={"response": "multiplicative"},
    )  # fmt: skip
    return one.with_clauses(*clauses) if clauses else one


def test_food_is_still_promised_in_the_rest_of_a_season() -> None:
    """For 30 kt of wheat 10 kha take 80 of 100 hm3; with 1/20 less to come rice goes short of it, though it is worth four times as much."""
    need = {"id": "bread", "kind": "food_need", "grown_by": "A", "crop": "wheat", "tonnes": 30000}
    inputs = two_crops(need).inputs()
    plan = planned(inputs)
    grown = dict(zip(plan["field_crop"].values.tolist(), plan["field_output"].values.tolist(), strict=True))
    assert grown == pytest.approx({"wheat": 30, "rice": 7.5})
    rest_inputs = remaining_inputs(inputs, plan, 1)
    assert rest_inputs["row_clause"].values.tolist() == ["bread"]
    same = planned(rest_inputs)
    assert same["field_output"].values == pytest.approx(plan["field_output"].values, abs=1e-5)
    rest_inputs["runoff"].values[:] *= 0.95
    short = planned(rest_inputs)
    grown = dict(zip(short["field_crop"].values.tolist(), short["field_output"].values.tolist(), strict=True))
    assert grown["wheat"] == pytest.approx(30, abs=1e-6)
    assert grown["rice"] < 7.4
    assert measure_clauses(short)["slack"].tolist() == pytest.approx([0], abs=1e-6)
