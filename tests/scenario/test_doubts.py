"""Figures that hardly are: refused where nobody can mean them, told by `check` where somebody might."""

from __future__ import annotations

from typing import Any

import pytest

import waterdeal as wd
from tests.bundled import SCENARIOS
from tests.drafts import draft, together, user
from tests.thorough import diagonal
from waterdeal.run import make_case
from waterdeal.scenario.doubts import doubts
from waterdeal.scenario.locate import bundled_folder

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
