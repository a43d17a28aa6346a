"""What deliveries are worth, as a scenario says it: tangents in the inputs, and benefits that are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.drafts import draft, user
from tests.passes.test_benefits import users_of
from waterdeal.errors import ScenarioError
from waterdeal.lp.options import SolveOptions
from waterdeal.run import solve_inputs
from waterdeal.scenario.benefit import quadratic_form, tangents
from waterdeal.scenario.parts_schema import DeliveryBenefit

ELASTIC = {"kind": "elastic", "price": 0.5, "quantity": 6.0, "elasticity": -0.5}


def test_elastic_demand_goes_through_its_point() -> None:
    """At the quantity the price is the one given, and its slope gives the elasticity."""
    linear, curve = quadratic_form(DeliveryBenefit(**ELASTIC))
    assert linear - 2 * curve * 6.0 == pytest.approx(0.5)
    assert -1 / (2 * curve) * 0.5 / 6.0 == pytest.approx(-0.5)


@given(linear=st.floats(0.1, 50), curve=st.floats(0, 5), reach=st.floats(0.1, 100), share=st.floats(0, 1))
def test_tangents_lie_above(linear: float, curve: float, reach: float, share: float) -> None:
    """Wherever they touch, no tangent is below the benefit anywhere within reach, and each touches it."""
    points = reach * np.array([0.0, share, 1.0])
    lines = tangents((linear, curve), points, reach)
    at = np.linspace(0, reach, 50)
    benefit = linear * at - curve * at**2
    heights = lines[:, :1] + lines[:, 1:] * at
    assert (heights >= benefit - 1e-9 * (1 + abs(benefit).max())).all()
    touched = lines[:, 0] + lines[:, 1] * points
    assert touched == pytest.approx(linear * points - curve * points**2, abs=1e-6 * (1 + linear * reach))


def test_a_speck_of_a_slope_is_none() -> None:
    """At the top of a benefit the tangent is level: rounding of 1e-14 would look like a figure in a wrong unit."""
    lines = tangents((0.3, 0.05), np.array([3.0 - 1e-13]), 10.0)
    assert lines[0, 1] == 0
    assert lines[0, 0] == pytest.approx(0.3 * 3 - 0.05 * 9, abs=1e-12)


def test_items_of_steps_and_of_the_horizon() -> None:
    """A benefit of steps has an item a step, one of the season one in all."""
    inputs = users_of([3.0, 4.0], {"one": {**ELASTIC, "per": "step"}, "two": ELASTIC}).inputs()
    assert inputs["benefit"].values.tolist() == ["one_1", "one_2", "two"]
    assert inputs["benefit_demand"].values.tolist() == ["one", "one", "two"]
    assert inputs["benefit_covers"].values.tolist() == [[1, 0], [0, 1], [1, 1]]


def test_table_is_its_pieces() -> None:
    """Lines through neighbours and level beyond the last; no curve is told, as it is exact."""
    inputs = users_of([3.0], {"one": {"kind": "table", "points": [[1, 2], [2, 10], [5, 16]]}}).inputs()
    lines = np.stack([inputs["tangent_intercept"].values[0], inputs["tangent_slope"].values[0]], axis=1)
    assert np.unique(lines, axis=0).tolist() == [[-6, 8], [6, 2], [16, 0]]
    assert np.isnan(inputs["benefit_curve"].values).all()


def test_without_benefits_nothing_is_there() -> None:
    """Off means off."""
    inputs = users_of([3.0], {"one": ELASTIC}).with_content(benefit={}).inputs()
    assert inputs.sizes["benefit"] == 0


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "rising slopes": ({"kind": "table", "points": [[0, 0], [2, 1], [3, 5]]}, "the worth of one hm3 more rises somewhere"),
    "one point": ({"kind": "table", "points": [[0, 0]]}, "at least two points of rising volume"),
    "no points": ({"kind": "table"}, "kind table needs points"),
    "volumes fall": ({"kind": "table", "points": [[2, 1], [1, 0]]}, "at least two points of rising volume"),
    "volume twice": ({"kind": "table", "points": [[1, 1], [1, 2]]}, "at least two points of rising volume"),
    "convex": ({"kind": "quadratic", "linear": 1, "curve": -0.1}, "greater than or equal to 0"),
    "no curve": ({"kind": "quadratic", "linear": 1}, "kind quadratic needs linear, curve"),
    "two kinds": ({**ELASTIC, "linear": 1}, "kind elastic needs price, quantity, elasticity, and nothing of another kind"),
    "rising demand": ({**ELASTIC, "elasticity": 0.5}, "less than 0"),
    "free water": ({**ELASTIC, "price": 0}, "greater than 0"),
    "unknown kind": ({"kind": "cubic"}, "quadratic"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_benefits_that_lines_cannot_follow(case: str) -> None:
    """Each is refused in a sentence: above all one whose worth of one more hm3 rises."""
    benefit, words = FAULTS[case]
    with pytest.raises(ValidationError, match=words):
        users_of([3.0], {"one": benefit}).scenario()


def test_zero_is_a_coefficient() -> None:
    """A curve of nothing is a constant worth, and is not taken for a missing one."""
    assert quadratic_form(DeliveryBenefit(kind="quadratic", linear=4, curve=0)) == (4, 0)


def test_benefit_of_nobody() -> None:
    """A demand that is not of the basin is told, with the likely one."""
    with pytest.raises(ScenarioError, match=r'benefit.onee(.|\n)*Did you mean "one"\?'):
        users_of([3.0], {"one": ELASTIC}).with_content(benefit={"onee": ELASTIC}).inputs()


def test_a_yearly_benefit_counts_each_year() -> None:
    """Over two water years x - x^2 / 20 of a year is most at 10 hm3 in each, so that 20 of a plentiful first year go on to the second."""
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "a spring dam; b dam sea",
        volumes={"spring": [30, 0, 0, 0]},
        scenario={
            "period": {"start": "2026-08-01", "end": "2026-12-01", "step": "month"},
            "reservoir": {"dam": {"initial": 0, "terminal": {"rule": "free"}}},
            "benefit": {"fields": {"kind": "quadratic", "linear": 1.0, "curve": 0.05, "per": "year"}},
            "objective": {"levels": ["benefit"]},
        },
        **user("fields", "dam", 20),
    )
    inputs = river.inputs()
    assert inputs["benefit"].values.tolist() == ["fields_2026", "fields_2027"]
    assert inputs["benefit_covers"].values.tolist() == [[1, 1, 0, 0], [0, 0, 1, 1]]
    plan = solve_inputs(inputs, ("benefit",), SolveOptions())
    assert plan["delivery"].values[0].reshape(2, 2).sum(axis=1) == pytest.approx([10, 10], abs=1e-3)
    assert plan["benefit_worth"].values == pytest.approx([5, 5], abs=1e-4)
