"""Write a small basin with a scenario that plans at once, to be changed into one's own."""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, Any

import typer

from waterdeal.cli.console import console, in_quotes
from waterdeal.errors import FileProblem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waterdeal.basin.schema import Basin

#: columns that grow with the river
_SIZES = frozenset({"runoff_m3s", "rate_m3s", "capacity_m3s", "dead_hm3", "full_hm3", "volume_hm3", "area_km2", "area_kha", "flow_m3s",
                    "turbine_max_m3s", "capacity_mw"})  # fmt: skip

#: what is said on top of some tables
_REMARKS = {
    "nodes": "commands.new_nodes", "requirements": "commands.new_requirements", "hydrology": "commands.new_hydrology",
    "provenance": "commands.new_provenance",
}  # fmt: skip


def new(
    folder: Path,
    upper: Annotated[str, typer.Option("--upper")] = "",
    lower: Annotated[str, typer.Option("--lower")] = "",
    inflow: Annotated[float | None, typer.Option("--inflow", min=0.01)] = None,
    year: Annotated[int, typer.Option("--year", min=1900, max=2199)] = 2026,
) -> None:
    """Write a small basin (a dam, a town, fields, a delta) and a scenario that plans at once; asks on a terminal what is not given."""
    from waterdeal.examples import two_party_basin
    from waterdeal.results.disk import refuse_existing, write_folder

    refuse_existing(folder, say("commands.other_folder"), force=None)
    asks = sys.stdin.isatty() and sys.stdout.isatty() and not console.silent
    upper = upper or (typer.prompt(console.words.text("commands.new_upper"), "UP") if asks else "UP")
    lower = lower or (typer.prompt(console.words.text("commands.new_lower"), "LOW") if asks else "LOW")
    basin = two_party_basin()
    usual = float(basin.runoff.sel(node="headwater").mean())
    inflow = inflow or (typer.prompt(console.words.text("commands.new_inflow"), round(usual, 1), type=float) if asks else usual)
    if upper == lower or not all(re.fullmatch(r"\w{1,48}", name) for name in (upper, lower)):
        raise FileProblem(say("commands.new_parties", upper=upper, lower=lower))
    files = _files(basin, {"UP": upper, "LOW": lower}, inflow / usual, year)
    write_folder(folder, {name: text.encode() for name, text in files.items()})
    console.say(say("commands.new_written", folder=folder, scenario=in_quotes(folder / "scenario.toml")))
    console.result({"exit": 0, "folder": str(folder), "files": sorted(files)})


def _files(basin: Basin, parties: Mapping[str, str], scale: float, year: int) -> dict[str, str]:
    """Return the files of the folder: the tables beside ``scenario.toml``."""
    from waterdeal.basin.write import basin_rows, table_text
    from waterdeal.documents import toml_text

    words = console.words
    files = {}
    for name, rows in basin_rows(basin).items():
        changed = [{key: _changed(key, value, parties, scale) for key, value in row.items()} for row in rows]
        remarks = [words.text("commands.new_remark"), *([words.text(_REMARKS[name])] if name in _REMARKS else [])]
        files[f"basin/{name}.csv"] = table_text([_named(row) for row in changed], remarks)
    title = words.text("commands.new_title")
    season = {"growing_season": ["04-01", "10-01"], "licence": "CC0-1.0", "name": {"en": title}}
    files["basin/basin.toml"] = toml_text({"schema": "waterdeal/basin@1", "id": "own", **season})
    files["scenario.toml"] = toml_text(_scenario(title, scale, year))
    return files


def _scenario(title: str, scale: float, year: int) -> dict[str, Any]:
    """Return a dry growing season of the basin that could be run: equal parts, no user left dry, a little given for releases."""
    from waterdeal.examples import two_party_content
    from waterdeal.scenario.schema import LEVELS, USUAL_LEVELS

    levels = [name for name in LEVELS if name in {*USUAL_LEVELS, "operation"}]
    content = two_party_content(
        scenario={"id": "own-dry", "title": {"en": title}}, basin="basin",
        period={"start": date(year, 4, 1), "end": date(year, 10, 1), "step": "dekad"},
        reservoir={"upper_dam": {"initial": round(400 * scale, 3), "source": "assumed", "terminal": {"rule": "as_start"}}},
        objective={"sharing": "equal_ratio", "least_supply": 0.25, "evenness_give": 0.01, "give": {"flows": 0.05}, "levels": levels},
        operation={"ramp_share": 0.15},
    )  # fmt: skip
    return {"schema": "waterdeal/scenario@1", **dict(sorted(content.items(), key=lambda item: isinstance(item[1], dict)))}


def _changed(key: str, value: Any, parties: Mapping[str, str], scale: float) -> Any:
    """Give a cell the parties and the size of one's own river."""
    if key in _SIZES:
        return value * scale
    return parties.get(value, value) if isinstance(value, str) else value


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out names that say the id again."""
    ids = set(list(row.values())[:1])
    return {key: value for key, value in row.items() if not (key.startswith("name_") and value in ids)}
