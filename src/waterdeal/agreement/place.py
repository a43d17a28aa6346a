"""Where the water of a clause is counted: at a gauge, or at users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import model_validator

from waterdeal.agreement.clause import Names
from waterdeal.fields import Frozen
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from waterdeal.agreement.river import Flows, River
    from waterdeal.agreement.rows import Term


class Place(Frozen):
    """Exactly one of: a link (`at`), users by name (`demands`), all users of a party (`supply_of`), or those its limits count."""

    at: str | None = None
    demands: Names = ()
    supply_of: str | None = None
    limit_of: str | None = None

    @model_validator(mode="after")
    def one_place(self) -> Place:
        """Refuse none or several."""
        given = [self.at, self.demands or None, self.supply_of, self.limit_of]
        if sum(entry is not None for entry in given) != 1:
            raise ValueError(say("agreement.give_exactly_one_at"))
        return self


def users(place: Place, river: River) -> tuple[str, ...]:
    """Return the demands a place stands for; none for a gauge."""
    if place.demands:
        return place.demands
    party = place.supply_of or place.limit_of
    return river.demands_of(party, counted=place.limit_of is not None) if party else ()


def place_terms(place: Place, river: River, steps: Iterable[int], factor: float = 1.0) -> tuple[Term, ...]:
    """Return the terms of the water counted at a place over steps, hm3."""
    if place.at is not None:
        return river.terms("flow", (place.at,), steps, factor)
    return river.terms("delivery", users(place, river), steps, factor)


def place_volumes(place: Place, flows: Flows) -> NDArray[np.float64]:
    """Return the water counted at a place, by step, hm3."""
    if place.at is not None:
        return flows.at("flow", (place.at,))
    return flows.at("delivery", users(place, flows))


def place_names(place: Place) -> tuple[str, ...]:
    """Return the names a sentence uses for a place."""
    if place.at is not None:
        return (place.at,)
    return place.demands or tuple(filter(None, (place.supply_of, place.limit_of)))
