"""Solve a case whose relations are not lines: pass after pass, each a whole plan, until the plan and nature agree.

Three things are followed. *Areas* of reservoirs and lakes: each pass takes the tangent at the plan of the pass before, an equality, so
that evaporation can neither be dodged nor used to dump water (docs/explanation/passes.md). *Heads* of plants and concave *benefits*: a
successive linear programme with a trust region on storages. It goes from plan to plan and keeps the best, by the true worth; the upper
levels hold in every pass, because each pass solves all of them. *Drying*: bodies whose storage the sun takes below dead storage
(`drying`). *Salt*: solve at fixed concentrations, replay what comes of it, move half
way there, solve again (design/model.md, 5.4). The science of each relation stands beside: `relations`, `benefits`, `worth`, `salinity`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.agreement.inputs import promises_loads
from waterdeal.ask.bargain import Bargain
from waterdeal.ask.curves import BEARABLE_MISS
from waterdeal.ask.floods import MOST, flooded
from waterdeal.errors import Infeasible
from waterdeal.results.lines import with_data, without_marks
from waterdeal.scenario.parts_schema import salinity_of
from waterdeal.solve.benefits import with_nearer_tangents
from waterdeal.solve.bound import benefit_bound
from waterdeal.solve.drying import drying, is_better, solve_drying
from waterdeal.solve.relations import energy_planes, evaporation_miss, with_areas
from waterdeal.solve.salinity import judged_by_salt, largest_change, moved_towards, replayed_lines
from waterdeal.solve.salt_loads import MORE_PASSES, WHOLE_PASSES, misses_load
from waterdeal.solve.spread import Spreads
from waterdeal.solve.trust import anywhere, moved, near
from waterdeal.solve.worth import WEIGHING, decisive, planned_benefit, true_benefit, worths

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from waterdeal.solve.single import Pass, Passes

#: evaporation a line may miss in a step of a body, hm3; what is left is a hundredth of what the audit allows
SETTLED_MISS = 1e-8
#: passes on areas before those on heads and benefits, which move the areas too, and after them, to bring the areas home
AREA_PASSES_BEFORE, AREA_PASSES_AFTER = 2, 12
#: passes on areas in which storages are free to move; then they are held nearer and nearer, lest a plan jump from one equal to another
FREE_AREA_PASSES = 4
#: part of what lines miss by which it has to change from pass to pass, or the plan has been there before
ROUND = 1e-6
#: times bodies that dry are looked for on the curves
DRYING_ROUNDS = 3
#: how far storages may then move, as multiples of what the lines miss in a step of a body
WIDENED = (1e2, 1e4)
#: the same beside a plan on the curves, hm3; how far from there when better ones are looked for, and passes to bring each home
BESIDE, OUTWARDS, HOMEWARDS = 1e-5, (1e6, 1e2, 1.0, 1e-2), 4
#: trust region of the first pass on heads, as a share of the range of each storage; of it or less, nothing more is looked for
FIRST_TRUST, LAST_TRUST = 0.5, 1e-4
#: share of its worth that the last pass on heads may lose and still be the plan: its lines touch it, those of the best may be far from it
ALIKE = 1e-4


def settle(inputs: xr.Dataset, passes: Passes) -> Pass:
    """Solve pass after pass until the plan follows the curves, and its salt stays."""
    first = _first(inputs, passes)
    plan = _settle_salt(drying(first, passes) or first, passes)
    if passes.weighs and _weighs(plan, passes.levels):
        plan = _settle_areas(plan, passes, AREA_PASSES_BEFORE)
        plan = _settle_benefit(plan, passes)
        plan = _settle_areas(plan, passes, passes.count + AREA_PASSES_AFTER)
    else:
        plan = _settle_areas(plan, passes, plan.physics.passes)
        plan = _settle_drying(plan, passes)
    plan = _settle_salt(plan, passes)
    curved = plan.inputs.sizes["benefit"] or plan.inputs.sizes["costed"]
    if "benefit" in passes.levels and curved and not plan.inputs.sizes["headed"] and not judged_by_salt(plan.inputs):
        passes.bound = benefit_bound(plan, passes)
    return plan


def _first(inputs: xr.Dataset, passes: Passes) -> Pass:
    """Solve the first pass; where clauses leave no plan, with what floods bring over dams without them."""
    try:
        return solve_drying(inputs, passes)
    except Infeasible:
        freed = anywhere(without_marks(inputs))
        over = flooded(freed, passes.compiled, passes.levels, passes.options)[1]
        if over is freed:
            raise
        passes.count = 0
        return solve_drying(with_data(inputs, {MOST: over[MOST].values}), passes)


def _weighs(plan: Pass, levels: Sequence[str]) -> bool:
    """Whether passes on energy or benefits can make a plan better than its first lines do."""
    if not set(WEIGHING) & set(levels):
        return False
    return bool(plan.inputs.sizes["headed"]) or ("benefit" in levels and planned_benefit(plan) > true_benefit(plan))


def _settle_areas(plan: Pass, passes: Passes, most: int) -> Pass:
    """Follow the areas, where that is asked for, until no line misses anything or there have been so many passes."""
    first, held = passes.count, list[float]()
    while plan.follows_areas and _missed(plan) > SETTLED_MISS and passes.count < most:
        is_free = passes.count - first < FREE_AREA_PASSES
        if not is_free and any(abs(_missed(plan) - before) <= ROUND * before for before in held):
            break  # round and round
        held += [] if is_free else [_missed(plan)]
        lines = with_areas(plan.inputs, plan.results)
        plan = (None if is_free else _nearest(plan, lines, passes)) or solve_drying(lines, passes)
    missed = _missed(plan) if plan.follows_areas else 0.0
    return beside_one(plan, passes) if missed > SETTLED_MISS and passes.count - first > FREE_AREA_PASSES else plan


def _settle_drying(plan: Pass, passes: Passes) -> Pass:
    """Look again for bodies that dry once evaporation is that of the curves."""
    for _ in range(DRYING_ROUNDS):
        found = drying(plan, passes)
        if found is None:
            break
        plan = _settle_areas(found, passes, passes.count + AREA_PASSES_AFTER)
    return plan


def beside_one(plan: Pass, passes: Passes) -> Pass:
    """Solve beside a plan that is on the curves, where promises leave so little room that passes lead from one to another and back.

    From there better plans are looked for, far away and then nearer; none replaces a plan that is better and misses next to nothing.
    """
    inputs = anywhere(plan.inputs)
    wet = without_marks(inputs)
    program = passes.compiled(wet)
    model = Bargain(program, wet, passes.options)
    model.marks.take(inputs)
    found = passes.on_curves(model, program, plan.results) if model.curves.lakes else None
    inputs = with_data(wet, model.marks.found())
    best = None if found is None else _within(with_areas(inputs, found), found, BESIDE, passes)
    if best is None:
        return plan
    for reach in OUTWARDS:
        tried = _within(with_areas(inputs, best.results), best.results, reach, passes)
        for _ in range(HOMEWARDS):
            if tried is None or _missed(tried) <= SETTLED_MISS:
                break
            tried = _nearest(tried, with_areas(inputs, tried.results), passes)
        if tried is not None and _missed(tried) <= SETTLED_MISS and is_better(tried, best):
            best = tried
    return plan if _missed(plan) <= BEARABLE_MISS and is_better(plan, best) else best


def _missed(plan: Pass) -> float:
    """Return the evaporation that the lines of a plan miss in a step of a body."""
    return evaporation_miss(plan.inputs, plan.results)


def _within(lines: xr.Dataset, results: xr.Dataset, reach: float, passes: Passes) -> Pass | None:
    """Solve on some lines with storages as near as that to those of a plan; None where there is no plan."""
    try:
        return passes.solve(near(lines, results, reach, every=True), told=False)
    except Infeasible:
        return None


def _nearest(plan: Pass, lines: xr.Dataset, passes: Passes) -> Pass | None:
    """Solve on new lines as near to a plan as there is one; None where there is none near it."""
    missed = _missed(plan)
    tried = (_within(lines, plan.results, widened * missed, passes) for widened in WIDENED)
    return next((found for found in tried if found is not None), None)


def _settle_benefit(plan: Pass, passes: Passes) -> Pass:
    """Go from plan to better plan until a pass promises no more than the plan at hand is truly worth.

    Better is better on the first level on which the two differ: a market's energy may have a level of its own above ``benefit``.
    """
    levels, headed = [name for name in passes.levels if name in WEIGHING], plan.inputs.sizes["headed"]
    best, trust, spreads = worths(plan, levels, true_benefit), FIRST_TRUST, Spreads()
    touched, was_done = plan, False
    while passes.count < plan.physics.passes and trust > LAST_TRUST:
        lines = energy_planes(plan.inputs, plan.results) if headed else plan.inputs
        lines = with_nearer_tangents(lines, touched.results, spreads)
        if plan.follows_areas:
            lines = with_areas(lines, plan.results)
        touched = tried = passes.solve(near(lines, plan.results, trust))
        promised = decisive(worths(tried, levels, planned_benefit) - best, best)
        fresh = worths(tried, levels, true_benefit)
        gained = decisive(fresh - best, best)
        reach = min(trust, moved(plan.inputs, plan.results, tried.results) or trust)
        if gained >= 0 or (promised <= 0 and decisive(fresh - best, best, ALIKE) >= 0):
            plan, best = tried, fresh
        if promised <= 0 and (was_done or not spreads.last):  # quantities come near by the root of the worth: one pass more for them
            break
        was_done = promised <= 0
        if headed:
            trust = 1.5 * trust if gained > 0.75 * promised else 0.5 * reach if gained < 0.25 * promised else trust
    return plan


def _settle_salt(plan: Pass, passes: Passes) -> Pass:
    """Solve at the concentrations of the last replay until no concentration that a row depends on moves by more than the tolerance.

    Or until there have been as many passes as the scenario allows: then the plan says that it has not converged.
    """
    asked = salinity_of(plan.inputs)
    if not asked.on:
        return plan
    judged, change, misses, settled = judged_by_salt(plan.inputs), 0.0, False, False
    loads, before = promises_loads(plan.inputs), _salt_passes(plan)
    most = before + asked.passes + MORE_PASSES * loads
    while judged:
        fresh = replayed_lines(plan.inputs, plan.results)
        change = largest_change(plan.inputs, fresh)
        misses = loads and misses_load(plan.inputs, plan.results)
        if (change > asked.tolerance or misses) and _salt_passes(plan) < most:
            part = 1.0 if loads and _salt_passes(plan) < before + WHOLE_PASSES else 0.5
            plan, settled = passes.solve(moved_towards(plan.inputs, fresh, part)), False
        elif settled:
            break
        else:
            plan, settled = _settle_areas(plan, passes, passes.count + AREA_PASSES_AFTER), True
    told = {"converged": int(change <= asked.tolerance and not misses), "passes": _salt_passes(plan), "change": round(min(change, 1e6), 9)}
    plan.results.attrs.update({f"salinity_{name}": value for name, value in told.items()})
    return plan


def _salt_passes(plan: Pass) -> int:
    """Passes on salt that led to a plan."""
    return int(plan.inputs.attrs.get("salinity_passes", 0))
