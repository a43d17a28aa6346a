"""Verify the record of a deal, trusting nobody, and say one of three things apart: altered, made by other code, no longer solvable here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from waterdeal import __version__
from waterdeal.errors import FileProblem, InputError, SolveError, WaterdealError
from waterdeal.provenance import build_id, code_name, package_versions
from waterdeal.record import from_file, steps
from waterdeal.record.archive import MANIFEST, read_record
from waterdeal.record.figures import check_figures
from waterdeal.record.finding import Check, Finding, Verification, told
from waterdeal.record.manifest import FIRST, SCHEMA, file_hashes, manifest_findings, record_digest
from waterdeal.record.rebuild import Opened, laid_out
from waterdeal.record.totals import check_sheet_totals, check_totals
from waterdeal.variables import setting
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Step = Callable[[Opened], list[Finding]]
    Listed = tuple[str, str, Step]

#: what a file that was altered by hand can make a reader stumble over
DAMAGE = (KeyError, ValueError, TypeError, IndexError, AttributeError, ArithmeticError, RuntimeError, OSError, StopIteration)
#: checks of every record, in order, and the file each speaks of where it cannot be made
ALWAYS: tuple[Listed, ...] = (
    ("scenario and basin are those of the plan", "plan.nc", steps.check_sources),
    ("plan, term sheet and manifest name one code", "plan.nc", from_file.check_code),
    ("nothing was put in or taken out", "term-sheet.toml", from_file.check_names),
    ("balances, bounds and clauses of the plan", "plan.nc", steps.check_audit),
    ("clauses measured on the plan are those of the term sheet", "term-sheet.toml", steps.check_clauses),
)
#: what is made anew and compared, where the code that made the record is the one that runs
MADE_ANEW: tuple[Listed, ...] = (
    ("scenario and basin make the inputs", "inputs.nc", steps.check_inputs),
    ("printed totals are the sums of what is printed", "term-sheet.toml", check_totals),
    ("tables are those of the plan", "plan.nc", steps.check_tables),
    ("term sheet is that of the plan", "term-sheet.toml", steps.check_sheets),
)
#: what stands for it where other code made the record
FROM_FILE: tuple[Listed, ...] = (
    ("inputs and plan are of one run", "inputs.nc", from_file.check_one_run),
    ("totals of the term sheet are the sums of what it prints", "term-sheet.toml", check_sheet_totals),
    ("values of the term sheet are those of the plan", "term-sheet.toml", from_file.check_values),
    ("term sheets for people print these values", "term-sheet.toml", from_file.check_texts),
    ("figures of the tables are figures of the plan", "plan.nc", check_figures),
)
AGAIN = "solving again gives the same plan"
NEEDED = ("plan.nc", "inputs.nc", "term-sheet.toml")


def verify_record(path: Path | str, *, resolve: bool = True, progress: Callable[[str], None] = lambda _stage: None) -> Verification:
    """Verify a record."""
    return verify_files(read_record(path), resolve=resolve, progress=progress)


def verify_files(
    files: Mapping[str, bytes], *, resolve: bool = True, progress: Callable[[str], None] = lambda _stage: None
) -> Verification:
    """Verify the files of a record; see `verify_record`."""
    _refuse_newer(files)
    name = "files are those of the manifest"
    progress(name)
    findings = manifest_findings(files) + [told(file, "", say("records.file_missing")) for file in NEEDED if file not in files]
    checks = [Check(name, not findings)]
    digest = record_digest(file_hashes(files))
    if not all(file in files for file in NEEDED):
        return Verification(tuple(checks), _unique(findings), digest)
    with laid_out(files) as root:
        record = Opened(files, root)
        same = _is_same_code(record)
        for step in (*ALWAYS, *(MADE_ANEW if same else FROM_FILE)):
            progress(step[0])
            found = _make(step, record)
            checks.append(Check(step[0], not found))
            findings += found
        checks += [] if same else [Check(name, passed=False, compared=False) for name, _, _ in MADE_ANEW]
        notes, unsolvable = list(_notes(record)), ""
        if resolve:
            progress(AGAIN)
            found, told_of, unsolvable = _solve_again(record, same=same)
            compared = same and not told_of and not unsolvable
            checks.append(Check(AGAIN, compared and not found, compared))
            findings, notes = findings + found, notes + told_of
        return Verification(tuple(checks), _unique(findings), digest, tuple(notes), _code(record), same, unsolvable)


def _refuse_newer(files: Mapping[str, bytes]) -> None:
    """Refuse a record of a format that came after this code: nothing can be said of it here."""
    try:
        stated = str(json.loads(files[MANIFEST])["schema"])
        newer = stated.startswith("waterdeal/record@") and int(stated.partition("@")[2]) > int(SCHEMA.partition("@")[2])
    except DAMAGE:
        return
    if newer:
        message = say("records.record_format_waterdeal_know", stated=stated, version=__version__, FIRST=FIRST, SCHEMA=SCHEMA)
        raise FileProblem(message)


def _unique(findings: list[Finding]) -> tuple[Finding, ...]:
    """Findings in order, each told once."""
    return tuple({(finding.file, finding.where, finding.found): finding for finding in reversed(findings)}.values())[::-1]


def _is_same_code(record: Opened) -> bool:
    """Whether the code that runs made the record; a plan that cannot be read is judged as one of this code."""
    try:
        return record.same_code
    except (WaterdealError, *DAMAGE):
        return True


def _code(record: Opened) -> str:
    """Name the code that made the record."""
    try:
        return code_name(record.plan.attrs)
    except (WaterdealError, *DAMAGE):
        return ""


def _make(step: Listed, record: Opened) -> list[Finding]:
    """Make one check; a record that cannot be read is a finding, not a crash."""
    _, file, check = step
    try:
        return check(record)
    except InputError as error:
        return [_problem(record, problem.file, str(problem)) for problem in error.problems]
    except WaterdealError as error:
        return [told(file, "", _said(error, record))]
    except DAMAGE as error:
        return [told(file, "", say("records.damaged_so_could_not", name=type(error).__name__, error=error))]


def _solve_again(record: Opened, *, same: bool) -> tuple[list[Finding], list[str], str]:
    """Solve again: what differs where the same code and solver made the plan, else what to tell, and why there is no plan here."""
    try:
        record.case  # noqa: B018 - made here, so that sources which cannot be read are told apart from a solver without a plan
    except WaterdealError as error:
        return ([], [], "" if same else f"this code cannot read its sources: {_said(error, record)}")
    except DAMAGE as error:
        return ([], [], "" if same else f"this code cannot read its sources ({type(error).__name__}: {error})")
    try:
        found = steps.check_again(record)
    except SolveError as error:
        return [], [], _said(error, record)
    except DAMAGE as error:
        return _make((AGAIN, "plan.nc", steps.check_again), record) if same else [], [], "" if same else f"{type(error).__name__}: {error}"
    if same and (not found or _same_solver(record)):
        return found, [], ""
    where = [finding.where.partition(",")[0] for finding in found]
    names = [name for name in dict.fromkeys(where) if name in record.stands]
    told_of = f"Solved again by this code it gives another plan; what differs: {', '.join(names[:8])}{' ...' if len(names) > 8 else ''}."
    return [], [told_of if names else "Solved again by this code it gives the same plan."], ""


def _same_solver(record: Opened) -> bool:
    """Whether Pyomo and HiGHS are those that made the plan."""
    made, here = setting(record.plan, "versions"), package_versions()
    return all(made.get(name) == here[name] for name in ("pyomo", "highspy"))


def _said(error: Exception, record: Opened) -> str:
    """What an error says, without the folder the record is laid out in."""
    return str(error).replace(f"{record.root}/", "").replace(f"{record.root}\\", "")


def _problem(record: Opened, file: str, sentence: str) -> Finding:
    """Make a finding of a problem in a source."""
    place = next((name for name in record.files if name.startswith(("basin/", "scenario/")) and name.endswith(f"/{file}")), file)
    return Finding(place, "", "", "", f"{place}: {sentence}")


def _notes(record: Opened) -> Iterator[str]:
    """Say what the code that made the record was, and where this machine is not the one that made it, which may move the last digits."""
    try:
        made = setting(record.plan, "versions")
        same = record.same_code
    except (WaterdealError, *DAMAGE):
        return
    if not same:
        yield f"The record was made by other code: {_code(record)}; here: waterdeal {__version__}, build {build_id()}."
    here = {"waterdeal": __version__, **package_versions()}
    others = [f"{name} {made.get(name)} (here {number})" for name, number in here.items() if made.get(name) != number]
    if others:
        yield f"The record was made with other versions: {', '.join(others)}."
