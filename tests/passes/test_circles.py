"""Water in a circle: off-channel reservoirs, pumped storage, a canal that leads both ways."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drafts import Draft, draft, together, user
from tests.thorough import examples
from waterdeal.basin.make import make_basin
from waterdeal.errors import BasinDataError
from waterdeal.lp.options import SolveOptions
from waterdeal.replay.simulate import replay
from waterdeal.results.audit import audit
from waterdeal.run import solve_inputs
from waterdeal.scenario.schema import USUAL_LEVELS

if TYPE_CHECKING:
    import xarray as xr

FOUR_DAYS = {"start": "2026-04-01", "end": "2026-04-05", "step": "day"}
#: hm3 of one m3/s over a day
CUMEC = 0.0864
FREE = {"rule": "free"}


def _plan(river: Draft) -> xr.Dataset:
    """Solve, audit and replay."""
    inputs = river.inputs()
    plan = solve_inputs(inputs, USUAL_LEVELS, SolveOptions())
    audit(plan).raise_if_bad()
    played = replay(inputs, plan).dataset
    for name in ("flow", "arrival", "storage"):
        assert np.abs(played[name].values - plan[name].values).max(initial=0) <= 1e-6, name
    return plan


def _off_channel(water: list[float], rate: float = 10, lift: float = 0.4, full: float = 1000, start: float = 0) -> Draft:
    """A river, fields on it, and beside it a reservoir on a hill that a pump fills from the place it gives back to; hm3 by day."""
    return draft(
        "spring catchment; fork junction; hill reservoir; low junction; sea outlet",
        "a spring fork; lift fork hill canal; back hill fork; b fork low; c low sea",
        volumes={"spring": water},
        links={"lift": {"pump_gwh_per_hm3": lift, "efficiency": 0.8}},
        reservoirs={"hill": {"full_hm3": full}},
        scenario={"period": FOUR_DAYS, "reservoir": {"hill": {"initial": start, "terminal": FREE}}},
        **user("fields", "low", rate / CUMEC),
    )


def test_an_off_channel_reservoir_keeps_a_wet_day_for_a_dry_one() -> None:
    """Of 35, 10, 0 and 2 hm3 fields get 10 each day: 22.5 are lifted on the first, 18 arrive, and go back on the last two."""
    plan = _plan(_off_channel([35, 10, 0, 2]))
    assert plan["delivery"].values[0].tolist() == pytest.approx([10] * 4)
    assert plan["flow"].sel(link="lift").values.tolist() == pytest.approx([22.5, 0, 0, 0])
    assert plan["flow"].sel(link="back").values.tolist() == pytest.approx([0, 0, 10, 8])
    assert plan["storage"].values[0].tolist() == pytest.approx([18, 18, 8, 0])
    assert plan["lift_energy"].sel(link="lift").values.tolist() == pytest.approx([9, 0, 0, 0])


def _pumped(**more: Any) -> Draft:
    """Two reservoirs, a plant between them and a pump back; energy is worth 1 in January and 3 in February."""
    return draft(
        "spring catchment; high reservoir; low reservoir; sea outlet",
        "a spring high; fall high low; lift low high canal; out low sea",
        volumes={"spring": [0, 0]},
        links={"lift": {"pump_gwh_per_hm3": 0.4, **more}},
        reservoirs={"high": {"full_hm3": 50}, "low": {"full_hm3": 1000}},
        plants=[{"plant": "works", "link": "fall", "party": "A", "energy_gwh_per_hm3": 0.3, "turbine_max_m3s": 1000}],
        scenario={
            "period": {"start": "2026-01-01", "end": "2026-03-01", "step": "month"},
            "reservoir": {"high": {"initial": 10, "terminal": FREE}, "low": {"initial": 100, "terminal": FREE}},
            "energy": {"value": [1.0, 3.0] + [1.0] * 10},
        },
    )


def test_pumped_storage_lifts_when_energy_is_cheap() -> None:
    """40 hm3 are lifted in January for 16, and all 50 fall in February for 45: none falls in January or is lifted in February."""
    plan = _plan(_pumped())
    assert plan["flow"].sel(link="lift").values.tolist() == pytest.approx([40, 0])
    assert plan["flow"].sel(link="fall").values.tolist() == pytest.approx([0, 50])
    assert plan["energy"].values[0].tolist() == pytest.approx([0, 15])
    assert float(plan["level_value"].sel(objective_level="benefit")) == pytest.approx(16 - 45)


def test_a_canal_leads_both_ways() -> None:
    """Two fields with 30 and 0, then 0 and 30 hm3 a day: the canal brings 10 there on the first days, and 10 back on the last."""
    river = draft(
        "one catchment; two catchment; left junction; right junction; sea outlet; pond outlet",
        "a one left; b two right; there left right canal; back right left canal; c left sea; d right pond",
        volumes={"one": [30, 30, 0, 0], "two": [0, 0, 30, 30]},
        scenario={"period": FOUR_DAYS},
        **together(user("here", "left", 10 / CUMEC), user("yonder", "right", 10 / CUMEC)),
    )
    plan = _plan(river)
    assert plan["shortage"].values.max() == pytest.approx(0, abs=1e-9)
    there, back = (plan["flow"].sel(link=name).values for name in ("there", "back"))
    assert there[2:].max() == back[:2].max() == 0
    assert min(there[:2].min(), back[2:].min()) >= 10 - 1e-9
    forged = plan.copy(deep=True)
    for link in ("there", "back"):
        forged["flow"].loc[{"link": link}] += 5.0
    assert "two-way canals one way at a time" in {check.name for check in audit(forged).checks if not check.passed}


def test_a_pump_and_a_small_hill_bridge_what_they_can() -> None:
    """Of 20, 20, 2 and 2 m3/s seven are asked for: at most six a day are lifted, and eight fit on the hill, so 26 of 28 come."""
    river = _off_channel([20 * CUMEC, 20 * CUMEC, 2 * CUMEC, 2 * CUMEC], rate=7 * CUMEC, full=8 * CUMEC)
    links = [{**row, **({"capacity_m3s": 6, "efficiency": 1.0} if row["link"] == "lift" else {})} for row in river.tables["links"]]
    plan = _plan(replace(river, tables={**river.tables, "links": links}))
    assert float(plan["delivery"].sum()) / CUMEC == pytest.approx(7 + 7 + 2 + 2 + 8)
    assert float(plan["flow"].sel(link="lift").max()) / CUMEC <= 6 + 1e-6


def test_a_canal_that_loses_half_one_way() -> None:
    """Two places with 20 and 2, then 2 and 20 m3/s, and ten asked for at each: five get there, nine leave for here and half arrives."""
    river = draft(
        "one catchment; two catchment; left junction; right junction; sea outlet; pond outlet",
        "a one left; b two right; there left right canal; back right left canal; c left sea; d right pond",
        volumes={"one": [20 * CUMEC, 2 * CUMEC], "two": [2 * CUMEC, 20 * CUMEC]},
        links={"there": {"capacity_m3s": 5}, "back": {"capacity_m3s": 9, "efficiency": 0.5}},
        scenario={"period": {**FOUR_DAYS, "end": "2026-04-03"}},
        **together(user("here", "left", 10), user("yonder", "right", 10)),
    )
    assert (_plan(river)["delivery"].values / CUMEC).tolist() == [pytest.approx([10, 6.5]), pytest.approx([7, 10])]


def test_rivers_run_in_no_circle_and_no_circle_makes_energy() -> None:
    """Two rivers in a circle are refused, and so is a plant that gives more than the pump takes that feeds it."""
    tables = _pumped().tables
    back = [{**row, "kind": "river", "pump_gwh_per_hm3": ""} if row["link"] == "lift" else row for row in tables["links"]]
    with pytest.raises(BasinDataError, match="water runs in a circle"):
        make_basin("draft", {**tables, "links": back})
    with pytest.raises(BasinDataError, match="gives more energy than its pumps take"):
        make_basin("draft", _pumped(pump_gwh_per_hm3=0.29).tables)
    weir = [{**row, "pump_gwh_per_hm3": 0.1} if row["link"] == "out" else row for row in tables["links"]]
    with pytest.raises(BasinDataError, match="out has a pump but is no canal"):
        make_basin("draft", {**tables, "links": weir})


@examples(1, thorough=60)
@given(water=st.lists(st.integers(0, 40), min_size=4, max_size=4), rate=st.integers(0, 20), full=st.integers(0, 30), start=st.integers(0, 30))
def test_a_circle_balances(water: list[int], rate: int, full: int, start: int) -> None:
    """Whatever comes: it balances, its replay is the same, and water is lifted only for somebody: no more than is missing without it."""
    plan = _plan(_off_channel([float(hm3) for hm3 in water], rate, 0.4, full, min(start, full)))
    lifted = float(plan["flow"].sel(link="lift").sum())
    bare = float(np.maximum(rate - np.array(water), 0).sum())
    assert 0.8 * lifted <= bare + 1e-6
