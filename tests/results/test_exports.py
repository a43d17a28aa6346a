"""A plan as series of other tools: the figures of the plan come back by place and time, amounts of steps and states at their ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from waterdeal.imports import dss, pi_xml
from waterdeal.imports.formats import lines_bytes
from waterdeal.imports.lines import Wanted
from waterdeal.results.exports import plan_lines, plan_store
from waterdeal.scenario.series import read_series
from waterdeal.units import HM3_PER_CUMEC_DAY

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr


@pytest.mark.parametrize("suffix", [".xml", ".dss"])
def test_figures_come_back(two_party_plan: xr.Dataset, tmp_path: Path, suffix: str) -> None:
    """A release is an amount of its step, a storage stands at its end, a discharge is a mean; each as in the plan."""
    path = tmp_path / f"plan{suffix}"
    path.write_bytes(lines_bytes(plan_lines(two_party_plan), suffix, path.name))
    read = {".xml": pi_xml, ".dss": dss}[suffix].read(path, Wanted()).lines
    held = {(line.place.casefold(), line.parameter.casefold()): line for line in read}
    for name in ("release", "discharge", "storage"):
        array = two_party_plan[name]
        (place,) = (dim for dim in array.dims if dim != "time")
        for label in array[place].values.tolist():
            line = held[label.casefold(), name]
            np.testing.assert_allclose(line.values, array.sel({place: label}).values, rtol=1e-10, atol=1e-10)
            ends = two_party_plan["time_end"].values
            assert ((line.times if name == "storage" else line.until) == ends).all()
            assert (line.until is None) == (name == "storage")
            if name != "storage":
                assert (line.times == two_party_plan["time"].values).all()


def test_an_amount_is_read_as_a_rate(two_party_plan: xr.Dataset, tmp_path: Path) -> None:
    """What a plan releases in a step, hm3, is read from PI-XML as the m3/s that carry it."""
    (tmp_path / "plan.xml").write_bytes(lines_bytes(plan_lines(two_party_plan), ".xml", "plan.xml"))
    found = read_series(tmp_path / "plan.xml", mapping={"variable": "release"})
    due = two_party_plan["release"].transpose("reservoir", "time").values / (two_party_plan["step_length"].values * HM3_PER_CUMEC_DAY)
    np.testing.assert_allclose(found.values, due, rtol=1e-9, atol=1e-9)


def test_a_store_holds_the_plan(two_party_plan: xr.Dataset, tmp_path: Path) -> None:
    """A plan as Zarr has the same figures."""
    import xarray as xr

    names = ["release", "storage", "delivery", "step_length"]
    for name, content in plan_store(two_party_plan[names]).items():
        (tmp_path / "a.zarr" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "a.zarr" / name).write_bytes(content)
    with xr.open_zarr(tmp_path / "a.zarr", consolidated=False, chunks=None) as again:
        for name in names:
            np.testing.assert_array_equal(again[name].values, two_party_plan[name].values)
