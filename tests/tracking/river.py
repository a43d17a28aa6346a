"""A small river whose truth is known: a dam, two gauges below it, users between them, a lake at the end; and its record as a table."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.make import make_basin
from waterdeal.basin.tables import HYDROLOGY, TABLES
from waterdeal.examples import monthly

if TYPE_CHECKING:
    from pathlib import Path

NEED = np.array([0, 0, 5, 20, 40, 60, 70, 60, 30, 10, 0, 0], dtype=float)
RELEASE = np.array([300, 280, 220, 150, 180, 260, 300, 280, 160, 180, 240, 290], dtype=float)
#: gain of the upper reach, smooth over the year; January first
GAIN = 30 + 20 * np.cos(2 * np.pi * (np.arange(12) + 0.5) / 12)
CLASSES = {"exceeded_90": 0.7, "mean": 1.0, "exceeded_10": 1.3}


def tables(**more: Any) -> dict[str, Any]:
    """Rows of the river's tables."""
    water = [100, 90, 100, 200, 400, 500, 400, 250, 150, 130, 120, 110]
    return {
        "parties": [{"party": "UP"}, {"party": "LOW"}],
        "nodes": [
            {"node": "source", "kind": "catchment", "party": "UP"}, {"node": "dam", "kind": "reservoir", "party": "UP"},
            {"node": "upper_post", "kind": "gauge", "party": "LOW"}, {"node": "lower_post", "kind": "gauge", "party": "LOW"},
            {"node": "sea", "kind": "outlet", "party": "LOW"},
        ],
        "links": [
            {"link": "source_dam", "from_node": "source", "to_node": "dam", "kind": "river"},
            {"link": "dam_release", "from_node": "dam", "to_node": "upper_post", "kind": "river"},
            {"link": "upper_flow", "from_node": "upper_post", "to_node": "lower_post", "kind": "river"},
            {"link": "lower_flow", "from_node": "lower_post", "to_node": "sea", "kind": "river"},
        ],
        "reservoirs": [{"reservoir": "dam", "dead_hm3": 100, "full_hm3": 9000, "evaporation": "none"}],
        "demands": [{"demand": "fields", "node": "lower_post", "party": "LOW", "kind": "irrigation", "zone": "low", "limit_counted": "no"}],
        "requirements": monthly("demand", "fields", "rate_m3s", NEED.tolist()),
        "hydrology": [
            row for name, factor in CLASSES.items()
            for row in monthly("node", "source", "runoff_m3s", [rate * factor for rate in water], year_class=name)
        ],
        **more,
    }  # fmt: skip


def write_basin(folder: Path, **more: Any) -> Path:
    """Write the river as a basin folder."""
    basin = make_basin("small", tables(**more))
    folder.mkdir()
    (folder / "basin.toml").write_text('schema = "waterdeal/basin@1"\nid = "small"\n[name]\nen = "Small"\n', encoding="utf-8")
    for name in TABLES:
        table = basin.table(name)
        if len(table) or not TABLES[name].optional:
            table.to_csv(folder / f"{name}.csv", index=False)
    frame = basin.runoff.to_series().rename("runoff_m3s").reset_index()[[column.name for column in HYDROLOGY.columns]]
    frame.to_csv(folder / "hydrology.csv", index=False)
    return folder


@dataclass
class Measured:
    """A record of the river, made from its truth."""

    gain: np.ndarray = field(default_factory=lambda: GAIN)  # of the upper reach by month
    taken: float = 1.0  # share of the requirement that the fields take
    noise: float = 0.0  # standard deviation of the gauges, m3/s
    second: float | None = None  # a second agency's upper gauge shows so many times the flow
    years: tuple[int, ...] = (2019, 2020, 2021)
    seed: int = 1
    inflow: bool = True  # whether the dam's inflow was measured; without, every year is as wet as the mean

    def rows(self) -> list[tuple[object, ...]]:
        """Rows of the table: releases a year apart differ by a tenth."""
        rng, rows = np.random.default_rng(self.seed), []
        held = 4000.0
        rows.append(("dam", "storage", f"{self.years[0]}-01-01", held, "hm3", "one"))
        for year in self.years:
            for month in range(12):
                label = f"{year}-{month + 1:02d}"
                release = RELEASE[month] * (1 + 0.1 * (year - 2020))
                upper = release + self.gain[month]
                lower = upper - self.taken * NEED[month]
                flows = {"dam_release": release, "upper_flow": upper + rng.normal(0, self.noise), "lower_flow": lower + rng.normal(0, self.noise)}
                rows += [(place, "flow", label, round(float(flow), 6), "m3/s", "one") for place, flow in flows.items()]
                if self.second is not None:
                    rows.append(("upper_flow", "flow", label, round(float(flows["upper_flow"] * self.second), 6), "m3/s", "two"))
                if self.inflow:  # the dam keeps its storage
                    rows.append(("source_dam", "flow", label, round(float(release), 6), "m3/s", "one"))
                rows.append(("dam", "storage", f"{year + month // 11}-{(month + 1) % 12 + 1:02d}-01", held, "hm3", "one"))
        return rows

    def write(self, path: Path) -> Path:
        """Write the table."""
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("place", "quantity", "date", "value", "unit", "source"), *self.rows()])
        return path
