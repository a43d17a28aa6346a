"""Pyomo components that remember their rule instead of expanding it at once.

`Columns` is an indexed Var, `Rows` an indexed Constraint, `Goal` an Objective, `Data` a Param over an array and `Grouped` an indexed Set.
Each is stock Pyomo in every respect but one: nothing is made per element until somebody asks for the element. The compiler
(``lp.compile``) reads the rule as a template; ``model.build.materialise`` expands everything for printing, LP files and other solvers.
A look-up ``x[i, t]`` in a template is the expression that Pyomo's own would be, without the search by which Pyomo finds out its kind.

That takes names of Pyomo that may change (`lp.pyomo_private`). Where one is missing or does something else, the components are stock
(`lp.stock`), `PRIVATE` is None, and models are compiled element by element: the same arrays, more slowly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waterdeal.guarded import fast_or_slow
from waterdeal.lp import stock

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


def _private() -> Any:
    """Return the adapter, if all of it holds."""
    from waterdeal.lp import pyomo_private

    pyomo_private.prove()
    return pyomo_private


PRIVATE: Any = fast_or_slow("pyomo", _private, lambda: None)
_WAY: Any = PRIVATE or stock
Columns, Rows, Goal, Data, Grouped = _WAY.Columns, _WAY.Rows, _WAY.Goal, _WAY.Data, _WAY.Grouped


@dataclass(frozen=True)
class Shared:
    """What a goal makes even (``goal.shared``): variables of equal standing, by what each is of or by what its constraint lets it be."""

    columns: Any  # the Var
    labels: Sequence[tuple[Any, ...]]
    first: bool  # whether before the sum of the goal is made least, or only among plans of that sum
    rows: Any = None  # the Constraint with the same labels in which each is the sum of others
    most: Sequence[float] = ()  # what a share of each is of; with a constraint, what it is of beside the most that this lets it be
    planned: Sequence[float] = ()  # what each comes to in the plan that this one goes on from; NaN, or nothing, where there is none


@dataclass(frozen=True)
class Tolerance:
    """What a goal may use (``goal.tolerance``): of each promise what is kept to and what is given, and the rows that say so."""

    kept: Any  # the Var
    given: Any  # the Var of the same labels, up to what may be given
    rows: Sequence[Any]  # the Constraints whose first label is that of a promise
    apart: Sequence[tuple[Any, Any, Any]] = ()  # Vars with the bounds that their elements have until pools open
    planned: Sequence[float] = ()  # what the plan that this one goes on from leaves for each; NaN, or nothing, where there is none
    before: Sequence[str] = ()  # goals that hold to that plan
    of: Sequence[str] = ()  # goals that count what is missing to promises; any other is held wholly


def put_values(data: Any, values: NDArray[np.float64]) -> None:
    """Put other values into a `Data`, in the order of its index sets."""
    data.values_flat = values
    if PRIVATE is None:
        data.store_values(dict(zip(data.index_set(), values.tolist(), strict=True)))
