"""What is guessed is reported, and refused in strict mode."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.tracking.workbooks import NAMES, short, write_book, write_csv
from waterdeal.errors import ActualDataError
from waterdeal.tracking.read_actual import read_actual

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.tracking.reading import Actual


def read(tmp_path: Path, rows: list[list[Any]], year: int | None = None, sheet: str = "Факт", **options: Any) -> Actual:
    """Write one sheet and read it."""
    return read_actual(write_book(tmp_path / "a.xlsx", {sheet: rows}), NAMES, year, **options)


def facts(actual: Actual) -> list[tuple[str, str, str]]:
    """Return where, what and as what of each guess."""
    return [(guess.where, guess.found, guess.taken_as) for guess in actual.guesses]


def test_a_clean_table_needs_no_guess(tmp_path: Path) -> None:
    """Nothing is reported where nothing was guessed."""
    assert facts(read(tmp_path, [["Пост, м3/с", "2022-04"], ["Каль", 1]], strict=True)) == []


def test_a_guess_is_one_line(tmp_path: Path) -> None:
    """A guess says where, what, as what and why."""
    guess = read(tmp_path, [["Пост, м3/с", "2022-04"], ["Каль", 1], ["Каал", 2]]).guesses[0]
    assert str(guess) == (
        'a.xlsx, Факт!A3: "Каал" taken as an ignored row (no known place has this name; the nearest known name is "Гидропост Каль")'
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["Пост, м3/с", "2022-04"], ["Бекaбад", 1]], ("Факт!A2", "Бекaбад", "bekabad_uz")),
        ([["Пост, м3/с", "2022-04"], ["Чиназ", 1]], ("Факт!A2", "Чиназ", "an ignored row")),
        ([["Пост, м3/с", "2022-04"], ["Каль", -1]], ("Факт!B2", "-1.0", "ignored")),
        ([["Пост, м3/с", "2022-04"], ["Каль", "закрыт"]], ("Факт!B2", "закрыт", "ignored")),
        ([["Пост, м3/с", "2022-04"], ["Каль", "1,144"]], ("Факт!B2", "1,144", "1.144")),
        ([["Пост", "2022-04"], ["Каль", 1]], ("Факт!A2", "Каль", "flow in m3/s")),
        ([["Водохранилище", "01.04.2022"], ["Токтогульское вдхр.", 1]], ("Факт!A2", "Токтогульское вдхр.", "storage in hm3")),
        ([["млн м3", "01.04.2022"], ["Токтогульское вдхр.", 1]], ("Факт!A2", "Токтогульское вдхр.", "storage")),
        ([["м3/с", "03/04/2022"], ["Каль", 1]], ("Факт!B1", "03/04/2022", "day 3, month 4")),
        ([["м3/с", "01.04.2022", "11.04.2022"], ["Каль", 1, 2]], ("Факт!B1", "01.04.2022", "2022-04-01 to 2022-04-10")),
        ([["м3/с", "Апрель 2022"], ["Каль", "=1+1"]], ("Факт!B2", "a formula", "missing")),
        ([["м3/с", "2022-04"], ["Канал Дустлик", 5], ["Узбекистан", 4]], ("Факт!A3", "Узбекистан", "Канал Дустлик, Узбекистан")),
        ([["Попуск, м3/с", "2022-04"], ["Кайраккумское водохранилище", 5]], ("Факт!A2", "Кайраккумское водохранилище", "an ignored row")),
        ([["м3/с", "2022-04", "Всего"], ["Каль", 5, 8]], ("Факт!C2", "8; its parts give 5", "left out")),
        ([["Межвегетация 2021-2022, м3/с"], ["", "Октябрь"], ["Каль", 5]], ("Факт", "Межвегетация 2021-2022, м3/с", "2021 from October, 2022 to September")),
    ],
)  # fmt: skip
def test_guesses_are_reported_and_refused(tmp_path: Path, rows: list[list[Any]], expected: tuple[str, str, str]) -> None:
    """Each sort of guess is in the list; strict mode raises it."""
    try:
        assert expected in facts(read(tmp_path, rows))
    finally:
        with pytest.raises(ActualDataError) as caught:
            read(tmp_path, rows, strict=True)
    assert expected[0] in {problem.field for problem in caught.value.problems}


def test_all_problems_are_raised_at_once(tmp_path: Path) -> None:
    """Strict mode gathers every guess, with row and cell."""
    with pytest.raises(ActualDataError, match="3 problems in") as caught:
        read(tmp_path, [["", "2022-04"], ["Каль", -1], ["Акджар", 5], ["Чиназ", 6]], strict=True)
    assert {(problem.file, problem.row, problem.field) for problem in caught.value.problems} == {
        ("a.xlsx", 2, "Факт!B2"), ("a.xlsx", 3, "Факт!A3"), ("a.xlsx", 4, "Факт!A4"),
    }  # fmt: skip


def test_the_year_is_looked_for_in_order(tmp_path: Path) -> None:
    """Dates, then the heading, then the caller, then the sheet's name; the last is a guess."""
    table: list[list[Any]] = [["м3/с", "Апрель"], ["Каль", 1]]
    assert read(tmp_path, [["2021 г."], *table]).readings["start"][0].year == 2021
    assert read(tmp_path, table, 2023, "Факт 2022", strict=True).readings["start"][0].year == 2023
    by_sheet = read(tmp_path, table, None, "Факт 2022")
    assert by_sheet.readings["start"][0].year == 2022
    assert facts(by_sheet) == [("Факт 2022", "Факт 2022", "2022")]
    other = read(tmp_path, [["2021 г."], *table], 2023)
    assert other.readings["start"][0].year == 2021
    assert "another year than 2023" in other.guesses[0].why
    with pytest.raises(ActualDataError, match="the year of the table is not known"):
        read(tmp_path, table)
    with pytest.raises(ActualDataError, match="the month of the table is not known"):
        read(tmp_path, [["м3/с", "I", "II", "III"], ["Каль", 1, 2, 3]], 2022)


def test_the_year_turns_in_winter(tmp_path: Path) -> None:
    """From December to January the year goes up; two years in the heading say so beforehand."""
    head = ["м3/с", "Октябрь", "Ноябрь", "Декабрь", "Январь", "Февраль", "Март"]
    row = ["Каль", 1, 2, 3, 4, 5, 6]
    turned = read(tmp_path, [["2021 г."], head, row])
    named = read(tmp_path, [["2021/22 гг."], head, row])
    late = read(tmp_path, [[*head[:4], "Январь 2022", *head[5:]], row])
    assert [f"{start:%Y-%m}" for start in turned.readings["start"]] == ["2021-10", "2021-11", "2021-12", "2022-01", "2022-02", "2022-03"]
    assert turned.readings["start"].equals(named.readings["start"])
    assert turned.readings["start"].equals(late.readings["start"])
    assert "the year turns within the table" in {guess.why for guess in turned.guesses}


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


def test_a_value_twice_names_both_cells(tmp_path: Path) -> None:
    """The same place, quantity, source and start twice is an error, strict or not."""
    with pytest.raises(ActualDataError, match=r"`Факт!B3`: flow of kal_flow from 2022-04-01 stands here and in Факт!B2"):
        read(tmp_path, [["м3/с", "2022-04"], ["Каль", 1], ["г/п Каль", 2]])


def test_steps_of_two_lengths_are_an_error(tmp_path: Path) -> None:
    """A month and a dekad of one place overlap; two sources with the same steps do not clash."""
    twice = [["м3/с", "2022-04", "2022-05"], ["Каль", 1, 2], ["Каль", 3, 4]]
    with pytest.raises(ActualDataError, match="and 1 more of this series"):
        read(tmp_path, twice)
    months = [["м3/с", "2022-04"], ["Каль", 1]]
    dekads = [["м3/с", "2022-04-D2"], ["Каль", 1]]
    with pytest.raises(ActualDataError, match="overlaps"):
        read_actual(write_book(tmp_path / "a.xlsx", {"А": months, "Б": dekads}), NAMES)
    both = [["м3/с", "2022-04"], ["Приток к Шардаре (Казгидромет)", 1], ["Приток к Шардаре (Узгидромет)", 2]]
    assert len(read(tmp_path, both, strict=True).readings) == 2


def test_an_ambiguous_name_is_ignored(tmp_path: Path) -> None:
    """A name of two places is not given to either."""
    path = write_csv(tmp_path / "a.csv", "place,date,value,unit\nКаль,2022-04,5,m3/s\n")
    actual = read_actual(path, {"one": ["Каль"], "two": ["г/п Каль", "каль"]})
    assert actual.readings.empty
    assert actual.guesses[0].why == "the name fits several places: one, two"


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


def test_the_sheet_can_name_the_place(tmp_path: Path) -> None:
    """Columns of measures without a place belong to the place that the sheet is named after."""
    rows = [["Дата", "приток, м3/с", "объём, млн м3"], ["02.04.2022", 1, 2], ["03.04.2022", 3, 4]]
    actual = read(tmp_path, rows, None, "Токтогульское вдхр.")
    assert {(row[0], row[1]) for row in short(actual.readings)} == {("naryn_toktogul", "flow"), ("toktogul", "storage")}
    assert actual.guesses[0].why == "the place is named only in the heading or by the sheet"


def test_a_sheet_of_other_matters_does_not_stop_the_file(tmp_path: Path) -> None:
    """A sheet with months but no known place needs no year; it is reported."""
    sheets = {"Факт": [["м3/с", "2022-04"], ["Каль", 1]], "Погода": [["", "Апрель", "Май"], ["Осадки, мм", 1, 2]]}
    actual = read_actual(write_book(tmp_path / "a.xlsx", sheets), NAMES)
    assert len(actual.readings) == 1
    assert facts(actual) == [("Погода", "Погода", "no data")]


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


def test_units_behind_numbers(tmp_path: Path) -> None:
    """A unit may stand in the cell, and then it counts."""
    rows = [["", "01.04.2022", "02.04.2022"], ["Токтогульское вдхр., объём", "6,8 км³", "6810 млн м3"]]
    assert [row[-1] for row in short(read(tmp_path, rows, strict=True).readings)] == [6800.0, 6810.0]


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
