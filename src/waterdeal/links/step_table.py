"""Steps of a large network in order, with their days where the table tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.links.network import Steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.links.gathered import Gathered
    from waterdeal.links.large_csv import Cells

    Days = NDArray[np.datetime64]


def read_steps(cells: Cells, found: Gathered) -> Steps:
    """Read the table of steps.

    Parameters
    ----------
    cells : Cells
        The table; its rows are in order.
    found : Gathered
        Gathers labels that stand twice and days that are none or out of order.

    Returns
    -------
    Steps
        In the order of the table.
    """
    names = cells.names["step"]
    _, first = np.unique(names.code, return_index=True)
    again = np.ones(len(names.code), dtype=bool)
    again[first] = False
    found.add_where(
        again & (names.code >= 0), lambda at: cells.problem(at, "step", f'"{names[at]}" stands here a second time', "Keep one row.")
    )
    start, end = _days(cells, "start", found), _days(cells, "end", found)
    if start is not None:
        back = np.append(False, start[1:] <= start[:-1])
        found.add_where(back, lambda at: cells.problem(at, "start", f"{start[at]} is not after the step before", "Put steps in order."))
    if start is not None and end is not None:
        found.add_where(
            end < start, lambda at: cells.problem(at, "end", f"{end[at]} is before the start", "Give the last day of the step.")
        )
    return Steps(tuple(names[at] for at in range(len(names.code))), start, end if start is not None else None)


def _days(cells: Cells, field: str, found: Gathered) -> Days | None:
    """Days of a column; None where it is absent or blank throughout."""
    if field not in cells.names or (cells.names[field].code < 0).all():
        return None
    names = cells.names[field]
    parsed = pd.to_datetime(pd.Series(names.labels, dtype=object), format="%Y-%m-%d", errors="coerce").to_numpy()
    days = np.append(parsed, np.datetime64("NaT"))[names.code].astype("datetime64[D]")
    found.add_where(np.isnat(days), lambda at: cells.problem(at, field, f'"{names[at]}" is not a day', "Write it as 2026-04-01."))
    return days
