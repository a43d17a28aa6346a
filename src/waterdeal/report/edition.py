"""One result in one language: what every table of a report starts from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.results.tables import party_order, round_to_total, step_table
from waterdeal.variables import names_of, setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.types import Floats
    from waterdeal.words import Words


def round_tree(values: Floats, levels: Sequence[NDArray[np.str_]], digits: int, total: float | None = None) -> Floats:
    """Round values whose group totals are printed as well: first the total, then the groups, then the values.

    Examples
    --------
    >>> round_tree(np.array([0.34, 0.34, 0.34]), [np.array(["a", "a", "b"])], 1).tolist()
    [0.4, 0.3, 0.3]
    """
    if not levels:
        return round_to_total(values, digits, total)
    groups = list(dict.fromkeys(levels[0].tolist()))
    members = [levels[0] == group for group in groups]
    sums = round_to_total(np.array([values[member].sum() for member in members]), digits, total)
    rounded = np.zeros(len(values))
    for member, group_sum in zip(members, sums, strict=True):
        rounded[member] = round_tree(values[member], [level[member] for level in levels[1:]], digits, float(group_sum))
    return rounded


def round_volumes(values: Floats, groups: NDArray[np.str_], steps: pd.DataFrame, digits: int) -> Floats:
    """Round volumes by (item, step): the total, those of groups, items, seasons and months are all sums of what is printed."""
    totals = round_tree(values.sum(axis=1), [groups], digits)
    time = [steps["season"].to_numpy().astype(str), steps["month"].to_numpy().astype(str)]
    return np.array([round_tree(row, time, digits, float(total)) for row, total in zip(values, totals, strict=True)]).reshape(values.shape)


def round_rates(values: Floats, groups: NDArray[np.str_], digits: int) -> Floats:
    """Round rates by (item, column): in each column, the total and those of groups are sums of what is printed."""
    return np.array([round_tree(column, [groups], digits) for column in values.T]).reshape(values.T.shape).T


#: decimals of volumes (million m3, GWh), rates (m3/s), percentages and water levels (m)
VOLUME, RATE, PERCENT, LEVEL = 1, 1, 1, 2


@dataclass(frozen=True)
class Edition:
    """A result to be printed in a language."""

    results: xr.Dataset  # results of a plan
    words: Words  # the language

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
