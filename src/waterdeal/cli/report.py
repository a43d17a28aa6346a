"""Write the reports of a run: documents for the table, in the languages and formats asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import Annotated

import typer

from waterdeal.cli.console import console
from waterdeal.cli.options import Force  # noqa: TC001 (typer reads the annotations)
from waterdeal.errors import FileProblem
from waterdeal.words import SPOKEN, say


@dataclass(frozen=True)
class ReportTask:
    """Runs, and what to make of them."""

    runs: Annotated[list[Path], typer.Argument(metavar="RUN")]
    kind: Annotated[str, typer.Option("--kind")] = ""
    lang: Annotated[str, typer.Option("--lang")] = ""
    to: Annotated[str, typer.Option("--to")] = "docx,pdf"
    out: Annotated[Path | None, typer.Option("-o", "--out")] = None
    force: Force = False


def report(task: ReportTask) -> None:
    """Make a report of a run, such as the two pages of an annex to the minutes; nothing is solved."""
    from waterdeal.reports.kinds import report as make
    from waterdeal.reports.material import is_batch
    from waterdeal.results.disk import write_files
    from waterdeal.run_folder import folder_of

    folders = [folder_of(run) for run in task.runs]
    kind = task.kind or ("batch" if is_batch(folders[0]) else "annex")
    if len(folders) > 1 and kind != "comparison":
        raise FileProblem(say("report.one_run", kind=kind))
    first = folders[0].resolve()
    out = first.with_name(f"{first.name}-{kind}") if task.out is None else task.out
    made: dict[str, bytes] = {}
    known = {name.casefold(): name for name in SPOKEN}
    for asked in _listed(task.lang) or [console.lang]:
        language = known.get(asked.casefold(), asked)
        if language not in SPOKEN:
            raise FileProblem(say("general.no_language", language=language, languages=", ".join(SPOKEN)))
        document = make(folders if len(folders) > 1 else folders[0], kind, language)
        for ending in _listed(task.to):
            made |= document.files(f"{kind}.{language}", ending)
    write_files(out, made, force=task.force)
    files = [str(out / name) for name in made]
    console.say(*(say("report.written", file=file) for file in files))
    console.result({"exit": 0, "files": files})


def _listed(told: str) -> list[str]:
    """Read a list with commas, each once."""
    return list(dict.fromkeys(filter(None, (part.strip().lower() for part in told.split(",")))))
