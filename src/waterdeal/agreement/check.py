"""Check clauses against the river: names, periods, dates; all problems at once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from waterdeal.agreement.forms import kind_of
from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waterdeal.agreement.clause import Clause
    from waterdeal.agreement.river import River

#: what the names in a field are names of
NAMES_OF = {
    "at": "link", "of": "link", "flow": "link", "reservoir": "reservoir", "storage": "reservoir", "demands": "demand", "plants": "plant",
    "party": "party", "to": "party", "supply_of": "party", "limit_of": "party", "energy_of": "party", "among": "party", "base": "party",
    "shares": "party", "taken_so_far": "party", "takes": "party", "gauge": "gauge",
}  # fmt: skip


def check_clauses(clauses: Sequence[Clause], river: River, file: str) -> list[Problem]:
    """Run every rule on clauses.

    Parameters
    ----------
    clauses : sequence of Clause
        The clauses.
    river : River
        The horizon with its places.
    file : str
        Name of their file, for messages.

    Returns
    -------
    list of Problem
        All problems.
    """
    known = {dim: river.ids(dim) for dim in ("link", "reservoir", "demand", "plant")}
    known |= {"party": river.parties, "gauge": [name for names in known.values() for name in names]}
    problems: list[Problem] = []
    for clause in clauses:
        for field, name in _names(clause):
            have = known[NAMES_OF[field]]
            if name not in have:
                found = f'"{name}" is not a {NAMES_OF[field]} of the basin'
                problems.append(Problem(file, None, f"{clause.id}.{field}", found, did_you_mean(name, have)))
        problems += _period_problems(clause, river, file)
    return problems


def _names(part: BaseModel) -> Iterator[tuple[str, str]]:
    """Every name in a clause that must be in the basin, with its field."""
    for field in type(part).model_fields:
        value: Any = getattr(part, field)
        entries = value if isinstance(value, tuple) else (value,)
        for entry in entries:
            if isinstance(entry, BaseModel):
                yield from _names(entry)
            elif isinstance(entry, dict):
                yield from ((field, name) for name in entry if field in NAMES_OF)
                for below in entry.values():
                    if isinstance(below, BaseModel):
                        yield from _names(below)
            elif isinstance(entry, str) and field in NAMES_OF:
                yield field, entry


def _period_problems(clause: Clause, river: River, file: str) -> list[Problem]:
    """Report dates that are no borders of steps, and volumes whose period is not wholly in sight."""
    first, last = river.starts[0], river.ends[-1]
    borders = {*river.starts.tolist(), last.astype(object)}
    problems = []
    for field, day in (("start", clause.start), ("end", clause.end), ("on", getattr(clause, "on", None))):
        if isinstance(day, date) and first <= np.datetime64(day) <= last and day not in borders:
            near = min(borders, key=lambda border: abs((border - day).days))
            problems.append(Problem(file, None, f"{clause.id}.{field}", f"{day} is not the border of a step", f"Nearest: {near}."))
    steps = river.within(clause)
    if not kind_of(clause).ACCUMULATES or not steps.size:
        return problems
    begins = np.datetime64(clause.start) if clause.start is not None else river.starts[steps[0]]
    if begins < first and not _has_past(clause):
        found = f"runs from {clause.start}, before the horizon starts on {first}"
        problems.append(
            Problem(file, None, f"{clause.id}.so_far", found, "Say by `so_far` how much has passed before (0.001 for nothing).")
        )
    if clause.end is not None and np.datetime64(clause.end) > last:
        found = f"runs to {clause.end}, after the horizon ends on {last}"
        problems.append(Problem(file, None, f"{clause.id}.end", found, "Lengthen the horizon, or give the part that is due within it."))
    days = float(river.days[steps].sum())
    if clause.season is not None and days < 182 and not _has_past(clause):
        found = f"is for the whole {clause.season.replace('_', '-')} season, of which the horizon holds {days:.0f} days"
        problems.append(Problem(file, None, f"{clause.id}.season", found, "Give start and end, with the volume meant for these days."))
    return problems


def _has_past(clause: Clause) -> bool:
    """Whether the clause says what has passed before the horizon."""
    index = getattr(clause, "index", None)
    return bool(getattr(clause, "so_far", 0.0) or getattr(index, "so_far", 0.0))
