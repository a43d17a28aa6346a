"""Every quantity of a plan, by name: those the model has are read off its columns as ``variables.csv`` says, the others follow from these.

A published plan has the figures of its replay (``passes.publish``); ensembles and studies publish these, which the replay is equal to.
"""

from __future__ import annotations

from functools import cache, cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.science.aquifer import debt_shares
from waterdeal.units import volume_to_rate
from waterdeal.unlabelled import Unlabelled
from waterdeal.variables import vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.lp.program import Program
    from waterdeal.types import Floats


#: an area below this is none, kha
_NO_AREA = 1e-9


def plan_quantities(inputs: Unlabelled, program: Program, values: Floats, names: Sequence[str] | None = None) -> dict[str, Any]:
    """Read the quantities of a plan off a solution."""
    plan = Solved(inputs, program, values)
    found: dict[str, Any] = {name: (dims, plan.read(name)) for name, dims in _own_variables() if names is None or name in names}
    for part in _PARTS:
        if names is not None and all(name in found for name in names):
            break
        found |= part(plan)
    return found


class Solved:
    """A solution by name; what several quantities are made of is made once."""

    def __init__(self, inputs: Unlabelled, program: Program, values: Floats) -> None:
        self.inputs, self._program, self._values = inputs, program, values
        self._steps = inputs.sizes["time"]

    def read(self, name: str) -> Floats:
        """A quantity that the model has a variable for, zero where it has none."""
        return self.column(vocabulary()[name].solved_as, *(self.inputs.sizes[dim] for dim in vocabulary()[name].dims))

    def column(self, family: str, *shape: int) -> Floats:
        """Values of a variable of the model, over all of its dims or over some (item, step) only."""
        values = self._program.values_of(family, self._values)
        if values is None or not values.size:
            return np.zeros(shape)
        if values.size == prod(shape):
            return values.reshape(shape)
        table = np.zeros(shape)
        table[tuple(self.inputs.kept(family, lambda: self._places(family)))] = values
        return table

    def _places(self, family: str) -> NDArray[np.int64]:
        """Where the values of a variable over some (item, step) stand."""
        dims = next(quantity.dims for quantity in vocabulary().values() if quantity.solved_as == family)
        steps = {step: place for place, step in enumerate(self.inputs["step"].values.tolist())}
        items = {item: place for place, item in enumerate(self.inputs[dims[0]].values.tolist())}
        pairs = self._program.columns_of(family).component.index_set()
        return np.array([(items[item], steps[step]) for item, step in pairs], dtype=np.int64).T

    @cached_property
    def delivery(self) -> Floats:
        """Deliveries by (demand, step)."""
        return self.read("delivery")

    @cached_property
    def network(self) -> dict[str, Any]:
        """Flow, discharge, arrival and loss of each link."""
        inputs, flow = self.inputs, self.read("flow")
        kept = flow * (1 - inputs["loss_fraction"].values)
        lagged = places_of(inputs, "lagged_link", "link")
        arrival, entered, before = kept.copy(), flow.copy(), inputs["arrival_past"].values
        if lagged.size:
            share = inputs["arrival_share"].values
            arrival[lagged] = delayed(kept[lagged], share) + before * (1 - inputs["loss_fraction"].values[lagged])
            entered[lagged] = delayed(flow[lagged], share) + before
        final = inputs["transit_initial"].values + (flow[lagged] - entered[lagged]).sum(axis=1)
        return {
            "flow": (("link", "time"), flow),
            "discharge": (("link", "time"), volume_to_rate(flow, inputs["step_length"].values)),
            "arrival": (("link", "time"), arrival),
            "loss": (("link", "time"), entered - arrival),
            "transit_final": ("lagged_link", final),
        }

    @cached_property
    def fields(self) -> dict[str, Any]:
        """Fields and their crops; where there are none, nothing that a solution could change."""
        return self._fields() if self.inputs.sizes["field"] else self.inputs.kept("no fields", self._fields)

    def _fields(self) -> dict[str, Any]:
        """Areas, output and margin of fields; the cost of calibration is the true one, not that of its tangents."""
        inputs, path_area = self.inputs, self.read("path_area")
        water, season_output = self.read("season_water"), self.read("season_output")
        of_field, tables = (_same(inputs["field"].values, inputs[of].values) for of in ("path_field", "responding"))
        area = of_field @ path_area
        output = of_field @ (path_area * inputs["path_yield"].values) + tables @ season_output
        margin = of_field @ (path_area * inputs["path_margin"].values)
        margin += tables @ (season_output * inputs["response_worth"].values - water * inputs["response_water_cost"].values)
        added = calibrated_cost(inputs, area)
        margin -= _same(inputs["field"].values, inputs["costed"].values) @ added
        grown = area > _NO_AREA
        return {
            "calibrated_cost": ("costed", added),
            "field_area": ("field", area),
            "field_output": ("field", output),
            "field_yield": ("field", np.where(grown, output / np.where(grown, area, 1.0), np.nan)),
            "field_margin": ("field", margin),
            "crop_water": (("demand", "time"), self._crop_water(path_area, water, "path_water", "response_draw")),
            "crop_consumption": (("demand", "time"), self._crop_water(path_area, water, "path_consumption", "response_consumption")),
        }

    def _crop_water(self, path_area: Floats, season_water: Floats, by_path: str, by_table: str) -> Floats:
        """Water that the fields of each demand take or consume, by (demand, step)."""
        inputs = self.inputs
        owner = dict(zip(inputs["field"].values.tolist(), inputs["field_demand"].values.tolist(), strict=True))
        total = np.zeros((inputs.sizes["demand"], self._steps))
        for of, amount, each in (("path_field", path_area, by_path), ("responding", season_water, by_table)):
            at = _same(inputs["demand"].values, np.array([owner[name] for name in inputs[of].values.tolist()], dtype=str))
            total += at @ (amount[:, None] * inputs[each].values)
        return total

    @cached_property
    def ground(self) -> dict[str, Any]:
        """Groundwater and drainage used again; where there is neither, nothing that a solution could change."""
        is_there = self.inputs.sizes["aquifer"] or self.inputs.sizes["reuse"]
        return self._ground() if is_there else self.inputs.kept("no groundwater", self._ground)

    def _ground(self) -> dict[str, Any]:
        """Baseflow, what reaches each node, cost of pumping, the debt it leaves."""
        inputs, storage, pumped = self.inputs, self.read("aquifer_storage"), self.read("pumped")
        taken = summed_at(pumped, inputs["well_aquifer"].values, inputs["aquifer"].values)
        before = np.hstack([inputs["aquifer_initial"].values[:, None], storage[:, :-1]])
        baseflow = before + self.read("recharge") - taken - storage
        energy = pumped * inputs["well_energy"].values[:, None]
        nodes, demands = inputs["node"].values, inputs["demand"].values.tolist()
        places = dict(zip(demands, inputs["demand_node"].values.tolist(), strict=True))
        reaching = summed_at(baseflow, inputs["aquifer_node"].values, nodes)
        for volumes, users in ((pumped, inputs["well_demand"].values), (self.read("reused"), inputs["reuse_to"].values)):
            reaching = reaching + summed_at(volumes, np.array([places[user] for user in users.tolist()], dtype=str), nodes)
        owed = (debt_shares(inputs["aquifer_alpha"].values, inputs["step_length"].values) * taken).sum(axis=1)
        return {
            "baseflow": (("aquifer", "time"), baseflow),
            "groundwater_debt": ("aquifer", owed),
            "pumping_energy": (("well", "time"), energy),
            "pumping_cost": (("well", "time"), energy * inputs["well_energy_price"].values),
            "inflow_ground": (("node", "time"), reaching),
        }

    @cached_property
    def draining(self) -> Floats:
        """Return flow that leaves each demand for the river, by (demand, step): its share of the delivery less what is used again."""
        share = (self.delivery - self.fields["crop_consumption"][1]) * self.inputs["return_fraction"].values[:, None]
        return np.asarray(share - reused_from(self.inputs, self.read("reused"))) if self.inputs.sizes["reuse"] else share

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


def delayed(left: Floats, shares: Floats) -> Floats:
    """Volumes arriving by (item, step) of what left by (item, step), given shares by (item, step left, steps later)."""
    arriving = np.zeros_like(left)
    count = left.shape[1]
    for lag in range(shares.shape[2]):
        arriving[:, lag:] += (left * shares[:, :, lag])[:, : count - lag]
    return arriving


def places_of(inputs: Unlabelled, name: str, dim: str) -> NDArray[np.int64]:
    """Return the places on a dim of the names in a variable, one a name."""

    def made() -> NDArray[np.int64]:
        order = {label: place for place, label in enumerate(inputs[dim].values.tolist())}
        return np.array([order[label] for label in inputs[name].values.tolist()], dtype=np.int64)

    return inputs.kept(("places", name), made)


def curve_of(inputs: xr.Dataset | Unlabelled, body: int, name: str) -> tuple[Floats, Floats]:
    """Volumes, and levels or areas, of the curve of a body; empty where it has none."""
    return next(_curves(inputs, name, [body]))


def _curves(inputs: xr.Dataset | Unlabelled, name: str, bodies: Iterable[int]) -> Iterator[tuple[Floats, Floats]]:
    """Yield the curves of some bodies."""
    plain = inputs if isinstance(inputs, Unlabelled) else Unlabelled(inputs)
    volumes, values = plain["curve_volume"].values, plain[name].values
    for body in bodies:
        known = np.isfinite(volumes[body])
        yield volumes[body][known], values[body][known]


def on_curve(inputs: xr.Dataset | Unlabelled, storage: Floats, name: str, otherwise: float = np.nan) -> Floats:
    """Read a level or an area by (body, step) off the curve of each body; `otherwise` where there is none."""
    read = np.full(storage.shape, otherwise)
    for body, (volumes, values) in enumerate(_curves(inputs, name, range(len(storage)))):
        if volumes.size:
            read[body] = np.interp(storage[body], volumes, values)
    return read


def summed_at(values: Floats, places: NDArray[np.str_], names: NDArray[np.str_]) -> Floats:
    """Sum the rows of a table by (row, step) at the place each belongs to, by (place, step)."""
    return np.asarray(_same(names, places) @ values)


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
def _own_variables() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Name and dims of quantities that are variables of the model; flows are read with the network, storages by kind of water body."""
    solved = (quantity for quantity in vocabulary().values() if "." in quantity.solved_as and " " not in quantity.solved_as)
    return tuple((quantity.name, quantity.dims) for quantity in solved)


def _incidence(inputs: Unlabelled, end: str, kinds: tuple[str, ...]) -> Floats:
    """Matrix (node, link) of the links of some kinds that start (`link_from`) or end (`link_to`) at each node."""

    def made() -> Floats:
        return _same(inputs["node"].values, inputs[end].values) * np.isin(inputs["link_kind"].values, kinds)

    return inputs.kept((end, kinds), made)


def _storage(plan: Solved) -> dict[str, Any]:
    """Storage, inflow, release, spill, evaporation, area and level of each reservoir and lake."""
    inputs = plan.inputs
    kinds = inputs.at("node_kind", inputs["reservoir"].values.tolist())
    storage = np.zeros((len(kinds), inputs.sizes["time"]))
    for family in vocabulary()["storage"].solved_as.split():
        of = kinds == family.partition(".")[0]
        storage[of] = plan.column(family, int(of.sum()), inputs.sizes["time"])
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
        "level": (dims, on_curve(inputs, storage, "curve_level")),
        "area": (dims, on_curve(inputs, storage, "curve_area")),
    }


def _users(plan: Solved) -> dict[str, Any]:
    """Shortage, return flow and supply ratio of each demand, and what entitlements got."""
    inputs, delivery = plan.inputs, plan.delivery
    requirement, came, fraction = inputs["requirement"].values, plan.return_flow, inputs["return_fraction"].values
    ratio = np.divide(delivery, requirement, out=np.full(delivery.shape, np.nan), where=requirement > 0)
    dims, grows = ("demand", "time"), inputs["demand_grows"].values.astype(bool)[:, None]
    return {
        "shortage": (dims, np.where(grows, np.maximum(requirement - delivery, 0.0), requirement - delivery)),
        "return_flow": (dims, came),
        "return_final": ("demand", (plan.draining - came + inputs["return_past"].values).sum(axis=1)),
        "consumption": (dims, delivery - fraction[:, None] * (delivery - plan.fields["crop_consumption"][1])),
        "supply_ratio": (dims, ratio),
        "inflow_returned": (("node", "time"), plan.returned),
        **_entitlements(plan),
    }


def _entitlements(plan: Solved) -> dict[str, Any]:
    """Volume counted against each entitlement, and what is missing."""
    inputs, volume = plan.inputs, plan.inputs["entitlement_volume"].values
    counts = inputs["entitlement_counts"].values
    given, claimed = (np.einsum("edt,dt->e", counts, water) for water in (plan.delivery, inputs["requirement"].values))
    is_inflow = inputs["entitlement_measure"].values == "inflow"
    measured = inputs.kept("measured", lambda: _same(inputs["entitlement_link"].values, inputs["link"].values))
    reached = ((measured @ plan.network["flow"][1]) * inputs["entitlement_season"].values).sum(axis=1)
    got = np.where(is_inflow, reached, given)
    promised = np.where(is_inflow, volume, np.minimum(volume, claimed))
    return {
        "entitlement_delivered": ("entitlement", got),
        "entitlement_shortfall": ("entitlement", np.maximum(promised - got, 0.0)),
    }


def _energy(plan: Solved) -> dict[str, Any]:
    """Energy of each plant, what passes it, and what parties are not served at home."""
    inputs, steps = plan.inputs, plan.inputs.sizes["time"]
    turbines = plan.read("turbine_flow")
    energy = turbines * inputs["energy_factor"].values[:, None]
    headed = places_of(inputs, "headed", "plant")
    energy[headed] = plan.column("hydropower.energy", len(headed), steps)
    through = plan.network["flow"][1][places_of(inputs, "plant_link", "link")]
    at_home = _same(inputs["power_market"].values, inputs["power_block_party"].values) * (inputs["power_block_kind"].values == "domestic")
    return {
        "turbine_bypass": (("plant", "time"), through - turbines),
        "energy": (("plant", "time"), energy),
        "power_unserved": (("power_market", "time"), at_home @ (inputs["power_block_size"].values - plan.read("power_sold"))),
    }


def _salt(plan: Solved) -> dict[str, Any]:
    """Results about salt, all blank: the model knows no concentrations, its replay tells them (``passes.publish``)."""
    sizes, results = plan.inputs.sizes, [quantity for quantity in vocabulary().values() if quantity.stage == "result"]
    salty = [quantity for quantity in results if quantity.dims[0].startswith("salt_")]
    return {quantity.name: (quantity.dims, np.full([sizes[dim] for dim in quantity.dims], np.nan)) for quantity in salty}


_PARTS: tuple[Callable[[Solved], dict[str, Any]], ...] = (
    lambda plan: plan.network,
    _storage,
    _users,
    _energy,
    lambda plan: plan.ground,
    lambda plan: plan.fields,
    _salt,
)
