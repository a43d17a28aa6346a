"""Which rows and bounds of an infeasible program contradict one another, in words of the field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waterdeal.ask.targets import TOLD
from waterdeal.errors import Infeasible
from waterdeal.lp.program import Element
from waterdeal.words import Words, say

if TYPE_CHECKING:
    from collections.abc import Iterable

#: what is told as something else: a shortfall, whose steps are no steps of time, as its limit; what runs through a plant as the plant
SHORTFALL, LIMIT = "entitlement.shortfall", "entitlement.limit_met"
TOLD_AS = {"hydropower.turbine_limit": "hydropower.turbine_flow"}


@dataclass(frozen=True)
class Involved:
    """A balance or bound of the river that takes part in a conflict."""

    family: str  # full name of the rows or columns, e.g. `water_balance`; words for it stand in `words/*.csv`
    place: str  # node, link, reservoir or demand
    first: str
    last: str


def gather_involved(elements: Iterable[Element]) -> tuple[Involved, ...]:
    """Gather rows and columns by place, with their first and last step."""
    steps: dict[tuple[str, str], list[str]] = {}
    for element in elements:
        place = place_of(element)
        if place is not None:
            labels = () if element.family == SHORTFALL else element.labels[TOLD[element.family] + 1 :]
            steps.setdefault(place, []).append(labels[-1] if labels else "")
    return tuple(Involved(family, place, min(when), max(when)) for (family, place), when in steps.items())


def place_of(element: Element) -> tuple[str, str] | None:
    """Return the family and place that a row or column is told as; None where it is not told."""
    family = LIMIT if element.family == SHORTFALL else element.family
    return (TOLD_AS.get(family, family), str(element.labels[TOLD[family]])) if family in TOLD else None


def described(error: Infeasible) -> Infeasible:
    """Return an error that lists the rows and bounds that contradict one another: a line a place, with its first and last step."""
    steps: dict[Element, list[str]] = {}
    for family, labels in error.conflict:
        *before, last = map(str, labels or ("",))
        steps.setdefault(Element(family, tuple(before) or (last,)), []).append(last if before else "")
    if not steps:
        return error
    told = [(family, ",".join(place), min(when), max(when)) for (family, place), when in steps.items()]
    return Infeasible(say("asking.these_cannot_all_hold", lines=_lines(told)), error.conflict)


def described_by(error: Infeasible, explanation: Any) -> Infeasible:
    """Return an error that lists the balances and bounds of an explanation in which no clause is to blame."""
    told = [(one.family, one.place, one.first, one.last) for one in explanation.involved]
    return Infeasible(say("asking.these_cannot_all_hold", lines=_lines(told)) if told else error.args[0], (), explanation)


def _lines(told: Iterable[tuple[str, str, str, str]]) -> str:
    """Tell rows and bounds, a line a place: family, place, first and last step."""
    lines = ""
    for family, place, first, last in told:
        what = say(f"bound.{family}") if Words("en").has(f"bound.{family}") else family
        period = "" if not first else f", {first}" if first == last else say("asking.period", first=first, last=last)
        lines = say("asking.conflict_line", lines=lines, gap="\n  ", what=what, place=place, period=period)
    return lines
