"""What is followed of each clause while it runs: the flows, deliveries, storages or energy that a gauge can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.variables import having, of_season

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

#: sides of a series: a promise is told before a cap on the same water, and both before what only decides how much is promised
SIDES = ("at_least", "at_most", "")


@dataclass(frozen=True)
class Series:
    """One quantity followed for a clause."""

    clause: str  # id of the clause
    quantity: str  # `flow`, `delivery`, `storage`, `energy` or `power_received`
    places: tuple[str, ...]  # places whose values are added up
    side: str  # one of `SIDES`
    step_by_step: bool  # whether each step is promised by itself, so that no later step makes good for it
    steps: tuple[int, ...]  # steps of the plan in which the clause speaks of it


def followed_series(plan: xr.Dataset) -> tuple[Series, ...]:
    """Return what is followed of each clause: what its rows speak of, in the steps they speak of, and nothing else."""
    found: dict[tuple[str, str, tuple[str, ...]], dict[int, tuple[str, bool]]] = {}
    for (clause, quantity, side), terms in _terms(plan):
        places, steps = tuple(dict.fromkeys(place for place, _ in terms)), sorted({step for _, step in terms})
        known = found.setdefault((clause, quantity, places), {})
        for step in steps:
            before, _ = known.get(step, ("", False))
            if step not in known or SIDES.index(side) < SIDES.index(before):
                known[step] = (side, len(steps) == 1)
    return tuple(
        Series(*key, *kind, tuple(sorted(step for step, other in known.items() if other == kind)))
        for key, known in found.items()
        for kind in dict.fromkeys(known.values())
    )


def _terms(plan: xr.Dataset) -> Iterator[tuple[tuple[str, str, str], list[tuple[str, int]]]]:
    """Yield clause, quantity and side of the terms of each row, each with their places and steps; shares of shares have no side."""
    numbers, quantities = plan["term_row"].values, plan["term_quantity"].values
    places, steps, given = plan["term_place"].values, plan["term_step"].values, plan["term_factor"].values > 0
    for row, clause in enumerate(plan["row_clause"].values.tolist()):
        told = plan["row_concession"].values[row] and plan["row_unit"].values[row] != "1"
        for quantity in [name for name in having("promised") if name not in of_season()]:
            for sign in (True, False):
                at = np.flatnonzero((numbers == row) & (quantities == quantity) & (given == sign))
                if at.size and (sign or quantity != "power_sent"):  # what goes back is taken off, and no series of its own
                    side = str(plan["row_sense"].values[row]) if sign and told else ""
                    called = {"turbine_flow": "energy", "power_sent": "power_received"}.get(quantity, quantity)
                    yield (clause, called, side), list(zip(places[at].tolist(), steps[at].tolist(), strict=True))
