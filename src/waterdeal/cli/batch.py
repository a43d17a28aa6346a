"""Many scenarios from the command line: a list, a pattern, or a grid."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from waterdeal.cli.console import console, refused
from waterdeal.cli.ensemble import SOME_FAILED, telling_progress
from waterdeal.cli.options import Formats, Lang, Out, Quick, languages
from waterdeal.cli.stops import Stopped
from waterdeal.errors import FileProblem
from waterdeal.words import Words, say


@dataclass(frozen=True)
class BatchTask:
    """Options of ``batch``; each field is one, with its help."""

    plan: Path
    out: Out = None
    backend: Annotated[str, typer.Option()] = "processes"
    resume: Annotated[bool, typer.Option("--resume")] = False
    force: Annotated[bool, typer.Option("--force")] = False
    lang: Lang = None
    formats: Formats = None
    quick: Quick = False


def batch(task: BatchTask) -> None:
    """Plan every scenario of a batch into a run folder of its own; killed at any moment, it goes on with --resume."""
    from waterdeal.reports.batch import Told, batch_answer, batch_record
    from waterdeal.reports.batch_run import BatchChoices
    from waterdeal.reports.batch_run import batch as run_batch
    from waterdeal.reports.run import FORMATS
    from waterdeal.studies.batch import Batch

    folder = task.out or Path("out") / task.plan.stem
    resume = "" if not task.resume else "changed" if task.force else "same"
    spoken = languages(task.lang)
    choices = BatchChoices(task.backend, resume, spoken, tuple(map(str, task.formats or FORMATS)), task.quick)
    with telling_progress() as progress, refused():
        try:
            found = run_batch(task.plan, folder, choices, progress)
        except (KeyboardInterrupt, Stopped):
            with suppress(FileProblem):
                begun = Batch(folder)
                console.left = say("batch.stand", folder=folder, done=len(begun.runs), count=len(begun.cells))
            raise
    figures = found.dataset()
    console.say(*found.changed)
    console.show(batch_answer(Told(found, figures, Words(spoken[0]))))
    console.say("", f"  {folder}")
    code = SOME_FAILED if found.without_plan else 0
    told = {"folder": str(folder.resolve()), "changed": list(map(str, found.changed))}
    console.result({"exit": code, **told, **batch_record(found, figures)})
    if code:
        raise SystemExit(code)
