"""Bounds of every column, and which take whole numbers only: the rule of a Var as a template, elements that somebody has touched on top."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.solve.elements import element_bounds
from waterdeal.solve.labels import NotTemplatable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.solve.program import Family
    from waterdeal.solve.template import Templates

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


def column_bounds(templates: Templates, columns: Sequence[Family], *, by_template: bool) -> tuple[Floats, Floats, Flags]:
    """Return the bounds of all columns, and which are integer.

    Parameters
    ----------
    templates : Templates
        Evaluator of the model's rules.
    columns : sequence of Family
        Var components in order.
    by_template : bool
        Read bounds rules as templates; False goes element by element.

    Returns
    -------
    lower, upper : numpy.ndarray
        Infinite where there is none.
    integer : numpy.ndarray of bool
        Empty where no column is.
    """
    parts = [_family_bounds(templates, family, by_template=by_template) for family in columns if family.size]
    if not parts:
        return np.zeros(0), np.zeros(0), np.zeros(0, bool)
    lower, upper, integer = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return lower, upper, integer if integer.any() else integer[:0]


def _family_bounds(templates: Templates, family: Family, *, by_template: bool) -> tuple[Floats, Floats, Flags]:
    """Bounds of one Var, and whether its elements are integer."""
    variable = family.component
    low, high = np.full(family.size, -np.inf), np.full(family.size, np.inf)
    integer = np.zeros(family.size, bool)
    touched: dict[int, Any] | None = None
    if by_template and len(variable) < family.size:
        with suppress(NotTemplatable):
            low, high, is_integer = _template_bounds(templates, variable, family.size)
            integer[:] = is_integer
            touched = _touched(templates, variable)
    for place, index in (dict(enumerate(variable.index_set())) if touched is None else touched).items():
        low[place], high[place], integer[place] = element_bounds(variable[index])
    return low, high, integer


def _touched(templates: Templates, variable: Any) -> dict[int, Any]:
    """Elements of a sparse Var that somebody has made, by position."""
    positions, labels = templates.lookups.positions(variable), templates.lookups.labels
    places = {}
    for index in list(variable.keys()) if len(variable) else ():
        parts = index if isinstance(index, tuple) else (index,)
        places[int(positions.find([np.array([labels.number(part)]) for part in parts])[0])] = index
    return places


def _template_bounds(templates: Templates, variable: Any, size: int) -> tuple[Floats, Floats, bool]:
    """Evaluate the bounds rule of a Var as a template; the domain counts too."""
    if not variable._rule_domain.constant():
        message = "a domain by element"
        raise NotTemplatable(message)
    least, most, step = variable._rule_domain(variable.parent_block(), None, variable).get_interval()
    if step not in {0, 1}:
        message = "a domain that is neither an interval nor whole numbers"
        raise NotTemplatable(message)
    low, high = np.full(size, -np.inf if least is None else float(least)), np.full(size, np.inf if most is None else float(most))
    if variable._rule_bounds is None:
        return low, high, step == 1
    pair, evaluate = templates.evaluate_rule(variable.parent_block(), variable._rule_bounds, variable.index_set())
    if not isinstance(pair, tuple):
        message = "bounds that are not a pair"
        raise NotTemplatable(message)
    if pair[0] is not None:
        low = np.maximum(low, evaluate(pair[0]).constant)
    if pair[1] is not None:
        high = np.minimum(high, evaluate(pair[1]).constant)
    return low, high, step == 1
