"""The hash of a run is of what is solved, and a run says which series it is of."""

from __future__ import annotations

import json
import shutil
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

import waterdeal as wd
from tests.commands import TWO_PARTY
from tests.thorough import THOROUGH
from waterdeal import provenance
from waterdeal.basin.origins import origins_of
from waterdeal.provenance import run_attributes
from waterdeal.reports.about import title
from waterdeal.reports.edition import Edition
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _season(folder: Path, change: Callable[[Path], object] = lambda _folder: None) -> wd.Case:
    """A season of two parties on a series of its own, with one thing changed in its files."""
    shutil.copytree(TWO_PARTY, folder)
    rows = "".join(f"headwater,2026-{month:02d}-01,{20 + month}\n" for month in range(1, 13))
    (folder / "inflow.csv").write_text(f"node,time,runoff_m3s\n{rows}", encoding="utf-8")
    _rewrite(folder / "dry.toml", 'year_class = "exceeded_90"', 'series = "inflow.csv"')
    _rewrite(folder / "dry.toml", '"low_growing" }', '"low_growing", share = 0.9 }')
    change(folder)
    return wd.load(folder / "dry.toml").set("period.step", "month")


def _rewrite(file: Path, before: str, after: str) -> None:
    """Change a text of a file that stands there."""
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


#: what changes a plan, and what does not, though it changes a file
MOVES: dict[str, Callable[[Path], object]] = {
    "series": lambda folder: _rewrite(folder / "inflow.csv", ",26", ",26.5"),
    "season": lambda folder: _rewrite(folder / "two_party" / "basin.toml", '["04-01", "10-01"]', '["04-01", "09-01"]'),
    "table": lambda folder: _rewrite(folder / "two_party" / "demands.csv", "0.2,delta", "0.3,delta"),
    "levels": lambda folder: _rewrite(folder / "dry.toml", "[period]", '[objective]\nlevels = ["drinking", "irrigation"]\n[period]'),
}
STAYS: dict[str, Callable[[Path], object]] = {
    "threads": lambda folder: _rewrite(folder / "dry.toml", "[entitlement]", "[solver]\nthreads = 2\n[entitlement]"),
    "comment": lambda folder: _rewrite(folder / "dry.toml", "[period]", "# a word\n[period]"),
    "name": lambda folder: _rewrite(folder / "two_party" / "demands.csv", "Town,", "The town,"),
}


#: by default a series, a season and a comment
TRIED = {name: change for name, change in {**MOVES, **STAYS}.items() if THOROUGH or name in {"series", "season", "comment"}}


def attributes_of(case: wd.Case) -> dict[str, str]:
    """What a plan of a case says of its origin."""
    return run_attributes(case.file, case.basin, case.inputs, case.levels)


def test_the_hash_of_a_run_is_of_what_is_solved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever changes the inputs changes it, a series and a season too; a comment, a name and another build do not."""
    attributes = {"as it stands": attributes_of(_season(tmp_path / "as-it-stands"))}
    for name, change in TRIED.items():
        attributes[name] = attributes_of(_season(tmp_path / name, change))
    hashes = {name: attrs["run_sha256"] for name, attrs in attributes.items()}
    moved = [hashes[name] for name in TRIED if name in MOVES]
    assert len({hashes["as it stands"], *moved}) == 1 + len(moved)
    assert {hashes[name] for name in TRIED if name in STAYS} == {hashes["as it stands"]}
    sources = {name: json.loads(attrs["inputs_sha256"]) for name, attrs in attributes.items()}
    assert sources["series"]["scenario/inflow.csv"] != sources["as it stands"]["scenario/inflow.csv"]
    assert sources["season"]["basin/basin.toml"] != sources["as it stands"]["basin/basin.toml"]
    monkeypatch.setattr(provenance, "build_id", lambda: "0" * 16)
    assert attributes_of(_season(tmp_path / "other-build"))["run_sha256"] == hashes["as it stands"]


@pytest.mark.thorough
def test_what_keeps_the_hash_keeps_the_plan(tmp_path: Path) -> None:
    """Threads, seeds, methods, names, notes and lengths of rivers: one hash and one plan, whatever else the files say."""
    season = _season(tmp_path / "as-it-stands")
    options = ("solver.seed=7", "solver.method='ipm'", "solver.presolve=false", "solver.time_limit=100", "scenario.note='x'", "scenario.tags=['x']")
    cases = [*(_season(tmp_path / name, change) for name, change in STAYS.items()), *(season.set(*_pair(option)) for option in options)]
    due, plan = attributes_of(season)["run_sha256"], season.solve().dataset
    for case in cases:
        found = case.solve().dataset
        assert found.attrs["run_sha256"] == due
        for name in ("flow", "storage", "delivery", "energy"):
            assert found[name].values == pytest.approx(plan[name].values, abs=1e-6)


def _pair(option: str) -> tuple[str, Any]:
    """Key and value of a setting."""
    key, _, value = option.partition("=")
    return key, tomllib.loads(f"x = {value}")["x"]


def test_a_run_on_a_series_of_its_own_says_so(tmp_path: Path) -> None:
    """In its title, on the sheet of origins, and in the counts: a figure of the tables that no longer counts is not told as read."""
    case = _season(tmp_path / "own")
    origins = [row for row in origins_of(case.inputs) if row["figure"].startswith("hydrology.")]
    assert origins
    assert {(row["status"], row["note"]) for row in origins} == {("assumed", "own series inflow.csv")}
    plan = case.solve().dataset
    for language, said in (("en", "on the series inflow.csv"), ("ru", "по ряду inflow.csv")):
        assert said in title(Edition(plan, Words(language)))
