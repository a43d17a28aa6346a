"""What is wrong with a basin or a scenario is told in the language asked for."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.basin.test_read_errors import CELLS, FILES, RULES, TOGETHER
from tests.commands import TWO_PARTY
from tests.thorough import diagonal
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shell

#: three words in a row are a sentence, but for what a codec says; names of files, columns, keys and places are one word, or two
ENGLISH = re.compile(r"\b(?!invalid continuation byte)(?<!invalid )[A-Za-z][a-z']+(?: [a-z][a-z']*){2,}")
#: faults of a basin that can be planted together
PLANTED = {
    "cells": (CELLS, tuple(CELLS)),
    "files": (FILES, ("missing file", "missing column", "two files", "nul bytes", "truncated row")),
    "columns": (FILES, ("unknown column", "column twice")),
    **{name: (RULES, cases) for name, cases in TOGETHER.items()},
}
#: settings of a scenario that cannot be understood, told together; and such as the basin refuses
SHAPE = (
    "scenario.id=x_y Z", "period.step=week", "hydrology.factor=much", "hydrology.colour=1", "reservoir.toktogul.initial=5 foo", "energy.value=[1]",
    "breach=x", "solver.threads=0", "solver.presolve=maybe", "solver.seed=1.5", "physics.passes=101", "basin=3", "benefit=3", "agriculture.supply_levels=[0.5]",
    "reservoir.andijan.terminal={rule=\"value\"}", "objective.levels=[\"safety\", \"safety\"]", "salinity.tolerance=0.0", "groundwater.on=true",
)  # fmt: skip
SENSE = (
    "reservoir.toktogul.initial=68", "reservoir.andijan.terminal={rule=\"at_least\", storage=99999, by=2026-04-05}", "hydrology.year_class=dry",
    "requirement.factor_by_demand.nobody=1", "entitlement.limits=[{limit=\"uz_growing_2025\"}, {limit=\"uz_growing_2025\"}, {limit=\"uz_non_growing_2024\"}]",
    "reservoir.shardara.full=1", "groundwater={on=true, debt_price=1}", "reuse.on=true", "agriculture.on=true", "energy.turbine_min.mill=1",
    "environment.pulse=[{id=\"p\", link=\"nile\", volume=1, start=2025-01-01, end=2025-02-01}]",
    "environment.lake_target=[{lake=\"toktogul\", by=2026-10-01, volume=1}, {lake=\"aydar_arnasay\", by=2026-10-02, volume=1}]",
    "environment.regime=[{id=\"r\", link=\"big_fergana_head\", method=\"tennant\", tennant_class=\"good\"}]",
)  # fmt: skip


@pytest.mark.parametrize("group", diagonal(PLANTED, "cells", "files", "network", "bodies"))
def test_a_broken_basin_is_told_in_russian(group: str, tmp_path: Path, shell: Shell) -> None:
    """Each fault is told, and none in English."""
    cases, names = PLANTED[group]
    folder = shutil.copytree(bundled_folder("data") / "syrdarya", tmp_path / "river")
    for name in names:
        cases[name][0](folder)
    for file in ("base.toml", "syrdarya-growing-dry.toml"):
        shutil.copy(bundled_folder("scenarios") / file, tmp_path / file)
    told = shell("check", tmp_path / "syrdarya-growing-dry.toml", "--set", "basin=river", "--lang", "ru")
    assert told.code == 4
    assert len(told.err.splitlines()) > len(names)
    assert not ENGLISH.findall(told.err)


@pytest.mark.parametrize(("settings", "count"), [(SHAPE, len(SHAPE)), (SENSE, len(SENSE))])
def test_a_broken_scenario_is_told_in_russian(settings: tuple[str, ...], count: int, dry: Path, shell: Shell) -> None:
    """Each setting that is refused is told with the reason of its validator, and none in English."""
    sets = [word for setting in settings for word in ("--set", setting)]
    told = shell("check", dry, *sets, "--lang", "ru")
    assert told.code == 4
    assert len(told.err.splitlines()) > count
    assert not ENGLISH.findall(told.err)


def test_the_first_word_of_a_remedy_is_large(dry: Path, shell: Shell) -> None:
    """The sentence of a validator is told in English as a sentence."""
    told = shell("check", dry, "--set", "energy.value=[1]")
    assert told.err.splitlines()[1].endswith("cannot be used as it stands. Value has 1 entries, expected 12.")


def test_what_a_series_leaves_open_of_time_is_told(shell: Shell, tmp_path: Path) -> None:
    """Stamps that may be starts or ends: `check` says which reading was taken and what to write; told, nothing is open."""
    shutil.copytree(TWO_PARTY, tmp_path / "river")
    days = [f"2026-{month:02}-01" for month in range(1, 13)]
    rows = "".join(f"headwater,{day},{flow}\n" for flow, day in enumerate(days, start=20))
    (tmp_path / "river" / "flows.csv").write_text(f"node,time,runoff_m3s\n{rows}", encoding="utf-8")
    scenario = tmp_path / "river" / "dry.toml"
    text = scenario.read_text(encoding="utf-8").replace('year_class = "exceeded_90"', 'series = "flows.csv"').replace('"dekad"', '"month"')
    scenario.write_text(text, encoding="utf-8")
    unsaid, said = shell("check", scenario), shell("check", scenario, "--set", 'hydrology.stamp="start"')
    assert (unsaid.code, said.code) == (0, 0), unsaid.err + said.err
    assert ['stamp = "end"' in spoken.out for spoken in (unsaid, said)] == [True, False]
