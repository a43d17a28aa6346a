"""How near each clause is to binding, in the reader's language."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from waterdeal.report.quantity import Teller
from waterdeal.report.text import make_grid
from waterdeal.report.words import Words
from waterdeal.results.clauses import measure_clauses
from waterdeal.variables import names_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr

#: a reserve below this binds, in the clause's unit
BINDS = 1e-6


def rooms_text(rooms: Iterable[Any], results: xr.Dataset, language: str) -> str:
    """Tell how much more each clause could ask for.

    Parameters
    ----------
    rooms : iterable of Room
        Clause, amount and share.
    results : xarray.Dataset
        The plan.
    language : str
        Language of the reader.

    Returns
    -------
    str
        Lines for a terminal.
    """
    words = Words(language)
    tell = Teller(words, names_of(results))
    measured = measure_clauses(results).groupby("clause", sort=False)
    reserve, units = measured["slack"].min(), measured["unit"].first()
    rows = []
    for room in rooms:
        unit = str(units.get(room.clause, "hm3"))
        free = math.isinf(room.share)
        left = float(reserve.get(room.clause, math.nan))
        rows.append((
            room.clause,
            words.text("rooms.binding") if left <= BINDS else tell.amount(left, unit),
            words.text("rooms.unbounded") if free else tell.amount(room.amount, unit),
            words.text("rooms.unbounded") if free else words.number(100 * room.share),
        ))  # fmt: skip
    headings = [words.text(f"rooms.{key}") for key in ("clause", "reserve", "room", "share")]
    return f"{words.text('rooms.title')}\n\n{make_grid(headings, rows)}"
