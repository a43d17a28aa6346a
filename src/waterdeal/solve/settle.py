"""Solve a case whose relations are not lines: pass after pass, each a whole plan, until the plan and nature agree.

Two things are followed. Areas of reservoirs and lakes: each pass takes the tangent at the plan of the pass before, an equality, so that
evaporation can neither be dodged nor used to dump water (docs/explanation/passes.md). Heads of plants: a successive linear programme with a
trust region on storages. It goes from plan to plan and keeps the best, by the true worth of the energy; the upper levels hold in every
pass, because each pass solves all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.errors import Infeasible
from waterdeal.scenario.parts_schema import physics_of
from waterdeal.solve.benefits import with_nearer_tangents
from waterdeal.solve.relations import energy_planes, evaporation_miss, with_areas
from waterdeal.solve.salinity import settle_salinity
from waterdeal.solve.spread import Spreads
from waterdeal.solve.trust import moved, near
from waterdeal.solve.worth import WEIGHING, decisive, planned_benefit, true_benefit, worths

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from waterdeal.scenario.parts_schema import Physics
    from waterdeal.solve.single import Pass, Passes

#: evaporation a line may miss in a step of a body, hm3; what is left is a hundredth of what the audit allows
SMALLEST_MISS = 1e-8
#: passes on areas before those on heads and benefits, which move the areas too, and after them, to bring the areas home
AREA_PASSES_BEFORE, AREA_PASSES_AFTER = 2, 12
#: passes on areas in which storages are free to move; then they are held nearer and nearer, lest a plan jump from one equal to another
FREE_AREA_PASSES = 4
#: trust region of the first pass on heads, as a share of the range of each storage; of it or less, nothing more is looked for
FIRST_TRUST, LAST_TRUST = 0.5, 1e-4


def settle(inputs: xr.Dataset, passes: Passes) -> Pass:
    """Solve pass after pass until the plan follows the curves."""
    physics = physics_of(inputs)
    follows = physics.evaporation == "curve"

    def home(plan: Pass) -> Pass:
        return _settle_areas(plan, passes, passes.count + AREA_PASSES_AFTER) if follows else plan

    found = settle_salinity(passes.solve(inputs), passes.solve, home)
    if _weighs(found, passes.levels):
        found = _settle_areas(found, passes, AREA_PASSES_BEFORE) if follows else found
        found = home(_settle_benefit(found, passes, physics))
    elif follows:
        found = _settle_areas(found, passes, physics.passes)
    return settle_salinity(found, passes.solve, home)


def _weighs(found: Pass, levels: Sequence[str]) -> bool:
    """Whether passes on energy or benefits can make a plan better than its first lines do."""
    if not set(WEIGHING) & set(levels):
        return False
    return bool(found.inputs.sizes["headed"]) or ("benefit" in levels and planned_benefit(found) > true_benefit(found))


def _settle_areas(found: Pass, passes: Passes, most: int) -> Pass:
    """Follow the areas until no line misses anything."""
    first = passes.count
    while evaporation_miss(found.inputs, found.results) > SMALLEST_MISS and passes.count < most:
        lines = with_areas(found.inputs, found.results)
        held = passes.count - first - FREE_AREA_PASSES
        if held < 0:
            found = passes.solve(lines)
            continue
        try:
            found = passes.solve(near(lines, found.results, FIRST_TRUST**held / 4, every=True))
        except Infeasible:
            found = passes.solve(lines)
    return found


def _settle_benefit(found: Pass, passes: Passes, physics: Physics) -> Pass:
    """Go from plan to better plan until a pass promises no more than the plan at hand is truly worth.

    Better is better on the first level on which the two differ: a market's energy may have a level of its own above ``benefit``.
    """
    levels = [name for name in passes.levels if name in WEIGHING]
    best, trust, spreads = worths(found, levels, true_benefit), FIRST_TRUST, Spreads()
    touched, was_done = found, False
    while passes.count < physics.passes and trust > LAST_TRUST:
        lines = energy_planes(found.inputs, found.results) if found.inputs.sizes["headed"] else found.inputs
        lines = with_nearer_tangents(lines, touched.results, spreads)
        if physics.evaporation == "curve":
            lines = with_areas(lines, found.results)
        touched = tried = passes.solve(near(lines, found.results, trust))
        promised = decisive(worths(tried, levels, planned_benefit) - best, best)
        fresh = worths(tried, levels, true_benefit)
        gained = decisive(fresh - best, best)
        reach = min(trust, moved(found.inputs, found.results, tried.results) or trust)
        if gained >= 0:
            found, best = tried, fresh
        if promised <= 0 and (was_done or not spreads.last):  # quantities come near by the root of the worth: one pass more for them
            break
        was_done = promised <= 0
        if found.inputs.sizes["headed"]:
            trust = 1.5 * trust if gained > 0.75 * promised else 0.5 * reach if gained < 0.25 * promised else trust
    return found
