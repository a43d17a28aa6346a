"""A part of what each user requires in every step comes before its season is shared, and no later level takes it back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.drafts import Draft, draft, together, user
from tests.properties.rivers import rivers
from tests.solve.test_give import FOUR_DAYS, LEVELS, asked
from tests.thorough import examples
from waterdeal.examples import monthly, syrdarya
from waterdeal.lp.compile import compile_model
from waterdeal.lp.goals import make_agenda
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
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


def thin_days(**objective: Any) -> Draft:
    """Three fields on a river with 4 and 8 m3/s on the first two of four days, where 15 are to be there in each; its floor may give."""
    floor = monthly("flow_requirement", "delta", "flow_m3s", [2] * 12, link="low", kind="environmental")
    river = draft(
        "spring catchment; fork junction; sea outlet",
        "head spring fork; low fork sea",
        volumes={"spring": [rate * CUMEC_DAY for rate in (4, 8, 40, 40)]},
        scenario={"period": FOUR_DAYS},
        flow_requirements=floor,
        **together(*(user(name, "fork", rate) for name, rate in {"a": 20, "b": 15, "c": 15}.items())),
    )
    return asked(river, {"flows": 0.2}, sharing="equal_ratio", least_supply=0.3, **objective)


@pytest.mark.parametrize("parts", [2, 12])
def test_who_misses_it_in_a_step_is_left_to_evenness(parts: int) -> None:
    """Where pools open, what is missing to all is held, not whose it is by chance: parts of a step are as even as the steps of shortage."""
    river = thin_days(shortage={"share": [0.7, 0.3], "weight": [1, 3], "parts": [7, parts]})
    inputs, levels = river.inputs(), river.scenario().objective.in_turn
    opening = make_agenda(compile_model(build_model(inputs)), levels).opening
    assert opening is not None
    assert opening.rows.size == 1
    plan = solve_inputs(inputs, levels, SolveOptions())
    got = plan["delivery"].values / plan["requirement"].values
    assert np.ptp(got[:, :2], axis=0).max() <= 0.3 / parts + 1e-6
    for way in ({"seed": 7}, {"seed": 3, "method": "simplex", "presolve": False}):
        assert abs(solve_inputs(inputs, levels, SolveOptions(**way))["delivery"] - plan["delivery"]).max() < 1e-6


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
