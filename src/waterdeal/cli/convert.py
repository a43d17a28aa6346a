"""Convert plans to workbooks and tables, and runoff series between CSV and NetCDF."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import Annotated

import typer

from waterdeal.cli.console import console
from waterdeal.cli.options import Force, Language
from waterdeal.errors import FileProblem
from waterdeal.words import say

OfTables = Annotated[Language, typer.Option("--lang", help="Language of a workbook or tables.")]


def convert(source: Path, target: Path, lang: OfTables = Language.EN, force: Force = False) -> None:
    """Convert a plan to xlsx or csv, or a runoff series between csv and nc."""
    from waterdeal.results.store import refuse_existing
    from waterdeal.scenario.series import parse_series, series_bytes

    refuse_existing(target, say("commands.other_target"), force=force)
    if source.is_dir() or target.suffix == ".xlsx" or _is_plan(source):
        files = _plan_files(source, target, lang)
    elif {source.suffix, target.suffix} == {".csv", ".nc"}:
        files = {target: series_bytes(parse_series(source), target.suffix)}
    else:
        raise FileProblem(say("commands.cannot_convert", source=source.suffix or source, target=target.suffix or target))
    for file, content in files.items():
        write_file(file, content)
    console.say(*files)
    console.result({"exit": 0, "files": [str(file) for file in files]})


def _is_plan(source: Path) -> bool:
    """Whether a NetCDF file holds a plan and not a series."""
    from waterdeal.results.store import read_results

    with suppress(FileProblem):
        return source.suffix == ".nc" and bool(read_results(source))
    return False


def _plan_files(source: Path, target: Path, language: str) -> dict[Path, bytes]:
    """Files a plan becomes."""
    from waterdeal.report.files import report_files
    from waterdeal.results.store import read_results, to_bytes

    results = read_results(source)
    if target.suffix == ".nc":
        return {target: to_bytes(results)}
    if target.suffix == ".xlsx":
        return {target: next(iter(report_files(results, language, ("xlsx",)).values()))}
    return {target / name.rpartition("/")[2]: content for name, content in report_files(results, language, ("csv",)).items()}


def write_file(file: Path, content: bytes) -> None:
    """Write one file whole or not at all."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise FileProblem(say("commands.cannot_write_file", file=file, why=error.strerror or error)) from error
