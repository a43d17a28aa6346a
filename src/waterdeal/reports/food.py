"""Food in a deal in the reader's language: areas, what stays in the river, and who eats what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.reports.quantity import speak
from waterdeal.reports.table import Column, Table
from waterdeal.reports.works import GAINS, worth_telling
from waterdeal.studies.works import MEASURES

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.studies.food import Fed

#: decimals of areas and crops
DIGITS = 2


def food_tables(found: Fed, inputs: xr.Dataset, language: str) -> tuple[Table, ...]:
    """Make both tables: crops of each party, and what changes for each party beside them."""
    words, tell = speak(language, inputs)
    heads = [words.text("food.party"), words.text("food.crop"), *(words.text(f"food.{name}") for name in found.crops.columns)]
    rows = [
        (tell.name(party), tell.name(crop), *(round(value, DIGITS) + 0.0 if np.isfinite(value) else None for value in values))
        for (party, crop), values in zip(found.crops.index.tolist(), found.crops.to_numpy(dtype=float).tolist(), strict=True)
    ]
    columns = (*map(Column, heads[:2]), *(Column(head, digits=DIGITS) for head in heads[2:]))
    first = Table("food", words.text("food.sheet.food"), words.text("food.title.food"), "", columns, tuple(rows))
    gains = found.change * pd.Series({name: float(sign) for name, (_, sign) in MEASURES.items()})
    changed = [
        (words.text(f"works.{name}"), *(gains[name].round(GAINS) + 0.0).tolist(), round(float(gains[name].sum()), GAINS) + 0.0)
        for name in worth_telling(gains, MEASURES)
    ]
    names = [*map(tell.name, gains.index), words.text("works.together")]
    beside = (Column(words.text("works.figure")), *(Column(name, digits=GAINS) for name in names))
    notes = (words.text("food.note", clauses=", ".join(found.clauses)),)
    second = Table("food_change", words.text("food.sheet.change"), words.text("food.title.change"), "", beside, tuple(changed), notes=notes)
    return first, second
