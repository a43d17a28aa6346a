"""A batch: every cell of a grid planned into a run folder of its own, gone on with where it was cut short."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waterdeal.basin.cells import did_you_mean
from waterdeal.ensemble.backends import make_backend
from waterdeal.ensemble.spec import differences
from waterdeal.errors import FileProblem
from waterdeal.results.disk import HIDDEN, write_file, write_folder
from waterdeal.results.locks import locked
from waterdeal.studies.batch_figures import Ran, batch_dataset
from waterdeal.variables import names_of
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import xarray as xr

    from waterdeal.ensemble.backends import Backend
    from waterdeal.studies.batch_plan import Cell, Grid

#: what a batch is made of
SPEC = "batch.json"
#: format of it
SCHEMA = "waterdeal/batch-run@1"
#: folder that is locked while a batch is worked on
LOCK = ".batch"
#: keys of the specification that decide what stands in the folder; those of cells are compared one by one
DECIDES = ("made_by", "asked")


@dataclass(frozen=True)
class Work:
    """How cells are done, by somebody who knows reports."""

    do: Callable[[Any, Any], list[Done]]  # solves cells of one run hash, given what is shared
    shared: Any  # what it needs of all cells
    made_by: Mapping[str, str]  # what may make a plan of the same inputs another one
    asked: Mapping[str, Any]  # what is asked of each run
    is_done: Callable[[Path, str], bool]  # whether a folder holds the run of a hash, whole


@dataclass(frozen=True)
class Done:
    """What became of a cell."""

    cell: str  # its id
    files: Mapping[str, bytes] = field(default_factory=dict)  # its run; nothing where it could not be solved
    error: str = ""  # why it could not be solved, as ``Name: sentence``


@dataclass(frozen=True)
class Batch:
    """A batch in its folder, finished or not.

    Parameters
    ----------
    folder : pathlib.Path or str
        What `batch` has made: a run folder a cell.
    failed : mapping of str to str
        By cell, why it could not be solved this time: a limit of time, an audit that did not pass. These have no folder, and are tried
        again when the batch is gone on with.
    changed : sequence of str
        What had changed of the batch that stood in the folder.
    """

    folder: Path
    failed: Mapping[str, str] = field(default_factory=dict)
    changed: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Take a folder by name too."""
        object.__setattr__(self, "folder", Path(self.folder))

    @cached_property
    def spec(self) -> dict[str, Any]:
        """What it is made of."""
        return read_spec(self.folder)

    @property
    def cells(self) -> dict[str, dict[str, Any]]:
        """Cells by id: scenario, values, settings, run hash, and the cell that each is compared with."""
        found: dict[str, dict[str, Any]] = self.spec["cells"]
        return found

    @cached_property
    def runs(self) -> dict[str, dict[str, Any]]:
        """What ``run.json`` of each cell that is done tells."""
        found = {}
        for cell in self.cells:
            with suppress(OSError, ValueError):
                found[cell] = json.loads((self.folder / cell / "run.json").read_text(encoding="utf-8"))
        return found

    @property
    def without_plan(self) -> dict[str, str]:
        """Why there is no plan, by cell: the clauses that cannot all hold, else the sentence that tells."""
        told = {cell: ", ".join(run["clauses"]) or " ".join(run["message"].split()) for cell, run in self.runs.items() if run["exit"]}
        return {cell: told.get(cell) or self.failed[cell] for cell in self.cells if cell in told or cell in self.failed}

    def dataset(self, cells: Sequence[str] | None = None) -> xr.Dataset:
        """Return the cells along one dimension, ``scenario``.

        Parameters
        ----------
        cells : sequence of str, optional
            Ids of some cells; all of them unless named.

        Returns
        -------
        xarray.Dataset
            Totals by (scenario, party) and (scenario, demand), hm3 and GWh, NaN where a scenario has no plan or no such party or user;
            ``exit``, ``why`` and ``run_sha256`` of each scenario. Where all that have a plan have the same steps, series too, by
            (scenario, place, time), of those quantities whose places are the same; what is left out is told in ``attrs["left_out"]``.
        """
        chosen = list(self.cells if cells is None else cells)
        if unknown := [cell for cell in chosen if cell not in self.cells]:
            raise FileProblem(say("batch.no_cell", name=unknown[0], hint=did_you_mean(unknown[0], self.cells)))
        exits, why = {cell: int(run["exit"]) for cell, run in self.runs.items()}, self.without_plan
        held = {cell: (self.folder / cell, self.cells[cell]["run_sha256"], exits.get(cell, -1), why.get(cell, "")) for cell in chosen}
        return batch_dataset({cell: Ran(*known) for cell, known in held.items()}, self.spec["names"])

    @property
    def compared(self) -> dict[str, str]:
        """By cell, the one that it is compared with; empty where no base is named."""
        return {cell: held["compared_with"] for cell, held in self.cells.items() if "compared_with" in held}

    @property
    def same(self) -> list[list[str]]:
        """Groups of cells that are one problem: all their inputs are the same, so each group was solved once."""
        return [group for group in cells_by_hash({cell: held["run_sha256"] for cell, held in self.cells.items()}) if len(group) > 1]


def read_spec(folder: Path) -> dict[str, Any]:
    """Read what a batch is made of."""
    try:
        found = dict(json.loads((folder / SPEC).read_text(encoding="utf-8")))
        is_ours = found["schema"] == SCHEMA and all({"run_sha256", "scenario"} <= set(cell) for cell in found["cells"].values())
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FileProblem(say("batch.no_batch", folder=folder, spec=SPEC, error=error)) from error
    if not is_ours:
        raise FileProblem(say("batch.no_batch", folder=folder, spec=SPEC, error=found["schema"]))
    return found


def cells_by_hash(hashes: Mapping[str, str]) -> list[list[str]]:
    """Group cells of one run hash, in order."""
    groups: dict[str, list[str]] = {}
    for cell, digest in hashes.items():
        groups.setdefault(digest, []).append(cell)
    return list(groups.values())


def run_grid(grid: Grid, folder: Path, work: Work, backend: str | Backend, *, resume: str, progress: Callable[[int, int], None]) -> Batch:
    """Solve the cells of a grid that are not done, each problem once, and write each to its folder as it is done.

    `resume` is empty for a new batch, ``same`` to go on with what stands in the folder if nothing has changed in what is there, and
    ``changed`` to go on in any case: cells that changed are replaced, those that are gone stay where they are.
    """
    spec, backend = _spec_of(grid, work), make_backend(backend) if isinstance(backend, str) else backend
    with _held(folder):
        changed = _refuse(folder, spec, resume)
        write_file(folder / SPEC, (json.dumps(spec, ensure_ascii=False, indent=2, default=str) + "\n").encode())
        done = {cell for cell, digest in grid.hashes.items() if work.is_done(folder / cell, digest)}
        groups = cells_by_hash({cell: digest for cell, digest in grid.hashes.items() if cell not in done})
        count, failed = len(done), dict[str, str]()
        progress(count, len(grid.cells))
        for _, found in backend.map(work.do, work.shared, range(len(groups)), lambda group: [grid.cells[cell] for cell in groups[group]]):
            for cell in found:
                failed |= {cell.cell: cell.error} if cell.error else {}
                if cell.files:
                    write_folder(folder / cell.cell, cell.files, force=True)
            count += len(found)
            progress(count, len(grid.cells))
    return Batch(folder, failed, changed)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Have the folder of a batch alone; FileProblem where another one works on it, or it cannot be used."""
    lock = folder / LOCK
    try:
        lock.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileProblem(say("plans.unwritable", folder=folder, value=error.strerror or error)) from error
    try:
        with locked(lock, wait=False):
            yield
    finally:
        with suppress(OSError):  # another one holds it, or nothing was written
            lock.rmdir()
            folder.rmdir()


def _refuse(folder: Path, spec: Mapping[str, Any], resume: str) -> list[str]:
    """Refuse a folder of something else, and a batch that has changed, unless it is to be gone on with as it is now; tell what has."""
    if not (folder / SPEC).exists():
        if any(entry.name != LOCK and not entry.name.startswith(HIDDEN) for entry in folder.iterdir()):
            raise FileProblem(say("batch.not_empty", folder=folder))
        return []
    if not resume:
        raise FileProblem(say("batch.there_already", folder=folder))
    lines = conflicts(read_spec(folder), spec)
    if lines and resume == "same":
        raise FileProblem(say("batch.other_batch", folder=folder, lines="\n".join(lines)))
    return lines


def conflicts(found: Mapping[str, Any], due: Mapping[str, Any]) -> list[str]:
    """Tell what has changed of a batch that stands in a folder; cells that are only added are no conflict."""
    lines = [line for name in DECIDES for line in differences({name: found.get(name)}, {name: due[name]}).values()]
    for cell, held in found["cells"].items():
        now = due["cells"].get(cell)
        if now is None:
            lines.append(say("batch.cell_gone", cell=cell))
        elif now["run_sha256"] != held["run_sha256"]:
            lines.append(say("batch.cell_changed", cell=cell))
    return lines


def _spec_of(grid: Grid, work: Work) -> dict[str, Any]:
    """Gather what decides the numbers of a batch, and what it is called."""
    cells = {name: _told(grid, cell) for name, cell in grid.cells.items()}
    bases = {name: case.file.scenario.scenario.title for name, case in grid.bases.items()}
    names = {key: told for case in grid.bases.values() for key, told in names_of(case.inputs).items()}
    shown: Any = {"id": True, "title": True, "values": {"__all__": {"id", "title"}}}
    return {
        "schema": SCHEMA, "title": grid.plan.title, "made_by": dict(work.made_by), "asked": dict(work.asked), "scenarios": bases,
        "axes": [axis.model_dump(include=shown) for axis in grid.plan.axis], "cells": cells, "compare_to": grid.plan.compare_to,
        "names": names,
    }  # fmt: skip


def _told(grid: Grid, cell: Cell) -> dict[str, Any]:
    """Tell of a cell what it is made of."""
    told = {"scenario": cell.scenario, "values": list(cell.values), "set": dict(cell.settings), "run_sha256": grid.hashes[cell.id]}
    return told | ({"compared_with": grid.compared[cell.id]} if grid.compared else {})
