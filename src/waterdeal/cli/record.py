"""Make and verify the record of a deal from the command line."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, Any

import typer

from waterdeal.cli.console import console, in_quotes
from waterdeal.cli.options import Force, Lang, Out  # noqa: TC001 (typer reads the annotations)
from waterdeal.errors import NeedsLayer, NoLongerSolvable, OtherCode, RecordError
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.record.finding import Verification


Draft = Annotated[bool, typer.Option("--draft")]


def agree(run: Path, out: Out = None, force: Force = False, draft: Draft = False) -> None:
    """Make the record of a deal: a folder, or a .zip, that any party can check."""
    from waterdeal.record.agree import make_record
    from waterdeal.record.archive import record_zip
    from waterdeal.record.manifest import file_hashes, record_digest
    from waterdeal.results.disk import refuse_existing, write_file, write_folder
    from waterdeal.results.held import held_sentences
    from waterdeal.results.store import read_results
    from waterdeal.run_folder import folder_of

    folder = folder_of(run)
    target = out if out is not None else folder.resolve().with_name(f"{folder.resolve().name}-record")
    refuse_existing(target, say("commands.other_name"), force=force)
    with console.progress(f"waterdeal agree {folder.name}") as stage:
        files = make_record(folder, draft=draft, progress=stage)
        if target.suffix.lower() == ".zip":
            write_file(target, record_zip(files), force=force)
        else:
            write_folder(target, files, force=force)
    digest = record_digest(file_hashes(files))
    console.say(say("commands.recorded", target=target, count=len(files)), say("commands.record_hash", digest=digest))
    held = held_sentences(read_results(folder), console.words)
    console.say(*(say("commands.left_out", held=one) for one in held), say("commands.anyone_can_check", target=in_quotes(target)))
    told = {"record": str(target.resolve()), "record_sha256": digest, "files": sorted(files), "held": held}
    console.result({"exit": 0, **told})


def verify(
    record: Path,
    solve: Annotated[bool, typer.Option("--solve/--no-solve")] = True,
    layer: Annotated[list[Path] | None, typer.Option("--layer")] = None,
    lang: Lang = None,  # noqa: ARG001 - the console takes its language from it
) -> None:
    """Check the record of a deal: hashes, clauses, balances, printed totals, and the plan itself by solving again."""
    from waterdeal.record.finding import Verdict
    from waterdeal.record.verify import verify_record

    with console.progress(f"waterdeal verify {record.name}") as stage:
        found = verify_record(record, resolve=solve, progress=stage, layers=layer or ())
    for check in found.checks:
        name = console.words.tell(check.name)
        console.say(f"{console.mark(check.passed)} {name}" if check.compared else say("commands.not_compared", name=name))
    if not solve:
        console.say(say("commands.not_solved_again"))
    console.say(*found.notes, say("commands.record_hash", digest=found.record_sha256))
    told = _as_json(found)
    if found.verdict is Verdict.ALTERED:
        raise RecordError(say("commands.not_agreed", path=record), found.findings, told)
    if found.verdict is Verdict.UNSOLVABLE:
        raise NoLongerSolvable(say("commands.no_longer_solvable", path=record, why=found.unsolvable, code=found.code), told)
    if found.verdict is Verdict.NEEDS_LAYER:
        raise NeedsLayer(say("commands.needs_layer", path=record, party=found.needs), told)
    if found.verdict is Verdict.OTHER_CODE:
        raise OtherCode(say("commands.other_code", path=record, code=found.code), told)
    console.say(say("commands.record_stands"))
    console.result({"exit": 0, **told})


def _as_json(found: Verification) -> dict[str, Any]:
    """Verification for machines."""
    from waterdeal.record.finding import Verdict

    plain = {name: getattr(found, name) for name in ("code", "unsolvable", "needs", "passed", "record_sha256")}
    checks, findings = [vars(check) for check in found.checks], [finding.as_json() for finding in found.findings]
    verdict = f"{found.verdict} {found.needs}" if found.verdict is Verdict.NEEDS_LAYER else str(found.verdict)
    return {"verdict": verdict, **plain, "checks": checks, "findings": findings, "notes": list(found.notes)}
