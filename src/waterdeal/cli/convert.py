"""Convert plans to workbooks, tables and series of other tools, and series of flows between the formats of the field."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waterdeal.cli.console import console
from waterdeal.cli.options import Force, Language
from waterdeal.errors import FileProblem
from waterdeal.words import say

if TYPE_CHECKING:
    import xarray as xr

#: endings of what a plan and a series become; without one, a plan becomes a folder of tables
_PLANS = (".xlsx", ".csv", ".nc", ".zarr", ".xml", ".dss")
_SERIES = (".csv", ".nc", ".zarr", ".parquet", ".xml", ".dss")
#: endings of what a basin becomes
_MAPS = (".geojson", ".gpkg")
Stamp = StrEnum("Stamp", {"START": "start", "END": "end"})


@dataclass(frozen=True)
class ConvertTask:
    """What to convert to what, and what is to be known of it."""

    source: Path
    target: Path
    lang: Annotated[Language, typer.Option("--lang")] = Language.EN
    basin: Annotated[str | None, typer.Option("--basin")] = None
    mapping: Annotated[Path | None, typer.Option("--mapping")] = None
    stamp: Annotated[Stamp | None, typer.Option("--stamp")] = None
    force: Force = False


def convert(task: ConvertTask) -> None:
    """Convert a plan to xlsx, csv, nc, zarr, PI-XML or DSS, a series to csv, nc, zarr, parquet, PI-XML or DSS, a basin or run to a map."""
    from waterdeal.results.disk import refuse_existing

    source, target = task.source, task.target
    if target.suffix not in {"", *_PLANS, *_SERIES, *_MAPS}:
        raise _refused(source, target)
    refuse_existing(target, say("commands.other_target"), force=task.force)
    if target.suffix in _MAPS:
        console.say(*(files := _write(target, {"": _map_bytes(task)}, force=task.force)))
        console.result({"exit": 0, "files": [str(file) for file in files]})
        return
    if source.suffix in {".json", ".toml"}:
        console.say(*(files := _write_network(source, target, force=task.force)))
        console.result({"exit": 0, "files": [str(file) for file in files]})
        return
    plan = _plan(source)
    if target.suffix not in (_SERIES if plan is None else ("", *_PLANS)):
        raise _refused(source, target)
    made = _series_files(task) if plan is None else _plan_files(plan, target, task.lang)
    console.say(*(files := _write(target, made, force=task.force)))
    console.result({"exit": 0, "files": [str(file) for file in files]})


def _map_bytes(task: ConvertTask) -> bytes:
    """Make the map of a basin, or of a run by its own basin with its figures; what has no point or no line is told."""
    from waterdeal.basin.read import read_basin
    from waterdeal.reports.maps import Map, geojson_bytes, gpkg_bytes
    from waterdeal.results.disk import RUN_FILE
    from waterdeal.results.store import read_results
    from waterdeal.run_folder import folder_of
    from waterdeal.scenario.locate import find_basin

    folder = folder_of(task.source)
    is_run = (folder / RUN_FILE).is_file() or (folder / "plan.nc").is_file()
    home = folder / "sources" / "basin" if is_run else find_basin(str(task.source), Path())
    if not (home / "basin.toml").is_file():
        raise FileProblem(say("maps.no_basin", source=task.source))
    shown = Map(read_basin(home), read_results(folder) if is_run else None, task.lang)
    made = geojson_bytes(shown) if task.target.suffix == ".geojson" else gpkg_bytes(shown)
    told = {"maps.lacking": shown.lacking, "maps.undrawn": shown.undrawn}
    console.say(*(say(key, names=", ".join(names)) for key, names in told.items() if names))
    return made


def _refused(source: Path, target: Path) -> FileProblem:
    """Say that something becomes no such thing, and what becomes what."""
    known = {"plans": " ".join(_PLANS), "series": " ".join(_SERIES), "maps": " ".join(_MAPS)}
    return FileProblem(say("commands.cannot_convert", source=source, target=target.suffix or target, **known))


def _write_network(source: Path, target: Path, *, force: bool) -> list[Path]:
    """Write a model of another tool as the tables of a network, and tell what is not carried."""
    from waterdeal.links.tables import MODELS
    from waterdeal.results.disk import write_folder

    if target.suffix:
        raise _refused(source, target)
    model = MODELS[source.suffix](source)
    made = model.files()
    console.say(*(say("networks.left_out", told=told) for told in model.left))
    write_folder(target, made, force=force, is_ours=lambda folder: {file.name for file in folder.iterdir()} <= set(made))
    return [target / name for name in made]


def _write(target: Path, made: dict[str, bytes], *, force: bool) -> list[Path]:
    """Write a file, or a folder of files, and return what was written."""
    from waterdeal.results.disk import write_file, write_folder

    if list(made) == [""]:
        write_file(target, made[""], force=force)
        return [target]
    stored = target.suffix == ".zarr"
    write_folder(target, made, force=force, is_ours=_is_store if stored else _holds_tables)
    return [target] if stored else [target / name for name in made]


def _plan(source: Path) -> xr.Dataset | None:
    """Return the plan that a source is; None where it is a series."""
    from waterdeal.results.store import read_results

    if source.is_dir() and not _is_store(source):
        return read_results(source)
    with suppress(FileProblem):
        return read_results(source) if source.suffix == ".nc" else None
    return None


def _is_store(folder: Path) -> bool:
    """Tell whether a folder is a Zarr store."""
    return any((folder / name).is_file() for name in (".zgroup", "zarr.json"))


def _holds_tables(folder: Path) -> bool:
    """Whether a folder holds tables of a plan and nothing else."""
    return all(file.suffix == ".csv" and console.words.has(f"sheet.{file.stem}") for file in folder.iterdir())


def _plan_files(results: xr.Dataset, target: Path, language: str) -> dict[str, bytes]:
    """Files a plan becomes, by name; one file has none."""
    from waterdeal.imports.formats import lines_bytes, need
    from waterdeal.reports.files import report_files
    from waterdeal.results.exports import plan_lines, plan_store
    from waterdeal.results.store import to_bytes

    match target.suffix:
        case ".nc":
            return {"": to_bytes(results)}
        case ".zarr":
            need("zarr", "Zarr", target.name)
            return plan_store(results)
        case ".xml" | ".dss":
            return {"": lines_bytes(plan_lines(results), target.suffix, target.name)}
        case ".xlsx":
            return {"": next(iter(report_files(results, language, ("xlsx",)).values()))}
    return {name.rpartition("/")[2]: content for name, content in report_files(results, language, ("csv",)).items()}


def _series_files(task: ConvertTask) -> dict[str, bytes]:
    """Files a series becomes; what was taken for granted is told."""
    from waterdeal.basin.read import read_basin
    from waterdeal.scenario.locate import find_basin
    from waterdeal.scenario.series import read_mapping, read_series, sentences, series_files

    basin = None if task.basin is None else read_basin(find_basin(task.basin, Path()))
    series = read_series(task.source, basin, mapping=read_mapping(task.mapping), stamp="" if task.stamp is None else task.stamp.value)
    console.say(*(say("commands.series_told", told=one) for one in sentences(series.attrs.get("told", ()))))
    return series_files(series, task.target)
