"""Schedule: in every step of a period the water at a place follows a rate within a tolerance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, names, rates, share
from waterdeal.agreement.place import Place, place_names
from waterdeal.agreement.rates import Rates, band_readings, band_rows
from waterdeal.fields import Share

if TYPE_CHECKING:
    from waterdeal.agreement.river import Flows, River
    from waterdeal.agreement.rows import Reading, Row

ACCUMULATES = False


class Form(Clause, Place, Rates):
    """The rates are the schedule; `within` is how far, as a share, a step may be from it."""

    kind: Literal["schedule"]
    within: Share = 0.05


def rows(clause: Form, river: River) -> list[Row]:
    """Two rows a step: not below and not above the schedule by more than the tolerance."""
    return band_rows(clause, clause, clause.within, clause, river)


def readings(clause: Form, flows: Flows) -> list[Reading]:
    """Two readings a step, one a side."""
    return band_readings(clause, clause, clause.within, clause, flows)


def facts(clause: Form) -> Facts:
    """Place, rates and tolerance."""
    return {"place": names(*place_names(clause)), "value": rates(clause), "within": share(clause.within)}
