"""What tells the columns of a program apart, besides their names: colours of columns and rows, refined until they settle.

Places of one family have one colour to begin with, all rows have one. A column is then coloured by the rows it stands in, and a row by its
columns, again and again (colour refinement of the bipartite graph); labels that are nobody's name, steps of time and numbers, tell columns
of one place apart. First only where entries are counts: these colours stay when figures change a little. Where some are alike so, figures
count too: coefficients, bounds, costs. Columns that are alike even then can be exchanged without any row, bound or level noticing: with
every plan its average over them is a plan that is as good on every level (a fractional automorphism).
"""

from __future__ import annotations

import hashlib
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.lp.lookups import subsets_of
from waterdeal.lp.program import Matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.lp.program import Family, Program
    from waterdeal.types import Floats, Ints

    Words = NDArray[np.uint64]

#: digits to which figures must agree to be the same
DIGITS = 9
#: rounds after which colours are looked at, again and again
ROUNDS = 4


@dataclass(frozen=True)
class Colours:
    """Colours of columns and rows."""

    columns: Words
    rows: Words

    def count(self) -> int:
        """Count the colours of columns and rows."""
        return sum(len(words) and 1 + int(np.count_nonzero(np.diff(np.sort(words)))) for words in (self.columns, self.rows))


class Graph:
    """Entries of a matrix, from rows to columns and back."""

    def __init__(self, matrix: Matrix, columns: int) -> None:
        self.matrix, self.columns = matrix, columns
        self.row = np.repeat(np.arange(len(matrix.start) - 1), np.diff(matrix.start))
        self.order = np.argsort(matrix.column, kind="stable")
        self.start = np.searchsorted(matrix.column[self.order], np.arange(columns + 1))

    def holding(self, matrix: Matrix) -> Graph:
        """Return the same entries with other values."""
        held = copy(self)
        held.matrix = matrix
        held.__dict__.pop("entries", None)
        return held

    @cached_property
    def entries(self) -> Words:
        """Colours of the entries."""
        return mixed(_bits(self.matrix.value))

    def refined(self, colours: Colours, entries: Words | None = None) -> Colours:
        """Refine colours until there are no more of them; entries of the matrix may have colours too."""
        count = colours.count()
        while True:
            for _ in range(ROUNDS):
                colours = self._once(colours, entries)
            more = colours.count()
            if more == count or more == len(colours.columns) + len(colours.rows):
                return colours
            count = more

    def _once(self, colours: Colours, entries: Words | None) -> Colours:
        """Colour rows by their columns, and columns by their rows."""
        seen = colours.columns[self.matrix.column]
        rows = mixed(colours.rows ^ _sums(mixed(seen if entries is None else seen ^ entries), self.matrix.start))
        seen = rows[self.row]
        told = mixed(seen if entries is None else seen ^ entries)[self.order]
        return Colours(mixed(colours.columns ^ _sums(told, self.start)), rows)

    def spread(self, columns: Floats, rows: Floats, rounds: int) -> Floats:
        """Spread figures along entries: a number for each column that moves as figures do, and not with any order or name."""
        weight = np.tanh(self.matrix.value)
        held = columns
        for _ in range(rounds):
            across = rows + _means(weight * held[self.matrix.column], self.matrix.start)
            held = columns + _means((weight * across[self.row])[self.order], self.start)
        return held


def structure(program: Program, graph: Graph) -> Colours:
    """Colours by where entries are, whatever the figures, and whatever the horizon: a place has one colour, and each step of it its own.

    The places of columns and of rows are what is left of their labels without steps and numbers; of entries between two places one is as
    good as many. So a season has the same colours when its first steps are over.
    """
    columns, rows = (Places.of(families, program.unnamed) for families in (program.columns, program.rows))
    pairs = np.unique(rows.place[graph.row] * max(columns.count, 1) + columns.place[graph.matrix.column])
    start = np.searchsorted(pairs, np.arange(rows.count + 1) * max(columns.count, 1))
    small = Matrix(start, pairs % max(columns.count, 1), np.ones(len(pairs)))
    found = Graph(small, columns.count).refined(Colours(columns.family, np.zeros(rows.count, np.uint64)))
    return Colours(mixed(found.columns[columns.place] ^ columns.step), mixed(found.rows[rows.place] ^ rows.step))


@dataclass(frozen=True)
class Places:
    """Columns or rows by place: what their labels are called does not matter, only which are the same."""

    count: int
    place: Ints  # of each column or row
    family: Words  # of each place
    step: Words  # what the other labels of each column or row say

    @classmethod
    def of(cls, families: Sequence[Family], unnamed: frozenset[Any]) -> Places:
        """Find the places of some families."""
        count, places, words, steps = 0, [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)], [np.zeros(0, np.uint64)]
        for family in families:
            if family.size:
                found, step = _labels_of(family, unnamed)
                fresh, inverse = np.unique(found, return_inverse=True)
                places.append(count + inverse)
                words.append(np.full(len(fresh), _word(family.name), dtype=np.uint64))
                steps.append(step)
                count += len(fresh)
        return cls(count, np.concatenate(places), np.concatenate(words), np.concatenate(steps))


def _labels_of(family: Family, unnamed: frozenset[Any]) -> tuple[Ints, Words]:
    """Number what is named of each element of a family, and return the word of what is not."""
    if not family.component.is_indexed():
        return np.zeros(family.size, np.int64), np.zeros(family.size, np.uint64)
    whole = family.index is None
    factors: list[Any] = [list(part) for part in subsets_of(family.component.index_set())] if whole else [list(family.indices())]
    place, word = np.zeros(1, np.int64), np.zeros(1, np.uint64)
    for factor in factors:
        numbers: dict[tuple[Any, ...], int] = {}
        named, told = [], []
        for label in factor:
            parts = label if isinstance(label, tuple) else (label,)
            owned = tuple(part for part in parts if not (isinstance(part, int) or part in unnamed))
            named.append(numbers.setdefault(owned, len(numbers)))
            told.append(_word("|".join(str(part) if isinstance(part, int) or part in unnamed else "" for part in parts)))
        place = (place[:, None] * len(numbers) + np.array(named, dtype=np.int64)[None, :]).ravel()
        word = mixed((word[:, None] ^ np.array(told, dtype=np.uint64)[None, :]).ravel())
    return place, word


def by_name(program: Program) -> Words:
    """Colours of columns by their names: only where of several that are alike one must be chosen."""
    return np.concatenate([np.zeros(0, np.uint64), *(_family_words(family) for family in program.columns)])


@dataclass(frozen=True)
class Figures:
    """Figures of columns and of rows that can tell them apart."""

    columns: tuple[Floats, ...]
    rows: tuple[Floats, ...]

    def same(self, other: Figures) -> bool:
        """Whether other figures of columns and rows are the same."""
        pairs = zip((*self.columns, *self.rows), (*other.columns, *other.rows), strict=True)
        return all(one is two or np.array_equal(one, two) for one, two in pairs)

    def refine(self, graph: Graph, colours: Colours) -> Colours:
        """Refine colours by these and by the entries of the matrix."""
        told = Colours(_with_figures(colours.columns, self.columns), _with_figures(colours.rows, self.rows))
        return graph.refined(told, graph.entries)


def ranks(figures: Figures, graph: Graph, colours: Colours, finer: Colours) -> Ints:
    """Rank columns of one colour by the size of their figures; those of one finer colour have one rank."""
    size = graph.spread(_sized(figures.columns, len(colours.columns)), _sized(figures.rows, len(colours.rows)), 2 * ROUNDS)
    found, place = np.unique(finer.columns, return_inverse=True)
    mean = np.bincount(place, size, len(found)) / np.bincount(place, minlength=len(found))
    first = np.zeros(len(found), np.int64)
    first[place[::-1]] = np.arange(len(place))[::-1]
    owner = colours.columns[first]
    order = np.lexsort((found, np.round(mean, DIGITS), owner))
    begins = np.flatnonzero(np.diff(owner[order], prepend=~owner[order[:1]]))
    rank = np.zeros(len(found), np.int64)
    rank[order] = np.arange(len(found)) - np.repeat(begins, np.diff(np.append(begins, len(found))))
    return rank[place]


def _sized(figures: Sequence[Floats], count: int) -> Floats:
    """Return one figure for several, which moves with each."""
    return sum((number * np.arcsinh(_finite(part)) for number, part in enumerate(figures, start=1)), start=np.zeros(count))


def alike(colours: Colours) -> Ints | None:
    """Number the colours of columns; None where no two columns have the same."""
    found, place = np.unique(colours.columns, return_inverse=True)
    return None if len(found) == len(place) else place


def averaged(values: Floats, classes: Ints | None) -> Floats:
    """Return values with the average of columns that are alike; columns beyond those with classes, and all where there are none, stay."""
    if classes is None:
        return values
    own = len(classes)
    return np.append((np.bincount(classes, values[:own]) / np.bincount(classes))[classes], values[own:])


def figures_of(program: Program, levels: Sequence[str], *, rows: bool) -> Figures:
    """Return the figures that some levels look at: bounds of columns and, where asked for, of rows; costs, what is whole or shared."""
    found = [program.column_lower, program.column_upper, *(program.goals[level][0] for level in levels)]
    if program.has_integers:
        found.append(program.integer.astype(float))
    places = np.arange(len(program.column_lower))
    found += [np.isin(places, program.shares[level].members).astype(float) for level in levels if level in program.shares]
    return Figures(tuple(found), (program.row_lower, program.row_upper) if rows else ())


def _finite(side: Floats) -> Floats:
    """Replace infinity by a figure that no water reaches."""
    return np.where(np.isfinite(side), side, np.sign(side) * 1e15)


def _with_figures(colours: Words, figures: Sequence[Floats]) -> Words:
    """Mix figures into colours."""
    for figure in figures:
        colours = mixed(colours ^ mixed(_bits(_finite(figure))))
    return colours


def _bits(figures: Floats) -> Words:
    """Return the bits of figures, rounded so that what rounding has parted is the same."""
    rounded = np.zeros(figures.shape)
    known = np.abs(figures) >= 1e-12  # costs of a level are nothing nearly everywhere
    scale = 10.0 ** (DIGITS - 1 - np.floor(np.log10(np.abs(figures[known]))))
    rounded[known] = np.round(figures[known] * scale) / scale
    return rounded.view(np.uint64)


def _family_words(family: Family) -> Words:
    """Colours of one family of columns by their names."""
    words = np.array([_word(family.name)], dtype=np.uint64)
    if family.component.is_indexed():
        for factor in subsets_of(family.component.index_set()):
            labels = np.array([_word(str(label)) for label in factor], dtype=np.uint64)
            words = mixed((words[:, None] ^ labels[None, :]).ravel())
    return words


def _word(text: str) -> int:
    """Return 64 bits of a text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _sums(words: Words, start: Ints) -> Words:
    """Add up words from each start to the next."""
    total = np.add.reduceat(np.append(words, np.uint64(0)), np.minimum(start[:-1], len(words)))
    return np.where(np.diff(start) > 0, total, np.uint64(0))


def _means(figures: Floats, start: Ints) -> Floats:
    """Return the mean of figures from each start to the next; zero where there are none."""
    total = np.add.reduceat(np.append(figures, 0.0), np.minimum(start[:-1], len(figures)))
    count = np.diff(start)
    return np.where(count > 0, total / np.maximum(count, 1), 0.0)


def mixed(words: Words) -> Words:
    """Mix the bits of each word (the finaliser of splitmix64)."""
    mixed = words + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
