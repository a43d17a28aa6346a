"""Plans of large networks: by hand, against other solvers, and what is said where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from tests.links.conftest import CALVIN, DAM
from tests.solve.programs import pyomo_rows, rows_of, same_programs, same_rows
from tests.thorough import diagonal
from waterdeal.errors import AuditError, Infeasible, TimeLimitReached, Unbounded
from waterdeal.links.audit import audit_network
from waterdeal.links.network import Limits, LinkNetwork, Shape, Steps
from waterdeal.links.results import network_results
from waterdeal.links.solve import build_network_model, solve_network
from waterdeal.links.tables import read_network
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import materialise

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: store S of 60 + inflow: May needs (20 / 0.8 + 5) = 30 at the dam, 20 of it from April's store: S = 20 / 0.9; the rest is used in April
STORE = 20 / 0.9
APRIL = 0.8 * (60 - STORE)
COST = -(20 * 10 + (APRIL - 20) * 4) - 20 * 10


def test_solved_by_hand(write: Callable[..., Path]) -> None:
    """Gain, two pieces, carry-over with a loss and a volume asked for at the end."""
    plan = solve_network(read_network(write()), tie_break=True)
    found = network_results(plan)
    assert plan.cost == pytest.approx(COST)
    assert plan.is_unique is True
    np.testing.assert_allclose(found["flow"].sel(link="store").values, [STORE, 5])
    np.testing.assert_allclose(found["flow"].sel(link="supply").values, [APRIL, 20])
    np.testing.assert_allclose(found["arrival"].sel(link="store").values, [0, 20])
    np.testing.assert_allclose(found["link_cost"].sel(link="supply").values, [-200 - 4 * (APRIL - 20), -200])
    np.testing.assert_allclose(found["balance_price"].sel(node="town").values, [4, 4 / 0.9])
    np.testing.assert_allclose(found["balance_price"].sel(node="dam").values, [3.2, 3.2 / 0.9])
    assert np.isnan(found["balance_price"].sel(node="users").values).all()
    assert found["step"].values.tolist() == ["2026-04", "2026-05"]


def test_a_limit_holds_over_links_and_steps(write: Callable[..., Path]) -> None:
    """25 of the town's supply in all: 5 fewer in April, whose second piece is worth 4; audited, and no more than can be kept."""
    folder = write(limits="limit,link,first,last,upper\nlicence,supply,2026-04,2026-05,25\n", nodes=DAM["nodes.csv"] + "sea,sink\n")
    (folder / "links.csv").write_text(DAM["links.csv"] + "waste,town,sea,1,0,,1,0,,0\n", encoding="utf-8")
    network = read_network(folder)
    plan = solve_network(network, tie_break=True)
    assert plan.cost == pytest.approx(-250)
    over = plan.flow.copy()
    at = int(np.flatnonzero(network.shape.links[network.shape.segment_link] == "supply")[0])
    waste = int(np.flatnonzero(network.shape.links[network.shape.segment_link] == "waste")[0])
    step = int(np.argmin(over[at]))
    over[at, step], over[waste, step] = over[at, step] + 1, over[waste, step] - 1
    with pytest.raises(AuditError, match="1 hm3 beyond a bound"):
        audit_network(network, over)
    tight = write(limits="limit,link,upper\nlicence,river,3\n")
    with pytest.raises(Infeasible, match="would have to appear or vanish"):
        solve_network(read_network(tight))


def test_price_is_what_one_more_saves(write: Callable[..., Path]) -> None:
    """The price of a balance is the change of cost by a little more inflow there."""
    folder = write()
    before = solve_network(read_network(folder))
    more = solve_network(read_network(write(inflows="node,step,inflow\ndam,2026-04,60\ndam,2026-05,10.5\n")))
    assert (before.cost - more.cost) / 0.5 == pytest.approx(before.price[0, 1])


def test_tables_of_california_give_the_same_plan(write: Callable[..., Path]) -> None:
    """Dates in node names, flows that arrive, super nodes: folded back to the same network."""
    flat = solve_network(read_network(write()))
    folder = write({"links.csv": CALVIN}, inflows=None)
    for name in ("inflows.csv", "nodes.csv"):
        (folder / name).unlink()
    network = read_network(folder)
    assert network.steps.labels == ("2026-04-30", "2026-05-31")
    assert network.shape.nodes[~network.shape.balanced].tolist() == ["SINK", "SOURCE"]
    plan = network_results(solve_network(network))
    assert plan.attrs["total_cost"] == pytest.approx(flat.cost)
    np.testing.assert_allclose(plan["flow"].sel(link="DAM-TOWN").values, [APRIL / 0.8, 25])
    np.testing.assert_allclose(plan["arrival"].sel(link="DAM-DAM").values, [0, 20])
    np.testing.assert_allclose(plan["flow"].sel(link="INITIAL-DAM").values, [40, 0])


def drawn_network(seed: int) -> LinkNetwork:
    """Draw a network that has a plan: every node can let water go to the sea and take it from a dear source."""
    drawn = np.random.default_rng(seed)
    nodes, steps = int(drawn.integers(2, 7)), int(drawn.integers(1, 6))
    names = np.array([*(f"n{node}" for node in range(nodes)), "sea", "source"])
    ends = [(a, nodes) for a in range(nodes)] + [(nodes + 1, a) for a in range(nodes)]
    ends += [tuple(drawn.choice(nodes, 2, replace=False)) for _ in range(2 * nodes)] + [(0, 0), (1, 1)]
    lag = np.array([0] * (len(ends) - 2) + [1, 2]) + np.array([0] * 2 * nodes + drawn.integers(0, 2, 2 * nodes).tolist() + [0, 0])
    pieces = drawn.integers(1, 4, len(ends))
    link = np.repeat(np.arange(len(ends)), pieces)
    piece = np.concatenate([np.arange(1, count + 1) for count in pieces])
    start, end = np.array(ends).T
    shape = Shape(
        names, np.arange(nodes + 2) < nodes, np.array([f"l{at:02d}" for at in range(len(ends))]), start, end, lag, link, piece
    )
    size = len(link), steps
    level = np.where(link < nodes, 0.0, np.where(link < 2 * nodes, 100.0, drawn.uniform(-20, 5, len(link))))
    cost = level[:, None] + 3.0 * piece[:, None] + drawn.uniform(0, 1, size)
    upper = np.where((link < 2 * nodes)[:, None], np.inf, drawn.uniform(1, 20, size))
    lower = np.where((piece == 1)[:, None] & (drawn.random(size) < 0.2) & np.isfinite(upper), 0.5, 0.0)
    gain = np.repeat(drawn.uniform(0.6, 1.0, (len(ends), steps)), pieces, axis=0)
    inflow = np.vstack([drawn.uniform(-2, 10, (nodes, steps)), np.zeros((2, steps))])
    limits = Limits(  # on links between nodes, which need not carry more than their lower bounds of 0.5
        np.array(["a", "b"]), np.array([0, steps // 2]), np.array([steps - 1, steps - 1]), drawn.uniform(4, 12, 2) * steps,
        np.array([0, 0, 1]), 2 * nodes + np.array([0, 1, 0]), drawn.uniform(0.5, 2, 3),
    )  # fmt: skip
    return LinkNetwork("drawn", shape, Steps(tuple(f"s{step}" for step in range(steps))), gain, lower, upper, cost, inflow, limits=limits)


def dense_cost(network: LinkNetwork) -> float:
    """Least cost by scipy, from balances written element by element."""
    shape, (segments, steps) = network.shape, network.cost.shape
    rows, columns, values, side = [], [], [], []
    for node in np.flatnonzero(shape.balanced).tolist():
        for step in range(steps):
            row = len(side)
            side.append(-network.inflow[node, step])
            for segment in range(segments):
                link = int(shape.segment_link[segment])
                sent = step - int(shape.lag[link])
                for at, there, value in ((step, shape.start[link] == node, -1.0), (sent, shape.end[link] == node, 0.0)):
                    if there and at >= 0:
                        rows.append(row)
                        columns.append(segment * steps + at)
                        values.append(value or network.gain[segment, at])
    matrix = csr_matrix((values, (rows, columns)), shape=(len(side), segments * steps))
    bounds = np.column_stack([network.lower.ravel(), network.upper.ravel()])
    limits: Any = network.limits
    within = np.zeros((len(limits.names), segments, steps))
    for limit, link, factor in zip(limits.limit, limits.link, limits.factor, strict=True):
        within[limit, shape.segment_link == link, limits.first[limit] : limits.last[limit] + 1] += factor
    most = {"A_ub": within.reshape(len(within), -1), "b_ub": limits.upper}
    found = linprog(network.cost.ravel(), A_eq=matrix, b_eq=side, bounds=bounds, method="highs", **most)
    assert found.status == 0, found.message
    return float(found.fun)


@pytest.mark.parametrize("seed", diagonal(range(20), *range(5)))
def test_drawn_networks_cost_what_scipy_finds(seed: int) -> None:
    """Cost, balances and complementary prices of networks with any lags."""
    network = drawn_network(seed)
    plan = solve_network(network, tie_break=seed % 2 == 0)
    assert plan.cost == pytest.approx(dense_cost(network), rel=1e-7, abs=1e-6)
    assert plan.residuals.balance < 1e-7


@pytest.mark.parametrize("seed", [1, 7])
def test_compiled_like_stock_pyomo(seed: int) -> None:
    """Template, expansion and Pyomo's own standard form give the same rows, bounds and costs."""
    network = drawn_network(seed)
    program = compile_model(build_network_model(network))
    assert program.by_element == ()
    same_programs(program, compile_model(materialise(build_network_model(network)), templates=False))
    rows, bounds = pyomo_rows(materialise(build_network_model(network)))
    same_rows(rows_of(program), rows)
    for column in range(len(program.column_lower)):
        assert bounds[str(program.column(column))] == (program.column_lower[column], program.column_upper[column])


def test_names_are_those_of_the_tables(write: Callable[..., Path]) -> None:
    """Columns and rows are named by link, piece, node and step."""
    program = compile_model(build_network_model(read_network(write())))
    assert str(program.column(0)) == "flow[river,1,2026-04]"
    assert str(program.row(3)) == "balance[town,2026-05]"


def test_order_of_rows_changes_nothing(write: Callable[..., Path]) -> None:
    """The same tables in another order give the same plan, to the last bit."""
    folder = write()
    plan = solve_network(read_network(folder))
    for name in ("links.csv", "nodes.csv", "inflows.csv"):
        head, *rows = (folder / name).read_text(encoding="utf-8").splitlines()
        (folder / name).write_text("\n".join([head, *rows[::-1]]), encoding="utf-8")
    again = solve_network(read_network(folder))
    assert (plan.flow.tobytes(), plan.price.tobytes(), plan.cost) == (again.flow.tobytes(), again.price.tobytes(), again.cost)


def test_no_plan_names_where_water_is_short(write: Callable[..., Path]) -> None:
    """Too little inflow for the storage asked for at the end."""
    folder = write(inflows="node,step,inflow\ndam,2026-04,1\n")
    with pytest.raises(Infeasible, match=r"4\.1 hm3 would have") as caught:
        solve_network(read_network(folder))
    assert caught.value.rows == ("balance[dam,2026-05]",)
    assert "too little" in str(caught.value)


def test_no_plan_names_where_water_is_stuck(write: Callable[..., Path]) -> None:
    """More inflow than links can take."""
    folder = write(inflows="node,step,inflow\ndam,2026-05,1000\n")
    with pytest.raises(Infeasible, match="too much"):
        solve_network(read_network(folder))


def test_outcomes_have_their_own_errors(write: Callable[..., Path]) -> None:
    """No time, and gain without end."""
    with pytest.raises(TimeLimitReached):
        solve_network(read_network(write()), SolveOptions(time_limit=0.0))
    nodes = "node,kind\ndam,source\ntown,junction\nusers,sink\n"
    links = "link,from,to,cost\nriver,dam,town,0\nsupply,town,users,-1\n"
    with pytest.raises(Unbounded):
        solve_network(read_network(write(nodes=nodes, links=links, inflows="node,step,inflow\ntown,1,5\n")))


def test_equal_plans_are_told(write: Callable[..., Path]) -> None:
    """Without the tie-break nobody claims that a plan is the only one; with it one is left."""
    links = "link,from,to,upper,cost\none,a,b,10,1\nother,a,b,10,1\n"
    nodes = "node,kind\na,junction\nb,sink\n"
    folder = write(links=links, nodes=nodes, inflows="node,step,inflow\na,1,10\n")
    assert solve_network(read_network(folder)).is_unique is None
    assert solve_network(read_network(folder), tie_break=True).is_unique is True


def test_audit_catches_a_wrong_plan(write: Callable[..., Path]) -> None:
    """Water from nowhere and a bound passed are refused."""
    network = read_network(write())
    flow = solve_network(network).flow.copy()
    audit_network(network, flow)
    flow[0, 0] += 1e-4
    with pytest.raises(AuditError, match="2026-04"):
        audit_network(network, flow)
