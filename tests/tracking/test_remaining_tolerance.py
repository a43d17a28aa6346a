"""What the past of a season leaves of its tolerance and of its ramps, by hand on a dam whose water is just enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.drafts import draft
from tests.solve.test_give import CUMEC_DAY, FOUR_DAYS, asked, floor_that_rises, planned
from waterdeal.lp.options import SolveOptions
from waterdeal.lp.solution import room_left
from waterdeal.results.audit import audit
from waterdeal.run import solve_inputs
from waterdeal.tracking.remainder import remaining_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from tests.drafts import Draft


def rest_of(river: Draft, count: int, rates: Sequence[float] = ()) -> xr.Dataset:
    """Plan a river, let the dam release some rates instead of the first planned, and plan the rest."""
    past = planned(river)[0].copy(deep=True)
    if rates:
        out, dam = (past[dim].values.tolist().index(name) for dim, name in (("link", "out"), ("reservoir", "dam")))
        past["flow"].values[out, :count] = np.array(rates) * CUMEC_DAY
        past["storage"].values[dam, :count] = past["storage_initial"].values[dam] - np.cumsum(rates) * CUMEC_DAY
    plan = solve_inputs(remaining_inputs(river.inputs(), past, count), river.scenario().objective.in_turn, SolveOptions())
    audit(plan).raise_if_bad()
    return plan


def released(plan: xr.Dataset) -> list[float]:
    """Return what the dam releases, m3/s."""
    rates: list[float] = plan["discharge"].sel(link="out").values.tolist()
    return rates


@pytest.mark.parametrize(("count", "left"), [(1, 4), (2, 4), (3, 2)])
def test_what_the_plan_gives_is_given_in_the_rest(count: int, left: float) -> None:
    """80 m3/s days for 10, 10, 30, 30 of which 4 may be missing: 12, 12, 28, 28, and from any day on the same, with what is given of it."""
    rest = rest_of(floor_that_rises(give=0.05), count)
    assert released(rest) == pytest.approx([12, 12, 28, 28][count:], abs=1e-5)
    assert rest["promise_given"].sum() == pytest.approx(left * CUMEC_DAY, abs=1e-6)


def test_the_pool_is_of_the_season() -> None:
    """After 11 on the first day instead of 12, 1 must be missing, as 69 are left for 70, and 3 may be given: 13, 28, 28."""
    rest = rest_of(floor_that_rises(give=0.05), 1, [11])
    assert released(rest) == pytest.approx([13, 28, 28], abs=1e-5)
    assert rest["promise_missing"].sum() == pytest.approx(4 * CUMEC_DAY, abs=1e-6)


def test_water_that_was_lost_is_not_given() -> None:
    """20 on two days leave 40 for 30 and 30: 20 are missing where 4 were planned, by nobody's tolerance, and all of the pool is left."""
    rest = rest_of(floor_that_rises(give=0.05), 2, [20, 20])
    assert released(rest) == pytest.approx([20, 20], abs=1e-5)
    assert rest["promise_missing"].sum() == pytest.approx(20 * CUMEC_DAY, abs=1e-6)


@pytest.mark.parametrize(("hard", "expected", "breach"), [(("out",), [15, 20], [0, 0]), ((), [30, 30], [15, 0])])
def test_the_first_change_is_from_what_was_released(hard: tuple[str, ...], expected: list[float], breach: list[float]) -> None:
    """From 10 a day by 5 at most: 15 and 20 where that is hard, else 30 and 30 for the floor, and 15 beyond the ramp are told."""
    river = floor_that_rises(give=0.0).with_content(operation={"ramp_share": 0, "ramp": {"out": 5}, "hard": list(hard)})
    rest = rest_of(river, 2, [10, 10])
    assert released(rest) == pytest.approx(expected, abs=1e-5)
    assert rest["ramp_breach"].sel(link="out").values / CUMEC_DAY == pytest.approx(breach, abs=1e-5)


def test_a_promise_that_is_over_has_no_pool() -> None:
    """A pulse of the first two days is no promise of the last two."""
    pulse = {"id": "spring", "link": "out", "volume": 40 * CUMEC_DAY, "start": "2026-04-29", "end": "2026-05-01"}
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea",
        scenario={
            "period": FOUR_DAYS,
            "reservoir": {"dam": {"initial": 40 * CUMEC_DAY, "terminal": {"rule": "free"}}},
            "environment": {"pulse": [pulse]},
        },
    )
    whole, _ = planned(asked(river, 0.1))
    assert whole.sizes["promise"] == 1
    rest = rest_of(asked(river, 0.1), 2)
    assert rest.sizes["promise"] == 0
    assert released(rest) == pytest.approx(released(whole)[2:], abs=1e-5)


def test_room_is_left_up_to_the_plan_or_for_what_is_lost() -> None:
    """Of a room of 4 all where no plan goes on; 1 where 3 have been used; none where all; 2 where 2 more are missing than was planned."""
    room, missing = np.full(5, 4.0), np.array([5.0, 5, 6, 8, 20])
    assert room_left(room, missing, np.array([np.nan, 6, 6, 6, 6])).tolist() == [4, 1, 0, 2, 4]
    assert room_left(room, missing, np.zeros(0)).tolist() == [4] * 5
