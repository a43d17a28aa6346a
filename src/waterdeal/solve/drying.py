"""Bodies that dry: dead storage binds the outlets, not the sun, and a body that has lost all evaporates no more.

In a step either something is let out of a body, and it ends at dead storage or above, or nothing is, and it may end anywhere. That is no
linear rule, so a plan says where which holds (``storage_dries``). The first plan keeps every dead storage up. Where it lets nothing out of a
body at dead storage that loses water, all that reaches it may be held up above only to keep it wet: there it may dry in the next plan.
What is marked so leaves each plan possible, so that none is worse on any level than the one before, until no mark changes. Where no plan
keeps all dead storages, the marks come from one in which losses were let go below, followed forward as nature does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import Infeasible
from waterdeal.results.lines import with_data
from waterdeal.results.quantities import on_curve
from waterdeal.variables import levels_of

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.solve.single import Pass, Passes
    from waterdeal.types import Floats

#: hm3 that are none
DUST = 1e-6
#: most plans in which marks are looked for
MOST_ROUNDS = 8
#: marks of a step: below dead storage, and to nothing
BELOW, EMPTY = 1.0, 2.0


def solve_drying(inputs: xr.Dataset, passes: Passes) -> Pass:
    """Solve a pass; where there is no plan, one in which bodies dry where they must."""
    if "storage_dries" not in inputs or not _losses(inputs).any():
        return passes.solve(inputs)
    count = passes.count
    found = _tried(inputs, passes) or _from_lowered(inputs, passes)
    if found is None:
        passes.count = count
        return passes.solve(inputs)
    return found


def drying(plan: Pass, passes: Passes) -> Pass | None:
    """Mark where bodies dry, plan after plan; None where the marks of a plan stay."""
    found = None
    for _ in range(MOST_ROUNDS if "storage_dries" in plan.inputs else 0):
        better = _marked(plan, passes, early=False) or _marked(plan, passes, early=True)
        if better is None:
            break
        plan = found = better
    return found


def _marked(plan: Pass, passes: Passes, *, early: bool) -> Pass | None:
    """Return the plan with the marks that one leads to, if it has others and is no worse; `early` ones if it is better."""
    marks = dry_marks(plan.inputs, plan.results, ours=passes.model is None, early=early)
    if np.array_equal(marks, plan.inputs["storage_dries"].values):
        return None
    found = _tried(with_data(plan.inputs, {"storage_dries": marks}), passes)
    return found if found is not None and (not early or _is_better(found, plan)) else None


def _is_better(one: Pass, other: Pass) -> bool:
    """Whether a plan is better than another on the first level on which they differ."""
    for value, before in zip(levels_of(one.results).values(), levels_of(other.results).values(), strict=True):
        if abs(value - before) > DUST * (1.0 + abs(before)):
            return value < before
    return False


def _losses(inputs: xr.Dataset) -> Floats:
    """Most that each body loses in a step at its dead storage or below, hm3."""
    dead = np.repeat(inputs["storage_dead"].values[:, None], inputs.sizes["time"], axis=1)
    evaporates = np.maximum(inputs["evaporation_depth"].values, 0.0) * on_curve(inputs, dead, "curve_area", 0.0)
    return np.asarray(evaporates + inputs["seepage_share"].values * dead)


def _from_lowered(inputs: xr.Dataset, passes: Passes) -> Pass | None:
    """Return a plan that marks where bodies must dry; None where none is found.

    Bodies that are not marked yet may fall by all that was lost; those that do are marked, and what they let out so is missing below.
    """
    least, dead = inputs["storage_min"].values, inputs["storage_dead"].values[:, None]
    start = np.minimum(least, inputs["storage_initial"].values[:, None])
    lowered = np.where(least <= dead, start - np.cumsum(_losses(inputs), axis=1), least)
    marks = np.zeros(least.shape)
    for _ in range(MOST_ROUNDS):
        loose = _tried(with_data(inputs, {"storage_min": lowered, "storage_dries": marks}), passes)
        fresh = marks if loose is None else np.maximum(marks, dry_marks(inputs, loose.results, ours=passes.model is None))
        if np.array_equal(fresh, marks):
            break
        marks = fresh
        found = _tried(with_data(inputs, {"storage_dries": marks}), passes)
        if found is not None:
            return found
    return None


def _tried(inputs: xr.Dataset, passes: Passes) -> Pass | None:
    """Solve a pass; None where there is no plan."""
    try:
        return passes.solve(inputs, told=False)
    except Infeasible:
        return None


def dry_marks(inputs: xr.Dataset, results: xr.Dataset, *, ours: bool = True, early: bool = False) -> Floats:
    """Follow each body forward with what reaches it and is let out of it, and mark the steps in which it dries.

    `early` marks also those in which only what was saved from steps before keeps it wet and is let out: saved water is lost to the sun. A
    model of the user's own is built once: it has no column for what does not evaporate, and no step is marked as empty.
    """
    of = {name: inputs[name].values for name in ("storage_dead", "storage_min", "evaporation_depth", "area_intercept", "area_slope")}
    half = (of["evaporation_depth"] * of["area_slope"] + inputs["seepage_share"].values) / 2
    fixed = of["evaporation_depth"] * of["area_intercept"]
    came, out, stored = results["reservoir_inflow"].values, _let_out(inputs, results), inputs["storage_initial"].values.astype(float)
    marks = np.zeros(came.shape)
    for step in range(came.shape[1]):
        least, a = of["storage_min"][:, step], half[:, step]
        can_dry = least <= of["storage_dead"]
        kept = ((1 - a) * stored + came[:, step] - fixed[:, step]) / (1 + a)  # were nothing let out
        let_out = out[:, step] / (1 + a)
        loses = a * (stored + kept) + fixed[:, step] > DUST
        still = can_dry & ((out[:, step] <= DUST) | (early & (came[:, step] <= a * (stored + kept) + fixed[:, step] + DUST)))
        dries = (can_dry & (kept < least - DUST)) | (still & loses & (kept - let_out <= least + DUST))
        emptied = dries & (kept <= DUST)
        marks[:, step] = np.where(emptied, EMPTY, np.where(dries, BELOW, 0.0))
        stored = np.where(emptied, 0.0, np.where(dries, kept, np.maximum(kept - let_out, np.minimum(kept, least))))
    return marks if ours else np.minimum(marks, BELOW)


def _let_out(inputs: xr.Dataset, results: xr.Dataset) -> Floats:
    """Water let out of each body and delivered from it, by (body, step)."""
    found = np.zeros(results["storage"].shape)
    for body, name in enumerate(inputs["reservoir"].values.tolist()):
        found[body] = results["flow"].values[inputs["link_from"].values == name].sum(axis=0)
        found[body] += results["delivery"].values[inputs["demand_node"].values == name].sum(axis=0)
    return found
