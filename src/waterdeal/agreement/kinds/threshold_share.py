"""Threshold sharing: up to a volume all water at a gauge is the base party's; what passes above it is split by shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, names, text, volume
from waterdeal.agreement.piecewise import Scale, scale_rows
from waterdeal.agreement.place import Place, place_terms, place_volumes
from waterdeal.agreement.rows import Reading, Row, counted
from waterdeal.fields import Share, Volume
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.agreement.river import Flows, River

ACCUMULATES = True


class Form(Clause):
    """`at` is the gauge, `shares` what each party has of the excess, `takes` where a party's water is counted."""

    kind: Literal["threshold_share"]
    at: str
    threshold: Volume
    base: str
    shares: dict[str, Share]
    takes: dict[str, Place] = Field(default_factory=dict)
    so_far: Volume = 0.0
    taken_so_far: dict[str, Volume] = Field(default_factory=dict)
    no_more: bool = False

    @model_validator(mode="after")
    def whole(self) -> Form:
        """The excess is split wholly, among parties that are named."""
        if abs(sum(self.shares.values()) - 1) > 1e-9:
            raise ValueError(say("agreement.shares_add_up_expected", sum=sum(self.shares.values())))
        strangers = sorted({self.base, *self.takes, *self.taken_so_far} - set(self.shares))
        if strangers:
            raise ValueError(say("agreement.no_share", strangers=", ".join(strangers)))
        return self


def entitled(clause: Form, passed: float) -> dict[str, float]:
    """Return the volume each party is entitled to when `passed` has gone by the gauge."""
    excess = max(passed - clause.threshold, 0.0)
    return {
        party: share * excess + (min(passed, clause.threshold) if party == clause.base else 0.0) for party, share in clause.shares.items()
    }


def rows(clause: Form, river: River) -> list[Row]:
    """For each party whose water is counted: at least its entitlement, and no more with `no_more`."""
    steps = river.within(clause)
    index = (river.terms("flow", (clause.at,), steps), clause.so_far)
    highest = river.most_water + clause.so_far
    found: list[Row] = []
    for party, place in clause.takes.items():
        at_threshold = clause.threshold if party == clause.base else 0.0
        width = max(clause.threshold, 1.0)
        points = [(clause.threshold, at_threshold), (clause.threshold + width, at_threshold + clause.shares[party] * width)]
        scale = Scale([(0.0, 0.0), *points] if clause.threshold else points, along=True)
        taken = place_terms(place, river, steps)
        made = scale_rows(party, taken, index, scale, ("at_least", highest))
        if clause.no_more:
            made += scale_rows(f"{party}_no_more", taken, index, scale, ("at_most", highest))
        found += counted(made, clause.taken_so_far.get(party, 0.0))
    return found


def readings(clause: Form, flows: Flows) -> list[Reading]:
    """What each party took against its entitlement."""
    steps = flows.within(clause)
    due = entitled(clause, float(flows.at("flow", (clause.at,))[steps].sum()) + clause.so_far)
    found = []
    for party, place in clause.takes.items():
        taken = float(place_volumes(place, flows)[steps].sum()) + clause.taken_so_far.get(party, 0.0)
        found.append(Reading(party, "at_least", taken, due[party]))
        if clause.no_more:
            found.append(Reading(f"{party}_no_more", "at_most", taken, due[party]))
    return found


def facts(clause: Form) -> Facts:
    """Gauge, threshold and shares."""
    return {
        "place": names(clause.at), "threshold": volume(clause.threshold), "base": names(clause.base),
        "shares": text(" : ".join(f"{100 * share:g}" for share in clause.shares.values())), "parties": names(*clause.shares),
    }  # fmt: skip
