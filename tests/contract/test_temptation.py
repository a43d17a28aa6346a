"""Who is tempted to stop, and the smallest guarantee: hand-solved cases of two parties, and what holds of any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waterdeal.studies.contract.temptation import Stream, best_order, spread_over, tempted

amounts = st.lists(st.floats(0, 50), min_size=4, max_size=4).map(tuple)


def test_who_gives_last_is_tempted_by_all_it_gives_then() -> None:
    """Energy comes from November to January, worth 2 a month; water is due in May and June at a cost of 2 and 1."""
    up = tempted(Stream("UP", gives=(0, 0, 0, 2, 1), gets=(2, 2, 2, 0, 0)))
    assert (up.month, up.saved, up.lost, up.deposit, up.next_year) == (3, 3, 0, 3, 3)
    assert up.rounds == 1  # 3 gained by stopping, against 3 that next year brings


def test_who_gives_first_is_tempted_where_the_rest_costs_more_than_what_comes() -> None:
    """LOW gives 2 a month and gets water worth 3 in May: in November 6 is saved and 3 lost, in December 4 and 3, in January 2 and 3."""
    low = Stream("LOW", gives=(2, 2, 2, 0), gets=(0, 0, 0, 3))
    assert np.subtract(*low.by_stopping()).tolist() == [3, 1, -1, 0]
    found = tempted(low)
    assert (found.month, found.deposit, found.rounds) == (0, 3, None)  # it loses by the whole contract: no round is small enough


def test_smaller_rounds_end_what_next_year_outweighs() -> None:
    """UP gets 5 and gives 4: stopping gains 4, next year 1: four rounds, of which each leaves 1."""
    assert tempted(Stream("UP", (0, 4), (5, 0))).rounds == 4


def test_a_party_that_gets_after_it_gives_never_stops() -> None:
    """Nothing is to be held of it."""
    found = tempted(Stream("LOW", (1, 1, 0), (0, 0, 5)))
    assert (found.month, found.deposit, found.rounds) == (None, 0, None)


def test_order_of_legs_by_hand() -> None:
    """Energy costs LOW 4 and is worth 8 to UP, water costs UP 6: with half of it afterwards UP keeps 6 - 4 = 2 and LOW 2 by stopping."""
    found = best_order(Stream("LOW", (4, 0), (0, 9)), Stream("UP", (0, 6), (8, 0)))
    assert (found.share, found.party, found.others) == (0.5, 2, 2)


@given(amounts, amounts)
def test_the_deposit_is_enough_in_every_month_and_no_smaller_one_is(gives: tuple[float, ...], gets: tuple[float, ...]) -> None:
    """Stopping, worked out month by month as the difference of two whole accounts, never pays more than the deposit, and once as much."""
    found = tempted(Stream("X", gives, gets))
    goes_on = sum(gets) - sum(gives)
    stops = [sum(gets[: month + 1]) - sum(gives[:month]) for month in range(len(gives))]
    best = max(0.0, max(stops) - goes_on)
    assert found.deposit == pytest.approx(best, abs=1e-6 * (1 + sum(gives) + sum(gets)))


@given(st.floats(0, 100), amounts)
def test_what_is_spread_adds_up(total: float, weights: tuple[float, ...]) -> None:
    """Whatever the weights."""
    assert np.sum(spread_over(total, weights)) == pytest.approx(total)
