"""Concave benefits pass by pass: the optimum is found, and the gap that is told is honest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drafts import Draft, draft, together, user
from tests.thorough import examples
from waterdeal.lp.options import SolveOptions
from waterdeal.solve.publish import publish
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Passes
from waterdeal.solve.worth import true_benefit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

DAY = {"start": "2026-04-01", "end": "2026-04-02", "step": "day"}
CUMEC_DAY = 0.0864


def users_of(water: Sequence[float], benefits: dict[str, dict[str, Any]], wanted: float = 100.0) -> Draft:
    """Users at one fork who share the water of some days, each with a benefit."""
    end = str(np.datetime64("2026-04-01") + np.timedelta64(len(water), "D"))
    return draft(
        "spring catchment; fork junction; sea outlet",
        "a spring fork; b fork sea",
        volumes={"spring": list(water)},
        **together(*(user(name, "fork", wanted / CUMEC_DAY) for name in benefits)),
        scenario={"period": {**DAY, "end": end}, "objective": {"levels": ["benefit"]}, "benefit": benefits},
    )


def planned(river: Draft) -> tuple[xr.Dataset, Passes]:
    """Plan of a river, published, and the passes that led to it."""
    passes = Passes(["benefit"], SolveOptions())
    return publish(settle(river.inputs(), passes), passes), passes


def best_shares(water: float, linear: Sequence[float], curve: Sequence[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Shares at which nobody's last drop is worth more than another's, by halving the price of water."""
    a, b = np.array(linear), np.array(curve)
    low, high = 0.0, float(a.max())
    for _ in range(200):
        price = (low + high) / 2
        taken = np.maximum(a - price, 0) / (2 * b)
        low, high = (price, high) if taken.sum() > water else (low, price)
    return np.maximum(a - high, 0) / (2 * b)


@examples(2, thorough=8)
@given(data=st.lists(st.tuples(st.floats(1, 10), st.floats(0.1, 2)), min_size=2, max_size=4), water=st.floats(0.5, 15))
def test_quadratic_benefits_are_shared_at_one_price(data: list[tuple[float, float]], water: float) -> None:
    """Quantities and worth of any users are those of equal prices; the worth promised is never below them, and near."""
    names = [f"user_{place}" for place in range(len(data))]
    plan, passes = planned(
        users_of([water], {name: {"kind": "quadratic", "linear": a, "curve": b} for name, (a, b) in zip(names, data, strict=True)})
    )
    linear, curve = np.array(data).T
    best = best_shares(water, linear, curve)
    worth = float((linear * best - curve * best**2).sum())
    told = float(plan["benefit_worth"].sum())
    assert told <= worth * (1 + 1e-9)
    assert told == pytest.approx(worth, rel=2e-6)
    assert worth * (1 - 1e-9) <= passes.bound <= worth * (1 + 2e-5)
    assert plan["delivery"].values.ravel() == pytest.approx(best, abs=2e-2)


def test_elastic_demand() -> None:
    """Two towns with a linear demand curve through price and quantity: at 80 % of the water they want, by hand."""
    curves = {
        "old": {"kind": "elastic", "price": 0.5, "quantity": 6.0, "elasticity": -0.5},
        "new": {"kind": "elastic", "price": 1.0, "quantity": 4.0, "elasticity": -0.25},
    }
    plan, _ = planned(users_of([8.0], curves, wanted=30.0))
    # price falls by p / (q e) a hm3: 1/6 and 1; it is 0.5 and 1 at 6 and 4
    slope, most = np.array([1 / 6, 1.0]), np.array([0.5 + 6 / 6, 1 + 4.0])
    best = best_shares(8.0, most, slope / 2)
    assert plan["delivery"].values.ravel() == pytest.approx(best, abs=2e-3)
    assert float(plan["benefit_worth"].sum()) == pytest.approx(float((most * best - slope / 2 * best**2).sum()), rel=1e-6)


def test_tables_are_exact_at_once() -> None:
    """Benefits that are tables need one pass, and what is promised is what they are worth."""
    curves = {"one": {"kind": "table", "points": [[0, 0], [2, 10], [5, 16]]}, "two": {"kind": "table", "points": [[0, 1], [4, 9], [8, 11]]}}
    plan, passes = planned(users_of([7.0], curves))
    assert passes.count == 1
    # slopes 5 and 2 against 2 and 0.5: two hm3 at five, then seven less two at two
    assert float(plan["benefit_worth"].sum()) == pytest.approx(10 + 1 + 5 * 2)
    assert plan.attrs["benefit_bound"] == pytest.approx(21)


def test_a_table_is_level_beyond_its_last_point() -> None:
    """More water than the table has is worth no more."""
    plan, _ = planned(users_of([50.0], {"one": {"kind": "table", "points": [[0, 0], [2, 10]]}}))
    assert float(plan["benefit_worth"].sum()) == pytest.approx(10)


@pytest.mark.parametrize(("per", "worth"), [("season", 2 * (8 * 3 - 9)), ("step", 2 * (8 * 3 - 9) + 0)])
def test_benefit_of_a_step_and_of_a_season(per: str, worth: float) -> None:
    """8 x - x^2 of six hm3 in two days: a season is worth 8 x 6 - 36 at once, two days twice 8 x 3 - 9."""
    plan, _ = planned(users_of([3.0, 3.0], {"one": {"kind": "quadratic", "linear": 8, "curve": 1, "per": per}}))
    if per == "step":
        assert plan["benefit_worth"].values == pytest.approx([worth / 2] * 2, rel=1e-6)
    else:
        assert plan["benefit_worth"].values == pytest.approx(
            [16], rel=1e-6
        )  # four hm3 are best: the fifth would be worth less than nothing


def test_what_passes_gain_is_told() -> None:
    """The plan says how many passes there were, and a bound no lower than its worth that is near it."""
    river = users_of(
        [6.0], {name: {"kind": "quadratic", "linear": a, "curve": b} for name, a, b in (("u", 6, 1), ("v", 7, 1.5), ("w", 8, 0.5))}
    )
    plan, passes = planned(river)
    assert plan.attrs["passes"] == passes.count > 1
    worth = float(plan["benefit_worth"].sum())
    assert worth <= plan.attrs["benefit_bound"] <= worth * (1 + 1e-5)
    assert -float(plan["level_value"].sel(objective_level="benefit")) == pytest.approx(worth)


def test_one_pass_leaves_an_honest_gap() -> None:
    """Where no second pass is allowed the promise is too high, and stands beside the true worth as the bound."""
    river = users_of(
        [6.0], {name: {"kind": "quadratic", "linear": a, "curve": b} for name, a, b in (("u", 6, 1), ("v", 7, 1.5), ("w", 8, 0.5))}
    )
    passes = Passes(["benefit"], SolveOptions())
    found = settle(river.with_content(physics={"passes": 1}).inputs(), passes)
    plan = publish(found, passes)
    assert plan.attrs["passes"] == 1
    assert true_benefit(found) == pytest.approx(float(plan["benefit_worth"].sum()))
    assert plan.attrs["benefit_bound"] > 34.5 > true_benefit(found)
