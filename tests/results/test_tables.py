"""Tidy tables of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from waterdeal.results.environment import environment_table
from waterdeal.results.tables import (
    BALANCE_IN,
    BALANCE_OUT,
    entitlement_table,
    party_balance_table,
    party_order,
    reach_table,
    reservoir_table,
    round_to_total,
    step_table,
)

if TYPE_CHECKING:
    import xarray as xr


def test_steps_know_their_month_and_season(year_plan: xr.Dataset) -> None:
    """Winter months and summer dekads, with true days."""
    steps = step_table(year_plan)
    assert steps["days"].sum() == 365
    assert list(dict.fromkeys(steps["season"])) == ["non_growing_2025", "growing_2026"]
    assert steps.loc[steps["month"] == "2026-04", "step"].tolist() == ["2026-04-D1", "2026-04-D2", "2026-04-D3"]


def test_reservoirs_close_in_every_step(year_plan: xr.Dataset) -> None:
    """Start plus inflow less everything that leaves is the end."""
    table = reservoir_table(year_plan)
    out = table[["release", "spill", "withdrawal", "evaporation"]].sum(axis=1)
    assert (table["storage_start"] + table["reservoir_inflow"] - out - table["storage"]).abs().max() < 1e-6


def test_reaches_close_over_the_horizon(year_plan: xr.Dataset) -> None:
    """What enters is lost, still on its way, or arrives."""
    table = reach_table(year_plan)
    assert (table["flow"] - table["loss"] - table["transit_change"] - table["arrival"]).abs().max() < 1e-6
    assert table["link"].tolist() == year_plan["link"].values.tolist()


def test_balances_of_parties_close(year_plan: xr.Dataset) -> None:
    """Every party's water in is its water out, and what parties give one another they get from one another."""
    table = party_balance_table(year_plan)
    assert table.index.tolist() == ["KZ", "UZ", "KG", "TJ"]
    assert (table[list(BALANCE_IN)].sum(axis=1) - table[list(BALANCE_OUT)].sum(axis=1)).abs().max() < 1e-6
    assert table["inflow_others"].sum() == pytest.approx(table["outflow_others"].sum())
    given = table["delivery_own"].sum() + table["delivery_others"].sum()
    assert given == pytest.approx(float(year_plan["delivery"].sum()))


def test_entitlements_and_least_flows_hold_the_plan(year_plan: xr.Dataset) -> None:
    """One row an entitlement, and a least flow and season."""
    entitlements = entitlement_table(year_plan).set_index("entitlement")
    assert entitlements.loc["kz_growing_2025", "season"] == "growing_2026"
    assert entitlements.loc["kz_non_growing_2025_26", "season"] == "non_growing_2025"
    assert (entitlements["used"] <= 1 + 1e-6).all()
    assert environment_table(year_plan)["missing"].sum() == pytest.approx(float(year_plan["flow_shortfall"].sum()))


def test_parties_without_names_are_in_alphabetical_order(two_party_plan: xr.Dataset) -> None:
    """A basin built in code has no list of parties."""
    assert party_order(two_party_plan) == sorted(set(two_party_plan["demand_party"].values.tolist()))


def test_round_to_total_gives_the_rest_to_those_furthest_off() -> None:
    """Largest remainder; ties go to the first."""
    assert round_to_total(np.array([0.26, 0.26, 0.48]), 1).tolist() == [0.2, 0.3, 0.5]
    assert round_to_total(np.array([0.04, 5.0]), 1, 4.9).tolist() == [0.0, 4.9]
