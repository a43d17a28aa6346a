"""Imports of a run, so ordered that none brings in what the run does not need."""

from __future__ import annotations

import sys


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
