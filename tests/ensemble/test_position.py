"""Position analysis: the years of a record come again from the storages of a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from waterdeal.ensemble.position import position_traces
from waterdeal.ensemble.run import EnsembleChoices, run_traces
from waterdeal.errors import ScenarioError

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.run import Case


def record(case: Case, start: str, end: str) -> xr.DataArray:
    """A daily record whose rate is the number of the year less 2000, and on 29 February far too much."""
    days = pd.date_range(start, end, freq="D")
    rates = np.where((days.month == 2) & (days.day == 29), 1e5, days.year - 2000.0)
    nodes = case.basin.runoff["node"].values.tolist()
    return xr.DataArray(np.tile(rates, (len(nodes), 1)), dims=("node", "time"), coords={"node": nodes, "time": days})


def test_a_trace_a_year(dry: Case, tmp_path: Path) -> None:
    """Years that cover the horizon, with their own rates, on the dates of the scenario."""
    traces = position_traces(record(dry, "2010-01-01", "2014-06-30"), dry)
    assert traces["trace"].values.tolist() == ["2010", "2011", "2012", "2013"]
    assert traces["runoff"].sel(trace="2012").values == pytest.approx(12)
    assert str(traces["time"].values[0])[:10] == "2026-04-01"
    assert traces.sizes["time"] == 183
    found = run_traces(dry, traces, tmp_path / "out", EnsembleChoices("serial", ("shortage",)))
    assert (np.diff(found.values("shortage").sum(["demand", "time"])) <= 1e-6).all()


def test_a_horizon_over_a_leap_day(dry: Case) -> None:
    """29 February of a record has no place in another year: the rate of the day before holds."""
    case = dry.set("entitlement", {"limits": []}).set("period", {"start": "2026-01-01", "end": "2026-04-01", "step": "month"})
    traces = position_traces(record(case, "2011-01-01", "2013-12-31"), case)
    assert traces["trace"].values.tolist() == ["2011", "2012", "2013"]
    assert float(traces["runoff"].max()) == 13


def test_a_record_too_short_is_refused(dry: Case) -> None:
    """With what it covers and what is needed."""
    with pytest.raises(ScenarioError, match=r"covers 2010-06-01 to 2011-03-01: no year has the whole horizon.*04-01 to 10-01"):
        position_traces(record(dry, "2010-06-01", "2011-03-01"), dry)


def test_years_of_other_dates_are_refused(dry: Case) -> None:
    """A year by month among years by day would be mixed up."""
    daily = record(dry, "2010-01-01", "2011-12-31")
    monthly = record(dry, "2012-01-01", "2012-12-31")
    joined = xr.concat([daily, monthly.sel(time=monthly["time.day"] == 1)], "time")
    with pytest.raises(ScenarioError, match="2012 have other dates than 2010"):
        position_traces(joined, dry)
