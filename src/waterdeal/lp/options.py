"""How HiGHS is run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    TIME_LIMIT = "time_limit"
    TROUBLE = "numerical_trouble"


@dataclass(frozen=True)
class SolveOptions:
    """Options of one solve; none of them changes the published plan."""

    threads: int = 1  # threads HiGHS may use
    time_limit: float = 300.0  # seconds for all levels together
    seed: int = 0  # random seed of HiGHS
    presolve: bool = True  # whether HiGHS reduces the first level before solving it
    method: str = "choose"  # `choose` (by size), `simplex` or `ipm`
