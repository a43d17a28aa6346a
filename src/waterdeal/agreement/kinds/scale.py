"""Scales: a volume by an index or by class of year, and the excess above a threshold split by shares."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from waterdeal.agreement.clause import Clause, Period
from waterdeal.agreement.facts import Facts, Phrase, fact, names, spread
from waterdeal.agreement.piecewise import Scale, scale_rows
from waterdeal.agreement.place import Place, counted_at, of_plan, place_names, place_terms, place_volumes
from waterdeal.agreement.rows import WHOLE, Measure, Reading, Row, Term, counted
from waterdeal.errors import refuse
from waterdeal.fields import Frozen, Share, Volume

if TYPE_CHECKING:
    from waterdeal.agreement.river import Flows, River
    from waterdeal.agreement.rows import Sense


class Index(Frozen):
    """The published index: a `known` volume (a forecast), `storage` of a reservoir `on` a date, or the volume at `flow`."""

    known: Volume | None = None
    storage: str | None = None
    on: date | None = None
    flow: str | None = None
    so_far: Volume = 0.0

    def check_fields(self) -> None:
        """Exactly one index."""
        refuse(sum(entry is not None for entry in (self.known, self.storage, self.flow)) != 1, "agreement.one_index")


class SlidingScale(Clause, Place):
    """`by_class` gives a volume for each class of year, or `index` with `points` (index, volume) a scale."""

    accumulates = True
    kind: Literal["sliding_scale"]
    by_class: dict[str, Volume] = Field(default_factory=dict)
    index: Index | None = None
    points: tuple[tuple[Volume, Volume], ...] = ()
    beyond: Literal["constant", "along"] = "constant"
    sense: Literal["at_least", "at_most"] = "at_least"
    so_far: Volume = 0.0

    def check_fields(self) -> None:
        """Classes, or an index with at least two rising points."""
        refuse(bool(self.by_class) == (self.index is not None), "agreement.one_scale")
        xs = [point[0] for point in self.points]
        refuse(self.index is not None and (len(xs) < 2 or any(b <= a for a, b in pairwise(xs))), "agreement.points_not_rising")

    def _promised(self, river: River, index: float) -> float:
        """What is promised at a value of the index, or by the class of the year of the plan."""
        return self.by_class[str(river.data.attrs.get("year_class", ""))] if self.by_class else self._scale.value(index)

    @property
    def _scale(self) -> Scale:
        """The promise as a function of the index."""
        return Scale(self.points, along=self.beyond == "along")

    def _index_terms(self, river: River, period: Period) -> tuple[tuple[Term, ...], float, float]:
        """Terms of the index over a period, what is known of it, and the largest value it can take."""
        index = self.index
        if index is None or index.known is not None:
            return (), index.known if index is not None and index.known is not None else 0.0, 0.0
        if index.flow is not None:
            so_far = index.so_far if period.is_first else 0.0
            return river.terms("flow", (index.flow,), period.steps), so_far, river.most_water + so_far
        body = str(index.storage)
        at = river.ids("reservoir").index(body)
        if index.on is None or str(index.on) == str(river.starts[0]):
            return (), river.at_start(body), 0.0
        step = river.step_ending(index.on)
        return river.terms("storage", (body,), [step]), 0.0, float(river.data["storage_max"].values[at, max(step - river.past, 0)])

    def _expected(self, river: River, period: Period, known: float) -> float:
        """Index that nature, or the storage at the start, makes likely: what a concession is levelled by."""
        if self.index is not None and self.index.flow is not None:
            return river.natural(self.index.flow, period.steps) + known
        return river.at_start(str(self.index.storage)) if self.index is not None else known

    def rows(self, river: River) -> list[Row]:
        """Volume over the period at least, or at most, what the scale says."""
        found: list[Row] = []
        for period in self.periods(river):
            kept, before = place_terms(self, river, period.steps), self.so_far if period.is_first else 0.0
            terms, known, highest = self._index_terms(river, period)
            if terms:
                size = abs(self._promised(river, self._expected(river, period, known)))
                made = scale_rows(period.part, kept, (terms, known), self._scale, (self.sense, highest))
                found += [of_plan(replace(row, scale=size), self, river, period.steps) for row in counted(made, before)]
            else:
                promised = self._promised(river, known)
                size, measure = promised or river.at_stake(*counted_at(self, river), period.steps), Measure(number=promised)
                found.append(Row(period.part, self.sense, kept, promised - before, "hm3", period.part, size, measure))
        return found

    def readings(self, flows: Flows) -> list[Reading]:
        """Volume measured against the scale at the index measured."""
        found = []
        for period in self.periods(flows):
            measured = float(place_volumes(self, flows)[period.steps].sum()) + (self.so_far if period.is_first else 0.0)
            terms, index, _ = self._index_terms(flows, period)
            if terms and self.index is not None and self.index.flow is not None:
                index += float(flows.at("flow", (self.index.flow,))[period.steps].sum())
            elif terms:
                index = float(flows.at("storage", (terms[0].place,))[terms[0].step])
            found.append(Reading(period.part, self.sense, measured, self._promised(flows, index)))
        return found

    def facts(self) -> Facts:
        """Place, side and the points of the scale."""
        index = self.index
        return {
            "place": names(*place_names(self)), "sense": fact("word", self.sense),
            "index": names(*filter(None, (index.storage, index.flow))) if index is not None else fact("text", ""),
            "value": spread("volume", *(self.by_class.values() or [y for _, y in self.points])),
        }  # fmt: skip

    def phrases(self) -> list[Phrase]:
        """Range of the promise, and what it depends on."""
        facts, index = self.facts(), self.index
        if index is not None and index.known is not None:
            return [Phrase("clause.sliding_scale_known", facts | {"index": fact("volume", index.known)})]
        return [Phrase("clause.sliding_scale_class" if index is None else "clause.sliding_scale_index", facts)]


class ThresholdShare(Clause):
    """`at` is the gauge, `shares` what each party has of the excess, `takes` where a party's water is counted."""

    accumulates = True
    kind: Literal["threshold_share"]
    at: str
    threshold: Volume
    base: str
    shares: dict[str, Share]
    takes: dict[str, Place] = Field(default_factory=dict)
    so_far: Volume = 0.0
    taken_so_far: dict[str, Volume] = Field(default_factory=dict)
    no_more: bool = False

    def check_fields(self) -> None:
        """The excess is split wholly, among parties that are named."""
        refuse(abs(sum(self.shares.values()) - 1) > 1e-9, "agreement.shares_not_one", sum=sum(self.shares.values()))
        strangers = sorted({self.base, *self.takes, *self.taken_so_far} - set(self.shares))
        refuse(strangers, "agreement.no_share", strangers=", ".join(strangers))

    def entitled(self, passed: float) -> dict[str, float]:
        """Return the volume each party is entitled to when `passed` has gone by the gauge."""
        excess, below = max(passed - self.threshold, 0.0), min(passed, self.threshold)
        return {party: share * excess + (below if party == self.base else 0.0) for party, share in self.shares.items()}

    def rows(self, river: River) -> list[Row]:
        """For each party whose water is counted: at least its entitlement, and no more with `no_more`."""
        found: list[Row] = []
        for period in self.periods(river):
            so_far, before = (self.so_far, self.taken_so_far) if period.is_first else (0.0, dict[str, float]())
            index, highest = (river.terms("flow", (self.at,), period.steps), so_far), river.most_water + so_far
            for party, place in self.takes.items():
                taken, sides = place_terms(place, river, period.steps), self._sides(party, period)
                made = [row for part, sense in sides for row in scale_rows(part, taken, index, self._scale(party), (sense, highest))]
                size = self.entitled(river.natural(self.at, period.steps) + so_far)[party]
                sized = [replace(row, scale=size) for row in counted(made, before.get(party, 0.0))]
                found += [of_plan(row, place, river, period.steps) for row in sized]
        return found

    def _scale(self, party: str) -> Scale:
        """Entitlement of a party as a function of what passes."""
        at_threshold, width = self.threshold if party == self.base else 0.0, max(self.threshold, 1.0)
        points = [(self.threshold, at_threshold), (self.threshold + width, at_threshold + self.shares[party] * width)]
        return Scale([(0.0, 0.0), *points] if self.threshold else points, along=True)

    def _sides(self, party: str, period: Period) -> list[tuple[str, Sense]]:
        """Parts that hold a party to its entitlement in a period, each with its side."""
        part = party if period.part == WHOLE else f"{party}_{period.part}"
        return [(part, "at_least"), (f"{part}_no_more", "at_most")] if self.no_more else [(part, "at_least")]

    def readings(self, flows: Flows) -> list[Reading]:
        """What each party took against its entitlement."""
        found = []
        for period in self.periods(flows):
            so_far, before = (self.so_far, self.taken_so_far) if period.is_first else (0.0, dict[str, float]())
            due = self.entitled(float(flows.at("flow", (self.at,))[period.steps].sum()) + so_far)
            for party, place in self.takes.items():
                taken = float(place_volumes(place, flows)[period.steps].sum()) + before.get(party, 0.0)
                found += [Reading(part, sense, taken, due[party]) for part, sense in self._sides(party, period)]
        return found

    def unheld(self, river: River) -> list[str]:  # noqa: ARG002
        """Parties whose water is counted nowhere."""
        return [party for party in self.shares if party not in self.takes]

    def facts(self) -> Facts:
        """Gauge, threshold and shares."""
        shares = " : ".join(f"{100 * share:g}" for share in self.shares.values())
        return {
            "place": names(self.at), "threshold": fact("volume", self.threshold), "base": names(self.base),
            "shares": fact("text", shares), "parties": names(*self.shares),
        }  # fmt: skip

    def phrases(self) -> list[Phrase]:
        """Threshold, whose it is, and shares above it."""
        return [Phrase("clause.threshold_share", self.facts() | {"shares": fact("shares", *self.shares.items())})]


KINDS = (SlidingScale, ThresholdShare)
