"""The levels of the objective, each a sum to be made least before the next one is looked at.

Between levels nothing is traded: a plan that is better on an upper level wins, whatever the lower ones say. The goals are hm3 of
what is missing, so that a level's value can be read by people.
"""

from __future__ import annotations

from typing import Any

from waterdeal.model.symbolic import Goal


def add_goals(model: Any) -> None:
    """Add one goal a level, under the names of `GOALS`.

    Parameters
    ----------
    model : pyomo.environ.ConcreteModel
        Model with all components.
    """
    for name, rule in GOALS.items():
        model.add_component(f"{name}_goal", Goal(rule=rule))


def _safety(m: Any) -> Any:
    """Flow beyond what channels carry, and flood space that is filled."""
    excess = sum(m.channel.channel_excess[channel, t] for channel, t in m.channel.LIMITED)
    return excess + sum(m.reservoir.flood_space_used[body, t] for body, t in m.reservoir.FLOOD)


def _spillway(m: Any) -> Any:
    """Water through spillways."""
    return sum(m.flow[link, t] for link in m.SPILLWAY for t in m.TIME)


def _drinking(m: Any) -> Any:
    """Shortage of towns, and sanitary flow that is missing."""
    towns = sum(
        m.demand.shortage_weight[step] * m.demand.shortage[town, step, t]
        for town in m.demand.MUNICIPAL
        for step in m.demand.SHORTAGE_STEP
        for t in m.TIME
    )
    return towns + sum(m.environment.flow_shortfall[place, t] for place in m.environment.SANITARY for t in m.TIME)


def _agreement(m: Any) -> Any:
    """What clauses concede, each at its price; nothing where breaches are refused."""
    return sum(m.clause.clause_price[clause] * m.clause.conceded[clause] for clause in m.clause.CLAUSE)


def _entitlement(m: Any) -> Any:
    """What is missing to the volumes promised, convex by steps."""
    return sum(
        m.demand.shortage_weight[step] * m.entitlement.shortfall[promise, step]
        for promise in m.entitlement.ENTITLEMENT
        for step in m.demand.SHORTAGE_STEP
    )


def _environment(m: Any) -> Any:
    """Environmental flow that is missing, in steps, in pulses, in lakes on the day of their target, and to dilute salt to its limits."""
    steps = sum(m.environment.flow_shortfall[place, t] for place in m.environment.NATURE for t in m.TIME)
    pulses = sum(m.pulse.shortfall[pulse] for pulse in m.pulse.PULSE)
    lakes = sum(m.lake_target.shortfall[target] for target in m.lake_target.LAKE_TARGET)
    return steps + pulses + lakes + sum(m.salinity.excess[limit, t] for limit, t in m.salinity.LIMITED)


def _firm_power(m: Any) -> Any:
    """Firm energy that is missing."""
    return sum(m.power_market.firm_shortfall[party, t] for party, t in m.power_market.FIRM)


def _irrigation(m: Any) -> Any:
    """Shortage of fields and works, convex by steps."""
    return sum(
        m.demand.shortage_weight[step] * m.demand.shortage[user, step, t]
        for user in m.demand.PRODUCTIVE
        for step in m.demand.SHORTAGE_STEP
        for t in m.TIME
    )


def _rule_band(m: Any) -> Any:
    """Storage outside its rule band."""
    below = sum(m.reservoir.storage_below_rule[body, t] for body, t in m.reservoir.LOW)
    return below + sum(m.reservoir.storage_above_rule[body, t] for body, t in m.reservoir.HIGH)


def _evenness(m: Any) -> Any:
    """Uneven shortage: of plans with the same shortage, the one that spreads it."""
    users = sum(
        m.demand.evenness_weight[step] * m.demand.shortage[user, step, t]
        for user in m.demand.DEMAND
        for step in m.demand.SHORTAGE_STEP
        for t in m.TIME
    )
    return users + sum(
        m.demand.evenness_weight[step] * m.entitlement.shortfall[promise, step]
        for promise in m.entitlement.ENTITLEMENT
        for step in m.demand.SHORTAGE_STEP
    )


def _benefit(m: Any) -> Any:
    """Worth of energy, of deliveries and of water left in store, as a cost below zero; cost of pumping and of its debt."""
    power = sum(
        m.hydropower.energy_value[plant, t] * m.hydropower.energy_factor[plant] * m.hydropower.turbine_flow[plant, t]
        for plant in m.hydropower.FACTORED
        for t in m.TIME
    )
    headed = sum(m.hydropower.energy_value[plant, t] * m.hydropower.energy[plant, t] for plant in m.hydropower.HEADED for t in m.TIME)
    power = power - _power(m)
    left = sum(m.terminal.storage_value[body, t] * m.reservoir.storage[body, t] for body, t in m.terminal.VALUED)
    in_lakes = sum(m.terminal.lake_storage_value[body, t] * m.lake.storage[body, t] for body, t in m.terminal.LAKE_VALUED)
    given = sum(m.benefit.worth[item] for item in m.benefit.ITEM)
    ground = m.groundwater
    pumping = sum(
        (ground.pumping_cost[well, t] + ground.debt_cost[well, t]) * ground.pumped[well, t] for well in ground.WELL for t in m.TIME
    )
    return pumping - power - headed - given - left - in_lakes - _crops(m)


def _crops(m: Any) -> Any:
    """Gross margin of crops, less what calibration adds to their costs."""
    own = m.crops
    paths = sum(own.path_margin[path] * own.path_area[path] for path in own.PATH)
    output = sum(own.response_worth[field] * own.season_output[field] for field in own.TABLE)
    water = sum(own.response_water_cost[field] * own.season_water[field] for field in own.TABLE)
    return paths + output - water - sum(own.calibrated_cost[field] for field in own.COSTED)


def _power(m: Any) -> Any:
    """Worth of the energy that the markets of parties take, as a cost below zero: alone on a level, the power mode of a cascade."""
    own = m.power_market
    return -sum(own.power_block_worth[part, t] * own.sold[part, t] for part in own.BLOCK for t in m.TIME)


def _smoothness(m: Any) -> Any:
    """Jumps of reservoir releases from step to step, hm3 per day."""
    own = m.smoothness
    return sum(own.release_rise[link, t] + own.release_fall[link, t] for link in own.RELEASE for t in m.LATER)


#: rules by level, in the default order; the tie-break that makes the plan unique comes after them all
GOALS = {
    "safety": _safety,
    "spillway": _spillway,
    "drinking": _drinking,
    "agreement": _agreement,
    "entitlement": _entitlement,
    "environment": _environment,
    "firm_power": _firm_power,
    "power": _power,
    "irrigation": _irrigation,
    "rule_band": _rule_band,
    "evenness": _evenness,
    "benefit": _benefit,
    "smoothness": _smoothness,
}
