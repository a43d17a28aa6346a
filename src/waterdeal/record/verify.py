"""Verify the record of a deal, trusting nobody: altered, made by other code, no longer solvable here and kept at home are told apart."""

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from waterdeal import __version__
from waterdeal.errors import FileProblem, InputError, SolveError, WaterdealError
from waterdeal.provenance import build_id, package_versions
from waterdeal.record import from_file, steps
from waterdeal.record.archive import MANIFEST, left_out, read_record
from waterdeal.record.contents import sources_of
from waterdeal.record.figures import check_figures
from waterdeal.record.finding import Check, Finding, Verification, told
from waterdeal.record.held import brought, needed
from waterdeal.record.manifest import FIRST, SCHEMA, file_hashes, manifest_findings, record_digest
from waterdeal.record.papers import check_papers, check_terms
from waterdeal.record.rebuild import Opened, laid_out
from waterdeal.record.totals import check_sheet_totals, check_totals
from waterdeal.words import DANGEROUS, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    Step = Callable[[Opened], list[Finding]]
    Listed = tuple[str, str, Step]
    Progress = Callable[[str], None]

#: what a file that was altered by hand can make a reader stumble over
DAMAGE = (KeyError, ValueError, TypeError, IndexError, AttributeError, ArithmeticError, RuntimeError, OSError, StopIteration)
UNREADABLE = (WaterdealError, *DAMAGE)
#: checks of every record, in order, and the file each speaks of where it cannot be made
ALWAYS: tuple[Listed, ...] = (
    (say("records.check_sources"), "plan.nc", steps.check_sources),
    (say("records.check_code"), "plan.nc", from_file.check_code),
    (say("records.check_names"), "term-sheet.toml", from_file.check_names),
    (say("records.check_audit"), "plan.nc", steps.check_audit),
    (say("records.check_clauses"), "term-sheet.toml", steps.check_clauses),
)
#: what is made anew and compared, where the code that made the record is the one that runs
MADE_ANEW: tuple[Listed, ...] = (
    (say("records.check_inputs"), "inputs.nc", steps.check_inputs),
    (say("records.check_totals"), "term-sheet.toml", check_totals),
    (say("records.check_tables"), "plan.nc", steps.check_tables),
    (say("records.check_sheets"), "term-sheet.toml", steps.check_sheets),
    (say("records.check_papers"), "term-sheet.toml", check_papers),
)
#: what stands for it where other code made the record
FROM_FILE: tuple[Listed, ...] = (
    (say("records.check_one_run"), "inputs.nc", from_file.check_one_run),
    (say("records.check_sheet_totals"), "term-sheet.toml", check_sheet_totals),
    (say("records.check_values"), "term-sheet.toml", from_file.check_values),
    (say("records.check_texts"), "term-sheet.toml", from_file.check_texts),
    (say("records.check_figures"), "plan.nc", check_figures),
    (say("records.check_terms"), "term-sheet.toml", check_terms),
)
AGAIN = say("records.check_again")
#: what is made with the figures of private layers
WITH_LAYERS = (MADE_ANEW[0][0], AGAIN)
NEEDED = ("plan.nc", "inputs.nc", "term-sheet.toml")


def verify_record(
    path: Path | str, *, resolve: bool = True, progress: Progress = lambda _stage: None, layers: Sequence[Path | str] = ()
) -> Verification:
    """Verify a record, with the private layers of a party where they are brought."""
    found = verify_files(read_record(path), resolve=resolve, progress=progress, layers=layers)
    names = left_out(path)
    return replace(found, notes=(*found.notes, say("records.note_left_out", names=", ".join(names)))) if names else found


def verify_files(
    files: Mapping[str, bytes], *, resolve: bool = True, progress: Progress = lambda _stage: None, layers: Sequence[Path | str] = ()
) -> Verification:
    """Verify the files of a record; see `verify_record`."""
    _refuse_newer(files)
    name = say("records.check_manifest")
    progress(name)
    findings = manifest_findings(files) + [told(file, "", "records.file_missing") for file in NEEDED if file not in files]
    checks = [Check(name, not findings)]
    digest = record_digest(file_hashes(files))
    if not all(file in files for file in NEEDED):
        return Verification(tuple(checks), _unique(findings), digest)
    with laid_out(files) as root:
        record = Opened(files, root)
        same, needs = _read(record, "same_code", otherwise=True), _lay(record, layers)
        for step in _steps(same=same, needs=needs):
            progress(step[0])
            found = _make(step, record)
            checks.append(Check(step[0], not found))
            findings += found
        left = [] if same else [name for name, _, _ in MADE_ANEW]
        left = list(dict.fromkeys([*left, *(WITH_LAYERS[: 1 + resolve] if needs else ())]))
        checks += [Check(name, passed=False, compared=False) for name in left]
        notes, unsolvable = list(_notes(record)), ""
        if resolve and not needs:
            progress(AGAIN)
            found, told_of, unsolvable = _solve_again(record, same=same)
            compared = same and not told_of and not unsolvable
            checks.append(Check(AGAIN, compared and not found, compared))
            findings, notes = findings + found, notes + told_of
        return Verification(tuple(checks), _unique(findings), digest, tuple(notes), _read(record, "code", ""), same, unsolvable, needs)


def _steps(*, same: bool, needs: str) -> tuple[Listed, ...]:
    """Return the checks that can be made."""
    if same and needs:
        return (*ALWAYS, FROM_FILE[0], *MADE_ANEW[1:])
    return (*ALWAYS, *(MADE_ANEW if same else FROM_FILE))


def _lay(record: Opened, layers: Sequence[Path | str]) -> str:
    """Lay private layers that were brought beside the sources of a record; return the party whose layer is missing."""
    try:
        plan = record.plan
    except UNREADABLE:
        return ""  # its checks will tell
    laid = brought(plan, layers)
    for name, content in laid.items():
        file = record.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return needed(plan, laid)


def _refuse_newer(files: Mapping[str, bytes]) -> None:
    """Refuse a record of a format that came after this code: nothing can be said of it here."""
    with suppress(*DAMAGE):
        stated = str(json.loads(files[MANIFEST])["schema"])
        if stated.startswith("waterdeal/record@") and int(stated.partition("@")[2]) > int(SCHEMA.partition("@")[2]):
            raise FileProblem(say("records.newer_format", stated=stated, version=__version__, FIRST=FIRST, SCHEMA=SCHEMA))


def _unique(findings: list[Finding]) -> tuple[Finding, ...]:
    """Findings in order, each told once."""
    return tuple({(finding.file, finding.where, finding.found): finding for finding in reversed(findings)}.values())[::-1]


def _read(record: Opened, name: str, otherwise: Any) -> Any:
    """Read what the plan says of itself; a plan that cannot be read is judged as one of this code."""
    with suppress(*UNREADABLE):
        return getattr(record, name)
    return otherwise


def _make(step: Listed, record: Opened) -> list[Finding]:
    """Make one check; a record that cannot be read is a finding, not a crash."""
    _, file, check = step
    try:
        return check(record)
    except InputError as error:
        places = {name.rpartition("/")[2]: name for name in sources_of(record.files)}
        return [Finding(places.get(problem.file, problem.file), "", "", "", problem) for problem in error.problems]
    except WaterdealError as error:
        return [Finding(file, "", "", "", _said(error, record))]
    except DAMAGE as error:
        return [told(file, "", "records.unchecked", name=type(error).__name__, error=error)]


def _solve_again(record: Opened, *, same: bool) -> tuple[list[Finding], list[str], str]:
    """Solve again: what differs where the same code and solver made the plan, else what to tell, and why there is no plan here."""
    try:
        record.case  # noqa: B018 - made here, so that sources which cannot be read are told apart from a solver without a plan
    except UNREADABLE as error:
        return ([], [], "" if same else say("records.sources_unreadable", error=_said(error, record)))
    try:
        found = steps.check_again(record)
    except SolveError as error:
        return [], [], _said(error, record)
    except DAMAGE as error:
        return _make((AGAIN, "plan.nc", steps.check_again), record) if same else [], [], "" if same else _said(error, record)
    here = package_versions()
    if same and (not found or all(record.versions.get(name) == here[name] for name in ("pyomo", "highspy"))):
        return found, [], ""
    names = [name for name in dict.fromkeys(finding.where.partition(",")[0] for finding in found) if name in record.stands]
    listed = ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")
    return [], [say("records.another_plan", names=listed) if names else say("records.same_plan")], ""


def _said(error: Exception, record: Opened) -> str:
    """What an error says, without the folder the record is laid out in; of one that nobody raised on purpose its name too."""
    said = str(error) if isinstance(error, WaterdealError) else f"{type(error).__name__}: {error}"
    return said.replace(f"{record.root}/", "").replace(f"{record.root}\\", "")


def formula_in(content: bytes) -> str:
    """First cell of a table that a spreadsheet would run; empty where there is none."""
    with suppress(UnicodeDecodeError, csv.Error):
        for cell in chain.from_iterable(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))):
            if cell.startswith(DANGEROUS) and not re.fullmatch(r"[-+]?[0-9.eE+-]*", cell):
                return cell
    return ""


def _notes(record: Opened) -> Iterator[str]:
    """Say what a reader of the tables should know, what code made the record, and whether this machine may move the last digits."""
    for name, content in sources_of(record.files).items():
        if name.endswith(".csv") and (cell := formula_in(content)):
            yield say("records.note_formula", name=name, cell=cell)
    made = _read(record, "versions", None)
    if made is None:
        return
    if not record.same_code:
        yield say("records.note_code", code=record.code, version=__version__, build=build_id())
    here = package_versions()
    others = [f"{name} {made.get(name)} (here {number})" for name, number in here.items() if made.get(name) != number]
    if others:
        yield say("records.note_versions", others=", ".join(others))
