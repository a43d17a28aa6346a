"""Labels as integers, positions of labels in index sets and values by position, so that rules can be evaluated with arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Grouped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from waterdeal.types import Floats, Ints


class NotTemplatable(Exception):
    """A rule that cannot be read as one template; it is expanded element by element instead."""


class Labels:
    """One integer for every label that stands in a set."""

    def __init__(self) -> None:
        """Start with no labels."""
        self._numbers: dict[Any, int] = {}
        self._members: dict[int, tuple[Any, Ints]] = {}
        self._factors: dict[int, tuple[Any, _Factor]] = {}

    def number(self, label: Any) -> int:
        """Return the integer of a label, a new one if it is new."""
        return self._numbers.setdefault(label, len(self._numbers))

    def members(self, index_set: Any) -> Ints:
        """Return the members of a set as integers, shape (members, labels a member)."""
        known = self._members.get(id(index_set))
        if known is None:
            parts = subsets_of(index_set)
            plain = len(parts) == 1
            found = self.array(list(index_set), int(index_set.dimen)) if plain else cross([self.members(part) for part in parts])
            known = self._members[id(index_set)] = (index_set, found)
        return known[1]

    def factor(self, index_set: Any) -> _Factor:
        """Return the positions in a set that is not a product, made once."""
        known = self._factors.get(id(index_set))
        if known is None:
            known = self._factors[id(index_set)] = (index_set, _Factor(self.members(index_set)))
        return known[1]

    def array(self, members: Iterable[Any], width: int) -> Ints:
        """Number members given as labels or tuples of labels."""
        numbers = self._numbers
        if width == 1:
            flat = [numbers.setdefault(label, len(numbers)) for label in members]
        else:
            flat = [numbers.setdefault(label, len(numbers)) for member in members for label in member]
        return np.array(flat, dtype=np.int64).reshape(-1, width)


def subsets_of(index_set: Any) -> list[Any]:
    """Return the factors of a product of sets, or the set itself alone."""
    return list(index_set.subsets(expand_all_set_operators=False))


def cross(arrays: Sequence[Ints]) -> Ints:
    """Return the product of members, the last factor running fastest."""
    product = arrays[0]
    for array in arrays[1:]:
        product = np.hstack([np.repeat(product, len(array), axis=0), np.tile(array, (len(product), 1))])
    return product


class Positions:
    """Where labels stand in the index set of a component, counted as Pyomo counts."""

    def __init__(self, index_set: Any, labels: Labels) -> None:
        """Make a look-up for each factor of the set."""
        self._factors = [labels.factor(part) for part in subsets_of(index_set)]

    def find(self, columns: Sequence[Ints]) -> Ints:
        """Return the position of each row of label numbers, given as one array a label of the index; all must be members of the set."""
        place: Ints = np.zeros(1, dtype=np.int64)
        at = 0
        for factor in self._factors:
            found = factor.find(columns[at : at + factor.width])
            if (found < 0).any():  # an index is not in the component's set
                raise NotTemplatable(factor)
            place = place * factor.size + found
            at += factor.width
        if at != len(columns):
            raise NotTemplatable(columns)
        return place


class _Factor:
    """Position look-up of one factor of an index set."""

    def __init__(self, members: Ints) -> None:
        """Index single labels directly; sort the keys of longer members."""
        self.size, self.width = members.shape
        self._base = int(members.max(initial=0)) + 1
        self._direct = np.full(self._base + 1, -1)
        if self.width == 1:
            self._direct[members[:, 0]] = np.arange(self.size)
            return
        keys = self._keys(list(members.T))
        self._order = np.argsort(keys, kind="stable")
        self._sorted = keys[self._order]

    def _keys(self, columns: Sequence[Ints]) -> Ints:
        """Make one integer of several labels; -1 where a label is too new to be a member."""
        keys: Ints = np.zeros(len(columns[0]), dtype=np.int64)
        for column in columns:
            keys = keys * self._base + column
        return np.where(np.max(columns, axis=0) >= self._base, -1, keys)

    def find(self, columns: Sequence[Ints]) -> Ints:
        """Return positions, -1 where a row is no member."""
        if self.width == 1 or not self.size:
            return self._direct[np.minimum(columns[0], self._base)]
        keys = self._keys(columns)
        at = np.minimum(np.searchsorted(self._sorted, keys), self.size - 1)
        return np.where(self._sorted[at] == keys, self._order[at], -1)


class Groups:
    """Members of an indexed set, group after group."""

    def __init__(self, indexed: Any, labels: Labels) -> None:
        """Lay the members of all groups end to end."""
        self.positions = Positions(indexed.index_set(), labels)
        groups = _groups_of(indexed)
        self.lengths = np.array([len(group) for group in groups], dtype=np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)])[:-1]
        width = next((len(member) if isinstance(member, tuple) else 1 for group in groups for member in group), 1)
        self.members = labels.array((member for group in groups for member in group), width)

    def expand(self, group: Ints) -> tuple[Ints, Ints]:
        """Return, for rows in groups, the row each member comes from and the members."""
        lengths = self.lengths[group]
        parent = np.repeat(np.arange(len(group)), lengths)
        first = np.repeat(np.cumsum(lengths) - lengths, lengths)
        within = np.arange(len(parent)) - first
        return parent, self.members[np.repeat(self.starts[group], lengths) + within]


def _groups_of(indexed: Any) -> list[Any]:
    """Members of every group of an indexed set; a `Grouped` makes Pyomo sets only of groups that were asked for, which users may change."""
    if isinstance(indexed, Grouped):
        made = set(indexed.made())
        return [indexed[key] if key in made else indexed.members.get(key, ()) for key in indexed.index_set()]
    return [indexed[key] for key in indexed.index_set()]


class Lookups:
    """Look-ups made once and kept, by component."""

    def __init__(self) -> None:
        """Start empty."""
        self.labels = Labels()
        self._made: dict[tuple[str, int], Any] = {}

    def _once(self, kind: str, component: Any, make: Callable[[], Any]) -> Any:
        """Make a look-up where it is first asked for."""
        key = (kind, id(component))
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def positions(self, component: Any) -> Positions:
        """Return positions in the index set of a component."""
        found: Positions = self._once("positions", component, lambda: Positions(component.index_set(), self.labels))
        return found

    def groups(self, indexed: Any) -> Groups:
        """Return the members of an indexed set."""
        found: Groups = self._once("groups", indexed, lambda: Groups(indexed, self.labels))
        return found

    def values_of(self, parameter: Any) -> Floats:
        """Return the values of a parameter in the order of its index set."""
        held = getattr(parameter, "values_flat", None)
        one_by_one = (float(pyo.value(parameter[index])) for index in parameter.index_set())
        values: Floats = held if held is not None else self._once("values", parameter, lambda: np.array(list(one_by_one)))
        return values
