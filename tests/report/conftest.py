"""Tables of solved plans, and runs of which all is found that reports tell of; the tests of the report share them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest

import waterdeal as wd
from tests.commands import call, release_deal, two_party_deal
from tests.ensemble.conftest import traces_of
from tests.thorough import made_once
from waterdeal.documents import toml_text
from waterdeal.reports.kinds import KINDS
from waterdeal.reports.tables import make_tables
from waterdeal.run_folder import case_of
from waterdeal.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import xarray as xr

    from waterdeal.reports.document import Document
    from waterdeal.reports.table import Table

#: a limit, a promise that binds, and one that nobody else can keep where much is promised
LIMIT = """[[clause]]
id = "limit"
kind = "max_volume"
party = "UP"
supply_of = "UP"
value = "60 hm3"
source = "assumed"
"""


class Runs(NamedTuple):
    """Folders of runs of the two parties."""

    kept: Path  # with a plan and all findings
    other: Path  # with another promise
    none: Path  # without a plan
    batch: Path  # of two scenarios, one without a plan


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Plan the two parties three times, and ask what reports tell of."""

    def make() -> Runs:
        root = tmp_path_factory.mktemp("Отчёты")
        scenario = two_party_deal(root / "deal", release_deal("100 hm3", LIMIT))
        text = scenario.read_text(encoding="utf-8").replace("[scenario]", 'agreements = ["deal.toml"]\n[scenario]', 1)
        text = text.replace('step = "dekad"', 'step = "month"')
        scenario.write_text(text, encoding="utf-8")
        found = Runs(root / "kept", root / "other", root / "none", root / "batch")
        change = "agreement.release.value="
        for folder, more in zip(found[:3], ((), ("--set", f'{change}"120 hm3"'), ("--set", f'{change}"5 km3"')), strict=True):
            told = call("run", scenario, *more, "-o", folder, "--format", "csv", "--quick")
            assert told.code == (3 if folder == found.none else 0), told.err
        assert call("explain", found.kept).code == 0
        limits = [{"id": name, "set": {"agreement.release.value": value}} for name, value in (("kept", "100 hm3"), ("none", "5 km3"))]
        plan = {"schema": "waterdeal/batch@1", "scenarios": [scenario.name], "axis": [{"id": "release", "values": limits}], "compare_to": "kept"}
        scenario.with_name("plan.toml").write_text(toml_text(plan), encoding="utf-8")
        asked = ("--backend", "serial", "--format", "csv", "--quick")
        assert call("batch", scenario.with_name("plan.toml"), *asked, "-o", found.batch).code == 8
        return found

    return made_once(tmp_path_factory, "kinds", make)


@pytest.fixture(scope="session")
def asked(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Ask copies of them all that reports tell of."""

    def make() -> Runs:
        root = tmp_path_factory.mktemp("asked")
        found = Runs(*(shutil.copytree(folder, root / folder.name) for folder in runs))
        traces = root / "traces.nc"
        traces_of(case_of(found.kept), 4).to_netcdf(traces, engine="h5netcdf")
        for words in (
            ("explain", found.none), ("prices", found.kept), ("compare", found.kept, found.other),
            ("study", "frontier", found.kept, "--parties", "UP,LOW", "--of", "energy,delivery"),
            ("study", "sensitivity", found.kept, "--parameter", "runoff*=0.9:1.1"),
            ("ensemble", "run", found.kept, "--inflow", traces, "--backend", "serial", "-o", root / "members"),
        ):  # fmt: skip
            told = call(*words, "--json")
            assert told.code == 0, (words, told.err)
            assert told.json
        return found

    return made_once(tmp_path_factory, "asked", make)


#: what `make_document` makes: every kind, and the agreement that has no plan
DOCUMENTS = (*KINDS, "none")


def make_document(runs: Runs, name: str, language: str) -> Document:
    """Make one of the documents."""
    if name == "none":
        return wd.report(runs.none, "agreement", language)
    of = {"comparison": [runs.kept, runs.other], "batch": runs.batch}
    return wd.report(of.get(name, runs.kept), name, language)


def documents(runs: Runs, language: str) -> Iterator[tuple[str, Document]]:
    """Make all of them."""
    yield from ((name, make_document(runs, name, language)) for name in DOCUMENTS)


@pytest.fixture(scope="session")
def dry_tables(dry_plan: xr.Dataset) -> dict[str, tuple[Table, ...]]:
    """Give every table of the dry season in every language."""
    return {language: make_tables(dry_plan, language) for language in LANGUAGES}


@pytest.fixture(scope="session")
def year_tables(year_plan: xr.Dataset) -> dict[str, tuple[Table, ...]]:
    """Give every table of the water year in every language."""
    return {language: make_tables(year_plan, language) for language in LANGUAGES}
