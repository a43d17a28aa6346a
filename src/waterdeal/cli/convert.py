"""Convert plans to workbooks and tables, and runoff series between CSV and NetCDF."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import Annotated

import typer

from waterdeal.cli.console import console
from waterdeal.cli.options import Force, Language
from waterdeal.errors import FileProblem
from waterdeal.words import say

#: endings of what a plan becomes: a workbook, NetCDF, or a folder of tables
_PLANS = (".xlsx", ".nc", ".csv", "")
OfTables = Annotated[Language, typer.Option("--lang", help="Language of a workbook or tables.")]


def convert(source: Path, target: Path, lang: OfTables = Language.EN, force: Force = False) -> None:
    """Convert a plan to xlsx or csv, or a runoff series between csv and nc."""
    from waterdeal.results.disk import refuse_existing, write_file, write_folder
    from waterdeal.scenario.series import parse_series, series_bytes

    if target.suffix not in _PLANS:
        raise FileProblem(say("commands.cannot_convert", source=source.suffix or source, target=target.suffix))
    refuse_existing(target, say("commands.other_target"), force=force)
    files = [target]
    if source.is_dir() or target.suffix == ".xlsx" or _is_plan(source):
        made = _plan_files(source, target.suffix, lang)
        if target.suffix in {".nc", ".xlsx"}:
            write_file(target, next(iter(made.values())), force=force)
        else:
            write_folder(target, made, force=force, is_ours=_holds_tables)
            files = [target / name for name in made]
    elif target.suffix in {".csv", ".nc"} and source.is_file():
        write_file(target, series_bytes(parse_series(source), target.suffix), force=force)
    else:
        raise FileProblem(say("commands.cannot_convert", source=source.suffix or source, target=target.suffix or target))
    console.say(*files)
    console.result({"exit": 0, "files": [str(file) for file in files]})


def _is_plan(source: Path) -> bool:
    """Whether a NetCDF file holds a plan and not a series."""
    from waterdeal.results.store import read_results

    with suppress(FileProblem):
        return source.suffix == ".nc" and bool(read_results(source))
    return False


def _holds_tables(folder: Path) -> bool:
    """Whether a folder holds tables of a plan and nothing else."""
    return all(file.suffix == ".csv" and console.words.has(f"sheet.{file.stem}") for file in folder.iterdir())


def _plan_files(source: Path, suffix: str, language: str) -> dict[str, bytes]:
    """Files a plan becomes, by name."""
    from waterdeal.report.files import report_files
    from waterdeal.results.store import read_results, to_bytes

    results = read_results(source)
    if suffix == ".nc":
        return {"plan.nc": to_bytes(results)}
    made = report_files(results, language, ("xlsx" if suffix == ".xlsx" else "csv",))
    return {name.rpartition("/")[2]: content for name, content in made.items()}
