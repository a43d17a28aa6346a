"""What adds up is counted once, and in its own period: every kind that does, on every kind of season, over several years."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.agreement.kinds import CASES, river
from tests.agreement.slacks import same_slacks
from tests.drafts import read_clauses
from tests.thorough import diagonal
from waterdeal.agreement.clause import first_month
from waterdeal.agreement.forms import clause_readings, clause_rows
from waterdeal.agreement.inputs import clauses_of
from waterdeal.agreement.river import Flows, River
from waterdeal.errors import AgreementError
from waterdeal.scenario.doubts import doubts
from waterdeal.scenario.inputs import make_inputs

if TYPE_CHECKING:
    import xarray as xr

SPLIT = {"kind": "threshold_share", "at": "head", "base": "LOW", "shares": {"LOW": 0.3, "UP": 0.7}, "takes": {"UP": {"at": "gate"}}}
SCALE = {"kind": "sliding_scale", "at": "down", "points": [[0, 10], [300, 80]], "beyond": "along"}
#: clauses that add up over their period, without a period
ADDING: dict[str, dict[str, Any]] = {
    "min_volume": {"kind": "min_volume", "at": "down", "value": 60},
    "max_volume": {"kind": "max_volume", "limit_of": "LOW", "value": 60},
    "min_supply_ratio": {"kind": "min_supply_ratio", "supply_of": "LOW", "value": 0.5, "each": "period"},
    "share_of_flow": {"kind": "share_of_flow", "of": "head", "takes": {"demands": ["town", "fields"]}, "value": 0.3},
    "equal_ratio": {"kind": "equal_ratio", "among": ["UP", "LOW"], "within": 0.1},
    "threshold_share": {**SPLIT, "threshold": 90},
    "scale_of_flow": {**SCALE, "index": {"flow": "down"}},
    "scale_of_forecast": {**SCALE, "index": {"known": 50}},
    "energy_min": {"kind": "energy_min", "energy_of": "UP", "value": 30},
}
#: first and last of the growing season, and the period of the clauses
SEASONS = [
    (growing, {"season": season})
    for growing in (((4, 1), (10, 1)), ((6, 1), (10, 1)), ((10, 1), (4, 1)), ((11, 1), (3, 1)))
    for season in ("growing", "non_growing")
]
MONTHS = [(((4, 1), (10, 1)), {"months": months}) for months in ([6, 7, 8], [1, 2, 12], [4, 9], [2])]


def made(growing: Any, start: int, length: int, clauses: dict[str, dict[str, Any]], **period: Any) -> xr.Dataset:
    """Make the inputs of a horizon that begins with a month of 2025."""
    first, last = (np.datetime64(f"2025-{start:02}") + np.timedelta64(count, "M") for count in (0, length))
    place = replace(
        river(period={"start": f"{first}-01", "end": f"{last}-01", "step": "month"}, hydrology={"year_class": "mean"}), volumes={}
    )
    read = read_clauses([{"id": name, **clause, **period} for name, clause in clauses.items()])
    return make_inputs(replace(place.basin(), growing_season=growing), place.scenario(), clauses=read)


def drawn(inputs: xr.Dataset, seed: int) -> xr.Dataset:
    """Lay flows drawn at random on the steps."""
    random, dims = np.random.default_rng(seed), {"flow": "link", "delivery": "demand", "storage": "reservoir", "energy": "plant"}
    flows = inputs.assign(
        {name: ((dim, "time"), random.uniform(0, 90, (inputs.sizes[dim], inputs.sizes["time"]))) for name, dim in dims.items()}
    )
    through = flows["energy"].values / np.maximum(flows["energy_factor"].values[:, None], 1e-9)
    return flows.assign(turbine_flow=(("plant", "time"), through))


def begins(growing: Any, period: dict[str, Any]) -> int:
    """Month with which a period begins."""
    months = period.get("months")
    return first_month(months) if months else growing[period["season"] != "growing"][0]


@pytest.mark.parametrize("layout", diagonal(SEASONS + MONTHS, SEASONS[2], SEASONS[5], SEASONS[7], MONTHS[1], MONTHS[2]))
def test_three_years_are_three_times_one(layout: tuple[Any, dict[str, Any]]) -> None:
    """Each year of three is measured as if it were alone, by text and by rows."""
    growing, period = layout
    flows = drawn(made(growing, begins(growing, period), 36, ADDING, **period), 1)
    same_slacks(flows)
    years = [Flows(flows.isel(time=slice(at, at + 12))) for at in (0, 12, 24)]
    for clause in clauses_of(flows):
        alone = [reading for year in years for reading in clause_readings(clause, year)]
        found = clause_readings(clause, Flows(flows))
        assert len(found) == len(alone) > 2
        for one, other in zip(found, alone, strict=True):
            assert (one.sense, one.value, one.promised) == (other.sense, pytest.approx(other.value), pytest.approx(other.promised))


@pytest.mark.parametrize(("growing", "period"), SEASONS[1:4] + MONTHS[:2])
@pytest.mark.parametrize(("late", "length"), [(1, 35), (0, 25)])
def test_a_period_that_is_cut_is_refused(growing: Any, period: dict[str, Any], late: int, length: int) -> None:
    """A season or months that begin before the horizon, or end after it, are no whole promise."""
    start = (begins(growing, period) + late - 1) % 12 + 1
    adding = {name: clause for name, clause in ADDING.items() if "ratio" not in name}
    with pytest.raises(AgreementError) as caught:
        made(growing, start, length, adding, **period)
    assert {problem.field.partition(".")[0] for problem in caught.value.problems} == set(adding)


def test_a_ratio_of_a_part_of_its_season_is_told() -> None:
    """It is of the requirement in sight; of a whole season, and of each step, nothing is told."""
    ratios = {name: ADDING[name] for name in ("min_supply_ratio", "equal_ratio")} | {"steps": {**ADDING["min_supply_ratio"], "each": "step"}}
    place = river()
    for start, told in ((4, set()), (6, {"min_supply_ratio.season", "equal_ratio.season"})):
        inputs = made(((4, 1), (10, 1)), start, 10 - start, ratios, season="growing")
        assert {problem.field for problem in doubts(place.basin(), place.scenario(), inputs, "s.toml") if "season" in problem.field} == told


def test_water_is_one_party_s() -> None:
    """A user counted for two parties of a split is refused."""
    both = {**SPLIT, "threshold": 90, "takes": {"UP": {"demands": ["town", "fields"]}, "LOW": {"supply_of": "LOW"}}}
    with pytest.raises(AgreementError, match="water of fields counts for several parties"):
        made(((4, 1), (10, 1)), 1, 12, {"split": both})


def exchange(so_far: float = 0.0) -> dict[str, dict[str, Any]]:
    """Water against energy in winter."""
    winter = {"amount": 50, "months": [10, 11, 12, 1, 2, 3], "plants": "works", "so_far": so_far}
    return {"deal": {"kind": "exchange", "filling": {"reservoir": "dam", "value": 100, "on": "2025-04-01"}, "returned": winter}}


def test_a_leg_of_energy_is_due_in_sight_each_year() -> None:
    """A leg that began before the horizon says what was made; one that recurs is due each year."""
    with pytest.raises(AgreementError, match=r"returned\.months"):
        made(((4, 1), (10, 1)), 1, 12, exchange())
    inputs = made(((4, 1), (10, 1)), 1, 15, exchange(20))
    assert inputs["row_bound"].values[inputs["row_unit"].values == "GWh"].tolist() == [30, 50]


def test_a_debt_is_paid_once() -> None:
    """Two seasons in which to pay, one debt."""
    debt = {"debt": {"kind": "payback", "at": "down", "debt": 30, "season": "growing", "end": "2027-01-01"}}
    assert made(((4, 1), (10, 1)), 1, 24, debt)["row_bound"].values.tolist() == [30]


def test_summer_is_a_share_of_its_own_year() -> None:
    """A row a year."""
    limit = {"limit": {"kind": "release_limit", "at": "out", "summer_share": 0.6}}
    flows = drawn(made(((4, 1), (10, 1)), 10, 24, limit), 2)
    same_slacks(flows)
    assert flows.sizes["clause_row"] == 2


def _twice(value: Any) -> Any:
    """Name everything in a list of names twice."""
    if isinstance(value, dict):
        return {
            key: [entry, entry] if key in {"demands", "plants"} and isinstance(entry, str) else _twice(entry)
            for key, entry in value.items()
        }
    return value * 2 if isinstance(value, list) and value and all(isinstance(name, str) for name in value) else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_named_twice_counts_once(case: Any) -> None:
    """Users, plants and parties that stand twice are one."""
    once, twice = (read_clauses([{"id": "mine", **clause}])[0] for clause in (case.clause, _twice(case.clause)))
    inputs = River(case.river.inputs())
    assert clause_rows(once, inputs) == clause_rows(twice, inputs)
