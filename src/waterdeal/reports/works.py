"""Joint works in the reader's language: what each saves or yields, and when its cost pays for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.reports.quantity import speak
from waterdeal.reports.table import Column, Table
from waterdeal.studies.works import MEASURES, ONE_MORE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd
    import xarray as xr

    from waterdeal.reports.table import Cell
    from waterdeal.scenario.works import Work
    from waterdeal.studies.works import Weighed
    from waterdeal.words import Words

#: lines of the table of costs
COSTS = ("share", "paid", "gain", "net", "break_even", *(f"cost_{unit}" for unit in ONE_MORE))
#: decimals of both tables
GAINS, MONEY = 1, 3


def works_tables(found: Sequence[Weighed], inputs: xr.Dataset, language: str) -> tuple[Table, ...]:
    """Make both tables: what parties gain, and what it costs them; a column a party."""
    words, tell = speak(language, inputs)
    parties = list(dict.fromkeys(party for one in found for party in one.change.index))
    heads = [words.text("works.work"), words.text("works.figure")]
    columns = [*map(tell.name, parties), words.text("works.together")]
    made = []
    for name, rows, digits in (("works", _gains(found, parties, words), GAINS), ("works_cost", _costs(found, parties, words), MONEY)):
        both = (*map(Column, heads), *(Column(head, digits=digits) for head in columns))
        notes = tuple(_notes(found, words)) if name == "works_cost" else ()
        made.append(Table(name, words.text(f"works.sheet.{name}"), words.text(f"works.title.{name}"), "", both, tuple(rows), notes=notes))
    return tuple(made)


def worth_telling(table: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """Return the columns in which anything is more than rounding; what is missing only where it is not just what is not delivered."""
    least = 0.5 * 10.0**-GAINS
    told = [name for name in names if table[name].abs().max() >= least]
    same = bool((table["delivery"] - table["shortage"]).abs().max() < least)
    return [name for name in told if not (same and name == "shortage")]


def _title(one: Weighed, words: Words) -> str:
    """Names of works."""
    return " + ".join(_titled(name, work, words) for name, work in one.works.items())


def _titled(name: str, work: Work, words: Words) -> str:
    """Title of a work in a language; else in English, or its name."""
    return work.title.get(words.language, work.title.get("en", name))


def _gains(found: Sequence[Weighed], parties: Sequence[str], words: Words) -> Iterator[tuple[Cell, ...]]:
    """Yield what each party gains, a line a measure in which anybody gains or loses."""
    for one in (one for one in found if one.plan is not None):
        gains = one.gains.reindex(list(parties)).fillna(0.0)
        for name in worth_telling(gains, MEASURES):
            values = gains[name]
            yield (_title(one, words), words.text(f"works.{name}"), *values.round(GAINS).tolist(), round(float(values.sum()), GAINS))


def _costs(found: Sequence[Weighed], parties: Sequence[str], words: Words) -> Iterator[tuple[Cell, ...]]:
    """Yield costs, gains in money and what one more costs of what all together gain, a line each that is known of anybody."""
    for one in found:
        lines, whole = one.by_party().reindex(list(parties)), one.of_all()
        for name in COSTS if one.plan is not None else ("paid",):
            scale = 100.0 if name == "share" else 1.0
            cells = [_cell(scale * value) for value in (*lines[name].tolist(), whole[name])]
            if name.startswith("cost_") and cells[-1] is None:
                continue
            if any(cell is not None for cell in cells) and (name != "share" or one.shares is not None):
                yield (_title(one, words), words.text(f"works.{name}"), *cells)


def _cell(value: float) -> float | None:
    """A number for a table, or nothing."""
    return round(float(value), MONEY) + 0.0 if np.isfinite(value) else None


def _notes(found: Sequence[Weighed], words: Words) -> Iterator[str]:
    """Yield what is to be said of the figures."""
    yield words.text("works.note")
    yield words.text("works.priced" if found[0].money else "works.unpriced")
    if unshared := dict.fromkeys(name for one in found if one.shares is None for name in one.works):
        yield words.text("works.unshared", names=", ".join(unshared))
    for name, work in {name: work for one in found for name, work in one.works.items()}.items():
        if work.source:
            told = {"status": words.text(f"status.{work.status}"), "source": work.source}
            yield words.text("works.origin", title=_titled(name, work, words), **told)
    yield from (words.text("works.no_plan", names=", ".join(one.works)) for one in found if one.plan is None)
