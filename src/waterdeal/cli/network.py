"""Large networks from the command line: check their tables, solve them, write the plan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waterdeal.cli.console import current_console
from waterdeal.cli.options import Force, Lang, languages
from waterdeal.errors import FileProblem
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.cli.console import Console

network = typer.Typer(name="network", help="Solve a large network for the least cost.", no_args_is_help=True, rich_markup_mode=None)

Folder = Annotated[Path, typer.Argument(help="Folder with links.csv and inflows.csv.")]


@network.command("check")
def network_check(folder: Folder, lang: Lang = None) -> None:
    """Check the tables of a large network without solving."""
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
    console = current_console()
    with console.errors():
        run_network(console, folder, Asked(out, languages(lang)[0], tie_break=tie_break, time_limit=time_limit, force=force))


@dataclass(frozen=True)
class Asked:
    """How a network is to be solved."""

    out: Path | None  # file to write
    language: str  # language of what is printed
    tie_break: bool  # choose among equal plans by name
    time_limit: float  # seconds the solver may take
    force: bool  # replace an earlier file


def run_network_check(console: Console, folder: Path, language: str) -> None:
    """Check the tables of a network."""
    from waterdeal.links.tables import read_network
    from waterdeal.report.links import network_text

    network = read_network(folder)
    console.say(network_text(network, language))
    shape = network.shape
    counts = {"nodes": len(shape.nodes), "links": len(shape.links), "steps": len(network.steps.labels), "columns": network.columns}
    console.result({"exit": 0, **counts})


def run_network(console: Console, folder: Path, asked: Asked) -> None:
    """Solve a network, and write its plan whole or not at all."""
    from waterdeal.cli.convert import write_file
    from waterdeal.links.results import network_results, results_bytes
    from waterdeal.links.solve import solve_network
    from waterdeal.links.tables import read_network
    from waterdeal.lp.options import SolveOptions
    from waterdeal.report.links import network_plan_text
    from waterdeal.results.store import refuse_existing

    target = asked.out or Path("out") / f"{folder.resolve().name}-network.nc"
    if target.suffix != ".nc":
        raise FileProblem(say("commands.does_not_end_nc", target=target))
    refuse_existing(target, "Choose another file with -o", force=asked.force)
    with console.progress(str(folder)) as tell:
        network = read_network(folder)
        tell(f"{network.columns} flows")
        plan = solve_network(network, SolveOptions(time_limit=asked.time_limit), tie_break=asked.tie_break)
    write_file(target, results_bytes(network_results(plan)))
    console.say(network_plan_text(plan, asked.language))
    console.say(str(target))
    told = {"file": str(target), "cost": plan.cost, "is_unique": plan.is_unique, "largest_residual": plan.residuals.balance}
    console.result({"exit": 0, **told, "seconds": plan.seconds})
