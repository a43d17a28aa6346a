"""The water balance, written once: what reaches a node in a step leaves it in that step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waterdeal.model.symbolic import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.model.terms import Terms


def add_water_balance(model: Any, terms: Sequence[Terms]) -> None:
    """Add ``water_balance[node, time]`` from the terms of every component; water that reaches an outlet has left.

    Parameters
    ----------
    model : pyomo.environ.ConcreteModel
        Model that holds the components' blocks.
    terms : sequence of Terms
        What each component brings and takes.
    """
    brought = tuple(rule for part in terms for rule in part.inflow)
    taken = tuple(rule for part in terms for rule in part.outflow)

    def water_balance(m: Any, n: Any, t: Any) -> Any:
        into = [rule(m, n, t) for rule in brought]
        out = [rule(m, n, t) for rule in taken]
        return sum(into) == sum(out)

    model.water_balance = Rows(model.BALANCED, model.TIME, rule=water_balance)
