"""Write the inflow of a class of year to edit: the way to a forecast of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waterdeal.cli.console import console
from waterdeal.cli.options import Force, Language  # noqa: TC001 (typer reads the annotations)
from waterdeal.errors import FileProblem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.basin.schema import Basin

_ENDINGS = (".xlsx", ".csv")


@dataclass(frozen=True)
class InflowTask:
    """A class of year to write, and where to."""

    basin: str
    target: Path
    year_class: Annotated[str, typer.Option("--class")] = "mean"
    start: Annotated[str, typer.Option("--start")] = ""
    end: Annotated[str, typer.Option("--end")] = ""
    step: Annotated[str, typer.Option("--step")] = "dekad"
    lang: Annotated[Language | None, typer.Option("--lang")] = None
    force: Force = False


def inflow(task: InflowTask) -> None:
    """Write the inflow of a class of year as a table to edit, which a scenario takes as its series."""
    from waterdeal.basin.read import read_basin
    from waterdeal.calendar import StepKind, make_steps
    from waterdeal.cli.console import refused
    from waterdeal.reports.inflow import inflow_bytes
    from waterdeal.results.disk import refuse_existing, write_file
    from waterdeal.scenario.locate import find_basin

    target = task.target
    if target.suffix not in _ENDINGS:
        raise FileProblem(say("commands.inflow_ending", target=target))
    refuse_existing(target, say("commands.other_file"), force=task.force)
    found = read_basin(find_basin(task.basin, Path()))
    with refused():
        first = date.fromisoformat(task.start) if task.start else datetime.now().astimezone().date().replace(month=1, day=1)
        last = date.fromisoformat(task.end) if task.end else first.replace(year=first.year + 1)
        steps = make_steps(first, last, StepKind(task.step))
    name = _class_of(found, task.year_class)
    write_file(target, inflow_bytes(found, name, steps, task.lang or console.lang, target.suffix), force=task.force)
    console.say(say("commands.inflow_written", target=target, year_class=name, nodes=found.runoff.sizes["node"], steps=len(steps)))
    console.result({"exit": 0, "file": str(target), "year_class": name, "steps": len(steps)})


def _class_of(basin: Basin, said: str) -> str:
    """Return the class that is meant: as the basin names it, or dry_90 and wet_10 for years exceeded in 90 and 10 of 100."""
    known: Sequence[str] = basin.runoff["year_class"].values.tolist()
    kind, _, number = said.rpartition("_")
    meant = f"exceeded_{number}" if kind in {"dry", "wet", ""} else said
    for name in (said, meant):
        if name in known:
            return name
    raise FileProblem(say("commands.inflow_class", said=said, known=", ".join(known)))
