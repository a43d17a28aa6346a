"""Figures older than the season that is planned are told: by `check`, and limits of another year on the first page of a plan."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.commands import TWO_PARTY, call
from waterdeal.reports.age import age_lines
from waterdeal.reports.edition import Edition
from waterdeal.reports.summary import party_summary
from waterdeal.reports.text import summary_text
from waterdeal.run import load
from waterdeal.scenario.age import old_figures
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    from pathlib import Path

DRY = TWO_PARTY / "dry.toml"


@pytest.mark.parametrize(
    ("day", "key"),
    [("2026-04-01", None), ("2026-03-01", None), ("2026-02-28", "age.storages"), ("2026-04-02", "age.storages_later")],
)
def test_the_day_of_a_start_storage(day: str, key: str | None) -> None:
    """More than a month before the start, or after it; a storage that is changed has no day."""
    case = load(DRY, [f"reservoir.upper_dam.as_of={day}"])
    start = case.file.scenario.period.start
    assert start == date(2026, 4, 1)
    told = [one for one in old_figures(case.basin, case.file.scenario) if getattr(one, "key", "") != "age.records"]
    assert [getattr(one, "key", "") for one in told] == ([key] if key else [])
    changed = case.set("reservoir.upper_dam.initial", 300.0)
    assert changed.file.scenario.reservoir["upper_dam"].as_of is None


def test_limits_of_last_year_on_the_first_page(tmp_path: Path) -> None:
    """In every language, in the terminal and over the first table; told by `check`; nothing of limits of the year itself."""
    shutil.copytree(TWO_PARTY, tmp_path / "mine")
    table = tmp_path / "mine" / "two_party" / "limits.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",2026,", ",2025,"), encoding="utf-8")
    own, lent = load(DRY), load(tmp_path / "mine" / "dry.toml")
    assert age_lines(own.inputs, Words("en")) == []
    results = lent.solve().dataset
    for language in LANGUAGES:
        (line,) = age_lines(results, Words(language))
        assert {"2025", "2026", "(low_growing)"} <= set(line.replace(":", " ").replace(".", " ").split())
        assert line.split()[0] in summary_text(results, language)
        assert line in party_summary(Edition(results, Words(language))).notes
    told = call("check", tmp_path / "mine" / "dry.toml", "--json").json
    assert told["limits_lent"] == [{"limit": "low_growing", "year": "2025", "planned": "2026"}]
    assert call("check", DRY, "--json").json["limits_lent"] == []


@pytest.mark.parametrize(("years", "told"), [("2001-2010", True), ("2020-2024", True), ("2021-2025", False)])
def test_a_record_that_ends_before(years: str, told: bool) -> None:
    """The last whole year before the season is young enough."""
    case = load(DRY)
    basin = replace(case.basin, tables={**case.basin.tables, "records": pd.DataFrame({"years": [years]})})
    assert bool([one for one in old_figures(basin, case.file.scenario) if getattr(one, "key", "") == "age.records"]) is told
