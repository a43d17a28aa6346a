"""Compile a Pyomo model to arrays: rules as templates where they can be, element by element where not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.environ as pyo
from pyomo.repn import generate_standard_repn

from waterdeal.errors import SolverTrouble
from waterdeal.model.symbolic import Goal, Rows
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
        If the model holds integer variables or nonlinear terms.
    """
    return _Compiler(model, templates=templates).program()


class _Compiler:
    """One compilation."""

    def __init__(self, model: Any, *, templates: bool) -> None:
        """Number the columns."""
        self.model = model
        self.use_templates = templates
        self.columns: list[Family] = []
        self.by_element: list[str] = []
        count = 0
        for variable in model.component_objects(pyo.Var, active=True):
            size = len(variable.index_set()) if variable.is_indexed() else 1
            self.columns.append(Family(variable.name, count, size, variable))
            count += size
        self.count = count
        self.templates = Templates({id(family.component): family.start for family in self.columns})

    def program(self) -> Program:
        """Compile bounds, rows and goals."""
        lower, upper = self._column_bounds()
        rows: list[Family] = []
        parts: list[tuple[Linear, Floats, Floats]] = []
        count = 0
        for constraint in self.model.component_objects(pyo.Constraint, active=True):
            body, low, high, index = self._rows(constraint)
            rows.append(Family(constraint.name, count, len(low), constraint, index))
            shifted = [(r + count, c, v) for r, c, v in body.chunks]
            parts.append((Linear(body.constant, shifted), low, high))
            count += len(low)
        matrix = _matrix([body for body, _, _ in parts], count, self.count)
        return Program(
            matrix=matrix,
            row_lower=np.concatenate([low for _, low, _ in parts]) if parts else np.zeros(0),
            row_upper=np.concatenate([high for _, _, high in parts]) if parts else np.zeros(0),
            column_lower=lower,
            column_upper=upper,
            goals={goal.local_name.removesuffix("_goal"): self._goal(goal) for goal in self._objectives()},
            columns=tuple(self.columns),
            rows=tuple(rows),
            by_element=tuple(self.by_element),
        )

    def _objectives(self) -> list[Any]:
        """Goals of the model, and objectives a user has added and left active."""
        return [goal for goal in self.model.component_objects(pyo.Objective) if isinstance(goal, Goal) or goal.active]

    def _column_bounds(self) -> tuple[Floats, Floats]:
        """Bounds of every column; elements the user has touched override the rule."""
        lower, upper = np.full(self.count, -np.inf), np.full(self.count, np.inf)
        for family in self.columns:
            place = slice(family.start, family.start + family.size)
            if family.size:
                lower[place], upper[place] = self._family_bounds(family)
        return lower, upper

    def _family_bounds(self, family: Family) -> tuple[Floats, Floats]:
        """Bounds of one Var."""
        variable = family.component
        low, high = np.full(family.size, -np.inf), np.full(family.size, np.inf)
        touched = dict(enumerate(variable.index_set())) if len(variable) == family.size else None
        if touched is None:
            try:
                low, high = self._template_bounds(variable, family.size)
                touched = self._touched(variable)
            except NotTemplatable:
                touched = dict(enumerate(variable.index_set()))
        for place, index in touched.items():
            low[place], high[place] = _element_bounds(variable[index])
        return low, high

    def _touched(self, variable: Any) -> dict[int, Any]:
        """Elements of a sparse Var that somebody has made, by position."""
        if not len(variable):
            return {}
        positions, labels = self.templates.positions(variable), self.templates.labels
        places = {}
        for index in variable.keys():  # noqa: SIM118 - iterating a Var iterates its index set
            parts = index if isinstance(index, tuple) else (index,)
            places[int(positions.find([np.array([labels.number(part)]) for part in parts])[0])] = index
        return places

    def _template_bounds(self, variable: Any, size: int) -> tuple[Floats, Floats]:
        """Evaluate the bounds rule of a Var as a template; the domain counts too."""
        if not self.use_templates or not variable._rule_domain.constant():
            message = "a domain by element"
            raise NotTemplatable(message)
        least, most, step = variable._rule_domain(variable.parent_block(), None, variable).get_interval()
        if step != 0:
            message = "a domain that is not an interval"
            raise NotTemplatable(message)
        least, most = -np.inf if least is None else least, np.inf if most is None else most
        low, high = np.full(size, float(least)), np.full(size, float(most))
        rule = variable._rule_bounds
        if rule is not None:
            pair, evaluate = self.templates.evaluate_rule(variable.parent_block(), rule, variable.index_set())
            if not isinstance(pair, tuple):
                message = "bounds that are not a pair"
                raise NotTemplatable(message)
            if pair[0] is not None:
                low = np.maximum(low, evaluate(pair[0]).constant)
            if pair[1] is not None:
                high = np.minimum(high, evaluate(pair[1]).constant)
        return low, high

    def _rows(self, constraint: Any) -> tuple[Linear, Floats, Floats, tuple[Any, ...] | None]:
        """Rows of one Constraint."""
        if isinstance(constraint, Rows) and self.use_templates:
            if not len(constraint.index_set()):
                return Linear(np.zeros(0)), np.zeros(0), np.zeros(0), None
            try:
                relation, evaluate = self.templates.evaluate_rule(
                    constraint.parent_block(), constraint.rule, constraint.index_set()
                )
                body, low, high = body_and_bounds(relation, evaluate)
            except NotTemplatable:
                pass
            else:
                self._drop_inactive(constraint, low, high)
                return body, low.copy(), high.copy(), None
        if isinstance(constraint, Rows):
            constraint.expand()
        self.by_element.append(constraint.name)
        return self._element_rows(constraint)

    def _drop_inactive(self, rows: Rows, low: Floats, high: Floats) -> None:
        """Open the rows that a user has switched off."""
        off = [index for index, element in rows.items() if not element.active] if len(rows) else []
        for place, index in enumerate(rows.index_set()) if off else ():
            if index in off:
                low[place], high[place] = -np.inf, np.inf

    def _element_rows(self, constraint: Any) -> tuple[Linear, Floats, Floats, tuple[Any, ...]]:
        """Rows of a Constraint, element by element, by Pyomo's own reader."""
        entries: list[tuple[int, int, float]] = []
        low: list[float] = []
        high: list[float] = []
        index: list[Any] = []
        for key, element in constraint.items():
            if not element.active:
                continue
            least, body, most = element.to_bounded_expression(evaluate_bounds=True)
            constant, terms = self._element_terms(body, element.name)
            entries += [(len(low), column, value) for column, value in terms]
            low.append((-np.inf if least is None else float(least)) - constant)
            high.append((np.inf if most is None else float(most)) - constant)
            index.append(key)
        return Linear(np.zeros(len(low)), _chunk(entries)), np.array(low), np.array(high), tuple(index)

    def _element_terms(self, expression: Any, name: str) -> tuple[float, list[tuple[int, float]]]:
        """Constant and (column, coefficient) pairs of one expression."""
        form = generate_standard_repn(expression, compute_values=True, quadratic=False)
        if form.nonlinear_expr is not None:
            message = f"{name} is not linear; HiGHS solves linear programs"
            raise SolverTrouble(message)
        columns = [int(self.templates.leaf(variable, 1).chunks[0][1][0]) for variable in form.linear_vars]
        return float(form.constant), list(zip(columns, map(float, form.linear_coefs), strict=True))

    def _goal(self, goal: Any) -> tuple[Floats, float]:
        """Cost of every column in one goal, to be made least."""
        cost = np.zeros(self.count)
        if isinstance(goal, Goal) and self.use_templates:
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
        constant, terms = self._element_terms(goal.expr, goal.name)
        for column, value in terms:
            cost[column] += value
        return sign * cost, sign * constant


def _element_bounds(element: Any) -> tuple[float, float]:
    """Bounds of one variable, its value where it is fixed."""
    if not element.is_continuous():
        message = f"{element.name} is an integer variable; plans are linear programs"
        raise SolverTrouble(message)
    if element.fixed:
        return float(element.value), float(element.value)
    low, high = element.bounds
    return (-np.inf if low is None else float(low)), (np.inf if high is None else float(high))


def _chunk(entries: list[tuple[int, int, float]]) -> list[Any]:
    """Turn (row, column, value) entries into one chunk."""
    if not entries:
        return []
    rows, columns, values = zip(*entries, strict=True)
    return [(np.array(rows, np.int64), np.array(columns, np.int64), np.array(values, float))]


def _matrix(parts: list[Linear], rows: int, columns: int) -> Matrix:
    """Put all coefficients into one matrix; repeats add up, zeros go."""
    row, column, value = Linear(np.zeros(0), [chunk for part in parts for chunk in part.chunks]).triplets()
    key = row * columns + column
    order = np.argsort(key, kind="stable")
    key, value = key[order], value[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    key, value = key[first], np.add.reduceat(value, first) if first.size else value
    key, value = key[value != 0], value[value != 0]
    start = np.searchsorted(key, np.arange(rows + 1) * columns)
    return Matrix(start, key - np.repeat(np.arange(rows) * columns, np.diff(start)), value)
