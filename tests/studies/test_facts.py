"""Whose figures matter: the four-node basin solved by hand, small ones that add up, a side without a plan."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.basin.test_layers import layer
from tests.commands import call, release_deal, two_party_deal
from waterdeal.basin.make import make_basin
from waterdeal.basin.write import basin_rows
from waterdeal.documents import toml_text
from waterdeal.examples import two_party_basin, two_party_content
from waterdeal.reports import as_text
from waterdeal.reports.facts import facts_answer
from waterdeal.run import load, make_case
from waterdeal.scenario.locate import bundled_folder
from waterdeal.scenario.read import read_scenario
from waterdeal.studies.facts import weigh_facts

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.basin.schema import Basin
    from waterdeal.run import Case
    from waterdeal.studies.facts import Weighed

HEAD = "node,year_class,month,runoff_m3s,status,source\n"
RUNOFF = ("hydrology", "headwater", "runoff_m3s")
TOWN = ("requirements", "town", "rate_m3s")
#: volume of 1 m3/s over a month, hm3
JUNE, JULY = 30 * 0.0864, 31 * 0.0864
#: what of a volume at the dam reaches the fields
CANAL = 0.9


def case(home: Path, july: float, june: float, **facts: Any) -> Case:
    """A dry season without limits, in which the fields take what is left: LOW has another inflow in July, UP another town in June."""
    layer(home / "low", "LOW", f"{HEAD}headwater,exceeded_90,7,{july},computed,gauge\n")
    layer(home / "up", "UP", f"demand,month,rate_m3s,status,source\ntown,6,{june},computed,gauge\n", "requirements")
    changes = {"entitlement": {}, "facts": {"layers": ["low", "up"], **facts}}
    content = {"schema": "waterdeal/scenario@1", **two_party_content(**changes), "period": MONTHS}
    (home / "s.toml").write_text(toml_text(content), "utf-8")
    return make_case(read_scenario(home / "s.toml"), still_basin())


@cache
def still_basin() -> Basin:
    """The four nodes, from which nothing evaporates."""
    rows = basin_rows(two_party_basin())
    tables = {name: [{key: cell for key, cell in row.items() if cell == cell} for row in held] for name, held in rows.items()}  # noqa: PLR0124
    tables["evaporation"] = [{**row, "depth_mm": 0} for row in tables["evaporation"]]
    return make_basin("two_party", tables)


MONTHS = {"start": "2026-04-01", "end": "2026-10-01", "step": "month"}


def changes(found: Weighed) -> dict[tuple[str, str, int], dict[str, float]]:
    """Return what each set of facts changes."""
    return {(trial.kind, trial.party, len(trial.figures)): trial.outcome.change_from(found.base) for trial in found.trials}


def test_an_inflow_and_a_demand_move_what_they_must(tmp_path: Path) -> None:
    """The fields lose nine tenths of what does not come and of what the town takes more; each side's own."""
    lost, more = 17 * JULY, 1 * JUNE
    found = weigh_facts(case(tmp_path, 60, 4))
    assert [one.figure for one in found.disagreements] == [RUNOFF, TOWN] == list(found.moving)  # the largest move first
    low, up = {"UP": 0.0, "LOW": -CANAL * lost}, {"UP": more, "LOW": -CANAL * more}
    due = {("one", "LOW", 1): low, ("one", "UP", 1): up, ("side", "LOW", 1): low, ("side", "UP", 1): up}
    told = changes(found)
    assert set(told) == set(due)
    for key, expected in due.items():
        assert told[key] == pytest.approx(expected, abs=1e-4), key


@pytest.mark.thorough
def test_other_figures_than_the_basin_s_may_be_planned_with(tmp_path: Path) -> None:
    """Where the scenario takes the figures of LOW, the others are those of the basin and of UP."""
    lost, more = 17 * JULY, 1 * JUNE
    back = changes(weigh_facts(case(tmp_path, 60, 4, use="LOW")))
    assert back["one", "", 1] == pytest.approx({"UP": 0.0, "LOW": CANAL * lost}, abs=1e-4)
    assert back["side", "UP", 2] == pytest.approx({"UP": more, "LOW": CANAL * (lost - more)}, abs=1e-4)


def test_small_ones_that_add_up_are_a_group(tmp_path: Path) -> None:
    """Each moves the fields by less than 1 hm3, both together by more: settled as a group, and none is left alone."""
    found = weigh_facts(case(tmp_path, 76.7, 3.3))
    assert (found.moving, found.group, found.left_alone) == ((), (RUNOFF, TOWN), ())
    assert changes(found)["together", "*", 2]["LOW"] == pytest.approx(-CANAL * 0.3 * (JULY + JUNE), abs=1e-4)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(12))
def test_what_is_left_alone_moves_nobody_together(tmp_path: Path, seed: int) -> None:
    """Whatever the figures: planned with all that is left alone, chosen as a scenario would, nobody has 1 hm3 more or less."""
    july, june = np.array([77, 3]) + np.random.default_rng(seed).uniform(-0.4, 0.4, 2).round(2)
    at_hand = case(tmp_path, july, june)
    found = weigh_facts(at_hand)
    assert {*found.moving, *found.group, *found.left_alone} == {one.figure for one in found.disagreements}
    use: dict[str, Any] = {}
    for table, key, name in found.left_alone:
        use.setdefault(table, {})[key] = {name: "LOW" if table == "hydrology" else "UP"}
    planned = at_hand.set({"facts.use": use}).solve().by_party()["delivery"].to_dict()
    assert all(abs(planned[party] - amount) < 1 for party, amount in found.base.delivery.items())


def test_a_side_without_a_plan_is_told_with_its_clauses(tmp_path: Path) -> None:
    """A release promised to the fields holds with the basin's inflow, not with that of one side: which clauses, in the list and the text."""
    at_hand = promised(tmp_path)
    found = weigh_facts(at_hand)
    without = [trial for trial in found.trials if trial.outcome.why]
    assert {(trial.kind, trial.party) for trial in without} == {("one", "LOW"), ("side", "LOW")}
    assert all(trial.outcome.conflicts == {frozenset({"release"})} and trial.outcome.moves(found.base) for trial in without)
    assert RUNOFF in found.moving
    for language in ("en", "ru", "kk", "uz"):
        assert "release" in as_text.told(facts_answer(found, at_hand.inputs, language))


def promised(home: Path) -> Case:
    """The same with a promise that the inflow of LOW cannot keep."""
    found = case(home, 1, 3)
    layer(home / "low", "LOW", HEAD + "".join(f"headwater,exceeded_90,{month},1,computed,gauge\n" for month in (5, 6, 7, 8)))
    (home / "deal.toml").write_text(release_deal("0.6 km3"), "utf-8")
    return make_case(read_scenario(home / "s.toml", ['agreements=["deal.toml"]']), found.basin.beneath or found.basin)


def test_the_command_prints_and_writes(tmp_path: Path) -> None:
    """Three answers, the tables in a folder; a scenario without layers is one clear error."""
    folder = tmp_path / "case"
    two_party_deal(folder, release_deal("0.1 km3"))
    layer(folder / "low", "LOW", f"{HEAD}headwater,exceeded_90,7,76.9,computed,gauge\n")
    words = ["facts", folder / "dry.toml", "--set", 'facts.layers=["low"]']
    told = call(*words, "--json", "-o", tmp_path / "out").json
    assert (told["moving"], told["group"], told["left_alone"]) == ([], [], ["hydrology.headwater.runoff_m3s"])
    assert {path.name for path in (tmp_path / "out" / "tables.en").iterdir()} == {"disagreements.csv", "facts.csv"}
    assert "No disagreement moves the deal" in call(*words).out
    refused = call("facts", folder / "dry.toml")
    assert (refused.code, "names no layers" in refused.err) == (9, True)


@pytest.mark.thorough
def test_the_gauge_of_each_agency_on_the_bundled_river() -> None:
    """What each gauge of 2022 makes of the gain between Farkhad and Kokbulak moves the deal most, and by 100 hm3 more with that of UZ."""
    found = weigh_facts(load(bundled_folder("scenarios") / "syrdarya-growing-dry.toml", ['facts.layers=["figures/kz","figures/uz"]']))
    figure = ("hydrology", "gain_farkhad_kokbulak", "runoff_m3s")
    assert found.moving[0] == figure
    got = {trial.party: trial.outcome.change_from(found.base)["KZ"] for trial in found.trials if trial.figures == (figure,)}
    assert got["UZ"] > got["KZ"] + 100 > 100
