"""An even mix where columns are integer: the sums of the largest concessions made least, one rank after another.

Duals prove nothing about whole numbers, and which concession is the largest may differ between plans that are equally even. The sum of
the k largest shares is the least of ``k t + sum of what shares are above t``, whoever they are of, so that made least for k = 1, 2, ...
each on the best of those before, it gives the leximin mix of any program (Ogryczak and Sliwinski 2003).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.lp.extend import AddedRow, with_free_columns, with_rows

if TYPE_CHECKING:
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats, Ints


class Ranks:
    """A column ``t`` for each rank and columns for what shares are above it, with the rows that say so and one that holds the sum."""

    def __init__(self, program: Program, columns: Ints, scale: Floats) -> None:
        """Add them at the end; no row binds until it is asked to."""
        count, first, row = len(columns), len(program.column_lower), len(program.row_lower)
        self.tops = first + np.arange(count)
        self.above = first + count + np.arange(count * count).reshape(count, count)  # by rank and clause
        self.rows = row + np.arange(count * count).reshape(count, count)
        self.sums = row + count * count + np.arange(count)
        size = count + count * count
        wider = with_free_columns(program, "rank", np.zeros(size), np.full(size, np.inf), np.zeros(size, dtype=bool))
        shares = [
            AddedRow("above_rank", [columns[k], self.tops[rank], self.above[rank, k]], [1.0, -scale[k], -scale[k]], -np.inf, np.inf)
            for rank in range(count)
            for k in range(count)
        ]
        sums = [AddedRow("rank_sum", *self.sum_of(rank), -np.inf, np.inf) for rank in range(count)]
        self.program = with_rows(wider, [*shares, *sums])

    def sum_of(self, rank: int) -> tuple[Ints, Floats]:
        """Return the columns and coefficients of the sum of the largest shares down to a rank."""
        return np.append(self.tops[rank], self.above[rank]), np.append(rank + 1.0, np.ones(len(self.tops)))
