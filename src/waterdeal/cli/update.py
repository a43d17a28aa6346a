"""A copy of a bundled case brought up to the newer basin."""

from __future__ import annotations

import tomllib
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import TYPE_CHECKING, Annotated

import typer

from waterdeal.cli.console import console
from waterdeal.cli.options import Out  # noqa: TC001 (typer reads the annotations)
from waterdeal.errors import FileProblem, InputError, WaterdealError
from waterdeal.words import BLANK, say

if TYPE_CHECKING:
    from waterdeal.scenario.renew import Renewed

#: conflicts told one by one; the file has all of them
_MOST_TOLD = 20
Base = Annotated[str, typer.Option("--base")]


def update(folder: Path, out: Out = None, base: Base = "") -> None:
    """Make of your copy of a bundled case a new folder on the newer basin; what you changed stays, the old folder too."""
    from waterdeal.results.disk import refuse_existing, write_folder
    from waterdeal.scenario.renew import renew

    made = renew(folder, base, console.words.text("update.remark", folder=folder.name))
    out = out or folder.resolve().with_name(f"{folder.resolve().name}-{made.version}")
    if out.resolve().is_relative_to(folder.resolve()):
        raise FileProblem(say("update.inside", out=out, folder=folder))
    refuse_existing(out, say("commands.other_folder"), force=None)
    write_folder(out, made.files)
    _tell(made, out)
    unsound = _unsound(out, made)
    console.say(*(say("update.unsound", file=name, error=error) for name, error in unsound.items()))
    told = {"case": made.case, "from": made.before, "to": made.version, "folder": str(out.resolve()), "files": sorted(made.files)}
    counts = {"taken": made.found.taken, "kept": made.found.kept, "left": made.left}
    wrong = {name: str(error) for name, error in unsound.items()}
    code = InputError.exit_code if unsound else 0
    console.result({"exit": code, **told, **counts, "conflicts": [vars(clash) for clash in made.found.clashes], "unsound": wrong})
    if code:
        raise SystemExit(code)


def _tell(made: Renewed, out: Path) -> None:
    """Tell what was taken and kept, and what both changed."""
    from waterdeal.scenario.renew import CLASHES

    found = made.found
    key = "update.same_version" if made.before == made.version else "update.made"
    console.say(say(key, case=made.case, before=made.before, version=made.version, folder=out))
    console.say(say("update.counts", taken=found.taken, kept=found.kept, clashes=len(found.clashes)))
    for clash in found.clashes[:_MOST_TOLD]:
        place = " ".join(filter(None, (clash.file, clash.row, clash.column)))
        sides = {name: getattr(clash, name) or BLANK for name in ("before", "yours", "new")}
        console.say(say("update.clash", place=place, **sides))
    if found.clashes:
        console.say(say("update.listed", file=out / CLASHES))
    if made.left:
        console.say(say("update.left", names=", ".join(made.left)))


def _unsound(out: Path, made: Renewed) -> dict[str, WaterdealError]:
    """Return what is wrong with the new folder: its basin, or else each scenario that cannot be loaded."""
    from waterdeal.basin.read import read_basin
    from waterdeal.run import load

    try:
        read_basin(out / made.case)
    except WaterdealError as error:
        return {made.case: error}
    wrong: dict[str, WaterdealError] = {}
    for name in [name for name in made.files if name.endswith(".toml") and "/" not in name]:
        try:
            if _is_scenario(out / name):
                load(out / name)
        except WaterdealError as error:
            wrong[name] = error
    return wrong


def _is_scenario(file: Path) -> bool:
    """Whether a document is a scenario with a period of its own or of its base; one that cannot be read is, so that this is told."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError:
        return True
    return "extends" in content or "period" in content
