"""Two basins side by side: which figures differ, and what that does to plans."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from waterdeal.reports.comparison import plans_text
from waterdeal.reports.text import make_section
from waterdeal.words import BLANK

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import xarray as xr

    from waterdeal.basin.changes import Change
    from waterdeal.words import Words


def changes_text(changes: Sequence[Change], words: Words) -> str:
    """Tell how many cells of each column changed, came and went, and the largest change of a figure."""
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.table, change.column), []).append(change)
    rows = []
    for (table, column), cells in groups.items():
        kinds = Counter("changed" if cell.before and cell.after else "added" if cell.after else "removed" for cell in cells)
        most = max((cell for cell in cells if not math.isinf(cell.share)), key=lambda cell: cell.share, default=None)
        told = BLANK if most is None else f"{most.row}: {most.before} → {most.after}"
        rows.append([f"{table}.{column}", *(str(kinds[kind] or BLANK) for kind in ("changed", "added", "removed")), told])
    headings = [words.text(f"diff.{key}") for key in ("column", "changed", "added", "removed", "most")]
    return make_section(words.text("diff.title", count=len(changes)), headings, rows) or words.text("diff.none")


def effect_text(title: str, tables: dict[str, pd.DataFrame], plans: dict[str, xr.Dataset], words: Words) -> str:
    """Tell what one scenario comes to on both basins: by party, and its single numbers."""
    told: dict[str, pd.DataFrame] = {name: tables[name] for name in ("party", "plan") if name in tables}
    return f"{words.text('diff.plan', title=title)}\n\n{plans_text(told, plans, words.language)}"
