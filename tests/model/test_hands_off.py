"""Hands-off flows: who takes water leaves the lesser of the natural flow and a figure; nobody lets out stored water for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drafts import Draft, draft, together, user
from tests.thorough import examples
from waterdeal.errors import ScenarioError
from waterdeal.examples import monthly
from waterdeal.lp.options import SolveOptions
from waterdeal.results.anew import Water
from waterdeal.results.audit import audit
from waterdeal.run import solve_inputs
from waterdeal.scenario.natural import flows_asked
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.solve.kept import KeptModel

if TYPE_CHECKING:
    import xarray as xr

FOUR_DAYS = {"period": {"start": "2026-04-01", "end": "2026-04-05", "step": "day"}}
#: hm3 of one m3/s over a day
CUMEC = 0.0864


def _asked(rate: float, kind: str = "hands_off", link: str = "tail") -> dict[str, Any]:
    """Ask for a least flow all year."""
    return {"flow_requirements": monthly("flow_requirement", "least", "flow_m3s", [rate], link=link, kind=kind)}


def _river(water: list[float], rate: float = 15, links: dict[str, Any] | None = None, kind: str = "hands_off", **more: Any) -> Draft:
    """A dam of much water above fields, and a least flow of 20 m3/s below them; water in m3/s by day."""
    return draft(
        "spring catchment; dam reservoir; fork junction; sea outlet",
        "melt spring dam; out dam fork; tail fork sea",
        volumes={"spring": [CUMEC * rate for rate in water]},
        scenario={**FOUR_DAYS, **more.pop("scenario", {})},
        links=links or {},
        **_asked(20, kind),
        **user("fields", "fork", rate),
        **more,
    )


def _plan(river: Draft, **content: Any) -> xr.Dataset:
    """Solve and audit."""
    plan = solve_inputs((river.with_content(**content) if content else river).inputs(), USUAL_LEVELS, SolveOptions())
    audit(plan).raise_if_bad()
    return plan


def test_no_stored_water_is_let_out_for_it() -> None:
    """Of 30, 10, 5 and 40 m3/s the least of each and 20 is asked for, all of it passes, and the fields have theirs from the store."""
    plan = _plan(_river([30, 10, 5, 40]))
    assert (flows_asked(plan)[0] / CUMEC).tolist() == pytest.approx([20, 10, 5, 20])
    assert plan["flow_shortfall"].values.max() == pytest.approx(0, abs=1e-9)
    assert plan["shortage"].values.max() == pytest.approx(0, abs=1e-9)


def test_diversions_stop_when_the_river_is_below() -> None:
    """Where nothing is stored, fields take what is above 20 m3/s, and nothing on the days that bring less."""
    river = draft(
        "spring catchment; fork junction; sea outlet",
        "melt spring fork; tail fork sea",
        volumes={"spring": [CUMEC * rate for rate in (30, 20, 12, 50)]},
        scenario=FOUR_DAYS,
        **_asked(20),
        **user("fields", "fork", 15),
    )
    assert (_plan(river)["delivery"].values[0] / CUMEC).tolist() == pytest.approx([10, 0, 0, 15])


def test_it_is_the_flow_that_would_pass_with_losses_and_travel_times() -> None:
    """Half is lost and the rest takes a day: of 40, 10, 60, 80 m3/s after 16 of the day before, 8, 20, 5, 30 would pass."""
    links = {"melt": {"loss_fraction": 0.5, "travel_time_days": 1}}
    river = _river([40, 10, 60, 80], links=links, past_flows=monthly("link", "melt", "flow_m3s", [16]))
    plan = _plan(river)
    assert (flows_asked(plan)[0] / CUMEC).tolist() == pytest.approx([8, 20, 5, 20])
    assert (Water(plan).asked[0] / CUMEC).tolist() == pytest.approx([8, 20, 5, 20])


@pytest.mark.thorough
def test_two_diversions_a_day_apart_leave_it_together() -> None:
    """Of 30, 8, 16 and 30 m3/s a day above the post, and 5 on the way, it keeps 5, 12, 8 and 12; both users have what is above that."""
    river = draft(
        "spring catchment; high junction; low junction; sea outlet",
        "melt spring high; way high low; tail low sea",
        volumes={"spring": [CUMEC * rate for rate in (30, 8, 16, 30)]},
        links={"way": {"travel_time_days": 1, "travel_time_ice_days": 1}},
        past_flows=monthly("link", "way", "flow_m3s", [5]),
        scenario=FOUR_DAYS,
        **_asked(12),
        **together(user("high", "high", 10), user("low", "low", 10)),
    )
    plan = _plan(river)
    assert (plan["flow"].sel(link="tail").values / CUMEC).tolist() == pytest.approx([5, 12, 8, 12], abs=1e-6)
    high, low = plan["delivery"].sel(demand=["high", "low"]).values / CUMEC
    assert high[:3].sum() + low.sum() == pytest.approx(30 + 8 + 16 - 12 - 8 - 12, abs=1e-6)  # what is left of a day may be taken on the next
    assert plan["flow_shortfall"].values.max() == pytest.approx(0, abs=1e-9)


def test_a_regime_of_the_scenario_may_be_hands_off() -> None:
    """A regime asks for the same as the table."""
    regime = {"id": "own", "link": "tail", "method": "shape", "kind": "hands_off", "flow_m3s": [25] * 12}
    plan = _plan(_river([30, 10, 5, 40]), environment={"regime": [regime]})
    assert (flows_asked(plan)[1] / CUMEC).tolist() == pytest.approx([25, 10, 5, 25])


def test_what_is_missing_to_it_is_told_and_audited() -> None:
    """Drinking water comes first; the rest is missing to nature; a plan that says that nothing is missing fails the audit."""
    river = draft(
        "spring catchment; fork junction; sea outlet",
        "melt spring fork; tail fork sea",
        volumes={"spring": [CUMEC * 12] * 4},
        scenario=FOUR_DAYS,
        **_asked(20),
        **user("town", "fork", 5, "municipal"),
    )
    plan = _plan(river)
    assert (plan["flow_shortfall"].values[0] / CUMEC).tolist() == pytest.approx([5] * 4)
    forged = plan.assign(flow_shortfall=0 * plan["flow_shortfall"])
    assert not audit(forged).passed


@pytest.mark.thorough
def test_other_water_asks_for_another_flow() -> None:
    """A kept model, as ensembles have it, asks for what other water would bring."""
    inputs = _river([30, 10, 5, 40]).inputs()
    kept = KeptModel(inputs, USUAL_LEVELS, SolveOptions(), ("runoff",))
    water = 0.5 * inputs["runoff"].values
    solution = kept.solve({"runoff": water})
    assert kept.recompiled
    found = kept.program_at({"runoff": water}).values_of("environment.flow_shortfall", solution.values)
    assert np.abs(found).max() == pytest.approx(0, abs=1e-9)


def test_it_is_refused_where_nobody_can_say_what_is_natural() -> None:
    """Below a place where the river parts, and on a canal."""
    river = draft(
        "spring catchment; fork junction; sea outlet; pond outlet",
        "melt spring fork; left fork sea; right fork pond",
        runoff={"spring": 10},
        **_asked(20, link="left"),
    )
    with pytest.raises(ScenarioError, match="parts"):
        river.inputs()
    canal = draft("spring catchment; fork canal; sea outlet", "melt spring sea; gate spring fork canal", **_asked(20, link="gate"), **user("f", "fork", 1))
    with pytest.raises(ScenarioError, match="gate is not a river link"):
        canal.inputs()


@examples(1, thorough=60)
@given(
    first=st.lists(st.integers(0, 90), min_size=4, max_size=4), second=st.lists(st.integers(0, 90), min_size=4, max_size=4),
    lost=st.integers(0, 80), days=st.floats(0, 3)
)  # fmt: skip
def test_two_ways_find_the_same_natural_flow(first: list[int], second: list[int], lost: int, days: float) -> None:
    """The model and the audit, which share no code, ask for the same where two rivers meet, lose and take their time."""
    river = draft(
        "one catchment; two catchment; dam reservoir; meet junction; mouth junction; sea outlet",
        "upper one dam; out dam meet; side two meet; down meet mouth; tail mouth sea",
        volumes={"one": first, "two": second},
        scenario=FOUR_DAYS,
        links={"out": {"loss_fraction": lost / 100}, "side": {"travel_time_days": round(days, 2)}, "down": {"travel_time_days": 1.5}},
        past_flows=[row for link in ("side", "down") for row in monthly("link", link, "flow_m3s", [7])],
        **_asked(1000),
        **user("fields", "meet", 30),
    )
    plan = _plan(river)
    assert Water(plan).asked == pytest.approx(flows_asked(plan), abs=1e-9)
