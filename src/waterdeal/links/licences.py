"""Licences on the water of some nodes over a year or some months, as a store that is filled once and used up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from waterdeal.links.models import ModelTables
    from waterdeal.types import Floats

#: sorts of nodes that are licences, and how each begins anew where nothing else is said
SORTS = {"virtualstorage": "never", "annualvirtualstorage": "annual", "monthlyvirtualstorage": "monthly"}
#: what is carried of a licence
KNOWN = {"nodes", "factors", "max_volume", "initial_volume", "initial_volume_pc", "reset", "reset_day", "reset_month", "months",
         "reset_to_initial_volume"}  # fmt: skip


class Licence(NamedTuple):
    """How much some nodes may pass in each period."""

    name: str
    ends: tuple[tuple[str, str, float], ...]  # of each node: itself, its source or sink, how much its water counts
    volume: Floats  # that of the period of each step
    first: NDArray[np.bool_]  # whether a period begins with the step


def periods(given: Mapping[str, Any], starts: pd.DatetimeIndex) -> Any:
    """Return the number of the period of each step; None where it begins anew in a way that is not known."""
    reset = given.get("reset") or {}
    how = str(reset.get("type", SORTS[str(given.get("type", "")).lower()])).lower()
    if how == "never":
        return np.zeros(len(starts), dtype=int)
    if how == "monthly":
        months = starts.year.to_numpy() * 12 + starts.month.to_numpy()
        return (months - months[0]) // int(reset.get("months", given.get("months", 1)))
    if how != "annual":
        return None
    month, day = (int(reset.get(key, given.get(f"reset_{key}", 1))) for key in ("month", "day"))
    after = (starts.month.to_numpy() > month) | ((starts.month.to_numpy() == month) & (starts.day.to_numpy() >= day))
    years = starts.year.to_numpy() + after
    return years - years[0]


def add_licence(made: ModelTables, licence: Licence, *, filled: bool) -> None:
    """Add a licence: at inputs it is filled as a period begins, and they take from it; outputs fill it, and it is emptied as one ends."""
    name, last = licence.name, np.append(licence.first[1:], True)
    made.nodes[name] = "junction"
    made.add_link(f"{name} left", (name, name), {"lower": 0.0, "upper": np.where(last, 0.0, licence.volume)}, lag=1)
    outside = f"{name} ({'source' if filled else 'sink'})"
    made.nodes[outside] = "source" if filled else "sink"
    ends = (outside, name) if filled else (name, outside)
    made.add_link(f"{name} in all", ends, {"lower": 0.0, "upper": np.where(licence.first if filled else last, licence.volume, 0.0)})
    for node, end, counts in licence.ends:
        made.nodes[end] = "junction"
        made.add_link(f"{name} - {node}", (name, end) if filled else (end, name), {"gain": 1 / counts if filled else counts})
