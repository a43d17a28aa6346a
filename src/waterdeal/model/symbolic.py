"""Pyomo components that remember their rule instead of expanding it at once.

`Columns` is an indexed Var, `Rows` an indexed Constraint, `Goal` an Objective, `Data` a Param over an array and `Grouped` an indexed Set.
Each is stock Pyomo in every respect but one: nothing is made per element until somebody asks for the element. The compiler
(``solve.compile``) reads the rule as a template; ``model.build.materialise`` expands everything for printing, LP files and other solvers.
A look-up ``x[i, t]`` in a template is the expression that Pyomo's own would be, without the search by which Pyomo finds out its kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pyomo.core.base.constraint import IndexedConstraint
from pyomo.core.base.objective import Objective, ScalarObjective
from pyomo.core.base.param import IndexedParam
from pyomo.core.base.set import Any as AnyValue
from pyomo.core.base.set import IndexedSet, InsertionOrderSetData
from pyomo.core.base.var import IndexedVar
from pyomo.core.expr.template_expr import (
    IndexTemplate,
    NPV_Numeric_GetItemExpression,
    NPV_Structural_GetItemExpression,
    Numeric_GetItemExpression,
    _TemplateIterManager,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray


class Columns(IndexedVar):
    """A family of variables, made one by one when they are first used.

    Parameters
    ----------
    *sets : Set
        Index sets, as for a Var.
    **kwargs
        As for a Var: ``bounds``, ``domain``.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Skip Pyomo's choice between scalar and indexed: columns are indexed."""
        return object.__new__(cls)

    def __init__(self, *sets: Any, **kwargs: Any) -> None:
        """Leave the elements for later."""
        super().__init__(*sets, dense=False, **kwargs)

    def pprint(self, *args: Any, **kwargs: Any) -> None:
        """Print all elements."""
        for index in self.index_set():
            self[index]
        super().pprint(*args, **kwargs)

    def __getitem__(self, index: Any) -> Any:
        """Return the variable at an index; in a template the look-up."""
        return Numeric_GetItemExpression((self, *_parts(index))) if _is_template(index) else super().__getitem__(index)


class Rows(IndexedConstraint):
    """A family of constraints, written once as a rule and expanded only on demand.

    Parameters
    ----------
    *sets : Set
        Index sets, as for a Constraint.
    rule : callable
        ``rule(block, *index)``, as for a Constraint; no ``if`` on an index.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Skip Pyomo's choice between scalar and indexed: rows are indexed."""
        return object.__new__(cls)

    def construct(self, data: Any = None) -> None:
        """Make the index sets, and leave the elements for later."""
        self._constructed = True
        self._expanded = False
        for anonymous in self._anonymous_sets or ():
            anonymous.construct()

    def pprint(self, *args: Any, **kwargs: Any) -> None:
        """Print all elements."""
        self.expand()
        super().pprint(*args, **kwargs)

    @property
    def is_expanded(self) -> bool:
        """Whether every element has been made."""
        return self._expanded

    def expand(self) -> None:
        """Make every element that is not there yet, once; what a user has changed, switched off or removed stays so."""
        if not self._expanded:
            for index in self.index_set():
                self[index]
            self._expanded = True


class Goal(ScalarObjective):
    """An objective, written once as a rule and expanded only on demand.

    Parameters
    ----------
    rule : callable
        ``rule(block)`` returning a linear expression to be minimised.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Skip Pyomo's choice between scalar and indexed: a goal is scalar."""
        return object.__new__(cls)

    def construct(self, data: Any = None) -> None:
        """Leave the expression for later, and the goal inactive: levels are solved one after another."""
        self._constructed = True
        self.deactivate()

    def pprint(self, *args: Any, **kwargs: Any) -> None:
        """Print the expression."""
        self.expand()
        super().pprint(*args, **kwargs)

    def expand(self) -> None:
        """Make the expression, as stock Pyomo would; the goal stays active or inactive."""
        active = self.active
        self._constructed = False
        Objective.construct(self)
        if not active:
            self.deactivate()


class Data(IndexedParam):
    """A Param whose values stand in an array, in the order of its index sets.

    Parameters
    ----------
    *sets : Set
        Index sets; the array's shape is their lengths.
    array : array_like
        The values, one axis a set.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Skip Pyomo's choice between scalar and indexed: data are indexed."""
        return object.__new__(cls)

    def __init__(self, *sets: Any, array: Any, **kwargs: Any) -> None:
        """Keep the array flat, in the order of the product of the sets."""
        held = getattr(array, "values", array)  # of xarray, whose own way to an array takes ten times as long
        self.values_flat: NDArray[np.float64] = np.ascontiguousarray(held, dtype=float).ravel()
        self._positions: dict[Any, int] | None = None
        super().__init__(*sets, within=AnyValue, **kwargs)

    def construct(self, data: Any = None) -> None:
        """Make the index sets and check that the array fits them."""
        for anonymous in self._anonymous_sets or ():
            anonymous.construct()
        self._constructed = True
        if len(self.index_set()) != self.values_flat.size:
            message = f"{self.name} has {self.values_flat.size} values for {len(self.index_set())} indices"
            raise ValueError(message)

    def __getitem__(self, index: Any) -> Any:
        """Return the value at an index; in a template the look-up, which Pyomo would find out at length."""
        return NPV_Numeric_GetItemExpression((self, *_parts(index))) if _is_template(index) else super().__getitem__(index)

    def _getitem_when_not_present(self, index: Any) -> float:
        """Return the value at an index, as a plain number."""
        if self._positions is None:
            self._positions = {label: place for place, label in enumerate(self.index_set())}
        return float(self.values_flat[self._positions[index]])


class Grouped(IndexedSet):
    """A Set of members for each index of another, made a Pyomo set for an index only when that is asked for.

    Parameters
    ----------
    over : Set
        Set of the groups.
    members : mapping
        Members of each group that has any.
    dimen : int
        Number of labels in a member.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Skip Pyomo's choice between scalar and indexed: groups are indexed, their members in the order given."""
        made = object.__new__(cls)
        made._ComponentDataClass = InsertionOrderSetData
        return made

    def __init__(self, over: Any, members: Mapping[Any, Sequence[Any]], dimen: int) -> None:
        """Keep the members."""
        self.members, self.width = members, dimen
        super().__init__(over, initialize=lambda _block, *index: members.get(index if len(index) > 1 else index[0], ()), dimen=dimen)

    def construct(self, data: Any = None) -> None:
        """Make the index set, and leave the groups for later."""
        self._constructed = True
        for anonymous in self._anonymous_sets or ():
            anonymous.construct()

    def __getitem__(self, index: Any) -> Any:
        """Return the set of an index; in a template the look-up."""
        return _Group((self, *_parts(index))) if _is_template(index) else super().__getitem__(index)

    def expand(self) -> None:
        """Make the set of every group."""
        for index in self.index_set():
            self[index]


class _Group(NPV_Structural_GetItemExpression):
    """The set of an index of a `Grouped` in a template."""

    def __iter__(self) -> Iterator[Any]:
        """Give one member of templates that stands for all; Pyomo's way makes the set of some index to see how many labels a member has."""
        context, groups = _TemplateIterManager.context, self.args[0]
        group = context.next_group()
        labels = tuple(IndexTemplate(self, place, context.next_id(), group) for place in range(groups.width))
        context.cache.append(labels)
        yield labels if groups.width > 1 else labels[0]


def _parts(index: Any) -> tuple[Any, ...]:
    """Labels of an index."""
    return index if isinstance(index, tuple) else (index,)


def _is_template(index: Any) -> bool:
    """Whether an index stands for many, and all its parts are labels or index templates."""
    kinds = {part.__class__ for part in _parts(index)}
    return IndexTemplate in kinds and kinds <= {IndexTemplate, str, int}
