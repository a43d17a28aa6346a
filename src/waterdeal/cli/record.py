"""Make and verify the record of a deal from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waterdeal.errors import NoLongerSolvable, OtherCode, RecordError
from waterdeal.words import say

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.cli.console import Console
    from waterdeal.record.finding import Check, Verification


def run_agree(console: Console, run: Path, out: Path | None, *, force: bool) -> None:
    """Make a record and write it as a folder, or as a zip archive where the target ends with ``.zip``."""
    from waterdeal.cli.convert import write_file
    from waterdeal.record.agree import make_record
    from waterdeal.record.archive import record_zip
    from waterdeal.record.manifest import file_hashes, record_digest
    from waterdeal.results.store import refuse_existing, write_folder

    folder = run.parent if run.name == "plan.nc" else run
    target = out if out is not None else folder.resolve().with_name(f"{folder.resolve().name}-record")
    refuse_existing(target, "Choose another name with -o", force=force)
    with console.progress(f"waterdeal agree {folder.name}") as stage:
        files = make_record(folder, progress=stage)
        if target.suffix.lower() == ".zip":
            write_file(target, record_zip(files))
        else:
            write_folder(target, files, force=force)
    digest = record_digest(file_hashes(files))
    console.say(f"{target}: {len(files)} files, verified.\nSHA-256 of the record: {digest}\nAnyone can check it: waterdeal verify {target}")
    console.result({"exit": 0, "record": str(target.resolve()), "record_sha256": digest, "files": sorted(files)})


def run_verify(console: Console, path: Path, *, resolve: bool) -> None:
    """Verify a record: a line a check, a sentence a finding, and one of the verdicts."""
    from waterdeal.record.finding import Verdict
    from waterdeal.record.verify import verify_record

    with console.progress(f"waterdeal verify {path.name}") as stage:
        found = verify_record(path, resolve=resolve, progress=stage)
    for check in found.checks:
        console.say(_check_line(check))
    if not resolve:
        console.say("--   not solved again (--no-solve)")
    for note in found.notes:
        console.say(note)
    console.say(f"SHA-256 of the record: {found.record_sha256}")
    if found.verdict is Verdict.ALTERED:
        raise RecordError(say("commands.not_record_agreed", path=path), found.findings, _as_json(found))
    unaltered = f"{path}: nothing was found altered by what its own files tell"
    if found.verdict is Verdict.UNSOLVABLE:
        message = f"{unaltered}, but it is no longer solvable here: {found.unsolvable}\nIt was made by {found.code}."
        raise NoLongerSolvable(message, _as_json(found))
    if found.verdict is Verdict.OTHER_CODE:
        message = f"{unaltered}, but not all of it was compared: it was made by other code ({found.code}). Verify it with that code."
        raise OtherCode(message, _as_json(found))
    console.say("The record stands. Compare its SHA-256 with that of the other parties.")
    console.result({"exit": 0, **_as_json(found)})


def _check_line(check: Check) -> str:
    """One line: well, bad, or not compared."""
    if not check.compared:
        return f"--   not compared: {check.name}"
    return f"{'ok  ' if check.passed else 'BAD '} {check.name}"


def _as_json(found: Verification) -> dict[str, Any]:
    """Verification for machines."""
    return {
        "verdict": str(found.verdict),
        "code": found.code,
        "unsolvable": found.unsolvable,
        "passed": found.passed,
        "record_sha256": found.record_sha256,
        "checks": [vars(check) for check in found.checks],
        "findings": [finding.as_json() for finding in found.findings],
        "notes": list(found.notes),
    }
