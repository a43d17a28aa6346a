"""A scenario that names a file of another tool as its series plans by its figures, and its run keeps what it was read from."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tests.docs.pages import DOCS
from waterdeal.errors import ScenarioError
from waterdeal.run import load, told_of_series
from waterdeal.run_folder import run_files
from waterdeal.scenario.series import series_files

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.run import Case

DAYS = pd.date_range("2026-04-01", "2026-10-01", inclusive="left")
RATES = 20 + np.arange(len(DAYS)) % 7
MAPPING = '[hydrology.mapping]\nnames = { headwater = "X1" }\n'


def case_of(home: Path, suffix: str, more: str = "", place: str = "X1") -> Case:
    """Load the two-party scenario with daily flows in a format."""
    shutil.copytree(DOCS / "how-to" / "two-party", home, dirs_exist_ok=True)
    coords = {"node": [place], "time": DAYS, "until": ("time", DAYS + pd.Timedelta(days=1))}
    series = xr.DataArray([RATES.astype(float)], coords, ("node", "time"))
    for name, content in series_files(series, home / f"flows{suffix}").items():
        file = home / f"flows{suffix}" / name if name else home / f"flows{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    text = f'extends = "dry.toml"\n[scenario]\nid = "own"\n[hydrology]\nseries = "flows{suffix}"\n{more}'
    (home / "own.toml").write_text(text, encoding="utf-8")
    return load(home / "own.toml")


@pytest.mark.parametrize("suffix", [".xml", ".dss"])
def test_the_figures_of_the_file_enter_the_plan(tmp_path: Path, suffix: str) -> None:
    """Days become volumes of dekads; what the format says of its times is told; the digest of inputs is that of the figures."""
    case = case_of(tmp_path, suffix, MAPPING)
    volumes = case.inputs["runoff"].sel(node="headwater").values
    due = pd.Series(RATES * 0.0864, DAYS).groupby([DAYS.month, np.minimum((DAYS.day - 1) // 10, 2)]).sum()
    assert volumes == pytest.approx(due.values)
    assert "imports.read_end" in {getattr(told, "key", "") for told in told_of_series(case)}


def test_a_store_is_kept_with_its_run(tmp_path: Path) -> None:
    """Every file of a Zarr store is among the sources of the run; read from there, the inputs are the same."""
    case = case_of(tmp_path / "a", ".zarr", place="headwater")
    files = run_files(case, xr.Dataset({"x": 1}, {"time": DAYS[:1], "time_end": ("time", DAYS[:1]), "time_bounds": ("time", DAYS[:1])}))
    kept = {name.removeprefix("sources/scenario/"): content for name, content in files.items() if "flows.zarr/" in name}
    assert set(kept) == {f"flows.zarr/{file.relative_to(tmp_path / 'a' / 'flows.zarr').as_posix()}"
                         for file in (tmp_path / "a" / "flows.zarr").rglob("*") if file.is_file()}  # fmt: skip
    shutil.rmtree(tmp_path / "a" / "flows.zarr")
    for name, content in kept.items():
        (tmp_path / "a" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "a" / name).write_bytes(content)
    again = load(tmp_path / "a" / "own.toml")
    assert again.inputs.attrs["series_sha256"] == case.inputs.attrs["series_sha256"]
    xr.testing.assert_identical(again.inputs["runoff"], case.inputs["runoff"])


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("", "imports.series_nowhere"),
        ('[hydrology.mapping]\nnames = { headwater = "Y" }\n', "imports.series_not_there"),
        ('stamp = "start"\n' + MAPPING, "imports.stamp_contradicts"),
        (MAPPING + 'where = { member = "1" }\n', "imports.series_no_label"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(tmp_path: Path, more: str, key: str) -> None:
    """Each with its own sentence."""
    with pytest.raises(ScenarioError) as error:
        case_of(tmp_path, ".xml", more)
    assert [getattr(problem.found, "key", "") for problem in error.value.problems] == [key]
