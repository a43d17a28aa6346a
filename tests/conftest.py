"""Options and fixtures that all tests share."""

from __future__ import annotations

import gc
import subprocess
import sys
from contextlib import chdir
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.bundled import CONCESSION, DEAL
from tests.commands import DemoRun, call
from tests.drafts import solve
from tests.thorough import THOROUGH, examples, made_once
from waterdeal.basin.read import read_basin
from waterdeal.examples import two_party_inputs
from waterdeal.results.store import read_results
from waterdeal.run import load
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:

    import xarray as xr

    from waterdeal.ask.explain import Explanation
    from waterdeal.basin.schema import Basin

# models are many objects that live long: looking for garbage as often as Python does takes a twelfth of the time
gc.set_threshold(100_000, 50, 100)

# an example that fails is not made smaller, which takes minutes: to have that, run with --hypothesis-profile=default
settings.register_profile(
    "waterdeal",
    examples(2, thorough=24),
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("waterdeal")

SYRDARYA = bundled_folder("data") / "syrdarya"
_HOUSE = pytest.StashKey[subprocess.Popen[str]]()
_SAID = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update-golden`` and ``--house``."""
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/*.lp anew instead of comparing")
    parser.addoption("--house", action="store_true", help="run python -m tests.house (lint, types, floors, dead code ...) beside the tests")


def pytest_configure(config: pytest.Config) -> None:
    """Run everything where CI_THOROUGH is set, unless the command line chooses by mark itself."""
    if THOROUGH and config.option.markexpr == "not thorough":
        config.option.markexpr = ""


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave alone what is there for good: modules, tests and tables are a million objects, looked through at each search for garbage."""
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give a worker a whole file, or a whole folder that has fixtures of its own: what one of its tests makes, the others find made."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFixtures(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            """Return the folder or the file of a test."""
            file = nodeid.partition("::")[0]
            folder = file.rpartition("/")[0]
            return folder if folder != "tests" and (config.rootpath / folder / "conftest.py").is_file() else file

    return ByFixtures(config, log)


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
    return read_basin(SYRDARYA)


def _solved(factory: pytest.TempPathFactory, name: str, *changes: str) -> xr.Dataset:
    """Solve a bundled scenario, in one worker for all."""
    return made_once(factory, name, lambda: load(bundled_folder("scenarios") / f"{name}.toml", changes).solve().dataset)


@pytest.fixture(scope="session")
def dry_plan(demo_run: DemoRun) -> xr.Dataset:
    """Give a dry growing season by dekad, as the demo wrote it; copy it before changing it."""
    return read_results(demo_run.run)


@pytest.fixture(scope="session")
def year_plan(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    """Give a water year, months in winter and dekads in summer; copy it before changing it."""
    return _solved(tmp_path_factory, "syrdarya-water-year-2025-26")


@pytest.fixture(scope="session")
def deal_plan(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    """Give the bundled deal with one concession, so that it has a plan; copy it before changing it."""
    return _solved(tmp_path_factory, DEAL, CONCESSION)


@pytest.fixture(scope="session")
def two_party_plan() -> xr.Dataset:
    """Give the plan of the two-party example; copy it before changing it."""
    return solve(two_party_inputs())


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    """Run ``waterdeal demo syrdarya`` once, in two languages, in a folder with Cyrillic and a space."""

    def run() -> DemoRun:
        folder = tmp_path_factory.mktemp("Рабочий стол")
        with chdir(folder):
            code, out, log = call("demo", "syrdarya", "--lang", "en", "--lang", "ru")
        assert code == 0, log
        return DemoRun(folder, out)

    return made_once(tmp_path_factory, "demo", run)


@pytest.fixture(scope="session")
def bundled_explanation(tmp_path_factory: pytest.TempPathFactory) -> Explanation:
    """Why the bundled deal of the dry season has no plan, found once for all workers."""
    deal = load(bundled_folder("scenarios") / f"{DEAL}.toml")
    found = made_once(tmp_path_factory, "dry-deal-explanation", deal.explain)
    assert found is not None
    return found
