"""Bounds of a program that follow numbers of its inputs, found by trying.

A model is built a few times with other numbers. From what moves with them one learns which bound follows which number, and by what factor;
a last try with numbers drawn at random proves it. So no part of the model need know that it will be asked: where a number turns up in a
coefficient, or a bound follows two numbers, that is told instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from waterdeal.solve.program import Program

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bounds = tuple[Floats, Floats, Floats, Floats]

#: largest difference of a proof, as a share of the numbers tried
ROUNDING = 1e-9


class StructureChanges(Exception):
    """The numbers turn up elsewhere than in bounds, or a bound follows several of them."""


@dataclass(frozen=True)
class Follower:
    """An array of which some entries follow one number each.

    Parameters
    ----------
    still : numpy.ndarray
        The array where all numbers are 0.
    places, sources : numpy.ndarray
        Entries that follow, and the number each follows.
    factors : numpy.ndarray
        By how much.
    """

    still: Floats
    places: Ints
    sources: Ints
    factors: Floats

    def at(self, numbers: Floats) -> Floats:
        """Return the array at some numbers."""
        array = self.still.copy()
        array[self.places] += self.factors * numbers[self.sources]
        return array


@dataclass(frozen=True)
class MovingBounds:
    """Row and column bounds that follow numbers of the inputs.

    Parameters
    ----------
    followers : tuple of Follower
        Lower and upper bounds of rows, lower and upper bounds of columns.
    """

    followers: tuple[Follower, ...]

    def at(self, numbers: Floats) -> Bounds:
        """Return all bounds at some numbers."""
        row_lower, row_upper, column_lower, column_upper = (follower.at(numbers) for follower in self.followers)
        return row_lower, row_upper, column_lower, column_upper


def find_moving_bounds(compiled: Callable[[Floats], Program], count: int, scale: float = 100.0) -> MovingBounds:
    """Find out how the bounds of a program follow numbers of its inputs.

    Parameters
    ----------
    compiled : callable
        Returns the program at some numbers.
    count : int
        How many numbers there are.
    scale : float
        Size of the numbers to try.

    Returns
    -------
    MovingBounds
        Proven on numbers drawn at random.

    Raises
    ------
    StructureChanges
        If the numbers move anything but bounds, or a bound follows several.
    """
    ratios = 1.0 + np.arange(1, count + 1) / (count + 1)
    drawn = scale * np.random.default_rng(0).uniform(0.5, 1.5, count)
    tries = [compiled(numbers) for numbers in (np.zeros(count), np.full(count, scale), scale * ratios, drawn)]
    if any(not _same_but_bounds(tries[0], other) for other in tries[1:]):
        message = "the numbers change coefficients or goals of the model"
        raise StructureChanges(message)
    arrays = zip(*(_bounds(program) for program in tries), strict=True)
    return MovingBounds(tuple(_follower(list(four), (scale, drawn)) for four in arrays))


def _bounds(program: Program) -> Bounds:
    """Bounds in the order of `MovingBounds`."""
    return program.row_lower, program.row_upper, program.column_lower, program.column_upper


def _same_but_bounds(one: Program, other: Program) -> bool:
    """Whether two programs have the same matrix and goals."""
    pairs = [(getattr(one.matrix, name), getattr(other.matrix, name)) for name in ("start", "column", "value")]
    pairs += [(one.goals[name][0], other.goals[name][0]) for name in one.goals]
    return one.goals.keys() == other.goals.keys() and all(np.array_equal(first, second) for first, second in pairs)


def _follower(arrays: list[Floats], tried: tuple[float, Floats]) -> Follower:
    """Learn from an array at zeros, at equal numbers and at numbers in known ratios; prove it on drawn ones."""
    still, equal, graded, random = arrays
    scale, drawn = tried
    count = len(drawn)
    places = np.flatnonzero((equal != still) | (graded != still) | (random != still))
    if not np.isfinite([array[places] for array in arrays]).all():
        message = "a bound is there for some numbers and not for others"
        raise StructureChanges(message)
    risen = equal[places] - still[places]
    share = np.divide(graded[places] - still[places], risen, out=np.full(len(places), np.nan), where=risen != 0)
    sources = np.nan_to_num((share - 1.0) * (count + 1), nan=0.0).round().astype(np.int64) - 1
    follower = Follower(still, places, np.clip(sources, 0, count - 1), risen / scale)
    missed = np.abs(follower.at(drawn)[places] - random[places])
    if (missed > ROUNDING * scale * np.maximum(1.0, np.abs(follower.factors))).any():
        message = "a bound follows several numbers"
        raise StructureChanges(message)
    return follower
