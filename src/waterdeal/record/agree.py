"""Make the record of a deal from the folder of a run: self-contained, with its term sheet and manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waterdeal.errors import FileProblem, RecordError, why_of
from waterdeal.provenance import build_id, code_name
from waterdeal.record.archive import MANIFEST
from waterdeal.record.contents import annex_of, record_name, sheet_files, sources_of
from waterdeal.record.held import layers_of, without_private
from waterdeal.record.manifest import make_manifest
from waterdeal.record.papers import paper_files, papers_of
from waterdeal.record.verify import verify_files
from waterdeal.results.audit import audit
from waterdeal.results.disk import recovered
from waterdeal.results.held import masked
from waterdeal.results.store import read_results
from waterdeal.tracking.agreed import AGREED
from waterdeal.variables import setting
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def make_record(
    run_folder: Path, *, resolve: bool = True, draft: bool = False, progress: Callable[[str], None] = lambda _stage: None
) -> dict[str, bytes]:
    """Make all files of a record, and verify them before they are given out; of a draft only where that is asked for."""
    files = _run_files(recovered(run_folder))
    plan = read_results(run_folder)
    if plan.attrs.get("build_id") != build_id():
        raise FileProblem(say("records.other_code", run_folder=run_folder, code_name=code_name(plan.attrs)))
    if own := _own(setting(plan, "own", {})):
        raise FileProblem(say("records.own", run_folder=run_folder, own=", ".join(own)))
    if plan.attrs["status"] == "draft" and not draft:
        raise FileProblem(say("records.draft", run_folder=run_folder))
    audit(plan).raise_if_bad()
    layers = layers_of(plan, run_folder)
    if layers:
        files, plan = without_private(files, plan, run_folder), masked(plan)
    found = audit(plan)
    found.raise_if_bad()
    files |= paper_files(plan, files)
    files |= sheet_files(plan, sources_of(files), [*annex_of(files), *papers_of(files)], found)
    files[MANIFEST] = make_manifest(files, build_id())
    verified = verify_files(files, resolve=resolve, progress=progress, layers=layers)
    if not verified.passed:
        raise RecordError(say("records.unfit", run_folder=run_folder, value=verified.unsolvable or verified.verdict), verified.findings)
    return files


def _own(told: Mapping[str, Any]) -> list[str]:
    """What a plan was made from beside its files, which nobody could make again from them; kinds of clauses are code, and stand aside."""
    kept = {name: value for name, value in told.items() if name not in {"clause_kinds", "program_sha256"}}
    return [name if isinstance(value, str) else f"{name} ({', '.join(value)})" for name, value in kept.items()]


def _run_files(run_folder: Path) -> dict[str, bytes]:
    """Read what a record takes over from a run."""
    files: dict[str, bytes] = {}
    try:
        for file in sorted(run_folder.rglob("*")):
            name = file.relative_to(run_folder).as_posix()
            place = name if name in {"plan.nc", "inputs.nc"} or name.startswith(f"{AGREED}/") else record_name(name)
            place = name.removeprefix("sources/") if name.startswith(("sources/scenario/", "sources/basin/")) else place
            if place is not None and file.is_file():
                files[place] = file.read_bytes()
    except OSError as error:
        raise FileProblem(say("records.unreadable_run", run_folder=run_folder, value=why_of(error))) from error
    if "plan.nc" not in files:
        raise FileProblem(say("records.no_plan", run_folder=run_folder))
    if "inputs.nc" not in files or not sources_of(files):
        raise FileProblem(say("records.no_sources", run_folder=run_folder))
    return files
