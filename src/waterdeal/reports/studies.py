"""Studies in the reader's language: the frontier of two parties, and what results respond to."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.reports.blocks import Listing
from waterdeal.reports.document import answer
from waterdeal.reports.quantity import level_name
from waterdeal.reports.table import Column, Table, written
from waterdeal.variables import names_of
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.reports.document import Document
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
#: columns of changes, and the decimals of their numbers
CHANGES = {"between": None, "figure": None, "before": 3, "after": 3}
#: decimals by column of a sensitivity
DIGITS = {"S1": 3, "S1_conf": 3, "ST": 3, "ST_conf": 3}


def _level_names(levels: Sequence[str], words: Words) -> str:
    """Write some levels."""
    return ", ".join(f"«{level_name(level, words)}»" for level in levels)


def frontier_answer(found: Frontier, inputs: xr.Dataset, language: str) -> Document:
    """Tell a frontier."""
    words = Words(language)
    text, number = words.text, words.number
    first, second = names = _names(found, inputs, words)
    chosen, off = shown_corners(found.corners, MOST_CORNERS)
    rows = [
        (str(place + 1), *map(number, found.corners[place].tolist()), number(rate, 3))
        for place, rate in zip(chosen, _rates(found, chosen), strict=True)
    ]
    rows.append((text("study.plan"), *map(number, found.plan), ""))
    count = {"shown": len(chosen), "all": len(found.corners), "off": number(off, 2), "unit": _unit(found, 1, words)}
    levels = _level_names(found.held, words) or "–"
    gaps = [
        text("study.gap", party=names[place], amount=number(max(gap, 0.0)), unit=_unit(found, place, words), other=names[1 - place])
        for place, gap in enumerate((found.gap.first, found.gap.second))
    ]
    notes = [
        text("study.rate_note", first=first, second=second),
        *([text("study.shown", **count)] if len(chosen) < len(found.corners) else []),
        *([text("study.one_corner")] if len(found.corners) == 1 else []),
    ]
    corners = written("frontier", text("study.frontier_title", first=first, second=second), _headings(found, names, words), rows)
    lines = [
        *gaps, text(f"study.{found.others}", levels=levels),
        *([text("study.unkept", levels=_level_names(found.unkept, words))] if found.unkept else []),
        *([text("study.conditional")] if found.conditional else []),
    ]  # fmt: skip
    heads, changed = [text(f"study.{key}") for key in CHANGES], _change_rows(found, chosen, words)
    changes = written("frontier_changes", text("study.changes_title"), heads, changed, (0, 1))
    return answer("frontier", language, [replace(corners, notes=tuple(notes)), Listing("", tuple(lines)), changes])


def frontier_tables(found: Frontier, inputs: xr.Dataset, language: str) -> tuple[Table, ...]:
    """Make the tables of a frontier: every corner, and what else changes from corner to corner."""
    words = Words(language)
    names = _names(found, inputs, words)
    corner, *heads = _headings(found, names, words)
    table = found.table().iloc[:, :3]
    rows = [(str(corner), *map(_cell, values)) for corner, values in zip(table.index, table.to_numpy().tolist(), strict=True)]
    rows.append((words.text("study.plan"), *found.plan, None))
    told = {key: words.text(f"study.{key}", first=names[0], second=names[1]) for key in ("frontier_title", "rate_note")}
    columns = (Column(corner), *(Column(head, digits=6) for head in heads))
    cells = [(str(row[0]), str(row[1]), float(row[2]), float(row[3])) for row in found.changes(SMALL).itertuples(index=False)]
    changed = tuple(Column(words.text(f"study.{key}"), digits=digits) for key, digits in CHANGES.items())
    return (
        Table("frontier", words.text("study.frontier"), told["frontier_title"], "", columns, tuple(rows), notes=(told["rate_note"],)),
        Table("frontier_changes", words.text("study.changes"), words.text("study.changes_title"), "", changed, tuple(cells)),
    )


def sensitivity_answer(found: Sensitivity, table: pd.DataFrame, language: str, figures: Sequence[str]) -> Document:
    """Tell a sensitivity."""
    words = Words(language)
    heads = [words.text(f"study.{name}") for name in table.columns[1:]]
    digits = [DIGITS.get(name, 1) for name in table.columns[2:]]
    facts = {"count": len(found.errors), "seed": found.seed, "failed": len(found.failures())}
    lines = [words.text(f"study.title_{found.method.replace('-', '_')}"), words.text("study.samples", **facts)]
    lines.append(words.text("study.lines_kept" if found.kept else "study.lines_anew"))
    tables = []
    for name in figures:
        rows = [
            (str(parameter), *(words.number(float(value), most) for value, most in zip(values, digits, strict=True)))
            for _, parameter, *values in table[table["figure"] == name].itertuples(index=False)
        ]
        tables.append(written(name, _figure(words, name), heads, rows))
    failed = [f"  {number}: {error}" for number, error in enumerate(found.errors) if error]
    without = [Listing("", (words.text("study.without_plan"), *failed))] if failed else []
    return answer("sensitivity", language, [Listing("", tuple(lines)), *tables, *without])


def sensitivity_tables(found: Sensitivity, table: pd.DataFrame, language: str) -> tuple[Table, ...]:
    """Make the table of a sensitivity: a row a figure and parameter."""
    words = Words(language)
    columns = tuple(Column(words.text(f"study.{name}"), digits=6 if place > 1 else None) for place, name in enumerate(table.columns))
    rows = tuple((str(figure), str(name), *map(_cell, values)) for figure, name, *values in table.itertuples(index=False))
    title = words.text(f"study.title_{found.method.replace('-', '_')}")
    return (Table("sensitivity", words.text("study.sensitivity"), title, "", columns, rows),)


def _cell(value: float) -> float | None:
    """A number for a table, or nothing."""
    return None if np.isnan(value) else float(value)


def _names(found: Frontier, inputs: xr.Dataset, words: Words) -> tuple[str, str]:
    """Names of the parties."""
    names = names_of(inputs)
    return words.place(names, found.parties[0]), words.place(names, found.parties[1])


def _unit(found: Frontier, place: int, words: Words) -> str:
    """Unit of a party's figure."""
    return words.text({"hm3": "account.unit_volume", "GWh": "account.unit_energy"}.get(found.units[place], "account.unit_money"))


def _headings(found: Frontier, names: tuple[str, str], words: Words) -> list[str]:
    """Headings of the corners, their two figures and the rate between them."""
    figures = [f"{names[place]}: {words.text(f'study.of_{found.of[place]}')}, {_unit(found, place, words)}" for place in (0, 1)]
    return [words.text("study.corner"), *figures, words.text("study.rate")]


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
        rows += [
            (f"{left + 1}–{right + 1}", str(name), words.number(float(before[name])), words.number(float(after[name])))
            for name in size.index[(size >= SMALL).to_numpy()][:MOST_CHANGES]
        ]
    return rows


def _figure(words: Words, name: str) -> str:
    """Name of a figure."""
    if name.endswith("_storage_end"):
        return words.text("study.storage_end", place=name.removesuffix("_storage_end"))
    party, _, measure = name.rpartition("_")
    unit = words.text("account.unit_energy" if measure == "energy" else "account.unit_volume")
    return f"{party}: {words.text(f'study.of_{measure}')}, {unit}"
