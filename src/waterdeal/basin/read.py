"""Read a basin folder: every table, every problem, one error."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from waterdeal.basin.cells import check_cells
from waterdeal.basin.check import check_basin
from waterdeal.basin.csv_table import read_table
from waterdeal.basin.hydrology import read_runoff
from waterdeal.basin.schema import Basin
from waterdeal.basin.tables import TABLES
from waterdeal.errors import BasinDataError, FileProblem, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = "waterdeal/basin@1"


def read_basin(folder: Path | str) -> Basin:
    """Read and check a basin folder.

    Parameters
    ----------
    folder : pathlib.Path or str
        Folder laid out as in docs/reference/basin-folder.md.

    Returns
    -------
    Basin
        Checked and frozen.

    Raises
    ------
    FileProblem
        If the folder or its ``basin.toml`` cannot be read.
    BasinDataError
        With every problem found in the tables.
    """
    root = Path(folder)
    header = _read_header(root)
    problems: list[Problem] = []
    digests: dict[str, str] = {}
    tables: dict[str, pd.DataFrame] = {}
    for table in TABLES.values():
        tables[table.name] = read_table(root / f"{table.name}.csv", table, problems, digests)
    hydrology = str(header.get("hydrology", "hydrology.csv"))
    runoff = read_runoff(root / Path(hydrology).name, problems, digests)
    problems += [problem for name, table in TABLES.items() for problem in check_cells(tables[name], table, tables)]
    basin = _make_basin(header, tables, runoff, root, digests)
    if not problems:
        problems += check_basin(basin)
    if problems:
        raise BasinDataError(str(folder), problems)
    return basin


def _make_basin(
    header: Mapping[str, Any], tables: dict[str, pd.DataFrame], runoff: Any, root: Path, digests: dict[str, str]
) -> Basin:
    """Put the parts together."""
    season = [_month_day(text) for text in header.get("growing_season", ["04-01", "10-01"])]
    numbers = {
        name: table.assign(**{c.name: pd.to_numeric(table[c.name], errors="coerce") for c in TABLES[name].columns
                              if c.kind in {"number", "month"}}).drop(columns="line")
        for name, table in tables.items()
    }  # fmt: skip
    return Basin(
        id=str(header["id"]),
        names=dict(header.get("name", {})),
        tables=numbers,
        runoff=runoff,
        growing_season=(season[0], season[1]),
        water_year_start=_month_day(str(header.get("water_year_start", "10-01"))),
        licence=str(header.get("licence", "")),
        folder=root,
        digests=digests,
    )


def _month_day(text: str) -> tuple[int, int]:
    """Read ``"04-01"`` as (4, 1)."""
    month, _, day = text.partition("-")
    return int(month), int(day)


def _read_header(root: Path) -> dict[str, Any]:
    """Read ``basin.toml``, or say what is wrong with it."""
    path = root / "basin.toml"
    if not root.is_dir():
        message = f"{root} is not a folder. Name a basin folder, or a bundled basin such as syrdarya."
        raise FileProblem(message)
    try:
        header = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        message = f"{root} has no basin.toml, so it is not a basin folder."
        raise FileProblem(message) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BasinDataError(str(root), [Problem("basin.toml", None, "", str(error), "Write it as TOML in UTF-8.")]) from error
    if header.get("schema") != SCHEMA:
        found = f'schema is "{header.get("schema", "")}"'
        raise BasinDataError(str(root), [Problem("basin.toml", None, "schema", found, f'Expected "{SCHEMA}".')])
    return header
