"""``waterdeal network`` from the command line, and what it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xarray as xr

from waterdeal.links.tables import read_network

if TYPE_CHECKING:
    from collections.abc import Callable

    Call = Callable[..., tuple[int, str, str]]


def test_check_tells_the_size(write: Callable[..., Path], shell: Call) -> None:
    """The size for people and for machines."""
    code, out, _ = shell("network", "check", write())
    assert (code, out) == (0, "Network: 3 nodes, 3 links, 2 steps, 8 flows to choose.\n")
    told = json.loads(shell("network", "check", write(), "--json")[1])
    assert told.pop("output") == "waterdeal/network-check-output@1"
    assert told == {"exit": 0, "nodes": 3, "links": 3, "steps": 2, "columns": 8}


def test_check_tells_problems(write: Callable[..., Path], shell: Call) -> None:
    """Exit code 4 and the place."""
    code, _, log = shell("network", "check", write(inflows="node,step,inflow\nwell,1,2\n"))
    assert code == 4
    assert "inflows.csv, row 2, `node`" in log


@pytest.mark.parametrize(("lang", "word"), [("en", "Least cost"), ("ru", "Наименьшие затраты"), ("uz", "Eng kam xarajat"), ("kk", "Ең аз шығын")])
def test_run_writes_the_plan(lang: str, word: str, write: Callable[..., Path], shell: Call, tmp_path: Path) -> None:
    """A NetCDF file with attributes, a summary in the reader's language."""
    target = tmp_path / "plan.nc"
    code, out, log = shell("network", "run", write(), "-o", target, "--tie-break", "--lang", lang)
    assert code == 0, log
    assert word in out
    plan = xr.load_dataset(target, engine="h5netcdf")
    assert plan["flow"].attrs["units"] == "hm3"
    assert plan.attrs["is_unique"] == "yes"
    assert float(plan["link_cost"].sum()) == pytest.approx(plan.attrs["total_cost"])


def test_default_file_and_days(write: Callable[..., Path], shell: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ``-o`` the file is named after the folder; steps with days become a time axis."""
    steps = "step,start,end\n2026-04,2026-04-01,2026-04-30\n2026-05,2026-05-01,2026-05-31\n"
    monkeypatch.chdir(tmp_path)
    told = json.loads(shell("network", "run", write(steps=steps), "--json")[1])
    assert Path(told["file"]) == Path("out") / "network-network.nc"
    plan = xr.load_dataset(tmp_path / told["file"], engine="h5netcdf")
    assert plan["step_length"].values.tolist() == [30, 31]
    assert str(plan["time"].values[1])[:10] == "2026-05-01"


def test_earlier_plan_stays(write: Callable[..., Path], shell: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is replaced without --force, by a run without a plan, or by one that is stopped while it writes."""
    target = tmp_path / "plan.nc"
    folder = write()
    assert shell("network", "run", folder, "-o", target)[0] == 0
    before = target.read_bytes()
    assert shell("network", "run", folder, "-o", target)[0] == 9
    assert shell("network", "run", write(inflows="node,step,inflow\ndam,2026-04,1\n"), "-o", target, "--force")[0] == 3

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    write()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        code, _, log = shell("network", "run", folder, "-o", target, "--force")
    assert code == 9
    assert "No space left" in log
    assert target.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["plan.nc"]
    assert shell("network", "run", folder, "-o", target, "--force")[0] == 0


def test_other_file_is_refused(write: Callable[..., Path], shell: Call, tmp_path: Path) -> None:
    """Only a NetCDF file is written."""
    assert shell("network", "run", write(), "-o", tmp_path / "plan.csv")[0] == 9


def test_a_model_of_pywr_becomes_tables(shell: Call, tmp_path: Path) -> None:
    """Its tables are those of a network; what is not carried is told by each command, in the reader's language."""
    nodes = [{"name": "in", "type": "Input", "max_flow": 5}, {"name": "out", "type": "Output", "cost": -1}, {"name": "v", "type": "VirtualStorage"}]
    clock = {"start": "2015-01-01", "end": "2015-01-03", "timestep": 1}
    (tmp_path / "m.json").write_text(json.dumps({"timestepper": clock, "nodes": nodes, "edges": [["in", "out"]]}))
    code, out, _ = shell("convert", tmp_path / "m.json", tmp_path / "tables", "--lang", "ru")
    assert (code, "VirtualStorage" in out) == (0, True)
    assert read_network(tmp_path / "tables").columns == read_network(tmp_path / "m.json").columns
    code, out, _ = shell("network", "check", tmp_path / "m.json", "--lang", "ru")
    assert (code, "VirtualStorage" in out) == (0, True)
    assert shell("convert", tmp_path / "m.json", tmp_path / "tables.csv")[0] == 9
