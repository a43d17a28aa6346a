"""Tables as the public exporter of California's network writes them: the plan costs what the arcs of the table cost by themselves."""

from __future__ import annotations

import csv
import io
import random
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.optimize import linprog

from tests.thorough import THOROUGH
from waterdeal.errors import BasinDataError, Infeasible
from waterdeal.links.solve import solve_network
from waterdeal.links.tables import read_network

if TYPE_CHECKING:
    from pathlib import Path

DAYS = ("1921-10-31", "1921-11-30", "1921-12-31")
ENDLESS = "1000000000000"


def exported(dice: random.Random, mark: str = ".", *, dated: bool = True) -> list[list[Any]]:
    """Rows of a small export: inflows, some below zero, pieces in any order of cost, debug nodes, super nodes with and without dates."""

    def named(name: str, day: str) -> str:
        return f"{name}{mark}{day}" if dated or not name.startswith("DBUG") else name

    rows: list[list[Any]] = [["SOURCE", "INITIAL", 0, 0, 1, 0, ""], ["FINAL", "SINK", 0, 0, 1, 0, ""]]
    rows += [["INITIAL", f"DAM{mark}{DAYS[0]}", 0, 0, 1, "40.000", "40.000"], [f"DAM{mark}{DAYS[-1]}", "FINAL", 0, 0, 1, 5, 50]]
    if not dated:
        rows += [["SOURCE", "DBUGSRC", 0, 2000, 1, 0, ENDLESS], ["DBUGSNK", "SINK", 0, 2000, 1, 0, ENDLESS]]
    for at, day in enumerate(DAYS):
        end = f"{mark}{day}"
        rows += [["SOURCE", f"INFLOW{end}", 0, 0, 1, 0, ""], [f"SINK{end}", "SINK", 0, 0, 1, 0, ENDLESS]]
        if dated:
            rows += [["SOURCE", f"DBUGSRC{end}", 0, 2000, 1, 0, ENDLESS], [f"DBUGSNK{end}", f"SINK{end}", 0, 2000, 1, 0, ENDLESS]]
        for node in ("DAM", "TOWN", "FIELD"):
            rows += [
                [named("DBUGSRC", day), f"{node}{end}", 0, 0, 1, 0, ENDLESS],
                [f"{node}{end}", named("DBUGSNK", day), 0, 0, 1, 0, ENDLESS],
            ]
        for node, inflow in (("DAM", dice.uniform(5, 30)), ("TOWN", dice.uniform(-9, -1))):
            rows.append([f"INFLOW{end}", f"{node}{end}", 0, 0, 1, f"{inflow:.3f}", f"{inflow:.3f}"])
        rows += [
            [f"{start}{end}", f"{to}{end}", 0, "0.00000", share, 0, ENDLESS]
            for start, to, share in (("DAM", "TOWN", 0.8), ("DAM", "FIELD", 0.9))
        ]
        for node in ("TOWN", "FIELD"):
            for piece in range(3):
                rows.append([f"{node}{end}", f"SINK{end}", piece, f"{-dice.uniform(1, 40):.5f}", 1, 0, f"{dice.uniform(2, 12):.3f}"])
        if at + 1 < len(DAYS):
            rows += [
                [f"DAM{end}", f"DAM{mark}{DAYS[at + 1]}", piece, cost, 0.95 + piece / 100, 0, 25] for piece, cost in enumerate((-0.1, -0.4))
            ]
    return rows


def folder_of(home: Path, rows: list[list[Any]]) -> Path:
    """Write rows as an exporter does."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([["i", "j", "k", "cost", "amplitude", "lower_bound", "upper_bound"], *rows])
    home.mkdir(exist_ok=True)
    (home / "links.csv").write_text(buffer.getvalue(), encoding="utf-8")
    return home


def cost_of_arcs(rows: list[list[Any]]) -> float:
    """Least cost of the arcs of a table, each a flow that arrives, without end where there is none; only SOURCE and SINK need not balance."""
    nodes = sorted({name for row in rows for name in row[:2]} - {"SOURCE", "SINK"})
    balance = np.zeros((len(nodes), len(rows)))
    for at, (start, end, _, _, share, *_) in enumerate(rows):
        if end in nodes:
            balance[nodes.index(end), at] += 1
        if start in nodes:
            balance[nodes.index(start), at] -= 1 / float(share)
    bounds = [(float(low), None if high in {"", ENDLESS} else float(high)) for *_, low, high in rows]
    found = linprog([float(row[3]) for row in rows], A_eq=balance, b_eq=np.zeros(len(nodes)), bounds=bounds)
    assert found.status in {0, 2}  # a proven least, or that no flow keeps the bounds
    return float(found.fun) if found.status == 0 else np.inf


def lost_beyond_inflow(rows: list[list[Any]]) -> dict[str, float]:
    """Return what the fixed flows of each day take from the rivers beyond what they bring: it has nowhere to go."""
    net = {row[0].replace("@", "."): 0.0 for row in rows if row[0].startswith("INFLOW")}
    for start, *_, high in rows:
        if start.startswith("INFLOW"):
            net[start.replace("@", ".")] -= float(high)
    return {name.replace("INFLOW.", ""): left for name, left in net.items() if left > 0}


@pytest.mark.parametrize("seed", range(60) if THOROUGH else (0, 1, 6))
@pytest.mark.parametrize("dated", [True, False])
def test_a_plan_costs_what_its_arcs_cost(tmp_path: Path, seed: int, dated: bool) -> None:
    """Two routes: the network that is read, and the arcs of the table as they stand; where they have no plan, both say so."""
    rows = exported(random.Random(seed), "@" if seed % 2 else ".", dated=dated)  # noqa: S311 - no secret
    network, due = read_network(folder_of(tmp_path / "a", rows)), cost_of_arcs(rows)
    if lost := lost_beyond_inflow(rows):
        assert due == np.inf
        with pytest.raises(Infeasible) as error:
            solve_network(network)
        assert {str(name) for name in error.value.conflict} == {f"balance[INFLOW,{day}]" for day in lost}
        told = re.search(r"At least (\S+) hm3", str(error.value))
        assert told is not None
        assert float(told[1]) == pytest.approx(sum(lost.values()), abs=1e-3)
    else:
        assert solve_network(network).cost == pytest.approx(due, rel=1e-9)


def test_a_fixed_flow_below_zero_runs_the_other_way(tmp_path: Path) -> None:
    """A town that loses 3 gets 10 and gives 7 to its users; a flow that may be below zero or above is refused."""
    rows = [
        ["SOURCE", "INFLOW.1921-10-31", 0, 0, 1, 0, ""], ["INFLOW.1921-10-31", "TOWN.1921-10-31", 0, 0, 1, -3, -3],
        ["INFLOW.1921-10-31", "TOWN.1921-10-31", 1, 0, 1, 10, 10], ["TOWN.1921-10-31", "SINK.1921-10-31", 0, -2, 1, 0, 20],
    ]  # fmt: skip
    network = read_network(folder_of(tmp_path / "a", rows))
    names = network.shape.links.tolist()
    assert {"TOWN-INFLOW", "INFLOW-TOWN", "TOWN-SINK"} <= set(names)
    assert solve_network(network).cost == pytest.approx(-14)
    rows[1][-1] = 4
    with pytest.raises(BasinDataError) as error:
        read_network(folder_of(tmp_path / "b", rows))
    assert [(problem.row, problem.field) for problem in error.value.problems] == [(3, "lower_bound")]


@pytest.mark.parametrize("change", [(0, 5, 1), (0, 6, 900), (1, 6, 900)], ids=["lower bound", "upper bound", "upper bound of a sink"])
def test_a_node_without_date_is_one_over_all_dates(tmp_path: Path, change: tuple[int, int, int]) -> None:
    """Where what it gets is bounded over all dates together, and what it sends too, it cannot be cut by date, and is refused."""
    rows = exported(random.Random(1), dated=False)  # noqa: S311 - no secret
    at, column, value = change
    lone = [row for row in rows if row[0] == "SOURCE" and row[1] == "DBUGSRC"] + [
        row for row in rows if row[0] == "DBUGSNK" and row[1] == "SINK"
    ]
    lone[at][column] = value
    with pytest.raises(BasinDataError) as error:
        read_network(folder_of(tmp_path / "a", rows))
    assert {getattr(problem.found, "key", "") for problem in error.value.problems} == {"networks.no_date"}
