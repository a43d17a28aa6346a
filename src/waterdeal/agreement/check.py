"""Check clauses against the river: names, periods, dates; all problems at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from waterdeal.agreement.forms import kind_of
from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import Problem
from waterdeal.words import say

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
    """Run every rule on clauses."""
    known = {dim: river.ids(dim) for dim in ("link", "reservoir", "demand", "plant")}
    known |= {"party": river.parties, "gauge": [name for names in known.values() for name in names]}
    problems: list[Problem] = []
    for clause in clauses:
        for field, name in _names(clause):
            have = known[NAMES_OF[field]]
            if name not in have:
                found = say("agreement.not_basin", name=name, NAMES_OF=NAMES_OF[field])
                problems.append(Problem(file, None, f"{clause.id}.{field}", found, did_you_mean(name, have)))
        for rule in (_date_problems, _index_problems, _period_problems, _head_problems):
            problems += rule(clause, river, file)
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


def _date_problems(clause: Clause, river: River, file: str) -> list[Problem]:
    """Report dates and labels that are no steps of the horizon though they lie within it."""
    first, last = river.starts[0].item(), river.ends[-1].item()
    borders = {*river.starts.tolist(), last}
    problems = []
    for field, day in _days(clause):
        if first <= day <= last and day not in borders:
            near = min(borders, key=lambda border: abs((border - day).days))
            problems.append(Problem(file, None, f"{clause.id}.{field}", say("agreement.not_border_step", day=day), f"Nearest: {near}."))
    for rates in (clause, getattr(clause, "release", None)):
        for label in getattr(rates, "by_step", {}):
            if label not in river.labels and first <= _first_day(label) < last:
                remedy = did_you_mean(label, river.labels)
                problems.append(Problem(file, None, f"{clause.id}.by_step", say("agreement.not_step_horizon", label=label), remedy))
    return problems


def _head_problems(clause: Clause, river: River, file: str) -> list[Problem]:
    """Report energy promised of plants whose head is followed: what they make is known when the plan is, and no row can hold them to it."""
    headed = river.ids("headed") if "headed" in river.data else []
    named = list(_names(clause))
    counted = [(field, name) for field, name in named if field == "plants"]
    counted += [(field, plant) for field, name in named if field == "energy_of" for plant in river.plants_of(name)]
    found = say("agreement.follows_head_physics_head")
    remedy = say("agreement.set_physics_head_constant")
    return [
        Problem(file, None, f"{clause.id}.{field}", f"{plant} {found}", remedy)
        for field, plant in dict.fromkeys(counted)
        if plant in headed
    ]


def _days(part: BaseModel, prefix: str = "") -> Iterator[tuple[str, date]]:
    """Every date in a clause, with its field."""
    for field in type(part).model_fields:
        value: Any = getattr(part, field)
        if isinstance(value, date):
            yield prefix + field, value
        elif isinstance(value, BaseModel):
            yield from _days(value, f"{prefix}{field}.")


def _first_day(label: str) -> date:
    """First day of a step, from its label."""
    year, month, *rest = label.split("-")
    day = {"": 1, "D1": 1, "D2": 11, "D3": 21}.get("".join(rest)) or int(rest[0])
    return date(int(year), int(month), 1) + timedelta(days=day - 1)


def _index_problems(clause: Clause, river: River, file: str) -> list[Problem]:
    """Report a scale that says nothing for the class of the year, or whose index is out of sight."""
    if not river.within(clause).size:
        return []
    by_class, index = getattr(clause, "by_class", None), getattr(clause, "index", None)
    year_class = str(river.data.attrs.get("year_class", ""))
    if by_class and year_class not in by_class:
        found = say("agreement.no_volume_class_year", year_class=year_class)
        return [Problem(file, None, f"{clause.id}.by_class", found, did_you_mean(year_class, list(by_class)))]
    day = getattr(index, "on", None)
    if day is not None and not river.starts[0].item() <= day <= river.ends[-1].item():
        remedy = say("agreement.give_known_volume_published")
        return [Problem(file, None, f"{clause.id}.index.on", say("agreement.outside_horizon", day=day), remedy)]
    return []


def _period_problems(clause: Clause, river: River, file: str) -> list[Problem]:
    """Report volumes whose period is not wholly in sight."""
    first, last = river.starts[0], river.ends[-1]
    steps = river.within(clause)
    if not kind_of(clause).ACCUMULATES or not steps.size or getattr(clause, "each", "period") == "step":
        return []
    problems = []
    begins = np.datetime64(clause.start) if clause.start is not None else river.starts[steps[0]]
    if begins < first and not _has_past(clause):
        found = say("agreement.runs_from_before_horizon", start=clause.start, first=first)
        remedy = say("agreement.say_by_so_far")
        if "so_far" not in type(clause).model_fields:
            remedy = say("agreement.let_start_horizon_give")
        problems.append(Problem(file, None, f"{clause.id}.so_far", found, remedy))
    if clause.end is not None and np.datetime64(clause.end) > last:
        found = say("agreement.runs_after_horizon_ends", end=clause.end, last=last)
        problems.append(Problem(file, None, f"{clause.id}.end", found, say("agreement.lengthen_horizon_give_part")))
    return problems + _calendar_problems(clause, river, file)


def _calendar_problems(clause: Clause, river: River, file: str) -> list[Problem]:
    """Report a season or a month of which the horizon holds only a part."""
    steps = river.within(clause)
    days, months = river.days[steps], river.data["month"].values[steps]
    if _has_past(clause):
        return []
    remedy = say("agreement.give_start_end_volume")
    if clause.season is not None and days.sum() < 182:
        found = say("agreement.whole_season_which_horizon", value=clause.season.replace("_", "-"), sum=days.sum())
        return [Problem(file, None, f"{clause.id}.season", found, remedy)]
    cut = [month for month in clause.months if days[months == month].sum() < 28]
    if cut and clause.start is None and clause.end is None:
        found = say("agreement.month_too_which_horizon", value=", ".join(map(str, cut)))
        return [Problem(file, None, f"{clause.id}.months", found, remedy)]
    return []


def _has_past(clause: Clause) -> bool:
    """Whether the clause says what has passed before the horizon."""
    index = getattr(clause, "index", None)
    return bool(getattr(clause, "so_far", 0.0) or getattr(index, "so_far", 0.0))
