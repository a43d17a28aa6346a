"""One result in one language: what every table of a report starts from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.report.rounding import round_tree, round_volumes
from waterdeal.results.tables import party_order, step_table
from waterdeal.variables import names_of, setting

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.report.words import Words

    Floats = NDArray[np.float64]

#: decimals of volumes (million m3, GWh), rates (m3/s), percentages and water levels (m)
VOLUME, RATE, PERCENT, LEVEL = 1, 1, 1, 2


@dataclass(frozen=True)
class Edition:
    """A result to be printed in a language.

    Parameters
    ----------
    results : xarray.Dataset
        Results of a plan.
    words : Words
        The language.
    """

    results: xr.Dataset
    words: Words

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        """Names of places by id and language."""
        return names_of(self.results)

    @cached_property
    def steps(self) -> pd.DataFrame:
        """Steps of the horizon."""
        return step_table(self.results)

    @cached_property
    def parties(self) -> list[str]:
        """Parties in the order of the basin."""
        return party_order(self.results)

    @cached_property
    def receivers(self) -> NDArray[np.str_]:
        """Party that receives each delivery."""
        return self.results["demand_party"].values.astype(str)

    @cached_property
    def printed_delivery(self) -> Floats:
        """Deliveries by (demand, step), rounded so that every total printed is the sum of what is printed."""
        return round_volumes(self.results["delivery"].values, self.receivers, self.steps, VOLUME)

    @cached_property
    def printed_shortage(self) -> Floats:
        """Shortage of each demand over the horizon, rounded; delivery and shortage as printed make the requirement as printed."""
        return round_tree(self.results["shortage"].values.sum(axis=1), [self.receivers], VOLUME)

    def attribute(self, name: str, default: Any) -> Any:
        """Value of an attribute of the results."""
        return setting(self.results, name, default)

    def name(self, key: str) -> str:
        """Name of a place in the language."""
        return self.words.place(self.names, key)

    def text(self, key: str, **values: object) -> str:
        """Text in the language."""
        return self.words.text(key, **values)


def percent(part: float, whole: float) -> float | None:
    """Part of a whole in per cent as printed; None where the whole is nothing."""
    return round(100.0 * part / whole, PERCENT) + 0.0 if whole > 1e-9 else None


def figure(value: float, digits: int) -> float | None:
    """Round a figure as printed; None where there is none."""
    return round(float(value), digits) + 0.0 if np.isfinite(value) else None
