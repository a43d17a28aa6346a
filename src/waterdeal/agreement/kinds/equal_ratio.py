"""Equal ratio: parties are supplied alike; their supply ratios over the period differ by no more than a tolerance."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from waterdeal.agreement.clause import Clause, Names
from waterdeal.agreement.facts import Facts, names, share
from waterdeal.agreement.rows import WHOLE, Reading, Row, Term, scaled
from waterdeal.fields import Share
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.agreement.river import Flows, River

ACCUMULATES = False


class Form(Clause):
    """`among` are the parties compared; `within` is the largest difference of their supply ratios (0.05 is five percentage points)."""

    kind: Literal["equal_ratio"]
    among: Names
    within: Share = 0.05
    counted: bool = False

    @model_validator(mode="after")
    def several(self) -> Form:
        """At least two parties, each once."""
        if len(set(self.among)) < 2 or len(set(self.among)) < len(self.among):
            raise ValueError(say("agreement.name_at_least_two"))
        return self


def rows(clause: Form, river: River) -> list[Row]:
    """One row for each ordered pair of parties: the ratio of the first exceeds that of the second by no more than the tolerance."""
    steps = river.within(clause)
    ratio: dict[str, tuple[Term, ...]] = {}
    for party in clause.among:
        users = river.demands_of(party, counted=clause.counted)
        total = float(river.requirement(users)[steps].sum())
        ratio[party] = river.terms("delivery", users, steps, 1 / total) if total > 0 else ()
    return [
        Row(f"{first}_{second}", "at_most", ratio[first] + scaled(ratio[second], -1.0), clause.within, "1", WHOLE, 1.0)
        for first, second in permutations([party for party in clause.among if ratio[party]], 2)
    ]


def readings(clause: Form, flows: Flows) -> list[Reading]:
    """Difference of the supply ratios of each ordered pair."""
    steps = flows.within(clause)
    ratio = {}
    for party in clause.among:
        users = flows.demands_of(party, counted=clause.counted)
        total = float(flows.requirement(users)[steps].sum())
        if total > 0:
            ratio[party] = float(flows.at("delivery", users)[steps].sum()) / total
    return [
        Reading(f"{first}_{second}", "at_most", ratio[first] - ratio[second], clause.within, "1")
        for first, second in permutations(ratio, 2)
    ]


def facts(clause: Form) -> Facts:
    """Parties and tolerance."""
    return {"parties": names(*clause.among), "within": share(clause.within)}
