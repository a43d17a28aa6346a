"""Write what balances of reservoirs leave, month by month and year by year, into docs/explanation/hindcast.md.

What a balance leaves is inflow less release and storage gained, all of the record: evaporation, pumps, canals at the lake and whatever no
gauge sees. A rate for it is the mean of a month over the years 2001-10; each of these years is judged by the others, 2022-23 by all of
them. The records have no licence and are not bundled; only statistics are printed.

    python data/syrdarya/closures.py observed.csv --dekads FOLDER_OF_10DAY_FILES
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
import pandas as pd
from hindcast import PAGE, grid
from observed import mean_of_month

MARKS = ("<!-- closures: begin -->", "<!-- closures: end -->")
#: reservoir, to the gauges of its inflow and release
BODIES = {
    "toktogul": ("naryn_toktogul", "toktogul_release"),
    "andijan": ("karadarya_andijan", "andijan_release"),
    "charvak": ("chirchik_charvak", "charvak_release"),
    "kayrakkum": ("akjar_flow", "kayrakkum_release"),
    "shardara": ("shardara_inflow", "shardara_release"),
}
MONTHS = pd.period_range("2001-01", "2023-03", freq="M")
SEASONS = {"growing": (4, 5, 6, 7, 8, 9), "non-growing": (10, 11, 12, 1, 2, 3)}
#: part of the inflow within which a balance closes
CLOSED = 0.03
HM3_PER_CUMEC_DAY = 0.0864


def shardara(folder: Path) -> pd.DataFrame:
    """Rows of Shardara in 2001-10, as `dekads` gives those of the others; its release is without Arnasai."""
    data, rows = pd.read_csv(folder / "ChardaraCA_10day.csv"), []
    for (year, month), part in data.groupby(["year", "month"]):
        period = pd.Period(year=year, month=month, freq="M")
        for column, place in (("inflow", "shardara_inflow"), ("outflow", "shardara_release")):
            rows.append((place, "flow", str(period), mean_of_month(part[column], year, month), "m3/s", "kazhydromet"))
        rows.append(("shardara", "storage", f"{period + 1}-01", part["storage"].iloc[-1] / 1e6, "hm3", "bwo"))
    return pd.DataFrame(rows, columns=["place", "quantity", "date", "value", "unit", "source"])


def balance(record: pd.DataFrame, body: str) -> pd.DataFrame:
    """Inflow of each month and what the balance leaves, hm3; only months in which all three are known."""
    days = np.array([month.days_in_month for month in MONTHS])
    own = record[(record["source"] != "uzhydromet") & (record["place"].isin([body, *BODIES[body]]))]
    series = {place: part.groupby(pd.PeriodIndex(part["date"].str[:7], freq="M"))["value"].first() for place, part in own.groupby("place")}
    inflow, release = (series[place].reindex(MONTHS) * HM3_PER_CUMEC_DAY * days for place in BODIES[body])
    gained = series[body].reindex(MONTHS + 1).to_numpy() - series[body].reindex(MONTHS).to_numpy()
    table = pd.DataFrame({"inflow": inflow, "left": inflow - release - gained, "days": days}, index=MONTHS).dropna()
    table["month"], table["year"] = table.index.month, table.index.year
    table["water_year"] = table["year"] + (table["month"] >= 10)
    return table


def season_rows(body: str, table: pd.DataFrame) -> list[list[str]]:
    """Of each season: years of 2001-10 that the rates of the others close, how far they miss, and how far all miss 2022-23."""
    rows = []
    for season, months in SEASONS.items():
        own = table[table["month"].isin(months)]
        left = own.pivot_table(index="water_year", columns="month", values="left").dropna()
        inflow = own.pivot_table(index="water_year", columns="month", values="inflow").dropna().sum(axis=1)
        first = left[left.index <= 2011]
        missed = pd.Series({year: float((first.loc[year] - first.drop(year).mean()).sum()) for year in first.index})
        shares, recent = missed / inflow, left.index.max()
        last = float((left.loc[recent] - first.mean()).sum())
        closed = int((shares.abs() <= CLOSED).sum())
        told = [f"{closed} of {len(first)}", f"{missed.abs().mean():.0f}", f"{100 * shares.min():+.0f} to {100 * shares.max():+.0f}"]
        rows.append([body, season, *told, f"{last:+.0f}", f"{100 * last / inflow[recent]:+.1f}"])
    return rows


def month_lines(body: str, table: pd.DataFrame) -> list[str]:
    """What the balance of a reservoir leaves by month, m3/s: 2022-23, mean and scatter of 2001-10."""
    order = [4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3]
    rate = table["left"] / (HM3_PER_CUMEC_DAY * table["days"])
    first, last = rate[table["year"] <= 2010].groupby(table["month"]), rate[table["year"] >= 2022].groupby(table["month"]).mean()
    named = ((f"{body} 2022-23", last), ("mean of 2001-10", first.mean()), ("scatter of its years", first.std()))
    return grid(["m3/s", *(f"{month:02d}" for month in order)], [[name, *(f"{of[month]:.0f}" for month in order)] for name, of in named])


def main() -> None:
    """Work the tables out and put them into the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("observed", type=Path)
    parser.add_argument("--dekads", type=Path, required=True)
    given = parser.parse_args()
    record = pd.read_csv(given.observed)
    known = record[~((record["place"] == "shardara_inflow") & (record["date"] < "2011"))]
    record = pd.concat([known, shardara(given.dekads)])
    tables = {body: balance(record, body) for body in BODIES}
    heads = ["reservoir", "season", "years closed", "mean miss, hm3", "% of inflow", "2022-23, hm3", "%"]
    lines = ["What rates of 2001-10 leave of each season; each of these years is judged by the others, 2022-23 by all.\n"]
    lines += grid(heads, [row for body, table in tables.items() for row in season_rows(body, table)])
    lines += ["What the balances leave by month, evaporation and pumps included.\n"]
    lines += [line for body in ("kayrakkum", "shardara") for line in month_lines(body, tables[body])]
    text, old = "\n".join(lines).rstrip(), PAGE.read_text(encoding="utf-8")
    pattern = re.compile(re.escape(MARKS[0]) + ".*" + re.escape(MARKS[1]), re.DOTALL)
    PAGE.write_text(pattern.sub(lambda _: f"{MARKS[0]}\n{text}\n{MARKS[1]}", old), encoding="utf-8")


if __name__ == "__main__":
    main()
