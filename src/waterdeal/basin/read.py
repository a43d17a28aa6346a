"""Read a basin folder: every table, every problem, one error."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waterdeal.basin.cells import read_table
from waterdeal.basin.hydrology import read_runoff
from waterdeal.basin.make import assemble
from waterdeal.basin.tables import TABLES
from waterdeal.documents import schema_problem
from waterdeal.errors import BasinDataError, FileProblem, make_problem
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.basin.schema import Basin
    from waterdeal.errors import Problem


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
    tables = {name: read_table(root / f"{name}.csv", table, problems, digests) for name, table in TABLES.items()}
    runoff = read_runoff(root / Path(str(header.get("hydrology", "hydrology.csv"))).name, problems, digests)
    basin, found = assemble(header, tables, runoff, root, digests)
    if problems := problems + found:
        raise BasinDataError(str(folder), problems)
    return basin


def _read_header(root: Path) -> dict[str, Any]:
    """Read ``basin.toml``, or say what is wrong with it."""
    path = root / "basin.toml"
    if not root.is_dir():
        raise FileProblem(say("basin.no_folder", root=root))
    try:
        header = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileProblem(say("basin.no_header", root=root)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BasinDataError(str(root), [make_problem("basin.toml", None, "", "basin.not_toml", error=error)]) from error
    if wrong := schema_problem("basin", "basin.toml", header.get("schema", "")):
        raise BasinDataError(str(root), [wrong])
    return header
