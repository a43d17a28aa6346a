"""Every result of a plan worked out anew from its decisions and inputs: no line of the model, the extraction or the replay is used here.

Taken from the plan are what it decides (water let into links, deliveries, water through turbines, energy sold, areas, pumping, concessions)
and the storages, whose balances the audit closes. All else follows, and is set beside what the plan says.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.results.environment import environment_anew
from waterdeal.results.tolerance import tolerance_anew
from waterdeal.unlabelled import Unlabelled
from waterdeal.variables import having, setting

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.types import Floats

#: energy of one hm3 falling one metre, GWh
GWH = 9.81 / 3600
#: hm3 of one mm on one kha; area below which there is none, kha; water below which there is none, hm3
DEPTH, NO_AREA, DRY = 0.01, 1e-9, 1e-9
#: storage at which a body is empty, hm3
EMPTY = 1e-6


def gathered(values: Floats, places: NDArray[np.str_], names: NDArray[np.str_]) -> Floats:
    """Rows of a table, each added to the name it belongs to; those that belong to none are left out."""
    order, owners = {name: place for place, name in enumerate(names.tolist())}, places.tolist()
    rows = [row for row, owner in enumerate(owners) if owner in order]
    total = np.zeros((len(names), *values.shape[1:]))
    np.add.at(total, [order[owners[row]] for row in rows], values[rows])
    return total


def later(sent: Floats, shares: Floats) -> Floats:
    """Volumes that arrive by (item, step): of each step before, the share that takes so many steps."""
    arriving = np.zeros(sent.shape)
    for step in range(sent.shape[1]):
        for lag in range(min(step + 1, shares.shape[2])):
            arriving[:, step] += sent[:, step - lag] * shares[:, step - lag, lag]
    return arriving


def above(values: Floats) -> Floats:
    """What is above nothing; nothing where there is no figure."""
    return np.fmax(values, 0.0)


class Water:
    """The figures of a plan, and what its water comes to by them; each is made once."""

    def __init__(self, results: xr.Dataset) -> None:
        self.read, self.attrs = Unlabelled(results), results.attrs
        self.of: dict[str, Any] = {str(name): self.read[str(name)].values for name in results.variables}
        of = self.of
        self.before = np.column_stack([of["storage_initial"], of["storage"][:, :-1]])
        self.mean = (self.before + of["storage"]) / 2
        self.gained = of["storage"] - self.before
        self.seeped = self.mean * of["seepage_share"]
        line = of["area_intercept"] + of["area_slope"] * self.mean
        follows = results.attrs.get("evaporation") == "curve"
        #: what would evaporate, and what does
        self.drawn = (np.nan_to_num(self.on_curve(self.mean, "curve_area")) if follows else line) * of["evaporation_depth"]
        self.evaporated = self._limited(self.drawn)
        self.grows = of["demand_grows"].astype(bool)[:, None]

    def _limited(self, evaporated: Floats) -> Floats:
        """No more evaporates than there is: from a body that ends a step with nothing, what came less what left it."""
        of = self.of
        dry = (of["storage"] <= EMPTY) & (evaporated > 0)
        if not dry.any():
            return evaporated
        came = self.before + (self.reaching + of["runoff"])[self.places("reservoir", "node")] - self.seeped
        return np.where(dry, np.clip(came - self.let_out - of["storage"], 0.0, evaporated), evaporated)

    @cached_property
    def let_out(self) -> Floats:
        """Water let out of each body and delivered from it, by (body, step)."""
        of = self.of
        return gathered(of["flow"], of["link_from"], of["reservoir"]) + gathered(of["delivery"], of["demand_node"], of["reservoir"])

    def at_nodes(self, values: Floats, places: str) -> Floats:
        """Rows of a table, each added to the node it belongs to."""
        return gathered(values, self.of[places], self.of["node"])

    def places(self, name: str, dim: str) -> NDArray[np.int64]:
        """Where the labels in a variable stand on a dim."""
        order = {label: place for place, label in enumerate(self.of[dim].tolist())}
        return np.array([order[label] for label in self.of[name].tolist()], dtype=np.int64)

    def on_curve(self, storage: Floats, name: str) -> Floats:
        """Level or area by (body, step) from the curves; blank where a body has none."""
        found = np.full(storage.shape, np.nan)
        for body, (volumes, values) in enumerate(zip(self.of["curve_volume"], self.of[name], strict=True)):
            known = np.isfinite(volumes)
            if known.any():
                found[body] = np.interp(storage[body], volumes[known], values[known])
        return found

    @property
    def fixed(self) -> Floats:
        """Fixed losses of links; plans of old tell none."""
        return np.asarray(self.of.get("loss_fixed", 0.0))

    @cached_property
    def passing(self) -> tuple[Floats, Floats]:
        """What arrives by each link, and what of it entered, losses still to be taken."""
        of, kept = self.of, 1 - self.of["loss_fraction"]
        arriving, entered, rows = above(of["flow"] * kept - self.fixed), of["flow"].copy(), self.places("lagged_link", "link")
        entered[rows] = later(of["flow"][rows], of["arrival_share"]) + of["arrival_past"]
        arriving[rows] = later(arriving[rows], of["arrival_share"]) + of["arrival_past"] * kept[rows]
        return arriving, entered

    @cached_property
    def asked(self) -> Floats:
        """Least flows asked for; of a hands-off flow no more than what every river link would carry were nothing stored or taken."""
        of, kinds = self.of, self.of["flow_requirement_kind"]
        if not (kinds == "hands_off").any():
            return np.asarray(of["flow_minimum"])
        river, rows = of["link_kind"] == "river", self.places("lagged_link", "link")
        parts = np.array([(river & (of["link_from"] == start)).sum() for start in of["link_from"]])[:, None]
        kept, entering = 1 - of["loss_fraction"], np.zeros(of["flow"].shape)
        for _ in range(len(river) + 1):  # each round is right one link further down
            arriving = above(entering * kept - self.fixed)
            arriving[rows] = later(arriving[rows], of["arrival_share"]) + of["arrival_past"] * kept[rows]
            through = self.at_nodes(arriving * river[:, None], "link_to") + of["runoff"]
            entering = through[self.places("link_from", "node")] / np.maximum(parts, 1) * river[:, None]
        natural = entering[self.places("flow_requirement_link", "link")]
        return np.asarray(np.where((kinds == "hands_off")[:, None], np.minimum(of["flow_minimum"], natural), of["flow_minimum"]))

    def of_crops(self, by_area: str, by_season: str) -> Floats:
        """Water of the fields of each demand, by (demand, step): so much a unit of area, and a share of the season's."""
        of, owner = self.of, dict(zip(self.of["field"].tolist(), self.of["field_demand"].tolist(), strict=True))
        total = np.zeros(of["delivery"].shape)
        for fields, amount, each in (("path_field", "path_area", by_area), ("responding", "season_water", by_season)):
            owners = np.array([owner[field] for field in of[fields].tolist()], dtype=str)
            total += gathered(of[amount][:, None] * of[each], owners, of["demand"])
        return total

    @cached_property
    def eaten(self) -> Floats:
        """Water that crops consume, by (demand, step)."""
        return self.of_crops("path_consumption", "response_consumption")

    @cached_property
    def left(self) -> Floats:
        """What crops leave of deliveries, by (demand, step)."""
        return np.asarray(self.of["delivery"] - self.eaten)

    @cached_property
    def draining(self) -> Floats:
        """Return flow that sets out to the river, by (demand, step)."""
        of = self.of
        return np.asarray(self.left * of["return_fraction"][:, None] - gathered(of["reused"], of["reuse_from"], of["demand"]))

    @cached_property
    def returning(self) -> Floats:
        """Return flow that reaches the river, by (demand, step)."""
        return np.asarray(later(self.draining, self.of["return_share"]) + self.of["return_past"])

    @cached_property
    def percolated(self) -> Floats:
        """Water that percolates to each aquifer, by (aquifer, step): shares of what crops leave, of seepage and of losses."""
        of = self.of
        table = np.zeros((len(of["aquifer"]), len(of["step"])))
        for kind, values in (("demand", self.left), ("reservoir", of["seepage"]), ("link", of["loss"])):
            rows, order = of["percolation_kind"] == kind, of[kind].tolist()
            volumes = values[[order.index(name) for name in of["percolation_source"][rows].tolist()]]
            table += gathered(volumes * of["percolation_share"][rows][:, None], of["percolation_aquifer"][rows], of["aquifer"])
        return table

    @cached_property
    def pumped(self) -> Floats:
        """Water that wells take from each aquifer, by (aquifer, step)."""
        return gathered(self.of["pumped"], self.of["well_aquifer"], self.of["aquifer"])

    @cached_property
    def below(self) -> tuple[Floats, Floats]:
        """Storage and baseflow of each aquifer by the exact step, from printed storages before, recharge and pumping."""
        of = self.of
        fed = of["recharge_natural"] + self.percolated - self.pumped
        before = np.column_stack([of["aquifer_initial"], of["aquifer_storage"][:, :-1]])
        kept, share = self.draining_aquifers
        storage = before * kept + fed * share
        return storage, before + fed - storage

    @cached_property
    def draining_aquifers(self) -> tuple[Floats, Floats]:
        """Shares that an aquifer keeps of its storage, and of what comes evenly over the step."""
        power = self.of["aquifer_alpha"][:, None] * self.of["step_length"]
        return np.exp(-power), np.divide(-np.expm1(-power), power, out=np.ones(power.shape), where=power > 0)

    @cached_property
    def rising(self) -> Floats:
        """Baseflow, pumped water and drainage used again that reach each node."""
        of, coming = self.of, self.at_nodes(self.below[1], "aquifer_node")
        for volumes, users in (("pumped", "well_demand"), ("reused", "reuse_to")):
            coming = coming + gathered(of[volumes], self.read.at("demand_node", of[users].tolist()), of["node"])
        return coming

    @cached_property
    def reaching(self) -> Floats:
        """Water that reaches each node but what its catchment gives, by (node, step)."""
        return self.at_nodes(self.passing[0], "link_to") + self.at_nodes(self.returning, "return_node") + self.rising


def _network(water: Water) -> dict[str, Floats]:
    """Links, bodies of water and return flows."""
    of, (arriving, entered) = water.of, water.passing
    rows, spillway = water.places("lagged_link", "link"), of["link_kind"] == "spillway"
    at = water.places("reservoir", "node")
    return {
        "discharge": of["flow"] / (of["step_length"] * 0.0864),
        "arrival": arriving,
        "loss": entered - arriving,
        **({"lift_energy": (of["pump_factor"] * of["flow"].T).T} if "lift_energy" in of else {}),
        "transit_final": of["transit_initial"] + (of["flow"] - entered)[rows].sum(axis=1),
        "return_flow": water.returning,
        "return_final": (water.draining + of["return_past"] - water.returning).sum(axis=1),
        "inflow_returned": water.at_nodes(water.returning, "return_node"),
        "inflow_ground": water.rising,
        "reservoir_inflow": (water.reaching + of["runoff"])[at],
        "release": gathered(of["flow"][~spillway], of["link_from"][~spillway], of["reservoir"]),
        "spill": gathered(of["flow"][spillway], of["link_from"][spillway], of["reservoir"]),
        "evaporation": water.evaporated,
        "seepage": water.seeped,
        "level": water.on_curve(of["storage"], "curve_level"),
        "area": water.on_curve(of["storage"], "curve_area"),
    }


def _users(water: Water) -> dict[str, Floats]:
    """What users are short of and consume, and what entitlements come to."""
    of, asked, given = water.of, water.of["requirement"], water.of["delivery"]
    counted, claimed = ((of["entitlement_counts"] * volumes).sum(axis=(1, 2)) for volumes in (given, asked))
    claimed, inflow = of.get("entitlement_claimed", claimed), of["entitlement_measure"] == "inflow"
    got = counted.copy()
    for item in np.flatnonzero(inflow):
        got[item] = (of["flow"][of["link"] == of["entitlement_link"][item]] * of["entitlement_season"][item]).sum()
    owed = np.where(inflow, of["entitlement_volume"], np.minimum(of["entitlement_volume"], claimed))
    return {
        "shortage": np.where(water.grows, above(asked - given), asked - given),
        "consumption": given - of["return_fraction"][:, None] * water.left,
        "supply_ratio": np.divide(given, asked, out=np.full(given.shape, np.nan), where=asked > 0),
        "entitlement_delivered": got,
        "entitlement_shortfall": above(owed - got),
    }


def _missing(water: Water) -> dict[str, Floats]:
    """What is missing to nature, and what is beyond channels and the space kept for floods."""
    of, flow = water.of, water.of["flow"]
    reserved = np.where(of["flood_space"] > 0, of["flood_space"], np.nan)
    return {
        "flow_shortfall": above(water.asked - flow[water.places("flow_requirement_link", "link")]),
        **environment_anew(of),
        "channel_excess": above(flow[water.places("channel_link", "link")] - of["channel_limit"]),
        "flood_space_used": above(of["storage"] + reserved - of["storage_max"]),
    }


def _outlets(water: Water) -> dict[str, Floats]:
    """What is let out beyond the outlets: their limit, and the lines that lie above what they pass at the mean storage of a step."""
    of, most = water.of, np.nan_to_num(water.of["release_max"], nan=np.inf)
    for body, slope, base in zip(of["outlet_reservoir"].tolist(), of["outlet_slope"], of["outlet_intercept"], strict=True):
        row = of["reservoir"].tolist().index(body)
        most[row] = np.minimum(most[row], base + slope * water.mean[row])
    by_outlet = of["link_kind"] != "spillway"
    return {"release_excess": above(gathered(of["flow"][by_outlet], of["link_from"][by_outlet], of["reservoir"]) - most)}


def _rules(water: Water) -> dict[str, Floats]:
    """Storage outside its rule band."""
    of, storage = water.of, water.of["storage"]
    low, high = of["storage_rule_low"], of["storage_rule_high"]
    return {"storage_below_rule": above(low - storage), "storage_above_rule": above(storage - high)}


def _operation(water: Water) -> dict[str, Floats]:
    """Changes beyond ramps, step by step, releases outside the record, and what is missing to promises that have a tolerance."""
    of, found = water.of, np.zeros(water.of["flow"].shape)
    flow, days, since = of["flow"], of["step_length"], 0
    if water.read.sizes.get("past"):
        flow, days, since = np.hstack([of["past_flow"][:, -1:], flow]), np.append(of["past_step_length"][-1], days), 1
    for step in range(1, len(days)):
        change = abs(flow[:, step] / days[step] - flow[:, step - 1] / days[step - 1])
        found[:, step - since] = above(change - of["ramp_most"] * (days[step] + days[step - 1]) / 2)
    let_out = gathered(flow[:, since:][of["link_kind"] == "river"], of["link_from"][of["link_kind"] == "river"], of["reservoir"])
    outside = above(let_out - of["record_release_greatest"]) + above(of["record_release_least"] - let_out)
    return {"ramp_breach": found, "release_outside": outside, **tolerance_anew(of)}


def _power(water: Water) -> dict[str, Floats]:
    """Energy by factor or by head, what passes turbines, and what markets are short of."""
    of = water.of
    flow, turbined = of["flow"][water.places("plant_link", "link")], of["turbine_flow"]
    energy = turbined * of["energy_factor"][:, None]
    rows, bodies = water.places("headed", "plant"), water.places("headed_reservoir", "reservoir")
    wake = of["tailwater_slope"][:, None] * turbined[rows] / of["step_length"]
    head = water.on_curve(water.mean, "curve_level")[bodies] - (of["tailwater"] + of["head_loss"])[:, None] - wake
    energy[rows] = np.clip(GWH * of["power_efficiency"][:, None] * turbined[rows] * head, 0.0, of["energy_max"])
    at_home = of["power_block_kind"] == "domestic"
    owners, parties = of["power_block_party"][at_home], of["power_market"]
    served, asked = (gathered(of[name][at_home], owners, parties) for name in ("power_sold", "power_block_size"))
    taken = gathered(of["power_sold"], of["power_block_party"], parties)
    made = gathered(of["energy"], of["plant_party"], parties)
    found: dict[str, Floats] = {}
    if "power_sent" in of:  # plans of old tell of no lines
        found["power_received"] = of["power_sent"] - of["power_sent"] * of["power_link_loss"]
        made = made + gathered(of["power_generated"], of["power_unit_party"], parties)
        made = made + gathered(found["power_received"], of["power_link_to"], parties)
        taken = taken + gathered(of["power_sent"], of["power_link_from"], parties)
    return {
        **found,
        "turbine_bypass": flow - turbined,
        "energy": energy,
        "power_unserved": asked - served,
        "firm_shortfall": above(of["power_firm"] - served),
        "power_surplus": made - taken,
    }


def _fields(water: Water) -> dict[str, Floats]:
    """Areas, output and margin of fields; a field that follows a response is read off its table."""
    of = water.of
    area = gathered(of["path_area"], of["path_field"], of["field"])
    tended = gathered(of["path_area"] * ~of["path_given_up"].astype(bool), of["path_field"], of["field"])
    rows, season = water.places("responding", "field"), np.zeros(len(of["responding"]))
    for table, field in enumerate(rows.tolist()):
        if tended[field] > NO_AREA:
            known = np.isfinite(of["response_water"][table])
            depth = of["season_water"][table] / tended[field] / DEPTH
            share = np.interp(depth, of["response_water"][table][known], of["response_share"][table][known])
            season[table] = tended[field] * of["field_yield_full"][field] * share
    output = gathered(of["path_area"] * of["path_yield"], of["path_field"], of["field"])
    output[rows] += season
    own = area[water.places("costed", "field")]
    cost = own * (of["cost_linear"] + own * of["cost_curve"] / 2)
    margin = gathered(of["path_area"] * of["path_margin"], of["path_field"], of["field"]) - gathered(cost, of["costed"], of["field"])
    margin[rows] += season * of["response_worth"] - of["season_water"] * of["response_water_cost"]
    return {
        "field_area": area,
        "season_output": season,
        "field_output": output,
        "field_yield": np.divide(output, area, out=np.full(area.shape, np.nan), where=area > NO_AREA),
        "field_margin": margin,
        "calibrated_cost": cost,
        "crop_water": water.of_crops("path_water", "response_draw"),
        "crop_consumption": water.eaten,
    }


def _ground(water: Water) -> dict[str, Floats]:
    """Aquifers; the debt is what pumping alone leaves them short of when the horizon ends."""
    of, (storage, baseflow), (kept, share) = water.of, water.below, water.draining_aquifers
    owed = np.zeros(len(of["aquifer"]))
    for step in range(kept.shape[1]):
        owed = owed * kept[:, step] + water.pumped[:, step] * share[:, step]
    energy = of["pumped"] * of["well_energy"][:, None]
    return {
        "aquifer_storage": storage,
        "baseflow": baseflow,
        "recharge": of["recharge_natural"] + water.percolated,
        "groundwater_debt": owed,
        "pumping_energy": energy,
        "pumping_cost": energy * of["well_energy_price"],
    }


def _benefits(water: Water) -> dict[str, Floats]:
    """What deliveries are worth: by a x - b x^2, or under the lines of a table."""
    of = water.of
    given = (of["delivery"][water.places("benefit_demand", "demand")] * of["benefit_covers"]).sum(axis=1)
    lines = (of["tangent_intercept"] + of["tangent_slope"] * given[:, None]).min(axis=1, initial=np.inf)
    curved = given * (of["benefit_linear"] - of["benefit_curve"] * given)
    return {"benefit_worth": np.where(np.isfinite(curved), curved, lines)}


def _clauses(water: Water) -> dict[str, Floats]:
    """What rows of clauses come to and leave; a row with a regime, whose choice no result tells, is taken as it is printed."""
    of = water.of
    factors, rows, value = of["term_factor"], of["term_row"], np.zeros(len(of["row_bound"]))
    unknown = np.zeros(len(value), dtype=bool)
    for factor, row, quantity, place, step in zip(factors, rows, of["term_quantity"], of["term_place"], of["term_step"], strict=True):
        if str(quantity).startswith("regime"):
            unknown[row] = True
        else:
            dims = water.read[quantity].dims
            told = of[quantity][of[str(dims[0])] == place]
            value[row] += factor * (told[:, step] if "time" in dims else told).sum()
    value = np.where(unknown, of["row_value"], value)
    made = of["concession_made"]
    counted = np.where(of["concession_clause"][:, None] == of["clause"], (made * of["concession_weight"])[:, None], 0.0)
    ways = zip(of["concession_clause"].tolist(), of["concession_part"].tolist(), strict=True)
    given = dict(zip(ways, made.tolist(), strict=True))
    names = zip(of["row_clause"].tolist(), of["row_concession"].tolist(), strict=True)
    sign = (of["row_sense"] == "at_least").astype(float) - (of["row_sense"] == "at_most")
    return {
        "row_value": value,
        "row_slack": sign * (value - of["row_bound"]) + np.array([given.get(name, 0.0) for name in names]),
        "clause_conceded": counted.max(axis=0, initial=0.0),  # the most of any of its parts
    }


def _levels(water: Water) -> dict[str, Floats]:
    """Values of the levels as told beside the plan, none of them below what the results of the plan alone bring to it.

    What is given, and missing to firm energy, is all of its level. What each can be at least is as told.
    """
    of, told = water.of, setting(water.read, "levels")
    operated = water.read.at("node_kind", of["reservoir"].tolist()) == "reservoir"
    nature = of["flow_requirement_kind"] != "sanitary"
    least = {
        "safety": of["flood_space_used"][operated].sum() + of["channel_excess"].sum(),
        "spillway": of["flow"][of["link_kind"] == "spillway"].sum(),
        "environment": of["flow_shortfall"][nature].sum() + sum(of[name].sum() for name in having("missed")),
        "rule_band": (of["storage_below_rule"] + of["storage_above_rule"])[operated].sum(),
    }
    whole = {"firm_power": of["firm_shortfall"].sum(), "given": of["promise_given"].sum() if "promise_given" in of else 0.0}
    names = of["objective_level"].tolist()
    values = [whole.get(name, np.fmax(told.get(name, np.nan), least.get(name, -np.inf))) for name in names]
    proven = setting(water.read, "levels_least", {})
    leasts = [proven.get(name, np.nan) for name in names]
    return {"level_value": np.array(values, dtype=float), "level_least": np.array(leasts, dtype=float)}


PARTS: tuple[Callable[[Water], dict[str, Floats]], ...] = (
    _network, _users, _missing, _outlets, _rules, _operation, _power, _fields, _ground, _benefits, _clauses, _levels
)  # fmt: skip
