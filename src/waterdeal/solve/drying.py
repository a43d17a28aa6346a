"""Bodies and links that dry: dead storage binds the outlets, not the sun, and nothing loses more than there is.

In a step either something is let out of a body, and it ends at dead storage or above, or nothing is, and it may end anywhere. Either a link
carries its fixed loss, or it loses all that enters. Neither is a linear rule, so a plan says where which holds (``storage_dries``,
``loss_dries``). The first plan keeps every dead storage up and every link wet. Where it lets nothing out of a body at dead storage that
loses water, all that reaches that body may be there only to keep it wet, and it may dry in the next plan; so may a link at whose end
nothing arrives. What is marked so leaves each plan possible, so that none is worse on any level than the one before, until no mark changes.
Where no plan keeps all wet, the marks come from one in which that was let go, followed as nature does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.ask.marks import lowest
from waterdeal.errors import Infeasible
from waterdeal.replay.simulate import replay
from waterdeal.results.lines import with_data
from waterdeal.solve.truth import true_inputs
from waterdeal.variables import levels_of

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.solve.single import Pass, Passes
    from waterdeal.types import Floats

#: hm3 that are none
DUST = 1e-6
#: most plans in which marks are looked for
MOST_ROUNDS = 8
#: marks of a body in a step: below dead storage, and to nothing
BELOW, EMPTY = 1.0, 2.0
#: marks of a link in a step: it runs dry, or it may lose less than it does, where marks are looked for
DRY, LOOSE = 1.0, 2.0


def solve_drying(inputs: xr.Dataset, passes: Passes) -> Pass:
    """Solve a pass; where there is no plan, one in which bodies and links dry where they must."""
    if not can_dry(inputs):
        return passes.solve(inputs)
    count = passes.count
    try:
        return passes.solve(inputs, told=False)
    except Infeasible as error:
        found = None if passes.has_refuted(inputs) else let_go(inputs, passes)
        if found is None:
            passes.count = count
            return passes.solve(inputs, refused=error)
    return found


def drying(plan: Pass, passes: Passes) -> Pass | None:
    """Mark what dries, plan after plan; None where the marks of a plan stay."""
    found = None
    for _ in range(MOST_ROUNDS if can_dry(plan.inputs) else 0):
        better = _marked(plan, passes, early=False) or _marked(plan, passes, early=True)
        if better is None:
            break
        plan = found = better
    return found


def _marked(plan: Pass, passes: Passes, *, early: bool) -> Pass | None:
    """Return the plan with the marks that one leads to, if it has others and is no worse; `early` ones if it is better."""
    marks = _marks(plan.inputs, plan.results, passes, early=early)
    if all(np.array_equal(values, plan.inputs[name].values) for name, values in marks.items()):
        return None
    found = _tried(with_data(plan.inputs, marks), passes)
    return found if found is not None and (not early or is_better(found, plan)) else None


def is_better(one: Pass, other: Pass) -> bool:
    """Whether a plan is better than another on the first level on which they differ."""
    for value, before in zip(levels_of(one.results).values(), levels_of(other.results).values(), strict=True):
        if abs(value - before) > DUST * (1.0 + abs(before)):
            return value < before
    return False


def _tried(inputs: xr.Dataset, passes: Passes) -> Pass | None:
    """Solve a pass; None where there is no plan."""
    try:
        return passes.solve(inputs, told=False)
    except Infeasible:
        return None


def can_dry(inputs: xr.Dataset) -> bool:
    """Whether anything loses water that it may run out of; inputs of old know nothing of it."""
    if "storage_dries" not in inputs or "loss_dries" not in inputs:
        return False
    evaporates = (inputs["evaporation_depth"].values > 0).any() and bool(np.nan_to_num(inputs["curve_area"].values).any())
    return bool(evaporates or inputs["seepage_share"].values.any() or inputs["loss_fixed"].values.any())


def let_go(inputs: xr.Dataset, passes: Passes) -> Pass | None:
    """Return a plan that marks what must dry; None where none is found.

    Bodies that are not marked yet may fall by all that was lost, and links lose less than they do; what that water led to is not there.
    """
    marks = {name: np.zeros(inputs[name].shape) for name in ("storage_dries", "loss_dries")}
    for _ in range(MOST_ROUNDS):
        links = np.where(marks["loss_dries"] > 0, DRY, LOOSE)
        loose = _tried(with_data(inputs, {**marks, "storage_min": lowest(inputs), "loss_dries": links}), passes)
        if loose is None:
            break
        fresh = _marks(inputs, loose.results, passes, loose=True)
        fresh = {name: np.maximum(values, marks[name]) for name, values in fresh.items()}
        if all(np.array_equal(values, marks[name]) for name, values in fresh.items()):
            break
        marks = fresh
        found = _tried(with_data(inputs, marks), passes)
        if found is not None:
            return found
    return _tried(with_data(inputs, marks), passes) if any(values.any() for values in marks.values()) else None


def _marks(inputs: xr.Dataset, results: xr.Dataset, passes: Passes, *, early: bool = False, loose: bool = False) -> dict[str, Floats]:
    """Mark what dries in a plan; a plan in which links lost less than they do is followed truly first.

    A model of the user's own is built once: it has no column for what does not evaporate, and no step of it is marked as empty.
    """
    lost = inputs["loss_fixed"].values
    short = np.zeros(lost.shape, dtype=bool)
    if loose and lost.any():
        truly = replay(true_inputs(inputs), results).dataset
        results = with_data(results, {name: truly[name].values for name in ("flow", "reservoir_inflow")})
        missing = dict(zip(inputs["node"].values.tolist(), truly["replay_missing"].values, strict=True))
        canal = inputs["link_kind"].values == "canal"  # which a replay fills as planned, whatever is there
        short = canal[:, None] & np.array([missing[node] > DUST for node in inputs["link_from"].values.tolist()])
    bodies = dry_marks(inputs, results, early=early)
    dry = (lost > 0) & (short | (results["flow"].values * (1 - inputs["loss_fraction"].values) <= lost + DUST))
    return {"storage_dries": bodies if passes.model is None else np.minimum(bodies, BELOW), "loss_dries": np.where(dry, DRY, 0.0)}


def dry_marks(inputs: xr.Dataset, results: xr.Dataset, *, early: bool = False) -> Floats:
    """Follow each body forward with what reaches it and is let out of it, and mark the steps in which it dries.

    `early` marks also those in which only what was saved from steps before keeps it wet and is let out: saved water is lost to the sun.
    """
    of = {name: inputs[name].values for name in ("storage_dead", "storage_min", "evaporation_depth", "area_intercept", "area_slope")}
    half = (of["evaporation_depth"] * of["area_slope"] + inputs["seepage_share"].values) / 2
    fixed = of["evaporation_depth"] * of["area_intercept"]
    came, out, stored = results["reservoir_inflow"].values, _let_out(inputs, results), inputs["storage_initial"].values.astype(float)
    marks = np.zeros(came.shape)
    for step in range(came.shape[1]):
        least, a = of["storage_min"][:, step], half[:, step]
        able = least <= of["storage_dead"]
        kept = ((1 - a) * stored + came[:, step] - fixed[:, step]) / (1 + a)  # were nothing let out
        let_out, lost = out[:, step] / (1 + a), a * (stored + kept) + fixed[:, step]
        still = able & ((out[:, step] <= DUST) | (early & (came[:, step] <= lost + DUST)))
        dries = (able & (kept < least - DUST)) | (still & (lost > DUST) & (kept - let_out <= least + DUST))
        emptied = dries & (kept <= DUST)
        marks[:, step] = np.where(emptied, EMPTY, np.where(dries, BELOW, 0.0))
        stored = np.where(emptied, 0.0, np.where(dries, kept, np.maximum(kept - let_out, np.minimum(kept, least))))
    return marks


def _let_out(inputs: xr.Dataset, results: xr.Dataset) -> Floats:
    """Water let out of each body and delivered from it, by (body, step)."""
    found = np.zeros(results["storage"].shape)
    flow, delivery = results["flow"].values, results["delivery"].values
    begins, users = inputs["link_from"].values, inputs["demand_node"].values
    for body, name in enumerate(inputs["reservoir"].values.tolist()):
        found[body] = flow[begins == name].sum(axis=0) + delivery[users == name].sum(axis=0)
    return found
