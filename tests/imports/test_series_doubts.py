"""What cannot be read in a series of inflow is a problem that names the cell, what stands there and what to do; hours become days."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from tests.imports.workbooks import write_book
from tests.thorough import diagonal
from waterdeal.errors import ActualDataError, InputError, Problem
from waterdeal.imports.actual import read_actual
from waterdeal.imports.clock import with_periods
from waterdeal.imports.rates import read_rates
from waterdeal.words import LANGUAGES, Words, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from waterdeal.imports.reading import Actual

NAMES = {"naryn": ("naryn", "Нарын"), "chu": ("chu", "Чу")}


def read(path: Path, text: str) -> Actual:
    """Read a text as a series."""
    path.write_text(text, encoding="utf-8")
    return read_actual(path, NAMES, reservoirs=(), series="")


def problems(path: Path, text: str) -> list[tuple[str, str]]:
    """Return cell and key of each problem of a text."""
    with pytest.raises(ActualDataError) as caught:
        read(path, text)
    assert all(problem.expected for problem in caught.value.problems)
    return [(problem.field, getattr(problem.found, "key", "")) for problem in caught.value.problems]


@pytest.mark.parametrize("text", ["20*", "~22", ">23", "24 (25)", "25 ±1", "двадцать", "1.2.3"])
def test_a_value_that_is_no_number_is_a_problem(tmp_path: Path, text: str) -> None:
    """A long table and a wide one; nothing is left out in silence."""
    long = f"створ;дата;расход, м3/с\nнарын;01.04.2026;20\nнарын;11.04.2026;{text}\n"
    wide = f"Расход, м3/с, 2026 г.\nПост;Апрель;Май\nНарын;20;{text}\n"
    assert problems(tmp_path / "a.csv", long) == [("C3", "imports.series_number")]
    assert problems(tmp_path / "b.csv", wide) == [("C3", "imports.series_number")]


@pytest.mark.parametrize(("text", "key"), [("-999", "code"), ("-99,9", "code"), ("−9999", "code"), ("-20", "below"), ("-0,5", "below")])
def test_a_rate_below_zero_is_a_problem(tmp_path: Path, text: str, key: str) -> None:
    """A long table and a wide one, of rates and of volumes, and one hour of a day whose mean is not below zero."""
    for unit in ("расход, м3/с", "сток, млн м3"):
        long = f"створ;дата;{unit}\nнарын;01.04.2026;20,5\nнарын;11.04.2026;{text}\n"
        wide = f"{unit}, 2026 г.\nПост;Апрель;Май\nНарын;20,5;{text}\n"
        assert problems(tmp_path / "a.csv", long) == [("C3", f"imports.series_{key}")]
        assert problems(tmp_path / "b.csv", wide) == [("C3", f"imports.series_{key}")]
    times = [f"{day:02}.04.2026 {hour:02}:00" for day in (1, 2) for hour in (0, 12)]
    rows = "".join(f"нарын;{time};{text if at == 2 else '90000,5'}\n" for at, time in enumerate(times))
    assert problems(tmp_path / "c.csv", f"створ;дата;расход, м3/с\n{rows}") == [("C4", f"imports.series_{key}")]


def test_other_columns_may_be_below_zero(tmp_path: Path) -> None:
    """A temperature beside a flow is not refused."""
    found = read(tmp_path / "a.csv", "створ;дата;расход, м3/с;температура, °C\nнарын;01.04.2026;20;-5\nнарын;11.04.2026;21;-999\n")
    assert found.readings["value"].tolist() == [20, 21]


@pytest.mark.parametrize(
    ("first", "second", "due"),
    [
        ("04/13/2026", "04/14/2026", ["imports.series_date"] * 2),
        ("32.04.2026", "01.05.2026", ["imports.series_date"]),
        ("04/05/2026", "05/05/2026", ["imports.two_dates"]),
        ("01/04/2026", "21/04/2026", []),
        ("01.04.2026", "11.04.2026", []),
    ],
)
def test_dates_that_leave_a_doubt_are_refused(tmp_path: Path, first: str, second: str, due: list[str]) -> None:
    """Months first, days that no month has, days and months that may change places; one day above 12 shows how all are meant."""
    text = f"node;date;flow, m3/s\nnaryn;{first};20\nnaryn;{second};21\n"
    if due:
        assert [key for _, key in problems(tmp_path / "a.csv", text)] == due
    else:
        assert read(tmp_path / "a.csv", text).readings["start"].dt.day.tolist() == [1, int(second[:2])]


@pytest.mark.parametrize("unit", ["m^3 s^-1", "m^3/s", "m**3/s", "м^3/с", "m^{3}/s"])
def test_powers_are_read_as_people_write_them(tmp_path: Path, unit: str) -> None:
    """All are m3/s."""
    read_values = read(tmp_path / "a.csv", f"node;date;runoff, {unit}\nnaryn;01.04.2026;20\nnaryn;11.04.2026;21\n").readings
    assert read_values["value"].tolist() == [20, 21]
    assert set(read_values["quantity"]) == {"flow"}


def test_a_unit_that_is_not_known_is_shown_with_those_that_are(tmp_path: Path) -> None:
    """The heading as it stands, and the list."""
    with pytest.raises(ActualDataError) as caught:
        read(tmp_path / "a.csv", "node;date;runoff, MG/d\nnaryn;01.04.2026;20\n")
    (problem,) = caught.value.problems
    assert "MG/d" in problem.tell(Words("ru"))
    assert "km3" in problem.expected


@given(st.sampled_from([2, 4, 8, 24]), st.integers(2, 4), st.integers(0, 2**32 - 1), st.booleans())
def test_hours_become_the_mean_of_their_day(tmp_path_factory: pytest.TempPathFactory, count: int, days: int, seed: int, with_book: bool) -> None:
    """As text or as dates of a workbook; by hand the mean of each day's values, with a note; the same hours missing on one day are a problem."""
    values = np.random.default_rng(seed).integers(1, 900, (days, count))
    times = [[datetime(2026, 4, 1 + day) + timedelta(hours=24 / count * at) for at in range(count)] for day in range(days)]
    folder = tmp_path_factory.mktemp("hours")
    rows = [["створ", "дата", "расход, м3/с"], *(["Нарын", times[day][at], int(values[day, at])] for day in range(days) for at in range(count))]

    def written(rows: list[list[object]]) -> Path:
        if with_book:
            return write_book(folder / "a.xlsx", {"Ряд": rows})
        cells = [[f"{cell:%d.%m.%Y %H:%M}" if isinstance(cell, datetime) else str(cell) for cell in row] for row in rows]
        (folder / "a.csv").write_text("\n".join(map(";".join, cells)), encoding="utf-8")
        return folder / "a.csv"

    found = read_actual(written(rows), NAMES, reservoirs=(), series="")
    assert found.readings["value"].tolist() == pytest.approx(values.mean(axis=1).tolist())
    assert "imports.hours_averaged" in {getattr(guess.why, "key", "") for guess in found.guesses}
    with pytest.raises(ActualDataError) as caught:
        read_actual(written(rows[:-1]), NAMES, reservoirs=(), series="")
    assert [getattr(problem.found, "key", "") for problem in caught.value.problems] == ["imports.hours_uneven"]


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.000"])
def test_hours_of_an_own_table_in_any_spelling(tmp_path: Path, form: str) -> None:
    """With a space or a T, with seconds, parts of them, or neither: the same hours."""
    times = [datetime(2026, 4, 1) + timedelta(hours=6 * at) for at in range(8)]
    rows = "".join(f"naryn,{moment:{form}},{10 + at}\n" for at, moment in enumerate(times))
    (tmp_path / "a.csv").write_text(f"node,time,runoff_m3s\n{rows}", encoding="utf-8")
    rates = read_rates(tmp_path / "a.csv", ("node", "time"), "", NAMES)
    assert rates["time"].values.astype("datetime64[s]").tolist() == times
    assert rates.sel(node="naryn").values.tolist() == list(range(10, 18))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_problem_within_a_sentence_is_told_in_its_language(language: str) -> None:
    """As sentences within sentences are."""
    problem = Problem("a.csv", 2, "C2", say("imports.series_number", text="x"), say("imports.series_number.remedy"))
    told = Words(language).tell(say("commands.doubt", told=problem))
    assert Words(language).text("imports.series_number", text="x") in told
    assert Words(language).text("problem.row", row=2) in told


@pytest.mark.parametrize(("starts", "last"), [("1.8 11.8 21.8 1.9 1.10", "1.11"), ("1.7 1.8 1.9 11.9 21.9", "1.10"), ("1.1 1.2 1.3 11.3", "21.3")])
@pytest.mark.parametrize("stamp", ["start", "end"])
def test_dekads_may_go_over_into_months(starts: str, last: str, stamp: str) -> None:
    """Where steps change their length the first and the last one are as long as their neighbours say."""
    days = [pd.Timestamp(2026, *reversed([int(part) for part in day.split(".")])) for day in (*starts.split(), last)]
    times = days[1:] if stamp == "end" else days[:-1]
    read = with_periods(xr.DataArray(np.ones(len(times)), {"time": times}, ["time"]), stamp, "a.csv")
    assert [*read["time"].values[:1], read["until"].values[-1]] == [np.datetime64(days[0]), np.datetime64(days[-1])]


@pytest.mark.parametrize("form", diagonal(["text", "cells", "hours", "parts"], "text"))
def test_hours_in_a_column_of_their_own(tmp_path: Path, form: str) -> None:
    """Beside the day: as text, as times of a spreadsheet, as hours from 1 to 24, as parts of the day; once a day they say no mean."""
    clocks = {"text": "{:02}:00".format, "cells": time, "hours": lambda hour: hour + 1, "parts": lambda hour: hour / 24}
    rows = [["Пост", "Дата", "Час" if form == "hours" else "Время", "Расход, м3/с"]]
    rows += [["Нарын", datetime(2026, 4, day), clocks[form](hour), day + hour] for day in (1, 2, 3) for hour in (2, 8, 14, 20)]
    found = read_actual(write_book(tmp_path / "a.xlsx", {"Q": rows}), NAMES, reservoirs=(), series="").readings
    assert found["value"].tolist() == [day + 11 for day in (1, 2, 3)]
    once = [["Пост", "Дата", "Время", "Расход, м3/с"], *([*row[:2], "08:00", 1] for row in rows[1::4])]
    with pytest.raises(InputError, match="not a mean"):
        read_rates(write_book(tmp_path / "b.xlsx", {"Q": once}), ("node", "time"), "", NAMES)


def test_who_writes_24_00_means_the_end(tmp_path: Path) -> None:
    """Of a month or a day; a day that no calendar has is named, and nothing is told in a library's words."""
    days = "2026-01-31 24:00", "2026-02-28 24:00", "2026-03-31 24:00"
    (tmp_path / "a.csv").write_text("node,time,runoff_m3s\n" + "".join(f"naryn,{day},{at}\n" for at, day in enumerate(days)), encoding="utf-8")
    rates = read_rates(tmp_path / "a.csv", ("node", "time"), "", NAMES)
    assert rates["time"].dt.strftime("%Y-%m-%d").values.tolist() == ["2026-01-01", "2026-02-01", "2026-03-01"]
    for day in ("2026-02-30", "2026-13-01", "2026-02-30T06:00"):
        (tmp_path / "b.csv").write_text(f"node,time,runoff_m3s\nnaryn,2026-01-01,1\nnaryn,{day},2\n", encoding="utf-8")
        with pytest.raises(InputError) as caught:
            read_rates(tmp_path / "b.csv", ("node", "time"), "form", NAMES)
        assert [getattr(problem.found, "key", "") for problem in caught.value.problems] == ["imports.rate_day"]


@pytest.mark.parametrize("gone", diagonal([1, 5, 11], 5))
def test_a_month_that_is_missing_among_roman_ones_is_a_gap(tmp_path: Path, gone: int) -> None:
    """The others stay months."""
    names = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
    months = [(at, name) for at, name in enumerate(names, 1) if at != gone]
    table = [["Приток, м3/с, 2026 г."], ["Пост", *(name for _, name in months)], ["Нарын", *(float(at) for at, _ in months)]]
    found = read_actual(write_book(tmp_path / "a.xlsx", {"Q": table}), NAMES, reservoirs=(), series="").readings
    assert [(start.month, value) for start, value in zip(found["start"], found["value"], strict=True)] == [(at, at) for at, _ in months]


def test_a_station_by_its_number_in_a_table(tmp_path: Path) -> None:
    """A number that is an alias is a name, down and across; one that is none is shown."""
    across = [["Дата", 2917100.0], ["", "м3/с"], [datetime(2026, 4, 1), 3.0], [datetime(2026, 5, 1), 4.0]]
    down = [["Расход, м3/с, 2026 г."], ["Пост", "апрель", "май"], [2917100.0, 3.0, 4.0]]
    for at, table in enumerate((across, down)):
        book = write_book(tmp_path / f"{at}.xlsx", {"Q": table})
        found = read_actual(book, {"naryn": ("naryn", "2917100")}, reservoirs=(), series="start")
        assert found.readings["place"].tolist() == ["naryn", "naryn"]
    with pytest.raises(ActualDataError, match="not recognised: 2917100"):
        read_actual(book, NAMES, reservoirs=(), series="start")


#: heads of the columns of a date, and what stands there for a day; how the date is spelled across
SPELLED: dict[str, tuple[list[str], Callable[[datetime], list[Any]]]] = {
    "parts": (["Год", "Месяц", "Число"], lambda day: [float(day.year), float(day.month), float(day.day)]),
    "months": (["YR", "MNTH"], lambda day: [str(day.year), str(day.month)]),
    "digits": (["date"], lambda day: [float(f"{day:%Y%m%d}")]),
    "short": (["Месяц"], lambda day: [f"{day:%b-%y}"]),
}


@pytest.mark.parametrize("form", SPELLED)
def test_dates_in_parts_in_digits_and_with_short_years(tmp_path: Path, form: str) -> None:
    """In a long table and with places across; over the end of a year."""
    days = [pd.Timestamp(2025, 11, 1) + pd.DateOffset(months=at) for at in range(5)]
    heads, spell = SPELLED[form]
    long = [["Пост", *heads, "Расход, м3/с"], *(["Нарын", *spell(day), float(at)] for at, day in enumerate(days))]
    wide = [[*heads, "Нарын, м3/с"], *([*spell(day), float(at)] for at, day in enumerate(days))]
    for name, table in (("long", long), ("wide", wide)):
        found = read_actual(write_book(tmp_path / f"{name}.xlsx", {"Q": table}), NAMES, reservoirs=(), series="start").readings
        assert found["start"].tolist() == days, name
        assert found["value"].tolist() == list(range(5))


def test_a_short_year_is_a_day_where_another_year_is_named(tmp_path: Path) -> None:
    """The first of each month of the year that the heading names; where that is the year meant, months."""
    for year in (2026, 2001):
        table = [[f"Расход, м3/с, {year} г."], ["Пост", "Feb-01", "Mar-01", "Apr-01", "May-01"], ["Нарын", 1.0, 2.0, 3.0, 4.0]]
        found = read_actual(write_book(tmp_path / f"{year}.xlsx", {"Q": table}), NAMES, reservoirs=(), series="").readings
        assert {start.year for start in found["start"]} == {year}


def test_a_month_that_is_none_in_a_column_of_its_own_is_a_problem(tmp_path: Path) -> None:
    """Nothing is put together where a row has no date."""
    text = "node,year,month,value,unit\nnaryn,2026,4,1,m3/s\nnaryn,2026,13,2,m3/s\n"
    assert set(problems(tmp_path / "a.csv", text)) <= {("C2", "imports.series_date"), ("C3", "imports.series_date")}
