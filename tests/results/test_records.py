"""A plan beside what was ever recorded, by hand on a river of a year, and the questions of an operator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.drafts import Draft, draft, user
from waterdeal.basin.records import FEWEST
from waterdeal.errors import BasinDataError
from waterdeal.reports.edition import Edition
from waterdeal.reports.records import record_lines, record_table
from waterdeal.results.records import Held, held_against_record, inputs_against_record, record_told
from waterdeal.words import LANGUAGES, Words

DEKADS = {"period": {"start": "2026-04-01", "end": "2026-06-01", "step": "dekad"}, "reservoir": {"dam": {"initial": 1000, "terminal": {"rule": "as_start"}}}}
RIVER = "spring catchment; dam reservoir; post gauge; sea outlet", "head spring dam; out dam post; on post sea"


def record(place: str, quantity: str, month: str, step: str, *bounds: float, **more: Any) -> dict[str, Any]:
    """Make a row of the table of a least and a greatest, m3/s of thirty values unless told otherwise."""
    least, greatest = bounds
    row = {"place": place, "quantity": quantity, "unit": "m3/s", "month": month, "step": step, "n": 30, "least": least, "greatest": greatest}
    return {**row, "years": "2001-2010", "status": "computed", "source": "example", **more}


def river(*rows: dict[str, Any], **more: Any) -> Draft:
    """A steady river of 100 m3/s through a dam that ends as it starts, with a record."""
    return draft(*RIVER, runoff={"spring": 100}, records=list(rows), scenario=DEKADS, **more)


def held(*rows: dict[str, Any]) -> Held:
    """The plan of that river beside a record."""
    return held_against_record(river(*rows).plan())


def test_a_dekad_is_compared_with_dekads_and_a_month_with_months() -> None:
    """Of 100 m3/s in every step: three dekads and one month have a record in April; 20 % beyond 80 and 60 % below 250, and none in between."""
    rows = record("dam", "inflow", "4", "10-day", 50, 80), record("dam", "inflow", "4", "month", 250, 300), record("dam", "inflow", "5", "month", 90, 110)
    found = held(*rows)
    assert found.compared == 5
    assert [(one.when, one.least, one.greatest) for one in found.outside] == [
        ("2026-04", 250, 300), *((f"2026-04-D{dekad}", 50, 80) for dekad in (1, 2, 3))
    ]  # fmt: skip
    assert [one.beyond for one in found.outside] == pytest.approx([0.6, *[0.25] * 3])
    assert [one.value for one in found.outside] == pytest.approx([100] * 4)


def test_rows_of_few_values_and_single_months_say_nothing() -> None:
    """Fewer than five, no range, another unit, a place or quantity that a plan has not."""
    rows = (
        record("dam", "inflow", "4", "month", 1, 2, n=FEWEST - 1), record("dam", "inflow", "4", "10-day", 1, 2, unit="hm3"),
        record("moon", "inflow", "4", "month", 1, 2), record("dam", "level", "4", "month", 1, 2),
        {**record("dam", "release", "4", "month", 1, 2), "greatest": ""},
    )  # fmt: skip
    found = held(*rows)
    assert (found.compared, found.outside, found.places) == (0, [], [])
    assert found.without == ["dam", "post"]


def test_several_rows_of_one_place_are_one_record() -> None:
    """What was ever recorded is the range of all periods."""
    rows = [record("post", "flow", "4", "month", *bounds) | {"years": years} for years, bounds in (("a", (1, 90)), ("b", (95, 120)))]
    assert held(*rows).outside == []
    assert held(*rows).compared == 1


def test_volumes_of_seasons_and_storages_of_days() -> None:
    """hm3 of a season that lies wholly in the horizon; storage at the end of a dekad, and on a day, km3 as well as hm3."""
    rows = (
        record("dam", "inflow volume", "Apr-May", "season", 0, 500, unit="Mm3"), record("dam", "inflow volume", "Apr-Sep", "season", 0, 1, unit="Mm3"),
        record("dam", "storage (end of dekad)", "5", "10-day", 0.1, 0.2, unit="km3"), record("dam", "storage on 1 April", "1 April", "instant", 1.1, 1.2, unit="km3"),
    )  # fmt: skip
    found = held(*rows)
    season = [one for one in found.outside if one.kind == "inflow_volume"]
    assert [(one.when, one.value) for one in season] == [("2026-04/2026-05", pytest.approx(61 * 8.64))]
    assert [one.when for one in found.outside if one.when.startswith("2026-05-D")] == ["2026-05-D1", "2026-05-D2", "2026-05-D3"]
    first = [one for one in found.outside if one.when == "2026-04-01"]
    assert [(one.value, one.least, one.greatest) for one in first] == [(1000, 1100, 1200)]


def test_a_change_is_outside_only_where_it_is_greater() -> None:
    """A steady release changes less than any on record, and that is no fault."""
    plan = river(record("dam", "change of 10-day release (absolute)", "year", "10-day", 5, 20)).plan()
    found = held_against_record(plan)
    assert (found.compared, found.outside) == (5, [])
    flow = plan["flow"].copy()
    flow.loc[{"link": "out"}] = flow.sel(link="out").values + np.array([0, 0, 40, 0, 0, 0])
    worse = held_against_record(plan.assign(flow=flow, discharge=flow / (plan["step_length"] * 0.0864)))
    assert [one.kind for one in worse.outside] == ["release_change", "release_change"]


def test_places_stand_together_the_furthest_first() -> None:
    """By the furthest figure of each place, and within a place by how far."""
    rows = record("post", "flow", "4", "month", 120, 130), record("dam", "inflow", "5", "month", 10, 20), record("dam", "inflow", "4", "month", 105, 110)
    assert [(one.place, one.when) for one in held(*rows).outside] == [("dam", "2026-05"), ("dam", "2026-04"), ("post", "2026-04")]


def test_inputs_are_held_against_the_record_without_a_plan() -> None:
    """Storage at the start, storage that is asked for, and runoff that flows straight into the dam."""
    rows = (
        record("dam", "storage on 1 April", "1 April", "instant", 1100, 1200, unit="hm3"), record("dam", "inflow", "4", "month", 1, 2),
        record("dam", "release", "4", "month", 1, 2), record("dam", "storage", "1 June", "instant", 0, 1, unit="hm3"),
    )  # fmt: skip
    found = inputs_against_record(river(*rows).inputs())
    assert {(one.kind, one.when) for one in found.outside} == {("storage", "2026-04-01"), ("storage", "2026-06-01"), ("inflow", "2026-04")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_none_is_said_where_there_is_none(language: str) -> None:
    """In every language, in the table and in the lines; and what is outside has its place, its time and its range."""
    words = Words(language)
    none = Edition(river(record("dam", "inflow", "4", "month", 90, 110)).plan(), words)
    assert record_table(none).rows[0][0] == words.text("word.none")
    assert {words.text("record.none_outside"), words.text("record.no_questions")} <= set(record_lines(none))
    some = Edition(river(record("dam", "inflow", "4", "month", 0, 80)).plan(), words)
    assert record_table(some).rows[0][3:] == (100.0, words.text("unit.rate"), 0.0, 80.0, 25.0)
    assert words.text("record.outside") in record_lines(some)
    assert words.text("note.no_record") in record_lines(Edition(river().plan(), words))


def test_questions_of_an_operator() -> None:
    """By hand: the river below is dry for a step, the release jumps from 1 to 100 m3/s, the dam stands at dead storage for three steps."""
    made = river(reservoirs={"dam": {"dead_hm3": 500}}).plan()
    rates = np.array([100, 100, 1, 100, 100, 0.0])
    flow = made["flow"].copy()
    flow.loc[{"link": "out"}] = rates * made["step_length"].values * 0.0864
    discharge = made["discharge"].copy()
    discharge.loc[{"link": "out"}] = rates
    storage = made["storage"].copy()
    storage[0] = [600, 500, 500, 500, 600, 600]
    found = held_against_record(made.assign(flow=flow, discharge=discharge, storage=storage)).questions
    assert [(one.kind, one.place, one.when) for one in found] == [
        ("dry", "out", "2026-05-D3"), ("jump", "out", "2026-05-D2/2026-05-D3"), ("dead", "dam", "2026-04-D2/2026-05-D1"),
    ]  # fmt: skip
    off_river = made["link_kind"].copy()
    off_river.loc[{"link": "head"}] = "canal"
    found = held_against_record(made.assign(flow=flow, discharge=discharge, storage=storage, link_kind=off_river)).questions
    assert [one.kind for one in found] == ["dry", "dead"]
    assert not held_against_record(made).questions
    two = storage.copy()
    two[0] = [600, 500, 500, 600, 600, 600]
    assert not held_against_record(made.assign(storage=two)).questions


@pytest.mark.parametrize(("worth", "asked"), [([1.0] * 12, []), ([1, 1, 1, 1, 9, 1, 1, 1, 1, 1, 1, 1.0], ["2026-05-D1/2026-05-D3"])])
def test_water_past_turbines_while_power_is_short(worth: list[float], asked: list[str]) -> None:
    """Where there is no market, power is short when it is worth more than at other times."""
    plant = [{"plant": "mill", "link": "out", "party": "A", "energy_gwh_per_hm3": 0.1, "turbine_max_m3s": 20}]
    made = river(plants=plant).with_content(**DEKADS, energy={"value": worth}).plan()
    found = [one for one in held_against_record(made).questions if one.kind == "past_turbines"]
    assert [one.when for one in found] == asked


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "a month of no calendar": ({"month": "13"}, "no time of a row by 10-day"),
    "a season by day": ({"month": "4", "step": "season"}, "no time of a row by season"),
    "statistics that fall": ({"least": 5, "greatest": 4}, "do not rise"),
    "an unknown unit": ({"unit": "cfs"}, "cfs"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_a_record_are_told(fault: str) -> None:
    """With the place and the remedy."""
    change, words = FAULTS[fault]
    with pytest.raises(BasinDataError, match=words):
        river(record("dam", "inflow", "4", "10-day", 1, 2) | change).basin()


def test_a_plan_is_told_for_machines() -> None:
    """What `--json` has: a figure infinitely beyond a record of nothing is told as a number."""
    told = record_told(held(record("dam", "inflow", "4", "month", 0, 0)))
    assert told["outside"][0]["beyond"] == 1e6
    assert told["places_without"] == ["post"]


def test_a_user_left_dry() -> None:
    """30 m3/s are required: who has had water gets none in the third and in the fifth dekad, together one question."""
    made = river(**user("fields", "dam", 30)).plan()
    required = made["requirement"].values[0]
    delivery = made["delivery"].copy()
    delivery[0] = required * [1, 0.5, 0, 0.1, 0, 1]
    found = held_against_record(made.assign(delivery=delivery)).questions
    assert [(one.kind, one.place, one.when) for one in found] == [("left_dry", "fields", "2026-04-D3/2026-05-D2")]
    assert found[0].value == pytest.approx(required[2] + required[4])
    late = delivery.copy()
    late[0] = required * [0, 0, 0, 1, 1, 1]
    assert not held_against_record(made.assign(delivery=late)).questions, "nobody takes away what was never there"


def test_water_over_a_dam_that_is_not_full() -> None:
    """Beyond all outlets goes only what a full reservoir cannot hold: in two steps it is not full, in a third it is."""
    made = river().plan()
    over = np.zeros(made["storage"].shape)
    over[0, :3] = 5.0
    storage = made["storage_max"].copy()
    storage[0, :2] *= 0.5
    found = held_against_record(made.assign(release_excess=(("reservoir", "time"), over), storage=storage)).questions
    (one,) = [one for one in found if one.kind == "over_dam"]
    assert (one.place, one.when, one.value) == ("dam", "2026-04-D1/2026-04-D2", 10.0)
