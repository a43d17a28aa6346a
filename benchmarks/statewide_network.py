"""Draw a statewide network of the size of California's and write its tables: 1,075 nodes, 1,533 links, 5,142 pieces a month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

RIVERS, USERS, STORES, CANALS, PLANTS = 824, 250, 90, 119, 145
USE_PIECES, STORE_PIECES, PLANT_PIECES, CANAL_PIECES = 12, 6, 3, 2
SEA = "sea"
COLUMNS = ("link", "from", "to", "piece", "lag", "step", "gain", "lower", "upper", "cost")
#: water and use of each month, mean 1
WATER = np.array([0.4, 0.6, 1.0, 1.3, 1.6, 1.9, 1.9, 1.5, 0.8, 0.5, 0.3, 0.2])
USE = np.array([0.5, 0.3, 0.2, 0.2, 0.3, 0.6, 1.2, 1.8, 2.2, 2.2, 1.6, 0.9])


@dataclass(frozen=True)
class River:
    """A tree of rivers and the water in it.

    Parameters
    ----------
    down : numpy.ndarray
        Node each river node flows to; the number of nodes itself means the sea.
    inflow, natural : numpy.ndarray
        By (river node, month): water that enters there, and all that would pass.
    """

    down: Any
    inflow: Any
    natural: Any


def draw_river(drawn: np.random.Generator, months: int) -> River:
    """Draw a tree in which node 0 flows to the sea, and its inflow."""
    down = np.array([RIVERS, *(drawn.integers(max(0, node - 40), node) for node in range(1, RIVERS))])
    year = np.exp(drawn.normal(0, 0.35, months // 12 + 1))
    season = WATER[np.arange(months) % 12] * year[np.arange(months) // 12]
    inflow = drawn.gamma(2.0, 10.0, RIVERS)[:, None] * season * np.exp(drawn.normal(0, 0.1, (RIVERS, months)))
    natural = inflow.copy()
    for node in range(RIVERS - 1, 0, -1):
        natural[down[node]] += natural[node]
    return River(down, inflow, natural)


def write_tables(folder: Path, years: int, seed: int = 0) -> None:
    """Write links.csv, nodes.csv and inflows.csv with a row for every piece and month."""
    months = 12 * years
    drawn = np.random.default_rng(seed)
    river = draw_river(drawn, months)
    names = np.array([*(f"r{node:04d}" for node in range(RIVERS)), SEA])
    users = np.array([f"u{user:03d}" for user in range(USERS)])
    steps = np.array([f"{1921 + (month + 9) // 12:04d}-{(month + 9) % 12 + 1:02d}" for month in range(months)])
    stores = drawn.choice(np.arange(1, RIVERS), STORES, replace=False)
    sites = drawn.choice(RIVERS, USERS)
    room = 6 * river.natural[stores].mean(axis=1)
    parts = [
        *_river_parts(drawn, river, names),
        *_store_parts(drawn, names[stores], room, months),
        *_user_parts(drawn, river, (names[sites], sites), users),
        *_canal_parts(drawn, names, river, months),
    ]
    inflow = river.inflow.copy()
    inflow[stores, 0] += 0.5 * room
    folder.mkdir(parents=True, exist_ok=True)
    pd.concat([_rows(part, steps) for part in parts]).to_csv(folder / "links.csv", index=False, float_format="%.6g")
    nodes = pd.DataFrame({"node": [*names, *users], "kind": [*["junction"] * RIVERS, "sink", *["junction"] * USERS]})
    nodes.to_csv(folder / "nodes.csv", index=False)
    rows = {"node": np.repeat(names[:RIVERS], months), "step": np.tile(steps, RIVERS), "inflow": inflow.ravel()}
    pd.DataFrame(rows).to_csv(folder / "inflows.csv", index=False, float_format="%.8g")


def _rows(part: dict[str, Any], steps: Any) -> pd.DataFrame:
    """Rows of one piece in every month."""
    return pd.DataFrame({name: part.get(name, steps) for name in COLUMNS})


def _part(link: str, ends: tuple[str, str], piece: int = 1, **figures: Any) -> dict[str, Any]:
    """One piece of one link."""
    given = {"lag": 0, "gain": 1.0, "lower": 0.0, "upper": None, "cost": 0.0} | figures
    return {"link": link, "from": ends[0], "to": ends[1], "piece": piece, **given}


def _river_parts(drawn: np.random.Generator, river: River, names: Any) -> list[dict[str, Any]]:
    """Rivers with a least flow; some with a plant, whose energy is worth less from piece to piece."""
    parts, plants = [], set(drawn.choice(RIVERS, PLANTS, replace=False).tolist())
    for node in range(RIVERS):
        ends, link, gain = (names[node], names[river.down[node]]), f"{names[node]}-{names[river.down[node]]}", drawn.uniform(0.985, 1.0)
        least = 0.1 * river.natural[node]
        if node not in plants:
            parts.append(_part(link, ends, gain=gain, lower=least))
            continue
        turbine = 0.6 * river.natural[node].mean()
        parts.append(_part(link, ends, 1, gain=gain, lower=np.minimum(least, turbine), upper=turbine, cost=-drawn.uniform(2, 6)))
        parts.append(_part(link, ends, 2, gain=gain, upper=turbine, cost=-drawn.uniform(0.5, 2)))
        parts.append(_part(link, ends, 3, gain=gain))
    return parts


def _store_parts(drawn: np.random.Generator, names: Any, room: Any, months: int) -> list[dict[str, Any]]:
    """Storage carried over, each piece worth less than the one before, dead storage kept and some left at the end."""
    parts = []
    for name, size in zip(names, room, strict=True):
        worth = -np.sort(drawn.uniform(0.01, 0.4, STORE_PIECES))[::-1]
        share = np.array([0.4, *[0.6 / (STORE_PIECES - 1)] * (STORE_PIECES - 1)]) * size
        gain = 1 - 0.004 * drawn.uniform(0.5, 1.5) * USE[np.arange(months) % 12]
        dead = np.full(months, 0.1 * size)
        dead[-1] = 0.35 * size
        for piece in range(STORE_PIECES):
            least = dead if piece == 0 else 0.0
            parts.append(
                _part(f"{name}-store", (name, name), piece + 1, lag=1, gain=gain, lower=least, upper=share[piece], cost=worth[piece])
            )
    return parts


def _user_parts(drawn: np.random.Generator, river: River, where: tuple[Any, Any], users: Any) -> list[dict[str, Any]]:
    """Deliveries with losses, and use whose worth falls from piece to piece."""
    parts, months = [], river.inflow.shape[1]
    for user, name, site in zip(users, *where, strict=True):
        size = drawn.uniform(0.1, 0.5) * river.natural[site].mean() ** 0.85
        parts.append(_part(f"{name}-{user}", (name, user), gain=drawn.uniform(0.8, 0.97), upper=3 * size, cost=drawn.uniform(0.5, 3)))
        worth = -np.sort(drawn.gamma(2.0, 60.0, USE_PIECES))[::-1]
        season = size * USE[np.arange(months) % 12] / USE_PIECES
        for piece in range(USE_PIECES):
            seasonal = np.round(worth[piece] * (1 + 0.1 * USE[np.arange(months) % 12]), 4)
            parts.append(_part(f"{user}-use", (user, SEA), piece + 1, upper=season, cost=seasonal))
    return parts


def _canal_parts(drawn: np.random.Generator, names: Any, river: River, months: int) -> list[dict[str, Any]]:
    """Canals between rivers: pumping, dearer in the second piece."""
    parts = []
    for canal in range(CANALS):
        start, end = drawn.choice(RIVERS, 2, replace=False)
        room = 0.1 * river.natural[start].mean() * np.ones(months)
        for piece in range(CANAL_PIECES):
            cost = 5.0 * (piece + 1) * drawn.uniform(1.0, 1.5)
            parts.append(_part(f"canal{canal:03d}", (names[start], names[end]), piece + 1, gain=0.95, upper=room, cost=cost))
    return parts
