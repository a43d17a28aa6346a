"""What is expected after the horizon: the next season by months, at a class of year, with the requirements of the basin's own tables.

Nothing of the scenario's season goes on in it: no limit, clause, pulse, target or factor. Water takes no time there
(docs/decisions/look-ahead.md).
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.basin.cells import did_you_mean
from waterdeal.basin.hydrology import mean_step_rates
from waterdeal.calendar import Step, StepKind, next_month, season_span
from waterdeal.errors import Problem, make_problem
from waterdeal.scenario.environment import environment_part
from waterdeal.scenario.horizon import step_days
from waterdeal.scenario.natural import HANDS_OFF, natural_flows
from waterdeal.scenario.parts import demand_part, network_part, place_part, water_part
from waterdeal.scenario.parts_schema import Environment, Physics, PowerTrade
from waterdeal.scenario.power import markets_of
from waterdeal.scenario.reservoirs import body_part, outlet_part
from waterdeal.scenario.schema import Hydrology, Requirement
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from waterdeal.basin.schema import Basin
    from waterdeal.scenario.schema import Scenario
    from waterdeal.types import Floats

#: classes of year that stand for what is expected, the first that the basin has
EXPECTED = ("mean", "exceeded_50")
#: months that are looked ahead at most
MOST_MONTHS = 24


def expected_class(basin: Basin, scenario: Scenario) -> str | None:
    """Class of year of the look-ahead: the one named, else the mean, else the median; None where the basin has neither."""
    if scenario.lookahead is None:
        return None
    known = basin.runoff["year_class"].values.tolist() if basin.runoff["node"].size else []
    named = scenario.lookahead.year_class
    return named or next((name for name in EXPECTED if name in known), None)


def lookahead_end(basin: Basin, scenario: Scenario, last: Step) -> date:
    """Day after the last of the look-ahead: the end of the season that follows that of the last step, unless it is named."""
    named = scenario.lookahead.until if scenario.lookahead is not None else None
    if named is not None:
        return named
    borders = {day for year in range(last.start.year - 1, last.start.year + 3) for day in season_span(year, basin.growing_season)}
    return sorted(day for day in borders if day > last.start)[1]


def lookahead_steps(basin: Basin, scenario: Scenario, last: Step) -> tuple[Step, ...]:
    """Months after the last step of the horizon; the first begins where that ends."""
    end, start, steps = lookahead_end(basin, scenario, last), last.end, list[Step]()
    while start < end:
        after = min(next_month(start), end)
        steps.append(Step(start, after, StepKind.MONTH))
        start = after
    return tuple(steps)


def check_lookahead(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> Iterator[Problem]:
    """Report a class of year that the basin does not have, and an end before that of the horizon or years away."""
    asked = scenario.lookahead
    if asked is None:
        return
    known = basin.runoff["year_class"].values.tolist()
    if asked.year_class is not None and asked.year_class not in known:
        yield Problem(file, None, "lookahead.year_class", say("scenario.not_in_basin"), did_you_mean(asked.year_class, known))
    end, months = steps[-1].end, 0
    if asked.until is not None:
        months = (asked.until.year - end.year) * 12 + asked.until.month - end.month
        if asked.until <= end or months > MOST_MONTHS:
            yield make_problem(file, None, "lookahead.until", "scenario.lookahead_until", until=asked.until, end=end, most=MOST_MONTHS)


def lookahead_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Make the inputs of the look-ahead; none where the scenario has none, or the basin no class of year for it."""
    year_class = expected_class(basin, scenario)
    if year_class is None:
        return {}
    ahead, plain = lookahead_steps(basin, scenario, steps[-1]), _plain(scenario, year_class)
    made: dict[str, Any] = {
        **_of(network_part(basin, plain, ahead), "loss_fraction flow_max"),
        **_of(water_part(basin, plain, ahead), "runoff"),
        **_of(demand_part(basin, plain, ahead), "requirement"),
        **_bodies(basin, plain, ahead),
        **_least_and_most(basin, plain, ahead),
    }
    made["turbine_max"] = place_part(basin, plain, ahead)["turbine_max"]
    made["return_past"] = ("demand", "time"), np.zeros((len(basin.ids("demands")), len(ahead)))
    made["energy_value"] = ("plant", "time"), _energy_values(basin, scenario, ahead)
    found: dict[str, Any] = {f"lookahead_{name}": ((dims[0], "lookahead_step"), values) for name, (dims, values) in made.items()}
    found["lookahead_step"] = np.array([step.label for step in ahead])
    found["lookahead_step_length"] = ("lookahead_step", step_days(ahead))
    return found


def told_lookahead(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, str]:
    """Attribute of inputs that tells the class of year and the end of the look-ahead; the class is null where the basin has none for it."""
    if scenario.lookahead is None:
        return {}
    told = {"year_class": expected_class(basin, scenario), "until": lookahead_end(basin, scenario, steps[-1]).isoformat()}
    return {"lookahead": json.dumps(told)}


def _plain(scenario: Scenario, year_class: str) -> Any:
    """Return what the look-ahead reads of a scenario: another water, and what the basin's tables ask for; nothing else can change it."""
    asked = {"requirement": Requirement(), "environment": Environment(), "physics": Physics(), "power": {}, "trade": PowerTrade()}
    return SimpleNamespace(**asked, hydrology=Hydrology(year_class=year_class), energy=scenario.energy, objective=scenario.objective)


def _of(made: Mapping[str, Any], names: str) -> dict[str, Any]:
    """Some variables of a part."""
    return {name: made[name] for name in names.split()}


def _bodies(basin: Basin, plain: Scenario, ahead: Sequence[Step]) -> dict[str, Any]:
    """Bounds of storages, what outlets pass, and what evaporates and seeps by a line of the storage: a part that is fixed, a share."""
    bodies, seepage = body_part(basin, plain, ahead), outlet_part(basin, plain, ahead)["seepage_share"][1]
    depth, intercept, slope = (bodies[name][1] for name in ("evaporation_depth", "area_intercept", "area_slope"))
    dims, most = bodies["storage_max"]
    return {
        **_of(bodies, "storage_max release_max"),
        "storage_min": (dims, np.minimum(bodies["storage_min"][1], most)),
        "evaporation_fixed": (dims, depth * intercept),
        "evaporation_share": (dims, depth * slope + seepage),
    }


def _least_and_most(basin: Basin, plain: Scenario, ahead: Sequence[Step]) -> dict[str, Any]:
    """Least flow of each link, of several the largest, and the most it carries without damage, of several the least."""
    links, nature, places = basin.ids("links"), environment_part(basin, plain, ahead), place_part(basin, plain, ahead)
    least, most = np.zeros((len(links), len(ahead))), np.full((len(links), len(ahead)), np.inf)
    asked, kinds = np.nan_to_num(nature["flow_minimum"][1]), nature["flow_requirement_kind"][1].tolist()
    natural = _natural(basin, plain, ahead) if HANDS_OFF in kinds else most
    for link, kind, row in zip(nature["flow_requirement_link"][1].tolist(), kinds, asked, strict=True):
        due = np.minimum(row, natural[links.index(link)]) if kind == HANDS_OFF else row
        least[links.index(link)] = np.maximum(least[links.index(link)], due)
    for link, row in zip(places["channel_link"][1].tolist(), places["channel_limit"][1], strict=True):
        most[links.index(link)] = np.fmin(most[links.index(link)], row)
    return {"flow_minimum": (("link", "time"), least), "channel_limit": (("link", "time"), most)}


def _natural(basin: Basin, plain: Scenario, ahead: Sequence[Step]) -> Floats:
    """Water that would enter each river link if nobody stored or took any."""
    links, none = basin.table("links"), np.zeros((0, len(ahead)))
    found = {"loss_fraction": network_part(basin, plain, ahead)["loss_fraction"], "runoff": water_part(basin, plain, ahead)["runoff"]}
    found |= {f"link_{column.removesuffix('_node')}": ("link", links[column].to_numpy()) for column in ("kind", "from_node", "to_node")}
    found |= {"arrival_share": (("lagged_link", "time", "lag"), none[..., None]), "arrival_past": (("lagged_link", "time"), none)}
    return natural_flows(xr.Dataset(found, {"node": basin.ids("nodes"), "link": basin.ids("links"), "lagged_link": np.zeros(0, dtype=str)}))


def _energy_values(basin: Basin, scenario: Scenario, ahead: Sequence[Step]) -> Floats:
    """Worth of a GWh by plant and step; of plants whose party has a market the mean of its blocks at home, each by its size."""
    plants, months = basin.table("plants"), np.tile(np.array(scenario.energy.value, dtype=float), (len(basin.ids("plants")), 1))
    for party, market in markets_of(basin, scenario).items():
        sizes, worths = (np.array([getattr(block, name) for block in market.blocks], dtype=float) for name in ("size", "worth"))
        total = sizes.sum(axis=0)
        mean = np.divide((sizes * worths).sum(axis=0), total, out=np.zeros(12), where=total > 0)
        months[(plants["party"] == party).to_numpy()] = mean
    return np.asarray(mean_step_rates(months, ahead))
