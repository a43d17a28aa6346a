"""Every layout that agencies use reads back as the same readings."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.imports.workbooks import NAMES, short, write_book, write_csv
from waterdeal.imports.actual import read_actual

if TYPE_CHECKING:
    from pathlib import Path

DEKADS = [
    ("kal_flow", "flow", "", "04-01", "04-11", 1144.2),
    ("kal_flow", "flow", "", "04-11", "04-21", 0.0),
    ("kal_flow", "flow", "", "04-21", "05-01", 7.5),
]


def two_row_header() -> list[list[object]]:
    """Return a table with months over dekads, totals and a unit in the title."""
    return [
        ["Водозабор в канал, млн м³, 2022 г."],
        ["Наименование", "Апрель", None, None, None, "Май", None, None, None, "За вегетацию"],
        [None, "I", "II", "III", "всего", "I", "II", "III", "всего", None],
        ["Канал Бекабад", 1.5, 2, 2.5, 6, 3, "-", 0, 3, 9],
        ["Токтогульская ГЭС, млн кВт·ч", 10, 11, 12, 33, 13, 14, 15, 42, 75],
        ["Итого", 1.5, 2, 2.5, 6, 3, None, 0, 3, 9],
    ]


MERGED = ["A2:A3", "B2:E2", "F2:I2", "J2:J3"]


@pytest.mark.parametrize("merged", [MERGED, []])
def test_two_row_header(tmp_path: Path, merged: list[str]) -> None:
    """Months merged over dekads; totals are left out; a dash is missing and zero is zero."""
    path = write_book(tmp_path / "факт.xlsx", {"Факт": two_row_header()}, merged)
    actual = read_actual(path, NAMES, strict=True)
    assert short(actual.readings)[:5] == [
        ("bekabad_uz", "volume", "", "04-01", "04-11", 1.5),
        ("bekabad_uz", "volume", "", "04-11", "04-21", 2.0),
        ("bekabad_uz", "volume", "", "04-21", "05-01", 2.5),
        ("bekabad_uz", "volume", "", "05-01", "05-11", 3.0),
        ("bekabad_uz", "volume", "", "05-21", "06-01", 0.0),
    ]
    assert [row[1] for row in short(actual.readings)[5:]] == ["energy"] * 6
    assert list(actual.readings["column"][:2]) == ["Факт!B4", "Факт!C4"]
    assert list(actual.readings["row"][:2]) == [4, 4]
    left_out = [guess.where for guess in actual.guesses if guess.taken_as == "a total, left out"]
    assert left_out == ["Факт!E3", "Факт!I3", "Факт!J3", "Факт!A6"]


def test_two_row_header_in_csv(tmp_path: Path) -> None:
    """The same in CSV, where merged cells are blanks."""
    text = "Расход, м3/с;;;;;;\n;Апрель 2022;;;Май 2022;;\nПост;1;2;3;1;2;3\nг/п Каль;1 144,2;0;7,5;н/д;;…\n"
    actual = read_actual(write_csv(tmp_path / "a.csv", text, "cp1251"), NAMES, strict=True)
    assert short(actual.readings) == DEKADS


@pytest.mark.parametrize(
    "heads",
    [
        ["Апрель", "Май", "Июнь"],
        ["АПР.", "МАЙ", "ИЮН."],
        ["апреля", "мая", "июня"],
        ["April", "May", "June"],
        ["Сәуір", "Мамыр", "Маусым"],
        ["Aprel", "May", "Iyun"],
        ["апрел", "май", "июн"],
        ["2022-04", "2022-05", "2022-06"],
    ],
)
def test_months_in_four_languages(tmp_path: Path, heads: list[str]) -> None:
    """Months are columns, the year comes from the caller."""
    path = write_book(tmp_path / "a.xlsx", {"Лист1": [["Пост, м3/с", *heads], ["Каль", 1, 2, 3]]})
    assert [row[3:] for row in short(read_actual(path, NAMES, 2022, strict=True).readings)] == [
        ("04-01", "05-01", 1.0), ("05-01", "06-01", 2.0), ("06-01", "07-01", 3.0),
    ]  # fmt: skip


def test_dekads_in_words(tmp_path: Path) -> None:
    """One header row with "1 декада апреля" or "1-я декада" below a month in the title."""
    rows = [["Канал, млн м3", "1 декада апреля", "2 декада апреля", "III декада апреля"], ["Бекабад", 1, 2, 3]]
    other = [["Подача за апрель 2022 г., млн м3"], [], ["Канал", "1-я декада", "2-я декада", "3-я декада"], ["Бекабад", 1, 2, 3]]
    first = read_actual(write_book(tmp_path / "a.xlsx", {"Факт": rows}), NAMES, 2022).readings
    second = read_actual(write_book(tmp_path / "b.xlsx", {"Факт": other}), NAMES).readings
    assert short(first) == short(second)
    assert [row[3] for row in short(first)] == ["04-01", "04-11", "04-21"]


def test_daily_columns_with_dekad_means(tmp_path: Path) -> None:
    """Dates across with the mean of each dekad after it; the means are checked and left out."""
    days = [datetime(2022, 4, 1) + timedelta(days=number) for number in range(20)]
    head = ["Пост, м³/с", *days[:10], "I", *days[10:], "II"]
    values = [float(number) for number in range(1, 21)]
    path = write_book(
        tmp_path / "a.xlsx",
        {"Факт": [head, ["Каль", *values[:10], 5.5, *values[10:], 15.5], ["Акджар", *values[:10], 7, *values[10:], 15.5]]},
    )
    actual = read_actual(path, NAMES)
    assert len(actual.readings) == 40
    assert {(row.end - row.start).days for row in actual.readings.itertuples()} == {1}
    assert [(guess.where, guess.why) for guess in actual.guesses] == [
        ("Факт!L1", "it sums or averages finer columns"),
        ("Факт!W1", "it sums or averages finer columns"),
        ("Факт!L3", "the table's own total does not close"),
    ]


def test_days_under_a_month(tmp_path: Path) -> None:
    """Numbers of days under a month, also where only the title or the sheet names the month."""
    days = list(range(1, 31))
    rows = [["Пост, м3/с", "Апрель 2022", *[None] * 29], [None, *days], ["Каль", *map(float, days)]]
    first = read_actual(write_book(tmp_path / "a.xlsx", {"Факт": rows}, ["B1:AE1", "A1:A2"]), NAMES, strict=True).readings
    second = read_actual(
        write_book(tmp_path / "b.xlsx", {"Апрель 2022": [["Пост, м3/с", *days], ["Каль", *map(float, days)]]}), NAMES
    ).readings
    assert short(first) == short(second)
    assert short(first)[29] == ("kal_flow", "flow", "", "04-30", "05-01", 30.0)


@pytest.mark.parametrize("merged", [["B2:D2", "A2:A3"], []])
@pytest.mark.parametrize("real_dates", [True, False])
def test_dates_down_with_gauges_over_agencies(tmp_path: Path, merged: list[str], *, real_dates: bool) -> None:
    """A transposed table with two header rows; the difference and the month's mean are left out."""
    days = [datetime(2022, 4, day) for day in (2, 3)]
    rows: list[list[object]] = [
        ["Расходы воды, м³/с"],
        ["Дата", "Приток к Шардаре", None, None, "г/п Каль"],
        [None, "Казгидромет", "Узгидромет", "разница", None],
        *([day if real_dates else f"{day:%d.%m.%Y}", 1000 + day.day, 1100 + day.day, 100, day.day] for day in days),
        ["средн.", 1002.5, 1102.5, 100, 2.5],
    ]
    actual = read_actual(write_book(tmp_path / "a.xlsx", {"Факт": rows}, merged), NAMES, strict=True)
    assert short(actual.readings) == [
        ("kal_flow", "flow", "", "04-02", "04-03", 2.0),
        ("kal_flow", "flow", "", "04-03", "04-04", 3.0),
        ("shardara_inflow", "flow", "kazhydromet", "04-02", "04-03", 1002.0),
        ("shardara_inflow", "flow", "kazhydromet", "04-03", "04-04", 1003.0),
        ("shardara_inflow", "flow", "uzhydromet", "04-02", "04-03", 1102.0),
        ("shardara_inflow", "flow", "uzhydromet", "04-03", "04-04", 1103.0),
    ]
    assert list(actual.readings["column"][:3]) == ["Факт!E4", "Факт!E5", "Факт!B4"]
    assert {guess.taken_as for guess in actual.guesses} == {"a total, left out", "no data, left out"}


def test_months_and_dekads_down(tmp_path: Path) -> None:
    """Month and dekad in two columns, month totals between, a unit row."""
    rows = [
        ["2022 год"],
        ["Месяц", "Декада", "Каль", "Бекабад"],
        [None, None, "м³/с", "млн м³"],
        ["Апрель", 1, 10, 1],
        [None, 2, 20, 2],
        [None, 3, 30, 3],
        ["За месяц", None, 20, 6],
        ["Май", 1, 40, 4],
    ]
    for merged in (["A4:A6"], []):
        actual = read_actual(write_book(tmp_path / "a.xlsx", {"Факт": rows}, merged), NAMES, strict=True)
        assert short(actual.readings) == [
            ("bekabad_uz", "volume", "", "04-01", "04-11", 1.0),
            ("bekabad_uz", "volume", "", "04-11", "04-21", 2.0),
            ("bekabad_uz", "volume", "", "04-21", "05-01", 3.0),
            ("bekabad_uz", "volume", "", "05-01", "05-11", 4.0),
            ("kal_flow", "flow", "", "04-01", "04-11", 10.0),
            ("kal_flow", "flow", "", "04-11", "04-21", 20.0),
            ("kal_flow", "flow", "", "04-21", "05-01", 30.0),
            ("kal_flow", "flow", "", "05-01", "05-11", 40.0),
        ]


def test_parts_of_a_canal(tmp_path: Path) -> None:
    """Countries below "в том числе" are parts of the canal above; the next canal is not."""
    rows = [
        ["Канал", "Ед. изм.", "Апрель 2022"],
        ["Канал Дустлик", "млн м³", 50],
        ["в том числе:", None, None],
        ["Узбекистан", "млн м³", 30],
        ["Казахстан", "млн м³", 20],
        ["Канал Бекабад", "млн м³", 5],
        ["Всего", "млн м³", 55],
    ]
    first = read_actual(write_book(tmp_path / "a.xlsx", {"Факт": rows}), NAMES, strict=True)
    rows[2:5] = [["в т.ч. Узбекистан", "млн м³", 30], ["в т.ч. Казахстан", "млн м³", 20]]
    second = read_actual(write_book(tmp_path / "b.xlsx", {"Факт": rows}), NAMES, strict=True)
    rows[2:4] = [["Дустлик (УЗ)", "млн м³", 30], ["Дустлик КЗ", "млн м³", 20]]
    third = read_actual(write_book(tmp_path / "c.xlsx", {"Факт": rows}), NAMES, strict=True)
    assert [(row[0], row[-1]) for row in short(first.readings)] == [
        ("bekabad_uz", 5.0),
        ("dustlik_head", 50.0),
        ("dustlik_kz", 20.0),
        ("dustlik_uz", 30.0),
    ]
    assert short(first.readings) == short(second.readings) == short(third.readings)


def test_sources_in_names_and_columns(tmp_path: Path) -> None:
    """An agency stands in brackets behind the name or in its own column, where other sources are kept as they are."""
    named = [
        ["Пост, м3/с", "2022-04"],
        ["Приток к Шардаринскому вдхр. (Казгидромет)", 1],
        ["Приток к Шардаре (по данным БВО «Сырдарья»)", 2],
    ]
    column = [["Пост", "Ведомство", "Ед.изм.", "2022-04"], ["Приток к Шардаре", "Казгидромет", "м3/с", 1], [None, "Наш замер", "м3/с", 2]]
    first = read_actual(write_book(tmp_path / "a.xlsx", {"Факт": named}), NAMES, strict=True).readings
    second = read_actual(write_book(tmp_path / "b.xlsx", {"Факт": column}), NAMES, strict=True).readings
    assert [(row[2], row[-1]) for row in short(first)] == [("bwo", 2.0), ("kazhydromet", 1.0)]
    assert [(row[2], row[-1]) for row in short(second)] == [("kazhydromet", 1.0), ("Наш замер", 2.0)]


@pytest.mark.parametrize("merged", [["B1:D1"], []])
def test_reservoir_over_its_measures(tmp_path: Path, merged: list[str]) -> None:
    """Inflow, release and storage under a reservoir's name are three places."""
    rows = [
        ["Дата", "Токтогульское вдхр.", None, None],
        [None, "приток, м³/с", "попуск, м³/с", "объём, млн м³"],
        ["01.04.2022", 173, 129, 7851],
        ["02.04.2022", 183, 72, 7853],
    ]
    readings = read_actual(write_book(tmp_path / "a.xlsx", {"Факт": rows}, merged), NAMES, strict=True).readings
    assert [(row[0], row[1], row[-1]) for row in short(readings)][::2] == [
        ("naryn_toktogul", "flow", 173.0),
        ("toktogul", "storage", 7851.0),
        ("toktogul_release", "flow", 129.0),
    ]


def test_sections_and_stacked_tables(tmp_path: Path) -> None:
    """Sections set the unit of the rows below; a second header starts a second table; other sheets are read too."""
    rows = [
        ["2022 г."],
        ["", "Апрель", "Май"],
        ["Расход, м³/с"],
        ["Каль", 1, 2],
        ["Объём водозабора, млн м³"],
        ["Бекабад", 3, 4],
        [],
        ["Запасы воды, км³, на 1 число"],
        ["", "01.04.2022", "01.05.2022"],
        ["Токтогульское вдхр.", 7.851, 8],
    ]
    about = [["О файле"], ["апрель", 1]]
    actual = read_actual(write_book(tmp_path / "a.xlsx", {"Факт": rows, "Справка": about, "Пустой": [["текст"]]}), NAMES, strict=True)
    assert short(actual.readings) == [
        ("bekabad_uz", "volume", "", "04-01", "05-01", 3.0),
        ("bekabad_uz", "volume", "", "05-01", "06-01", 4.0),
        ("kal_flow", "flow", "", "04-01", "05-01", 1.0),
        ("kal_flow", "flow", "", "05-01", "06-01", 2.0),
        ("toktogul", "storage", "", "04-01", "04-02", 7851.0),
        ("toktogul", "storage", "", "05-01", "05-02", 8000.0),
    ]
    assert {"Справка", "Пустой"} <= {guess.where for guess in actual.guesses}


def test_plan_and_fact(tmp_path: Path) -> None:
    """Of plan, fact and per cent, the fact is read."""
    rows = [["Канал, млн м3", "Апрель 2022", None, None], [None, "план", "факт", "%"], ["Бекабад", 10, 9, 90]]
    actual = read_actual(write_book(tmp_path / "a.xlsx", {"Ход": rows}, ["B1:D1"]), NAMES, strict=True)
    assert short(actual.readings) == [("bekabad_uz", "volume", "", "04-01", "05-01", 9.0)]
    assert [guess.found for guess in actual.guesses if "left out" in guess.taken_as] == ["Апрель 2022 план", "Апрель 2022 %"]


def test_storage_at_the_end_of_a_period(tmp_path: Path) -> None:
    """A storage at the end is that of the next day; without a word it is that of the first day, and reported."""
    rows = [["Объём на конец, млн м3", "2022-04", "2022-05"], ["Токтогульское вдхр.", 1, 2]]
    end = read_actual(write_book(tmp_path / "a.xlsx", {"Факт": rows}), NAMES, strict=True)
    rows[0][0] = "Объём, млн м3"
    none = read_actual(write_book(tmp_path / "b.xlsx", {"Факт": rows}), NAMES)
    assert [row[3] for row in short(end.readings)] == ["05-01", "06-01"]
    assert [row[3] for row in short(none.readings)] == ["04-01", "05-01"]
    assert none.guesses[0].why == "no word says at which moment"
