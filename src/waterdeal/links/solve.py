"""Solve a large network for the least cost, and say where water is short or stuck if there is no plan."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.links.audit import Residuals, audit_network
from waterdeal.lp.compile import compile_model
from waterdeal.lp.highs import Solver, no_answer
from waterdeal.lp.levels import check_range, solve_levels
from waterdeal.lp.options import Outcome, SolveOptions
from waterdeal.lp.program import Matrix, Program
from waterdeal.lp.solution import worth
from waterdeal.lp.symbolic import Columns, Data, Goal, Rows
from waterdeal.model.network import grouped_set, members_by, pairs_of
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.errors import SolveError
    from waterdeal.links.network import Limits, LinkNetwork, Shape
    from waterdeal.types import Floats

#: the level that is made least
LEVEL = "cost"


def build_network_model(network: LinkNetwork) -> Any:
    """Build the model of a large network.

    Parameters
    ----------
    network : LinkNetwork
        The network.

    Returns
    -------
    pyomo.environ.ConcreteModel
        ``flow[link, piece, step]``, ``balance[node, step]``, ``limit[limit]`` and ``cost_goal``; nothing is made per element until it is
        asked for.
    """
    model, shape, steps = pyo.ConcreteModel(name="waterdeal_network"), network.shape, list(network.steps.labels)
    segments = list(zip(shape.links[shape.segment_link].tolist(), shape.segment_piece.tolist(), strict=True))
    model.TIME = pyo.Set(initialize=steps, dimen=1)
    model.unnamed = (model.TIME,)  # what it is called has no owner, and may decide among equals
    model.SEGMENT = pyo.Set(initialize=segments, dimen=2)
    model.BALANCED = pyo.Set(initialize=shape.nodes[shape.balanced].tolist(), dimen=1)
    _add_ends(model, shape, segments)
    for name in ("gain", "lower", "upper", "cost"):
        model.add_component(name, Data(model.SEGMENT, model.TIME, array=getattr(network, name)))
    model.inflow = Data(model.BALANCED, model.TIME, array=network.inflow[shape.balanced])
    model.flow = Columns(model.SEGMENT, model.TIME, bounds=_bounds)
    lags = sorted({*shape.lag.tolist()} - {0})

    def balance(m: Any, node: Any, time: Any) -> Any:
        late = [_late(m, lag, node, time) for lag in lags]
        return sum([_prompt(m, node, time), *late]) - _leaving(m, node, time) == -m.inflow[node, time]

    model.balance = Rows(model.BALANCED, model.TIME, rule=balance)
    if network.limits is not None:
        _add_limits(model, network, network.limits)
    model.add_component(f"{LEVEL}_goal", Goal(rule=_cost))
    return model


def _add_ends(model: Any, shape: Shape, segments: list[tuple[str, int]]) -> None:
    """Add the segments that leave each node and those that reach it, those of each lag apart, with the steps they were sent in."""
    starts, ends = (shape.nodes[node][shape.segment_link].tolist() for node in (shape.start, shape.end))
    lags, steps = shape.lag[shape.segment_link], model.TIME.ordered_data()
    model.OUT_OF = grouped_set(model.BALANCED, members_by(starts, segments), dimen=2)
    for lag in sorted({0, *lags.tolist()}):
        at = np.flatnonzero(lags == lag).tolist()
        reaching = members_by([ends[place] for place in at], [segments[place] for place in at])
        model.add_component(f"INTO_{lag}", grouped_set(model.BALANCED, reaching, dimen=2))
        if lag:
            sent = dict(zip(steps[lag:], ([step] for step in steps[:-lag]), strict=True))
            model.add_component(f"SENT_{lag}", grouped_set(model.TIME, sent))


def _add_limits(model: Any, network: LinkNetwork, limits: Limits) -> None:
    """Add a row for each limit: what its links carry in its steps, each as it counts."""
    shape, steps = network.shape, network.steps.labels
    pieces = members_by(shape.segment_link.tolist(), shape.segment_piece.tolist())
    names, links = limits.names[limits.limit].tolist(), shape.links[limits.link].tolist()
    members: dict[str, list[tuple[str, int, str]]] = {}
    for name, link, at, limit in zip(names, links, limits.link.tolist(), limits.limit.tolist(), strict=True):
        within = steps[limits.first[limit] : limits.last[limit] + 1]
        members.setdefault(name, []).extend((link, piece, step) for piece in pieces[at] for step in within)
    model.LIMIT = pyo.Set(initialize=limits.names.tolist(), dimen=1)
    model.LIMITED = grouped_set(model.LIMIT, members, dimen=3)
    model.LIMIT_LINK = pairs_of(names, links)
    model.limit_factor = Data(model.LIMIT_LINK, array=limits.factor)
    model.limit_upper = Data(model.LIMIT, array=limits.upper)
    model.limit = Rows(model.LIMIT, rule=_within)


def _within(m: Any, limit: Any) -> Any:
    """What the links of a limit carry is at most what it says."""
    total = sum(m.limit_factor[limit, link] * m.flow[link, piece, time] for link, piece, time in m.LIMITED[limit])
    return total <= m.limit_upper[limit]


def _bounds(m: Any, link: Any, piece: Any, time: Any) -> Any:
    """What enters a link by a piece of its cost lies between its bounds."""
    return m.lower[link, piece, time], m.upper[link, piece, time]


def _prompt(m: Any, node: Any, time: Any) -> Any:
    """What arrives of the water sent in the step."""
    return sum(m.gain[link, piece, time] * m.flow[link, piece, time] for link, piece in m.INTO_0[node])


def _leaving(m: Any, node: Any, time: Any) -> Any:
    """What enters the links that leave the node."""
    return sum(m.flow[link, piece, time] for link, piece in m.OUT_OF[node])


def _late(m: Any, lag: int, node: Any, time: Any) -> Any:
    """What arrives of the water sent so many steps earlier."""
    into, sent_in = m.component(f"INTO_{lag}"), m.component(f"SENT_{lag}")
    return sum(m.gain[link, piece, sent] * m.flow[link, piece, sent] for link, piece in into[node] for sent in sent_in[time])


def _cost(m: Any) -> Any:
    """Cost of all water in all links."""
    return sum(m.cost[link, piece, time] * m.flow[link, piece, time] for link, piece in m.SEGMENT for time in m.TIME)


#: seconds a large network may take unless told otherwise
TIME_LIMIT = 7200.0
#: simplex wins over interior point at every size measured, 13,000 to 258,000 rows (docs/reference/benchmarks-statewide.md)
METHOD = "simplex"
#: places told where there is no plan
MOST_PLACES = 10
#: volume below which nothing is missing, hm3
NOTHING = 1e-6


@dataclass(frozen=True)
class NetworkPlan:
    """A proven cheapest plan."""

    network: LinkNetwork  # what was solved
    flow: Floats  # by (segment, step): what enters, hm3
    price: Floats  # by (node, step): what one hm3 more at the node saves; NaN at sources and sinks
    cost: float  # cost of the plan
    is_unique: bool | None  # whether no other plan costs as little; None where nobody looked
    residuals: Residuals  # what the audit found
    seconds: dict[str, float]  # wall time by stage


def solve_network(network: LinkNetwork, options: SolveOptions | None = None, *, tie_break: bool = False) -> NetworkPlan:
    """Find the cheapest plan of a large network, and audit it.

    Parameters
    ----------
    network : LinkNetwork
        The network.
    options : SolveOptions, optional
        How HiGHS is run.
    tie_break : bool
        Choose among equally cheap plans by where links and steps stand, and prove that one is left; for networks of moderate size.

    Returns
    -------
    NetworkPlan
        Audited.

    Raises
    ------
    Infeasible
        If no plan keeps the bounds; its ``rows`` name the balances that fail.
    TimeLimitReached, Unbounded, SolverTrouble
        If there is no proven plan.
    AuditError
        If the plan does not balance.
    """
    chosen = options or SolveOptions(time_limit=TIME_LIMIT)
    chosen = replace(chosen, method=METHOD) if chosen.method == "choose" else chosen
    clock = [time.monotonic()]
    program = compile_model(build_network_model(network))
    check_range(program)
    clock.append(time.monotonic())
    solver = Solver(program, chosen)
    cost = program.goals[LEVEL][0]
    outcome = solver.minimise(cost, again=False)  # "infeasible" is checked below, by what is missing
    if outcome == Outcome.INFEASIBLE:
        raise _where_short(program, chosen)
    if outcome != Outcome.OPTIMAL:
        raise no_answer(outcome, LEVEL, chosen)
    solution = solver.highs.getSolution()
    duals, found = np.array(solution.row_dual), solve_levels(program, (LEVEL,), chosen) if tie_break else None
    values, is_unique = (np.array(solution.col_value), None) if found is None else (found.values, found.is_unique)
    clock.append(time.monotonic())
    flow = np.clip(values, program.column_lower, program.column_upper).reshape(network.cost.shape)
    price = np.full(network.inflow.shape, np.nan)
    balances = int(network.shape.balanced.sum()) * len(network.steps.labels)
    price[network.shape.balanced] = duals[:balances].reshape(-1, len(network.steps.labels)) + 0.0
    residuals = audit_network(network, flow)
    seconds = {"build": clock[1] - clock[0], "solve": clock[2] - clock[1], "audit": time.monotonic() - clock[2]}
    return NetworkPlan(network, flow, price, worth(network.cost, flow), is_unique, residuals, seconds)


def _where_short(program: Program, options: SolveOptions) -> SolveError:
    """Let water be added and taken off everywhere, as little as will do, and tell where that is."""
    rows, columns = len(program.row_lower), len(program.column_lower)
    solver = Solver(_with_slack(program), options)
    if solver.minimise(np.concatenate([np.zeros(columns), np.ones(2 * rows)])) != Outcome.OPTIMAL:
        return Infeasible(say("networks.no_plan"))
    slack = solver.values()[columns:]
    if slack.sum() <= NOTHING:
        return SolverTrouble(say("networks.no_reason"))
    order = np.argsort(-slack, kind="stable")[: int((slack > NOTHING).sum())].tolist()
    names = [program.row(place % rows) for place in order[:MOST_PLACES]]
    keys = ["networks.too_little" if place < rows else "networks.too_much" for place in order]
    told = [say(key, place=str(name), volume=slack[place]) for key, name, place in zip(keys, names, order, strict=False)]
    lines = [say("networks.short", volume=slack.sum()), *told]
    if len(order) > MOST_PLACES:
        lines.append(say("networks.more_places", count=len(order) - MOST_PLACES))
    return Infeasible("\n".join(lines), tuple(names))


def _with_slack(program: Program) -> Program:
    """Return a program with two columns a row behind its own: water that appears there, and water that vanishes."""
    matrix, rows, columns = program.matrix, len(program.row_lower), len(program.column_lower)
    ends = np.repeat(matrix.start[1:], 2)
    added = (columns + np.arange(rows)[:, None] + np.array([0, rows])).ravel()
    signs = np.tile([1.0, -1.0], rows)
    wider = Matrix(matrix.start + 2 * np.arange(rows + 1), np.insert(matrix.column, ends, added), np.insert(matrix.value, ends, signs))
    lower = np.concatenate([program.column_lower, np.zeros(2 * rows)])
    upper = np.concatenate([program.column_upper, np.full(2 * rows, np.inf)])
    return replace(program, matrix=wider, column_lower=lower, column_upper=upper)
