"""The routes that benchmarks compare do the same work, and the table says what was measured."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import xarray as xr

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))


@pytest.fixture(scope="module")
def inputs() -> xr.Dataset:
    """A network small enough for every route, and dry enough for shortage."""
    from network import network_inputs

    return network_inputs(20, 36)


@pytest.fixture
def page() -> Any:
    """The module behind ``python benchmarks``."""
    spec = importlib.util.spec_from_file_location("benchmarks_page", BENCHMARKS / "__main__.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _objective(route: str, inputs: xr.Dataset) -> float:
    """Solve by one route."""
    from routes import ROUTES, Clock

    return ROUTES[route](inputs, Clock())


@pytest.mark.parametrize("route", ["raw highspy", "stock Pyomo, appsi_highs", "stock Pyomo, contrib highs", "linopy"])
def test_every_route_solves_the_same_problem(route: str, inputs: xr.Dataset) -> None:
    """Objectives are equal."""
    if route == "linopy":
        pytest.importorskip("linopy")
    ours = _objective("waterdeal", inputs)
    assert ours > 1
    assert _objective(route, inputs) == pytest.approx(ours, rel=1e-6)


def test_linopy_has_every_row_and_column(inputs: xr.Dataset) -> None:
    """A route that left some out would have less to do."""
    pytest.importorskip("linopy")
    from linopy_route import linopy_model

    from waterdeal.lp.compile import compile_model
    from waterdeal.model.build import build_model

    model, program = linopy_model(inputs), compile_model(build_model(inputs))
    assert (model.nvars, model.ncons) == (len(program.column_lower), len(program.row_lower))


def test_step_for_pywr_is_the_same_problem() -> None:
    """What pywr is handed, solved here as the network flow it describes, has our objective; pywr itself cannot be installed beside us."""
    from network import network_inputs
    from pywr_step import YEAR, one_step, step_figures

    inputs = one_step(network_inputs(30, YEAR))
    ours = _objective("waterdeal", inputs)
    assert ours > 1
    assert _least_shortage(step_figures(inputs)) == pytest.approx(ours, rel=1e-6)


def _least_shortage(figures: dict[str, Any]) -> float:
    """Solve the network flow of a step: a column for each link, kept volume and piece of a delivery."""
    from scipy.optimize import linprog

    rows = {node: place for place, node in enumerate(figures["balanced"])}
    given = np.zeros(len(rows))
    for node, amount in figures["water"].items():
        given[rows[node]] += amount
    columns: list[tuple[dict[str, float], tuple[float, float | None], float]] = [
        ({link["from"]: 1.0, link["to"]: -link["arrives"]}, (0.0, None), 0.0) for link in figures["links"]
    ]
    for node, body in figures["reservoirs"].items():
        given[rows[node]] += body["start"]
        columns.append(({node: 1.0}, (body["least"], body["most"]), 0.0))
    for user in figures["users"]:
        use = {user["at"]: 1.0, user["returns_to"]: -user["back"]}
        columns += [(use, (0.0, most), -worth) for most, worth in user["pieces"]]
    matrix = np.zeros((len(rows), len(columns)))
    for place, (use, _, _) in enumerate(columns):
        for node, factor in use.items():
            if node in rows:
                matrix[rows[node], place] = factor
    costs, bounds = [cost for _, _, cost in columns], [bound for _, bound, _ in columns]
    return float(figures["worth_of_all"] + linprog(costs, A_eq=matrix, b_eq=given, bounds=bounds).fun)


def _entry(total: float, objective: float = 5.0) -> dict[str, Any]:
    """What measuring a route gives."""
    stages = {"build": total / 2, "pass": total / 8, "solve": 3 * total / 8}
    return {"stages": stages, "total": total, "peak_mb": 100 * total, "objective": objective}


def test_table_sets_ours_against_each_route(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ratios to raw and of ours to each route; a library that is missing is told."""
    found = {"waterdeal": _entry(2.0), "raw highspy": _entry(1.0), "stock Pyomo, appsi_highs": _entry(8.0), "linopy": None}
    monkeypatch.setattr(page, "measure", lambda route, *_: found[route])
    lines = page.table(60, 36, tuple(found), 6).splitlines()
    assert "| stock Pyomo, appsi_highs | 8.000 | 8.00 | 0.250 | 800 | 0.25 | build 4.000, pass 1.000, solve 3.000 |" in lines
    assert "waterdeal against its own hand-over and solve, in one process: 2.00." in lines
    assert any(line.startswith("| linopy | not installed") for line in lines)
    assert "CPU seconds, medians of 5 after a warm-up." in lines


def test_routes_of_another_problem_are_refused(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where objectives differ, times are not compared."""
    found = {"waterdeal": _entry(2.0), "raw highspy": _entry(1.0, objective=5.1)}
    monkeypatch.setattr(page, "measure", lambda route, *_: found[route])
    with pytest.raises(AssertionError, match="raw highspy solves another problem"):
        page.table(60, 36, tuple(found), 2)


@pytest.mark.thorough  # by default: what is counted of runs, by hand
def test_first_run_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first run warms up, unless it is the only one."""
    import routes

    runs = iter([9.0, 1.0, 3.0, 9.0])

    def route(_: Any, clock: routes.Clock) -> float:
        clock.stages["solve"] = next(runs)
        return 0.0

    monkeypatch.setitem(routes.ROUTES, "waterdeal", route)
    assert routes.measure("waterdeal", None, 3)["total"] == 2.0
    assert routes.measure("waterdeal", None, 1)["total"] == 9.0
