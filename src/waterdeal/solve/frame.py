"""The rows a template is evaluated for: one integer array an index template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pyomo.core.expr.template_expr import GetItemExpression, IndexTemplate

from waterdeal.solve.labels import NotTemplatable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from waterdeal.solve.lookups import Lookups

    Ints = NDArray[np.int64]


class Frame:
    """Rows with the label number of each index template in them.

    Parameters
    ----------
    lookups : Lookups
        Look-ups of the model.
    columns : dict
        Label numbers by the id of the index template.
    count : int
        Number of rows.
    """

    def __init__(self, lookups: Lookups, columns: dict[int, Ints], count: int) -> None:
        """Keep the rows."""
        self.lookups, self._columns, self.count = lookups, columns, count

    def index(self, node: Any) -> list[Ints]:
        """Return the label numbers of the index of ``x[...]`` for every row."""
        columns = []
        for part in node.args[1:]:
            if isinstance(part, IndexTemplate):
                columns.append(self._columns[part._id])
            elif isinstance(part, str | int):
                columns.append(np.full(self.count, self.lookups.labels.number(part)))
            else:
                message = f"{type(part).__name__} as an index"
                raise NotTemplatable(message)
        return columns

    def over(self, groups: Iterable[Any]) -> tuple[Frame, Ints]:
        """Return the rows repeated for the members of one set after another, and the row each comes from.

        Parameters
        ----------
        groups : iterable of tuple of IndexTemplate
            Index templates of each set summed over.

        Returns
        -------
        frame, parent
            The longer frame, and a row of this one for each of its rows.
        """
        frame, parent = self, np.arange(self.count)
        for group in groups:
            step, members = frame._members(group[0]._set)
            members = members.reshape(-1, len(group))  # an empty set does not know how many labels a member has
            columns = {key: column[step] for key, column in frame._columns.items()}
            columns |= {index._id: members[:, place] for place, index in enumerate(group)}
            parent = parent[step]
            frame = Frame(self.lookups, columns, len(parent))
        return frame, parent

    def _members(self, index_set: Any) -> tuple[Ints, Ints]:
        """Rows, each repeated for the members of a set, and the members."""
        if isinstance(index_set, GetItemExpression):
            groups = self.lookups.groups(index_set.args[0])
            return groups.expand(np.broadcast_to(groups.positions.find(self.index(index_set)), self.count))
        members = self.lookups.labels.members(index_set)
        return np.repeat(np.arange(self.count), len(members)), np.tile(members, (self.count, 1))
