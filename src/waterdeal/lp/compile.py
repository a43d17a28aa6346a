"""Compile a Pyomo model to arrays: rules as templates where they can be, element by element by Pyomo's own reader where not."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo
from pyomo.repn import generate_standard_repn

from waterdeal.errors import SolverTrouble
from waterdeal.lp.lookups import NotTemplatable
from waterdeal.lp.program import Easing, Family, Matrix, Pools, Program, Sharing
from waterdeal.lp.symbolic import PRIVATE, Goal
from waterdeal.lp.template import Linear, Templates, body_and_bounds
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waterdeal.types import Flags, Floats


def compile_model(model: Any, *, templates: bool = True) -> Program:
    """Compile a model of `build_model`, with whatever the user added to it."""
    columns: list[Family] = []
    count = 0
    for variable in model.component_objects(pyo.Var, active=True):
        size = len(variable.index_set()) if variable.is_indexed() else 1
        columns.append(Family(variable.name, count, size, variable, added=not getattr(variable, "is_of_model", False)))
        count += size
    compiler = _Compiler({id(family.component): family.start for family in columns}, count, templates=templates)
    lower, upper, integer = _column_bounds(compiler.templates, columns, by_template=compiler.by_template)
    rows, body, low, high = compiler.all_rows(model)
    goals = _goals(model)
    return Program(
        matrix=_matrix(body, len(low), count),
        row_lower=low,
        row_upper=high,
        column_lower=lower,
        column_upper=upper,
        goals={name: compiler.goal(goal) for name, goal in goals.items()},
        added_goals={name: not getattr(goal, "is_level", False) for name, goal in goals.items()},
        columns=tuple(columns),
        rows=tuple(rows),
        by_element=tuple(compiler.by_element),
        integer=integer,
        shares=_shares(goals, columns, rows),
        easing=next((Easing(name, *goal.eases) for name, goal in goals.items() if getattr(goal, "eases", None)), None),
        pools=_pools(goals, columns, rows),
        unnamed=frozenset(label for labels in getattr(model, "unnamed", ()) for label in labels),
    )


def _goals(model: Any) -> dict[str, Any]:
    """Objectives that are levels, by name; one that could not be told from another, or is many, is refused."""
    found: dict[str, Any] = {}
    for goal in model.component_objects(pyo.Objective):
        name = str(goal.local_name).removesuffix("_goal")
        if goal.active or getattr(goal, "is_level", False):
            if goal.is_indexed():
                raise SolverTrouble(say("solving.goal_indexed", name=goal.name))
            if name in found:
                raise SolverTrouble(say("solving.level_there", name=name))
            found[name] = goal
    return found


def _shares(goals: Mapping[str, Any], columns: Sequence[Family], rows: Sequence[Family]) -> dict[str, Sharing]:
    """Columns of equal standing, by level: those that a goal says are shared, and the rows in which they add up."""
    by_component = {id(family.component): family for family in (*columns, *rows)}
    found = {}
    for name, goal in goals.items():
        shared = getattr(goal, "shared", None)
        if shared is not None:
            members = by_component[id(shared.columns)]
            places = np.array([members.place_of(labels) for labels in shared.labels], dtype=np.int64)
            sums = places[:0] if shared.rows is None else by_component[id(shared.rows)].start + places
            most, planned = (np.array(volumes, dtype=float) for volumes in (shared.most, shared.planned))
            found[name] = Sharing(members.start + places, sums, shared.first, most, planned)
    return found


def _pools(goals: Mapping[str, Any], columns: Sequence[Family], rows: Sequence[Family]) -> Pools | None:
    """Tolerance of promises: of the goal that says it uses some."""
    by_component = {id(family.component): family for family in (*columns, *rows)}
    for name, goal in goals.items():
        tolerance = getattr(goal, "tolerance", None)
        if tolerance is not None:
            kept, given = by_component[id(tolerance.kept)], by_component[id(tolerance.given)]
            told = [by_component[id(family)] for family in tolerance.rows]
            place = {family.element(at).labels[0]: family.start + at for family in told for at in range(family.size)}
            due = np.array([place[kept.element(at).labels[0]] for at in range(kept.size)], dtype=np.int64)
            apart = [(by_component[id(columns)], low, high) for columns, low, high in tolerance.apart]
            places = [np.arange(family.start, family.start + family.size) for family, _, _ in apart]
            least, most = (np.concatenate([np.zeros(0), *(part[side] for part in apart)]) for side in (1, 2))
            free = (np.concatenate([np.zeros(0, dtype=np.int64), *places]), least, most)
            planned = np.array(tolerance.planned, dtype=float)
            both = (kept.start + np.arange(kept.size), given.start + np.arange(given.size))
            return Pools(name, due, *both, free, planned, tuple(tolerance.before), tuple(tolerance.of))
    return None


class _Compiler:
    """Rows and goals of one model."""

    def __init__(self, columns: dict[int, int], count: int, *, templates: bool) -> None:
        self.templates = Templates(columns)
        self.count = count
        self.by_template = templates and PRIVATE is not None
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
        # an element somebody has asked for may have been changed or switched off
        if hasattr(constraint, "expand") and self.by_template and not constraint.made():
            with suppress(NotTemplatable):
                return self._template_rows(constraint)
        if hasattr(constraint, "expand"):
            constraint.expand()
        self.by_element.append(constraint.name)
        return _element_rows(self.templates, constraint)

    def _template_rows(self, rows: Any) -> tuple[Linear, Floats, Floats, None]:
        """Compile a family of rows from its rule."""
        if not len(rows.index_set()):
            return Linear(np.zeros(0)), np.zeros(0), np.zeros(0), None
        relation, evaluate = self.templates.evaluate_rule(rows.parent_block(), rows.rule, rows.index_set())
        return *body_and_bounds(relation, evaluate), None

    def goal(self, goal: Any) -> tuple[Floats, float]:
        """Cost of every column in one goal, to be made least."""
        cost = np.zeros(self.count)
        if isinstance(goal, Goal) and self.by_template:
            with suppress(NotTemplatable):
                expression, evaluate = self.templates.evaluate_rule(goal.parent_block(), goal.rule, None)
                form = evaluate(expression)
                _, columns, values = form.triplets()
                np.add.at(cost, columns, values)
                return cost, float(form.constant[0])
            self.by_element.append(goal.name)
        if isinstance(goal, Goal):
            goal.expand()
        sign = -1.0 if goal.sense == pyo.maximize else 1.0
        constant, terms = _element_terms(self.templates, goal.expr, goal.name)
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


def _column_bounds(templates: Templates, columns: Sequence[Family], *, by_template: bool) -> tuple[Floats, Floats, Flags]:
    """Return the bounds of all columns, infinite where there is none, and which take whole numbers only (empty where none does)."""
    none = (np.zeros(0), np.zeros(0), np.zeros(0, bool))
    parts = (_family_bounds(templates, family, by_template=by_template) for family in columns)
    lower, upper, integer = (np.concatenate(arrays) for arrays in zip(none, *parts, strict=True))
    return lower, upper, integer if integer.any() else integer[:0]


def _family_bounds(templates: Templates, family: Family, *, by_template: bool) -> tuple[Floats, Floats, Flags]:
    """Bounds of one Var, and whether its elements are integer."""
    variable = family.component
    low, high = np.full(family.size, -np.inf), np.full(family.size, np.inf)
    integer = np.zeros(family.size, bool)
    touched: dict[int, Any] | None = None
    made = variable.made() if hasattr(variable, "made") else list(variable.keys())
    if by_template and len(made) < family.size:
        with suppress(NotTemplatable):
            low, high, is_integer = _template_bounds(templates, variable, family.size)
            integer[:] = is_integer
            touched = {templates.place_of(variable, index): index for index in made}
    for place, index in (dict(enumerate(variable.index_set())) if touched is None else touched).items():
        low[place], high[place], integer[place] = _element_bounds(variable[index])
    return low, high, integer


def _template_bounds(templates: Templates, variable: Any, size: int) -> tuple[Floats, Floats, bool]:
    """Evaluate the bounds rule of a Var as a template; the domain counts too."""
    interval, rule = PRIVATE.interval_of(variable), PRIVATE.bounds_rule_of(variable)
    if interval is None or interval[2] not in {0, 1}:
        raise NotTemplatable(variable)  # a domain by element, or one that is neither an interval nor whole numbers
    least, most, step = interval
    low, high = np.full(size, -np.inf if least is None else float(least)), np.full(size, np.inf if most is None else float(most))
    if rule is None:
        return low, high, step == 1
    pair, evaluate = templates.evaluate_rule(variable.parent_block(), rule, variable.index_set())
    if not isinstance(pair, tuple):
        raise NotTemplatable(pair)
    if pair[0] is not None:
        low = np.maximum(low, evaluate(pair[0]).constant)
    if pair[1] is not None:
        high = np.minimum(high, evaluate(pair[1]).constant)
    return low, high, step == 1


def _element_bounds(element: Any) -> tuple[float, float, bool]:
    """Return the bounds of one variable (its value twice where it is fixed), and whether it takes whole numbers only."""
    is_integer = bool(element.is_integer())
    if not is_integer and not element.is_continuous():
        raise SolverTrouble(say("solving.domain_of_steps", name=element.name))
    if element.fixed:
        return float(element.value), float(element.value), is_integer
    low, high = element.bounds
    return (-np.inf if low is None else float(low)), (np.inf if high is None else float(high)), is_integer


def _element_terms(templates: Templates, expression: Any, name: str) -> tuple[float, list[tuple[int, float]]]:
    """Return the constant and the (column, coefficient) pairs of one expression, which must be linear; `name` is for the message."""
    form = generate_standard_repn(expression, compute_values=True, quadratic=False)
    if form.nonlinear_expr is not None:
        raise SolverTrouble(say("solving.not_linear", name=name))
    columns = [templates.column_of(variable) for variable in form.linear_vars]
    return float(form.constant), list(zip(columns, map(float, form.linear_coefs), strict=True))


def _element_rows(templates: Templates, constraint: Any) -> tuple[Linear, Floats, Floats, tuple[Any, ...]]:
    """Return the body, lower and upper bounds and indices of a Constraint, element by element, inactive elements left out."""
    entries: list[tuple[int, int, float]] = []
    low: list[float] = []
    high: list[float] = []
    index: list[Any] = []
    for key, element in constraint.items():
        if not element.active:
            continue
        least, body, most = element.to_bounded_expression(evaluate_bounds=True)
        constant, terms = _element_terms(templates, body, element.name)
        entries += [(len(low), column, value) for column, value in terms]
        low.append((-np.inf if least is None else float(least)) - constant)
        high.append((np.inf if most is None else float(most)) - constant)
        index.append(key)
    rows, columns, values = np.array(entries, dtype=float).reshape(-1, 3).T
    chunk = (rows.astype(np.int64), columns.astype(np.int64), values)
    return Linear(np.zeros(len(low)), [chunk]), np.array(low), np.array(high), tuple(index)
