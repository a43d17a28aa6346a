"""Which rows and bounds of an infeasible program contradict one another, in words of the field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import highspy
import numpy as np

from waterdeal.lp.proof import names_in_proof

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Program

#: words for the families of rows and bounds, by the name of the Pyomo component
WORDS = {
    "water_balance": "the water balance of",
    "reservoir.storage": "storage between its bounds in",
    "lake.storage": "storage between its bounds in",
    "reservoir.release_limit": "what the outlets pass together at",
    "terminal.storage_least": "the terminal choice (storage to be left) of",
    "terminal.lake_storage_least": "the terminal choice (storage to be left) of",
    "environment.flow_minimum": "the least flow that nothing may be missing to:",
    "pulse.volume_met": "the pulse that nothing may be missing to:",
    "lake_target.volume_reached": "the target of a lake that nothing may be missing to:",
    "flow": "flow from 0 to capacity in",
    "demand.delivery": "delivery from 0 to requirement of",
    "demand.requirement_met": "delivery and shortage adding up for",
    "demand.requirement_covered": "delivery and shortage covering the requirement of",
    "crops.water_given": "the water of crops within the delivery of",
    "crops.area_at_least": "the least area of",
    "crops.area_at_most": "the largest area of",
    "crops.land_most": "the land of",
    "crops.rotation_at_least": "the least share in the rotation of",
    "crops.rotation_at_most": "the largest share in the rotation of",
    "crops.food_met": "the food needed:",
    "entitlement.limit_met": "the limit",
    "entitlement.inflow_met": "the inflow promised by",
}
#: an irreducible set takes HiGHS about a minute for the Syr Darya; above this size the duals' own proof is told instead
MOST_ROWS = 1_000
_NAME = re.compile(r"(?P<family>[^\[]+)(\[(?P<index>.*)\])?")


def conflicting_names(solver: Solver, program: Program) -> tuple[str, ...]:
    """Return the names of an irreducible conflict; for large programs those in a proof of it. Empty where HiGHS finds neither."""
    highs = solver.highs
    if len(program.row_lower) > MOST_ROWS:
        return names_in_proof(solver, program)
    highs.setOptionValue("iis_strategy", int(highspy.IisStrategy.kIisStrategyIrreducible))
    status, iis = highs.getIis()
    if status == highspy.HighsStatus.kError or not iis.valid_:
        return names_in_proof(solver, program)
    rows = [program.row_name(int(row)) for row in np.atleast_1d(iis.row_index_)]
    columns = [program.column_name(int(column)) for column in np.atleast_1d(iis.col_index_)]
    return tuple(rows + columns)


def split_name(name: str) -> tuple[str, str]:
    """Split the name of a row or column into its family and its index.

    Examples
    --------
    >>> split_name("flow[kal_flow,2026-06-D1]"), split_name("wish")
    (('flow', 'kal_flow,2026-06-D1'), ('wish', ''))
    """
    found = _NAME.fullmatch(name)
    return (found["family"], found["index"] or "") if found else (name, "")


def describe_conflict(names: Iterable[str]) -> str:
    """Say a conflict in sentences: one line a place, with its first and last step."""
    steps: dict[tuple[str, str], list[str]] = {}
    for name in names:
        family, index = split_name(name)
        place, _, step = index.rpartition(",")
        steps.setdefault((family, place or step), []).append(step if place else "")
    lines = []
    for (family, place), when in steps.items():
        first, last = min(when), max(when)
        period = "" if not first else f", {first}" if first == last else f", {first} to {last}"
        lines.append(f"  {WORDS.get(family, family)} {place}{period}")
    return "\n".join(lines)
