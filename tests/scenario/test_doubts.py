"""Figures that hardly are: refused where nobody can mean them, told by `check` where somebody might."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import waterdeal as wd
from tests.bundled import SCENARIOS
from tests.commands import TWO_PARTY, call
from tests.drafts import draft, together, user
from tests.thorough import diagonal
from waterdeal.examples import two_party
from waterdeal.run import make_case
from waterdeal.scenario.doubts import doubts
from waterdeal.scenario.locate import bundled_folder
from waterdeal.scenario.schema import USUAL_LEVELS

if TYPE_CHECKING:
    from pathlib import Path

USERS = together(user("town", "mouth", 2, kind="municipal"), user("fields", "mouth", 60))
RIVER = draft("spring catchment; dam reservoir; mouth junction; sea outlet", "a spring dam; b dam mouth; c mouth sea", runoff={"spring": 100}, **USERS)
REFUSED: dict[str, tuple[str, Any]] = {
    "no levels": ("objective.levels", []),
    "a percentage of the river": ("hydrology.factor", 90),
    "a percentage of one river": ("hydrology.factor_by_node.spring", 110),
    "a percentage of all users": ("requirement.factor", 90),
    "a percentage of a user": ("requirement.factor_by_demand.town", 95),
    "an end below the dead": ("reservoir.dam.terminal", {"rule": "at_least", "storage": "99 hm3"}),
}


def _case(tables: dict[str, Any] | None = None) -> wd.Case:
    """The river with some tables changed."""
    dam = {"reservoirs": [{**row, "dead_hm3": 100} for row in RIVER.tables["reservoirs"]]}
    return make_case(RIVER.content, wd.make_basin("draft", {**RIVER.tables, **dam, **(tables or {})}))


@pytest.mark.parametrize("way", REFUSED)
def test_what_nobody_can_mean_is_refused(way: str) -> None:
    """In words, at the key."""
    key, value = REFUSED[way]
    with pytest.raises(wd.InputError, match=key.rpartition(".")[0].replace(".", r"\.")):
        _case().set(key, value)


def _rates(times: float, name: str = "mean") -> list[dict[str, Any]]:
    return [{**row, "runoff_m3s": row["runoff_m3s"] * times, "year_class": name} for row in RIVER.tables["hydrology"]]


FLOW = [{"flow_requirement": "steady", "link": "c", "month": month, "flow_m3s": 0, "kind": "environmental"} for month in range(1, 13)]
TOLD: dict[str, tuple[dict[str, Any], str]] = {
    "a town of 9,999 m3/s": (together(user("town", "mouth", 9999, kind="municipal"), user("fields", "mouth", 60)), "town asks"),
    "a town beyond any": (together(user("town", "mouth", 200, kind="municipal"), user("fields", "mouth", 60)), "town asks"),
    "litres": ({"hydrology": _rates(1000)}, "of water in all"),
    "thousands": ({"hydrology": _rates(0.001), "reservoirs": [{**RIVER.tables["reservoirs"][0], "full_hm3": 0.2}]}, "of water in all"),
    "a dry class above the wet": ({"hydrology": [*_rates(1), *_rates(0.8, "exceeded_10"), *_rates(1.1, "exceeded_90")]}, "exceeded_90 brings"),
    "no water": ({"hydrology": _rates(0)}, "no water comes"),
    "a least flow of nothing": ({"flow_requirements": FLOW}, "least flow of nothing"),
}  # fmt: skip


@pytest.mark.parametrize("way", TOLD)
def test_what_somebody_might_mean_is_told(way: str) -> None:
    """Each alone; the river itself leaves no doubt."""
    tables, told = TOLD[way]
    content = RIVER.content if way != "thousands" else {**RIVER.content, "reservoir": {"dam": {"initial": 0.1, "terminal": {"rule": "free"}}}}
    case = make_case(content, wd.make_basin("draft", {**RIVER.tables, **tables}))
    found = doubts(case.basin, case.file.scenario, case.inputs, "s.toml")
    assert told in "\n".join(map(str, found))
    assert not doubts(_case().basin, _case().file.scenario, _case().inputs, "s.toml")


BUNDLED = [path.name for path in SCENARIOS]


@pytest.mark.parametrize("name", diagonal(BUNDLED, "syrdarya-growing-2022.toml"))
def test_bundled_cases_leave_no_doubt(name: str) -> None:
    """Whoever is warned without need stops reading warnings."""
    case = wd.load(bundled_folder("scenarios") / name)
    assert doubts(case.basin, case.file.scenario, case.inputs, name) == []


def _less(*names: str) -> list[str]:
    """The usual levels without some."""
    return [level for level in USUAL_LEVELS if level not in names]


FIRM = {"blocks": [{"size": [5] * 12, "worth": [1] * 12}], "firm": [100] * 12}
#: what changes nothing as the two-party example stands, by the key at which that is told; and what makes the key act, where something does
IDLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "agriculture.flexibility": ({"agriculture.flexibility": 0.5}, {}),
    "groundwater.energy_price": ({"groundwater.energy_price": 0.2}, {}),
    "salinity.passes": ({"salinity.passes": 3}, {}),
    "breach": ({"breach": "priced"}, {}),
    "power.UP.firm": ({"power.UP": FIRM}, {"objective.levels": ["firm_power", *USUAL_LEVELS]}),
    "operation.ramp.dam_delta": ({"operation.ramp.dam_delta": 1.0}, {"operation.hard": ["dam_delta"]}),
    "operation.ramp_share": ({"operation.ramp_share": 0.3}, {"objective.levels": ["operation", *USUAL_LEVELS]}),
    "operation.hard.fields_head": ({"operation.hard": ["fields_head"]}, {"operation.ramp.fields_head": 9.0}),
    "objective.evenness_give": ({"objective.evenness_give": 0.02, "objective.levels": _less("evenness")}, {"objective.levels": USUAL_LEVELS}),
    "objective.give": ({"objective.give": 0.05}, {"objective.give_to": "benefit"}),
    "energy.value": ({"energy.value": [3.0] * 12, "objective.levels": _less("benefit")}, {"objective.levels": USUAL_LEVELS}),
    "physics.head": ({"physics.head": "successive"}, {}),
    "reservoir.upper_dam.terminal.by": (
        {"reservoir.upper_dam.terminal": {"rule": "free", "by": "2026-07-01"}},
        {"reservoir.upper_dam.terminal": {"rule": "as_start", "by": "2026-07-01"}},
    ),
    "objective.levels": ({"objective.levels": _less("environment")}, {"objective.levels": USUAL_LEVELS}),
}


@pytest.mark.parametrize("key", IDLE)
def test_a_setting_that_changes_nothing_is_told(key: str) -> None:
    """By its key, and no longer where it acts."""
    idle, acting = IDLE[key]
    for changes, told in ((idle, [key]), *([({**idle, **acting}, [])] if acting else [])):
        case = two_party().set(changes)
        assert [problem.field for problem in doubts(case.basin, case.file.scenario, case.inputs, "s.toml")] == told


def test_a_change_of_water_where_none_enters_is_refused() -> None:
    """As a factor of that place is: it would change nothing."""
    for setting in ({"hydrology.change": [{"factor": 0.5, "nodes": ["fields"]}]}, {"hydrology.factor_by_node.fields": 0.5}):
        with pytest.raises(wd.InputError, match="fields"):
            two_party().set(setting)


@pytest.mark.thorough
def test_a_run_tells_what_changes_nothing(tmp_path: Path) -> None:
    """Whoever runs without checking first reads it too."""
    found = call("run", TWO_PARTY / "dry.toml", "--quick", "--format", "csv", "--set", "salinity.passes=3", "-o", tmp_path / "run")
    assert (found.code, "`salinity.passes`" in found.out) == (0, True)
