"""Verify the record of a deal, trusting nobody: hashes, sources, balances, clauses, totals, tables, term sheet, and the plan itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal import __version__
from waterdeal.errors import InputError, WaterdealError
from waterdeal.record import steps
from waterdeal.record.archive import read_record
from waterdeal.record.finding import Check, Finding, Verification, told
from waterdeal.record.manifest import file_hashes, manifest_findings, record_digest
from waterdeal.record.opened import Opened
from waterdeal.record.rebuild import laid_out
from waterdeal.record.totals import check_totals
from waterdeal.variables import setting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Step = Callable[[Opened], list[Finding]]

#: what a file that was altered by hand can make a reader stumble over
DAMAGE = (KeyError, ValueError, TypeError, IndexError, AttributeError, ArithmeticError, RuntimeError, OSError, StopIteration)
#: checks that need no solver, in order, and the file each speaks of where it cannot be made
STEPS: tuple[tuple[str, str, Step], ...] = (
    ("scenario and basin are those of the plan", "plan.nc", steps.check_sources),
    ("scenario and basin make the inputs", "inputs.nc", steps.check_inputs),
    ("balances, bounds and clauses of the plan", "plan.nc", steps.check_audit),
    ("clauses measured on the plan are those of the term sheet", "term-sheet.toml", steps.check_clauses),
    ("printed totals are the sums of what is printed", "term-sheet.toml", check_totals),
    ("tables are those of the plan", "plan.nc", steps.check_tables),
    ("term sheet is that of the plan", "term-sheet.toml", steps.check_sheets),
)
SOLVED: tuple[str, str, Step] = ("solving again gives the same plan", "plan.nc", steps.check_again)
NEEDED = ("plan.nc", "inputs.nc", "term-sheet.toml")


def verify_record(path: Path | str, *, resolve: bool = True, progress: Callable[[str], None] = lambda _stage: None) -> Verification:
    """Verify a record.

    Parameters
    ----------
    path : pathlib.Path or str
        Folder or zip archive.
    resolve : bool
        Solve again and compare the plan.
    progress : callable
        Called with the name of each check.

    Returns
    -------
    Verification
        All findings, gathered.

    Raises
    ------
    FileProblem
        If it cannot be read or is no record.
    """
    return verify_files(read_record(path), resolve=resolve, progress=progress)


def verify_files(
    files: Mapping[str, bytes], *, resolve: bool = True, progress: Callable[[str], None] = lambda _stage: None
) -> Verification:
    """Verify the files of a record; see `verify_record`.

    Parameters
    ----------
    files : mapping of str to bytes
        Contents by name.
    resolve : bool
        Solve again and compare the plan.
    progress : callable
        Called with the name of each check.

    Returns
    -------
    Verification
        All findings, gathered.
    """
    name = "files are those of the manifest"
    progress(name)
    findings = manifest_findings(files) + [told(file, "", "the file is missing.") for file in NEEDED if file not in files]
    checks = [Check(name, not findings)]
    notes: tuple[str, ...] = ()
    if all(file in files for file in NEEDED):
        with laid_out(files) as root:
            record = Opened(files, root)
            for step in (*STEPS, SOLVED) if resolve else STEPS:
                progress(step[0])
                found = _make(step, record)
                checks.append(Check(step[0], not found))
                findings += found
            notes = _notes(record)
    unique = {(finding.file, finding.where, finding.found): finding for finding in reversed(findings)}
    kept = tuple(finding for finding in findings if unique.get((finding.file, finding.where, finding.found)) is finding)
    return Verification(tuple(checks), kept, record_digest(file_hashes(files)), notes)


def _make(step: tuple[str, str, Step], record: Opened) -> list[Finding]:
    """Make one check; a record that cannot be read is a finding, not a crash."""
    _, file, check = step
    try:
        return check(record)
    except InputError as error:
        return [_problem(record, problem.file, str(problem)) for problem in error.problems]
    except WaterdealError as error:
        return [told(file, "", str(error).replace(f"{record.root}/", ""))]
    except DAMAGE as error:
        return [told(file, "", f"it is damaged, so this could not be checked ({type(error).__name__}: {error}).")]


def _problem(record: Opened, file: str, sentence: str) -> Finding:
    """Make a finding of a problem in a source."""
    place = next((name for name in record.files if name.startswith(("basin/", "scenario/")) and name.endswith(f"/{file}")), file)
    return Finding(place, "", "", "", f"{place}: {sentence}")


def _notes(record: Opened) -> tuple[str, ...]:
    """Say where this machine is not the one that made the record, which may move the last digits."""
    from waterdeal.provenance import package_versions

    try:
        made = setting(record.plan, "versions")
    except (WaterdealError, *DAMAGE):
        return ()
    here = {"waterdeal": __version__, **package_versions()}
    others = [f"{name} {made.get(name)} (here {number})" for name, number in here.items() if made.get(name) != number]
    return (f"The record was made with other versions: {', '.join(others)}.",) if others else ()
