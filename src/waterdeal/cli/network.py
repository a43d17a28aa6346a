"""Large networks from the command line: check their tables, solve them, write the plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from waterdeal.cli.console import console
from waterdeal.cli.options import Force, Lang, add_commands, languages, make_group
from waterdeal.errors import FileProblem
from waterdeal.words import say

network = make_group("network")


def check(folder: Path, lang: Lang = None) -> None:
    """Check the tables of a large network without solving."""
    from waterdeal.links.tables import read_network
    from waterdeal.reports.links import network_answer

    found = read_network(folder)
    console.show(network_answer(found, languages(lang)[0]))
    sizes = {"nodes": len(found.shape.nodes), "links": len(found.shape.links), "steps": len(found.steps.labels), "columns": found.columns}
    console.result({"exit": 0, **sizes})


def run(
    folder: Path,
    out: Annotated[Path | None, typer.Option("-o", "--out")] = None,
    tie_break: Annotated[bool, typer.Option("--tie-break")] = False,
    time_limit: Annotated[float, typer.Option(min=0.0)] = 7200.0,
    lang: Lang = None, force: Force = False,
) -> None:  # fmt: skip
    """Find the cheapest plan of a large network, audit it and write it."""
    from waterdeal.links.results import network_results, results_bytes
    from waterdeal.links.solve import solve_network
    from waterdeal.links.tables import read_network
    from waterdeal.lp.options import SolveOptions
    from waterdeal.reports.links import network_plan_answer
    from waterdeal.results.disk import refuse_existing, write_file

    target = out or Path("out") / f"{folder.resolve().name}-network.nc"
    if target.suffix != ".nc":
        raise FileProblem(say("commands.ends_in_nc", target=target))
    refuse_existing(target, say("commands.other_file"), force=force)
    with console.progress(str(folder)) as stage:
        found = read_network(folder)
        stage(f"{found.columns} flows")
        plan = solve_network(found, SolveOptions(time_limit=time_limit), tie_break=tie_break)
    write_file(target, results_bytes(network_results(plan)), force=force)
    console.show(network_plan_answer(plan, languages(lang)[0]))
    console.say(target)
    told = {"file": str(target), "cost": plan.cost, "is_unique": plan.is_unique, "largest_residual": plan.residuals.balance}
    console.result({"exit": 0, **told, "seconds": plan.seconds})


add_commands(network, check, run)
