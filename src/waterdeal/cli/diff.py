"""Two basins side by side."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from waterdeal.cli.console import console
from waterdeal.errors import FileProblem, WaterdealError
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.basin.schema import Basin

#: scenarios in which a change of a bundled basin is told, by its id
HEADLINES = {"syrdarya": tuple(f"syrdarya-growing-{year}.toml" for year in ("dry", "median", "wet"))}
One = Annotated[str, typer.Argument(metavar="BASIN")]
Other = Annotated[str, typer.Argument(metavar="BASIN")]
Scenarios = Annotated[list[Path] | None, typer.Option("--scenario")]
Plans = Annotated[bool, typer.Option("--plans/--no-plans")]


def diff(before: One, after: Other, scenario: Scenarios = None, plans: Plans = True) -> None:
    """Say which figures differ between two basins, and what that does to the headline plans."""
    from waterdeal.basin.changes import basin_changes
    from waterdeal.reports.basins import changes_answer
    from waterdeal.scenario.locate import bundled_folder

    with ExitStack() as stack:
        basins = {name: _read(name, stack) for name in (before, after)}
        if len(basins) < 2:
            raise FileProblem(say("diff.same_basin", name=before))
        changes = basin_changes(basins[before], basins[after])
        console.show(changes_answer(changes, console.words))
        usual = [bundled_folder("scenarios") / name for name in HEADLINES.get(basins[after].id, ())]
        effects = {file.stem: _effect(file, basins) for file in (scenario or usual if plans else ())}
    told = [{**vars(change)} for change in changes]
    console.result({"exit": 0, "basins": [before, after], "changes": told, "plans": effects})


def _read(name: str, stack: ExitStack) -> Basin:
    """Read a basin by its folder, its name, or the version that was given out."""
    from waterdeal.basin.read import read_basin
    from waterdeal.scenario.given_out import versions_of
    from waterdeal.scenario.locate import bundled_folder, find_basin

    case, sign, version = name.partition("@")
    if not sign or (Path(name) / "basin.toml").is_file():
        return read_basin(Path(name) if (Path(name) / "basin.toml").is_file() else find_basin(name, Path()))
    if not case.isidentifier() or not (bundled_folder("data") / case / "basin.toml").is_file():
        raise FileProblem(say("commands.not_bundled", case=case, known=", ".join(HEADLINES)))
    versions = versions_of(case)
    if version not in versions:
        raise FileProblem(say("update.no_version", version=version, case=case, known=", ".join(versions)))
    place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    for file, content in versions[version].items():
        if file.startswith(f"{case}/"):
            (place / Path(file).name).write_bytes(content)
    return read_basin(place)


def _effect(file: Path, basins: dict[str, Basin]) -> dict[str, Any]:
    """Plan a scenario on both basins; one that has no plan on one of them is told with the reason."""
    from waterdeal.reports.basins import effect_answer
    from waterdeal.reports.comparison import comparison_record
    from waterdeal.results.compare import compare_plans
    from waterdeal.run import load

    plans, failed = {}, {}
    with console.progress(f"waterdeal diff {file.name}"):
        for name, basin in basins.items():
            try:
                plans[name] = load(file, basin=basin).solve().dataset
            except WaterdealError as error:
                failed[name] = str(error)
                console.say(say("diff.no_plan", file=file.name, name=name, error=error))
    if failed:
        return {"no_plan": failed}
    tables = compare_plans(plans)
    console.say("")
    console.show(effect_answer(file.stem, tables, plans, console.words))
    return {name: part for name, part in comparison_record(tables).items() if name in {"party", "plan"}}
