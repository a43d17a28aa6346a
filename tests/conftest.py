"""Options and fixtures that all tests share."""

from __future__ import annotations

import subprocess
import sys
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


_HOUSE = pytest.StashKey[subprocess.Popen[str]]()
_SAID = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update-golden`` and ``--house``."""
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/*.lp anew instead of comparing")
    parser.addoption("--house", action="store_true", help="run python -m tests.house (lint, types, floors, dead code ...) beside the tests")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the linters beside the tests: once, not in the workers."""
    if session.config.getoption("house") and not hasattr(session.config, "workerinput"):
        root = session.config.rootpath
        session.config.stash[_HOUSE] = subprocess.Popen(
            [sys.executable, "-m", "tests.house"], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Wait for the linters, and fail where they failed."""
    if _HOUSE in session.config.stash:
        house = session.config.stash[_HOUSE]
        session.config.stash[_SAID], _ = house.communicate()
        if house.returncode and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what the linters found, before the closing line."""
    if _SAID in config.stash:
        terminalreporter.write_sep("=", "house rules")
        terminalreporter.write(config.stash[_SAID])


@pytest.fixture(scope="session")
def syrdarya() -> Basin:
    """Give the bundled basin, read once."""
    return read_basin(bundled_folder("data") / "syrdarya")


@pytest.fixture(scope="session")
def two_party_plan() -> xr.Dataset:
    """Give the plan of the two-party example; copy it before changing it."""
    return solve(two_party_inputs())
