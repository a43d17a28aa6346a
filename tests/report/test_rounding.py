"""Rounding that adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.thorough import diagonal
from waterdeal.reports.allocation import make_periods
from waterdeal.reports.controlled import Sums, round_controlled, sets_of
from waterdeal.reports.edition import Edition, round_rates, round_tree
from waterdeal.reports.tables import make_tables
from waterdeal.results.tables import balance_items, party_balance_table, reservoir_table, round_to_total
from waterdeal.words import Words

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.reports.table import Table
    from waterdeal.types import Floats

VOLUMES = st.lists(st.floats(0, 5000), min_size=1, max_size=30)


@given(VOLUMES, st.integers(0, 3))
def test_parts_add_up_and_stay_close(values: list[float], digits: int) -> None:
    """Parts make the rounded sum exactly, each within one unit of the last digit, zero stays zero, nothing is negative."""
    exact = np.array(values)
    rounded = round_to_total(exact, digits)
    unit = 10.0**-digits
    assert rounded.sum() == pytest.approx(np.round(exact.sum() / unit) * unit, abs=unit / 1e3 + 1e-9)
    assert np.abs(rounded - exact).max() <= unit * (1 + 1e-6)
    assert (rounded >= 0).all()
    assert (rounded[exact == 0] == 0).all()


@given(VOLUMES)
def test_trees_add_up_at_every_level(values: list[float]) -> None:
    """Groups of a tree are within one unit of their own sums."""
    exact = np.array(values)
    seasons, months = (
        np.array([f"s{number // 12}" for number in range(len(exact))]),
        np.array([f"m{number // 3}" for number in range(len(exact))]),
    )
    rounded = round_tree(exact, [seasons, months], 1)
    assert rounded.sum() == pytest.approx(round(exact.sum(), 1), abs=0.0501)
    for labels in (seasons, months):
        for label in np.unique(labels):
            assert abs(rounded[labels == label].sum() - exact[labels == label].sum()) <= 0.2


def test_what_is_no_number_stays_so_and_ends() -> None:
    """A figure that is not known, or beyond what is exact, hinders no other one."""
    table = np.array([[0.26, np.nan, 0.26], [1e17 / 3, 0.26, np.inf]])
    rounded = round_controlled(table, [Sums(sets_of(2), sets_of(3))], 1)
    assert np.array_equal(np.isfinite(rounded), np.isfinite(table))
    small = table == 0.26
    assert np.abs(rounded[small] - table[small]).max() < 0.1


def test_a_given_total_is_reached() -> None:
    """Parts follow the total, also where it differs from their own sum, and with signs."""
    assert round_to_total(np.array([1.0, 1.0]), 1, 2.1).tolist() == [1.1, 1.0]
    assert round_to_total(np.array([10.04, -3.04, 0.0]), 1, 7.1).tolist() == [10.1, -3.0, 0.0]
    assert round_to_total(np.array([0.0, 0.0]), 1, 0.1).tolist() == [0.1, 0.0]
    assert round_to_total(np.array([]), 1).tolist() == []


def test_rates_add_up_down_each_column() -> None:
    """Each column is rounded on its own."""
    rates = round_rates(np.array([[0.34, 1.0], [0.34, 2.0], [0.34, 3.0]]), np.array(["KZ", "KZ", "UZ"]), 1)
    assert rates.sum(axis=0).tolist() == pytest.approx([1.0, 6.0])


TABLES = st.integers(1, 9).flatmap(
    lambda width: st.lists(st.lists(st.floats(0, 500), min_size=width, max_size=width), min_size=1, max_size=9)
)


@given(TABLES, st.integers(0, 2))
def test_sums_in_both_directions_are_near(rows: list[list[float]], digits: int) -> None:
    """Cells, sums of rows, of columns, of half of them and of all are within one unit; what is nothing stays nothing."""
    exact = np.array(rows)
    count, width = exact.shape
    down, across = sets_of(count, [range(count // 2)]), sets_of(width, [range(width // 2)])
    rounded = round_controlled(exact, [Sums(down, across)], digits)
    assert np.abs(down @ (rounded - exact) @ across.T).max() <= 10.0**-digits * (1 + 1e-6) + 1e-9
    assert (rounded[exact == 0] == 0).all()


def _periods(edition: Edition, values: Floats) -> Floats:
    """Values by (item, step) over the columns of the allocation table."""
    return np.column_stack([values[:, list(period.steps)].sum(axis=1) for period in make_periods(edition.steps, edition.words)])


def _blocks(edition: Edition, values: Floats) -> Floats:
    """Rows of a table by party: each party with its items, and all."""
    members = [np.flatnonzero(edition.receivers == party) for party in edition.parties]
    return np.vstack([*(np.vstack([values[own].sum(axis=0), values[own]]) for own in members if own.size), values.sum(axis=0)])


def _printed(table: Table, first: int, count: int) -> Floats:
    """Numbers of some columns of a table."""
    return np.array([row[first : first + count] for row in table.rows], dtype=float)


@pytest.mark.parametrize("name", diagonal(["dry_plan", "year_plan"], "dry_plan"))
def test_every_cell_of_the_allocation_is_within_one_unit(name: str, request: pytest.FixtureRequest) -> None:
    """In million m3 and in m3/s, of users, parties and all, in steps, months, seasons and the horizon; so the two sheets agree."""
    plan: xr.Dataset = request.getfixturevalue(name)
    edition, tables = Edition(plan, Words("en")), {table.name: table for table in make_tables(plan, "en")}
    days = edition.steps["days"].to_numpy()
    over = _periods(edition, days[None, :])[0]
    use = [_periods(edition, plan["delivery"].values), *(plan[name].values.sum(axis=1)[:, None] for name in ("shortage", "requirement"))]
    due = _blocks(edition, np.hstack(use))
    spans = np.append(over, [days.sum()] * 2) * 0.0864
    for table, wanted in (("deliveries", due), ("delivery_rates", due / spans)):
        assert np.abs(_printed(tables[table], 1, due.shape[1]) - wanted).max() < 0.1 + 1e-9, table


@pytest.mark.parametrize("name", diagonal(["dry_plan", "year_plan"], "dry_plan"))
def test_every_cell_of_the_balances_is_within_one_unit(name: str, request: pytest.FixtureRequest) -> None:
    """Regimes of reservoirs with the horizon, and balances of parties with the basin."""
    plan: xr.Dataset = request.getfixturevalue(name)
    edition, tables = Edition(plan, Words("en")), {table.name: table for table in make_tables(plan, "en")}
    flows = ["reservoir_inflow", "release", "spill", "withdrawal", "evaporation"]
    wanted: list[Any] = []
    for _, steps in reservoir_table(plan).groupby("reservoir", sort=False):
        table = steps[["storage_start", *flows, "storage"]].to_numpy()
        wanted += [[table[0, 0], *table[:, 1:-1].sum(axis=0), table[-1, -1]], *table.tolist()]
    assert np.abs(_printed(tables["reservoirs"], 3, 7) - np.array(wanted)).max() < 0.1 + 1e-9
    balance = party_balance_table(plan)
    for row in tables["party_balance"].rows:
        item = next((item for item in balance if edition.text(f"balance.{item}") == row[0]), None)
        due = balance[item].to_numpy() if item else balance[balance_items(balance)[0]].sum(axis=1).to_numpy()
        assert np.abs(np.array(row[1:], dtype=float) - np.append(due, due.sum())).max() < 0.1 + 1e-9, row[0]
