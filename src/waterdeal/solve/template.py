"""Evaluate a rule as one template, with arrays, instead of element by element.

Pyomo's `templatize_rule` calls a rule once with index templates and returns one expression for the whole family. Here each index
template is an integer array over the rows, each ``x[i, t]`` a look-up of columns, each sum over a set a longer frame of rows that
is gathered back. What this does not know raises `NotTemplatable`, and the rule is expanded element by element.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pyomo.core.base.param import Param, ParamData
from pyomo.core.base.var import Var
from pyomo.core.expr import numeric_expr, relational_expr
from pyomo.core.expr.template_expr import GetItemExpression, TemplateSumExpression, templatize_rule

from waterdeal.solve.frame import Frame
from waterdeal.solve.labels import NotTemplatable
from waterdeal.solve.linear import Linear
from waterdeal.solve.lookups import Lookups

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


class Templates:
    """Evaluator of the rules of one model.

    Parameters
    ----------
    columns : dict
        First column of each Var, by ``id`` of the Var.
    """

    def __init__(self, columns: dict[int, int]) -> None:
        """Start with empty look-ups."""
        self.lookups = Lookups()
        self._columns = columns
        self._kinds: tuple[tuple[Any, Callable[[Any, Frame], Linear]], ...] = (
            ((int, float, np.number), self._number),
            (GetItemExpression, self._item),
            (TemplateSumExpression, self._sum),
            ((numeric_expr.SumExpression, numeric_expr.LinearExpression), self._total),
            (numeric_expr.NegationExpression, self._negative),
            ((numeric_expr.ProductExpression, numeric_expr.DivisionExpression), self._product),
        )

    def evaluate_rule(self, block: Any, rule: Any, index_set: Any) -> tuple[Any, Callable[[Any], Linear]]:
        """Read a rule as a template over an index set.

        Parameters
        ----------
        block : Block
            Block the rule is called with.
        rule : Initializer
            The rule.
        index_set : Set or None
            Its index set; None for a rule without index.

        Returns
        -------
        expression, evaluate
            The template expression, and a function that evaluates any part of it for all rows.

        Raises
        ------
        NotTemplatable
            If the rule cannot be read as a template.
        """
        try:
            expression, indices = templatize_rule(block, rule, index_set)
        except Exception as error:
            raise NotTemplatable(str(error)) from error
        if index_set is None:
            frame = Frame(self.lookups, {}, 1)
        else:
            members = self.lookups.labels.members(index_set)
            frame = Frame(self.lookups, {index._id: members[:, place] for place, index in enumerate(indices)}, len(members))
        return expression, lambda part: self._linear(part, frame)

    def _linear(self, node: Any, frame: Frame) -> Linear:
        """Evaluate a node of a template expression for every row of a frame."""
        for kind, evaluate in self._kinds:
            if isinstance(node, kind):
                return evaluate(node, frame)
        return self.leaf(node, frame.count)

    @staticmethod
    def _number(node: Any, frame: Frame) -> Linear:
        """Evaluate a plain number."""
        return Linear(np.full(frame.count, float(node)))

    def _total(self, node: Any, frame: Frame) -> Linear:
        """Evaluate a sum of a few terms."""
        total = Linear(np.zeros(frame.count))
        for part in node.args:
            total = total.plus(self._linear(part, frame))
        return total

    def _negative(self, node: Any, frame: Frame) -> Linear:
        """Evaluate a negation."""
        return Linear(np.zeros(frame.count)).plus(self._linear(node.arg(0), frame), -1.0)

    def leaf(self, node: Any, count: int) -> Linear:
        """Evaluate a single variable or parameter for `count` rows."""
        if isinstance(node, ParamData):
            return Linear(np.full(count, float(node.value)))
        if getattr(node, "is_variable_type", bool)():
            variable = node.parent_component()
            place = 0
            if variable.is_indexed():
                index = node.index()
                parts = index if isinstance(index, tuple) else (index,)
                place = int(self.lookups.positions(variable).find([np.array([self.lookups.labels.number(part)]) for part in parts])[0])
            column = self._columns[id(variable)] + place
            return Linear(np.zeros(count), [(np.arange(count), np.full(count, column), np.ones(count))])
        message = f"{type(node).__name__} in a rule"
        raise NotTemplatable(message)

    def _product(self, node: Any, frame: Frame) -> Linear:
        """Evaluate a product or quotient of which one side is constant."""
        left, right = (self._linear(part, frame) for part in node.args)
        if isinstance(node, numeric_expr.DivisionExpression):
            if not right.is_constant:
                message = "division by a variable"
                raise NotTemplatable(message)
            return left.times(1 / right.constant)
        if right.is_constant:
            return left.times(right.constant)
        if left.is_constant:
            return right.times(left.constant)
        message = "product of variables"
        raise NotTemplatable(message)

    def _item(self, node: Any, frame: Frame) -> Linear:
        """Evaluate ``x[...]`` of a variable or parameter."""
        component, count = node.args[0], frame.count
        if count == 0:
            return Linear(np.zeros(0))
        if isinstance(component, Var):
            columns = self.lookups.positions(component).find(frame.index(node)) + self._columns[id(component)]
            return Linear(np.zeros(count), [(np.arange(count), columns, np.ones(count))])
        if isinstance(component, Param):
            place = self.lookups.positions(component).find(frame.index(node))
            return Linear(self.lookups.values_of(component)[place])
        message = f"{type(component).__name__} in a rule"
        raise NotTemplatable(message)

    def _sum(self, node: Any, frame: Frame) -> Linear:
        """Evaluate a sum over one or more sets."""
        longer, parent = frame.over(node.template_iters())
        if not longer.count:
            return Linear(np.zeros(frame.count))
        return self._linear(node.template_args()[0], longer).gathered(parent, frame.count)


def body_and_bounds(relation: Any, evaluate: Callable[[Any], Linear]) -> tuple[Linear, Floats, Floats]:
    """Split a relation into a body and its bounds, constants moved to the bounds as Pyomo does.

    Parameters
    ----------
    relation : expression
        ``a == b``, ``a <= b``, or ``a <= b <= c``.
    evaluate : callable
        Evaluates a part for all rows.

    Returns
    -------
    body, lower, upper
        With the body's constants taken off the bounds.
    """
    if isinstance(relation, tuple):
        relation = _relation_of(relation)
    sides = [evaluate(part) for part in relation.args]
    nothing = np.full(len(sides[0].constant), np.inf)
    if isinstance(relation, relational_expr.RangedExpression):
        body = sides[1]
        return body, sides[0].constant - body.constant, sides[2].constant - body.constant
    if not isinstance(relation, relational_expr.EqualityExpression | relational_expr.InequalityExpression):
        message = f"{type(relation).__name__} as a constraint"
        raise NotTemplatable(message)
    left, right = sides
    body = left.plus(right, -1.0)
    upper = -body.constant
    lower = upper if isinstance(relation, relational_expr.EqualityExpression) else -nothing
    flip = (left.entries() == 0) & (right.entries() > 0)
    if not flip.any():
        return body, lower, upper
    return body.times(np.where(flip, -1.0, 1.0)), np.where(flip, -upper, lower), np.where(flip, -lower, upper)


def _relation_of(parts: tuple[Any, ...]) -> Any:
    """Turn Pyomo's tuple notation into a relation."""
    from pyomo.core.expr.relational_expr import tuple_to_relational_expr

    return tuple_to_relational_expr(parts)
