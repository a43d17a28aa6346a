"""Ensembles from the command line: run, look how far one is, and what it says."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waterdeal.cli.console import console, refused
from waterdeal.cli.options import Lang, Out, Sets, add_commands, languages, make_group
from waterdeal.cli.stops import Stopped
from waterdeal.errors import FileProblem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from waterdeal.ensemble.summary import Ensemble

#: exit code where some members have no plan; which, `ensemble summary` lists
SOME_FAILED = 8
#: seconds between two lines about how far it is, where nobody sits at a terminal
SECONDS = 10.0

ensemble = make_group("ensemble")


@dataclass(frozen=True)
class RunTask:
    """Options of ``ensemble run``; each field is one, with its help."""

    scenario: Path
    inflow: Annotated[Path, typer.Option("--inflow")]
    mapping: Annotated[Path | None, typer.Option("--mapping")] = None
    out: Out = None
    backend: Annotated[str, typer.Option()] = "processes"
    resume: Annotated[bool, typer.Option("--resume")] = False
    shard: Annotated[str, typer.Option("--shard")] = "0/1"
    sets: Sets = None


def run(task: RunTask) -> None:
    """Plan a scenario under every trace of inflow; killed at any moment, it goes on with --resume."""
    from waterdeal.ensemble.run import EnsembleChoices, folder_of, part_of, run_traces
    from waterdeal.ensemble.summary import Ensemble
    from waterdeal.ensemble.traces import read_traces
    from waterdeal.reports.ensemble import ensemble_answer
    from waterdeal.run import load, told_of_workbook
    from waterdeal.run_folder import case_of
    from waterdeal.scenario.series import read_mapping

    try:
        choices = EnsembleChoices(task.backend, resume=task.resume, part=part_of(task.shard))
    except ValueError as error:
        raise typer.BadParameter(console.words.tell(error.args[0])) from error
    if task.scenario.is_dir() and task.sets:
        raise FileProblem(say("report.no_sets", folder=task.scenario))
    case = case_of(task.scenario) if task.scenario.is_dir() else load(task.scenario, task.sets or ())
    console.say(*told_of_workbook(case))
    folder = task.out or folder_of(case)
    mapping = read_mapping(task.mapping)
    inflow = task.inflow if mapping is None else read_traces(task.inflow, case.basin, mapping)
    with telling_progress() as progress, refused():
        try:
            found = run_traces(case, inflow, folder, choices, progress)
        except (KeyboardInterrupt, Stopped):
            with suppress(FileProblem):
                begun = Ensemble(folder)
                console.left = say("commands.members_stand", folder=folder, done=begun.done, members=begun.members)
            raise
    console.show(ensemble_answer(found, console.lang))
    if task.scenario.is_dir() and found.done == found.members:
        _keep(task.scenario, found)
    without = len(found.failures())
    code = SOME_FAILED if without else 0
    console.result({"exit": code, "folder": str(folder), "members": found.members, "without_plan": without, "sha256": found.digest()})
    if code:
        raise SystemExit(code)


def status(folder: Path, lang: Lang = None) -> None:
    """Tell how many members of an ensemble are done."""
    from waterdeal.ensemble.summary import Ensemble
    from waterdeal.reports.ensemble import status_text

    found = Ensemble(folder)
    console.say(status_text(found, languages(lang)[0]))
    console.result({"exit": 0, "done": found.done, "members": found.members})


OfRun = Annotated[Path | None, typer.Option("--run")]


def summary(folder: Path, out: Out = None, run: OfRun = None, lang: Lang = None) -> None:
    """Tell what the members of an ensemble say together; with --out quantiles and tables are written."""
    from waterdeal.ensemble.summary import Ensemble, summary_files
    from waterdeal.reports.ensemble import ensemble_answer
    from waterdeal.results.disk import write_folder

    found = Ensemble(folder)
    console.show(ensemble_answer(found, languages(lang)[0]))
    if run is not None:
        _keep(run, found)
    if out is not None:
        write_folder(out, summary_files(found))
        console.say(out)
    told = {"done": found.done, "members": found.members, "without_plan": found.failures().to_dict("records"), "sha256": found.digest()}
    console.result({"exit": 0, **told, "reliability": found.reliability().to_dict("index") if found.done else {}})


def _keep(run: Path, found: Ensemble) -> None:
    """Keep what an ensemble says beside the run it is of."""
    from waterdeal.reports.risk import ensemble_record
    from waterdeal.results.store import read_results

    console.keep(run, "ensemble", ensemble_record(found, read_results(run), run))


@contextmanager
def telling_progress() -> Iterator[Callable[[int, int], None]]:
    """Show how far it is and the time left: a line that is written over on a terminal, else one every few seconds."""
    start, over = time.monotonic(), sys.stderr.isatty()
    shown, first = 0.0, -1

    def tell(done: int, members: int) -> None:
        nonlocal shown, first
        now, first = time.monotonic(), done if first < 0 else first
        if console.silent or (now - shown < (0.2 if over else SECONDS) and done < members):
            return
        shown = now
        left = console.words.text("commands.left", seconds=(now - start) / (done - first) * (members - done)) if done > first else ""
        sys.stderr.write(f"{chr(13) if over else ''}{done}/{members}{left}{' ' * 12 if over else chr(10)}")
        sys.stderr.flush()

    yield tell
    if over and not console.silent and shown:
        sys.stderr.write("\n")


add_commands(ensemble, run, status, summary)
