"""Salt: at most so much of it by a link, or in the return flow of users, over a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, Phrase, fact, names
from waterdeal.agreement.place import Place, counted_at, place_names, told_place
from waterdeal.agreement.promise import Promise
from waterdeal.fields import Tonnes

if TYPE_CHECKING:
    from waterdeal.agreement.river import River

#: tonnes of a kt, in which salt is counted inside
THOUSAND = 1000.0


class SaltLoad(Clause, Place):
    """`tonnes` is the most salt that enters the link `at`, or that the return flow of users brings to the river, over the period.

    A plan that carries no salt (`[salinity]`) has no row for it.
    """

    accumulates = True
    kind: Literal["salt_load"]
    tonnes: Tonnes
    so_far: Tonnes = 0.0

    def _carried(self, river: River) -> tuple[str, tuple[str, ...]]:
        """Return the load that is counted, and where; nowhere in a plan that carries no salt."""
        quantity, places = counted_at(self, river)
        name, dim = ("salt_load", "salt_link") if quantity == "flow" else ("salt_returned", "salt_demand")
        known = set(river.ids(dim)) if dim in river.data else set()
        return name, tuple(place for place in places if place in known)

    def promises(self, river: River) -> list[Promise]:
        """One a period; what has passed before the horizon counts in the first."""
        quantity, places = self._carried(river)
        return [
            Promise(
                period.part, "at_most", quantity, places, period.steps, self.tonnes / THOUSAND, self.so_far / THOUSAND * period.is_first
            )
            for period in self.periods(river)
            if places
        ]

    def unheld(self, river: River) -> list[str]:
        """All of it where the plan carries no salt."""
        return [] if self._carried(river)[1] else ["salt"]

    def facts(self) -> Facts:
        """Place and load."""
        return {"place": names(*place_names(self)), "value": fact("load", self.tonnes / THOUSAND)}

    def phrases(self) -> list[Phrase]:
        """By a link, or in the return flow of users."""
        if self.at is not None:
            return [Phrase("clause.salt_load", self.facts())]
        return [Phrase("clause.salt_of_returns", {**self.facts(), "place": told_place(self)})]


KINDS = (SaltLoad,)
