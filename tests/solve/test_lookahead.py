"""A season planned with a look-ahead: what the next season needs is kept, no promise of the season gives way, and nothing is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr

from tests.drafts import Draft, draft, user
from tests.thorough import diagonal
from waterdeal.ask.prices import Pricer
from waterdeal.ask.reasons import find_reason
from waterdeal.ask.targets import find_target
from waterdeal.errors import Infeasible, ScenarioError
from waterdeal.examples import monthly, syrdarya, two_party
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.provenance import KEPT, run_hash
from waterdeal.reports.text import summary_text
from waterdeal.results.anew import Water
from waterdeal.results.anew_ahead import ahead_gaps
from waterdeal.results.audit import audit
from waterdeal.results.lines import with_lines
from waterdeal.results.lookahead import BEYOND, shifted
from waterdeal.results.result import Result
from waterdeal.results.store import read_results, to_bytes
from waterdeal.run import make_case, solve_inputs
from waterdeal.scenario.doubts import doubts
from waterdeal.scenario.locate import bundled_folder
from waterdeal.scenario.read import read_scenario
from waterdeal.solve import publish
from waterdeal.tracking.remainder import remaining_inputs
from waterdeal.variables import vocabulary

if TYPE_CHECKING:
    from pathlib import Path

#: three days of April, before a May of 31
SEASON = {"start": "2026-04-28", "end": "2026-05-01", "step": "day"}
AHEAD = {"until": "2026-06-01"}
#: hm3 of a rate of 50 m3/s over the three days, and over May
NOW, LATER = 3 * 4.32, 31 * 4.32
LEVELS = ("safety", "drinking", "agreement", "irrigation", "evenness", "lookahead", "benefit", "smoothness")


def _dam(rate: float = 50, worth: tuple[float, float] = (2, 1), ahead: dict[str, Any] | None = AHEAD, **scenario: Any) -> Draft:
    """A dam of 1,000 hm3 with no inflow, a plant and a user below it; worth of a GWh in the season and after it."""
    value = [1.0] * 12
    value[3], value[4] = worth
    content = {"period": SEASON, "energy": {"value": value}, **({} if ahead is None else {"lookahead": ahead}), **scenario}
    return draft(
        "spring catchment; dam reservoir; fork junction; sea outlet",
        "head spring dam; out dam fork; low fork sea",
        plants=[{"plant": "works", "link": "out", "party": "A", "energy_gwh_per_hm3": 0.25, "turbine_max_m3s": 1e5}],
        **user("fields", "fork", rate),
        scenario=content,
    )


def _solved(river: Draft) -> xr.Dataset:
    """Plan, replay and audit."""
    results = solve_inputs(river.inputs(), [level for level in LEVELS if level != "lookahead" or _looks(river)], SolveOptions())
    audit(results).raise_if_bad()
    return results


def _looks(river: Draft) -> bool:
    return "lookahead" in river.content


def _end(results: xr.Dataset, body: str = "dam") -> float:
    return float(results["storage"].sel(reservoir=body).values[-1])


def test_emptied_without_and_not_with() -> None:
    """Energy is worth more now than later: without look-ahead the dam is emptied, with it what the fields need in May is left."""
    assert _end(_solved(_dam(ahead=None))) == pytest.approx(0, abs=1e-6)
    assert _end(_solved(_dam())) == pytest.approx(LATER, abs=1e-6)


def test_energy_goes_where_it_is_worth_more() -> None:
    """Energy is worth more later: all that the season's fields do not need stays."""
    assert _end(_solved(_dam(worth=(1, 2)))) == pytest.approx(1000 - NOW, abs=1e-6)


def test_a_least_is_proven_of_the_season_s_own_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """A true worth that is 4e-4 off is the same beside 497 of season and look-ahead, not beside the 3.2 of the season that is published."""
    exact = publish.true_benefit
    monkeypatch.setattr(publish, "true_benefit", lambda found, level: exact(found, level) - 4e-4)
    results = _solved(_dam(worth=(1, 2)))
    told = Result(results).by_level()
    assert told.loc["benefit", "value"] == pytest.approx(-0.25 * NOW + 4e-4, abs=1e-6)
    assert told.loc["benefit", "within"] is None
    assert told["within"].drop("benefit").all()


def test_season_comes_first() -> None:
    """A season that needs all of the water gets it, whatever the next one misses."""
    results = _solved(_dam(rate=5000))
    assert float(results["delivery"].sum()) == pytest.approx(1000, abs=1e-6)
    missing = 31 * 432.0
    steps = [share * missing * weight for share, weight in zip((0.1, 0.2, 0.7), (1, 3, 10), strict=True)]
    assert json.loads(results.attrs["levels"])["lookahead"] == pytest.approx(sum(steps))


def test_terminal_rule_stays_hard() -> None:
    """An explicit rule holds at the end of the season; where it asks for more than the next season needs, the plan is the same."""
    rule = {"reservoir": {"dam": {"initial": 1000, "terminal": {"rule": "at_least", "storage": 500}}}}
    plans = [_solved(_dam(ahead=ahead, **rule)) for ahead in (None, AHEAD)]
    assert [_end(plan) for plan in plans] == pytest.approx([500, 500], abs=1e-6)
    np.testing.assert_allclose(plans[0]["delivery"], plans[1]["delivery"], atol=1e-6)


def test_water_on_its_way_comes_later() -> None:
    """What is in a reach of two days at the end comes in May: of the need of the next season so much less is kept in the dam."""
    tables = _dam().tables
    links = [{**row, **({"travel_time_days": 2.0} if row["link"] == "out" else {})} for row in tables["links"]]
    river = replace(_dam(), tables={**tables, "links": links, "past_flows": monthly("link", "out", "flow_m3s", [50])})
    results = _solved(river)
    on_its_way = float(results["transit_final"].sum())
    assert on_its_way > 1
    assert float(results["lookahead_delivery"].sum()) == pytest.approx(LATER)
    assert _end(results) == pytest.approx(max(LATER - on_its_way, 0.0), abs=1e-6)


def _impossible(kind: str) -> Draft:
    """A season with a plan, before a May that has none: a dam below its dead storage, one that overflows, one that dries."""
    river = _dam()
    if kind == "dry":
        curve = [{"reservoir": "dam", "level_m": 0, "volume_hm3": 0, "area_km2": 1500}]
        curve.append({"reservoir": "dam", "level_m": 1.29, "volume_hm3": 2000, "area_km2": 1600})
        evaporation = monthly("reservoir", "dam", "depth_mm", [0, 0, 0, 0, 1000, 0, 0, 0, 0, 0, 0, 0])
        bodies = [{"reservoir": "dam", "dead_hm3": 0, "full_hm3": 2000, "evaporation": "from_area"}]
        return replace(river, tables={**river.tables, "reservoirs": bodies, "curves": curve, "evaporation": evaporation})
    if kind == "flood":
        links = [{**row, "capacity_m3s": 100} for row in river.tables["links"]]
        water = monthly("node", "spring", "runoff_m3s", [0, 0, 0, 0, 5000, 0, 0, 0, 0, 0, 0, 0], year_class="mean")
        return replace(river, tables={**river.tables, "links": links, "hydrology": water})
    rows = [{"reservoir": "dam", "month": month, "storage_min_hm3": 1900 if month == 5 else 0} for month in range(1, 13)]
    return replace(river, tables={**river.tables, "reservoir_months": rows})


@pytest.mark.parametrize("kind", ["dry", "flood", "dead"])
def test_next_season_without_a_plan_refuses_nothing(kind: str) -> None:
    """What the next season cannot keep is told in its own columns; the season has its plan."""
    results = _solved(_impossible(kind))
    column = "lookahead_excess" if kind == "flood" else "lookahead_lacking"
    assert float(results[column].sum()) > 1
    assert float(results["shortage"].sum()) == pytest.approx(0, abs=1e-6)


def test_conflict_is_the_season_s() -> None:
    """A season without a plan has none with a look-ahead either, and nothing of it is named."""
    promise = {"id": "more", "kind": "min_volume", "at": "low", "value": 1500}
    told = []
    for ahead in (None, AHEAD):
        case = make_case(_dam(ahead=ahead).content, _dam().basin())
        inputs = _dam(ahead=ahead).with_clauses(promise).inputs()
        with pytest.raises(Infeasible) as caught:
            solve_inputs(inputs, case.levels, SolveOptions())
        assert "lookahead" not in str(caught.value)
        assert not any(family.startswith("lookahead") for family, _ in caught.value.conflict)
        told.append(str(caught.value))
    assert told[0] == told[1]


def test_levels_are_of_the_season() -> None:
    """The benefit printed is the energy of the season; what the look-ahead brings stands apart, and they make the level that was solved."""
    results = _solved(_dam())
    assert json.loads(results.attrs["levels"])["benefit"] == pytest.approx(-2 * 0.25 * float(results["turbine_flow"].sum()))
    later = float(results["lookahead_turbine_flow"].sum())
    assert json.loads(results.attrs[BEYOND])["benefit"] == pytest.approx(-0.25 * later)
    assert later == pytest.approx(LATER)


def test_group_of_its_own(tmp_path: Path) -> None:
    """The file holds the look-ahead in a group; whoever opens the plan plainly sees none of it, and it is read back whole."""
    results = two_party(lookahead={}).solve().dataset
    file = tmp_path / "plan.nc"
    file.write_bytes(to_bytes(results))
    with xr.open_dataset(file, engine="h5netcdf") as plain:
        assert not [name for name in plain.variables if "lookahead" in str(name)]
        assert plain.sizes["time"] == 18
    with xr.open_dataset(file, engine="h5netcdf", group="lookahead") as ahead:
        np.testing.assert_array_equal(ahead["storage"].values, results["lookahead_storage"].values)
        assert ahead["step"].values.tolist() == [f"2026-{month}" for month in (10, 11, 12)] + [f"2027-0{month}" for month in (1, 2, 3)]
    xr.testing.assert_equal(read_results(file), results)


@pytest.mark.parametrize("more", [5.0, -5.0])
def test_another_end_of_the_season_moves_the_look_ahead(more: float) -> None:
    """Where the true season ends with more or less water than planned, half of a month's evaporation less, the look-ahead says so."""
    results = two_party(lookahead={}).solve().dataset
    assert float(results["lookahead_evaporation_share"][0, 0]) > 0
    later = results["storage"].copy(deep=True)
    later[0, -1] += more
    moved = {name: results[name].copy(data=values) for name, values in shifted(results, later.values).items()}
    gaps = dict(row[:2] for row in ahead_gaps(Water(results.assign(storage=later, **moved))))
    assert gaps["look-ahead: node"].max() < 1e-9
    told = float((moved["lookahead_excess"] - moved["lookahead_lacking"]).sum())
    assert told == pytest.approx(more * (1 - float(results["lookahead_evaporation_share"][0, 0]) / 2))
    assert dict(row[:2] for row in ahead_gaps(Water(results.assign(storage=later))))["look-ahead: node"].max() == pytest.approx(abs(told))


def test_a_changed_figure_of_the_look_ahead_is_found() -> None:
    """Each of its results has a balance or a bound of its own in the audit."""
    results = two_party(lookahead={}).solve().dataset
    assert audit(results).passed
    for name, row in vocabulary().items():
        if name.startswith("lookahead_") and row.stage == "result":
            values = results[name].values.copy()
            values.flat[values.size // 2] += 0.01
            found = audit(results.assign({name: results[name].copy(data=values)}))
            assert [check.name for check in found.checks if not check.passed and "look-ahead" in check.name], name


def test_hash_is_of_what_is_looked_at() -> None:
    """Without the key nothing is in the inputs; with it the run's hash is another, and another for each class of year."""
    bare, mean, wet = (two_party(**more).inputs for more in ({}, {"lookahead": {}}, {"lookahead": {"year_class": "exceeded_10"}}))
    assert not [name for name in (*bare.variables, *bare.attrs) if "lookahead" in str(name)]
    assert len({run_hash(inputs, (), "") for inputs in (bare, mean, wet)}) == 3


def test_what_the_next_season_is() -> None:
    """It runs to the end of the season after that of the last step, at the mean; towns and fields require what the tables say."""
    inputs = two_party(lookahead={}, requirement={"factor": 0.5}, hydrology={"year_class": "exceeded_90", "factor": 0.3}).inputs
    assert json.loads(inputs.attrs["lookahead"]) == {"year_class": "mean", "until": "2027-04-01"}
    october = inputs.sel(lookahead_step="2026-10")
    assert float(october["lookahead_runoff"].sel(node="headwater")) == pytest.approx(30 * 1.02 * 31 * 0.0864, rel=0.05)
    assert october["lookahead_requirement"].sel(demand=["town", "fields"]).values == pytest.approx([3 * 2.6784, 10 * 2.6784])
    middle = two_party(lookahead={}, period={"start": "2026-04-01", "end": "2026-05-11", "step": "dekad"}, entitlement={})
    assert json.loads(middle.inputs.attrs["lookahead"])["until"] == "2027-04-01"
    assert middle.inputs["lookahead_step_length"].values[:2].tolist() == [21, 30]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"lookahead": {"year_class": "exceeded_01"}}, "lookahead.year_class"),
        ({"lookahead": {"until": date(2026, 9, 1)}}, "lookahead.until"),
        ({"lookahead": {"until": date(2030, 9, 1)}}, "lookahead.until"),
        ({"lookahead": {}, "objective": {"levels": ["irrigation", "benefit", "lookahead"]}}, "lookahead"),
    ],
)
def test_refused(content: dict[str, Any], field: str) -> None:
    """A class of year that the basin has not, an end before that of the season or years away, a level below what counts it."""
    with pytest.raises(ScenarioError, match=field):
        two_party(**content)


def test_left_out_where_nothing_is_expected() -> None:
    """A basin without a mean or a median year has no look-ahead; the plan is that without it, and tells so."""
    river = _dam()
    tables = {**river.tables, "hydrology": [{**row, "year_class": "exceeded_90"} for row in river.tables["hydrology"]]}
    bare = replace(river, tables=tables, content={**river.content, "hydrology": {"year_class": "exceeded_90"}})
    results = _solved(bare)
    assert _end(results) == pytest.approx(0, abs=1e-6)
    assert json.loads(results.attrs["lookahead"])["year_class"] is None
    assert "left out" in summary_text(results, "en")
    found = doubts(bare.basin(), bare.scenario(), bare.inputs(), "draft.toml")
    assert [problem.field for problem in found if problem.field == "lookahead"]


BODIES = ("toktogul", "andijan", "kayrakkum", "charvak", "akhangaran", "tuyabuguz", "shardara", "koksarai", "bugun")


def _free_ends(name: str, without: tuple[str, ...]) -> xr.Dataset:
    """Plan of a bundled season with no terminal rule and without some levels; without that of the look-ahead it has none."""
    case = syrdarya(name).set({f"reservoir.{body}.terminal": {"rule": "free"} for body in BODIES})
    left = [str(name) for name in case.inputs.variables if "lookahead" in without and str(name).startswith("lookahead_")]
    return solve_inputs(case.inputs.drop_vars(left), [level for level in case.levels if level not in without], case.options)


@pytest.mark.thorough
def test_bundled_median_season_keeps_its_water() -> None:
    """With all ends free and releases that may jump Toktogul is emptied without look-ahead; with it winter has water, and users have the same.

    Releases that may not jump do not empty it either way.
    """
    run = ("operation", "given")
    bare, ahead = (_free_ends("growing-median", without) for without in ((*run, "lookahead"), run))
    assert _end(bare, "toktogul") == pytest.approx(5500, abs=1)
    assert _end(ahead, "toktogul") > 8000
    assert _end(_free_ends("growing-median", ("lookahead",)), "toktogul") > 8000
    np.testing.assert_allclose(ahead["delivery"].sum("time"), bare["delivery"].sum("time"), atol=0.5)
    levels = [json.loads(plan.attrs["levels"]) for plan in (bare, ahead)]
    for level in ("irrigation", "environment", "entitlement", "evenness"):
        assert levels[1][level] == pytest.approx(levels[0][level], rel=1e-6, abs=1e-5)
    last = ahead["storage"].sel(reservoir=["toktogul", "shardara"]).values[:, -3:]
    assert np.abs(np.diff(last, axis=1)).max() < 250  # nothing swings in the last two dekads


SEASONS = ("growing-dry", "growing-median", "growing-wet", "growing-aral", "growing-fields", "non-growing-2025-26", "water-year-2025-26")


@pytest.mark.parametrize("name", diagonal(SEASONS))
@pytest.mark.parametrize("body", ["toktogul", "shardara"])
def test_bundled_seasons_do_not_swing_at_the_end(name: str, body: str) -> None:
    """In the last two steps a storage changes no faster than it did in the season, and not up and down."""
    change = np.diff(_bundled(name)["storage"].sel(reservoir=body).values)
    last, before = change[-2:], change[:-2]
    assert np.abs(last).max() <= np.abs(before).max() * 1.05
    assert last.min() * last.max() >= 0 or np.abs(last).min() < 30


@cache
def _bundled(name: str) -> xr.Dataset:
    """Plan of a bundled season."""
    return syrdarya(name).solve().dataset


def test_bundled_seasons_look_ahead() -> None:
    """Every bundled season says that it looks ahead, and on which year."""
    for file in sorted(bundled_folder("scenarios").glob("syrdarya-*.toml")):
        assert read_scenario(file).scenario.lookahead is not None, file.name


def test_told_in_a_line() -> None:
    """A run tells what is kept and what the next season would miss after either plan; by hand for one dam."""
    case = make_case(_dam(objective={"levels": list(LEVELS)}).content, _dam().basin())
    solved = case.solve()
    results, told = solved.dataset, json.loads(case.beside(solved, [KEPT])[KEPT])
    assert told["kept"] == {"dam": pytest.approx(LATER)}
    steps = [share * LATER * weight for share, weight in zip((0.1, 0.2, 0.7), (1, 3, 10), strict=True)]
    assert (told["missing"], told["missing_without"]) == (pytest.approx(0, abs=1e-6), pytest.approx(sum(steps)))
    results.attrs[KEPT] = json.dumps(told)
    for language, words in (("en", "Storage kept for the next season: +133.9"), ("ru", "+133,9"), ("kk", "+133,9"), ("uz", "+133,9")):
        assert words in summary_text(results, language).replace("\n", " ")
    bare = _solved(_dam(ahead=None))
    assert "No look-ahead" in summary_text(bare, "en")


@pytest.mark.parametrize(("water", "due", "taken"), [(32, 20, 12), (40, 20, 15), (12, 12, None)])
def test_the_next_season_keeps_its_hands_off(water: float, due: float, taken: float | None) -> None:
    """Fields that want 15 m3/s after the horizon take what is above the lesser of 20 and the natural flow, which asks for no stored water."""
    river = draft(
        "spring catchment; fork junction; sea outlet",
        "melt spring fork; tail fork sea",
        runoff={"spring": water},
        flow_requirements=monthly("flow_requirement", "least", "flow_m3s", [20], link="tail", kind="hands_off"),
        **user("fields", "fork", 15),
        scenario={"period": {"start": "2026-04-01", "end": "2026-04-03", "step": "day"}, "lookahead": AHEAD},
    )
    inputs = river.inputs()
    plan, seconds = solve_inputs(inputs, ("irrigation", "lookahead"), SolveOptions()), inputs["lookahead_step_length"].values * 0.0864
    audit(plan).raise_if_bad()
    assert inputs["lookahead_flow_minimum"].sel(link="tail").values / seconds == pytest.approx(np.full(len(seconds), due))
    assert taken is None or plan["lookahead_delivery"].values[0] / seconds == pytest.approx(np.full(len(seconds), taken), abs=1e-6)


def test_questions_name_the_season_alone() -> None:
    """What refuses a larger delivery, and what lifts it, is of the season; one more hm3 in store saves what it saved without look-ahead."""
    told = []
    for ahead in (None, AHEAD):
        river = _dam(rate=5000, ahead=ahead)
        inputs, levels = river.inputs(), [level for level in LEVELS if level != "lookahead" or ahead]
        results, program = solve_inputs(inputs, levels, SolveOptions()), compile_model(build_model(inputs))
        reason = find_reason(program, inputs, results, levels, ("fields", range(3)), SolveOptions())
        named = [*(one.family for one in reason.involved), *(lift.family for lift in (*reason.lifts, *reason.together)), *reason.levels]
        assert named
        assert not [family for family in named if family.startswith("lookahead")]
        price = Pricer(program, levels, SolveOptions()).price(find_target(program, "storage_initial:dam", inputs), ladder=False)
        told.append((price.more.level, price.more.worth))
    assert told[0] == told[1]


@pytest.mark.parametrize(("rule", "kept"), [("free", 500 + 35 * 0.0864 * 153), ("as_start", 35 * 0.0864 * 153)])
def test_water_that_nobody_needs_could_be_kept(rule: str, kept: float) -> None:
    """Forty m3/s come, five are asked for: all the rest could stay in the dam; it is told where neither end nor look-ahead asks for it."""
    river = draft(
        "spring catchment; dam reservoir; mouth junction; sea outlet",
        "a spring dam; b dam mouth; c mouth sea",
        runoff={"spring": 40},
        reservoirs={"dam": {"full_hm3": 1000}},
        scenario={
            "period": {"start": "2026-04-01", "end": "2026-09-01", "step": "month"},
            "reservoir": {"dam": {"initial": 500, "terminal": {"rule": rule}}},
        },
        **user("fields", "mouth", 5),
    )
    case = make_case(river.content, river.basin())
    solved = case.solve()
    plan, (told,) = solved.dataset, case.beside(solved).values()
    assert json.loads(told)["could"]["dam"] == pytest.approx(kept - (rule == "free") * float(plan["storage"][0, -1]), abs=1e-3)
    assert "could be kept" in summary_text(plan.assign_attrs(lookahead_kept=told), "en")


@pytest.mark.parametrize("count", [1, 2])
def test_rest_of_a_season_looks_at_the_same_river(count: int) -> None:
    """Planned anew from its own past, the rest leaves the next season the same water: in store, in reaches and in return flows."""
    river = draft(
        "spring catchment; dam reservoir; fork junction; sea outlet",
        "head spring dam; out dam fork; low fork sea",
        runoff={"spring": 100},
        plants=[{"plant": "works", "link": "low", "party": "A", "energy_gwh_per_hm3": 0.25, "turbine_max_m3s": 1e5}],
        **user("fields", "dam", 80, return_fraction=0.5, return_node="fork", return_delay_days=20),
        scenario={"period": {"start": "2026-04-01", "end": "2026-05-01", "step": "dekad"}, "lookahead": AHEAD},
    )
    levels, inputs = ("irrigation", "lookahead", "benefit"), river.inputs()
    plan = solve_inputs(inputs, levels, SolveOptions())
    past = remaining_inputs(with_lines(inputs, plan), plan, count)
    assert (float(past["lookahead_return_past"].sum()) > 1) == (count == 2)  # of the second dekad half comes in May
    rest = solve_inputs(past, levels, SolveOptions())
    audit(rest).raise_if_bad()
    beyond = [sum(json.loads(found.attrs[name])["benefit"] for name in (BEYOND, "levels")) for found in (rest, plan)]
    made = 0.25 * float(plan["turbine_flow"].values[:, :count].sum())
    assert beyond[0] == pytest.approx(beyond[1] + made, rel=1e-9)
