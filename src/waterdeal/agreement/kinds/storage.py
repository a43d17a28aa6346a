"""Storage of a reservoir: at least a volume on a date, or between two volumes at the end of every step."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, Phrase, fact, names, spread
from waterdeal.agreement.promise import Promise
from waterdeal.agreement.rows import WHOLE, Sense
from waterdeal.errors import refuse
from waterdeal.fields import Volume

if TYPE_CHECKING:
    from waterdeal.agreement.river import River


class EndStorage(Clause):
    """`value` is the least storage of `reservoir` at the start of the day `on` (the end of the horizon without it)."""

    when = "never"
    kind: Literal["end_storage"]
    reservoir: str
    value: Volume
    on: date | None = None

    def promises(self, river: River) -> list[Promise]:
        """One; none where the date is out of sight."""
        step = river.step_ending(self.on)
        return [Promise(WHOLE, "at_least", "storage", (self.reservoir,), [step], self.value)] if step >= 0 else []

    def facts(self) -> Facts:
        """Reservoir, volume and date."""
        return {"place": names(self.reservoir), "value": fact("volume", self.value), "day": fact("day", self.on)}

    def phrases(self) -> list[Phrase]:
        """Storage on a day, or at the end of the plan."""
        return [Phrase("clause.end_storage" if self.on is not None else "clause.end_storage_final", self.facts())]


class StorageBand(Clause):
    """`low` and `high` are the edges of the band of `reservoir`; one of them may be left out."""

    kind: Literal["storage_band"]
    reservoir: str
    low: Volume | None = None
    high: Volume | None = None

    def check_fields(self) -> None:
        """There is an edge, and the low one is below the high one."""
        refuse(self.low is None and self.high is None, "agreement.no_edge")
        low, high = self.low, self.high
        refuse(low is not None and high is not None and low > high, "agreement.edges_crossed", low=low, high=high)

    def promises(self, river: River) -> list[Promise]:
        """One a step and edge."""
        edges: tuple[tuple[Sense, float | None], ...] = (("at_least", self.low), ("at_most", self.high))
        return [
            Promise(river.labels[step], sense, "storage", (self.reservoir,), [step], edge)
            for step in self.steps(river)
            for sense, edge in edges
            if edge is not None
        ]

    def facts(self) -> Facts:
        """Reservoir and edges."""
        return {"place": names(self.reservoir), "value": spread("volume", *(edge for edge in (self.low, self.high) if edge is not None))}

    def phrases(self) -> list[Phrase]:
        """Both edges, or the one there is."""
        key = "clause.storage_band" if None not in (self.low, self.high) else f"clause.storage_band_{'high' if self.low is None else 'low'}"
        return [Phrase(key, {"place": names(self.reservoir), "low": fact("volume", self.low), "high": fact("volume", self.high)})]


KINDS = (EndStorage, StorageBand)
