"""From the optimiser's plan to the plan that is published: replayed by the true relations, with what the two differ by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.agreement.inputs import LOADS, promises_loads
from waterdeal.errors import AuditError
from waterdeal.replay.simulate import replay
from waterdeal.results.certificate import proven_least
from waterdeal.results.environment import environment_results
from waterdeal.results.given import GIVEN, SAID_HASH, given_digest, said_digest
from waterdeal.results.lines import with_data
from waterdeal.results.lookahead import BEYOND, PREFIX, shifted
from waterdeal.results.quantities import overstepped, summed_at, unsold
from waterdeal.results.tolerance import promise_results
from waterdeal.scenario.parts_schema import physics_of
from waterdeal.solve.benefits import true_worth
from waterdeal.solve.truth import true_inputs
from waterdeal.solve.worth import WEIGHING, resold, true_benefit
from waterdeal.unlabelled import Unlabelled, with_variables
from waterdeal.variables import describe, levels_of, setting
from waterdeal.words import say

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.replay.simulate import Replay
    from waterdeal.solve.single import Pass, Passes
    from waterdeal.types import Floats

#: share of a worth that the solver may miss
ROUNDING = 1e-6


def publish(found: Pass, passes: Passes) -> xr.Dataset:
    """Replay a plan and put the replayed figures into it."""
    followed = physics_of(found.inputs).evaporation
    played = replay(true_inputs(found.inputs), found.results)
    skip = () if followed == "curve" else ("area", "level")
    plan = found.results.variables
    fresh = {
        str(name): plan[name].copy(data=variable.transpose(*plan[name].dims).values)
        for name, variable in played.dataset.variables.items()
        if name in found.results.data_vars and name not in skip
    }
    published = with_variables(found.results, fresh)
    read = Unlabelled(found.inputs)
    measured = _true_market(found, published) | overstepped(read, published["flow"].values, published["storage"].values)
    if f"{PREFIX}runoff" in plan:
        measured |= shifted(found.results, published["storage"].values)
    fresh |= {name: plan[name].copy(data=values) for name, values in measured.items()}
    published = with_variables(published, fresh | environment_results(published))
    published = with_variables(published, promise_results(published) | _true_loads(published))
    published = _with_true_worths(describe(published), found, passes)
    published.attrs |= {"evaporation": followed, "passes": passes.count, "replay": _told_differences(played, skip)}
    return published.assign_attrs({GIVEN: given_digest(published), SAID_HASH: said_digest(published)})


def _true_loads(published: xr.Dataset) -> dict[str, xr.Variable]:
    """Let the rows of clauses on loads of salt tell what the replay carries."""
    if not promises_loads(published):
        return {}
    at = np.isin(published["term_quantity"].values, LOADS)
    rows, factors = published["term_row"].values[at], published["term_factor"].values[at]
    told = zip(*(published[f"term_{name}"].values[at].tolist() for name in ("quantity", "place", "step")), strict=True)
    carried = [published[name].sel({published[name].dims[0]: place}).values[step] for name, place, step in told]
    names = ("row_value", "row_slack")
    value, slack = (published[name].values.copy() for name in names)
    fresh = np.zeros(len(value))
    np.add.at(fresh, rows, factors * np.array(carried))
    of_load = np.isin(np.arange(len(value)), rows)
    slack[of_load] += (value - fresh)[of_load]  # the most that there may be
    value[of_load] = fresh[of_load]
    return {name: published.variables[name].copy(data=values) for name, values in zip(names, (value, slack), strict=True)}


def _true_market(found: Pass, published: xr.Dataset) -> dict[str, Floats]:
    """Sell the energy that is made in truth."""
    owners, markets = (found.inputs[name].values for name in ("plant_party", "power_market"))
    missed = summed_at(published["energy"].values - found.results["energy"].values, owners, markets)
    sold, surplus = resold(found.inputs, found.results, missed)
    return {"power_sold": sold, "power_surplus": surplus, **unsold(Unlabelled(found.inputs), sold)}


def _with_true_worths(published: xr.Dataset, found: Pass, passes: Passes) -> xr.Dataset:
    """Put the true worth in place of what planes and tangents promise, with the bound where the passes prove one."""
    worths = {level: true_benefit(found, level) for level in WEIGHING if level in passes.levels}
    levels = levels_of(published) | {level: 0.0 - worth for level, worth in worths.items()}
    if "firm_power" in levels:
        levels["firm_power"] = float(published["firm_shortfall"].sum())
    if "given" in levels:
        levels["given"] = float(published["promise_given"].sum())
    beyond = np.array([setting(published, BEYOND, {}).get(level, 0.0) for level in levels])  # what is published is the season
    planned, value = (np.array(list(of.values())) - beyond for of in (levels_of(published), levels))
    least, levels = proven_least(published["level_least"].values - beyond, planned, value), dict(zip(levels, value.tolist(), strict=True))
    told = {"level_value": value, "level_least": least}
    told |= {"benefit_worth": true_worth(found.inputs, found.results)}
    published = with_data(published, told)
    proven = {level: value for level, value in zip(levels, least.tolist(), strict=True) if np.isfinite(value)}
    published.attrs |= {"levels": json.dumps(levels), "levels_least": json.dumps(proven)}
    if np.isfinite(passes.bound):
        published.attrs["benefit_bound"] = _honest(passes.bound, worths["benefit"]) + setting(published, BEYOND, {}).get("benefit", 0.0)
    return published


def _honest(bound: float, worth: float) -> float:
    """Return a bound, which can be below a plan's worth by rounding only; more would mean that it proves nothing."""
    if bound < worth - ROUNDING * max(1.0, abs(worth)):
        raise AuditError(say("solving.bound_below_plan", bound=bound, worth=worth))
    return max(bound, worth)


def _told_differences(played: Replay, skip: tuple[str, ...]) -> str:
    """Differences that can be seen, as JSON; rounded, so that the same plan tells the same on any machine."""
    compared = played.differences[~played.differences["name"].isin(skip)]
    told = compared.assign(difference=compared["difference"].round(6))
    told = told[told["difference"] > 0].round({"replayed": 4, "planned": 4})
    return str(told.to_json(orient="records", force_ascii=False))
