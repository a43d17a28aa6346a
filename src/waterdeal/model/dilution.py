"""How strong each water is that comes to the node of a limited link: ``c/L - 1`` by limit, water and step, at known concentrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.model.network import grouped_set
from waterdeal.model.symbolic import Data

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.unlabelled import Unlabelled

    Floats = NDArray[np.float64]
    Pairs = list[tuple[int, str]]

#: waters that come to a node: dim and name of their concentrations, and the variable that says where each comes to
WATERS = {
    "link": ("salt_link", "salt_line_link", "link_to"),
    "lagged": ("salt_link", "salt_line_link", "link_to"),
    "demand": ("salt_demand", "salt_line_demand", "return_node"),
    "reservoir": ("salt_body", "salt_line_body", "reservoir"),
    "lake": ("salt_body", "salt_line_body", "reservoir"),
    "aquifer": ("salt_aquifer", "salt_line_aquifer", "aquifer_node"),
}


def strength(concentrations: Floats, limits: Floats) -> Floats:
    """Pure water that one hm3 needs to be diluted to a limit, hm3.

    Parameters
    ----------
    concentrations : numpy.ndarray
        By (row, step), g/l; NaN where not known yet, which counts as at the limit.
    limits : numpy.ndarray
        By row, g/l.

    Returns
    -------
    numpy.ndarray
        ``c/L - 1`` by (row, step).
    """
    return np.nan_to_num(np.asarray(concentrations / limits[:, None] - 1.0), nan=0.0)


def add_waters(block: Any, inputs: Unlabelled) -> None:
    """Add ``FROM_*``, the waters that come to the node of each limit, and their strength; ``known``, what no decision changes.

    Parameters
    ----------
    block : Block
        Block of the salinity component, with the set ``LIMIT``.
    inputs : Unlabelled
        The ``salt_*`` variables.
    """
    time, limits = block.model().TIME, inputs["salt_limit"].values.tolist()
    known = np.zeros((len(limits), inputs.sizes["time"]))
    _add_runoff(known, inputs)
    for name, (_, line, _) in WATERS.items():
        pairs = _pairs(inputs, name)
        rows, ids = [row for row, _ in pairs], [item for _, item in pairs]
        members: dict[str, list[str]] = {}
        for row, item in pairs:
            members.setdefault(limits[row], []).append(item)
        index = pyo.Set(initialize=[(limits[row], item) for row, item in pairs], dimen=2)
        block.add_component(f"{name.upper()}_PAIR", index)
        block.add_component(f"FROM_{name.upper()}", grouped_set(block.LIMIT, members))
        array = strength(inputs.at(line, ids), inputs["salt_limit_value"].values[rows])
        np.add.at(known, rows, array * _given(inputs, name, ids))
        if name in {"reservoir", "lake"}:
            names = ("evaporation_depth", "area_slope", "area_intercept", "storage_initial")
            depth, slope, intercept, start = (inputs.at(name, ids) for name in names)
            half, fixed = depth * slope / 2, depth * intercept
            fixed[:, 0] += half[:, 0] * start
            np.add.at(known, rows, fixed)
            block.add_component(f"{name}_evaporating", Data(index, time, array=half))
        block.add_component(f"{name}_strength", Data(index, time, array=array))
    block.known = Data(block.LIMIT, time, array=known)


def _pairs(inputs: Unlabelled, name: str) -> Pairs:
    """List (number of the limit, water) of one kind."""
    dim, _, where = WATERS[name]
    if not inputs.sizes[dim]:
        return []
    ids, nodes = inputs[dim].values, inputs[where].values
    chosen = np.ones(len(ids), dtype=bool)
    if name in {"link", "lagged"}:
        chosen = np.isin(ids, inputs["lagged_link"].values) == (name == "lagged")
    elif name == "demand":
        chosen = (inputs["return_fraction"].values > 0) | inputs["return_past"].values.any(axis=1)
    elif name in {"reservoir", "lake"}:
        chosen = inputs.at("node_kind", ids) == name
    starts = limit_nodes(inputs)
    return [(row, str(item)) for row, start in enumerate(starts) for item in ids[chosen & (nodes == start)]]


def limit_nodes(inputs: Unlabelled) -> list[str]:
    """Node that the link of each limit leaves."""
    return [str(node) for node in inputs.at("link_from", inputs["salt_limit_link"].values)]


def _add_runoff(known: Floats, inputs: Unlabelled) -> None:
    """Add the runoff of the node of each limit."""
    nodes = inputs["node"].values.tolist()
    for row, node in enumerate(limit_nodes(inputs)):
        at = nodes.index(node)
        known[row] += (inputs["salt_runoff"].values[at] / inputs["salt_limit_value"].values[row] - 1.0) * inputs["runoff"].values[at]


def _given(inputs: Unlabelled, name: str, ids: list[str]) -> Floats:
    """Water of each kind that comes whatever is decided, by (water, step): of before the horizon, or stored at its start."""
    given = np.zeros((len(ids), inputs.sizes["time"]))
    if name == "lagged":
        given = (inputs.at("arrival_past", ids)) * (1 - inputs.at("loss_fraction", ids))
    elif name == "demand":
        given = inputs.at("return_past", ids)
    elif name in {"reservoir", "lake"}:
        given[:, 0] = inputs.at("storage_initial", ids)
    elif name == "aquifer":
        given[:, 0] = inputs.at("aquifer_initial", ids)
    return np.asarray(given)
