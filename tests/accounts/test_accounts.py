"""Accounts of parties: their worths add up to the level, payments are no part of them, and a compensation lies between two plans."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from tests.drafts import Draft, draft, together, user
from tests.passes.rivers import curve, head, works
from waterdeal.accounts.compensation import Compensation, after, alone, compensate, without_agreement
from waterdeal.accounts.party import WORTHS, party_accounts
from waterdeal.lp.options import SolveOptions
from waterdeal.reports import as_text
from waterdeal.reports.accounts import compensation_answer
from waterdeal.run import solve_inputs

if TYPE_CHECKING:
    import xarray as xr

WINTER = [6.0, 6.0, 4.0, 2.0, 1.0, 1.0, 1.0, 1.0, 2.0, 4.0, 5.0, 6.0]
LEVELS = ("safety", "benefit")


def shared_river(**more: Any) -> Draft:
    """A's dam and plant above B's fields and town; B has a small plant of its own. All is weighed in money."""
    return draft(
        "spring catchment A; dam reservoir A; fork junction B; sea outlet B",
        "melt spring dam; out dam fork; rest fork sea",
        reservoirs={"dam": {"full_hm3": 1000}},
        curves=curve("dam"),
        plants=[works("upper", "out"), {**works("lower", "rest"), "party": "B", "energy_gwh_per_hm3": 0.02}],
        heads=[head("upper", "dam")],
        volumes={"spring": [50, 60, 120, 250, 200, 80, 60, 50]},
        **together(
            user("fields", "fork", [0, 0, 5, 30, 60, 80, 80, 60, 30, 5, 0, 0], party="B"),
            user("town", "fork", 3, kind="municipal", party="B"),
        ),
        scenario={
            "period": {"start": "2026-03-01", "end": "2026-11-01", "step": "month"},
            "physics": {"head": "successive"},
            "objective": {"levels": LEVELS},
            "energy": {"value": WINTER},
            "reservoir": {"dam": {"initial": 500, "terminal": {"rule": "value", "worth": 0.3}}},
            "benefit": {
                "fields": {"kind": "quadratic", "linear": 2.0, "curve": 0.0015},
                "town": {"kind": "elastic", "price": 3.0, "quantity": 7.0, "elasticity": -0.4, "per": "step"},
            },
            **more,
        },
    )


@cache
def shared_plan() -> xr.Dataset:
    """The plan of that river, found once; copy it before changing it."""
    return solve_inputs(shared_river().inputs(), LEVELS, SolveOptions())


def accounts_of(plan: xr.Dataset) -> tuple[pd.DataFrame, float]:
    """Accounts of a plan, and the value of its level benefit."""
    return party_accounts(plan), -json.loads(plan.attrs["levels"])["benefit"]


def test_benefits_of_parties_add_up_to_the_level() -> None:
    """What each party gains, summed, is the level: energy by its true head, deliveries, water left in store."""
    table, level = accounts_of(shared_plan())
    assert float(table["benefit"].sum()) == pytest.approx(level, rel=1e-6)
    assert table["benefit"].to_numpy() == pytest.approx(table[list(WORTHS)].sum(axis=1).to_numpy())
    assert (table.loc["A", ["power_worth", "storage_worth"]] > 10).all()
    assert table.loc["B", "delivery_worth"] > 10
    assert table.loc["B", "power_worth"] > 1
    assert table.loc["A", "delivery_worth"] == 0


def test_benefits_add_up_on_a_market_too() -> None:
    """A's energy is sold in blocks: the worth is what the blocks pay, and what dear blocks miss is told as unserved."""
    market = {"A": {"blocks": [{"size": [40.0] * 12, "worth": [8.0] * 12}, {"size": [5.0] * 12, "worth": [2.0] * 12}]}}
    table, level = accounts_of(solve_inputs(shared_river(power=market).inputs(), LEVELS, SolveOptions()))
    assert float(table["benefit"].sum()) == pytest.approx(level, rel=1e-6)
    assert table.loc["A", "unserved"] > 1
    assert table.loc["A", "energy"] < 8 * 45


def test_water_of_the_accounts_is_that_of_the_plan() -> None:
    """Requirement, delivery, shortage and energy by party add up to those of the plan; winter energy is a part."""
    plan = shared_plan()
    table = party_accounts(plan)
    for name in ("requirement", "delivery", "shortage", "consumption", "energy"):
        assert float(table[name].sum()) == pytest.approx(float(plan[name].sum())), name
    assert (table["requirement"] - table["delivery"] - table["shortage"]).abs().max() < 1e-6
    assert table.index.tolist() == ["A", "B"]
    winter = float(plan["energy"][0, plan["growing"].values == 0].sum())
    assert 0 < winter == pytest.approx(table.loc["A", "winter_energy"])


@pytest.fixture(scope="module")
def weighed() -> Compensation:
    """Both sides of the river, apart and together."""
    return compensate(shared_river().inputs(), ["A"], LEVELS, SolveOptions())


@pytest.mark.thorough  # by default: accounts by hand
def test_together_is_never_worse(weighed: Compensation) -> None:
    """Acting together the two gain at least what they do apart, so that a payment has room."""
    assert weighed.together["benefit"].sum() >= weighed.apart["benefit"].sum() - 1e-4
    assert weighed.loss > 0
    assert weighed.gain > weighed.loss
    assert weighed.has_room
    assert weighed.loss < weighed.equal_split < weighed.gain


def test_payments_are_no_part_of_the_accounts(weighed: Compensation) -> None:
    """Whatever is paid within the interval, the sum stays, and nobody is worse off than alone."""
    for paid in (weighed.loss, weighed.equal_split, weighed.gain):
        payment = {"A": paid, "B": -paid}
        ends = {party: weighed.together.loc[party, "benefit"] + payment[party] for party in payment}
        assert sum(ends.values()) == pytest.approx(weighed.together["benefit"].sum())
        assert all(ends[party] >= weighed.apart.loc[party, "benefit"] - 1e-9 for party in ends)
    assert not any("pay" in column for column in weighed.together)


def test_energy_in_place_of_money(weighed: Compensation) -> None:
    """At 4 a GWh a compensation is a quarter as many GWh; a price of nothing is refused."""
    assert weighed.in_energy(4.0) == pytest.approx((weighed.loss / 4, weighed.equal_split / 4, weighed.gain / 4))
    for price in (0.0, -1.0):
        with pytest.raises(ValueError, match="makes no energy worth giving"):
            weighed.in_energy(price)


def test_upstream_alone_thinks_of_itself(weighed: Compensation) -> None:
    """Alone A values nothing of B; B then gets what arrives, no more and no less."""
    first, then = weighed.plans["upstream"], weighed.plans["downstream"]
    assert float(first["delivery"].sum()) == 0
    assert then["flow"].sel(link="out").values == pytest.approx(first["flow"].sel(link="out").values, abs=1e-6)
    assert weighed.apart.loc["A", "benefit"] > weighed.together.loc["A", "benefit"]


def test_no_payment_is_told_where_water_has_no_worth(weighed: Compensation) -> None:
    """What A then leaves in its dam for itself, and what fields of B get, stand in neither loss nor gain: both are named, and no payment."""
    assert weighed.uncounted.empty
    assert "an equal split is" in as_text.told(compensation_answer(weighed, weighed.plans["joint"], "en"))
    bare = {name: plan.assign(storage_value=0.0 * plan["storage_value"]) for name, plan in weighed.plans.items()}
    left = {name: float(plan["storage"][0, -1]) for name, plan in bare.items()}
    found = replace(weighed, plans=bare)
    assert not found.has_room
    assert found.uncounted.loc["A", "storage"] == pytest.approx(left["joint"] - left["upstream"])
    told = as_text.told(compensation_answer(found, bare["joint"], "en"))
    assert "No payment is told" in told
    assert "left in store by A" in told
    assert "an equal split is" not in told
    assert "Transfer" not in told
    fields = {name: plan.isel(benefit=slice(0, 0)) for name, plan in weighed.plans.items()}
    assert replace(weighed, plans=fields).uncounted.loc["B", "delivery"] > 100


def test_no_room() -> None:
    """Where acting together gains the one less than it costs the other, no payment leaves nobody worse off."""

    def account(first: float, second: float) -> pd.DataFrame:
        return pd.DataFrame({"benefit": [first, second]}, index=["A", "B"])

    dear = Compensation(("A",), account(30, 5), account(10, 20), {})
    assert (dear.loss, dear.gain, dear.equal_split) == (20, 15, 17.5)
    assert not dear.has_room
    told = as_text.told(compensation_answer(dear, shared_plan(), "en"))
    assert "No compensation leaves" in told
    assert "Transfer" not in told
    assert Compensation(("A",), account(30, 5), account(10, 25), {}).has_room


@pytest.mark.parametrize(
    ("upstream", "levels", "words"),
    [
        (["C"], LEVELS, "C is not one"),
        ([], LEVELS, "upstream must be some, not all, of A, B"),
        (["A", "B"], LEVELS, "upstream must be some, not all"),
        (["A"], ("safety",), "the level benefit must be among objective.levels"),
    ],
)
def test_compensations_that_make_no_sense(upstream: list[str], levels: tuple[str, ...], words: str) -> None:
    """Unknown parties, all or none of them, and plans that weigh nothing are refused in a sentence."""
    with pytest.raises(ValueError, match=words):
        compensate(shared_river().inputs(), upstream, levels, SolveOptions())


def test_alone_asks_nothing_of_others() -> None:
    """Wishes of others are gone, bounds of nature and of dams stay, and the inputs themselves are as they were."""
    inputs = shared_river(energy={"value": WINTER, "turbine_min": {"upper": 5, "lower": 1}}).inputs()
    lonely = alone(inputs, ["B"])
    assert float(lonely["energy_value"][0].sum()) == 0 < float(lonely["energy_value"][1].sum())
    assert float(lonely["turbine_min"][0].sum()) == 0 < float(lonely["turbine_min"][1].sum())
    assert float(lonely["storage_value"].sum()) == 0 < float(inputs["storage_value"].sum())
    assert float(lonely["requirement"].sum()) == float(inputs["requirement"].sum()) > 0
    assert float(alone(inputs, ["A"])["requirement"].sum()) == 0
    assert np.array_equal(lonely["storage_max"], inputs["storage_max"])
    assert lonely["requirement"].attrs == inputs["requirement"].attrs


def test_after_keeps_what_leaves_the_land() -> None:
    """Flows over the border are held from both sides; nothing else is."""
    inputs = shared_river().inputs()
    acted = solve_inputs(alone(inputs, ["A"]), LEVELS, SolveOptions())
    rest = after(inputs, acted, ["A"])
    place = inputs["link"].values.tolist().index("out")
    assert np.array_equal(rest["flow_least"][place], acted["flow"][place])
    assert np.array_equal(rest["flow_max"][place], acted["flow"][place])
    others = [link for link in range(inputs.sizes["link"]) if link != place]
    assert float(rest["flow_least"][others].sum()) == 0


def test_without_agreement_no_promise_holds() -> None:
    """Clauses are gone with their rows; the rest is there."""
    inputs = shared_river().with_clauses({"id": "floor", "kind": "min_flow", "at": "rest", "value": 10}).inputs()
    bare = without_agreement(inputs)
    assert inputs.sizes["clause"] == 1
    assert bare.sizes["clause"] == bare.sizes["clause_row"] == bare.sizes["clause_term"] == 0
    assert bare.attrs["clauses"] == "[]"
    assert bare.sizes["link"] == inputs.sizes["link"]
