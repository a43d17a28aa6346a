"""A small deal of two parties with three clauses, its run and its record."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

from tests.commands import two_party_deal
from tests.record.tampering import write_files
from tests.thorough import made_once
from waterdeal.record import papers
from waterdeal.record.agree import make_record
from waterdeal.reports.files import report_files
from waterdeal.results import store
from waterdeal.results.netcdf import read_netcdf
from waterdeal.run import load
from waterdeal.run_folder import run_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import xarray as xr

DEAL = """\
schema = "waterdeal/agreement@1"
[agreement]
id = "two-party-deal"
title.en = "Deal of two parties"
[[clause]]
id = "delta_flow"
kind = "env_flow"
party = "UP"
to = "LOW"
at = "dam_delta"
value = "10 m3/s"
measured = [{ gauge = "dam_delta", agency = "commission", tolerance = 0.04 }]
text.en = "At least 10 m3/s leave the dam for the delta"
text.ru = "Из водохранилища в дельту не менее 10 м³/с"
[[clause]]
id = "fields_supply"
kind = "min_supply_ratio"
party = "UP"
to = "LOW"
supply_of = "LOW"
value = 0.70
each = "period"
negotiable = false
[[clause]]
id = "swap"
kind = "exchange"
party = "UP"
to = "LOW"
filling = { reservoir = "upper_dam", value = "300 hm3", on = 2026-10-01 }
sent = { amount = "10 GWh", months = [4, 5], plants = ["dam_plant"] }
returned = { amount = "8 GWh", months = [9] }
"""


def make_run(scenario: Path, folder: Path, overrides: Sequence[str] = (), languages: Sequence[str] = ("ru",)) -> Path:
    """Run a scenario into a folder, as the command line does."""
    case = load(scenario, overrides)
    results = case.solve().dataset
    files = run_files(case, results) | {"run.json": b'{"exit": 0, "sha256": {}}'}
    for language in languages:
        files |= report_files(results, language, ("xlsx", "csv"))
    write_files(folder, files)
    return folder


@lru_cache(maxsize=32)
def _dataset(raw: bytes) -> xr.Dataset:
    """Read a NetCDF file, the same bytes once."""
    return read_netcdf(raw)


@pytest.fixture(autouse=True)
def files_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each reader a copy of what was read: most tests open the plan and the inputs of the same few records."""
    monkeypatch.setattr(store, "read_netcdf", lambda raw: _dataset(raw).copy(deep=True))


@pytest.fixture(scope="session", autouse=True)
def annexes_are_text() -> Iterator[None]:
    """Make annexes as text: to draw and set them for each record of the tests would take most of their time; test_papers makes real ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(papers, "SIGNED", ())
        yield


@pytest.fixture(scope="session")
def deal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a scenario with an agreement and a basin."""
    scenario = two_party_deal(tmp_path_factory.mktemp("deal") / "two-party", DEAL)
    text = scenario.read_text(encoding="utf-8").replace('basin = "two_party"', 'basin = "two_party"\nagreements = ["deal.toml"]')
    text = text.replace("[scenario]", '[scenario]\nstatus = "agreed"')
    scenario.write_text(text, encoding="utf-8")
    return scenario


@pytest.fixture(scope="session")
def run(deal: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run, with one change made on the command line."""
    change = ["reservoir.upper_dam.initial=410"]
    return made_once(tmp_path_factory, "record_run", lambda: make_run(deal, tmp_path_factory.mktemp("run") / "out", change))


@pytest.fixture(scope="session")
def record(run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Files of the record; copy before changing."""
    return made_once(tmp_path_factory, "record", lambda: make_record(run))
