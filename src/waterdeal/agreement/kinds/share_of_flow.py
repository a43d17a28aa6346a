"""Share of a flow: a party takes at least, or at most, a share of the water that passes a gauge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, each, names, share
from waterdeal.agreement.place import Place, place_names, place_terms, place_volumes, users
from waterdeal.agreement.rows import WHOLE, Reading, Row
from waterdeal.fields import Share, Volume

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waterdeal.agreement.river import Flows, River
    from waterdeal.agreement.rows import Term

ACCUMULATES = True


class Form(Clause):
    """`takes` is at least (or at most) `value` of the flow at `of`; `so_far` and `taken_so_far` are the volumes before the horizon."""

    kind: Literal["share_of_flow"]
    of: str
    takes: Place
    value: Share
    sense: Literal["at_least", "at_most"] = "at_least"
    each: Literal["step", "period"] = "period"
    so_far: Volume = 0.0
    taken_so_far: Volume = 0.0


def rows(clause: Form, river: River) -> list[Row]:
    """Water taken less the share of the flow, over the period or in every step."""
    steps = river.within(clause)
    if clause.each == "period":
        before = clause.value * clause.so_far - clause.taken_so_far
        return [Row(WHOLE, clause.sense, _terms(clause, river, steps), before, scale=_size(clause, river, steps))]
    return [
        Row(label := river.labels[step], clause.sense, _terms(clause, river, [step]), 0.0, concession=label,
            scale=_size(clause, river, [step]))
        for step in steps
    ]  # fmt: skip


def readings(clause: Form, flows: Flows) -> list[Reading]:
    """Water taken against the share of the flow measured."""
    taken, passed, steps = place_volumes(clause.takes, flows), flows.at("flow", (clause.of,)), flows.within(clause)
    if clause.each == "period":
        total = float(taken[steps].sum()) + clause.taken_so_far
        return [Reading(WHOLE, clause.sense, total, clause.value * (float(passed[steps].sum()) + clause.so_far))]
    return [Reading(flows.labels[step], clause.sense, float(taken[step]), clause.value * float(passed[step])) for step in steps]


def facts(clause: Form) -> Facts:
    """Gauge, who takes, share and side."""
    return {
        "place": names(clause.of), "takes": names(*place_names(clause.takes)), "value": share(clause.value), "each": each(clause.each),
        "sense": each(clause.sense),
    }  # fmt: skip


def _terms(clause: Form, river: River, steps: Iterable[int]) -> tuple[Term, ...]:
    """Terms of what is taken less the share of what passes."""
    steps = list(steps)
    return place_terms(clause.takes, river, steps) + river.terms("flow", (clause.of,), steps, -clause.value)


def _size(clause: Form, river: River, steps: Iterable[int]) -> float:
    """Size of the promise: the requirement of those who take, for want of a fixed volume."""
    wanted = users(clause.takes, river)
    return float(river.requirement(wanted)[list(steps)].sum()) if wanted else river.most_water
