"""Legs of an exchange: energy of plants or over lines, and what no balance of the basin has: fuel, food, money."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from waterdeal.agreement.clause import Month, Names
from waterdeal.agreement.made_up import MakeUp
from waterdeal.agreement.rates import MonthKey
from waterdeal.errors import refuse
from waterdeal.fields import Energy, Frozen, Price, Share


class LegScale(Frozen):
    """Share of a leg that is due, in place of all of it: by class of year, or by `points` (index, share) at a known `index`.

    A forecast of inflow or the cold of a winter can be an index; a class that is not named is due in full, and so is an index that is not
    known.
    """

    by_class: dict[str, Share] = Field(default_factory=dict)
    index: float | None = None
    points: tuple[tuple[float, Share], ...] = ()

    def check_fields(self) -> None:
        """Classes, or at least two points whose index rises."""
        xs = [x for x, _ in self.points]
        refuse(bool(self.by_class) == bool(self.points), "agreement.one_leg_scale")
        refuse(bool(xs) and (len(xs) < 2 or any(b <= a for a, b in pairwise(xs))), "agreement.points_not_rising")

    def share(self, year_class: str) -> float:
        """Share that is due in a class of year."""
        if self.by_class:
            return self.by_class.get(year_class, 1.0)
        xs, shares = np.array(self.points, dtype=float).T
        return 1.0 if self.index is None else float(np.interp(self.index, xs, shares))

    @property
    def least(self) -> float:
        """Least share that can be due."""
        return min([*self.by_class.values(), *(share for _, share in self.points)])


class Power(Frozen):
    """Energy for the other side: `amount` over `months`, or `by_month`, less by a `scale`; what is missing may be `made_up` later.

    It is what `plants` make, or else what arrives over the lines of the basin; where there are neither it is only followed. `price` is
    what the side that receives pays for a GWh, million in `currency`, dollars unless named.
    """

    amount: Energy | None = None
    months: tuple[Month, ...] = ()
    by_month: dict[MonthKey, Energy] = Field(default_factory=dict)
    plants: Names = ()
    so_far: Energy | None = None
    price: Price | None = None
    currency: str | None = None
    scale: LegScale | None = None
    made_up: MakeUp | None = None

    def check_fields(self) -> None:
        """An amount with its months, or amounts by month, which have no past of their own and are not made up."""
        refuse((self.amount is None) != bool(self.by_month) or bool(self.months) != (self.amount is not None), "agreement.leg_amount")
        refuse(bool(self.by_month) and self.made_up is not None, "agreement.leg_made_up")
        refuse(bool(self.by_month) and self.so_far is not None, "agreement.leg_so_far")

    @property
    def penal(self) -> bool:
        """Whether what is missing at last is paid for."""
        return self.made_up is not None and self.made_up.penalty is not None

    @property
    def paid_in(self) -> str:
        """Currency of the price."""
        return self.currency or "USD"

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
    """Tonnes of fuel or food that the side `by` delivers in `months`; food of a `crop` of the basin it grows; others no row carries."""

    tonnes: Annotated[float, Field(gt=0)]
    goods: str
    months: Annotated[tuple[Month, ...], Field(min_length=1)]
    by: Literal["party", "to"] = "to"
    crop: str | None = None


class Money(Frozen):
    """Money that the side `by` pays in `months`, million in `currency`; no row of a basin carries it."""

    amount: Annotated[float, Field(gt=0)]
    currency: str = "USD"
    months: Annotated[tuple[Month, ...], Field(min_length=1)]
    by: Literal["party", "to"] = "to"
