"""Small files of each format of the field, made where a test runs: two stations, daily flows in April 2026."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

if TYPE_CHECKING:
    from pathlib import Path

#: places as the files call them, and what flows there each day, m3/s
FLOWS = {"UPPER": [10.0, 11.0, 12.0, 13.0], "LOWER": [20.0, 21.0, 22.0, 23.0]}
DAYS = pd.date_range("2026-04-01", periods=4)
#: the names that a basin has for them
NAMES = {"naryn": ["Нарын", "UPPER"], "chirchik": ["Чирчик", "LOWER"]}


def pi_xml(path: Path, kind: str = "mean", step: str = 'unit="day" multiplier="1"', extra: str = "", events: str = "") -> Path:
    """PI-XML as Delft-FEWS exports it, a mean of a day stamped at the day's end."""
    parts = []
    for place, values in FLOWS.items():
        stamps = DAYS + pd.Timedelta(days=1 if kind != "instantaneous" else 0)
        rows = events or "".join(
            f'<event date="{day:%Y-%m-%d}" time="00:00:00" value="{value}" flag="0"/>' for day, value in zip(stamps, values, strict=True)
        )
        parts.append(
            f"<series><header><type>{kind}</type><locationId>{place}</locationId><parameterId>Q.sim</parameterId>{extra}"
            f"<timeStep {step}/><missVal>-999.0</missVal><units>m3/s</units></header>{rows}</series>"
        )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><TimeSeries xmlns="http://www.wldelft.nl/fews/PI" version="1.2"><timeZone>0.0</timeZone>'
        + "".join(parts) + "</TimeSeries>", encoding="utf-8",
    )  # fmt: skip
    return path


def glofas(path: Path) -> Path:
    """A cut of GloFAS: the mean of the 24 hours before each valid time, by cell."""
    latitude, longitude = [41.15, 41.05], [72.05, 72.15]
    values = np.zeros((4, 2, 2), dtype=np.float32)
    values[:, 0, 0], values[:, 1, 1] = FLOWS["UPPER"], FLOWS["LOWER"]
    coords = {"valid_time": DAYS + pd.Timedelta(days=1), "latitude": latitude, "longitude": longitude}
    flow = xr.DataArray(values, coords, ("valid_time", "latitude", "longitude"), name="dis24")
    flow.attrs = {"units": "m**3 s**-1", "long_name": "Mean discharge in the last 24 hours"}
    flow.to_dataset().to_netcdf(path, engine="h5netcdf")
    return path


def stations(path: Path, bounds: bool = False) -> Path:
    """NetCDF of stations with names and dimensions of its own."""
    values = np.array(list(FLOWS.values())).T
    data = xr.Dataset(
        {"Qsim": (("t", "gauge"), values, {"units": "m3 s-1"}), "rain": (("t", "gauge"), values, {"units": "mm"})},
        {"t": DAYS, "gauge_name": ("gauge", list(FLOWS), {"cf_role": "timeseries_id"})},
    )
    if bounds:
        data["t_bounds"] = (("t", "two"), np.stack([DAYS, DAYS + pd.Timedelta(days=1)], axis=1))
        data["t"].attrs["bounds"] = "t_bounds"
        data["t"].encoding = {"units": "days since 2026-01-01", "dtype": "int64"}
    data.to_netcdf(path, engine="h5netcdf")
    return path


def sapphire(path: Path, issued: list[str], column: str = "decad_in_month", models: tuple[str, ...] = ("LR",)) -> Path:
    """Forecasts as SAPPHIRE writes them: a row a station, issue and model."""
    rows = [f"date,code,predictor,{column},slope,intercept,forecasted_discharge,model_long,model_short,Q5,Q95"]
    for at, day in enumerate(issued):
        for place, values in FLOWS.items():
            rows += [
                f"{day},{place},1.0,1,0.5,0.1,{values[at] + 100 * number},Long {model},{model},1,99" for number, model in enumerate(models)
            ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def caravan(folder: Path, place: str = "camels_01013500") -> Path:
    """A station of Caravan, with the attributes that it keeps beside: 86.4 km2, so that 1 mm a day is 1 m3/s."""
    home = folder / "timeseries" / "csv" / "camels"
    home.mkdir(parents=True)
    (folder / "attributes" / "camels").mkdir(parents=True)
    (folder / "attributes" / "camels" / "attributes_other_camels.csv").write_text(
        f"gauge_id,gauge_lat,gauge_lon,gauge_name,country,area\n{place},47,-68,A,B,86.4\n"
    )
    rows = [f"{day:%Y-%m-%d},0.1,{value}" for day, value in zip(DAYS, FLOWS["UPPER"], strict=True)]
    path = home / f"{place}.csv"
    path.write_text("date,total_precipitation_sum,streamflow\n" + "\n".join(rows) + "\n")
    return path


def parquet(path: Path) -> Path:
    """A long table of Parquet with the own columns."""
    rows = [(place, day, value) for place, values in FLOWS.items() for day, value in zip(DAYS, values, strict=True)]
    pd.DataFrame(rows, columns=["node", "time", "runoff_m3s"]).to_parquet(path, index=False)
    return path
