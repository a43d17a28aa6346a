"""Evaluate a rule as one template, with arrays, instead of element by element.

Pyomo's `templatize_rule` calls a rule once with index templates and returns one expression for the whole family. Here each index
template is an integer array over the rows, each ``x[i, t]`` a look-up of columns, each sum over a set a longer frame of rows that
is gathered back. What this does not know raises `NotTemplatable`, and the rule is expanded element by element.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.lookups import Lookups, NotTemplatable
from waterdeal.lp.symbolic import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from waterdeal.types import Floats, Ints


@dataclass
class Linear:
    """For each row a constant, and coefficients of columns as chunks of (rows, columns, values), in any order; repeats add up."""

    constant: Floats
    chunks: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)

    def plus(self, other: Linear, sign: float = 1.0) -> Linear:
        """Return the sum with another expression of as many rows."""
        added = other.chunks if sign == 1.0 else [(rows, columns, sign * values) for rows, columns, values in other.chunks]
        return Linear(self.constant + sign * other.constant, self.chunks + added)

    def times(self, factor: Floats) -> Linear:
        """Return the expression with each row multiplied."""
        scaled = [(rows, columns, values * factor[rows]) for rows, columns, values in self.chunks]
        return Linear(self.constant * factor, scaled)

    def gathered(self, parent: Ints, count: int) -> Linear:
        """Return the sums over rows with the same parent, for `count` parents."""
        constant: Floats = np.bincount(parent, weights=self.constant, minlength=count).astype(float)
        return Linear(constant, [(parent[rows], columns, values) for rows, columns, values in self.chunks])

    def entries(self) -> Ints:
        """Return how many coefficients each row has."""
        return np.bincount(self.triplets()[0], minlength=len(self.constant))

    def triplets(self) -> tuple[Ints, Ints, Floats]:
        """Return all coefficients as rows, columns and values."""
        if not self.chunks:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        rows, columns, values = (np.concatenate(parts) for parts in zip(*self.chunks, strict=True))
        return rows, columns, values


class Frame:
    """The rows a template is evaluated for, with the label number of each index template in them, by its key."""

    def __init__(self, lookups: Lookups, columns: dict[Any, Ints], count: int) -> None:
        """Keep the rows."""
        self.lookups, self._columns, self.count = lookups, columns, count

    def index(self, node: Any) -> list[Ints]:
        """Return the label numbers of the index of ``x[...]`` for every row."""
        columns = []
        for part in node.args[1:]:
            if isinstance(part, PRIVATE.IndexTemplate):
                columns.append(self._columns[PRIVATE.key_of(part)])
            elif isinstance(part, str | int):
                columns.append(np.full(self.count, self.lookups.labels.number(part)))
            else:
                raise NotTemplatable(part)
        return columns

    def over(self, groups: Iterable[Any]) -> tuple[Frame, Ints]:
        """Return the rows repeated for the members of one set after another, and the row each comes from; a group is a set's templates."""
        frame, parent = self, np.arange(self.count)
        for group in groups:
            step, members = frame._members(PRIVATE.set_of(group[0]))
            members = members.reshape(-1, len(group))  # an empty set does not know how many labels a member has
            columns = {key: column[step] for key, column in frame._columns.items()}
            columns |= {PRIVATE.key_of(index): members[:, place] for place, index in enumerate(group)}
            parent = parent[step]
            frame = Frame(self.lookups, columns, len(parent))
        return frame, parent

    def _members(self, index_set: Any) -> tuple[Ints, Ints]:
        """Rows, each repeated for the members of a set, and the members."""
        if isinstance(index_set, PRIVATE.GetItemExpression):
            groups = self.lookups.groups(index_set.args[0])
            return groups.expand(np.broadcast_to(groups.positions.find(self.index(index_set)), self.count))
        members = self.lookups.labels.members(index_set)
        return np.repeat(np.arange(self.count), len(members)), np.tile(members, (self.count, 1))


class Templates:
    """Evaluator of the rules of one model, given the first column of each Var by ``id`` of the Var."""

    def __init__(self, columns: dict[int, int]) -> None:
        """Start with empty look-ups."""
        self.lookups = Lookups()
        self._columns = columns
        self._kinds: tuple[tuple[Any, Callable[[Any, Frame], Linear]], ...] = ()
        if PRIVATE is not None:
            expressions = PRIVATE.numeric_expr
            self._kinds = (
                (PRIVATE.GetItemExpression, self._item),
                (PRIVATE.TemplateSumExpression, self._sum),
                ((expressions.SumExpression, expressions.LinearExpression), self._total),
                (expressions.NegationExpression, self._negative),
                ((expressions.ProductExpression, expressions.DivisionExpression), self._product),
            )

    def evaluate_rule(self, block: Any, rule: Any, index_set: Any) -> tuple[Any, Callable[[Any], Linear]]:
        """Read a rule as a template over an index set, or none; return the expression, and what evaluates any part of it for all rows."""
        try:
            expression, indices = PRIVATE.templatize_rule(block, rule, index_set)
        except Exception as error:
            raise NotTemplatable(rule) from error
        members = np.zeros((1, 0), dtype=np.int64) if index_set is None else self.lookups.labels.members(index_set)
        frame = Frame(self.lookups, dict(zip(map(PRIVATE.key_of, indices), members.T, strict=True)), len(members))
        return expression, lambda part: self._linear(part, frame)

    def _linear(self, node: Any, frame: Frame) -> Linear:
        """Evaluate a node of a template expression for every row of a frame."""
        for kind, evaluate in self._kinds:
            if isinstance(node, kind):
                return evaluate(node, frame)
        return self._leaf(node, frame.count)

    def _total(self, node: Any, frame: Frame) -> Linear:
        """Evaluate a sum of a few terms."""
        total = Linear(np.zeros(frame.count))
        for part in node.args:
            total = total.plus(self._linear(part, frame))
        return total

    def _negative(self, node: Any, frame: Frame) -> Linear:
        """Evaluate a negation."""
        return Linear(np.zeros(frame.count)).plus(self._linear(node.arg(0), frame), -1.0)

    def _leaf(self, node: Any, count: int) -> Linear:
        """Evaluate a plain number, or a single variable or parameter, for `count` rows."""
        number = float(node) if isinstance(node, int | float | np.number) else PRIVATE.number_of(node)
        if number is not None:
            return Linear(np.full(count, number))
        if getattr(node, "is_variable_type", bool)():
            return Linear(np.zeros(count), [(np.arange(count), np.full(count, self.column_of(node)), np.ones(count))])
        raise NotTemplatable(node)

    def column_of(self, element: Any) -> int:
        """Return the column of a single variable."""
        variable = element.parent_component()
        return self._columns[id(variable)] + (self.place_of(variable, element.index()) if variable.is_indexed() else 0)

    def place_of(self, component: Any, index: Any) -> int:
        """Return the position of an index in a component."""
        parts = index if isinstance(index, tuple) else (index,)
        return int(self.lookups.positions(component).find([np.array([self.lookups.labels.number(part)]) for part in parts])[0])

    def _product(self, node: Any, frame: Frame) -> Linear:
        """Evaluate a product or quotient of which one side is constant."""
        left, right = (self._linear(part, frame) for part in node.args)
        divides = isinstance(node, PRIVATE.numeric_expr.DivisionExpression)
        if not right.chunks:
            return left.times(1 / right.constant if divides else right.constant)
        if divides or left.chunks:
            raise NotTemplatable(node)
        return right.times(left.constant)

    def _item(self, node: Any, frame: Frame) -> Linear:
        """Evaluate ``x[...]`` of a variable or parameter."""
        component, count = node.args[0], frame.count
        if count == 0:
            return Linear(np.zeros(0))
        if not isinstance(component, pyo.Var | pyo.Param):
            raise NotTemplatable(component)
        place = self.lookups.positions(component).find(frame.index(node))
        if isinstance(component, pyo.Param):
            return Linear(self.lookups.values_of(component)[place])
        return Linear(np.zeros(count), [(np.arange(count), place + self._columns[id(component)], np.ones(count))])

    def _sum(self, node: Any, frame: Frame) -> Linear:
        """Evaluate a sum over one or more sets."""
        longer, parent = frame.over(node.template_iters())
        if not longer.count:
            return Linear(np.zeros(frame.count))
        return self._linear(node.template_args()[0], longer).gathered(parent, frame.count)


def body_and_bounds(relation: Any, evaluate: Callable[[Any], Linear]) -> tuple[Linear, Floats, Floats]:
    """Split ``a == b``, ``a <= b`` or ``a <= b <= c`` into a body and its bounds, its constants moved to the bounds as Pyomo does."""
    relations = PRIVATE.relational_expr
    if isinstance(relation, tuple):
        relation = PRIVATE.tuple_to_relational_expr(relation)
    sides = [evaluate(part) for part in relation.args]
    if isinstance(relation, relations.RangedExpression):
        body = sides[1]
        return body, sides[0].constant - body.constant, sides[2].constant - body.constant
    if not isinstance(relation, relations.EqualityExpression | relations.InequalityExpression):
        raise NotTemplatable(relation)
    left, right = sides
    body = left.plus(right, -1.0)
    upper = -body.constant
    lower = upper if isinstance(relation, relations.EqualityExpression) else np.full(len(upper), -np.inf)
    flip = (left.entries() == 0) & (right.entries() > 0)
    if not flip.any():
        return body, lower, upper
    return body.times(np.where(flip, -1.0, 1.0)), np.where(flip, -upper, lower), np.where(flip, -lower, upper)
