"""Release limit by season: a cap on winter releases, and a least share of the year's release in the growing season (1984 protocol)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import model_validator

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, names, rate, share
from waterdeal.agreement.rows import Reading, Row
from waterdeal.fields import Rate, Share, Volume
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.agreement.river import Flows, River

ACCUMULATES = False


class Form(Clause):
    """`winter_max` caps the flow at `at` in the non-growing season; `summer_share` is the least share of the year in the growing one."""

    kind: Literal["release_limit"]
    at: str
    winter_max: Rate | None = None
    summer_share: Share | None = None
    winter_so_far: Volume = 0.0

    @model_validator(mode="after")
    def some_limit(self) -> Form:
        """There is a limit."""
        if self.winter_max is None and self.summer_share is None:
            raise ValueError(say("agreement.give_winter_max_summer"))
        return self


def rows(clause: Form, river: River) -> list[Row]:
    """One row a winter step, and one for the share where the horizon has a summer and the year a winter."""
    steps = river.within(clause)
    winter, summer = steps[~river.growing[steps]], steps[river.growing[steps]]
    found = []
    if clause.winter_max is not None:
        for step in winter:
            most = river.volume_of(clause.winter_max, step)
            label = river.labels[step]
            found.append(Row(label, "at_most", river.terms("flow", (clause.at,), [step]), most, concession=label, scale=most))
    if clause.summer_share is not None and _has_year(clause, river):
        part = clause.summer_share
        terms = river.terms("flow", (clause.at,), summer, 1 - part) + river.terms("flow", (clause.at,), winter, -part)
        bound = part * clause.winter_so_far
        found.append(Row("summer", "at_least", terms, bound, concession="summer", scale=river.most_water * part))
    return found


def readings(clause: Form, flows: Flows) -> list[Reading]:
    """Winter flows against their cap, the summer's flow against its share of the year's."""
    steps, flow = flows.within(clause), flows.at("flow", (clause.at,))
    winter = steps[~flows.growing[steps]]
    found = []
    if clause.winter_max is not None:
        found = [Reading(flows.labels[step], "at_most", float(flow[step]), flows.volume_of(clause.winter_max, step)) for step in winter]
    if clause.summer_share is not None and _has_year(clause, flows):
        summer = float(flow[steps].sum() - flow[winter].sum())
        year = float(flow[steps].sum()) + clause.winter_so_far
        found.append(Reading("summer", "at_least", summer - clause.summer_share * year, 0.0))
    return found


def facts(clause: Form) -> Facts:
    """Gauge, cap and share."""
    return {"place": names(clause.at), "value": rate(clause.winter_max), "share": share(clause.summer_share)}


def _has_year(clause: Form, river: River) -> bool:
    """Whether both seasons of the year are in sight."""
    growing = river.growing[river.within(clause)]
    return bool(growing.any()) and bool(np.any(~growing) or clause.winter_so_far > 0)
