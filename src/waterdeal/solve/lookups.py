"""Look-ups of one model: labels, positions in index sets, members of indexed sets, values of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pyomo.core.base import value

from waterdeal.model.symbolic import Data
from waterdeal.solve.labels import Groups, Labels, Positions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Lookups:
    """Look-ups made once and kept, by component."""

    def __init__(self) -> None:
        """Start empty."""
        self.labels = Labels()
        self._positions: dict[int, Positions] = {}
        self._groups: dict[int, Groups] = {}
        self._values: dict[int, Floats] = {}

    def positions(self, component: Any) -> Positions:
        """Return positions in the index set of a component."""
        key = id(component)
        if key not in self._positions:
            self._positions[key] = Positions(component.index_set(), self.labels)
        return self._positions[key]

    def groups(self, indexed: Any) -> Groups:
        """Return the members of an indexed set."""
        key = id(indexed)
        if key not in self._groups:
            self._groups[key] = Groups(indexed, self.labels)
        return self._groups[key]

    def values_of(self, parameter: Any) -> Floats:
        """Return the values of a parameter in the order of its index set."""
        if isinstance(parameter, Data):
            return parameter.values_flat
        key = id(parameter)
        if key not in self._values:
            self._values[key] = np.array([float(value(parameter[index])) for index in parameter.index_set()])
        return self._values[key]
