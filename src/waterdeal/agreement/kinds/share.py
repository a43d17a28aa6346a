"""Shares: of the requirement of users, of the water that passes a gauge, or parties supplied alike."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Literal

import numpy as np

from waterdeal.agreement.clause import Clause, Names
from waterdeal.agreement.facts import Facts, Phrase, fact, names
from waterdeal.agreement.place import Place, counted_at, of_plan, place_names, place_terms, place_volumes, told_place
from waterdeal.agreement.promise import Promise
from waterdeal.agreement.rows import WHOLE, Measure, Reading, Row, scaled
from waterdeal.errors import refuse
from waterdeal.fields import Share, Volume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.agreement.river import Flows, River
    from waterdeal.types import Ints


class MinSupplyRatio(Clause, Place):
    """`value` is the least share of the requirement; `each` says whether in every step or over the period."""

    kind: Literal["min_supply_ratio"]
    value: Share
    each: Literal["step", "period"] = "step"
    at: None = None

    def promises(self, river: River) -> list[Promise]:
        """One a step in which anything is required, or one for the period."""
        quantity, users = counted_at(self, river)
        wanted = river.requirement(users)
        parts = [(river.labels[step], np.array([step])) for step in self.steps(river)]
        if self.each == "period":
            parts = [(period.part, period.steps) for period in self.periods(river)]
        wanted_in = [(part, steps, float(wanted[steps].sum())) for part, steps in parts]
        return [
            Promise(part, "at_least", quantity, users, steps, self.value * need, measure=Measure("1", 1 / need))
            for part, steps, need in wanted_in
            if self.value * need > 0
        ]

    def facts(self) -> Facts:
        """Users and share."""
        return {"place": names(*place_names(self)), "value": fact("share", self.value), "each": fact("word", self.each)}


class ShareOfFlow(Clause):
    """`takes` is at least (or at most) `value` of the flow at `of`; `so_far` and `taken_so_far` are the volumes before the horizon."""

    accumulates = True
    kind: Literal["share_of_flow"]
    of: str
    takes: Place
    value: Share
    sense: Literal["at_least", "at_most"] = "at_least"
    each: Literal["step", "period"] = "period"
    so_far: Volume = 0.0
    taken_so_far: Volume = 0.0

    def rows(self, river: River) -> list[Row]:
        """Water taken less the share of the flow, over the period or in every step."""
        steps = self.steps(river)
        if self.each == "period":
            before = self.value * self.so_far - self.taken_so_far
            return [self._row(period.part, river, period.steps, before if period.is_first else 0.0) for period in self.periods(river)]
        return [self._row(river.labels[step], river, [step], 0.0) for step in steps]

    def _row(self, part: str, river: River, steps: Ints | list[int], bound: float) -> Row:
        """One row; its size is the share of the water that nature brings to the gauge, for want of a fixed volume."""
        terms = place_terms(self.takes, river, steps) + river.terms("flow", (self.of,), steps, -self.value)
        size = self.value * river.natural(self.of, steps)
        return of_plan(Row(part, self.sense, terms, bound, concession=part, scale=size), self.takes, river, steps)

    def readings(self, flows: Flows) -> list[Reading]:
        """Water taken against the share of the flow measured."""
        taken, passed, steps = place_volumes(self.takes, flows), flows.at("flow", (self.of,)), self.steps(flows)
        if self.each == "period":
            found = []
            for part, among, is_first, _ in self.periods(flows):
                total, came = float(taken[among].sum()), float(passed[among].sum())
                before, so_far = (self.taken_so_far, self.so_far) if is_first else (0.0, 0.0)
                found.append(Reading(part, self.sense, total + before, self.value * (came + so_far)))
            return found
        return [Reading(flows.labels[step], self.sense, float(taken[step]), self.value * float(passed[step])) for step in steps]

    def facts(self) -> Facts:
        """Gauge, who takes, share and side."""
        return {
            "place": names(self.of), "takes": names(*place_names(self.takes)), "value": fact("share", self.value),
            "each": fact("word", self.each), "sense": fact("word", self.sense),
        }  # fmt: skip

    def phrases(self) -> list[Phrase]:
        """Who takes which share of the flow."""
        return [Phrase("clause.share_of_flow", {**self.facts(), "takes": told_place(self.takes)})]


class EqualRatio(Clause):
    """`among` are the parties compared; `within` is the largest difference of their supply ratios (0.05 is five percentage points)."""

    kind: Literal["equal_ratio"]
    among: Names
    within: Share = 0.05
    counted: bool = False

    def check_fields(self) -> None:
        """At least two parties, each once."""
        refuse(len(self.among) < 2, "agreement.too_few_parties")

    def _users(self, river: River, steps: Ints) -> Iterator[tuple[str, tuple[str, ...], float]]:
        """Users of each party that requires water over a period, and how much."""
        for party in self.among:
            users = river.demands_of(party, counted=self.counted)
            if (total := float(river.requirement(users)[steps].sum())) > 0:
                yield party, users, total

    def rows(self, river: River) -> list[Row]:
        """One row a period for each ordered pair of parties: the ratio of the first exceeds that of the second by the tolerance at most."""
        found = []
        for part, steps, _, _ in self.periods(river):
            ratio = {party: river.terms("delivery", users, steps, 1 / total) for party, users, total in self._users(river, steps)}
            for first, second in permutations(ratio, 2):
                terms = ratio[first] + scaled(ratio[second], -1.0)
                found.append(Row(_pair(first, second, part), "at_most", terms, self.within, "1", part, 1.0, Measure(number=self.within)))
        return found

    def readings(self, flows: Flows) -> list[Reading]:
        """Difference of the supply ratios of each ordered pair."""
        found = []
        for part, steps, _, _ in self.periods(flows):
            given = self._users(flows, steps)
            ratio = {party: float(flows.at("delivery", users)[steps].sum()) / total for party, users, total in given}
            for first, second in permutations(ratio, 2):
                found.append(Reading(_pair(first, second, part), "at_most", ratio[first] - ratio[second], self.within, "1"))
        return found

    def unheld(self, river: River) -> list[str]:
        """Parties that require nothing over the period."""
        known = {party for _, steps, _, _ in self.periods(river) for party, _, _ in self._users(river, steps)}
        return [party for party in self.among if party not in known]

    def facts(self) -> Facts:
        """Parties and tolerance."""
        return {"parties": names(*self.among), "within": fact("share", self.within)}

    def phrases(self) -> list[Phrase]:
        """Parties that are supplied alike, within percentage points."""
        return [Phrase("clause.equal_ratio", {**self.facts(), "within": fact("points", self.within)})]


def _pair(first: str, second: str, part: str) -> str:
    """Name the part of a pair of parties in a period."""
    return f"{first}_{second}" if part == WHOLE else f"{first}_{second}_{part}"


KINDS = (MinSupplyRatio, ShareOfFlow, EqualRatio)
