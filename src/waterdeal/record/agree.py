"""Make the record of a deal from the folder of a run: self-contained, with its term sheet and manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem, RecordError
from waterdeal.provenance import build_id, code_name
from waterdeal.record.archive import MANIFEST
from waterdeal.record.contents import annex_of, record_name, sheet_files, sources_of
from waterdeal.record.manifest import make_manifest
from waterdeal.record.verify import verify_files
from waterdeal.results.audit import audit
from waterdeal.results.store import read_results

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def make_record(run_folder: Path, *, resolve: bool = True, progress: Callable[[str], None] = lambda _stage: None) -> dict[str, bytes]:
    """Make all files of a record, and verify them before they are given out.

    Parameters
    ----------
    run_folder : pathlib.Path
        Folder of a run, with its plan, inputs, sources and tables.
    resolve : bool
        Solve again as a part of verifying.
    progress : callable
        Called with the name of each check.

    Returns
    -------
    dict of str to bytes
        ``plan.nc``, ``inputs.nc``, ``scenario/``, ``basin/``, ``tables/``, term sheets and ``manifest.json``, by name.

    Raises
    ------
    FileProblem
        If the folder is not that of a run, lacks its inputs or sources, or was made by other code.
    AuditError
        If the plan does not pass its audit or does not keep its clauses.
    RecordError
        If the record would not verify, e.g. because a table was altered after the run.
    """
    files = _run_files(run_folder)
    plan = read_results(run_folder)
    if plan.attrs.get("build_id") != build_id():
        message = f"{run_folder} was made by other code ({code_name(plan.attrs)}), so nobody here can vouch for it. Run the scenario again."
        raise FileProblem(message)
    found = audit(plan)
    found.raise_if_bad()
    files |= sheet_files(plan, sources_of(files), annex_of(files), found)
    files[MANIFEST] = make_manifest(files, build_id())
    verified = verify_files(files, resolve=resolve, progress=progress)
    if not verified.passed:
        message = f"{run_folder} cannot become a record ({verified.unsolvable or verified.verdict}); run the scenario again"
        raise RecordError(message, verified.findings)
    return files


def _run_files(run_folder: Path) -> dict[str, bytes]:
    """Read what a record takes over from a run."""
    files: dict[str, bytes] = {}
    try:
        for file in sorted(run_folder.rglob("*")):
            name = file.relative_to(run_folder).as_posix()
            place = name if name in {"plan.nc", "inputs.nc"} else record_name(name)
            place = name.removeprefix("sources/") if name.startswith(("sources/scenario/", "sources/basin/")) else place
            if place is not None and file.is_file():
                files[place] = file.read_bytes()
    except OSError as error:
        message = f"{run_folder} cannot be read: {error.strerror or error}."
        raise FileProblem(message) from error
    if "plan.nc" not in files:
        message = f"{run_folder} has no plan.nc, so it is not the folder of a run. Make one with: waterdeal run SCENARIO"
        raise FileProblem(message)
    if "inputs.nc" not in files or not sources_of(files):
        message = f"{run_folder} has no inputs.nc and sources; it was made by an earlier version. Run the scenario again."
        raise FileProblem(message)
    return files
