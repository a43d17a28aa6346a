"""Layouts of bulletins and yearbooks, each with the figures that a person reads off it, or the two readings it leaves."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.imports.test_matrix import write_ods, write_text
from tests.imports.workbooks import short, write_book
from tests.thorough import diagonal
from waterdeal.errors import ActualDataError
from waterdeal.imports.actual import read_actual
from waterdeal.imports.dates import When, read_when

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from waterdeal.imports.reading import Actual

    Rows = list[list[Any]]

NAMES = {
    "naryn": ["Naryn", "Нарын"], "chirchik": ["Chirchik", "Чирчик"], "toktogul": ["Toktogul", "Токтогул", "Токтогульское вдхр"],
    "toktogul_release": ["Токтогул попуск"], "naryn_toktogul": ["Приток Токтогул"],
}  # fmt: skip
DEKADS: Rows = [["I", 10.5, 20.5, 30.5], ["II", 11.5, 21.5, 31.5], ["III", 12.5, 22.5, 32.5]]
MONTHS = ("Апрель", "Май", "Июнь")
NAMES_OF = (*("Январь", "Февраль", "Март"), *MONTHS, "Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь")
#: what the dekads of three months come to, by first day
NARYN = {
    f"naryn {month}-{day}": 10.0 * at + 0.5 + more
    for at, month in enumerate(("04", "05", "06"), 1)
    for more, day in enumerate(("01", "11", "21"))
}


def numbered(*labels: object) -> Rows:
    """The same dekads with other labels."""
    return [[label, *row[1:]] for label, row in zip(labels, DEKADS, strict=True)]


def april(*extra: tuple[int, list[Any]]) -> Rows:
    """Thirty days of April down, with more rows after some days."""
    after = dict(extra)
    return [row for day in range(1, 31) for row in ([[day, 100.0 + day]] + ([after[day]] if day in after else []))]


DAYS = {f"naryn 04-{day:02}": 100.0 + day for day in range(1, 31)}
READ: dict[str, tuple[Rows, dict[str, float]]] = {
    "dekads down, months across": ([["Расходы воды р. Нарын, м3/с, 2026 г."], ["Декада", *MONTHS], *DEKADS], NARYN),
    "dekads in words": (
        [["Нарын, расход, м3/с, 2026 год"], ["Декады", *MONTHS], *numbered("1 декада", "2 декада", "3 декада"), ["Средн.", 11.5, 21.5, 31.5]],
        NARYN,
    ),
    "dekads by number": ([["Нарын, расход, м3/с, 2026 год"], ["Декада", *MONTHS], *numbered(1, 2, 3)], NARYN),
    "months in Roman numerals": ([["Нарын, расход, м3/с, 2026 год"], ["Декада", "IV", "V", "VI"], *DEKADS], NARYN),
    "a year for several tables": (
        [["Расходы воды, м3/с, 2026 г."], ["Нарын"], ["Декада", *MONTHS], *DEKADS, [], ["Чирчик, м3/с"], ["Декада", "Апрель", "Май"], ["I", 1, 2], ["II", 3, 4], ["III", 5, 6]],
        NARYN | {"chirchik 04-01": 1, "chirchik 04-11": 3, "chirchik 04-21": 5, "chirchik 05-01": 2, "chirchik 05-11": 4, "chirchik 05-21": 6},
    ),
    "days down with dekad means": (
        [["Нарын, м3/с, 2026 г."], ["Число", "Апрель"], *april((10, ["Средн. I", 105.5]), (20, ["Средн. II", 115.5]), (30, ["Средн. III", 125.5])), ["Месяц", 115.5]],
        DAYS,
    ),
    "days across with dekad means": (
        [["Апрель 2026 г., расход, м3/с"], ["Пост", *range(1, 11), "I", *range(11, 21), "II", *range(21, 31), "III", "Средн."],
         ["Нарын", *map(float, range(101, 111)), 105.5, *map(float, range(111, 121)), 115.5, *map(float, range(121, 131)), 125.5, 115.5]],
        DAYS,
    ),
    "as of a day": (
        [["Сведения о водохранилищах по состоянию на 15.04.2026 г."], ["Водохранилище", "Объем, млн м3", "Приток, м3/с", "Попуск, м3/с"], ["Токтогул", 9500.5, 300, 200]],
        {"toktogul 04-15": 9500.5, "naryn_toktogul 04-15": 300, "toktogul_release 04-15": 200},
    ),
    "as of a day in words": ([["Наполнение на 1 мая 2026 г."], [], ["Вдхр", "Запас, км3"], ["Токтогул", "9,5"]], {"toktogul 05-01": 9500}),
    "of a range of days": (
        [["Сведения за 11–20 апреля 2026 г."], ["Пост", "Расход, м3/с"], ["Нарын", 100], ["Чирчик", 50]], {"naryn 04-11": 100, "chirchik 04-11": 50},
    ),
    "of a dekad": ([["Бюллетень за II декаду апреля 2026 г."], ["Пост", "Расход, м3/с"], ["Нарын", 100]], {"naryn 04-11": 100}),
    "of a month": ([["Средние расходы за апрель 2026 г."], ["Пост", "Расход, м3/с"], ["Нарын", 100]], {"naryn 04-01": 100}),
    "plan and fact of a place in the heading": (
        [["Нарын, млн м3, 2026"], ["", "Апрель", "Май"], ["Лимит", 100, 200], ["Факт", 90, 190], ["%", 90, 95]], {"naryn 04-01": 90, "naryn 05-01": 190},
    ),
    "the year before the month and the day": ([["Расход, м3/с"], ["Пост", "2026/04/01", "2026.04.02"], ["Нарын", 1, 2]], {"naryn 04-01": 1, "naryn 04-02": 2}),
    "Roman months with their year": ([["Расход, м3/с"], ["Пост", "IV.2026", "V.2026"], ["Нарын", 1, 2]], {"naryn 04-01": 1, "naryn 05-01": 2}),
    "dates as texts, numbers and dates": (
        [["Нарын, м3/с"], ["Дата", "Расход"], ["01.04.2026", 100.5], [46114.0, 101.5], [datetime(2026, 4, 3), 102.5]],
        {"naryn 04-01": 100.5, "naryn 04-02": 101.5, "naryn 04-03": 102.5},
    ),
    "remarks behind numbers": (
        [["Нарын, м3/с, 2026"], ["Дата", "Расход"], ["01.04.2026", "100,5*"], ["02.04.2026", "101,5 **"], ["03.04.2026", "102,5"], ["* - лед"]],
        {"naryn 04-01": 100.5, "naryn 04-02": 101.5, "naryn 04-03": 102.5},
    ),
    "plan, fact and per cent": (
        [["Апрель 2026, м3/с"], ["Пост", "I декада", "", "", "II декада", "", ""], ["", "план", "факт", "%", "план", "факт", "%"], ["Нарын", 100, 90, 90, 100, 95, 95]],
        {"naryn 04-01": 90, "naryn 04-11": 95},
    ),
    "running totals, dekads down": (
        [["Нарын, сток нарастающим итогом с 1 апреля 2026 г., млн м3"], ["Декада", "Апрель", "Май"], ["I", 10, 75], ["II", 30, 95], ["III", 60, 120]],
        {"naryn 04-01": 10, "naryn 04-11": 20, "naryn 04-21": 30, "naryn 05-01": 15, "naryn 05-11": 20, "naryn 05-21": 25},
    ),
    "running totals of a year": (
        [["Сток с начала года, млн м3, 2026"], ["Пост", "Январь", "Февраль"], ["Нарын", 10, 30]], {"naryn 01-01": 10, "naryn 02-01": 20},
    ),
    "of a month beside running totals": (
        [["Сток, млн м3, 2026"], ["Пост", "Апрель", "", "Май", ""], ["", "за месяц", "нараст.", "за месяц", "нараст."], ["Нарын", 10, 10, 20, 30]],
        {"naryn 04-01": 10, "naryn 05-01": 20},
    ),
    "dekads cut short like December": (
        [["Расход, м3/с, апрель 2026"], ["Пост", "1 дек.", "2 дек.", "3 дек."], ["Нарын", 1, 2, 3]],
        {"naryn 04-01": 1, "naryn 04-11": 2, "naryn 04-21": 3},
    ),
    "ranges of days that are dekads": (
        [["Расход, м3/с, 2026"], ["Пост", "01.04-10.04", "11–20 апреля", "21-30.IV", "с 1 по 10 мая", "11.05.2026 – 20.05.2026", "21.05-31.05"], ["Нарын", 1, 2, 3, 4, 5, 6]],
        {"naryn 04-01": 1, "naryn 04-11": 2, "naryn 04-21": 3, "naryn 05-01": 4, "naryn 05-11": 5, "naryn 05-21": 6},
    ),
    "a range that is a month": ([["Сток, млн м3"], ["Пост", "01.04.2026-30.04.2026", "01.05.2026-31.05.2026"], ["Нарын", 10, 20]], {"naryn 04-01": 10, "naryn 05-01": 20}),
    "weekdays below dates": (
        [["Расход, м3/с, 2026"], ["Пост", "06.04", "07.04", "08.04", "09.04"], ["", "Пн", "Вт", "Ср", "Чт"], ["Нарын", 1, 2, 3, 4]],
        {f"naryn 04-0{day}": day - 5 for day in range(6, 10)},
    ),
    "weekdays before dates": (
        [["Расход, м3/с"], ["Пост", "Ср, 08.04.2026", "чт 09.04.2026", "10.04.2026 (пятница)"], ["Нарын", 1, 2, 3]],
        {"naryn 04-08": 1, "naryn 04-09": 2, "naryn 04-10": 3},
    ),
    "weekdays beside dates": (
        [["Нарын, расход, м3/с"], ["Дата", "День", "Расход"], ["07.04.2026", "вторник", 1], ["08.04.2026", "среда", 2]], {"naryn 04-07": 1, "naryn 04-08": 2},
    ),
    "few serial numbers": ([["Расход, м3/с"], ["Пост", 46113.0, 46123.0], ["Нарын", 1, 2]], {"naryn 04-01": 1, "naryn 04-11": 2}),
    "serial numbers as texts": ([["Расход, м3/с"], ["Пост", "46113", "46114", "46115"], ["Нарын", 1, 2, 3]], {"naryn 04-01": 1, "naryn 04-02": 2, "naryn 04-03": 3}),
    "months with two digits of the year": ([["Расход, м3/с"], ["Пост", "дек.25", "янв.26"], ["Нарын", 1, 2]], {"naryn 12-01": 1, "naryn 01-01": 2}),
    "a month with two digits of the year in the title": ([["Расход, м3/с, 2026"], ["Пост", "Apr-26"], ["Нарын", 1]], {"naryn 04-01": 1}),
    "days of months behind their names": ([["Расход, м3/с, 2026"], ["Пост", "Apr-01", "Apr-02"], ["Нарын", 1, 2]], {"naryn 04-01": 1, "naryn 04-02": 2}),
    "the mean between the least and the most": (
        [["Расход, м3/с, 2026"], ["Пост", "I апрель", None, None, "Май", None, None], ["", "мин", "ср", "макс", "мин", "ср", "макс"], ["Нарын", 90, 100, 120, 95, 105, 125]],
        {"naryn 04-01": 100, "naryn 05-01": 105},
    ),
    "signs of hydrometry": (
        [["Чирчик, 2026"], ["Показатель", "Апрель", "Май"], ["H, см", 150, 151], ["Q, м3/с", 100, 101]], {"chirchik 04-01": 100, "chirchik 05-01": 101},
    ),
    "a mean in the name, a number before it, Latin letters among Cyrillic": (
        [["2026"], ["Показатель", "I апрель"], ["1. Средний расход р. Нарын, M3/c", 90], ["2) Чиpчик, м3\\с", 91]], {"naryn 04-01": 90, "chirchik 04-01": 91},
    ),
    "as of days, beside their change": (
        [["Наполнение водохранилищ, млн м3"], ["Вдхр", "на 15.04.2026", "изменение", "на 16.04.2026"], ["Токтогул", 9000, 15, 9015]],
        {"toktogul 04-15": 9000, "toktogul 04-16": 9015},
    ),
    "rates of dekads beside the volume of the month": (
        [["2026"], ["Пост", "Апрель", None, None, None], ["", "I, м3/с", "II, м3/с", "III, м3/с", "сток, млн м3"], ["Нарын", 10, 20, 30, 51.8]],
        {"naryn 04-01": 10, "naryn 04-11": 20, "naryn 04-21": 30},
    ),
    "small rates beside their volumes": (
        [["2026"], ["Пост", "", "I апрель", "II апрель"], ["Нарын", "Q, м3/с", "0,1", "1,2"], ["", "W, млн м3", "0,1", "1,0"]], {"naryn 04-01": 0.1, "naryn 04-11": 1.2},
    ),
    "figures that became dates": (
        [["Расход, м3/с, 2026"], ["Пост", "I декада апреля", "II декада апреля", "III декада апреля"], ["Нарын", datetime(2026, 4, 12), datetime(2026, 5, 13), 13.5], ["Чирчик", 1, 2, 3]],
        {"naryn 04-21": 13.5, "chirchik 04-01": 1, "chirchik 04-11": 2, "chirchik 04-21": 3},
    ),
    "nines for what is missing": ([["Расход, м3/с, 2026"], ["Пост", "Апрель", "Май", "Июнь"], ["Нарын", 410, 9999, 420]], {"naryn 04-01": 410, "naryn 06-01": 420}),
    "nines that were measured": ([["Объем, млн м3, 2026"], ["Вдхр", "01.04", "01.05", "01.06"], ["Токтогул", 9990, 9999, 10010]], {"toktogul 04-01": 9990, "toktogul 05-01": 9999, "toktogul 06-01": 10010}),
    "dekads cut short, each with its month": ([["м3/с", "I дек. апреля 2026", "II дек. апреля 2026"], ["Нарын", 1, 2]], {"naryn 04-01": 1, "naryn 04-11": 2}),
}  # fmt: skip
#: three years across, dekads or days of one place down, with what stands before the figures and the first days they are of
YEARS = (2024, 2025, 2026)
DAYS_OF = {
    "dekads": [(month, day) for month in range(1, 13) for day in (1, 11, 21)],
    "April": [(4, 1), (4, 11), (4, 21)],
    "days": [(4, day) for day in range(1, 31)],
}
ACROSS: dict[str, tuple[str, Rows, Rows, str]] = {
    "a month and a dekad a row": (
        "",
        [["Месяц", "Декада"]],
        [[NAMES_OF[at // 3] if at % 3 == 0 else None, ("I", "II", "III")[at % 3]] for at in range(36)],
        "dekads",
    ),
    "36 counted": ("", [["Декада"]], [[at] for at in range(1, 37)], "dekads"),
    "36 counted in texts": ("", [["№ декады"]], [[str(at)] for at in range(1, 37)], "dekads"),
    "dekads of a month in the title": (", апрель", [["Декада"]], [["I"], ["II"], ["III"]], "April"),
    "dekads by number of a month": (", апрель", [["Декада"]], [[1], [2], [3]], "April"),
    "days of a month in the title": (", апрель", [["Число"]], [[day] for day in range(1, 31)], "days"),
}
REFUSED: dict[str, tuple[Rows, str]] = {
    "two units for one figure": ([["Расход, м3/с (сток, млн м3), 2026"], ["Пост", "Апрель"], ["Нарын", 100]], "names two units, m3/s, hm3"),
    "a rate and another volume": ([["2026"], ["Пост", "Апрель", None], ["", "м3/с", "млн м3"], ["Нарын", 100, 300]], "a rate and a volume of naryn"),
    "one of two years": ([["Расход, м3/с, 2025 и 2026 гг."], ["Пост", "Апрель"], ["Нарын", 100]], "year of the table is not known"),
    "dekads both ways": ([["Нарын, расход, м3/с, 2026 год"], ["", "I", "II", "III"], *DEKADS], "dekads of months or months of dekads"),
    "days or dekads": ([["Нарын, расход, м3/с, 2026 год"], ["", *MONTHS], *numbered(1, 2, 3)], "may be dekads or days of a month"),
    "dekads of a year over two": (
        [["Нарын, расход, м3/с, 2025/26"], ["Декада", "Расход"], *([at, 1.5] for at in range(1, 37))],
        "on 1 January or on 1 October",
    ),
    "dekads of years without a month": (
        [["Нарын, расход, м3/с"], ["Декада", 2024, 2025], *([row[0], *row[1:3]] for row in DEKADS)],
        "the month of the table is not known",
    ),
    "a title since a day": ([["Водоподача с 1 апреля 2026 г., млн м3"], ["Пост", "Объем"], ["Нарын", 100]], "no table with dates"),
    "two days in a title": (
        [["Наполнение на 1 мая 2026 г. и на 1 июня 2026 г."], ["Вдхр", "Запас, км3"], ["Токтогул", "9,5"]],
        "no table with dates",
    ),
    "dekads or days of December": ([["Расход, м3/с, 2026"], ["Пост", "1 дек.", "2 дек.", "3 дек."], ["Нарын", 1, 2, 3]], "days of December or dekads"),
    "a unit of a period": ([["Сток, км3/год, 2026"], ["Пост", "Апрель"], ["Нарын", 1]], "км3/год. is no unit that is known"),
    "since the start of a season that began before": (
        [["Объем стока с начала вегетации, млн м3, 2026"], ["Пост", "Май", "Июнь"], ["Нарын", 10, 30]], "since when it counts",
    ),
    "a figure and its correction": (
        [["Расход, м3/с, 2026"], ["Пост", "I декада апреля"], ["Нарын", 105], ["Нарын (исправлено)", 107]], "Keep one of the two cells",
    ),
    "two figures": (
        [["Пост", "Дата", "Расход, м3/с"], ["Нарын", "01.04.2026", 100], ["Naryn", "01.04.2026", 101]],
        "Keep one of the two cells",
    ),
}
WRITERS: dict[str, Callable[[Path, Rows], Path]] = {
    "xlsx": lambda path, rows: write_book(path.with_suffix(".xlsx"), {"Лист1": rows}),
    "ods": lambda path, rows: write_ods(path.with_suffix(".ods"), rows),
    "cp1251": lambda path, rows: write_text(path.with_suffix(".csv"), rows, "cp1251"),
}
#: by default each layout once
_ALL = [(layout, form) for layout in READ for form in WRITERS]
MATRIX = diagonal(_ALL, *((layout, [*WRITERS][at % 3]) for at, layout in enumerate(READ)))


def _figures(found: Actual) -> dict[str, float]:
    """Return each figure by place and day."""
    return {f"{place} {start}": value for place, _, _, start, _, value in short(found.readings)}


@pytest.mark.parametrize("case", MATRIX)
def test_a_bulletin_is_read(case: tuple[str, str], tmp_path: Path) -> None:
    """Each figure has the place and day that a person sees, and totals and means are none."""
    layout, form = case
    rows, due = READ[layout]
    assert _figures(read_actual(WRITERS[form](tmp_path / "a", rows), NAMES, reservoirs=["toktogul"])) == due


@pytest.mark.parametrize("layout", REFUSED)
def test_what_may_be_read_in_two_ways_is_refused(layout: str, tmp_path: Path) -> None:
    """Both readings are told."""
    rows, words = REFUSED[layout]
    with pytest.raises(ActualDataError, match=words) as caught:
        read_actual(write_book(tmp_path / "a.xlsx", {"Лист1": rows}), NAMES, reservoirs=["toktogul"])
    assert len(caught.value.problems) == 1


def test_years_below_months(tmp_path: Path) -> None:
    """Years that stand below each month are those of its columns."""
    rows: Rows = [["Расход, м3/с"], ["Пост", "Апрель", None, "Май", None], ["", 2025, 2026, 2025, 2026], ["Нарын", 1, 2, 3, 4]]
    found = read_actual(write_book(tmp_path / "a.xlsx", {"Лист1": rows}), NAMES).readings
    assert {f"{row.start:%Y-%m}": row.value for row in found.itertuples()} == {"2025-04": 1, "2026-04": 2, "2025-05": 3, "2026-05": 4}


def test_months_with_the_ending_of_a_genitive() -> None:
    """As dekads are written in Kazakh and Uzbek."""
    assert read_when("сәуірдің 1-онкүндігі") == read_when("aprelning 1-dekadasi") == When(month=4, dekad=1)


def test_a_raised_figure_is_the_mark_of_a_remark(tmp_path: Path) -> None:
    """Of what was measured the number is read without it; a series of inflow is refused."""
    rows: Rows = [["Расход, м3/с, 2026"], ["Пост", "Апрель"], ["Нарын", "13,5¹"]]
    path = write_book(tmp_path / "a.xlsx", {"Лист1": rows})
    assert _figures(read_actual(path, NAMES)) == {"naryn 04-01": 13.5}
    with pytest.raises(ActualDataError, match="is no number"):
        read_actual(path, NAMES, series="start")


def test_a_file_of_nothing_but_gaps_says_so(tmp_path: Path) -> None:
    """The place is known, and what stands there is told."""
    rows: Rows = [["Расход, м3/с, 2026"], ["Пост", "Апрель"], ["Нарын", "н/д"]]
    found = read_actual(write_book(tmp_path / "a.xlsx", {"Лист1": rows}), NAMES)
    assert (found.guesses[-1].where, found.guesses[-1].found) == ("Лист1!B3", "н/д")


def test_a_range_that_is_no_step_is_told_with_its_days(tmp_path: Path) -> None:
    """From the first day to the last, both included; ranges that share a day overlap."""
    rows: Rows = [["Расход, м3/с, 2026"], ["Пост", "01.04-05.04", "6–10 апреля", "21-28 апреля"], ["Нарын", 1, 2, 3]]
    found = read_actual(write_book(tmp_path / "a.xlsx", {"Лист1": rows}), NAMES)
    assert [(f"{row.start:%m-%d}", f"{row.end:%m-%d}") for row in found.readings.itertuples()] == [("04-01", "04-06"), ("04-06", "04-11"), ("04-21", "04-29")]
    assert "2026-04-01 to 2026-04-05" in [guess.taken_as for guess in found.guesses]
    rows[1][1:3] = ["01.04-11.04", "11.04-21.04"]
    with pytest.raises(ActualDataError, match="overlap"):
        read_actual(write_book(tmp_path / "a.xlsx", {"Лист1": rows}), NAMES)


def test_a_heading_of_another_year_is_told(tmp_path: Path) -> None:
    """Dates are read as they stand; in strict mode it is a problem. One date of the year of the heading, and nothing is told."""
    rows: Rows = [["Расход за апрель 2025 г., м3/с"], ["Пост", "01.04.2026", "02.04.2026"], ["Нарын", 1, 2]]
    found = read_actual(write_book(tmp_path / "a.xlsx", {"Лист1": rows}), NAMES)
    assert [f"{day:%Y}" for day in found.readings["start"]] == ["2026", "2026"]
    assert "another year" in found.guesses[-1].why
    with pytest.raises(ActualDataError, match="another year"):
        read_actual(tmp_path / "a.xlsx", NAMES, strict=True)
    rows[1][1] = "31.12.2025"
    assert not any("another year" in guess.why for guess in read_actual(write_book(tmp_path / "a.xlsx", {"Лист1": rows}), NAMES).guesses)


@pytest.mark.parametrize("before", [True, False])
def test_columns_of_remarks_are_told_once(before: bool, tmp_path: Path) -> None:
    """What stands in them names no place and is no figure."""
    rows: Rows = [["Расход, м3/с, 2026"], ["Пост", "I декада апреля", "Примечание"], ["Нарын", 1, "Чирчик"], ["Чирчик", 2, "ледоход"]]
    rows = [rows[0], *([row[0], row[2], row[1]] for row in rows[1:])] if before else rows
    found = read_actual(write_book(tmp_path / "a.xlsx", {"Лист1": rows}), NAMES)
    assert _figures(found) == {"naryn 04-01": 1, "chirchik 04-01": 2}
    assert [guess.why for guess in found.guesses if guess.found == "Примечание"] == ["texts under this heading are no data; cells with one: 2"]


def test_a_correction_in_words_is_told(tmp_path: Path) -> None:
    """The cell is read as it stands, and that a text says otherwise is told; in strict mode it is a problem."""
    rows: Rows = [["Расход, м3/с, 2026, данные Узгидромета"], ["Пост", "I декада апреля"], ["Нарын", 105], ["Исправление: Нарын, I декада апреля – 107"]]
    path = write_book(tmp_path / "a.xlsx", {"Лист1": rows})
    found = read_actual(path, NAMES)
    assert [(row.value, row.source) for row in found.readings.itertuples()] == [(105, "uzhydromet")]
    assert [guess.where for guess in found.guesses if "a correction in words" in guess.why] == ["Лист1!A4"]
    with pytest.raises(ActualDataError, match="a correction in words"):
        read_actual(path, NAMES, strict=True)


@pytest.mark.parametrize("layout", ACROSS)
def test_years_stand_across(layout: str, tmp_path: Path) -> None:
    """One place, named in the heading: each row is of each year."""
    more, head, labels, rhythm = ACROSS[layout]
    rows: Rows = [[f"Нарын, расход воды, м3/с{more}"], [*head[0], *YEARS]]
    rows += [[*label, *(100 * at + number + 0.5 for at in range(3))] for number, label in enumerate(labels)]
    due = {
        f"{year}-{month:02}-{day:02}": 100 * at + number + 0.5
        for at, year in enumerate(YEARS)
        for number, (month, day) in enumerate(DAYS_OF[rhythm])
    }
    found = read_actual(WRITERS["cp1251"](tmp_path / "a", rows), NAMES).readings
    assert {f"{row.start:%Y-%m-%d}": row.value for row in found.itertuples()} == due
    assert set(found["place"]) == {"naryn"}


@pytest.mark.parametrize("above", ["row", "corner"])
@pytest.mark.parametrize("rhythm", ["dekads", "days"])
def test_months_stand_below_one_another(above: str, rhythm: str, tmp_path: Path) -> None:
    """Years across, a table a month: of one place, then of another; means of months are none, and the unit above holds for all."""
    head = "Декада" if rhythm == "dekads" else "Число"
    days = {"Апрель": 30, "Май": 31}
    labels = {month: ["I", "II", "III"] if rhythm == "dekads" else list(range(1, last + 1)) for month, last in days.items()}
    rows, due = list[list[Any]]([["Расход воды, м3/с"]]), dict[str, float]()
    for number, (place, months) in enumerate((("Нарын", ("Апрель", "Май")), ("Чирчик", ("Май",)))):
        rows.append([place])
        for at, month in enumerate(months):
            rows += [[month], [head, *YEARS]] if above == "row" else [[f"{month}, {head.lower()}", *YEARS]]
            for place_of, label in enumerate(labels[month]):
                figures = [1000.0 * number + 100 * at + 2 * place_of + year / 4 for year in range(3)]
                rows.append([label, *figures])
                day = (1, 11, 21)[place_of] if rhythm == "dekads" else place_of + 1
                where = ("naryn", "chirchik")[number], f"{4 + (month == 'Май'):02}-{day:02}"
                due |= {f"{where[0]} {year}-{where[1]}": figure for year, figure in zip(YEARS, figures, strict=True)}
            rows.append(["Средн.", None, None, None])
    found = read_actual(WRITERS["ods"](tmp_path / "a", rows), NAMES).readings
    assert {f"{row.place} {row.start:%Y-%m-%d}": row.value for row in found.itertuples()} == due


@pytest.mark.thorough
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_bulletins_saved_by_libreoffice_as_xls_are_read(tmp_path: Path) -> None:
    """Each layout, in the format of 1997."""
    books = [write_book(tmp_path / f"{number}.xlsx", {"Лист1": rows}) for number, (rows, _) in enumerate(READ.values())]
    command = [
        "soffice",
        "--headless",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--convert-to",
        "xls",
        "--outdir",
        tmp_path,
        *books,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    for book, (layout, (_, due)) in zip(books, READ.items(), strict=True):
        assert _figures(read_actual(book.with_suffix(".xls"), NAMES, reservoirs=["toktogul"])) == due, layout
