"""Studies in the reader's language: the frontier of two parties, and what results respond to."""

from __future__ import annotations

import textwrap
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.report.quantity import Teller
from waterdeal.report.table import Column, Table
from waterdeal.report.text import WIDTH, make_grid
from waterdeal.variables import names_of
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.studies.frontier import Frontier
    from waterdeal.studies.sensitivity import Sensitivity


def shown_corners(corners: NDArray[np.float64], most: int) -> tuple[list[int], float]:
    """Choose corners to show: the two ends, then again and again the one furthest from the lines so far.

    Examples
    --------
    >>> shown_corners(np.array([[0.0, 9.0], [1.0, 8.0], [4.0, 4.0], [5.0, 0.0]]), 3)
    ([0, 2, 3], 0.25)
    """
    chosen = sorted({0, len(corners) - 1})
    rising = corners if corners[0, 0] <= corners[-1, 0] else corners[::-1]
    while True:
        at = corners[chosen] if rising is corners else corners[chosen][::-1]
        off = np.abs(corners[:, 1] - np.interp(corners[:, 0], at[:, 0], at[:, 1]))
        if len(chosen) >= min(most, len(corners)):
            return chosen, float(off.max())
        off[chosen] = -1.0
        chosen = sorted([*chosen, int(off.argmax())])


#: corners shown on a terminal, and changes told of each line between two of them
MOST_CORNERS, MOST_CHANGES = 12, 4
#: a change below this is not told, and an index of Sobol below it is near nothing
SMALL = 0.05
#: decimals by column of a sensitivity
DIGITS = {"S1": 3, "S1_conf": 3, "ST": 3, "ST_conf": 3}


def frontier_text(found: Frontier, inputs: xr.Dataset, language: str) -> str:
    """Tell a frontier."""
    words = Words(language)
    names = _names(found, inputs, words)
    chosen, off = shown_corners(found.corners, MOST_CORNERS)
    rates = _rates(found, chosen)
    rows = [
        (str(place + 1), *(words.number(value, 1) for value in found.corners[place].tolist()), words.number(rate, 3))
        for place, rate in zip(chosen, rates, strict=True)
    ]
    rows.append((words.text("study.plan"), *(words.number(value, 1) for value in found.plan), ""))
    headings = [words.text("study.corner"), *_headings(found, names, words), words.text("study.rate")]
    first, second = names
    count = {"shown": len(chosen), "all": len(found.corners), "off": words.number(off, 2), "unit": _unit(found, 1, words)}
    lines = [
        words.text("study.frontier_title", first=first, second=second),
        make_grid(headings, rows),
        words.text("study.rate_note", first=first, second=second),
        *([words.text("study.shown", **count)] if len(chosen) < len(found.corners) else []),
        *([words.text("study.one_corner")] if len(found.corners) == 1 else []),
        "",
        words.text("study.gap", party=first, amount=words.number(max(found.gap.first, 0.0), 1), unit=_unit(found, 0, words), other=second),
        words.text("study.gap", party=second, amount=words.number(max(found.gap.second, 0.0), 1), unit=_unit(found, 1, words), other=first),
        textwrap.fill(
            words.text(f"study.{found.others}", levels=", ".join(f"«{_level(words, level)}»" for level in found.held) or "–"), WIDTH
        ),
        *([words.text("study.conditional")] if found.conditional else []),
    ]
    changes = _change_rows(found, chosen, words)
    if changes:
        heads = [words.text(f"study.{key}") for key in ("between", "figure", "before", "after")]
        lines += ["", words.text("study.changes_title"), make_grid(heads, changes)]
    return "\n".join(lines)


def frontier_tables(found: Frontier, inputs: xr.Dataset, language: str) -> tuple[Table, ...]:
    """Make the tables of a frontier: every corner, and what else changes from corner to corner."""
    words = Words(language)
    names = _names(found, inputs, words)
    heads = _headings(found, names, words)
    title = words.text("study.frontier_title", first=names[0], second=names[1])
    columns = (Column(words.text("study.corner")), *(Column(head, digits=6) for head in heads), Column(words.text("study.rate"), digits=6))
    rows = [
        (str(corner), *(_cell(value) for value in values))
        for corner, values in zip(found.table().index, found.table().iloc[:, :3].to_numpy().tolist(), strict=True)
    ]
    rows.append((words.text("study.plan"), *found.plan, None))
    notes = (words.text("study.rate_note", first=names[0], second=names[1]),)
    corners = Table("frontier", words.text("study.frontier"), title, "", columns, tuple(rows), notes=notes)
    told = found.changes(SMALL)
    cells = [(str(row[0]), str(row[1]), float(row[2]), float(row[3])) for row in told.itertuples(index=False)]
    heads = [words.text(f"study.{key}") for key in ("between", "figure", "before", "after")]
    columns = (*(Column(head) for head in heads[:2]), *(Column(head, digits=3) for head in heads[2:]))
    changes = Table("frontier_changes", words.text("study.changes"), words.text("study.changes_title"), "", columns, tuple(cells))
    return corners, changes


def sensitivity_text(found: Sensitivity, table: pd.DataFrame, language: str, figures: Sequence[str]) -> str:
    """Tell a sensitivity."""
    words = Words(language)
    columns = list(table.columns[2:])
    heads = [words.text("study.parameter"), *(words.text(f"study.{name}") for name in columns)]
    facts = {"count": len(found.errors), "seed": found.seed, "failed": len(found.failures())}
    lines = [words.text(f"study.title_{found.method.replace('-', '_')}"), words.text("study.samples", **facts)]
    lines.append(words.text("study.lines_kept" if found.kept else "study.lines_anew"))
    for name in figures:
        part = table[table["figure"] == name]
        rows = [
            (str(row[1]), *(words.number(float(value), DIGITS.get(column, 1)) for column, value in zip(columns, row[2:], strict=True)))
            for row in part.itertuples(index=False)
        ]
        lines += ["", _figure(words, name), make_grid(heads, rows)]
    failed = [f"  {number}: {error}" for number, error in enumerate(found.errors) if error]
    return "\n".join([*lines, *(["", words.text("study.without_plan"), *failed] if failed else [])])


def sensitivity_tables(found: Sensitivity, table: pd.DataFrame, language: str) -> tuple[Table, ...]:
    """Make the table of a sensitivity: a row a figure and parameter."""
    words = Words(language)
    columns = [Column(words.text("study.figure")), Column(words.text("study.parameter"))]
    columns += [Column(words.text(f"study.{name}"), digits=6) for name in table.columns[2:]]
    rows = tuple((str(row[0]), str(row[1]), *(_cell(float(value)) for value in row[2:])) for row in table.itertuples(index=False))
    title = words.text(f"study.title_{found.method.replace('-', '_')}")
    return (Table("sensitivity", words.text("study.sensitivity"), title, "", tuple(columns), rows),)


def _cell(value: float) -> float | None:
    """A number for a table, or nothing."""
    return None if np.isnan(value) else float(value)


def _names(found: Frontier, inputs: xr.Dataset, words: Words) -> tuple[str, str]:
    """Names of the parties."""
    tell = Teller(words, names_of(inputs))
    return tell.name(found.parties[0]), tell.name(found.parties[1])


def _unit(found: Frontier, place: int, words: Words) -> str:
    """Unit of a party's figure."""
    return words.text({"hm3": "account.unit_volume", "GWh": "account.unit_energy"}.get(found.units[place], "account.unit_money"))


def _headings(found: Frontier, names: tuple[str, str], words: Words) -> list[str]:
    """Headings of the two figures."""
    return [f"{names[place]}: {words.text(f'study.of_{found.of[place]}')}, {_unit(found, place, words)}" for place in (0, 1)]


def _rates(found: Frontier, chosen: Sequence[int]) -> list[float]:
    """Mean exchange rate between corners that are shown."""
    change = np.abs(np.diff(found.corners[list(chosen)], axis=0))
    return [*(change[:, 1] / change[:, 0]).tolist(), float("nan")]


def _change_rows(found: Frontier, chosen: Sequence[int], words: Words) -> list[tuple[str, ...]]:
    """What else changes most between corners that are shown; the deliveries of the two parties stand in the table above."""
    rows: list[tuple[str, ...]] = []
    told = [name for name in found.figures.columns if name not in {f"delivery:{party}" for party in found.parties}]
    for left, right in pairwise(chosen):
        before, after = found.figures.iloc[left][told], found.figures.iloc[right][told]
        size = (after - before).abs().sort_values(ascending=False, kind="stable")
        for name in size.index[(size >= SMALL).to_numpy()][:MOST_CHANGES]:
            figures = (words.number(float(before[name]), 1), words.number(float(after[name]), 1))
            rows.append((f"{left + 1}–{right + 1}", str(name), *figures))
    return rows


def _level(words: Words, name: str) -> str:
    """Name of a level."""
    return words.text(f"level.{name}") if words.has(f"level.{name}") else name


def _figure(words: Words, name: str) -> str:
    """Name of a figure."""
    if name.endswith("_storage_end"):
        return words.text("study.storage_end", place=name.removesuffix("_storage_end"))
    party, _, measure = name.rpartition("_")
    unit = words.text("account.unit_energy" if measure == "energy" else "account.unit_volume")
    return f"{party}: {words.text(f'study.of_{measure}')}, {unit}"
