"""Muskingum reaches in the inputs: shares, what was on its way, every drop kept, and reaches that cannot be routed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drafts import Draft, draft
from tests.published.cases import published
from tests.replay.lines import agrees
from tests.thorough import examples
from waterdeal.errors import BasinDataError, ScenarioError
from waterdeal.examples import monthly
from waterdeal.replay.simulate import replay
from waterdeal.results.audit import audit

#: ten-day steps of equal length do not exist in a calendar: days of equal length do
DAYS = {"start": "2026-04-01", "end": "2026-04-13", "step": "day"}


def reach(storage: float, weight: float, water: Any = (), period: Any = None, past: Any = (50,), **more: Any) -> Draft:
    """A spring, a reach and the sea."""
    tables: dict[str, Any] = {
        "muskingum": [{"link": "b", "storage_constant_days": storage, "weight": weight}],
        "past_flows": monthly("link", "b", "flow_m3s", past),
        **more,
    }
    volumes = {"volumes": {"spring": list(water)}} if len(water) else {"runoff": {"spring": 70}}
    return draft(
        "spring catchment; post gauge; sea outlet", "a spring post; b post sea", **volumes, scenario={"period": period or DAYS}, **tables
    )


def test_published_coefficients_route_a_plan() -> None:
    """NE-04: a ten-day step and 14 days of storage are 1 and 1.4 here; what arrives is C0 X + C1 of the step before + C2 of its arrival."""
    case = published("NE-04")
    inputs = case.inputs
    water = [100, 400, 250, 0, 0, 30, 500, 20, 0, 0, 0, 90]
    plan = reach(inputs["K_d"] / inputs["dt_d"], inputs["X"], water).plan()
    arrived, past = plan["arrival"].sel(link="b").values, 50 * 0.0864
    first, second, third = case.expected["C"]
    before = np.append(past, water[:-1])
    wanted, last = [], past
    for now, earlier in zip(water, before, strict=True):
        last = first * now + second * earlier + third * last
        wanted.append(last)
    assert arrived == pytest.approx(wanted, abs=1e-6)


def test_steady_river_stays_steady() -> None:
    """Water that came as ever comes as ever, in steps of unequal length too, and the reach holds K of it."""
    period = {"start": "2026-04-01", "end": "2026-07-01", "step": "dekad"}
    river = reach(8, 0.2, period=period, past=(70,))
    plan = river.plan()
    days = plan["step_length"].values
    assert plan["arrival"].sel(link="b").values == pytest.approx(70 * 0.0864 * days, rel=1e-9)
    first = 70 * 0.0864 * 8
    assert float(plan["transit_initial"].sum()) == pytest.approx(first, rel=1e-6)


ROUTES = ((10, 0.0, "dekad"), (9, 0.3, "dekad"), (20, 0.1, "dekad"), (1, 0.4, "day"), (3, 0.1, "day"))


@examples(2, thorough=12)
@given(data=st.data())
def test_every_drop_is_kept(data: st.DataObject) -> None:
    """On a random horizon what entered and was on its way has arrived, was lost, or is still there; the audit and the replay agree."""
    storage, weight, step = data.draw(st.sampled_from(ROUTES))
    month, count = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 3))
    end = f"2026-{month + count:02d}-01" if step == "dekad" else f"2026-{month:02d}-{5 + 3 * count:02d}"
    period = {"start": f"2026-{month:02d}-01", "end": end, "step": step}
    loss = data.draw(st.sampled_from([0, 0.1]))
    past = [data.draw(st.integers(0, 300)) for _ in range(12)]
    sizes = reach(storage, weight, period=period).steps()
    water = [data.draw(st.integers(0, 500)) for _ in sizes]
    river = reach(storage, weight, water, period, past, links={"b": {"loss_fraction": loss}})
    plan = river.plan()
    audit(plan).raise_if_bad()
    arrived, lost = float(plan["arrival"].sel(link="b").sum()), float(plan["loss"].sel(link="b").sum())
    came = float(plan["flow"].sel(link="b").sum()) + float(plan["transit_initial"].sum())
    assert came == pytest.approx(arrived + lost + float(plan["transit_final"].sum()), abs=1e-6)
    assert (plan["arrival"].values >= -1e-9).all()
    assert (plan["arrival_share"].values >= 0).all()
    assert agrees(replay(river.inputs(), plan), 1e-6)


def test_beside_a_travel_time() -> None:
    """One reach by travel time and one by Muskingum: the lagged ones come first, and shares are padded with nothing."""
    river = draft(
        "spring catchment; post gauge; mouth gauge; sea outlet",
        "a spring post; b post mouth; c mouth sea",
        runoff={"spring": 70},
        links={"c": {"travel_time_days": 2.5}},
        muskingum=[{"link": "b", "storage_constant_days": 1, "weight": 0.2}],
        past_flows=[row for link in "bc" for row in monthly("link", link, "flow_m3s", [70])],
        scenario={"period": DAYS},
    )
    inputs, plan = river.inputs(), river.plan()
    assert inputs["lagged_link"].values.tolist() == ["c", "b"]
    assert inputs["arrival_share"].values[0, 0].sum() == pytest.approx(1)
    assert plan["arrival"].sel(link="c").values == pytest.approx(np.full(12, 70 * 0.0864))
    audit(plan).raise_if_bad()


@pytest.mark.parametrize(
    ("storage", "weight", "words"),
    [
        (14, 0.4, "allows steps of 11.2 to 16.8 days, but a step has 1 days"),
        (0.4, 0.1, "allows steps of 0.08 to 0.72 days, but a step has 1 days"),
    ],
)
def test_reaches_that_do_not_suit_the_steps(storage: float, weight: float, words: str) -> None:
    """A negative coefficient would let water flow backwards in time: it is refused, saying what to do instead."""
    with pytest.raises(ScenarioError) as caught:
        reach(storage, weight).inputs()
    problem = caught.value.problems[0]
    assert (problem.file, problem.field) == ("muskingum.csv", "storage_constant_days")
    assert f"b: Muskingum with K = {storage:g}" in problem.found
    assert words in problem.found
    assert "Split the reach" in problem.expected


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "travel time too": ({"links": {"b": {"travel_time_days": 2}}}, "muskingum.csv", "b has a travel time too"),
    "canal": ({"kind": "canal"}, "muskingum.csv", "b is not a river"),
    "no past": ({"past_flows": []}, "past_flows.csv", "b has no rows"),
    "weight": ({"muskingum": [{"link": "b", "storage_constant_days": 2, "weight": 0.6}]}, "muskingum.csv", "out of range"),
    "unknown link": ({"muskingum": [{"link": "bb", "storage_constant_days": 2, "weight": 0.1}]}, "muskingum.csv", "bb"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults_of_reaches(case: str) -> None:
    """Each is told by file."""
    changes, file, words = FAULTS[case]
    tables = {
        "muskingum": [{"link": "b", "storage_constant_days": 2, "weight": 0.1}],
        "past_flows": monthly("link", "b", "flow_m3s", [5]),
        **changes,
    }
    if tables.pop("kind", "river") == "canal":
        nodes, links = "spring catchment; post junction; ditch canal; sea outlet", "a spring post; b post ditch canal; c post sea"
        tables |= {
            "demands": [{"demand": "f", "node": "ditch", "party": "A", "kind": "irrigation", "zone": "f", "limit_counted": "no"}],
            "requirements": monthly("demand", "f", "rate_m3s", [1]),
        }
    else:
        nodes, links = "spring catchment; post gauge; sea outlet", "a spring post; b post sea"
    with pytest.raises(BasinDataError) as caught:
        draft(nodes, links, **tables).basin()
    assert file in [problem.file for problem in caught.value.problems if words in f"{problem.found} {problem.expected}"]
