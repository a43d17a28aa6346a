"""Read Pyomo elements one by one, by Pyomo's own reader: what does not template, and what users add."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pyomo.repn import generate_standard_repn

from waterdeal.errors import SolverTrouble
from waterdeal.solve.linear import Linear

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.solve.template import Templates

    Floats = NDArray[np.float64]


def element_bounds(element: Any) -> tuple[float, float, bool]:
    """Return the bounds of one variable, its value twice where it is fixed, and whether it takes whole numbers only.

    Parameters
    ----------
    element : VarData
        The variable.

    Returns
    -------
    lower, upper, is_integer
        Bounds are infinite where there is none.

    Raises
    ------
    SolverTrouble
        If its domain is neither continuous nor all whole numbers between two bounds.
    """
    is_integer = bool(element.is_integer())
    if not is_integer and not element.is_continuous():
        message = f"{element.name} has a domain of steps; a variable is continuous, binary or takes all whole numbers between its bounds"
        raise SolverTrouble(message)
    if element.fixed:
        return float(element.value), float(element.value), is_integer
    low, high = element.bounds
    return (-np.inf if low is None else float(low)), (np.inf if high is None else float(high)), is_integer


def element_terms(templates: Templates, expression: Any, name: str) -> tuple[float, list[tuple[int, float]]]:
    """Return the constant and the (column, coefficient) pairs of one expression.

    Parameters
    ----------
    templates : Templates
        Knows the columns.
    expression : expression
        A linear expression.
    name : str
        Name of what it belongs to, for the message.

    Returns
    -------
    constant, terms
        Coefficients by column.

    Raises
    ------
    SolverTrouble
        If it is not linear.
    """
    form = generate_standard_repn(expression, compute_values=True, quadratic=False)
    if form.nonlinear_expr is not None:
        message = f"{name} is not linear; plans are linear programs, with whole numbers at most"
        raise SolverTrouble(message)
    columns = [int(templates.leaf(variable, 1).chunks[0][1][0]) for variable in form.linear_vars]
    return float(form.constant), list(zip(columns, map(float, form.linear_coefs), strict=True))


def element_rows(templates: Templates, constraint: Any) -> tuple[Linear, Floats, Floats, tuple[Any, ...]]:
    """Return the rows of a Constraint, its inactive elements left out.

    Parameters
    ----------
    templates : Templates
        Knows the columns.
    constraint : Constraint
        The Pyomo component.

    Returns
    -------
    body, lower, upper, index
        One row an element.
    """
    entries: list[tuple[int, int, float]] = []
    low: list[float] = []
    high: list[float] = []
    index: list[Any] = []
    for key, element in constraint.items():
        if not element.active:
            continue
        least, body, most = element.to_bounded_expression(evaluate_bounds=True)
        constant, terms = element_terms(templates, body, element.name)
        entries += [(len(low), column, value) for column, value in terms]
        low.append((-np.inf if least is None else float(least)) - constant)
        high.append((np.inf if most is None else float(most)) - constant)
        index.append(key)
    return Linear(np.zeros(len(low)), _chunks(entries)), np.array(low), np.array(high), tuple(index)


def _chunks(entries: list[tuple[int, int, float]]) -> list[Any]:
    """Turn (row, column, value) entries into one chunk, or none."""
    if not entries:
        return []
    rows, columns, values = zip(*entries, strict=True)
    return [(np.array(rows, np.int64), np.array(columns, np.int64), np.array(values, float))]
