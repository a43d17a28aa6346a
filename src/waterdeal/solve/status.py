"""What became of a solve: five outcomes that are never mixed up."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    TIME_LIMIT = "time_limit"
    TROUBLE = "numerical_trouble"
