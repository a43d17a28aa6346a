"""Bodies that dry: dead storage binds the outlets, not the sun; a lake that has lost all loses no more."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drafts import Draft, draft, together, user
from tests.passes.rivers import VALLEY, YEAR, curve
from tests.thorough import examples
from waterdeal.ask.bargain import Bargain
from waterdeal.ensemble.members import Solvers
from waterdeal.errors import Infeasible
from waterdeal.examples import monthly
from waterdeal.lp.compile import compile_model
from waterdeal.lp.highs import Solver
from waterdeal.lp.options import Outcome, SolveOptions
from waterdeal.model.build import build_model
from waterdeal.replay.simulate import replay
from waterdeal.results.audit import audit
from waterdeal.results.lines import with_data
from waterdeal.run import solve_inputs
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.solve.kept import KeptModel
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Passes
from waterdeal.tracking.remainder import remaining_inputs

if TYPE_CHECKING:
    import xarray as xr

SIX_MONTHS = {"start": "2026-01-01", "end": "2026-07-01", "step": "month"}
#: levels and volumes of a body whose area is 20 km2 whatever it holds, so that 100 mm a month are 2 hm3
WALLS = [{"level_m": 0, "volume_hm3": 0, "area_km2": 20}, {"level_m": 50, "volume_hm3": 1000, "area_km2": 20}]


def _plan(river: Draft) -> xr.Dataset:
    """Solve in passes; the plan is audited on the way."""
    return solve_inputs(river.inputs(), USUAL_LEVELS, SolveOptions())


def _walled(*bodies: str, depth: float = 100) -> dict[str, Any]:
    """Make the curve and evaporation of bodies with upright walls: about 2 hm3 a month each."""
    return {
        "curves": [{"reservoir": body, **row} for body in bodies for row in WALLS],
        "evaporation": [row for body in bodies for row in monthly("reservoir", body, "depth_mm", [depth])],
    }


def _last(kind: str = "reservoir", dead: float = 20, start: float = 20, water: tuple[float, ...] = (0,) * 6, rate: float = 10) -> Draft:
    """One body that evaporates below a spring, and fields below it."""
    return draft(
        f"spring catchment; low {kind}; fork junction; sea outlet",
        "melt spring low; out low fork; tail fork sea",
        reservoirs={"low": {"dead_hm3": dead, "full_hm3": 1000, "evaporation": "from_area"}},
        volumes={"spring": list(water)},
        scenario={"period": SIX_MONTHS, "reservoir": {"low": {"initial": start, "terminal": {"rule": "free"}}}},
        **_walled("low"),
        **user("fields", "fork", rate),
    )


def _evaporated(plan: xr.Dataset) -> list[float]:
    """Evaporation by step if all of it is there: 20 km2 times the depth of the step."""
    return (20 * plan["evaporation_depth"].values[0]).tolist()


def test_no_water_is_spent_on_dead_storage() -> None:
    """A town above drinks what would only keep a dead storage below wet: 12 months of 3 hm3 are 36, and 64 of 100 stay below."""
    river = draft(
        "spring catchment; up reservoir; low reservoir; sea outlet",
        "melt spring up; down up low; out low sea",
        reservoirs={"up": {"full_hm3": 1000}, "low": {"dead_hm3": 100, "full_hm3": 1000, "evaporation": "from_area"}},
        volumes={"spring": [0] * 12},
        scenario={
            "period": YEAR,
            "reservoir": {"up": {"initial": 64, "terminal": {"rule": "free"}}, "low": {"initial": 100, "terminal": {"rule": "free"}}},
        },
        **_walled("low", depth=150),
        **user("town", "up", [0] * 10 + [12, 12], "municipal"),
    )
    plan = _plan(river)
    assert plan["shortage"].values.max() == pytest.approx(0, abs=1e-6)
    assert plan["flow"].sel(link=["down", "out"]).values.max() == pytest.approx(0, abs=1e-6)
    assert plan["storage"].sel(reservoir="low").values[-1] == pytest.approx(100 - 20 * 0.150 * 12, abs=1e-6)


def test_what_fell_below_is_filled_before_anything_is_let_out() -> None:
    """Three dry months take 20 to 14; of the 10 that come then 2 evaporate and 6 fill the dead storage: 2 are left for the fields."""
    plan = _plan(_last(water=(0, 0, 0, 10, 10, 10)))
    lost = _evaporated(plan)
    stored = [20 - lost[0], 20 - sum(lost[:2]), 20 - sum(lost[:3]), 20, 20, 20]
    assert plan["storage"].values[0].tolist() == pytest.approx(stored, abs=1e-6)
    given_out = [0, 0, 0, 10 - lost[3] - sum(lost[:3]), 10 - lost[4], 10 - lost[5]]
    assert plan["delivery"].values[0].tolist() == pytest.approx(given_out, abs=1e-6)


def test_a_lake_dries_out() -> None:
    """A lake of 5 hm3 that loses 2 a month is empty in the third, and loses then what comes, and no more."""
    plan = _plan(_last(kind="lake", dead=0, start=5, water=(0, 0, 0, 0.5, 0.25, 0), rate=0))
    lost = _evaporated(plan)
    assert plan["storage"].values[0].tolist() == pytest.approx([5 - lost[0], 5 - sum(lost[:2]), 0, 0, 0, 0], abs=1e-6)
    assert plan["evaporation"].values[0].tolist() == pytest.approx([*lost[:2], 5 - sum(lost[:2]), 0.5, 0.25, 0], abs=1e-6)


@pytest.mark.thorough
def test_dead_water_is_not_let_out() -> None:
    """Fields may ask as they like: what is below the outlets stays, but for the sun."""
    plan = _plan(_last(start=26))
    lost = _evaporated(plan)
    assert plan["delivery"].values.sum() == pytest.approx(26 - lost[0] - 20, abs=1e-6)
    assert plan["storage"].values[0, -1] == pytest.approx(20 - sum(lost[1:]), abs=1e-6)


def test_a_least_storage_above_the_outlets_is_held() -> None:
    """What the operator holds above dead storage is a promise, which the sun does not break in silence."""
    river = _last(dead=10)
    river.tables["reservoir_months"] = [{"reservoir": "low", "month": month, "storage_min_hm3": 20} for month in range(1, 13)]
    with pytest.raises(Infeasible):
        _plan(river)


def test_the_audit_sees_dead_water_let_out() -> None:
    """A plan that takes its deliveries from below dead storage, or from what should have evaporated, fails."""
    plan = _plan(_last(water=(0, 0, 0, 10, 10, 10)))
    forged = plan.copy(deep=True)
    for link in ("out", "tail"):
        forged["flow"].loc[{"link": link}][0] += 1.0
    forged["storage"].values[0, :3] -= 1.0
    failed = {check.name for check in audit(forged).checks if not check.passed}
    assert "storage within bounds" in failed
    dry = _plan(_last(kind="lake", dead=0, start=5, rate=0))
    forged = dry.copy(deep=True)
    forged["flow"].loc[{"link": "out"}][2] += 0.5
    failed = {check.name for check in audit(forged).checks if not check.passed}
    assert "nothing let out of what falls dry" in failed


def test_the_rest_of_a_season_starts_where_the_sun_left_it() -> None:
    """A body measured below dead storage is not filled to it by planning anew."""
    river = _last(water=(0, 0, 0, 10, 10, 10))
    plan = _plan(river)
    rest = remaining_inputs(river.inputs(), plan, 2)
    assert rest["storage_initial"].values[0] == pytest.approx(plan["storage"].values[0, 1])
    anew = solve_inputs(rest, USUAL_LEVELS, SolveOptions())
    assert anew["storage"].values == pytest.approx(plan["storage"].values[:, 2:], abs=1e-6)


def _chain(water: list[int], rate: int, dead: int, start: int) -> Draft:
    """A dam above a town above a dam above fields above a lake, all of which evaporate much from bent areas."""
    bodies = ("up", "low", "lake")
    return draft(
        "spring catchment; up reservoir; low reservoir; fork junction; lake lake; sea outlet",
        "melt spring up; down up low; out low fork; tail fork lake; over lake sea",
        reservoirs={
            name: {"dead_hm3": 0 if name == "lake" else dead, "full_hm3": 1000, "evaporation": "from_area"} for name in bodies
        },
        curves=[row for name in bodies for row in curve(name, VALLEY)],
        evaporation=[row for name in bodies for row in monthly("reservoir", name, "depth_mm", [900])],
        volumes={"spring": list(water)},
        scenario={
            "period": SIX_MONTHS,
            "reservoir": {
                name: {"initial": 3 if name == "lake" else dead + start, "terminal": {"rule": "free"}} for name in bodies
            },
        },
        **together(user("town", "up", rate / 5, "municipal"), user("fields", "fork", rate)),
    )


@examples(1, thorough=40)
@given(
    water=st.lists(st.integers(0, 60), min_size=6, max_size=6), rate=st.integers(0, 20), dead=st.integers(0, 60), start=st.integers(0, 30)
)
def test_what_dries_balances(water: list[int], rate: int, dead: int, start: int) -> None:
    """Whatever comes: there is a plan, its audit passes, its replay is the same, and nothing leaves a body that ends below its outlets."""
    inputs = _chain(water, rate, dead, start).inputs()
    plan = solve_inputs(inputs, USUAL_LEVELS, SolveOptions())
    audit(plan).raise_if_bad()
    assert np.abs(replay(inputs, plan).dataset["replay_beyond"].values).max() <= 1e-5
    below = plan["storage"].values < plan["storage_dead"].values[:, None] - 1e-6
    out = plan["release"].values + np.array([plan["delivery"].values[plan["demand_node"].values == name].sum(axis=0) for name in plan["reservoir"].values])
    assert np.abs(out[below]).max(initial=0) <= 1e-6


def _any_marks(inputs: xr.Dataset) -> bool:
    """Whether the program of some choice of marks has a plan, all of them being tried one by one."""
    places = [("storage_dries", place, 3) for place in np.argwhere(inputs["evaporation_depth"].values > 0).tolist()]
    places += [("loss_dries", place, 2) for place in np.argwhere(inputs["loss_fixed"].values > 0).tolist()]
    for choice in product(*(range(count) for _, _, count in places)):
        marks = {name: np.zeros(inputs[name].shape) for name in ("storage_dries", "loss_dries")}
        for (name, place, _), mark in zip(places, choice, strict=True):
            marks[name][tuple(place)] = mark
        program = compile_model(build_model(with_data(inputs, marks)))
        if Solver(program, SolveOptions()).minimise(np.zeros(len(program.column_lower))) == Outcome.OPTIMAL:
            return True
    return False


@examples(2, thorough=40)
@given(
    water=st.lists(st.integers(0, 6), min_size=3, max_size=3),
    start=st.integers(0, 12),
    kept=st.integers(0, 14),
    sent=st.integers(0, 8),
    lost=st.sampled_from([0, 1]),
)
@pytest.mark.thorough  # by default: what dries by hand
def test_what_is_refused_is_refused_whatever_dries(water: list[int], start: int, kept: int, sent: int, lost: int) -> None:
    """A dam is to keep and a dam below to send what there may not be: no plan is told where no choice of what dries has one."""
    inputs = draft(
        "spring catchment; up reservoir; low reservoir; fork junction; sea outlet",
        "melt spring up; down up low; out low fork; tail fork sea",
        reservoirs={"up": {"full_hm3": 50}, "low": {"dead_hm3": 5, "full_hm3": 50, "evaporation": "from_area"}},
        volumes={"spring": water},
        links={"tail" if lost else "out": {"loss_m3s": 0.3 * lost}},
        scenario={
            "period": {"start": "2026-05-01", "end": "2026-08-01", "step": "month"},
            "reservoir": {"up": {"initial": start, "terminal": {"rule": "free"}}, "low": {"initial": 5, "terminal": {"rule": "free"}}},
        },
        **_walled("low"),
    ).with_clauses(
        {"id": "kept", "kind": "end_storage", "reservoir": "up", "value": kept, "on": "2026-07-01"},
        {"id": "sent", "kind": "min_volume", "at": "out", "months": [7], "value": sent},
    ).inputs()  # fmt: skip
    model = Bargain(compile_model(build_model(inputs)), inputs, SolveOptions())
    model.hold(model.allowed)
    is_possible = _any_marks(inputs)
    assert (model.settled() is not None) == is_possible
    assert model.refused != is_possible
    if is_possible:
        settle(inputs, Passes(("safety",), SolveOptions()))


def test_members_of_an_ensemble_dry_by_themselves() -> None:
    """A member whose water cannot keep a dead storage up has a plan all the same: that of a scenario with its water."""
    inputs = _last(water=(10,) * 6).inputs()
    solvers = Solvers.__new__(Solvers)
    solvers.kept = KeptModel(inputs, USUAL_LEVELS, SolveOptions(), ("runoff",))
    solvers.session, solvers.names, solvers.is_flooded = solvers.kept.session, ("storage", "delivery"), False
    water = inputs["runoff"].values * np.array([0, 0, 0, 1, 1, 1])
    member = solvers.solve(1, water)
    alone = _plan(_last(water=(0, 0, 0, 10, 10, 10)))
    assert member.error == ""
    assert member.quantities["storage"] == pytest.approx(alone["storage"].values, abs=1e-6)
    assert member.quantities["delivery"] == pytest.approx(alone["delivery"].values, abs=1e-6)
