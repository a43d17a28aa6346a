"""What differs between two basins, figure by figure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waterdeal.basin.provenance import find_origins
from waterdeal.basin.tables import HYDROLOGY, TABLES
from waterdeal.basin.write import basin_rows

if TYPE_CHECKING:
    from waterdeal.basin.schema import Basin

#: tables that tell of figures, and hold none of the river
_ABOUT = frozenset({"provenance", "sources", "aliases"})


@dataclass(frozen=True)
class Change:
    """A cell of a basin that another has differently; blank where there is none."""

    table: str
    row: str  # cells of the key
    column: str
    before: str
    after: str
    source: str  # source of the figure in the second basin, or else in the first

    @property
    def share(self) -> float:
        """Change as a share of what it was; infinite where it was none or is no number."""
        try:
            old, new = float(self.before), float(self.after)
        except ValueError:
            return math.inf
        return abs(new - old) / abs(old) if old else math.inf


def basin_changes(before: Basin, after: Basin) -> list[Change]:
    """Return every cell that differs, tables in their order; names, sources and what is told of origins left out."""
    origins = [find_origins(basin) for basin in (after, before)]
    sides = [basin_rows(basin) for basin in (before, after)]
    found = []
    for name, table in {**TABLES, HYDROLOGY.name: HYDROLOGY}.items():
        if name in _ABOUT:
            continue
        old, new = ({tuple(_text(row.get(part)) for part in table.key): row for row in side.get(name, [])} for side in sides)
        columns = [column.name for column in table.columns if column.name not in table.key and not column.name.startswith("name_")]
        for key in dict.fromkeys([*old, *new]):
            for column in columns:
                was, now = (_text(side.get(key, {}).get(column)) for side in (old, new))
                if was != now:
                    origin = next((origin for known in origins if (origin := known.get((name, key[0], column)))), None)
                    found.append(Change(name, ", ".join(key), column, was, now, "" if origin is None else origin.source))
    return found


def _text(value: Any) -> str:
    """Write a cell: nothing for what is blank, numbers plainly."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)
