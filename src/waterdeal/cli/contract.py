"""The contract of water against energy: who sends, keeps and pays what, and whether all would sign and keep it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import Annotated

import typer

from waterdeal.cli.console import console
from waterdeal.cli.explain import explained_in
from waterdeal.cli.options import Force, Lang, Out, Sets, languages


@dataclass(frozen=True)
class ContractTask:
    """A scenario with an exchange of water and energy, and what to tell of it."""

    scenario: Path
    contract: Annotated[str | None, typer.Option("--contract", metavar="ID")] = None
    assume: Annotated[list[str] | None, typer.Option("--assume", metavar="NAME=FIGURE")] = None
    quick: Annotated[bool, typer.Option("--quick")] = False
    to: Annotated[str, typer.Option("--to")] = "xlsx,docx,pdf,html"
    out: Out = None
    force: Force = False
    sets: Sets = None
    lang: Lang = None


def contract(task: ContractTask) -> None:
    """Draw up the sheet of a contract of water against energy: months, prices, ladders, other years, who would stop."""
    from waterdeal.reports.contract import contract as make
    from waterdeal.results.disk import write_files
    from waterdeal.studies.contract.assumed import read_assumed
    from waterdeal.studies.contract.sheet import SheetChoices, contract_sheet

    spoken = languages(task.lang)
    whole = not task.quick
    choices = SheetChoices(task.contract, read_assumed(task.assume or ()), years=whole, ladders=whole, stops=whole)
    with console.reading("contract", task.scenario, task.sets) as (stage, case), explained_in(spoken, case.inputs):
        sheet = contract_sheet(case, choices, stage)
    console.keep(task.scenario, "contract", sheet.record())
    documents = {language: make(sheet, language) for language in spoken}
    console.show(*documents.values())
    files: dict[str, bytes] = {}
    if task.out is not None:
        endings = list(dict.fromkeys(filter(None, (part.strip().lower() for part in task.to.split(",")))))
        for language, document in documents.items():
            for ending in endings:
                files |= document.files(f"contract.{language}", ending)
        write_files(task.out, files, force=task.force)
        console.say(*(f"  {task.out / name}" for name in files))
    written = [str(task.out / name) for name in files] if task.out is not None else []
    console.result({"exit": 0, "scenario": case.file.scenario.scenario.id, **sheet.record(), "files": written})
