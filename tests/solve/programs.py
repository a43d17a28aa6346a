"""Programs as tables of names, to compare one way of compiling with another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.environ as pyo
import pytest
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

if TYPE_CHECKING:
    from waterdeal.lp.program import Program

Rows = dict[tuple[str, str], tuple[float, dict[str, float]]]


def same_programs(one: Program, other: Program) -> None:
    """Assert that two programs have the same columns, rows, bounds, coefficients and goals."""
    assert [(f.name, f.size) for f in one.columns] == [(f.name, f.size) for f in other.columns]
    assert [(f.name, f.size) for f in one.rows if f.size] == [(f.name, f.size) for f in other.rows if f.size]
    for name in ("column_lower", "column_upper"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-12, atol=1e-12)
    same_rows(rows_of(one), rows_of(other))
    assert one.goals.keys() == other.goals.keys()
    for goal, (cost, offset) in one.goals.items():
        np.testing.assert_allclose(cost, other.goals[goal][0], rtol=1e-12, atol=1e-12)
        assert offset == pytest.approx(other.goals[goal][1], abs=1e-9)


def same_rows(one: Rows, other: Rows) -> None:
    """Assert that two tables of rows are the same, coefficient by coefficient."""
    assert one.keys() == other.keys()
    for name, (side, entries) in one.items():
        assert side == pytest.approx(other[name][0], rel=1e-10, abs=1e-9), name
        assert entries == pytest.approx(other[name][1], rel=1e-10, abs=1e-12), name


def rows_of(program: Program) -> Rows:
    """Rows by name and side (``=``, ``<``, ``>``), each with its right-hand side and coefficients by column name."""
    names = [str(family.element(place)) for family in program.columns for place in range(family.size)]
    rows: Rows = {}
    matrix, labels = program.matrix, [str(family.element(place)) for family in program.rows for place in range(family.size)]
    for row, label in enumerate(labels):
        place = slice(matrix.start[row], matrix.start[row + 1])
        entries = {names[column]: float(value) for column, value in zip(matrix.column[place], matrix.value[place], strict=True)}
        if entries:
            _put(rows, label, (float(program.row_lower[row]), float(program.row_upper[row])), entries)
    return rows


def _put(rows: Rows, label: str, bounds: tuple[float, float], entries: dict[str, float]) -> None:
    """Put a row under each of its sides."""
    low, high = bounds
    if low == high:
        rows[label, "="] = (low, entries)
        return
    for side, bound in ((">", low), ("<", high)):
        if np.isfinite(bound):
            rows[label, side] = (bound, entries)


def pyomo_rows(model: Any) -> tuple[Rows, dict[str, tuple[float, float]]]:
    """Rows and column bounds of a model by Pyomo's own compiler, which shares no line with ours."""
    model.nothing = pyo.Objective(expr=0)
    form = LinearStandardFormCompiler().write(model, mixed_form=True)
    model.del_component(model.nothing)
    matrix = form.A.tocsr()
    sides = {0: "=", 1: "<", -1: ">"}
    rows: Rows = {}
    for row, (entry, side) in enumerate(zip(form.rows, form.rhs, strict=True)):
        place = slice(matrix.indptr[row], matrix.indptr[row + 1])
        entries = {
            form.columns[column].name: float(value)
            for column, value in zip(matrix.indices[place], matrix.data[place], strict=True)
            if value
        }
        rows[entry.constraint.name, sides[entry.bound_type]] = (float(side), entries)
    bounds = {
        column.name: (-np.inf if column.lb is None else float(column.lb), np.inf if column.ub is None else float(column.ub))
        for column in form.columns
    }
    return rows, bounds
