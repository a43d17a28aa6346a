"""Where the water of a clause is counted: at a gauge, or at users."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from waterdeal.agreement.clause import Names
from waterdeal.agreement.facts import Fact, Phrase, names
from waterdeal.errors import refuse
from waterdeal.fields import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waterdeal.agreement.river import Flows, River
    from waterdeal.agreement.rows import Row, Term
    from waterdeal.types import Floats, Ints


class Place(Frozen):
    """Exactly one of: a link (`at`), users by name (`demands`), all users of a party (`supply_of`), or those its limits count."""

    at: str | None = None
    demands: Names = ()
    supply_of: str | None = None
    limit_of: str | None = None

    def check_fields(self) -> None:
        """Refuse none or several."""
        given = [self.at, self.demands or None, self.supply_of, self.limit_of]
        refuse(sum(entry is not None for entry in given) != 1, "agreement.one_place")


def counted_at(place: Place, river: River) -> tuple[str, tuple[str, ...]]:
    """Return the quantity that is counted at a place, and where: the flow of a link, or deliveries of demands."""
    if place.at is not None:
        return "flow", (place.at,)
    party = place.supply_of or place.limit_of
    return "delivery", river.demands_of(party, counted=place.limit_of is not None) if party else place.demands


def place_terms(place: Place, river: River, steps: Iterable[int]) -> tuple[Term, ...]:
    """Return the terms of the water counted at a place over steps, hm3."""
    return river.terms(*counted_at(place, river), steps)


def of_plan(row: Row, place: Place, river: River, steps: Sequence[int] | Ints) -> Row:
    """Return a row whose promise depends on the plan: no number tells it, and one of nothing is of the size of what is at stake."""
    if row.concession is None:
        return row
    stake = row.scale or river.at_stake(*counted_at(place, river), steps)
    return replace(row, scale=stake, measure=row.measure._replace(number=math.nan))


def place_volumes(place: Place, flows: Flows) -> Floats:
    """Return the water counted at a place, by step, hm3."""
    return flows.at(*counted_at(place, flows))


def place_names(place: Place) -> tuple[str, ...]:
    """Return the names a sentence uses for a place."""
    return place.demands or tuple(filter(None, (place.at, place.supply_of, place.limit_of)))


def told_place(place: Place) -> Fact | Phrase:
    """Return a place as a sentence tells it: by name, or as all users of a party, or those its limits count."""
    kind = "users_of" if place.supply_of is not None else "limit_of" if place.limit_of is not None else ""
    named = names(*place_names(place))
    return Phrase(f"clause.{kind}", {"party": named}) if kind else named
