"""The engine: certified gaps, odd programs, shadow values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import minimize

from waterdeal.economics.concave import Elastic, Power, Quadratic, Table
from waterdeal.economics.linear_program import LinearProgram
from waterdeal.economics.quadratic_form import QuadraticForm
from waterdeal.economics.tangent_cuts import maximise
from waterdeal.economics.unit_audit import LimitUse, suspicious_limits, use_of_limits
from waterdeal.errors import Infeasible, Unbounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def program(rows: list[list[float]], limits: list[float], cost: list[float] | None = None) -> LinearProgram:
    """Return a program of columns from 0 up and rows up to a limit."""
    matrix = np.array(rows, dtype=float)
    columns = matrix.shape[1]
    free, low = np.full(columns, np.inf), np.full(len(limits), -np.inf)
    return LinearProgram(np.array(cost or [0.0] * columns), np.zeros(columns), free, matrix, low, np.array(limits, dtype=float))


def test_plain_linear_program() -> None:
    """Without concave terms it is one linear program; duals are what one more unit is worth."""
    plan = maximise(program([[1, 1], [1, 3]], [4, 6], [-3, -2]))
    assert (plan.objective, plan.rounds, plan.certified) == (pytest.approx(12), 1, True)
    assert plan.values == pytest.approx([4, 0])
    assert plan.shadow_values == pytest.approx([3, 0])


def test_sparse_rows() -> None:
    """Sparse and dense rows are the same program."""
    dense = program([[1, 1]], [10])
    thin = LinearProgram(dense.cost, dense.lower, dense.upper, sparse.csr_array(dense.matrix), dense.row_lower, dense.row_upper)
    terms = [(0, Quadratic(6, 1)), (1, Quadratic(7, 1.5))]
    assert maximise(thin, terms).objective == maximise(dense, terms).objective


def test_benefit_ends_an_endless_column() -> None:
    """A column without bound stops where its benefit is greatest, far out too."""
    plan = maximise(program([[0.0, 0.0]], [1]), [(0, Quadratic(6, 1)), (1, Quadratic(4e4, 0.1))])
    assert plan.certified
    assert plan.objective == pytest.approx(9 + 4e9)
    assert plan.values[1] == pytest.approx(2e5, rel=1e-4)
    assert maximise(program([[0.0]], [1]), [(0, Quadratic(6, 1))]).values == pytest.approx([3], rel=1e-4)


def test_endless_benefit_is_refused() -> None:
    """A benefit that rises for ever is said to have no end."""
    with pytest.raises(Unbounded, match="no end"):
        maximise(program([[0.0]], [1]), [(0, Power(1, 0.5))])


def test_contradiction_is_refused() -> None:
    """Rows that no values satisfy, and a column bounded away from the domain of its benefit."""
    asked = LinearProgram(np.zeros(1), np.zeros(1), np.array([3.0]), np.ones((1, 1)), np.array([5.0]), np.array([np.inf]))
    with pytest.raises(Infeasible, match="no values"):
        maximise(asked, [(0, Quadratic(6, 1))])
    apart = LinearProgram(np.zeros(1), np.array([5.0]), np.array([9.0]), np.ones((1, 1)), np.zeros(1), np.array([np.inf]))
    with pytest.raises(Infeasible, match="domain"):
        maximise(apart, [(0, Quadratic(6, 1, high=3))])


def test_domain_bounds_the_column() -> None:
    """Whoever demands takes no more than at the price 0, even where water must go somewhere."""
    demand = Elastic(1, 10, -1)
    plan = maximise(program([[1.0]], [100]), [(0, demand)])
    assert plan.values == pytest.approx([20], rel=1e-4)
    assert maximise(program([[1.0]], [100], [-5]), [(0, demand)]).values == pytest.approx([20])


def test_infinite_slope_at_nothing() -> None:
    """Roots share by the squares of their scales; a column held at 0 gives nothing and breaks nothing."""
    roots = [(0, Power(1, 0.5)), (1, Power(2, 0.5)), (2, Power(3, 0.5))]
    plan = maximise(program([[1, 1, 1]], [14]), roots)
    assert plan.certified
    assert plan.values == pytest.approx([1, 4, 9], rel=1e-3)
    assert plan.shadow_values[0] == pytest.approx(0.5, rel=1e-3)
    shut = maximise(program([[1, 0, 0], [1, 1, 1]], [0, 13]), roots)
    assert shut.values == pytest.approx([0, 4, 9], rel=1e-3, abs=1e-9)
    assert shut.bound == pytest.approx(13, abs=1e-4)


def test_tables_are_exact() -> None:
    """A piecewise linear benefit ends after a few rounds without any gap."""
    tables = [(0, Table([(0, 0), (2, 8), (5, 11)])), (1, Table([(0, 0), (3, 9), (6, 12)]))]
    plan = maximise(program([[1, 1]], [4]), tables)
    assert plan.objective == pytest.approx(8 + 6)
    assert plan.gap == pytest.approx(0, abs=1e-12)
    assert plan.shadow_values == pytest.approx([3])


def test_too_few_rounds_are_owned_up_to() -> None:
    """Stopped early, the plan is feasible, the bound above the true optimum, and nothing is called certified."""
    terms = [(0, Quadratic(6, 1)), (1, Quadratic(7, 1.5)), (2, Quadratic(8, 0.5))]
    plan = maximise(program([[1, 1, 1]], [10]), terms, rounds=3)
    assert not plan.certified
    assert plan.objective < 46.1363636 < plan.bound
    assert plan.values.sum() <= 10 + 1e-9
    assert plan.gap == pytest.approx((plan.bound - plan.objective) / plan.objective)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.5, 10), st.floats(0.05, 3)), min_size=2, max_size=5),
    st.floats(0.5, 20),
    st.lists(st.floats(0.2, 2), min_size=5, max_size=5),
)
def test_optimum_of_random_users(users: list[tuple[float, float]], water: float, thirst: list[float]) -> None:
    """Bound and plan bracket what the price condition gives: x_i = (a_i - price thirst_i) / 2 b_i, where that is above 0."""
    a, b = np.array(users).T
    each = np.array(thirst[: len(users)])
    plan = maximise(program([each.tolist()], [water]), [(place, Quadratic(*user)) for place, user in enumerate(users)])

    def shares(price: float) -> Floats:
        return np.maximum(a - price * each, 0) / (2 * b)

    low, high = 0.0, float((a / each).max())
    if each @ shares(0.0) > water:
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if each @ shares(middle) > water else (low, middle)
    x = shares(high if each @ shares(0.0) > water else 0.0)
    true = float((a * x - b * x**2).sum())
    slack = 1e-8 * max(abs(true), 1)
    assert plan.certified
    assert plan.objective <= true + slack
    assert plan.bound >= true - slack
    assert each @ plan.values <= water + 1e-7
    assert plan.shadow_values[0] == pytest.approx(high if each @ shares(0.0) > water else 0.0, abs=2e-3)


def test_cross_prices() -> None:
    """A form of two columns that move one another, against a general solver."""
    matrix = np.array([[-2.0, 1.5], [0.3, -1.0]])
    rows = program([[1, 1]], [4], [-6, -5])
    plan = maximise(rows, forms=[QuadraticForm(np.array([0, 1]), matrix)])
    found = minimize(
        lambda x: -(6 * x[0] + 5 * x[1] + x @ matrix @ x),
        [1, 1],
        bounds=[(0, None)] * 2,
        constraints={"type": "ineq", "fun": lambda x: 4 - x.sum()},
    )
    assert plan.certified
    assert plan.objective == pytest.approx(-found.fun, rel=1e-6)
    assert plan.values == pytest.approx(found.x, abs=1e-3)


def test_form_that_bends_upwards_is_refused() -> None:
    """Strong cross terms make a saddle: the eigenvalues show it, whatever the diagonal says."""
    with pytest.raises(ValueError, match="eigenvalue"):
        QuadraticForm(np.array([0, 1]), np.array([[-1.0, 3.0], [0.0, -1.0]]))
    with pytest.raises(ValueError, match="each column once"):
        QuadraticForm(np.array([0, 0]), -np.eye(2))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"cost": np.zeros(2)}, "columns"),
        ({"row_lower": np.zeros(2)}, "rows"),
        ({"lower": np.full(3, 2.0), "upper": np.ones(3)}, "above its upper"),
        ({"cost": np.full(3, np.nan)}, "finite"),
    ],
)
def test_arrays_that_do_not_belong_together(change: dict[str, Floats], match: str) -> None:
    """Shapes, crossed bounds and costs that are no numbers are refused."""
    arrays = {
        "cost": np.zeros(3),
        "lower": np.zeros(3),
        "upper": np.ones(3),
        "matrix": np.ones((1, 3)),
        "row_lower": np.zeros(1),
        "row_upper": np.ones(1),
    }
    with pytest.raises(ValueError, match=match):
        LinearProgram(**{**arrays, **change})


def test_use_of_limits() -> None:
    """Rows without a limit are left out, idle and zero limits are not suspicious, a hundred times is."""
    rows = LinearProgram(
        np.zeros(2), np.zeros(2), np.ones(2), np.array([[1, 0], [1, 0], [0, 1], [1, -1], [1, 1.0]]),
        np.full(5, -np.inf), np.array([50, 49, 100, 0, np.inf]),
    )  # fmt: skip
    values = np.array([0.5, 0.0])
    assert [use.row for use in use_of_limits(rows, values)] == [0, 1, 2, 3]
    assert suspicious_limits(rows, values) == [LimitUse(0, 0.5, 50)]
    assert [use.row for use in suspicious_limits(rows, values, 90)] == [0, 1]
    assert [use.exceeded for use in use_of_limits(rows, values)] == [False, False, False, True]
    assert use_of_limits(rows, values)[2].times == np.inf


def test_far_columns_are_found() -> None:
    """A column that must lie far out, and a flat benefit without end, are no contradiction and not without end."""
    far = LinearProgram(np.zeros(1), np.array([5e4]), np.array([np.inf]), np.ones((1, 1)), np.array([-np.inf]), np.array([np.inf]))
    plan = maximise(far, [(0, Quadratic(2e5, 1))])
    assert plan.certified
    assert plan.values == pytest.approx([1e5], rel=1e-3)
    flat = maximise(program([[1.0, 0.0]], [3]), [(0, Quadratic(6, 1)), (1, Quadratic(0, 0, 7))])
    assert flat.certified
    assert flat.objective == pytest.approx(9 + 7)
