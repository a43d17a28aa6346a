"""Write the reports of a run: documents for the table, in the languages and formats asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import Annotated

import typer

from waterdeal.cli.console import console
from waterdeal.cli.options import Force, RunFolder  # noqa: TC001 (typer reads the annotations)
from waterdeal.errors import FileProblem
from waterdeal.words import SPOKEN, say


@dataclass(frozen=True)
class ReportTask:
    """A run, and what to make of it."""

    run: RunFolder
    kind: Annotated[str, typer.Option("--kind", help="annex: two pages A4 for the minutes; figures: its figures.")] = "annex"
    lang: Annotated[str, typer.Option("--lang", help="Languages, e.g. ru,kk,uz,en [default: that of the console].")] = ""
    to: Annotated[str, typer.Option("--to", help="Formats: docx, pdf, html, xlsx, txt.")] = "docx,pdf"
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder to write to.")] = None
    force: Force = False


def report(task: ReportTask) -> None:
    """Make a report of a run, such as the two pages of an annex to the minutes; nothing is solved."""
    from waterdeal.report.kinds import report as make
    from waterdeal.report.run import whole_run
    from waterdeal.results.disk import RUN_FILE, refuse_existing, write_file
    from waterdeal.results.store import read_results
    from waterdeal.run_folder import folder_of

    folder = folder_of(task.run)
    plan = read_results(folder)
    if (folder / RUN_FILE).exists() and whole_run(folder) is None:
        raise FileProblem(say("report.changed", folder=folder))
    out = folder.resolve().with_name(f"{folder.resolve().name}-{task.kind}") if task.out is None else task.out
    made: dict[Path, bytes] = {}
    known = {name.casefold(): name for name in SPOKEN}
    for asked in _listed(task.lang) or [console.lang]:
        language = known.get(asked.casefold(), asked)
        if language not in SPOKEN:
            raise FileProblem(say("general.no_language", language=language, languages=", ".join(SPOKEN)))
        document = make(plan, task.kind, language)
        made |= {out / f"{task.kind}.{language}.{ending}": document.render(ending) for ending in _listed(task.to)}
    for file in made:
        refuse_existing(file, say("commands.other_file"), force=task.force)
    for file, content in made.items():
        write_file(file, content, force=task.force)
    console.say(*(say("report.written", file=file) for file in made))
    console.result({"exit": 0, "files": [str(file) for file in made]})


def _listed(told: str) -> list[str]:
    """Read a list with commas, each once."""
    return list(dict.fromkeys(filter(None, (part.strip().lower() for part in told.split(",")))))
