"""Options that several commands take."""

from __future__ import annotations

from dataclasses import field as given
from dataclasses import fields, make_dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from collections.abc import Callable


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


def taking(task: type[Any]) -> Callable[[Callable[[Any], None]], Callable[..., None]]:
    """Make a command whose options are the fields of a dataclass: a signature of twelve would be too long to read.

    The command is the maker of a class with these fields, so its signature is as real as one that is written out.
    """
    hints = get_type_hints(task, include_extras=True)
    options = [(field.name, hints[field.name], given(default=field.default)) for field in fields(task)]

    def decorate(function: Callable[[Any], None]) -> Callable[..., None]:
        def run(filled: Any) -> None:
            function(task(**vars(filled)))

        made = make_dataclass(function.__name__, options, namespace={"__post_init__": run})
        made.__init__.__doc__, made.__init__.__name__ = function.__doc__, function.__name__  # type: ignore[misc]
        command: Callable[..., None] = object.__new__(made).__init__
        return command

    return decorate
