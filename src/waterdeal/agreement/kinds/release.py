"""Release limit by season: a cap on winter releases, and a least share of the year's release in the growing season (1984 protocol)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, Phrase, fact, names
from waterdeal.agreement.place import Place
from waterdeal.agreement.rates import rate_promises
from waterdeal.agreement.rows import Reading, Row
from waterdeal.fields import Rate, Share, Volume, refuse

if TYPE_CHECKING:
    from waterdeal.agreement.promise import Promise
    from waterdeal.agreement.river import Flows, River
    from waterdeal.types import Ints


class ReleaseLimit(Clause):
    """`winter_max` caps the flow at `at` in the non-growing season; `summer_share` is the least share of the year in the growing one."""

    when = "if_given"
    kind: Literal["release_limit"]
    at: str
    winter_max: Rate | None = None
    summer_share: Share | None = None
    winter_so_far: Volume = 0.0

    def check_fields(self) -> None:
        """There is a limit."""
        refuse(self.winter_max is None and self.summer_share is None, "agreement.no_release_limit")

    def promises(self, river: River) -> list[Promise]:
        """One a winter step."""
        winter = self.steps(river)[~river.growing[self.steps(river)]]
        caps = [] if self.winter_max is None else [(step, river.volume_of(self.winter_max, step)) for step in winter]
        return rate_promises(Place(at=self.at), caps, river, "at_most")

    def _year(self, river: River) -> tuple[float, Ints, Ints] | None:
        """The share, and the steps of summer and winter, where both seasons of the year are in sight."""
        steps = self.steps(river)
        summer, winter = steps[river.growing[steps]], steps[~river.growing[steps]]
        seen = summer.size and (winter.size or self.winter_so_far > 0)
        return (self.summer_share, summer, winter) if self.summer_share is not None and seen else None

    def rows(self, river: River) -> list[Row]:
        """Those of winter, and one for the share of the year."""
        found = super().rows(river)
        if year := self._year(river):
            share, summer, winter = year
            terms = river.terms("flow", (self.at,), summer, 1 - share) + river.terms("flow", (self.at,), winter, -share)
            found.append(Row("summer", "at_least", terms, share * self.winter_so_far, concession="summer", scale=river.most_water * share))
        return found

    def readings(self, flows: Flows) -> list[Reading]:
        """Those of winter, and the summer's flow against its share of the year's."""
        found = super().readings(flows)
        if year := self._year(flows):
            (share, _, winter), flow = year, flows.at("flow", (self.at,))
            passed = flow[self.steps(flows)].sum()
            left = float(passed - flow[winter].sum()) - share * (float(passed) + self.winter_so_far)
            found.append(Reading("summer", "at_least", left, 0.0))
        return found

    def facts(self) -> Facts:
        """Gauge, cap and share."""
        return {"place": names(self.at), "value": fact("rate", self.winter_max), "share": fact("share", self.summer_share)}

    def phrases(self) -> list[Phrase]:
        """Cap in winter, share in summer, or both."""
        one = "winter" if self.summer_share is None else "summer"
        both = None not in (self.winter_max, self.summer_share)
        return [Phrase("clause.release_limit" if both else f"clause.release_{one}", self.facts())]


KINDS = (ReleaseLimit,)
