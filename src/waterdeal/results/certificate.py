"""The certificate of a plan's levels: each is at its least but for what tolerance allows, by what the file of a plan tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waterdeal.results.tolerance import counted_on, over_season
from waterdeal.scenario.natural import promised_volumes
from waterdeal.scenario.ranks import LEVEL_OF, base_level, rank_name
from waterdeal.unlabelled import Unlabelled

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.types import Floats

#: levels whose value is that of the true relations, so that the least of the plan's lines may prove nothing for them
TRUE_VALUED = frozenset({"firm_power", "power", "given", "benefit"})
#: part of a level that rounding may take, and what a member lacks at least to lack something, hm3
ROUNDING, SMALL = 1e-6, 1e-9
#: what a level may differ by as lines of areas miss a hair of evaporation in each step, hm3: twenty cubic metres a season
MISSED = 2e-5


class Certified(NamedTuple):
    """A level of a plan beside its least, in the unit of the level; not a number where a least is not proven."""

    level: str
    value: float
    least: float
    give: float  # how much worse than its least tolerance may make it
    within: bool | None  # None where no least is proven

    def told(self) -> dict[str, float | bool | None]:
        """Return all but its name, as ``run.json`` has it."""
        return {"value": self.value, "least": self.least, "give": self.give, "within": self.within}


def certified(results: xr.Dataset | Unlabelled) -> list[Certified]:
    """Hold each level of a plan beside its least and its tolerance; none in plans from before leasts were kept."""
    if "level_least" not in results:
        return []
    read = Unlabelled(results)
    least = read["level_least"].values
    columns = (read["objective_level"].values, read["level_value"].values, least, level_rooms(read), level_excesses(read) <= 0.0)
    rows = (Certified(*row) for row in zip(*(column.tolist() for column in columns), strict=True))
    return [row._replace(within=None) if np.isnan(row.least) else row for row in rows]


def proven_least(least: Floats, planned: Floats, told: Floats) -> Floats:
    """Return the least of each level where it is of the value that is told; blank where that is another one by the true relations."""
    return np.where(np.abs(told - planned) <= MISSED + ROUNDING * np.abs(planned), least, np.nan)


def level_rooms(results: xr.Dataset | Unlabelled) -> Floats:
    """How much worse than its least tolerance may make each level, in the unit of the level.

    That is the pools of promises counted on it, on levels above the one that may use them; and, on levels above evenness, the part by which
    shares may fall of those who are short. Levels that weigh what is missing by its steps count each at its dearest step.
    """
    names = results["objective_level"].values.tolist()
    equal = results.attrs.get("sharing") == "equal_ratio"
    dearest = 1.0 if equal else max(map(float, results.attrs.get("sharing_weights", "1").split(":")))
    pools, eased = _pools(results), _eased(results)
    ends = {kind: names.index(user) if user in names else 0 for kind, user in (("pool", _user_of(results)), ("ease", "evenness"))}
    found = np.zeros(len(names))
    for place, name in enumerate(names):
        own = name.replace("_planned", "")
        room = pools.get(own, 0.0) * (place < ends["pool"]) + eased.get(own, 0.0) * (place < ends["ease"])
        found[place] = room * (1.0 if base_level(own) == "environment" else dearest)
    return found


def level_excesses(results: xr.Dataset | Unlabelled) -> Floats:
    """How far each level is beyond its least and its tolerance, or below its least, in its unit; none where it is within.

    Below tolerance that levels above have used a level may be better than its least without any.
    """
    least, value, rooms = results["level_least"].values, results["level_value"].values, level_rooms(results)
    names = results["objective_level"].values.tolist()
    due = np.array([name not in TRUE_VALUED for name in names], dtype=bool) & np.isfinite(value)
    strict = np.cumsum(rooms) == 0
    beyond = np.maximum(value - least - rooms, np.where(strict, least - value, -np.inf)) - MISSED - ROUNDING * np.abs(least)
    return np.where(np.isnan(least), np.where(due, np.inf, 0.0), np.maximum(beyond, 0.0))


def _user_of(results: xr.Dataset | Unlabelled) -> str:
    """Level that may use the pools of promises."""
    return str(results.attrs.get("give_to", ""))


def _ranked(results: xr.Dataset | Unlabelled) -> dict[str, str]:
    """Level that counts what is missing to each user."""
    columns = (results[name].values.tolist() for name in ("demand", "demand_kind", "demand_priority"))
    named = ((user, LEVEL_OF[kind == "municipal"], priority) for user, kind, priority in zip(*columns, strict=True))
    return {user: rank_name(level, priority) if np.isfinite(priority) else level for user, level, priority in named}


def _pools(results: xr.Dataset | Unlabelled) -> dict[str, float]:
    """What the pools of promises come to, by the level that counts what is missing to them."""
    found: dict[str, float] = {}
    if "promise_share" not in results:
        return found
    ranked, levels = _ranked(results), counted_on(results)
    pools = results["promise_share"].values * over_season(results, "asked")
    for kind, item, level, pool in zip(results["promise_kind"].values, results["promise_item"].values, levels, pools, strict=True):
        name = ranked[str(item)] if kind == "user" else str(level)
        found[name] = found.get(name, 0.0) + float(pool)
    return found


def _eased(results: xr.Dataset | Unlabelled) -> dict[str, float]:
    """What shares may fall by, by level: of users but towns and of volumes promised to which something is missing."""
    give = float(results.attrs.get("evenness_give", 0.0))
    if not give:
        return {}
    found: dict[str, float] = {}
    required, short = results["requirement"].values.sum(axis=1), results["shortage"].values.sum(axis=1)
    if "season_requirement_past" in results:
        required = required + results["season_requirement_past"].values
    for level, asked, missing in zip(_ranked(results).values(), required.tolist(), short.tolist(), strict=True):
        if missing > SMALL and base_level(level) == LEVEL_OF[False]:
            found[level] = found.get(level, 0.0) + give * asked
    promised = promised_volumes(results)
    if "entitlement_past" in results:
        promised = promised + results["entitlement_past"].values
    return {**found, "entitlement": give * float(promised[results["entitlement_shortfall"].values > SMALL].sum())}
