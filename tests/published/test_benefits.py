"""Published cases of concave benefits as scenarios: users who share water, squared misses of a river, compensation between two sides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.drafts import Draft, draft, together, user
from tests.published.cases import published
from tests.published.routes import quadratic_plan, shared_by_price
from tests.thorough import diagonal
from waterdeal.accounts.compensation import compensate
from waterdeal.lp.options import SolveOptions
from waterdeal.results.audit import audit
from waterdeal.run import solve_inputs

CUMEC_DAY = 0.0864
#: coefficients of AL-08, which the file gives in words
CROPS = ((5, 0.5), (8, 1.5), (7, 1.0))


def sharing(water: float, benefits: list[dict[str, Any]]) -> Draft:
    """Users at a fork for a day, each with a benefit of its own."""
    names = [f"user_{place}" for place in range(len(benefits))]
    return draft(
        "spring catchment; fork junction; sea outlet",
        "a spring fork; b fork sea",
        volumes={"spring": [water]},
        **together(*(user(name, "fork", 100) for name in names)),
        scenario={
            "period": {"start": "2026-04-01", "end": "2026-04-02", "step": "day"},
            "objective": {"levels": ["benefit"]},
            "benefit": dict(zip(names, benefits, strict=True)),
        },
    )


@pytest.mark.parametrize("name", diagonal(["AL-01", "AL-02", "AL-04", "AL-08"], "AL-01"))
def test_water_shared_by_benefit(name: str) -> None:
    """AL-01, AL-02, AL-04, AL-08 as scenarios: deliveries and benefit; the price of water is what a little more of it adds."""
    case = published(name)
    data = case.inputs
    users = CROPS if name == "AL-08" else zip(data["a"], data["b"], strict=True)
    benefits = [{"kind": "quadratic", "linear": a, "curve": b} for a, b in users]

    def planned(water: float) -> Any:
        return solve_inputs(sharing(water, benefits).inputs(), ["benefit"], SolveOptions())

    plan = planned(data["Q"])
    worth = float(plan["benefit_worth"].sum())
    assert plan["delivery"].values.ravel() == case.near("x")
    assert worth == case.near("benefit")
    assert case.expected["benefit"] * (1 - 1e-9) <= plan.attrs["benefit_bound"] <= worth * (1 + 2e-5)
    more, less = (float(planned(data["Q"] + change)["benefit_worth"].sum()) for change in (0.2, -0.2))
    assert (more - less) / 0.4 == pytest.approx(case.expected["lam"], rel=5e-3)
    if name == "AL-01":  # EC-05: the price of water is what more of it adds
        assert (more - less) / 0.4 == pytest.approx(published("EC-05").expected["dBdQ"], rel=5e-3)


#: AL-05 in figures: production k x^e, revenue (a - b p) p, cost c p^g of each firm
FIRMS = (((0.4, 0.9), (12, 1), (3, 1.3)), ((0.5, 0.8), (20, 1.5), (5, 1.2)), ((0.6, 0.7), (28, 2.5), (6, 1.15)))


def test_three_firms() -> None:
    """AL-05: net benefits composed of production, revenue and cost, as tables of a scenario; shares, products, the price and all that is earned.

    The second route shares the water by the slope of each firm, which is endless at nothing.
    """
    case = published("AL-05")
    water, at = case.inputs["Q"], np.linspace(0, case.inputs["Q"], 2001)

    def earned(firm: Any, x: Any) -> Any:
        (k, e), (a, b), (c, g) = firm
        made = k * x**e
        return (a - b * made) * made - c * made**g

    def slope(firm: Any) -> Any:
        (k, e), (a, b), (c, g) = firm
        return lambda x: (a - 2 * b * k * x**e - c * g * (k * x**e) ** (g - 1)) * k * e * x ** (e - 1)

    shares, price = shared_by_price([slope(firm) for firm in FIRMS], water)
    tables = [{"kind": "table", "points": np.column_stack([at, earned(firm, at)]).tolist()} for firm in FIRMS]
    plans = [solve_inputs(sharing(amount, tables).inputs(), ["benefit"], SolveOptions()) for amount in (water, water + 0.5, water - 0.5)]
    worth, more, less = (float(plan["benefit_worth"].sum()) for plan in plans)
    found = plans[0]["delivery"].values.ravel()
    assert found == case.near("x")
    assert found == pytest.approx(shares, abs=2 * (at[1] - at[0]))
    assert [k * x**e for ((k, e), _, _), x in zip(FIRMS, found, strict=True)] == case.near("p")
    assert more - less == case.near("lam")
    assert price == case.near("lam")
    assert worth == pytest.approx(53.47387, abs=2e-4)
    assert sum(earned(firm, x) for firm, x in zip(FIRMS, shares, strict=True)) == pytest.approx(53.47387, abs=1e-5)


def river_of_misses(data: dict[str, Any]) -> Draft:
    """NE-01: a demand for each user and month, so that each month's squared miss D^2 - (2 D x - x^2) has a benefit of its own."""
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    back = ({"return_node": "n3"}, {"return_node": "n5"}, {})
    users, benefits = [], {}
    for place, (node, wanted) in enumerate(zip(("n2", "n4", "n5"), data["demand"], strict=True)):
        share = {"return_fraction": data["return_fraction"][place]} if place < 2 else {}
        for month in np.flatnonzero(wanted).tolist():
            name, volume = f"u{place}_{month + 1}", wanted[month]
            rates = [volume / days[month] / CUMEC_DAY if each == month else 0.0 for each in range(12)]
            users.append(user(name, node, rates, **share, **back[place]))
            benefits[name] = {"kind": "quadratic", "linear": 2 * volume, "curve": 1.0}
    dams = zip(("r1", "r2"), data["res_cap"], data["res_init"], data["res_end_min"], strict=True)
    ends = {name: (full, {"initial": start, "terminal": {"rule": "at_least", "storage": end}}) for name, full, start, end in dams}
    return draft(
        "s1 catchment; s2 catchment; r1 reservoir; r2 reservoir; n1 junction; n2 junction; n3 junction; n4 junction; n5 junction; out outlet",
        "q1 s1 r1; q2 s2 r2; a r1 n1; b r2 n1; c n1 n2; d n2 n3; e n3 n4; f n4 n5; g n5 out",
        reservoirs={name: {"full_hm3": full} for name, (full, _) in ends.items()},
        volumes={"s1": data["source1"], "s2": data["source2"]},
        **together(*users),
        scenario={
            "period": {"start": "2025-01-01", "end": "2026-01-01", "step": "month"},
            "objective": {"levels": ["benefit"]},
            "benefit": benefits,
            "reservoir": {name: choice for name, (_, choice) in ends.items()},
        },
    )


def test_river_of_least_squares() -> None:
    """NE-01 and NE-02 as a scenario: the published optimum of the squared misses, and a year that closes."""
    case, closure = published("NE-01"), published("NE-02")
    plan = solve_inputs(river_of_misses(case.inputs).inputs(), ["benefit"], SolveOptions())
    squares = sum(value**2 for row in case.inputs["demand"] for value in row)
    assert squares - float(plan["benefit_worth"].sum()) == case.near("objective")
    assert plan.attrs["benefit_bound"] - float(plan["benefit_worth"].sum()) < 1e-5 * squares
    assert float(plan["reservoir_inflow"].sum()) == closure.near("total_inflow")
    assert float((plan["storage"].isel(time=-1) - plan["storage_initial"]).sum()) == closure.near("storage_change")
    assert float(plan["release"].sum()) == closure.near("total_release")
    assert audit(plan).passed


def two_seasons() -> Draft:
    """AL-13 with September as summer and October as winter; the dam is A's, the fields B's."""
    data = published("AL-13").inputs
    price = data["power_price"]
    river = draft(
        "spring catchment A; dam reservoir A; fork junction B; sea outlet B",
        "melt spring dam; out dam fork; rest fork sea",
        reservoirs={"dam": {"full_hm3": data["storage_capacity"]}},
        plants=[{"plant": "hpp", "link": "out", "party": "A", "energy_gwh_per_hm3": 1.0, "turbine_max_m3s": 1e4}],
        volumes={"spring": [data["summer_inflow"], data["winter_inflow"]]},
        **user("fields", "fork", [data["irrigation_cap"] / CUMEC_DAY / 30 if month == 9 else 0.0 for month in range(1, 13)], party="B"),
        scenario={
            "period": {"start": "2026-09-01", "end": "2026-11-01", "step": "month"},
            "objective": {"levels": ["benefit"]},
            "energy": {"value": [price["winter"] if month in {1, 2, 3, 10, 11, 12} else price["summer"] for month in range(1, 13)]},
            "reservoir": {"dam": {"initial": 0, "terminal": {"rule": "free"}}},
            "benefit": {"fields": {"kind": "quadratic", "linear": data["irrigation_value"], "curve": 0}},
        },
    )
    return replace(river, volumes=river.volumes)


def test_interval_of_compensation() -> None:
    """AL-13 by the accounts: A alone, then B on what arrives, then both; loss, gain and the even split."""
    case = published("AL-13")
    found = compensate(two_seasons().inputs(), ["A"], ["benefit"], SolveOptions())
    assert found.apart.loc["A", "power_worth"] == case.near("power_alone")
    assert found.apart.loc["B", "delivery_worth"] == case.near("irrigation_alone")
    assert found.together.loc["A", "power_worth"] == case.near("power_joint")
    assert found.together.loc["B", "delivery_worth"] == case.near("irrigation_joint")
    assert found.loss == case.near("min_compensation")
    assert found.gain == case.near("max_compensation")
    assert found.equal_split == case.near("equal_split")


def test_quadratic_solver_is_biased_as_it_comes() -> None:
    """FE-04: why plans are not solved by the quadratic programmes of HiGHS: as it comes it adds a term and never takes it away."""
    case, data, exact = published("FE-04"), published("AL-01").inputs, published("AL-01").expected
    asked = data["a"], 2 * np.array(data["b"]), np.ones(3), data["Q"]
    values, (price,) = quadratic_plan(*asked, as_it_comes=True)
    assert float(np.abs(values - exact["x"]).max()) == case.near("dx_max")
    assert abs(price - exact["lam"]) == case.near("dlam")
    values, (price,) = quadratic_plan(*asked)
    assert values == pytest.approx(exact["x"], abs=1e-9)
    assert price == pytest.approx(exact["lam"], abs=1e-9)
