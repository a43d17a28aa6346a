"""Models of pywr as networks: plans by hand where steps do not depend on one another, stores by hand, and what is not carried is listed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.optimize import linprog

from tests.thorough import diagonal
from waterdeal.errors import BasinDataError, FileProblem
from waterdeal.links.results import network_results
from waterdeal.links.solve import solve_network
from waterdeal.links.tables import read_network

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import xarray as xr

    from waterdeal.links.network import LinkNetwork

CLOCK = {"start": "2015-01-30", "end": "2015-02-02", "timestep": 1}
#: 15 a day come in, 10 are asked for in January and 12 in February, and 4 must pass a gauge before that
NODES: list[dict[str, Any]] = [
    {"name": "supply", "type": "Input", "max_flow": 15, "cost": 1},
    {"name": "fork", "type": "Link"},
    {"name": "gauge", "type": "RiverGauge", "mrf": 4, "mrf_cost": -100},
    {"name": "sea", "type": "Output"},
    {"name": "town", "type": "Output", "max_flow": "wish", "cost": -10},
]
EDGES = [["supply", "fork"], ["fork", "gauge"], ["gauge", "sea"], ["fork", "town"]]
WISH = {"type": "monthlyprofile", "values": [10.0, 12.0, *[0.0] * 10]}


def first(nodes: list[dict[str, Any]], edges: list[list[str]], **parameters: Any) -> dict[str, Any]:
    """A model of version 1."""
    return {"timestepper": CLOCK, "nodes": nodes, "edges": edges, "parameters": parameters}


def second(nodes: list[dict[str, Any]], edges: list[list[str]], **parameters: Any) -> dict[str, Any]:
    """The same as a model of version 2."""

    def metric(value: Any) -> Any:
        if isinstance(value, str):
            return {"type": "Parameter", "name": value}
        return {"type": "Literal", "value": value} if isinstance(value, int | float) else value

    held = [
        {"meta": {"name": node["name"]}, **{key: node[key] if key == "type" else metric(node[key]) for key in node if key != "name"}}
        for node in nodes
    ]
    return {
        "time": {"start": CLOCK["start"], "end": CLOCK["end"], "timestep": {"type": "Days", "days": 1}},
        "network": {
            "nodes": held, "edges": [{"from_node": start, "to_node": end} for start, end in edges],
            "parameters": [{"meta": {"name": name}, **part} for name, part in parameters.items()],
        },
    }  # fmt: skip


@pytest.fixture
def network(tmp_path: Path) -> Callable[[dict[str, Any]], LinkNetwork]:
    """Read a model."""

    def read(content: dict[str, Any]) -> LinkNetwork:
        (tmp_path / "model.json").write_text(json.dumps(content), encoding="utf-8")
        return read_network(tmp_path / "model.json")

    return read


def flows(found: LinkNetwork) -> xr.Dataset:
    """Solve it."""
    return network_results(solve_network(found))


def left(found: LinkNetwork) -> set[str]:
    """Keys of what is not carried."""
    return {str(getattr(told, "key", "")) for told in found.left}


@pytest.mark.parametrize("form", [first, second])
def test_what_comes_is_shared_by_cost(network: Callable[..., LinkNetwork], form: Callable[..., dict[str, Any]]) -> None:
    """The gauge goes before the town, and the town takes what is left: 11 of 12 in February; all else costs."""
    found = network(form(NODES, EDGES, wish=WISH))
    solved = solve_network(found)
    plan = network_results(solved)
    np.testing.assert_allclose(plan["flow"].sel(link="town"), [10, 10, 11, 11])
    np.testing.assert_allclose(plan["flow"].sel(link="gauge"), [4, 4, 4, 4])
    assert solved.cost == pytest.approx(-100 * 16 - 10 * 42 + 58)
    assert left(found) == {"networks.left_foresight"}


def test_a_store_keeps_water_for_a_dry_day(network: Callable[..., LinkNetwork]) -> None:
    """5 in store of which 2 are dead, 3 a day come in: 4 days of 4 take all but one of them."""
    nodes = [
        {"name": "river", "type": "Catchment", "flow": 3}, {"name": "lake", "type": "Storage", "max_volume": 9, "min_volume": 2, "initial_volume": 5},
        {"name": "town", "type": "Output", "max_flow": 4, "cost": -1},
    ]  # fmt: skip
    plan = flows(network(first(nodes, [["river", "lake"], ["lake", "town"]])))
    np.testing.assert_allclose(plan["flow"].sel(link="town").sum(), 15)
    assert plan["flow"].sel(link="lake [1] stored").values.min() >= 2


def test_a_control_curve_parts_a_store(network: Callable[..., LinkNetwork]) -> None:
    """Above half of 10 water is worth 1, below it 8: a town that pays 5 gets what stands above the curve, and no more."""
    cost = {"type": "controlcurve", "storage_node": "lake", "control_curve": 0.5, "values": [-1, -8]}
    nodes = [
        {"name": "lake", "type": "Storage", "max_volume": 10, "initial_volume": 7, "cost": cost},
        {"name": "town", "type": "Output", "max_flow": 4, "cost": -5},
    ]
    found = network(first(nodes, [["lake", "town"]]))
    solved = solve_network(found)
    assert float(network_results(solved)["flow"].sel(link="town").sum()) == pytest.approx(2)
    assert solved.cost == pytest.approx(-5 * 2 + 1 * 2)
    assert left(found) == {"networks.left_foresight"}


def test_pieces_losses_and_files(network: Callable[..., LinkNetwork], tmp_path: Path) -> None:
    """Pieces whose cost falls are links of their own; a loss of a quarter of what arrives takes a fifth; a series stands in a file."""
    (tmp_path / "in.csv").write_text(
        "Date,q\n"
        + "".join(
            f"{day},{flow}\n" for day, flow in zip(("2015-01-30", "2015-01-31", "2015-02-01", "2015-02-02"), (10, 20, 30, 40), strict=True)
        )
    )
    nodes = [
        {"name": "in", "type": "Input", "max_flow": {"type": "dataframe", "url": "in.csv", "column": "q"}},
        {"name": "pipe", "type": "PiecewiseLink", "costs": [5, 0], "max_flows": [3, 20]},
        {"name": "leak", "type": "LossLink", "loss_factor": 0.25},
        {"name": "town", "type": "Output", "cost": -20},
    ]
    plan = flows(network(first(nodes, [["in", "pipe"], ["pipe", "leak"], ["leak", "town"]])))
    np.testing.assert_allclose(plan["flow"].sel(link="town"), np.array([10, 20, 23, 23]) * 0.8)
    assert float(plan["flow"].sel(link="pipe 1").sum()) == pytest.approx(6)


#: a licence as it is said in each version: 25 over some days, of which 17 are left as the model begins
LICENCES: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[int, int, float]]]] = {
    "never": ({"type": "VirtualStorage"}, {}, [(0, 4, 17)]),
    "annual": (
        {"type": "AnnualVirtualStorage", "reset_day": 1, "reset_month": 2},
        {"reset": {"type": "Annual", "day": 1, "month": 2}}, [(0, 2, 17), (2, 4, 17)],
    ),
    "annual from its first day": (
        {"type": "AnnualVirtualStorage", "reset_day": 30, "reset_month": 1},
        {"reset": {"type": "Annual", "day": 30, "month": 1}, "reset_volume": "Max"}, [(0, 4, 25)],
    ),
    "monthly": ({"type": "MonthlyVirtualStorage"}, {"reset": {"type": "Monthly", "months": 1}}, [(0, 2, 17), (2, 4, 17)]),
    "seasonal": (
        {"type": "SeasonalVirtualStorage", "reset_day": 1, "reset_month": 1, "end_day": 1, "end_month": 2},
        {"reset": {"type": "Seasonal", "start_day": 1, "start_month": 1, "end_day": 31, "end_month": 1}}, [(0, 2, 17)],
    ),
    "seasonal over New Year": (
        {"type": "SeasonalVirtualStorage", "reset_day": 1, "reset_month": 10, "end_day": 2, "end_month": 2},
        {"reset": {"type": "Seasonal", "start_day": 1, "start_month": 10, "end_day": 1, "end_month": 2}}, [(0, 3, 17)],
    ),
    "rolling": (
        {"type": "RollingVirtualStorage", "timesteps": 3}, {"window": {"type": "Days", "days": 2}},
        [(0, 1, 17), (0, 2, 21), (0, 3, 25), (1, 4, 25)],
    ),
}  # fmt: skip


OVER = [("supply", 1.0), ("town", 2.0), ("fork", 1.0), ("sum", 0.5)]
_ALL = [(kind, form, over) for kind in LICENCES for form in (first, second) for over in OVER]


@pytest.mark.parametrize("case", diagonal(_ALL, *_ALL[::5]))
def test_a_licence_is_a_limit_of_each_period(network: Callable[..., LinkNetwork], case: tuple[str, Any, tuple[str, float]]) -> None:
    """In a year, months, a season or the last days, on inputs, outputs, links and sums of them, each as it counts; then none in the rest."""
    kind, form, (over, counts) = case
    said, told, limits = LICENCES[kind]
    volumes = {"max_volume": 25, "initial_volume": 17, "factors": [counts], "nodes": [over]}
    nodes = [{"name": "supply", "type": "Input", "max_flow": 15, "cost": 1}, {"name": "fork", "type": "Link"},
             {"name": "town", "type": "Output", "max_flow": "wish", "cost": -10}]  # fmt: skip
    content = form(nodes, [["supply", "fork"], ["fork", "town"]], wish=WISH)
    if form is first:
        anew = {} if "reset_day" in said and kind.endswith("first day") else {"reset_to_initial_volume": True} if "reset" in told else {}
        content["nodes"] += [{"name": "licence", **said, **volumes, **anew}, {"name": "sum", "type": "AggregatedNode", "nodes": ["fork"]}]
    else:
        limits = [(0, 1, 21), (0, 2, 25), (1, 3, 25), (2, 4, 25)] if kind == "rolling" else limits
        content["network"]["virtual_nodes"] = [
            {"meta": {"name": "licence"}, "type": "VirtualStorage", **volumes, "nodes": [{"name": over}], **told},
            {"meta": {"name": "sum"}, "type": "Aggregated", "nodes": [{"name": "fork"}]},
        ]
    found = network(content)
    assert left(found) == {"networks.left_foresight"}
    assert found.limits is not None
    held = zip(found.limits.first, found.limits.last + 1, found.limits.upper, strict=True)
    assert sorted(held) == sorted(limits)
    given = flows(found)["flow"].sel(link="town").values
    assert all(given[start:end].sum() <= most / counts + 1e-9 for start, end, most in limits)
    free = [day for day in range(4) if not any(start <= day < end for start, end, _ in limits)]
    assert given[free].tolist() == pytest.approx([12.0] * len(free))
    rows = [[counts * (start <= day < end) for day in range(4)] for start, end, _ in limits]
    best = linprog([-1.0] * 4, rows, [most for _, _, most in limits], bounds=[(0, wish) for wish in (10, 10, 12, 12)])
    assert given.sum() == pytest.approx(-best.fun)


@pytest.mark.parametrize(
    "more",
    [{"cost": 5}, {"max_volume": WISH}, {"nodes": ["lake"]}, {"nodes": ["none"]}, {"nodes": ["sum"]}, {"nodes": []},
     {"factors": [0.0]}, {"factors": [-1.0]}, {"type": "RollingVirtualStorage"}, {"reset": {"type": "Fortnightly"}}, {"reset": {"type": "Never"}, "colour_of": 1}],
    ids=str,
)  # fmt: skip
def test_a_licence_that_is_not_plain_is_listed(network: Callable[..., LinkNetwork], more: dict[str, Any]) -> None:
    """A cost, a volume that changes, nodes that store or are none, counts at or below nothing, a window without days: as if not said."""
    licence = {"name": "licence", "type": "AnnualVirtualStorage", "nodes": ["supply"], "max_volume": 9, **more}
    total = {"name": "sum", "type": "AggregatedNode", "nodes": ["supply", "none"]}
    found = network(first([*NODES, licence, total], EDGES, wish=WISH))
    assert sum("licence" in str(told) for told in found.left) == 1
    assert float(flows(found)["flow"].sel(link="supply").sum()) == pytest.approx(2 * (10 + 4) + 2 * 15)


def test_nodes_pass_together_at_most_so_much(network: Callable[..., LinkNetwork]) -> None:
    """The town and twice what passes the gauge, 17 a day at most: the gauge's 4 leave 9; a share of flows is no sum, and listed."""
    total = {"name": "total", "type": "AggregatedNode", "nodes": ["town", "gauge"], "flow_weights": [1, 2], "max_flow": 17}
    found = network(first([*NODES, total], EDGES, wish=WISH))
    assert left(found) == {"networks.left_foresight"}
    assert flows(found)["flow"].sel(link="town").values.tolist() == pytest.approx([9] * 4)
    assert "networks.left_node" in left(network(first([*NODES, {**total, "factors": [1, 3]}], EDGES, wish=WISH)))


def test_what_is_not_carried_is_listed(network: Callable[..., LinkNetwork]) -> None:
    """A licence, a rule by the state of a store, a figure from another file form, and a node that no water reaches; nothing is silent."""
    nodes = [
        *NODES, {"name": "licence", "type": "VirtualStorage", "nodes": ["lake"], "max_volume": 9}, {"name": "alone", "type": "Link"},
        {"name": "extra", "type": "Input", "max_flow": {"type": "dataframe", "url": "x.h5"}, "bathymetry": 3},
        {"name": "drain", "type": "Output", "max_flow": {"type": "controlcurve", "storage_node": "lake", "values": [1]}},
    ]  # fmt: skip
    found = network(first(nodes, [*EDGES, ["extra", "drain"]], wish=WISH))
    assert left(found) == {
        "networks.left_foresight",
        "networks.left_node",
        "networks.left_value",
        "networks.left_field",
        "networks.left_idle",
    }
    listed = network(
        second(NODES, EDGES, wish=WISH)
        | {"network": {**second(NODES, EDGES, wish=WISH)["network"], "virtual_nodes": [{"meta": {"name": "v"}, "type": "VirtualStorage"}]}}
    )
    assert "networks.left_node" in left(listed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"nodes": []}',
        '{"timestepper": {"start": "2015-01-01", "end": "2400-01-01", "timestep": 1}, "nodes": [], "edges": []}',
        "[" * 50_000,
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, text: str) -> None:
    """In words, whatever it holds; what it lacks is named."""
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(FileProblem, match="pywr") as caught:
        read_network(tmp_path / "model.json")
    assert ("“timestepper” is missing" in str(caught.value)) == ("nodes" in text and "timestepper" not in text)


def test_a_model_of_which_nothing_is_carried_is_refused(network: Callable[..., LinkNetwork]) -> None:
    """With all that is not carried, not as an empty table."""
    with pytest.raises(BasinDataError, match="no link is left of the model: works: a node of type WaterTreatmentWorks"):
        network(first([{"name": "in", "type": "Input"}, {"name": "works", "type": "WaterTreatmentWorks"}], [["in", "works"]]))


@pytest.mark.parametrize("key", ["value", "values"])
def test_a_constant_is_said_in_two_ways(network: Callable[..., LinkNetwork], key: str) -> None:
    """By `value`, or by `values` as older models do."""
    nodes = [{"name": "in", "type": "Input", "max_flow": "most"}, {"name": "out", "type": "Output", "cost": {"type": "constant", key: -2}}]
    plan = solve_network(network(first(nodes, [["in", "out"]], most={"type": "ConstantParameter", key: 3})))
    assert plan.cost == pytest.approx(-2 * 3 * 4)


def test_a_file_outside_is_not_read(network: Callable[..., LinkNetwork], tmp_path: Path) -> None:
    """A series that stands above the folder of the model is not opened, and listed."""
    (tmp_path.parent / "secret.csv").write_text("Date,q\n2015-01-30,1\n")
    nodes = [
        {"name": "in", "type": "Input", "max_flow": {"type": "dataframe", "url": "../secret.csv"}},
        {"name": "out", "type": "Output", "max_flow": 1},
    ]
    assert "networks.left_value" in left(network(first(nodes, [["in", "out"]])))
