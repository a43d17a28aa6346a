"""The price of one more km3 to a lake or an outlet in the reader's language: what each party loses, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.reports.quantity import speak
from waterdeal.reports.table import Column, Table
from waterdeal.reports.works import GAINS, worth_telling

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import xarray as xr

    from waterdeal.reports.table import Cell
    from waterdeal.studies.nature import Priced
    from waterdeal.words import Words

#: what is told of each party, in order; what it stores and what leaves its land is no loss of it
TOLD = ("delivery", "shortage", "lost", "flow_missing", "energy", "unserved", "output", "benefit")


def nature_tables(found: Priced, inputs: xr.Dataset, language: str) -> tuple[Table, ...]:
    """Make both tables: what each step takes from whom in all, and what each further km3 takes."""
    words, tell = speak(language, inputs)
    names = [*map(tell.name, found.steps[0].change.index), words.text("works.together")]
    heads = [words.text("nature.asked"), words.text("works.figure")]
    columns = (Column(heads[0], digits=0), Column(heads[1]), *(Column(name, digits=GAINS) for name in names))
    told = {"sink": tell.name(found.sink), "inflow": words.number(found.inflow, GAINS)}
    notes = (words.text("nature.note"), *_without(found, words))
    made = (("nature", [step.losses for step in found.steps], ()), ("nature_per_km3", found.per_km3(), notes))
    return tuple(
        Table(name, words.text(f"nature.sheet.{name}"), words.text(f"nature.title.{name}", **told), "", columns,
              tuple(_rows(found, tables, words)), notes=notes)
        for name, tables, notes in made
    )  # fmt: skip


def _rows(found: Priced, tables: list[pd.DataFrame], words: Words) -> Iterator[tuple[Cell, ...]]:
    """Yield a line a step and measure that anybody loses or gains by."""
    for step, table in zip(found.steps, tables, strict=True):
        for name in worth_telling(table, TOLD) if step.has_plan else ():
            values = table[name]
            if np.isfinite(values).all():
                cells = (values.round(GAINS) + 0.0).tolist()
                yield (round(step.asked, 0), words.text(f"nature.{name}"), *cells, round(float(values.sum()), GAINS) + 0.0)


def _without(found: Priced, words: Words) -> list[str]:
    """Say which steps have no plan."""
    lacking = [words.number(step.asked, 0) for step in found.steps if not step.has_plan]
    return [words.text("nature.no_plan", volumes=", ".join(lacking))] if lacking else []
