"""Imports of a run, so ordered that none brings in what the run does not need."""

from __future__ import annotations

import gc
import sys

#: new objects between two searches for what is no longer used; Python's own 700 (2,000 from 3.12 on) are for programs that stay small
SEARCH_EVERY = 50_000


def search_seldom() -> None:
    """Let Python search for objects that hold one another less often; for the command line, which has its process for itself.

    A run makes a million objects, nearly all of which stay; without any search it took 5 to 8 % less time.
    """
    gc.set_threshold(SEARCH_EVERY, 20, 20)


def import_lightly() -> None:
    """Import pint while it cannot see SciPy; for the command line, which has its process for itself.

    xarray imports pint wherever it is installed, pint imports SciPy, and where SciPy is, Pyomo imports ``scipy.stats`` with all that hangs
    on it: a seventh of the time of a whole run, for nothing that is used. pint needs SciPy for special functions of quantities only.
    """
    if "scipy" in sys.modules or "pint" in sys.modules:
        return
    sys.modules["scipy"] = None  # type: ignore[assignment]
    try:
        import pint  # noqa: F401
    finally:
        del sys.modules["scipy"]
