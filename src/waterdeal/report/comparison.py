"""Plans side by side, in the reader's language."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from waterdeal.report.quantity import Teller
from waterdeal.report.text import make_grid
from waterdeal.report.words import Words
from waterdeal.variables import names_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import xarray as xr

#: tables that are told, in order
TOLD = ("party", "clause", "reservoir", "demand")
#: a difference below this is not told, hm3
SMALL = 0.05
#: steps told of a table by step
MOST_STEPS = 8


def comparison_text(tables: Mapping[str, pd.DataFrame], results: xr.Dataset, language: str) -> str:
    """Tell what changes from one plan to another, by party, clause, reservoir, demand and step.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        As `compare_plans` makes them, of a base and a changed plan.
    results : xarray.Dataset
        One of the plans, for names.
    language : str
        Language of the reader.

    Returns
    -------
    str
        Lines for a terminal; what does not change is left out.
    """
    words = Words(language)
    tell = Teller(words, names_of(results))
    headings = ["", *(words.text(f"compare.{key}") for key in ("base", "changed", "difference"))]
    blocks = []
    for name in TOLD:
        table = tables.get(name)
        if table is None:
            continue
        changed = table[table.iloc[:, -1].abs() > (0 if name == "party" else SMALL)]
        if len(changed):
            rows = [
                (tell.name(str(key)), *(words.number(float(value)) for value in row))
                for key, row in zip(changed.index, changed.to_numpy(), strict=True)
            ]
            blocks.append(f"{words.text(f'compare.{name}')}\n{make_grid(headings, rows)}")
    blocks += [_by_step(words, tell, name, tables[name]) for name in ("step", "clause_step") if name in tables]
    return "\n\n".join(filter(None, blocks))


def _by_step(words: Words, tell: Teller, name: str, table: pd.DataFrame) -> str:
    """Tell the steps that change most."""
    moved = table[(table.abs() > SMALL).any(axis=1)]
    if not len(moved):
        return ""
    largest = moved.abs().sum().nlargest(MOST_STEPS).index
    steps = [step for step in moved.columns if step in set(largest) and moved[step].abs().max() > SMALL]
    at = moved.index.names.index("party" if name == "step" else "clause")
    rows = [
        (tell.name(str(key[at])), *(words.number(float(value)) for value in moved.loc[[key], steps].to_numpy()[0])) for key in moved.index
    ]
    return f"{words.text(f'compare.{name}')}\n{make_grid(['', *(words.step(step) for step in steps)], rows)}"


def comparison_record(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return the tables as plain data.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        As `compare_plans` makes them.

    Returns
    -------
    dict
        Records by table.
    """
    return {name: json.loads(table.reset_index().to_json(orient="records")) for name, table in tables.items()}
