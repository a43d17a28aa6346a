"""Concave benefits, their tangents and chords."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waterdeal.economics.concave import Elastic, Function, Power, Quadratic, Table
from waterdeal.economics.tangents import largest_chord_error, scarcity_cost, tangents

if TYPE_CHECKING:
    from waterdeal.economics.benefit import Benefit

BENEFITS: dict[str, Benefit] = {
    "quadratic": Quadratic(6, 1, 2, high=10),
    "elastic": Elastic(0.05, 100, -0.4),
    "power": Power(2, 0.5, high=10),
    "table": Table([(0, 1), (2, 5), (6, 9), (10, 9)]),
    "function": Function(np.log1p, lambda x: 1 / (1 + x), 10),
}


@pytest.mark.parametrize("name", BENEFITS)
@given(here=st.floats(0, 1), there=st.floats(0.01, 1))
def test_tangents_lie_above(name: str, here: float, there: float) -> None:
    """A tangent anywhere is at least the benefit everywhere, and touches it where it is drawn."""
    benefit = BENEFITS[name]
    x, point = here * benefit.high, there * benefit.high
    slope, intercept = tangents(benefit, point)
    size = max(abs(float(benefit.value(benefit.high))), 1)
    assert slope * x + intercept >= benefit.value(x) - 1e-9 * size
    assert slope * point + intercept == pytest.approx(float(benefit.value(point)), abs=1e-9 * size)


@pytest.mark.parametrize("name", [name for name in BENEFITS if name != "table"])
@given(share=st.floats(0.05, 0.95))
def test_slopes_are_slopes(name: str, share: float) -> None:
    """The slope is the change of the value."""
    benefit = BENEFITS[name]
    x, step = share * benefit.high, 1e-5 * benefit.high
    change = (benefit.value(x + step) - benefit.value(x - step)) / (2 * step)
    assert benefit.slope(x) == pytest.approx(float(change), rel=1e-5, abs=1e-7)


def test_elastic_demand_goes_through_what_was_seen() -> None:
    """At the observed quantity the marginal benefit is the price, its elasticity the one given; the domain ends at the price 0."""
    demand = Elastic(0.05, 100, -0.4)
    assert demand.slope(100) == pytest.approx(0.05)
    assert (0.05 / 100) / demand.beta == pytest.approx(-0.4)
    assert demand.slope(demand.high) == pytest.approx(0, abs=1e-15)
    assert demand.value(100) == pytest.approx(demand.alpha * 100 + demand.beta * 100**2 / 2)


def test_table_at_its_kinks() -> None:
    """The slope at a point is that of the piece after it, at the last that before."""
    table = Table([(0, 0), (2, 4), (4, 6)])
    assert table.slope([0, 1, 2, 3, 4]).tolist() == [2, 2, 1, 1, 1]
    assert table.value([1, 2, 3]).tolist() == [2, 4, 5]


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: Quadratic(6, -1), "not concave"),
        (lambda: Elastic(1, 1, 0.4), "below 0"),
        (lambda: Elastic(0, 1, -0.4), "above 0"),
        (lambda: Power(1, 1.2), "not concave"),
        (lambda: Power(-1, 0.5), "not concave"),
        (lambda: Table([(0, 0), (2, 1), (4, 5)]), "non-concave tables need binaries"),
        (lambda: Table([(0, 0)]), "two points"),
        (lambda: Table([(0, 0), (0, 1)]), "rising quantity"),
        (lambda: Function(np.square, lambda x: 2 * x, 3), "not concave"),
        (lambda: Function(np.sqrt, lambda x: 1 / (1 + x), 3), "not its slope"),
        (lambda: Function(np.sqrt, np.sqrt, np.inf), "finite domain"),
        (lambda: Function(lambda x: np.where(x > 1, np.nan, x), np.ones_like, 3), "not a number"),
        (lambda: Quadratic(6, 1, high=3).value(4), "outside the domain"),
        (lambda: Table([(1, 0), (2, 1)]).slope(0.5), "outside the domain"),
        (lambda: tangents(Power(1, 0.5), [0.0, 1.0]), "no finite slope"),
        (lambda: largest_chord_error(Quadratic(6, 1), 0, 3, 0), "one segment"),
    ],
)
def test_what_is_not_concave_is_refused(call: Any, match: str) -> None:
    """Convex pieces, rising demand, slopes of another function and quantities outside the domain are refused."""
    with pytest.raises(ValueError, match=match):
        call()


def test_rounding_over_an_end_is_no_error() -> None:
    """A solver's last digit does not leave the domain."""
    assert Quadratic(6, 1, high=3).value(3 + 1e-12) == 9
    assert Power(1, 0.5).value(-1e-12) == 0


def test_chords_of_a_root() -> None:
    """Of the square root on 0 to 1 the chord misses 1/4, at 1/4; four segments miss a half of that."""
    assert largest_chord_error(Power(1, 0.5), 0, 1, 1) == pytest.approx(0.25)
    assert largest_chord_error(Power(1, 0.5), 0, 1, 4) == pytest.approx(0.125)


def test_scarcity_cost_is_the_area_under_demand() -> None:
    """Between supply and target; nothing is owed for plenty."""
    demand = Quadratic(6, 1)
    assert scarcity_cost(demand, [1, 2, 3], 2) == pytest.approx([3, 0, 0])
