"""Run an ensemble: every trace planned, written shard by shard, and gone on with where a run was cut short."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.read import read_basin
from waterdeal.basin.schema import Basin
from waterdeal.ensemble.backends import make_backend
from waterdeal.ensemble.members import QUANTITIES, Solvers
from waterdeal.ensemble.shards import FOLDER, UNFINISHED, Shards, shard_bytes, write_whole
from waterdeal.ensemble.spec import SPEC, refuse_other, spec_of, write_spec
from waterdeal.ensemble.summary import Ensemble
from waterdeal.ensemble.traces import TraceVolumes, as_traces, check_traces, read_traces
from waterdeal.errors import FileProblem
from waterdeal.run import make_case
from waterdeal.scenario.locate import find_basin
from waterdeal.scenario.read import read_scenario
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from waterdeal.ensemble.backends import Backend
    from waterdeal.ensemble.members import Member
    from waterdeal.run import Case
    from waterdeal.types import Floats


#: members in a file, at least and at most: seconds of work, and each file costs a third of a second to write, however much is in it
SHARD = 64, 256
#: files that many members are spread over
FILES = 40
#: members that are solved first, for the others to start from
LEARNED = 32
#: bytes that must be free for each byte of results
ROOM = 1.2


@dataclass(frozen=True)
class EnsembleChoices:
    """How an ensemble is run.

    Parameters
    ----------
    backend : str or Backend
        What `make_backend` takes, or a backend of your own.
    quantities : sequence of str
        What is kept of each member.
    resume : bool
        Go on with what stands in the folder; else a folder with an ensemble in it is refused.
    shard : int
        Members in a file; 0 for as many as suit: from 64 to 256, the more the more members there are.
    part : (int, int)
        Which part of how many is solved, counted from 0: several runs, as of a job array, fill one folder together.
    """

    backend: str | Backend = "processes"
    quantities: Sequence[str] = QUANTITIES
    resume: bool = False
    shard: int = 0
    part: tuple[int, int] = (0, 1)


#: a kept HiGHS answers one question at a time, however many threads a worker has
_ONE_AT_A_TIME = threading.Lock()


def solve_shard(solvers: Solvers, task: tuple[range, Floats]) -> list[Member]:
    """Solve the members of a shard."""
    numbers, water = task
    with _ONE_AT_A_TIME:
        return [solvers.solve(number, volumes) for number, volumes in zip(numbers, water, strict=True)]


def run_traces(
    case: Case,
    inflow: xr.Dataset | xr.DataArray | Path | str,
    out: Path | str,
    choices: EnsembleChoices | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Ensemble:
    """Plan a scenario under every trace of inflow.

    Parameters
    ----------
    case : Case
        The scenario; `waterdeal.load` reads it. Areas of lakes and heads of plants are taken from its own plan for all members.
    inflow : xarray.Dataset, xarray.DataArray or path
        ``runoff(trace, node, time)`` in m3 s-1.
    out : path
        Folder of the ensemble.
    choices : EnsembleChoices, optional
        Backend, workers, and what is kept.
    progress : callable
        Called with the members done and all.

    Returns
    -------
    Ensemble
        Members that have no plan are in it with their error and the clauses that cannot all hold.

    Raises
    ------
    FileProblem
        If the folder cannot be used, or is full.
    ScenarioError
        With every problem of the traces.
    SolveError
        If no plan of the scenario itself can be found to start from.
    """
    file = str(inflow) if isinstance(inflow, str | Path) else "inflow"
    traces = read_traces(Path(inflow), case.basin) if isinstance(inflow, str | Path) else as_traces(inflow)
    check_traces(traces, case, file)
    volumes = TraceVolumes(traces, case, file)
    folder, chosen, count = Path(out), choices or EnsembleChoices(), traces.sizes["trace"]
    shards = Shards(folder, count, chosen.shard or min(max(-(-count // FILES), SHARD[0]), SHARD[1]))
    backend = make_backend(chosen.backend) if isinstance(chosen.backend, str) else chosen.backend
    spec = spec_of(case.plain(say("general.an_ensemble")), traces, shards.size, chosen.quantities)
    part, parts = chosen.part
    with shards.held(shared=parts > 1):
        _refuse(folder, spec, resume=chosen.resume or parts > 1)
        done = set(shards.done())
        left = [shard for shard in range(part, shards.count, parts) if shard not in done]
        if left:
            names = {"trace": ("trace", np.array([str(name) for name in traces["trace"].values.tolist()]))}
            solvers, labels = _learnt(case, chosen, volumes)
            _check_room(folder, solvers, len(left) * shards.size)
            write_spec(folder, spec)

            def task_of(shard: int) -> tuple[range, Floats]:
                return shards.numbers(shard), np.stack([volumes.of(number) for number in shards.numbers(shard)])

            finished = sum(len(shards.numbers(shard)) for shard in done)
            progress(finished, shards.members)
            for shard, members in backend.map(solve_shard, solvers, left, task_of):
                write_whole(shards.path(shard), shard_bytes(members, solvers.dims, labels | names))
                finished += len(shards.numbers(shard))
                progress(finished, shards.members)
    return Ensemble(folder)


def part_of(text: str) -> tuple[int, int]:
    """Read which part of how many is to be solved."""
    part, stroke, parts = text.partition("/")
    if not (stroke and part.isdecimal() and parts.isdecimal() and int(part) < int(parts)):
        raise ValueError(say("members.no_part", text=text))
    return int(part), int(parts)


def run_ensemble(
    basin: Basin | Path | str,
    scenario: Path | str,
    *,
    inflow: xr.Dataset | xr.DataArray | Path | str,
    out: Path | str | None = None,
    choices: EnsembleChoices | None = None,
) -> Ensemble:
    """Plan a scenario of a basin under every trace of inflow.

    Parameters
    ----------
    basin : Basin, path or str
        The basin, its folder, or the name of a bundled one; it need not be the one that the scenario names.
    scenario : path
        Scenario file.
    inflow : xarray.Dataset, xarray.DataArray or path
        ``runoff(trace, node, time)`` in m3 s-1.
    out : path, optional
        Folder of the ensemble; ``out/<scenario>-ensemble`` unless told.
    choices : EnsembleChoices, optional
        Backend, workers, and what is kept.

    Returns
    -------
    Ensemble
        As `run_traces` gives it for a case that is loaded.

    Raises
    ------
    FileProblem, BasinDataError, ScenarioError, AgreementError
        With every problem found.
    SolveError
        If no plan of the scenario itself can be found to start from.
    """
    file = read_scenario(scenario)
    case = make_case(file, basin if isinstance(basin, Basin) else read_basin(find_basin(str(basin), Path.cwd())))
    return run_traces(case, inflow, folder_of(case) if out is None else out, choices)


def folder_of(case: Case) -> Path:
    """Return where the ensemble of a scenario goes unless told."""
    return Path("out") / f"{case.file.scenario.scenario.id}-ensemble"


def _refuse(folder: Path, spec: dict[str, Any], *, resume: bool) -> None:
    """Refuse a folder of something else; an ensemble that failed before its first file was there stands in nobody's way."""
    if (folder / SPEC).exists() and resume:
        refuse_other(folder, spec)
        return
    if any((folder / FOLDER).glob("*.nc")):
        raise FileProblem(say("members.there_already", folder=folder))
    (folder / SPEC).unlink(missing_ok=True)
    if any(entry.name != FOLDER and not entry.suffix.startswith(UNFINISHED) for entry in folder.iterdir()):
        raise FileProblem(say("members.not_empty", folder=folder))


def _learnt(case: Case, chosen: EnsembleChoices, volumes: TraceVolumes) -> tuple[Solvers, dict[str, Any]]:
    """Compile, learn from members spread from dry to wet, and gather the coordinates of what is kept."""
    ranked = volumes.spread(LEARNED)
    solvers = Solvers(case, chosen.quantities, [volumes.of(number) for number in ranked[::-4]])
    solvers.kept.learn({"runoff": volumes.of(number)} for number in ranked)
    dims = dict.fromkeys(dim for held in solvers.dims.values() for dim in held)
    labels = {dim: (dim, case.inputs[dim].values) for dim in dims if dim in case.inputs.coords}
    return solvers, {**labels, "objective_level": ("objective_level", np.array(solvers.session.levels))}


def _check_room(folder: Path, solvers: Solvers, members: int) -> None:
    """Refuse to start where the results would not fit."""
    needed = int(ROOM * 8 * sum(int(np.prod(shape)) for shape in solvers.shapes.values()) * members)
    there = next((path for path in (folder, *folder.absolute().parents) if path.exists()), Path.cwd())
    free = shutil.disk_usage(there).free
    if needed > free:
        raise FileProblem(say("members.no_room", folder=folder, free=free / 1e9, needed=needed / 1e9))
