"""Frontiers: corners worked out by hand, nothing beyond them on random rivers, the same from any start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.drafts import Draft, draft, together, user
from tests.properties.rivers import rivers
from tests.thorough import diagonal, examples
from waterdeal.errors import ScenarioError
from waterdeal.examples import monthly, two_party_inputs
from waterdeal.lp.compile import compile_model
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.reports import as_text
from waterdeal.reports.studies import frontier_answer, shown_corners
from waterdeal.results.lines import with_data
from waterdeal.run import solve_inputs
from waterdeal.scenario.schema import LEVELS
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Passes
from waterdeal.solve.trust import anywhere
from waterdeal.studies.frontier import Frontier, FrontierChoices, frontier_of_inputs, gap_to, levels_above
from waterdeal.studies.measures import make_measure

OPTIONS = SolveOptions()
#: hm3 in three days of 1 m3/s
DAYS = 3 * 0.0864


def two_canals(**more: object) -> Draft:
    """A takes 10 m3/s at a fork; B downstream gets 0.9 of a canal that carries 4 m3/s, and 0.7 of a river."""
    return draft(
        "spring catchment A; fork junction A; low canal B; sea outlet B",
        "head spring fork; good fork low canal; poor fork low canal; out fork sea",
        runoff={"spring": 10},
        links={"good": {"efficiency": 0.9, "capacity_m3s": 4}, "poor": {"efficiency": 0.7, "capacity_m3s": 100}},
        **together(user("a", "fork", 10), user("b", "low", 8, party="B")),
        **more,
    )


def frontier(river: Draft, parties: tuple[str, str] = ("A", "B"), **choices: object) -> Frontier:
    """Frontier of a river."""
    return frontier_of_inputs(river.inputs(), LEVELS, OPTIONS, parties, FrontierChoices(**choices))  # type: ignore[arg-type]


def test_two_canals_by_hand() -> None:
    """B gets 3.6 of the good canal and 0.7 of six: corners (0, 7.8), (6, 3.6), (10, 0); rates 0.7 and 0.9."""
    found = frontier(two_canals())
    assert found.corners / DAYS == pytest.approx(np.array([[0, 7.8], [6, 3.6], [10, 0]]), abs=1e-6)
    assert found.table()["exchange_rate"].tolist()[:2] == pytest.approx([0.7, 0.9])
    assert found.table()["beyond"].iloc[:2].max() < 1e-7
    assert found.gap.first >= -1e-6
    assert found.gap.second >= -1e-6


def test_shortage_is_the_mirror() -> None:
    """Less shortage is better: what is missing of 10 and of 8."""
    found = frontier(two_canals(), of=("shortage", "shortage"))
    assert found.corners / DAYS == pytest.approx(np.array([[10, 0.2], [4, 4.4], [0, 8]]), abs=1e-6)


def test_four_nodes_energy_against_delivery() -> None:
    """Without evaporation a hm3 makes 0.25 GWh or reaches the fields with 0.9: 3.6 hm3 a GWh, from the limit of 700 down to nothing."""
    inputs = two_party_inputs()
    inputs = with_data(inputs, {"evaporation_depth": np.zeros(inputs["evaporation_depth"].shape)})
    found = frontier_of_inputs(inputs, LEVELS, OPTIONS, ("UP", "LOW"), FrontierChoices(("energy", "delivery")))
    days = np.array([30, 31, 30, 31, 31, 30])
    water = 0.0864 * (0.7 * np.array([60, 110, 140, 110, 70, 45]) @ days - 3 * 183)
    by_hand = [[0.25 * (water - 700 / 0.9), 700], [0.25 * water, 0]]
    assert found.corners == pytest.approx(np.array(by_hand), abs=1e-6)
    assert found.table()["exchange_rate"].iloc[0] == pytest.approx(3.6)
    assert found.held == ("safety", "spillway", "drinking", "agreement")
    assert found.changes()["figure"].tolist() == ["delivery:LOW", "limit:low_growing"]


def test_one_corner_where_there_is_enough() -> None:
    """With water for both nobody gives up anything."""
    river = two_canals()
    rich = replace(river, tables={**river.tables, "hydrology": [{**row, "runoff_m3s": 100} for row in river.tables["hydrology"]]})
    rich.tables["links"][2]["capacity_m3s"] = 100
    found = frontier(rich)
    assert found.corners / DAYS == pytest.approx(np.array([[10, 8]]), abs=1e-6)
    assert found.table()["exchange_rate"].isna().all()


def test_others_keep_what_they_have_or_do_not() -> None:
    """A third party on the same river is robbed only where it is left free."""
    river = two_canals()
    tables = together(river.tables, user("c", "fork", 2, party="C"))
    tables["parties"] = [{"party": name} for name in "ABC"]
    tables["nodes"] = [{**row, "party": "C"} if row["node"] == "sea" else row for row in tables["nodes"]]
    river = replace(river, tables=tables)
    plan = river.plan()
    kept, free = frontier(river), frontier(river, others="free")
    given_c = float(plan["delivery"].sel(demand="c").sum())
    assert kept.figures["delivery:C"].min() >= given_c - 1e-5
    assert kept.corners[-1, 0] == pytest.approx(10 * DAYS - given_c, abs=1e-5)
    assert free.corners[-1, 0] == pytest.approx(10 * DAYS, abs=1e-6)
    assert free.figures["delivery:C"].iloc[-1] == pytest.approx(0, abs=1e-6)


def test_towns_are_held() -> None:
    """What stands above the parties' level is not traded: a town of 2 m3/s at the fork keeps its water in every corner."""
    river = two_canals()
    river = replace(river, tables=together(river.tables, user("town", "fork", 2, "municipal")))
    found = frontier(river)
    assert found.corners / DAYS == pytest.approx(np.array([[2, 3.6 + 0.7 * 4], [6, 3.6], [10, 0]]), abs=1e-6)


@pytest.mark.parametrize("seed", diagonal(range(12), 2, 7))
def test_what_the_plan_keeps_can_be_kept(seed: int) -> None:
    """Whatever levels are held and in what order, the others keep what they have: levels are best among plans that do."""
    draw = np.random.default_rng(seed)
    river = draft(
        "spring catchment A; fork junction A; low canal B; sea outlet C",
        "head spring fork; good fork low canal; out fork sea",
        runoff={"spring": 10},
        flow_requirements=monthly("flow_requirement", "nature", "flow_m3s", [2], link="out", kind="environmental"),
        **together(user("a", "fork", 10), user("b", "low", 8, party="B"), user("c", "fork", 5, party="C")),
    )
    inputs = river.inputs()
    plan = solve_inputs(inputs, LEVELS, OPTIONS)
    held = draw.permutation(LEVELS)[: draw.integers(2, len(LEVELS) + 1)].tolist()
    found = frontier(river, held=("irrigation", *(level for level in held if level != "irrigation")))
    assert (found.figures["delivery:C"] >= float(plan["delivery"].sel(demand="c").sum()) - 1e-5).all()


def test_holding_every_level_leaves_the_plan() -> None:
    """With all levels held what is left is the scenario's own plan, and its gap is nothing."""
    found = frontier(two_canals(), held=LEVELS)
    assert found.corners[-1] == pytest.approx(np.array(found.plan), abs=1e-5)
    assert (found.gap.first, found.gap.second) == pytest.approx((0, 0), abs=1e-5)


def test_a_plan_that_puts_other_levels_first_is_told_to_lie_beyond() -> None:
    """With the worth of energy held before users the plan is not among those of the frontier, and it says why; in its own order it is."""
    inputs = two_party_inputs()
    found = frontier_of_inputs(inputs, LEVELS, OPTIONS, ("UP", "LOW"), FrontierChoices(held=("safety", "benefit")))
    assert found.unkept == ("benefit",)
    assert "may lie beyond" in " ".join(as_text.told(frontier_answer(found, inputs, "en")).split())
    assert frontier_of_inputs(inputs, LEVELS, OPTIONS, ("UP", "LOW"), FrontierChoices(held=LEVELS)).unkept == ()


@pytest.mark.parametrize("options", diagonal([SolveOptions(presolve=False), SolveOptions(method="ipm"), SolveOptions(seed=7)], SolveOptions(method="ipm")))
def test_same_from_any_start(options: SolveOptions) -> None:
    """Presolve, method and seed change how HiGHS gets there; the corners stay, and the plans at them."""
    inputs = two_party_inputs()
    choices = FrontierChoices(("energy", "delivery"))
    first = frontier_of_inputs(inputs, LEVELS, OPTIONS, ("UP", "LOW"), choices)
    other = frontier_of_inputs(inputs, LEVELS, options, ("UP", "LOW"), choices)
    swapped = frontier_of_inputs(inputs, LEVELS, options, ("LOW", "UP"), FrontierChoices(("delivery", "energy")))
    assert other.corners == pytest.approx(first.corners, abs=1e-5)
    assert swapped.corners[::-1, ::-1] == pytest.approx(first.corners, abs=1e-5)
    assert other.figures.to_numpy() == pytest.approx(first.figures.to_numpy(), abs=1e-4)


@pytest.mark.thorough
@settings(examples(2, thorough=6), suppress_health_check=list(HealthCheck))
@given(rivers(), st.sampled_from(["delivery", "shortage"]), st.lists(st.floats(0.02, 0.98), min_size=4, max_size=4))
def test_nothing_lies_beyond(river: Draft, of: str, weights: list[float]) -> None:
    """For random weights SciPy finds no better plan than the best corner, with the levels above as rows; corners turn one way only."""
    inputs = river.inputs()
    asked = {party: inputs["requirement"].values[inputs["demand_party"].values == party].sum() for party in "AB"}
    assume(min(asked.values()) > 0)
    found = frontier_of_inputs(inputs, LEVELS, OPTIONS, ("A", "B"), FrontierChoices((of, of), "free"))
    change = np.diff(found.corners, axis=0) * (1 if of == "delivery" else -1)
    assert (change[:, 0] > 0).all()
    assert (change[:, 1] < 0).all()
    assert (np.diff(-change[:, 1] / change[:, 0]) > -1e-9).all()
    settled = anywhere(settle(inputs, Passes(LEVELS, OPTIONS)).inputs)
    program = compile_model(build_model(settled))
    goods = [make_measure(program, settled, party, of).good for party in "AB"]
    held = levels_above(LEVELS)
    reached = solve_levels(program, LEVELS, OPTIONS).levels
    costs = np.array([program.goals[level][0] for level in held])
    tops = np.array([reached[level] - program.goals[level][1] for level in held])
    matrix = scipy.sparse.csr_matrix(
        (program.matrix.value, program.matrix.column, program.matrix.start), (len(program.row_lower), costs.shape[1])
    )
    rows = scipy.sparse.vstack([matrix, scipy.sparse.csr_matrix(costs)])
    lower = np.append(program.row_lower, np.full(len(held), -np.inf))
    limits = scipy.optimize.LinearConstraint(rows, lower, np.append(program.row_upper, tops + 1e-6))
    bounds = scipy.optimize.Bounds(program.column_lower, program.column_upper)
    sign = 1 if of == "delivery" else -1
    for weight in weights:
        cost = -(weight * goods[0] + (1 - weight) * goods[1])
        best = -scipy.optimize.milp(cost, constraints=limits, bounds=bounds).fun
        of_corners = float((sign * found.corners @ [weight, 1 - weight]).max())
        assert best == pytest.approx(of_corners, abs=1e-3)


def test_what_cannot_be_meant_is_refused() -> None:
    """Parties, measures, levels and choices that are none are named."""
    for parties, choices, match in (
        (("A", "A"), {}, "stands there twice"),
        (("A", "Z"), {}, '"Z" has no delivery'),
        (("A", "B"), {"of": ("delivry", "delivery")}, 'no measure "delivry"'),
        (("A", "B"), {"others": "robbed"}, "none of kept and free"),
        (("A", "B"), {"held": ("saftey",)}, 'no level "saftey"'),
    ):
        with pytest.raises(ScenarioError, match=match):
            frontier(two_canals(), parties, **choices)


def test_gap_of_a_point() -> None:
    """Along each axis, and at the ends of the frontier what the end has."""
    corners = np.array([[0.0, 10.0], [6.0, 7.0], [10.0, 0.0]])
    gap = gap_to(corners, (4.0, 3.5))
    assert (gap.first, gap.second) == pytest.approx((4.0, 4.5))
    assert gap_to(corners, (6.0, 7.0)).first == pytest.approx(0)


def test_shown_corners_say_how_far_the_rest_is() -> None:
    """The ends and the corner that matters most; with all shown nothing is off."""
    corners = np.array([[0.0, 9.0], [1.0, 8.0], [4.0, 4.0], [5.0, 0.0]])
    assert shown_corners(corners, 3) == ([0, 2, 3], 0.25)
    assert shown_corners(corners, 9) == ([0, 1, 2, 3], 0.0)
    assert shown_corners(corners[:1], 9) == ([0], 0.0)


def test_a_plan_is_on_the_frontier_of_its_own_level() -> None:
    """A plan that is best on the sum of all parties' shortages leaves nothing to two of them, if the others keep theirs."""
    river = two_canals()
    tables = together(river.tables, user("c", "fork", 2, party="C"))
    tables["parties"] = [{"party": name} for name in "ABC"]
    tables["nodes"] = [{**row, "party": "C"} if row["node"] == "sea" else row for row in tables["nodes"]]
    found = frontier(replace(river, tables=tables), of=("irrigation", "irrigation"))
    assert (found.gap.first, found.gap.second) == pytest.approx((0, 0), abs=1e-4)
    assert len(found.corners) > 2
