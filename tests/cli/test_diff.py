"""`waterdeal diff`: which figures differ between two basins, and what that does to plans."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.commands import TWO_PARTY, call
from waterdeal.basin.read import read_basin
from waterdeal.run import load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The four-node basin with a larger dam, a limit of another year, a row more and a water that is written in another way."""
    folder = tmp_path / "two_party"
    shutil.copytree(TWO_PARTY / "two_party", folder)
    for name, old, new in (
        ("reservoirs.csv", "upper_dam,100,900,", "upper_dam,120.0,900.00,"),
        ("limits.csv", "growing,2026,700", "growing,2026,650\nup_growing,UP,growing,2026,80"),
        ("nodes.csv", "Headwater", "Spring"),
    ):
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return folder


def test_cells_and_plans_of_the_four_node_basin(changed: Path) -> None:
    """Each cell with both values; what two plans by hand come to; a name that was changed is no figure."""
    scenario, before = TWO_PARTY / "dry.toml", TWO_PARTY / "two_party"
    told = call("diff", before, changed, "--scenario", scenario, "--json").json
    cells = {(cell["table"], cell["row"], cell["column"]): (cell["before"], cell["after"]) for cell in told["changes"]}
    added = {"party": "UP", "season": "growing", "year": "2026", "volume_hm3": "80"}
    assert cells == {
        ("reservoirs", "upper_dam", "dead_hm3"): ("100", "120"),
        ("limits", "low_growing", "volume_hm3"): ("700", "650"),
        **{("limits", "up_growing", column): ("", value) for column, value in added.items()},
    }
    delivered = [load(scenario, basin=read_basin(basin)).solve().by_party()["delivery"].to_dict() for basin in (before, changed)]
    rows = {row["party"]: [row[str(before)], row[str(changed)]] for row in told["plans"]["dry"]["party"]}
    assert set(rows) == {"UP", "LOW"}
    for party, (one, other) in rows.items():
        assert one == pytest.approx(delivered[0][party], abs=0.01)
        assert other == pytest.approx(delivered[1][party], abs=0.01)
    assert "dead_hm3" in call("diff", before, changed, "--no-plans", "--lang", "ru").out


def test_a_scenario_without_a_plan_is_told(changed: Path) -> None:
    """With the reason, the figures all the same; a version that never was and no basin are refused."""
    (changed / "limits.csv").write_text("limit,party,season,year,volume_hm3\nother,LOW,growing,2026,700\n", encoding="utf-8")
    told = call("diff", TWO_PARTY / "two_party", changed, "--scenario", TWO_PARTY / "dry.toml", "--json").json
    assert list(told["plans"]["dry"]["no_plan"]) == [str(changed)]
    assert "low_growing" in told["plans"]["dry"]["no_plan"][str(changed)]
    assert told["changes"]
    assert [call("diff", "syrdarya", other).code for other in ("syrdarya@1", "amudarya@1", "amudarya")] == [9, 9, 9]
