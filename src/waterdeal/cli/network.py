"""Large networks from the command line: check their tables, solve them, write the plan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem

if TYPE_CHECKING:
    from waterdeal.cli.console import Console


@dataclass(frozen=True)
class Asked:
    """How a network is to be solved.

    Parameters
    ----------
    out : pathlib.Path or None
        File to write.
    language : str
        Language of what is printed.
    tie_break : bool
        Choose among equal plans by name.
    time_limit : float
        Seconds the solver may take.
    force : bool
        Replace an earlier file.
    """

    out: Path | None
    language: str
    tie_break: bool
    time_limit: float
    force: bool


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
    from waterdeal.report.links import network_plan_text
    from waterdeal.results.store import refuse_existing
    from waterdeal.solve.options import SolveOptions

    target = asked.out or Path("out") / f"{folder.resolve().name}-network.nc"
    if target.suffix != ".nc":
        message = f"{target} does not end in .nc. Name the NetCDF file to write."
        raise FileProblem(message)
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
