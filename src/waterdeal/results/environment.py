"""What nature got: pulses and targets of lakes on a plan, all that is missing by place and season, and a check of every promise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.results.tables import step_table
from waterdeal.scenario.natural import flows_asked
from waterdeal.unlabelled import Unlabelled
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.types import Floats

    Row = tuple[str, str, str, str, str, float, float, float, float]


def environment_results(results: xr.Dataset | Unlabelled) -> dict[str, Any]:
    """Measure pulses and targets of lakes on the flows and storages of a plan."""
    missing = _missing(results)
    short = {f"{dim}_shortfall": (dim, np.maximum(missing[dim], 0.0)) for dim in ("pulse", "lake_target")}
    return {"pulse_delivered": ("pulse", passed(results)), **short}


def _missing(results: xr.Dataset | Unlabelled) -> dict[str, Floats]:
    """What is missing to each least flow by step, each pulse and each target of a lake; below zero where there is more than asked."""
    links = results["link"].values.tolist()
    flow = results["flow"].values[[links.index(name) for name in results["flow_requirement_link"].values.tolist()]]
    held, due = stored(results)
    return {
        "flow_requirement": flows_asked(results) - flow,
        "pulse": results["pulse_volume"].values - passed(results),
        "lake_target": np.where(due, results["lake_target_volume"].values - held, 0.0),
    }


def passed(results: xr.Dataset | Unlabelled, flow: Floats | None = None) -> Floats:
    """Volume that passes the link of each pulse on its days, hm3; of a flow of the first steps only, where one is given."""
    at = (results["pulse_link"].values[:, None] == results["link"].values[None, :]).astype(float)
    flow = results["flow"].values if flow is None else flow
    return np.asarray(np.einsum("pl,lt,pt->p", at, flow, results["pulse_season"].values[:, : flow.shape[1]]))


def remaining_environment(rest: xr.Dataset, inputs: xr.Dataset, flow: Floats) -> xr.Dataset:
    """Take what has passed in the first steps off the pulses of the rest of a season; those that are over are left out."""
    rest["pulse_volume"].values[:] = np.maximum(inputs["pulse_volume"].values - passed(inputs, flow), 0.0)
    return rest.isel(pulse=np.flatnonzero(rest["pulse_season"].values.sum(axis=1) > 0))


def environment_of(inputs: xr.Dataset, own_link: Floats, own_node: xr.DataArray) -> dict[str, xr.DataArray]:
    """Return what is asked for nature at places of some parties only: nothing of the volumes asked elsewhere."""
    links = dict(zip(inputs["link"].values.tolist(), own_link.tolist(), strict=True))
    of_pulse = np.array([links[name] for name in inputs["pulse_link"].values.tolist()], dtype=bool)
    of_lake = own_node.sel(node=inputs["lake_target_lake"].values).values
    return {"pulse_volume": inputs["pulse_volume"] * of_pulse, "lake_target_volume": inputs["lake_target_volume"] * of_lake}


def stored(results: xr.Dataset | Unlabelled) -> tuple[Floats, NDArray[np.bool_]]:
    """Storage of the lake of each target on its day, hm3; and whether that day is in the horizon."""
    at = (results["lake_target_lake"].values[:, None] == results["reservoir"].values[None, :]).astype(float)
    due = results["lake_target_due"].values
    return np.asarray(np.einsum("kr,rt,kt->k", at, results["storage"].values, due)), due.sum(axis=1) > 0


def environment_breach(results: xr.Dataset | Unlabelled) -> tuple[float, str]:
    """Find the demand of nature that is missed by most beyond the shortfall told, or whose shortfall is beyond what it may be."""
    worst = 0.0
    where: str = say("audit.no_lack")
    for dim, missing in _missing(results).items():
        name = f"{dim.removesuffix('_requirement')}_shortfall"
        short, most = results[name].values, results[f"{name}_max"].values.reshape(-1, *(1,) * (missing.ndim - 1))
        for beyond in (np.maximum(missing - short, -short), short - most):
            size = np.where(np.isnan(beyond), np.inf, beyond)
            if size.size and float(size.max()) > worst:
                place = int(np.unravel_index(int(size.argmax()), size.shape)[0])
                worst, where = float(size.max()), f"{dim} {results[dim].values[place]}"
    return worst, where


def environment_anew(of: Mapping[str, Any]) -> dict[str, Floats]:
    """Measure pulses and targets of lakes a second time, entry by entry, for the audit: by the figures of a plan, by name."""
    passed, target = np.zeros(len(of["pulse"])), np.zeros(len(of["lake_target"]))
    for entry, link in enumerate(of["pulse_link"].tolist()):
        passed[entry] = of["pulse_season"][entry] @ of["flow"][of["link"].tolist().index(link)]
    for entry, lake in enumerate(of["lake_target_lake"].tolist()):
        days = np.flatnonzero(of["lake_target_due"][entry])
        if days.size:
            held = of["storage"][of["reservoir"].tolist().index(lake), days].sum()
            target[entry] = max(of["lake_target_volume"][entry] - held, 0.0)
    return {"pulse_delivered": passed, "pulse_shortfall": np.maximum(of["pulse_volume"] - passed, 0.0), "lake_target_shortfall": target}


def environment_table(results: xr.Dataset) -> pd.DataFrame:
    """What is asked for nature and what is missing, by place and season."""
    seasons = step_table(results)["season"].to_numpy(dtype=str)
    plain = Unlabelled(results)
    rows = [*_flow_rows(plain, seasons), *_volume_rows(plain, "pulse", "link", "season", seasons)]
    rows += _volume_rows(plain, "lake_target", "lake", "due", seasons)
    return pd.DataFrame(rows, columns=["measure", "entry", "place", "kind", "season", "asked", "missing", "natural_lack", "steps_short"])


def _flow_rows(results: Unlabelled, seasons: NDArray[np.str_]) -> Iterator[Row]:
    """Yield the rows of least flows."""
    names = ("flow_requirement", "flow_requirement_link", "flow_requirement_kind")
    for at, (entry, place, kind) in enumerate(zip(*(results[name].values.tolist() for name in names), strict=True)):
        for season in dict.fromkeys(seasons.tolist()):
            asked, short, natural = (results[f"flow_{part}"].values[at, seasons == season] for part in ("minimum", "shortfall", "natural"))
            lack = float(np.minimum(short, np.maximum(asked - natural, 0.0)).sum())
            yield "flow", entry, place, kind, season, float(asked.sum()), float(short.sum()), lack, float((short > 1e-6).sum())


def _volume_rows(results: Unlabelled, measure: str, place: str, span: str, seasons: NDArray[np.str_]) -> Iterator[Row]:
    """Yield the rows of pulses or of targets of lakes."""
    names = (measure, f"{measure}_{place}", f"{measure}_volume", f"{measure}_shortfall")
    for at, (entry, where, asked, short) in enumerate(zip(*(results[name].values.tolist() for name in names), strict=True)):
        within = np.flatnonzero(results[f"{measure}_{span}"].values[at] > 0)
        yield measure, entry, where, "environmental", str(seasons[within[-1]]) if within.size else "", asked, short, np.nan, np.nan
