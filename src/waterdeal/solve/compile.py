"""Compile a Pyomo model to arrays: rules as templates where they can be, element by element where not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.model.symbolic import Goal, Rows
from waterdeal.solve.bounds import column_bounds
from waterdeal.solve.elements import element_rows, element_terms
from waterdeal.solve.labels import NotTemplatable
from waterdeal.solve.linear import Linear
from waterdeal.solve.program import Family, Matrix, Program
from waterdeal.solve.template import Templates, body_and_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def compile_model(model: Any, *, templates: bool = True) -> Program:
    """Compile a model of `build_model`, with whatever the user added to it.

    Parameters
    ----------
    model : pyomo.environ.ConcreteModel
        The model.
    templates : bool
        Read rules as templates; False expands everything, for comparison.

    Returns
    -------
    Program
        Arrays and names.

    Raises
    ------
    SolverTrouble
        If the model holds nonlinear terms, or a variable whose domain is neither continuous nor whole numbers.
    """
    columns: list[Family] = []
    count = 0
    for variable in model.component_objects(pyo.Var, active=True):
        size = len(variable.index_set()) if variable.is_indexed() else 1
        columns.append(Family(variable.name, count, size, variable))
        count += size
    compiler = _Compiler({id(family.component): family.start for family in columns}, count, templates=templates)
    lower, upper, integer = column_bounds(compiler.templates, columns, by_template=templates)
    rows, body, low, high = compiler.all_rows(model)
    return Program(
        matrix=_matrix(body, len(low), count),
        row_lower=low,
        row_upper=high,
        column_lower=lower,
        column_upper=upper,
        goals={_goal_name(goal): compiler.goal(goal) for goal in _objectives(model)},
        added_goals={_goal_name(goal): not isinstance(goal, Goal) for goal in _objectives(model)},
        columns=tuple(columns),
        rows=tuple(rows),
        by_element=tuple(compiler.by_element),
        integer=integer,
    )


def _objectives(model: Any) -> list[Any]:
    """Goals of the model, and objectives a user has added and left active."""
    return [goal for goal in model.component_objects(pyo.Objective) if isinstance(goal, Goal) or goal.active]


def _goal_name(goal: Any) -> str:
    """Name of the level a goal belongs to."""
    return str(goal.local_name).removesuffix("_goal")


class _Compiler:
    """Rows and goals of one model."""

    def __init__(self, columns: dict[int, int], count: int, *, templates: bool) -> None:
        self.templates = Templates(columns)
        self.count = count
        self.by_template = templates
        self.by_element: list[str] = []

    def all_rows(self, model: Any) -> tuple[list[Family], Linear, Floats, Floats]:
        """Compile every active Constraint, one below the other."""
        families: list[Family] = []
        chunks: list[Any] = []
        lows, highs = [np.zeros(0)], [np.zeros(0)]
        count = 0
        for constraint in model.component_objects(pyo.Constraint, active=True):
            body, low, high, index = self._rows(constraint)
            families.append(Family(constraint.name, count, len(low), constraint, index))
            chunks += [(rows + count, columns, values) for rows, columns, values in body.chunks]
            lows.append(low)
            highs.append(high)
            count += len(low)
        return families, Linear(np.zeros(count), chunks), np.concatenate(lows), np.concatenate(highs)

    def _rows(self, constraint: Any) -> tuple[Linear, Floats, Floats, tuple[Any, ...] | None]:
        """Compile one Constraint."""
        touched = bool(len(constraint))  # an element somebody has asked for may have been changed or switched off
        if isinstance(constraint, Rows) and self.by_template and not touched:
            try:
                return self._template_rows(constraint)
            except NotTemplatable:
                pass
        if isinstance(constraint, Rows):
            constraint.expand()
        self.by_element.append(constraint.name)
        return element_rows(self.templates, constraint)

    def _template_rows(self, rows: Rows) -> tuple[Linear, Floats, Floats, None]:
        """Compile a family of rows from its rule."""
        if not len(rows.index_set()):
            return Linear(np.zeros(0)), np.zeros(0), np.zeros(0), None
        relation, evaluate = self.templates.evaluate_rule(rows.parent_block(), rows.rule, rows.index_set())
        return *body_and_bounds(relation, evaluate), None

    def goal(self, goal: Any) -> tuple[Floats, float]:
        """Cost of every column in one goal, to be made least."""
        cost = np.zeros(self.count)
        if isinstance(goal, Goal) and self.by_template:
            try:
                expression, evaluate = self.templates.evaluate_rule(goal.parent_block(), goal.rule, None)
                form = evaluate(expression)
            except NotTemplatable:
                self.by_element.append(goal.name)
            else:
                _, columns, values = form.triplets()
                np.add.at(cost, columns, values)
                return cost, float(form.constant[0])
        if isinstance(goal, Goal):
            goal.expand()
        sign = -1.0 if goal.sense == pyo.maximize else 1.0
        constant, terms = element_terms(self.templates, goal.expr, goal.name)
        for column, value in terms:
            cost[column] += value
        return sign * cost, sign * constant


def _matrix(body: Linear, rows: int, columns: int) -> Matrix:
    """Sort all coefficients into one matrix by rows; repeats add up, zeros go."""
    row, column, value = body.triplets()
    key = row * columns + column
    order = np.argsort(key, kind="stable")
    key, value = key[order], value[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    key, value = key[first], np.add.reduceat(value, first) if first.size else value
    key, value = key[value != 0], value[value != 0]
    start = np.searchsorted(key, np.arange(rows + 1) * columns)
    return Matrix(start, key - np.repeat(np.arange(rows) * columns, np.diff(start)), value)
