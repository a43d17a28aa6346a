"""Options that several commands take, and how a function becomes a command."""

from __future__ import annotations

from enum import StrEnum
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from waterdeal.cli.console import console
from waterdeal.cli.spoken import SpokenCommand, SpokenGroup
from waterdeal.cli.start_up import import_lightly
from waterdeal.errors import FileProblem
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


#: languages of tables and workbooks
Language = StrEnum("Language", {"EN": "en", "RU": "ru", "UZ": "uz", "UZ_2026": "uz-2026", "UZ_CYRL": "uz-Cyrl", "KK": "kk"})
#: what a run writes beside its NetCDF file
Format = StrEnum("Format", {"XLSX": "xlsx", "CSV": "csv"})

Lang = Annotated[list[Language] | None, typer.Option("--lang", case_sensitive=False)]
Formats = Annotated[list[Format] | None, typer.Option("--format")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE")]
Out = Annotated[Path | None, typer.Option("-o", "--out")]
Force = Annotated[bool, typer.Option("--force")]
Quick = Annotated[bool, typer.Option("--quick")]
#: of a command that writes no tables: it is the console's alone
_QUIET = typer.Option("--lang", case_sensitive=False, hidden=True)
SPOKEN = Parameter("lang", Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[Language | None, _QUIET])


def languages(chosen: list[Language] | None) -> tuple[str, ...]:
    """Return the languages asked for, each once; that of the console if none."""
    spoken = tuple(dict.fromkeys(chosen or (console.lang,)))
    for language in spoken:
        try:
            Words(language)
        except ValueError as error:
            raise FileProblem(error.args[0]) from error
    return spoken


def make_group(name: str, *epilog: str, **more: Any) -> typer.Typer:
    """Make a group of commands; it is told by ``command.<name>``, and below that by other words."""
    told = f"command.{name}"
    return typer.Typer(name=name, cls=SpokenGroup, help=told, epilog=" ".join(epilog), no_args_is_help=True, rich_markup_mode=None, **more)


def add_commands(app: typer.Typer, *functions: Callable[..., None], lightly: Collection[Callable[..., None]] = ()) -> None:
    """Make commands of functions, in this order: named as they are, errors told by the console, the language taken by all.

    Some are run `lightly`: before they import anything it is hidden from xarray and Pyomo what they have no use for.

    The options are the parameters of a function, or, where a signature would be too long to read, the fields of the dataclass that is its
    one parameter ``task``.
    """
    for function in functions:
        prepare = import_lightly if function in lightly else None
        group = "" if app.info.name == "waterdeal" else f"{app.info.name}."
        told = f"command.{group}{function.__name__.replace('_', '-')}"
        codes = "help.verify_codes help.exit_codes" if function.__name__ == "verify" else "help.exit_codes"
        app.command(cls=SpokenCommand, help=told, epilog=codes)(_command(function, group.replace(".", "-"), prepare))


def _command(function: Callable[..., None], group: str, prepare: Callable[[], None] | None) -> Callable[..., None]:
    """Wrap a function of a group so that typer sees its options."""
    task = get_type_hints(function).get("task")
    types = get_type_hints(task or function, include_extras=True)
    taken = [option.replace(annotation=types[option.name]) for option in signature(task or function).parameters.values()]
    taken += [] if "lang" in types else [SPOKEN]

    @wraps(function)
    def command(**options: Any) -> None:
        given = {name: value for name, value in options.items() if name in types}
        console.command = group + function.__name__.replace("_", "-")
        with console.errors():
            if prepare is not None:
                prepare()
            function(**({"task": task(**given)} if task else given))

    command.__annotations__ = {option.name: option.annotation for option in taken}
    command.__signature__ = Signature(taken)  # type: ignore[attr-defined]
    return command
