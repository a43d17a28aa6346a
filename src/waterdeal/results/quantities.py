"""Every quantity of a plan, read off the columns of a solution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.results.ground import salt_blanks
from waterdeal.results.solved import Solved, places_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from waterdeal.solve.program import Program
    from waterdeal.unlabelled import Unlabelled

    Floats = NDArray[np.float64]


def plan_quantities(inputs: Unlabelled, program: Program, values: Floats, names: Sequence[str] | None = None) -> dict[str, Any]:
    """Read the quantities of a plan off a solution.

    Parameters
    ----------
    inputs : Unlabelled
        Inputs of the model.
    program : Program
        The compiled model.
    values : numpy.ndarray
        A value a column.
    names : sequence of str, optional
        Those that are wanted; others may come with them. All by default.

    Returns
    -------
    dict
        (dims, array) by name; clauses, pulses and lakes are measured on these afterwards.
    """
    plan = Solved(inputs, program, values)
    found: dict[str, Any] = {}
    for part in _PARTS:
        if names is not None and all(name in found for name in names):
            break
        found |= part(plan)
    return found


def _incidence(inputs: Unlabelled, end: str, kinds: tuple[str, ...]) -> Floats:
    """Matrix (node, link) of the links of some kinds that start (`link_from`) or end (`link_to`) at each node."""

    def made() -> Floats:
        chosen = np.isin(inputs["link_kind"].values, kinds)
        return np.asarray((inputs["node"].values[:, None] == inputs[end].values[None, :]) & chosen, dtype=float)

    return inputs.kept((end, kinds), made)


def _storage(plan: Solved) -> dict[str, Any]:
    """Storage, inflow, release, spill, evaporation, area and level of each reservoir and lake."""
    inputs = plan.inputs
    bodies = inputs["reservoir"].values.tolist()
    kinds = inputs.at("node_kind", bodies)
    storage = np.zeros((len(bodies), inputs.sizes["time"]))
    for kind in ("reservoir", "lake"):
        storage[kinds == kind] = plan.dense(f"{kind}.storage", int((kinds == kind).sum()), inputs.sizes["time"])
    before = np.hstack([inputs["storage_initial"].values[:, None], storage[:, :-1]])
    line = inputs["area_intercept"].values + inputs["area_slope"].values * (storage + before) / 2
    at = places_of(inputs, "reservoir", "node")
    network, returned = plan.network, plan.returned
    arriving = _incidence(inputs, "link_to", ("river", "canal", "spillway")) @ network["arrival"][1]
    flow = network["flow"][1]
    dims = ("reservoir", "time")
    return {
        "storage": (dims, storage),
        "evaporation": (dims, line * inputs["evaporation_depth"].values),
        "seepage": (dims, inputs["seepage_share"].values * (storage + before) / 2),
        "reservoir_inflow": (dims, (arriving + inputs["runoff"].values + returned + plan.ground["inflow_ground"][1])[at]),
        "release": (dims, (_incidence(inputs, "link_from", ("river", "canal")) @ flow)[at]),
        "spill": (dims, (_incidence(inputs, "link_from", ("spillway",)) @ flow)[at]),
        "level": (dims, _on_curve(inputs, storage, "curve_level")),
        "area": (dims, _on_curve(inputs, storage, "curve_area")),
        "storage_below_rule": (dims, plan.sparse("reservoir.storage_below_rule", bodies)),
        "storage_above_rule": (dims, plan.sparse("reservoir.storage_above_rule", bodies)),
        "flood_space_used": (dims, plan.sparse("reservoir.flood_space_used", bodies)),
    }


def _on_curve(inputs: Unlabelled, storage: Floats, name: str) -> Floats:
    """Read a level or an area off each curve; NaN where there is no curve."""
    volumes, values = inputs["curve_volume"].values, inputs[name].values
    read = np.full(storage.shape, np.nan)
    for place in range(len(storage)):
        known = np.isfinite(volumes[place])
        if known.any():
            read[place] = np.interp(storage[place], volumes[place][known], values[place][known])
    return read


def _users(plan: Solved) -> dict[str, Any]:
    """Delivery, shortage, return flow and supply ratio of each demand, and what entitlements got."""
    inputs = plan.inputs
    delivery, requirement = plan.deliveries, inputs["requirement"].values
    came, fraction = plan.return_flow, inputs["return_fraction"].values
    leaving = plan.draining
    ratio = np.divide(delivery, requirement, out=np.full(delivery.shape, np.nan), where=requirement > 0)
    dims, grows = ("demand", "time"), inputs["demand_grows"].values.astype(bool)[:, None]
    return {
        "delivery": (dims, delivery),
        "shortage": (dims, np.where(grows, np.maximum(requirement - delivery, 0.0), requirement - delivery)),
        "return_flow": (dims, came),
        "return_final": ("demand", (leaving - came + inputs["return_past"].values).sum(axis=1)),
        "consumption": (dims, delivery - fraction[:, None] * (delivery - plan.fields["crop_consumption"][1])),
        "supply_ratio": (dims, ratio),
        "inflow_returned": (("node", "time"), plan.returned),
        **_entitlements(plan, delivery),
    }


def _entitlements(plan: Solved, delivery: Floats) -> dict[str, Any]:
    """Volume counted against each entitlement, and what is missing."""
    inputs, volume = plan.inputs, plan.inputs["entitlement_volume"].values
    counts = inputs["entitlement_counts"].values
    given, claimed = (np.einsum("edt,dt->e", counts, water) for water in (delivery, inputs["requirement"].values))
    is_inflow = inputs["entitlement_measure"].values == "inflow"
    measured = inputs.kept("measured", lambda: (inputs["entitlement_link"].values[:, None] == inputs["link"].values).astype(float))
    reached = ((measured @ plan.network["flow"][1]) * inputs["entitlement_season"].values).sum(axis=1)
    got = np.where(is_inflow, reached, given)
    promised = np.where(is_inflow, volume, np.minimum(volume, claimed))
    return {
        "entitlement_delivered": ("entitlement", got),
        "entitlement_shortfall": ("entitlement", np.maximum(promised - got, 0.0)),
    }


def _places(plan: Solved) -> dict[str, Any]:
    """Energy, least flows and channel limits."""
    inputs = plan.inputs
    steps = inputs.sizes["time"]
    turbines = plan.dense("hydropower.turbine_flow", inputs.sizes["plant"], steps)
    energy = turbines * inputs["energy_factor"].values[:, None]
    headed = places_of(inputs, "headed", "plant")
    energy[headed] = plan.dense("hydropower.energy", len(headed), steps)
    through = plan.network["flow"][1][places_of(inputs, "plant_link", "link")]
    shortfall = plan.dense("environment.flow_shortfall", inputs.sizes["flow_requirement"], steps)
    return {
        "turbine_flow": (("plant", "time"), turbines),
        "turbine_bypass": (("plant", "time"), through - turbines),
        "energy": (("plant", "time"), energy),
        "flow_shortfall": (("flow_requirement", "time"), shortfall),
        "channel_excess": (("channel", "time"), plan.sparse("channel.channel_excess", inputs["channel"].values.tolist())),
    }


def _power(plan: Solved) -> dict[str, Any]:
    """Energy of each party by who takes it, what nobody takes, and what is not served at home."""
    inputs = plan.inputs
    steps, markets = inputs.sizes["time"], inputs["power_market"].values
    sold = plan.dense("power_market.sold", inputs.sizes["power_block"], steps)
    at_home = (inputs["power_block_party"].values == markets[:, None]) & (inputs["power_block_kind"].values == "domestic")
    dims = ("power_market", "time")
    return {
        "power_sold": (("power_block", "time"), sold),
        "power_surplus": (dims, plan.dense("power_market.surplus", len(markets), steps)),
        "power_unserved": (dims, at_home.astype(float) @ (inputs["power_block_size"].values - sold)),
        "firm_shortfall": (dims, plan.sparse("power_market.firm_shortfall", markets.tolist())),
    }


def _benefit(plan: Solved) -> dict[str, Any]:
    """Worth of each benefit, on its tangents."""
    return {"benefit_worth": ("benefit", plan.dense("benefit.worth", plan.inputs.sizes["benefit"]))}


_PARTS: tuple[Callable[[Solved], dict[str, Any]], ...] = (
    lambda plan: plan.network,
    _storage,
    _users,
    _places,
    _power,
    lambda plan: plan.ground,
    lambda plan: plan.fields,
    lambda plan: salt_blanks(plan.inputs),
    _benefit,
)
