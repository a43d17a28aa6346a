"""What is followed of each clause while it runs: the flows, deliveries, storages or energy that a gauge can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waterdeal.agreement.place import Place, counted_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.agreement.clause import Clause
    from waterdeal.agreement.river import River


@dataclass(frozen=True)
class Series:
    """One quantity followed for a clause."""

    clause: str  # id of the clause
    quantity: str  # `flow`, `delivery`, `storage` or `energy`
    places: tuple[str, ...]  # places whose values are added up


def followed_series(clause: Clause, river: River) -> tuple[Series, ...]:
    """Return what is followed of a clause."""
    return tuple(dict.fromkeys(Series(clause.id, quantity, places) for quantity, places in _parts(clause, river) if places))


def _parts(part: Any, river: River) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Quantities and places of a clause, or of a leg of one."""
    if isinstance(part, Place):
        yield counted_at(part, river)
    elif getattr(part, "at", None):
        yield "flow", (part.at,)
    if getattr(part, "of", None):
        yield "flow", (part.of,)
    takes = getattr(part, "takes", None) or {}
    for place in takes.values() if isinstance(takes, dict) else [takes]:
        yield counted_at(place, river)
    if getattr(part, "reservoir", None):
        yield "storage", (part.reservoir,)
    for party in getattr(part, "among", ()):
        yield "delivery", river.demands_of(party, counted=part.counted)
    yield "energy", getattr(part, "plants", ()) or (river.plants_of(part.energy_of) if getattr(part, "energy_of", None) else ())
    for leg in ("release", "filling", "sent", "returned"):
        if getattr(part, leg, None) is not None:
            yield from _parts(getattr(part, leg), river)
