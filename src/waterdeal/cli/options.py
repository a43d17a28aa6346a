"""Options that several commands take."""

from __future__ import annotations

from dataclasses import MISSING, fields
from enum import StrEnum
from inspect import Parameter, Signature
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
    """Make a command whose options are the fields of a class: a signature of twelve would be too long to read.

    Parameters
    ----------
    task : type
        A dataclass; each field is an argument or option, with its help in its annotation.

    Returns
    -------
    callable
        Decorates a function of the filled class.
    """
    hints = get_type_hints(task, include_extras=True)

    def decorate(function: Callable[[Any], None]) -> Callable[..., None]:
        def command(**given: Any) -> None:
            function(task(**given))

        kinds = [(field.name, Parameter.empty if field.default is MISSING else field.default) for field in fields(task)]
        signature = [Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=hints[name]) for name, default in kinds]
        command.__doc__, command.__annotations__ = function.__doc__, hints
        command.__signature__ = Signature(signature)  # type: ignore[attr-defined]
        return command

    return decorate
