"""A basin, checked and frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd
    import xarray as xr


@dataclass(frozen=True)
class Basin:
    """A river basin as read from its folder, every table checked.

    Parameters
    ----------
    id : str
        Short name.
    names : mapping of str to str
        Name by language.
    tables : mapping of str to pandas.DataFrame
        The tables of docs/reference/basin-folder.md, by name; numbers are floats, blanks NaN or "".
    runoff : xarray.DataArray
        Monthly mean rates, m3 s-1, by (node, year_class, month).
    growing_season : tuple
        First (month, day), and the (month, day) after the last.
    water_year_start : tuple of int
        First (month, day) of the hydrological year.
    licence : str
        Licence of the tables.
    folder : pathlib.Path or None
        Where it was read from; None for a basin made in code.
    digests : mapping of str to str
        SHA-256 of every file read, by name.
    """

    id: str
    names: Mapping[str, str]
    tables: Mapping[str, pd.DataFrame]
    runoff: xr.DataArray
    growing_season: tuple[tuple[int, int], tuple[int, int]] = ((4, 1), (10, 1))
    water_year_start: tuple[int, int] = (10, 1)
    licence: str = ""
    folder: Path | None = None
    digests: Mapping[str, str] = field(default_factory=dict)

    def table(self, name: str) -> pd.DataFrame:
        """Return one table; its key column is an ordinary column."""
        return self.tables[name]

    def ids(self, name: str) -> list[str]:
        """Return the ids of a table (its first column), in the order of the file."""
        table = self.tables[name]
        return [str(value) for value in table[table.columns[0]].unique()]
