"""Scales: values against numpy, rows only where the function is convex for its side, regimes where it is not."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waterdeal.agreement.piecewise import Scale, scale_rows
from waterdeal.agreement.rows import Row, Term

if TYPE_CHECKING:
    from waterdeal.agreement.rows import Sense

SENSES: tuple[Sense, ...] = ("at_least", "at_most")
MOST = 1000.0
VOLUMES = st.integers(0, 500).map(float)


@st.composite
def scales(draw: st.DrawFn) -> Scale:
    """Draw points by rising index, flat or going on beyond the ends."""
    xs = sorted(draw(st.sets(VOLUMES, min_size=2, max_size=5)))
    return Scale([(x, draw(VOLUMES)) for x in xs], along=draw(st.booleans()))


def by_hand(scale: Scale, x: float) -> float:
    """Value of a scale, by numpy; beyond the ends along the last slopes where it says so."""
    (x0, y0), (x1, y1), *_ = scale.points
    *_, (xm, ym), (xn, yn) = scale.points
    if scale.along and x < x0:
        return y0 + (y1 - y0) / (x1 - x0) * (x - x0)
    if scale.along and x > xn:
        return yn + (yn - ym) / (xn - xm) * (x - xn)
    return float(np.interp(x, *zip(*scale.points, strict=True)))


def slack(rows: list[Row], kept: float, flow: float, index: float) -> float:
    """How far rows are kept; where there are regimes, by the best of those that the index allows."""
    values: dict[tuple[str, ...], float] = {("flow", "kept"): kept, ("flow", "index"): flow}
    pieces = sorted({str(term.step) for row in rows for term in row.terms if term.quantity == "regime"})
    found = []
    for chosen in pieces or [""]:
        for k in pieces:
            values |= {("regime", k): float(k == chosen), ("regime_index", k): index if k == chosen else 0.0}
        if min((_row_slack(row, values) for row in rows if row.concession is None), default=0.0) >= -1e-9:
            found.append(min(_row_slack(row, values) for row in rows if row.concession is not None))
    assert found, "no regime for this index"
    assert max(found) == pytest.approx(min(found), abs=1e-6)  # at a border both say the same
    return max(found)


def _row_slack(row: Row, values: dict[tuple[str, ...], float]) -> float:
    """How far one row is kept."""
    total = -row.bound
    for quantity, place, step, factor in row.terms:
        total += factor * values[quantity, place if quantity == "flow" else str(step)]
    return total if row.sense == "at_least" else -total if row.sense == "at_most" else -abs(total)


def rows_of(scale: Scale, sense: Sense, known: float = 0.0) -> list[Row]:
    """Rows that hold a flow on one side of a scale of another."""
    return scale_rows("p", (Term("flow", "kept", 0, 1.0),), ((Term("flow", "index", 0, 1.0),), known), scale, (sense, MOST))


@given(scale=scales(), x=st.floats(-50, 900))
def test_value_is_numpys(scale: Scale, x: float) -> None:
    """Between the points and beyond them."""
    assert scale.value(x) == pytest.approx(by_hand(scale, x), abs=1e-8)


@given(scale=scales(), lowest=st.sampled_from([0.0, 40.0]), highest=st.sampled_from([60.0, 700.0]))
def test_pieces_join_and_cover(scale: Scale, lowest: float, highest: float) -> None:
    """Pieces follow one another from end to end, meet in their borders, and no two neighbours have the same slope."""
    pieces = scale.pieces(lowest, highest)
    assert (pieces[0][0], pieces[-1][1]) == (lowest, highest)
    for (_, border, slope, intercept), (low, _, next_slope, next_intercept) in pairwise(pieces):
        assert low == border
        assert slope != next_slope
        assert slope * border + intercept == pytest.approx(next_slope * border + next_intercept, abs=1e-8)
    for low, high, slope, intercept in pieces:
        for x in (low, (low + high) / 2, high):
            assert slope * x + intercept == pytest.approx(by_hand(scale, x), abs=1e-8)


@given(scale=scales(), sense=st.sampled_from(SENSES), x=st.floats(0, 400), known=st.sampled_from([0.0, 70.0]), kept=VOLUMES)
def test_rows_say_what_the_scale_says(scale: Scale, sense: Sense, x: float, known: float, kept: float) -> None:
    """Whatever the shape: rows are kept exactly as far as the promise is, what is already known of the index among it."""
    promised, rows = by_hand(scale, x + known), rows_of(scale, sense, known)
    assert slack(rows, kept, x, x + known) == pytest.approx(kept - promised if sense == "at_least" else promised - kept, abs=1e-6)


@given(scale=scales(), sense=st.sampled_from(SENSES))
def test_regimes_only_where_needed(scale: Scale, sense: Sense) -> None:
    """A floor that only steepens, or a cap that only flattens, needs no binary; anything else does."""
    slopes = [slope for _, _, slope, _ in scale.pieces(0.0, MOST)]
    turned = slopes if sense == "at_least" else [-slope for slope in slopes]
    has_regimes = any(term.quantity == "regime" for row in rows_of(scale, sense) for term in row.terms)
    assert has_regimes == any(b < a for a, b in pairwise(turned))


@pytest.mark.parametrize(
    ("points", "along", "sense", "convex"),
    [
        ([(0, 0), (200, 400)], False, "at_least", False),  # flat beyond: it flattens
        ([(0, 0), (200, 400)], True, "at_least", True),  # one line
        ([(100, 0), (200, 400)], True, "at_least", True),
        ([(100, 0), (200, 400)], False, "at_least", False),
        ([(0, 0), (100, 50), (200, 400)], True, "at_least", True),
        ([(0, 0), (100, 50), (200, 400)], True, "at_most", False),
        ([(0, 0), (100, 300), (200, 400)], True, "at_most", True),
        ([(0, 0), (100, 300), (200, 400)], False, "at_most", True),
        ([(0, 10), (MOST, 400), (2 * MOST, 0)], False, "at_least", True),  # the turn is beyond what can be
    ],
)
def test_shapes(points: list[tuple[float, float]], along: bool, sense: Sense, convex: bool) -> None:
    """Shapes by hand."""
    assert all(row.concession is not None for row in rows_of(Scale(points, along), sense)) == convex


@pytest.mark.parametrize("sense", SENSES)
@pytest.mark.parametrize("flow", [80.0, 100.0, 100.000001, 130.0])
def test_a_jump_of_the_scale_is_a_regime(flow: float, sense: Sense) -> None:
    """A scale that jumps within a millionth of a hm3 has regimes with no index between them, and no coefficient beyond any other."""
    scale = Scale([(50, 20), (100, 40), (100.000001, 90), (150, 95)])
    rows = scale_rows("scale", (Term("flow", "kept", "", 1.0),), ((Term("flow", "index", "", 1.0),), 0.0), scale, (sense, MOST))
    assert max(abs(term.factor) for row in rows for term in row.terms) <= MOST
    assert slack(rows, 60.0, flow, flow) == pytest.approx((60 - scale.value(flow)) * (1 if sense == "at_least" else -1), abs=1e-5)
