"""Two basins side by side: which figures differ, and what that does to plans."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from waterdeal.reports.comparison import plans_blocks
from waterdeal.reports.document import answer
from waterdeal.reports.table import written
from waterdeal.words import BLANK

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import xarray as xr

    from waterdeal.basin.changes import Change
    from waterdeal.reports.document import Document
    from waterdeal.words import Words


def changes_answer(changes: Sequence[Change], words: Words) -> Document:
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
    changed = written("changes", words.text("diff.title", count=len(changes)), headings, rows, (0, 4))
    return answer("diff", words.language, [changed if rows else words.text("diff.none")])


def effect_answer(title: str, tables: dict[str, pd.DataFrame], plans: dict[str, xr.Dataset], words: Words) -> Document:
    """Tell what one scenario comes to on both basins: by party, and its single numbers."""
    told: dict[str, pd.DataFrame] = {name: tables[name] for name in ("party", "plan") if name in tables}
    return answer("diff", words.language, [words.text("diff.plan", title=title), *plans_blocks(told, plans, words.language)])
