"""Imports of a run, so ordered that none brings in what the run does not need."""

from __future__ import annotations

import gc
import os
import sys
from types import ModuleType
from typing import Any

#: new objects between two searches for what is no longer used; Python's own 700 (2,000 from 3.12 on) are for programs that stay small
SEARCH_EVERY = 500_000


def search_seldom() -> None:
    """Let Python search for objects that hold one another less often; for the command line, which has its process for itself.

    A run makes a million objects, nearly all of which stay; without any search it took 5 to 8 % less time.
    """
    gc.set_threshold(SEARCH_EVERY, 20, 20)


def import_lightly() -> None:
    """Import Pyomo and xarray while they cannot see what a run has no use for; for the command line, which has its process for itself.

    xarray imports Dask and pint wherever they are installed, to ask of arrays whether they are theirs; these bring SciPy, and where it
    is, Pyomo imports ``scipy.stats`` with all that hangs on it: a third of the time of a whole run. pandas keeps texts with pyarrow where
    it finds it, which takes longer to import, and half as long again for each column that is looked up. Each asks once, and remembers.
    xarray imports asyncio to load from servers; pydantic looks for plug-ins in every package there is.
    """
    if "xarray" in sys.modules or "pyomo" in sys.modules:
        return
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    instead: dict[str, Any] = {**dict.fromkeys(("scipy", "pint", "dask", "pyarrow")), "asyncio": ModuleType("asyncio")}
    hidden = {name: module for name, module in instead.items() if name not in sys.modules}
    sys.modules.update(hidden)
    try:
        import pyomo.common.dependencies  # noqa: F401
        import xarray as xr

        asked = xr.Variable("x", [0.0])
        asked.isnull()
        asked.to_numpy()
    finally:
        for name in hidden:
            del sys.modules[name]
