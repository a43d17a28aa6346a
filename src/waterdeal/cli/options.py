"""Options that several commands take."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Language(StrEnum):
    """Languages of tables and workbooks."""

    EN = "en"
    RU = "ru"
    UZ = "uz"
    KK = "kk"


class Format(StrEnum):
    """What a run writes beside its NetCDF file."""

    XLSX = "xlsx"
    CSV = "csv"


Lang = Annotated[list[Language] | None, typer.Option("--lang", help="Language of the tables; may be given several times.")]
Formats = Annotated[list[Format] | None, typer.Option("--format", help="xlsx, csv; may be given several times [default: both].")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change one setting, e.g. hydrology.factor=0.9.")]
Out = Annotated[Path | None, typer.Option("-o", "--out", help="Folder to write to (for schema: file).")]
Force = Annotated[bool, typer.Option("--force", help="Replace an earlier run in the same folder.")]


def languages(chosen: list[Language] | None) -> tuple[str, ...]:
    """Return the languages asked for, English if none, each once."""
    return tuple(dict.fromkeys(chosen or [Language.EN]))
