"""Series of the field's formats as a sheet, so that what was measured, asked for or limited is read from them as from any table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.imports.grid import MOST_ROWS, Cell, Sheet
from waterdeal.units import find_spelled

if TYPE_CHECKING:
    from waterdeal.imports.lines import Line, Read

_DAY = np.timedelta64(1, "D")


def sheet_of(read: Read) -> Sheet | None:
    """Return a row a value of a day or longer period; shorter ones become days. None where there are too many."""
    rows: list[list[Cell]] = [["place", "start", "end", "unit", "value"]]
    for line in read.lines:
        if len(rows) + len(line.values) > MOST_ROWS * 10:
            return None
        starts, ends, values = _days(line)
        known = np.isfinite(values)
        for start, end, value in zip(starts[known], ends[known], values[known], strict=True):
            rows.append([line.place, f"{start:%Y-%m-%d}", f"{end - pd.Timedelta(days=1):%Y-%m-%d}", line.unit, float(value)])
    return Sheet("", rows) if len(rows) <= MOST_ROWS else None


def _days(line: Line) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex, np.ndarray]:
    """Return periods of whole days: means of rates, sums of amounts that have periods, and the last sample of anything else."""
    starts, values = pd.DatetimeIndex(line.times), pd.Series(line.values)
    if line.until is not None and bool((starts == starts.normalize()).all()) and bool((line.until - line.times >= _DAY).all()):
        return starts, pd.DatetimeIndex(line.until), line.values
    spelled = find_spelled(line.unit)
    grouped = values.groupby(starts.normalize().to_numpy())
    rate = spelled is not None and spelled.dimension == "flow"
    found = grouped.mean() if rate else grouped.last() if line.until is None else grouped.sum(min_count=1)
    days = pd.DatetimeIndex(found.index)
    return days, days + pd.Timedelta(days=1), found.to_numpy(dtype=float)
