"""Ensembles: every member is the plan of its water, whoever solves it, and nothing is lost when a run is cut short."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import waterdeal as wd
from tests.ensemble.conftest import traces_of
from tests.thorough import THOROUGH, diagonal
from waterdeal.cli import main
from waterdeal.ensemble import run as running
from waterdeal.ensemble.backends import Serial, make_backend
from waterdeal.ensemble.run import EnsembleChoices, part_of, run_traces, solve_shard
from waterdeal.ensemble.shards import Shards
from waterdeal.ensemble.spec import write_spec
from waterdeal.ensemble.summary import Ensemble
from waterdeal.ensemble.traces import TraceVolumes, as_traces
from waterdeal.errors import FileProblem, ScenarioError
from waterdeal.reports import as_text
from waterdeal.reports.ensemble import ensemble_answer
from waterdeal.results.lines import with_data
from waterdeal.run import solve_inputs
from waterdeal.variables import names_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import xarray as xr

    from waterdeal.ensemble.members import Member, Solvers
    from waterdeal.run import Case

SERIAL = EnsembleChoices("serial", shard=4)


@pytest.fixture(scope="module")
def made(dry: Case, traces: xr.Dataset, tmp_path_factory: pytest.TempPathFactory) -> Ensemble:
    """The twelve members, solved one after the other."""
    return run_traces(dry, traces, tmp_path_factory.mktemp("made") / "out", SERIAL)


def test_members_look_ahead(dry: Case, tmp_path: Path) -> None:
    """Each looks ahead at the climatology, and its levels are those of the season, as its plan tells them."""
    case = dry.set("lookahead", {})
    traces = traces_of(case, 2)
    volumes = TraceVolumes(as_traces(traces), case, "traces")
    levels = run_traces(case, traces, tmp_path / "out", SERIAL).values("level_value")
    for number in range(2):
        plan = solve_inputs(with_data(case.inputs, {"runoff": volumes.of(number)}), case.levels, case.options)
        assert "lookahead" in plan["objective_level"].values
        assert levels.sel(member=number).values == pytest.approx(plan["level_value"].values, rel=2e-3, abs=1e-2)


def test_members_are_the_plans_of_their_water(dry: Case, traces: xr.Dataset, made: Ensemble) -> None:
    """Each is what a scenario with that water plans."""
    volumes = TraceVolumes(as_traces(traces), dry, "traces")
    flows, stored = made.values("flow"), made.values("storage")
    for number in (0, 5, 11) if THOROUGH else (5,):
        plan = solve_inputs(with_data(dry.inputs, {"runoff": volumes.of(number)}), dry.levels, dry.options)
        if plan.attrs["evaporation"] == "line":
            assert flows.sel(member=number).values == pytest.approx(plan["flow"].values, abs=1e-6)
            assert stored.sel(member=number).values == pytest.approx(plan["storage"].values, abs=1e-6)
        else:
            assert stored.sel(member=number).values == pytest.approx(plan["storage"].values, abs=1.0)
    assert len(np.unique(flows.sum(["link", "time"]).values)) == 12


@pytest.mark.parametrize("backend", diagonal(["processes:2", "dask:2"]))
@pytest.mark.filterwarnings("ignore")
def test_backends_change_no_bit(dry: Case, traces: xr.Dataset, made: Ensemble, tmp_path: Path, backend: str) -> None:
    """Two processes and two Dask workers write the very same numbers."""
    again = run_traces(dry, traces, tmp_path / "out", EnsembleChoices(backend, shard=4))
    assert again.digest() == made.digest()
    for shard in range(3):
        assert again.shards.path(shard).read_bytes() == made.shards.path(shard).read_bytes()


def test_a_file_of_traces(dry: Case, traces: xr.Dataset, made: Ensemble, tmp_path: Path) -> None:
    """NetCDF and CSV say the same as a dataset."""
    traces.to_netcdf(tmp_path / "traces.nc", engine="h5netcdf")
    table = traces["runoff"].to_series().rename("runoff_m3s").reset_index()
    table.assign(time=table["time"].dt.strftime("%Y-%m-%d")).to_csv(tmp_path / "traces.csv", index=False)
    for name in ("traces.nc", "traces.csv") if THOROUGH else ("traces.csv",):
        again = run_traces(dry, tmp_path / name, tmp_path / f"{name}-out", SERIAL)
        assert again.values("flow").values == pytest.approx(made.values("flow").values, abs=1e-9)


class Dying(Serial):
    """Does some shards and is killed."""

    def map(self, work: Any, shared: Any, shards: Any, task_of: Any) -> Iterator[tuple[int, Any]]:
        """Yield one, then die."""
        yield next(iter(Serial().map(work, shared, shards, task_of)))
        raise KeyboardInterrupt


def test_cut_short_and_gone_on_with(dry: Case, traces: xr.Dataset, made: Ensemble, tmp_path: Path) -> None:
    """What was written stays and is not solved again; the end is the same."""
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        run_traces(dry, traces, out, EnsembleChoices(Dying(), shard=4))
    first = (out / "shards" / "000000-000003.nc").stat().st_mtime_ns
    (out / "shards" / "000004-000007.part99").write_bytes(b"torn")
    with pytest.raises(FileProblem, match="holds an ensemble already"):
        run_traces(dry, traces, out, SERIAL)
    told: list[tuple[int, int]] = []
    again = run_traces(dry, traces, out, EnsembleChoices("serial", resume=True, shard=4), lambda done, members: told.append((done, members)))
    assert told == [(4, 12), (8, 12), (12, 12)]
    assert (out / "shards" / "000000-000003.nc").stat().st_mtime_ns == first
    assert again.digest() == made.digest()


def _kill_once(solvers: Solvers, task: tuple[range, Any]) -> list[Member]:
    """Solve a shard, but kill the worker where a file asks for it."""
    numbers, _ = task
    mark = f"{os.environ['WATERDEAL_TEST_MARKS']}/{numbers[0]}"
    if numbers[0] in {0, 8} and not os.path.exists(mark):  # noqa: PTH110
        with open(mark, "w", encoding="utf-8"):  # noqa: PTH123
            os.kill(os.getpid(), signal.SIGKILL)
    return solve_shard(solvers, task)


@pytest.mark.thorough  # by default: workers that are not killed, a run cut short and gone on with
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal on Windows")
def test_two_workers_killed_in_the_middle(
    dry: Case, traces: xr.Dataset, made: Ensemble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other workers take over; nothing is lost and no bit changes."""
    monkeypatch.setenv("WATERDEAL_TEST_MARKS", str(tmp_path))
    monkeypatch.setattr(running, "solve_shard", _kill_once)
    again = run_traces(dry, traces, tmp_path / "out", EnsembleChoices("processes:2", shard=4))
    assert {entry.name for entry in tmp_path.iterdir()} == {"0", "8", "out"}
    assert again.digest() == made.digest()


def test_other_traces_are_not_mixed_in(dry: Case, traces: xr.Dataset, made: Ensemble, tmp_path: Path) -> None:
    """Going on with other traces, quantities or settings is refused, and what differs is named."""
    shutil.copytree(made.folder, tmp_path / "out")
    for case, other, choices, match in (
        (dry, traces_of(dry, 12, 0.3), SERIAL, "traces_sha256"),
        (dry, traces, EnsembleChoices("serial", ("flow",), shard=4), "quantities"),
        (dry.set("hydrology.factor", 0.9), traces, SERIAL, "overrides"),
    ):
        with pytest.raises(FileProblem, match=match):
            run_traces(case, other, tmp_path / "out", EnsembleChoices("serial", choices.quantities, resume=True, shard=4))


def test_a_full_disk_loses_nothing(dry: Case, traces: xr.Dataset, made: Ensemble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear error; what was written stays, and the run goes on later."""
    left = [1, 1]  # what the ensemble is made of, and one shard

    def full(handle: int) -> None:
        if not left.pop() if left else True:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("waterdeal.ensemble.shards.os.fsync", full)
    with pytest.raises(FileProblem, match="No space left on device"):
        run_traces(dry, traces, tmp_path / "out", SERIAL)
    monkeypatch.undo()
    assert [path.name for path in (tmp_path / "out" / "shards").iterdir()] == ["000000-000003.nc"]
    assert run_traces(dry, traces, tmp_path / "out", EnsembleChoices("serial", resume=True, shard=4)).digest() == made.digest()


def test_no_room_is_told_before_anything_is_solved(dry: Case, traces: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The results are measured against what is free."""
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("waterdeal.ensemble.run.shutil.disk_usage", lambda _folder: usage)
    with pytest.raises(FileProblem, match="Keep fewer quantities"):
        run_traces(dry, traces, tmp_path / "out", SERIAL)
    assert not (tmp_path / "out").exists()


def test_members_without_a_plan_are_counted(dry: Case, traces: xr.Dataset, tmp_path: Path) -> None:
    """They stand in the ensemble with their error, and in every denominator."""
    firm = dry.set("reservoir.upper_dam.terminal", {"rule": "at_least", "storage": 400})
    driest = traces.copy(deep=True)
    driest["runoff"][3:5] = 0.0
    found = run_traces(firm, driest, tmp_path / "out", SERIAL)
    failures = found.failures()
    assert failures["trace"].tolist() == ["t3", "t4"]
    assert set(failures["error"]) == {"Infeasible"}
    assert found.quantiles("storage").attrs["members_without_plan"] == 2
    assert found.reliability()["reliability"].max() <= 10 / 12
    assert found.exceedance("delivery")["exceeded"].max() == pytest.approx(10 / 12)


def test_clauses_that_cannot_hold_are_named(dry: Case, traces: xr.Dataset, tmp_path: Path) -> None:
    """A member whose water is too little for a clause says which."""
    (tmp_path / "deal.toml").write_text(CLAUSE, encoding="utf-8")
    text = dry.file.path.read_text(encoding="utf-8").replace(
        'basin = "two_party"', f'basin = "{dry.basin.folder}"\nagreements = ["deal.toml"]'
    )
    (tmp_path / "dry.toml").write_text(text.replace("\\", "/"), encoding="utf-8")
    from waterdeal.run import load

    case = load(tmp_path / "dry.toml")
    scarce = traces.copy(deep=True)
    scarce["runoff"][7] *= 0.2
    failures = run_traces(case, scarce, tmp_path / "out", SERIAL).failures()
    assert failures[["trace", "error", "conflict"]].to_numpy().tolist() == [["t7", "Infeasible", "passed"]]


CLAUSE = """
schema = "waterdeal/agreement@1"
[agreement]
id = "deal"
title.en = "A deal"
[[clause]]
id = "passed"
kind = "min_volume"
at = "dam_delta"
value = "300 million m3"
season = "growing"
"""


def test_quantiles_and_summary(made: Ensemble) -> None:
    """Quantiles read shard by shard are those of all members together; a digest does not depend on who reads."""
    stored = made.values("storage")
    due = np.quantile(stored.values, [0.1, 0.5], axis=0)
    assert made.quantiles("storage", [0.1, 0.5]).values == pytest.approx(due)
    assert made.done == made.members == 12
    assert json.loads((made.folder / "ensemble.json").read_text(encoding="utf-8"))["members"] == 12


def test_places_are_told_by_their_names(made: Ensemble, dry: Case, tmp_path: Path) -> None:
    """In the language of the reader, from the folder alone; by their ids in one that was made before it held names."""
    named = names_of(dry.inputs)
    places = [named[place]["ru"] for dim in ("demand", "reservoir") for place in dry.inputs[dim].values.tolist()]
    assert places
    told = as_text.told(ensemble_answer(made, "ru"))
    assert [place for place in places if place not in told] == []
    folder = shutil.copytree(made.folder, tmp_path / "older")
    spec = json.loads((folder / "ensemble.json").read_text(encoding="utf-8"))
    del spec["names"]
    (folder / "ensemble.json").write_text(json.dumps(spec), encoding="utf-8")
    assert "fields" in as_text.told(ensemble_answer(Ensemble(folder), "ru"))


@pytest.mark.thorough  # by default: a damaged file, in test_arrays, and a run cut short and gone on with
def test_a_damaged_shard_is_named(dry: Case, traces: xr.Dataset, made: Ensemble, tmp_path: Path) -> None:
    """Removed, it is solved again."""
    found = Ensemble(shutil.copytree(made.folder, tmp_path / "out"))
    due, path = found.digest(), found.shards.path(1)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(FileProblem, match=r"000004-000007\.nc is damaged"):
        found.digest()
    path.unlink()
    assert run_traces(dry, traces, tmp_path / "out", EnsembleChoices("serial", resume=True, shard=4)).digest() == due


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda x: x.assign(runoff=x["runoff"].where(x["runoff"] != x["runoff"][0, 0, 0])), "has a gap"),
        (lambda x: x.assign(runoff=-x["runoff"]), "is negative"),
        (lambda x: x.assign(runoff=x["runoff"].where(x["runoff"] != x["runoff"][0, 0, 0], -999)), "has -999, which looks like a code"),
        (lambda x: x.assign_coords(trace=["a"] * 12), "a stand there twice"),
        (lambda x: x.assign_coords(node=["nowhere", *x["node"].values[1:]]), "nowhere"),
        (lambda x: x.isel(time=slice(3, None)), "not the whole horizon"),
        (lambda x: x.isel(trace=slice(0)), "holds no trace"),
        (lambda x: x * 1000, "digit too many"),
    ],
)
def test_bad_traces_are_refused(dry: Case, traces: xr.Dataset, tmp_path: Path, change: Any, match: str) -> None:
    """With every problem, before anything is written."""
    bad = change(traces)
    bad["runoff"].attrs["units"] = "m3 s-1"
    with pytest.raises(ScenarioError, match=match):
        run_traces(dry, bad, tmp_path / "out", SERIAL)
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_left_alone(dry: Case, traces: xr.Dataset, tmp_path: Path) -> None:
    """Nothing of it is touched."""
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(FileProblem, match="holds no ensemble"):
        run_traces(dry, traces, tmp_path, SERIAL)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_an_unknown_quantity_is_refused(dry: Case, traces: xr.Dataset, tmp_path: Path) -> None:
    """With the nearest name."""
    with pytest.raises(ScenarioError, match='Did you mean "storage"'):
        run_traces(dry, traces, tmp_path / "out", EnsembleChoices("serial", ("storag",)))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["threads", "serial:2", "processes:0", "processes:x", ""])
def test_unknown_backends_are_refused(name: str) -> None:
    """With what there is."""
    with pytest.raises(ValueError, match="none of serial"):
        make_backend(name)


def test_from_a_basin_and_a_scenario_file(dry: Case, traces: xr.Dataset, made: Ensemble, tmp_path: Path) -> None:
    """The basin may be an object, and need not be read again."""
    file = tmp_path / "dry.toml"
    file.write_text(dry.file.path.read_text(encoding="utf-8").replace('step = "dekad"', 'step = "month"'), encoding="utf-8")
    again = wd.run_ensemble(dry.basin, file, inflow=traces, out=tmp_path / "out", choices=SERIAL)
    assert again.digest() == made.digest()


def test_parts_of_a_job_array_fill_one_folder(dry: Case, traces: xr.Dataset, made: Ensemble, tmp_path: Path) -> None:
    """In any order, one of them twice; the numbers are those of one run."""
    for part in (2, 0, 0, 1):
        found = run_traces(dry, traces, tmp_path / "out", EnsembleChoices("serial", shard=2, part=(part, 3)))
    assert found.done == 12
    assert found.values("flow").equals(made.values("flow"))


@pytest.mark.parametrize("text", ["", "3", "3/3", "-1/3", "a/3", "1/"])
def test_wrong_parts_are_refused(text: str) -> None:
    """With an example."""
    with pytest.raises(ValueError, match="0/64 is the first"):
        part_of(text)


def test_members_without_a_plan_are_exit_code_8(dry: Case, traces: xr.Dataset, tmp_path: Path) -> None:
    """The rest is there all the same."""
    driest = traces.isel(trace=slice(0, 4)).copy(deep=True)
    driest["runoff"][2] = 0.0
    driest.to_netcdf(tmp_path / "traces.nc", engine="h5netcdf")
    firm = 'reservoir.upper_dam.terminal={rule="at_least", storage=400}'
    words = [
        "ensemble",
        "run",
        dry.file.path,
        "--inflow",
        tmp_path / "traces.nc",
        "-o",
        tmp_path / "out",
        "--backend",
        "serial",
        "--set",
        firm,
    ]
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    assert left.value.code == 8
    assert Ensemble(tmp_path / "out").done == 4


def test_one_ensemble_in_a_folder(dry: Case, traces: xr.Dataset, tmp_path: Path) -> None:
    """While one is at work nobody else writes there; parts of one do so together."""
    shards = Shards(tmp_path / "out", 12, 4)
    with shards.held(shared=False), pytest.raises(FileProblem, match="is in use"):
        run_traces(dry, traces, tmp_path / "out", SERIAL)
    with shards.held(shared=True), shards.held(shared=True), pytest.raises(FileProblem, match="is in use"), shards.held(shared=False):
        pass
    assert not (tmp_path / "out").exists()


def test_what_failed_before_its_first_file_blocks_nothing(dry: Case, traces: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that cannot start leaves a folder that the next try may use; Dask that is not there is told before anything is written."""
    (tmp_path / "out").mkdir()
    write_spec(tmp_path / "out", {"scenario": "another", "members": 1, "shard": 1})
    found = run_traces(dry, traces.isel(trace=[0]), tmp_path / "out", SERIAL)
    assert found.done == 1
    monkeypatch.setattr("waterdeal.ensemble.backends.find_spec", lambda _name: None)
    with pytest.raises(ValueError, match="needs Dask"):
        run_traces(dry, traces, tmp_path / "dask", EnsembleChoices("dask:2"))
    assert not (tmp_path / "dask").exists()
    with pytest.raises(FileProblem, match="holds another ensemble"):
        write_spec(tmp_path / "out", {"scenario": "another", "members": 1, "shard": 1})
