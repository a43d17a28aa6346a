"""Water entering a basin: CSV and NetCDF say the same, and steps keep every month's volume."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from waterdeal.basin.hydrology import mean_step_rates, step_volumes
from waterdeal.basin.read import read_basin
from waterdeal.calendar import StepKind, make_steps
from waterdeal.errors import BasinDataError
from waterdeal.scenario.locate import bundled_folder
from waterdeal.units import HM3_PER_CUMEC_DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from waterdeal.basin.schema import Basin

RATES = st.lists(st.floats(0, 5000), min_size=12, max_size=12)


@given(rates=RATES, year=st.sampled_from([2024, 2025, 2026]), kind=st.sampled_from(list(StepKind)))
def test_steps_keep_each_month(rates: list[float], year: int, kind: StepKind) -> None:
    """The steps of a month add up to its rate times its days, and none is negative."""
    steps = make_steps(date(year, 1, 1), date(year + 1, 1, 1), kind)
    volumes = step_volumes(np.array([rates]), steps)[0]
    assert (volumes >= 0).all()
    for month in range(1, 13):
        inside = np.array([step.start.month == month for step in steps])
        days = sum(step.days for step in steps if step.start.month == month)
        assert volumes[inside].sum() == pytest.approx(rates[month - 1] * days * HM3_PER_CUMEC_DAY, abs=1e-6, rel=1e-10)


def test_steady_flow_stays_steady() -> None:
    """A constant rate gives each step its days."""
    steps = make_steps(date(2025, 10, 1), date(2026, 4, 1), StepKind.MONTH) + make_steps(
        date(2026, 4, 1), date(2026, 10, 1), StepKind.DEKAD
    )
    days = np.array([step.days for step in steps])
    assert step_volumes(np.full((1, 12), 100.0), steps)[0] == pytest.approx(100 * days * HM3_PER_CUMEC_DAY, rel=1e-10)
    assert mean_step_rates(np.full((1, 12), 100.0), steps)[0] == pytest.approx(np.full(len(steps), 100.0))


def test_dekads_rise_smoothly() -> None:
    """Between a low and a high month dekads rise one after another."""
    rates = np.array([[10, 10, 10, 100, 200, 300, 300, 200, 100, 50, 20, 10]], dtype=float)
    volumes = step_volumes(rates, make_steps(date(2026, 4, 1), date(2026, 6, 1), StepKind.DEKAD))[0]
    assert (np.diff(volumes[:5]) > 0).all()


def netcdf_folder(tmp_path: Path, basin: Basin, edit: Callable[[xr.DataArray], xr.DataArray]) -> Path:
    """Copy the bundled basin with its runoff as NetCDF, changed by `edit`."""
    folder = Path(shutil.copytree(bundled_folder("data") / "syrdarya", tmp_path / "river"))
    (folder / "hydrology.csv").unlink()
    header = folder / "basin.toml"
    header.write_text(header.read_text(encoding="utf-8").replace("hydrology.csv", "hydrology.nc"), encoding="utf-8")
    edit(basin.runoff.copy()).rename("runoff").to_dataset().to_netcdf(folder / "hydrology.nc", engine="h5netcdf")
    return folder


def test_netcdf_says_what_csv_says(tmp_path: Path, syrdarya: Basin) -> None:
    """The same rates by either door, whatever the order of dims."""
    folder = netcdf_folder(tmp_path, syrdarya, lambda runoff: runoff.transpose("month", "node", "year_class"))
    xr.testing.assert_equal(read_basin(folder).runoff, syrdarya.runoff)


def test_netcdf_months_go_by_their_number(tmp_path: Path, syrdarya: Basin) -> None:
    """A file that starts with October says the same as one that starts with January."""
    folder = netcdf_folder(tmp_path, syrdarya, lambda runoff: runoff.roll(month=3, roll_coords=True))
    xr.testing.assert_equal(read_basin(folder).runoff, syrdarya.runoff)


def with_gap(runoff: xr.DataArray) -> xr.DataArray:
    """Lose one value."""
    runoff.values[0, 0, 4] = np.nan
    return runoff


def negative(runoff: xr.DataArray) -> xr.DataArray:
    """Turn one value round."""
    runoff.values[0, 0, 4] *= -1
    return runoff


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda runoff: runoff.assign_attrs(units="mm"), 'unit "mm" is not a volume per time'),
        (lambda runoff: runoff.drop_attrs(), 'unit "" is not a volume per time'),
        (lambda runoff: runoff.isel(month=0, drop=True), "dims are node, year_class"),
        (lambda runoff: runoff.rename(node="place"), "dims are place, year_class, month"),
        (with_gap, "naryn_source, exceeded_05 has no value in month 5"),
        (negative, "naryn_source, exceeded_05 is negative"),
        (lambda runoff: runoff.isel(month=slice(0, 11)), "month"),
        (lambda runoff: runoff.assign_coords(node=["nowhere", *runoff["node"].values[1:]]), '"nowhere" is not a node'),
    ],
)
def test_netcdf_faults(tmp_path: Path, syrdarya: Basin, edit: Callable[[xr.DataArray], xr.DataArray], words: str) -> None:
    """A NetCDF with a wrong unit, wrong dims, gaps or strangers is refused with the reason."""
    folder = netcdf_folder(tmp_path, syrdarya, edit)
    with pytest.raises(BasinDataError) as caught:
        read_basin(folder)
    assert any(words in problem.found for problem in caught.value.problems)


@pytest.mark.parametrize("content", [b"", b"not netcdf", b"\x89HDF\r\n\x1a\n" + b"\0" * 100])
def test_netcdf_damaged(tmp_path: Path, syrdarya: Basin, content: bytes) -> None:
    """A damaged file is a problem of the basin, not a crash."""
    folder = netcdf_folder(tmp_path, syrdarya, lambda runoff: runoff)
    (folder / "hydrology.nc").write_bytes(content)
    with pytest.raises(BasinDataError, match=r"hydrology\.nc"):
        read_basin(folder)
