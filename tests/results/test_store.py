"""Plans as files: what is read is what was written, and a folder is written whole or not at all."""

from __future__ import annotations

import io
import json
import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import xarray as xr

from tests.thorough import diagonal
from waterdeal.basin.origins import origins_of, origins_text
from waterdeal.errors import FileProblem
from waterdeal.results.absent import without_absent
from waterdeal.results.audit import audit
from waterdeal.results.disk import write_folder
from waterdeal.results.netcdf import netcdf_bytes, read_netcdf
from waterdeal.results.result import Result, open_result
from waterdeal.results.store import TIMES, read_results, to_bytes


@pytest.fixture(scope="module")
def plan(two_party_plan: xr.Dataset) -> xr.Dataset:
    """A plan with the attributes of a run."""
    return two_party_plan.assign_attrs(waterdeal_version="0", title="Пробный план — Сырдарья")


@pytest.mark.parametrize("name", diagonal(["plan.nc", "План на вегетацию 2026 г.nc", "Sirdaryo rejasi oʻrtacha.nc"], "План на вегетацию 2026 г.nc"))
def test_round_trip(tmp_path: Path, plan: xr.Dataset, name: str) -> None:
    """Every variable, coordinate and attribute comes back, whatever the name of file and folder."""
    folder = tmp_path / "Мои документы"
    folder.mkdir()
    again = open_result(Result(plan).save(folder / name)).dataset
    xr.testing.assert_equal(again, plan)
    assert {name: variable.dims for name, variable in again.variables.items()} == {
        name: variable.dims for name, variable in plan.variables.items()
    }
    assert {key: again.attrs[key] for key in ("title", "is_unique", "levels")} == {
        key: plan.attrs[key] for key in ("title", "is_unique", "levels")
    }
    for variable in plan.data_vars:
        assert again[variable].attrs["units"] == plan[variable].attrs["units"]
    assert audit(again).passed


def test_what_was_read_is_ones_own(tmp_path: Path, plan: xr.Dataset) -> None:
    """Nothing of how the file held a plan is carried along, or it would be written the slow way; nor does a change reach who reads again."""
    (tmp_path / "plan.nc").write_bytes(to_bytes(plan))
    read = read_results(tmp_path)
    assert not any(variable.encoding for variable in read.variables.values())
    read["storage"][:] = 0
    assert read_results(tmp_path)["storage"].values == pytest.approx(plan["storage"].values)


def test_same_bytes_twice(plan: xr.Dataset) -> None:
    """A file depends on the plan alone."""
    assert to_bytes(plan) == to_bytes(plan)


def test_xarray_reads_it_alone(tmp_path: Path, plan: xr.Dataset) -> None:
    """The file is plain CF NetCDF: time is decoded without this toolkit."""
    (tmp_path / "plan.nc").write_bytes(to_bytes(plan))
    with xr.open_dataset(tmp_path / "plan.nc", engine="h5netcdf") as dataset:
        assert (dataset["time"].values == plan["time"].values).all()
        assert dataset["time"].attrs["bounds"] == "time_bounds"
        assert (dataset["storage"]["time_end"].values == dataset["time_bounds"].values[:, 1]).all()
        for name in ("storage", "level", "storage_max", "storage_below_rule"):
            assert dataset[name].attrs["cell_methods"] == "time: point (comment: at time_end)", name
        methods = {name: dataset[name].attrs["cell_methods"] for name in ("flow", "energy", "discharge")}
        assert methods == {"flow": "time: sum", "energy": "time: sum", "discharge": "time: mean"}


def _objects(content: bytes) -> dict[str, Any]:
    """All a file holds: type, layout and filters of each array, its dimensions, and its attributes with their types."""
    found: dict[str, Any] = {}
    with h5py.File(io.BytesIO(content)) as file:
        for name, held in file.items():
            dims = [[scale.name for scale in dim.values()] for dim in held.dims]
            layout = (held.dtype, held.shape, held.maxshape, held.chunks, held.compression, held.compression_opts, held.shuffle)
            attrs = {key: (held.attrs.get_id(key).dtype, held.attrs.get_id(key).shape, str(held.attrs[key])) for key in held.attrs}
            kept = {key: value for key, value in attrs.items() if key not in {"DIMENSION_LIST", "REFERENCE_LIST"}}
            found[name] = (layout, str(held.fillvalue), dims, kept)
        found["/"] = {key: file.attrs[key] for key in file.attrs if key != "_NCProperties"}
        found["order"] = [*file, "", *file.attrs]
    return found


@pytest.mark.parametrize("encoded", [True, False])
def test_file_is_the_one_xarray_would_write(plan: xr.Dataset, *, encoded: bool) -> None:
    """Written in one pass: every array, dimension, filter and attribute is the same, and so is what xarray reads."""
    plain = without_absent(plan).assign(flag=("time", np.arange(plan.sizes["time"]) > 1), whole=("time", np.arange(plan.sizes["time"])))
    plain["time"].encoding.clear()
    if not encoded:  # the other case holds all there is
        plain = plain[["flow", "storage", "delivery", "step", "time_bounds", "flag", "whole"]]
    encoding = {"time": TIMES, "flow": {"zlib": True, "complevel": 4}} if encoded else {"time": TIMES}
    buffer = io.BytesIO()
    plain.to_netcdf(buffer, engine="h5netcdf", encoding={name: dict(chosen) for name, chosen in encoding.items()})
    ours = netcdf_bytes(plain, encoding)
    assert _objects(ours) == _objects(buffer.getvalue())
    with xr.open_dataset(io.BytesIO(ours), engine="h5netcdf") as one, xr.open_dataset(buffer, engine="h5netcdf") as other:
        xr.testing.assert_identical(one.load(), other.load())
        assert {name: one[name].encoding["dtype"] for name in one.variables} == {
            name: other[name].encoding["dtype"] for name in one.variables
        }


@pytest.mark.parametrize("encoded", [True, False])
def test_file_is_read_as_xarray_reads_it(plan: xr.Dataset, *, encoded: bool) -> None:
    """Read in one pass: every array, coordinate, attribute, dtype and blank is the same."""
    whole = without_absent(plan) if encoded else plan[["flow", "storage", "delivery", "step", "time_bounds"]]  # the other case holds all there is
    plain = whole.assign(flag=("time", np.arange(plan.sizes["time"]) > 1), none=((), 1.0), word=((), "река"))
    raw = netcdf_bytes(plain, {"time": TIMES, **({"flow": {"zlib": True, "complevel": 4}} if encoded else {})})
    with xr.open_dataset(io.BytesIO(raw), engine="h5netcdf") as opened:
        due = opened.load()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_netcdf(raw)
    xr.testing.assert_identical(found, due)
    assert (set(found.coords), [*found.attrs]) == (set(due.coords), [*due.attrs])
    for name, variable in due.variables.items():
        assert found[name].dtype.kind == variable.dtype.astype(str).kind if variable.dtype.kind == "O" else found[name].dtype == variable.dtype
        assert {key: type(value) for key, value in found[name].attrs.items()} == {key: type(value) for key, value in variable.attrs.items()}
        assert {"_FillValue", "units", "calendar"} & set(found[name].encoding) == {"_FillValue", "units", "calendar"} & set(variable.encoding)
    assert set(found.xindexes) == set(due.xindexes)


@pytest.mark.thorough  # by default: a file of ours that others added to
@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_files_of_others_are_read_with_xarray(tmp_path: Path, plan: xr.Dataset, engine: str) -> None:
    """Packed numbers, other fill values, other times, groups: whatever another program wrote."""
    pytest.importorskip("netCDF4" if engine == "netcdf4" else engine)
    encoding = {"flow": {"dtype": "int32", "scale_factor": 0.001, "_FillValue": -9999}, "time": {"units": "hours since 2000-01-01"}}
    plan.to_netcdf(tmp_path / "plan.nc", engine=engine, encoding=encoding)
    raw = (tmp_path / "plan.nc").read_bytes()
    with xr.open_dataset(io.BytesIO(raw), engine="h5netcdf") as opened:
        xr.testing.assert_identical(read_netcdf(raw), opened.load())
    assert np.allclose(read_results(tmp_path)["flow"].values, plan["flow"].values, atol=1e-3)


def test_a_file_of_ours_with_a_group_is_left_to_xarray(plan: xr.Dataset) -> None:
    """Whoever adds to a file by hand is read as before."""
    buffer = io.BytesIO(to_bytes(plan))
    with h5py.File(buffer, "r+") as file:
        file.create_group("more")
    with xr.open_dataset(buffer, engine="h5netcdf") as opened:
        xr.testing.assert_identical(read_netcdf(buffer.getvalue()), opened.load())


@pytest.mark.parametrize("odd", [{"empty": ("none", np.zeros(0))}, {"pair": ("time", [1j, 2j])}, {"z": ((), 1.0, {"list": [1, 2]})}])
def test_what_is_more_than_numbers_and_text_is_left_to_xarray(odd: dict[str, Any]) -> None:
    """Empty dimensions, complex numbers and lists among the attributes come back as xarray writes them."""
    dataset = xr.Dataset(odd)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.to_netcdf(buffer, engine="h5netcdf")
        ours = netcdf_bytes(dataset)
    with xr.open_dataset(io.BytesIO(ours), engine="h5netcdf") as one, xr.open_dataset(buffer, engine="h5netcdf") as other:
        xr.testing.assert_identical(one.load(), other.load())


@pytest.mark.parametrize("content", [b"", b"not netcdf", None])
def test_damaged(tmp_path: Path, plan: xr.Dataset, content: bytes | None) -> None:
    """A file that is empty, foreign or cut in two is named."""
    whole = to_bytes(plan)
    (tmp_path / "plan.nc").write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(FileProblem, match=r"plan\.nc is damaged"):
        read_results(tmp_path)


def test_foreign_netcdf(tmp_path: Path) -> None:
    """A NetCDF of another kind is no plan."""
    xr.Dataset({"rain": ("x", [1.0])}).to_netcdf(tmp_path / "rain.nc", engine="h5netcdf")
    with pytest.raises(FileProblem, match="not a waterdeal plan"):
        read_results(tmp_path / "rain.nc")


def test_missing(tmp_path: Path) -> None:
    """No file, no plan."""
    with pytest.raises(FileProblem, match="cannot be read"):
        read_results(tmp_path / "none.nc")


FILES = {"plan.nc": b"new", "tables/Поставки.csv": b"table"}


def test_write_folder(tmp_path: Path) -> None:
    """All files are there, sub-folders too, and nothing else."""
    folder = write_folder(tmp_path / "Мой прогон 1", FILES)
    assert {str(path.relative_to(folder).as_posix()): path.read_bytes() for path in folder.rglob("*") if path.is_file()} == FILES
    assert list(tmp_path.iterdir()) == [folder]


def test_no_overwriting(tmp_path: Path) -> None:
    """An earlier run stays as it is unless told otherwise."""
    folder = write_folder(tmp_path / "run", {"plan.nc": b"old", "more.txt": b""})
    with pytest.raises(FileProblem, match="already exists"):
        write_folder(folder, FILES)
    assert (folder / "plan.nc").read_bytes() == b"old"
    write_folder(folder, FILES, force=True)
    assert (folder / "plan.nc").read_bytes() == b"new"
    assert not (folder / "more.txt").exists()
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("force", [False, True])
def test_foreign_folder_is_never_replaced(tmp_path: Path, force: bool) -> None:
    """A folder that is no run is not touched, even by force."""
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.docx").write_bytes(b"years")
    with pytest.raises(FileProblem):
        write_folder(tmp_path / "thesis", FILES, force=force)
    assert (tmp_path / "thesis" / "chapter.docx").read_bytes() == b"years"


@pytest.mark.parametrize("force", [False, True])
def test_nothing_is_left_on_failure(tmp_path: Path, force: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk fills up half-way, the earlier run stays and no rest is left."""
    if force:
        write_folder(tmp_path / "run", {"plan.nc": b"old"})
    write = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if self.suffix == ".csv":
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(FileProblem, match="No space left"):
        write_folder(tmp_path / "run", FILES, force=force)
    assert [path.name for path in tmp_path.iterdir()] == (["run"] if force else [])
    if force:
        assert (tmp_path / "run" / "plan.nc").read_bytes() == b"old"


def test_last_step_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the new folder cannot take the place of the old one, the old one stays."""
    folder = write_folder(tmp_path / "run", {"plan.nc": b"old"})
    move = Path.replace

    def stuck(self: Path, target: Path) -> Path:
        if self.name == "fresh":
            raise PermissionError(13, "file open in Excel")
        return move(self, target)

    monkeypatch.setattr(Path, "replace", stuck)
    with pytest.raises(FileProblem, match="cannot be written"):
        write_folder(folder, FILES, force=True)
    assert (folder / "plan.nc").read_bytes() == b"old"


def test_attributes_of_a_plan_are_no_longer_than_what_is_read_of_them(dry_plan: xr.Dataset) -> None:
    """In memory as in the file, half of what they were; and the list of an older file is read as what stands there now."""
    with h5py.File(io.BytesIO(to_bytes(dry_plan))) as file:
        held = {key: str(value) for key, value in file.attrs.items() if key != "_NCProperties"}
    for attributes in (held, dry_plan.attrs):
        assert sum(len(str(value)) for value in attributes.values()) < 130_000
    origins = origins_of(dry_plan)
    assert origins_text(origins) == dry_plan.attrs["provenance"] == held["provenance"]
    assert len(dry_plan.attrs["provenance"]) < 0.3 * len(json.dumps(origins))
    assert origins_of(dry_plan.assign_attrs(provenance=json.dumps(origins))) == origins
    assert Result(dry_plan).origins().to_dict("records") == origins


@pytest.mark.parametrize("count", [0, 1, 7])
def test_origins_are_read_as_they_were_given(count: int) -> None:
    """Whatever words they have, and places with points in their ids."""
    words = ["a", "b.c", "a.b.c", "–", "a", "b", "c"]
    origins = [{"figure": f"t.{word}.f", "status": word[:1], "source": word, "note": f"{word}\n"} for word in words[:count]]
    assert origins_of(xr.Dataset(attrs={"provenance": origins_text(origins)})) == origins
    assert origins_of(xr.Dataset()) == []
