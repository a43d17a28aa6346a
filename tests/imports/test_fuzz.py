"""One cell of a table spoilt, by a seed: a clear refusal or the right reading; never a traceback, never a figure changed in silence."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.imports.layouts import LAYOUTS, NAMES, STEPS, rate
from tests.imports.test_matrix import write_text
from tests.imports.workbooks import write_book
from tests.thorough import THOROUGH
from waterdeal.errors import FileProblem, InputError
from waterdeal.imports.rates import rates_by_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import xarray as xr

SPOILT: dict[str, Callable[[Any], Any]] = {
    "blank": lambda _cell: None,
    "marks": lambda _cell: "???",
    "a word": lambda _cell: "сверено",
    "a code for a gap": lambda _cell: -999,
    "an error of a spreadsheet": lambda _cell: "#ДЕЛ/0!",
    "two numbers": lambda cell: f"{cell} {cell}",
    "a remark behind": lambda cell: f"{cell}*",
    "spaces": lambda cell: f"  {cell} ",
    "a formula": lambda cell: f"={cell}",
    "long": lambda cell: f"{cell}" * 40,
    "a quote": lambda cell: f'{cell}"',
    "a line break": lambda cell: f"{cell}\n",
}
EXPECTED = {(place, step.start): rate(place, step) for place in NAMES for step in STEPS}


def spoil(rows: list[list[Any]], dice: random.Random) -> tuple[list[list[Any]], bool]:
    """Change one cell that holds something, or move, double or drop a row; tell whether something was taken away."""
    rows = [list(row) for row in rows]
    row = dice.choice([at for at, cells in enumerate(rows) if any(cell is not None for cell in cells)])
    match dice.randrange(8):
        case 0:
            rows.insert(row, list(rows[row]))
        case 1:
            del rows[row]
            return rows, True
        case 2:
            rows.insert(row, [])
        case _:
            column = dice.choice([at for at, cell in enumerate(rows[row]) if cell is not None])
            sort = dice.choice(list(SPOILT))
            rows[row][column] = SPOILT[sort](rows[row][column])
            return rows, sort == "blank"
    return rows, False


@pytest.mark.parametrize("seed", range(300 if THOROUGH else 5))
def test_one_cell_spoilt(tmp_path: Path, seed: int) -> None:
    """What is read stands where it stood; what is missing is told; all else is refused in words."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    rows, taken = spoil(LAYOUTS[list(LAYOUTS)[seed % len(LAYOUTS)]](), dice)
    if dice.random() < 0.5:
        path = write_text(tmp_path / "a.csv", rows, dice.choice(["utf-8", "cp1251"]))
    else:
        path = write_book(tmp_path / "a.xlsx", {"Лист": rows})
    with suppress(InputError, FileProblem, ValueError):
        _check(rates_by_name(path, NAMES, "start"), taken=taken)


def _check(found: xr.DataArray, *, taken: bool) -> None:
    """Check that what was read stands where it stood, and that what is missing was taken away or is told."""
    days = found["time"].values.astype("datetime64[D]").tolist()
    read = {(node, day): value for node, row in zip(found["node"].values.tolist(), found.values, strict=True)
            for day, value in zip(days, row, strict=True) if np.isfinite(value)}  # fmt: skip
    wrong = {key: value for key, value in read.items() if key not in EXPECTED or abs(value / EXPECTED[key] - 1) > 1e-6}
    assert not wrong
    assert len(read) == len(EXPECTED) or taken or found.attrs["told"]
