"""The levels of the objective, each a sum to be made least before the next one is looked at.

Between levels nothing is traded: a plan that is better on an upper level wins, whatever the lower ones say. The goals are hm3 of
what is missing, so that a level's value can be read by people. A level is the sum of what parts of the model bring to it;
a component may say so itself.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from waterdeal.lp.symbolic import Goal, Shared, Tolerance
from waterdeal.model.components.give import missing_rows
from waterdeal.model.network import has
from waterdeal.scenario.ranks import LEAST, base_level, with_ranks
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from waterdeal.lp.program import Program

    Rule = Callable[[Any], Any]


#: how what is missing is shared among users of equal standing: by the least sum, shares being even among plans of that sum only; or by
#: even shares, as far as nature, capacities and promises allow, whatever the sum
LEAST_SHORTAGE, EQUAL_RATIO = "least_shortage", "equal_ratio"
#: users of equal standing, by the level that counts what is missing to them
STANDINGS = {"drinking": "MUNICIPAL", LEAST: "PRODUCTIVE", "irrigation": "PRODUCTIVE"}


#: level on which the rest of a season goes on as planned, and what is added to the name of a level that it holds to the plan
AS_PLANNED, PLANNED = "as_planned", "_planned"


@dataclass(frozen=True)
class Level:
    """A level of the objective from outside the package.

    Parameters
    ----------
    name : str
        Its name, none of the scenario's levels.
    rule : callable
        ``rule(model)`` returning a linear expression to be made least.
    before : str
        The level it comes just before; it comes last where the scenario does not have that.
    """

    name: str
    rule: Rule
    before: str = "evenness"


def own_levels(program: Program, levels: Sequence[str]) -> tuple[str, ...]:
    """Return the levels with those of priorities, and the objectives a user has added to the model, just before plans are evened out."""
    levels = with_ranks(levels, program.goals)
    added = [name for name, is_added in program.added_goals.items() if is_added and name not in levels]
    at = levels.index("evenness") if "evenness" in levels else len(levels)
    return _as_planned_first((*levels[:at], *added, *levels[at:]), program)


def planned_name(level: str) -> str:
    """Name of the level on which what is missing beyond the plan is made least before the level itself."""
    return f"{base_level(level)}{PLANNED}{level.removeprefix(base_level(level))}"


def _as_planned_first(levels: tuple[str, ...], program: Program) -> tuple[str, ...]:
    """Return levels with those that hold the rest of a season to its plan: before the first of the levels that tolerance may move.

    Least supplies come after them: what the plan leaves to a season is held first.
    """
    if AS_PLANNED in program.goals:
        return (AS_PLANNED, *levels)
    user = program.pools or program.easing
    before = levels[: levels.index(user.level)] if user is not None and user.level in levels else ()
    held = [level for level in before if planned_name(level) in program.goals]
    if not held:
        return levels
    first, last = levels.index(held[0]), levels.index(held[-1])
    between = [level for level in levels[first : last + 1] if base_level(level) != LEAST]
    block = [planned_name(level) if level in held else level for level in between]
    return (*levels[:first], *block, *(level for level in levels[first:] if level not in block))


def add_goals(
    model: Any,
    brought: Iterable[Mapping[str, Mapping[str, Rule]]] = (),
    levels: Sequence[Level] = (),
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Add one goal a level, under the names of `GOALS`, with what components say they bring to it, and those of levels from outside."""
    settings = settings or {}
    more, sharing = list(brought), settings.get("sharing", "")
    for name, parts in GOALS.items():
        own = {part: rule for goals in more for part, rule in goals.get(name, {}).items()}
        if name == "entitlement" and sharing == EQUAL_RATIO:
            own = {"entitlement": _unpromised, **own}
        if name not in STANDINGS or not has(model, "demand"):
            model.add_component(f"{name}_goal", Goal(rule=_sum_of({**parts, **own})))
            continue
        for goal, users in _standing(model, name):
            if name == LEAST:
                model.add_component(f"{goal}_goal", Goal(rule=_sum_of({"demand": _missing(users, "BELOW_LEAST")})))
                continue
            counted = {"demand": _missing(users) if sharing == EQUAL_RATIO else _short(users, "shortage_weight")}
            model.add_component(f"{goal}_goal", Goal(rule=_sum_of({**parts, **counted, **own} if goal == name else counted)))
            model.component(f"{goal}_goal").shared = _shared(model.demand, users, first=sharing == EQUAL_RATIO)
    if has(model, "entitlement"):
        model.entitlement_goal.shared = _promised_alike(model.entitlement, first=sharing == EQUAL_RATIO)
    held = _add_planned(model, first=sharing == EQUAL_RATIO) if has(model, "planned") else ()
    if has(model, "clause"):
        model.agreement_goal.shared = _conceded_alike(model.clause)
    for level in levels:
        if model.component(f"{level.name}_goal") is not None:
            raise ValueError(say("solving.level_there", name=level.name))
        model.add_component(f"{level.name}_goal", Goal(rule=level.rule))
    give = float(settings.get("evenness_give", 0.0))
    if give and has(model, "demand"):
        promises = ("entitlement",) if has(model, "entitlement") else ()
        eased = (*promises, *(goal for goal, _ in _standing(model, "irrigation")))
        model.evenness_goal.eases = (*eased, *map(planned_name, eased)), give
        model.evenness_goal.shared = _shared(model.demand, STANDINGS["irrigation"], first=False)
    user = model.component(f"{settings.get('give_to', '')}_goal")
    if has(model, "give") and user is not None:
        own = model.give
        of = ("environment", *(goal for goal, _ in _standing(model, "irrigation")), *held)
        user.tolerance = Tolerance(own.kept, own.given, missing_rows(own), own.apart, own.planned, held, of)


def _add_planned(model: Any, *, first: bool) -> tuple[str, ...]:
    """Add the goals that hold the rest of a season to its plan, and return those that do so level by level."""
    own, users = model.planned, model.demand
    if hasattr(own, "flow_more"):
        model.as_planned_goal = Goal(rule=_off_plan)
        return ()
    model.environment_planned_goal = Goal(rule=lambda m: sum(m.planned.nature_beyond[nature] for nature in m.planned.NATURE))
    for level, group in _standing(model, "irrigation"):
        labels = [(user, season) for user in users.component(group) for season in users.SEASON]
        goal = Goal(rule=_held_of(group))
        goal.shared = Shared(own.user_held, labels, first, most=[pyo.value(own.user_most[label]) for label in labels])
        model.add_component(f"{planned_name(level)}_goal", goal)
    if has(model, "entitlement"):
        model.entitlement_planned_goal = Goal(rule=lambda m: sum(m.planned.volume_held[promise] for promise in m.entitlement.ENTITLEMENT))
        promises = list(model.entitlement.ENTITLEMENT)
        most = [pyo.value(own.volume_most[promise]) for promise in promises]
        model.entitlement_planned_goal.shared = Shared(own.volume_held, [(promise,) for promise in promises], first, most=most)
    return tuple(planned_name(level) for level in ("entitlement", "environment", *(name for name, _ in _standing(model, "irrigation"))))


def _off_plan(m: Any) -> Any:
    """How much more and less flows and deliveries are than planned."""
    own = m.planned
    flows = sum(own.flow_more[link, t] + own.flow_less[link, t] for link in m.LINK for t in m.TIME)
    return flows + sum(own.delivery_more[user, t] + own.delivery_less[user, t] for user in m.demand.DEMAND for t in m.TIME)


def _held_of(users: str) -> Rule:
    """Return what some users are held to."""
    return lambda m: sum(m.planned.user_held[user, season] for user in m.demand.component(users) for season in m.demand.SEASON)


def _standing(model: Any, level: str) -> list[tuple[str, str]]:
    """Return the goals that count what users are short of on a level, with the set of users of each: one for each priority there is."""
    ranks = [name for name in model.demand.ranks if base_level(name) == level]
    return [(name, f"RANK_{name}") for name in ranks] or [(level, STANDINGS[level])]


def _sum_of(parts: Mapping[str, Rule]) -> Rule:
    """Return the rule of a level: what the parts that the model has bring to it."""
    return lambda m: sum([rule(m) for part, rule in parts.items() if has(m, part)])


def _short(users: str, weight: str) -> Rule:
    """Return the shortage of some users, convex by steps; by the weights of evenness, of plans with the same shortage the uneven one."""

    def short(m: Any) -> Any:
        own = m.demand
        of, weights = own.component(users), own.component(weight)
        return sum(weights[step] * own.shortage[user, step, t] for user in of for step in own.SHORTAGE_STEP for t in m.TIME)

    return short


def _missing(users: str, steps: str = "SHORTAGE_STEP") -> Rule:
    """Return the volume that is missing to some users, as it is, or some steps of it: their shares have told all of it."""

    def missing(m: Any) -> Any:
        own = m.demand
        return sum(own.shortage[user, step, t] for user in own.component(users) for step in own.component(steps) for t in m.TIME)

    return missing


def _shared(own: Any, users: str, *, first: bool) -> Shared:
    """Say that the shares of some users are made even, season by season."""
    labels = [(user, season) for user in own.component(users) for season in own.SEASON]
    past = [pyo.value(own.season_requirement_past[label]) for label in labels]
    planned = [pyo.value(own.season_shortage_planned[label]) for label in labels]
    return Shared(own.season_shortage, labels, first, own.season_shortage_summed, past, planned)


def _promised_alike(own: Any, *, first: bool) -> Shared:
    """Say that the shares of what is missing to promises of a volume are made even."""
    labels = [(promise,) for promise in own.ENTITLEMENT]
    past, planned = ([pyo.value(values[promise]) for promise in own.ENTITLEMENT] for values in (own.past, own.planned))
    return Shared(own.missing, labels, first, own.missing_summed, past, planned)


def _unpromised(m: Any) -> Any:
    """Return the volume that is missing to promises, as it is: their shares have told all of it."""
    own = m.entitlement
    return sum(own.shortfall[promise, step] for promise in own.ENTITLEMENT for step in m.demand.SHORTAGE_STEP)


def _conceded_alike(own: Any) -> Shared | None:
    """Say that the steps of clauses concede even shares of what is promised in each, among plans that concede as little in all."""
    parts = Counter(clause for clause, _ in own.CONCESSION)
    several = [(clause, part) for clause, part in own.CONCESSION if parts[clause] > 1]
    scales = [pyo.value(own.concession_scale[way]) for way in several]
    return Shared(own.concession, several, first=False, most=scales) if several else None


def _promised(weight: str) -> Rule:
    """Return what is missing to the volumes promised, the same way."""

    def missing(m: Any) -> Any:
        weights, own = m.demand.component(weight), m.entitlement
        return sum(weights[step] * own.shortfall[promise, step] for promise in own.ENTITLEMENT for step in m.demand.SHORTAGE_STEP)

    return missing


def _sanitary(m: Any) -> Any:
    """Sanitary flow that is missing."""
    return sum(m.environment.flow_shortfall[place, t] for place in m.environment.SANITARY for t in m.TIME)


def _off_rule(m: Any) -> Any:
    """Storage outside its rule band."""
    below = sum(m.reservoir.storage_below_rule[body, t] for body, t in m.reservoir.LOW)
    return below + sum(m.reservoir.storage_above_rule[body, t] for body, t in m.reservoir.HIGH)


def _energy(m: Any) -> Any:
    """Worth of energy at its plants, as a cost below zero."""
    own = m.hydropower
    factored = sum(
        own.energy_value[plant, t] * own.energy_factor[plant] * own.turbine_flow[plant, t] for plant in own.FACTORED for t in m.TIME
    )
    return -factored - sum(own.energy_value[plant, t] * own.energy[plant, t] for plant in own.HEADED for t in m.TIME)


def _pumping(m: Any) -> Any:
    """Cost of pumping and of its debt."""
    own = m.groundwater
    return sum((own.pumping_cost[well, t] + own.debt_cost[well, t]) * own.pumped[well, t] for well in own.WELL for t in m.TIME)


def _crops(m: Any) -> Any:
    """Gross margin of crops, less what calibration adds to their costs, as a cost below zero."""
    own = m.crops
    paths = sum(own.path_margin[path] * own.path_area[path] for path in own.PATH)
    output = sum(own.response_worth[field] * own.season_output[field] for field in own.TABLE)
    water = sum(own.response_water_cost[field] * own.season_water[field] for field in own.TABLE)
    return -(paths + output - water - sum(own.calibrated_cost[field] for field in own.COSTED))


def _jumps(m: Any) -> Any:
    """Jumps of reservoir releases from step to step, hm3 per day."""
    own = m.smoothness
    return sum(own.release_rise[link, t] + own.release_fall[link, t] for link in own.RELEASE for t in m.CHANGE)


#: what each part of the model brings to a level unless its component says so (its own ``GOALS``), in the default order; the tie-break
#: that makes the plan unique comes after them all
GOALS: dict[str, dict[str, Rule]] = {
    "safety": {},  # reservoirs and channels say so themselves
    "spillway": {"SPILLWAY": lambda m: sum(m.flow[link, t] for link in m.SPILLWAY for t in m.TIME)},
    "drinking": {"demand": _short("MUNICIPAL", "shortage_weight"), "environment": _sanitary},
    "agreement": {"clause": lambda m: sum(m.clause.clause_price[of] * m.clause.concession[of, part] for of, part in m.clause.CONCESSION)},
    "entitlement": {"entitlement": _promised("shortage_weight")},
    "environment": {
        "environment": lambda m: sum(m.environment.flow_shortfall[place, t] for place in m.environment.NATURE for t in m.TIME),
        "salinity": lambda m: sum(m.salinity.excess[limit, t] for limit, t in m.salinity.LIMITED),
    },
    "firm_power": {},
    "power": {},
    LEAST: {},
    "irrigation": {"demand": _short("PRODUCTIVE", "shortage_weight")},
    "rule_band": {"reservoir": _off_rule},
    "operation": {"smoothness": _jumps},
    "given": {"give": lambda m: sum(m.give.given[promise] for promise in m.give.PROMISE)},
    "evenness": {"demand": _short("DEMAND", "evenness_weight"), "entitlement": _promised("evenness_weight")},
    "lookahead": {},
    "benefit": {
        "groundwater": _pumping,
        "hydropower": _energy,
        "benefit": lambda m: -sum(m.benefit.worth[item] for item in m.benefit.ITEM),
        "terminal": lambda m: -sum(m.terminal.storage_value[body, t] * m.reservoir.storage[body, t] for body, t in m.terminal.VALUED),
        "lake": lambda m: -sum(m.terminal.lake_storage_value[body, t] * m.lake.storage[body, t] for body, t in m.terminal.LAKE_VALUED),
        "crops": _crops,
    },
    "smoothness": {"smoothness": _jumps},
}
