"""A season planned with a look-ahead: what the next season needs is kept, no promise of the season gives way, and nothing is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr

from tests.drafts import Draft, draft, user
from waterdeal.errors import Infeasible, ScenarioError
from waterdeal.examples import monthly, two_party
from waterdeal.lp.options import SolveOptions
from waterdeal.provenance import run_hash
from waterdeal.report.text import summary_text
from waterdeal.results.audit import audit
from waterdeal.results.lookahead import BEYOND
from waterdeal.results.store import read_results, to_bytes
from waterdeal.run import make_case, solve_inputs

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
    results = _solved(replace(river, tables=tables, content={**river.content, "hydrology": {"year_class": "exceeded_90"}}))
    assert _end(results) == pytest.approx(0, abs=1e-6)
    assert json.loads(results.attrs["lookahead"])["year_class"] is None


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
    plan = case.solve().dataset
    (told,) = case.beside(plan).values()
    assert json.loads(told)["could"]["dam"] == pytest.approx(kept - (rule == "free") * float(plan["storage"][0, -1]), abs=1e-3)
    assert "could be kept" in summary_text(plan.assign_attrs(lookahead_kept=told), "en")
