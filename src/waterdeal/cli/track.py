"""Plan against actual, from a file of measurements to what is owed and a plan for the rest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waterdeal.results.store import inputs_to_bytes, refuse_existing, to_bytes, write_folder
from waterdeal.variables import names_of

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from waterdeal.cli.console import Console
    from waterdeal.tracking.follow import Tracking
    from waterdeal.tracking.replan import Replan


@dataclass(frozen=True)
class Followed:
    """What `track` was asked for."""

    run: Path  # folder of the run
    actual: Path  # file of measurements
    out: Path | None  # folder for the tables and the new plan; nothing is written without it
    language: str = "en"  # language of what is said and written
    year: int | None = None  # year of a table that does not say
    strict: bool = False  # refuse to guess


def run_track(console: Console, task: Followed) -> None:
    """Compare, tell what is owed, plan the rest."""
    from waterdeal.imports import read_actual
    from waterdeal.report.tracking import guesses_text, tracking_text
    from waterdeal.run_folder import open_run
    from waterdeal.tracking.follow import follow
    from waterdeal.tracking.replan import replan

    if task.out is not None:
        refuse_existing(task.out, "Choose another folder with -o", force=False)
    with console.progress(f"waterdeal track {task.run.name}") as stage:
        stage("read")
        run = open_run(task.run)
        actual = read_actual(task.actual, _spellings(run.inputs), task.year, task.strict, run.inputs["reservoir"].values.tolist())
        stage("compare")
        tracking = follow(run.results, actual.readings)
        stage("plan the rest")
        rest = replan(run, tracking)
    console.say(guesses_text(actual.guesses, task.language))
    console.say(tracking_text(tracking, rest, run.results, task.language))
    record = _record(tracking, rest)
    if task.out is not None:
        files = _files(tracking, rest, record)
        write_folder(task.out, files)
        console.say("\n".join(f"  {task.out / name}" for name in sorted(files)))
    console.result({"exit": 0, "guesses": [vars(guess) for guess in actual.guesses], **record})


def _spellings(inputs: xr.Dataset) -> dict[str, list[str]]:
    """Names of every gauge, reservoir, demand and plant in all languages."""
    names = names_of(inputs)
    ids = [str(name) for dim in ("link", "reservoir", "demand", "plant") for name in inputs[dim].values]
    return {key: [key, *sorted(set(names.get(key, {}).values()))] for key in ids}


def _record(tracking: Tracking, rest: Replan | None) -> dict[str, Any]:
    """Result for machines; what is missing is null."""
    found: dict[str, Any] = {
        "steps": json.loads(tracking.steps.to_json(orient="records")),
        "owed": json.loads(tracking.owed.to_json(orient="records")),
        "measured_steps": tracking.measured_steps,
        "replanned": rest is not None and rest.results is not None,
        "repaid": rest is not None and rest.repaid,
    }
    if rest is not None and rest.refused is not None and rest.refused.explanation is not None:
        from waterdeal.report.explanation import explanation_record

        found["explanation"] = explanation_record(rest.refused.explanation, rest.inputs)
    return found


def _files(tracking: Tracking, rest: Replan | None, record: dict[str, Any]) -> dict[str, bytes]:
    """Tables, the record and the new plan."""
    files = {
        "tracking.csv": tracking.steps.to_csv(index=False).encode("utf-8-sig"),
        "owed.csv": tracking.owed.to_csv(index=False).encode("utf-8-sig"),
        "tracking.json": json.dumps(record, ensure_ascii=False, indent=2).encode(),
    }
    if rest is not None and rest.results is not None:
        files |= {"plan.nc": to_bytes(rest.results), "inputs.nc": inputs_to_bytes(rest.inputs)}
    return files
