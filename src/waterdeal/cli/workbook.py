"""Write a scenario to one workbook that is edited in Excel and planned as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import Annotated

import typer

from waterdeal.cli.console import console, in_quotes
from waterdeal.cli.options import Force, Language, Sets  # noqa: TC001 (typer reads the annotations)
from waterdeal.errors import FileProblem
from waterdeal.words import say


@dataclass(frozen=True)
class WorkbookTask:
    """A scenario, and the workbook to write."""

    scenario: Path
    target: Path
    sets: Sets = None
    lang: Annotated[Language | None, typer.Option("--lang")] = None
    force: Force = False


def workbook(task: WorkbookTask) -> None:
    """Write a scenario to a workbook: edit it in Excel, then `waterdeal run` plans it."""
    from waterdeal.reports.workbook import edit_workbook
    from waterdeal.results.disk import refuse_existing, write_file

    if task.target.suffix != ".xlsx":
        raise FileProblem(say("workbook.ending", target=task.target))
    refuse_existing(task.target, say("commands.other_file"), force=task.force)
    with console.reading("workbook", task.scenario, task.sets) as (stage, case):
        stage("write")
        write_file(task.target, edit_workbook(case, task.lang or console.lang, task.target.parent), force=task.force)
    console.say(say("workbook.written", target=task.target, path=in_quotes(task.target)))
    console.result({"exit": 0, "file": str(task.target), "scenario": case.file.scenario.scenario.id})
