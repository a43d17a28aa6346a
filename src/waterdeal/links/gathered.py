"""Gather problems of tables of millions of rows: the first ones in words, the rest counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import BasinDataError, Problem, make_problem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from waterdeal.links.large_csv import Cells, Names

#: problems told one by one
MOST_TOLD = 50


class Gathered:
    """Problems of the tables of one folder, in the order they are found."""

    def __init__(self) -> None:
        """Start with none."""
        self.told: list[Problem] = []
        self.count = 0

    def add(self, file: str, row: int | None, field: str, key: str, /, **values: object) -> None:
        """Add one problem."""
        self.count += 1
        if len(self.told) < MOST_TOLD:
            self.told.append(make_problem(file, row, field, key, **values))

    def add_where(self, wrong: NDArray[np.bool_], problem: Callable[[int], Problem]) -> None:
        """Add a problem for every place that is wrong; words are made for those told only."""
        places = np.flatnonzero(wrong)
        self.told += map(problem, places[: MOST_TOLD - len(self.told)].tolist())
        self.count += len(places)

    def add_rows(self, cells: Cells, wrong: NDArray[np.bool_], field: str, key: str, /, **columns: Any) -> None:
        """Add a problem for every row that is wrong, told with the values that columns have there."""
        self.add_where(wrong, lambda at: cells.problem(at, field, key, **{name: column[at] for name, column in columns.items()}))

    def add_strange(self, cells: Cells, wrong: NDArray[np.bool_], field: str, key: str, names: Names, known: Iterable[str]) -> None:
        """Add a problem for every row whose name is none of those known, and suggest the nearest."""

        def problem(at: int) -> Problem:
            return Problem(cells.file, int(cells.line[at]), field, say(key, name=names[at]), did_you_mean(names[at], known))

        self.add_where(wrong, problem)

    def raise_any(self, folder: Path) -> None:
        """Raise all problems together."""
        if left := self.count - len(self.told):
            self.told.append(make_problem(str(folder), None, "", "networks.more", left=left, count=self.count))
        if self.told:
            raise BasinDataError(str(folder), self.told)
