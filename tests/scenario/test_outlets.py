"""Outlets at a low level and seepage: what they are in the inputs, what a plan does, and what is refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drafts import CURVE, Draft, draft, solve, user
from tests.published.test_reservoir import days
from tests.replay.lines import agrees
from tests.thorough import examples
from waterdeal.ensemble.members import Solvers
from waterdeal.errors import BasinDataError, Infeasible
from waterdeal.lp.options import SolveOptions
from waterdeal.replay.simulate import replay
from waterdeal.results.audit import audit
from waterdeal.scenario.doubts import _of_outlets
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Passes

POINTS = ((0, 0), (400, 100), (2000, 180))


def dam(points: Any = POINTS, seeps: float = 0.0, **more: Any) -> Draft:
    """A dam that must serve a large field below it."""
    tables: dict[str, Any] = {"curves": [{"reservoir": "dam", **row} for row in CURVE], **user("fields", "fork", 5000)}
    if points:
        tables["outlets"] = [{"reservoir": "dam", "storage_hm3": stored, "release_m3s": rate} for stored, rate in points]
    if seeps:
        tables["seepage"] = [{"reservoir": "dam", "share_per_day": seeps}]
    return draft(
        "spring catchment; dam reservoir; fork junction; sea outlet", "a spring dam; out dam fork; b fork sea", **{**tables, **more}
    )


def test_cuts_are_the_lines_through_neighbours() -> None:
    """Two pieces: 0.25 m3/s a hm3 from nothing, then 0.05 from 80; in hm3 of a step of a day."""
    inputs = dam().inputs()
    assert inputs["outlet_reservoir"].values.tolist() == ["dam", "dam"]
    assert inputs["outlet_slope"].values[:, 0] / 0.0864 == pytest.approx([0.25, 0.05])
    assert inputs["outlet_intercept"].values[:, 0] / 0.0864 == pytest.approx([0, 80])


def test_order_of_points_says_nothing() -> None:
    """A table that starts at the top is the same table."""
    one, other = dam().inputs(), dam(POINTS[::-1]).inputs()
    assert one["outlet_slope"].values == pytest.approx(other["outlet_slope"].values)
    assert one["outlet_intercept"].values == pytest.approx(other["outlet_intercept"].values)


@examples(2, thorough=12)
@given(start=st.integers(50, 1900), count=st.integers(2, 6))
def test_nothing_more_is_let_out_than_the_curve_allows(start: int, count: int) -> None:
    """However great the need: the release is what the curve gives at the mean storage of the step, and the plan balances."""
    river = dam(scenario={"period": days(count), "reservoir": {"dam": {"initial": start, "terminal": {"rule": "free"}}}})
    plan = river.plan()
    storage = plan["storage"].values[0]
    mean = (np.append(start, storage[:-1]) + storage) / 2
    released = plan["flow"].sel(link="out").values / 0.0864
    assert released == pytest.approx(np.interp(mean, *np.array(POINTS, dtype=float).T), abs=1e-6)
    audit(plan).raise_if_bad()


def test_without_table_the_dam_lets_all_out() -> None:
    """Off means off: no row is there, and the need is met from the store."""
    river = dam(points=())
    assert river.inputs().sizes["outlet_cut"] == 0
    plan = river.plan()
    assert float(plan["storage"][0, -1]) == pytest.approx(0, abs=1e-6)


@examples(2, thorough=12)
@given(share=st.floats(0.0001, 0.05), start=st.integers(100, 1900))
def test_seepage_is_a_share_of_the_mean_storage(share: float, start: int) -> None:
    """What seeps is told, is lost to the river, and both audit and replay find the same."""
    river = dam(
        points=(),
        seeps=share,
        scenario={"period": days(4), "reservoir": {"dam": {"initial": start, "terminal": {"rule": "at_least", "storage": 20}}}},
    )
    plan = river.plan()
    storage = plan["storage"].values[0]
    mean = (np.append(start, storage[:-1]) + storage) / 2
    assert plan["seepage"].values[0] == pytest.approx(share * mean, abs=1e-7)
    left = start - storage[-1] - float(plan["flow"].sel(link="out").sum())
    assert float(plan["seepage"].sum()) == pytest.approx(left, abs=1e-6)
    audit(plan).raise_if_bad()
    assert agrees(replay(river.inputs(), plan), 1e-6)


#: a spillway from 1,500 hm3 on: 100 m3/s there, 700 at the brim
CREST = ((0, 50), (1500, 100), (2000, 700))


def test_a_curve_that_steepens_is_held_below_and_told() -> None:
    """Above the crest a plan goes on at the slope below it: 116.7 m3/s at the brim, where 700 could pass; `check` says so."""
    river = dam(CREST)
    cuts = river.inputs()
    at = np.array([750, 1500, 2000])
    held = (cuts["outlet_intercept"].values[:, [0]] + cuts["outlet_slope"].values[:, [0]] * at).min(axis=0) / 0.0864
    assert held == pytest.approx([75, 100, 100 + 500 / 30])
    told = [str(said) for _, said in _of_outlets(river.basin())]
    assert len(told) == 1
    assert all(figure in told[0] for figure in ("1,500", "700", "117"))
    assert not list(_of_outlets(dam().basin()))


@pytest.mark.parametrize("tables", [{"points": CREST}, {"points": (), "reservoirs": {"dam": {"release_max_m3s": 100}}}])
def test_a_flood_beyond_the_outlets_is_a_plan_and_is_told(tables: dict[str, Any]) -> None:
    """A full dam, 500 m3/s for two days after a dry one: what no outlet passes goes over it, not before it is full, and nowhere else.

    By hand for the limit of 100 m3/s: day one draws 100 m3/s at most, 8.64 hm3 from the brim; the flood of 86.4 less twice 8.64 and less the
    room of 8.64 is 60.48 hm3 beyond the outlets.
    """
    river = dam(**tables, scenario={"period": days(3), "reservoir": {"dam": {"initial": 2000, "terminal": {"rule": "free"}}}})
    inputs = river.inputs()
    inputs["evaporation_depth"][:] = 0
    inputs["runoff"][:] = 0
    inputs["runoff"].loc[{"node": "spring"}] = [0, 43.2, 43.2]
    plan = solve(inputs)
    over, storage = plan["release_excess"].values[0], plan["storage"].values[0]
    assert (over[storage < 2000 - 1e-6] < 1e-6).all()
    if not tables["points"]:
        assert over.sum() == pytest.approx(60.48)
        assert plan["release"].values[0] - over == pytest.approx([8.64] * 3)
    assert over.sum() > 50
    assert audit(plan).passed
    audit(river.plan()).raise_if_bad()
    forged = plan.assign(release_excess=plan["release_excess"] * 0)
    assert not audit(forged).passed


def test_without_a_level_of_safety_outlets_cannot_be_passed() -> None:
    """What no level makes least would be free: there the limit is one, and the flood has no plan."""
    river = dam((), reservoirs={"dam": {"release_max_m3s": 100}}, runoff={"spring": 500},
                scenario={"period": days(3), "reservoir": {"dam": {"initial": 2000, "terminal": {"rule": "free"}}}})  # fmt: skip
    levels = ["drinking", "irrigation"]
    with pytest.raises(Infeasible):
        river.with_content(objective={"levels": levels}).plan(levels=levels)


def test_head_limited_outlets_hold_without_a_level_of_safety() -> None:
    """The plan is audited against its lines all the same."""
    levels = ["drinking", "irrigation"]
    plan = dam().with_content(objective={"levels": levels}).plan(levels=levels)
    assert float(plan["release_excess"].sum()) == pytest.approx(0, abs=1e-6)
    audit(plan).raise_if_bad()


def flooded(*clauses: dict[str, Any], start: float = 2000) -> Draft:
    """The dam with outlets of 100 m3/s, 500 m3/s flowing in for three days, and clauses."""
    return dam((), reservoirs={"dam": {"release_max_m3s": 100}}, runoff={"spring": 500},
               scenario={"period": days(3), "reservoir": {"dam": {"initial": start, "terminal": {"rule": "free"}}}}).with_clauses(*clauses)  # fmt: skip


def settled(river: Draft) -> Any:
    """Settle a river with the usual levels."""
    return settle(river.inputs(), Passes(USUAL_LEVELS, SolveOptions()))


def least_through(volume: float) -> dict[str, Any]:
    """So much is to pass below the dam in all."""
    return {"id": "pass", "kind": "min_volume", "at": "out", "value": volume}


def test_no_clause_is_kept_by_water_over_a_dam_that_is_not_full() -> None:
    """Outlets pass 25.92 hm3 in three days from a dam at half: that can be promised, and 40 cannot, though the dam holds it.

    The concession that is told is what the outlets do not pass.
    """
    plan = settled(flooded(least_through(25.9), start=1000)).results
    assert plan["release_excess"].values.max() <= 1e-6
    with pytest.raises(Infeasible) as caught:
        settled(flooded(least_through(40), start=1000))
    assert caught.value.clauses == ("pass",)
    assert [way.amount for way in caught.value.menu] == pytest.approx([40 - 25.92], rel=1e-3)


def test_a_flood_goes_over_a_full_dam_whatever_is_agreed() -> None:
    """A clause that asks nothing of it changes nothing: as much goes over the dam as without; one that asks for more has no plan.

    An ensemble plans each member with what its own water brings there.
    """
    free, held = settled(flooded()), settled(flooded(least_through(60)))
    over = free.results["release_excess"].values
    assert over.sum() > 100
    assert held.results["release_excess"].values == pytest.approx(over, rel=1e-6)
    assert audit(held.results).passed
    with pytest.raises(Infeasible) as caught:
        settled(flooded(least_through(300)))
    assert caught.value.clauses == ("pass",)

    inputs = flooded(least_through(60)).inputs()
    case: Any = SimpleNamespace(inputs=inputs, options=SolveOptions(), file=SimpleNamespace(scenario=SimpleNamespace(levels=USUAL_LEVELS)))
    solvers = Solvers(case, ("flow", "storage"))
    wet, dry = (solvers.solve(number, inputs["runoff"].values * share) for number, share in ((1, 1.0), (2, 0.1)))
    assert wet.quantities["flow"] == pytest.approx(held.results["flow"].values, abs=1e-5)
    assert dry.error == "Infeasible"


FAULTS: dict[str, tuple[Any, str, str]] = {
    "one point": (((100, 5),), "storage_hm3", "dam has one row"),
    "falls": (((0, 10), (100, 5)), "release_m3s", "the outlets pass less at a higher storage"),
    "twice": (((0, 0), (0, 5)), "reservoir", "second time"),
    "sill above dead storage": (((100, 0), (200, 5)), "storage_hm3", "the curve is at nothing above the dead storage of 0 hm3"),
    "below nothing": (((0, -5), (100, 5)), "release_m3s", "out of range"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults_of_outlets(case: str) -> None:
    """A curve that lines above it cannot describe is refused with the remedy."""
    points, field, words = FAULTS[case]
    with pytest.raises(BasinDataError) as caught:
        dam(points).basin()
    found = [
        problem for problem in caught.value.problems if problem.file == "outlets.csv" and words in f"{problem.found} {problem.expected}"
    ]
    assert [problem.field for problem in found][:1] == [field]


@pytest.mark.parametrize(
    ("row", "words"), [({"share_per_day": 0.5}, "out of range"), ({"reservoir": "damm", "share_per_day": 0.01}, "damm")]
)
def test_faults_of_seepage(row: dict[str, Any], words: str) -> None:
    """Half a lake a day is a slip of the unit; a body must exist."""
    with pytest.raises(BasinDataError, match=words):
        dam(points=(), seepage=[{"reservoir": "dam", **row}]).basin()
