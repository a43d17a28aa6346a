"""Make and verify the record of a deal from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waterdeal.errors import RecordError

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.cli.console import Console
    from waterdeal.record.finding import Verification


def run_agree(console: Console, run: Path, out: Path | None, *, force: bool) -> None:
    """Make a record and write it as a folder, or as a zip archive where the target ends with ``.zip``.

    Parameters
    ----------
    console : Console
        Where to report.
    run : pathlib.Path
        Folder of a run.
    out : pathlib.Path or None
        Target; ``<run>-record`` beside the run without it.
    force : bool
        Replace an earlier record.
    """
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
    """Verify a record: a line a check, a sentence a finding.

    Parameters
    ----------
    console : Console
        Where to report.
    path : pathlib.Path
        Folder or zip archive.
    resolve : bool
        Solve again and compare the plan.

    Raises
    ------
    RecordError
        If anything is not as it was agreed.
    """
    from waterdeal.record.verify import verify_record

    with console.progress(f"waterdeal verify {path.name}") as stage:
        found = verify_record(path, resolve=resolve, progress=stage)
    for check in found.checks:
        console.say(f"{'ok  ' if check.passed else 'BAD '} {check.name}")
    if not resolve:
        console.say("--   not solved again (--no-solve)")
    for note in found.notes:
        console.say(note)
    console.say(f"SHA-256 of the record: {found.record_sha256}")
    if not found.passed:
        message = f"{path} is not the record that was agreed"
        raise RecordError(message, found.findings, _as_json(found))
    console.say("The record stands. Compare its SHA-256 with that of the other parties.")
    console.result({"exit": 0, **_as_json(found)})


def _as_json(found: Verification) -> dict[str, Any]:
    """Verification for machines."""
    return {
        "passed": found.passed,
        "record_sha256": found.record_sha256,
        "checks": [vars(check) for check in found.checks],
        "findings": [vars(finding) for finding in found.findings],
        "notes": list(found.notes),
    }
