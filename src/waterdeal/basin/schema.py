"""A basin, checked and frozen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd
    import xarray as xr

    from waterdeal.basin.claims import Layer

Made = TypeVar("Made")


@dataclass(frozen=True)
class Basin:
    """A river basin as read from its folder, every table checked."""

    id: str  # short name
    names: Mapping[str, str]  # name by language
    tables: Mapping[str, pd.DataFrame]  # the tables of docs/reference/basin-folder.md, by name; numbers are floats, blanks NaN or ""
    runoff: xr.DataArray  # monthly mean rates, m3 s-1, by (node, year_class, month)
    growing_season: tuple[tuple[int, int], tuple[int, int]] = ((4, 1), (10, 1))  # first (month, day), and the (month, day) after the last
    water_year_start: tuple[int, int] = (10, 1)  # first (month, day) of the hydrological year
    ice_months: frozenset[int] = frozenset({12, 1, 2, 3})  # in which water takes the travel times under ice
    licence: str = ""  # licence of the tables
    hydrology: str = "hydrology.csv"  # file that the runoff was read from
    folder: Path | None = None  # where it was read from; None for a basin made in code
    digests: Mapping[str, str] = field(default_factory=dict)  # SHA-256 of every file read, by name
    told: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by table: columns that fell back, encodings guessed
    beneath: Basin | None = None  # the basin as its folder has it, where layers of figures by party were laid over it
    version: str = ""  # which of the basins of this id it is
    layers: tuple[Layer, ...] = ()  # these layers, whether their figures stand in it or not
    _kept: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def table(self, name: str, *, used: bool = True) -> pd.DataFrame:
        """Return one table, without rows where it is not used; its key column is an ordinary column."""
        return self.tables[name] if used else self.tables[name].iloc[:0]

    def ids(self, name: str) -> list[str]:
        """Return the ids of a table (its first column), in the order of the file."""
        return list(self.kept(("ids", name), lambda basin: dict.fromkeys(map(str, basin.tables[name].iloc[:, 0].tolist()))))

    def rows(self, name: str) -> tuple[dict[str, Any], ...]:
        """Return the rows of a table by column; write into none of them."""
        return self.kept(("rows", name), lambda basin: _rows(basin.tables[name]))

    def copied(self, folder: Path) -> Basin:
        """Return a basin of its own tables, read from another folder that holds the same."""
        tables = {name: table.copy() if len(table) else table for name, table in self.tables.items()}
        made = replace(self, tables=tables, runoff=self.runoff.copy(), folder=folder)
        made._kept.update(self._kept)
        return made

    def kept(self, key: Any, make: Callable[[Basin], Made]) -> Made:
        """Return what is made of the tables alone, made once."""
        if key not in self._kept:
            self._kept[key] = make(self)
        return cast("Made", self._kept[key])


def _rows(table: pd.DataFrame) -> tuple[dict[str, Any], ...]:
    """Return the rows of a table by column: pandas' own way takes a millisecond for three of them."""
    names = table.columns.tolist() if len(table) else []
    cells = [table[name].tolist() for name in names]
    return tuple(dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True))


#: tables whose rows people name
NAMED = ("parties", "nodes", "links", "demands", "plants", "crops")


def spellings(basin: Basin, *tables: str) -> dict[str, list[str]]:
    """Return every spelling of the ids of some tables: the id, its names in all languages, and what ``aliases.csv`` adds."""
    found: dict[str, list[str]] = {}
    for name in tables or NAMED:
        rows = basin.table(name)
        columns = [rows.columns[0], *(column for column in rows.columns if column.startswith("name_"))]
        for key, *names in rows[columns].itertuples(index=False, name=None):
            found.setdefault(str(key), [str(key)]).extend(str(text) for text in names if text)
    for alias, key in basin.table("aliases")[["alias", "id"]].itertuples(index=False, name=None):
        found.get(str(key), []).append(str(alias))
    return {key: list(dict.fromkeys(names)) for key, names in found.items()}


def names_lacking(basin: Basin, language: str) -> tuple[list[str], int]:
    """Return the ids whose name in a language is not given, so that another language or the id itself stands for it; and of how many."""
    lacking, count = list[str](), 0
    for table in NAMED:
        rows = basin.table(table)
        ids, own = rows[rows.columns[0]].astype(str), rows[f"name_{language}"].astype(str)
        left_out = f"name_{language}" in basin.told.get(table, {}).get("fallen", ())
        lacking += ids[own.eq("") | own.eq(ids) | left_out].tolist()
        count += len(rows)
    return lacking, count
