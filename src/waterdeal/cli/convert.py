"""Convert plans to workbooks and tables, and runoff series between CSV and NetCDF."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem
from waterdeal.words import say

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.cli.console import Console

SERIES = {".csv", ".nc"}


def run_convert(console: Console, source: Path, target: Path, language: str, *, force: bool) -> None:
    """Convert one file; nothing is left behind where it fails."""
    from waterdeal.results.store import refuse_existing

    refuse_existing(target, "Choose another name", force=force)
    if source.is_dir() or target.suffix == ".xlsx" or _is_plan(source):
        files = _plan_files(source, target, language)
    elif {source.suffix, target.suffix} == SERIES:
        files = {target: _series_bytes(source, target)}
    else:
        known = "Known: a plan to xlsx, csv or nc; a series csv to nc or back."
        raise FileProblem(say("commands.cannot_convert", value=source.suffix or source, value_2=target.suffix or target, known=known))
    for file, content in files.items():
        write_file(file, content)
    console.say("\n".join(str(file) for file in files))
    console.result({"exit": 0, "files": [str(file) for file in files]})


def _is_plan(source: Path) -> bool:
    """Whether a NetCDF file holds a plan and not a series."""
    from waterdeal.results.store import read_results

    if source.suffix != ".nc":
        return False
    try:
        read_results(source)
    except FileProblem:
        return False
    return True


def _plan_files(source: Path, target: Path, language: str) -> dict[Path, bytes]:
    """Files a plan becomes."""
    from waterdeal.report.files import report_files
    from waterdeal.results.store import read_results, to_bytes

    results = read_results(source)
    match target.suffix:
        case ".nc":
            return {target: to_bytes(results)}
        case ".xlsx":
            return {target: next(iter(report_files(results, language, ("xlsx",)).values()))}
        case _:
            tables = report_files(results, language, ("csv",))
            return {target / name.rpartition("/")[2]: content for name, content in tables.items()}


def _series_bytes(source: Path, target: Path) -> bytes:
    """Read a runoff series and write it in the other format."""
    from waterdeal.scenario.series import parse_series, series_bytes

    return series_bytes(parse_series(source), target.suffix)


def write_file(file: Path, content: bytes) -> None:
    """Write one file whole or not at all."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise FileProblem(say("commands.cannot_written_disk_full", file=file, value=error.strerror or error)) from error
