"""Seasons of the southern hemisphere: growing over the new year, a water year of its own, ice in June."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.drafts import Draft, draft, together, user
from waterdeal.calendar import water_years
from waterdeal.examples import monthly
from waterdeal.lp.options import SolveOptions
from waterdeal.run import solve_inputs
from waterdeal.scenario.inputs import make_inputs
from waterdeal.scenario.schema import USUAL_LEVELS

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.basin.schema import Basin


def southern(river: Draft) -> Basin:
    """Make the basin of a river with the seasons of the south."""
    return replace(river.basin(), growing_season=((10, 1), (4, 1)), water_year_start=(7, 1), ice_months=frozenset({6, 7, 8, 9}))


def _inputs(river: Draft, basin: Basin) -> xr.Dataset:
    """Make the inputs of a river in another basin than its own."""
    return make_inputs(basin, river.scenario(), series=river.series() if river.volumes else None)


def test_water_years_begin_where_the_basin_says() -> None:
    """On 1 July one begins that ends in the year after; one that begins on 1 January ends in its own."""
    days = np.array(["2025-06-30", "2025-07-01", "2026-01-01", "2026-06-30", "2026-07-01"], dtype="datetime64[ns]")
    assert water_years(days, (7, 1)) == [2025, 2026, 2026, 2026, 2027]
    assert water_years(days, (1, 1)) == [2025, 2025, 2026, 2026, 2026]


def test_shares_of_a_southern_season_are_of_all_of_it() -> None:
    """Users without water in February have it in November: in one water year from July shares are even over both, not within each."""
    river = draft(
        "one catchment; dam reservoir; two catchment; fork junction; sea outlet",
        "a one dam; out dam fork; b two fork; tail fork sea",
        volumes={"one": [0] * 12, "two": [8] * 12},
        scenario={
            "period": {"start": "2025-07-01", "end": "2026-07-01", "step": "month"},
            "reservoir": {"dam": {"initial": 0, "terminal": {"rule": "free"}}},
            "objective": {"sharing": "equal_ratio"},
        },
        # both ask for 10 hm3 of a month of 30 days, one before the new year and one in all months of the season
        **together(
            user("early", "fork", [0] * 9 + [3.858, 3.858, 3.858]), user("late", "fork", [3.858, 3.858, 3.858] + [0] * 6 + [3.858] * 3)
        ),
    )  # fmt: skip
    plan = solve_inputs(_inputs(river, southern(river)), USUAL_LEVELS, SolveOptions())
    given, asked = plan["delivery"].sum("time").values, plan["requirement"].sum("time").values
    # 24 hm3 before the new year are for both, 24 after it for the late alone: of one season each has the same share
    assert given / asked == pytest.approx(48 / asked.sum(), abs=1e-6)


def test_growing_months_are_those_of_the_basin() -> None:
    """October to March grow, April to September do not."""
    river = draft("spring catchment; sea outlet", "out spring sea", runoff={"spring": 1},
                  scenario={"period": {"start": "2025-07-01", "end": "2026-07-01", "step": "month"}})  # fmt: skip
    inputs = _inputs(river, southern(river))
    assert inputs["growing"].values.tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0]


def test_ice_comes_in_the_months_of_the_basin() -> None:
    """Water takes two days under ice in July, and none in January."""
    river = draft(
        "spring catchment; sea outlet", "out spring sea", runoff={"spring": 1},
        links={"out": {"travel_time_days": 1, "travel_time_ice_days": 2}}, past_flows=monthly("link", "out", "flow_m3s", [1]),
        scenario={"period": {"start": "2025-07-01", "end": "2025-07-05", "step": "day"}},
    )  # fmt: skip
    assert int(_inputs(river, southern(river))["arrival_share"].values[0, 0].argmax()) == 2
    assert int(_inputs(river, river.basin())["arrival_share"].values[0, 0].argmax()) == 1
