"""A river held against its record: calibrated on it, and run again as it was operated."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 (typer reads the annotations)
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from waterdeal.cli.console import console
from waterdeal.cli.options import Lang, Out, languages
from waterdeal.errors import InputError, make_problem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

Observed = Annotated[Path, typer.Option("--observed")]
Gauges = Annotated[
    list[str] | None,
    typer.Option("--gauge", metavar="PLACE=AGENCY"),
]

#: steps of a hindcast
StepName = StrEnum("StepName", {"MONTH": "month", "DEKAD": "dekad", "DAY": "day"})


@dataclass(frozen=True)
class HindcastTask:
    """Options of ``hindcast``; each field is one, with its help."""

    basin: str
    observed: Observed
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"])]
    after: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"])]
    given: Annotated[
        list[str] | None,
        typer.Option("--given"),
    ] = None
    gauge: Gauges = None
    step: Annotated[StepName, typer.Option()] = StepName.MONTH
    figure: Annotated[Path | None, typer.Option()] = None
    out: Out = None
    lang: Lang = None


def calibrate(basin: str, observed: Observed, out: Out = None, gauge: Gauges = None, lang: Lang = None) -> None:
    """Fit what reaches gain and lose by month on a record, and write the calibrated basin."""
    from waterdeal.basin.read import read_basin
    from waterdeal.reports.hindcast import calibration_answer
    from waterdeal.reports.tracking import guesses_answer
    from waterdeal.results.disk import refuse_existing, write_folder
    from waterdeal.scenario.locate import find_basin
    from waterdeal.tracking.calibrate import calibrate as fit
    from waterdeal.tracking.calibrated import calibrated_files

    language = languages(lang)[0]
    if out is not None:
        refuse_existing(out, say("commands.other_folder"), force=None)
    with console.progress(f"waterdeal calibrate {basin}") as stage:
        stage("fit")
        found = fit(find_basin(basin, Path()), observed, _pairs(gauge or (), "--gauge"))
    console.show(guesses_answer(found.guesses, language), calibration_answer(found, language))
    if out is not None:
        files = calibrated_files(found, observed.name)
        write_folder(out, files)
        read_basin(out)
        console.say(f"  {out}")
    tables = {"exchange": found.exchange, "taken": found.taken, "places": found.places}
    console.result({"exit": 0, **_records(tables), "sources": found.sources, "guesses": [vars(guess) for guess in found.guesses]})


def hindcast(task: HindcastTask) -> None:
    """Run a river as it was operated, and score its flows beside forecasts that need no model."""
    from waterdeal.reports.hindcast import hindcast_answer
    from waterdeal.reports.plots.canvas import check_figure
    from waterdeal.reports.plots.hindcast import hindcast_figure
    from waterdeal.reports.tracking import guesses_answer
    from waterdeal.results.disk import refuse_existing, write_file, write_folder
    from waterdeal.scenario.locate import find_basin
    from waterdeal.tracking.hindcast import HindcastChoices
    from waterdeal.tracking.hindcast import hindcast as run

    language = languages(task.lang)[0]
    if task.out is not None:
        refuse_existing(task.out, say("commands.other_folder"), force=None)
    if task.figure is not None:
        check_figure(task.figure)
    words = task.given or []
    whole = [word for word in words if "=" not in word]
    if len(whole) > 1:
        raise _refused(("--given", "hindcast.given_twice"), words=", ".join(whole))
    choices = HindcastChoices(
        whole[0] if whole else "releases", given_by_reservoir=_pairs([word for word in words if "=" in word], "--given"),
        gauges=_pairs(task.gauge or (), "--gauge"), step=task.step.value,
    )  # fmt: skip
    with console.progress(f"waterdeal hindcast {task.basin}") as stage:
        stage("run")
        found = run(find_basin(task.basin, Path()), task.observed, task.first.date(), task.after.date(), choices)
    console.show(guesses_answer(found.guesses, language), hindcast_answer(found, language))
    tables = {"series": found.series, "scores": found.scores, "volumes": found.volumes, "balances": found.balances}
    record = {**_records(tables), "beaten": found.beaten, "sources": found.sources, "guesses": [vars(guess) for guess in found.guesses]}
    if task.out is not None:
        files = {f"{name}.csv": table.to_csv(index=False).encode("utf-8-sig") for name, table in tables.items()}
        write_folder(task.out, {**files, "hindcast.json": json.dumps(record, ensure_ascii=False, indent=2, default=str).encode()})
        console.say(*(f"  {task.out / name}" for name in sorted(files)))
    if task.figure is not None:
        write_file(task.figure, hindcast_figure(found, language, task.figure.suffix.lower()[1:]))
        console.say(f"  {task.figure}")
    console.result({"exit": 0, **record})


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """Read ``KEY=VALUE`` texts."""
    found: dict[str, str] = {}
    for text in texts:
        key, mark, value = text.partition("=")
        if not (key and mark and value):
            raise _refused((option, "hindcast.pair"), text=text, option=option)
        found[key] = value
    return found


def _refused(about: tuple[str, str], **values: object) -> InputError:
    """An option, with the key of what is said of it, that cannot be understood."""
    return InputError(about[0], [make_problem(about[0], None, "", about[1], **values)])


def _records(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Tables for machines; what is missing is null."""
    return {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}
