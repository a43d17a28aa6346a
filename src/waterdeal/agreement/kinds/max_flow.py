"""Maximum flow: in every step of a period at most a rate at a gauge, or to users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, names, rates
from waterdeal.agreement.place import Place, place_names
from waterdeal.agreement.rates import Rates, rate_readings, rate_rows, step_volumes

if TYPE_CHECKING:
    from waterdeal.agreement.river import Flows, River
    from waterdeal.agreement.rows import Reading, Row

ACCUMULATES = False


class Form(Clause, Place, Rates):
    """The rates are the most in each step."""

    kind: Literal["max_flow"]


def rows(clause: Form, river: River) -> list[Row]:
    """One row a step: water at the place at most the rate over the step."""
    return rate_rows(clause, step_volumes(clause, river, river.within(clause)), river, "at_most")


def readings(clause: Form, flows: Flows) -> list[Reading]:
    """One reading a step."""
    return rate_readings(clause, step_volumes(clause, flows, flows.within(clause)), flows, "at_most")


def facts(clause: Form) -> Facts:
    """Place and rates."""
    return {"place": names(*place_names(clause)), "value": rates(clause)}
