"""Release limit by season: a cap on winter releases, and a least share of the year's release in the growing season (1984 protocol)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, Phrase, fact, names
from waterdeal.agreement.place import Place
from waterdeal.agreement.promise import as_share
from waterdeal.agreement.rates import rate_promises
from waterdeal.agreement.rows import SHARE, Measure, Reading, Row
from waterdeal.errors import refuse
from waterdeal.fields import Rate, Share, Volume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.agreement.promise import Promise
    from waterdeal.agreement.river import Flows, River
    from waterdeal.types import Ints


#: part of a limit that is the summer's share, or the first word of it; it gives way by a share of what natural flow would make it
SUMMER = "summer"


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
        found = rate_promises(Place(at=self.at), caps, river, "at_most")
        return found if self.summer_share is None else [as_share(promise, river) for promise in found]

    def _years(self, river: River) -> Iterator[tuple[str, Ints, Ints, float]]:
        """Part, steps of summer and winter and winter's release before the horizon, of each year of which both seasons are in sight."""
        if not self.summer_share:
            return
        steps = self.steps(river)
        first_day = river.starts[0].item()
        years = river.years(steps, (first_day.month, first_day.day))
        for year in np.unique(years).tolist():
            mine = steps[years == year]
            summer, winter = mine[river.growing[mine]], mine[~river.growing[mine]]
            before = self.winter_so_far if year == years[0] else 0.0
            if summer.size and (winter.size or before > 0):
                yield SUMMER if years[0] == years[-1] else f"{SUMMER}_{year}", summer, winter, before

    def rows(self, river: River) -> list[Row]:
        """Those of winter, and one for the share of each year."""
        found, share = super().rows(river), self.summer_share or 0.0
        for part, summer, winter, before in self._years(river):
            terms = river.terms("flow", (self.at,), summer, 1 - share) + river.terms("flow", (self.at,), winter, -share)
            size = share * (river.natural(self.at, [*summer, *winter]) + before)
            found.append(Row(part, "at_least", terms, share * before, "hm3", part, size, Measure(SHARE, 1 / size)))
        return found

    def readings(self, flows: Flows) -> list[Reading]:
        """Those of winter, and the summer's flow against its share of the year's."""
        found, flow, share = super().readings(flows), flows.at("flow", (self.at,)), self.summer_share or 0.0
        for part, summer, winter, before in self._years(flows):
            passed = float(flow[summer].sum())
            left = passed - share * (passed + float(flow[winter].sum()) + before)
            found.append(Reading(part, "at_least", left, 0.0))
        return found

    def unheld(self, river: River) -> list[str]:
        """The cap without a winter in sight, and the share without both seasons."""
        winter = self.winter_max is not None and not self.promises(river)
        return (["winter"] if winter else []) + ([SUMMER] if self.summer_share is not None and not list(self._years(river)) else [])

    def facts(self) -> Facts:
        """Gauge, cap and share."""
        return {"place": names(self.at), "value": fact("rate", self.winter_max), "share": fact("share", self.summer_share)}

    def phrases(self) -> list[Phrase]:
        """Cap in winter, share in summer, or both."""
        one = "winter" if self.summer_share is None else "summer"
        both = None not in (self.winter_max, self.summer_share)
        return [Phrase("clause.release_limit" if both else f"clause.release_{one}", self.facts())]


KINDS = (ReleaseLimit,)
