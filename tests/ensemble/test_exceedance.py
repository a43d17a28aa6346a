"""Exceedance curves of results by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waterdeal.ensemble.exceedance import grouped_exceedance
from waterdeal.ensemble.run import Choices, run_traces

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from waterdeal.run import Case


def test_groups_add_up_and_failures_count(dry: Case, traces: xr.Dataset, tmp_path: Path) -> None:
    """The curve of a group is that of its places; a member without a plan reaches nothing and stays in the denominator."""
    firm = dry.set("reservoir.upper_dam.terminal", {"rule": "at_least", "storage": 400})
    driest = traces.copy(deep=True)
    driest["runoff"][3] = 0.0
    found = run_traces(firm, driest, tmp_path / "out", Choices("serial"))
    owners = firm.inputs["demand_party"].to_series().to_dict()
    table = grouped_exceedance(found, "shortage", owners)
    assert table["group"].unique().tolist() == list(dict.fromkeys(owners.values()))
    low = table[table["group"] == "LOW"]
    assert len(low) == 11
    assert low["exceeded"].iloc[-1] == pytest.approx(11 / 12)
    assert low["value"].is_monotonic_decreasing
    by_hand = found.values("shortage").sel(demand="fields").sum("time", skipna=False).dropna("member").values
    assert sorted(low["value"], reverse=True) == pytest.approx(sorted(by_hand, reverse=True))
    both = grouped_exceedance(found, "shortage", dict.fromkeys(owners, "all"))
    assert both["value"].tolist() == pytest.approx(found.exceedance("shortage")["value"].tolist())
