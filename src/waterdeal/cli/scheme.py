"""Draw the straight-line scheme of a river."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import TYPE_CHECKING, Annotated

import typer

from waterdeal.cli.console import console
from waterdeal.cli.options import Force, Language  # noqa: TC001 (typer reads the annotations)
from waterdeal.errors import FileProblem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    import xarray as xr

#: what the figures of a scheme are
Drawn = StrEnum("Drawn", {"FLOW": "flow", "DEFICIT": "deficit", "CLAUSES": "clauses"})


@dataclass(frozen=True)
class SchemeTask:
    """A plan or a scenario, and how it is drawn."""

    source: Path
    target: Path
    of: Annotated[Drawn, typer.Option("--of")] = Drawn["FLOW"]
    at: Annotated[str, typer.Option("--at")] = "season"
    lang: Annotated[Language | None, typer.Option("--lang")] = None
    force: Force = False


def scheme(task: SchemeTask) -> None:
    """Draw the straight-line scheme of a river, one page A4: stem, tributaries, canals, borders; nothing is solved."""
    from waterdeal.reports.scheme import draw_scheme
    from waterdeal.results.disk import refuse_existing, write_file

    if task.target.suffix != ".svg":
        raise FileProblem(say("scheme.ending", file=task.target))
    refuse_existing(task.target, say("commands.other_file"), force=task.force)
    data, km = _read(task.source)
    write_file(task.target, draw_scheme(data, km, task.lang or console.lang, task.of, task.at), force=task.force)
    console.say(say("scheme.written", file=task.target))
    console.result({"exit": 0, "file": str(task.target)})


def _read(source: Path) -> tuple[xr.Dataset, dict[str, float]]:
    """Read a plan or the inputs of a scenario, and the river km of the nodes of its basin."""
    import csv

    if source.is_file() and source.name != "plan.nc":
        with console.reading("scheme", source) as (_, case):
            return case.inputs, _known(case.basin.rows("nodes"))
    from waterdeal.results.store import read_results
    from waterdeal.run_folder import folder_of

    folder = folder_of(source)
    data, table = read_results(folder), folder / "sources" / "basin" / "nodes.csv"
    nodes = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines())) if table.is_file() else []
    return data, _known(nodes)


def _known(nodes: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """River km of the nodes that have one."""
    found = {row["node"]: float(row.get("river_km") or "nan") for row in nodes}
    return {node: km for node, km in found.items() if km >= 0}
