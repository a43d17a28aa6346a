"""Check clauses against the river: names, periods, dates; all problems at once."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.agreement.clause import first_month, leaves
from waterdeal.agreement.kinds.energy import Exchange
from waterdeal.agreement.kinds.share import EqualRatio, MinSupplyRatio
from waterdeal.agreement.place import counted_at
from waterdeal.agreement.rates import Rates, step_volumes
from waterdeal.basin.cells import did_you_mean
from waterdeal.calendar import next_month, season_span
from waterdeal.errors import Problem
from waterdeal.imports.places import full_key
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waterdeal.agreement.clause import Clause, Period
    from waterdeal.agreement.made_up import MakeUp
    from waterdeal.agreement.river import River

#: what the names in a field are names of
NAMES_OF = {
    "at": "link", "of": "link", "flow": "link", "reservoir": "reservoir", "storage": "reservoir", "demands": "demand", "plants": "plant",
    "party": "party", "to": "party", "supply_of": "party", "limit_of": "party", "energy_of": "party", "among": "party", "base": "party",
    "shares": "party", "taken_so_far": "party", "takes": "party", "gauge": "gauge",
}  # fmt: skip


#: field of a clause, what was found there, and the remedy
Finding = tuple[str, str, str]


def check_clauses(clauses: Sequence[Clause], river: River, file: str) -> list[Problem]:
    """Run every rule on clauses."""
    rules = (
        _name_problems, _taken_twice, _date_problems, _index_problems, _period_problems, _calendar_problems, _head_problems, _line_problems,
        _made_up_problems,
    )  # fmt: skip
    return [
        Problem(file, None, f"{clause.id}.{field}", found, remedy)
        for clause in clauses
        for rule in rules
        for field, found, remedy in rule(clause, river)
    ]


def _name_problems(clause: Clause, river: River) -> Iterator[Finding]:
    """Report names that are not in the basin."""
    for field, name in _names(clause):
        dimension, have = NAMES_OF[field], river.names_of(NAMES_OF[field])
        if name not in have:
            meant = next((key for key in have if full_key(name) in map(full_key, river.called.get(key, ()))), name)
            yield field, say("agreement.not_in_basin", name=name, dimension=dimension), did_you_mean(meant, have)


def _taken_twice(clause: Clause, river: River) -> Iterator[Finding]:
    """Report users whose water is counted for several parties of a clause."""
    takes = getattr(clause, "takes", None)
    if not isinstance(takes, dict) or any(_name_problems(clause, river)):
        return
    users = Counter(user for place in takes.values() if place.at is None for user in counted_at(place, river)[1])
    for user in (name for name, count in users.items() if count > 1):
        yield "takes", say("agreement.taken_twice", user=user), say("agreement.taken_twice.remedy")


def _names(clause: Clause) -> list[tuple[str, str]]:
    """Every name in a clause that must be in the basin, with its field."""
    named = [(path.rpartition(".")[2], value) for path, value in leaves(clause) if isinstance(value, str)]
    return [(field, name) for field, name in named if field in NAMES_OF]


def _date_problems(clause: Clause, river: River) -> Iterator[Finding]:
    """Report dates and labels that are no steps of the horizon though they lie within it."""
    first, last = river.starts[0].item(), river.ends[-1].item()
    borders = {*river.starts.tolist(), last}
    for field, day in leaves(clause):
        if isinstance(day, date) and first <= day <= last and day not in borders:
            near = min(borders, key=lambda border: abs((border - day).days))
            yield field, say("agreement.no_border", day=day), say("agreement.no_border.remedy", near=near)
    filling = getattr(clause, "filling", None)
    if filling is not None and clause.steps(river).size and not first <= filling.on <= last:
        yield "filling.on", say("agreement.day_outside", day=filling.on, first=first, last=last), say("agreement.day_outside.remedy")
    for rates in (clause, getattr(clause, "release", None)):
        for label in getattr(rates, "by_step", {}):
            if label not in river.labels and first <= _first_day(label) < last:
                yield "by_step", say("agreement.no_step", label=label), did_you_mean(label, river.labels)


def _head_problems(clause: Clause, river: River) -> Iterator[Finding]:
    """Report energy promised of plants whose head is followed: what they make is known when the plan is, and no row can hold them to it."""
    headed, named = river.ids("headed") if "headed" in river.data else [], _names(clause)
    counted = [(field, name) for field, name in named if field == "plants"]
    counted += [(field, plant) for field, name in named if field == "energy_of" for plant in river.plants_of(name)]
    for field, plant in dict.fromkeys(counted):
        if plant in headed:
            yield field, say("agreement.head_followed", plant=plant), say("agreement.head_followed.remedy")


def _first_day(label: str) -> date:
    """First day of a step, from its label."""
    days = f"{label}-01" if len(label) == 7 else label.replace("-D1", "-01").replace("-D2", "-11").replace("-D3", "-21")
    return date.fromisoformat(days)


def _index_problems(clause: Clause, river: River) -> Iterator[Finding]:
    """Report a scale that says nothing for the class of the year, or whose index is out of sight."""
    if not clause.steps(river).size:
        return
    by_class, year_class = getattr(clause, "by_class", None), str(river.data.attrs.get("year_class", ""))
    day = getattr(getattr(clause, "index", None), "on", None)
    if by_class and year_class not in by_class:
        yield "by_class", say("agreement.class_missing", year_class=year_class), did_you_mean(year_class, list(by_class))
    elif day is not None and not river.starts[0].item() <= day <= river.ends[-1].item():
        yield "index.on", say("agreement.index_out_of_sight", day=day), say("agreement.index_out_of_sight.remedy")


def _period_problems(clause: Clause, river: River) -> Iterator[Finding]:
    """Report volumes whose period is not wholly in sight."""
    if not _adds_up(clause, river):
        return
    first, last = river.starts[0], river.ends[-1]
    begins = np.datetime64(clause.start) if clause.start is not None else first
    if begins < first and not _has_past(clause):
        known = "so_far" in type(clause).model_fields
        remedy = say("agreement.starts_before_horizon.remedy" if known else "agreement.starts_before_horizon.remedy_part")
        yield "so_far", say("agreement.starts_before_horizon", start=clause.start, first=first), remedy
    if clause.end is not None and np.datetime64(clause.end) > last:
        yield "end", say("agreement.ends_after_horizon", end=clause.end, last=last), say("agreement.ends_after_horizon.remedy")


def _calendar_problems(clause: Clause, river: River) -> Iterator[Finding]:
    """Report seasons and months of which the horizon holds only a part, those of legs of energy too."""
    if _adds_up(clause, river):
        for period in clause.periods(river):
            yield from _cut_problems(clause, river, period, clause.months, _has_past(clause))
    if not isinstance(clause, Exchange):
        return
    for name, leg in clause.carried(river):
        for _, period, _ in clause.leg_periods(name, leg, river) if leg.months else ():
            for field, found, remedy in _cut_problems(clause, river, period, leg.months, bool(leg.so_far)):
                yield f"{name}.{field}", found, remedy


def cut_ratios(clause: Clause, river: River) -> Iterator[tuple[str, str]]:
    """Tell the field of a ratio over a season, or months, of which the horizon holds a part, and what it holds: it is of that part."""
    if isinstance(clause, EqualRatio) or (isinstance(clause, MinSupplyRatio) and clause.each == "period"):
        for period in clause.periods(river):
            yield from ((field, found) for field, found, _ in _cut_problems(clause, river, period, clause.months, has_past=False))


def _line_problems(clause: Clause, river: River) -> Iterator[Finding]:
    """Report legs of energy for which a side has no line, where the basin has lines: nothing would arrive."""
    if not isinstance(clause, Exchange) or "power_link" not in river.data or not river.ids("power_link"):
        return
    for name, leg in clause.power():
        givers, takers = (clause.to, clause.party) if name == "sent" else (clause.party, clause.to)
        alone = [party for party in givers if not river.lines((party,), takers)]
        alone += [party for party in takers if not river.lines(givers, (party,))]
        if not leg.plants and set(alone) <= set(river.parties) and (alone or not clause.lines(name, river)[0]):
            lines = ", ".join(river.ids("power_link"))
            yield name, say("agreement.no_line", party=", ".join(alone)), say("agreement.no_line.remedy", lines=lines)


def _made_up_problems(clause: Clause, river: River) -> Iterator[Finding]:
    """Report a day by which what is missing is made up that lies beyond the horizon, or not after what is due."""
    if not clause.steps(river).size:
        return
    first, last = river.starts[0].item(), river.ends[-1].item()
    for name in ("", "sent", "returned", "release"):
        part = getattr(clause, name, None) if name else clause
        made_up: MakeUp | None = getattr(part, "made_up", None)
        if made_up is None:
            continue
        field, due = ".".join(filter(None, (name, "made_up", "by"))), _last_due(clause, part, river)
        if made_up.by > last:
            yield field, say("agreement.made_up_late", day=made_up.by, last=last), say("agreement.made_up_late.remedy")
        elif made_up.by <= (due or first):
            yield field, say("agreement.made_up_early", day=made_up.by, due=due or first), say("agreement.made_up_early.remedy")


def _last_due(clause: Clause, part: object, river: River) -> date | None:
    """Day after the first period in which a clause, or a leg of it, is due; None where none is in sight."""
    steps, months = clause.steps(river), getattr(part, "months", ())
    steps = steps[np.isin(river.month[steps], months)] if months else steps
    if isinstance(part, Rates):
        steps = np.array([step for step, _ in step_volumes(part, river, steps)], dtype=int)
    periods = clause.periods(river, steps, tuple(months))
    day: date | None = river.ends[periods[0].steps[-1]].item() if periods else None
    return day


def _cut_problems(clause: Clause, river: River, period: Period, months: tuple[int, ...], has_past: bool) -> Iterator[Finding]:
    """Report what of a season, or of months, lies out of sight: before the horizon unless that is known, or after it."""
    spans = {month: _month_span(month, months, period.year) for month in months}
    if not months and clause.season is not None:
        spans = {0: season_span(period.year, river.season(clause.season))}
    begins = date.min if has_past and period.is_first else river.starts[0].item()
    cut = []
    for month, (first, last) in spans.items():
        held = max(first, clause.start or first), min(last, clause.end or last)
        if held[0] < held[1] and (held[0] < begins or held[1] > river.ends[-1].item()):
            cut.append(str(month))
    if cut:
        remedy = say("agreement.period_cut.remedy")
        if months:
            yield "months", say("agreement.month_cut", value=", ".join(cut)), remedy
        else:
            season = str(clause.season).replace("_", "-")
            yield "season", say("agreement.season_cut", value=season, sum=river.days[period.steps].sum()), remedy


def _month_span(month: int, months: tuple[int, ...], year: int) -> tuple[date, date]:
    """Return the first day of a month of a period that begins in a year, and the day after its last."""
    first = date(year + (month < first_month(months)), month, 1)
    return first, next_month(first)


def _adds_up(clause: Clause, river: River) -> bool:
    """Whether a clause adds up over its period, and holds over this horizon."""
    return clause.accumulates and bool(clause.steps(river).size) and getattr(clause, "each", "period") != "step"


def _has_past(clause: Clause) -> bool:
    """Whether the clause says what has passed before the horizon."""
    parts = (clause, *(getattr(clause, name, None) for name in ("index", "sent", "returned")))
    return any(getattr(part, "so_far", 0.0) for part in parts)
