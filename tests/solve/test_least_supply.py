"""A part of what each user requires in every step comes before its season is shared, and no later level takes it back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.drafts import Draft, draft, together, user
from tests.properties.rivers import rivers
from tests.solve.test_give import LEVELS, asked
from tests.thorough import examples
from waterdeal.examples import syrdarya
from waterdeal.lp.options import SolveOptions
from waterdeal.reports.text import summary_text
from waterdeal.results.audit import audit
from waterdeal.run import solve_inputs
from waterdeal.scenario.ranks import with_ranks
from waterdeal.scenario.schema import Scenario

CUMEC_DAY = 0.0864
TWO_DAYS = {"start": "2026-04-30", "end": "2026-05-02", "step": "day"}


def spring_power(least: float, water: float = 10) -> Draft:
    """A dam above fields that ask for 10 m3/s on each of two days; energy on the way there is worth three times as much on the first."""
    objective: dict[str, Any] = {"levels": ["irrigation", "benefit"], "sharing": "equal_ratio", "least_supply": least}
    return draft(
        "spring catchment; dam reservoir; fork junction; sea outlet",
        "head spring dam; out dam fork; low fork sea",
        plants=[{"plant": "works", "link": "out", "party": "A", "energy_gwh_per_hm3": 1, "turbine_max_m3s": 500}],
        scenario={
            "period": TWO_DAYS,
            "reservoir": {"dam": {"initial": water * CUMEC_DAY, "terminal": {"rule": "free"}}},
            "energy": {"value": [1, 1, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1]},
            "objective": objective,
        },
        **user("fields", "fork", 10),
    )


def planned(river: Draft, **attrs: Any) -> tuple[Any, dict[str, float]]:
    """Plan, audit, and return the plan with its levels."""
    plan = solve_inputs(river.inputs().assign_attrs(attrs), river.scenario().objective.in_turn, SolveOptions())
    audit(plan).raise_if_bad()
    return plan, json.loads(plan.attrs["levels"])


@pytest.mark.parametrize(
    ("least", "water", "given", "missing"), [(0, 10, [10, 0], 0), (0.25, 10, [7.5, 2.5], 0), (0.4, 6, None, 2)]
)
def test_every_step_has_its_part(least: float, water: float, given: list[float] | None, missing: float) -> None:
    """What the season gets is spread as energy likes, but for the part of every step; of 6 for 4 and 4 two are missing, and told."""
    plan, levels = planned(spring_power(least, water))
    assert plan["delivery"].sum() / CUMEC_DAY == pytest.approx(water)
    assert levels.get("least_supply", 0.0) / CUMEC_DAY == pytest.approx(missing)
    if given is not None:
        assert plan["delivery"].values[0] / CUMEC_DAY == pytest.approx(given)
    told = " ".join(summary_text(plan, "en").split())
    line = f"every user gets {100 * least:.0f} % of what it requires in every step, as far as water, canals and promises allow; "
    assert (f"{line}{missing * CUMEC_DAY:.1f} million" in told) == (least > 0)


def test_a_priority_has_its_season_before_the_next_has_its_steps() -> None:
    """Ten for eight of the first priority and half of eight of the second: the first has all, the second two of its four."""
    river = draft(
        "spring catchment; fork junction; sea outlet",
        "head spring fork; low fork sea",
        runoff={"spring": 10},
        scenario={"period": {**TWO_DAYS, "end": "2026-05-01"}, "objective": {"levels": ["irrigation"], "least_supply": 0.5}},
        **together(*(user(name, "fork", 8, priority=number) for name, number in (("late", 2), ("early", 1)))),
    )
    plan, levels = planned(river)
    assert dict(zip(plan["demand"].values.tolist(), (plan["delivery"].values[:, 0] / CUMEC_DAY).tolist(), strict=True)) == pytest.approx(
        {"early": 8, "late": 2}
    )
    parts = ("least_supply_priority_1", "irrigation_priority_1", "least_supply_priority_2", "irrigation_priority_2")
    assert tuple(levels) == (*parts, "least_supply", "irrigation")
    assert levels["least_supply_priority_2"] / CUMEC_DAY == pytest.approx(2)
    assert with_ranks(("least_supply", "drinking", "irrigation"), parts)[:3] == (parts[0], parts[2], "least_supply")


@examples(2, thorough=30)
@given(
    river=rivers(), rule=st.sampled_from(["least_shortage", "equal_ratio"]), factor=st.sampled_from([0.1, 0.3]), least=st.floats(0.05, 0.9)
)
def test_no_tolerance_takes_it_back(river: Draft, rule: str, factor: float, least: float) -> None:
    """With pools of promises and shares that are eased no more is missing to it than without, on whatever river."""
    content = {"sharing": rule, "least_supply": least, "evenness_give": 0.05}
    given_away = asked(river, 0.3, **content)
    inputs = given_away.inputs()
    inputs = inputs.assign(runoff=inputs["runoff"] * factor)
    levels = given_away.scenario().objective.in_turn
    found = json.loads(solve_inputs(inputs, levels, SolveOptions()).attrs["levels"])["least_supply"]
    alone = json.loads(solve_inputs(inputs, levels[: levels.index("irrigation")], SolveOptions()).attrs["levels"])["least_supply"]
    assert found <= alone + 1e-5  # what nature gives may reach users too


def test_it_has_a_place_among_the_levels() -> None:
    """Right before shares unless named elsewhere; without a place, or a level without a figure, it is refused."""
    content = spring_power(0.25).content

    def objective(**more: Any) -> Any:
        return Scenario.model_validate({**content, "objective": more}).objective

    assert objective(levels=LEVELS, least_supply=0.25).in_turn[4:8] == ("environment", "least_supply", "irrigation", "rule_band")
    assert objective(levels=["least_supply", *LEVELS], least_supply=0.25, give=0).in_turn == ("least_supply", *LEVELS)
    for wrong in ({"levels": ["least_supply", *LEVELS]}, {"levels": ["drinking"], "least_supply": 0.2}):
        with pytest.raises(ValidationError, match="least_supply"):
            objective(**wrong)


@pytest.mark.thorough
def test_more_of_it_never_leaves_more_to_the_season() -> None:
    """In the dry season the user who is worst off in all is no better off the more every step is to have, where evenness takes no shares."""
    worst = []
    for least in (0.25, 0.3, 0.4):
        plan = syrdarya("growing-dry").set({"objective.least_supply": least, "objective.evenness_give": 0.0}).solve().dataset
        worst.append(float(1 - (plan["delivery"].sum("time") / plan["requirement"].sum("time")).min()))
        assert float((plan["delivery"] - least * plan["requirement"]).min()) > -1e-5
    assert worst == sorted(worst)
    assert worst[-1] < 0.32
