"""Lay the records of the Syr Darya out as the one table that `waterdeal calibrate` and `waterdeal hindcast` read.

None of the records has a licence, so none is bundled: give their paths.

    python data/syrdarya/observed.py observed.csv --months series_operational_monthly_2022_04_to_2023_03.csv \
        --canals canals_monthly_2022_04_to_2023_03.csv --dekads FOLDER_OF_10DAY_FILES

--dekads takes the files `*CA_10day.csv` of `bethmurphy22/Murphy_Dissertation` (2001-10). Dekads that are plainly wrong are left out; where
the inflow of a reservoir is wrong for a year, what its release and storage say stands for it. Of Shardara only the inflow is taken, less
the Keles of the monthly record's months, as the flow at Kokbulak: in April 2022 - March 2023 the two are the inflow within 1 %. Its
releases leave out Arnasai in wet years.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = ["place", "quantity", "date", "value", "unit", "source"]
#: station and quantity of the monthly record, to the link; the Kazakh gauge of Shardara's inflow first
STATIONS = {
    ("toktogul", "inflow"): "naryn_toktogul",
    ("toktogul", "release"): "toktogul_release",
    ("andijan", "inflow"): "karadarya_andijan",
    ("andijan", "release"): "andijan_release",
    ("charvak", "inflow"): "chirchik_charvak",
    ("charvak", "release"): "charvak_release",
    ("ugam", "flow"): "ugam_gazalkent",
    ("uchkurgan_hpp", "release"): "uchkurgan_flow",
    ("uchtepe_karadarya", "flow"): "uchtepe_flow",
    ("kal", "flow"): "kal_flow",
    ("kayrakkum(akjar)", "inflow"): "akjar_flow",
    ("kayrakkum", "release"): "kayrakkum_release",
    ("kyzylkishlak", "flow"): "kyzylkishlak_flow",
    ("kokbulak", "flow"): "kokbulak_flow",
    ("keles_mouth", "flow"): "keles_flow",
    ("shardara", "inflow_kazhydromet"): "shardara_inflow",
    ("shardara", "inflow_uzhydromet"): "shardara_inflow",
    ("shardara", "release"): "shardara_release",
    ("kyzylkum_canal", "diversion"): "kyzylkum_head",
}
#: object and country of the canal record, to the demand
USERS = {
    ("BFK_KDP", "Kyrgyzstan"): "big_fergana_kg",
    ("BFK_KDP", "Tajikistan"): "big_fergana_tj",
    ("BFK_KDP", "Uzbekistan"): "big_fergana_uz",
    ("SFK", "Tajikistan"): "north_fergana_tj",
    ("SFK", "Uzbekistan"): "north_fergana_uz",
    ("BNK", "Kyrgyzstan"): "big_namangan_kg",
    ("BNK", "Uzbekistan"): "big_namangan_uz",
    ("LNK", "Kyrgyzstan"): "leftbank_naryn_kg",
    ("LNK", "Uzbekistan"): "leftbank_naryn_uz",
    ("NST_above_BahriTojik", "all"): "sughd_pumps_above",
    ("NST_from_BahriTojik", "all"): "sughd_pumps_reservoir",
    ("NST_BahriTojik_to_Kyzylkishlak", "all"): "sughd_pumps_below",
    ("NST_below_BahriTojik", "all"): "sughd_pumps_below",
    ("NST_Mekhnat_Zafarabad", "all"): "mekhnat_zafarabad",
    ("VDK", "all"): "upper_dalverzin_uz",
    ("NDK", "all"): "lower_dalverzin_uz",
    ("Bekabad_canal", "all"): "bekabad_uz",
    ("YGK", "all"): "south_golodnostep_uz",
    ("Dustlik_canal", "Uzbekistan"): "dustlik_uz",
    ("Dustlik_canal", "Kazakhstan"): "dustlik_kz",
}
#: file of the ten-day record, to the reservoir and the links of its inflow and release
DEKADS = {
    "Toktogul": ("toktogul", "naryn_toktogul", "toktogul_release"),
    "Andijan": ("andijan", "karadarya_andijan", "andijan_release"),
    "Charvak": ("charvak", "chirchik_charvak", "charvak_release"),
    "Kayrakkum": ("kayrakkum", "akjar_flow", "kayrakkum_release"),
}
#: what is plainly wrong: file, column, year, months, third of the month (None for all)
WRONG = (
    ("Toktogul", "outflow", 2001, (4,), 0),
    ("Kayrakkum", "inflow", 2003, (6, 7), None),
    ("Kayrakkum", "storage", 2009, (10,), 0),
    ("Andijan", "inflow", 2009, (2,), 2),
    ("Andijan", "outflow", 2009, (2,), 2),
)
#: inflow that is wrong for a whole year, of which the balance stands for it: file, year
BALANCED = (("Charvak", 2007),)


def monthly(path: Path) -> list[tuple[object, ...]]:
    """Rows of the monthly record: means of flows, and storages on the first morning of a month and the last."""
    data, rows = pd.read_csv(path), []
    last = data["month"].max()
    for row in data.itertuples():
        if row.quantity == "storage":
            rows.append((row.station, "storage", f"{row.month}-01", round(row.first, 1), "hm3", "bwo"))
            if row.month == last:
                after = pd.Period(last, "M") + 1
                rows.append((row.station, "storage", f"{after}-01", round(row.last, 1), "hm3", "bwo"))
        elif (row.station, row.quantity) in STATIONS:
            agency = row.quantity.partition("_")[2] or "bwo"
            rows.append((STATIONS[row.station, row.quantity], "flow", row.month, row.mean, "m3/s", agency))
    return rows


def canals(path: Path) -> list[tuple[object, ...]]:
    """Rows of the canal record by user; pumps that are one user in the tables are added up."""
    data = pd.read_csv(path)
    keys = zip(data["object_code"], data["country"], strict=True)
    data["place"] = [USERS.get(key) for key in keys]
    summed = data.dropna(subset="place").groupby(["place", "month"], sort=False)["mean_m3s"].sum().round(2)
    return [(place, "flow", month, value, "m3/s", "bwo") for (place, month), value in summed.items()]


def kokbulak(folder: Path, months: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Rows of the flow at Kokbulak of 2001-10: the inflow of Shardara less the mean Keles of the month."""
    keles: dict[str, list[float]] = {}
    for place, _, month, value, *_ in months:
        if place == "keles_flow":
            keles.setdefault(str(month)[5:7], []).append(float(str(value)))
    rows: list[tuple[object, ...]] = []
    data = pd.read_csv(folder / "ChardaraCA_10day.csv")
    for (year, month), part in data.groupby(["year", "month"]):
        flow = mean_of_month(part["inflow"], year, month) - float(np.mean(keles[f"{month:02d}"]))
        rows.append(("kokbulak_flow", "flow", f"{year}-{month:02d}", round(max(flow, 0.0), 2), "m3/s", "bwo"))
    return rows


def days_of(year: int, month: int) -> np.ndarray:
    """Days of the three dekads of a month."""
    after = date(year + month // 12, month % 12 + 1, 1)
    return np.array([10, 10, (after - date(year, month, 21)).days])


def mean_of_month(values: pd.Series, year: int, month: int) -> float:
    """Mean of a month of the means of its dekads."""
    days = days_of(year, month)
    return float(days @ values) / float(days.sum())


def balance_inflow(data: pd.DataFrame) -> pd.Series:
    """Inflow of each dekad that release and change of storage tell, m3/s."""
    days = np.concatenate([days_of(year, month) for (year, month), _ in data.groupby(["year", "month"])])
    return data["outflow"] + data["storage"].diff() / (86400 * days)


def dekads(folder: Path) -> list[tuple[object, ...]]:
    """Rows of the ten-day record as months; its storages are those at the end of a dekad."""
    rows: list[tuple[object, ...]] = []
    for name, (body, inflow, release) in DEKADS.items():
        data = pd.read_csv(folder / f"{name}CA_10day.csv")
        data["third"] = data.groupby(["year", "month"]).cumcount()
        for file, column, year, months, third in WRONG:
            bad = (data["year"] == year) & data["month"].isin(months) & ((data["third"] == third) if third is not None else True)
            data.loc[bad & (file == name), column] = np.nan
        for file, year in BALANCED:
            own = (data["year"] == year) & (file == name)
            data.loc[own, "inflow"] = balance_inflow(data)[own]
        for (year, month), part in data.groupby(["year", "month"]):
            after = date(year + month // 12, month % 12 + 1, 1)
            for column, place in (("inflow", inflow), ("outflow", release)):
                if part[column].notna().all():
                    rows.append((place, "flow", f"{year}-{month:02d}", round(mean_of_month(part[column], year, month), 2), "m3/s", "bwo"))
            if np.isfinite(part["storage"].iloc[-1]):
                rows.append((body, "storage", after.isoformat(), round(part["storage"].iloc[-1] / 1e6, 1), "hm3", "bwo"))
    return rows


def main() -> None:
    """Read what is there and write one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--months", type=Path)
    parser.add_argument("--canals", type=Path)
    parser.add_argument("--dekads", type=Path)
    given = parser.parse_args()
    readers = ((given.dekads, dekads), (given.months, monthly), (given.canals, canals))
    rows = [row for path, read in readers if path is not None for row in read(path)]
    if given.dekads is not None and given.months is not None:
        rows += kokbulak(given.dekads, rows)
    pd.DataFrame(rows, columns=COLUMNS).to_csv(given.out, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
