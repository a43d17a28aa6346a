"""What is missing to promises that have a tolerance, on any plan, and the same a second time for the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.scenario.environment import PROMISED
from waterdeal.units import volume_to_rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.types import Floats
    from waterdeal.unlabelled import Unlabelled


def promise_results(results: xr.Dataset | Unlabelled) -> dict[str, Any]:
    """Add up what is missing to each promise over its season; no more of that is given than is missing on the plan itself.

    A level after that of the tolerance may leave a promise more water than its own column of what is missing says. The rest of a season
    that goes on as planned gives what its plan gave.
    """
    missing, given = over_season(results, "missing"), results["promise_given"].values
    if "promise_given_planned" in results:
        given = np.maximum(given, results["promise_given_planned"].values)
    return {"promise_missing": ("promise", missing), "promise_given": ("promise", np.minimum(given, missing))}


def over_season(results: xr.Dataset | Unlabelled, which: str) -> Floats:
    """What is missing to each promise over its season (`missing`), or what it asks for (`asked`), hm3."""
    kinds, items, within = (results[f"promise_{name}"].values for name in ("kind", "item", "season"))
    found = np.zeros(len(kinds))
    for kind, of in PROMISED.items():
        own = np.flatnonzero(kinds == kind)
        if own.size:
            order = results[of.dim].values.tolist()
            rows = results[of.asked if which == "asked" else of.missing].values[[order.index(item) for item in items[own].tolist()]]
            found[own] = rows if rows.ndim == 1 else (rows * within[own]).sum(axis=1)
    return found


def tolerance_anew(of: Mapping[str, Any]) -> dict[str, Floats]:
    """Add up what is missing to each promise a second time, for the audit: by the figures of a plan, by name, promise by promise."""
    missing = [_sum_of(of, place, "missing") for place in range(len(of["promise"]))]
    return {"promise_missing": np.array(missing, dtype=float)}


def tolerance_excesses(of: Mapping[str, Any]) -> Iterator[tuple[str, Floats, str]]:
    """Yield how far what is given is below nothing, beyond its pool, or more than what is missing."""
    pool = np.array([of["promise_share"][place] * _sum_of(of, place, "asked") for place in range(len(of["promise"]))], dtype=float)
    given = of["promise_given"]
    yield "tolerance within its pool", np.maximum(-given, given - pool), "promise"
    yield "tolerance within what is missing", given - of["promise_missing"], "promise"


def _sum_of(of: Mapping[str, Any], place: int, which: str) -> float:
    """Add up one promise over its season."""
    kind, item = str(of["promise_kind"][place]), of["promise_item"][place]
    named = PROMISED[kind]
    due = of[named.asked]
    figures = due if which == "asked" else due - of["delivery"] if kind == "user" else of[named.missing]
    own = np.maximum(figures[of[named.dim].tolist().index(item)], 0.0)
    return float(own @ of["promise_season"][place] if np.ndim(own) else own)


def counted_on(results: xr.Dataset | Unlabelled) -> NDArray[np.str_]:
    """Level that counts what is missing to each promise."""
    return np.array([PROMISED[kind].level for kind in results["promise_kind"].values.tolist()], dtype=str)


def release_rates(plan: xr.Dataset, flow: Floats) -> dict[str, Floats]:
    """Mean rate of each river release of a reservoir, m3/s by step, of flows by (link, step)."""
    bodies = plan.variables["node"].values[plan.variables["node_kind"].values == "reservoir"]
    below = np.isin(plan.variables["link_from"].values, bodies) & (plan.variables["link_kind"].values == "river")
    rates = volume_to_rate(flow[below], plan.variables["step_length"].values)
    return dict(zip(plan.variables["link"].values[below].tolist(), rates, strict=True))
