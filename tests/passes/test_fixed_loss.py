"""Fixed losses of links: so many m3/s whatever is carried, and never more than there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drafts import Draft, draft, together, user
from tests.thorough import examples
from waterdeal.basin.make import make_basin
from waterdeal.errors import BasinDataError, ScenarioError
from waterdeal.examples import monthly
from waterdeal.lp.options import SolveOptions
from waterdeal.replay.simulate import replay
from waterdeal.results.audit import audit
from waterdeal.run import solve_inputs
from waterdeal.scenario.natural import natural_flows
from waterdeal.scenario.schema import USUAL_LEVELS

if TYPE_CHECKING:
    import xarray as xr

FOUR_DAYS = {"period": {"start": "2026-04-01", "end": "2026-04-05", "step": "day"}}
#: hm3 of one m3/s over a day
CUMEC = 0.0864


def _plan(river: Draft) -> xr.Dataset:
    """Solve, audit and replay."""
    inputs = river.inputs()
    plan = solve_inputs(inputs, USUAL_LEVELS, SolveOptions())
    audit(plan).raise_if_bad()
    assert np.abs(replay(inputs, plan).dataset["arrival"].values - plan["arrival"].values).max() <= 1e-6
    return plan


def _rates(plan: xr.Dataset, name: str, place: str) -> list[float]:
    """Figures of a place, m3/s."""
    values: list[float] = (plan[name].sel({plan[name].dims[0]: place}).values / CUMEC).round(6).tolist()
    return values


def _reaches(water: list[float], **links: Any) -> Draft:
    """Two reaches one after the other, and fields at the lower end; water in m3/s by day."""
    return draft(
        "spring catchment; post gauge; fork junction; sea outlet",
        "upper spring post; lower post fork; tail fork sea",
        volumes={"spring": [CUMEC * rate for rate in water]},
        scenario=FOUR_DAYS,
        links=links,
        **user("fields", "fork", 4),
    )


def test_it_loses_its_rate_or_all_there_is() -> None:
    """Of 10, 5, 3 and 0 m3/s each of two reaches loses 2, as far as there are: 6, 1, 0 and 0 arrive, and go to the fields up to 4."""
    plan = _plan(_reaches([10, 5, 3, 0], upper={"loss_m3s": 2}, lower={"loss_m3s": 2}))
    assert _rates(plan, "arrival", "upper") == pytest.approx([8, 3, 1, 0])
    assert _rates(plan, "arrival", "lower") == pytest.approx([6, 1, 0, 0])
    assert _rates(plan, "loss", "lower") == pytest.approx([2, 2, 1, 0])
    assert _rates(plan, "delivery", "fields") == pytest.approx([4, 1, 0, 0])


def test_it_comes_after_the_share_and_goes_with_a_travel_time() -> None:
    """Half of 20 m3/s is 10, less 4 are 6, half of which arrives a day later; of 10 m3/s before there came 1, of which half is left."""
    links = {"lower": {"loss_fraction": 0.5, "loss_m3s": 4, "travel_time_days": 0.5}}
    river = _reaches([20, 6, 20, 20], **links)
    river.tables["past_flows"] = monthly("link", "lower", "flow_m3s", [10])
    assert _rates(_plan(river), "arrival", "lower") == pytest.approx([3.5, 3, 3, 6])


def test_a_canal_is_filled_only_where_that_serves() -> None:
    """A canal that loses 3 m3/s takes 7 for a need of 4, and nothing on days without need; the river keeps the rest."""
    river = draft(
        "spring catchment; head junction; fields canal; sea outlet",
        "a spring head; gate head fields canal; b head sea",
        volumes={"spring": [CUMEC * 10] * 4},
        scenario={"period": {"start": "2026-04-29", "end": "2026-05-03", "step": "day"}},
        links={"gate": {"loss_m3s": 3}},
        **user("fields", "fields", [0, 0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 4]),
    )
    plan = _plan(river)
    assert _rates(plan, "flow", "gate") == pytest.approx([0, 0, 7, 7])
    assert _rates(plan, "flow", "b") == pytest.approx([10, 10, 3, 3])


def test_natural_flow_loses_it_too() -> None:
    """What would pass naturally has lost it on the way."""
    inputs = _reaches([10, 5, 3, 0], upper={"loss_m3s": 2}, lower={"loss_m3s": 2}).inputs()
    tail = inputs["link"].values.tolist().index("tail")
    assert (natural_flows(inputs)[tail] / CUMEC).tolist() == pytest.approx([6, 1, 0, 0])


def test_the_audit_sees_a_loss_left_out() -> None:
    """A plan in which a link lost less than it does fails."""
    plan = _plan(_reaches([10, 5, 3, 0], upper={"loss_m3s": 2}))
    assert not audit(plan.assign(loss=0.5 * plan["loss"], arrival=plan["arrival"] + 0.5 * plan["loss"])).passed


def test_what_is_not_followed_is_refused() -> None:
    """Salt and percolation of a fixed loss."""
    river = _reaches([10, 5, 3, 0], upper={"loss_m3s": 2}).with_content(salinity={"on": True})
    with pytest.raises(ScenarioError, match="fixed loss: upper"):
        river.inputs()
    aquifer = {
        "aquifer": "sands", "party": "A", "node": "fork", "initial_hm3": 1, "alpha_per_day": 0.1, "recharge_m3s": 0, "lift_m": 1,
        "pump_efficiency": 0.5,
    }  # fmt: skip
    tables = {**river.tables, "aquifers": [aquifer], "percolation": [{"source": "upper", "kind": "link", "aquifer": "sands", "share": 0.5}]}
    with pytest.raises(BasinDataError, match="upper: a fixed loss"):
        make_basin("draft", tables)


@examples(1, thorough=60)
@given(
    water=st.lists(st.integers(0, 40), min_size=4, max_size=4), lost=st.lists(st.integers(0, 12), min_size=3, max_size=3),
    rates=st.lists(st.integers(0, 15), min_size=2, max_size=2), days=st.sampled_from([0, 0.5, 1]), start=st.integers(0, 5)
)  # fmt: skip
def test_no_more_is_lost_than_there_is(water: list[int], lost: list[int], rates: list[int], days: float, start: int) -> None:
    """Whatever comes: there is a plan, it balances, and each link loses the lesser of its rate and what entered."""
    river = draft(
        "spring catchment; dam reservoir; post junction; fields canal; fork junction; sea outlet",
        "upper spring dam; out dam post; gate post fields canal; lower post fork; tail fork sea",
        volumes={"spring": [CUMEC * rate for rate in water]},
        scenario={**FOUR_DAYS, "reservoir": {"dam": {"initial": start, "terminal": {"rule": "free"}}}},
        links={
            "out": {"loss_m3s": lost[0]}, "gate": {"loss_m3s": lost[1]}, "lower": {"loss_m3s": lost[2], "travel_time_days": days}
        },
        past_flows=monthly("link", "lower", "flow_m3s", [5]),
        **together(user("fields", "fields", rates[0]), user("town", "fork", rates[1], "municipal")),
    )  # fmt: skip
    plan = _plan(river)
    for link, rate in zip(("out", "gate"), lost, strict=False):
        entered, gone = (plan[name].sel(link=link).values for name in ("flow", "loss"))
        assert gone == pytest.approx(np.minimum(entered, CUMEC * rate), abs=1e-6)
