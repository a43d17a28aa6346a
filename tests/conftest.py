"""Options and fixtures that all tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.drafts import solve
from waterdeal.basin.read import read_basin
from waterdeal.examples import two_party_inputs
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.basin.schema import Basin

# an example that fails is not made smaller, which takes minutes: to have that, run with --hypothesis-profile=default
_SAME: dict[str, Any] = {
    "derandomize": True,
    "deadline": None,
    "database": None,
    "phases": (Phase.explicit, Phase.generate),
    "suppress_health_check": [HealthCheck.too_slow],
}
settings.register_profile("waterdeal", max_examples=12, **_SAME)
# for a night: --hypothesis-profile=thorough
settings.register_profile("thorough", max_examples=100, **_SAME)
settings.load_profile("waterdeal")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update-golden``."""
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/*.lp anew instead of comparing")


@pytest.fixture(scope="session")
def syrdarya() -> Basin:
    """Give the bundled basin, read once."""
    return read_basin(bundled_folder("data") / "syrdarya")


@pytest.fixture(scope="session")
def two_party_plan() -> xr.Dataset:
    """Give the plan of the two-party example; copy it before changing it."""
    return solve(two_party_inputs())
