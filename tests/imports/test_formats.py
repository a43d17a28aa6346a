"""Formats of the field: each gives the figures of its file at its places and times, tells what it took for granted, and goes there and back."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tests.imports import made
from tests.imports.made import DAYS, FLOWS, NAMES
from tests.thorough import diagonal
from waterdeal.errors import FileProblem, ScenarioError
from waterdeal.imports import dss, formats
from waterdeal.imports.actual import read_actual
from waterdeal.imports.lines import Line, Read, Wanted
from waterdeal.imports.rates import read_rates
from waterdeal.scenario.series import read_series, series_files

if TYPE_CHECKING:
    from pathlib import Path

BY_NODE = {"naryn": FLOWS["UPPER"], "chirchik": FLOWS["LOWER"]}
POINTS = {"naryn": (41.14, 72.06), "chirchik": (41.06, 72.14)}


def read(path: Path, stamp: str = "", names: Any = NAMES, **wanted: Any) -> xr.DataArray:
    """Read rates by node and time."""
    return read_rates(path, ("node", "time"), "", names, stamp, Wanted(**wanted))


def keys(series: xr.DataArray) -> set[str]:
    """Keys of what was told."""
    return {getattr(getattr(one, "why", one), "key", "") for one in series.attrs["told"]}


def is_daily(series: xr.DataArray) -> bool:
    """Tell whether a series is the flows of the two stations, a day each."""
    by_node = {str(node): series.sel(node=node).values.tolist() for node in series["node"].values}
    days = (series["time"].values == DAYS.to_numpy()).all() and (series["until"].values == (DAYS + pd.Timedelta(days=1)).to_numpy()).all()
    return by_node == BY_NODE and bool(days)


def refused(path: Path, **given: Any) -> str:
    """Key of the sentence with which a file is refused."""
    with pytest.raises(ScenarioError) as error:
        read(path, **given)
    return str(getattr(error.value.problems[0].found, "key", error.value.problems[0].found))


@pytest.mark.parametrize("form", ["pi_xml", "glofas", "stations", "parquet", "zarr", "dss"])
def test_each_gives_the_figures_of_its_file(tmp_path: Path, form: str) -> None:
    """The same flows by node and day from every format; the rule of its times is told."""
    if form == "zarr":
        xr.open_dataset(made.stations(tmp_path / "a.nc", bounds=True)).to_zarr(tmp_path / "a.zarr", zarr_format=2)
        assert is_daily(read(tmp_path / "a.zarr"))
    elif form == "glofas":
        found = read(made.glofas(tmp_path / "a.nc"), points=POINTS)
        assert is_daily(found)
        assert keys(found) == {"imports.grid_cell", "imports.read_end"}
    elif form == "dss":
        pytest.importorskip("hecdss")
        start = read(made.pi_xml(tmp_path / "a.xml"), names=None)
        (tmp_path / "a.dss").write_bytes(series_files(start, tmp_path / "a.dss")[""])
        found = read(tmp_path / "a.dss")
        assert is_daily(found)
        assert "imports.read_end" in keys(found)
    else:
        path = {"pi_xml": "a.xml", "stations": "a.nc", "parquet": "a.parquet"}[form]
        found = read(getattr(made, form)(tmp_path / path), "start" if form == "stations" else "")
        assert is_daily(found)


def test_times_of_pi_xml(tmp_path: Path) -> None:
    """A mean stands at the end of its period, a sample where it was taken; a stamp told otherwise than the rule is refused."""
    assert "imports.read_end" in keys(read(made.pi_xml(tmp_path / "a.xml")))
    assert refused(tmp_path / "a.xml", stamp="start") == "imports.stamp_contradicts"
    sampled = read(made.pi_xml(tmp_path / "b.xml", "instantaneous"))
    assert is_daily(sampled)
    assert {"imports.stamps_start", "imports.zone"} <= keys(sampled)
    events = '<event date="2026-05-01" time="00:00:00" value="5"/><event date="2026-05-11" time="00:00:00" value="7"/>'
    dekads = read(made.pi_xml(tmp_path / "c.xml", step='unit="nonequidistant"', events=events))
    assert [str(day)[:10] for day in dekads["time"].values] == ["2026-04-21", "2026-05-01"]
    assert str(dekads["until"].values[-1])[:10] == "2026-05-11"


def test_gaps_of_pi_xml(tmp_path: Path) -> None:
    """What the header calls missing and what is flagged so is no value; what is unreliable is counted."""
    events = (
        '<event date="2026-04-02" time="00:00:00" value="-999.0"/><event date="2026-04-03" time="00:00:00" value="4" flag="9"/>'
        '<event date="2026-04-04" time="00:00:00" value="6" flag="6"/>'
    )
    found = read(made.pi_xml(tmp_path / "a.xml", events=events))
    assert np.isnan(found.values[:, :2]).all()
    assert found.values[:, 2].tolist() == [6.0, 6.0]
    assert "imports.unreliable" in keys(found)


def test_members_are_chosen_or_all_taken(tmp_path: Path) -> None:
    """An ensemble is refused where one series is asked for, until a member is named; as traces all are taken."""
    path = made.pi_xml(tmp_path / "a.xml", extra="<ensembleId>E</ensembleId><ensembleMemberIndex>0</ensembleMemberIndex>")
    other = made.pi_xml(tmp_path / "b.xml", extra="<ensembleId>E</ensembleId><ensembleMemberIndex>1</ensembleMemberIndex>").read_text()
    path.write_text(path.read_text().replace("</TimeSeries>", other[other.index("<series>") :]), encoding="utf-8")
    assert refused(path) == "imports.series_members"
    assert is_daily(read(path, where={"member": "1"}))
    traces = read_rates(path, ("trace", "node", "time"), "", NAMES)
    assert traces.sizes == {"trace": 2, "node": 2, "time": 4}
    assert refused(path, where={"member": "7"}) == "imports.series_label"


def test_entities_are_refused_whatever_the_encoding(tmp_path: Path) -> None:
    """A billion laughs in UTF-8 or UTF-16 is not expanded."""
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]><TimeSeries><series>&b;</series></TimeSeries>'
    for encoding in ("utf-8", "utf-16"):
        (tmp_path / "a.xml").write_bytes(bomb.encode(encoding))
        with pytest.raises(FileProblem) as error:
            read(tmp_path / "a.xml")
        assert getattr(error.value.args[0], "key", "") == "imports.entities"


def test_a_grid_needs_points_within_it(tmp_path: Path) -> None:
    """A grid without points is refused, and so is a point beyond it; longitudes of the other count are the same."""
    path = made.glofas(tmp_path / "a.nc")
    assert refused(path) == "imports.grid_points"
    assert refused(path, points={"naryn": (45.0, 72.06)}) == "imports.grid_beyond"
    assert refused(path, points=POINTS, variable="dis06") == "imports.series_variable"


def test_dimensions_have_any_name(tmp_path: Path) -> None:
    """The flow, its times and places are found by units and roles, or named; bounds say when values hold."""
    bounded = made.stations(tmp_path / "a.nc", bounds=True)
    assert is_daily(read(bounded))
    assert is_daily(read(bounded, variable="Qsim", time="t", node="gauge_name"))
    assert refused(bounded, time="when") == "imports.grid_dimension"
    assert refused(bounded, variable="rain") == "imports.series_no_flow"


@pytest.mark.parametrize("called", diagonal(["text", "bytes", "number", "float", "beside"], "text", "number"))
@pytest.mark.parametrize("variable", diagonal(["runoff", "Q"], "Q"))
def test_one_station_alone_keeps_its_name(tmp_path: Path, called: str, variable: str) -> None:
    """By a text, a number or an alias, as a coordinate or beside it, in the own form and in others; its volumes become rates."""
    label = {"text": "naryn", "bytes": b"naryn", "number": 2917100, "float": 2917100.0, "beside": 0}[called]
    times = pd.date_range("2026-04-01", periods=3, freq="MS")
    flow = xr.DataArray([[30.0, 31.0, 30.0]], {"node": [label], "time": times}, ("node", "time"), attrs={"units": "hm3"})
    whole = flow.to_dataset(name=variable).assign({"station_name": ("node", ["naryn"])} if called == "beside" else {})
    whole.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    found = read(tmp_path / "a.nc", "start", {"naryn": ("naryn", "2917100")})
    assert found.sel(node="naryn").values.tolist() == pytest.approx([1 / 0.0864] * 3)


@pytest.mark.parametrize("given", diagonal([{"unit": "hm3"}, {"unit": "hm3", "variable": "inflow"}, {"unit": "m3/s"}], {"unit": "hm3", "variable": "inflow"}))
def test_a_unit_of_a_mapping_counts_as_that_of_a_file(tmp_path: Path, given: dict[str, str]) -> None:
    """Of a volume the rate follows, as where the file states it."""
    times = pd.date_range("2026-04-01", periods=2, freq="MS")
    flow = xr.DataArray([[30.0, 31.0]], {"node": ["naryn"], "time": times}, ("node", "time"), name="inflow")
    flow.to_dataset().to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    rates = [1 / 0.0864] * 2 if given["unit"] == "hm3" else [30, 31]
    assert read(tmp_path / "a.nc", "start", **given).sel(node="naryn").values.tolist() == pytest.approx(rates)


def test_forecasts_hold_from_the_day_after_their_issue(tmp_path: Path) -> None:
    """A dekad or pentad begins the day after its issue and ends with it; two models are two series until one is named."""
    found = read(made.sapphire(tmp_path / "a.csv", ["2026-03-31", "2026-04-10", "2026-04-20"]))
    assert [str(day)[:10] for day in found["time"].values] == ["2026-04-01", "2026-04-11", "2026-04-21"]
    assert str(found["until"].values[-1])[:10] == "2026-05-01"
    assert found.sel(node="naryn").values.tolist() == [10.0, 11.0, 12.0]
    pentads = read(made.sapphire(tmp_path / "b.csv", ["2026-04-20", "2026-04-25"], "pentad_in_month"))
    assert [str(day)[:10] for day in pentads["until"].values] == ["2026-04-26", "2026-05-01"]
    both = made.sapphire(tmp_path / "c.csv", ["2026-03-31"], models=("LR", "TFT"))
    assert refused(both) == "imports.series_several"
    assert read(both, where={"model_short": "TFT"}).sel(node="naryn").item() == 110.0
    assert read(both, where={"model_short": "TFT"}, variable="Q95").sel(node="naryn").item() == 99.0
    assert refused(made.sapphire(tmp_path / "d.csv", ["2026-04-12"])) == "imports.sapphire_day"
    assert refused(made.sapphire(tmp_path / "e.csv", ["2026-04-10"], "horizon")) == "imports.sapphire_either"


def test_depths_need_an_area(tmp_path: Path) -> None:
    """Caravan has depths: the area of the attributes makes rates of them, or that of a mapping; a scenario reads nothing beside its file."""
    path = made.caravan(tmp_path)
    found = read_series(path)
    assert found.values.tolist() == [pytest.approx(FLOWS["UPPER"])]
    assert "imports.area_beside" in keys(found)
    names = {"naryn": ["camels_01013500"]}
    assert refused(path, names=names) == "imports.series_area"
    assert read(path, names=names, area={"naryn": 172.8}).values.tolist() == [pytest.approx([2 * flow for flow in FLOWS["UPPER"]])]


def test_stations_of_camels(tmp_path: Path) -> None:
    """CAMELS of Great Britain has rates, that of the United States cubic feet and its own rows."""
    table = tmp_path / "CAMELS_GB_hydromet_timeseries_39001_19701001-20150930.csv"
    table.write_text("date,precipitation,discharge_spec,discharge_vol\n1970-10-01,1,9,25.5\n1970-10-02,0,8,NaN\n")
    found = read(table, names={"naryn": ["39001"]})
    assert found.values[0, 0] == 25.5
    assert np.isnan(found.values[0, 1])
    rows = tmp_path / "01013500_streamflow_qc.txt"
    rows.write_text("01013500 1980 01 01   655.00 A\n01013500 1980 01 02  -999.00 M\n")
    found = read(rows, names={"naryn": ["01013500"]})
    assert found.values[0, 0] == pytest.approx(655 * 0.028316846592)
    assert np.isnan(found.values[0, 1])


def test_what_is_not_known_is_told_or_refused(tmp_path: Path) -> None:
    """An unknown place beside a known one is told with the nearest name; where none is known, or no unit is said, the file is refused."""
    path = made.pi_xml(tmp_path / "a.xml")
    found = read(path, names={"naryn": ["UPPER"]})
    assert found["node"].values.tolist() == ["naryn"]
    assert "imports.series_unknown" in keys(found)
    assert refused(path, names={"other": ["Elsewhere"]}) == "imports.series_nowhere"
    path.write_text(path.read_text().replace("<units>m3/s</units>", ""), encoding="utf-8")
    assert refused(path) == "imports.series_unit"
    assert is_daily(read(path, unit="m3/s"))


def test_names_of_a_mapping(tmp_path: Path) -> None:
    """A node is found by the name that a mapping gives it in the file; a name that is not there is refused."""
    path = made.pi_xml(tmp_path / "a.xml")
    bare = {"naryn": ["naryn"], "chirchik": ["chirchik"]}
    found = read_rates(path, ("node", "time"), "", bare, "", Wanted(names={"naryn": "UPPER", "chirchik": "LOWER"}))
    assert is_daily(found)
    with pytest.raises(ScenarioError, match="MIDDLE"):
        read_rates(path, ("node", "time"), "", bare, "", Wanted(names={"naryn": "MIDDLE"}))


@pytest.mark.parametrize("suffix", [".csv", ".nc", ".zarr", ".parquet", ".xml", ".dss"])
@pytest.mark.parametrize("steps", diagonal(["days", "dekads"], "dekads"))
def test_there_and_back(tmp_path: Path, suffix: str, steps: str) -> None:
    """A series written and read is the same to the last figure that a format holds, times and ends too; a gap stays a gap."""
    starts = DAYS if steps == "days" else pd.DatetimeIndex(["2026-04-01", "2026-04-11", "2026-04-21", "2026-05-01"])
    ends = DAYS + pd.Timedelta(days=1) if steps == "days" else pd.DatetimeIndex([*starts[1:], pd.Timestamp("2026-05-11")])
    values = np.array([FLOWS["UPPER"], [20.125, np.nan, 1 / 3, 23.0]])
    series = xr.DataArray(values, {"node": ["naryn", "chirchik"], "time": starts, "until": ("time", ends)}, ("node", "time"))
    path = tmp_path / f"a{suffix}"
    for name, content in series_files(series, path).items():
        file = path / name if name else path
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_bytes(content)
    again = read(path, "" if suffix in {".nc", ".zarr", ".xml", ".dss"} else "start")
    again = again.sel(node=["naryn", "chirchik"])
    np.testing.assert_allclose(again.values, values, rtol=1e-11)
    assert (again["time"].values == starts.to_numpy()).all()
    assert (again["until"].values == ends.to_numpy()).all()


@pytest.mark.parametrize(("name", "head", "extra"), [("a.dss", b"ZDSS", "dss"), ("a.nc", b"CDF\x01", "classic")])
def test_what_is_missing_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, head: bytes, extra: str) -> None:
    """A library that is not installed is named by the extra that brings it."""
    monkeypatch.setattr(formats, "find_spec", lambda _name: None)
    (tmp_path / name).write_bytes(head + bytes(100))
    with pytest.raises(FileProblem, match=rf'pip install "waterdeal\[{extra}\]"'):
        read(tmp_path / name)


def test_damaged_and_huge_dss_is_refused(tmp_path: Path) -> None:
    """What only looks like DSS, and what is larger than the bound, is refused in words; the file of 2 GB is not read."""
    pytest.importorskip("hecdss")
    for content in (b"ZDSS" + bytes(4_000), b"no such file"):
        (tmp_path / "a.dss").write_bytes(content)
        with pytest.raises((FileProblem, ScenarioError)):
            read(tmp_path / "a.dss")
    with (tmp_path / "b.dss").open("wb") as file:
        file.write(b"ZDSS")
        file.truncate(2_000_000_000)
    with pytest.raises(FileProblem) as error:
        dss.read(tmp_path / "b.dss", Wanted())
    assert getattr(error.value.args[0], "key", "") == "imports.file_large"


def test_codecs_that_run_code_are_refused(tmp_path: Path) -> None:
    """A store whose description names pickle is not decoded, as a folder or zipped; one that unpacks beyond measure is not unpacked."""
    store = tmp_path / "a.zarr"
    xr.open_dataset(made.stations(tmp_path / "a.nc")).to_zarr(store, zarr_format=2, consolidated=False)
    about = json.loads((store / "Qsim" / ".zarray").read_text())
    (store / "Qsim" / ".zarray").write_text(json.dumps({**about, "filters": [{"id": "pickle", "protocol": 5}]}))
    with zipfile.ZipFile(tmp_path / "b.zarr.zip", "w") as archive:
        for file in store.rglob("*"):
            archive.write(file, f"a.zarr/{file.relative_to(store)}")
    for path in (store, tmp_path / "b.zarr.zip"):
        with pytest.raises(FileProblem, match="pickle"):
            read(path)


@pytest.mark.parametrize("shape", ["by step", "by period of forecast", "by time of GRIB"])
def test_forecasts_of_glofas(tmp_path: Path, shape: str) -> None:
    """A forecast has members and steps from its issue, or a time beside each valid time: each day is the one before its valid time."""
    whole = xr.open_dataset(made.glofas(tmp_path / "a.nc"))
    ends = whole["valid_time"].values
    steps = np.arange(1, 5) * np.timedelta64(1, "D").astype("timedelta64[ns]")
    flow = whole["dis24"].rename(valid_time="step").drop_vars("step").assign_coords(step=steps, valid_time=("step", ends))
    if shape == "by time of GRIB":
        flow = flow.drop_vars(["step"]).rename(step="time").assign_coords(time=DAYS, valid_time=("time", ends), step=steps[0])
    else:
        flow = xr.concat([flow, flow + 1], "number").assign_coords(number=[0, 1], time=DAYS[0])
    if shape == "by period of forecast":
        flow = flow.rename(step="forecast_period").drop_vars("time").expand_dims(forecast_reference_time=[DAYS[0]])
        flow = flow.assign_coords(valid_time=(("forecast_reference_time", "forecast_period"), ends[None, :]))
    flow.to_dataset(name="dis24").to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    if shape == "by time of GRIB":
        assert is_daily(read(tmp_path / "b.nc", points=POINTS))
        return
    assert refused(tmp_path / "b.nc", points=POINTS) == "imports.series_members"
    assert is_daily(read(tmp_path / "b.nc", points=POINTS, where={"number": "0"}))
    traces = read_rates(tmp_path / "b.nc", ("trace", "node", "time"), "", NAMES, "", Wanted(points=POINTS))
    assert (traces.sel(trace="1").values - traces.sel(trace="0").values == 1).all()


@pytest.mark.parametrize("form", ["days", "hours", "storage", "sapphire", "dss"])
def test_what_was_measured_is_read_from_them_too(tmp_path: Path, form: str) -> None:
    """A file of a format is a table of actual data as any: days as they are, hours as the mean of their day, a storage as it stands."""
    if form == "hours":
        moments = pd.date_range("2026-04-01", periods=48, freq="h") + pd.Timedelta(hours=1)
        events = "".join(f'<event date="{at:%Y-%m-%d}" time="{at:%H:%M:%S}" value="{10 + at.hour % 2}"/>' for at in moments)
        path = made.pi_xml(tmp_path / "a.xml", step='unit="hour" multiplier="1"', events=events)
    elif form == "storage":
        path = made.pi_xml(tmp_path / "a.xml", "instantaneous")
        path.write_text(path.read_text().replace("m3/s", "hm3"), encoding="utf-8")
    elif form == "sapphire":
        path = made.sapphire(tmp_path / "a.csv", ["2026-03-31", "2026-04-10"])
    else:
        path = made.pi_xml(tmp_path / "a.xml")
        if form == "dss":
            (tmp_path / "a.dss").write_bytes(series_files(read(path, names=None), tmp_path / "a.dss")[""])
            path = tmp_path / "a.dss"
    reservoirs = ["naryn", "chirchik"] if form == "storage" else []
    readings = read_actual(path, NAMES, reservoirs=reservoirs).readings
    rows = readings[readings["place"] == "naryn"]
    due = {"hours": [10.5, 10.5], "sapphire": [10.0, 11.0]}.get(form, FLOWS["UPPER"])
    assert rows["value"].tolist() == due
    assert set(rows["quantity"]) == {"storage" if form == "storage" else "flow"}
    last = {"sapphire": "2026-04-21", "hours": "2026-04-03"}.get(form, "2026-04-05")
    assert [str(day)[:10] for day in (rows["start"].iloc[0], rows["end"].iloc[-1])] == ["2026-04-01", last]


class Toy:
    """A format of one's own: a place, a day and a rate a line."""

    KIND, ENDINGS, NEEDS = "TOY", (".toy",), ""

    @staticmethod
    def fits(_path: Path, head: bytes) -> bool:
        """By how it begins."""
        return head.startswith(b"%TOY")

    @staticmethod
    def read(path: Path, _wanted: Wanted) -> Read:
        """Each line is a series of a day."""
        rows = [row.split() for row in path.read_text().splitlines()[1:]]
        days = [np.array([day], dtype="datetime64[ns]") for _, day, _ in rows]
        lines = [
            Line((place,), "q", "l/s", at, np.array([float(rate)]), at + np.timedelta64(1, "D"))
            for (place, _, rate), at in zip(rows, days, strict=True)
        ]
        return Read("TOY", lines, "start")


def test_a_format_needs_its_module_and_its_place_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a module gives is read as a series and as what was measured; places, units and days are found as for any other."""
    monkeypatch.setattr(formats, "FORMATS", (Toy(),))
    (tmp_path / "a.toy").write_text("%TOY\nНарын 2026-04-01 5000\nНарын 2026-04-02 7000\n", encoding="utf-8")
    assert read(tmp_path / "a.toy").sel(node="naryn").values.tolist() == [5.0, 7.0]
    assert read_actual(tmp_path / "a.toy", NAMES).readings["value"].tolist() == [5.0, 7.0]
