"""The inflow of a class of year as a table to edit: row 1 ids, row 2 names, row 3 the unit, then a row a step; read back as a series."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.hydrology import step_volumes
from waterdeal.provenance import place_names
from waterdeal.reports.excel import FONT, STYLES, begun
from waterdeal.units import volume_to_rate
from waterdeal.words import Words, safe_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step

#: a workbook of the same class and steps has the same bytes
_CREATED = datetime(2000, 1, 1)


def inflow_rows(basin: Basin, year_class: str, steps: Sequence[Step], words: Words) -> list[list[Any]]:
    """Return the rows of the table: mean rates of each step, m3/s, whose volumes are those that a scenario of the class has."""
    runoff, names = basin.runoff.sel(year_class=year_class), place_names(basin)
    nodes = runoff["node"].values.tolist()
    rates = volume_to_rate(step_volumes(runoff.values, steps), np.array([step.days for step in steps]))
    told = [words.of(names.get(node, {}), node) for node in nodes]
    unit = words.text("inflow.unit")
    head = [[words.text("inflow.step"), *nodes], ["", *told], ["", *[unit] * len(nodes)]]
    return head + [[step.label, *(float(f"{rate:.12g}") for rate in rates[:, at])] for at, step in enumerate(steps)]


def inflow_bytes(basin: Basin, year_class: str, steps: Sequence[Step], language: str, suffix: str) -> bytes:
    """Write the table as xlsx with a sheet that explains, or as CSV."""
    words = Words(language)
    rows = inflow_rows(basin, year_class, steps, words)
    if suffix == ".csv":
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        return text.getvalue().encode("utf-8-sig")
    held = io.BytesIO()
    book = begun(held)
    book.set_properties({"created": _CREATED})
    heading, plain = book.add_format({**FONT, **STYLES["heading"]}), book.add_format({**FONT, "num_format": "0.00"})
    page = book.add_worksheet(words.text("inflow.sheet"))
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, float):
                page.write_number(at, column, cell, plain)
            else:
                page.write_string(at, column, safe_text(cell), heading)
    page.freeze_panes(3, 1)
    page.set_column(0, len(rows[0]) - 1, 14)
    told = book.add_worksheet(words.text("inflow.about_sheet"))
    told.set_column(0, 0, 100)
    broad = book.add_format({**FONT, "text_wrap": True})
    for at, key in enumerate(("inflow.about_class", "inflow.about_edit", "inflow.about_use")):
        told.write_string(at, 0, words.text(key, year_class=year_class, basin=words.of(basin.names, basin.id)), broad)
    book.close()
    return held.getvalue()
