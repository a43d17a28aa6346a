"""Read a basin folder: every table, every problem, one error."""

from __future__ import annotations

import hashlib
import re
from calendar import monthrange
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, field_validator

from waterdeal.basin.cells import read_table
from waterdeal.basin.hydrology import read_runoff
from waterdeal.basin.make import assemble
from waterdeal.basin.tables import TABLES
from waterdeal.documents import explain, read_toml, schema_of, schema_problem
from waterdeal.errors import BasinDataError, FileProblem, refuse
from waterdeal.fields import FileName, Frozen
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.basin.schema import Basin
    from waterdeal.errors import Problem


#: a year without 29 February
COMMON_YEAR = 2001


def _month_day(text: str) -> str:
    """Refuse what is not a day that each year has."""
    month, _, day = text.partition("-")
    length = monthrange(COMMON_YEAR, int(month))[1] if re.fullmatch("0?[1-9]|1[0-2]", month) else 0
    refuse(not re.fullmatch("[0-9]{1,2}", day) or not 1 <= int(day) <= length, "basin.no_day")
    return text


MonthDay = Annotated[str, AfterValidator(_month_day)]
Day = date


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
    content = _content(root)
    if content is None:
        return _read(root)
    if content not in _READ:
        read = _read(root)
        if len(_READ) == _REMEMBERED:
            _READ.pop(next(iter(_READ)))
        _READ[content] = read
    return _READ[content].copied(root)


#: basins by what their folders held: every command, record and study opens the same few again and again
_READ: dict[str, Basin] = {}
#: how many of them are remembered, and the most bytes of a folder that are looked at for it
_REMEMBERED, _MOST_BYTES = 8, 50_000_000


def _content(root: Path) -> str | None:
    """Format that is read and digest of every file of a folder; None where it is no folder, or large."""
    try:
        files = sorted(path for path in root.iterdir() if path.is_file())
        if sum(path.stat().st_size for path in files) > _MOST_BYTES:
            return None
        return repr([schema_of("basin"), *((path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files)])
    except OSError:
        return None


def _read(root: Path) -> Basin:
    """Read and check a basin folder."""
    header = _read_header(root)
    problems: list[Problem] = []
    digests = {"basin.toml": hashlib.sha256((root / "basin.toml").read_bytes()).hexdigest()}
    tables = {name: read_table(root / f"{name}.csv", table, problems, digests) for name, table in TABLES.items()}
    runoff = read_runoff(root / header.get("hydrology", "hydrology.csv"), problems, digests)
    basin, found = assemble(header, tables, runoff, root, digests, whole=not problems)
    if problems := problems + found:
        files = {f"{name.rpartition('.')[0]}.csv": name for name in digests}
        raise BasinDataError(str(root), [replace(problem, file=files.get(problem.file, problem.file)) for problem in problems])
    return basin


def _read_header(root: Path) -> dict[str, Any]:
    """Read ``basin.toml``, or say what is wrong with it."""
    path = root / "basin.toml"
    if not root.is_dir():
        raise FileProblem(say("basin.no_folder", root=root))
    if not path.is_file():
        raise FileProblem(say("basin.no_header", root=root))
    header = read_toml(path, root.resolve(), {}, BasinDataError)
    if wrong := schema_problem("basin", path.name, header.get("schema", "")):
        raise BasinDataError(str(root), [wrong])
    try:
        Header.model_validate(header)
    except ValidationError as error:
        raise BasinDataError(str(root), [explain(path.name, part, Header) for part in error.errors()]) from error
    return header


class Change(Frozen):
    """What a version of a basin brought, by language."""

    version: Annotated[str, Field(min_length=1, max_length=40)]
    date: Day
    text: dict[Literal["en", "ru", "kk", "uz"], str]


class Header(Frozen):
    """What ``basin.toml`` holds."""

    schema_id: Annotated[str, Field(alias="schema")]
    id: Annotated[str, Field(min_length=1, max_length=100)]
    name: dict[Literal["en", "ru", "kk", "uz"], str] = Field(default_factory=dict)
    water_year_start: MonthDay = "10-01"
    growing_season: tuple[MonthDay, MonthDay] = ("04-01", "10-01")
    ice_months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = (12, 1, 2, 3)
    licence: str = ""
    hydrology: FileName = "hydrology.csv"
    #: which of the basins of this id it is, since when, and what each version brought, the newest first
    version: Annotated[str, Field(max_length=40)] = ""
    date: Day | None = None
    change: tuple[Change, ...] = ()

    @field_validator("hydrology")
    @classmethod
    def beside(cls, name: str) -> str:
        """The hydrology stands beside it."""
        refuse(Path(name).name != name, "basin.hydrology_outside")
        return name
