"""How HiGHS is run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SolveOptions:
    """Options of one solve; none of them changes the published plan.

    Parameters
    ----------
    threads : int
        Threads HiGHS may use.
    time_limit : float
        Seconds for all levels together.
    seed : int
        Random seed of HiGHS.
    presolve : bool
        Whether HiGHS reduces the first level before solving it.
    method : str
        ``choose`` (by size), ``simplex`` or ``ipm``.
    """

    threads: int = 1
    time_limit: float = 300.0
    seed: int = 0
    presolve: bool = True
    method: str = "choose"
