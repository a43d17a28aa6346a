"""A model as arrays, with the way back to its names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from waterdeal.errors import SolverTrouble
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from waterdeal.types import Floats, Ints


class Element(NamedTuple):
    """One row or column: the family it is of, and its labels."""

    family: str  # full name of the Pyomo component
    labels: tuple[Any, ...] = ()

    def __str__(self) -> str:
        """Name it as Pyomo does."""
        return f"{self.family}[{','.join(map(str, self.labels))}]" if self.labels else self.family


@dataclass(frozen=True)
class Family:
    """Columns of one Var, or rows of one Constraint, that stand together."""

    name: str  # full name of the Pyomo component
    start: int
    size: int
    component: Any  # the Pyomo component
    index: tuple[Any, ...] | None = None  # indices in order where they are not all of the component's index set
    added: bool = False  # whether a user has added it

    def indices(self) -> Iterable[Any]:
        """Indices in order; a single None where there is no index."""
        if not self.component.is_indexed():
            return (None,)
        return self.component.index_set() if self.index is None else self.index

    def place_of(self, labels: tuple[Any, ...]) -> int | None:
        """Position of some labels; None where there are no such."""
        if not self.component.is_indexed():
            return None if labels else 0
        key = labels[0] if len(labels) == 1 else labels
        members = self.component.index_set() if self.index is None else self.index
        if isinstance(members, tuple):
            return members.index(key) if key in members else None
        return int(members.ord(key)) - 1 if key in members else None

    def element(self, place: int) -> Element:
        """Return one element."""
        index = next(islice(self.indices(), place, None))
        return Element(self.name, () if index is None else index if isinstance(index, tuple) else (index,))


class Labels(NamedTuple):
    """Indices of a Var or Constraint whose model has been left behind."""

    indices: tuple[Any, ...] | None  # in order; None where it has no index

    def is_indexed(self) -> bool:
        """Whether it has an index."""
        return self.indices is not None

    def index_set(self) -> tuple[Any, ...]:
        """Return the indices."""
        return self.indices or ()


class Matrix(NamedTuple):
    """A sparse matrix by rows."""

    start: Ints  # first entry of each row, and the number of entries at the end
    column: Ints
    value: Floats

    def equals(self, other: Matrix) -> bool:
        """Whether another matrix has the same entries."""
        return all(map(np.array_equal, self, other))


@dataclass(frozen=True)
class Sharing:
    """Columns of equal standing on a level: what each comes to is made even, as a share of what it can be."""

    members: Ints  # the columns
    rows: Ints  # the row of each in which it adds up others, whose bounds tell the most that it can be; none where that is told
    first: bool  # whether shares are made even before the sum of the level is made least, or only among plans of that sum
    most: Floats  # what a share of each is of; where there are rows, beside the most that it can be
    planned: Floats  # what each comes to in the plan that this one goes on from; NaN, or nothing, where there is none


@dataclass(frozen=True)
class Easing:
    """Shares of some levels that a later one may let fall a little."""

    level: str  # the level that may
    of: tuple[str, ...]  # the levels of the shares
    most: float  # by how much of what each share is of


@dataclass(frozen=True)
class Pools:
    """Tolerance of promises, used by one level: what is missing to each promise is what is kept to and what is given."""

    level: str  # the level for which pools open
    rows: Ints  # the row of each promise: what is missing = kept + given
    kept: Ints  # the column of each promise that ends at what is missing to it before pools open
    given: Ints  # the column of each promise that is nothing until pools open; its bound is the pool
    apart: tuple[Ints, Floats, Floats]  # columns whose own bounds hold once pools are open, and those they have before
    planned: Floats  # what may be missing to each by the plan that this one goes on from; NaN, or nothing, where there is none
    before: tuple[str, ...] = ()  # goals that hold promises to that plan, taken back with them
    of: tuple[str, ...] = ()  # goals that count what is missing to promises; any other is held wholly, whatever it counts


@dataclass(frozen=True)
class Opening:
    """How pools open."""

    pools: Pools
    first: str  # the first level of which something is taken back
    before: tuple[str, ...]  # levels that are solved before pools open
    tolerant: tuple[str, ...]  # of these, those that have promises with a pool
    loose: Ints  # columns by which levels count what is missing, but for shares: where they can still move, ties are broken first
    rows: Ints  # rows that hold levels, or parts of them, that have no pool
    own: tuple[Floats, Floats]  # bounds of columns once pools are open
    cost: Floats  # what breaks ties
    classes: Ints | None  # columns that nothing tells apart have one number; None where there are none


@dataclass(frozen=True)
class Program:
    """``row_lower <= matrix x <= row_upper``, ``column_lower <= x <= column_upper``, and a cost for each goal."""

    matrix: Matrix  # coefficients
    row_lower: Floats
    row_upper: Floats
    column_lower: Floats
    column_upper: Floats
    goals: Mapping[str, tuple[Floats, float]]  # cost of each column, and a constant, by goal; all to be made least
    columns: tuple[Family, ...]
    rows: tuple[Family, ...]
    by_element: tuple[str, ...] = field(default=())  # components that were expanded element by element
    added_goals: Mapping[str, bool] = field(default_factory=dict)  # whether a goal was added by the user, by goal
    #: which columns take whole numbers only, one a column; empty where none does
    integer: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    shares: Mapping[str, Sharing] = field(default_factory=dict)  # columns of equal standing, by goal
    pools: Pools | None = None  # tolerance of promises; None where there is none
    easing: Easing | None = None  # shares that a later level may let fall; None where none may
    unnamed: frozenset[Any] = frozenset()  # labels that are nobody's name, such as steps of time

    @property
    def has_integers(self) -> bool:
        """Whether some column takes whole numbers only."""
        return bool(self.integer.any())

    def digest(self) -> str:
        """Return a SHA-256 of all numbers: it changes with any change to the model, made by whatever means."""
        bounds = (self.row_lower, self.row_upper, self.column_lower, self.column_upper)
        shared = [np.append(sharing.members, sharing.first) for sharing in self.shares.values()]
        costs = [cost for cost, _ in self.goals.values()]
        if self.easing is not None:
            costs.append(np.array([self.easing.most]))
        total = hashlib.sha256()
        pools = [] if self.pools is None else [np.append(self.pools.kept, self.pools.given)]
        for array in (*self.matrix, *bounds, *costs, *([self.integer] if self.has_integers else []), *shared, *pools):
            total.update(np.ascontiguousarray(array).tobytes())
        return total.hexdigest()

    def without_model(self) -> Program:
        """Return the same arrays and names without the Pyomo components, for another process."""
        columns, rows = (tuple(_light(family) for family in families) for families in (self.columns, self.rows))
        return replace(self, columns=columns, rows=rows)

    def activity(self, values: Floats) -> Floats:
        """Return what each row comes to."""
        products = np.append(self.matrix.value * values[self.matrix.column], 0.0)
        counts = np.diff(self.matrix.start)
        return np.where(counts > 0, np.add.reduceat(products, np.minimum(self.matrix.start[:-1], len(products) - 1)), 0.0)

    def summed_in(self, rows: Ints) -> NDArray[np.bool_]:
        """Tell which columns stand in some rows."""
        found = np.zeros(len(self.column_lower), dtype=bool)
        for row in rows.tolist():
            found[self.matrix.column[self.matrix.start[row] : self.matrix.start[row + 1]]] = True
        return found

    def violation(self, values: Floats) -> float:
        """Return the largest amount by which a row misses its bounds."""
        activity = self.activity(values)
        return float(np.max([self.row_lower - activity, activity - self.row_upper], initial=0.0))

    def column(self, column: int) -> Element:
        """Return the family and labels of a column."""
        return _element(self.columns, column)

    def row(self, row: int) -> Element:
        """Return the family and labels of a row."""
        return _element(self.rows, row)

    def elements(self, rows: Iterable[int], columns: Iterable[int]) -> tuple[Element, ...]:
        """Return the families and labels of some rows and columns."""
        return (*(self.row(int(row)) for row in rows), *(self.column(int(column)) for column in columns))

    def columns_of(self, name: str) -> Family:
        """Columns of a Var that the model has; SolverTrouble where it has none."""
        return _family(self.columns, name)

    def rows_of(self, name: str) -> Family:
        """Rows of a Constraint that the model has; SolverTrouble where it has none."""
        return _family(self.rows, name)

    def column_at(self, name: str, *labels: Any) -> int:
        """Return the column of some labels that are known to be there."""
        family = self.columns_of(name)
        return family.start + (family.place_of(labels) or 0)

    def values_of(self, name: str, solution: Floats) -> Floats | None:
        """Part of a solution vector that belongs to a Var, flat; None where the model has no such Var."""
        found = next((family for family in self.columns if family.name == name), None)
        return None if found is None else solution[found.start : found.start + found.size]


def _family(families: tuple[Family, ...], name: str) -> Family:
    """Family of a name; components that a scenario does not need are not in its model, so whoever asks must know that this one is."""
    for family in families:
        if family.name == name:
            return family
    raise SolverTrouble(say("solving.has_none", name=name))


def _light(family: Family) -> Family:
    """Keep the indices of a component only."""
    indexed = family.component.is_indexed()
    return replace(family, component=Labels(tuple(family.component.index_set()) if indexed else None))


def _element(families: tuple[Family, ...], place: int) -> Element:
    """Find the family a column or row belongs to."""
    family = next(family for family in families if family.start <= place < family.start + family.size)
    return family.element(place - family.start)
