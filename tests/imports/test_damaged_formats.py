"""Files of the field's formats damaged by a seed: read as they were, told, or refused in words; never a traceback, never a figure that was not there."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tests.imports import made
from tests.imports.made import FLOWS, NAMES
from tests.imports.workbooks import write_book
from tests.thorough import THOROUGH
from waterdeal.errors import FileProblem, InputError
from waterdeal.imports.lines import Wanted
from waterdeal.imports.rates import read_rates

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POINTS = {"naryn": (41.15, 72.05), "chirchik": (41.05, 72.15)}
SAPPHIRE = ["2026-03-31", "2026-04-10", "2026-04-20", "2026-04-30"]
MAKERS: dict[str, Callable[[Path], Path]] = {
    "xml": lambda folder: made.pi_xml(folder / "a.xml"),
    "nc": lambda folder: made.glofas(folder / "a.nc"),
    "parquet": lambda folder: made.parquet(folder / "a.parquet"),
    "csv": lambda folder: made.sapphire(folder / "a.csv", SAPPHIRE),
    "dss": lambda folder: _dss(folder / "a.dss"),
    "zarr": lambda folder: _zarr(folder / "a.zarr"),
}
#: forms whose text is as good as its figures: another figure in the file is another reading
TEXTS = ("xml", "csv")


def _dss(path: Path) -> Path:
    """The two stations as HEC-DSS."""
    from waterdeal.imports.formats import lines_bytes
    from waterdeal.imports.lines import Line

    days = made.DAYS.to_numpy().astype("datetime64[ns]")
    lines = [Line((place,), "FLOW", "m3/s", days, np.array(values), days + np.timedelta64(1, "D")) for place, values in FLOWS.items()]
    path.write_bytes(lines_bytes(lines, ".dss", path.name))
    return path


def _zarr(path: Path) -> Path:
    """The two stations as Zarr."""
    xr.open_dataset(made.stations(path.with_suffix(".nc"), bounds=True)).to_zarr(path, zarr_format=2, consolidated=False)
    return path


def damage(raw: bytes, dice: random.Random) -> bytes:
    """Cut a file off, or change, drop or double some of its bytes."""
    at = dice.randrange(len(raw))
    match dice.randrange(4):
        case 0:
            return raw[:at]
        case 1:
            return raw[:at] + bytes(dice.randrange(256) for _ in range(dice.randrange(1, 9))) + raw[at + 4 :]
        case 2:
            return raw[:at] + raw[at + dice.randrange(1, 40) :]
    return raw[:at] + raw[at : at + dice.randrange(1, 200)] + raw[at:]


def read(path: Path) -> xr.DataArray:
    """Read rates by node and time."""
    points = POINTS if path.suffix == ".nc" else {}
    return read_rates(path, ("node", "time"), "", NAMES, "", Wanted(points=points))


@pytest.mark.parametrize("seed", range(60 if THOROUGH else 1))
@pytest.mark.parametrize("form", MAKERS)
def test_a_damaged_file(tmp_path: Path, form: str, seed: int) -> None:
    """It is read, or refused in words; figures that are read are finite or gaps."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    path = MAKERS[form](tmp_path)
    file = path if path.is_file() else dice.choice(sorted(part for part in path.rglob("*") if part.is_file()))
    file.write_bytes(damage(file.read_bytes(), dice))
    with suppress(InputError, FileProblem):
        found = read(path)
        assert not np.isinf(found.values).any()
        assert set(found["node"].values.tolist()) <= set(NAMES) or form == "parquet"


def test_types_of_netcdf_that_hold_objects(tmp_path: Path) -> None:
    """Flows that are texts, compounds, references or of any length are refused in words, and nothing they hold is looked up."""
    texts, kinds = np.array([["a", "b"]], dtype=object), {"texts": h5py.string_dtype(), "lengths": h5py.vlen_dtype(float), "refs": h5py.ref_dtype}
    kinds |= {"compounds": np.dtype([("a", float), ("b", int)])}
    for name, kind in kinds.items():
        path = tmp_path / f"{name}.nc"
        with h5py.File(path, "w") as file:
            flow = file.create_dataset("runoff", (1, 2), dtype=kind)
            if name == "texts":
                flow[:] = texts
            for dim, held in (("node", 1), ("time", 2)):
                scale = file.create_dataset(dim, data=np.arange(held, dtype=float))
                scale.make_scale(dim)
                flow.dims[int(dim == "time")].attach_scale(scale)
            file["time"].attrs["units"] = "days since 2026-01-01"
            flow.attrs["units"] = "m3 s-1"
        with pytest.raises((InputError, FileProblem)):
            read_rates(path, ("node", "time"), "", NAMES)


def test_a_file_that_leads_elsewhere_or_into_itself_is_refused(tmp_path: Path) -> None:
    """Figures in other files are not fetched, by whatever way a file names them; groups are followed so far and no farther."""
    (tmp_path / "other.bin").write_bytes(b"\0" * 16)
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["runoff"] = np.ones((1, 2))
    layout = h5py.VirtualLayout((1, 2), dtype="f8")
    layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "runoff", shape=(1, 2))

    def nest(file: h5py.File) -> None:
        file["a/b"] = h5py.SoftLink("/a")
        file["a/c"] = file["a"]

    ways: dict[str, tuple[str, Callable[[h5py.File], Any]]] = {
        "storage": ("other.bin", lambda file: file.create_dataset("runoff", (1, 2), "f8", external=[(tmp_path / "other.bin", 0, 16)])),
        "virtual": ("other.h5", lambda file: file.create_virtual_dataset("runoff", layout)),
        "link": ("other.h5", lambda file: file.__setitem__("runoff", h5py.ExternalLink(tmp_path / "other.h5", "/runoff"))),
        "circle": ("32 deep", nest),
    }
    for name, (words, make) in ways.items():
        with h5py.File(tmp_path / f"{name}.nc", "w") as file:
            make(file)
        with pytest.raises((InputError, FileProblem), match=words):
            read(tmp_path / f"{name}.nc")


def test_elements_nested_beyond_measure_are_refused(tmp_path: Path) -> None:
    """Before they fill memory."""
    (tmp_path / "a.xml").write_text('<TimeSeries xmlns="http://www.wldelft.nl/fews/PI">' + "<series>" * 100_000, encoding="utf-8")
    with pytest.raises(FileProblem, match="more than 32 deep"):
        read(tmp_path / "a.xml")


#: what each reader may take beyond the file itself, in MB, as the how-to of own series states it
BOUNDS = {"rows.xlsx": 150, "many.xml": 400, "sparse.dss": 100}
PEAK = """
import resource, sys
import h5py, openpyxl, pandas, xarray
from pathlib import Path
from waterdeal.errors import WaterdealError
from waterdeal.imports.rates import read_rates
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_rates(Path(sys.argv[1]), ("node", "time"), "", {"kal": ["kal"]})
except WaterdealError as error:
    print(str(error).splitlines()[-1], file=sys.stderr)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.thorough
@pytest.mark.parametrize("name", BOUNDS)
def test_hostile_files_are_read_within_memory(tmp_path: Path, name: str) -> None:
    """A million rows without figures, two million values in one series, 2 GB of nothing."""
    path = tmp_path / name
    if name == "rows.xlsx":
        whole = write_book(tmp_path / "whole.xlsx", {"A": [["m3/s", "2026-04"], ["kal", 1]]})
        rows = "".join(f'<row r="{row}"><c r="A{row}" s="0"/></row>' for row in range(3, 1_048_577))
        with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for part in source.namelist():
                target.writestr(part, source.read(part).replace(b"</sheetData>", rows.encode() + b"</sheetData>"))
    elif name == "many.xml":
        header = "<header><type>instantaneous</type><locationId>kal</locationId><parameterId>Q</parameterId><units>m3/s</units></header>"
        event = '<event date="2026-04-01" time="00:00:00" value="1"/>' * 2_000_000
        path.write_text(f'<TimeSeries xmlns="http://www.wldelft.nl/fews/PI"><series>{header}{event}</series></TimeSeries>', encoding="utf-8")
    else:
        with path.open("wb") as file:
            file.write(b"ZDSS" + bytes(12) + b"7-IQ")
            file.truncate(2_000_000_000)
    told = subprocess.run([sys.executable, "-c", PEAK, path], capture_output=True, text=True, check=True, timeout=600)
    assert int(told.stdout) < BOUNDS[name], told


def test_a_large_grid_is_refused_by_its_size(tmp_path: Path) -> None:
    """A file that would unpack beyond the bound is not unpacked."""
    path = tmp_path / "a.nc"
    with h5py.File(path, "w") as file:
        file.create_dataset("dis24", (2_000, 1_000, 1_000), dtype="f4", chunks=(100, 100, 100), compression="gzip")
    with pytest.raises((InputError, FileProblem)) as error:
        read(path)
    assert "MB" in str(error.value)


def test_a_store_of_another_kind_is_refused(tmp_path: Path) -> None:
    """A store without its figures, and one whose description is no JSON, are refused in words."""
    store = _zarr(tmp_path / "a.zarr")
    shutil.rmtree(store / "Qsim")
    with pytest.raises((InputError, FileProblem)):
        read(store)
    (store / ".zgroup").write_text("{")
    with pytest.raises(FileProblem):
        read(store)


def test_hours_of_parquet(tmp_path: Path) -> None:
    """Hours stand in a table of Parquet as they stand in CSV."""
    times: Any = pd.date_range("2026-04-01", periods=4, freq="6h")
    pd.DataFrame({"node": "naryn", "time": times, "runoff_m3s": [1.0, 2.0, None, 4.0]}).to_parquet(tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert (found["time"].values == times.to_numpy()).all()
    np.testing.assert_array_equal(found.values, [[1.0, 2.0, np.nan, 4.0]])
