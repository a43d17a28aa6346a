"""Numbers, dates, units and words as people type them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from waterdeal.imports.dates import When, find_years, period_of, read_when, spaced_kind
from waterdeal.imports.files import find_separator
from waterdeal.imports.numbers import Marks, is_missing, learn_marks, read_number
from waterdeal.imports.places import Places
from waterdeal.imports.quantities import find_measure, find_units, is_measure
from waterdeal.imports.words import find_agency, plain


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("12,5", 12.5),
        ("12.5", 12.5),
        ("1 144,2", 1144.2),
        ("1\u00a0144,2", 1144.2),
        ("1\u202f144,2", 1144.2),
        ("1'144.2", 1144.2),
        ("1,144.2", 1144.2),
        ("1.144,2", 1144.2),
        ("1,234,567", 1234567),
        ("1 234 567", 1234567),
        ("0", 0),
        ("-3,5", -3.5),
        ("−3", -3),
        ("1e3", 1000),
        (7.25, 7.25),
    ],
)
def test_numbers(text: str | float, number: float) -> None:
    """Commas, points, spaces and signs are understood."""
    assert read_number(text) == number


@pytest.mark.parametrize("mark", ["", "-", "–", "—", "н/д", "Н/Д", "нет данных", "…", "...", "#N/A", "#Н/Д", " - ", None, float("nan")])
def test_missing_is_never_zero(mark: str | None) -> None:
    """Marks of a missing value are missing."""
    assert is_missing(mark)
    assert read_number(mark) is None


@pytest.mark.parametrize("text", ["закрыт", "12*", "≈5", "1 2", "12 34", "#REF!", "inf", "1,2,3"])
def test_text_is_no_number(text: str) -> None:
    """What is not a number is not made one."""
    assert read_number(text) is None
    assert not is_missing(text)


def test_a_comma_before_three_digits_is_read_by_the_rest_of_the_sheet() -> None:
    """The same text is 1.144 among decimal commas and 1144 among decimal points."""
    assert read_number("1,144", learn_marks(["2,5", "3,75"])) == 1.144
    assert read_number("1,144", learn_marks(["2.5", "3.75"])) == 1144
    assert Marks(comma=True).doubt("1,144") == ""
    assert Marks().doubt("1,144") != ""
    assert Marks(comma=True).doubt("1.144") != ""
    assert Marks().doubt("0,125") == Marks().doubt("12,5") == Marks().doubt("1.144") == ""


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-04-D1", When(2026, 4, 1)),
        ("2026-04", When(2026, 4)),
        ("2022-04-01", When(2022, 4, day=1)),
        ("2022-04-01 00:00:00", When(2022, 4, day=1)),
        ("01.04.2022", When(2022, 4, day=1)),
        ("1.4.22", When(2022, 4, day=1)),
        ("01.04.2022 г.", When(2022, 4, day=1)),
        ("04.2022", When(2022, 4)),
        ("01.04", When(month=4, day=1)),
        ("апрель", When(month=4)),
        ("АПРЕЛЬ", When(month=4)),
        ("апреля", When(month=4)),
        ("апр.", When(month=4)),
        ("Апрель 2022 г.", When(2022, 4)),
        ("April", When(month=4)),
        ("Sept", When(month=9)),
        ("Сәуір", When(month=4)),
        ("Қыркүйек", When(month=9)),
        ("Aprel", When(month=4)),
        ("Sentyabr", When(month=9)),
        ("Июл", When(month=7)),
        ("I", When(dekad=1)),
        ("II", When(dekad=2)),
        ("ІІІ", When(dekad=3)),
        ("Ⅲ", When(dekad=3)),
        ("1-я декада", When(dekad=1)),
        ("1 декада апреля", When(month=4, dekad=1)),
        ("III декада сентября 2022 г.", When(2022, 9, 3)),
        ("D2", When(dekad=2)),
        ("Apr D2", When(month=4, dekad=2)),
        ("сәуір, 2 онкүндік", When(month=4, dekad=2)),
        ("aprel, 2 dekada", When(month=4, dekad=2)),
        ("11-20", When(dekad=2)),
        ("21–30 апреля", When(month=4, dekad=3)),
        ("1 апреля 2022 г.", When(2022, 4, day=1)),
        ("на 1 апреля", When(month=4, day=1)),
        ("2022 г.", When(2022)),
        (datetime(2022, 4, 1), When(2022, 4, day=1)),
    ],
)
def test_times(text: str, when: When) -> None:
    """Dates, months and dekads are understood in four languages."""
    assert read_when(text) == when


@pytest.mark.parametrize(
    "text", ["Приток", "апрель-май", "I-III", "12", "12,5", "Апрель, %", "всего за апрель", "32.13.2022", "1-20", "Каль", 5.0, None]
)
def test_other_texts_are_no_times(text: str) -> None:
    """One strange word, and it is no time."""
    assert read_when(text) is None


def test_a_date_with_slashes_is_in_doubt() -> None:
    """Day and month could change places."""
    assert read_when("03/04/2022").doubt  # type: ignore[union-attr]
    assert not read_when("23/04/2022").doubt  # type: ignore[union-attr]


def test_periods_and_spacing() -> None:
    """Ends are exclusive; dates on the 1st, 11th and 21st seem to start dekads."""
    assert period_of(When(2024, 2, 3)) == (date(2024, 2, 21), date(2024, 3, 1))
    assert spaced_kind([date(2022, 4, 1), date(2022, 5, 1)]) == "month"
    assert spaced_kind([date(2022, 4, 1), date(2022, 4, 2)]) == "day"
    assert spaced_kind([date(2022, 4, 1)]) == "day"
    assert find_years("Межвегетация 2021/22 г.") == [2021, 2022]
    with pytest.raises(ValueError, match="day"):
        period_of(When(2022, 4, day=31))


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("Приток, м³/с", ["m3/s"]),
        ("объём, млн.м3", ["hm3"]),
        ("млн. куб. м", ["hm3"]),
        ("(км³)", ["km3"]),
        ("млн кВт·ч", ["GWh"]),
        ("ГВт*ч", ["GWh"]),
        ("м3/сек.", ["m3/s"]),
        ("million m3", ["hm3"]),
        ("тыс. м³", ["thousand m3"]),
        ("Приток, м³/с; объём, млн м³", ["m3/s", "hm3"]),
        ("м3/год", []),
        ("смс", []),
    ],
)
def test_units(text: str, units: list[str]) -> None:
    """Units are found in any text."""
    assert [unit.name for unit in find_units(text)] == units


def test_unit_factors() -> None:
    """Everything is converted at the door."""
    factors = {text: find_units(text)[0].factor for text in ("км3", "млн м3", "тыс м3", "м3", "МВт·ч", "л/с")}
    assert factors == pytest.approx({"км3": 1e3, "млн м3": 1, "тыс м3": 1e-3, "м3": 1e-6, "МВт·ч": 1e-3, "л/с": 1e-3})


def test_measures_and_agencies() -> None:
    """Words say what is measured and by whom."""
    assert [find_measure(text) for text in ("Приток", "Попуск, м³/с", "Объём", "Запас воды", "Выработка", "Каль", "Приток, попуск")] == [
        "in", "out", "volume", "storage", "energy", "", "",
    ]  # fmt: skip
    assert is_measure("Объём на начало, млн м³")
    assert not is_measure("Приток к Шардаре")
    assert [find_agency(text) for text in ("Казгидромет", "Uzhydromet", "БВО «Сырдарья»", "BWO", "по данным Узгидромета", "завод")] == [
        "kazhydromet", "uzhydromet", "bwo", "bwo", "uzhydromet", "",
    ]  # fmt: skip
    assert plain("Приток  к «Шардаре»") == "приток к шардаре"
    assert find_separator(["a;1,5\n", "b;2,5\n"]) == ";"
    assert find_separator(['"a;b",1\n', "c,2\n"]) == ","


def test_names_match_after_normalising() -> None:
    """Case, spaces, quotes, hyphens, ё and words such as "г/п" do not matter; sides and countries do."""
    places = Places(
        {
            "uchkurgan": ["Учкурганский гидроузел"],
            "kal": ["Гидропост Каль"],
            "toktogul": ["Токтогульское водохранилище"],
            "toktogul_hpp": ["Токтогульская ГЭС"],
            "dustlik_uz": ["Канал Дустлик, Узбекистан"],
            "left": ["Кызылорда, левый берег"],
        }
    )
    assert places.exact("Уч-Курганский гидроузел") == {"uchkurgan"}
    assert places.exact("г/п КАЛЬ") == places.exact("kal") == {"kal"}
    assert places.exact("Токтогульскому вдхр.") == {"toktogul"}
    assert places.exact("Дустлик (УЗ)") == places.exact("Дустлик УЗ") == places.exact("канал «Дустлик», Узбекистан") == {"dustlik_uz"}
    assert places.exact("Дустлик КЗ") == places.near("Дустлик КЗ") == frozenset()
    assert places.near("Кызылорда, правый берег") == frozenset()
    assert places.near("Кызыл-Орда, левый берeг") == {"left"}
    assert places.is_reservoir("toktogul")
    assert not places.is_reservoir("toktogul_hpp")
    assert Places({"aral": ["Северный Арал"]}, {"aral"}).is_reservoir("aral")
