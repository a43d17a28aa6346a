"""Exceedance curves of results by group."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.commands import call
from waterdeal.ensemble.run import EnsembleChoices, run_traces
from waterdeal.ensemble.summary import Ensemble, grouped_exceedance, summary_files

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from waterdeal.run import Case


def test_groups_add_up_and_failures_count(dry: Case, traces: xr.Dataset, tmp_path: Path) -> None:
    """The curve of a group is that of its places; a member without a plan reaches nothing and stays in the denominator."""
    firm = dry.set("reservoir.upper_dam.terminal", {"rule": "at_least", "storage": 400})
    driest = traces.copy(deep=True)
    driest["runoff"][3] = 0.0
    found = run_traces(firm, driest, tmp_path / "out", EnsembleChoices("serial"))
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


@pytest.mark.thorough  # by default: the curves themselves
def test_summary_has_the_curves_of_parties(dry: Case, traces: xr.Dataset, tmp_path: Path) -> None:
    """The command's file holds what the function gives, for what has a party; an ensemble that knows no parties has no such file."""
    found = run_traces(dry, traces.isel(trace=slice(0, 4)), tmp_path / "out", EnsembleChoices("serial"))
    code, _, log = call("ensemble", "summary", str(found.folder), "--out", str(tmp_path / "summary"))
    assert code == 0, log
    table = pd.read_csv(tmp_path / "summary" / "exceedance_by_party.csv", encoding="utf-8-sig")
    owners = dry.inputs["demand_party"].to_series().to_dict()
    due = grouped_exceedance(found, "delivery", owners)
    told = table[table["quantity"] == "delivery"]
    assert told["party"].tolist() == due["group"].tolist()
    assert told[["value", "exceeded"]].to_numpy() == pytest.approx(due[["value", "exceeded"]].to_numpy())
    assert set(table["quantity"]) <= {"delivery", "shortage", "energy"}
    spec = json.loads((found.folder / "ensemble.json").read_text(encoding="utf-8"))
    del spec["parties"]
    (found.folder / "ensemble.json").write_text(json.dumps(spec), encoding="utf-8")
    assert "exceedance_by_party.csv" not in summary_files(Ensemble(found.folder))
