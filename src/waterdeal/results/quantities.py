"""Every quantity of a plan, by name: those the model has are read off its columns as ``variables.csv`` says, the others follow from these.

A published plan has the figures of its replay (``solve.publish``); ensembles and studies publish these, which the replay is equal to.
"""

from __future__ import annotations

from functools import cache, cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.agreement.inputs import promises_loads
from waterdeal.scenario.natural import flows_asked, promised_volumes
from waterdeal.science.aquifer import debt_shares
from waterdeal.units import volume_to_rate
from waterdeal.variables import vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.lp.program import Program
    from waterdeal.types import Floats
    from waterdeal.unlabelled import Unlabelled


#: an area below this is none, kha
_NO_AREA = 1e-9


def plan_quantities(inputs: Unlabelled, program: Program, values: Floats, names: Sequence[str] | None = None) -> dict[str, Any]:
    """Read the quantities of a plan off a solution, as (dims, array) by name."""
    plan = Solved(inputs, program, values)
    known = vocabulary()
    own = [name for name in _own_variables() if all(dim in inputs.sizes for dim in known[name].dims)]
    found = {name: (known[name].dims, plan.read(name)) for name in own if names is None or name in names}
    for part in _PARTS:
        if names is not None and all(name in found for name in names):
            break
        found |= {name: (known[name].dims, array) for name, array in part(plan).items()}
    return found


class Solved:
    """A solution by name; what several quantities are made of is made once."""

    def __init__(self, inputs: Unlabelled, program: Program, values: Floats) -> None:
        self.inputs, self._program, self._values = inputs, program, values
        self.delivery = self.read("delivery")

    def read(self, name: str) -> Floats:
        """A quantity that the model has a variable for, zero where it has none."""
        return self.column(vocabulary()[name].solved_as, *(self.inputs.sizes[dim] for dim in vocabulary()[name].dims))

    def column(self, family: str, *shape: int) -> Floats:
        """Values of a variable of the model over all of its dims."""
        values = self._program.values_of(family, self._values)
        return np.zeros(shape) if values is None or not values.size else values.reshape(shape)

    @cached_property
    def network(self) -> dict[str, Floats]:
        """Flow, discharge, arrival and loss of each link."""
        flow = self.read("flow")
        arrival, entered = arrivals(self.inputs, flow)
        lagged = places_of(self.inputs, "lagged_link", "link")
        return {
            "flow": flow,
            "discharge": volume_to_rate(flow, self.inputs["step_length"].values),
            "arrival": arrival,
            "loss": entered - arrival,
            **({"lift_energy": self.inputs["pump_factor"].values[:, None] * flow} if "pump_factor" in self.inputs else {}),
            "transit_final": self.inputs["transit_initial"].values + (flow[lagged] - entered[lagged]).sum(axis=1),
        }

    @cached_property
    def fields(self) -> dict[str, Floats]:
        """Fields and their crops; where there are none, nothing that a solution could change."""
        return self._fields() if self.inputs.sizes["field"] else self.inputs.kept("no fields", self._fields)

    def _fields(self) -> dict[str, Floats]:
        """Areas, output and margin of fields; the cost of calibration is the true one, not that of its tangents."""
        inputs, path_area = self.inputs, self.read("path_area")
        water, season_output = self.read("season_water"), self.read("season_output")
        of_field, tables = (_same(inputs["field"].values, inputs[of].values) for of in ("path_field", "responding"))
        area = of_field @ path_area
        output = of_field @ (path_area * inputs["path_yield"].values) + tables @ season_output
        added = calibrated_cost(inputs, area)
        margin = of_field @ (path_area * inputs["path_margin"].values) - _same(inputs["field"].values, inputs["costed"].values) @ added
        margin += tables @ (season_output * inputs["response_worth"].values - water * inputs["response_water_cost"].values)
        return {
            "calibrated_cost": added,
            "field_area": area,
            "field_output": output,
            "field_yield": np.divide(output, area, out=np.full(area.shape, np.nan), where=area > _NO_AREA),
            "field_margin": margin,
            "crop_water": crop_water(inputs, path_area, water, ("path_water", "response_draw")),
            "crop_consumption": crop_water(inputs, path_area, water, CONSUMED),
        }

    @cached_property
    def ground(self) -> dict[str, Floats]:
        """Groundwater and drainage used again; where there is neither, nothing that a solution could change."""
        is_there = self.inputs.sizes["aquifer"] or self.inputs.sizes["reuse"]
        return self._ground() if is_there else self.inputs.kept("no groundwater", self._ground)

    def _ground(self) -> dict[str, Floats]:
        """Baseflow, what reaches each node, cost of pumping, the debt it leaves."""
        inputs, storage, pumped = self.inputs, self.read("aquifer_storage"), self.read("pumped")
        taken = summed_at(pumped, inputs["well_aquifer"].values, inputs["aquifer"].values)
        baseflow = storage_before(inputs["aquifer_initial"].values, storage) + self.read("recharge") - taken - storage
        energy = pumped * inputs["well_energy"].values[:, None]
        owed = debt_shares(inputs["aquifer_alpha"].values, inputs["step_length"].values) * taken
        return {
            "baseflow": baseflow,
            "groundwater_debt": owed.sum(axis=1),
            "pumping_energy": energy,
            "pumping_cost": energy * inputs["well_energy_price"].values,
            "inflow_ground": rising(inputs, baseflow, pumped, self.read("reused")),
        }

    @cached_property
    def draining(self) -> Floats:
        """Return flow that leaves each demand for the river, by (demand, step)."""
        return draining(self.inputs, self.delivery - self.fields["crop_consumption"], self.read("reused"))

    @cached_property
    def return_flow(self) -> Floats:
        """Return flow reaching the river by (demand, step)."""
        return np.asarray(delayed(self.draining, self.inputs["return_share"].values) + self.inputs["return_past"].values)

    @cached_property
    def returned(self) -> Floats:
        """Return flow reaching each node by (node, step)."""
        inputs = self.inputs
        at = inputs.kept("returning", lambda: _same(inputs["node"].values, inputs["return_node"].values))
        return np.asarray(at @ self.return_flow)


#: water that crops consume: of paths by area, and of tables by season
CONSUMED = ("path_consumption", "response_consumption")


def crop_water(inputs: Unlabelled, path_area: Floats, season_water: Floats, each: tuple[str, str]) -> Floats:
    """Water that the fields of each demand take or consume, by (demand, step)."""
    owner = dict(zip(inputs["field"].values.tolist(), inputs["field_demand"].values.tolist(), strict=True))
    total = np.zeros((inputs.sizes["demand"], inputs.sizes["time"]))
    for of, amount, name in zip(("path_field", "responding"), (path_area, season_water), each, strict=True):
        demands = np.array([owner[field] for field in inputs[of].values.tolist()], dtype=str)
        total += summed_at(amount[:, None] * inputs[name].values, demands, inputs["demand"].values)
    return total


def rising(inputs: Unlabelled, baseflow: Floats, pumped: Floats, reused: Floats) -> Floats:
    """Baseflow, pumped water and drainage used again that reach each node, by (node, step)."""
    nodes = inputs["node"].values
    reaching = summed_at(baseflow, inputs["aquifer_node"].values, nodes)
    for volumes, users in ((pumped, "well_demand"), (reused, "reuse_to")):
        reaching = reaching + summed_at(volumes, inputs.at("demand_node", inputs[users].values.tolist()), nodes)
    return reaching


def draining(inputs: Unlabelled, left: Floats, reused: Floats) -> Floats:
    """Return flow that leaves each demand for the river, by (demand, step): its share of what crops leave, less what is used again."""
    share = left * inputs["return_fraction"].values[:, None]
    return np.asarray(share - reused_from(inputs, reused)) if inputs.sizes["reuse"] else share


def arrivals(inputs: Unlabelled, flow: Floats) -> tuple[Floats, Floats]:
    """Water that arrives by each link, and what of it entered, by (link, step)."""
    share = 1 - inputs["loss_fraction"].values
    arrival, entered, lagged = flow * share, flow.copy(), places_of(inputs, "lagged_link", "link")
    if "loss_fixed" in inputs:
        arrival = np.maximum(arrival - inputs["loss_fixed"].values, 0.0)
    if lagged.size:
        delay, before = inputs["arrival_share"].values, inputs["arrival_past"].values
        arrival[lagged] = delayed(arrival[lagged], delay) + before * share[lagged]
        entered[lagged] = delayed(flow[lagged], delay) + before
    return arrival, entered


def storage_before(initial: Floats, storage: Floats) -> Floats:
    """Storage at the start of each step."""
    return np.hstack([initial[:, None], storage[:, :-1]])


def delayed(left: Floats, shares: Floats) -> Floats:
    """Volumes arriving by (item, step) of what left by (item, step), given shares by (item, step left, steps later)."""
    arriving = np.zeros_like(left)
    count = left.shape[1]
    for lag in range(shares.shape[2]):
        arriving[:, lag:] += (left * shares[:, :, lag])[:, : max(count - lag, 0)]
    return arriving


def places_of(inputs: Unlabelled, name: str, dim: str) -> NDArray[np.int64]:
    """Return the places on a dim of the names in a variable, one a name."""

    def made() -> NDArray[np.int64]:
        order = {label: place for place, label in enumerate(inputs[dim].values.tolist())}
        return np.array([order[label] for label in inputs[name].values.tolist()], dtype=np.int64)

    return inputs.kept(("places", name), made)


def curve_of(inputs: xr.Dataset | Unlabelled, body: int, name: str) -> tuple[Floats, Floats]:
    """Volumes, and levels or areas, of the curve of a body; empty where it has none."""
    volumes = inputs["curve_volume"].values[body]
    return volumes[np.isfinite(volumes)], inputs[name].values[body][np.isfinite(volumes)]


def on_curve(inputs: xr.Dataset | Unlabelled, storage: Floats, name: str, otherwise: float = np.nan) -> Floats:
    """Read a level or an area by (body, step) off the curve of each body; `otherwise` where there is none."""
    read = np.full(storage.shape, otherwise)
    for body in range(len(storage)):
        volumes, values = curve_of(inputs, body, name)
        if volumes.size:
            read[body] = np.interp(storage[body], volumes, values)
    return read


def summed_at(values: Floats, places: NDArray[np.str_], names: NDArray[np.str_]) -> Floats:
    """Sum the rows of a table at the place each belongs to; those that belong to none are left out."""
    order = {name: place for place, name in enumerate(names.tolist())}
    table = np.zeros((len(names), *values.shape[1:]))
    for row, place in zip(values, places.tolist(), strict=True):
        if place in order:
            table[order[place]] += row  # not by a matrix, in which what is no number at one place would be none at all
    return table


def reused_from(inputs: xr.Dataset | Unlabelled, reused: Floats) -> Floats:
    """Drainage of each demand that is used again, hm3 by (demand, step)."""
    return summed_at(reused, inputs["reuse_from"].values, inputs["demand"].values)


def calibrated_cost(inputs: xr.Dataset | Unlabelled, area: Floats) -> Floats:
    """Cost of each field beyond that of its area (kha), by calibration: ``l a + c a^2 / 2``, million USD, by field with such a cost."""
    own = _same(inputs["field"].values, inputs["costed"].values).T @ area
    return np.asarray(inputs["cost_linear"].values * own + inputs["cost_curve"].values * own**2 / 2.0)


def _same(rows: NDArray[np.str_], columns: NDArray[np.str_]) -> Floats:
    """Matrix (row, column) that is 1 where two names are the same."""
    return np.asarray(rows[:, None] == columns[None, :], dtype=float).reshape(len(rows), len(columns))


@cache
def _own_variables() -> tuple[str, ...]:
    """Quantities that are variables of the model; flows are read with the network, storages by kind of water body."""
    return tuple(name for name, quantity in vocabulary().items() if "." in quantity.solved_as and " " not in quantity.solved_as)


def _incidence(inputs: Unlabelled, end: str, kinds: tuple[str, ...]) -> Floats:
    """Matrix (node, link) of the links of some kinds that start (`link_from`) or end (`link_to`) at each node."""
    at_end, nodes, kind = inputs[end].values, inputs["node"].values, inputs["link_kind"].values
    return inputs.kept((end, kinds), lambda: _same(nodes, at_end) * np.isin(kind, kinds))


def _storage(plan: Solved) -> dict[str, Floats]:
    """Storage, inflow, release, spill, evaporation, area and level of each reservoir and lake."""
    inputs = plan.inputs
    kinds = inputs.at("node_kind", inputs["reservoir"].values.tolist())
    storage, unmet = np.zeros((2, len(kinds), inputs.sizes["time"]))
    for family in vocabulary()["storage"].solved_as.split():
        of = kinds == family.partition(".")[0]
        storage[of] = plan.column(family, int(of.sum()), inputs.sizes["time"])
        if "storage_dries" in inputs and (emptied := of & (inputs["storage_dries"].values > 1).any(axis=1)).any():
            unmet[emptied] = plan.column(family.replace("storage", "evaporation_unmet"), int(emptied.sum()), inputs.sizes["time"])
    mean = (storage + storage_before(inputs["storage_initial"].values, storage)) / 2
    at = places_of(inputs, "reservoir", "node")
    arriving = _incidence(inputs, "link_to", ("river", "canal", "spillway")) @ plan.network["arrival"]
    return {
        "storage": storage,
        "evaporation": (inputs["area_intercept"].values + inputs["area_slope"].values * mean) * inputs["evaporation_depth"].values - unmet,
        "seepage": inputs["seepage_share"].values * mean,
        "reservoir_inflow": (arriving + inputs["runoff"].values + plan.returned + plan.ground["inflow_ground"])[at],
        "release": _let_out(inputs, plan.network["flow"]),
        "spill": (_incidence(inputs, "link_from", ("spillway",)) @ plan.network["flow"])[at],
        "level": on_curve(inputs, storage, "curve_level"),
        "area": on_curve(inputs, storage, "curve_area"),
    }


def overstepped(inputs: Unlabelled, flow: Floats, storage: Floats) -> dict[str, Floats]:
    """Measure on flows and storages what is missing to least flows, and what is beyond channels, ramps, rule bands and flood space.

    The model has columns for these, which a plan without their level leaves anywhere above.
    """
    at_place, in_channel = (flow[places_of(inputs, name, "link")] for name in ("flow_requirement_link", "channel_link"))
    reserved = np.where(inputs["flood_space"].values > 0, inputs["flood_space"].values, np.nan)
    beyond = {
        "flow_shortfall": flows_asked(inputs) - at_place,
        "channel_excess": in_channel - inputs["channel_limit"].values,
        "storage_below_rule": inputs["storage_rule_low"].values - storage,
        "storage_above_rule": storage - inputs["storage_rule_high"].values,
        "flood_space_used": storage - (inputs["storage_max"].values - reserved),
        "release_excess": _let_out(inputs, flow) - outlet_most(inputs, storage),
        "ramp_breach": beyond_ramp(inputs, flow),
        "release_outside": outside_record(inputs, flow),
    }
    return {name: np.fmax(values, 0.0) for name, values in beyond.items()}


def _let_out(inputs: Unlabelled, flow: Floats) -> Floats:
    """Water let out of each reservoir through river and canal links, by (reservoir, step)."""
    return np.asarray((_incidence(inputs, "link_from", ("river", "canal")) @ flow)[places_of(inputs, "reservoir", "node")])


def outlet_most(inputs: Unlabelled, storage: Floats) -> Floats:
    """Most that the outlets of each reservoir pass at the mean storage of each step; infinite where nothing limits them."""
    most, mean = inputs["release_max"].values.copy(), (storage + storage_before(inputs["storage_initial"].values, storage)) / 2
    rows = places_of(inputs, "outlet_reservoir", "reservoir")
    np.minimum.at(most, rows, inputs["outlet_intercept"].values + inputs["outlet_slope"].values * mean[rows])
    return np.asarray(most)


def beyond_ramp(inputs: Unlabelled, flow: Floats) -> Floats:
    """How far the rate of each link changes from the step before beyond its ramp, hm3 per day; below zero or blank where it does not."""
    if "ramp_most" not in inputs:  # runs of old tell none
        return np.full(flow.shape, np.nan)
    days = inputs["step_length"].values
    rates, goes_on = flow / days, bool(inputs.sizes.get("past"))
    first = (inputs["past_flow"].values / inputs["past_step_length"].values)[:, -1:] if goes_on else rates[:, :1]
    change = np.abs(np.diff(rates, axis=1, prepend=first))
    apart = (days + np.append(inputs["past_step_length"].values[-1:] if goes_on else days[:1], days[:-1])) / 2
    return np.asarray(change - inputs["ramp_most"].values[:, None] * apart)


def outside_record(inputs: Unlabelled, flow: Floats) -> Floats:
    """How far what each reservoir lets out into its rivers is outside the record, hm3; below zero or blank where it is not."""
    if "record_release_least" not in inputs:  # runs of old tell none
        return np.full((inputs.sizes["reservoir"], flow.shape[1]), np.nan)
    out = (_incidence(inputs, "link_from", ("river",)) @ flow)[places_of(inputs, "reservoir", "node")]
    return np.asarray(np.fmax(inputs["record_release_least"].values - out, out - inputs["record_release_greatest"].values))


def _overstepped(plan: Solved) -> dict[str, Floats]:
    """Measure on a solution what it oversteps."""
    return overstepped(plan.inputs, plan.network["flow"], _storage(plan)["storage"])


def _users(plan: Solved) -> dict[str, Floats]:
    """Shortage, return flow and supply ratio of each demand, and what entitlements got."""
    inputs, delivery, requirement = plan.inputs, plan.delivery, plan.inputs["requirement"].values
    grows = inputs["demand_grows"].values.astype(bool)[:, None]
    kept = inputs["return_fraction"].values[:, None] * (delivery - plan.fields["crop_consumption"])
    return {
        "shortage": np.where(grows, np.maximum(requirement - delivery, 0.0), requirement - delivery),
        "return_flow": plan.return_flow,
        "return_final": (plan.draining - plan.return_flow + inputs["return_past"].values).sum(axis=1),
        "consumption": delivery - kept,
        "supply_ratio": np.divide(delivery, requirement, out=np.full(delivery.shape, np.nan), where=requirement > 0),
        "inflow_returned": plan.returned,
    }


def _entitlements(plan: Solved) -> dict[str, Floats]:
    """Volume counted against each entitlement, and what is missing."""
    inputs = plan.inputs
    given = np.einsum("edt,dt->e", inputs["entitlement_counts"].values, plan.delivery)
    is_inflow = inputs["entitlement_measure"].values == "inflow"
    measured = inputs.kept("measured", lambda: _same(inputs["entitlement_link"].values, inputs["link"].values))
    reached = ((measured @ plan.network["flow"]) * inputs["entitlement_season"].values).sum(axis=1)
    got = np.where(is_inflow, reached, given)
    return {"entitlement_delivered": got, "entitlement_shortfall": np.maximum(promised_volumes(inputs) - got, 0.0)}


def _energy(plan: Solved) -> dict[str, Floats]:
    """Energy of each plant, what passes it, and what parties are not served at home."""
    inputs, turbines, sold = plan.inputs, plan.read("turbine_flow"), plan.read("power_sold")
    energy = turbines * inputs["energy_factor"].values[:, None]
    headed = places_of(inputs, "headed", "plant")
    energy[headed] = plan.column("hydropower.energy", len(headed), inputs.sizes["time"])
    return {
        "turbine_bypass": plan.network["flow"][places_of(inputs, "plant_link", "link")] - turbines,
        "energy": energy,
        "power_received": plan.read("power_sent") * (1.0 - inputs["power_link_loss"].values),
        **unsold(inputs, sold),
    }


def _ahead(plan: Solved) -> dict[str, Floats]:
    """Energy of the look-ahead, by the factors of plants."""
    if "lookahead_runoff" not in plan.inputs:
        return {}
    return {"lookahead_energy": plan.inputs["energy_factor"].values[:, None] * plan.read("lookahead_turbine_flow")}


def unsold(inputs: Unlabelled, sold: Floats) -> dict[str, Floats]:
    """Measure what markets are not served at home, and what is missing to firm energy."""
    at_home = _same(inputs["power_market"].values, inputs["power_block_party"].values) * (inputs["power_block_kind"].values == "domestic")
    return {
        "power_unserved": at_home @ (inputs["power_block_size"].values - sold),
        "firm_shortfall": np.maximum(inputs["power_firm"].values - at_home @ sold, 0.0),
    }


def _salt(plan: Solved) -> dict[str, Floats]:
    """Results about salt, blank but for loads that clauses promise: the model knows no others, the replay tells them."""
    salty = (quantity for quantity in vocabulary().values() if quantity.stage == "result" and quantity.dims[0].startswith("salt_"))
    if promises_loads(plan.inputs):
        salty = (quantity for quantity in salty if not quantity.solved_as)
    return {quantity.name: np.full([plan.inputs.sizes[dim] for dim in quantity.dims], np.nan) for quantity in salty}


_PARTS: tuple[Callable[[Solved], dict[str, Floats]], ...] = (
    attrgetter("network"), _storage, _overstepped, _users, _entitlements, _energy, _ahead, attrgetter("ground"), attrgetter("fields"),
    _salt,
)  # fmt: skip
