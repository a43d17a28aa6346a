"""Tell what losses below Shardara would bring to the Northern Aral, with what passed Shardara in the year whose balance closes.

    python data/syrdarya/lower_river.py observed.csv

The release of April 2022 - March 2023 is routed down year after year: with the losses of the tables, with those thought possible
(`assumed.csv` of the sources: 3 to 10 % from Shardara to Tyumen-Aryk, 25 to 40 % on to Kazalinsk), and with the one rate per 100 km that
brings the published inflow. What the winter limit of the river does not let pass fills Koksarai, which lets it out from April to June
(assumed). Nothing is written to the tables: see docs/explanation/hindcast.md.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.basin.read import read_basin
from waterdeal.calendar import StepKind
from waterdeal.tracking.observed import read_record
from waterdeal.tracking.river import River
from waterdeal.units import rate_to_volume

if TYPE_CHECKING:
    from waterdeal.basin.schema import Basin

HERE = Path(__file__).resolve().parent
#: the year that passed Shardara, first month
YEAR = [f"2022-{month:02d}" for month in range(4, 13)] + [f"2023-{month:02d}" for month in range(1, 4)]
#: published inflow to the Northern Aral, mean of the last seven years to mid-2024, hm3 a year
TO_THE_SEA = 1900.0
#: most that the river below Koksarai's offtake carries under ice (assumed: 350 to 550), and its months
UNDER_ICE, ICE = 450.0, (12, 1, 2)
#: most that Koksarai takes in (design) and holds, and the share of what it takes that it keeps
INTAKE, HELD, KEPT = 500.0, 3000.0, 0.9
#: months in which Koksarai lets its water out
OUT = (4, 5, 6)
#: times that the year is run before it is read
TURNS = 3
#: lengths of the two parts of the river
UPPER_KM, LOWER_KM = 639.0, 815.0
#: users below Shardara
BELOW = ["turkestan_kz", "kyzylorda_municipal", "kyzylorda_left_kz", "kyzylorda_right_kz", "kazalinsk_kz"]
DAYS = dict(zip(range(1, 13), (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), strict=True))


def lower_links(basin: Basin) -> pd.DataFrame:
    """River links from Shardara down to the sea, with their lengths."""
    links = basin.table("links")
    found, here = [], "shardara"
    while here != "north_aral":
        row = links[(links["from_node"] == here) & (links["kind"] == "river")].iloc[0]
        found.append(row)
        here = str(row["to_node"])
    return pd.DataFrame(found)


def with_losses(basin: Basin, upper: float, lower: float) -> Basin:
    """The basin with one loss per 100 km down to Tyumen-Aryk, and one below it."""
    table = basin.table("links").copy()
    lost = {}
    for row in lower_links(basin).itertuples():
        below = bool(lost) and ("arys_tyumen_aryk" in lost)
        lost[str(row.link)] = 1 - (1 - (lower if below else upper)) ** (float(row.length_km) / 100)
    lost["koksarai_outlet"] = lost["koksarai_arys"]
    table["loss_fraction"] = [lost.get(link, old) for link, old in zip(table["link"], table["loss_fraction"], strict=True)]
    return replace(basin, tables={**basin.tables, "links": table})


def koksarai(release: dict[int, float], lost: float) -> tuple[dict[int, float], dict[int, float]]:
    """What Koksarai takes in and lets out by month, m3/s."""
    taken, held = dict.fromkeys(range(1, 13), 0.0), 0.0
    for month in ICE:
        room = (HELD - held) / (rate_to_volume(1.0, DAYS[month]) * KEPT)
        taken[month] = float(np.clip(release[month] * (1 - lost) - UNDER_ICE, 0.0, min(INTAKE, room)))
        held += float(rate_to_volume(taken[month], DAYS[month])) * KEPT
    out = held / float(rate_to_volume(1.0, sum(DAYS[month] for month in OUT)))
    return taken, {month: out if month in OUT else 0.0 for month in range(1, 13)}


def run(lossy: Basin, release: dict[int, float], folder: Path) -> tuple[dict[str, float], pd.DataFrame]:
    """Run the year again and again; volumes that enter its links, hm3 a year, and what users got in the last turn."""
    lost = float(lossy.table("links").set_index("link").loc["shardara_release", "loss_fraction"])
    taken, out = koksarai(release, lost)
    path = folder / "turns.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["place", "quantity", "date", "value", "unit"])
        for year in range(2001, 2001 + TURNS):
            for month in range(1, 13):
                for place, flow in (("shardara_release", release), ("koksarai_intake", taken), ("koksarai_outlet", out)):
                    table.writerow([place, "flow", f"{year}-{month:02d}", flow[month], "m3/s"])
    river = River.over(lossy, read_record(lossy, path, StepKind.MONTH, {}))
    done = river.run(river.given(river.taken()))
    last = slice(-12, None)
    volumes = dict(zip(river.inputs["link"].values.tolist(), done.flow[:, last].sum(axis=1).tolist(), strict=True))
    users = pd.DataFrame({"got": done.delivery[:, last].sum(axis=1), "wanted": river.inputs["requirement"].values[:, last].sum(axis=1)})
    lost_last = float(lossy.table("links").set_index("link").loc["delta_aral", "loss_fraction"])
    return {**volumes, "sea": volumes["delta_aral"] * (1 - lost_last)}, users.set_index(river.inputs["demand"].values)


def solve(basin: Basin, release: dict[int, float], folder: Path) -> float:
    """Rate per 100 km that brings the published inflow, by halving."""
    low, high = 0.0, 0.3
    for _ in range(10):
        middle = (low + high) / 2
        found = run(with_losses(basin, middle, middle), release, folder)[0]["sea"]
        low, high = (middle, high) if found > TO_THE_SEA else (low, middle)
    return (low + high) / 2


def rate_of(share: float, length: float) -> float:
    """Loss per 100 km of a loss over a length."""
    return float(1 - (1 - share) ** (100 / length))


def main() -> None:
    """Route, and print the table of the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("observed", type=Path)
    record = pd.read_csv(parser.parse_args().observed)
    own = record[(record["place"] == "shardara_release") & record["date"].isin(YEAR)].set_index("date")["value"]
    release = {int(month[5:]): float(own[month]) for month in YEAR}
    basin = read_basin(HERE)
    print("| losses | to Tyumen-Aryk | on to Kazalinsk | passes Tyumen-Aryk, hm3 | Kazalinsk | reaches the sea | users below get |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        solved = solve(basin, release, Path(name))
        trials = {"of the tables": basin}
        for word, upper, lower in (("least thought possible", 0.03, 0.25), ("middle", 0.065, 0.325), ("greatest", 0.1, 0.4)):
            trials[word] = with_losses(basin, rate_of(upper, UPPER_KM), rate_of(lower, LOWER_KM))
        trials[f"that bring {TO_THE_SEA:.0f} hm3"] = with_losses(basin, solved, solved)
        for word, lossy in trials.items():
            volumes, users = run(lossy, release, Path(name))
            kept = 1 - lossy.table("links").set_index("link")["loss_fraction"].astype(float)
            upper = 1 - float(kept[["shardara_release", "koksarai_arys", "arys_tyumen_aryk"]].prod())
            lower = 1 - float(kept[["tyumen_aryk_flow", "kyzylorda_kazalinsk"]].prod())
            served = users.loc[BELOW].sum()
            flows = " | ".join(f"{volumes[link]:.0f}" for link in ("tyumen_aryk_flow", "kazalinsk_flow", "sea"))
            print(f"| {word} | {upper:.0%} | {lower:.0%} | {flows} | {served['got'] / served['wanted']:.0%} |")


if __name__ == "__main__":
    main()
