"""Rivers whose plants follow their head: one dam, three in a row, three side by side; and starts from anywhere."""

from __future__ import annotations

import pickle
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.drafts import Draft, draft
from waterdeal.lp.options import SolveOptions
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Pass, Passes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

#: twelve months
YEAR = {"start": "2026-01-01", "end": "2027-01-01", "step": "month"}
#: levels and areas of a dam, whose volume at the top is always 1000 hm3: a valley that widens, so that the level rises ever more slowly
VALLEY = ((0, 5), (30, 10), (50, 20), (64, 50))
#: worth of energy by month, dear in winter
PRICES = (6.0, 6.0, 4.5, 3.0, 2.0, 1.5, 1.5, 1.5, 2.5, 4.0, 5.5, 6.0)
#: snow melt of a year, hm3 by month
MELT = (47, 42, 47, 80, 170, 260, 250, 170, 85, 65, 58, 50)


def curve(name: str, rows: Sequence[tuple[float, float]] = VALLEY) -> list[dict[str, Any]]:
    """Rows of curves.csv: volumes by the trapezoids of the areas, which are scaled so that 1000 hm3 are reached."""
    levels, areas = np.array(rows, dtype=float).T
    volumes = np.concatenate([[0.0], np.cumsum(np.diff(levels) * (areas[1:] + areas[:-1]) / 2)])
    scale = 1000 / volumes[-1]
    table = zip(levels.tolist(), (scale * volumes).tolist(), (scale * areas).tolist(), strict=True)
    return [{"reservoir": name, "level_m": level, "volume_hm3": round(volume, 6), "area_km2": area} for level, volume, area in table]


def works(name: str, link: str, **more: Any) -> dict[str, Any]:
    """Row of plants.csv; the factor is that of a head of 50 m."""
    return {"plant": name, "link": link, "party": "A", "energy_gwh_per_hm3": 0.12, "turbine_max_m3s": 100, **more}


def head(name: str, body: str, **more: Any) -> dict[str, Any]:
    """Row of heads.csv: tailwater far below the dam."""
    return {"plant": name, "reservoir": body, "tailwater_m": -20, "efficiency": 0.9, **more}


def dams(names: Sequence[str], **terminal: Any) -> dict[str, Any]:
    """Reservoirs of a scenario that start half full and end so."""
    return {name: {"initial": 500, "terminal": terminal or {"rule": "as_start"}} for name in names}


def one_dam(
    water: Sequence[float] = MELT, prices: Sequence[float] = PRICES, *, rows: Any = VALLEY, plant: Any = None, relation: Any = None
) -> Draft:
    """A dam with a plant over the first months of a year."""
    end = str(np.datetime64("2026-01") + np.timedelta64(len(water), "M")) + "-01"
    return draft(
        "spring catchment; dam reservoir; sea outlet",
        "melt spring dam; out dam sea",
        reservoirs={"dam": {"full_hm3": 1000}},
        curves=curve("dam", rows),
        plants=[works("hpp", "out", **(plant or {}))],
        heads=[head("hpp", "dam", **(relation or {}))],
        volumes={"spring": list(water)},
        scenario=followed(dams(["dam"]), prices, period={**YEAR, "end": end}),
    )


def followed(reservoir: dict[str, Any], prices: Sequence[float] = PRICES, **more: Any) -> dict[str, Any]:
    """Content of a scenario that weighs energy alone and follows heads."""
    energy = {"value": tuple(prices)}
    return {
        "period": YEAR,
        "physics": {"head": "successive"},
        "objective": {"levels": ["benefit"]},
        "energy": energy,
        "reservoir": reservoir,
        **more,
    }


def three_dams(links: str, springs: Sequence[str], **more: Any) -> Draft:
    """Three dams with a plant each, unlike one another."""
    bodies = ("high", "middle", "low")
    nodes = "; ".join(f"{name} catchment" for name in springs) + "; high reservoir; middle reservoir; low reservoir; sea outlet"
    shapes = (VALLEY, ((0, 5), (80, 20)), ((0, 20), (20, 25), (28, 60)))
    return draft(
        nodes,
        links,
        reservoirs={name: {"full_hm3": 1000} for name in bodies},
        curves=[row for name, rows in zip(bodies, shapes, strict=True) for row in curve(name, rows)],
        plants=[works(f"{name}_hpp", f"{name}_out", turbine_max_m3s=60 + 40 * place) for place, name in enumerate(bodies)],
        heads=[head(f"{name}_hpp", name) for name in bodies],
        volumes={name: [volume * (1 + place / 2) for volume in MELT] for place, name in enumerate(springs)},
        **{"scenario": followed(dams(bodies)), **more},
    )


def cascade(**more: Any) -> Draft:
    """One dam below the other; a tributary joins at the lowest."""
    return three_dams("a source high; high_out high middle; middle_out middle low; b side low; low_out low sea", ("source", "side"), **more)


def side_by_side(**more: Any) -> Draft:
    """Three rivers into one sea."""
    links = "a one high; b two middle; c three low; high_out high sea; middle_out middle sea; low_out low sea"
    return three_dams(links, ("one", "two", "three"), **more)


def settled(inputs: xr.Dataset, levels: Sequence[str] = ("benefit",)) -> Pass:
    """Settle inputs by passes; the same inputs are settled once."""
    return _settled(pickle.dumps(inputs), tuple(levels))


@lru_cache(maxsize=16)
def _settled(pickled: bytes, levels: tuple[str, ...]) -> Pass:
    """Settle the inputs that were pickled."""
    return settle(pickle.loads(pickled), Passes(levels, SolveOptions()))  # noqa: S301 - pickled above


def started_anywhere(inputs: xr.Dataset, seed: int) -> xr.Dataset:
    """Inputs whose first pass takes each plant's water in each step to be worth something else, so that its plan lies anywhere."""
    weights = np.random.default_rng(seed).uniform(0, 3, (inputs.sizes["headed"], 1, inputs.sizes["time"]))
    return inputs.assign(energy_per_flow=inputs["energy_per_flow"].copy(data=inputs["energy_per_flow"].values * weights))
