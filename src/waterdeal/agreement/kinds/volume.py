"""Volumes over a period, at a gauge or to users: at least or at most so much, or a debt paid back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, Phrase, fact, names
from waterdeal.agreement.made_up import WaterMakeUp, in_time
from waterdeal.agreement.place import Place, counted_at, place_names
from waterdeal.agreement.promise import Promise
from waterdeal.agreement.rows import WHOLE, Sense
from waterdeal.errors import refuse
from waterdeal.fields import Volume

if TYPE_CHECKING:
    from waterdeal.agreement.river import River


class PeriodVolume(Clause, Place):
    """The volume over the period is on one side of what is promised."""

    accumulates = True
    side: ClassVar[Sense] = "at_least"
    if TYPE_CHECKING:
        value: Volume
        so_far: Volume

    def amounts(self) -> tuple[float, float]:
        """What is promised over the period, and the size of the promise."""
        return self.value, self.value

    def promises(self, river: River) -> list[Promise]:
        """One a period; what has passed before the horizon counts in the first."""
        (amount, size), where = self.amounts(), counted_at(self, river)
        return [
            Promise(period.part, self.side, *where, period.steps, amount, self.so_far if period.is_first else 0.0, size)
            for period in self.periods(river)
        ]

    def facts(self) -> Facts:
        """Place and volume."""
        return {"place": names(*place_names(self)), "value": fact("volume", self.amounts()[1])}


class MinVolume(PeriodVolume):
    """`value` is the volume promised, `so_far` what has passed before the horizon; what is missing may be `made_up` later."""

    kind: Literal["min_volume"]
    value: Volume
    so_far: Volume = 0.0
    made_up: WaterMakeUp | None = None

    def promises(self, river: River) -> list[Promise]:
        """One a period, and in time as much as can be of what may come late too."""
        found, made_up = super().promises(river), self.made_up
        if made_up is None:
            return found
        late = [promise for promise in found if made_up.later(promise.steps, river)]
        return [one for promise in found for one in made_up.promises(promise, river)] + [in_time(promise) for promise in late]

    def phrases(self) -> list[Phrase]:
        """The volume, and how what is missing is made up."""
        return [*super().phrases(), *([] if self.made_up is None else self.made_up.phrases())]

    def unheld(self, river: River) -> list[str]:  # noqa: ARG002
        """What is paid at last."""
        return ["penalty"] if self.made_up is not None and self.made_up.penalty is not None else []


class MaxVolume(PeriodVolume):
    """`value` is the most that may pass, `so_far` what has passed before the horizon."""

    kind: Literal["max_volume"]
    value: Volume
    so_far: Volume = 0.0
    side = "at_most"


class Payback(PeriodVolume):
    """`debt` is what is owed, `ordinary` what would pass without it; both are due by the end of the period."""

    kind: Literal["payback"]
    debt: Volume
    ordinary: Volume = 0.0
    so_far: Volume = 0.0

    def check_fields(self) -> None:
        """A debt has a date."""
        refuse(self.end is None, "agreement.debt_without_date")

    def amounts(self) -> tuple[float, float]:
        """The ordinary volume and the debt; the debt."""
        return self.ordinary + self.debt, self.debt

    def promises(self, river: River) -> list[Promise]:
        """One: a debt is paid back once, whatever the seasons."""
        amount, size = self.amounts()
        return [Promise(WHOLE, self.side, *counted_at(self, river), self.steps(river), amount, self.so_far, size)]

    def facts(self) -> Facts:
        """Place, debt and ordinary volume."""
        return super().facts() | {"ordinary": fact("volume", self.ordinary)}

    def phrases(self) -> list[Phrase]:
        """Debt, and what it comes on top of."""
        return [Phrase("clause.payback_over" if self.ordinary else "clause.payback", self.facts())]


KINDS = (MinVolume, MaxVolume, Payback)
