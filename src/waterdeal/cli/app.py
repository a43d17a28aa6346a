"""The commands in their order, and the entry point. Everything heavy is imported when a command runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from waterdeal import __version__
from waterdeal.cli.batch import batch
from waterdeal.cli.commands import audit, check, compare, demo, info, run, schema
from waterdeal.cli.console import console, use_utf8, writing_told
from waterdeal.cli.contract import contract
from waterdeal.cli.convert import convert
from waterdeal.cli.diff import diff
from waterdeal.cli.ensemble import ensemble
from waterdeal.cli.explain import accounts, compensation, explain, prices, seek, what_if, why
from waterdeal.cli.facts import facts
from waterdeal.cli.inflow import inflow
from waterdeal.cli.migrate import migrate
from waterdeal.cli.network import network
from waterdeal.cli.new import new
from waterdeal.cli.options import Language, add_commands, make_group
from waterdeal.cli.record import agree, verify
from waterdeal.cli.report import report
from waterdeal.cli.scheme import scheme
from waterdeal.cli.skill import calibrate, hindcast
from waterdeal.cli.start_up import search_seldom
from waterdeal.cli.study import study
from waterdeal.cli.track import track
from waterdeal.cli.update import update
from waterdeal.cli.usage import obey
from waterdeal.cli.workbook import workbook

if TYPE_CHECKING:
    from collections.abc import Sequence


app = make_group("waterdeal", "help.flags", "help.exit_codes", pretty_exceptions_enable=False)


def _version(value: bool) -> None:
    """Print the version and leave."""
    if value:
        typer.echo(f"waterdeal {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
    lang: Annotated[Language | None, typer.Option("--lang", hidden=True)] = None,
) -> None:
    """Water deals that states sharing a river can sign, check and keep."""


@ensemble.callback()
@network.callback()
@study.callback()
def in_language(lang: Annotated[Language | None, typer.Option("--lang", hidden=True)] = None) -> None:
    """A group of commands tells its help in the language of the reader, as each command does."""


for group in (ensemble, network, study):
    app.add_typer(group)
#: commands that need neither Dask nor pyarrow
LIGHT = (demo, check, run, explain, why, what_if, seek, prices, contract)
add_commands(app, demo, new, inflow, workbook, check, run, batch, explain, why, what_if, seek, prices, lightly=LIGHT)
add_commands(app, accounts, compensation, contract, facts, track, lightly=LIGHT)
add_commands(app, calibrate, hindcast)
add_commands(app, report, scheme, agree, verify, audit, compare, convert, info, migrate, diff, update, schema)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; what goes wrong outside it is told as well."""
    use_utf8()
    search_seldom()
    with console.errors(), writing_told():
        obey(app, console.take(sys.argv[1:] if arguments is None else arguments))
