"""A scenario of two parties, and traces of its inflow."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.docs.pages import ROOT
from waterdeal.run import Case, load


def traces_of(case: Case, count: int, spread: float = 0.4) -> xr.Dataset:
    """Draw traces around the water of a scenario."""
    inputs = case.inputs
    wet = case.basin.runoff["node"].values.tolist()
    at = [inputs["node"].values.tolist().index(node) for node in wet]
    rates = inputs["runoff"].values[at] / inputs["step_length"].values / 0.0864
    drawn = np.random.default_rng(1)
    factors = np.exp(drawn.normal(0, spread, (count, 1, 1)) + drawn.normal(0, 0.2, (count, *rates.shape)))
    names = [f"t{number}" for number in range(count)]
    return xr.Dataset(
        {"runoff": (("trace", "node", "time"), rates * factors, {"units": "m3 s-1"})},
        coords={"trace": names, "node": wet, "time": inputs["time"].values},
    )


@pytest.fixture(scope="session")
def dry() -> Case:
    """The dry season of two parties, by month: what is shown of members needs no dekads."""
    return load(ROOT / "docs" / "how-to" / "two-party" / "dry.toml").set("period.step", "month")


@pytest.fixture(scope="session")
def traces(dry: Case) -> xr.Dataset:
    """Twelve traces."""
    return traces_of(dry, 12)
