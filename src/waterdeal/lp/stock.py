"""The components of `lp.symbolic` by what Pyomo promises alone: the slow way, everything made per element at once.

Data are mutable, so that elements follow when other inputs are put into a model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


Rows = pyo.Constraint


class Columns:
    """Makes a Var that is told from those of a user."""

    def __new__(cls, *sets: Any, **kwargs: Any) -> Any:
        """Make it."""
        made = pyo.Var(*sets, **kwargs)
        made.is_of_model = True
        return made


class Goal:
    """Makes an Objective that is not active."""

    def __new__(cls, rule: Any) -> Any:
        """Make it."""
        made = pyo.Objective(rule=rule)
        made.is_level = True
        made.deactivate()
        return made


class Data:
    """Makes a Param of the values of an array, in the order of its index sets."""

    def __new__(cls, *sets: Any, array: Any) -> Any:
        """Make it."""
        places: dict[Any, int] = {}

        def value(_block: Any, *index: Any) -> float:
            if not places:
                check_size(made)
                places.update({label: place for place, label in enumerate(made.index_set())})
            return float(made.values_flat[places[index if len(index) > 1 else index[0]]])

        made = pyo.Param(*sets, initialize=value, within=pyo.Any, mutable=True)
        made.values_flat = flat(array)
        return made


class Grouped:
    """Makes a Set of members for each index of another."""

    def __new__(cls, over: Any, members: Mapping[Any, Sequence[Any]], dimen: int) -> Any:
        """Make it."""
        return pyo.Set(over, initialize=lambda _block, *index: members.get(index if len(index) > 1 else index[0], ()), dimen=dimen)


def flat(array: Any) -> NDArray[np.float64]:
    """Return an array, or one of xarray (whose own way to an array takes ten times as long), as one row of numbers."""
    return np.ascontiguousarray(getattr(array, "values", array), dtype=float).ravel()


def check_size(data: Any) -> None:
    """Refuse values that do not fit the index sets."""
    if len(data.index_set()) != data.values_flat.size:
        raise ValueError(say("solving.wrong_size", name=data.name, values=data.values_flat.size, indices=len(data.index_set())))
