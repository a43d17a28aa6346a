"""Limits hold in their own season, the past stays as it was, and water that comes back serves no intake twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.drafts import draft, together, user
from waterdeal.errors import BasinDataError, ScenarioError
from waterdeal.examples import two_party_basin, two_party_content, two_party_inputs
from waterdeal.scenario.age import lent_limits
from waterdeal.scenario.inputs import make_inputs
from waterdeal.scenario.schema import Scenario

LIMIT = {"entitlement": {"limits": [{"limit": "low_growing"}]}}


@pytest.mark.parametrize(
    ("growing", "start", "end", "years"),
    [
        (((4, 1), (10, 1)), "2026-04", "2026-10", [2026]),
        (((4, 1), (10, 1)), "2025-10", "2028-10", [2026]),  # the limit is of 2026
        (((4, 1), (10, 1)), "2027-04", "2029-10", [2027, 2028, 2029]),
        (((6, 1), (10, 1)), "2027-06", "2027-10", [2027]),  # 122 days
        (((11, 1), (3, 1)), "2026-11", "2027-03", [2026]),
        (((11, 1), (3, 1)), "2027-01", "2029-03", None),  # of the first winter the horizon holds a part
    ],
)
def test_a_limit_is_counted_once_a_season(growing: Any, start: str, end: str, years: list[int] | None) -> None:
    """In its own year, or in every one in sight where the horizon holds another; whatever the season is."""
    basin = replace(two_party_basin(), growing_season=growing)
    scenario = Scenario.model_validate(two_party_content(period={"start": f"{start}-01", "end": f"{end}-01", "step": "month"}, **LIMIT))
    if years is None:
        with pytest.raises(ScenarioError, match="of which the horizon holds 59 days"):
            make_inputs(basin, scenario)
        return
    inputs = make_inputs(basin, scenario)
    months = (growing[1][0] - growing[0][0]) % 12
    assert inputs["entitlement_volume"].values.tolist() == [700.0] * len(years)
    assert inputs["entitlement_season"].sum("time").values.tolist() == [months] * len(years)
    firsts = [inputs["time"].values[row.astype(bool)][0].astype("datetime64[Y]").item().year for row in inputs["entitlement_season"].values]
    assert firsts == years
    assert [row["limit"] for row in lent_limits(basin, scenario)] == ([] if 2026 in years else ["low_growing"])


@pytest.mark.parametrize("changes", [{"factor": 2}, {"factor_by_demand": {"fields": 0.5}}])
def test_a_changed_requirement_leaves_the_past(changes: dict[str, Any]) -> None:
    """What comes back of earlier deliveries does not change with what is required from now on."""
    plain, changed = two_party_inputs(), two_party_inputs(requirement=changes)
    np.testing.assert_array_equal(plain["return_past"], changed["return_past"])
    assert not np.array_equal(plain["requirement"], changed["requirement"])


@pytest.mark.parametrize("kind", ["junction", "reservoir"])
@pytest.mark.parametrize(("delay", "served"), [(0, 50), (0.5, 50), (3, 50)])
def test_a_user_is_not_served_by_what_it_gives_back(kind: str, delay: float, served: float) -> None:
    """100 wanted of a river of 50, half of which comes back to the same node: 50, and what comes back goes on."""
    one = draft(
        f"spring catchment; town {kind}; sea outlet",
        "head spring town; out town sea",
        volumes={"spring": [50]},
        scenario={
            "period": {"start": "2026-04-01", "end": "2026-04-02", "step": "day"},
            **({"reservoir": {"town": {"initial": 0, "terminal": {"rule": "free"}}}} if kind == "reservoir" else {}),
        },
        **user("user", "town", [100 / 0.0864], return_fraction=0.5, return_node="town", return_delay_days=delay),
    )
    past = float(one.inputs()["return_past"].sum())
    assert float(one.plan()["delivery"].sum()) == pytest.approx(served + past)


def test_nor_by_what_it_gives_back_above() -> None:
    """Water that comes back at once above the intake is refused; later, or below, it may."""
    for back, delay in (("fork", 2), ("sea", 0)):
        _drained(back, delay).basin()
    with pytest.raises(BasinDataError, match="serve it twice"):
        _drained("fork", 0).basin()


def _drained(back: str, delay: float) -> Any:
    """Make a river whose user gives half back somewhere."""
    return draft(
        "spring catchment; fork junction; town junction; sea outlet",
        "head spring fork; mid fork town; out town sea",
        **together(user("user", "town", 10, return_fraction=0.5, return_node=back, return_delay_days=delay)),
    )
