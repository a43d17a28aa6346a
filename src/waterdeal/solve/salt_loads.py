"""Loads of salt that clauses promise: the line of each mixture at the replay of a pass, and what rows of clauses miss of the replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.agreement.inputs import LOADS
from waterdeal.replay.simulate import replay
from waterdeal.results.quantities import delayed, summed_at
from waterdeal.solve.truth import true_inputs

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.types import Floats

#: kt by which the replay may break a row, share of its bound that it may leave spare, and passes more than for concentrations alone
MISSED, SPARE, MORE_PASSES = 1e-7, 1e-4, 40
#: passes that go all the way to the replay; later ones go half way
WHOLE_PASSES = 20
#: part of all water below which it carries none of what is brought beyond the line: a coefficient that small is rounding
LEAST_PART = 1e-7
#: water below which there is none, hm3
DRY = 1e-9


def load_lines(inputs: xr.Dataset, played: xr.Dataset, results: xr.Dataset) -> dict[str, Floats]:
    """Return the parts in which water leaves each node in a replay, and the salt that lines of loads leave out (``salt_load``)."""
    nodes = inputs["node"].values
    order = {name: place for place, name in enumerate(nodes.tolist())}
    strong = np.nan_to_num(played["salinity_node"].values)
    ways = {"link": (played["flow"], "link_from"), "demand": (results["delivery"], "demand_node"), "body": (played["storage"], "reservoir")}
    water = {dim: (amount.values, inputs[where].values) for dim, (amount, where) in ways.items()}
    leaving = sum((summed_at(values, names, nodes) for values, names in water.values()), np.zeros(strong.shape))
    mixed = {dim: [order[name] for name in names.tolist()] for dim, (_, names) in water.items()}
    parts = {
        f"salt_part_{dim}": np.divide(values, leaving[mixed[dim]], out=np.zeros(values.shape), where=leaving[mixed[dim]] > DRY)
        for dim, (values, _) in water.items()
    }
    salt = {dim: values * strong[mixed[dim]] for dim, (values, _) in water.items()}
    arrived, lagged = salt["link"] * (1.0 - inputs["loss_fraction"].values), np.isin(inputs["link"].values, inputs["lagged_link"].values)
    arrived[lagged] = delayed(arrived[lagged], inputs["arrival_share"].values)
    returned, held = np.nan_to_num(played["salt_returned"].values), np.hstack([np.zeros((len(salt["body"]), 1)), salt["body"][:, :-1]])
    brought = summed_at(arrived, inputs["link_to"].values, nodes) + summed_at(returned, inputs["return_node"].values, nodes)
    brought += summed_at(held, inputs["reservoir"].values, nodes)
    drained = passed_on(inputs)[:, None] * salt["demand"]
    drained += (inputs["return_fraction"].values * inputs["salt_added"].values)[:, None] * water["demand"][0]
    return {
        **{name: np.where(part > LEAST_PART, part, 0.0) for name, part in parts.items()},
        "salt_beside_node": strong * leaving - brought,
        "salt_beside_demand": returned - delayed(drained, inputs["return_share"].values),
    }


def passed_on(inputs: xr.Dataset) -> Floats:
    """Share of the salt of a delivery that return flow brings to the river; the rest of it goes to aquifers, or stays."""
    sends, below = inputs["return_fraction"].values, inputs["percolation_kind"].values == "demand"
    shares, sources = inputs["percolation_share"].values[below], inputs["percolation_source"].values[below]
    seeps = summed_at(shares[:, None], sources, inputs["demand"].values)[:, 0]
    return np.asarray(np.divide(sends, sends + seeps, out=np.zeros(len(sends)), where=sends > 0))


def misses_load(inputs: xr.Dataset, results: xr.Dataset) -> bool:
    """Whether the replay of a plan breaks a row of a clause on loads of salt, or leaves room where the plan has used it up."""
    played = replay(true_inputs(inputs), results).dataset
    at = np.isin(inputs["term_quantity"].values, LOADS)
    told = zip(*(inputs[f"term_{name}"].values[at].tolist() for name in ("quantity", "place", "step")), strict=True)
    apart = []
    for name, place, step in told:
        row = played[played[name].dims[0]].values.tolist().index(place)
        apart.append(float(played[name].values[row, step] - results[name].values[row, step]))
    rows, more = inputs["term_row"].values[at], np.zeros(inputs.sizes["clause_row"])
    np.add.at(more, rows, inputs["term_factor"].values[at] * np.array(apart))
    held = np.unique(rows)
    planned, bound = results["row_slack"].values[held], np.abs(inputs["row_bound"].values[held])
    room = planned - more[held]
    return bool(((room < -MISSED) | ((planned <= MISSED) & (room > SPARE * np.maximum(bound, 1.0)))).any())
