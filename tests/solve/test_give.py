"""Tolerance of promises: by hand on small rivers, and on random ones what it may never do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drafts import Draft, draft, together, user
from tests.model.test_golden import compare
from tests.properties.rivers import rivers
from tests.thorough import examples
from waterdeal.ask.prices import Pricer
from waterdeal.ask.reasons import find_reason
from waterdeal.ask.targets import find_target
from waterdeal.errors import Infeasible
from waterdeal.examples import monthly
from waterdeal.lp.compile import compile_model
from waterdeal.lp.goals import make_agenda
from waterdeal.lp.highs import Solver
from waterdeal.lp.levels import solve_in_turn, solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.lp.session import Session
from waterdeal.lp.solution import LevelBounds
from waterdeal.model.build import build_model
from waterdeal.results.audit import audit
from waterdeal.results.certificate import level_rooms
from waterdeal.results.lines import with_data
from waterdeal.results.result import Result
from waterdeal.results.tolerance import counted_on
from waterdeal.run import solve_inputs
from waterdeal.scenario.schema import Scenario
from waterdeal.solve.bought import _Asked, bought
from waterdeal.solve.kept import KeptModel
from waterdeal.solve.loosened import price
from waterdeal.solve.single import Passes

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.lp.program import Program
    from waterdeal.lp.solution import Solution

CUMEC_DAY = 0.0864
LEVELS = ("safety", "spillway", "drinking", "entitlement", "environment", "irrigation", "rule_band", "operation", "evenness", "benefit")
FOUR_DAYS = {"start": "2026-04-29", "end": "2026-05-03", "step": "day"}


def asked(river: Draft, give: object = None, **more: Any) -> Draft:
    """Ask for an operated plan with some tolerance, and no ramps."""
    objective = {"levels": list(LEVELS), **({} if give is None else {"give": give}), **more}
    return river.with_content(objective=objective, operation={"ramp_share": 0})


def floor_that_rises(kind: str = "environmental", give: object = None) -> Draft:
    """A dam whose water is just enough for a floor of 10, 10, 30 and 30 m3/s."""
    rates = [10] * 4 + [30] * 8
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea",
        scenario={"period": FOUR_DAYS, "reservoir": {"dam": {"initial": 80 * CUMEC_DAY, "terminal": {"rule": "free"}}}},
        flow_requirements=monthly("flow_requirement", "delta", "flow_m3s", rates, link="out", kind=kind),
    )
    return asked(river, give)


def planned(river: Draft) -> tuple[xr.Dataset, dict[str, float]]:
    """Plan a river, audit the plan, and return it with its levels."""
    plan = solve_inputs(river.inputs(), river.scenario().objective.in_turn, SolveOptions())
    audit(plan).raise_if_bad()
    return plan, json.loads(plan.attrs["levels"])


@pytest.mark.parametrize(("give", "jump", "given_away"), [(0.0, 20, 0), (0.05, 16, 4), (0.2, 4, 16), (0.25, 0, 20), (1.0, 0, 20)])
def test_a_floor_gives_way_for_an_even_release(give: float, jump: float, given_away: float) -> None:
    """80 m3/s days for 10, 10, 30, 30: with 4 of them missing 12, 12, 28, 28; with 20 of them 20 each day, and no more is given."""
    plan, levels = planned(floor_that_rises(give=give))
    assert levels["operation"] == pytest.approx(jump * CUMEC_DAY, abs=1e-6)
    assert levels["environment"] == pytest.approx(given_away * CUMEC_DAY, abs=1e-6)
    assert plan["promise_given"].sum() == pytest.approx(given_away * CUMEC_DAY, abs=1e-6)


@pytest.mark.parametrize("nearby", [0.0, 1.0])
def test_a_large_program_opens_the_same_pools(nearby: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is as large as a long horizon is solved from nothing by interior point, or goes on where that ends soon: the plan is the same."""
    monkeypatch.setattr("waterdeal.lp.highs.COLD_FROM_ROWS", 0)
    monkeypatch.setattr("waterdeal.lp.highs.NEARBY", nearby)
    plan, levels = planned(floor_that_rises(give=0.2))
    assert levels["operation"] == pytest.approx(4 * CUMEC_DAY, abs=1e-6)
    assert plan["promise_given"].sum() == pytest.approx(16 * CUMEC_DAY, abs=1e-6)


def test_a_sanitary_floor_gives_nothing() -> None:
    """The same floor for health stays as it is."""
    plan, levels = planned(floor_that_rises("sanitary", 0.2))
    assert plan.sizes["promise"] == 0
    assert levels["operation"] == pytest.approx(20 * CUMEC_DAY, abs=1e-6)


def test_a_pulse_and_a_lake_give_their_own_shares() -> None:
    """A pulse on two of four days from a dam with just its water: 1 m3/s day of 40 is given on 30 in the lake's stead nothing."""
    river = draft(
        "spring catchment; dam reservoir; mere lake; sea outlet",
        "head spring dam; out dam mere; end mere sea",
        scenario={
            "period": FOUR_DAYS,
            "reservoir": {"dam": {"initial": 40 * CUMEC_DAY, "terminal": {"rule": "free"}}, "mere": {"initial": 0, "terminal": {"rule": "free"}}},
            "environment": {
                "pulse": [{"id": "spring", "link": "out", "volume": 40 * CUMEC_DAY, "start": "2026-05-01", "end": "2026-05-03"}],
                "lake_target": [{"lake": "mere", "by": "2026-05-03", "volume": 40 * CUMEC_DAY}],
            },
        },
    )
    plan, levels = planned(asked(river, {"pulses": 0.1, "lake_targets": 0.5}))
    given_away = dict(zip(plan["promise_kind"].values.tolist(), (plan["promise_given"].values / CUMEC_DAY).tolist(), strict=True))
    assert given_away == pytest.approx({"pulse": 4, "lake_target": 0}, abs=1e-5)
    assert plan["discharge"].sel(link="out").values == pytest.approx([2, 2, 18, 18], abs=1e-5)
    assert levels["operation"] == pytest.approx(16 * CUMEC_DAY, abs=1e-6)


def short_users(give: object = None, **more: Any) -> Draft:
    """Two users and a town below a dam with 60 m3/s days for 10, 10, 40 and 40, of which the town takes 5 each day."""
    rates = [5] * 4 + [35] * 8
    river = draft(
        "spring catchment; dam reservoir; fork junction; sea outlet",
        "head spring dam; out dam fork; end fork sea",
        scenario={"period": FOUR_DAYS, "reservoir": {"dam": {"initial": 60 * CUMEC_DAY, "terminal": {"rule": "free"}}}},
        **together(user("town", "fork", 5, kind="municipal"), *(user(name, "fork", [rate / 2 for rate in rates]) for name in "ab")),
    )
    return asked(river, give, sharing="equal_ratio", **more)


def test_users_are_held_to_their_season() -> None:
    """40 of 80 reach the fields: even without tolerance each day may have another part, so all days have 15; the town has its 5 always."""
    plan, levels = planned(short_users(0.0))
    assert levels["irrigation"] == pytest.approx(40 * CUMEC_DAY, abs=1e-5)
    given_plan, more = planned(short_users(0.1))
    assert more["irrigation"] <= levels["irrigation"] + 0.1 * 80 * CUMEC_DAY + 1e-6
    assert more["operation"] <= levels["operation"] + 1e-6
    for one in (plan, given_plan):
        assert one["shortage"].sel(demand="town").sum() == pytest.approx(0, abs=1e-6)


def test_another_level_may_use_it() -> None:
    """Energy that is worth more in April takes what a floor gives, where the scenario says so."""
    river = floor_that_rises()
    tables = {**river.tables, "plants": [{"plant": "works", "link": "out", "party": "A", "energy_gwh_per_hm3": 1, "turbine_max_m3s": 500}]}
    content = {**river.content, "energy": {"value": [1, 1, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1]}}
    content["objective"] = {"levels": ["environment", "benefit"], "give": 0.05, "give_to": "benefit"}
    plan, _ = planned(Draft(tables, content))
    assert plan["discharge"].sel(link="out").values[:2].sum() == pytest.approx(24, abs=1e-5)


def test_the_schema_says_what_a_share_means() -> None:
    """One number is for every kind; where nothing is given, or nobody uses it, there is no level of it."""
    objective = Scenario.model_validate(floor_that_rises(give=0.02).content).objective
    assert set(objective.gives.values()) == {0.02}
    assert objective.in_turn == (*LEVELS[:8], "given", *LEVELS[8:])
    assert Scenario.model_validate(floor_that_rises(give=0).content).objective.in_turn == LEVELS
    assert objective.model_copy(update={"levels": ("irrigation",)}).in_turn == ("irrigation",)


def solved(inputs: xr.Dataset, share: float) -> tuple[Program, Solution]:
    """Solve with one share of every promise."""
    shares = np.full(inputs.sizes["promise"], share)
    program = compile_model(build_model(with_data(inputs, {"promise_share": shares})))
    return program, solve_levels(program, (*LEVELS[:8], "given", *LEVELS[8:]), SolveOptions())


@examples(2, thorough=80)
@given(river=rivers(), rule=st.sampled_from(["least_shortage", "equal_ratio"]), factor=st.sampled_from([0.2, 1.0]), share=st.floats(0.005, 0.3))
def test_what_tolerance_may_never_do(river: Draft, rule: str, factor: float, share: float) -> None:
    """More of it never makes the levels from its user on worse, level by level; what is given is within its pool; none is the strict plan."""
    inputs = asked(river, 0.01).inputs().assign_attrs(sharing=rule)
    inputs = inputs.assign(runoff=inputs["runoff"] * factor)
    counted = counted_on(inputs)
    strict = compile_model(build_model(inputs.isel(promise=[])))
    plain = solve_levels(strict, LEVELS, SolveOptions())
    later = LEVELS[LEVELS.index("operation") :]
    before = [plain.levels[level] for level in later]
    for size in (0.0, share / 2, share):
        program, solution = solved(inputs, size)
        reached = [solution.levels[level] for level in (later[0], "given", *later[1:])]
        room = 1e-5 * (1 + np.abs(reached))
        if size == 0.0:
            before = [before[0], 0.0, *before[1:]]
            assert {level: solution.levels[level] for level in LEVELS} == pytest.approx(plain.levels, abs=1e-5)
        worse = next((found > due for found, due, slack in zip(reached, before, room, strict=True) if abs(found - due) > slack), False)
        assert not worse, (size, reached, before)
        before = reached
        if program.pools is not None:
            given_away, pool = solution.values[program.pools.given], program.column_upper[program.pools.given]
            assert (given_away >= 0).all()
            assert (given_away <= pool).all()
            room = {level: pool[counted == level].sum() for level in ("environment", "irrigation")}
            assert solution.levels["environment"] <= plain.levels["environment"] + room["environment"] + 1e-5
            if rule == "equal_ratio":  # else the level weighs shortage by its steps, and tolerance is of its volume
                assert solution.levels["irrigation"] <= plain.levels["irrigation"] + room["irrigation"] + 1e-5


def test_a_kept_solver_finds_the_same() -> None:
    """Pools that are closed in a program that is kept, and opened again, give the plan of their own run."""
    inputs = floor_that_rises(give=0.2).inputs()
    program, due = solved(inputs, 0.2)
    session = Session(program, (*LEVELS[:8], "given", *LEVELS[8:]), SolveOptions())
    assert session.solve(program).values == pytest.approx(due.values, abs=1e-7)


def test_what_it_bought_is_a_difference_of_plans() -> None:
    """4 m3/s days given bring the largest release from 30 to 28 and the largest change from 20 to 16."""
    river = floor_that_rises(give=0.05)
    inputs = river.inputs()
    levels = river.scenario().objective.in_turn
    plan = solve_inputs(inputs, levels, SolveOptions())
    told = json.loads(bought(inputs, plan, Passes(levels, SolveOptions())))
    assert list(told["without"]) == ["environment"]
    assert told["without"]["environment"] == told["strict"]
    assert told["strict"]["peak"]["out"] == pytest.approx(30)
    assert told["strict"]["jump"]["out"] == pytest.approx(20)
    assert told["strict"]["levels"]["operation"] == pytest.approx(20 * CUMEC_DAY)
    assert bought(inputs, planned(floor_that_rises(give=0.0))[0], Passes(levels, SolveOptions())) == "{}"


def test_one_pool_after_another_is_closed_as_if_each_were_alone() -> None:
    """Which levels pools open for depends on which can give: one program after another in a kept solver ends as one from nothing."""
    river = short_users({"flows": 0.2, "users": 0.1})
    floor = monthly("flow_requirement", "delta", "flow_m3s", [2] * 4 + [30] * 8, link="end", kind="environmental")
    inputs = Draft({**river.tables, "flow_requirements": floor}, river.content).inputs()
    levels = river.scenario().objective.in_turn
    plan = solve_inputs(inputs, levels, SolveOptions())
    of = counted_on(plan)
    assert set(of.tolist()) == {"environment", "irrigation"}
    kept, alone = (_Asked(inputs, Passes(levels, SolveOptions())) for _ in range(2))
    for closed in ("environment", "irrigation", "", "environment"):
        told, due = (asked.told(of != closed, alone=by) for asked, by in ((kept, False), (alone, True)))
        assert told["levels"] == pytest.approx(due["levels"], abs=1e-5), closed
        assert told["peak"] == pytest.approx(due["peak"], abs=1e-5), closed


def test_the_audit_sees_what_is_given_beyond_the_pool() -> None:
    """A plan whose figures of tolerance were changed fails."""
    plan, _ = planned(floor_that_rises(give=0.05))
    for name, factor in (("promise_given", 1.5), ("promise_given", -1.0), ("promise_missing", 0.5)):
        changed = plan.assign({name: plan[name] * factor})
        assert not audit(changed).passed


def moved(plan: xr.Dataset, name: str, level: str, by: float) -> xr.Dataset:
    """Move what a plan tells of one level."""
    values = plan[name].values + by * (plan["objective_level"].values == level)
    changed = plan.assign({name: (plan[name].dims, values)})
    told = json.dumps(dict(zip(plan["objective_level"].values.tolist(), values.tolist(), strict=True)))
    changed.attrs = {**plan.attrs, **({"levels": told} if name == "level_value" else {})}
    return changed


@pytest.mark.parametrize(
    ("name", "level", "by"),
    [("level_least", "environment", -0.01), ("level_least", "drinking", 0.01), ("level_least", "evenness", np.nan),
     ("level_value", "environment", 0.01), ("level_value", "rule_band", 0.01), ("promise_share", "", 0.001)],
)  # fmt: skip
def test_the_audit_holds_each_level_to_its_least_and_its_give(name: str, level: str, by: float) -> None:
    """All of the pool is given here, so nothing may be added to what is missing, nor taken off the least or off the pool."""
    plan, _ = planned(floor_that_rises(give=0.05))
    assert Result(plan).by_level().loc["environment", ["value", "least", "give"]].tolist() == pytest.approx([4 * CUMEC_DAY, 0, 4 * CUMEC_DAY], abs=1e-6)
    changed = plan.assign({name: plan[name] - by}) if not level else moved(plan, name, level, by)
    within = Result(changed).by_level()["within"].to_dict()
    assert within == {name: None if np.isnan(by) else name != (level or "environment") for name in within}
    assert all(Result(plan).by_level()["within"])
    failed = {check.name for check in audit(changed).checks if not check.passed}
    assert "levels" in failed


@pytest.mark.thorough
@examples(2, thorough=200)
@given(river=rivers(), rule=st.sampled_from(["least_shortage", "equal_ratio"]), factor=st.sampled_from([0.1, 0.2, 0.4]), ease=st.sampled_from([0, 0.05]))
def test_levels_of_random_plans_are_within_their_give(river: Draft, rule: str, factor: float, ease: float) -> None:
    """Whatever is given of promises and of shares, the audit of the published plan holds each level to it; none is below its least above."""
    draft_of = asked(river, 0.3, sharing=rule, evenness_give=ease)
    inputs = draft_of.inputs()
    plan = solve_inputs(inputs.assign(runoff=inputs["runoff"] * factor), draft_of.scenario().objective.in_turn, SolveOptions())
    assert {check.name: check for check in audit(plan).checks}["levels"].passed
    beyond = plan["level_value"].values - plan["level_least"].values
    assert (beyond[level_rooms(plan).cumsum() == 0] >= -1e-5).all()


def test_the_program_of_the_level_that_gives(request: pytest.FixtureRequest) -> None:
    """Its pools are open, what is missing beyond them is held, and what is let out may move again."""
    program = compile_model(build_model(floor_that_rises(give=0.2).inputs()))
    agenda = make_agenda(program, (*LEVELS[:8], "given", *LEVELS[8:]))
    bounds, lines = LevelBounds(agenda.program), list[str]()
    for place in solve_in_turn(Solver(agenda.program, SolveOptions()), agenda.program, agenda.goals, bounds):
        if agenda.goals[place].level == "environment":
            continue
        lower, upper = bounds.column
        lines += [f"{lower[at] + 0.0:.6g} <= {program.column(at)} <= {upper[at]:.6g}" for at in range(len(program.column_lower))]
        break
    assert agenda.goals[place].level == "operation"
    compare("\n".join(lines) + "\n", "give_opened", request)


def test_prices_know_the_level_that_uses_it() -> None:
    """One more hm3 in the dam lets both days of April have half of it more: the jump falls by half; one less raises it by as much."""
    river = floor_that_rises(give=0.05)
    inputs = river.inputs()
    program = compile_model(build_model(inputs))
    target = find_target(program, "storage_initial:dam", inputs)
    found = price(program, river.scenario().objective.in_turn, target, SolveOptions(), ladder=False)
    assert (found.more.level, found.more.worth) == ("operation", pytest.approx(0.5, abs=1e-5))
    assert found.less.level == "environment"


def test_a_promise_that_its_tolerance_moved_away_from_has_its_price() -> None:
    """12 flow where 10 are asked, but only by tolerance: of 80 for 10, 10, 30 and 30 each more that is asked is missing, each less is not."""
    river = floor_that_rises(give=0.05)
    inputs = river.inputs()
    pricer = Pricer(compile_model(build_model(inputs)), river.scenario().objective.in_turn, SolveOptions())
    target = find_target(pricer.responses.program, f"flow_requirement:delta,{inputs['step'].values[0]}", inputs)
    for ranged in (False, True):
        found = pricer.price(target, ladder=False, ranged=ranged)
        assert (found.more.level, found.more.worth) == ("environment", pytest.approx(-1.0, abs=1e-5))
        assert found.less.level != "environment"


def test_why_a_user_is_short() -> None:
    """A user who gives is told what refuses more, as any other."""
    river = short_users(0.1)
    plan, _ = planned(river)
    levels = river.scenario().objective.in_turn
    found = find_reason(compile_model(build_model(river.inputs())), river.inputs(), plan, levels, ("a", range(4)), SolveOptions())
    assert found.wished > 0
    assert found.levels
    assert found.lifts or found.together


def test_a_clause_gives_nothing_and_is_explained() -> None:
    """A floor of 30 by clause stays in May; one of 45 cannot be kept, and is named with what would do."""
    flow = {"id": "may", "kind": "min_flow", "at": "out", "by_month": {"5": 30}, "negotiable": True}
    kept, levels = planned(floor_that_rises(give=1.0).with_clauses(flow))
    assert kept["discharge"].sel(link="out").values[2:] == pytest.approx([30, 30], abs=1e-5)
    assert levels["operation"] == pytest.approx(20 * CUMEC_DAY, abs=1e-5)
    with pytest.raises(Infeasible) as refused:
        planned(floor_that_rises(give=1.0).with_clauses({**flow, "by_month": {"5": 45}}))
    explanation = refused.value.explanation
    assert explanation is not None
    assert explanation.clauses == ("may",)
    assert explanation.menu[0].amount == pytest.approx(5, rel=1e-4)


def test_members_of_an_ensemble_use_it() -> None:
    """A kept model with other water gives the plan that its own run gives."""
    river = floor_that_rises(give=0.05)
    inputs, levels = river.inputs(), river.scenario().objective.in_turn
    kept = KeptModel(inputs, levels, SolveOptions(), ("runoff",))
    water = inputs["runoff"].values + 2 * CUMEC_DAY
    own = compile_model(build_model(with_data(inputs, {"runoff": water})))
    due = solve_levels(own, levels, SolveOptions())
    found = kept.solve({"runoff": water})
    assert kept.recompiled == ""
    assert found.levels == pytest.approx(due.levels, abs=1e-7)
    assert found.values == pytest.approx(due.values, abs=1e-6)
