"""Requirements that a scenario brings by date: rates by demand and day, each holding until the next, beside the months of the basin."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.cells import check_cells, number_of, read_table
from waterdeal.basin.tables import REQUIREMENT_SERIES
from waterdeal.errors import Problem, ScenarioError, make_problem
from waterdeal.units import HM3_PER_CUMEC_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.types import Floats

FIELD = "requirement.series"


def read_requirements(folder: Path, name: str, basin: Basin) -> pd.DataFrame:
    """Read a file ``demand,time,rate_m3s`` beside a scenario; days are proleptic ordinals in ``day``."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ScenarioError(name, [make_problem(name, None, FIELD, "scenario.series_outside")])
    problems: list[Problem] = []
    digests: dict[str, str] = {}
    table = read_table(path, REQUIREMENT_SERIES, problems, digests)
    own = f"{REQUIREMENT_SERIES.name}.csv"
    found = check_cells(table, REQUIREMENT_SERIES, basin.tables)
    problems += [replace(problem, file=path.name) if problem.file == own else problem for problem in found]
    if table.empty and not problems:
        problems.append(make_problem(path.name, None, "", "scenario.requirements_none"))
    problems += list(_date_problems(table, path.name))
    if problems:
        raise ScenarioError(name, problems)
    days = [date.fromisoformat(text).toordinal() for text in table["time"]]
    made = table.assign(day=days, rate_m3s=table["rate_m3s"].map(number_of).astype(float)).sort_values(["demand", "day"])
    made.attrs["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return made


def _date_problems(table: pd.DataFrame, name: str) -> Iterator[Problem]:
    """Report times that are no days."""
    for line, text in zip(table["line"], table["time"], strict=True):
        try:
            date.fromisoformat(text)
        except ValueError:
            yield make_problem(name, line, "time", "scenario.requirement_day", text=text)


def dated_requirements(table: pd.DataFrame, names: Sequence[str], steps: Sequence[Step], asked: Floats, factors: Floats) -> Floats:
    """Return requirements by (demand, step) in which those of the table stand for those by month, times what the scenario asks."""
    found, start = asked.copy(), steps[0].start.toordinal()
    edges = np.array([start, *(step.end.toordinal() for step in steps)], dtype=float)
    for name, rows in table.groupby("demand", sort=False):
        days = rows["day"].to_numpy(dtype=float)
        if days[0] > start:
            told = {"name": name, "first": date.fromordinal(int(days[0])), "start": steps[0].start}
            raise ScenarioError(FIELD, [make_problem(FIELD, None, FIELD, "scenario.requirement_starts", **told)])
        borders = np.append(days, max(edges[-1], days[-1] + 1.0))
        total = np.concatenate([[0.0], np.cumsum(rows["rate_m3s"].to_numpy(dtype=float) * np.diff(borders))])
        place = list(names).index(str(name))
        found[place] = np.diff(np.interp(edges, borders, total)) * HM3_PER_CUMEC_DAY * factors[place]
    return found
