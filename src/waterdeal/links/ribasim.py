"""Read a model of Ribasim, a TOML file and its GeoPackage, as the tables of a network; what a network cannot carry is listed."""

from __future__ import annotations

import sqlite3
import tomllib
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.errors import FileProblem, refuse
from waterdeal.imports.bounds import MOST_BYTES, MOST_UNPACKED, open_bytes
from waterdeal.links.models import ModelTables, lacks
from waterdeal.units import HM3_PER_CUMEC_DAY
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from waterdeal.types import Floats

_MAGIC = b"SQLite format 3\0"
_MOST_ROWS, _MOST_STEPS, _MOST_WORK = 1_000_000, 40_000, 100_000_000
#: nodes that water passes, and whether their flow has a limit of its own
_PASSING = frozenset({"Pump", "Outlet", "LinearResistance", "ManningResistance", "TabulatedRatingCurve"})
#: of these the hydraulics decide the flow, which a network does not know
_HYDRAULIC = frozenset({"LinearResistance", "ManningResistance", "TabulatedRatingCurve"})
_FLUXES = ("drainage", "surface_runoff", "infiltration", "precipitation", "potential_evaporation")
#: how many times a demand weighs what the next one in order of priority does
_WEIGHT = 1_000.0


def read_ribasim(path: Path) -> ModelTables:
    """Read a model; volumes are million m3, flows become volumes of its steps."""
    try:
        about = tomllib.loads(open_bytes(path, MOST_BYTES).decode("utf-8-sig"))
        home = path.parent / str(about.get("input_dir", "."))
        database = (home / str(about.get("database", "database.gpkg"))).resolve()
        refuse(not database.is_relative_to(path.parent.resolve()), "scenario.series_outside")
        return _Model(about, _read_database(database)).made
    except FileProblem:
        raise
    except (ValueError, KeyError, TypeError, IndexError, RecursionError, sqlite3.Error, pd.errors.DatabaseError) as error:
        raise FileProblem(say("networks.no_ribasim", file=path.name, error=lacks(error))) from error


def _read_database(path: Path) -> dict[str, pd.DataFrame]:
    """Read the tables of a database, within bounds of size and work; nothing in it is run."""
    refuse(not open_bytes(path, MOST_UNPACKED).startswith(_MAGIC), "networks.no_database", name=path.name)
    found = {}
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
        base.set_progress_handler(lambda: 1, _MOST_WORK)
        listed = base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (title,) in listed:
            if title in {"Node", "Link", "Edge"} or " / " in title:
                quoted = str(title).replace('"', '""')
                table = pd.read_sql_query(f'SELECT * FROM "{quoted}" LIMIT {_MOST_ROWS}', base)  # noqa: S608 - quoted
                found[str(title)] = table.drop(columns=["geom", "fid"], errors="ignore")
    return found


class _Model:
    """A model on its way to tables."""

    def __init__(self, about: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> None:
        self._tables = tables
        start, end = (pd.Timestamp(about[key]).tz_localize(None).normalize() for key in ("starttime", "endtime"))
        length = float(about.get("allocation", {}).get("timestep", 86_400.0))
        days = max(round(length / 86_400), 1)
        self._starts = pd.date_range(start, end, freq=f"{days}D", inclusive="left")
        refuse(not 0 < len(self._starts) <= _MOST_STEPS, "networks.model_steps", count=len(self._starts), most=_MOST_STEPS)
        self._ends = self._starts + pd.Timedelta(days=days)
        self._volume = days * HM3_PER_CUMEC_DAY
        self.made = ModelTables()
        pairs = zip(self._starts, self._ends - pd.Timedelta(days=1), strict=True)
        self.made.steps = [{"step": f"{one:%Y-%m-%d}", "start": f"{one:%Y-%m-%d}", "end": f"{last:%Y-%m-%d}"} for one, last in pairs]
        nodes: Any = tables["Node"]
        self._sorts = dict(zip(map(int, nodes["node_id"]), map(str, nodes["node_type"]), strict=True))
        self._names = {key: f"{sort} {key}" for key, sort in self._sorts.items()}
        self._leaves: dict[int, str] = dict(self._names)
        self.made.leave("networks.left_hydraulics")
        for key, sort in self._sorts.items():
            self._add(key, sort)
        links: Any = tables["Link"] if "Link" in tables else tables["Edge"]
        kind = "link_type" if "link_type" in links else "edge_type"
        for row in links[links[kind] == "flow"].itertuples():
            self._add_edge(int(row.from_node_id), int(row.to_node_id))
        self.made.prune()

    def _add(self, key: int, sort: str) -> None:
        """Add a node, with the link that bounds it."""
        name, kinds = self._names[key], self.made.nodes
        fixed = {"Terminal": "sink", "LevelBoundary": "source", "Basin": "junction", "FlowBoundary": "junction", "Junction": "junction"}
        if sort == "UserDemand":
            self._add_user(key, name)
        elif sort in _PASSING:
            self._add_passing(key, sort, name)
        elif sort in fixed:
            kinds[name] = fixed[sort]
            if sort == "Basin":
                self._add_basin(key, name)
            elif sort == "FlowBoundary":
                self._add_inflow(name, self._series(sort, key, "flow_rate", 0.0))
        else:
            self.made.leave("networks.left_node", node=name, kind=sort)

    def _add_inflow(self, node: str, rate: Floats) -> None:
        """Add what enters at a node, given as a rate."""
        volumes = zip(self.made.steps, rate * self._volume, strict=True)
        self.made.inflows += [{"node": node, "step": step["step"], "inflow": value} for step, value in volumes]

    def _add_basin(self, key: int, name: str) -> None:
        """Add a store: what it holds at the start by its level, and what drains into it or seeps away; its surface is not carried."""
        self.made.add_link(f"{name} stored", (name, name), {"lower": 0.0}, lag=1)
        rates = {flux: self._series("Basin", key, flux, 0.0) for flux in _FLUXES}
        for flux in ("precipitation", "potential_evaporation"):
            if rates[flux].any():
                self.made.leave("networks.left_field", node=name, field=flux)
        rate = rates["drainage"] + rates["surface_runoff"] - rates["infiltration"]
        rate[0] += self._held(key) / self._volume
        self._add_inflow(name, rate)

    def _held(self, key: int) -> float:
        """Return what a basin holds at the start, hm3, by its level and profile."""
        state, profile = (self._of(f"Basin / {part}", key) for part in ("state", "profile"))
        if state.empty or profile.empty:
            return 0.0
        profile = profile.sort_values("level")
        level = profile["level"].to_numpy(dtype=float)
        if "storage" in profile and profile["storage"].notna().all():
            stored = profile["storage"].to_numpy(dtype=float)
        else:
            area = profile["area"].to_numpy(dtype=float)
            stored = np.concatenate([[0.0], np.cumsum(np.diff(level) * (area[1:] + area[:-1]) / 2)])
        at = float(state["level"].iloc[0])
        top = (at - level[-1]) * float(profile["area"].iloc[-1]) if at > level[-1] and "area" in profile else 0.0
        return float(np.interp(at, level, stored) + top) / 1e6

    def _add_passing(self, key: int, sort: str, name: str) -> None:
        """Add a pump, outlet or reach: at most what it says it can carry; a demand of flow on it comes before all else."""
        out = f"{name} (out)"
        self.made.nodes |= {name: "junction", out: "junction"}
        self._leaves[key] = out
        least, most = self._series(sort, key, "min_flow_rate", 0.0), self._series(sort, key, "max_flow_rate", np.inf)
        if sort in _HYDRAULIC:
            self.made.leave("networks.left_rule", node=name)
        elif not np.isfinite(most).all():
            most = np.where(np.isfinite(most), most, self._series(sort, key, "flow_rate", np.inf))
        self.made.add_link(name, (name, out), {"lower": least * self._volume, "upper": most * self._volume})

    def _add_user(self, key: int, name: str) -> None:
        """Add a demand, a piece for each of its priorities, and what of it returns."""
        rows = pd.concat([self._of(f"UserDemand / {part}", key) for part in ("static", "time")])
        column = "demand_priority" if "demand_priority" in rows else "priority"
        ranks = sorted({int(rank) for rank in rows[column].fillna(1)}) if column in rows else [1]
        returned = self._series("UserDemand", key, "return_factor", 0.0)
        share = float(returned[0])
        if (returned != share).any():
            self.made.leave("networks.left_field", node=name, field="return_factor")
        out = f"{name} (out)"
        self._leaves[key] = out
        self.made.nodes |= {name: "junction", out: "junction" if share > 0 else "sink"}
        for piece, rank in enumerate(ranks, 1):
            most = self._series("UserDemand", key, "demand", 0.0, {column: rank} if column in rows else {})
            figures = {"gain": share if share > 0 else 1.0, "lower": 0.0, "upper": most * self._volume, "cost": -self._worth(rank)}
            self.made.add_link(name, (name, out), figures, piece)

    def _worth(self, rank: int) -> float:
        """Return what a demand of a priority is worth beside those of lower ones: 1 is the highest."""
        tables = [table for name, table in self._tables.items() if name.startswith("UserDemand / ")]
        columns = [table[name].dropna() for table in tables for name in ("demand_priority", "priority") if name in table]
        below = sum(other > rank for other in {int(value) for column in columns for value in column})
        return _WEIGHT ** min(below, 3)

    def _add_edge(self, start: int, end: int) -> None:
        """Add the link of an edge; what a user sends back reaches the river only as far as its demand returns."""
        names = self._leaves.get(start, ""), self._names.get(end, "")
        if not set(names) <= set(self.made.nodes):
            self.made.leave("networks.left_edge", start=self._names.get(start, start), end=self._names.get(end, end))
        elif self.made.nodes[names[0]] != "sink":
            self.made.add_link(f"{self._names[start]} - {names[1]}", names, {})

    def _of(self, table: str, key: int) -> pd.DataFrame:
        """Return the rows of a node in a table; none where the table is not there."""
        rows = self._tables.get(table, pd.DataFrame(columns=["node_id"]))
        return rows[rows["node_id"] == key]

    def _series(self, sort: str, key: int, column: str, default: float, where: Mapping[str, Any] | None = None) -> Floats:
        """Return a figure of a node by step: fixed, or the mean over each step of a line through its dates."""
        fixed, dated = (self._of(f"{sort} / {part}", key) for part in ("static", "time"))
        for name, value in (where or {}).items():
            fixed, dated = (rows[rows[name].fillna(1) == value] if name in rows else rows for rows in (fixed, dated))
        if column in dated and dated[column].notna().any():
            rows = dated[dated[column].notna()].sort_values("time")
            knots = pd.to_datetime(rows["time"]).to_numpy().astype("datetime64[s]").astype(float)
            return _means(knots, rows[column].to_numpy(dtype=float), *(_seconds(days) for days in (self._starts, self._ends)))
        values = fixed[column].dropna().tolist() if column in fixed else []
        return np.full(len(self._starts), float(values[0]) if values else default)


def _seconds(days: pd.DatetimeIndex) -> Floats:
    """Return times as seconds."""
    return np.asarray(days.to_numpy().astype("datetime64[s]").astype(float))


def _means(knots: Floats, values: Floats, starts: Floats, ends: Floats) -> Floats:
    """Return the mean over each step of a line through points, level before the first and after the last."""
    every = np.unique(np.concatenate([knots, starts, ends]))
    line = np.interp(every, knots, values)
    total = np.concatenate([[0.0], np.cumsum(np.diff(every) * (line[1:] + line[:-1]) / 2)])
    return np.asarray((np.interp(ends, every, total) - np.interp(starts, every, total)) / (ends - starts))
