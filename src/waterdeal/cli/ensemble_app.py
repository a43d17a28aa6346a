"""The commands of ``waterdeal ensemble``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from waterdeal.cli.console import current_console
from waterdeal.cli.options import Lang, Out, Sets, languages, taking

ensemble = typer.Typer(name="ensemble", help="Plan a scenario under many traces of inflow.", no_args_is_help=True, rich_markup_mode=None)


@dataclass(frozen=True)
class RunTask:
    """Options of ``ensemble run``; each field is one, with its help."""

    scenario: Path
    inflow: Annotated[Path, typer.Option("--inflow", help="Traces: NetCDF runoff(trace, node, time), or CSV.")]
    out: Out = None
    backend: Annotated[str, typer.Option(help="serial, processes:N, dask:N, or the address of a Dask scheduler.")] = "processes"
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what stands in the folder.")] = False
    shard: Annotated[str, typer.Option("--shard", help="The part of a job array: 0/64 to 63/64, all into one folder.")] = "0/1"
    sets: Sets = None


@ensemble.command("run")
@taking(RunTask)
def ensemble_run(task: RunTask) -> None:
    """Plan a scenario under every trace of inflow; killed at any moment, it goes on with --resume."""
    from waterdeal.cli.ensemble import run_ensemble_command
    from waterdeal.ensemble.run import Choices, part_of

    try:
        choices = Choices(task.backend, resume=task.resume, part=part_of(task.shard))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    console = current_console()
    with console.errors():
        run_ensemble_command(console, task.scenario, task.inflow, task.out, task.sets or (), choices)


@ensemble.command("status")
def ensemble_status(folder: Path, lang: Lang = None) -> None:
    """Tell how many members of an ensemble are done."""
    from waterdeal.cli.ensemble import run_status

    console = current_console()
    with console.errors():
        run_status(console, folder, languages(lang)[0])


@ensemble.command("summary")
def ensemble_summary(folder: Path, out: Out = None, lang: Lang = None) -> None:
    """Tell what the members of an ensemble say together; with --out quantiles and tables are written."""
    from waterdeal.cli.ensemble import run_summary

    console = current_console()
    with console.errors():
        run_summary(console, folder, out, languages(lang)[0])
