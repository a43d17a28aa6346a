"""Solve a large network for the least cost, and say where water is short or stuck if there is no plan."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.links.audit import Residuals, audit_network
from waterdeal.links.model import LEVEL, build_network_model
from waterdeal.solve.compile import compile_model
from waterdeal.solve.highs import Solver, no_answer
from waterdeal.solve.levels import check_range, solve_levels
from waterdeal.solve.options import SolveOptions
from waterdeal.solve.program import Matrix, Program
from waterdeal.solve.solution import worth
from waterdeal.solve.status import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.errors import SolveError
    from waterdeal.links.network import LinkNetwork

    Floats = NDArray[np.float64]

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
    """A proven cheapest plan.

    Parameters
    ----------
    network : LinkNetwork
        What was solved.
    flow : numpy.ndarray
        By (segment, step): what enters, hm3.
    price : numpy.ndarray
        By (node, step): what one hm3 more at the node saves; NaN at sources and sinks.
    cost : float
        Cost of the plan.
    is_unique : bool or None
        Whether no other plan costs as little; None where nobody looked.
    residuals : Residuals
        What the audit found.
    seconds : dict of str to float
        Wall time by stage.
    """

    network: LinkNetwork
    flow: Floats
    price: Floats
    cost: float
    is_unique: bool | None
    residuals: Residuals
    seconds: dict[str, float]


def solve_network(network: LinkNetwork, options: SolveOptions | None = None, *, tie_break: bool = False) -> NetworkPlan:
    """Find the cheapest plan of a large network, and audit it.

    Parameters
    ----------
    network : LinkNetwork
        The network.
    options : SolveOptions, optional
        How HiGHS is run.
    tie_break : bool
        Choose among equally cheap plans by the names of links and steps, and prove that one is left; for networks of moderate size.

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
    clock = [time.monotonic()]
    program = compile_network(network)
    check_range(program)
    if chosen.method == "choose":
        chosen = replace(chosen, method=METHOD)
    clock.append(time.monotonic())
    solver = Solver(program, chosen)
    cost = program.goals[LEVEL][0]
    outcome = solver.minimise(cost, again=False)  # "infeasible" is checked below, by what is missing
    if outcome == Outcome.INFEASIBLE:
        raise _where_short(program, chosen)
    if outcome != Outcome.OPTIMAL:
        raise no_answer(outcome, LEVEL, chosen)
    solution = solver.highs.getSolution()
    values, duals = np.array(solution.col_value), np.array(solution.row_dual)
    is_unique: bool | None = None
    if tie_break:
        found = solve_levels(program, (LEVEL,), chosen)
        values, is_unique = found.values, found.is_unique
    clock.append(time.monotonic())
    flow = np.clip(values, program.column_lower, program.column_upper).reshape(network.cost.shape)
    price = np.full(network.inflow.shape, np.nan)
    price[network.shape.balanced] = duals.reshape(-1, len(network.steps.labels)) + 0.0
    residuals = audit_network(network, flow)
    seconds = {"build": clock[1] - clock[0], "solve": clock[2] - clock[1], "audit": time.monotonic() - clock[2]}
    return NetworkPlan(network, flow, price, worth(network.cost, flow), is_unique, residuals, seconds)


def compile_network(network: LinkNetwork) -> Program:
    """Build the model of a network and compile it to arrays.

    Parameters
    ----------
    network : LinkNetwork
        The network.

    Returns
    -------
    Program
        Columns ``flow[link,piece,step]`` by segment and step, rows ``balance[node,step]``.
    """
    return compile_model(build_network_model(network))


def _where_short(program: Program, options: SolveOptions) -> SolveError:
    """Let water be added and taken off everywhere, as little as will do, and tell where that is."""
    rows, columns = len(program.row_lower), len(program.column_lower)
    solver = Solver(_with_slack(program), options)
    if solver.minimise(np.concatenate([np.zeros(columns), np.ones(2 * rows)])) != Outcome.OPTIMAL:
        return Infeasible("no plan keeps the bounds of all links; where water is missing could not be found in the time allowed.")
    slack = solver.values()[columns:]
    if slack.sum() <= NOTHING:
        return SolverTrouble("HiGHS finds no plan, and yet no water missing; check for figures of very different size")
    order = np.argsort(-slack, kind="stable")[: int((slack > NOTHING).sum())]
    lines = [
        f"  {program.row_name(int(place) % rows)}: {slack[place]:.6g} hm3 {'too little' if place < rows else 'too much'}"
        for place in order[:MOST_PLACES]
    ]
    more = f"\n  and {len(order) - MOST_PLACES} more" if len(order) > MOST_PLACES else ""
    names = tuple(program.row_name(int(place) % rows) for place in order[:MOST_PLACES])
    head = f"no plan keeps the bounds of all links. At least {slack.sum():.6g} hm3 would have to appear or vanish, for example:"
    return Infeasible("\n".join([head, *lines]) + more, names)


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
