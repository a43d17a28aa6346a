"""Schedule: in every step of a period the water at a place follows a rate within a tolerance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, names, rates, share
from waterdeal.agreement.place import Place, place_names
from waterdeal.agreement.rates import Rates, rate_readings, rate_rows, step_volumes
from waterdeal.fields import Share

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waterdeal.agreement.river import Flows, River
    from waterdeal.agreement.rows import Reading, Row

ACCUMULATES = False


class Form(Clause, Place, Rates):
    """The rates are the schedule; `within` is how far, as a share, a step may be from it."""

    kind: Literal["schedule"]
    within: Share = 0.05


def rows(clause: Form, river: River) -> list[Row]:
    """Two rows a step: not below and not above the schedule by more than the tolerance."""
    volumes = step_volumes(clause, river, river.within(clause))
    low, high = _edges(volumes, clause.within)
    return [*rate_rows(clause, low, river, "at_least"), *rate_rows(clause, high, river, "at_most")]


def readings(clause: Form, flows: Flows) -> list[Reading]:
    """Two readings a step, one a side."""
    low, high = _edges(step_volumes(clause, flows, flows.within(clause)), clause.within)
    return [*rate_readings(clause, low, flows, "at_least"), *rate_readings(clause, high, flows, "at_most")]


def facts(clause: Form) -> Facts:
    """Place, rates and tolerance."""
    return {"place": names(*place_names(clause)), "value": rates(clause), "within": share(clause.within)}


def _edges(volumes: Iterable[tuple[int, float]], within: float) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    """Return the lower and upper edge of a schedule."""
    volumes = list(volumes)
    return [(step, volume * (1 - within)) for step, volume in volumes], [(step, volume * (1 + within)) for step, volume in volumes]
