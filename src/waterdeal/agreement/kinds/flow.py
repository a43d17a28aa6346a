"""Flows in every step of a period: at least or at most a rate, a rate for nature, a schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, fact, names, rates
from waterdeal.agreement.place import Place, place_names
from waterdeal.agreement.rates import Rates, band_promises, rate_promises, step_volumes
from waterdeal.agreement.rows import Sense
from waterdeal.fields import Share

if TYPE_CHECKING:
    from waterdeal.agreement.river import River
    from waterdeal.agreement.rows import Promise


class Flow(Clause, Place, Rates):
    """In every step the water at a gauge, or to users, is on one side of a rate."""

    side: ClassVar[Sense] = "at_least"

    def promises(self, river: River) -> list[Promise]:
        """One a step."""
        return rate_promises(self, step_volumes(self, river, river.within(self)), river, self.side)

    def facts(self) -> Facts:
        """Place and rates."""
        return {"place": names(*place_names(self)), "value": rates(self)}


class MinFlow(Flow):
    """The rates are the least in each step."""

    kind: Literal["min_flow"]


class MaxFlow(Flow):
    """The rates are the most in each step."""

    kind: Literal["max_flow"]
    side = "at_most"


class EnvFlow(Flow):
    """The rates are the least that nature needs in each step; not negotiable unless it says so."""

    kind: Literal["env_flow"]
    negotiable: bool = False


class Schedule(Flow):
    """The rates are the schedule; `within` is how far, as a share, a step may be from it."""

    kind: Literal["schedule"]
    within: Share = 0.05

    def promises(self, river: River) -> list[Promise]:
        """Two a step, one a side."""
        return band_promises(self, self, self.within, river, river.within(self))

    def facts(self) -> Facts:
        """Place, rates and tolerance."""
        return super().facts() | {"within": fact("share", self.within)}


KINDS = (MinFlow, MaxFlow, EnvFlow, Schedule)
