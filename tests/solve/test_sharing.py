"""Users of equal standing: shares by hand on small rivers, and by brute force on random ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drafts import Draft, draft, together, user
from tests.properties.rivers import rivers
from tests.thorough import examples
from waterdeal.ask.bargain import Bargain
from waterdeal.ask.menu import single_concession
from waterdeal.calendar import water_years
from waterdeal.lp.compile import compile_model
from waterdeal.lp.easing import ease
from waterdeal.lp.goals import make_agenda
from waterdeal.lp.highs import Solver
from waterdeal.lp.levels import solve_in_turn, solve_levels
from waterdeal.lp.options import Outcome, SolveOptions
from waterdeal.lp.pools import open_pools
from waterdeal.lp.program import Matrix, Opening, Pools, Program, Sharing
from waterdeal.lp.reduced import reduced
from waterdeal.lp.session import Session
from waterdeal.lp.sharing import Ease, Goal, Ways, mosts_of
from waterdeal.lp.solution import ROOM, LevelBounds, minimise_held
from waterdeal.model.build import build_model
from waterdeal.results.audit import audit
from waterdeal.run import solve_inputs
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.tracking.remainder import remaining_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from waterdeal.types import Floats

CUMEC_DAY = 0.0864
RULES = ["least_shortage", "equal_ratio"]
DAY = {"period": {"start": "2026-04-01", "end": "2026-04-02", "step": "day"}}


def with_rule(inputs: xr.Dataset, rule: str, give: float = 0.0) -> xr.Dataset:
    """Return inputs whose scenario shares by a rule, with so much of a share that evenness may use."""
    return inputs.assign_attrs(sharing=rule, evenness_give=give)


def compiled(inputs: xr.Dataset) -> Program:
    """Build and compile."""
    return compile_model(build_model(inputs))


def pool(claims: dict[str, float], water: float, **links: dict[str, Any]) -> Draft:
    """Users of two states on canals from one fork, for a day; ids of links are those of the users."""
    names = list(claims)
    nodes = "; ".join(["spring catchment", "fork junction", "sea outlet", *(f"at_{name} junction {name[0].upper()}" for name in names)])
    ways = "; ".join(["head spring fork", "mouth fork sea", *(f"{name} fork at_{name} canal" for name in names)])
    users = together(*(user(name, f"at_{name}", claim / CUMEC_DAY, party=name[0].upper()) for name, claim in claims.items()))
    back = "; ".join(f"{name}_end at_{name} sea" for name in names)
    return draft(nodes, f"{ways}; {back}", volumes={"spring": [water]}, scenario=DAY, links=links, **users)


def given_to(river: Draft, rule: str) -> dict[str, float]:
    """What each user gets in all."""
    inputs = with_rule(river.inputs(), rule)
    program = compiled(inputs)
    values = program.values_of("demand.delivery", solve_levels(program, USUAL_LEVELS, SolveOptions()).values)
    assert values is not None
    return dict(zip(inputs["demand"].values.tolist(), values.reshape(inputs.sizes["demand"], -1).sum(axis=1).tolist(), strict=True))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("names", [("a", "b"), ("b", "a"), ("zulu", "alpha")])
def test_equal_claims_get_equal_parts(names: tuple[str, str], rule: str) -> None:
    """Two claims of 50 and water of 55: 27.5 each, whoever is called what."""
    found = given_to(pool(dict.fromkeys(names, 50.0), 55.0), rule)
    assert found == pytest.approx(dict.fromkeys(names, 27.5), abs=1e-6)


@pytest.mark.parametrize("rule", RULES)
def test_unequal_claims_get_equal_ratios(rule: str) -> None:
    """Claims of 90 and 10, and water of 55: 55 % each."""
    assert given_to(pool({"a": 90.0, "b": 10.0}, 55.0), rule) == pytest.approx({"a": 49.5, "b": 5.5}, abs=1e-6)


def test_the_rules_differ_behind_a_lossy_canal() -> None:
    """Half the water of a canal is lost: the least sum takes its user to the end of a step first, equal ratios share what it costs."""
    river = pool({"a": 40.0, "b": 40.0}, 60.0, a={"loss_fraction": 0.5})
    equal = given_to(river, "equal_ratio")
    assert equal == pytest.approx({"a": 20.0, "b": 20.0}, abs=1e-6)
    least = given_to(river, "least_shortage")
    assert sum(least.values()) > sum(equal.values()) + 1
    assert least["b"] > least["a"] + 1


def test_who_is_bound_elsewhere_holds_nobody_down() -> None:
    """A canal of 10 for a claim of 50: the others share the rest, up to what they claim."""
    river = pool({"a": 50.0, "b": 50.0, "c": 20.0}, 55.0, a={"capacity_m3s": 10 / CUMEC_DAY})
    assert given_to(river, "equal_ratio") == pytest.approx({"a": 10.0, "b": 45 * 50 / 70, "c": 45 * 20 / 70}, abs=1e-6)


@pytest.mark.parametrize("rule", RULES)
def test_the_rest_is_made_even_in_a_program_of_its_own(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Canals of 10, 20 and 30 for claims of 50: who is bound is held in turn, and others share what is left of 130."""
    bound = {name: {"capacity_m3s": most / CUMEC_DAY} for name, most in zip("abc", (10, 20, 30), strict=True)}
    river = pool(dict.fromkeys("abcde", 50.0), 130.0, **bound)
    due = given_to(river, rule)
    rests = []
    monkeypatch.setattr("waterdeal.lp.highs.COLD_FROM_ROWS", 0)
    monkeypatch.setattr("waterdeal.lp.sharing.MANY", 1)
    monkeypatch.setattr("waterdeal.lp.reduced.LEFT", 1.0)
    monkeypatch.setattr("waterdeal.lp.sharing._least", lambda *of: np.zeros(len(of[-1]), dtype=bool))
    monkeypatch.setattr("waterdeal.lp.sharing.reduced", lambda *of: rests.append(reduced(*of)) or rests[-1])
    assert given_to(river, rule) == pytest.approx(due, abs=1e-6)
    assert due == pytest.approx({"a": 10.0, "b": 20.0, "c": 30.0, "d": 35.0, "e": 35.0}, abs=1e-6) or rule == "least_shortage"
    assert any(rest is not None for rest in rests)


def promised(names: str, volumes: Sequence[float], water: Sequence[float], **links: dict[str, Any]) -> Draft:
    """Two states whose fields claim all there is, with a limit of so much each in the growing season, on days of so much water."""
    river = pool(dict.fromkeys(names, 100.0), 0.0, **links)
    limits = [
        {"limit": f"{name}_limit", "party": name.upper(), "season": "growing", "year": "2026", "volume_hm3": volume}
        for name, volume in zip(names, volumes, strict=True)
    ]
    days = {"start": "2026-04-01", "end": f"2026-04-0{1 + len(water)}", "step": "day"}
    shares = [{"limit": row["limit"], "share": 1} for row in limits]
    tables = {**river.tables, "limits": limits}
    return replace(river, tables=tables, volumes={"spring": list(water)}).with_content(period=days, entitlement={"limits": shares})


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("names", ["ab", "ba"])
def test_promises_are_kept_to_the_same_part(names: str, rule: str) -> None:
    """Limits of 60 and 30 and water of 45: 50 % of what is promised to each, whoever is called what."""
    found = given_to(promised(names, [60, 30], [45]), rule)
    assert found == pytest.approx(dict(zip(names, [30.0, 15.0], strict=True)), abs=1e-6)


@pytest.mark.parametrize("rule", RULES)
def test_promised_inflows_share_what_is_missing(rule: str) -> None:
    """Of 60 hm3 two inflows are promised 80 and 40: half of each, not most of one."""
    river = draft("spring catchment; fork junction; left outlet; right outlet", "head spring fork; a fork left; b fork right",
                  volumes={"spring": [60]}, scenario=DAY)  # fmt: skip
    asked = [{"id": link, "link": link, "party": "A", "volume": volume} for link, volume in (("a", 80), ("b", 40))]
    program = compiled(with_rule(river.with_content(entitlement={"inflows": asked}).inputs(), rule))
    missing = program.values_of("entitlement.missing", solve_levels(program, USUAL_LEVELS, SolveOptions()).values)
    assert missing == pytest.approx([40, 20], abs=1e-6)


def test_a_promise_behind_a_lossy_canal_is_kept_to_the_same_part() -> None:
    """Half the water of a canal is lost: 60 of water bring 20 to each of two limits of 40 by equal ratios; the least sum favours one."""
    lossy = {"loss_fraction": 0.5}
    assert given_to(promised("ab", [40, 40], [60], a=lossy), "equal_ratio") == pytest.approx({"a": 20.0, "b": 20.0}, abs=1e-6)
    least = given_to(promised("ab", [40, 40], [60], a=lossy), "least_shortage")
    assert least["b"] > least["a"] + 1


def test_shares_of_promises_are_of_the_whole_season() -> None:
    """Of 40 promised to each, 20 and 10 have come by a first day; of 20 more, 5 and 15 make it 25 each."""
    river = promised("ab", [40, 40], [30, 20]).inputs()
    past = solve_inputs(with_rule(river, "equal_ratio"), USUAL_LEVELS, SolveOptions()).copy(deep=True)
    past["delivery"].values[:, 0] = [20, 10]
    rest = solve_inputs(remaining_inputs(with_rule(river, "equal_ratio"), past, 1), USUAL_LEVELS, SolveOptions())
    assert rest["delivery"].values.sum(axis=1) == pytest.approx([5, 15], abs=1e-6)


def test_water_years() -> None:
    """October begins one."""
    days = np.array(["2025-09-30", "2025-10-01", "2026-04-01", "2026-09-30", "2026-10-01"], dtype="datetime64[ns]")
    assert water_years(days) == [2025, 2026, 2026, 2026, 2027]


def test_a_bad_year_is_not_made_even_with_a_good_one() -> None:
    """Each water year has its own shares: what is short in September is not weighed against October."""
    tables = together(user("a", "fork", 10 / CUMEC_DAY), user("b", "fork", 10 / CUMEC_DAY))
    river = draft(
        "spring catchment; fork junction; sea outlet",
        "a spring fork; b fork sea",
        volumes={"spring": [8, 30]},
        scenario={"period": {"start": "2026-09-30", "end": "2026-10-02", "step": "day"}},
        **tables,
    )
    program = compiled(with_rule(river.inputs(), "equal_ratio"))
    values = solve_levels(program, USUAL_LEVELS, SolveOptions()).values
    assert program.values_of("demand.season_shortage", values) == pytest.approx([6, 0, 6, 0], abs=1e-6)


def test_what_is_held_has_more_room_where_it_contradicts_itself() -> None:
    """Two columns held at 1 and 2, of which a row asks 3 and a little: by rounding there is a plan, by more than that there is none."""
    for little, outcome in ((1e-8, Outcome.OPTIMAL), (5e-8, Outcome.OPTIMAL), (1e-6, Outcome.OPTIMAL), (1e-4, Outcome.INFEASIBLE)):
        program = _sum_of_two(3 + little)
        solver, bounds = Solver(program, SolveOptions()), LevelBounds(program)
        bounds.hold(solver, np.array([0]), np.array([1.0]))
        bounds.hold(solver, np.array([1]), np.array([2.0]))
        assert minimise_held(solver, bounds, np.array([1.0, 0.0])) == outcome
        assert bounds.column[1] == pytest.approx(np.array([1.0, 2.0]), abs=1.1e-6)
        if little == 1e-8:
            assert bounds.column[1] == pytest.approx(np.array([1.0, 2.0]), abs=1.1e-8)


def test_more_room_leaves_fixed_what_is_fixed_since() -> None:
    """A held column that a level has fixed is not opened again."""
    program = _sum_of_two(3 + 5e-8)
    solver, bounds = Solver(program, SolveOptions()), LevelBounds(program)
    bounds.hold(solver, np.array([0, 1]), np.array([1.0, 2.0]))
    bounds.fix(solver, np.array([-1.0, 0.0]), np.zeros(1))
    assert minimise_held(solver, bounds, np.array([1.0, 0.0])) == Outcome.OPTIMAL
    assert bounds.column[0][0] == bounds.column[1][0] == pytest.approx(1 + ROOM, abs=1e-12)
    assert bounds.column[1][1] == pytest.approx(2 + 1e-7, abs=1e-12)


def _held_apart() -> tuple[Program, Solver, LevelBounds]:
    """Two columns held at 1 and 2, of which a row asks 3 and a little, after a plan was found with more room."""
    program = _sum_of_two(3 + 5e-8)
    solver, bounds = Solver(program, SolveOptions()), LevelBounds(program)
    assert solver.minimise(np.ones(2)) == Outcome.OPTIMAL
    bounds.hold(solver, np.array([0]), np.array([1.0]))
    bounds.hold(solver, np.array([1]), np.array([2.0]))
    return program, solver, bounds


def test_what_is_fixed_gets_the_room_of_rounding_too() -> None:
    """Two columns fixed at 1 of which the sum is 2 + 5e-8: each is opened a little, and neither beyond its own bounds; 1e-3 more is no rounding."""
    for miss, outcome in ((5e-8, Outcome.OPTIMAL), (1e-3, Outcome.INFEASIBLE)):
        program = _sum_of_two(2.0 + miss)
        solver, bounds = Solver(program, SolveOptions()), LevelBounds(program)
        for side in bounds.column:
            side[:] = 1.0
        solver.column_bounds.take(*bounds.column)
        assert minimise_held(solver, bounds, np.array([1.0, 0.0])) == outcome
        assert (bounds.column[1] <= 1.0 + 1e-5).all()


def test_shares_are_eased_where_what_is_held_contradicts_itself() -> None:
    """The plan at which levels are held before shares are eased is found with more room; all else is then held there."""
    program, solver, bounds = _held_apart()
    nothing, costs = np.zeros(0), (np.array([1.0, 0.0]), np.ones(2))
    shared = Sharing(np.array([0]), np.zeros(0, np.int64), first=True, most=np.full(1, 10.0), planned=nothing)
    easing = Ease((shared,), 0.1, (("even", np.array([0.0, 1.0])),), np.zeros(0, np.int64), costs, None, None)
    assert ease(solver, program, Goal("even", costs[0], then=easing), bounds, Ways())
    assert bounds.column[1] == pytest.approx(np.array([2.0, 2.0]), abs=1e-6)


def test_pools_open_where_what_is_held_contradicts_itself() -> None:
    """The plan at which promises are held before pools open is found with more room."""
    program, solver, bounds = _held_apart()
    both, none = np.arange(2), np.zeros(0, np.int64)
    pools = Pools("run", none, kept=none, given=none, apart=(none, np.zeros(0), np.zeros(0)), planned=np.zeros(0))
    own = program.column_lower, program.column_upper
    opening = Opening(pools, "even", ("even",), ("even",), both, np.zeros(1, np.int64), own, np.ones(2), None)
    open_pools(solver, program, Goal("even", np.ones(2), opening=opening), bounds)
    assert bounds.row[1] == pytest.approx(np.array([3.0]), abs=1e-6)


def _sum_of_two(least: float) -> Program:
    """Two columns up to 10 of which the sum is so much at least."""
    return Program(
        matrix=Matrix(np.array([0, 2]), np.array([0, 1]), np.ones(2)),
        row_lower=np.array([least]),
        row_upper=np.array([np.inf]),
        column_lower=np.zeros(2),
        column_upper=np.full(2, 10.0),
        goals={},
        columns=(),
        rows=(),
    )


def leximin(program: Program, levels: tuple[str, ...], level: str) -> Floats:
    """Members of a level by single maxima: of those at the largest share, each that cannot be lower while none is higher is held."""
    agenda = make_agenda(program, levels, every=True)
    place = next(place for place, goal in enumerate(agenda.goals) if goal.level == level and goal.shares is not None)
    solver, bounds = Solver(agenda.program, SolveOptions()), LevelBounds(agenda.program)
    before = agenda.goals[:place]
    assert sum(1 for _ in solve_in_turn(solver, agenda.program, before, bounds)) == len(before)
    goal = agenda.goals[place]
    shares = goal.shares
    assert shares is not None
    held: dict[int, float] = {}
    while len(held) < len(shares.members):
        solver.start_cold()
        assert solver.minimise(goal.cost) == Outcome.OPTIMAL
        largest = float(solver.values()[shares.column])
        fresh = {}
        for at, member in enumerate(shares.members.tolist()):
            if at not in held:
                least = _least(solver, (agenda.program, shares.column, largest), member)
                if least > shares.weights[at] * largest - 1e-6:
                    fresh[at] = shares.weights[at] * largest
        assert fresh
        for at, value in fresh.items():
            member, row = shares.members[at : at + 1], shares.rows[at : at + 1]
            solver.column_bounds.put(member, np.zeros(1), np.array([value + 1e-8]))
            solver.row_bounds.put(row, np.array([-np.inf]), np.array([np.inf]))
        held |= fresh
    return np.array([held[at] for at in range(len(shares.members))])


def _least(solver: Solver, largest: tuple[Program, int, float], member: int) -> float:
    """Return the least that a member can be while none is above the largest share."""
    program, column, value = largest
    at = np.array([column])
    solver.column_bounds.put(at, np.zeros(1), np.array([value + 1e-9]))
    cost = np.zeros(len(program.column_lower))
    cost[member] = 1.0
    solver.start_cold()
    assert solver.minimise(cost) == Outcome.OPTIMAL
    least = float(solver.values()[member])
    solver.column_bounds.put(at, np.zeros(1), np.array([np.inf]))
    return least


@examples(2, thorough=150)
@given(river=rivers(), rule=st.sampled_from(RULES), factor=st.sampled_from([0.1, 0.3, 1.0]))
def test_duals_and_single_maxima_agree(river: Draft, rule: str, factor: float) -> None:
    """Shares held by duals are those of the definition, on rivers with little water."""
    inputs = with_rule(river.inputs(), rule)
    program = compiled(inputs.assign(runoff=inputs["runoff"] * factor))
    solution = solve_levels(program, USUAL_LEVELS, SolveOptions())
    for level, sharing in program.shares.items():
        if sharing.members.size:
            assert solution.values[sharing.members] == pytest.approx(leximin(program, USUAL_LEVELS, level), abs=1e-5)


@examples(2, thorough=60)
@given(
    river=rivers(),
    rule=st.sampled_from([("least_shortage", 0.0), ("equal_ratio", 0.0), ("equal_ratio", 0.01)]),
    factors=st.lists(st.floats(0.1, 1.5), min_size=1, max_size=3),
    claims=st.floats(0.5, 2),
)
def test_a_member_has_the_plan_of_its_own_run(river: Draft, rule: tuple[str, float], factors: list[float], claims: float) -> None:
    """With other water and other claims in a kept solver, as solved from nothing."""
    inputs = with_rule(river.inputs(), *rule)
    session = Session(compiled(inputs), USUAL_LEVELS, SolveOptions())
    for factor in factors:
        other = inputs.assign(
            runoff=inputs["runoff"] * factor,
            requirement=inputs["requirement"] * claims,
            delivery_most=inputs["delivery_most"] * claims,
        )
        fresh = compiled(other)
        due = solve_levels(fresh, USUAL_LEVELS, SolveOptions())
        if not fresh.matrix.equals(session.program.matrix) or any(
            not np.array_equal(cost, session.program.goals[name][0]) for name, (cost, _) in fresh.goals.items()
        ):
            continue
        kept = replace(fresh, matrix=session.program.matrix, goals=session.program.goals)
        found = session.solve(kept)
        assert found.values == pytest.approx(due.values, abs=1e-6)
        assert found.is_unique == due.is_unique


FIELDS = (("fields", 10.0, None),)


def pond(
    give: float, water: float = 10, users: Sequence[tuple[str, float, int | None]] = FIELDS, *, promised: bool = False
) -> xr.Dataset:
    """Water on the first of two days for a claim of 10 on each; what waits for the second in a pond loses a tenth on its way in."""
    limits = [{"limit": "own", "party": "A", "season": "growing", "year": "2026", "volume_hm3": 20}] if promised else []
    nodes = "spring catchment; fork junction; pond reservoir; meet junction; sea outlet"
    ways = "head spring fork; past fork meet; into fork pond; out pond meet; mouth meet sea"
    scenario = {
        "period": {"start": "2026-04-01", "end": "2026-04-03", "step": "day"},
        "reservoir": {"pond": {"initial": 0, "terminal": {"rule": "free"}}},
        "entitlement": {"limits": [{"limit": row["limit"], "share": 1} for row in limits]},
    }
    ranked = [user(name, "meet", claim / CUMEC_DAY, **({} if rank is None else {"priority": rank})) for name, claim, rank in users]
    asked = {**together(*ranked), "limits": limits}
    river = draft(nodes, ways, volumes={"spring": [water, 0]}, scenario=scenario, links={"into": {"loss_fraction": 0.1}}, **asked)
    return with_rule(river.inputs(), "equal_ratio", give)


@pytest.mark.parametrize(
    ("give", "promised", "due"),
    [(0.0, False, [10, 0]), (0.01, False, [8, 1.8]), (0.05, False, [5, 4.5]), (0.0, True, [10, 0]), (0.01, True, [8, 1.8]),
     (0.05, True, [50 / 9, 4])],
)  # fmt: skip
def test_evenness_uses_what_a_share_may_fall(give: float, promised: bool, due: list[float]) -> None:
    """1 % of 20 is 0.2, the loss of 2 that wait; of 5 % only half is used: then both days are in one step of shortage, and a tenth is lost.

    The same where a limit of 20 promises it all, but that what is missing to it counts in evenness too: the second day ends at a step, 40 %.
    """
    program = compiled(pond(give, promised=promised))
    given = program.values_of("demand.delivery", solve_levels(program, USUAL_LEVELS, SolveOptions()).values)
    assert given == pytest.approx(due, abs=1e-6)


@pytest.mark.parametrize(
    ("water", "give", "first", "second"),
    [  # 0.5 % of what is asked for on both days is the loss of so much that waits
        (10, 0.0, [2.5, 2.5], [7.5 - 2.5 / 0.9, 0]),
        (10, 0.005, [2.5, 2.5], [7.5 - 2.5 / 0.9 - 1, 0.9]),
        (2, 0.0, [2, 0], [0, 0]),
        (2, 0.005, [1.75, 0.225], [0, 0]),
        (2.5 + 2.5 / 0.9 - 1e-7, 0.005, [2.5, 2.5], [0, 0]),  # a hair that rounding leaves is nothing lacked
    ],
)
def test_users_of_each_priority_give_of_their_own_share(water: float, give: float, first: list[float], second: list[float]) -> None:
    """Who comes first and lacks nothing gives nothing, and its water of the second day still waits; short of its 5, it gives 0.5 % of them."""
    inputs = pond(give, water, (("first", 2.5, 1), ("second", 10.0, 2)))
    plan = solve_inputs(inputs, USUAL_LEVELS, SolveOptions())
    assert plan["delivery"].values == pytest.approx(np.array([first, second]), abs=1e-6)
    audit(plan).raise_if_bad()


@examples(2, thorough=60)
@given(river=rivers(), factor=st.sampled_from([0.1, 0.3, 1.0]), give=st.sampled_from([0.005, 0.02]))
def test_what_shares_fall_is_within_the_tolerance_and_buys_evenness(river: Draft, factor: float, give: float) -> None:
    """No level before is worse, no user falls by more, who lacks nothing goes on so, and evenness gains or nothing changes."""
    inputs = river.inputs()
    inputs = inputs.assign(runoff=inputs["runoff"] * factor)
    strict, eased = (compiled(with_rule(inputs, "equal_ratio", part)) for part in (0.0, give))
    one, two = (solve_levels(program, USUAL_LEVELS, SolveOptions()) for program in (strict, eased))
    for level in USUAL_LEVELS[: USUAL_LEVELS.index("irrigation")]:
        assert two.levels[level] <= one.levels[level] + 1e-5
    assert two.levels["evenness"] <= one.levels["evenness"] + 1e-5
    sharing = eased.shares["irrigation"]
    before, after = one.values[sharing.members], two.values[sharing.members]
    assert (after <= before + np.where(before > 1e-8, give * mosts_of(eased, sharing), 0) + 1e-6).all()
    assert two.is_unique


def short_of_a_promise(**clause: Any) -> Draft:
    """A promise of 100, 100 and 50 hm3 a day, and 200 in a dam that can give them on any day."""
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; gate dam sea",
        scenario={
            "period": {"start": "2026-04-29", "end": "2026-05-02", "step": "day"},
            "reservoir": {"dam": {"initial": 200, "terminal": {"rule": "free"}}},
        },
    )
    value = {"by_month": {"4": 100 / CUMEC_DAY, "5": 50 / CUMEC_DAY}}
    return river.with_clauses({"id": "floor", "kind": "min_flow", "at": "gate", "negotiable": True, **value, **clause})


def test_no_step_of_a_clause_carries_what_others_could() -> None:
    """50 of 250 are missing: a fifth of what is promised on each day, in what is offered and in the plan with it."""
    inputs = short_of_a_promise().inputs()
    offered = single_concession(Bargain(compiled(inputs), inputs, SolveOptions()), "floor", [])
    assert offered is not None
    assert offered.relative == pytest.approx(0.2, abs=1e-5)
    assert list(offered.parts.values()) == pytest.approx([0.2, 0.2, 0.2], abs=1e-6)  # in what its sentence tells, a share
    plan = solve_inputs(short_of_a_promise(concession=offered.amount).inputs(), USUAL_LEVELS, SolveOptions())
    assert plan["concession_made"].values == pytest.approx([20, 20, 10], abs=1e-4)
    audit(plan).raise_if_bad()  # a clause has conceded the most of any of its steps
