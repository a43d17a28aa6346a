"""Legs of an exchange: energy of plants or over lines, and what no balance of the basin has: fuel, food, money."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from waterdeal.agreement.clause import Month, Names
from waterdeal.agreement.rates import MonthKey
from waterdeal.errors import refuse
from waterdeal.fields import Energy, Factor, Frozen


class Power(Frozen):
    """Energy for the other side: `amount` over `months`, or `by_month`.

    It is what `plants` make, or else what arrives over the lines of the basin; where there are neither it is only followed. `price` is
    what the side that receives pays for a GWh, million in `currency`.
    """

    amount: Energy | None = None
    months: tuple[Month, ...] = ()
    by_month: dict[MonthKey, Energy] = Field(default_factory=dict)
    plants: Names = ()
    so_far: Energy | None = None
    price: Factor | None = None
    currency: str = "USD"

    def check_fields(self) -> None:
        """An amount with its months, or amounts by month, which have no past of their own."""
        refuse((self.amount is None) != bool(self.by_month) or bool(self.months) != (self.amount is not None), "agreement.leg_amount")
        refuse(bool(self.by_month) and self.so_far is not None, "agreement.leg_so_far")

    @property
    def dues(self) -> list[tuple[str, tuple[int, ...], float]]:
        """What is due: the end of the name of its part, its months, its energy."""
        if self.amount is not None:
            return [("", self.months, self.amount)]
        return [(f"_{int(month):02}", (int(month),), energy) for month, energy in self.by_month.items()]

    @property
    def total(self) -> float:
        """Energy of all months, GWh."""
        return sum(energy for *_, energy in self.dues)

    @property
    def all_months(self) -> tuple[int, ...]:
        """Every month in which energy is due."""
        return tuple(month for _, months, _ in self.dues for month in months)


class Goods(Frozen):
    """Tonnes of fuel or food that the side `by` delivers in `months`; no row of a basin carries them."""

    tonnes: Annotated[float, Field(gt=0)]
    goods: str
    months: Annotated[tuple[Month, ...], Field(min_length=1)]
    by: Literal["party", "to"] = "to"


class Money(Frozen):
    """Money that the side `by` pays in `months`, million in `currency`; no row of a basin carries it."""

    amount: Annotated[float, Field(gt=0)]
    currency: str = "USD"
    months: Annotated[tuple[Month, ...], Field(min_length=1)]
    by: Literal["party", "to"] = "to"
