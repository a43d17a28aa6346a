"""Joint works: who bears which share of the cost of a work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, Phrase, fact, names
from waterdeal.errors import refuse
from waterdeal.fields import Share

if TYPE_CHECKING:
    from waterdeal.agreement.promise import Promise
    from waterdeal.agreement.river import River


class CostShare(Clause):
    """`shares` are the parts of the cost of `work` that parties bear; no row of a basin carries money."""

    when = "if_given"
    kind: Literal["cost_share"]
    work: str
    shares: dict[str, Share]

    def check_fields(self) -> None:
        """Shares add up to the whole cost."""
        total = sum(self.shares.values())
        refuse(abs(total - 1.0) > 1e-6, "agreement.shares_not_one", sum=total)

    def promises(self, river: River) -> list[Promise]:  # noqa: ARG002
        """None that a plan could keep."""
        return []

    def unheld(self, river: River) -> list[str]:  # noqa: ARG002
        """All of it."""
        return ["money"]

    def facts(self) -> Facts:
        """Work and shares."""
        shares = " : ".join(f"{100 * share:g}" for share in self.shares.values())
        return {"place": names(self.work), "shares": fact("text", shares), "parties": names(*self.shares)}

    def phrases(self) -> list[Phrase]:
        """Who bears which share of the cost."""
        return [Phrase("clause.cost_share", {"place": names(self.work), "shares": fact("shares", *self.shares.items())})]


KINDS = (CostShare,)
