"""What is guessed is reported, and refused in strict mode."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from tests.imports.binary import write_binary_book
from tests.imports.workbooks import NAMES, short, write_book, write_csv
from tests.thorough import diagonal
from waterdeal.errors import ActualDataError
from waterdeal.imports.actual import read_actual
from waterdeal.words import Words

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.imports.reading import Actual


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


#: a sheet for each sort of guess, and what is guessed of it
GUESSED: list[tuple[list[list[Any]], tuple[str, str, str]]] = [
    ([["Пост, м3/с", "2022-04"], ["Бекабат", 1]], ("Факт!A2", "Бекабат", "bekabad_uz")),
    ([["Пост, м3/с", "2022-04"], ["Чиназ", 1], ["Акджар", 2]], ("Факт!A2", "Чиназ", "an ignored row")),
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
    ([["Попуск, м3/с", "2022-04"], ["Кайраккумское водохранилище", 5], ["Токтогул", 6]], ("Факт!A2", "Кайраккумское водохранилище", "an ignored row")),
    ([["м3/с", "2022-04", "Всего"], ["Каль", 5, 8]], ("Факт!C2", "8; its parts give 5", "left out")),
    ([["Межвегетация 2021-2022, м3/с"], ["", "Октябрь"], ["Каль", 5]], ("Факт", "Межвегетация 2021-2022, м3/с", "2021 from October, 2022 to September")),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), GUESSED)
def test_guesses_are_reported_and_refused(tmp_path: Path, rows: list[list[Any]], expected: tuple[str, str, str]) -> None:
    """Each sort of guess is in the list; strict mode raises it."""
    try:
        assert expected in facts(read(tmp_path, rows))
    finally:
        with pytest.raises(ActualDataError) as caught:
            read(tmp_path, rows, strict=True)
    assert expected[0] in {problem.field for problem in caught.value.problems}


@pytest.mark.parametrize("language", diagonal(["ru", "kk"], "kk"))
def test_guesses_are_told_in_the_language_of_the_user(tmp_path: Path, language: str) -> None:
    """No English word stands in what is told of a workbook; ids of places stay, and so does what stands in its cells."""
    ids = {part for key in NAMES for part in key.split("_")}
    hidden = {"Справка": [["о данных"]], "План": [["м3/с", "2022-04"], ["Каль", 1]], "Без дат": [["Каль", 1]]}
    for rows, _ in GUESSED:
        for guess in read_actual(write_book(tmp_path / "a.xlsx", {"Факт": rows, **hidden}), NAMES).guesses:
            assert not set(re.findall(r"[A-Za-z]{3,}", guess.tell(Words(language)))) - ids
            assert guess.where in guess.tell(Words(language))
        with pytest.raises(ActualDataError) as caught:
            read_actual(tmp_path / "a.xlsx", NAMES, strict=True)
        assert not set(re.findall(r"[A-Za-z]{3,}", caught.value.tell(Words(language)).replace("a.xlsx", ""))) - ids


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


def test_an_ambiguous_name_is_given_to_no_place(tmp_path: Path) -> None:
    """A name of two places is not given to either; where nothing else is known, the file is refused."""
    text = "place,date,value,unit\nКаль,2022-04,5,m3/s\n"
    places = {"one": ["Каль"], "two": ["г/п Каль", "каль"], "three": ["Акджар"]}
    actual = read_actual(write_csv(tmp_path / "a.csv", text + "Акджар,2022-04,5,m3/s\n"), places)
    assert list(actual.readings["place"]) == ["three"]
    assert actual.guesses[0].why == "the name fits several places: one, two"
    with pytest.raises(ActualDataError, match="1 not recognised: Каль"):
        read_actual(write_csv(tmp_path / "a.csv", text), places)


def test_where_nothing_is_known_the_nearest_name_is_told(tmp_path: Path) -> None:
    """A file of strangers is an error that lists them, never a table without debts."""
    with pytest.raises(ActualDataError, match=r"2 not recognised: Шыназ; Акжаар.*aliases\.csv.*no known name|the nearest known name"):
        read(tmp_path, [["Пост, м3/с", "2022-04"], ["Шыназ", 1], ["Акжаар", 2]])


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


def test_units_behind_numbers(tmp_path: Path) -> None:
    """A unit may stand in the cell, and then it counts."""
    rows = [["", "01.04.2022", "02.04.2022"], ["Токтогульское вдхр., объём", "6,8 км³", "6810 млн м3"]]
    assert [row[-1] for row in short(read(tmp_path, rows, strict=True).readings)] == [6800.0, 6810.0]


def test_a_name_above_its_agencies(tmp_path: Path) -> None:
    """A numbered row with a name and a unit heads the rows of the agencies below it."""
    rows = [
        ["№", "Наименование", "Ед. изм.", "2022-04", "2022-05"],
        [1, "Приток к Шардаре", "м3/с", None, None],
        [None, "Казгидромет", None, 10, 20],
        [None, "Узгидромет", None, 11, 21],
        [2, "Канал Бекабад", "млн м3", 3, 4],
    ]
    assert [(row[0], row[2], row[-1]) for row in short(read(tmp_path, rows, strict=True).readings)] == [
        ("bekabad_uz", "", 3.0), ("bekabad_uz", "", 4.0), ("shardara_inflow", "kazhydromet", 10.0), ("shardara_inflow", "kazhydromet", 20.0),
        ("shardara_inflow", "uzhydromet", 11.0), ("shardara_inflow", "uzhydromet", 21.0),
    ]  # fmt: skip


def test_what_a_heading_hides_is_told(tmp_path: Path) -> None:
    """A remark's mark and a unit do not hide a month; numbers below what is no time are told, not counted rows; a hidden column too."""
    rows = [["№", "Пост", "Маай 2026", "Апрель* 2026, м3/с", "Июнь 2026, м3/с"], [1, "Каль", 6, 5, 7], [2, "Акджар", 9, 8, 10], ["", "* предварительно"]]
    path = write_book(tmp_path / "a.xlsx", {"Факт": rows})
    book = openpyxl.load_workbook(path)
    book["Факт"].column_dimensions["D"].hidden = True
    book.save(path)
    actual = read_actual(path, NAMES)
    assert [(row[0], row[3], row[5]) for row in short(actual.readings)] == [
        ("akjar_flow", "04-01", 8), ("akjar_flow", "06-01", 10), ("kal_flow", "04-01", 5), ("kal_flow", "06-01", 7),
    ]  # fmt: skip
    told = {guess.where: guess.why for guess in actual.guesses}
    assert "hidden" in told["Факт!D"]
    assert "no time" in told["Факт!C1"]


@pytest.mark.parametrize("word", ["заявка", "ожидаемый", "остаток", "requested"])
def test_what_stands_beside_the_measured_is_left_out(tmp_path: Path, word: str) -> None:
    """Whatever it is called, where one column of a period says that it was measured; another year beside it is a conflict."""
    head = [["Водозабор, м3/с, 2026"], ["Канал", "I декада апреля", None]]
    actual = read(tmp_path, [*head, [None, word, "факт"], ["Каль", 100, 90]])
    assert [row[-1] for row in short(actual.readings)] == [90]
    assert any(word in guess.found for guess in actual.guesses)
    with pytest.raises(ActualDataError, match="Keep one of the two"):
        read(tmp_path, [*head, [None, "2025 г.", "факт"], ["Каль", 100, 90]])


@pytest.mark.parametrize("text", [False, True])
def test_serial_numbers_count_from_the_first_day_of_their_workbook(tmp_path: Path, text: bool) -> None:
    """A date as a plain number, or as its text, in workbooks that count from 1900 and from 1904."""
    for first, since_1904 in ((46113, False), (44651, True)):
        days = [str(first + day) if text else float(first + day) for day in range(3)]
        rows = [["Пост", "Дата", "Расход, м3/с"], *(["Каль", day, 5.0 + at] for at, day in enumerate(days))]
        path = write_binary_book(tmp_path / "a.xlsb", {"Факт": rows}, since_1904=since_1904)
        assert [row[3] for row in short(read_actual(path, NAMES).readings)] == ["04-01", "04-02", "04-03"]
        book = openpyxl.load_workbook(write_book(tmp_path / "a.xlsx", {"Факт": rows}))
        book.epoch = CALENDAR_MAC_1904 if since_1904 else CALENDAR_WINDOWS_1900
        book.save(tmp_path / "a.xlsx")
        assert str(read_actual(tmp_path / "a.xlsx", NAMES).readings["start"][0])[:10] == "2026-04-01"
