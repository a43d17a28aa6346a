"""Joint works by hand: what a lining, a turbine, a dam and a gauge yield, to whom, and when their cost pays."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pytest

from tests.commands import TWO_PARTY, call
from tests.drafts import Draft, draft, user
from waterdeal.documents import toml_text
from waterdeal.errors import InputError
from waterdeal.reports import as_text
from waterdeal.reports.document import answer
from waterdeal.reports.works import works_tables
from waterdeal.run import Case, load, make_case
from waterdeal.studies.works import Weighed, weigh_works
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    from pathlib import Path

DAY = 0.0864
LINING = {"title": {"en": "Lining"}, "cost": 30, "years": 10, "tables": {"links": [{"link": "gate", "efficiency": 0.8}]}}
#: 90 hm3 come in three days, and 60 are wanted on the last of them
LAST = {"period": {"start": "2026-04-01", "end": "2026-04-04", "step": "day"}}


def river(**changes: Any) -> Draft:
    """A spring of A brings 90 hm3 in three days; a canal of B loses half of what it takes to fields that want 60."""
    return draft(
        "spring catchment A; fork junction A; fields canal B; sea outlet B",
        "head spring fork; gate fork fields canal; past fork sea",
        runoff={"spring": 30 / DAY},
        links={"gate": {"efficiency": 0.5}},
        **user("grain", "fields", 20 / DAY, party="B"),
        **changes,
    )


def written(folder: Path, content: dict[str, Any], *clauses: dict[str, Any], of: Draft | None = None) -> Case:
    """Write a scenario with an agreement, and read it."""
    one = of or river()
    agreement = {"schema": "waterdeal/agreement@1", "agreement": {"id": "deal"}, "clause": list(clauses)}
    (folder / "deal.toml").write_text(toml_text(agreement), encoding="utf-8")
    more = {"agreements": ["deal.toml"]} if clauses else {}
    scenario = {**one.content, "schema": "waterdeal/scenario@1", **more, **content}
    (folder / "scenario.toml").write_text(toml_text(scenario), encoding="utf-8")
    return load(folder / "scenario.toml", basin=one.basin())


def weigh(work: dict[str, Any], of: Draft | None = None, **content: Any) -> Weighed:
    """Weigh one work on a river."""
    one = of or river()
    (found,) = weigh_works(make_case({**one.content, **content, "work": {"it": work}}, one.basin()))
    return found


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Weighed]:
    """The lining where a m3 of grain is worth 0.2 USD, and A bears a quarter of the cost."""
    worth = {"benefit": {"grain": {"kind": "table", "points": [[0, 0], [100, 20]]}}, "objective": {"levels": ["irrigation", "benefit"]}}
    shares = {"id": "who", "kind": "cost_share", "work": "lining", "shares": {"A": 0.25, "B": 0.75}}
    case = written(tmp_path_factory.mktemp("works"), {"work": {"lining": LINING}, **worth}, shares)
    (found,) = weigh_works(case)
    return case, found


def test_a_lining_saves_and_pays(priced: tuple[Case, Weighed]) -> None:
    """Of 90 taken 45 arrive, then 60 of 75: B gets 15 more, loses 30 less, and is 3 richer; it breaks even at 4 a year for three quarters."""
    _, found = priced
    gains, lines = found.gains, found.by_party()
    assert gains.loc["B", ["delivery", "shortage", "lost", "benefit"]].tolist() == pytest.approx([15, 15, 30, 3])
    assert gains.loc["B", "outflow"] == pytest.approx(15)
    assert gains.loc["A"].abs().max() == 0
    assert lines.loc["A", ["paid", "gain", "net", "break_even"]].tolist() == pytest.approx([0.75, 0, -0.75, 0])
    assert lines.loc["B", ["paid", "gain", "net", "break_even"]].tolist() == pytest.approx([2.25, 3, 0.75, 4])
    assert lines.loc["B", "cost_hm3"] == pytest.approx(2.25 / 15)
    assert found.of_all()["break_even"] == pytest.approx(3)  # all together gain just what it costs
    assert found.of_all()["cost_saved"] == pytest.approx(3 / 30)


@pytest.mark.thorough
def test_the_break_even_is_a_cost_at_which_a_party_gains_nothing(priced: tuple[Case, Weighed]) -> None:
    """At that yearly cost, shared as agreed, what it pays is what it gains."""
    case, found = priced
    (at,) = weigh_works(case.set({"work.lining.cost": 10 * float(found.break_even["B"])}))
    assert at.by_party().loc["B", "net"] == pytest.approx(0, abs=1e-9)


def test_it_is_told_in_four_languages(priced: tuple[Case, Weighed]) -> None:
    """Figures of each party, with its share; nothing is said to have no price."""
    case, plain = priced
    found = replace(plain, works={"lining": plain.works["lining"].model_copy(update={"source": "guess of 2 to 4"})})
    for language in LANGUAGES:
        text, words = as_text.told(answer("works", language, works_tables([found], case.inputs, language))), Words(language)
        assert words.text("works.priced") in text
        assert words.text("works.unshared", names="lining") not in text
        assert words.number(-0.75, 3) in text
        assert f"{words.text('status.assumed')}: guess of 2 to 4." in text


@pytest.mark.thorough
def test_without_a_price_it_is_told_what_one_more_costs() -> None:
    """15 hm3 more for 3 a year: 0.2 USD a m3; who bears it is not said, so neither is what a party pays."""
    found = weigh(LINING)
    assert not found.money
    assert found.of_all()["cost_hm3"] == pytest.approx(0.2)
    assert np.isnan(found.of_all()["gain"])
    assert found.by_party()["paid"].isna().all()


def test_a_turbine_yields_energy() -> None:
    """Turbines that take 20 hm3 a day of 25 get to take all: 15 hm3 more at 0.4 GWh each, at a yearly 0.6: 0.1 USD a kWh."""
    plant = {"plant": "works", "link": "past", "party": "A", "energy_gwh_per_hm3": 0.4, "turbine_max_m3s": 20 / DAY}
    one = draft("spring catchment A; sea outlet B", "past spring sea", runoff={"spring": 25 / DAY}, plants=[plant])
    found = weigh({"yearly": 0.6, "tables": {"plants": [{"plant": "works", "turbine_max_m3s": 30 / DAY}]}}, one)
    assert found.gains.loc["A", "energy"] == pytest.approx(6)
    assert found.of_all()["cost_gwh"] == pytest.approx(0.1)


def test_a_dam_keeps_water() -> None:
    """A junction becomes a reservoir of 50, empty at the start: 40 of what ran past on two days serve the 70 of the third."""
    wanted = {"requirement": {"rate_by_step": {"grain": {"2026-04-01": 0, "2026-04-02": 0, "2026-04-03": 70 / DAY}}}}
    dam = {
        "cost": 100, "years": 50, "interest": 0.05,
        "tables": {
            "nodes": [{"node": "fork", "kind": "reservoir"}],
            "reservoirs": [{"reservoir": "fork", "dead_hm3": 0, "full_hm3": 50, "evaporation": "none"}],
            "curves": [{"reservoir": "fork", "level_m": level, "volume_hm3": 5 * level, "area_km2": 5} for level in (0, 10)],
            "links": [{"link": "gate", "efficiency": 1}],
        },
        "scenario": {"reservoir": {"fork": {"initial": 0, "terminal": {"rule": "free"}}}},
    }  # fmt: skip
    found = weigh(dam, **LAST, **wanted)
    assert found.gains.loc["B", "delivery"] == pytest.approx(70 - 15)
    assert found.a_year == pytest.approx(100 * 0.05 / (1 - 1.05**-50))


@pytest.mark.thorough
def test_a_gauge_shows_what_is_missing(tmp_path: Path) -> None:
    """Of 30 promised to B 5 % may be missing unseen, with the gauge 1 %: 1.2 less. No flow changes."""
    least = {"id": "least", "kind": "min_volume", "at": "past", "value": 30, "to": ["B"], "measured": [{"gauge": "past", "tolerance": 0.05}]}
    gauge = {"yearly": 0.1, "scenario": {"agreement": {"least": {"measured": [{"gauge": "past", "tolerance": 0.01}]}}}}
    (found,) = weigh_works(written(tmp_path, {"work": {"gauge": gauge}}, least))
    assert found.gains.loc["B", "unseen"] == pytest.approx(1.2)
    assert found.gains.drop(columns="unseen").abs().to_numpy().max() == 0


@pytest.mark.thorough
def test_a_plan_has_the_works_that_are_built() -> None:
    """Switched by one key, there and back; its inputs say where its figures come from, and all together is not one by one."""
    one, second = river(), {"yearly": 1, "tables": {"links": [{"link": "gate", "capacity_m3s": 10 / DAY}]}}
    case = make_case({**one.content, "work": {"lining": LINING, "narrow": second}}, one.basin())
    lined = case.set("work.lining.built", True)
    assert lined.inputs["loss_fraction"].sel(link="gate").values.max() == pytest.approx(0.2)
    assert ("work_lining", "assumed") in [(row["source"], row["status"]) for row in lined.basin.rows("provenance")]
    assert lined.set("work.lining.built", False).inputs.equals(case.inputs)
    found = weigh_works(case)
    assert [list(each.works) for each in found] == [["lining"], ["narrow"], ["lining", "narrow"]]
    assert [float(each.gains["delivery"].sum()) for each in found] == pytest.approx([15, -30, 24 - 45])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cost": 0, "years": None}, "costs nothing"),
        ({"years": None}, "go together"),
        ({"tables": {}}, "Say what the work changes"),
        ({"tables": {"hydrology": [{"node": "spring", "month": 4, "runoff_m3s": 900}]}}, "may not change hydrology"),
        ({"scenario": {"hydrology": {"factor": 2}}}, "may not change hydrology"),
        ({"scenario": {"reservoir": {"dam": {"initial": 900}}}}, "fills dam, which it does not build"),
        ({"tables": {"links": [{"link": "gat", "efficiency": 0.8}]}}, "Did you mean "),
        ({"tables": {"links": [{"link": "gate", "efficiency": 1.2}]}}, "1.2 is out of range"),
        ({"tables": {"links": [{"link": "gate", "eficiency": 0.8}]}}, "not a column"),
    ],
)  # fmt: skip
def test_a_work_that_cannot_be_is_one_clear_error(change: dict[str, Any], told: str) -> None:
    """Above all one that costs nothing, and one that brings water from nowhere."""
    work = {key: value for key, value in {**LINING, "built": True, **change}.items() if value is not None}
    with pytest.raises(InputError) as error:
        make_case({**river().content, "work": {"lining": work}}, river().basin())
    (problem,) = error.value.problems
    assert told in str(problem)
    assert problem.field.startswith("work.lining")


def test_who_is_asked_for_what_is_not_there(tmp_path: Path) -> None:
    """No works, a work by a wrong name, and a cost shared of none."""
    one = river()
    bare, lined = (make_case({**one.content, "work": works}, one.basin()) for works in ({}, {"lining": LINING}))
    shared = written(tmp_path, {"work": {"lining": LINING}}, {"id": "who", "kind": "cost_share", "work": "linning", "shares": {"A": 1.0}})
    for case, names, told in ((bare, (), "has no works"), (lined, ("linin",), "Did you mean"), (shared, (), "no work linning")):
        with pytest.raises(InputError, match=told):
            weigh_works(case, names)


@pytest.mark.thorough
def test_the_command_prints_and_writes(tmp_path: Path) -> None:
    """On the terminal, as JSON, in a workbook and in tables; the clause of shares is followed, not held."""
    work = 'work.lining={ yearly = 1.0, tables = { links = [{ link = "fields_head", efficiency = 1.0 }] } }'
    out = tmp_path / "out"
    code, text, log = call("study", "works", TWO_PARTY / "dry.toml", "--set", work, "-o", out, "--lang", "kk")
    assert code == 0, log
    assert Words("kk").text("works.unshared", names="lining") in text
    assert [sheet.title for sheet in openpyxl.load_workbook(out / "study.kk.xlsx").worksheets][:2] == ["Жұмыстар", "Жұмыстар құны"]
    told = call("study", "works", TWO_PARTY / "dry.toml", "--set", work, "--json").json
    assert told["works"] == json.loads((out / "works.json").read_text(encoding="utf-8"))["works"]
