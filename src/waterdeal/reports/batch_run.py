"""Batches run: each cell as a run with its report, the matrix of all beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waterdeal.errors import FileProblem, SolveError
from waterdeal.reports.batch import batch_files
from waterdeal.reports.run import Asked, is_same_run, made_by, run_case, whole_run
from waterdeal.results.disk import write_file
from waterdeal.results.netcdf import netcdf_bytes
from waterdeal.results.store import TIMES
from waterdeal.studies.batch import Batch, Done, Work, run_grid
from waterdeal.studies.batch_plan import read_grid
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from waterdeal.ensemble.backends import Backend
    from waterdeal.reports.run import Outcome
    from waterdeal.run import Case
    from waterdeal.studies.batch_plan import Cell

#: what `BatchChoices.resume` may be
RESUMES = ("", "same", "changed")


@dataclass(frozen=True)
class BatchChoices:
    """How a batch is run.

    Parameters
    ----------
    backend : str or Backend
        ``serial``, ``processes:N``, ``dask:N``, the address of a Dask scheduler, or a backend of your own.
    resume : str
        Empty for a new batch; ``same`` to go on with what stands in the folder, if nothing of it has changed; ``changed`` to go on in any
        case: runs that changed are replaced, those that are no longer in the plan stay where they are.
    languages, formats : sequence of str
        Of the report of each run and of the matrix, as for ``waterdeal run``.
    quick : bool
        Leave out of each run what is told by solving once more.
    """

    backend: str | Backend = "processes"
    resume: str = ""
    languages: Sequence[str] = ("en",)
    formats: Sequence[str] = ("xlsx", "csv")
    quick: bool = False


def batch(
    plan: Path | str | Mapping[str, Any] | Sequence[Path | str],
    out: Path | str | None = None,
    choices: BatchChoices | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Batch:
    """Plan many scenarios: a list, a pattern, or a grid of settings over base scenarios.

    Parameters
    ----------
    plan : path, mapping, or sequence of paths
        A plan file (``schema = "waterdeal/batch@1"``), the content of one, or scenarios; a text with ``*`` is a pattern of their names.
    out : path, optional
        Folder of the batch, with a run folder a cell; ``out/<name of the plan file>`` unless told.
    choices : BatchChoices, optional
        Who solves, whether an earlier batch is gone on with, and what each run writes.
    progress : callable
        Called with the cells done and all.

    Returns
    -------
    Batch
        Its folder, and its figures as one dataset. Cells without a plan are in it with why.

    Raises
    ------
    InputError
        With every problem of the plan, of its scenarios, and of what is set in them.
    FileProblem
        If the folder cannot be used, holds something else, or a batch that has changed.
    """
    grid, chosen = read_grid(plan), choices or BatchChoices()
    if chosen.resume not in RESUMES:
        raise FileProblem(say("batch.no_resume", text=chosen.resume))
    folder = Path("out") / grid.name if out is None else Path(out)
    asked = Asked(tuple(chosen.languages), tuple(chosen.formats), chosen.quick)
    work = Work(solve_cells, (grid.bases, asked, folder), made_by(), asked.told(), lambda place, digest: _is_done(place, digest, asked))
    found = run_grid(grid, folder, work, chosen.backend, resume=chosen.resume, progress=progress)
    figures = found.dataset()
    files = batch_files(found, figures, asked.languages)
    files["batch.nc"] = netcdf_bytes(figures, {"time": TIMES} if "time" in figures else {})
    for name, content in files.items():
        write_file(folder / name, content)
    return found


def _is_done(folder: Path, digest: str, asked: Asked) -> bool:
    """Whether a folder holds the run of a cell, whole."""
    told = whole_run(folder)
    return told is not None and is_same_run(told, digest, asked)


def solve_cells(shared: tuple[Mapping[str, Case], Asked, Path], cells: Sequence[Cell]) -> list[Done]:
    """Solve cells of one run hash: the first one is, the others are the same plan under names of their own."""
    bases, asked, folder = shared
    found: Outcome | None = None
    done = []
    for cell in cells:
        case = cell.case(bases)
        try:
            found = run_case(case, asked, folder / cell.id) if found is None else found.as_of(case, asked, folder / cell.id)
        except SolveError as error:
            told = f"{type(error).__name__}: {str(error).splitlines()[0]}"
            return [Done(cell.id, error=told) for cell in cells]
        done.append(Done(cell.id, found.files))
    return done
