"""Grain against fallowed rice, by hand: 160 hm3 water 20 kha; A grows wheat on 10, B rice on 10, at 3 t/ha."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.agreement.kinds import sample
from tests.commands import TWO_PARTY, call
from tests.farms import FIELD, farm
from tests.model.test_golden import compare, lp_text
from tests.studies.test_works import written
from waterdeal.agreement.food import with_food_exchanged
from waterdeal.agreement.inputs import clauses_of, read_clauses, unheld_parts
from waterdeal.agreement.kinds.food import FoodNeed
from waterdeal.errors import Infeasible, InputError
from waterdeal.examples import monthly
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model, materialise
from waterdeal.reports import as_text
from waterdeal.reports.document import answer
from waterdeal.reports.food import food_tables
from waterdeal.results.clauses import measure_clauses
from waterdeal.results.result import Result
from waterdeal.run import Case, solve_inputs
from waterdeal.studies.food import Fed, weigh_food
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from tests.drafts import Draft

#: m3/s of a hm3 in thirty days
MONTH = 1 / 2.592
LEVELS = ("safety", "agreement", "benefit")
#: B leaves 48 hm3 in the river, for which A sends 12 kt of wheat; A keeps 18 kt to eat, B has what comes
DEAL = (
    {"id": "swap", "kind": "exchange", "party": "B", "to": "A", "release": {"at": "c", "value": 48 * MONTH, "within": 0.0},
     "food": {"tonnes": 12000, "goods": "wheat", "months": [4], "crop": "wheat"}},
    {"id": "bread_a", "kind": "food_need", "grown_by": "A", "crop": "wheat", "tonnes": 18000, "exported": 12000},
    {"id": "bread_b", "kind": "food_need", "grown_by": "B", "crop": "wheat", "tonnes": 12000, "imported": 12000},
)  # fmt: skip


def two_farms(water: float = 160) -> Draft:
    """A farm of A and a paddy of B at one place."""
    one = farm({"wheat": {"price_usd_t": 100, "area_kha": 10}, "rice": {"price_usd_t": 400}}, land=10, water=water)
    tables = {name: [dict(row) for row in rows] for name, rows in one.tables.items()}
    tables["nodes"][-1]["party"] = "B"
    tables["parties"] = [{"party": "A"}, {"party": "B"}]
    tables["demands"].append({**tables["demands"][0], "demand": "paddy", "party": "B", "zone": "paddy"})
    tables["requirements"] += [{**row, "demand": "paddy"} for row in tables["requirements"]]
    tables["field_demands"].append({**tables["field_demands"][0], "demand": "paddy"})
    tables["fields"][1] = {**tables["fields"][1], **FIELD, "demand": "paddy", "price_usd_t": 400}
    return replace(one, tables=tables)


def planned(*clauses: dict[str, Any]) -> xr.Dataset:
    """Plan and hold the plan to its audit."""
    plan = solve_inputs(two_farms().with_clauses(*clauses).inputs(), LEVELS, SolveOptions())
    Result(plan).audit().raise_if_bad()
    return plan


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Fed]:
    """The deal against the plan without."""
    one = two_farms()
    case = written(tmp_path_factory.mktemp("food"), {"objective": {"levels": list(LEVELS)}}, *DEAL, of=one)
    return case, weigh_food(case)


def test_who_eats_what_and_what_area_is_left(fed: tuple[Case, Fed]) -> None:
    """B's rice falls from 10 to 4 kha; A's wheat stays, and of its 30 kt 18 are left at home; B eats the 12 that come."""
    crops = fed[1].crops
    assert crops.loc[("B", "rice"), ["area", "area_without", "output", "eaten"]].tolist() == pytest.approx([4, 10, 12, 12])
    assert crops.loc[("A", "wheat"), ["area", "area_without", "exported", "eaten", "need"]].tolist() == pytest.approx([10, 10, 12, 18, 18])
    assert crops.loc[("B", "wheat"), ["area", "imported", "eaten", "need"]].tolist() == pytest.approx([0, 12, 12, 12])


def test_what_stays_in_the_river_and_what_it_costs(fed: tuple[Case, Fed]) -> None:
    """48 hm3 more reach the sea; B's paddy takes as much less, and is 6 kha x 3 t/ha x 400 USD/t poorer."""
    change = fed[1].change
    assert change["outflow"].sum() == pytest.approx(48)
    assert change.loc["B", ["delivery", "output", "benefit"]].tolist() == pytest.approx([-48, -18, -7.2])
    assert change.loc["A", "output"] == 0


def test_it_is_told_in_four_languages(fed: tuple[Case, Fed]) -> None:
    """Areas, food, and what changes beside them."""
    case, found = fed
    for language in LANGUAGES:
        text, words = as_text.told(answer("food", language, food_tables(found, case.inputs, language))), Words(language)
        assert words.text("food.title.food") in text
        assert words.number(-7.2, 1) in text
    assert found.record()["crops"][0]["party"] == "A"


@pytest.mark.parametrize(
    ("clause", "areas"),
    [
        ({"kind": "food_need", "grown_by": "A", "crop": "wheat", "tonnes": 30000, "imported": 6000, "exported": 3000}, (10, 10)),
        ({"kind": "crop_area", "grown_by": "B", "crop": "rice", "high": 4}, (10, 4)),
        ({"kind": "crop_area", "grown_by": "B", "crop": "rice", "low": 2, "high": 2.5}, (10, 2.5)),
    ],
)
def test_rows_and_readings_are_those_of_the_fields(clause: dict[str, Any], areas: tuple[float, float]) -> None:
    """Each clause holds, in the rows and as the fields grow again."""
    plan = planned({"id": "mine", **clause})
    assert dict(zip(plan["field_crop"].values.tolist(), plan["field_area"].values.tolist(), strict=True)) == pytest.approx(
        dict(zip(("wheat", "rice"), areas, strict=True))
    )
    assert measure_clauses(plan)["slack"].min() >= -1e-6


def test_equations(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Rows of the deal and of an area, as they stand in the LP: output by the yield of each path."""
    area = {"id": "fallow", "kind": "crop_area", "grown_by": "B", "crop": "rice", "low": 1, "high": 4, "concession": 1}
    text = lp_text(materialise(build_model(two_farms().with_clauses(*DEAL, area).inputs())), "agreement", tmp_path)
    rows = re.findall(r"^c_\w_clause_at_\w+\((?:swap_food|bread|fallow)\S*:\n(?:[+-].*\n)+[<>=].*\n", text, re.MULTILINE)
    compare("".join(rows), "food", request)


def test_more_food_than_land_is_told_how_much_less() -> None:
    """10 kha of 3 t/ha are 30 kt: of 36 the clause has to give way by 6."""
    with pytest.raises(Infeasible) as error:
        planned({"id": "mine", "kind": "food_need", "grown_by": "A", "crop": "wheat", "tonnes": 36000})
    assert error.value.explanation is not None
    (way,) = error.value.explanation.menu
    assert (way.clause, way.unit, way.amount) == ("mine", "kt", pytest.approx(6))


def test_where_no_field_carries_it_it_is_not_in_the_balance() -> None:
    """A party without the crop, a scenario without crops, food without a crop of the basin; a crop by a wrong name is refused."""
    inputs = two_farms().with_clauses(*DEAL).inputs()
    assert [unheld_parts(clause, inputs) for clause in clauses_of(inputs)] == [[], [], ["food"]]
    off = two_farms().with_content(agriculture={"on": False}).with_clauses(*DEAL[1:]).inputs()
    assert [unheld_parts(clause, off) for clause in clauses_of(off)] == [["food"], ["food"]]
    plain = {**DEAL[0], "food": {"tonnes": 1, "goods": "flour", "months": [4]}}
    inputs = two_farms().with_clauses(plain).inputs()
    assert unheld_parts(clauses_of(inputs)[0], inputs) == ["food"]
    with pytest.raises(InputError, match="Did you mean"):
        two_farms().with_clauses({**DEAL[1], "crop": "wheet"}).inputs()


def test_what_cannot_be_weighed() -> None:
    """No crops are planned."""
    assert "food" in sample("food_need").kind
    assert "no crops" in call("study", "food", TWO_PARTY / "dry.toml").err


@pytest.mark.thorough
def test_the_command_prints_and_writes(tmp_path: Path) -> None:
    """A bundled scenario with fields has no clause on food, and is told so."""
    assert "food_need" in call("study", "food", "scenarios/syrdarya-growing-fields.toml", "-o", tmp_path / "out").err


def test_food_against_power_by_hand(tmp_path: Path) -> None:
    """100 hm3: A sends 12 kt of wheat, which is 12 kt more to grow beside the 18 it eats, and B sends 60 GWh of the 100 that A lacks.

    For 30 kt of wheat 80 of 100 hm3 go to A: B's rice falls from 10 to 2.5 kha, 7.5 x 3 t/ha x 400 USD/t = 9.0, and its coal costs 1.2 more.
    A's wheat rises from 2.5 to 10 kha, 7.5 x 3 x 100 = 2.25, and 60 GWh of light are worth 6.
    """
    one = two_farms(water=100)
    tables = {
        **one.tables, "power_units": monthly("power_unit", "coal", "capacity_mw", [1000.0], party="B", cost_usd_mwh=20),
        "power_loads": [*monthly("party", "A", "load_gwh", [100.0], block="homes", worth_usd_mwh=100),
                        *monthly("party", "B", "load_gwh", [0.0], block="all", worth_usd_mwh=100)],
        "power_links": monthly("power_link", "b_a", "limit_mw", [1000.0], from_party="B", to_party="A", via_party="", loss_fraction=0),
    }  # fmt: skip
    swap = {"id": "swap", "kind": "exchange", "party": "A", "to": "B", "sent": {"amount": "60 GWh", "months": [4]},
            "food": {"tonnes": 12000, "goods": "wheat", "months": [4], "crop": "wheat", "by": "party"}}  # fmt: skip
    bread = {"id": "bread", "kind": "food_need", "grown_by": "A", "crop": "wheat", "tonnes": 18000}
    one = replace(one, tables=tables, content={**one.content, "trade": {"on": True}})
    case = written(tmp_path, {"objective": {"levels": list(LEVELS)}}, swap, bread, of=one)
    (need,) = (clause for clause in clauses_of(case.inputs) if clause.id == "bread")
    assert (need.exported, need.imported) == (12000, None)  # type: ignore[attr-defined]
    found = weigh_food(case)
    assert found.crops.loc[("A", "wheat"), ["area", "area_without", "exported", "eaten", "need"]].tolist() == pytest.approx([10, 2.5, 12, 18, 18])
    assert found.crops.loc[("B", "rice"), ["area", "area_without"]].tolist() == pytest.approx([2.5, 10])
    assert found.crops.loc[("B", "wheat"), "eaten"] == pytest.approx(12)
    assert found.change["benefit"].to_dict() == pytest.approx({"A": 2.25 + 6, "B": -9.0 - 1.2})


def test_a_need_counts_what_exchanges_bring_and_takes_its_own_word_before_theirs() -> None:
    """A sends 12 kt of wheat to B and C, 6 each: A has 30 to grow for 18, C 4 for 10, B as it says itself, and none without the exchange."""
    swap = {"id": "swap", "kind": "exchange", "party": ["B", "C"], "to": "A", "release": {"at": "c", "value": 1},
            "food": {"tonnes": 12000, "goods": "wheat", "months": [4], "crop": "wheat"}}  # fmt: skip
    needs = [{"id": f"bread_{party}", "kind": "food_need", "grown_by": party, "crop": "wheat", "tonnes": tonnes, **more}
             for party, tonnes, more in (("A", 18000, {}), ("B", 9000, {"imported": 1000}), ("C", 10000, {}))]  # fmt: skip
    clauses = read_clauses(json.dumps([swap, *needs]))
    assert [need.home for need in with_food_exchanged(clauses) if isinstance(need, FoodNeed)] == [30, 8, 4]
    assert with_food_exchanged(clauses[1:]) == list(clauses[1:])
