"""The commands of ``waterdeal study``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from waterdeal.cli.console import current_console
from waterdeal.cli.options import Lang, Out, Sets, taking

study = typer.Typer(
    name="study", help="Trade-offs and sensitivities of a scenario, by many solves.", no_args_is_help=True, rich_markup_mode=None
)


class Method(StrEnum):
    """Methods of a sensitivity."""

    ONE_AT_A_TIME = "one-at-a-time"
    MORRIS = "morris"
    SOBOL = "sobol"


class Others(StrEnum):
    """What becomes of the other parties and of nature."""

    KEPT = "kept"
    FREE = "free"


@dataclass(frozen=True)
class FrontierTask:
    """Options of ``study frontier``; each field is one, with its help."""

    scenario: Path
    parties: Annotated[str, typer.Option(help="The two parties, e.g. KZ,UZ.")]
    of: Annotated[str, typer.Option(help="What is measured: delivery, shortage, ...; two, with a comma, if they differ.")] = "delivery"
    others: Annotated[Others, typer.Option(help="kept: nobody else has less than in the plan.")] = Others.KEPT
    held: Annotated[str | None, typer.Option(help="Levels held at their best, with commas [default: those above].")] = None
    figure: Annotated[Path | None, typer.Option(help="Picture of the frontier to write: .png, .svg, .pdf (needs matplotlib).")] = None
    out: Out = None
    sets: Sets = None
    lang: Lang = None


@dataclass(frozen=True)
class SensitivityTask:
    """Options of ``study sensitivity``; each field is one, with its help."""

    scenario: Path
    parameter: Annotated[list[str] | None, typer.Option(metavar="NAME=LOW:HIGH", help='E.g. "runoff*=0.8:1.2"; several times.')] = None
    file: Annotated[Path | None, typer.Option("--file", help="Study file with a table [parameter].")] = None
    method: Annotated[Method, typer.Option(help="Morris and Sobol need SALib.")] = Method.ONE_AT_A_TIME
    samples: Annotated[int, typer.Option(help="Trajectories of Morris, base samples of Sobol.")] = 16
    seed: Annotated[int, typer.Option(help="Of what is drawn.")] = 0
    backend: Annotated[str, typer.Option(help="serial, processes:N, dask:N, or the address of a Dask scheduler.")] = "serial"
    figure: Annotated[list[str] | None, typer.Option(help="Figure to print, e.g. KZ_delivery; several times.")] = None
    anew: Annotated[bool, typer.Option("--anew", help="Plan each sample with its own areas and heads.")] = False
    out: Out = None
    sets: Sets = None
    lang: Lang = None


@study.command("frontier")
@taking(FrontierTask)
def study_frontier(task: FrontierTask) -> None:
    """Find the exact frontier of what two parties can have: every corner, and the rate of exchange between them."""
    from waterdeal.cli.study import run_frontier

    console = current_console()
    with console.errors():
        run_frontier(console, task)


@study.command("sensitivity")
@taking(SensitivityTask)
def study_sensitivity(task: SensitivityTask) -> None:
    """Tell how results respond to what is not known: one at a time, by Morris or by Sobol."""
    from waterdeal.cli.study import run_sensitivity_command

    console = current_console()
    with console.errors():
        run_sensitivity_command(console, task)
