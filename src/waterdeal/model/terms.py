"""What a component hands over to the water balance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: ``rule(model, node, time)`` returning an expression in hm3
TermRule = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True)
class Terms:
    """Water a component brings to each node, and water it takes from it, in a step.

    Parameters
    ----------
    inflow, outflow : tuple of callable
        Rules ``rule(model, node, time)``; written like the rule of a constraint.
    """

    inflow: tuple[TermRule, ...] = field(default=())
    outflow: tuple[TermRule, ...] = field(default=())
