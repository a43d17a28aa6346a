"""Gather problems of tables of millions of rows: the first ones in words, the rest counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import BasinDataError, Problem, make_problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

#: problems told one by one
MOST_TOLD = 50


class Gathered:
    """Problems of the tables of one folder, in the order they are found."""

    def __init__(self) -> None:
        """Start with none."""
        self.told: list[Problem] = []
        self.count = 0

    def add(self, problem: Problem) -> None:
        """Add one problem."""
        self.count += 1
        if len(self.told) < MOST_TOLD:
            self.told.append(problem)

    def add_where(self, wrong: NDArray[np.bool_], problem: Callable[[int], Problem]) -> None:
        """Add a problem for every place that is wrong; words are made for those told only."""
        places = np.flatnonzero(wrong)
        for place in places[: MOST_TOLD - len(self.told)].tolist():
            self.add(problem(place))
            self.count -= 1
        self.count += len(places)

    def raise_any(self, folder: Path) -> None:
        """Raise all problems together."""
        if not self.count:
            return
        left = self.count - len(self.told)
        rest = [make_problem(str(folder), None, "", "networks.more_problems_all", left=left, count=self.count)]
        raise BasinDataError(str(folder), [*self.told, *(rest if left else [])])
