"""The plan of a large network as one dataset, by link, node and step."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.links.audit import arrivals
from waterdeal.results.netcdf import netcdf_bytes
from waterdeal.results.store import TIMES
from waterdeal.variables import describe
from waterdeal.version import __version__

if TYPE_CHECKING:
    from waterdeal.links.network import LinkNetwork
    from waterdeal.links.solve import NetworkPlan
    from waterdeal.types import Floats


def network_results(plan: NetworkPlan) -> xr.Dataset:
    """Make the dataset of a plan.

    Parameters
    ----------
    plan : NetworkPlan
        The plan.

    Returns
    -------
    xarray.Dataset
        ``flow``, ``arrival``, ``link_cost`` by (link, time), ``runoff``, ``balance_price`` by (node, time), pieces added up.
    """
    network = plan.network
    shape = network.shape
    data: dict[str, Any] = {
        "flow": (("link", "time"), _by_link(network, plan.flow)),
        "arrival": (("link", "time"), _by_link(network, arrivals(network, plan.flow))),
        "link_cost": (("link", "time"), _by_link(network, network.cost * plan.flow)),
        "runoff": (("node", "time"), network.inflow),
        "balance_price": (("node", "time"), plan.price),
        "link_from": ("link", shape.nodes[shape.start]),
        "link_to": ("link", shape.nodes[shape.end]),
        "step": ("time", np.array(network.steps.labels, dtype=str)),
    }
    coords: dict[str, Any] = {"link": shape.links, "node": shape.nodes}
    if network.steps.start is not None:
        coords["time"] = ("time", network.steps.start.astype("datetime64[ns]"), {"standard_name": "time", "long_name": "start of the step"})
        if network.steps.end is not None:
            data["step_length"] = ("time", (network.steps.end - network.steps.start).astype(float) + 1)
    dataset = describe(xr.Dataset(data, coords=coords))
    return dataset.assign_attrs(
        Conventions="CF-1.11",
        source="waterdeal, an optimisation model solved by HiGHS",
        waterdeal_version=__version__,
        solver=f"HiGHS {version('highspy')}",
        total_cost=plan.cost,
        is_unique={None: "not known", True: "yes", False: "no"}[plan.is_unique],
        largest_residual_hm3=plan.residuals.balance,
        inputs_sha256=json.dumps(dict(network.digests)),
    )


def results_bytes(results: xr.Dataset) -> bytes:
    """Write a plan of a large network as NetCDF."""
    packed = {"zlib": True, "complevel": 1}
    encoding: dict[str, Any] = {str(name): packed for name, array in results.data_vars.items() if array.dtype.kind == "f"}
    return netcdf_bytes(results, encoding | ({"time": TIMES} if "time" in results.coords else {}))


def _by_link(network: LinkNetwork, values: Floats) -> Floats:
    """Add up the pieces of each link."""
    return np.add.reduceat(values, network.shape.first_segments, axis=0)
