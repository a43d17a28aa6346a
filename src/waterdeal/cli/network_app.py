"""The commands of ``waterdeal network``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from waterdeal.cli.console import current_console
from waterdeal.cli.options import Force, Lang, languages

network = typer.Typer(name="network", help="Solve a large network for the least cost.", no_args_is_help=True, rich_markup_mode=None)

Folder = Annotated[Path, typer.Argument(help="Folder with links.csv and inflows.csv.")]


@network.command("check")
def network_check(folder: Folder, lang: Lang = None) -> None:
    """Check the tables of a large network without solving."""
    from waterdeal.cli.network import run_network_check

    console = current_console()
    with console.errors():
        run_network_check(console, folder, languages(lang)[0])


@network.command("run")
def network_run(
    folder: Folder,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="NetCDF file to write [default: out/FOLDER-network.nc].")] = None,
    tie_break: Annotated[bool, typer.Option("--tie-break", help="Choose among equal plans by name; for moderate sizes.")] = False,
    time_limit: Annotated[float, typer.Option(help="Seconds the solver may take.", min=0.0)] = 7200.0,
    lang: Lang = None,
    force: Force = False,
) -> None:
    """Find the cheapest plan of a large network, audit it and write it."""
    from waterdeal.cli.network import Asked, run_network

    console = current_console()
    with console.errors():
        run_network(console, folder, Asked(out, languages(lang)[0], tie_break=tie_break, time_limit=time_limit, force=force))
