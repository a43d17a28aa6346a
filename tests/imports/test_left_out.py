"""What is no data is left out: totals, plans, levels, gaps; and totals are checked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.imports.workbooks import NAMES, short, write_book, write_csv
from waterdeal.errors import ActualDataError
from waterdeal.imports.actual import read_actual

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.imports.reading import Actual


def read(tmp_path: Path, rows: list[list[Any]], year: int | None = None, sheet: str = "Факт", **options: Any) -> Actual:
    """Write one sheet and read it."""
    return read_actual(write_book(tmp_path / "a.xlsx", {sheet: rows}), NAMES, year, **options)


def facts(actual: Actual) -> list[tuple[str, str, str]]:
    """Return where, what and as what of each guess."""
    return [(guess.where, guess.found, guess.taken_as) for guess in actual.guesses]


def test_missing_marks_give_no_reading(tmp_path: Path) -> None:
    """A dash, "н/д" and the like are missing; zero is zero."""
    marks = ["", "-", "–", "н/д", "нет данных", "…", "#N/A", 0]
    days = [datetime(2022, 4, day) for day in range(2, 2 + len(marks))]
    actual = read(tmp_path, [["м3/с", *days], ["Каль", *marks]], strict=True)
    assert short(actual.readings) == [("kal_flow", "flow", "", "04-09", "04-10", 0.0)]


def test_totals_that_do_not_close(tmp_path: Path) -> None:
    """Wrong totals of months, of a season, of rows and of parts are named; right ones are silent."""
    rows: list[list[Any]] = [
        ["Водозабор, млн м3, 2022 г."],
        ["Канал", "Апрель", None, None, None, "За год"],
        [None, "I", "II", "III", "всего", None],
        ["Канал Дустлик", 10, 20, 30, 66, 60],
        ["в том числе:"],
        ["Узбекистан", 10, 20, 20, 50, 50],
        ["Казахстан", 5, 5, 5, 15, 15],
        ["Бекабад", 1, 2, 3, 6, 9],
        ["Итого", 11, 22, 39, 72, 69],
    ]
    wrong = [guess for guess in read(tmp_path, rows).guesses if guess.why == "the table's own total does not close"]
    assert [(guess.where, guess.found) for guess in wrong] == [
        ("Факт!E4", "66; its parts give 60"),
        ("Факт!F8", "9; its parts give 6"),
        ("Факт!D9", "39; its parts give 33"),
        ("Факт!B4", "10; its parts add up to 15"),
    ]


def test_totals_of_rates_are_means_weighted_by_days(tmp_path: Path) -> None:
    """The mean of dekads of 10, 10 and 11 days; a total may also be the volume."""
    rows = [["м3/с, 2022", "Май", None, None, None, None], [None, "I", "II", "III", "средн.", "всего, млн м3"]]
    good = [*rows, ["Каль", 10, 20, 31, 20.68, 20.677 * 31 * 0.0864]]
    bad = [*rows, ["Каль", 10, 20, 31, 19, 60]]
    assert [guess.where for guess in read(tmp_path, good, strict=True).guesses if "close" in guess.why] == []
    assert [guess.where for guess in read(tmp_path, bad).guesses if "close" in guess.why] == ["Факт!E3", "Факт!F3"]


def test_totals_with_missing_parts_are_not_checked(tmp_path: Path) -> None:
    """Where a part is missing, nobody knows what the total should be."""
    rows = [["млн м3, 2022", "Май", None, None, None], [None, "I", "II", "III", "всего"], ["Бекабад", 10, "-", 31, 60]]
    assert [guess for guess in read(tmp_path, rows).guesses if "close" in guess.why] == []


def test_a_month_beside_its_dekads_is_a_total(tmp_path: Path) -> None:
    """A column of the month is left out where its dekads are there, even if no word says total."""
    rows = [["млн м3, 2022", "Май", None, None, None], [None, "I", "II", "III", None], ["Бекабад", 10, 20, 30, 60]]
    path = write_book(tmp_path / "a.xlsx", {"Факт": rows}, ["B1:E1"])
    assert len(read_actual(path, NAMES, strict=True).readings) == 3


def test_merged_values_are_not_spread(tmp_path: Path) -> None:
    """A value over several dekads is ignored and reported."""
    path = write_book(tmp_path / "a.xlsx", {"Факт": [["м3/с", "2022-04-D1", "2022-04-D2"], ["Каль", 5]]}, ["B2:C2"])
    actual = read_actual(path, NAMES)
    assert actual.readings.empty
    assert facts(actual) == [("Факт!B2", "5", "ignored")]


def test_rows_that_number_the_columns(tmp_path: Path) -> None:
    """The row 1, 2, 3 under a header is no data."""
    actual = read(tmp_path, [["Пост", "Ед. изм.", "2022-04", "2022-05"], [1, 2, 3, 4], ["Каль", "м3/с", 5, 6]], strict=True)
    assert [row[-1] for row in short(actual.readings)] == [5.0, 6.0]


def test_long_table_problems(tmp_path: Path) -> None:
    """Strange dates are reported, impossible ones refused, and so are commas that cut numbers."""
    head = "place;date;value;unit\n"
    strange = read_actual(write_csv(tmp_path / "a.csv", head + "Каль;весной;5;м3/с\nКаль;итого;5;м3/с\nИтого;2022-04;5;м3/с\n"), NAMES)
    assert [guess.taken_as for guess in strange.guesses] == ["an ignored row", "a total, left out", "a total, left out"]
    with pytest.raises(ActualDataError, match="is no day"):
        read_actual(write_csv(tmp_path / "b.csv", head + "Каль;31.04.2022;5;м3/с\n"), NAMES)
    with pytest.raises(ActualDataError, match="longer than the header"):
        read_actual(write_csv(tmp_path / "c.csv", "place,date,unit,value\nКаль,2022-04-02,м3/с,5,5\n"), NAMES)
    spaced = read_actual(write_csv(tmp_path / "d.csv", head + "Каль;2022-04-01;5;м3/с\nКаль;2022-05-01;5;м3/с\n"), NAMES)
    assert [row[4] for row in short(spaced.readings)] == ["05-01", "06-01"]
    assert spaced.guesses[0].why == "all dates start dekads or months"
    with pytest.raises(ActualDataError, match="no day, dekad or month"):
        read_actual(write_csv(tmp_path / "e.csv", "place,start,end,value,unit\nКаль,2022-04-02,2022-04-20,5,m3/s\n"), NAMES)


def test_plan_sheets_and_sheets_without_dates(tmp_path: Path) -> None:
    """A sheet named plan is no fact; numbers without dates are reported; a file of nothing is refused."""
    table = [["м3/с", "2022-04"], ["Каль", 1]]
    path = write_book(tmp_path / "a.xlsx", {"План": table, "Факт": table, "Числа": [["a", 1]]})
    assert [(guess.where, guess.taken_as) for guess in read_actual(path, NAMES).guesses] == [("План", "no data"), ("Числа", "no data")]
    with pytest.raises(ActualDataError, match="no table with dates"):
        read(tmp_path, [["a", "b"], ["c", 1]])


@pytest.mark.parametrize(
    "rows",
    [
        [["Уровень воды, см", "2022-04"], ["Каль", 250]],
        [["Пост", "2022-04"], ["Каль, уровень (см)", 250]],
        [["Дата", "Каль"], [None, "уровень, м"], ["02.04.2022", 250], ["03.04.2022", 251]],
        [["Пост", "Дата", "Показатель", "Значение", "Ед. изм."], ["Каль", "02.04.2022", "уровень", 250, "см"]],
    ],
)
def test_levels_are_not_taken_for_flows(tmp_path: Path, rows: list[list[Any]]) -> None:
    """Levels and the like are left out and reported."""
    actual = read(tmp_path, rows)
    assert actual.readings.empty
    assert "no data, left out" in {guess.taken_as for guess in actual.guesses}


@pytest.mark.parametrize(
    "rows",
    [
        [["Пост", "Ед. изм.", "2022-04"], ["Каль", "т/сут", 250]],
        [["Пост", "Дата", "Значение", "Ед. изм."], ["Каль", "02.04.2022", 250, "т/сут"]],
    ],
)
def test_a_unit_that_is_not_known_is_not_replaced(tmp_path: Path, rows: list[list[Any]]) -> None:
    """A stated unit that is no unit of water or energy makes the row ignored, not assumed."""
    actual = read(tmp_path, rows)
    assert actual.readings.empty
    assert facts(actual)[-1][1:] == ("т/сут", "an ignored row")
    with pytest.raises(ActualDataError, match="the unit is not one of"):
        read(tmp_path, rows, strict=True)


def test_long_table_without_years(tmp_path: Path) -> None:
    """Dates of a long table may lack the year; plans and means of totals are left out."""
    head = "Пост;Дата;Показатель;Значение;Ед. изм.\n"
    text = head + "Каль;1 декада апреля;расход;5;м3/с\nКаль;2 декада апреля;план;6;м3/с\nКаль;03/04/2022;расход;7;м3/с\n"
    with pytest.raises(ActualDataError, match="the year of the table is not known"):
        read_actual(write_csv(tmp_path / "a.csv", text), NAMES)
    with pytest.raises(ActualDataError, match="overlaps"):
        read_actual(write_csv(tmp_path / "a.csv", text), NAMES, 2022)
    text = text.replace("03/04/2022", "13/04/2022")
    actual = read_actual(write_csv(tmp_path / "a.csv", text), NAMES, 2022)
    assert [row[3:] for row in short(actual.readings)] == [("04-01", "04-11", 5.0), ("04-13", "04-14", 7.0)]
    storage = "place;date;value;unit\nToktogul reservoir;2022-04;5;km3\nToktogul reservoir;2022-05;6;km3\n"
    assert read_actual(write_csv(tmp_path / "b.csv", storage), NAMES).guesses[-1].why == "no word says at which moment"


def test_a_plan_is_never_read_as_fact(tmp_path: Path) -> None:
    """Rows and sections of plans are left out; a heading that speaks of a plan is reported."""
    rows = [["Канал", "", "2022-04"], ["Канал Бекабад", "План, млн м3", 5], [None, "Факт, млн м3", 4], [None, "%", 80]]
    assert [row[-1] for row in short(read(tmp_path, rows, strict=True).readings)] == [4.0]
    sections = [["млн м3", "2022-04", "2022-05"], ["План"], ["Бекабад", 1, 2], ["Факт"], ["Бекабад", 3, 4]]
    assert [row[-1] for row in short(read(tmp_path, sections, strict=True).readings)] == [3.0, 4.0]
    title = [["План водозабора, млн м3"], ["", "2022-04"], ["Бекабад", 1]]
    assert facts(read(tmp_path, title)) == [("Факт", "План водозабора, млн м3", "what was measured")]
